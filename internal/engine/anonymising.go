package engine

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Names of what lies beside the parts of an anonymised copy, all of it sealed
// by the footage's own keys: see [archive.Offspring].
const (
	kindAnonymised  = "anonymised"
	fileJob         = "job"
	fileIndex       = "index"
	fileFindings    = "findings"
	fileCorrections = "corrections"
	fileFilm        = "film"
)

// anonymising is the queue of one: copies wait for their turn, and are taken up
// where they were after a stop or a crash.
type anonymising struct {
	mu      sync.Mutex
	copies  map[string]*anonCopy
	running string // the one whose turn it is
	cancel  context.CancelCauseFunc
	wake    chan struct{}
}

// anonCopy is a copy in memory.
type anonCopy struct {
	off  *archive.Offspring
	job  anonJob
	told map[permit.ID]bool // orders whose opening is in the ledger
	done float64            // share of what runs
	from time.Time          // when that began
}

// anonJob is a copy as it is kept.
type anonJob struct {
	Asked    time.Time `json:"asked"`
	Order    []byte    `json:"order"` // that it runs under: signed, as it came
	Whence   string    `json:"whence"`
	Thorough bool      `json:"thorough"`
	engineapi.Anonymised
	// Next is where what was stopped or failed goes on.
	Next engineapi.AnonymisedState `json:"next"`
}

func (c *anonCopy) save() error {
	b, err := json.Marshal(c.job)
	if err != nil {
		return fault.As(fault.Internal, "anonymised.form", err)
	}
	return c.off.Put(fileJob, b)
}

// anonymised finds a copy; e.anon.mu is held.
func (e *Engine) anonymised(id string) (*anonCopy, error) {
	c := e.anon.copies[id]
	if c == nil {
		off, err := e.archive.OffspringOf(id)
		if err != nil || off.Kind != kindAnonymised {
			return nil, goneCopy(id, err)
		}
		c = &anonCopy{off: off, told: map[permit.ID]bool{}}
		b, err := off.Get(fileJob)
		if err != nil {
			return nil, goneCopy(id, err)
		}
		if err := json.Unmarshal(b, &c.job); err != nil {
			return nil, fault.As(fault.Corrupt, "anonymised.form", err)
		}
		if e.anon.copies == nil {
			e.anon.copies = map[string]*anonCopy{}
		}
		e.anon.copies[id] = c
	}
	if err := c.off.Lives(); err != nil {
		return nil, goneCopy(id, err)
	}
	return c, nil
}

// goneCopy is one answer for a copy that is not there, and one whose footage
// is past its time.
func goneCopy(id string, err error) error {
	if err == nil || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Refused) {
		return fault.New(fault.NotFound, "anonymised.none", "no copy %.70s: %v", id, err)
	}
	return err
}

// state is a copy as the wire tells it; e.anon.mu is held.
func (e *Engine) anonState(c *anonCopy) engineapi.Anonymised {
	out := c.job.Anonymised
	out.Done, out.Until = c.done, c.off.Until()
	if spent := e.clk.Now().Sub(c.from); c.done > 0.02 && e.anon.running == out.ID {
		out.Left = int64((spent.Seconds()) * (1 - c.done) / c.done)
	}
	return out
}

// Anonymised says how far a copy is.
func (e *Engine) Anonymised(_ context.Context, id string) (engineapi.Anonymised, error) {
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	c, err := e.anonymised(id)
	if err != nil {
		return engineapi.Anonymised{}, err
	}
	return e.anonState(c), nil
}

// Anonymise begins a copy, or lets one go on.
func (e *Engine) Anonymise(ctx context.Context, id string, q engineapi.FragmentQuery, thorough bool, p engineapi.Pass) (out engineapi.Anonymised, err error) {
	if lacks := e.anonymiser.Lacks(); len(lacks) > 0 && !slices.Equal(lacks, []string{"detector"}) {
		return out, fault.New(fault.Unavailable, "anonymise.missing", "the machine lacks %v", lacks)
	}
	v, err := e.open(kindAnonymised, p, q.Camera, q.From, q.To, permit.KindExport)
	if err != nil {
		return out, err
	}
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	c, err := e.anonymised(id)
	switch {
	case err == nil:
		if err := c.mine(v); err != nil {
			v.refused(err)
			return out, err
		}
		if c.job.State != engineapi.AnonymisedStopped && c.job.State != engineapi.AnonymisedFailed {
			return e.anonState(c), nil
		}
		c.job.State, c.job.Cause = c.job.Next, ""
	case fault.Is(err, fault.NotFound):
		off, err := e.archive.Beget(ctx, archive.Origin{ID: id, Kind: kindAnonymised, Controller: v.st.Header().Controller, Camera: q.Camera, From: q.From, To: q.To})
		if err != nil {
			return out, err
		}
		c = &anonCopy{off: off, told: map[permit.ID]bool{}}
		c.job.Asked, c.job.Anonymised = e.clk.Now(), engineapi.Anonymised{ID: id, Camera: q.Camera, From: q.From, To: q.To, State: engineapi.AnonymisedWaiting}
		if e.anon.copies == nil {
			e.anon.copies = map[string]*anonCopy{}
		}
		e.anon.copies[id] = c
	default:
		return out, err
	}
	c.job.Order, c.job.Whence, c.job.Thorough, c.done = p.Statement, p.Whence, thorough || c.job.Thorough, 0
	if err := c.save(); err != nil {
		return out, err
	}
	e.anonPoke()
	return e.anonState(c), nil
}

// mine refuses an order that another controller gave.
func (c *anonCopy) mine(v *pass) error {
	if c.off.Controller != v.st.Header().Controller || c.off.Camera != v.camera {
		return fault.New(fault.Refused, "statement.controller", "copy %s is not %s's", c.off.ID, v.st.Header().Controller)
	}
	return nil
}

// anonPass opens a copy under an order. The first time for each order it is in
// the ledger before anything is given out.
func (e *Engine) anonPass(ctx context.Context, id string, p engineapi.Pass) (*pass, *anonCopy, error) {
	e.anon.mu.Lock()
	c, err := e.anonymised(id)
	e.anon.mu.Unlock()
	if err != nil {
		return nil, nil, err
	}
	v, err := e.open(kindAnonymised, p, c.off.Camera, c.off.From, c.off.To, permit.KindExport)
	if err != nil {
		return nil, nil, err
	}
	if err := c.mine(v); err != nil {
		v.refused(err)
		return nil, nil, err
	}
	e.anon.mu.Lock()
	told := c.told[v.body.Statement]
	e.anon.mu.Unlock()
	if told {
		return v, c, nil
	}
	if err := v.log(ctx, id); err != nil {
		return nil, nil, err
	}
	e.anon.mu.Lock()
	c.told[v.body.Statement] = true
	e.anon.mu.Unlock()
	return v, c, nil
}

// project puts a copy's project together: the camera's masks are those of now.
func (e *Engine) project(v *pass, c *anonCopy) (*anonymise.Project, error) {
	p := &anonymise.Project{}
	b, err := c.off.Get(fileFindings)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.Conflict, "anonymised.state", "copy %s is not looked through yet", c.off.ID)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &p.Findings); err != nil {
		return nil, fault.As(fault.Corrupt, "anonymised.form", err)
	}
	if b, err = c.off.Get(fileCorrections); err == nil {
		err = json.Unmarshal(b, &p.Corrections)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	for _, area := range e.masks.areas(v.camera, v.from, v.to) {
		var points []anonymise.Point
		for _, q := range area {
			points = append(points, anonymise.Point(q))
		}
		p.Areas = append(p.Areas, points)
	}
	return p, nil
}

// AnonymisedFindings is the project, with its revision, for the editor.
func (e *Engine) AnonymisedFindings(ctx context.Context, id string, p engineapi.Pass) ([]byte, error) {
	v, c, err := e.anonPass(ctx, id, p)
	if err != nil {
		return nil, err
	}
	pr, err := e.project(v, c)
	if err != nil {
		return nil, err
	}
	e.anon.mu.Lock()
	revision := c.job.Revision
	e.anon.mu.Unlock()
	b, err := json.Marshal(struct {
		*anonymise.Project
		Revision int `json:"revision"`
	}{pr, revision})
	return b, fault.As(fault.Internal, "anonymised.form", err)
}

// AnonymisedCorrect replaces the list of corrections. Who made the new ones,
// and when, is the engine's to say. A film that was made before is no longer
// of this copy, and goes.
func (e *Engine) AnonymisedCorrect(ctx context.Context, id string, revision int, corrections []byte, p engineapi.Pass) (out engineapi.Anonymised, err error) {
	v, c, err := e.anonPass(ctx, id, p)
	if err != nil {
		return out, err
	}
	pr, err := e.project(v, c)
	if err != nil {
		return out, err
	}
	var next []anonymise.Correction
	if err := json.Unmarshal(corrections, &next); err != nil {
		return out, fault.As(fault.Invalid, "anonymised.corrections", err)
	}
	same := 0
	for same < len(next) && same < len(pr.Corrections) && alike(next[same], pr.Corrections[same]) {
		next[same] = pr.Corrections[same]
		same++
	}
	for i := same; i < len(next); i++ {
		next[i].By, next[i].At = v.body.Person, e.clk.Now()
	}
	pr.Corrections = next
	fragments, err := pr.Fragments()
	if err != nil {
		return out, err
	}
	b, err := json.Marshal(next)
	if err != nil {
		return out, fault.As(fault.Internal, "anonymised.form", err)
	}
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	switch c.job.State {
	case engineapi.AnonymisedEditing, engineapi.AnonymisedDone, engineapi.AnonymisedStopped, engineapi.AnonymisedFailed:
	default:
		return out, fault.New(fault.Conflict, "anonymised.state", "copy %s is %s", id, c.job.State)
	}
	if c.job.Revision != revision {
		return out, fault.New(fault.Conflict, "anonymised.changed", "copy %s has revision %d, not %d", id, c.job.Revision, revision)
	}
	// The film goes first: a crash must not leave one that is of another list.
	if err := c.off.Drop(fileFilm); err != nil {
		return out, err
	}
	c.job.Film, c.job.State, c.job.Cause = nil, engineapi.AnonymisedEditing, ""
	c.job.Revision++
	c.count(fragments)
	if err := c.save(); err != nil {
		return out, err
	}
	if err := c.off.Put(fileCorrections, b); err != nil {
		return out, err
	}
	return e.anonState(c), nil
}

// alike reports whether two corrections do the same.
func alike(a, b anonymise.Correction) bool {
	a.By, a.At, b.By, b.At = "", time.Time{}, "", time.Time{}
	if (a.Box == nil) != (b.Box == nil) || a.Box != nil && *a.Box != *b.Box {
		return false
	}
	a.Box, b.Box = nil, nil
	return a == b
}

// count says how many fragments are kept, and how many nobody has judged.
func (c *anonCopy) count(fragments []anonymise.Fragment) {
	c.job.Kept, c.job.Undone = 0, 0
	for _, f := range fragments {
		switch f.Verdict {
		case anonymise.Kept:
			c.job.Kept++
		case anonymise.Unconfirmed:
			c.job.Undone++
		}
	}
}

// AnonymisedCover lets the film be made of what is corrected now.
func (e *Engine) AnonymisedCover(ctx context.Context, id string, p engineapi.Pass) (out engineapi.Anonymised, err error) {
	_, c, err := e.anonPass(ctx, id, p)
	if err != nil {
		return out, err
	}
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	if s := c.job.State; s != engineapi.AnonymisedEditing && s != engineapi.AnonymisedDone && s != engineapi.AnonymisedFailed || c.job.Frames == 0 {
		return out, fault.New(fault.Conflict, "anonymised.state", "copy %s is %s", id, s)
	}
	c.job.State, c.job.Cause, c.job.Order, c.job.Whence, c.job.Film, c.done = engineapi.AnonymisedQueued, "", p.Statement, p.Whence, nil, 0
	if err := c.save(); err != nil {
		return out, err
	}
	e.anonPoke()
	return e.anonState(c), nil
}

// AnonymisedStop ends what runs or waits.
func (e *Engine) AnonymisedStop(_ context.Context, id string) (engineapi.Anonymised, error) {
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	c, err := e.anonymised(id)
	if err != nil {
		return engineapi.Anonymised{}, err
	}
	if c.runs() {
		c.stop("anonymised.by-hand")
		if err := c.save(); err != nil {
			return engineapi.Anonymised{}, err
		}
		if e.anon.running == id {
			e.anon.cancel(errAnonStopped)
		}
	}
	return e.anonState(c), nil
}

// AnonymisedRemove removes a copy and all that was made for it. One that is
// not there is no error.
func (e *Engine) AnonymisedRemove(_ context.Context, id string) error {
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	e.anonForget(id)
	_, err := e.archive.Disown(id)
	return err
}

// anonForget ends what runs of a copy that goes; e.anon.mu is held.
func (e *Engine) anonForget(id string) {
	if e.anon.running == id {
		e.anon.cancel(errAnonStopped)
	}
	delete(e.anon.copies, id)
}

// film reads the finished film as long as the right to it lasts.
type film struct {
	*io.SectionReader
	f   *archive.SealedReader
	v   *pass
	off *archive.Offspring
}

func (f *film) Read(b []byte) (int, error) {
	if err := f.v.still(); err != nil {
		f.v.cut(err)
		return 0, err
	}
	if err := f.off.Lives(); err != nil {
		return 0, err
	}
	return f.SectionReader.Read(b)
}

func (f *film) Close() error { return f.f.Close() }

// AnonymisedFilm is the finished film; Conflict "anonymised.state" when there
// is none that passed its check.
func (e *Engine) AnonymisedFilm(ctx context.Context, id string, p engineapi.Pass) (io.ReadSeekCloser, error) {
	v, c, err := e.anonPass(ctx, id, p)
	if err != nil {
		return nil, err
	}
	e.anon.mu.Lock()
	state := c.job.State
	e.anon.mu.Unlock()
	if state != engineapi.AnonymisedDone {
		return nil, fault.New(fault.Conflict, "anonymised.state", "copy %s is %s", id, state)
	}
	f, err := c.off.Open(fileFilm)
	if err != nil {
		return nil, err
	}
	return &film{io.NewSectionReader(f, 0, f.Size()), f, v, c.off}, nil
}
