/// The statements of the ledger: its rows, its index, and what is known about keys that came again.
extension SQL {
    // MARK: idempotency

    static let selectEntry =
        "SELECT account_id, key, fingerprint, event_sequence, accepted_at_ms FROM idempotency WHERE entry = ?1"
    static let insertEntry = """
        INSERT INTO idempotency (entry, account_id, key, fingerprint, event_sequence, accepted_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    static let selectEntryBounds = """
        SELECT coalesce((SELECT min(entry) FROM idempotency), first_live_entry), first_live_entry,
               coalesce((SELECT max(entry) FROM idempotency), 0), coalesce((SELECT max(last_entry) FROM accounts), 0)
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
    // The log's numbers have no gaps: rows are removed only from its beginning.
    static let selectReplayLogLength = "SELECT (SELECT max(id) FROM replays) - (SELECT min(id) FROM replays) + 1"
    static let foldReplays = """
        INSERT INTO replay_counts (entry, replays, mismatches, last_replayed_at_ms)
        SELECT entry, sum(min(replays, 1 << 40)), sum(min(mismatches, 1 << 40)), max(last_replayed_at_ms)
        FROM (SELECT * FROM replays ORDER BY id LIMIT ?1)
        WHERE entry >= (SELECT first_live_entry FROM store) GROUP BY entry
        ON CONFLICT (entry) DO UPDATE
        SET replays = min(replays, 1 << 61) + excluded.replays, mismatches = min(mismatches, 1 << 61) + excluded.mismatches,
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
}
