-- Version 9: two kinds of damage that could not be told before, since what was left was a store as well.

PRAGMA user_version = 9;

-- The key from which public ids are computed, once more and on another page. With another key all ids would be others.
CREATE TABLE store_identity (
    id             INTEGER PRIMARY KEY CONSTRAINT store_identity_is_one_row CHECK (id = 1),
    identifier_key BLOB    NOT NULL CONSTRAINT store_identity_key_length CHECK (length(identifier_key) = 32)
) STRICT;

INSERT INTO store_identity (id, identifier_key) SELECT id, identifier_key FROM store;

CREATE TRIGGER store_identity_is_never_changed BEFORE UPDATE ON store_identity
BEGIN SELECT RAISE(ABORT, 'the identity of a store never changes'); END;

CREATE TRIGGER store_identity_is_never_deleted BEFORE DELETE ON store_identity
BEGIN SELECT RAISE(ABORT, 'the identity of a store is never deleted'); END;

-- The ledger's entry of the newest key that the account has used since this step; the ledger does not end before it. Rows
-- that are missing at its very end would leave no gap, and their keys would be new.
ALTER TABLE accounts ADD COLUMN last_entry INTEGER NOT NULL DEFAULT 0
    CONSTRAINT accounts_last_entry_counts CHECK (last_entry >= 0);

DROP TRIGGER accounts_numbers_only_grow;

CREATE TRIGGER accounts_numbers_only_grow BEFORE UPDATE ON accounts
WHEN NEW.last_event < OLD.last_event OR NEW.last_contact < OLD.last_contact OR NEW.last_token < OLD.last_token
    OR NEW.last_entry < OLD.last_entry
BEGIN SELECT RAISE(ABORT, 'the numbers that an account has given out only grow'); END;
