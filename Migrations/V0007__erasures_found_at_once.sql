-- Version 7: whether an event's erasure was recorded is looked up, where every erasure before it was gone through.

PRAGMA user_version = 7;

DROP TRIGGER events_are_deleted_by_erasure_only;

-- The ranges of erasures never overlap, so the last one that begins at or before a position is the one that may hold it.
CREATE TRIGGER events_are_deleted_by_erasure_only BEFORE DELETE ON events
WHEN coalesce(
    (
        SELECT last_position FROM erasures WHERE first_position <= OLD.position
        ORDER BY first_position DESC LIMIT 1
    ),
    0
) < OLD.position
BEGIN SELECT RAISE(ABORT, 'a stored event is deleted only after its erasure was recorded'); END;
