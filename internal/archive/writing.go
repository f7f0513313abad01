package archive

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
)

// writing is a segment that is not closed yet.
type writing struct {
	a         *Archive
	head      *segment.Header
	name      segment.Name
	key       keys.Key
	left      bool // by an earlier run: head and key are not known
	empty     bool // nothing in it is of worth: to be removed
	file      durable.File
	sealer    *segment.Sealer
	based     bool
	base      int64 // DTS of the first picture
	fragments int
	forgotten int64 // up to here nothing is kept in memory
	synced    func(error)
	syncing   sync.WaitGroup // syncs that were asked for: the file stays open for them

	mu      sync.Mutex
	table   []segment.Entry // what lies in the file, for readers
	broken  error           // of a sync
	durable bool            // something of it is
	cause   string
	sum     [32]byte
	size    int64
}

// startWriting makes the file of a segment that begins at this moment.
func (a *Archive) startWriting(r *Recorder, at int64) (_ *writing, err error) {
	rules := segment.Rules{
		V: segment.Version, ID: db.NewID(), Archive: a.id, Controller: r.rules.Controller,
		Camera: r.camera, Stream: r.stream, Permit: r.rules.Permit, Case: r.rules.Case,
		Class: r.rules.Class, Basis: r.rules.Basis, Sound: r.rules.Sound, Start: at,
		DeleteAfter: r.rules.due(at), HoldLimit: r.rules.holdLimit(at), Hour: segment.Hour(at),
	}
	kek, err := a.cfg.Keys.Period(keys.Period{Camera: r.camera, Hour: rules.Hour, Class: rules.Class})
	if err != nil {
		return nil, err
	}
	w := &writing{a: a, name: rules.Name(segment.Open), key: keys.NewKey()}
	w.synced = func(err error) {
		w.mu.Lock()
		if err != nil {
			w.broken = err
		} else {
			w.durable = true
		}
		w.mu.Unlock()
		w.syncing.Done()
	}
	sealer, head, err := segment.NewSealer(rules, w.key, func(aad []byte) ([]byte, error) {
		return keys.Wrap(kek, w.key, aad), nil
	})
	if err != nil {
		return nil, err
	}
	w.sealer, w.head = sealer, sealer.Header
	path := a.path(w.name.Path())
	dir := filepath.Dir(path)
	if dir != r.day {
		if err := a.cfg.FS.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		r.day = dir
	}
	// Never an existing file: the number is random, and nothing is overwritten.
	w.file, err = a.cfg.FS.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		r.day = ""
		return nil, err
	}
	sealer.Wrote(head)
	buf := a.buffer(len(head) + len(r.init) + 256)
	defer a.pool.Put(buf)
	out := append((*buf)[:0], head...)
	rec, err := sealer.AppendInit(out[len(out):], r.init)
	if err == nil {
		out = append(out, rec...)
		err = w.write(out)
	}
	*buf = out[:0]
	if err != nil {
		a.mu.Lock()
		a.open[rules.ID] = w // until it is gone
		a.mu.Unlock()
		a.sealer.drop(w)
		return nil, err
	}
	sealer.Wrote(rec)
	w.publish()
	a.mu.Lock()
	a.open[rules.ID] = w
	a.mu.Unlock()
	a.sealer.syncDir(dir)
	return w, nil
}

func (w *writing) write(b []byte) error {
	n, err := w.file.Write(b)
	if err == nil && n < len(b) {
		err = fault.As(fault.Unavailable, durable.KeyError, io.ErrShortWrite)
	}
	return err
}

// publish lets readers see what the sealer has written.
func (w *writing) publish() {
	w.mu.Lock()
	w.table = w.sealer.Table()
	w.mu.Unlock()
}

// failure is why the file must be left, nil if it need not.
func (w *writing) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

// state is whether a sync has succeeded, and why the file must be left.
func (w *writing) state() (durable bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.durable, w.broken
}

// snapshot is what a reader may see: it only grows.
func (w *writing) snapshot() []segment.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.table
}

// flush seals and writes one fragment with one write and asks for its sync.
func (w *writing) flush(plain []byte, key bool, pictures int, arrival, media int64, lasted time.Duration) (int, error) {
	buf := w.a.buffer(len(plain) + len(plain)/4096 + 512)
	defer w.a.pool.Put(buf)
	out, err := w.sealer.AppendFragment((*buf)[:0], key, pictures, arrival, media, lasted, plain)
	if err != nil {
		return 0, err
	}
	*buf = out[:0]
	w.uncache()
	if err := w.write(out); err != nil {
		return 0, err
	}
	w.sealer.Wrote(out)
	w.fragments++
	w.publish()
	w.sync(w.synced)
	return len(out), nil
}

// uncachedBy is how much the kernel is let forget at a time.
const uncachedBy = 1 << 20

// uncache lets the kernel forget what was written before the last fragment,
// which those who watch live are reading. Older footage is seldom read soon,
// and the memory that it would fill is of use to the index; the write to come
// takes the same memory again, which costs a third of taking other.
func (w *writing) uncache() {
	t := w.sealer.Table()
	to := t[len(t)-1].Offset &^ (uncachedBy - 1)
	if f, ok := w.file.(durable.PartDropper); ok && to > w.forgotten {
		_ = f.DropPart(w.forgotten, to) // a hint: without it the kernel forgets when it must
		w.forgotten = to
	}
}

// sync asks for what lies in the file to be made durable; done is called with
// the outcome and calls synced.
func (w *writing) sync(done func(error)) {
	w.syncing.Add(1)
	w.a.cfg.Sync.SyncLater(w.file, done)
}

// letGo closes the file once nobody syncs it any more.
func (w *writing) letGo() error {
	w.syncing.Wait()
	return w.file.Close()
}

// close writes footer and trailer.
func (w *writing) close(cause string) (int, error) {
	buf := w.a.buffer(8192)
	defer w.a.pool.Put(buf)
	out := w.sealer.AppendFooter((*buf)[:0], cause)
	*buf = out[:0]
	if err := w.write(out); err != nil {
		return 0, err
	}
	w.cause, w.sum, w.size = cause, w.sealer.SHA256(), w.sealer.Size()
	return len(out), nil
}
