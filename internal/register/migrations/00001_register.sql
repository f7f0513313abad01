-- +goose Up
CREATE TABLE controllers (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    contact TEXT NOT NULL,
    dpo     TEXT NOT NULL
);
CREATE TABLE administrations (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL REFERENCES controllers (id),
    name       TEXT NOT NULL
);
CREATE TABLE locations (
    id              TEXT PRIMARY KEY,
    controller      TEXT NOT NULL REFERENCES controllers (id),
    administration  TEXT NOT NULL,
    name            TEXT NOT NULL,
    address         TEXT NOT NULL,
    cadastre        TEXT NOT NULL,
    manager         TEXT NOT NULL,
    manager_contact TEXT NOT NULL
);
CREATE INDEX locations_controller ON locations (controller, name);
CREATE TABLE cameras (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL REFERENCES controllers (id),
    location   TEXT NOT NULL REFERENCES locations (id),
    name       TEXT NOT NULL,
    make       TEXT NOT NULL,
    model      TEXT NOT NULL,
    place      TEXT NOT NULL,
    mounting   TEXT NOT NULL,
    direction  TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    basis      TEXT NOT NULL,
    engine     TEXT NOT NULL,
    added      BIGINT NOT NULL,
    removed    BIGINT NOT NULL,
    search     TEXT NOT NULL
);
CREATE INDEX cameras_location ON cameras (location, name);
CREATE INDEX cameras_controller ON cameras (controller, name);
CREATE TABLE designations (
    id         TEXT PRIMARY KEY,
    location   TEXT NOT NULL REFERENCES locations (id),
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    instructed BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    by         TEXT NOT NULL
);
CREATE INDEX designations_location ON designations (location);
CREATE INDEX designations_person ON designations (person);
