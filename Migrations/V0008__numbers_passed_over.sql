-- Version 8: what a restored store passes over, since it may have been given out after its copy was made: numbers of contacts
-- and of accounts. (Numbers of events that are passed over are erasures.)

PRAGMA user_version = 8;

-- Ranges of positions that no contact has, or ever gets.
CREATE TABLE contact_gaps (
    first_position    INTEGER PRIMARY KEY,
    last_position     INTEGER NOT NULL,
    passed_over_at_ms INTEGER NOT NULL,
    CONSTRAINT contact_gaps_have_account_and_number
        CHECK (first_position >> 40 >= 1 AND first_position & 1099511627775 >= 1),
    CONSTRAINT contact_gaps_are_ranges_of_one_account
        CHECK (last_position >= first_position AND last_position >> 40 = first_position >> 40)
) STRICT;

CREATE TRIGGER contact_gaps_are_never_changed BEFORE UPDATE ON contact_gaps
BEGIN SELECT RAISE(ABORT, 'numbers that were passed over are never given out'); END;

CREATE TRIGGER contact_gaps_are_never_deleted BEFORE DELETE ON contact_gaps
BEGIN SELECT RAISE(ABORT, 'numbers that were passed over are never given out'); END;

-- New accounts get higher numbers than this.
ALTER TABLE store ADD COLUMN last_account INTEGER NOT NULL DEFAULT 0
    CONSTRAINT store_last_account_range CHECK (last_account BETWEEN 0 AND 8388607);

CREATE TRIGGER store_accounts_only_move_on BEFORE UPDATE OF last_account ON store
WHEN NEW.last_account < OLD.last_account
BEGIN SELECT RAISE(ABORT, 'the numbers of accounts that were passed over only grow'); END;
