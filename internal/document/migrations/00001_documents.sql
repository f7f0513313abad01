-- +goose Up
CREATE TABLE documents (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    kind       TEXT NOT NULL,
    type       TEXT NOT NULL,
    name       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    sha256     TEXT NOT NULL,
    placed     INTEGER NOT NULL,
    kept       INTEGER NOT NULL,
    added      BIGINT NOT NULL,
    by         TEXT NOT NULL
);
CREATE INDEX documents_controller ON documents (controller, kind, added);
CREATE TABLE document_versions (
    controller TEXT NOT NULL,
    kind       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    title      TEXT NOT NULL,
    note       TEXT NOT NULL,
    document   TEXT NOT NULL REFERENCES documents (id),
    in_force   BIGINT NOT NULL,
    added      BIGINT NOT NULL,
    by         TEXT NOT NULL,
    PRIMARY KEY (controller, kind, version)
);
