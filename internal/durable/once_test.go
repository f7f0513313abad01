package durable_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"vidne.dk/vidne/internal/durable"
)

// Many make the same file at once: one does, and all read what that one wrote.
func TestCreateOnce(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		name := filepath.Join(dir, "issuer.key")
		var g sync.WaitGroup
		var mu sync.Mutex
		made := ""
		for i := range 8 {
			g.Go(func() {
				mine := fmt.Sprintf("the words of %d", i)
				ok, err := durable.CreateOnce(name, []byte(mine), 0o600)
				if err != nil {
					t.Error(err)
				}
				b, err := os.ReadFile(name)
				if err != nil {
					t.Error(err)
				}
				if ok {
					mu.Lock()
					defer mu.Unlock()
					if made != "" {
						t.Errorf("made by two: %q and %q", made, mine)
					}
					made = mine
					if string(b) != mine {
						t.Errorf("%q made it, and it says %q", mine, b)
					}
				}
			})
		}
		g.Wait()
		b, err := os.ReadFile(name)
		if err != nil || made == "" || string(b) != made {
			t.Fatalf("%q %q %v", made, b, err)
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v %v", info.Mode(), err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Fatalf("left over: %v %v", left, err)
		}
	}
	if _, err := durable.CreateOnce(filepath.Join(t.TempDir(), "no", "where"), nil, 0o600); err == nil {
		t.Error("a file in no folder")
	}
}
