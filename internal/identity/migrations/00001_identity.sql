-- +goose Up
CREATE TABLE accounts (
    id         TEXT PRIMARY KEY,
    login      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    controller TEXT NOT NULL,
    roles      TEXT NOT NULL,
    language   TEXT NOT NULL,
    hash       TEXT NOT NULL,
    created    BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    closed     BIGINT NOT NULL
);
CREATE TABLE sessions (
    token   TEXT PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts (id),
    began   BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent   TEXT NOT NULL,
    ended   BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account, ended);
CREATE TABLE attempts (
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    at      BIGINT NOT NULL,
    ok      INTEGER NOT NULL
);
CREATE INDEX attempts_account ON attempts (account, at);
CREATE INDEX attempts_address ON attempts (address, at);
