-- +goose Up
CREATE TABLE drawings (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    id         TEXT NOT NULL,
    version    INTEGER NOT NULL,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    saved      BIGINT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, id, version)
);
CREATE TABLE drawing_pictures (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    document   TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    scale      TEXT NOT NULL,
    source     TEXT NOT NULL,
    added      BIGINT NOT NULL,
    person     TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, document)
);
