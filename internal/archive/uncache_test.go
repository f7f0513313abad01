package archive

import (
	"io/fs"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
)

// forgetting notes what files were let forget.
type forgetting struct {
	durable.FS
	mu    sync.Mutex
	parts map[string][][2]int64
}

type forgettingFile struct {
	durable.File
	f *forgetting
}

func (f *forgetting) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	file, err := f.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &forgettingFile{file, f}, nil
}

func (f *forgettingFile) DropPart(from, to int64) error {
	f.f.mu.Lock()
	f.f.parts[f.Name()] = append(f.f.parts[f.Name()], [2]int64{from, to})
	f.f.mu.Unlock()
	return f.File.(durable.PartDropper).DropPart(from, to)
}

// What is let out of memory is everything but the last fragment, once, and it
// is still read as it was sent.
func TestFootageIsForgottenBehindTheLastFragment(t *testing.T) {
	t.Parallel()
	f := &forgetting{FS: durable.OS(), parts: map[string][][2]int64{}}
	k := prepare(t, dbtest.Open(t, dbtest.SQLite(t)), f, t.TempDir())
	k.open()
	c := k.cam(rulesFor("cam-1", 14*day))
	c.size = 200_000 // 0.8 MB a fragment
	c.record(20 * time.Second)
	if len(f.parts) != 1 {
		t.Fatalf("%d files were let forget, want the open segment", len(f.parts))
	}
	for name, parts := range f.parts {
		end := int64(0)
		for _, p := range parts {
			if p[0] != end || p[1] <= p[0] || p[1]%uncachedBy != 0 {
				t.Fatalf("%s: %v", name, parts)
			}
			end = p[1]
		}
		// Nine fragments of 0.8 MB lie in the file, the last is being watched.
		if size := c.r.seg.sealer.Size(); end > size-800_000 || end < size-800_000-2*uncachedBy {
			t.Errorf("%d of %d bytes are forgotten", end, size)
		}
	}
	c.cut()
	k.settle()
	_, got := k.mustRead("cam-1", start.Add(-time.Hour), k.clk.Now().Add(time.Hour))
	same(t, got, c.sent)
}
