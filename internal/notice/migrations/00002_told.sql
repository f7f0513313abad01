-- +goose Up
-- What was told of what falls due, each once.
CREATE TABLE notice_told (
	controller TEXT NOT NULL,
	what TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (controller, what)
);

-- +goose Down
DROP TABLE notice_told;
