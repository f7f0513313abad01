-- +goose Up
CREATE TABLE notify_outbox (
	id TEXT NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL,
	message TEXT NOT NULL,
	kind TEXT NOT NULL,
	-- "mail", or the name of a webhook
	channel TEXT NOT NULL,
	-- the mail address; emptied when it is done with, as the body is
	target TEXT NOT NULL,
	thread TEXT NOT NULL,
	subject TEXT NOT NULL,
	body TEXT NOT NULL,
	created BIGINT NOT NULL,
	due BIGINT NOT NULL,
	attempts INTEGER NOT NULL,
	-- 0 waiting, 1 sent, 2 given up
	state INTEGER NOT NULL,
	done BIGINT NOT NULL,
	error TEXT NOT NULL
);
CREATE INDEX notify_outbox_seq ON notify_outbox (state, seq);
CREATE INDEX notify_outbox_target ON notify_outbox (channel, target, state, seq);
CREATE INDEX notify_outbox_message ON notify_outbox (message);

-- +goose Down
DROP TABLE notify_outbox;
