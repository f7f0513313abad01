-- +goose Up
-- Authorisation forms: one row for the form, one for each location on it.
-- A moment of 0 has not come.
CREATE TABLE authorisations (
    id             TEXT PRIMARY KEY,
    controller     TEXT NOT NULL,
    number         BIGINT NOT NULL,
    person         TEXT NOT NULL,
    name           TEXT NOT NULL,
    role           TEXT NOT NULL,
    reason         TEXT NOT NULL,
    from_at        BIGINT NOT NULL,
    until_at       BIGINT NOT NULL,
    deputy_for     TEXT NOT NULL,
    deputy_name    TEXT NOT NULL,
    confirm_months BIGINT NOT NULL,
    asked_by       TEXT NOT NULL,
    asked_name     TEXT NOT NULL,
    asked_at       BIGINT NOT NULL,
    done_by        TEXT NOT NULL,
    done_name      TEXT NOT NULL,
    done_at        BIGINT NOT NULL,
    instruction    BIGINT NOT NULL,
    read_at        BIGINT NOT NULL,
    ended_by       TEXT NOT NULL,
    ended_name     TEXT NOT NULL,
    ended_why      TEXT NOT NULL,
    ended_at       BIGINT NOT NULL,
    -- that its period ran out is in the ledger
    noted          INTEGER NOT NULL,
    version        BIGINT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX authorisations_person ON authorisations (person, until_at);
CREATE TABLE authorisation_lines (
    form           TEXT NOT NULL REFERENCES authorisations (id),
    location       TEXT NOT NULL,
    decided_by     TEXT NOT NULL,
    decided_name   TEXT NOT NULL,
    decided_at     BIGINT NOT NULL,
    approved       INTEGER NOT NULL,
    why            TEXT NOT NULL,
    confirmed_by   TEXT NOT NULL,
    confirmed_name TEXT NOT NULL,
    confirmed_at   BIGINT NOT NULL,
    -- that it lapsed is in the ledger
    noted          INTEGER NOT NULL,
    PRIMARY KEY (form, location)
);
CREATE INDEX authorisation_lines_location ON authorisation_lines (location);
-- Instructions: versions, the highest is the one to read.
CREATE TABLE authorisation_instructions (
    controller     TEXT NOT NULL,
    version        BIGINT NOT NULL,
    viewing        TEXT NOT NULL,
    passing        TEXT NOT NULL,
    deletion       TEXT NOT NULL,
    passwords      TEXT NOT NULL,
    more           TEXT NOT NULL,
    published_by   TEXT NOT NULL,
    published_name TEXT NOT NULL,
    published_at   BIGINT NOT NULL,
    -- from here rights rest whose person has not read it
    due_at         BIGINT NOT NULL,
    PRIMARY KEY (controller, version)
);
-- Physical access to the storage (H 5.1, D 3.5.2).
CREATE TABLE storage_access (
    id            TEXT PRIMARY KEY,
    controller    TEXT NOT NULL,
    name          TEXT NOT NULL,
    person        TEXT NOT NULL,
    firm          TEXT NOT NULL,
    place         TEXT NOT NULL,
    need          TEXT NOT NULL,
    from_at       BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    review_months BIGINT NOT NULL,
    asked_by      TEXT NOT NULL,
    asked_name    TEXT NOT NULL,
    asked_at      BIGINT NOT NULL,
    decided_by    TEXT NOT NULL,
    decided_name  TEXT NOT NULL,
    decided_at    BIGINT NOT NULL,
    approved      INTEGER NOT NULL,
    why           TEXT NOT NULL,
    reviewed_by   TEXT NOT NULL,
    reviewed_name TEXT NOT NULL,
    reviewed_at   BIGINT NOT NULL,
    ended_by      TEXT NOT NULL,
    ended_name    TEXT NOT NULL,
    ended_why     TEXT NOT NULL,
    ended_at      BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX storage_access_controller ON storage_access (controller, name);

-- +goose Down
DROP TABLE storage_access;
DROP TABLE authorisation_instructions;
DROP TABLE authorisation_lines;
DROP TABLE authorisations;
