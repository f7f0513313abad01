package keys

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

var master = Key{1, 2, 3}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, f durable.FS, dir string) *Store {
	t.Helper()
	s, err := Open(f, dir, master)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func period(n int) Period {
	return Period{Camera: fmt.Sprintf("camera-%d", n%7), Hour: int64(490000 + n), Class: permit.ClassCrime}
}

func wantGone(t testing.TB, s *Store, p Period) {
	t.Helper()
	if _, err := s.Lookup(p); !fault.Is(err, fault.NotFound) || fault.Key(err) != "key.erased" {
		t.Errorf("%v: %v", p, err)
	}
}

func TestStoreOnDisk(t *testing.T) {
	req.Shows(t, "KEEP-1")
	dir := filepath.Join(t.TempDir(), "keys")
	s := open(t, durable.OS(), dir)
	made := map[Period]Key{}
	for n := range 300 {
		k, err := s.Period(period(n))
		must(t, err)
		made[period(n)] = k
	}
	hold, err := s.Hold("0123456789abcdef0123456789abcdef")
	must(t, err)
	again, err := s.Period(period(5))
	must(t, err)
	if again != made[period(5)] {
		t.Error("a second key for the same period")
	}
	if seen := slices.Collect(maps.Values(made)); len(seen) != 300 || seen[0] == (Key{}) {
		t.Error("no keys")
	}
	info, err := os.Stat(filepath.Join(dir, FileName))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the slot file may be read by others: %v", info.Mode())
	}
	id := s.ID()
	must(t, s.Close())

	s = open(t, durable.OS(), dir)
	if s.ID() != id || len(s.Warnings()) != 0 {
		t.Errorf("opened again: %s, %v", s.ID(), s.Warnings())
	}
	for p, k := range made {
		if got, err := s.Lookup(p); err != nil || got != k {
			t.Fatalf("%v: %v", p, err)
		}
	}
	if got, err := s.LookupHold("0123456789abcdef0123456789abcdef"); err != nil || got != hold {
		t.Errorf("the hold's key: %v", err)
	}
	if got := s.Periods(); len(got) != 300 || got[0] != period(0) || got[299] != period(299) {
		t.Errorf("%d periods", len(got))
	}
	must(t, s.Erase(period(5), period(6)), s.Erase(period(5)), s.Erase(), s.EraseHold(s.Holds()[0]))
	wantGone(t, s, period(5))
	if len(s.Periods()) != 298 || len(s.Holds()) != 0 {
		t.Error("still listed")
	}
	fresh, err := s.Period(period(5))
	must(t, err)
	if fresh == made[period(5)] {
		t.Error("an erased key came back")
	}
}

// TestErasedBytesAreNowhere reads the raw file: neither the wrapped bytes nor
// the key itself are in it.
func TestErasedBytesAreNowhere(t *testing.T) {
	req.Shows(t, "KEEP-1", "KEEP-6")
	dir := t.TempDir()
	s := open(t, durable.OS(), dir)
	var all [][]byte
	for n := range 40 {
		k, err := s.Period(period(n))
		must(t, err)
		all = append(all, k[:])
	}
	raw := func() []byte {
		b, err := os.ReadFile(filepath.Join(dir, FileName))
		must(t, err)
		return b
	}
	wrapped := func(p Period) []byte {
		sl := s.slots[s.index[ref{period: p}][0]]
		return bytes.Clone(sl.wrapped[:])
	}
	for n := range 40 {
		w := wrapped(period(n))
		if bytes.Count(raw(), w) != 2 {
			t.Fatal("a wrapped key must lie in two copies")
		}
		must(t, s.Erase(period(n)))
		for from := 0; from+8 <= len(w); from += 8 {
			if bytes.Contains(raw(), w[from:from+8]) {
				t.Fatalf("bytes %d of the wrapped key are still there", from)
			}
		}
	}
	for _, k := range append(all, master[:]) {
		if bytes.Contains(raw(), k[:16]) {
			t.Fatal("a key lies in the file in the clear")
		}
	}
}

func TestSlotsAreUsedAgain(t *testing.T) {
	c := durabletest.NewCrash(1)
	s := open(t, c, "/k")
	for n := range 2000 {
		_, err := s.Period(period(n))
		must(t, err)
		if n >= 100 {
			must(t, s.Erase(period(n-100)))
		}
	}
	info, err := c.Stat("/k/" + FileName)
	must(t, err)
	if info.Size() > (2+2*growth)*pageSize {
		t.Errorf("100 keys at a time take %d bytes", info.Size())
	}
}

// TestEraseIsProved: a disk that reports a write and does not make it is
// found out, and the key is not given out any more.
func TestEraseIsProved(t *testing.T) {
	for lost := 1; lost <= 2; lost++ {
		f := durabletest.NewFaulty(durabletest.NewCrash(1))
		s := open(t, f, "/k")
		_, err := s.Period(period(1))
		must(t, err)
		f.LoseWrite(lost)
		if err := s.Erase(period(1)); !fault.Is(err, fault.Corrupt) || fault.Key(err) != "key.not-erased" {
			t.Errorf("copy %d was not overwritten: %v", lost, err)
		}
		wantGone(t, s, period(1))
		if len(s.Periods()) != 1 {
			t.Error("what is not erased must be listed")
		}
		if _, err := s.Period(period(1)); !fault.Is(err, fault.Conflict) {
			t.Errorf("made anew while it is being erased: %v", err)
		}
		must(t, s.Erase(period(1)))
		if len(s.Periods()) != 0 {
			t.Error("still listed")
		}
	}
}

// TestReadOnlyDisk: what is there can be looked up, nothing can be made, and
// what cannot be erased is not reported as erased.
func TestReadOnlyDisk(t *testing.T) {
	f := durabletest.NewFaulty(durabletest.NewCrash(1))
	s := open(t, f, "/k")
	want, err := s.Period(period(1))
	must(t, err)
	f.SetReadOnly(true)
	s = open(t, f, "/k")
	if got, err := s.Lookup(period(1)); err != nil || got != want {
		t.Errorf("lookup: %v", err)
	}
	if _, err := s.Period(period(2)); fault.Key(err) != "disk.read-only" {
		t.Errorf("make: %v", err)
	}
	if err := s.Erase(period(1)); fault.Key(err) != "disk.read-only" {
		t.Errorf("erase: %v", err)
	}
	if len(s.Warnings()) == 0 {
		t.Error("no warning")
	}
	f.SetReadOnly(false)
	must(t, s.Erase(period(1)))
	_, err = s.Period(period(2))
	must(t, err)
}

func TestDamage(t *testing.T) {
	c := durabletest.NewCrash(1)
	s := open(t, c, "/k")
	var made []Key
	for n := range 20 {
		k, err := s.Period(period(n))
		must(t, err)
		made = append(made, k)
	}
	where := func(n, copyNo int) int64 { return offset(s.index[ref{period: period(n)}][0], copyNo) + 120 }
	file, err := c.OpenFile("/k/"+FileName, os.O_RDWR, 0)
	must(t, err)
	flip := func(off int64) {
		b := make([]byte, 1)
		_, err := file.ReadAt(b, off)
		must(t, err)
		b[0] ^= 4
		_, err = file.WriteAt(b, off)
		must(t, err, file.Sync())
	}
	flip(where(0, 0))
	flip(where(1, 1))
	flip(where(2, 0))
	flip(where(2, 1))
	flip(20) // header, copy A
	old := s
	s = open(t, c, "/k")
	for n := range 20 {
		if n == 2 {
			wantGone(t, s, period(2))
		} else if got, err := s.Lookup(period(n)); err != nil || got != made[n] {
			t.Errorf("period %d: %v", n, err)
		}
	}
	if w := s.Warnings(); len(w) != 1 || fault.Key(w[0]) != "key.slot" || !fault.Is(w[0], fault.Corrupt) {
		t.Errorf("warnings: %v", w)
	}
	for n := 100; n < 400; n++ { // the damaged slot is never used again
		_, err := s.Period(period(n))
		must(t, err)
	}
	for r, at := range s.index {
		if at[0] == old.index[ref{period: period(2)}][0] {
			t.Errorf("%s took the damaged slot", r)
		}
	}
	flip(20)
	flip(pageSize + 20)
	s2, err := Open(c, "/k", master)
	if !fault.Is(err, fault.Corrupt) || fault.Key(err) != "key.header" {
		t.Errorf("both headers damaged: %v, %v", s2, err)
	}
}

func TestMakersShareSyncs(t *testing.T) {
	f := durabletest.NewFaulty(durable.OS())
	s := open(t, f, t.TempDir())
	before := f.Count(durabletest.OpSync)
	var wg sync.WaitGroup
	got := make([]Key, 128)
	s.write.Lock() // all arrive while the disk is busy
	for n := range got {
		wg.Go(func() {
			var err error
			if got[n], err = s.Period(period(n / 2)); err != nil {
				t.Error(err)
			}
		})
	}
	for waiting := 0; waiting < 64; {
		runtime.Gosched()
		s.mu.Lock()
		waiting = len(s.pending)
		s.mu.Unlock()
	}
	s.write.Unlock()
	wg.Wait()
	for n := range got {
		if got[n] != got[n/2*2] || n >= 2 && got[n] == got[n-2] {
			t.Fatalf("key %d", n)
		}
	}
	if used := f.Count(durabletest.OpSync) - before; used > 6 {
		t.Errorf("64 keys took %d syncs", used)
	}
}

func TestNames(t *testing.T) {
	s := open(t, durabletest.NewCrash(1), "/k")
	for _, p := range []Period{
		{Camera: "", Class: "crime"}, {Camera: string(make([]byte, 65)), Class: "crime"},
		{Camera: "a", Class: ""}, {Camera: "a", Class: "seventeen-letters"},
	} {
		if _, err := s.Period(p); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", p, err)
		}
	}
	at := time.Date(2026, 3, 29, 1, 59, 59, 0, time.UTC)
	if p := PeriodAt("a", at, permit.ClassOther); p.String() != "a/2026-03-29T01Z/other" {
		t.Errorf("got %v", p)
	}
	if p := PeriodAt("a", time.Unix(-1, 0), permit.ClassOther); p.Hour != -1 {
		t.Errorf("got %v", p)
	}
	if fmt.Sprint(master)+fmt.Sprintf("%v %#v", &master, master) == "" || bytes.Contains([]byte(fmt.Sprintf("%v%#v%s", master, master, master)), []byte("1 2 3")) {
		t.Error("a key prints itself")
	}
}

func TestCopyOnWriteIsWarnedOf(t *testing.T) {
	req.Shows(t, "KEEP-1")
	c := durabletest.NewCrash(1)
	c.SetUsage(durable.Usage{Type: "btrfs"})
	if w := open(t, c, "/k").Warnings(); len(w) != 1 || fault.Key(w[0]) != "key.copy-on-write" {
		t.Errorf("got %v", w)
	}
}
