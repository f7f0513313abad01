-- +goose Up
-- Breaches. body is the breach as JSON; what is looked for stands in columns of
-- its own. over is 1 once it is closed.
CREATE TABLE breaches (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    known      BIGINT NOT NULL,
    closed     BIGINT NOT NULL,
    over       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX breaches_list ON breaches (controller, known);
CREATE INDEX breaches_open ON breaches (over, closed);
-- What it keeps its cameras from: held is 1 while they may not go on, and what
-- was recorded from since to before until is opened for nobody while barred is 1.
CREATE TABLE breach_cameras (
    breach     TEXT NOT NULL,
    controller TEXT NOT NULL,
    camera     TEXT NOT NULL,
    held       INTEGER NOT NULL,
    barred     INTEGER NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    PRIMARY KEY (breach, camera)
);
CREATE INDEX breach_cameras_of ON breach_cameras (camera);
-- Reports of the public page that IT was told of.
CREATE TABLE breach_reports (
    report TEXT PRIMARY KEY,
    told   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE breach_reports;
DROP TABLE breach_cameras;
DROP TABLE breaches;
