package archive

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/req"
)

// watcher is a file system that notes in which order things become durable.
type watcher struct {
	durable.FS
	mu       sync.Mutex
	synced   *sync.Cond
	dirty    map[string]bool // files with bytes that no sync has covered
	unsynced map[string]bool // directories with entries that no sync has covered
	wrong    []string
}

func (w *watcher) do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *watcher) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	f, err := w.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &watchedFile{f, w}, nil
}

func (w *watcher) Rename(from, to string) error {
	w.do(func() {
		if strings.HasSuffix(to, segment.Closed) && w.dirty[from] {
			w.wrong = append(w.wrong, "closed before its last byte was synced: "+to)
		}
		w.unsynced[filepath.Dir(to)] = true
	})
	return w.FS.Rename(from, to)
}

func (w *watcher) Remove(name string) error {
	w.do(func() { w.unsynced[filepath.Dir(name)] = true })
	return w.FS.Remove(name)
}

func (w *watcher) SyncDir(name string) error {
	err := w.FS.SyncDir(name)
	if err == nil {
		w.do(func() { delete(w.unsynced, name) })
	}
	return err
}

type watchedFile struct {
	durable.File
	w *watcher
}

// Write lets the sync of what lies before a footer finish first, so that it
// cannot by chance cover the footer too.
func (f *watchedFile) Write(b []byte) (int, error) {
	f.w.do(func() {
		if bytes.HasPrefix(b, []byte("VIDNEEND")) {
			over := false
			defer time.AfterFunc(5*time.Second, func() {
				f.w.do(func() { over = true })
				f.w.synced.Broadcast()
			}).Stop()
			for f.w.dirty[f.Name()] && !over {
				f.w.synced.Wait()
			}
		}
		f.w.dirty[f.Name()] = true
	})
	return f.File.Write(b)
}

func (f *watchedFile) WriteAt(b []byte, at int64) (int, error) {
	f.w.do(func() { f.w.dirty[f.Name()] = true })
	return f.File.WriteAt(b, at)
}

func (f *watchedFile) Sync() error {
	// What is written while it runs may not be covered.
	f.w.do(func() { delete(f.w.dirty, f.Name()) })
	f.w.synced.Broadcast()
	return f.File.Sync()
}

func TestNothingIsIndexedOrProvenBeforeItIsDurable(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-5", "KEEP-3")
	w := &watcher{FS: durable.OS(), dirty: map[string]bool{}, unsynced: map[string]bool{}}
	w.synced = sync.NewCond(&w.mu)
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), w, t.TempDir())
	k.open()
	c := k.cam(rulesFor("cam-1", day))
	for range 20 {
		c.record(7 * time.Second)
		c.cut()
		k.settle()
		if err := c.r.Start(rulesFor("cam-1", day), []media.Track{pictures(t)}); err != nil {
			t.Fatal(err)
		}
		w.do(func() {
			for d := range w.unsynced {
				if strings.Contains(d, "cam-1") {
					w.wrong = append(w.wrong, "indexed before its name was durable: "+d)
				}
			}
		})
	}
	c.cut()
	k.settle()
	k.at(k.clk.Now().Add(2 * day))
	k.sweep()
	w.do(func() {
		for d := range w.unsynced {
			if strings.Contains(d, "cam-1") {
				w.wrong = append(w.wrong, "proven before it was durable: "+d)
			}
		}
		for _, s := range w.wrong {
			t.Error(s)
		}
	})
	if n := len(k.kinds("deletion.done")); n == 0 {
		t.Error("nothing was deleted")
	}
}
