/// The statements with which a store reports its status and checks itself.
extension SQL {
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

    // MARK: copies

    /// For the file that a copy is made in. It was empty, so there is nothing to roll back to, and no journal file is
    /// needed.
    static let configureCopy = "PRAGMA journal_mode = MEMORY"
    static let quickCheck = "PRAGMA quick_check(1)"

    // MARK: compact

    /// The copy that SQLite makes of the store is as large as the store, which is too much for memory.
    static let configureCompaction = "PRAGMA temp_store = FILE"
    static let compact = "VACUUM"

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
          AND coalesce(
              (
                  SELECT last_position FROM erasures WHERE first_position <= (i.account_id << 40) + i.event_sequence
                  ORDER BY first_position DESC LIMIT 1
              ),
              0
          ) < (i.account_id << 40) + i.event_sequence
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
    static let accessOfNoAccount = """
        SELECT 'token', token_id, account_id FROM tokens WHERE account_id NOT IN (SELECT account_id FROM accounts)
        UNION ALL
        SELECT 'app', app_id, account_id FROM oauth_apps WHERE account_id NOT IN (SELECT account_id FROM accounts)
        LIMIT ?1
        """
    static let selectEventPositions = "SELECT position, data FROM events ORDER BY position"
    static let selectErasures = "SELECT first_position, last_position FROM erasures ORDER BY first_position"
    static let selectContactsToCheck = "SELECT position, tags, custom_fields FROM contacts ORDER BY position"
    static let selectContactDeletions = "SELECT position FROM contact_deletions ORDER BY position"
    static let selectAllContactGaps = "SELECT first_position, last_position FROM contact_gaps ORDER BY first_position"
    static let deletedContactsThatExist = """
        SELECT c.account_id, c.number FROM contacts AS c JOIN contact_deletions AS d ON d.position = c.position LIMIT ?1
        """
    static let overlappingGaps = """
        SELECT 'erasure of events', first_position FROM (
            SELECT first_position, lag(last_position) OVER (ORDER BY first_position) AS previous FROM erasures
        ) WHERE first_position <= previous
        UNION ALL
        SELECT 'gap of contacts', first_position FROM (
            SELECT first_position, lag(last_position) OVER (ORDER BY first_position) AS previous FROM contact_gaps
        ) WHERE first_position <= previous
        LIMIT ?1
        """
    static let selectSecretVersions = "SELECT client_id, secret_version FROM oauth_apps"
    static let selectAllNumbering = "SELECT account_id, last_event, last_contact FROM accounts ORDER BY account_id"
    static let selectEntryGaps = "SELECT count(*), coalesce(min(entry), 1), coalesce(max(entry), 0) FROM idempotency"
    static let selectFirstLiveEntry = "SELECT first_live_entry FROM store"
}
