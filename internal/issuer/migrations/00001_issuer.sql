-- +goose Up
-- Every statement that was ever signed for an engine to keep, for good.
CREATE TABLE issuer_statement (
	-- order of issue, also the order of delivery
	seq BIGINT NOT NULL PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	engine TEXT NOT NULL,
	controller TEXT NOT NULL,
	kind TEXT NOT NULL,
	-- who decided, as in the statement
	who TEXT NOT NULL,
	issued BIGINT NOT NULL,
	-- its entry in the ledger
	entry BIGINT NOT NULL,
	signed BYTEA NOT NULL,
	-- waiting, accepted, refused, superseded
	state TEXT NOT NULL,
	tries INTEGER NOT NULL,
	-- when the engine last answered, or failed to
	answered BIGINT NOT NULL,
	-- why it was refused or could not be delivered
	why TEXT NOT NULL,
	detail TEXT NOT NULL,
	-- who has taken note of a refusal
	noted TEXT NOT NULL
);
CREATE INDEX issuer_statement_state ON issuer_statement (state, engine, seq);
CREATE INDEX issuer_statement_kind ON issuer_statement (controller, kind, seq);
CREATE TABLE issuer_camera (
	seq BIGINT NOT NULL REFERENCES issuer_statement (seq),
	camera TEXT NOT NULL,
	PRIMARY KEY (camera, seq)
);
CREATE TABLE issuer_permit (
	id TEXT NOT NULL PRIMARY KEY,
	engine TEXT NOT NULL,
	controller TEXT NOT NULL,
	camera TEXT NOT NULL,
	stream TEXT NOT NULL,
	serial BIGINT NOT NULL,
	valid_from BIGINT NOT NULL,
	valid_to BIGINT NOT NULL,
	replaces TEXT NOT NULL,
	replaced_by TEXT NOT NULL,
	-- when the last lease that names it was issued
	leased BIGINT NOT NULL,
	-- when it was revoked, or 0
	revoked BIGINT NOT NULL,
	refused INTEGER NOT NULL
);
CREATE INDEX issuer_permit_camera ON issuer_permit (camera, stream, serial);
CREATE INDEX issuer_permit_term ON issuer_permit (valid_to);
-- The last serial given, per thing that has one.
CREATE TABLE issuer_serial (
	engine TEXT NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	last BIGINT NOT NULL,
	PRIMARY KEY (engine, kind, name)
);
-- The keys that ever signed here; the one without an end signs now.
CREATE TABLE issuer_key (
	id TEXT NOT NULL PRIMARY KEY,
	public BYTEA NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL
);

-- +goose Down
DROP TABLE issuer_key;
DROP TABLE issuer_serial;
DROP TABLE issuer_permit;
DROP TABLE issuer_camera;
DROP TABLE issuer_statement;
