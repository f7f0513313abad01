-- +goose Up

-- The archive that this database belongs to. One row. A database that names
-- another archive, or none, decides nothing over a single file.
CREATE TABLE archive_identity (
	one INTEGER NOT NULL PRIMARY KEY,  -- always 1
	id TEXT NOT NULL,                  -- the archive's number, as in its archive.json
	attached_us BIGINT NOT NULL,       -- when the two were tied
	journal_seq BIGINT NOT NULL        -- last record of the archive's journal that is entered here
);

-- One row for each closed segment that is kept, or on its way out.
CREATE TABLE segment (
	id TEXT NOT NULL PRIMARY KEY,      -- 32 hex digits, as in the file's header
	camera TEXT NOT NULL,
	stream TEXT NOT NULL,
	controller TEXT NOT NULL,
	permit TEXT NOT NULL,              -- the permit it was recorded under
	case_ref TEXT NOT NULL,            -- opaque case reference
	class TEXT NOT NULL,               -- legal class
	start_us BIGINT NOT NULL,          -- arrival of the first picture; the law counts from here
	end_us BIGINT NOT NULL,            -- end of the last picture
	due_us BIGINT NOT NULL,            -- delete_after of the header
	hold_limit_us BIGINT NOT NULL,     -- latest moment a hold can keep it to, 0 for none set
	hour BIGINT NOT NULL,              -- UTC hour of the start: camera, hour, class name the period key
	size BIGINT NOT NULL,              -- bytes of the file
	sha256 BYTEA NOT NULL,             -- of the whole file as it lies on disk
	pictures BIGINT NOT NULL,
	cause TEXT NOT NULL,               -- why it ended
	leaf BIGINT NOT NULL,              -- index of its ledger entry
	state INTEGER NOT NULL,            -- 0 kept, 1 condemned: its deletion is in the ledger and cannot be undone
	rule TEXT NOT NULL                 -- why it was condemned: retention, limit, release; else empty
);
CREATE INDEX segment_camera ON segment (camera, start_us);
CREATE INDEX segment_due ON segment (state, due_us);
CREATE INDEX segment_period ON segment (camera, hour, class);

-- Recorded stretches: segments of one camera, permit and rules that follow
-- each other without a gap, merged, so that a timeline of many cameras and
-- weeks is a few hundred rows.
CREATE TABLE run (
	camera TEXT NOT NULL,
	stream TEXT NOT NULL,
	start_us BIGINT NOT NULL,
	end_us BIGINT NOT NULL,
	permit TEXT NOT NULL,
	class TEXT NOT NULL,
	keep_us BIGINT NOT NULL,           -- how long after its start each segment in it is due
	PRIMARY KEY (camera, stream, start_us)
);
CREATE INDEX run_end ON run (camera, end_us);

-- One row for each period key that wrapped an indexed segment.
CREATE TABLE period (
	camera TEXT NOT NULL,
	hour BIGINT NOT NULL,              -- Unix time in hours
	class TEXT NOT NULL,
	last_due_us BIGINT NOT NULL,       -- when the last segment under this key is due
	erased_us BIGINT NOT NULL,         -- when the key was erased, 0 while it lives
	PRIMARY KEY (camera, hour, class)
);
CREATE INDEX period_due ON period (erased_us, last_due_us);

-- What was deleted, by camera, hour and legal class, with its proof.
CREATE TABLE deletion (
	camera TEXT NOT NULL,
	hour BIGINT NOT NULL,
	class TEXT NOT NULL,
	permit TEXT NOT NULL,              -- of the last segment deleted in this hour
	segments BIGINT NOT NULL,          -- how many files are gone
	bytes BIGINT NOT NULL,             -- their sizes, 0 where the index did not know them
	first_us BIGINT NOT NULL,          -- start of the earliest
	last_us BIGINT NOT NULL,           -- end of the latest
	due_us BIGINT NOT NULL,            -- when the latest was due
	done_us BIGINT NOT NULL,           -- when the last file was unlinked
	erased_us BIGINT NOT NULL,         -- when the key was erased, 0 before
	rule TEXT NOT NULL,                -- why: retention, limit, release
	leaf BIGINT NOT NULL,              -- ledger entry of the last unlinking
	PRIMARY KEY (camera, hour, class)
);
CREATE INDEX deletion_last ON deletion (last_us);
CREATE INDEX deletion_done ON deletion (done_us);

-- Segments that are past their time and whose file could not be removed.
CREATE TABLE late (
	path TEXT NOT NULL PRIMARY KEY,    -- of the file, in the archive
	camera TEXT NOT NULL,
	due_us BIGINT NOT NULL,
	since_us BIGINT NOT NULL,          -- first failed try
	last_us BIGINT NOT NULL,           -- last failed try
	tries BIGINT NOT NULL,
	problem TEXT NOT NULL              -- stable key of the last error
);

-- Holds (bevislås). The signed statements lie in the archive's holds folder
-- and are what counts; these rows are their index.
CREATE TABLE hold (
	id TEXT NOT NULL PRIMARY KEY,      -- the statement's number
	controller TEXT NOT NULL,
	reason TEXT NOT NULL,
	reference TEXT NOT NULL,
	from_us BIGINT NOT NULL,
	to_us BIGINT NOT NULL,
	until_us BIGINT NOT NULL,          -- when it ends by itself, a notice counted in
	notice TEXT NOT NULL,              -- the notice's number, or empty
	set_us BIGINT NOT NULL,            -- when it was entered
	ended_us BIGINT NOT NULL,          -- 0 while it holds
	why TEXT NOT NULL                  -- why it ended: release, until
);

CREATE TABLE hold_camera (
	hold TEXT NOT NULL REFERENCES hold (id),
	camera TEXT NOT NULL,
	PRIMARY KEY (hold, camera)
);

-- Which segments a hold keeps, and to when: until_us of the hold or the
-- segment's own limit, whichever is first.
CREATE TABLE held_segment (
	segment TEXT NOT NULL,
	hold TEXT NOT NULL REFERENCES hold (id),
	until_us BIGINT NOT NULL,
	PRIMARY KEY (segment, hold)
);
CREATE INDEX held_by ON held_segment (hold);

-- What was so of a camera, from a moment on.
CREATE TABLE state_change (
	camera TEXT NOT NULL,
	at_us BIGINT NOT NULL,
	state TEXT NOT NULL,
	cause TEXT NOT NULL,
	PRIMARY KEY (camera, at_us)
);

-- A camera's clock against ours.
CREATE TABLE clock_sample (
	camera TEXT NOT NULL,
	at_us BIGINT NOT NULL,             -- our trusted time
	offset_us BIGINT NOT NULL,         -- the camera's clock minus ours
	PRIMARY KEY (camera, at_us)
);
