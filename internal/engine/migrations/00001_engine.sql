-- +goose Up

-- Every statement that was accepted and stands, in the order of arrival. The
-- same records lie in the engine's own journal, which is what it starts from;
-- these rows commit with the ledger entry of the acceptance.
CREATE TABLE engine_statement (
	seq BIGINT NOT NULL PRIMARY KEY,   -- order of arrival, from 1
	id TEXT NOT NULL,                  -- the statement's number
	kind TEXT NOT NULL,
	at_us BIGINT NOT NULL,             -- trusted time of arrival
	signed BYTEA NOT NULL,             -- as it came, byte for byte
	leaf BIGINT NOT NULL               -- its ledger entry
);
CREATE UNIQUE INDEX engine_statement_id ON engine_statement (id);

-- Alarms with begin and end. Those of the last month are kept.
CREATE TABLE engine_alarm (
	id TEXT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL,                -- stable key, such as deletion.late
	camera TEXT NOT NULL,              -- empty: the engine's
	since_us BIGINT NOT NULL,
	until_us BIGINT NOT NULL,          -- 0 while it lasts
	detail TEXT NOT NULL,
	grave INTEGER NOT NULL
);
CREATE INDEX engine_alarm_until ON engine_alarm (until_us);
