-- +goose Up
CREATE TABLE grants (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    location   TEXT NOT NULL,
    incident   TEXT NOT NULL,
    number     TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    ground     TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    statement  TEXT NOT NULL,
    cameras    TEXT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    given      BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    why        TEXT NOT NULL
);
CREATE INDEX grants_incident ON grants (incident, given);
CREATE INDEX grants_person ON grants (person, ended, expires);
