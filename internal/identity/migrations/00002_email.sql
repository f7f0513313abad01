-- +goose Up
ALTER TABLE accounts ADD COLUMN email TEXT NOT NULL DEFAULT '';
-- The secret addresses that people's own calendars read. Only the hash of the
-- secret is kept.
CREATE TABLE feeds (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    hash    TEXT NOT NULL UNIQUE,
    made    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE feeds;
ALTER TABLE accounts DROP COLUMN email;
