-- +goose Up
-- Who was told what of which case: each message once, for good.
CREATE TABLE reminder_told (
    id         TEXT NOT NULL PRIMARY KEY,
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    -- the message: the machine's own key of a reminder, or the journal's number
    message    TEXT NOT NULL,
    -- the receiver; empty when nobody could be told
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    body       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    step       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    -- the mail that said it; several messages of one case share one
    mail       TEXT NOT NULL,
    state      TEXT NOT NULL,
    done       BIGINT NOT NULL,
    why        TEXT NOT NULL,
    UNIQUE (controller, case_id, message, person)
);
CREATE INDEX reminder_told_state ON reminder_told (state, mail);
CREATE INDEX reminder_told_at ON reminder_told (controller, at);
-- How far the journals have been read.
CREATE TABLE reminder_read (
    name TEXT NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE reminder_read;
DROP TABLE reminder_told;
