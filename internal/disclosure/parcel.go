package disclosure

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/fault"
)

// Size is how big all its files are together, in bytes.
func (p Package) Size() (n int64) {
	for _, f := range p.Files {
		n += f.Size
	}
	return n
}

// Envelope is the file with the footage; the others say what it is and how it is
// opened.
func (p Package) Envelope() File {
	for _, f := range p.Files {
		if f.sealed() {
			return f
		}
	}
	return File{}
}

func (f File) sealed() bool { return strings.HasSuffix(f.Name, ".zip") }

func (r *Room) dir(id string) string { return filepath.Join(r.c.Packages.Maker.Dir, id) }

func (r *Room) disk() durable.FS { return r.c.Packages.Maker.FS }

// files lists a package's.
func (r *Room) files(id string) (out []File, err error) {
	list, err := r.disk().ReadDir(r.dir(id))
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			return nil, durable.Fault(err)
		}
		out = append(out, File{Name: e.Name(), Size: info.Size()})
	}
	return out, nil
}

// remove deletes a package's folder. One that is not there is gone.
func (r *Room) remove(id string) error {
	list, err := r.disk().ReadDir(r.dir(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		err = errors.Join(err, r.disk().Remove(filepath.Join(r.dir(id), e.Name())))
	}
	if err == nil {
		err = r.disk().Remove(r.dir(id))
	}
	if err == nil {
		err = r.disk().SyncDir(r.c.Packages.Maker.Dir)
	}
	return err
}

// orphans deletes what no disclosure knows: a package that stood whole when a
// crash came before it was kept.
func (r *Room) orphans(ctx context.Context) error {
	list, err := r.disk().ReadDir(r.c.Packages.Maker.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := r.kept(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, d := range all {
		known[d.Package().ID] = true
	}
	for _, e := range list {
		if e.IsDir() && strings.HasPrefix(e.Name(), "U-") && !known[e.Name()] {
			if err := r.remove(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Content is a file of a package, open. Close it.
type Content struct {
	io.ReadSeeker
	io.Closer
	Made time.Time
}

// Fetch opens one file of the package, for somebody who may: the ledger has it
// before the first byte. A package that is deleted is fault.NotFound
// "disclosure.gone".
func (r *Room) Fetch(ctx context.Context, id, name string, who Who) (*Content, error) {
	var p Package
	d, err := r.change(ctx, "fetch", id, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		p = d.Package()
		if err := d.in(now, Ready, HandedOut); err != nil {
			return d, err
		}
		if !p.Gone.IsZero() {
			return d, fault.New(fault.NotFound, "disclosure.gone", "the package %s is deleted", p.ID)
		}
		for _, f := range p.Files {
			if f.Name == name {
				if last := &d.Packages[len(d.Packages)-1]; last.Fetched.IsZero() && f.sealed() {
					last.Fetched, last.Fetcher = now, who.Name
				}
				return d, r.enter(ctx, tx, "disclosure.fetched", d, who, map[string]any{"package": p.ID, "file": f.Name, "bytes": f.Size})
			}
		}
		return d, fault.New(fault.NotFound, "disclosure.file", "%s has no %.80q", p.ID, name)
	})
	if err != nil {
		return nil, err
	}
	f, err := r.disk().OpenFile(filepath.Join(r.dir(p.ID), name), 0, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Content{io.NewSectionReader(f, 0, info.Size()), f, d.Package().Made}, nil
}

func (r *Room) holds(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.phrase[id]
	return ok
}

func (r *Room) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.phrase, id)
}

// MayShow reports whether the passphrase of a disclosure's package is there to
// be shown.
func (r *Room) MayShow(d Disclosure) bool { return r.holds(d.Package().ID) }

// Show gives the passphrase, once: from then on nobody has it but whoever reads
// it now. fault.Conflict "disclosure.shown" for one that was.
func (r *Room) Show(ctx context.Context, id string, who Who) (phrase envelope.Passphrase, err error) {
	_, err = r.change(ctx, "show", id, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, Ready); err != nil {
			return d, err
		}
		p := &d.Packages[len(d.Packages)-1]
		r.mu.Lock()
		has, ok := r.phrase[p.ID]
		r.mu.Unlock()
		if !ok || !p.Shown.IsZero() {
			return d, fault.New(fault.Conflict, "disclosure.shown", "the passphrase of %s was shown", p.ID)
		}
		phrase, p.Shown, p.ShownTo = has, now, who.Name
		return d, r.enter(ctx, tx, "disclosure.shown", d, who, map[string]any{"package": p.ID})
	})
	if err != nil {
		return envelope.Passphrase{}, err
	}
	d, err := r.Get(ctx, who.Controller, id)
	r.forget(d.Package().ID)
	return phrase, err
}
