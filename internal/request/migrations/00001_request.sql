-- +goose Up
-- Requests of registered persons. body is the request as JSON; what is looked
-- for stands in columns of its own. over is 1 once it is answered or withdrawn.
CREATE TABLE requests (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    received   BIGINT NOT NULL,
    closed     BIGINT NOT NULL,
    over       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX requests_list ON requests (controller, received);
CREATE INDEX requests_open ON requests (over, closed);

-- +goose Down
DROP TABLE requests;
