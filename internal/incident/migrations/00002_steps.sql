-- +goose Up
-- What was done in an incident beside looking (H 7 nos. 3-7), as JSON.
ALTER TABLE incidents ADD COLUMN steps TEXT NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE incidents DROP COLUMN steps;
