-- +goose Up
-- Disclosures (udleveringer). body is the disclosure as JSON; what is looked for
-- stands in columns of its own. stage is that of the package being made, and
-- kept is 1 while our copy of a package is there.
CREATE TABLE disclosures (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    incident   TEXT NOT NULL,
    asked      BIGINT NOT NULL,
    stage      TEXT NOT NULL,
    since      BIGINT NOT NULL,
    kept       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX disclosures_list ON disclosures (controller, asked);
CREATE INDEX disclosures_incident ON disclosures (controller, incident);
CREATE INDEX disclosures_stage ON disclosures (stage, since);
CREATE INDEX disclosures_kept ON disclosures (kept);

-- +goose Down
DROP TABLE disclosures;
