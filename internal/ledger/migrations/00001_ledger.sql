-- +goose Up
CREATE TABLE ledger_log (
	id INTEGER NOT NULL PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	size BIGINT NOT NULL,
	-- hashes of the complete subtrees that make up the tree, largest first
	edge BYTEA NOT NULL,
	-- the verifier key that signs checkpoints
	signer TEXT NOT NULL
);
CREATE TABLE ledger_entry (
	log INTEGER NOT NULL REFERENCES ledger_log (id),
	idx BIGINT NOT NULL,
	at BIGINT NOT NULL,
	kind TEXT NOT NULL,
	-- NULL when expired, with the salt
	body TEXT,
	salt BYTEA,
	commitment BYTEA NOT NULL,
	PRIMARY KEY (log, idx)
);
CREATE INDEX ledger_entry_at ON ledger_entry (log, at);
CREATE INDEX ledger_entry_kind ON ledger_entry (log, kind, idx);
-- Hashes of complete subtrees of 16, 256, 4096 ... leaves; the levels between
-- are computed when asked for.
CREATE TABLE ledger_node (
	log INTEGER NOT NULL REFERENCES ledger_log (id),
	level INTEGER NOT NULL,
	n BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	PRIMARY KEY (log, level, n)
);
CREATE TABLE ledger_checkpoint (
	log INTEGER NOT NULL REFERENCES ledger_log (id),
	size BIGINT NOT NULL,
	at BIGINT NOT NULL,
	-- counts the signings of one size: again after a change of key
	turn INTEGER NOT NULL,
	note TEXT NOT NULL,
	PRIMARY KEY (log, size, turn)
);

-- +goose Down
DROP TABLE ledger_checkpoint;
DROP TABLE ledger_node;
DROP TABLE ledger_entry;
DROP TABLE ledger_log;
