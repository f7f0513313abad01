package retention_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// nowhere is a database that is away: nobody listens there.
const nowhere = "postgres://nobody@127.0.0.1:1/nothing?sslmode=disable"

// failer is what the world reports to: a test, or the search for a planted fault.
type failer interface {
	Fatalf(format string, args ...any)
}

// plants are faults that are put in on purpose, from outside, to show that
// the judge finds them.
type plants struct {
	wallClock     bool          // the archive counts on the machine's clock
	slowClock     time.Duration // its clock is behind by so much
	trustForward  bool          // every jump ahead is believed
	noMark        bool          // the clock's mark is not kept across restarts
	noFileSync    bool
	noDirSync     bool
	fromEnd       bool // the period is counted from the end of a segment
	wrongClass    bool // all footage is filed as crime prevention
	oldKeys       bool // a restore of the database brings back the keys of that day
	oldFootage    bool // and the footage
	forgetHolds   bool // holds live in the database alone
	emptyWipes    bool // files that a new database does not know are removed
	eraseFirst    bool // period keys are erased before what is held is wrapped anew
	fullDeletes   bool // a full disk deletes the oldest footage
	deafToNotice  bool
	deafToRelease bool
	noSweep       bool
}

// world is one machine with an archive on it, whose real time only the test
// knows, and what the test expects of it.
type world struct {
	t      failer
	dir    string // real files: the database and its backups
	plant  plants
	fake   *clock.Fake
	synced bool
	begun  time.Time // real time at the beginning

	disk    *durabletest.CrashFS
	faulty  *durabletest.Faulty
	group   *durable.Group
	trusted *clock.Trusted
	db      *db.DB
	ledger  *ledger.Log
	keys    *keys.Store
	a       *archive.Archive
	away    bool
	armed   bool // the power will be cut
	boots   int

	log    []string
	segs   []*seg
	later  []*seg // recorded while the database was away
	holds  []*hold
	policy map[string]*archive.Rules
	backup []string
	copied map[string]map[string][]byte // footage by backup
	lag    time.Duration                // by how much the trusted clock may be behind real time
	last   time.Time
	rng    *rand.Rand

	erased map[keys.Period]bool

	mu    sync.Mutex
	alarm map[string]bool
}

// seg is a segment that the archive has acknowledged.
type seg struct {
	id, camera string
	rules      *archive.Rules
	payload    []byte
	real       time.Time     // real time of its first picture
	start, end time.Time     // by the trusted clock
	picture    time.Duration // how long each is shown
	due        time.Time
	limit      time.Time // longest hold; zero: none
	keep       time.Duration
	seenGone   bool
}

type hold struct {
	h        permit.Hold
	sure     map[*seg]bool // what it was set in time for
	until    time.Time
	released bool
	unsure   bool // it is not known whether it, or its last change, took effect
	set      time.Time
}

var (
	signKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	logKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
	master  = keys.Key{1}
)

func newWorld(t failer, seed uint64, p plants) *world {
	w := &world{
		t: t, dir: scratch(t), plant: p, synced: true,
		begun: time.Date(2026, 9, 1, 3, 0, 0, 0, time.UTC),
		rng:   rand.New(rand.NewPCG(seed, 5)), alarm: map[string]bool{}, erased: map[keys.Period]bool{}, copied: map[string]map[string][]byte{}, policy: map[string]*archive.Rules{},
	}
	w.fake = clock.NewFake(w.begun)
	w.disk = durabletest.NewCrash(seed)
	w.start(false)
	return w
}

func (w *world) say(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%s ", w.real().Format("2006-01-02 15:04"))+fmt.Sprintf(format, args...))
}

// fail ends the history with what led to it.
func (w *world) fail(format string, args ...any) {
	tail := w.log[max(0, len(w.log)-60):]
	w.t.Fatalf("%s\n  real time %v, trusted %v, wall %v, lag %v\n  %s", fmt.Sprintf(format, args...),
		w.real(), w.now(), w.fake.Now(), w.lag, strings.Join(tail, "\n  "))
}

func (w *world) must(what string, err error) {
	if err != nil {
		w.fail("%s: %v", what, err)
	}
}

func (w *world) real() time.Time { return w.begun.Add(w.fake.Mono()) }

// now is what the archive counts on.
func (w *world) now() time.Time {
	if w.plant.wallClock {
		return w.fake.Now()
	}
	return w.trusted.Now()
}

// fsys is the disk as the archive sees it.
func (w *world) fsys() durable.FS {
	var f durable.FS = w.disk
	if w.plant.noFileSync || w.plant.noDirSync {
		f = lazy{f, w.plant.noFileSync, w.plant.noDirSync}
	}
	w.faulty = durabletest.NewFaulty(f)
	return w.faulty
}

// lazy leaves syncs out.
type lazy struct {
	durable.FS
	file, dir bool
}

func (l lazy) SyncDir(name string) error {
	if l.dir {
		return nil
	}
	return l.FS.SyncDir(name)
}

func (l lazy) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	f, err := l.FS.OpenFile(name, flag, perm)
	if err == nil && l.file {
		f = lazyFile{f}
	}
	return f, err
}

type lazyFile struct{ durable.File }

func (lazyFile) Sync() error { return nil }

// keeper keeps the clock's mark as the engine does.
type keeper struct {
	f    durable.FS
	deaf bool
}

func (k keeper) Load() (a clock.Anchor, err error) {
	b, err := durable.ReadFile(k.f, "/state/clock")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(b, &a)
}

func (k keeper) Save(a clock.Anchor) error {
	if k.deaf {
		return nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return durable.WriteFile(k.f, "/state/clock", b, 0o600)
}

// behind is a clock that is late.
type behind struct {
	*clock.Trusted
	by time.Duration
}

func (b behind) Now() time.Time { return b.Trusted.Now().Add(-b.by) }

// start starts the engine's part on what the disk holds.
func (w *world) start(away bool) {
	w.boots++
	w.must("mkdir", w.disk.MkdirAll("/state", 0o700))
	f := w.fsys()
	var err error
	w.trusted, err = clock.NewTrusted(w.fake, keeper{w.disk, w.plant.noMark}, func() bool { return w.synced || w.plant.trustForward }, nil)
	w.must("clock", err)
	w.group = durable.NewGroup(f, "/")
	w.keys, err = keys.Open(f, "/keys", master)
	w.must("keys", err)
	address := "sqlite:" + filepath.Join(w.dir, "archive.db")
	if w.away = away; away {
		address = nowhere
	}
	ctx := context.Background()
	w.db, err = db.Open(ctx, address)
	w.must("database", err)
	clk := clock.Clock(w.trusted)
	switch {
	case w.plant.wallClock:
		clk = w.fake
	case w.plant.slowClock > 0:
		clk = behind{w.trusted, w.plant.slowClock}
	}
	w.ledger, err = ledger.Open(ctx, w.db, "archive", logKey, clk)
	if !away || !fault.Is(err, fault.Unavailable) {
		w.must("ledger", err)
	}
	w.a, _, err = archive.Open(ctx, archive.Config{
		Dir: "/archive", FS: f, Sync: w.group, DB: w.db, Ledger: w.ledger, Keys: w.keys, Clock: clk,
		Alarm: func(key, camera, _ string, on bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alarm[key+" "+camera] = on
		},
	})
	w.must("archive", err)
}

// stop ends it in good order.
func (w *world) stop() {
	a := w.a
	w.a = nil
	w.must("close", a.Close())
	w.end()
}

func (w *world) end() {
	if w.a != nil {
		_ = w.a.Close()
		w.a = nil
	}
	w.group.Close()
	_ = w.keys.Close()
	_ = w.db.Close()
	_ = w.trusted.Close()
}

// crash ends it at once: the power is cut, or the process killed.
func (w *world) crash(power bool) {
	var left *durabletest.CrashFS
	if power {
		left = w.disk.Crash()
	} else {
		left = w.disk.Clone(w.rng.Uint64())
		w.disk.Crash()
	}
	w.end()
	w.disk = left
}

// restart begins again. A killed process may have been told a time that its
// mark does not have yet.
func (w *world) restart(away bool) {
	w.last = time.Time{}
	w.start(away)
}

// scratch is a folder for databases, in memory where the machine has that:
// what is tested here is not SQLite's syncing.
func scratch(t failer) string {
	dir, err := os.MkdirTemp("/dev/shm", "vidne-test-")
	if err != nil {
		if dir, err = os.MkdirTemp("", "vidne-test-"); err != nil {
			t.Fatalf("%v", err)
		}
	}
	return dir
}

// close ends the world.
func (w *world) close() {
	w.end()
	_ = os.RemoveAll(w.dir)
}
