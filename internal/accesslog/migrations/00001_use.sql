-- +goose Up
-- Uses of footage and of personal data, each a row that is written with the
-- ledger's entry of the same number. The ledger is what counts; this is how it
-- is searched, and can be made from it anew.
CREATE TABLE access_use (
	idx BIGINT NOT NULL PRIMARY KEY,
	at BIGINT NOT NULL,
	controller TEXT NOT NULL,
	kind TEXT NOT NULL,
	-- the ledger's kind
	entry TEXT NOT NULL,
	person TEXT NOT NULL,
	-- as the person was called then
	name TEXT NOT NULL,
	-- whom it was done to, where that is somebody else
	about TEXT NOT NULL,
	place TEXT NOT NULL,
	-- ids with a space between
	cameras TEXT NOT NULL,
	-- a case or an incident
	matter TEXT NOT NULL,
	-- the minutes of footage; 0 for none
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	why TEXT NOT NULL,
	-- the reason of a refusal, a key; empty when it was not refused
	refused TEXT NOT NULL,
	address TEXT NOT NULL,
	terms TEXT NOT NULL,
	-- what was read: the page's address, or the file
	what TEXT NOT NULL
);
CREATE INDEX access_use_at ON access_use (controller, at, idx);
CREATE INDEX access_use_person ON access_use (controller, person, at, idx);
CREATE INDEX access_use_kind ON access_use (controller, kind, at, idx);
CREATE INDEX access_use_place ON access_use (controller, place, at, idx) WHERE place <> '';
CREATE INDEX access_use_matter ON access_use (controller, matter, at, idx) WHERE matter <> '';
CREATE INDEX access_use_refused ON access_use (controller, at, idx) WHERE refused <> '';
-- The cameras of a use ("c:" and the id) and the words of why and of what was
-- searched for ("w:" and the word).
CREATE TABLE access_mark (
	controller TEXT NOT NULL,
	mark TEXT NOT NULL,
	at BIGINT NOT NULL,
	idx BIGINT NOT NULL,
	PRIMARY KEY (controller, mark, at, idx)
);
-- Whoever has used anything, by each name that they had.
CREATE TABLE access_person (
	controller TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	idx BIGINT NOT NULL,
	PRIMARY KEY (controller, person, name)
);
-- How far the ledger is read: the number of entries.
CREATE TABLE access_through (
	id INTEGER NOT NULL PRIMARY KEY,
	through BIGINT NOT NULL
);
INSERT INTO access_through (id, through) VALUES (1, 0);
-- How long the log itself is kept, where a controller has decided it.
CREATE TABLE access_keep (
	controller TEXT NOT NULL,
	kind TEXT NOT NULL,
	months INTEGER NOT NULL,
	reason TEXT NOT NULL,
	by_person TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (controller, kind)
);

-- +goose Down
DROP TABLE access_keep;
DROP TABLE access_through;
DROP TABLE access_person;
DROP TABLE access_mark;
DROP TABLE access_use;
