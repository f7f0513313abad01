package disclosure

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// making is the package that is being made now.
type making struct {
	id       string // of the disclosure; empty: none
	stop     context.CancelFunc
	progress *progress
}

// progress counts what a package consists of as it comes.
type progress struct {
	parts, part atomic.Int64
	bytes       atomic.Int64
}

// Progress is how far a package has come.
type Progress struct {
	Part, Parts int64 // films: the one that is being fetched, of so many
	Bytes       int64 // fetched so far
}

// Progress is how far the package of a disclosure has come; false when it is
// not the one that is being made.
func (r *Room) Progress(id string) (Progress, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.id != id || id == "" {
		return Progress{}, false
	}
	p := r.now.progress
	return Progress{p.part.Load(), p.parts.Load(), p.bytes.Load()}, true
}

// interrupt ends the making of a disclosure's package.
func (r *Room) interrupt(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.id == id && r.now.stop != nil {
		r.now.stop()
	}
}

// system is who does what comes by itself.
var system = Who{Name: "Vidne"} //nolint:gochecknoglobals // never changed

// Run makes the packages, one at a time, until ctx ends. What another run left
// half-made is cleared away first and begun anew; so is a package whose
// passphrase nobody was shown, for it died with that run.
func (r *Room) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.resume(ctx)
		if err == nil {
			break
		}
		r.c.Log.Error("the packages are not taken up again", slog.Any("error", err))
		r.pause(ctx)
	}
	for ctx.Err() == nil {
		made, err := r.Next(ctx)
		if err != nil && ctx.Err() == nil {
			r.c.Log.Error("a package is not made", slog.Any("error", err))
		}
		if !made {
			r.pause(ctx)
		}
	}
}

// lookEvery is how often the queue is looked at if nobody wakes it.
const lookEvery = time.Minute

func (r *Room) pause(ctx context.Context) {
	t := r.c.Clock.NewTimer(lookEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C():
	case <-r.wake:
	}
}

// resume puts right what a crash left.
func (r *Room) resume(ctx context.Context) error {
	if !r.Makes() {
		return nil
	}
	if err := r.c.Packages.Maker.Sweep(); err != nil {
		return err
	}
	half, err := r.queue(ctx, Making)
	if err != nil {
		return err
	}
	for _, d := range half {
		if _, err := r.change(ctx, "resume", d.ID, d.system(), func(_ *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
			d.Job = Job{Stage: Queued, Since: d.Job.Since}
			return d, nil
		}); err != nil {
			return err
		}
	}
	made, err := r.kept(ctx)
	if err != nil {
		return err
	}
	for _, d := range made {
		if !d.Package().Shown.IsZero() || r.holds(d.Package().ID) {
			continue
		}
		if _, err := r.again(ctx, d, d.system(), ""); err != nil {
			return err
		}
	}
	return r.orphans(ctx)
}

func (d Disclosure) system() Who {
	w := system
	w.Controller = d.Controller
	return w
}

// Next makes the package that has waited longest, and reports whether there was
// one. What goes wrong with it stands in it; the error is of the room itself.
func (r *Room) Next(ctx context.Context) (made bool, err error) {
	if !r.Makes() {
		return false, nil
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	waiting, err := r.queue(ctx, Queued)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	d := waiting[0]
	why := r.still(ctx, d)
	id := packageID(d.Number)
	if why == nil {
		if d, err = r.change(ctx, "make", d.ID, d.system(), func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
			if err := d.in(now, Queued); err != nil {
				return d, err
			}
			d.Job.Stage = Making
			return d, r.enter(ctx, tx, "disclosure.making", d, d.system(), map[string]any{"package": id})
		}); err != nil {
			return fault.Is(err, fault.Conflict), err
		}
		var p Package
		var phrase envelope.Passphrase
		if p, phrase, why = r.make(ctx, d, id); why == nil {
			return true, r.made(ctx, d, p, phrase)
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err() // the next run begins it anew
	}
	return true, r.failed(ctx, d, why)
}

// make makes one package in its folder.
func (r *Room) make(ctx context.Context, d Disclosure, id string) (p Package, phrase envelope.Passphrase, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	counted := &progress{}
	r.mu.Lock()
	r.now = making{d.ID, stop, counted}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.now = making{}
		r.mu.Unlock()
	}()
	until, err := r.limit(ctx, d)
	if err != nil {
		return p, phrase, err
	}
	now := r.c.Clock.Now()
	if own := now.Add(r.c.Packages.Keep); own.Before(until) {
		until = own
	}
	if !now.Before(until) {
		return p, phrase, fault.New(fault.Conflict, "disclosure.past", "the footage of %s is past its time", d.Number)
	}
	p = Package{ID: id, Made: now.UTC().Truncate(time.Microsecond), Until: until.UTC().Truncate(time.Microsecond)}
	if rule, _ := d.Kind.Rule(); rule.Copy {
		counted.parts.Store(1)
		phrase, err = r.sealCopy(ctx, d, p, counted)
	} else {
		phrase, err = r.sealOriginals(ctx, d, p, counted)
	}
	if err != nil {
		return p, phrase, err
	}
	p.Files, err = r.files(id)
	return p, phrase, err
}

func (r *Room) sealOriginals(ctx context.Context, d Disclosure, p Package, counted *progress) (envelope.Passphrase, error) {
	o, err := r.order(ctx, d, p)
	if err != nil {
		return envelope.Passphrase{}, err
	}
	src := r.c.Packages.Source(r.orders(d))
	if err := src.Facts(ctx, o); err != nil {
		return envelope.Passphrase{}, err
	}
	counted.parts.Store(int64(len(o.Originals)))
	if d.Viewing {
		counted.parts.Store(2 * int64(len(o.Originals)))
	}
	m, err := r.c.Packages.Maker.Make(ctx, o, &measured{src, counted, r.c.Packages.Largest})
	if err != nil {
		return envelope.Passphrase{}, err
	}
	return m.Passphrase, nil
}

// made keeps a package that stands whole in its folder, and its passphrase until
// it is shown.
func (r *Room) made(ctx context.Context, d Disclosure, p Package, phrase envelope.Passphrase) error {
	r.mu.Lock()
	r.phrase[p.ID] = phrase
	r.mu.Unlock()
	a, err := r.finder().Around(ctx, d.asked())
	if err == nil {
		_, err = r.change(ctx, "made", d.ID, d.system(), func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
			if err := d.in(now, Making); err != nil {
				return d, err // it was cancelled in the last moment
			}
			d.Job = Job{}
			d.Packages = append(d.Packages, p)
			if err := r.enter(ctx, tx, "disclosure.made", d, d.system(), map[string]any{"package": p.ID, "until": p.Until, "bytes": p.Size()}); err != nil {
				return d, err
			}
			return d, r.tell(ctx, tx, tellReady, d, "-"+p.ID, []identity.Person{a.Asker})
		})
	}
	if err == nil {
		return nil
	}
	r.forget(p.ID)
	if gone := r.remove(p.ID); gone != nil || !fault.Is(err, fault.Conflict) {
		return errors.Join(err, gone)
	}
	return nil
}

// failed keeps why a package was not made. What the person themselves cancelled
// did not fail.
func (r *Room) failed(ctx context.Context, d Disclosure, why error) error {
	key := fault.Key(why)
	if key == "" {
		key = "disclosure.made-not"
	}
	r.c.Log.Warn("a package is not made", slog.String("disclosure", d.Number), slog.Any("error", why))
	a, err := r.finder().Around(ctx, d.asked())
	if err != nil {
		return err
	}
	_, err = r.change(ctx, "fail", d.ID, d.system(), func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, Queued, Making); err != nil {
			return d, err
		}
		d.Job = Job{Stage: Failed, Since: now, Why: key}
		if err := r.enter(ctx, tx, "disclosure.failed", d, d.system(), map[string]any{"why": key}); err != nil {
			return d, err
		}
		return d, r.tell(ctx, tx, tellFailed, d, now.Format("-20060102150405"), []identity.Person{a.Asker})
	})
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// Again has the package made anew: one whose passphrase was lost, that failed,
// or that is deleted, and says why. What was made before is deleted first.
func (r *Room) Again(ctx context.Context, id, reason string, who Who) (Disclosure, error) {
	d, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return d, err
	}
	if err := r.still(ctx, d); err != nil {
		return d, r.denied(ctx, "again", d, who, err)
	}
	return r.again(ctx, d, who, reason)
}

func (r *Room) again(ctx context.Context, d Disclosure, who Who, reason string) (Disclosure, error) {
	if err := d.in(r.c.Clock.Now(), Ready, Failed, Gone); err != nil {
		return d, r.denied(ctx, "again", d, who, err)
	}
	d, err := r.drop(ctx, d, WhyLost, reason, who)
	if err != nil {
		return d, err
	}
	return r.change(ctx, "again", d.ID, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, Failed, Gone); err != nil {
			return d, err
		}
		d.Job = Job{Stage: Queued, Since: now}
		return d, r.enter(ctx, tx, "disclosure.again", d, who, map[string]any{"reason": reason})
	})
}

// measured counts footage on its way, and ends a package that grows too big.
type measured struct {
	Source
	*progress
	most int64
}

func (m *measured) Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (evidence.Delivered, error) {
	m.part.Add(1)
	return m.Source.Original(ctx, camera, from, to, &counter{mp4, m.progress, m.most}, samples)
}

func (m *measured) Viewing(ctx context.Context, camera string, from, to time.Time, mp4 io.Writer) (evidence.Derived, error) {
	m.part.Add(1)
	return m.Source.Viewing(ctx, camera, from, to, &counter{mp4, m.progress, m.most})
}

type counter struct {
	io.Writer
	of   *progress
	most int64
}

func (c *counter) Write(b []byte) (int, error) {
	if n := c.of.bytes.Add(int64(len(b))); c.most > 0 && n > c.most {
		return 0, fault.New(fault.Exhausted, "disclosure.size", "the package is over %d bytes", c.most)
	}
	return c.Writer.Write(b)
}
