/// One step of the schema: an SQL file, embedded unchanged.
package struct Migration: Sendable {
    /// The step's number; steps are applied in ascending order, and the numbers have no gaps.
    package var version: Int
    /// The file's name without its ending: `V0001__initial_schema`.
    package var name: String
    /// The file's bytes.
    package var sql: [UInt8]

    package init(version: Int, name: String, sql: [UInt8]) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

/// The schema's steps. A new file has to be added here and under `resources` in Package.swift; a test compares both
/// with the folder.
package enum MigrationCatalog {
    /// Every step, in order.
    package static let all: [Migration] = [
        Migration(version: 1, name: "V0001__initial_schema", sql: PackageResources.V0001__initial_schema_sql),
        Migration(version: 2, name: "V0002__segmented_ledger", sql: PackageResources.V0002__segmented_ledger_sql),
        Migration(
            version: 3,
            name: "V0003__rate_limits_and_oauth",
            sql: PackageResources.V0003__rate_limits_and_oauth_sql
        ),
        Migration(version: 4, name: "V0004__contact_changes", sql: PackageResources.V0004__contact_changes_sql),
        Migration(version: 5, name: "V0005__replay_counts", sql: PackageResources.V0005__replay_counts_sql),
        Migration(version: 6, name: "V0006__keys_stay_expired", sql: PackageResources.V0006__keys_stay_expired_sql),
        Migration(
            version: 7,
            name: "V0007__erasures_found_at_once",
            sql: PackageResources.V0007__erasures_found_at_once_sql
        ),
        Migration(version: 8, name: "V0008__numbers_passed_over", sql: PackageResources.V0008__numbers_passed_over_sql),
        Migration(version: 9, name: "V0009__damage_is_noticed", sql: PackageResources.V0009__damage_is_noticed_sql),
        Migration(version: 10, name: "V0010__logs_are_numbered", sql: PackageResources.V0010__logs_are_numbered_sql),
    ]
}
