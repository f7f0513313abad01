-- +goose Up
-- Who may look is given by authorisation forms now. What was designated before
-- stays in the ledger; no right comes of it.
DROP TABLE designations;

-- +goose Down
CREATE TABLE designations (
    id         TEXT PRIMARY KEY,
    location   TEXT NOT NULL REFERENCES locations (id),
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    instructed BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    by         TEXT NOT NULL,
    contact    TEXT NOT NULL DEFAULT ''
);
