-- +goose Up
-- How far the words of the rows are entered as marks: they follow later, so
-- that no act waits for them.
INSERT INTO access_through (id, through) VALUES (2, 0);

-- +goose Down
DELETE FROM access_through WHERE id = 2;
