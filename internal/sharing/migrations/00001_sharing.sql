-- +goose Up
-- Sharing between shops and businesses: the closed systems, what is shared in
-- them, and each look. body is the thing as JSON.
CREATE TABLE sharing_systems (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    body       TEXT NOT NULL
);
CREATE INDEX sharing_systems_list ON sharing_systems (controller);

CREATE TABLE shares (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    sys        TEXT NOT NULL,
    asked      BIGINT NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX shares_list ON shares (controller, asked);

-- who may see a share: a row for each of the closed list, made when it is
-- approved.
CREATE TABLE share_members (
    share  TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (share, person)
);
CREATE INDEX share_members_of ON share_members (person);

CREATE TABLE share_looks (
    id         TEXT PRIMARY KEY,
    share      TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    controller TEXT NOT NULL,
    opened     BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    ticket     BYTEA NOT NULL
);
CREATE INDEX share_looks_of ON share_looks (share, opened);

-- +goose Down
DROP TABLE share_looks;
DROP TABLE share_members;
DROP TABLE shares;
DROP TABLE sharing_systems;
