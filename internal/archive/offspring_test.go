package archive

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func (k *kit) beget(id string, from, to time.Time) *Offspring {
	k.t.Helper()
	o, err := k.a.Beget(k.ctx(), Origin{ID: id, Kind: "copy", Controller: "herning", Camera: "cam-1", From: from, To: to})
	if err != nil {
		k.t.Fatalf("beget: %v", err)
	}
	return o
}

func noise(n int) []byte {
	b, rng := make([]byte, n), rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func TestWhatIsMadeOfFootageGoesWithIt(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKit(t, d)
		var told []Bereft
		c := k.cam(rulesFor("cam-1", 14*day))
		c.record(150 * time.Second)
		c.cut()
		k.settle()
		end := k.clk.Now()
		k.a.cfg.Bereft = func(b Bereft) error { told = append(told, b); return nil }
		early := k.beget("early", start, start.Add(20*time.Second))
		late := k.beget("late", end.Add(-20*time.Second), end)
		text := []byte("one of the pictures")
		for _, o := range []*Offspring{early, late} {
			if err := o.Put("picture", text); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(k.sweep().Bereft); n != 0 {
			t.Fatalf("%d went before their time", n)
		}
		// On the first parent's time, and not swept yet: nobody reads it.
		k.at(start.Add(14 * day))
		if _, err := early.Get("picture"); fault.Key(err) != "offspring.due" {
			t.Errorf("past its parent's time: %v", err)
		}
		if err := early.Put("picture", text); fault.Key(err) != "offspring.due" {
			t.Errorf("written past its parent's time: %v", err)
		}
		if b, err := late.Get("picture"); err != nil || !bytes.Equal(b, text) {
			t.Errorf("the one whose parents stay: %q, %v", b, err)
		}
		s := k.sweep()
		if len(s.Bereft) != 1 || s.Bereft[0].ID != "early" || s.Bereft[0].Files != 1 || s.Bereft[0].Parent == "" || len(told) != 1 {
			t.Fatalf("swept %+v, told %+v", s.Bereft, told)
		}
		if _, err := k.a.OffspringOf("early"); fault.Key(err) != "offspring.none" {
			t.Errorf("after the sweep: %v", err)
		}
		if _, err := os.Stat(k.a.path(offspringDir, "early")); !os.IsNotExist(err) {
			t.Errorf("its folder: %v", err)
		}
		// A crash before the sweep changes nothing of it.
		k.at(end.Add(14 * day))
		k.reopen()
		if s := k.sweep(); len(s.Bereft) != 1 || s.Bereft[0].ID != "late" {
			t.Errorf("after a crash: %+v", s.Bereft)
		}
	})
}

func TestOffspringIsSealedByItsParents(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-6")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(150 * time.Second)
	c.cut()
	k.settle()
	o := k.beget("copy-1", start, k.clk.Now())
	if _, err := k.a.Beget(k.ctx(), o.Origin); fault.Key(err) != "offspring.there" {
		t.Errorf("twice: %v", err)
	}
	for _, n := range []int{0, 1, sealedChunk - 1, sealedChunk, sealedChunk + 1, 3*sealedChunk + 17} {
		want := noise(n)
		if err := o.Put("file", want); err != nil {
			t.Fatal(err)
		}
		k.reopen()
		again, err := k.a.OffspringOf("copy-1")
		if err != nil {
			t.Fatal(err)
		}
		o = again
		if got, err := o.Get("file"); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %d back, %v", n, len(got), err)
		}
		raw, err := os.ReadFile(o.path("file"))
		if err != nil || n > 64 && bytes.Contains(raw, want[:64]) {
			t.Fatalf("it lies in the clear: %v", err)
		}
	}
	whole, err := os.ReadFile(o.path("file"))
	if err != nil {
		t.Fatal(err)
	}
	broken := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(o.path("file"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Get("file"); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
	const chunk = sealedChunk + sealedTag
	broken("empty", nil)
	broken("cut at a chunk", whole[:sealedHead+2*chunk])
	broken("cut in a chunk", whole[:sealedHead+2*chunk+100])
	broken("a bit turned", append(append(bytes.Clone(whole[:500]), whole[500]^1), whole[501:]...))
	broken("two chunks swapped", append(append(append(bytes.Clone(whole[:sealedHead]), whole[sealedHead+chunk:sealedHead+2*chunk]...), whole[sealedHead:sealedHead+chunk]...), whole[sealedHead+2*chunk:]...))
	if err := os.WriteFile(o.path("other"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Get("other"); !fault.Is(err, fault.Corrupt) {
		t.Errorf("under another name: %v", err)
	}
	// What a crash left half-written is gone with the next start, and a folder
	// without a register with the next sweep.
	w, err := o.Create("half")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(noise(100)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(k.a.path(offspringDir, "orphan"), 0o700); err != nil {
		t.Fatal(err)
	}
	k.reopen()
	if left, _ := filepath.Glob(k.a.path(offspringDir, "copy-1", "*"+durable.TempSuffix)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if s := k.sweep(); len(s.Bereft) != 1 || s.Bereft[0].ID != "orphan" {
		t.Errorf("swept %+v", s.Bereft)
	}
	// A held parent keeps its offspring; a released one takes it along.
	if all, err := k.a.Offsprings("copy"); err != nil || len(all) != 1 {
		t.Errorf("there: %v, %v", all, err)
	}
	if b, err := k.a.Disown("copy-1"); err != nil || b.Files != 2 {
		t.Errorf("disowned %+v, %v", b, err)
	}
	if _, err := k.a.Disown("copy-1"); err != nil {
		t.Errorf("disowned again: %v", err)
	}
}
