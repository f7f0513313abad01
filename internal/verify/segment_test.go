package verify_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

func rules() segment.Rules {
	at := time.Date(2026, 11, 2, 6, 59, 30, 0, time.UTC).UnixMicro()
	return segment.Rules{
		V: 1, ID: strings.Repeat("1a", 16), Archive: strings.Repeat("2b", 16), Controller: "herning",
		Camera: "skole-1", Stream: "main", Permit: permit.ID(strings.Repeat("3c", 16)), Case: "2026-17",
		Class: permit.ClassSafety, Basis: "tv-overvågningsloven § 2 c, stk. 1", Start: at,
		DeleteAfter: at + (14 * 24 * time.Hour).Microseconds(), HoldLimit: at + (20 * 24 * time.Hour).Microseconds(), Hour: segment.Hour(at),
	}
}

func plain(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = r.Read(b)
	return b
}

// recorded makes a closed segment by the recorder's own writer, and what the
// ledger would say of it.
func recorded(t testing.TB, r segment.Rules, sizes ...int) ([]byte, verify.Sealed) {
	t.Helper()
	key := sha256.Sum256([]byte("key"))
	s, file, err := segment.NewSealer(r, key, func(aad []byte) ([]byte, error) { return plain(60), nil })
	must(t, err)
	s.Wrote(file)
	put := func(rec []byte, err error) {
		must(t, err)
		s.Wrote(rec)
		file = append(file, rec...)
	}
	put(s.AppendInit(nil, plain(700)))
	for i, n := range sizes {
		put(s.AppendFragment(nil, i == 0, 30, r.Start+int64(i)*2e6, int64(i)*2e6, 2*time.Second, plain(n)))
	}
	file = append(file, s.AppendFooter(nil, "minute")...)
	sum := sha256.Sum256(file)
	return file, verify.Sealed{
		Segment: r.ID, Archive: r.Archive, Controller: r.Controller, Camera: r.Camera, Stream: r.Stream, Permit: string(r.Permit),
		Class: string(r.Class), Start: r.Start, End: r.Start + int64(len(sizes))*2e6, DeleteAfter: r.DeleteAfter, HoldLimit: r.HoldLimit,
		Size: int64(len(file)), SHA256: hex.EncodeToString(sum[:]), Pictures: int64(30 * len(sizes)), Cause: "minute",
	}
}

func judge(t testing.TB, file []byte, l *verify.Sealed) *verify.Report {
	t.Helper()
	var lookup func(string) (verify.Sealed, bool)
	if l != nil {
		lookup = func(id string) (verify.Sealed, bool) { return *l, id == l.Segment }
	}
	r, err := verify.Segment(bytes.NewReader(file), int64(len(file)), "", lookup)
	must(t, err)
	words(t, r)
	return r
}

func TestAcceptsWhatTheRecorderWrites(t *testing.T) {
	req.Shows(t, "EVID-6")
	for _, sizes := range [][]int{{1}, {65536}, {65537, 200_000, 15}, {100, 100, 100, 100, 100}} {
		file, l := recorded(t, rules(), sizes...)
		if r := judge(t, file, nil); !r.OK() || !strings.Contains(words(t, r), "ikke sammenlignet") {
			t.Errorf("%v: %s", sizes, words(t, r))
		}
		if r := judge(t, file, &l); !r.OK() || !strings.Contains(words(t, r), l.SHA256) {
			t.Errorf("%v: %s", sizes, words(t, r))
		}
	}
}

// Without a log the file's own sums find every flipped bit; with it nobody
// can make the sums anew.
func TestEveryFlippedBitOfASegment(t *testing.T) {
	req.Shows(t, "EVID-6")
	file, l := recorded(t, rules(), 300, 40)
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1 << (i % 8)
		for _, lookup := range []func(string) (verify.Sealed, bool){nil, func(string) (verify.Sealed, bool) { return l, true }} {
			r, err := verify.Segment(bytes.NewReader(bad), int64(len(bad)), "", lookup)
			if err == nil && r.OK() {
				t.Fatalf("byte %d of %d may be changed", i, len(file))
			}
			if err != nil && i > 9 {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
	}
	for n := range file {
		r, err := verify.Segment(bytes.NewReader(file[:n]), int64(n), "", nil)
		if err == nil && r.OK() {
			t.Fatalf("the first %d bytes of %d are good", n, len(file))
		}
	}
}

// reseal makes the file's own sums anew, as a forger would.
func reseal(file []byte) []byte {
	n := 16 + int(binary.BigEndian.Uint32(file[12:])) + 92
	h := sha256.Sum256(file[:n])
	copy(file[n:], h[:])
	end := len(file) - 56
	sum := sha256.Sum256(file[:end])
	copy(file[end:], sum[:])
	binary.BigEndian.PutUint32(file[end+44:], crc32.Checksum(file[end:end+44], crc32.MakeTable(crc32.Castagnoli)))
	return file
}

func TestForgedSegments(t *testing.T) {
	req.Shows(t, "EVID-6")
	file, l := recorded(t, rules(), 300, 40)
	swap := func(old, fresh string) []byte {
		if len(old) != len(fresh) || !bytes.Contains(file, []byte(old)) {
			t.Fatalf("%q", old)
		}
		return reseal(bytes.Replace(bytes.Clone(file), []byte(old), []byte(fresh), 1))
	}
	later := rules()
	later.DeleteAfter += 1
	longer, _ := recorded(t, later, 300, 40)
	for name, c := range map[string]struct {
		file []byte
		key  string
	}{
		"a picture changed":        {func() []byte { f := bytes.Clone(file); f[1500] ^= 1; return reseal(f) }(), "segment.not-the-logged"},
		"kept longer":              {longer, "segment.entry-differs"},
		"another camera":           {swap("skole-1", "skole-2"), "segment.entry-differs"},
		"another class":            {swap(`"safety"`, `"crimes"`), "segment.class"},
		"a member twice":           {swap(`"case":"2026-17"`, `"permit":"2026-"`), "segment.rules-form"},
		"a member unknown":         {swap(`"case"`, `"caze"`), "segment.rules-form"},
		"a number as text":         {swap(`"start":1`, `"start":"`), "segment.rules-form"},
		"another hour":             {swap(`"hour":49`, `"hour":48`), "segment.hour"},
		"something before the end": {reseal(append(bytes.Clone(file[:len(file)-56]), file[len(file)-57:]...)), "segment.length"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			if r := judge(t, c.file, &l); !r.Has(c.key) {
				t.Errorf("want %s: %s", c.key, words(t, r))
			}
		})
	}
	open := file[:len(file)-200]
	if r := judge(t, open, nil); !r.Has("segment.open") {
		t.Error(words(t, r))
	}
	l.Segment = strings.Repeat("00", 16)
	if r := judge(t, file, &l); !r.Has("segment.unlisted") {
		t.Error(words(t, r))
	}
}

func TestRulesBeyondTheLaw(t *testing.T) {
	req.Shows(t, "KEEP-2")
	day := (24 * time.Hour).Microseconds()
	good := rules()
	for name, c := range map[string]struct {
		old, fresh int64
		key        string
	}{
		"30 days":              {good.DeleteAfter, good.Start + 30*day, "segment.delete-after"},
		"before it began":      {good.DeleteAfter, good.Start - 1, "segment.delete-after"},
		"held past the limit":  {good.HoldLimit, good.Start + 30*day, "segment.hold-limit"},
		"exactly at the limit": {good.DeleteAfter, good.Start + 30*day - day/2, ""},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			file, _ := recorded(t, good, 10)
			text := func(n int64) []byte { return []byte(decimal(n)) }
			r := judge(t, reseal(bytes.Replace(file, text(c.old), text(c.fresh), 1)), nil)
			if c.key == "" && !r.OK() || c.key != "" && !r.Has(c.key) {
				t.Errorf("want %q: %s", c.key, words(t, r))
			}
		})
	}
}

func TestSegmentNames(t *testing.T) {
	file, _ := recorded(t, rules(), 10)
	r := rules()
	right := decimal(r.Start) + "-" + decimal(r.DeleteAfter) + "-" + r.ID + ".vseg"
	for name, ok := range map[string]bool{
		right: true, "bilag-3.vseg": true, "": true,
		strings.Replace(right, "1a1a", "1a1b", 1): false,
		strings.Replace(right, "-", "0-", 1):      false,
	} {
		got, err := verify.Segment(bytes.NewReader(file), int64(len(file)), name, nil)
		must(t, err)
		if got.OK() != ok {
			t.Errorf("%s: %s", name, words(t, got))
		}
	}
}

func TestNoSegment(t *testing.T) {
	file, _ := recorded(t, rules(), 10)
	newer := bytes.Clone(file)
	newer[9] = 2
	for _, bad := range [][]byte{nil, []byte("hej"), bytes.Repeat([]byte("x"), 1000), newer} {
		if _, err := verify.Segment(bytes.NewReader(bad), int64(len(bad)), "", nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	// A file that is shorter than it was a moment ago.
	if r, err := verify.Segment(bytes.NewReader(file[:500]), int64(len(file)), "", nil); err == nil && r.OK() {
		t.Error("half a file is good")
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
