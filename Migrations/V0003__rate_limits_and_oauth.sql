-- Version 3: limits on the requests of an account; OAuth apps, and the keys that sign their access tokens.

PRAGMA user_version = 3;

-- How many requests an account may send in a minute and in a day; NULL for as many as it likes.
ALTER TABLE accounts ADD COLUMN limit_minute INTEGER
    CONSTRAINT accounts_limit_minute_range CHECK (limit_minute BETWEEN 1 AND 1000000000);
ALTER TABLE accounts ADD COLUMN limit_day INTEGER
    CONSTRAINT accounts_limit_day_range CHECK (limit_day BETWEEN 1 AND 1000000000);

-- The highest number that was given to an app of the account; it is never given out again.
ALTER TABLE accounts ADD COLUMN last_app INTEGER NOT NULL DEFAULT 0
    CONSTRAINT accounts_last_app_counts CHECK (last_app >= 0);

CREATE TRIGGER accounts_last_app_only_grows BEFORE UPDATE OF last_app ON accounts
WHEN NEW.last_app < OLD.last_app
BEGIN SELECT RAISE(ABORT, 'the numbers that an account has given out only grow'); END;

-- What limited accounts have sent in the minute and in the day that were last counted, by their numbers since 1970. It is
-- written from time to time and not for each request, so a crash can lose the last seconds of it.
CREATE TABLE rate_counts (
    account_id      INTEGER PRIMARY KEY,
    minute          INTEGER NOT NULL,
    minute_requests INTEGER NOT NULL CONSTRAINT rate_counts_minute_counts CHECK (minute_requests >= 0),
    day             INTEGER NOT NULL,
    day_requests    INTEGER NOT NULL CONSTRAINT rate_counts_day_counts CHECK (day_requests >= 0)
) STRICT;

CREATE TABLE oauth_apps (
    account_id           INTEGER NOT NULL,
    app_id               INTEGER NOT NULL CONSTRAINT oauth_apps_id_counts CHECK (app_id >= 1),
    client_id            TEXT    NOT NULL
                         CONSTRAINT oauth_apps_client_id_is_unique UNIQUE
                         CONSTRAINT oauth_apps_client_id_form
                             CHECK (length(client_id) = 24 AND client_id GLOB 'app_[0-9a-f]*'),
    name                 TEXT    NOT NULL CONSTRAINT oauth_apps_name_length CHECK (length(name) <= 128),
    scopes               INTEGER NOT NULL CONSTRAINT oauth_apps_scopes_are_known CHECK (scopes BETWEEN 1 AND 15),
    secret_digest        BLOB    NOT NULL
                         CONSTRAINT oauth_apps_secret_digest_is_sha256 CHECK (length(secret_digest) = 32),
    -- The secret's number. An access token carries the one by which it was made, and ends with it.
    secret_version       INTEGER NOT NULL DEFAULT 1
                         CONSTRAINT oauth_apps_secret_version_counts CHECK (secret_version >= 1),
    created_at_ms        INTEGER NOT NULL,
    secret_rotated_at_ms INTEGER,
    PRIMARY KEY (account_id, app_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER oauth_apps_keep_what_they_allow
BEFORE UPDATE OF account_id, app_id, client_id, scopes, created_at_ms ON oauth_apps
BEGIN SELECT RAISE(ABORT, 'what an app allows never changes'); END;

CREATE TRIGGER oauth_apps_get_a_new_version_with_a_new_secret BEFORE UPDATE OF secret_digest, secret_version ON oauth_apps
WHEN NEW.secret_version <= OLD.secret_version
BEGIN SELECT RAISE(ABORT, 'a new secret of an app has a higher version'); END;

-- The keys that sign access tokens, as the seeds of Ed25519 (RFC 8032); the one with the highest number signs. Earlier ones
-- only verify, for as long as tokens that they signed may be good.
CREATE TABLE signing_keys (
    key_id        INTEGER PRIMARY KEY CONSTRAINT signing_keys_id_counts CHECK (key_id >= 1),
    seed          BLOB    NOT NULL CONSTRAINT signing_keys_seed_length CHECK (length(seed) = 32),
    created_at_ms INTEGER NOT NULL,
    retired_at_ms INTEGER
) STRICT;

INSERT INTO signing_keys (key_id, seed, created_at_ms)
SELECT 1, randomblob(32), CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER);

CREATE TRIGGER signing_keys_are_never_changed BEFORE UPDATE OF key_id, seed, created_at_ms ON signing_keys
BEGIN SELECT RAISE(ABORT, 'a signing key is never changed'); END;
