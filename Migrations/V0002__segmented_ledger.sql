-- Version 2: the ledger's keys are found by sealed, sorted segments and no longer by a B-tree.
--
-- Every new key went to a random page of that tree, so that the ten-millionth key cost twice what the first one did. Now
-- the newest keys are in memory, and older ones in segments that are written once and in order. The next process that
-- opens the store for writing seals what is in the ledger already.

PRAGMA user_version = 2;

-- The ledger's rows once more, smaller: without the index, with the first ten bytes of each fingerprint, and without the
-- form of the answer, of which there is one.
DROP TRIGGER idempotency_is_never_changed;
DROP TRIGGER idempotency_is_deleted_by_expiry_only;
ALTER TABLE idempotency RENAME TO idempotency_version_1;

CREATE TABLE idempotency (
    entry          INTEGER PRIMARY KEY CONSTRAINT idempotency_entry_counts CHECK (entry >= 1),
    account_id     INTEGER NOT NULL,
    key            TEXT    NOT NULL
                   CONSTRAINT idempotency_key_length CHECK (length(CAST(key AS BLOB)) BETWEEN 1 AND 255),
    fingerprint    BLOB    NOT NULL CONSTRAINT idempotency_fingerprint_length CHECK (length(fingerprint) = 10),
    event_sequence INTEGER NOT NULL CONSTRAINT idempotency_event_sequence_counts CHECK (event_sequence >= 1),
    accepted_at_ms INTEGER NOT NULL
) STRICT;

INSERT INTO idempotency (entry, account_id, key, fingerprint, event_sequence, accepted_at_ms)
SELECT entry, account_id, key, substr(fingerprint, 1, 10), event_sequence, accepted_at_ms
FROM idempotency_version_1 ORDER BY entry;

DROP TABLE idempotency_version_1;

CREATE TRIGGER idempotency_is_never_changed BEFORE UPDATE ON idempotency
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never changed'); END;

CREATE TRIGGER idempotency_is_deleted_by_expiry_only BEFORE DELETE ON idempotency
WHEN OLD.entry >= (SELECT first_live_entry FROM store)
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is deleted only after it has expired'); END;

-- How long an account's keys answer; NULL for ever.
ALTER TABLE accounts ADD COLUMN key_retention_ms INTEGER
    CONSTRAINT accounts_key_retention_is_positive CHECK (key_retention_ms > 0);

-- The segments that count. Each stands for a range of the ledger's entries; the ranges follow each other.
CREATE TABLE ledger_segments (
    segment       INTEGER PRIMARY KEY CONSTRAINT ledger_segments_number_counts CHECK (segment >= 1),
    level         INTEGER NOT NULL CONSTRAINT ledger_segments_level_range CHECK (level BETWEEN 0 AND 15),
    first_entry   INTEGER NOT NULL CONSTRAINT ledger_segments_first_entry_counts CHECK (first_entry >= 1),
    last_entry    INTEGER NOT NULL,
    entries       INTEGER NOT NULL CONSTRAINT ledger_segments_entries_counts CHECK (entries >= 0),
    pages         INTEGER NOT NULL CONSTRAINT ledger_segments_pages_counts CHECK (pages BETWEEN 0 AND 16777215),
    filter_blocks INTEGER NOT NULL CONSTRAINT ledger_segments_filter_counts CHECK (filter_blocks >= 1),
    CONSTRAINT ledger_segments_are_ranges
        CHECK (last_entry >= first_entry AND entries <= last_entry - first_entry + 1 AND pages <= entries)
) STRICT;

CREATE UNIQUE INDEX ledger_segments_by_entry ON ledger_segments (first_entry);

CREATE TRIGGER ledger_segments_are_never_changed BEFORE UPDATE ON ledger_segments
BEGIN SELECT RAISE(ABORT, 'a sealed segment is never changed'); END;

-- A segment's codes in their order: words of eight bytes, the lowest byte first, each the upper 36 bits of a key's hash and
-- its entry's distance from the segment's first one. A page's number is its segment's (the upper bits) and its own (the
-- lower 24). Pages of a segment that does not count are left over and will be deleted.
CREATE TABLE ledger_pages (
    page  INTEGER PRIMARY KEY,
    codes BLOB NOT NULL
          CONSTRAINT ledger_pages_hold_whole_codes CHECK (length(codes) >= 8 AND length(codes) % 8 = 0)
) STRICT;

CREATE TRIGGER ledger_pages_are_never_changed BEFORE UPDATE ON ledger_pages
BEGIN SELECT RAISE(ABORT, 'a page of a sealed segment is never changed'); END;

CREATE TRIGGER ledger_pages_are_deleted_after_their_segment BEFORE DELETE ON ledger_pages
WHEN EXISTS (SELECT 1 FROM ledger_segments WHERE segment = OLD.page >> 24)
BEGIN SELECT RAISE(ABORT, 'a page is deleted only after its segment'); END;

-- What is kept in memory of a segment: its filter, and the first code of each page. It can be made again from the pages.
CREATE TABLE ledger_summaries (
    page     INTEGER PRIMARY KEY,
    checksum INTEGER NOT NULL,
    content  BLOB    NOT NULL CONSTRAINT ledger_summaries_hold_something CHECK (length(content) > 0)
) STRICT;
