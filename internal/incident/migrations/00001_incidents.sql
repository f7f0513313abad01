-- +goose Up
CREATE TABLE incidents (
    id         TEXT PRIMARY KEY,
    number     TEXT NOT NULL,
    controller TEXT NOT NULL,
    location   TEXT NOT NULL,
    what       TEXT NOT NULL,
    spot       TEXT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    others     TEXT NOT NULL,
    crime      TEXT NOT NULL,
    rests      TEXT NOT NULL,
    police     TEXT NOT NULL,
    need       TEXT NOT NULL,
    opened     BIGINT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    closed     BIGINT NOT NULL,
    closer     TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX incidents_list ON incidents (controller, opened);
CREATE TABLE incident_scopes (
    incident TEXT NOT NULL REFERENCES incidents (id),
    version  INTEGER NOT NULL,
    cameras  TEXT NOT NULL,
    since    BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    named    BIGINT NOT NULL,
    person   TEXT NOT NULL,
    name     TEXT NOT NULL,
    PRIMARY KEY (incident, version)
);
CREATE TABLE incident_consents (
    id         TEXT PRIMARY KEY,
    incident   TEXT NOT NULL REFERENCES incidents (id),
    registered TEXT NOT NULL,
    given      BIGINT NOT NULL,
    kept       TEXT NOT NULL,
    withdrawn  BIGINT NOT NULL,
    entered    BIGINT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL
);
CREATE INDEX incident_consents_of ON incident_consents (incident, entered);
