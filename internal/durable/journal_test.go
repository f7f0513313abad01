package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func records(t testing.TB, j *durable.Journal) []string {
	t.Helper()
	var out []string
	if err := j.Replay(func(rec []byte) error { out = append(out, string(rec)); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(out) != j.Len() {
		t.Fatalf("Len says %d, Replay gives %d", j.Len(), len(out))
	}
	return out
}

func open(t testing.TB, f durable.FS, name string) *durable.Journal {
	t.Helper()
	j, err := durable.OpenJournal(f, name)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func same(a, b []string) bool {
	return strings.Join(a, "\x00|") == strings.Join(b, "\x00|") && len(a) == len(b)
}

func TestJournalOnDisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), "j")
	j := open(t, durable.OS(), name)
	must(t, j.Append([]byte("one")), j.AppendAll([][]byte{[]byte(""), []byte("three")}), j.AppendAll(nil), j.Close())
	if err := j.Append([]byte("x")); fault.Key(err) != "journal.closed" {
		t.Errorf("append after close: %v", err)
	}
	j = open(t, durable.OS(), name)
	if got := records(t, j); !same(got, []string{"one", "", "three"}) {
		t.Errorf("got %q", got)
	}
	must(t, j.Reset(), j.Append([]byte("four")), j.Close())
	j = open(t, durable.OS(), name)
	if got := records(t, j); !same(got, []string{"four"}) {
		t.Errorf("after reset: %q", got)
	}
	must(t, j.Replace([][]byte{[]byte("a"), []byte("b")}), j.Append([]byte("c")), j.Close())
	j = open(t, durable.OS(), name)
	if got := records(t, j); !same(got, []string{"a", "b", "c"}) {
		t.Errorf("after replace: %q", got)
	}
	stop := errors.New("stop")
	if err := j.Replay(func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	must(t, j.Close())
	if err := j.AppendAll([][]byte{make([]byte, durable.MaxFrame)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("too large: %v", err)
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestJournalSurvivesCrashes drives a journal with random calls, cuts the
// power at a random step, and goes on with what is left, many times.
func TestJournalSurvivesCrashes(t *testing.T) {
	req.Shows(t, "REC-5")
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		var fsys durable.FS
		crash := durabletest.NewCrash(seed)
		fsys = crash
		var acked []string
		for life := range 6 {
			crash.CrashAfter(rng.IntN(40))
			acked = liveAndDie(t, rng, fsys, acked)
			crash = crash.Crash()
			fsys = crash
			j := open(t, fsys, "/j")
			got := records(t, j)
			if !contains(acked, got) {
				t.Fatalf("seed %d life %d: %q is left of %q", seed, life, got, acked)
			}
			acked = got
			must(t, j.Close())
		}
	}
}

// contains accepts what was acknowledged, and the outcome of the last call
// where that is unknown: acked ends with "?" and the other possible outcome.
func contains(acked, got []string) bool {
	for i, a := range acked {
		if a == "?" {
			return same(got, acked[:i]) || same(got, acked[i+1:])
		}
	}
	return same(got, acked)
}

// liveAndDie returns what must be left: either or, separated by "?".
func liveAndDie(t *testing.T, rng *rand.Rand, f durable.FS, have []string) []string {
	j, err := durable.OpenJournal(f, "/j")
	if err != nil {
		if errors.Is(err, durabletest.ErrCrashed) {
			return have
		}
		t.Fatal(err)
	}
	for {
		next := append([]string(nil), have...)
		switch rng.IntN(8) {
		case 0:
			next, err = nil, j.Reset()
		case 1:
			next, err = []string{"kept"}, j.Replace([][]byte{[]byte("kept")})
		default:
			var batch [][]byte
			for range 1 + rng.IntN(3) {
				rec := bytes.Repeat([]byte{byte('a' + rng.IntN(26))}, rng.IntN(1500))
				batch, next = append(batch, rec), append(next, string(rec))
			}
			err = j.AppendAll(batch)
		}
		if err != nil {
			return append(append(have, "?"), next...)
		}
		have = next
	}
}

// TestJournalFailsEachStep lets each operation fail in turn, once. What was
// acknowledged stays, and the journal works again afterwards.
func TestJournalFailsEachStep(t *testing.T) {
	for _, errno := range []error{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
		for n := 1; ; n++ {
			crash := durabletest.NewCrash(uint64(n))
			f := durabletest.NewFaulty(crash)
			f.FailNth(durabletest.OpAny, n, errno)
			var acked []string
			j, err := durable.OpenJournal(f, "/j")
			failed := err != nil
			if failed {
				j = open(t, f, "/j")
			}
			for i := range 5 {
				rec := fmt.Sprintf("record %d", i)
				if err := j.Append([]byte(rec)); err != nil {
					if fault.Of(err) == fault.Internal {
						t.Fatalf("an error without a kind: %v", err)
					}
					failed = true
					continue
				}
				acked = append(acked, rec)
			}
			if failed && len(acked) < 4 {
				t.Fatalf("%v at operation %d: only %q was taken afterwards", errno, n, acked)
			}
			done := !failed && f.Count(durabletest.OpAny) < n
			f.Heal()
			if got := records(t, j); !same(got, acked) {
				t.Fatalf("%v at operation %d: %q, acknowledged %q", errno, n, got, acked)
			}
			if got := records(t, open(t, crash.Crash(), "/j")); !same(got, acked) {
				t.Fatalf("%v at operation %d, then a crash: %q, acknowledged %q", errno, n, got, acked)
			}
			if done {
				break
			}
		}
	}
}

func TestJournalShortAndFullDisk(t *testing.T) {
	crash := durabletest.NewCrash(1)
	f := durabletest.NewFaulty(crash)
	j := open(t, f, "/j")
	must(t, j.Append([]byte("one")))
	f.ShortWrite(1)
	if err := j.Append([]byte("two")); !fault.Is(err, fault.Exhausted) {
		t.Errorf("short write: %v", err)
	}
	f.SetFull(true)
	if err := j.Append([]byte("three")); !fault.Is(err, fault.Exhausted) {
		t.Errorf("full: %v", err)
	}
	f.SetFull(false)
	must(t, j.Append([]byte("four")))
	if got := records(t, open(t, crash.Crash(), "/j")); !same(got, []string{"one", "four"}) {
		t.Errorf("got %q", got)
	}
}

func TestJournalReportsDamage(t *testing.T) {
	name := filepath.Join(t.TempDir(), "j")
	j := open(t, durable.OS(), name)
	must(t, j.Append([]byte("one")), j.Append([]byte("two")), j.Append([]byte("three")), j.Close())
	whole, err := os.ReadFile(name)
	must(t, err)
	frame := 12 + 4 + 3
	for _, c := range []struct {
		name string
		at   int
		key  string
		left int
	}{
		{"magic", 0, "journal.corrupt", 0},
		{"seed", 10, "", 0},
		{"first frame", 24 + 17, "journal.corrupt", 0},
		{"first length", 24, "journal.corrupt", 0},
		{"second frame", 24 + frame + 16, "journal.corrupt", 0},
		{"last frame, as a torn end", len(whole) - 1, "", 2},
	} {
		bad := bytes.Clone(whole)
		bad[c.at] ^= 0x40
		must(t, os.WriteFile(name, bad, 0o600))
		j, err := durable.OpenJournal(durable.OS(), name)
		if c.key != "" {
			if !fault.Is(err, fault.Corrupt) || fault.Key(err) != c.key {
				t.Errorf("%s: %v", c.name, err)
			}
			if after, _ := os.ReadFile(name); !bytes.Equal(after, bad) {
				t.Errorf("%s: the damaged file was changed", c.name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := records(t, j); len(got) != c.left {
			t.Errorf("%s: %q is left", c.name, got)
		}
		must(t, j.Close())
	}
	// Damage while it is open: the next read says so.
	must(t, os.WriteFile(name, whole, 0o600))
	j = open(t, durable.OS(), name)
	bad := bytes.Clone(whole)
	bad[len(bad)-1] ^= 1
	must(t, os.WriteFile(name, bad, 0o600))
	if err := j.Replay(func([]byte) error { return nil }); !fault.Is(err, fault.Corrupt) {
		t.Errorf("damage under an open journal: %v", err)
	}
	must(t, j.Close())
}

// TestJournalContentIsNoFrame: a record that holds a journal's own bytes is
// not taken for frames when its own frame is torn.
func TestJournalContentIsNoFrame(t *testing.T) {
	dir := t.TempDir()
	inner := filepath.Join(dir, "inner")
	j := open(t, durable.OS(), inner)
	for range 4 {
		must(t, j.Append([]byte("bait")))
	}
	must(t, j.Close())
	bait, err := os.ReadFile(inner)
	must(t, err)
	name := filepath.Join(dir, "j")
	j = open(t, durable.OS(), name)
	must(t, j.Append([]byte("real")), j.Append(bait), j.Close())
	whole, err := os.ReadFile(name)
	must(t, err)
	must(t, os.WriteFile(name, whole[:len(whole)-1], 0o600))
	if got := records(t, open(t, durable.OS(), name)); !same(got, []string{"real"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzJournal(f *testing.F) {
	name := filepath.Join(f.TempDir(), "j")
	j := open(f, durable.OS(), name)
	must(f, j.AppendAll([][]byte{[]byte("one"), {}}), j.Append([]byte("two")), j.Close())
	whole, err := os.ReadFile(name)
	must(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := durabletest.NewCrash(1)
		must(t, durable.WriteFile(c, "/j", data, 0o600))
		j, err := durable.OpenJournal(c, "/j")
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Fatalf("an error without its kind: %v", err)
			}
			return
		}
		before := records(t, j)
		must(t, j.Append([]byte("more")), j.Close())
		if got := records(t, open(t, c.Crash(), "/j")); !same(got, append(before, "more")) {
			t.Fatalf("%q and one more became %q", before, got)
		}
	})
}
