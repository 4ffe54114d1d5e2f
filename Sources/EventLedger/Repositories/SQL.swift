/// Every SQL statement of the store, by name. Each is prepared once for a connection, by the repository that uses it.
enum SQL {
    // MARK: The file

    // Without `wal_autocheckpoint`: the connection's own hook has taken its place already, and setting it, even to 0, would
    // take the hook away again. A small cache, because SQLite goes through all of its slots at the end of a transaction that
    // moved pages of an index (`pcache1Truncate`), and what the writer reads of old pages comes from the system's cache.
    // What is deleted is left as it is: Debian's SQLite overwrites it unless it is told not to, and then logs every page that
    // a merge of the index gives up, about as many as all others.
    static let configureWriter = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA secure_delete = OFF;
        PRAGMA cache_size = -8192;
        PRAGMA temp_store = MEMORY;
        PRAGMA trusted_schema = OFF;
        """
    /// For the writer, once the schema is up to date. What it writes was checked when the values were made, and evaluating
    /// the schema's constraints again takes an eighth of the instructions of storing an event. They hold for everybody else
    /// who writes to the file, and `verify` checks every row by them.
    static let trustCheckedValues = "PRAGMA ignore_check_constraints = ON"
    static let overwriteWhatIsDeleted = "PRAGMA secure_delete = ON"
    static let leaveWhatIsDeleted = "PRAGMA secure_delete = OFF"
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

    static let beginEpoch = "UPDATE store SET epoch = epoch + 1, opened_at_ms = ?1"
    /// Writes the first page as it is: it takes a page of the write-ahead log, which no update does that changes nothing.
    static let writeFirstPage = "PRAGMA application_id = \(Migrator.applicationID)"
    static let selectStore = "SELECT identifier_key, epoch FROM store"

    // MARK: accounts

    private static let accountColumns = """
        SELECT account_id, name, is_strict, key_retention_ms, created_at_ms, limit_minute, limit_day FROM accounts
        """
    static let selectAccount = accountColumns + " WHERE name = ?1"
    static let selectAccounts = accountColumns + " WHERE account_id > ?1 ORDER BY account_id LIMIT ?2"
    static let selectAccountNames = "SELECT name, account_id FROM accounts"
    static let insertAccount =
        "INSERT INTO accounts (account_id, name, is_strict, created_at_ms) VALUES (?1, ?2, ?3, ?4)"
    static let selectLastAccount = "SELECT max(account_id) FROM accounts"
    static let selectNumbering = """
        SELECT is_strict, last_event, last_contact, key_retention_ms, keys_live_since_ms FROM accounts WHERE account_id = ?1
        """
    static let updateKeyRetention =
        "UPDATE accounts SET key_retention_ms = ?2, keys_live_since_ms = ?3 WHERE account_id = ?1"
    static let updateRateLimits = "UPDATE accounts SET limit_minute = ?2, limit_day = ?3 WHERE account_id = ?1"
    static let anyKeyRetention =
        "SELECT 1 FROM accounts WHERE key_retention_ms IS NOT NULL OR keys_live_since_ms IS NOT NULL LIMIT 1"
    static let updateNumbering = "UPDATE accounts SET last_event = ?2, last_contact = ?3 WHERE account_id = ?1"
    static let advanceToken =
        "UPDATE accounts SET last_token = last_token + 1 WHERE account_id = ?1 RETURNING last_token"
    static let advanceApp = "UPDATE accounts SET last_app = last_app + 1 WHERE account_id = ?1 RETURNING last_app"

    // MARK: rate_counts

    static let selectRateLimits = """
        SELECT account_id, limit_minute, limit_day, minute, minute_requests, day, day_requests
        FROM accounts LEFT JOIN rate_counts USING (account_id)
        WHERE limit_minute IS NOT NULL OR limit_day IS NOT NULL
        """
    /// Of an account whose limits were lifted meanwhile nothing is kept.
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
    static let deleteApp = "DELETE FROM oauth_apps WHERE account_id = ?1 AND app_id = ?2"

    // MARK: signing_keys

    static let selectSigningKeys = "SELECT key_id, seed, retired_at_ms FROM signing_keys ORDER BY key_id"
    static let insertSigningKey = "INSERT INTO signing_keys (key_id, seed, created_at_ms) VALUES (?1, ?2, ?3)"
    static let retireSigningKeys =
        "UPDATE signing_keys SET retired_at_ms = ?2 WHERE key_id < ?1 AND retired_at_ms IS NULL"
    static let deleteRetiredSigningKeys = "DELETE FROM signing_keys WHERE retired_at_ms < ?1"

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
    // The address and the number only where they come in, so that the schema's rule about them is looked at only then.
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
    static let recordDeletionOfContact = "INSERT INTO contact_deletions (position, deleted_at_ms) VALUES (?1, ?2)"
    static let deleteContact = "DELETE FROM contacts WHERE position = ?1"
    private static let contactColumns = """
        SELECT position, email, phone_number, first_name, last_name, tags, custom_fields, created_at_ms, updated_at_ms,
               unsubscribed_at_ms, unsubscribe_reason
        FROM contacts
        """
    static let selectContact = contactColumns + " WHERE position = ?1"
    static let selectContacts =
        contactColumns + " WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3 OFFSET ?4"
    static let countContactsOfAccount = "SELECT count(*) FROM contacts WHERE position > ?1 AND position <= ?2"

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
    static let recordErasure = "INSERT INTO erasures (first_position, last_position, erased_at_ms) VALUES (?1, ?2, ?3)"
    static let deleteErasedEvents = "DELETE FROM events WHERE position BETWEEN ?1 AND ?2"

    // MARK: idempotency

    static let selectEntry =
        "SELECT account_id, key, fingerprint, event_sequence, accepted_at_ms FROM idempotency WHERE entry = ?1"
    static let insertEntry = """
        INSERT INTO idempotency (entry, account_id, key, fingerprint, event_sequence, accepted_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    static let selectEntryBounds = """
        SELECT coalesce((SELECT min(entry) FROM idempotency), first_live_entry), first_live_entry,
               coalesce((SELECT max(entry) FROM idempotency), 0)
        FROM store
        """
    static let selectEntries = """
        SELECT entry, account_id, key, event_sequence, accepted_at_ms
        FROM idempotency WHERE entry >= ?1 ORDER BY entry LIMIT ?2
        """
    static let updateFirstLiveEntry = "UPDATE store SET first_live_entry = ?1"
    static let deleteEntries = "DELETE FROM idempotency WHERE entry >= ?1 AND entry < ?2"

    // MARK: The ledger's index

    static let selectSegments = """
        SELECT segment, level, first_entry, last_entry, entries, pages, filter_blocks
        FROM ledger_segments ORDER BY first_entry
        """
    static let insertSegment = """
        INSERT INTO ledger_segments (segment, level, first_entry, last_entry, entries, pages, filter_blocks)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    static let deleteSegment = "DELETE FROM ledger_segments WHERE segment = ?1"
    static let insertSegmentPage = "INSERT INTO ledger_pages (page, codes) VALUES (?1, ?2)"
    static let selectSegmentPage = "SELECT codes FROM ledger_pages WHERE page = ?1"
    static let deleteSegmentPages = "DELETE FROM ledger_pages WHERE page >= ?1 AND page < ?2"
    static let selectNextSegmentPage = "SELECT page FROM ledger_pages WHERE page >= ?1 ORDER BY page LIMIT 1"
    static let insertSummaryPage = "INSERT INTO ledger_summaries (page, checksum, content) VALUES (?1, ?2, ?3)"
    static let selectSummaryPages =
        "SELECT page, checksum, content FROM ledger_summaries WHERE page >= ?1 AND page < ?2 ORDER BY page"
    static let deleteSummaryPages = "DELETE FROM ledger_summaries WHERE page >= ?1 AND page < ?2"
    static let selectNextSummaryPage = "SELECT page FROM ledger_summaries WHERE page >= ?1 ORDER BY page LIMIT 1"

    // MARK: replays

    static let insertReplays =
        "INSERT INTO replays (entry, replays, mismatches, last_replayed_at_ms) VALUES (?1, ?2, ?3, ?4)"
    static let selectReplays = """
        SELECT coalesce(sum(replays), 0), coalesce(sum(mismatches), 0), max(last_replayed_at_ms)
        FROM (SELECT * FROM replay_counts WHERE entry = ?1 UNION ALL
              SELECT entry, replays, mismatches, last_replayed_at_ms FROM replays WHERE entry = ?1)
        """
    // The log's numbers have no gaps: rows are taken from its beginning only.
    static let selectReplayLogLength = "SELECT (SELECT max(id) FROM replays) - (SELECT min(id) FROM replays) + 1"
    static let foldReplays = """
        INSERT INTO replay_counts (entry, replays, mismatches, last_replayed_at_ms)
        SELECT entry, sum(replays), sum(mismatches), max(last_replayed_at_ms)
        FROM (SELECT * FROM replays ORDER BY id LIMIT ?1)
        WHERE entry >= (SELECT first_live_entry FROM store) GROUP BY entry
        ON CONFLICT (entry) DO UPDATE
        SET replays = replays + excluded.replays, mismatches = mismatches + excluded.mismatches,
            last_replayed_at_ms = max(last_replayed_at_ms, excluded.last_replayed_at_ms)
        """
    static let deleteOldestReplays = "DELETE FROM replays WHERE id < (SELECT min(id) FROM replays) + ?1"

    static let noteMismatch = """
        INSERT INTO mismatches (event_position, entry, pointers, noted_at_ms) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (event_position) DO UPDATE
        SET entry = excluded.entry, pointers = excluded.pointers, noted_at_ms = excluded.noted_at_ms
        """
    static let selectMismatchPointers = "SELECT pointers FROM mismatches WHERE event_position = ?1 AND entry = ?2"
    static let selectMismatchCounts = """
        SELECT entry, sum(mismatches), max(last_replayed_at_ms)
        FROM (SELECT entry, mismatches, last_replayed_at_ms FROM replays WHERE mismatches > 0 AND entry > ?1 UNION ALL
              SELECT * FROM (SELECT entry, mismatches, last_replayed_at_ms FROM replay_counts
                             WHERE mismatches > 0 AND entry > ?1 ORDER BY entry LIMIT ?2))
        GROUP BY entry ORDER BY entry LIMIT ?2
        """

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

    // MARK: status

    static let countAccounts = "SELECT count(*) FROM accounts"
    static let countContacts = "SELECT count(*) FROM contacts"
    static let countEvents = "SELECT count(*) FROM events"
    static let countEntries = "SELECT count(*) FROM idempotency"
    static let countSegments = "SELECT count(*), coalesce(sum(entries), 0) FROM ledger_segments"
    static let countReplays = """
        SELECT coalesce(sum(replays), 0), coalesce(sum(mismatches), 0)
        FROM (SELECT replays, mismatches FROM replays UNION ALL SELECT replays, mismatches FROM replay_counts)
        """
    static let countAllActiveTokens = """
        SELECT count(*) FROM tokens WHERE revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > ?1)
        """

    // MARK: verify

    static let integrityCheck = "PRAGMA integrity_check(100)"
    static let eventsWithoutContact = """
        SELECT e.account_id, e.sequence FROM events AS e
        WHERE NOT EXISTS (SELECT 1 FROM contacts AS c WHERE c.position = e.position - e.sequence + e.contact_number)
          AND NOT EXISTS (SELECT 1 FROM contact_deletions AS d WHERE d.position = e.position - e.sequence + e.contact_number)
        LIMIT ?1
        """
    static let entriesWithoutEvent = """
        SELECT i.entry, i.account_id, i.event_sequence FROM idempotency AS i
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE position = (i.account_id << 40) + i.event_sequence)
          AND NOT EXISTS (
              SELECT 1 FROM erasures
              WHERE first_position <= (i.account_id << 40) + i.event_sequence
                AND last_position >= (i.account_id << 40) + i.event_sequence
          )
        LIMIT ?1
        """
    static let eventsWithTwoEntries = """
        SELECT account_id, event_sequence FROM idempotency GROUP BY account_id, event_sequence HAVING count(*) > 1 LIMIT ?1
        """
    static let mismatchesOfNothing = """
        SELECT event_position >> 40, event_position & 1099511627775 FROM mismatches AS m
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE position = m.event_position)
           OR NOT EXISTS (
               SELECT 1 FROM idempotency AS i
               WHERE i.entry = m.entry AND (i.account_id << 40) + i.event_sequence = m.event_position
           )
        LIMIT ?1
        """
    static let entriesOfNoAccount = """
        SELECT entry, account_id FROM idempotency WHERE account_id NOT IN (SELECT account_id FROM accounts) LIMIT ?1
        """
    static let selectEventPositions = "SELECT position, data FROM events ORDER BY position"
    static let selectErasures = "SELECT first_position, last_position FROM erasures ORDER BY first_position"
    static let selectContactsToCheck = "SELECT position, tags, custom_fields FROM contacts ORDER BY position"
    static let selectContactDeletions = "SELECT position FROM contact_deletions ORDER BY position"
    static let deletedContactsThatExist = """
        SELECT c.account_id, c.number FROM contacts AS c JOIN contact_deletions AS d ON d.position = c.position LIMIT ?1
        """
    static let selectAllNumbering = "SELECT account_id, last_event, last_contact FROM accounts ORDER BY account_id"
    static let selectEntryGaps = "SELECT count(*), coalesce(min(entry), 1), coalesce(max(entry), 0) FROM idempotency"
    static let selectFirstLiveEntry = "SELECT first_live_entry FROM store"
}
