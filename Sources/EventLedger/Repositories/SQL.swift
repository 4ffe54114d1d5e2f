/// Every SQL statement of the store, by name. Repositories prepare theirs once per connection; opening, upkeep and
/// verification prepare theirs where they run them.
enum SQL {
    // MARK: The file

    static let applicationID = "PRAGMA application_id"
    static let userVersion = "PRAGMA user_version"
    static func setUserVersion(_ version: Int) -> String { "PRAGMA user_version = \(version)" }

    // Without `wal_autocheckpoint`: the connection's own hook has taken its place already, and setting it, even to 0, would
    // take the hook away again. A small cache, because SQLite goes through all of its slots at the end of a transaction that
    // moved pages of an index (`pcache1Truncate`), and what the writer reads of old pages comes from the system's cache.
    // What is deleted or moved is overwritten where that writes no page more (`FAST`): otherwise copies of rows stay in the
    // gaps of pages that were split, where no later erasure finds them. It does not reach all of them: where SQLite lays out a
    // page anew, for rows of other lengths, it leaves what was in the gap, and only writing the file anew takes that away
    // (`compact`). Debian's SQLite overwrites all that is deleted unless it is told not to, and then logs every page that a
    // merge of the index gives up, about as many as all others; the gaps it leaves as well.
    // `fullfsync` has an effect on macOS only, where a sync leaves what was written in the drive's cache otherwise.
    static let configureWriter = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA fullfsync = ON;
        PRAGMA checkpoint_fullfsync = ON;
        PRAGMA secure_delete = FAST;
        PRAGMA cache_size = -8192;
        PRAGMA temp_store = MEMORY;
        PRAGMA trusted_schema = OFF;
        """
    /// For the writer, once the schema is up to date. The values that it writes were checked when they were made, and
    /// checking the schema's constraints again takes an eighth of the instructions of storing an event. The constraints
    /// still hold for everybody else who writes to the file, and `verify` checks every row against them.
    static let trustCheckedValues = "PRAGMA ignore_check_constraints = ON"
    static let overwriteAllThatIsDeleted = "PRAGMA secure_delete = ON"
    static let overwriteWhereItIsFree = "PRAGMA secure_delete = FAST"
    static let configureReader = """
        PRAGMA query_only = ON;
        PRAGMA cache_size = -8192;
        PRAGMA temp_store = MEMORY;
        PRAGMA trusted_schema = OFF;
        """
    static let journalMode = "PRAGMA journal_mode"
    static let countSchemaObjects = "SELECT count(*) FROM sqlite_schema"
    static let selectSchema = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1"
    static let selectMigrations = "SELECT version, checksum FROM schema_migrations ORDER BY version"
    static let insertMigration =
        "INSERT INTO schema_migrations (version, name, checksum, applied_at_ms) VALUES (?1, ?2, ?3, ?4)"

    // MARK: store

    static let beginEpoch = "UPDATE store SET epoch = epoch + 1, log_number = log_number + 1, opened_at_ms = ?1"
    static let endEpoch = "UPDATE store SET epoch = epoch + 1, log_number = log_number + 1"
    /// Skips as many numbers as a store uses in years.
    static let passOverLogNumbers = "UPDATE store SET log_number = log_number + (1 << 30)"
    static let numberLog = "UPDATE store SET log_number = log_number + 1"
    static let selectEpoch = "SELECT epoch FROM store"
    /// Writes the first page unchanged: this adds a page to the write-ahead log, unlike an update that changes nothing.
    static let writeFirstPage = "PRAGMA application_id = \(Migrator.applicationID)"
    /// The two copies of the key from which ids are computed, and the number of the log.
    static let selectStore =
        "SELECT identifier_key, (SELECT identifier_key FROM store_identity), log_number FROM store"

    // MARK: accounts

    private static let accountColumns = """
        SELECT account_id, name, is_strict, key_retention_ms, created_at_ms, limit_minute, limit_day FROM accounts
        """
    static let selectAccount = accountColumns + " WHERE name = ?1"
    static let selectAccounts = accountColumns + " WHERE account_id > ?1 ORDER BY account_id LIMIT ?2"
    static let selectAccountNames = "SELECT name, account_id FROM accounts"
    static let insertAccount =
        "INSERT INTO accounts (account_id, name, is_strict, created_at_ms) VALUES (?1, ?2, ?3, ?4)"
    /// Includes `last_account`: restoring the store may have lost an account with a higher number.
    static let selectLastAccount = """
        SELECT max(coalesce(max(account_id), 0), coalesce((SELECT last_account FROM store), 0)) FROM accounts
        """
    static let updateLastAccount = "UPDATE store SET last_account = ?1"
    static let selectNumbering = """
        SELECT is_strict, last_event, last_contact, key_retention_ms, keys_live_since_ms, last_entry
        FROM accounts WHERE account_id = ?1
        """
    /// Finds an event or a contact of an account with a number above the highest that the account has noted.
    static let selectBeyondNumbering = """
        SELECT 1 FROM events WHERE position > (?1 << 40) + ?2 AND position < (?1 + 1) << 40
        UNION ALL
        SELECT 1 FROM contacts WHERE position > (?1 << 40) + ?3 AND position < (?1 + 1) << 40
        LIMIT 1
        """
    static let updateKeyRetention =
        "UPDATE accounts SET key_retention_ms = ?2, keys_live_since_ms = ?3 WHERE account_id = ?1"
    /// Lowers the times that an earlier version kept while the clock was ahead. All keys of the ledger were accepted
    /// before `?1`, so this is late enough to keep them expired.
    static let capKeysLiveSince = "UPDATE accounts SET keys_live_since_ms = ?1 WHERE keys_live_since_ms > ?1"
    static let updateRateLimits = "UPDATE accounts SET limit_minute = ?2, limit_day = ?3 WHERE account_id = ?1"
    static let anyKeyRetention =
        "SELECT 1 FROM accounts WHERE key_retention_ms IS NOT NULL OR keys_live_since_ms IS NOT NULL LIMIT 1"
    static let updateNumbering =
        "UPDATE accounts SET last_event = ?2, last_contact = ?3, last_entry = ?4 WHERE account_id = ?1"
    static let advanceToken =
        "UPDATE accounts SET last_token = last_token + 1 WHERE account_id = ?1 RETURNING last_token"
    static let advanceApp = "UPDATE accounts SET last_app = last_app + 1 WHERE account_id = ?1 RETURNING last_app"

    // MARK: rate_counts

    static let selectRateLimits = """
        SELECT account_id, limit_minute, limit_day, minute, minute_requests, day, day_requests
        FROM accounts LEFT JOIN rate_counts USING (account_id)
        WHERE limit_minute IS NOT NULL OR limit_day IS NOT NULL
        """
    /// Keeps nothing for an account whose limits were lifted meanwhile.
    static let replaceRateCounts = """
        INSERT INTO rate_counts (account_id, minute, minute_requests, day, day_requests)
        SELECT account_id, ?2, ?3, ?4, ?5 FROM accounts
        WHERE account_id = ?1 AND (limit_minute IS NOT NULL OR limit_day IS NOT NULL)
        ON CONFLICT (account_id) DO UPDATE
        SET minute = ?2, minute_requests = ?3, day = ?4, day_requests = ?5
        """
    static let deleteRateCounts = "DELETE FROM rate_counts WHERE account_id = ?1"

    // MARK: oauth_apps

    private static let appColumns = """
        SELECT account_id, app_id, client_id, name, scopes, secret_version, created_at_ms, secret_rotated_at_ms,
               secret_digest
        FROM oauth_apps
        """
    static let selectApp = appColumns + " WHERE account_id = ?1 AND app_id = ?2"
    static let selectAppsOfAccount = appColumns + " WHERE account_id = ?1 ORDER BY app_id"
    static let selectAllApps = appColumns
    static let countApps = "SELECT count(*) FROM oauth_apps WHERE account_id = ?1"
    static let insertApp = """
        INSERT INTO oauth_apps (account_id, app_id, client_id, name, scopes, secret_digest, created_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    static let updateAppSecret = """
        UPDATE oauth_apps
        SET secret_digest = ?3, secret_version = secret_version + 1, secret_rotated_at_ms = ?4
        WHERE account_id = ?1 AND app_id = ?2
        """
    static let updateSecretVersion =
        "UPDATE oauth_apps SET secret_version = ?3 WHERE account_id = ?1 AND app_id = ?2"
    static let deleteApp = "DELETE FROM oauth_apps WHERE account_id = ?1 AND app_id = ?2"

    // MARK: signing_keys

    static let selectSigningKeys = "SELECT key_id, seed, retired_at_ms FROM signing_keys ORDER BY key_id"
    static let insertSigningKey = "INSERT INTO signing_keys (key_id, seed, created_at_ms) VALUES (?1, ?2, ?3)"
    static let retireSigningKeys =
        "UPDATE signing_keys SET retired_at_ms = ?2 WHERE key_id < ?1 AND retired_at_ms IS NULL"
    static let deleteRetiredSigningKeys = "DELETE FROM signing_keys WHERE retired_at_ms < ?1"
    static let deleteEarlierSigningKeys = "DELETE FROM signing_keys WHERE key_id < ?1"

    // MARK: contacts

    static let selectContactByEmail =
        "SELECT position FROM contacts WHERE account_id = ?1 AND email = ?2 COLLATE NOCASE AND email IS NOT NULL"
    static let selectContactByPhone = "SELECT position FROM contacts WHERE account_id = ?1 AND phone_number = ?2"
    static let contactExists = "SELECT 1 FROM contacts WHERE position = ?1"
    static let insertContact = """
        INSERT INTO contacts (position, email, phone_number, created_at_ms, updated_at_ms) VALUES (?1, ?2, ?3, ?4, ?4)
        """
    static let insertWholeContact = """
        INSERT INTO contacts (
            position, email, phone_number, first_name, last_name, tags, custom_fields, created_at_ms, updated_at_ms
        ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
        """
    // Without the address and the number, so that the schema's rule about them is checked only when one is added.
    static let updateContact = """
        UPDATE contacts
        SET first_name = ?2, last_name = ?3, tags = ?4, custom_fields = ?5, updated_at_ms = ?6
        WHERE position = ?1
        """
    static let addAddressOfContact = "UPDATE contacts SET email = ?2, phone_number = ?3 WHERE position = ?1"
    static let unsubscribeContact = """
        UPDATE contacts SET unsubscribed_at_ms = ?2, unsubscribe_reason = ?3, updated_at_ms = ?4
        WHERE position = ?1 AND unsubscribed_at_ms IS NULL
        """
    static let selectLostContact = """
        SELECT 1 FROM accounts WHERE account_id = ?1 >> 40 AND last_contact >= ?1 & 1099511627775
        AND NOT EXISTS (SELECT 1 FROM contacts WHERE position = ?1)
        AND NOT EXISTS (SELECT 1 FROM contact_deletions WHERE position = ?1)
        AND NOT EXISTS (SELECT 1 FROM contact_gaps WHERE first_position <= ?1 AND last_position >= ?1)
        """
    static let recordDeletionOfContact = "INSERT INTO contact_deletions (position, deleted_at_ms) VALUES (?1, ?2)"
    static let deleteContact = "DELETE FROM contacts WHERE position = ?1"
    private static let contactColumns = """
        SELECT position, email, phone_number, first_name, last_name, tags, custom_fields, created_at_ms, updated_at_ms,
               unsubscribed_at_ms, unsubscribe_reason
        FROM contacts
        """
    static let selectContact = contactColumns + " WHERE position = ?1"
    /// The numbers of contacts have no gaps except those left by deletions and those passed over, so that finding a
    /// page takes no counting of contacts: up to `?4`, as many contacts are missing as were deleted, and that many more
    /// are skipped.
    static let selectContacts =
        contactColumns + """
             WHERE position > ?1 + ?4 AND position <= ?2 ORDER BY position LIMIT ?3
            OFFSET (SELECT count(*) FROM contact_deletions WHERE position > ?1 AND position <= ?1 + ?4)
            """
    static let countContactsOfAccount = """
        SELECT last_contact - (SELECT count(*) FROM contact_deletions WHERE position > ?2 AND position <= ?3)
        FROM accounts WHERE account_id = ?1
        """

    // MARK: numbers of contacts that are passed over

    static let selectContactGaps = """
        SELECT first_position, last_position FROM contact_gaps
        WHERE first_position > ?1 AND first_position <= ?2 ORDER BY first_position
        """
    static let insertContactGap = """
        INSERT INTO contact_gaps (first_position, last_position, passed_over_at_ms) VALUES (?1, ?2, ?3)
        """

    // MARK: events

    static let insertEvent = """
        INSERT INTO events (position, contact_number, event_type, event_time_s, event_time_ns, received_at_ms, data)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    private static let eventColumns = """
        SELECT position, contact_number, event_type, event_time_s, event_time_ns, received_at_ms, data FROM events
        """
    static let selectEvent = eventColumns + " WHERE position = ?1"
    static let selectEvents = eventColumns + " WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3"
    /// What is at the positions after `?1` up to `?2`: events, and ranges whose erasure was recorded. Such ranges never
    /// overlap, so of those that begin before, only the last one can reach in.
    static let selectStoredAndErased = """
        SELECT position, position FROM events WHERE position > ?1 AND position <= ?2
        UNION ALL
        SELECT first_position, last_position FROM erasures
        WHERE first_position <= ?2
          AND first_position >= coalesce((SELECT max(first_position) FROM erasures WHERE first_position <= ?1), 0)
        ORDER BY 1
        """
    static let recordErasure = "INSERT INTO erasures (first_position, last_position, erased_at_ms) VALUES (?1, ?2, ?3)"
    static let deleteErasedEvents = "DELETE FROM events WHERE position BETWEEN ?1 AND ?2"

    // MARK: tokens

    static let insertToken = """
        INSERT INTO tokens (account_id, token_id, name, scopes, digest, created_at_ms, expires_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    private static let tokenColumns =
        "SELECT account_id, token_id, name, scopes, created_at_ms, expires_at_ms, revoked_at_ms, digest FROM tokens"
    static let selectToken = tokenColumns + " WHERE account_id = ?1 AND token_id = ?2"
    static let selectTokensOfAccount = tokenColumns + " WHERE account_id = ?1 ORDER BY token_id"
    static let selectUnrevokedTokens = tokenColumns + " WHERE revoked_at_ms IS NULL"
    static let countActiveTokens = """
        SELECT count(*) FROM tokens
        WHERE account_id = ?1 AND revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > ?2)
        """
    static let revokeToken = """
        UPDATE tokens SET revoked_at_ms = ?3 WHERE account_id = ?1 AND token_id = ?2 AND revoked_at_ms IS NULL
        """
}
