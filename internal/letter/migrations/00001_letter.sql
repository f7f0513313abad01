-- +goose Up
-- Letters of authorities. body is the letter as JSON; what is looked for stands
-- in columns of its own. over is 1 once it is closed.
CREATE TABLE letters (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    received   BIGINT NOT NULL,
    over       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX letters_list ON letters (controller, received);
CREATE INDEX letters_open ON letters (over);

-- +goose Down
DROP TABLE letters;
