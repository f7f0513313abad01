-- +goose Up
-- Reviews of the guideline. body is the review as JSON. over is 1 once it is
-- concluded.
CREATE TABLE guideline_reviews (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    began      BIGINT NOT NULL,
    over       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX guideline_reviews_list ON guideline_reviews (controller, began);

-- Who decided a version of the guideline; the version itself is among the
-- documents.
CREATE TABLE guideline_decisions (
    controller TEXT NOT NULL,
    version    INTEGER NOT NULL,
    decided    BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    review     TEXT NOT NULL,
    PRIMARY KEY (controller, version)
);

-- The rules of the law that a controller's guideline was last held against, as
-- JSON: what differs from them begins a review.
CREATE TABLE guideline_law (
    controller TEXT PRIMARY KEY,
    seen       TEXT NOT NULL
);

-- +goose Down
DROP TABLE guideline_law;
DROP TABLE guideline_decisions;
DROP TABLE guideline_reviews;
