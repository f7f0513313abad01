package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/permit"
)

// What a crash leaves half written beside held footage goes, and the folder of
// a day when its last segment has gone.
func TestTheWatchClearsWhatCrashesLeave(t *testing.T) {
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	h, err := k.hold(permit.HoldCrime, start, start.Add(10*time.Second), start.Add(90*day), "cam-1")
	if err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(4 * day))
	k.sweep()
	held := k.filesOf("cam-1", segment.Held)
	if len(held) != 1 {
		t.Fatalf("held: %v", held)
	}
	folder := filepath.Dir(k.a.path(held[0].Path()))
	left := k.a.path(held[0].Path()) + ".0badcafe.tmp"
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.a.Watch(k.ctx()); err != nil {
		t.Fatal(err)
	}
	if exists(t, left) || !exists(t, k.a.path(held[0].Path())) {
		t.Error("the half written file stays, or the other is gone")
	}
	k.release(h)
	k.sweep()
	if _, _, err := k.a.Watch(k.ctx()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder stays: %v", err)
	}
	k.sound()
}
