import Foundation
import Migrations
import SQLite
import Testing

@Suite("The schema's steps")
struct CatalogTests {
    private let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Migrations")

    @Test("every file of the folder is in the catalog, byte for byte, and numbered without gaps")
    func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".sql") }.sorted()
        #expect(files == MigrationCatalog.all.map { $0.name + ".sql" })
        #expect(MigrationCatalog.all.map(\.version) == Array(1...MigrationCatalog.all.count))
        for migration in MigrationCatalog.all {
            let file = folder.appendingPathComponent(migration.name + ".sql")
            #expect(Array(try Data(contentsOf: file)) == migration.sql)
            #expect(migration.name.hasPrefix("V" + String(format: "%04d", migration.version) + "__"))
        }
    }

    @Test("every table is STRICT")
    func strict() throws {
        let connection = try Connection(path: ":memory:", mode: .inMemory)
        for migration in MigrationCatalog.all {
            try connection.execute(String(decoding: migration.sql, as: UTF8.self))
        }
        let loose = try connection.text(
            "SELECT group_concat(name) FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"
        )
        #expect(loose == "")
        let tables = try connection.integer("SELECT count(*) FROM pragma_table_list WHERE strict")
        #expect(tables == 20)
    }
}
