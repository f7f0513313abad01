package durable_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
)

func create(t testing.TB, f durable.FS, name string) durable.File {
	t.Helper()
	file, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	return file
}

func TestGroupOnDisk(t *testing.T) {
	dir := t.TempDir()
	g := durable.NewGroup(durable.OS(), dir)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			file := create(t, durable.OS(), filepath.Join(dir, fmt.Sprint(i)))
			for range 5 {
				if _, err := file.Write(make([]byte, 5000)); err != nil {
					t.Error(err)
				}
				if err := g.Sync(t.Context(), file); err != nil {
					t.Error(err)
				}
			}
			if err := errors.Join(file.Close(), g.SyncDir(t.Context(), dir)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	g.Close()
	if err := g.SyncDir(t.Context(), dir); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}

// TestGroupIsDurable: what Sync reported done is there after a power cut.
func TestGroupIsDurable(t *testing.T) {
	for seed := range uint64(50) {
		c := durabletest.NewCrash(seed)
		g := durable.NewGroup(c, "/")
		for i := range 4 {
			file := create(t, c, fmt.Sprintf("/f%d", i))
			_, err := file.Write([]byte("footage"))
			must(t, err, g.Sync(t.Context(), file))
		}
		must(t, g.SyncDir(t.Context(), "/"))
		g.Close()
		left := c.Crash()
		for i := range 4 {
			if got, err := durable.ReadFile(left, fmt.Sprintf("/f%d", i)); err != nil || string(got) != "footage" {
				t.Fatalf("seed %d: %q, %v", seed, got, err)
			}
		}
	}
}

// slowFS holds each sync of a file until the test lets it go.
type slowFS struct {
	durable.FS
	enter, leave chan struct{}
}

type slowFile struct {
	durable.File
	fs *slowFS
}

func (s *slowFile) Sync() error {
	s.fs.enter <- struct{}{}
	<-s.fs.leave
	return s.File.Sync()
}

func TestGroupCoalesces(t *testing.T) {
	c := durabletest.NewCrash(1)
	slow := &slowFS{c, make(chan struct{}), make(chan struct{})}
	g := durable.NewGroup(slow, "/")
	a, b := &slowFile{create(t, c, "/a"), slow}, &slowFile{create(t, c, "/b"), slow}
	done := make(chan string, 20)
	g.SyncLater(a, func(error) { done <- "a1" })
	<-slow.enter // the round for a is under way; what comes now waits for the next
	for range 10 {
		g.SyncLater(b, func(error) { done <- "b" })
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Sync(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("a hung disk must not hold the caller: %v", err)
	}
	slow.leave <- struct{}{}
	<-slow.enter // one sync for all who asked for b
	slow.leave <- struct{}{}
	for i := range 11 {
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("only %d were told", i)
		}
	}
	g.Close() // would hang if another sync were under way
}

func TestGroupReportsWhoFailed(t *testing.T) {
	f := durabletest.NewFaulty(durabletest.NewCrash(1))
	g := durable.NewGroup(f, "/")
	defer g.Close()
	good, bad := create(t, f, "/good"), create(t, f, "/bad")
	f.Only(func(name string) bool { return name == "/bad" })
	f.FailFrom(durabletest.OpSync, 1, syscall.EIO)
	for range 20 {
		result := make(chan error, 2)
		g.SyncLater(bad, func(err error) { result <- err })
		must(t, g.Sync(t.Context(), good))
		if err := <-result; fault.Key(err) != "disk.error" {
			t.Errorf("the failing file: %v", err)
		}
	}
}
