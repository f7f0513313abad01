-- +goose Up
-- The notice to staff of each location, in versions; content is JSON.
CREATE TABLE staff_notices (
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	version INTEGER NOT NULL,
	made BIGINT NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (controller, location, version)
);
-- The rolls: who works or regularly comes where.
CREATE TABLE staff_members (
	id TEXT NOT NULL PRIMARY KEY,
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	mail TEXT NOT NULL,
	lang TEXT NOT NULL,
	since BIGINT NOT NULL,
	added BIGINT NOT NULL,
	left_at BIGINT NOT NULL,
	sent_version INTEGER NOT NULL,
	sent BIGINT NOT NULL,
	reminded TEXT NOT NULL
);
CREATE INDEX staff_members_place ON staff_members (controller, location, left_at);
CREATE TABLE staff_receipts (
	member TEXT NOT NULL,
	version INTEGER NOT NULL,
	controller TEXT NOT NULL,
	told BIGINT NOT NULL,
	at BIGINT NOT NULL,
	how TEXT NOT NULL,
	noted_by TEXT NOT NULL,
	words TEXT NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (member, version)
);
CREATE INDEX staff_receipts_controller ON staff_receipts (controller);
-- The codes of links, as their SHA-256.
CREATE TABLE staff_codes (
	hash TEXT NOT NULL PRIMARY KEY,
	member TEXT NOT NULL,
	made BIGINT NOT NULL
);
CREATE INDEX staff_codes_member ON staff_codes (member);
-- Places at which nobody works, and who says so; and what was told of a roll.
CREATE TABLE staff_nobody (
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	at BIGINT NOT NULL,
	said_by TEXT NOT NULL,
	why TEXT NOT NULL,
	PRIMARY KEY (controller, location)
);
CREATE TABLE staff_reminded (
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	stage TEXT NOT NULL,
	PRIMARY KEY (controller, location)
);
-- Who confirmed which paper: the security description, the guideline.
CREATE TABLE staff_papers (
	controller TEXT NOT NULL,
	person TEXT NOT NULL,
	kind TEXT NOT NULL,
	version INTEGER NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (controller, person, kind, version)
);

-- +goose Down
DROP TABLE staff_papers;
DROP TABLE staff_reminded;
DROP TABLE staff_nobody;
DROP TABLE staff_codes;
DROP TABLE staff_receipts;
DROP TABLE staff_members;
DROP TABLE staff_notices;
