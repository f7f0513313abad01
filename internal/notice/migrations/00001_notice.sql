-- +goose Up
-- The public page of each location: its code, and what was published last, which
-- also lies as a file. page is the page as JSON.
CREATE TABLE notice_pages (
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	code TEXT NOT NULL UNIQUE,
	page TEXT NOT NULL,
	PRIMARY KEY (controller, location)
);
-- Signs (skilte) and what people say is wrong, each as JSON.
CREATE TABLE notice_signs (
	id TEXT NOT NULL PRIMARY KEY,
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	hung BIGINT NOT NULL,
	removed INTEGER NOT NULL,
	body TEXT NOT NULL
);
CREATE INDEX notice_signs_place ON notice_signs (controller, location, hung);
CREATE TABLE notice_reports (
	id TEXT NOT NULL PRIMARY KEY,
	controller TEXT NOT NULL,
	location TEXT NOT NULL,
	at BIGINT NOT NULL,
	settled INTEGER NOT NULL,
	body TEXT NOT NULL
);
CREATE INDEX notice_reports_place ON notice_reports (controller, location, at);

-- +goose Down
DROP TABLE notice_reports;
DROP TABLE notice_signs;
DROP TABLE notice_pages;
