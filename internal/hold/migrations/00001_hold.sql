-- +goose Up
-- Evidence locks (bevislåse). body is the lock as JSON; what is looked for
-- stands in columns of its own. over is 1 when nothing can come of it any more.
CREATE TABLE evidence_holds (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    number     TEXT NOT NULL,
    incident   TEXT NOT NULL,
    asked      BIGINT NOT NULL,
    over       INTEGER NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (controller, number)
);
CREATE INDEX evidence_holds_list ON evidence_holds (controller, asked);
CREATE INDEX evidence_holds_incident ON evidence_holds (controller, incident);
CREATE INDEX evidence_holds_open ON evidence_holds (over, controller);

-- +goose Down
DROP TABLE evidence_holds;
