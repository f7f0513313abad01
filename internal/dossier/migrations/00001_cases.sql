-- +goose Up
CREATE TABLE cases (
    controller     TEXT NOT NULL,
    id             TEXT NOT NULL,
    number         TEXT NOT NULL,
    administration TEXT NOT NULL,
    title          TEXT NOT NULL,
    applicant      TEXT NOT NULL,
    applicant_name TEXT NOT NULL,
    process        TEXT NOT NULL,
    version        INTEGER NOT NULL,
    status         TEXT NOT NULL,
    step           TEXT NOT NULL,
    body           TEXT NOT NULL,
    since          BIGINT NOT NULL,
    due            BIGINT NOT NULL,
    opened         BIGINT NOT NULL,
    ended          BIGINT NOT NULL,
    valid_to       BIGINT NOT NULL,
    revision       INTEGER NOT NULL,
    replaces       TEXT NOT NULL,
    locations      TEXT NOT NULL,
    cameras        INTEGER NOT NULL,
    licensed       INTEGER NOT NULL,
    touched        BIGINT NOT NULL,
    seq            BIGINT NOT NULL,
    search         TEXT NOT NULL,
    machine        TEXT NOT NULL,
    PRIMARY KEY (controller, id)
);
CREATE INDEX cases_status ON cases (controller, status, touched);
CREATE TABLE case_numbers (
    controller TEXT NOT NULL,
    year       INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    PRIMARY KEY (controller, year)
);
CREATE TABLE case_turns (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    step       TEXT NOT NULL,
    body       TEXT NOT NULL,
    person     TEXT NOT NULL,
    since      BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    PRIMARY KEY (controller, case_id, step)
);
CREATE INDEX case_turns_body ON case_turns (controller, body);
CREATE TABLE case_locations (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    location   TEXT NOT NULL,
    PRIMARY KEY (controller, location, case_id)
);
CREATE TABLE case_cameras (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    camera     TEXT NOT NULL,
    PRIMARY KEY (controller, camera, case_id)
);
CREATE TABLE case_people (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    person     TEXT NOT NULL,
    seen       BIGINT NOT NULL,
    part       INTEGER NOT NULL,
    PRIMARY KEY (controller, person, case_id)
);
CREATE TABLE case_events (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    step       TEXT NOT NULL,
    body       TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    remarks    TEXT NOT NULL,
    data       TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, seq)
);
CREATE INDEX case_events_at ON case_events (at);
CREATE TABLE case_drafts (
    controller  TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    version     INTEGER NOT NULL,
    application TEXT NOT NULL,
    writers     TEXT NOT NULL,
    saved       BIGINT NOT NULL,
    person      TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, version)
);
CREATE TABLE case_revisions (
    controller  TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    application TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    writers     TEXT NOT NULL,
    made        BIGINT NOT NULL,
    person      TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, revision)
);
CREATE TABLE case_documents (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    document   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    use        TEXT NOT NULL,
    name       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    added      BIGINT NOT NULL,
    by         TEXT NOT NULL,
    gone       BIGINT NOT NULL,
    PRIMARY KEY (controller, case_id, document)
);
CREATE INDEX case_documents_document ON case_documents (document);
CREATE TABLE case_stills (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    camera     TEXT NOT NULL,
    at         BIGINT NOT NULL,
    statement  TEXT NOT NULL,
    by         TEXT NOT NULL,
    PRIMARY KEY (controller, case_id, camera, at)
);
CREATE TABLE case_permits (
    permit     TEXT PRIMARY KEY,
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    camera     TEXT NOT NULL,
    stream     TEXT NOT NULL,
    engine     TEXT NOT NULL,
    issued     BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    why        TEXT NOT NULL
);
CREATE INDEX case_permits_case ON case_permits (controller, case_id);
CREATE INDEX case_permits_camera ON case_permits (camera, ended);
CREATE TABLE case_warnings (
    controller TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    ends       BIGINT NOT NULL,
    days       INTEGER NOT NULL,
    PRIMARY KEY (controller, case_id, ends, days)
);
