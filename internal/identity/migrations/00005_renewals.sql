-- +goose Up
-- Codes by which somebody chooses a new password: the hash of each, who had it
-- sent ('' for the person) and why, how often the second factor was guessed
-- wrong with it.
CREATE TABLE renewals (
    code    TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    asker   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    made    BIGINT NOT NULL,
    ends    BIGINT NOT NULL,
    guesses INTEGER NOT NULL
);
CREATE INDEX renewals_account ON renewals (account, made);
-- What was typed by those who have forgotten their password, until a moment
-- later when it is looked at.
CREATE TABLE forgotten (
    id      TEXT PRIMARY KEY,
    login   TEXT NOT NULL,
    address TEXT NOT NULL,
    asked   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE forgotten;
DROP TABLE renewals;
