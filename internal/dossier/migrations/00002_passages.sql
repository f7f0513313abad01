-- +goose Up
-- What somebody wrote in place of the draft in a paper made from the case,
-- section by section.
CREATE TABLE case_passages (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    section    TEXT NOT NULL,
    text       TEXT NOT NULL,
    saved      BIGINT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, section)
);

-- +goose Down
DROP TABLE case_passages;
