-- +goose Up
-- Mask lifts (maskeløft). body is the lift as JSON; what is looked for stands
-- in columns of its own.
CREATE TABLE mask_lifts (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    incident   TEXT NOT NULL,
    asked      BIGINT NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX mask_lifts_list ON mask_lifts (controller, asked);
CREATE INDEX mask_lifts_incident ON mask_lifts (controller, incident);
-- The test picture of each mask, one for each mask statement; picture is a PNG
-- in base64, too coarse to know anybody.
CREATE TABLE mask_proofs (
    mask       TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    camera     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    statement  TEXT NOT NULL,
    covered    INTEGER NOT NULL,
    bright     INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    picture    TEXT NOT NULL
);
CREATE INDEX mask_proofs_camera ON mask_proofs (controller, camera);

-- +goose Down
DROP TABLE mask_proofs;
DROP TABLE mask_lifts;
