-- +goose Up
-- A viewing is of several cameras at once.
ALTER TABLE viewings ADD COLUMN cameras TEXT NOT NULL DEFAULT '[]';
UPDATE viewings SET cameras = '["' || camera || '"]';
DROP INDEX viewings_camera;
ALTER TABLE viewings DROP COLUMN camera;
