-- +goose Up
-- A case is a thousand times larger than what counting and ordering need of it:
-- that is read from here alone.
CREATE INDEX cases_lists ON cases (controller, status, valid_to, due, administration, touched, id);
CREATE INDEX case_turns_due ON case_turns (controller, due, case_id);

-- +goose Down
DROP INDEX case_turns_due;
DROP INDEX cases_lists;
