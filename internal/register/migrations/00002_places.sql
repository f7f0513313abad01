-- +goose Up
ALTER TABLE controllers ADD COLUMN polcam_days INTEGER NOT NULL DEFAULT 14;
ALTER TABLE controllers ADD COLUMN polcam_every INTEGER NOT NULL DEFAULT 1;
ALTER TABLE controllers ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE administrations ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE designations ADD COLUMN contact TEXT NOT NULL DEFAULT '';

ALTER TABLE locations ADD COLUMN manager_person TEXT NOT NULL DEFAULT '';
ALTER TABLE locations ADD COLUMN position TEXT NOT NULL DEFAULT '';
ALTER TABLE locations ADD COLUMN opening TEXT NOT NULL DEFAULT '';
ALTER TABLE locations ADD COLUMN activity TEXT NOT NULL DEFAULT '';
ALTER TABLE locations ADD COLUMN shut BIGINT NOT NULL DEFAULT 0;
ALTER TABLE locations ADD COLUMN shut_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE locations ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE locations ADD COLUMN search TEXT NOT NULL DEFAULT '';
CREATE INDEX locations_administration ON locations (administration);

CREATE TABLE areas (
    id          TEXT PRIMARY KEY,
    controller  TEXT NOT NULL REFERENCES controllers (id),
    location    TEXT NOT NULL REFERENCES locations (id),
    name        TEXT NOT NULL,
    place_kind  TEXT NOT NULL,
    description TEXT NOT NULL,
    removed     BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX areas_location ON areas (location, name);

ALTER TABLE cameras ADD COLUMN area TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN place_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN purpose_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN basis_id TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN height_cm INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN view_degrees INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN view TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN quality TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN functionality TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN life_critical INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN life_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN life_otherwise TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN commissioned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cameras ADD COLUMN supplier TEXT NOT NULL DEFAULT '';
ALTER TABLE cameras ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
CREATE INDEX cameras_area ON cameras (area);

CREATE TABLE evidence (
    camera     TEXT NOT NULL REFERENCES cameras (id),
    at         BIGINT NOT NULL,
    controller TEXT NOT NULL,
    statement  TEXT NOT NULL,
    found      TEXT NOT NULL,
    by         TEXT NOT NULL,
    PRIMARY KEY (camera, at)
);

CREATE TABLE holders (
    id             TEXT PRIMARY KEY,
    controller     TEXT NOT NULL REFERENCES controllers (id),
    body           TEXT NOT NULL,
    administration TEXT NOT NULL,
    location       TEXT NOT NULL,
    person         TEXT NOT NULL,
    name           TEXT NOT NULL,
    email          TEXT NOT NULL,
    since          BIGINT NOT NULL,
    until          BIGINT NOT NULL,
    deputy         INTEGER NOT NULL,
    by             TEXT NOT NULL
);
CREATE INDEX holders_body ON holders (controller, body);
CREATE INDEX holders_person ON holders (controller, person);

CREATE TABLE suppliers (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL REFERENCES controllers (id),
    name       TEXT NOT NULL,
    cvr        TEXT NOT NULL,
    contact    TEXT NOT NULL,
    email      TEXT NOT NULL,
    phone      TEXT NOT NULL,
    ended      BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    search     TEXT NOT NULL
);
CREATE INDEX suppliers_controller ON suppliers (controller, name);
CREATE TABLE supplier_papers (
    supplier   TEXT NOT NULL REFERENCES suppliers (id),
    controller TEXT NOT NULL,
    kind       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    document   TEXT NOT NULL,
    given      BIGINT NOT NULL,
    known      BIGINT NOT NULL,
    by         TEXT NOT NULL,
    PRIMARY KEY (supplier, kind, version)
);
CREATE TABLE agreements (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL REFERENCES controllers (id),
    supplier   TEXT NOT NULL REFERENCES suppliers (id),
    locations  TEXT NOT NULL,
    what       TEXT NOT NULL,
    document   TEXT NOT NULL,
    starts     BIGINT NOT NULL,
    ends       BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX agreements_supplier ON agreements (supplier);

CREATE TABLE police_orders (
    id            TEXT PRIMARY KEY,
    controller    TEXT NOT NULL REFERENCES controllers (id),
    kind          TEXT NOT NULL,
    basis         TEXT NOT NULL,
    district      TEXT NOT NULL,
    reference     TEXT NOT NULL,
    dated         BIGINT NOT NULL,
    says          TEXT NOT NULL,
    area          TEXT NOT NULL,
    terms         TEXT NOT NULL,
    starts        BIGINT NOT NULL,
    ends          BIGINT NOT NULL,
    demands       TEXT NOT NULL,
    participants  TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    postponed     BIGINT NOT NULL,
    answer        TEXT NOT NULL,
    answered      BIGINT NOT NULL,
    answered_by   TEXT NOT NULL,
    cameras       TEXT NOT NULL,
    locations     TEXT NOT NULL,
    document      TEXT NOT NULL,
    withdrawn     BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX police_orders_controller ON police_orders (controller, dated);

CREATE TABLE polcam (
    location      TEXT PRIMARY KEY REFERENCES locations (id),
    controller    TEXT NOT NULL REFERENCES controllers (id),
    duty          TEXT NOT NULL,
    why           TEXT NOT NULL,
    cameras       TEXT NOT NULL,
    placement     TEXT NOT NULL,
    contact       TEXT NOT NULL,
    phone         TEXT NOT NULL,
    email         TEXT NOT NULL,
    remarks       TEXT NOT NULL,
    commissioned  BIGINT NOT NULL,
    due           BIGINT NOT NULL,
    registered    BIGINT NOT NULL,
    registered_by TEXT NOT NULL,
    receipt       TEXT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX polcam_controller ON polcam (controller);
CREATE TABLE polcam_changes (
    id          BIGINT PRIMARY KEY,
    controller  TEXT NOT NULL,
    location    TEXT NOT NULL REFERENCES locations (id),
    at          BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    camera      TEXT NOT NULL,
    what        TEXT NOT NULL,
    by          TEXT NOT NULL,
    due         BIGINT NOT NULL,
    settled     BIGINT NOT NULL,
    settled_how TEXT NOT NULL
);
CREATE INDEX polcam_changes_location ON polcam_changes (location, at);
