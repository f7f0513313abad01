-- +goose Up
-- How many of the first entries stand in ledger_name; -1: the log keeps no names.
ALTER TABLE ledger_log ADD COLUMN named BIGINT NOT NULL DEFAULT -1;
-- The entries in which a name stands as a value. It is only a way to find them:
-- nothing rests on it, and it can be made anew.
CREATE TABLE ledger_name (
	log INTEGER NOT NULL REFERENCES ledger_log (id),
	name TEXT NOT NULL,
	idx BIGINT NOT NULL,
	PRIMARY KEY (log, name, idx)
);

-- +goose Down
DROP TABLE ledger_name;
ALTER TABLE ledger_log DROP COLUMN named;
