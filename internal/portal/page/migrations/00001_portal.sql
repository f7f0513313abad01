-- +goose Up
CREATE TABLE viewings (
    id         TEXT PRIMARY KEY,
    person     TEXT NOT NULL,
    session    TEXT NOT NULL,
    controller TEXT NOT NULL,
    location   TEXT NOT NULL,
    camera     TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    reference  TEXT NOT NULL,
    began      BIGINT NOT NULL,
    ended      BIGINT NOT NULL
);
CREATE INDEX viewings_person ON viewings (person, began);
CREATE TABLE periods (
    viewing TEXT NOT NULL REFERENCES viewings (id),
    since   BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    ticket  BYTEA NOT NULL,
    expires BIGINT NOT NULL,
    opened  BIGINT NOT NULL
);
CREATE INDEX periods_viewing ON periods (viewing, opened);
CREATE TABLE drafts (
    person TEXT NOT NULL,
    path   TEXT NOT NULL,
    form   TEXT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (person, path)
);
