package archive

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
)

// errEmpty says that a file held no picture and was removed.
var errEmpty = errors.New("no whole fragment")

// mendFile closes a file that a crash or a failing disk left open: it keeps
// the records that are whole, writes footer and trailer, and gives the file
// its closed name. Every step can be cut short and done again. With rewrite
// the records are copied to a new file first, because after a failed sync the
// old one may hold less than it shows.
func (a *Archive) mendFile(name segment.Name, key *keys.Key, rewrite bool) (d *done, err error) {
	defer fault.Wrap(&err, "mend(%s)", name.Path())
	open, closed := a.path(name.With(segment.Open).Path()), a.path(name.With(segment.Closed).Path())
	file, err := a.cfg.FS.OpenFile(open, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		// Renamed already, only its directory was not durable.
		if d, err = a.readClosed(name, key); err != nil {
			return nil, err
		}
		return d, a.cfg.FS.SyncDir(filepath.Dir(closed))
	}
	if err != nil {
		return nil, err
	}
	d, err = a.mendOpen(file, name, key, rewrite)
	if e := file.Close(); err == nil {
		err = e
	}
	if errors.Is(err, errEmpty) {
		if err := a.removeForGood(open); err != nil {
			return nil, err
		}
		return nil, errEmpty
	}
	if err != nil {
		return nil, err
	}
	if rewrite {
		if err := a.cfg.FS.Rename(open+durable.TempSuffix, closed); err != nil {
			return nil, err
		}
		if err := a.remove(open); err != nil {
			return nil, err
		}
	} else if err := a.cfg.FS.Rename(open, closed); err != nil {
		return nil, err
	}
	return d, a.cfg.FS.SyncDir(filepath.Dir(closed))
}

func (a *Archive) mendOpen(file durable.File, name segment.Name, key *keys.Key, rewrite bool) (*done, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	h, err := segment.ReadHeader(file)
	if err != nil {
		if fault.Is(err, fault.Corrupt) && neverSynced(file, info.Size()) {
			return nil, errEmpty
		}
		return nil, err
	}
	if key == nil {
		k, err := a.segmentKey(h, name)
		if err != nil {
			return nil, err
		}
		key = &k
	}
	opener := func(h *segment.Header) (*segment.Opener, error) { return segment.NewOpener(h, *key) }
	if !rewrite {
		if c, err := segment.Check(file, info.Size(), opener); err == nil {
			if err := file.Sync(); err != nil {
				return nil, err
			}
			return doneOf(c), nil // closed, only not renamed
		}
	}
	o, err := opener(h)
	if err != nil {
		return nil, err
	}
	table, err := segment.Scan(file, info.Size(), h, o)
	if err != nil {
		return nil, err
	}
	if len(table) < 2 {
		return nil, errEmpty
	}
	s, err := segment.Resume(file, h, *key, table)
	if err != nil {
		return nil, err
	}
	out, at := file, s.Size()
	if rewrite {
		if out, err = a.copyTo(file, at, a.path(name.With(segment.Open).Path())+durable.TempSuffix); err != nil {
			return nil, err
		}
		defer out.Close() //nolint:errcheck // synced before
	} else if err := file.Truncate(at); err != nil {
		return nil, err
	}
	foot := s.AppendFooter(nil, "engine.down")
	if _, err := out.WriteAt(foot, at); err != nil {
		return nil, err
	}
	if err := out.Sync(); err != nil {
		return nil, err
	}
	t := s.Totals()
	return &done{head: h.Rules, end: t.End, size: s.Size(), sum: s.SHA256(), picture: int64(t.Pictures), cause: "engine.down"}, nil
}

func (a *Archive) copyTo(from io.ReaderAt, n int64, path string) (durable.File, error) {
	out, err := a.cfg.FS.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(out, io.NewSectionReader(from, 0, n)); err != nil {
		return nil, errors.Join(err, out.Close(), a.cfg.FS.Remove(path))
	}
	return out, nil
}

// neverSynced reports whether a file whose header cannot be read is what a
// power cut leaves of one that was never synced: shorter than its header, or
// with a sector of it never written. Header and init are one write, and the
// first sync covers them; so nothing was promised of such a file.
func neverSynced(r io.ReaderAt, size int64) bool {
	const sector = 512
	b := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	if _, short, _ := segment.DecodeHeader(b); short && size < 4096 {
		return true
	}
	var zero [sector]byte
	for i := 0; i+sector <= len(b); i += sector {
		if bytes.Equal(b[i:i+sector], zero[:]) {
			return true
		}
	}
	return false
}

func doneOf(c *segment.Checked) *done {
	return &done{
		head: c.Header.Rules, end: c.Footer.End, size: c.Footer.Size, sum: c.SHA256,
		picture: int64(c.Footer.Pictures), cause: c.Footer.Cause,
	}
}

// readClosed checks a closed file whole: with its key where it still has one.
func (a *Archive) readClosed(name segment.Name, key *keys.Key) (*done, error) {
	file, err := a.cfg.FS.OpenFile(a.path(name.With(segment.Closed).Path()), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	opener := func(h *segment.Header) (*segment.Opener, error) {
		if key != nil {
			return segment.NewOpener(h, *key)
		}
		k, err := a.segmentKey(h, name)
		if err != nil {
			return nil, err
		}
		return segment.NewOpener(h, k)
	}
	c, err := segment.Check(file, info.Size(), opener)
	if fault.Is(err, fault.NotFound) {
		c, err = segment.Check(file, info.Size(), nil) // the key is erased: what can be checked without
	}
	if err != nil {
		return nil, err
	}
	return doneOf(c), nil
}
