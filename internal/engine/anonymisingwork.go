package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/permit"
)

var errAnonStopped = fault.New(fault.Conflict, "anonymised.by-hand", "stopped by hand")

// runs reports whether a copy runs or waits for its turn.
func (c *anonCopy) runs() bool {
	switch c.job.State {
	case engineapi.AnonymisedWaiting, engineapi.AnonymisedFinding, engineapi.AnonymisedQueued, engineapi.AnonymisedCovering, engineapi.AnonymisedChecking:
		return true
	}
	return false
}

// stop puts a copy aside, so that it can go on where it was.
func (c *anonCopy) stop(why string) {
	c.job.Next = again(c.job.State)
	c.job.State, c.job.Cause = engineapi.AnonymisedStopped, engineapi.Cause(why)
}

// again is where what was in a state goes on.
func again(s engineapi.AnonymisedState) engineapi.AnonymisedState {
	switch s {
	case engineapi.AnonymisedFinding:
		return engineapi.AnonymisedWaiting
	case engineapi.AnonymisedCovering, engineapi.AnonymisedChecking:
		return engineapi.AnonymisedQueued
	}
	return s
}

// anonPoke tells the queue that something waits.
func (e *Engine) anonPoke() {
	select {
	case e.anon.wake <- struct{}{}:
	default:
	}
}

// anonymiseAll takes copies up one at a time until ctx ends, those first that
// the last run left half done.
func (e *Engine) anonymiseAll(ctx context.Context) {
	all, err := e.archive.Offsprings(kindAnonymised)
	if err != nil {
		e.log.Error("anonymised copies are not taken up", "error", err.Error())
	}
	e.anon.mu.Lock()
	for _, o := range all {
		if c, err := e.anonymised(o.ID); err == nil {
			c.job.State = again(c.job.State)
		}
	}
	e.anon.mu.Unlock()
	for ctx.Err() == nil {
		if c := e.anonNext(); c != nil {
			e.anonymiseOne(ctx, c)
			continue
		}
		select {
		case <-e.anon.wake:
		case <-ctx.Done():
		}
	}
}

// anonNext is the copy that has waited longest.
func (e *Engine) anonNext() (next *anonCopy) {
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	for _, c := range e.anon.copies {
		if c.runs() && c.off.Lives() == nil && (next == nil || c.job.Asked.Before(next.job.Asked)) {
			next = c
		}
	}
	return next
}

// anonymiseOne does the step that a copy waits for.
func (e *Engine) anonymiseOne(ctx context.Context, c *anonCopy) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e.anon.mu.Lock()
	find := c.job.State == engineapi.AnonymisedWaiting
	e.anon.running, e.anon.cancel, c.from = c.off.ID, cancel, e.clk.Now()
	order := engineapi.Pass{Statement: c.job.Order, Whence: c.job.Whence}
	e.anon.mu.Unlock()
	v, err := e.open(kindAnonymised, order, c.off.Camera, c.off.From, c.off.To, permit.KindExport)
	if err == nil {
		err = v.log(ctx, c.off.ID)
	}
	if err == nil {
		run, end := v.watch(ctx, func() {})
		if find {
			err = e.anonFind(run, v, c)
		} else {
			err = e.anonCover(run, v, c)
		}
		err = cause(run, err)
		end()
		v.cut(err)
	}
	e.anonEnd(ctx, c, err)
}

// anonEnd puts down how a step ended.
func (e *Engine) anonEnd(ctx context.Context, c *anonCopy, err error) {
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	e.anon.running = ""
	switch {
	case err == nil:
		return
	case e.anon.copies[c.off.ID] != c, c.off.Lives() != nil, c.job.State == engineapi.AnonymisedStopped:
		return // it is gone, or what was to be said of it is
	case errors.Is(err, errAnonStopped), errors.Is(context.Cause(ctx), errAnonStopped):
		return // somebody stopped it, and may have let it go on before this run had ended
	case ctx.Err() != nil:
		return // the engine ends: the next one takes it up
	case fault.Is(err, fault.Refused):
		c.stop(fault.Key(err))
	default:
		c.job.Next = again(c.job.State)
		c.job.State, c.job.Cause = engineapi.AnonymisedFailed, engineapi.Cause(fault.Key(err))
	}
	e.log.Warn("anonymised copy does not go on", "copy", c.off.ID, "state", c.job.State, "error", err.Error())
	if err := c.save(); err != nil {
		e.log.Error("anonymised copy", "copy", c.off.ID, "error", err.Error())
	}
}

// step puts down what runs.
func (e *Engine) anonStep(c *anonCopy, change func(*anonJob)) error {
	e.anon.mu.Lock()
	defer e.anon.mu.Unlock()
	if c.job.State == engineapi.AnonymisedStopped {
		return errAnonStopped
	}
	change(&c.job)
	c.done, c.from = 0, e.clk.Now()
	return c.save()
}

// progress puts down how far it is.
func (e *Engine) anonProgress(c *anonCopy) func(done, total int) {
	return func(done, total int) {
		e.anon.mu.Lock()
		defer e.anon.mu.Unlock()
		c.done = float64(done) / float64(max(1, total))
	}
}

// anonFind looks for people, and leaves the copy to a person.
func (e *Engine) anonFind(ctx context.Context, v *pass, c *anonCopy) error {
	if err := e.anonStep(c, func(j *anonJob) { j.State = engineapi.AnonymisedFinding }); err != nil {
		return err
	}
	src, err := e.anonFootage(ctx, v, c)
	if err != nil {
		return err
	}
	found, err := e.anonymiser.Find(ctx, src, anonParts{c.off, "f"}, fence.FindOptions{Thorough: c.job.Thorough, Progress: e.anonProgress(c)})
	if err != nil {
		return err
	}
	b, err := json.Marshal(found)
	if err != nil {
		return fault.As(fault.Internal, "anonymised.form", err)
	}
	if err := c.off.Put(fileFindings, b); err != nil {
		return err
	}
	if err := e.record(ctx, "anonymised.found", anonFound{c.off.Origin, v.body.Statement, v.body.Person, found.Frames(), len(found.Fragments), found.Reduced, found.Models}); err != nil {
		return err
	}
	return e.anonStep(c, func(j *anonJob) {
		j.State = engineapi.AnonymisedEditing
		j.Frames, j.Width, j.Height, j.Rate = found.Frames(), found.Width, found.Height, found.Rate
		j.Seconds = found.Second(found.Frames()-1) + 1/found.Rate
		j.Reduced, j.Thorough, j.Blind = found.Reduced, found.Thorough, 0
		for _, b := range found.Blind {
			j.Blind += b.To - b.From + 1
		}
		c.count(found.Fragments)
	})
}

type anonFound struct {
	archive.Origin
	Statement permit.ID         `json:"statement"`
	Person    string            `json:"person"`
	Frames    int               `json:"frames"`
	Fragments int               `json:"fragments"`
	Reduced   bool              `json:"reduced"`
	Models    map[string]string `json:"models"`
}

type anonCovered struct {
	archive.Origin
	Statement permit.ID         `json:"statement"`
	Person    string            `json:"person"`
	SHA256    string            `json:"sha256"`
	Revision  int               `json:"revision"`
	Report    *anonymise.Report `json:"report"`
	Sound     bool              `json:"sound"`
}

// anonCover makes the film and checks it. One that does not pass is not kept.
func (e *Engine) anonCover(ctx context.Context, v *pass, c *anonCopy) error {
	if err := e.anonStep(c, func(j *anonJob) { j.State = engineapi.AnonymisedCovering }); err != nil {
		return err
	}
	p, err := e.project(v, c)
	if err != nil {
		return err
	}
	src, err := e.anonFootage(ctx, v, c)
	if err != nil {
		return err
	}
	e.anon.mu.Lock()
	revision := c.job.Revision
	e.anon.mu.Unlock()
	// Parts of another list of corrections, or under another mask, must not be
	// taken for these.
	b, err := json.Marshal(p)
	if err != nil {
		return fault.As(fault.Internal, "anonymised.form", err)
	}
	sum := sha256.Sum256(b)
	parts := anonParts{c.off, "c" + hex.EncodeToString(sum[:8])}
	if err := e.anonymiser.Cover(ctx, src, parts, p, e.anonProgress(c)); err != nil {
		return err
	}
	w, err := c.off.Create(fileFilm)
	if err != nil {
		return err
	}
	whole := sha256.New()
	if err := e.anonymiser.Copy(ctx, parts, p, io.MultiWriter(w, whole)); err != nil {
		w.Abort()
		return err
	}
	size := w.Size()
	if err := w.Commit(); err != nil {
		return err
	}
	if err := e.anonStep(c, func(j *anonJob) { j.State = engineapi.AnonymisedChecking }); err != nil {
		return err
	}
	f, err := c.off.Open(fileFilm)
	if err != nil {
		return err
	}
	report, err := e.anonymiser.Check(ctx, readerOf(f), p, e.anonProgress(c))
	if err != nil {
		return err
	}
	sound := report.Sound() && report.SHA256 == hex.EncodeToString(whole.Sum(nil))
	if err := e.record(ctx, "anonymised.checked", anonCovered{c.off.Origin, v.body.Statement, v.body.Person, report.SHA256, revision, brief(report), sound}); err != nil {
		return err
	}
	told, err := json.Marshal(report)
	if err != nil {
		return fault.As(fault.Internal, "anonymised.form", err)
	}
	if !sound {
		if err := c.off.Drop(fileFilm); err != nil {
			return err
		}
	}
	if err := c.off.DropAll(func(name string) bool { return strings.HasPrefix(name, "c") && strings.Contains(name, ".") }); err != nil {
		return err
	}
	return e.anonStep(c, func(j *anonJob) {
		j.Film = &engineapi.AnonymisedFilm{Bytes: size, SHA256: report.SHA256, Frames: report.Frames, Seconds: j.Seconds, Revision: revision, Check: told, Passed: sound}
		j.State = engineapi.AnonymisedDone
		if !sound {
			j.State, j.Cause, j.Next = engineapi.AnonymisedFailed, "anonymised.flawed", engineapi.AnonymisedQueued
		}
	})
}

// brief is a report for the ledger: its numbers.
func brief(r *anonymise.Report) *anonymise.Report {
	b := *r
	b.Flaws, b.Seen = nil, nil
	return &b
}

func readerOf(f *archive.SealedReader) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, 0, f.Size()), f}
}

// anonParts keeps what a job has done so far, sealed.
type anonParts struct {
	off    *archive.Offspring
	prefix string
}

func (p anonParts) Load(_ context.Context, name string) ([]byte, error) {
	b, err := p.off.Get(p.prefix + "." + name)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return b, err
}

func (p anonParts) Save(_ context.Context, name string, part []byte) error {
	return p.off.Put(p.prefix+"."+name, part)
}
