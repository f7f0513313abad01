-- +goose Up
-- The statements of what was deleted, one for a controller and a month. body is
-- the statement as it was made, byte for byte: its hash stands in the ledger.
CREATE TABLE deletion_statements (
    controller TEXT NOT NULL,
    month      TEXT NOT NULL,
    made       BIGINT NOT NULL,
    entry      BIGINT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (controller, month)
);

-- +goose Down
DROP TABLE deletion_statements;
