-- +goose Up
-- What a controller has decided of its log review, as JSON.
CREATE TABLE oversight_settings (
    controller TEXT PRIMARY KEY,
    data       TEXT NOT NULL
);
-- Periods: the entries of the ledger between first and last, and what was
-- drawn of them.
CREATE TABLE oversight_periods (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     BIGINT NOT NULL,
    every      TEXT NOT NULL,
    quarter    TEXT NOT NULL,
    opened     BIGINT NOT NULL,
    ends       BIGINT NOT NULL,
    closed     BIGINT NOT NULL,
    drawn      BIGINT NOT NULL,
    -- indexes in the ledger: of the entry that opened it, that closed it, that drew
    first      BIGINT NOT NULL,
    last       BIGINT NOT NULL,
    entry      BIGINT NOT NULL,
    secret     BYTEA NOT NULL,
    commitment TEXT NOT NULL,
    note       TEXT NOT NULL,
    seed       TEXT NOT NULL,
    -- how many uses there were, and were drawn, as JSON
    counts     TEXT NOT NULL,
    UNIQUE (controller, number)
);
-- Items: a use that is reviewed.
CREATE TABLE oversight_items (
    id          TEXT PRIMARY KEY,
    controller  TEXT NOT NULL,
    period      TEXT NOT NULL,
    number      TEXT NOT NULL,
    idx         BIGINT NOT NULL,
    stratum     TEXT NOT NULL,
    rules       TEXT NOT NULL,
    unit        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    entry       TEXT NOT NULL,
    person      TEXT NOT NULL,
    name        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    place       TEXT NOT NULL,
    barred      TEXT NOT NULL,
    drawn       BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    reviewer    TEXT NOT NULL,
    reviewer_name TEXT NOT NULL,
    asked       BIGINT NOT NULL,
    answer_due  BIGINT NOT NULL,
    question    TEXT NOT NULL,
    answered    BIGINT NOT NULL,
    answer      TEXT NOT NULL,
    decided     BIGINT NOT NULL,
    verdict     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    decider     TEXT NOT NULL,
    decider_name TEXT NOT NULL,
    escalated   BIGINT NOT NULL,
    followed    BIGINT NOT NULL,
    outcome     TEXT NOT NULL,
    follower_name TEXT NOT NULL,
    plant       TEXT NOT NULL,
    -- nothing is left to do
    done        INTEGER NOT NULL,
    aged        INTEGER NOT NULL
);
CREATE INDEX oversight_items_open ON oversight_items (controller, due) WHERE done = 0;
CREATE INDEX oversight_items_drawn ON oversight_items (controller, drawn);
CREATE INDEX oversight_items_person ON oversight_items (controller, person, drawn);
CREATE INDEX oversight_items_period ON oversight_items (controller, period);
-- Ties: that a person lives or works at a place, where the controller knows it.
CREATE TABLE oversight_ties (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    person     TEXT NOT NULL,
    place      TEXT NOT NULL,
    sort       TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    UNIQUE (controller, person, place)
);
-- Plants: look-ups that the data protection officer has had made to see
-- whether the review finds them.
CREATE TABLE oversight_plants (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    mark       TEXT NOT NULL,
    what       TEXT NOT NULL,
    by_person  TEXT NOT NULL,
    by_name    TEXT NOT NULL,
    at         BIGINT NOT NULL,
    salt       TEXT NOT NULL,
    seal       TEXT NOT NULL,
    entry      BIGINT NOT NULL,
    idx        BIGINT NOT NULL,
    item       TEXT NOT NULL,
    revealed   BIGINT NOT NULL,
    state      TEXT NOT NULL
);
CREATE INDEX oversight_plants_at ON oversight_plants (controller, at);
-- Samples that an inspector drew here.
CREATE TABLE oversight_samples (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    by_name    TEXT NOT NULL,
    inspector  TEXT NOT NULL,
    words      TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    n          BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    through    BIGINT NOT NULL,
    uses       BIGINT NOT NULL,
    drawn      TEXT NOT NULL,
    concluded  BIGINT NOT NULL,
    conclusion TEXT NOT NULL,
    UNIQUE (controller, number)
);
-- Who was told what, once.
CREATE TABLE oversight_told (
    message TEXT NOT NULL,
    person  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (message, person)
);

-- +goose Down
DROP TABLE oversight_told;
DROP TABLE oversight_samples;
DROP TABLE oversight_plants;
DROP TABLE oversight_ties;
DROP TABLE oversight_items;
DROP TABLE oversight_periods;
DROP TABLE oversight_settings;
