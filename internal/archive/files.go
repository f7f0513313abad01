package archive

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// Put keeps a small file whole: after a crash there is the old one or this.
func (o *Offspring) Put(name string, b []byte) error {
	w, err := o.Create(name)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		w.Abort()
		return err
	}
	return w.Commit()
}

// Get reads a file whole; NotFound "offspring.file" when it is not there.
func (o *Offspring) Get(name string) ([]byte, error) {
	f, err := o.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	b := make([]byte, f.Size())
	if len(b) == 0 {
		return b, nil
	}
	_, err = f.ReadAt(b, 0)
	return b, err
}

// Drop removes one file; one that is not there is no error.
func (o *Offspring) Drop(name string) error {
	if err := o.a.cfg.FS.Remove(o.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return o.a.cfg.FS.SyncDir(o.a.path(offspringDir, o.ID))
}

// DropAll removes the files whose names are to go.
func (o *Offspring) DropAll(goes func(name string) bool) error {
	entries, err := o.a.cfg.FS.ReadDir(o.a.path(offspringDir, o.ID))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), sealedSuffix); ok && goes(name) {
			if err := o.Drop(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Create begins a file, which is there when [SealedWriter.Commit] returns.
func (o *Offspring) Create(name string) (*SealedWriter, error) {
	if err := o.Lives(); err != nil {
		return nil, err
	}
	f, err := o.a.cfg.FS.OpenFile(o.path(name)+durable.TempSuffix, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return newSealedWriter(f, o, name)
}

// Open reads a file; NotFound "offspring.file" when it is not there.
func (o *Offspring) Open(name string) (*SealedReader, error) {
	if err := o.Lives(); err != nil {
		return nil, err
	}
	f, err := o.a.cfg.FS.OpenFile(o.path(name), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "offspring.file", "%s has no %.40s", o.ID, name)
	}
	if err != nil {
		return nil, err
	}
	return newSealedReader(f, o, name)
}

func (o *Offspring) path(name string) string { return o.a.path(offspringDir, o.ID, name+sealedSuffix) }
