-- +goose Up
-- Lists of thousands of cameras are read from here alone: how many there are at
-- a place, and how each of them is.
CREATE INDEX cameras_in_service ON cameras (controller, removed, location, name, id);

-- +goose Down
DROP INDEX cameras_in_service;
