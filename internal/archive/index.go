package archive

import (
	"context"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

const (
	perCommit  = 256 // segments in one transaction
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// indexer enters what happened into the database: in order, many at once, and
// again for as long as it takes.
type indexer struct {
	a    *Archive
	wake *sync.Cond

	mu      sync.Mutex
	poked   bool
	busy    bool
	paused  bool // the database is away; it is asked again later
	stopped bool
	done    chan struct{}
	again   chan struct{}
}

func newIndexer(a *Archive) *indexer {
	x := &indexer{a: a, done: make(chan struct{}), again: make(chan struct{})}
	x.wake = sync.NewCond(&x.mu)
	return x
}

func (x *indexer) poke() {
	x.mu.Lock()
	x.poked = true
	x.mu.Unlock()
	x.wake.Broadcast()
}

func (x *indexer) stop() {
	x.mu.Lock()
	x.stopped = true
	close(x.again)
	x.mu.Unlock()
	x.wake.Broadcast()
	<-x.done
}

// settle waits until all is entered or the database is away.
func (x *indexer) settle(ctx context.Context) error {
	off := context.AfterFunc(ctx, x.wake.Broadcast)
	defer off()
	x.mu.Lock()
	defer x.mu.Unlock()
	for (x.poked || x.busy) && !x.paused && !x.stopped {
		if err := ctx.Err(); err != nil {
			return err
		}
		x.wake.Wait()
	}
	return nil
}

func (x *indexer) run() {
	defer close(x.done)
	wait := firstRetry
	for {
		x.mu.Lock()
		for !x.poked && !x.stopped {
			x.wake.Wait()
		}
		last := x.stopped
		x.poked, x.busy = false, true
		x.mu.Unlock()
		more, err := x.a.enter(context.Background())
		x.mu.Lock()
		x.busy = false
		if err == nil && more {
			x.poked = true
		}
		x.paused = err != nil && !last
		x.mu.Unlock()
		x.wake.Broadcast()
		switch {
		case last && (err != nil || !more):
			return
		case err != nil:
			x.pause(wait)
			wait = min(2*wait, lastRetry)
		default:
			wait = firstRetry
		}
	}
}

// pause waits before the database is asked again, whatever comes meanwhile.
func (x *indexer) pause(d time.Duration) {
	t := x.a.cfg.Clock.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C():
	case <-x.again:
	}
	x.mu.Lock()
	x.paused, x.poked = false, true
	x.mu.Unlock()
	x.wake.Broadcast()
}

// enter brings what waits into the database, and says whether more waits.
func (a *Archive) enter(ctx context.Context) (more bool, err error) {
	a.ruling.Lock()
	defer a.ruling.Unlock()
	a.mu.Lock()
	attached := a.attached
	a.mu.Unlock()
	if !attached {
		if err := a.attachLocked(ctx, new(Recovery)); err != nil {
			a.setAway(err)
			return false, err
		}
	}
	if err := a.enterAll(ctx); err != nil {
		a.setAway(err)
		return false, err
	}
	return a.adoptSome(ctx)
}

// enterAll is enter for everything in memory, with ruling held.
func (a *Archive) enterAll(ctx context.Context) error {
	if a.owed {
		if err := a.enterHolds(ctx); err != nil {
			return err
		}
	}
	if err := a.enterJournal(ctx, nil); err != nil {
		return err
	}
	return a.enterClosed(ctx)
}

// enterClosed commits closed segments and notes until none waits.
func (a *Archive) enterClosed(ctx context.Context) error {
	for {
		a.mu.Lock()
		n := min(len(a.closed), perCommit)
		closed, notes := slices.Clone(a.closed[:n]), slices.Clone(a.notes)
		a.mu.Unlock()
		if len(closed) == 0 && len(notes) == 0 {
			return nil
		}
		if err := a.commit(ctx, closed, notes); err != nil {
			return err
		}
		a.mu.Lock()
		a.closed = slices.Delete(a.closed, 0, len(closed))
		a.notes = slices.Delete(a.notes, 0, len(notes))
		a.mu.Unlock()
	}
}

// setAway remembers that the database cannot be used. What was noted so far
// goes to the journal, so that a crash does not lose it.
func (a *Archive) setAway(err error) {
	key := AlarmDatabase
	if fault.Key(err) == "archive.foreign" {
		key = AlarmForeign
	}
	a.mu.Lock()
	a.away, a.attached = true, false
	notes := slices.Clone(a.notes)
	a.mu.Unlock()
	a.log.Warn("the database is away", slog.Any("err", err))
	a.alarm(key, "", fault.Key(err), true)
	if len(notes) == 0 {
		return
	}
	if err := a.journal.add(noteOps(notes)...); err != nil {
		a.log.Warn("notes are kept in memory alone", slog.Any("err", err))
		return
	}
	a.mu.Lock()
	a.notes = slices.Delete(a.notes, 0, len(notes))
	a.mu.Unlock()
}

func (a *Archive) setThere() {
	a.mu.Lock()
	a.away, a.attached = false, true
	a.mu.Unlock()
	a.alarm(AlarmDatabase, "", "", false)
	a.alarm(AlarmForeign, "", "", false)
}

// sealedBody is the ledger's entry of a closed segment, as docs/ref/segment.md
// has it.
type sealedBody struct {
	Segment     string       `json:"segment"`
	Archive     string       `json:"archive"`
	Controller  string       `json:"controller"`
	Camera      string       `json:"camera"`
	Stream      string       `json:"stream"`
	Permit      permit.ID    `json:"permit"`
	Class       permit.Class `json:"class"`
	Start       int64        `json:"start"`
	End         int64        `json:"end"`
	DeleteAfter int64        `json:"delete_after"`
	HoldLimit   int64        `json:"hold_limit"`
	Size        int64        `json:"size"`
	SHA256      string       `json:"sha256"`
	Pictures    int64        `json:"pictures"`
	Cause       string       `json:"cause"`
}

// commit enters closed segments with their ledger entries, and notes, in one
// transaction. Segments that are entered already are left as they are: an
// answer of the database may have been lost.
func (a *Archive) commit(ctx context.Context, closed []*done, notes []note) error {
	at := a.cfg.Clock.Now()
	return a.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		fresh, err := unknown(ctx, tx, closed)
		if err != nil {
			return err
		}
		entries := make([]ledger.New, len(fresh))
		for i, d := range fresh {
			kind, when := "segment.sealed", segment.Time(d.end)
			if d.found {
				kind, when = "segment.adopted", at
			}
			h := &d.head
			entries[i] = ledger.New{At: when, Kind: kind, Body: sealedBody{
				h.ID, h.Archive, h.Controller, h.Camera, h.Stream, h.Permit, h.Class, h.Start, d.end,
				h.DeleteAfter, h.HoldLimit, d.size, hex.EncodeToString(d.sum[:]), d.picture, d.cause,
			}}
		}
		if len(entries) > 0 {
			leaf, err := a.cfg.Ledger.AppendAll(ctx, tx, entries)
			if err != nil {
				return err
			}
			for i, d := range fresh {
				if err := a.insert(ctx, tx, d, leaf+int64(i)); err != nil {
					return err
				}
			}
		}
		return insertNotes(ctx, tx, notes)
	})
}

// unknown is those of closed that have no row.
func unknown(ctx context.Context, tx *db.Tx, closed []*done) ([]*done, error) {
	if len(closed) == 0 {
		return nil, nil
	}
	args := make([]any, len(closed))
	for i, d := range closed {
		args[i] = d.head.ID
	}
	known, err := db.All[string](ctx, tx, "SELECT id FROM segment WHERE id IN ("+marks(len(args))+")", args...)
	if err != nil {
		return nil, err
	}
	have := make(map[string]bool, len(known))
	for _, id := range known {
		have[id] = true
	}
	var out []*done
	for _, d := range closed {
		if !have[d.head.ID] {
			have[d.head.ID] = true
			out = append(out, d)
		}
	}
	return out, nil
}

func marks(n int) string { return strings.Repeat("?, ", n-1) + "?" }

func (a *Archive) insert(ctx context.Context, tx *db.Tx, d *done, leaf int64) error {
	h := &d.head
	if _, err := tx.Exec(ctx, `INSERT INTO segment (id, camera, stream, controller, permit, case_ref, class, start_us, end_us,
		due_us, hold_limit_us, hour, size, sha256, pictures, cause, leaf, state, rule)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')`,
		h.ID, h.Camera, h.Stream, h.Controller, string(h.Permit), h.Case, string(h.Class), h.Start, d.end,
		h.DeleteAfter, h.HoldLimit, h.Hour, d.size, d.sum[:], d.picture, d.cause, leaf); err != nil {
		return err
	}
	if err := addRun(ctx, tx, span{h.Camera, h.Stream, string(h.Permit), string(h.Class), h.Start, d.end, h.DeleteAfter - h.Start}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO period (camera, hour, class, last_due_us, erased_us) VALUES (?, ?, ?, ?, 0)
		ON CONFLICT (camera, hour, class) DO UPDATE SET last_due_us =
			CASE WHEN excluded.last_due_us > period.last_due_us THEN excluded.last_due_us ELSE period.last_due_us END`,
		h.Camera, h.Hour, string(h.Class), h.DeleteAfter); err != nil {
		return err
	}
	for _, hold := range a.holdsOver(h.Camera, h.Start, d.end) {
		if err := insertHeld(ctx, tx, h.ID, hold, h.HoldLimit); err != nil {
			return err
		}
	}
	return nil
}
