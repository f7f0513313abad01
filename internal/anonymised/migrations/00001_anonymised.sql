-- +goose Up
-- Anonymised copies. body is the copy as JSON; what is looked for stands in
-- columns of its own. over is 1 when nothing can come of it any more. seen is
-- which seconds of the film the second person has seen, a bit a second.
CREATE TABLE anonymised_copies (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    source     TEXT NOT NULL,
    asked      BIGINT NOT NULL,
    over       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX anonymised_copies_list ON anonymised_copies (controller, asked);
CREATE INDEX anonymised_copies_source ON anonymised_copies (controller, source);
CREATE INDEX anonymised_copies_open ON anonymised_copies (over, controller);

CREATE TABLE anonymised_seen (
    copy      TEXT PRIMARY KEY REFERENCES anonymised_copies (id),
    person    TEXT NOT NULL,
    film      TEXT NOT NULL,   -- SHA-256 of the film
    last      BIGINT NOT NULL, -- when the player last told
    seconds   TEXT NOT NULL    -- one character a second, 1 for seen
);

-- +goose Down
DROP TABLE anonymised_seen;
DROP TABLE anonymised_copies;
