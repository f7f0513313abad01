package archive

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
)

// grouped makes one op for the victims of each camera, hour, class and rule.
func grouped(victims []victim, now int64) []*op {
	var out []*op
	index := map[[4]any]*op{}
	for _, v := range victims {
		key := [4]any{v.name.Camera, v.hour, v.class, v.rule}
		o := index[key]
		if o == nil {
			o = &op{At: now, Op: opDelete, Camera: v.name.Camera, Hour: v.hour, Class: v.class, Rule: v.rule}
			index[key] = o
			out = append(out, o)
		}
		o.Files = append(o.Files, v.name.Base())
	}
	return out
}

func (o *op) names() []segment.Name {
	out := make([]segment.Name, 0, len(o.Files))
	for _, f := range o.Files {
		if n, ok := segment.ParseName(o.Camera, f); ok {
			out = append(out, n)
		}
	}
	return out
}

func (o *op) intent() condemned {
	c := condemned{Camera: o.Camera, Hour: o.Hour, Class: o.Class, Rule: o.Rule}
	for _, n := range o.names() {
		c.Segments = append(c.Segments, n.ID)
		c.Due = max(c.Due, n.DeleteAfter)
	}
	return c
}

// execute writes the intent down beside the footage, removes the files, and
// enters the proof.
func (a *Archive) execute(ctx context.Context, victims []victim) (gone, failed int, err error) {
	ops := grouped(victims, a.now())
	a.mu.Lock()
	away := !a.attached
	a.mu.Unlock()
	for _, o := range ops {
		o.Away = away
	}
	var errs []error
	if err := a.journal.add(ops...); err != nil {
		// The law does not wait for a journal: the intent is in the ledger, or
		// in memory until it is.
		a.log.Error("a deletion could not be written down", slog.Any("err", err))
		errs = append(errs, err)
	}
	for _, o := range ops {
		a.unlink(o)
		gone += len(o.Files) - len(o.failed)
		failed += len(o.failed)
	}
	if err := a.withDatabaseIfThere(ctx, func(ctx context.Context) error { return a.enterJournal(ctx, nil) }); err != nil && !fault.Is(err, fault.Unavailable) {
		errs = append(errs, err)
	}
	return gone, failed, errors.Join(errs...)
}

// unlink removes the files of a deletion. Nothing that is gone is missed.
func (a *Archive) unlink(o *op) {
	o.tried, o.failed = true, map[string]error{}
	var dirs []string
	for _, n := range o.names() {
		err := a.unlinkOne(n)
		if err != nil {
			o.failed[n.Base()] = err
			continue
		}
		if d := filepath.Dir(a.path(n.Path())); !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
	}
	for _, d := range dirs {
		err := a.cfg.FS.SyncDir(d)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		for _, n := range o.names() { // not durable: not proven
			if filepath.Dir(a.path(n.Path())) == d {
				o.failed[n.Base()] = err
			}
		}
	}
}

func (a *Archive) unlinkOne(n segment.Name) error {
	return errors.Join(
		a.remove(a.path(n.With(segment.Closed).Path())),
		a.remove(a.path(n.With(segment.Open).Path())),
		a.remove(a.path(n.With(segment.Held).Path())))
}

// period of a victim's key.
func (o *op) period() keys.Period { return keys.Period{Camera: o.Camera, Hour: o.Hour, Class: o.Class} }
