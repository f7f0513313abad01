-- +goose Up
-- What a request is because of, the session that it is seen in, and what is
-- asked of a live view that one person began alone.
ALTER TABLE live_requests ADD COLUMN incident TEXT NOT NULL DEFAULT '';
ALTER TABLE live_requests ADD COLUMN incident_number TEXT NOT NULL DEFAULT '';
ALTER TABLE live_requests ADD COLUMN session TEXT NOT NULL DEFAULT '';
ALTER TABLE live_requests ADD COLUMN cut TEXT NOT NULL DEFAULT '';
ALTER TABLE live_requests ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE live_requests ADD COLUMN told TEXT NOT NULL DEFAULT '[]';
ALTER TABLE live_requests ADD COLUMN reviewed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE live_requests ADD COLUMN justified INTEGER NOT NULL DEFAULT 0;
ALTER TABLE live_requests ADD COLUMN reviewer TEXT NOT NULL DEFAULT '';
ALTER TABLE live_requests ADD COLUMN reviewer_name TEXT NOT NULL DEFAULT '';
ALTER TABLE live_requests ADD COLUMN review TEXT NOT NULL DEFAULT '';
-- Single pictures by which somebody checked the angle of a camera.
CREATE TABLE live_checks (
    id         TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    camera     TEXT NOT NULL,
    person     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX live_checks_person ON live_checks (controller, camera, person, at);

-- +goose Down
DROP TABLE live_checks;
ALTER TABLE live_requests DROP COLUMN review;
ALTER TABLE live_requests DROP COLUMN reviewer_name;
ALTER TABLE live_requests DROP COLUMN reviewer;
ALTER TABLE live_requests DROP COLUMN justified;
ALTER TABLE live_requests DROP COLUMN reviewed;
ALTER TABLE live_requests DROP COLUMN told;
ALTER TABLE live_requests DROP COLUMN alone;
ALTER TABLE live_requests DROP COLUMN cut;
ALTER TABLE live_requests DROP COLUMN session;
ALTER TABLE live_requests DROP COLUMN incident_number;
ALTER TABLE live_requests DROP COLUMN incident;
