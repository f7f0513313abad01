// Package archive keeps footage: segments and their index as one store, which
// appends, reads, holds, deletes on time, recovers and checks itself.
//
// What it promises. Nothing is kept before rules are given, and every segment
// names its permit, its legal class, when it is due and how long a hold can
// keep it; these follow the segment and are never recomputed. What lies on
// the disk is encrypted from the first byte, and what is damaged is reported,
// never served. A segment's row and its ledger entry are committed together
// and only after its file is durable. Deletion needs neither the database nor
// the permit: it works from the segments' own headers and the signed holds
// beside them, writes its intent first, removes the file (the legal act),
// erases the period key (which reaches every copy), and enters the proof.
// Footage past its time is refused when reading even if it still lies on disk.
//
// What it refuses: to delete because a database is empty, new, restored or
// another's; to open a directory and a database that do not know each other;
// to let a database that is away stop recording or deleting; to hold what the
// legal class does not let be held; to repair anything but by adopting what
// lies on disk.
//
// docs/ref/segment.md is the file format, docs/design/lifecycle-of-a-segment.md
// the order of the durable steps and the invariants that Check verifies.
package archive

import (
	"context"
	"embed"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what an archive is opened with. All but Alarm, Log and Verify is
// needed.
type Config struct {
	Dir    string
	FS     durable.FS
	Sync   *durable.Group // of the volume that Dir lies on
	DB     *db.DB
	Ledger *ledger.Log
	Keys   *keys.Store
	Clock  clock.Clock // trusted; a [clock.Trusted] is asked whether it is held
	Log    *slog.Logger
	// Alarm is told when something needs a person, and when it is over. It
	// must not call back into the archive.
	Alarm func(key, camera, detail string, on bool)
	// Verify checks the signature of a statement read back from the holds
	// folder. Without it the folder is trusted as the rest of the archive is.
	Verify func(*permit.Signed) error
	// Bereft is told of offspring whose files are removed, before its register
	// is; an error leaves the register for the next sweep. It must not call back.
	Bereft func(Bereft) error
}

// Alarms that the archive raises.
const (
	AlarmDatabase = "database.away"
	AlarmForeign  = "database.foreign" // the database belongs to another archive
	AlarmAdopting = "database.adopting"
	AlarmLate     = "deletion.late"
	AlarmUnlink   = "deletion.failed"
	AlarmErase    = "deletion.key"
	AlarmProof    = "hold.unproved"
	AlarmHoldFile = "hold.file"
	AlarmWrite    = "archive.write" // a segment could not be written or closed
	AlarmCorrupt  = "segment.corrupt"
)

// Archive is one directory, its index and its keys. It is safe for concurrent use.
type Archive struct {
	cfg  Config
	id   string
	log  *slog.Logger
	pool sync.Pool // *[]byte, sealed records on their way to the disk

	// mu guards what is in memory and is never held while a disk works.
	mu        sync.Mutex
	recorders map[[2]string]*Recorder
	open      map[string]*writing // segments not closed yet, by id
	closed    []*done             // closed, not indexed yet, in order
	notes     []note              // not entered yet
	adopt     []string            // paths found on disk that are not indexed yet
	attached  bool                // this database is this archive's, and up to date
	away      bool
	stray     bool // there may be due files that the index does not know
	stopping  bool
	alarms    map[[2]string]string
	lateUntil time.Duration // monotonic moment from which a held clock no longer stops sweeps
	waiting   bool

	// ruling is held by whoever decides over keeping and deleting, so that a
	// hold and a sweep never meet half way. holds is changed under both.
	ruling  sync.Mutex
	holds   map[permit.ID]*holding
	owed    bool  // holds has what the database has not
	without error // why this sweep does without the database, once it knows
	heldNow atomic.Pointer[[]holding]
	watched map[string]watchedDay

	making sync.Mutex // held by whoever registers or removes offspring

	journal *journal
	sealer  *sealer
	index   *indexer
	release func()
}

// Recovery says what opening found after the last run.
type Recovery struct {
	New       bool     // the directory was empty
	Away      bool     // the database could not be reached; it is entered later
	Adopted   int      // closed files without a row, indexed now
	Adopting  int      // the same, still to be done in the background
	Mended    int      // files that a crash left open, closed now
	Dropped   int      // such files without one whole fragment, removed
	Replayed  int      // journal records entered now
	Remaining []string // files that could not be mended; see the alarms
}

// Open opens the archive in cfg.Dir, making it if the directory is new, and
// recovers what a crash left. A database that is away is not an error. A
// directory and a database that belong to different archives, or a database
// whose archive is not in the directory (a disk that is not mounted), is
// Conflict "archive.foreign".
func Open(ctx context.Context, cfg Config) (a *Archive, rec Recovery, err error) {
	defer fault.Wrap(&err, "archive.Open(%s)", cfg.Dir)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Alarm == nil {
		cfg.Alarm = func(string, string, string, bool) {}
	}
	a = &Archive{
		cfg: cfg, log: cfg.Log.With(slog.String("room", "archive")),
		recorders: map[[2]string]*Recorder{}, open: map[string]*writing{},
		alarms: map[[2]string]string{}, holds: map[permit.ID]*holding{}, watched: map[string]watchedDay{},
	}
	a.pool.New = func() any { return new([]byte) }
	if err := cfg.FS.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, rec, err
	}
	if cfg.FS == durable.OS() {
		if a.release, err = durable.Lock(cfg.Dir); err != nil {
			return nil, rec, err
		}
	}
	opening := a // a is nil by the time an error is returned
	defer func() {
		if err != nil {
			opening.letGo()
		}
	}()
	if rec.New, err = a.identify(ctx); err != nil {
		return nil, rec, err
	}
	if a.journal, err = openJournal(cfg.FS, a.path("journal"), a.now()); err != nil {
		return nil, rec, err
	}
	if err := a.loadHolds(); err != nil {
		return nil, rec, err
	}
	a.sealer, a.index = newSealer(a), newIndexer(a)
	if err := a.recoverFiles(ctx, &rec); err != nil {
		return nil, rec, err
	}
	if err := a.tidyOffspring(); err != nil {
		return nil, rec, err
	}
	if err := a.attach(ctx, &rec); err != nil {
		if !fault.Is(err, fault.Unavailable) {
			return nil, rec, err
		}
		rec.Away = true
		a.setAway(err)
	}
	go a.sealer.run()
	go a.index.run()
	if rec.Away || rec.Adopting > 0 {
		a.index.poke()
	}
	return a, rec, nil
}

// Close ends all recordings, closes their segments, and indexes them if the
// database is there; else the next Open does.
func (a *Archive) Close() error {
	a.mu.Lock()
	recorders := make([]*Recorder, 0, len(a.recorders))
	for _, r := range a.recorders {
		recorders = append(recorders, r)
	}
	a.stopping = true
	a.mu.Unlock()
	var err error
	for _, r := range recorders {
		if e := r.Cut("engine.down"); e != nil && err == nil {
			err = e
		}
	}
	a.sealer.stop()
	a.index.stop()
	a.letGo()
	return err
}

func (a *Archive) letGo() {
	if a.journal != nil {
		a.journal.close()
	}
	if a.release != nil {
		a.release()
		a.release = nil
	}
}

// ID is the archive's number, 32 hex digits.
func (a *Archive) ID() string { return a.id }

// Settle waits until everything that was cut before is closed, and indexed
// unless the database is away.
func (a *Archive) Settle(ctx context.Context) error {
	if err := a.sealer.settle(ctx); err != nil {
		return err
	}
	return a.index.settle(ctx)
}

func (a *Archive) now() int64 { return a.cfg.Clock.Now().UnixMicro() }

func (a *Archive) path(parts ...string) string {
	return filepath.Join(append([]string{a.cfg.Dir}, parts...)...)
}

// alarm raises or ends an alarm, once for each change.
func (a *Archive) alarm(key, camera, detail string, on bool) {
	a.mu.Lock()
	old, was := a.alarms[[2]string{key, camera}]
	same := was == on && (!on || old == detail)
	if on {
		a.alarms[[2]string{key, camera}] = detail
	} else {
		delete(a.alarms, [2]string{key, camera})
	}
	a.mu.Unlock()
	if same {
		return
	}
	level := slog.LevelInfo
	if on {
		level = slog.LevelWarn
	}
	a.log.Log(context.Background(), level, "alarm", slog.String("key", key), slog.String("camera", camera),
		slog.String("detail", detail), slog.Bool("on", on))
	a.cfg.Alarm(key, camera, detail, on)
}

func (a *Archive) buffer(n int) *[]byte {
	b, _ := a.pool.Get().(*[]byte)
	if cap(*b) < n {
		*b = make([]byte, 0, n+n/8)
	}
	return b
}
