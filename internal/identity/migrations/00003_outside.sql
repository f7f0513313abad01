-- +goose Up
-- Accounts that an outside source vouches for: which source, and the name that
-- it never gives to another. Accounts of our own have neither.
ALTER TABLE accounts ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX accounts_outside ON accounts (source, subject) WHERE source <> '';
-- When the source last stood by the session's person; until when the session
-- lasts without being confirmed again (0: it is to be confirmed again and
-- again); whether the source itself asked for a second factor.
ALTER TABLE sessions ADD COLUMN confirmed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN lasts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN strong INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sessions DROP COLUMN strong;
ALTER TABLE sessions DROP COLUMN lasts;
ALTER TABLE sessions DROP COLUMN confirmed;
DROP INDEX accounts_outside;
ALTER TABLE accounts DROP COLUMN subject;
ALTER TABLE accounts DROP COLUMN source;
