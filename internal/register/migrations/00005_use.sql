-- +goose Up
-- What says that a camera was taken into use: nothing for those of before.
ALTER TABLE cameras ADD COLUMN commissioned_by TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE cameras DROP COLUMN commissioned_by;
