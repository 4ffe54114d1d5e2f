-- Version 5: how often a key came again is one row for each key. The log takes the newest counts, in order and without a
-- random write, and is folded into this table once it has grown long.

PRAGMA user_version = 5;

CREATE TABLE replay_counts (
    entry               INTEGER PRIMARY KEY,
    replays             INTEGER NOT NULL CONSTRAINT replay_counts_count CHECK (replays >= 1),
    mismatches          INTEGER NOT NULL
                        CONSTRAINT replay_counts_mismatches_are_replays CHECK (mismatches BETWEEN 0 AND replays),
    last_replayed_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX replay_counts_with_mismatches ON replay_counts (entry) WHERE mismatches > 0;

-- What is known of a key goes with it.
CREATE TRIGGER replay_counts_go_with_their_key AFTER DELETE ON idempotency
BEGIN DELETE FROM replay_counts WHERE entry = OLD.entry; END;
