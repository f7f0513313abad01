// Package engine joins camera, permit and archive: it obeys signed statements
// and nothing else.
//
// What it promises. No valid permit, not one frame: every sample is judged by
// its trusted arrival before it is handed on, and a stop, a revocation or the
// end of the hours cuts recording and every viewing within a second. A
// statement that was accepted survives a power cut before the answer goes
// out, and enters the database together with its ledger entry; when the
// database is away it waits in a journal. Pictures are given out only on a
// ticket that is checked where the bytes are opened and again for every
// fragment while they flow, and the viewing is in the ledger before the first
// byte. Cameras are apart: what one sends, refuses or breaks touches no
// other. Every second in which a camera should have recorded and did not has
// a cause.
//
// What it refuses. To interpret cases or people: references are carried and
// texts shown as they came. To face people at all: only the portal, which
// holds the shared secret, reaches it. To show what is younger than
// permit.LiveAge without a live ticket, on any path. To show a masked
// camera's picture unless the mask is painted in.
package engine

import (
	"context"
	"crypto/ed25519"
	"embed"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Stream is the one stream of a camera that is recorded so far.
const Stream = "main"

// Config is what an engine is opened with. ID, Dir, Issuers, Secret and
// Master are needed; the rest has defaults.
type Config struct {
	// ID names the engine; statements name the engine that they are meant for.
	ID string
	// Dir holds its secrets, keys, journals and, unless Database and Archive
	// say otherwise, its database and footage.
	Dir string
	// Archive is where footage goes; Dir/archive when empty.
	Archive string
	// Database is the URL for db.Open; SQLite in Dir when empty.
	Database string
	// Issuers are the portal's signing keys that are trusted from the start.
	Issuers []permit.PublicKey
	// PortalLedger is the verifier key of the portal's ledger, whose
	// checkpoints are anchored here; empty: none are taken.
	PortalLedger string
	// Networks are where cameras may be.
	Networks camera.Networks
	// Secret is the bearer secret that the portal shows.
	Secret string
	// Master wraps the period and hold keys.
	Master keys.Key
	// FFmpeg is the program's path; looked for when empty.
	FFmpeg string
	// Anonymiser is the path of vidne-anonymise; looked for when empty. Models is
	// the folder of its detector.
	Anonymiser, Models string
	// ConfigSHA256 is the sum of the loaded configuration, for the ledger.
	ConfigSHA256 string
	Version      string
	// Clock is the machine's; clock.System when nil.
	Clock clock.Clock
	// Synced says whether a time server steers the clock; clock.KernelSynced
	// when nil.
	Synced func() bool
	// Notify is told of every alarm's begin and end; may be nil. It must not
	// wait.
	Notify func(engineapi.Alarm)
	Log    *slog.Logger
}

// Engine is a running engine. Its methods are safe for concurrent use.
type Engine struct {
	cfg     Config
	fs      durable.FS
	log     *slog.Logger
	clk     *clock.Trusted
	db      *db.DB
	ledger  *ledger.Log
	keys    *keys.Store
	sync    *durable.Group
	archive *archive.Archive
	fence   *fence.Fence
	// anonymiser covers people in copies; anon is the queue of them.
	anonymiser *fence.Anonymiser
	anon       anonymising
	book       *permit.Book
	ring       *permit.Keyring
	seal       secret
	started    time.Time

	statements *durable.Journal // all that were accepted, for ever
	events     *durable.Journal // ledger entries that wait for the database
	enterNow   chan struct{}

	// intake is held while a statement is taken in, so that book, journal and
	// numbering agree.
	intake sync.Mutex
	seq    int64       // last number given
	queue  []*accepted // not yet in the database, in order
	lifts  map[permit.ID]*permit.MaskLift
	masks  maskBook

	known sync.Map // permit.ID to *accepted: read by the archive, under its own locks

	// generation rises with every change of the book, so that a cached verdict
	// can be known to be old for the price of one load.
	generation atomic.Int64
	changes    broadcast

	searching sync.Mutex // held by the search for cameras that runs

	entering sync.Mutex // held by whoever brings journals into the database
	away     atomic.Bool
	migrated atomic.Bool

	mu      sync.Mutex
	units   map[string]*unit
	running context.Context // Run's, nil before
	group   sync.WaitGroup
	alarms  alarmBook
	late    lateness
	covered coverageCache

	yielding yielding
	motion   motion

	handler http.Handler
	metrics http.Handler
	release func()
	closing sync.Once

	lastMark time.Time   // of the last run's clock
	stale    atomic.Bool // the last run's alarms are ended
}

// Open opens the engine in cfg.Dir, making what is new, replays the
// statements that it accepted, and recovers what a crash left in the archive.
// Nothing is recorded before Run. A database that is away is no error.
func Open(ctx context.Context, cfg Config) (e *Engine, err error) {
	defer fault.Wrap(&err, "engine.Open(%s)", cfg.Dir)
	if cfg.ID == "" || cfg.Dir == "" || len(cfg.Issuers) == 0 || len(cfg.Secret) < 16 {
		return nil, fault.New(fault.Invalid, "config.engine", "an engine needs an id, a directory, an issuer's key and a secret of 16 characters")
	}
	cfg.defaults()
	e = &Engine{
		cfg: cfg, fs: durable.OS(), log: cfg.Log.With("engine", cfg.ID), book: permit.None(),
		lifts: map[permit.ID]*permit.MaskLift{},
		units: map[string]*unit{}, enterNow: make(chan struct{}, 1),
	}
	e.alarms.begin()
	defer func() {
		if err != nil {
			e.letGo()
			e = nil
		}
	}()
	if err := e.fs.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	if e.release, err = durable.Lock(cfg.Dir); err != nil {
		return nil, err
	}
	if e.clk, err = clock.NewTrusted(cfg.Clock, marked{keeper{e.fs, filepath.Join(cfg.Dir, "clock.json")}, e}, cfg.Synced, e.clockJumped); err != nil {
		return nil, err
	}
	e.started = e.clk.Now()
	if e.seal, err = openSecret(filepath.Join(cfg.Dir, "seal.key")); err != nil {
		return nil, err
	}
	ledgerKey, err := openSecret(filepath.Join(cfg.Dir, "ledger.key"))
	if err != nil {
		return nil, err
	}
	if e.ring, err = permit.NewKeyring(cfg.ID, cfg.Issuers...); err != nil {
		return nil, err
	}
	if e.keys, err = keys.Open(e.fs, filepath.Join(cfg.Dir, "keys"), cfg.Master); err != nil {
		return nil, err
	}
	for _, w := range e.keys.Warnings() {
		e.log.Warn("keys", "warning", w.Error())
	}
	if e.db, err = db.Open(ctx, cfg.Database); err != nil {
		return nil, err
	}
	if e.ledger, err = ledger.Open(ctx, e.db, "engine-"+cfg.ID, ed25519.NewKeyFromSeed(ledgerKey.private), e.clk, ledger.Named(engineapi.Echoes()...)); err != nil {
		return nil, err
	}
	if err := e.openJournals(ctx); err != nil {
		return nil, err
	}
	if err := e.fs.MkdirAll(cfg.Archive, 0o700); err != nil {
		return nil, err
	}
	e.sync = durable.NewGroup(e.fs, cfg.Archive)
	var found archive.Recovery
	if e.archive, found, err = archive.Open(ctx, archive.Config{
		Dir: cfg.Archive, FS: e.fs, Sync: e.sync, DB: e.db, Ledger: e.ledger, Keys: e.keys,
		Clock: e.clk, Log: e.log, Alarm: e.archiveAlarm, Verify: e.verifyStored, Bereft: e.bereft,
	}); err != nil {
		return nil, err
	}
	e.fence = fence.New(cfg.FFmpeg, e.log)
	e.anonymiser, e.anon.wake = e.fence.Anonymiser(cfg.Anonymiser, cfg.Models), make(chan struct{}, 1)
	e.metrics = e.newMetrics()
	e.handler = engineapi.NewServer(api{e}, cfg.Secret, e.log)
	e.wasDown()
	e.event("engine.started", startedBody{Version: cfg.Version, Config: cfg.ConfigSHA256, Mended: found.Mended, Adopted: found.Adopted, Dropped: found.Dropped, Lacks: e.fence.Lacks()})
	return e, nil
}

func (c *Config) defaults() {
	if c.Archive == "" {
		c.Archive = filepath.Join(c.Dir, "archive")
	}
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Dir, "engine.db")
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Synced == nil {
		c.Synced = clock.KernelSynced
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// lacks names what the machine lacks.
func (e *Engine) lacks() []string {
	all := append(e.fence.Lacks(), e.anonymiser.Lacks()...)
	slices.Sort(all)
	return slices.Compact(all)
}

// bereft enters that what was made of footage is gone with it.
func (e *Engine) bereft(b archive.Bereft) error {
	return e.record(context.Background(), "offspring.deleted", b)
}

type startedBody struct {
	Version string   `json:"version"`
	Config  string   `json:"config_sha256"`
	Mended  int      `json:"mended"`
	Adopted int      `json:"adopted"`
	Dropped int      `json:"dropped"`
	Lacks   []string `json:"lacks"`
}

// Handler is the engine's HTTP interface.
func (e *Engine) Handler() http.Handler { return e.handler }

// Run records what may be recorded until ctx ends, then closes every segment
// and returns. It is called once.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.mu.Lock()
	e.running = ctx
	e.mu.Unlock()
	for _, c := range e.book.Cameras() {
		e.unit(c)
	}
	e.keepWatch(ctx)
	<-ctx.Done()
	e.group.Wait()
	return e.Close()
}

// Close ends everything; what Run does when its context ends.
func (e *Engine) Close() (err error) {
	e.closing.Do(func() {
		e.motion.stop()
		e.event("engine.stopped", struct{}{})
		e.noteAll("down", string(engineapi.CauseEngineDown))
		err = e.archive.Close()
		last, cancel := context.WithTimeout(context.Background(), enterWithin)
		e.enter(last)
		cancel()
		e.letGo()
	})
	return err
}

func (e *Engine) letGo() {
	closers := []func() error{}
	if e.statements != nil {
		closers = append(closers, e.statements.Close)
	}
	if e.events != nil {
		closers = append(closers, e.events.Close)
	}
	if e.keys != nil {
		closers = append(closers, e.keys.Close)
	}
	if e.db != nil {
		closers = append(closers, e.db.Close)
	}
	if e.clk != nil {
		closers = append(closers, e.clk.Close)
	}
	for _, c := range closers {
		if err := c(); err != nil {
			e.log.Warn("closing", "error", err.Error())
		}
	}
	if e.sync != nil {
		e.sync.Close()
	}
	if e.release != nil {
		e.release()
	}
}

// migrate makes the engine's tables once the database is there.
func (e *Engine) migrate(ctx context.Context) error {
	if e.migrated.Load() {
		return nil
	}
	if err := e.ledger.Ready(ctx); err != nil {
		return err
	}
	if err := db.Tables(ctx, e.db, "engine", migrations); err != nil {
		return err
	}
	e.migrated.Store(true)
	return nil
}

// broadcast wakes everybody who waits for a change.
type broadcast struct {
	mu sync.Mutex
	c  chan struct{}
}

// next is closed at the next change.
func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}
