-- Version 10: a write-ahead log tells which one of the store it is. SQLite applies whatever log lies beside a database.

PRAGMA user_version = 10;

-- The first transaction of each log writes the next number, or the second one where another process had copied the log before
-- into the database. The database file is of the number of its log, or of the one before. 0 where no log has had a number yet.
ALTER TABLE store ADD COLUMN log_number INTEGER NOT NULL DEFAULT 0
    CONSTRAINT store_log_number_counts CHECK (log_number >= 0);

CREATE TRIGGER store_log_number_only_grows BEFORE UPDATE OF log_number ON store
WHEN NEW.log_number < OLD.log_number
BEGIN SELECT RAISE(ABORT, 'the number of a store''s log only grows'); END;
