-- Version 1: accounts, contacts, events, the idempotency ledger, tokens.
--
-- `store-admin migrate` applies this file and records its checksum. The sqlite3 shell can apply it as well:
--
--     sqlite3 -bail STORE "BEGIN IMMEDIATE" ".read Migrations/V0001__initial_schema.sql" "COMMIT"
--
-- A file that was applied is never edited: what comes next is a new file.
--
-- A position is an account's number (upper 23 bits) and a number counted from 1 within the account (lower 40 bits) in
-- one integer, so that the account leads the primary key, and rows of one account stand in the order of their making
-- without an index of their own.

PRAGMA application_id = 1165380711; -- "EvLg"
PRAGMA user_version = 1;

CREATE TABLE schema_migrations (
    version       INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    checksum      BLOB    NOT NULL CONSTRAINT schema_migrations_checksum_is_sha256 CHECK (length(checksum) = 32),
    applied_at_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER schema_migrations_are_never_changed BEFORE UPDATE ON schema_migrations
BEGIN SELECT RAISE(ABORT, 'a recorded migration is never changed'); END;

CREATE TRIGGER schema_migrations_are_never_deleted BEFORE DELETE ON schema_migrations
BEGIN SELECT RAISE(ABORT, 'a recorded migration is never deleted'); END;

-- What makes this store this one: the key from which public ids are computed, and how often it was opened.
CREATE TABLE store (
    id                INTEGER PRIMARY KEY CONSTRAINT store_is_one_row CHECK (id = 1),
    identifier_key    BLOB    NOT NULL CONSTRAINT store_identifier_key_length CHECK (length(identifier_key) = 32),
    epoch             INTEGER NOT NULL CONSTRAINT store_epoch_counts CHECK (epoch >= 0),
    opened_at_ms      INTEGER NOT NULL,
    created_at_ms     INTEGER NOT NULL,
    -- Ledger entries below this one have expired and may be deleted.
    first_live_entry  INTEGER NOT NULL CONSTRAINT store_first_live_entry_counts CHECK (first_live_entry >= 1)
) STRICT;

INSERT INTO store (id, identifier_key, epoch, opened_at_ms, created_at_ms, first_live_entry)
SELECT 1, randomblob(32), 0, now_ms, now_ms, 1
FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms);

CREATE TRIGGER store_keeps_its_identity BEFORE UPDATE OF identifier_key, created_at_ms ON store
BEGIN SELECT RAISE(ABORT, 'the identity of a store never changes'); END;

CREATE TRIGGER store_only_moves_on BEFORE UPDATE ON store
WHEN NEW.epoch < OLD.epoch OR NEW.first_live_entry < OLD.first_live_entry
BEGIN SELECT RAISE(ABORT, 'the epoch and the first live entry of a store only grow'); END;

CREATE TRIGGER store_is_never_deleted BEFORE DELETE ON store
BEGIN SELECT RAISE(ABORT, 'the identity of a store is never deleted'); END;

CREATE TABLE accounts (
    account_id    INTEGER PRIMARY KEY CONSTRAINT accounts_id_fits_a_position CHECK (account_id BETWEEN 1 AND 8388607),
    name          TEXT    NOT NULL
                  CONSTRAINT accounts_name_is_unique UNIQUE
                  CONSTRAINT accounts_name_length CHECK (length(name) BETWEEN 1 AND 128),
    is_strict     INTEGER NOT NULL DEFAULT 0 CONSTRAINT accounts_is_strict_is_boolean CHECK (is_strict IN (0, 1)),
    -- The highest numbers given out; they are never given out again, whatever is erased.
    last_event    INTEGER NOT NULL DEFAULT 0
                  CONSTRAINT accounts_last_event_range CHECK (last_event BETWEEN 0 AND 1099511627775),
    last_contact  INTEGER NOT NULL DEFAULT 0
                  CONSTRAINT accounts_last_contact_range CHECK (last_contact BETWEEN 0 AND 1099511627775),
    last_token    INTEGER NOT NULL DEFAULT 0 CONSTRAINT accounts_last_token_counts CHECK (last_token >= 0),
    created_at_ms INTEGER NOT NULL
) STRICT;

INSERT INTO accounts (account_id, name, created_at_ms) SELECT 1, 'default', created_at_ms FROM store;

CREATE TRIGGER accounts_numbers_only_grow BEFORE UPDATE ON accounts
WHEN NEW.last_event < OLD.last_event OR NEW.last_contact < OLD.last_contact OR NEW.last_token < OLD.last_token
BEGIN SELECT RAISE(ABORT, 'the numbers that an account has given out only grow'); END;

CREATE TRIGGER accounts_are_never_deleted BEFORE DELETE ON accounts
BEGIN SELECT RAISE(ABORT, 'an account is never deleted'); END;

CREATE TABLE contacts (
    position      INTEGER PRIMARY KEY,
    account_id    INTEGER GENERATED ALWAYS AS (position >> 40) VIRTUAL,
    number        INTEGER GENERATED ALWAYS AS (position & 1099511627775) VIRTUAL,
    email         TEXT CONSTRAINT contacts_email_length CHECK (length(email) BETWEEN 3 AND 254),
    phone_number  TEXT CONSTRAINT contacts_phone_number_form CHECK (phone_number GLOB '+[1-9][0-9]*'),
    first_name    TEXT,
    last_name     TEXT,
    tags          TEXT    NOT NULL DEFAULT '[]',
    custom_fields TEXT    NOT NULL DEFAULT '{}',
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    CONSTRAINT contacts_position_has_account_and_number CHECK (position >> 40 >= 1 AND position & 1099511627775 >= 1),
    CONSTRAINT contacts_have_an_address CHECK (email IS NOT NULL OR phone_number IS NOT NULL)
) STRICT;

-- NOCASE folds ASCII only, as addresses are matched; the address itself is kept as it was first given.
CREATE UNIQUE INDEX contacts_by_email ON contacts (account_id, email COLLATE NOCASE) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX contacts_by_phone_number ON contacts (account_id, phone_number) WHERE phone_number IS NOT NULL;

CREATE TABLE events (
    position       INTEGER PRIMARY KEY,
    account_id     INTEGER GENERATED ALWAYS AS (position >> 40) VIRTUAL,
    sequence       INTEGER GENERATED ALWAYS AS (position & 1099511627775) VIRTUAL,
    contact_number INTEGER NOT NULL CONSTRAINT events_contact_number_counts CHECK (contact_number >= 1),
    event_type     TEXT    NOT NULL CONSTRAINT events_type_length CHECK (length(event_type) BETWEEN 1 AND 128),
    -- The time that the client gave, in seconds since 1970 and nanoseconds; from 1000000000 nanoseconds on it is inside
    -- a leap second. NULL where the client gave none, which stands for the time of receipt.
    event_time_s   INTEGER,
    event_time_ns  INTEGER CONSTRAINT events_time_ns_range CHECK (event_time_ns BETWEEN 0 AND 1999999999),
    received_at_ms INTEGER NOT NULL,
    -- The client's JSON object, byte for byte.
    data           TEXT,
    CONSTRAINT events_position_has_account_and_sequence CHECK (position >> 40 >= 1 AND position & 1099511627775 >= 1),
    CONSTRAINT events_time_is_whole CHECK ((event_time_s IS NULL) = (event_time_ns IS NULL))
) STRICT;

-- Which events were taken out of the store on purpose, by ranges of positions.
CREATE TABLE erasures (
    first_position INTEGER PRIMARY KEY,
    last_position  INTEGER NOT NULL,
    erased_at_ms   INTEGER NOT NULL,
    CONSTRAINT erasures_are_ranges_of_one_account
        CHECK (last_position >= first_position AND last_position >> 40 = first_position >> 40)
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'a stored event is never changed'); END;

CREATE TRIGGER events_are_deleted_by_erasure_only BEFORE DELETE ON events
WHEN NOT EXISTS (
    SELECT 1 FROM erasures WHERE first_position <= OLD.position AND last_position >= OLD.position
)
BEGIN SELECT RAISE(ABORT, 'a stored event is deleted only after its erasure was recorded'); END;

CREATE TRIGGER erasures_are_never_changed BEFORE UPDATE ON erasures
BEGIN SELECT RAISE(ABORT, 'a recorded erasure is never changed'); END;

CREATE TRIGGER erasures_are_never_deleted BEFORE DELETE ON erasures
BEGIN SELECT RAISE(ABORT, 'a recorded erasure is never deleted'); END;

-- The ledger: one row for each key that was accepted, in the order of acceptance over all accounts, so that what has
-- expired is always a prefix.
CREATE TABLE idempotency (
    entry          INTEGER PRIMARY KEY CONSTRAINT idempotency_entry_counts CHECK (entry >= 1),
    account_id     INTEGER NOT NULL,
    key            TEXT    NOT NULL
                   CONSTRAINT idempotency_key_length CHECK (length(CAST(key AS BLOB)) BETWEEN 1 AND 255),
    fingerprint    BLOB    NOT NULL CONSTRAINT idempotency_fingerprint_length CHECK (length(fingerprint) = 16),
    event_sequence INTEGER NOT NULL CONSTRAINT idempotency_event_sequence_counts CHECK (event_sequence >= 1),
    -- The form of the first answer; 1 is {"event_id":"…","status":"accepted"}, of which the rest is computed.
    response       INTEGER NOT NULL DEFAULT 1 CONSTRAINT idempotency_response_is_known CHECK (response = 1),
    accepted_at_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX idempotency_by_key ON idempotency (account_id, key);

CREATE TRIGGER idempotency_is_never_changed BEFORE UPDATE ON idempotency
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never changed'); END;

CREATE TRIGGER idempotency_is_deleted_by_expiry_only BEFORE DELETE ON idempotency
WHEN OLD.entry >= (SELECT first_live_entry FROM store)
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is deleted only after it has expired'); END;

-- How often keys came again, as a log: a counter in the ledger's row would write to a random page for each repeat.
CREATE TABLE replays (
    id                  INTEGER PRIMARY KEY,
    entry               INTEGER NOT NULL,
    replays             INTEGER NOT NULL CONSTRAINT replays_count CHECK (replays >= 1),
    mismatches          INTEGER NOT NULL CONSTRAINT replays_mismatches_are_replays CHECK (mismatches BETWEEN 0 AND replays),
    last_replayed_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX replays_with_mismatches ON replays (entry) WHERE mismatches > 0;

CREATE TABLE tokens (
    account_id    INTEGER NOT NULL,
    token_id      INTEGER NOT NULL CONSTRAINT tokens_id_counts CHECK (token_id >= 1),
    name          TEXT    NOT NULL CONSTRAINT tokens_name_length CHECK (length(name) <= 128),
    scopes        INTEGER NOT NULL CONSTRAINT tokens_scopes_are_known CHECK (scopes BETWEEN 1 AND 15),
    digest        BLOB    NOT NULL CONSTRAINT tokens_digest_is_sha256 CHECK (length(digest) = 32),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    PRIMARY KEY (account_id, token_id),
    CONSTRAINT tokens_digest_is_unique UNIQUE (account_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tokens_keep_what_they_allow
BEFORE UPDATE OF account_id, token_id, scopes, digest, created_at_ms, expires_at_ms ON tokens
BEGIN SELECT RAISE(ABORT, 'what a token allows never changes'); END;

CREATE TRIGGER tokens_stay_revoked BEFORE UPDATE OF revoked_at_ms ON tokens
WHEN OLD.revoked_at_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a revoked token stays revoked'); END;
