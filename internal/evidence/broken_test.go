package evidence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/export"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/testcam"
)

// wholeOrNone fails if a folder holds something that looks like a package and
// is not whole.
func wholeOrNone(t *testing.T, f durable.FS, dir, id, what string) (there bool) {
	t.Helper()
	name := filepath.Join(dir, id)
	if _, err := f.Stat(name); err != nil {
		return false
	}
	zip, err := durable.ReadFile(f, filepath.Join(name, "BEVIS-"+id+".zip"))
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return true
	}
	sum, err := durable.ReadFile(f, filepath.Join(name, "BEVIS-"+id+".zip.sha256"))
	if want := fmt.Sprintf("%x  BEVIS-%s.zip\n", sha256.Sum256(zip), id); err != nil || string(sum) != want {
		t.Errorf("%s: the envelope of %d bytes is not that of %q, %v", what, len(zip), sum, err)
	}
	if letter, err := durable.ReadFile(f, filepath.Join(name, "LAES-FOERST.pdf")); err != nil || !bytes.HasSuffix(bytes.TrimSpace(letter), []byte("%%EOF")) {
		t.Errorf("%s: the letter is not whole, %v", what, err)
	}
	return true
}

// The power is cut at any operation: afterwards there is the package, whole,
// or none; and no picture ever lay in the clear.
func TestThePowerIsCutWhileAPackageIsMade(t *testing.T) {
	k := evidencetest.New(t)
	k.Maker.Dir = "/out"
	picture := k.Source.Pieces["a"][2].Data[200:260]
	try := func(after int, seed uint64) (*durabletest.CrashFS, error) {
		f := durabletest.NewCrash(seed)
		must(t, f.MkdirAll("/out", 0o700))
		must(t, f.SyncDir("/"))
		if after >= 0 {
			f.CrashAfter(after)
		}
		k.Maker.FS = f
		_, err := k.Maker.Make(context.Background(), k.Order, k.Source)
		if found := f.Grep(func(b []byte) bool { return bytes.Contains(b, picture) }); found != nil {
			t.Errorf("footage in the clear in %v", found)
		}
		return f, err
	}
	f, err := try(-1, 1)
	must(t, err)
	ops := f.Ops()
	if !wholeOrNone(t, f.Crash(), "/out", k.Order.ID, "made and then cut") {
		t.Error("a package that was made is gone")
	}
	rng := rand.New(rand.NewPCG(7, 7))
	points := []int{0, 1, 2}
	for i := range 14 {
		points = append(points, ops-1-i)
	}
	for range 8 {
		points = append(points, rng.IntN(ops))
	}
	for i, n := range points {
		f, err := try(n, uint64(i))
		if err == nil && n < ops-3 {
			t.Errorf("cut after %d of %d and made", n, ops)
		}
		left := f.Crash()
		wholeOrNone(t, left, "/out", k.Order.ID, fmt.Sprintf("cut after %d of %d", n, ops))
		k.Maker.FS = left
		must(t, k.Maker.Sweep())
		list, err := left.ReadDir("/out")
		must(t, err)
		for _, e := range list {
			if e.Name() != k.Order.ID {
				t.Errorf("%s is left", e.Name())
			}
		}
	}
}

func TestTheDiskIsFull(t *testing.T) {
	k := evidencetest.New(t)
	for _, n := range []int{1, 20, 60} {
		f := durabletest.NewFaulty(durable.OS())
		f.FailFrom(durabletest.OpWrite, n, syscall.ENOSPC)
		k.Maker.FS = f
		_, err := k.Maker.Make(context.Background(), k.Order, k.Source)
		if !errors.Is(err, syscall.ENOSPC) || !fault.Is(err, fault.Exhausted) {
			t.Errorf("full at write %d: %v", n, err)
		}
		list, err := durable.OS().ReadDir(k.Maker.Dir)
		if err != nil || len(list) > 0 {
			t.Errorf("full at write %d: %v is left, %v", n, list, err)
		}
	}
}

// A camera replaced in the middle by one with another size: two originals of
// one interval, and the time between them told as a gap.
func TestTheCameraIsReplacedInTheMiddle(t *testing.T) {
	k := evidencetest.New(t)
	clip, err := testcam.Open(testcam.Reorder)
	must(t, err)
	track := media.Track{ID: 1, Codec: clip.Codec, Timescale: 90000, VPS: clip.VPS, SPS: clip.SPS, PPS: clip.PPS, Width: clip.Width, Height: clip.Height, FPS: clip.FPS}
	initial, err := media.Init([]media.Track{track})
	must(t, err)
	var frag media.Fragmenter
	frag.Begin([]media.Track{track})
	must(t, frag.Add(&media.Sample{Track: 1, Key: true, Data: append([]byte{0, 0, 0, byte(len(clip.Frames[0].NALs[0]))}, clip.Frames[0].NALs[0]...)}))
	a := &k.Order.Originals[0]
	begin := a.To.Add(4 * time.Second)
	id := k.Order.Originals[0].Segments[2].ID
	k.Source.Pieces["a"] = append(k.Source.Pieces["a"], export.Piece{Segment: "new", ID: id, Start: begin, End: begin.Add(time.Second), Init: initial, Data: bytes.Clone(frag.Bytes(1))})
	a.To = begin.Add(time.Second)
	m := k.Make(t)
	s := string(m.Manifest)
	for _, want := range []string{`"file":"2-ORIGINAL/01/original.mp4"`, `"file":"2-ORIGINAL/01/original-2.mp4"`, `"samples":"2-ORIGINAL/01/samples-2.csv"`, `"cause":"unknown"`} {
		if strings.Count(s, want) != 1 {
			t.Errorf("%s stands %d times in %s", want, strings.Count(s, want), s)
		}
	}
}
