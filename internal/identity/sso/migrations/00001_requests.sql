-- +goose Up
-- A sign-in under way at a provider. Of the state that names it and of the
-- browser's secret only the hashes are kept.
CREATE TABLE signin_requests (
    state    TEXT PRIMARY KEY,
    browser  TEXT NOT NULL,
    provider TEXT NOT NULL,
    session  TEXT NOT NULL,
    target   TEXT NOT NULL,
    draft    TEXT NOT NULL,
    memory   TEXT NOT NULL,
    fresh    INTEGER NOT NULL,
    began    BIGINT NOT NULL,
    said     TEXT NOT NULL
);
CREATE INDEX signin_requests_began ON signin_requests (began);
-- Answers that may not come a second time, until they would not be taken
-- anyway.
CREATE TABLE signin_answers (
    id    TEXT PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX signin_answers_until ON signin_answers (until);

-- +goose Down
DROP TABLE signin_answers;
DROP TABLE signin_requests;
