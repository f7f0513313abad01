-- +goose Up
-- Who was told what of which form: each message once, for good.
CREATE TABLE authorisation_told (
    message TEXT NOT NULL,
    person  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (message, person)
);

-- +goose Down
DROP TABLE authorisation_told;
