-- +goose Up
-- Requests to see cameras as they are now, and what became of them.
CREATE TABLE live_requests (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    location   TEXT NOT NULL,
    cameras    TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    words      TEXT NOT NULL,
    minutes    BIGINT NOT NULL,
    asked      BIGINT NOT NULL,
    decided    BIGINT NOT NULL,
    approved   INTEGER NOT NULL,
    decider    TEXT NOT NULL,
    decider_name TEXT NOT NULL,
    answer     TEXT NOT NULL,
    started    BIGINT NOT NULL,
    ends       BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    ender      TEXT NOT NULL,
    ender_name TEXT NOT NULL,
    note       TEXT NOT NULL,
    noted      BIGINT NOT NULL,
    ticket     BYTEA,
    UNIQUE (controller, number)
);
CREATE INDEX live_requests_person ON live_requests (controller, person, asked);
CREATE INDEX live_requests_asked ON live_requests (controller, asked);

-- +goose Down
DROP TABLE live_requests;
