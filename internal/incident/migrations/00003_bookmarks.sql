-- +goose Up
-- Moments and stretches that somebody who looks marked. They go with the
-- incident: when it closes, and if its row goes.
CREATE TABLE incident_bookmarks (
    id       TEXT PRIMARY KEY,
    incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    cameras  TEXT NOT NULL,
    since    BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    words    TEXT NOT NULL,
    made     BIGINT NOT NULL,
    person   TEXT NOT NULL,
    name     TEXT NOT NULL
);
CREATE INDEX incident_bookmarks_of ON incident_bookmarks (incident, since);

-- +goose Down
DROP TABLE incident_bookmarks;
