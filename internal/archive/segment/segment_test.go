package segment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

var update = flag.Bool("update", false, "write the test vector anew")

func rules() Rules {
	start := time.Date(2026, 11, 2, 6, 59, 30, 0, time.UTC).UnixMicro()
	return Rules{
		V: 1, ID: strings.Repeat("1a", 16), Archive: strings.Repeat("2b", 16), Controller: "herning",
		Camera: "skole-1", Stream: "main", Permit: permit.ID(strings.Repeat("3c", 16)), Case: "2026-17",
		Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d <stk. 1>", Start: start,
		DeleteAfter: start + (14 * 24 * time.Hour).Microseconds(), Hour: Hour(start),
	}
}

var testKey = sha256.Sum256([]byte("a key for tests"))

// wrapPlain stands for the period key's wrapping, which is not this package's.
func wrapPlain(aad []byte) ([]byte, error) {
	return append(append([]byte{}, aad[:28]...), testKey[:]...), nil
}

func pseudo(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b) // never fails
	return b
}

// build makes a closed file with fragments of these sizes.
func build(t testing.TB, r Rules, sizes []int) (file []byte, plains [][]byte, s *Sealer) {
	t.Helper()
	s, file, err := NewSealer(r, testKey, wrapPlain)
	if err != nil {
		t.Fatal(err)
	}
	s.Wrote(file)
	put := func(rec []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		s.Wrote(rec)
		file = append(file, rec...)
	}
	plains = append(plains, pseudo(700, 0))
	put(s.AppendInit(nil, plains[0]))
	for i, n := range sizes {
		p := pseudo(n, uint64(i+1))
		plains = append(plains, p)
		put(s.AppendFragment(nil, i%2 == 0, 30, r.Start+int64(i)*2e6, int64(i)*2e6, 2*time.Second, p))
	}
	return append(file, s.AppendFooter(nil, "minute")...), plains, s
}

func opener(t testing.TB) func(*Header) (*Opener, error) {
	return func(h *Header) (*Opener, error) { return NewOpener(h, testKey) }
}

func TestTheFormatIsWhatThePageSays(t *testing.T) {
	req.Shows(t, "KEEP-1")
	file, _, _ := build(t, rules(), []int{100, 70000, 65536})
	name := filepath.Join("testdata", "one.vseg")
	if *update {
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, want) {
		t.Fatalf("the bytes of a segment changed: %d bytes, the vector has %d", len(file), len(want))
	}
	sum := sha256.Sum256(want)
	c, err := Check(bytes.NewReader(want), int64(len(want)), opener(t))
	if err != nil || c.SHA256 != sum {
		t.Errorf("check: %v; hash %s, want %s", err, hex.EncodeToString(c.SHA256[:]), hex.EncodeToString(sum[:]))
	}
}

func TestWhatIsSealedIsReadBack(t *testing.T) {
	req.Shows(t, "KEEP-1")
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 200), rapid.SampledFrom(
			[]int{Chunk - 1, Chunk, Chunk + 1, 2 * Chunk, 3*Chunk + 17})), 1, 12).Draw(rt, "sizes")
		file, plains, s := build(t, rules(), sizes)
		r := bytes.NewReader(file)
		sum := sha256.Sum256(file)
		if s.SHA256() != sum || s.Size() != int64(len(file)) {
			rt.Fatalf("the running hash or size is not the file's")
		}
		c, err := Check(r, r.Size(), opener(t))
		if err != nil {
			rt.Fatal(err)
		}
		if c.SHA256 != sum || c.Footer.Cause != "minute" || c.Header.Rules != rules() {
			rt.Fatalf("checked %+v", c)
		}
		if _, err := Check(r, r.Size(), nil); err != nil {
			rt.Fatalf("without a key: %v", err)
		}
		o, err := NewOpener(c.Header, testKey)
		if err != nil {
			rt.Fatal(err)
		}
		for _, i := range rapid.Permutation([]int{0, len(sizes), (len(sizes) + 1) / 2}).Draw(rt, "order") {
			got, err := o.Read(r, c.Footer.Table[i], nil)
			if err != nil || !bytes.Equal(got, plains[i]) {
				rt.Fatalf("record %d: %v", i, err)
			}
		}
		// The same file before it was closed, and torn anywhere.
		cut := rapid.IntRange(int(c.Header.Size), int(c.Footer.Offset)).Draw(rt, "cut")
		table, err := Scan(bytes.NewReader(file[:cut]), int64(cut), c.Header, o)
		if err != nil {
			rt.Fatal(err)
		}
		whole := 0
		for _, e := range c.Footer.Table {
			if e.next() <= int64(cut) {
				whole++
			}
		}
		if len(table) != whole {
			rt.Fatalf("scan found %d records, %d are whole", len(table), whole)
		}
		again, err := Resume(r, c.Header, testKey, table)
		if err != nil {
			rt.Fatal(err)
		}
		if whole > 1 {
			mended := append(bytes.Clone(file[:again.Size()]), again.AppendFooter(nil, "engine.down")...)
			m := bytes.NewReader(mended)
			if c, err := Check(m, m.Size(), opener(t)); err != nil || c.SHA256 != again.SHA256() || len(c.Footer.Table) != whole {
				rt.Fatalf("the mended file: %v", err)
			}
		}
	})
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	req.Shows(t, "KEEP-1", "LOG-2")
	file, plains, _ := build(t, rules(), []int{90, 65600, 40})
	sum := sha256.Sum256(file)
	step := 1
	if testing.Short() {
		step = 7
	}
	for i := 0; i < len(file); i += step {
		bit := byte(1) << (i % 8)
		file[i] ^= bit
		r := bytes.NewReader(file)
		if c, err := Check(r, r.Size(), nil); err == nil && c.SHA256 == sum {
			t.Fatalf("byte %d: nothing noticed", i)
		} else if err == nil && i < len(file)-TrailerSize {
			t.Fatalf("byte %d: the file's own hash did not notice", i)
		}
		file[i] ^= bit
	}
	// A reader that looks at one record is told too, or gets the right bytes.
	h, err := ReadHeader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(file); i += 13 {
		file[i] ^= 0x10
		r := bytes.NewReader(file)
		got, err := func() ([]byte, error) {
			h, err := ReadHeader(r)
			if err != nil {
				return nil, err
			}
			o, err := NewOpener(h, testKey)
			if err != nil {
				return nil, err
			}
			f, err := ReadFooter(r, r.Size(), h)
			if err != nil {
				return nil, err
			}
			if err := o.Footer(f); err != nil {
				return nil, err
			}
			return o.Read(r, f.Table[2], nil)
		}()
		if err == nil && !bytes.Equal(got, plains[2]) {
			t.Fatalf("byte %d changed what is read, unseen", i)
		}
		file[i] ^= 0x10
	}
	_ = h
}

func TestRecordsCannotBeMovedOrTakenFromAnother(t *testing.T) {
	req.Shows(t, "LOG-2")
	r1 := rules()
	a, _, _ := build(t, r1, []int{500, 500})
	r2 := rules()
	r2.ID = strings.Repeat("4d", 16)
	b, _, _ := build(t, r2, []int{500, 500})
	ra, rb := bytes.NewReader(a), bytes.NewReader(b)
	ha, err := ReadHeader(ra)
	if err != nil {
		t.Fatal(err)
	}
	fa, err := ReadFooter(ra, ra.Size(), ha)
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOpener(ha, testKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Read(rb, fa.Table[1], nil); !IsCorrupt(err) {
		t.Errorf("a record of another segment under the same key: %v", err)
	}
	other := fa.Table[1]
	other.Offset = fa.Table[2].Offset
	if _, err := o.Read(ra, other, nil); !IsCorrupt(err) {
		t.Errorf("record 2 in the place of record 1: %v", err)
	}
	if _, err := NewOpener(ha, sha256.Sum256([]byte("another"))); !IsCorrupt(err) {
		t.Errorf("a key that is not the segment's: %v", err)
	}
	if err := o.Probe(ra); err != nil {
		t.Errorf("probe: %v", err)
	}
	a[ha.Size+RecordSize+3] ^= 1
	if err := o.Probe(bytes.NewReader(a)); !IsCorrupt(err) {
		t.Errorf("probe of a damaged init: %v", err)
	}
}

func TestRulesBeyondTheLawAreRefused(t *testing.T) {
	req.Shows(t, "KEEP-2", "KEEP-4")
	last := rules().Start + Limit.Microseconds()
	for name, change := range map[string]func(*Rules){
		"due after 30 days less the margin": func(r *Rules) { r.DeleteAfter = last + 1 },
		"due before it begins":              func(r *Rules) { r.DeleteAfter = r.Start },
		"safety without a hold limit":       func(r *Rules) { r.Class = permit.ClassSafety },
		"safety held past day 30":           func(r *Rules) { r.Class, r.HoldLimit = permit.ClassSafety, last+1 },
		"other held past day 30":            func(r *Rules) { r.Class, r.HoldLimit = permit.ClassOther, last+1 },
		"an unknown class":                  func(r *Rules) { r.Class = "x" },
		"no permit":                         func(r *Rules) { r.Permit = "" },
		"another hour":                      func(r *Rules) { r.Hour++ },
		"a camera that leaves the archive":  func(r *Rules) { r.Camera = "../x" },
	} {
		r := rules()
		change(&r)
		if _, _, err := NewSealer(r, testKey, wrapPlain); !IsCorrupt(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := rules()
	r.V = 2
	if _, _, err := NewSealer(r, testKey, wrapPlain); !fault.Is(err, fault.Refused) {
		t.Errorf("a newer version: %v", err)
	}
}

func TestAnOpenFileIsToldFromAClosedOne(t *testing.T) {
	file, _, _ := build(t, rules(), []int{40, 50})
	h, err := ReadHeader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for n := h.Size; n < int64(len(file)); n++ {
		if _, err := ReadFooter(bytes.NewReader(file[:n]), n, h); !errors.Is(err, ErrOpen) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	longer := append(bytes.Clone(file), 0)
	if _, err := ReadFooter(bytes.NewReader(longer), int64(len(longer)), h); !errors.Is(err, ErrOpen) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestNamesReadBack(t *testing.T) {
	r := rules()
	n := r.Name(Closed)
	got, ok := ParseName(r.Camera, n.Base())
	if !ok || got != n {
		t.Fatalf("got %+v, %v", got, ok)
	}
	if n.Path() != "skole-1/20261102/"+n.Base() || n.With(Held).Suffix != Held {
		t.Errorf("path %s", n.Path())
	}
	for _, bad := range []string{"", "x.vseg", n.Base() + ".tmp", strings.ToUpper(n.Base()), "-" + n.Base()[1:], strings.Replace(n.Base(), "vseg", "mp4", 1)} {
		if _, ok := ParseName(r.Camera, bad); ok {
			t.Errorf("%q is taken for a segment's", bad)
		}
	}
}

func TestOverheadStaysUnderHalfAPercent(t *testing.T) {
	sizes := make([]int, 30)
	plain := int64(0)
	for i := range sizes {
		sizes[i] = 2_000_000 / 8 * 2 / 4 // 0.5 Mbit/s, groups of two seconds
		plain += int64(sizes[i])
	}
	file, _, _ := build(t, rules(), sizes)
	if over := float64(int64(len(file))-plain) / float64(plain); over > 0.002 {
		t.Errorf("%.2f %% at 0.5 Mbit/s, leaving too little for the fragments' own boxes", over*100)
	}
}

func FuzzDecode(f *testing.F) {
	file, _, _ := build(f, rules(), []int{30, 40})
	h, err := ReadHeader(bytes.NewReader(file))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:h.Size])
	f.Add(file[:h.Size+100])
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		if h, err := ReadHeader(r); err == nil {
			if err := h.Rules.Check(); err != nil {
				t.Fatalf("read rules that no segment can have: %v", err)
			}
			if c, err := Check(r, r.Size(), nil); err == nil && c.Footer.Size != int64(len(b)) {
				t.Fatal("a file of another size passes")
			}
			if _, err := Scan(r, r.Size(), h, nil); err != nil {
				t.Fatalf("a scan of bytes in memory failed: %v", err)
			}
		}
		// The inner decoders, behind a header whose hash is right.
		if e, err := decodeRecord(b, 1, h.Size, &h.Rules); err == nil {
			out := make([]byte, RecordSize)
			e.put(out)
			if !bytes.Equal(out, b[:RecordSize]) {
				t.Fatal("a record header has two encodings")
			}
		}
		if foot, err := decodeFooter(b, h.Size+int64(len(b)), h); err == nil {
			if again := foot.encode(nil); !bytes.Equal(again, foot.raw) {
				t.Fatal("a footer has two encodings")
			}
		}
	})
}

// TestOnlyWhatLiesInTheFileCounts: a record whose write failed is in neither
// the table nor the hash, and the one after it takes its place.
func TestOnlyWhatLiesInTheFileCounts(t *testing.T) {
	r := rules()
	s, file, err := NewSealer(r, testKey, wrapPlain)
	if err != nil {
		t.Fatal(err)
	}
	s.Wrote(file)
	put := func(written bool) func([]byte, error) {
		return func(rec []byte, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if written {
				s.Wrote(rec)
				file = append(file, rec...)
			}
			if sum := s.SHA256(); sum != sha256.Sum256(file) {
				t.Errorf("after %d bytes the hash is of something else", len(file))
			}
		}
	}
	put(false)(s.AppendInit(nil, pseudo(700, 0)))
	put(true)(s.AppendInit(nil, pseudo(600, 1)))
	put(true)(s.AppendFragment(nil, true, 30, r.Start, 0, time.Second, pseudo(3*Chunk, 2)))
	put(false)(s.AppendFragment(nil, true, 30, r.Start+1e6, 1e6, time.Second, pseudo(2*Chunk+1, 3)))
	put(true)(s.AppendFragment(nil, true, 30, r.Start+2e6, 2e6, time.Second, pseudo(Chunk-1, 4)))
	file = append(file, s.AppendFooter(nil, "minute")...)
	c, err := Check(bytes.NewReader(file), int64(len(file)), func(h *Header) (*Opener, error) { return NewOpener(h, testKey) })
	if err != nil {
		t.Fatal(err)
	}
	if c.SHA256 != s.SHA256() || len(c.Footer.Table) != 3 {
		t.Errorf("%d records, hash %x, the sealer's %x", len(c.Footer.Table), c.SHA256, s.SHA256())
	}
}

func BenchmarkSeal(b *testing.B) {
	s, head, err := NewSealer(rules(), testKey, wrapPlain)
	if err != nil {
		b.Fatal(err)
	}
	s.Wrote(head)
	plain := pseudo(512<<10, 1)
	var buf []byte
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		s.table = s.table[:0]
		e := Entry{Type: Fragment, number: 1, Arrival: s.Header.Start}
		buf = s.box.appendRecord(buf[:0], &e, plain, s.sum)
	}
	_, _ = io.Discard.Write(buf)
}
