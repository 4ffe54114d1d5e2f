-- Version 6: a key that has expired by its account's window stays so, also when the window is made longer or is lifted.

PRAGMA user_version = 6;

-- Keys that the account accepted before this had expired when its window was last set.
ALTER TABLE accounts ADD COLUMN keys_live_since_ms INTEGER;
