-- +goose Up
-- What a controller has decided of its security, each text as it stands: the
-- former ones are in the ledger.
CREATE TABLE safeguards_texts (
    controller TEXT NOT NULL,
    part       TEXT NOT NULL,
    words      TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (controller, part)
);
-- What each version of the description said when it was issued, as JSON; its
-- file and number are the document room's.
CREATE TABLE safeguards_versions (
    controller TEXT NOT NULL,
    version    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    says       TEXT NOT NULL,
    PRIMARY KEY (controller, version)
);

-- +goose Down
DROP TABLE safeguards_versions;
DROP TABLE safeguards_texts;
