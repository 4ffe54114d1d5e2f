-- Version 4: contacts that are changed, unsubscribed and deleted; and what differed where a key came again with another
-- payload.

PRAGMA user_version = 4;

ALTER TABLE contacts ADD COLUMN unsubscribed_at_ms INTEGER;
ALTER TABLE contacts ADD COLUMN unsubscribe_reason TEXT
    CONSTRAINT contacts_unsubscribe_reason_length CHECK (length(unsubscribe_reason) BETWEEN 1 AND 500)
    CONSTRAINT contacts_with_a_reason_are_unsubscribed
        CHECK (unsubscribe_reason IS NULL OR unsubscribed_at_ms IS NOT NULL);

CREATE TRIGGER contacts_keep_their_place BEFORE UPDATE OF position, created_at_ms ON contacts
BEGIN SELECT RAISE(ABORT, 'the place of a contact never changes'); END;

CREATE TRIGGER contacts_keep_their_addresses BEFORE UPDATE OF email, phone_number ON contacts
WHEN (OLD.email IS NOT NULL AND NEW.email IS NOT OLD.email)
  OR (OLD.phone_number IS NOT NULL AND NEW.phone_number IS NOT OLD.phone_number)
BEGIN SELECT RAISE(ABORT, 'the address and the number that a contact has never change'); END;

-- Which contacts were deleted. Their numbers are never given out again, and their events still name them.
CREATE TABLE contact_deletions (
    position      INTEGER PRIMARY KEY,
    deleted_at_ms INTEGER NOT NULL,
    CONSTRAINT contact_deletions_position_has_account_and_number
        CHECK (position >> 40 >= 1 AND position & 1099511627775 >= 1)
) STRICT;

CREATE TRIGGER contacts_are_deleted_on_record_only BEFORE DELETE ON contacts
WHEN NOT EXISTS (SELECT 1 FROM contact_deletions WHERE position = OLD.position)
BEGIN SELECT RAISE(ABORT, 'a contact is deleted only after its deletion was recorded'); END;

CREATE TRIGGER contact_deletions_are_never_changed BEFORE UPDATE ON contact_deletions
BEGIN SELECT RAISE(ABORT, 'a recorded deletion is never changed'); END;

CREATE TRIGGER contact_deletions_are_never_deleted BEFORE DELETE ON contact_deletions
BEGIN SELECT RAISE(ABORT, 'a recorded deletion is never deleted'); END;

-- What differed when an event's key last came again with another payload: a JSON array of JSON pointers (RFC 6901) into the
-- payload, and no values. It goes when the event or the ledger's entry does.
CREATE TABLE mismatches (
    event_position INTEGER PRIMARY KEY,
    entry          INTEGER NOT NULL CONSTRAINT mismatches_entry_counts CHECK (entry >= 1),
    pointers       TEXT    NOT NULL
                   CONSTRAINT mismatches_pointers_are_a_list CHECK (pointers GLOB '[[]*]'),
    noted_at_ms    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER mismatches_go_with_their_event AFTER DELETE ON events
BEGIN DELETE FROM mismatches WHERE event_position = OLD.position; END;

CREATE TRIGGER mismatches_go_with_their_entry AFTER DELETE ON idempotency
BEGIN DELETE FROM mismatches WHERE event_position = (OLD.account_id << 40) + OLD.event_sequence AND entry = OLD.entry; END;
