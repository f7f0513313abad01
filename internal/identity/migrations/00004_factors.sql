-- +goose Up
-- What a session still lacks ('code': the second step, 'setup': a second
-- factor is to be set up first), when its person last proved who they are, and
-- how often the second step was guessed wrong.
ALTER TABLE sessions ADD COLUMN half TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN guesses INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET proved = began;
-- A second factor is demanded of this account, whatever its controller says.
ALTER TABLE accounts ADD COLUMN must INTEGER NOT NULL DEFAULT 0;
-- Whether a controller demands a second factor of its own accounts.
CREATE TABLE demands (
    controller TEXT PRIMARY KEY,
    demanded   INTEGER NOT NULL
);
-- The authenticator app of an account: the sealed secret and the last step of
-- time whose code was used.
CREATE TABLE totps (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    secret  BYTEA NOT NULL,
    step    BIGINT NOT NULL,
    made    BIGINT NOT NULL
);
CREATE TABLE passkeys (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    name    TEXT NOT NULL,
    record  TEXT NOT NULL,
    counter BIGINT NOT NULL,
    made    BIGINT NOT NULL,
    used    BIGINT NOT NULL
);
CREATE INDEX passkeys_account ON passkeys (account, made);
-- The recovery codes of an account: argon2id with one salt for the set.
CREATE TABLE recovery (
    account TEXT NOT NULL REFERENCES accounts (id),
    hash    TEXT NOT NULL,
    made    BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    PRIMARY KEY (account, hash)
);
-- What works once and has been used, until it would have run out anyway.
CREATE TABLE spent (
    what TEXT PRIMARY KEY,
    at   BIGINT NOT NULL
);
-- Requests to take a lost second factor off an account, which a second person
-- answers.
CREATE TABLE resets (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    asker   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    asked   BIGINT NOT NULL,
    answerer TEXT NOT NULL,
    answered BIGINT NOT NULL,
    granted INTEGER NOT NULL
);
CREATE INDEX resets_account ON resets (account, asked);

-- +goose Down
DROP TABLE resets;
DROP TABLE spent;
DROP TABLE recovery;
DROP TABLE passkeys;
DROP TABLE totps;
DROP TABLE demands;
ALTER TABLE accounts DROP COLUMN must;
ALTER TABLE sessions DROP COLUMN guesses;
ALTER TABLE sessions DROP COLUMN proved;
ALTER TABLE sessions DROP COLUMN half;
