-- +goose Up
-- A viewing is opened under a grant that an incident gave. Those from before
-- have none: what was looked at stays on record, and nothing more is shown.
ALTER TABLE viewings ADD COLUMN incident TEXT NOT NULL DEFAULT '';
ALTER TABLE viewings ADD COLUMN grant_id TEXT NOT NULL DEFAULT '';
ALTER TABLE viewings ADD COLUMN ground TEXT NOT NULL DEFAULT '';
ALTER TABLE viewings ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE viewings SET ended = began WHERE ended = 0;
CREATE INDEX viewings_incident ON viewings (incident);
CREATE INDEX viewings_camera ON viewings (controller, camera);
CREATE INDEX viewings_location ON viewings (controller, location);
ALTER TABLE periods ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0;
CREATE INDEX periods_expires ON periods (expires);
