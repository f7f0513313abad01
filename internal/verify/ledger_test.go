package verify_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func seed(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// book is a real log, and the key to check it with.
type book struct {
	t   testing.TB
	d   *db.DB
	l   *ledger.Log
	clk *clock.Fake
	key verify.Key
	n   int
}

func newBook(t testing.TB, name string, with byte) *book {
	t.Helper()
	b := &book{t: t, d: dbtest.Open(t, dbtest.SQLite(t)), clk: clock.NewFake(start)}
	var err error
	b.l, err = ledger.Open(context.Background(), b.d, name, seed(with), b.clk)
	must(t, err)
	b.key = b.public()
	return b
}

func (b *book) public() verify.Key {
	_, vkey := b.l.Public()
	k, err := verify.ParseKey(vkey)
	must(b.t, err)
	return k
}

func (b *book) add(n int) {
	b.t.Helper()
	ctx := context.Background()
	must(b.t, b.d.Write(ctx, func(tx *db.Tx) error {
		for range n {
			b.n++
			if _, err := b.l.Append(ctx, tx, b.clk.Now(), "viewing.opened", map[string]any{"n": b.n, "af": "bruger é"}); err != nil {
				return err
			}
		}
		return nil
	}))
	b.clk.Advance(time.Second)
}

func (b *book) extract(from, to int64, show func(*ledger.Entry) bool) []byte {
	b.t.Helper()
	var out bytes.Buffer
	must(b.t, b.l.ExtractSome(context.Background(), from, to, &out, show))
	return out.Bytes()
}

func (b *book) checkpoint() []byte {
	b.t.Helper()
	msg, err := b.l.Checkpoint(context.Background())
	must(b.t, err)
	return msg
}

func check(t testing.TB, file []byte, keys ...verify.Key) *verify.Report {
	t.Helper()
	r, err := verify.Extract(bytes.NewReader(file), keys, verify.ExtractOptions{})
	must(t, err)
	return r
}

func words(t testing.TB, r *verify.Report) string {
	t.Helper()
	var b strings.Builder
	for _, lang := range []verify.Lang{verify.Danish, verify.English} {
		must(t, r.Text(&b, lang))
	}
	if s := b.String(); strings.Contains(s, "%!") {
		t.Errorf("a sentence and its values do not fit:\n%s", s)
	}
	return b.String()
}

// What the ledger writes, the verifier accepts: every run of entries of logs
// of every small size.
func TestAcceptsWhatTheLedgerWrites(t *testing.T) {
	req.Shows(t, "LOG-2", "EVID-6")
	b := newBook(t, "krydstest", 1)
	for size := int64(0); size <= 17; size++ {
		b.checkpoint()
		for from := int64(0); from <= size; from++ {
			for to := from; to <= size; to++ {
				file := b.extract(from, to, func(e *ledger.Entry) bool { return e.Index%3 != 1 })
				if r := check(t, file, b.key); !r.OK() {
					t.Fatalf("size %d, %d to %d: %s\n%s", size, from, to, words(t, r), file)
				}
			}
		}
		b.add(1)
	}
	b.add(300)
	b.checkpoint()
	for _, span := range [][2]int64{{0, 318}, {255, 257}, {16, 272}, {317, 318}, {100, 101}} {
		if r := check(t, b.extract(span[0], span[1], nil), b.key); !r.OK() {
			t.Errorf("%v: %s", span, words(t, r))
		}
	}
}

// Holes of every place and length: the file stays short, the proof whole.
func TestAcceptsHoles(t *testing.T) {
	req.Shows(t, "LOG-2", "LOG-4")
	b := newBook(t, "krydstest", 1)
	const size = 41
	b.add(size)
	b.checkpoint()
	for from := int64(0); from < size; from += 5 {
		for lo := from; lo <= size; lo++ {
			for hi := lo; hi <= size; hi += 3 {
				file := b.extract(from, size, func(e *ledger.Entry) bool { return e.Index < lo || e.Index >= hi })
				shown := 0
				r, err := verify.Extract(bytes.NewReader(file), []verify.Key{b.key}, verify.ExtractOptions{Visit: func(e verify.Entry) {
					if shown++; int64(e.Index) >= lo && int64(e.Index) < hi {
						t.Errorf("entry %d is shown", e.Index)
					}
				}})
				must(t, err)
				if !r.OK() || int64(shown) != size-from-(hi-lo) {
					t.Fatalf("from %d, hole %d to %d: %d shown, %s\n%s", from, lo, hi, shown, words(t, r), file)
				}
			}
		}
	}

	file := b.extract(0, size, func(e *ledger.Entry) bool { return e.Index < 3 || e.Index >= 40 })
	if !bytes.Contains(file, []byte("\n3 - ")) || !bytes.Contains(file, []byte("\n4 +4 ")) || !bytes.Contains(file, []byte("\n8 +8 ")) ||
		!bytes.Contains(file, []byte("\n16 +16 ")) || !bytes.Contains(file, []byte("\n32 +8 ")) {
		t.Errorf("the hole is not told as subtrees:\n%s", file)
	}
	line := func(begins string) string {
		at := bytes.Index(file, []byte("\n"+begins)) + 1
		return string(file[at : at+bytes.IndexByte(file[at:], '\n')])
	}
	hash := strings.Fields(line("4 +4 "))[2]
	for name, change := range map[string][2]string{
		"another hash":         {hash, strings.Fields(line("8 +8 "))[2]},
		"too many":             {"\n4 +4 ", "\n4 +8 "},
		"too few":              {"\n8 +8 ", "\n8 +4 "},
		"none":                 {"\n4 +4 ", "\n4 +0 "},
		"one":                  {"\n3 - ", "\n3 +1 "},
		"no power of two":      {"\n4 +4 ", "\n4 +3 "},
		"another place":        {"\n4 +4 ", "\n5 +4 "},
		"beyond the end":       {"\n32 +8 ", "\n32 +16 "},
		"a line less":          {line("8 +8 ") + "\n", ""},
		"as a single entry":    {"\n4 +4 ", "\n4 - "},
		"leaves for a subtree": {line("4 +4 "), "4 +2 " + hash + "\n6 +2 " + hash},
	} {
		changed := bytes.Replace(file, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, file) {
			t.Fatalf("%s: nothing is changed", name)
		}
		r, err := verify.Extract(bytes.NewReader(changed), []verify.Key{b.key}, verify.ExtractOptions{})
		must(t, err)
		if r.OK() || !r.Has("extract.root") && !r.Has("extract.entry") && !r.Has("extract.short") && !r.Has("extract.long") {
			t.Errorf("%s: %s", name, words(t, r))
		}
	}

	// An older checkpoint is compared where a hole does not cover it.
	c := newBook(t, "hul", 3)
	c.add(12)
	early := c.checkpoint()
	c.add(28)
	c.checkpoint()
	for hole, want := range map[[2]int64]bool{{8, 12}: true, {12, 40}: true, {8, 16}: false, {0, 32}: false} {
		file := c.extract(0, 40, func(e *ledger.Entry) bool { return e.Index < hole[0] || e.Index >= hole[1] })
		r, err := verify.Extract(bytes.NewReader(file), []verify.Key{c.key}, verify.ExtractOptions{Old: [][]byte{early}})
		must(t, err)
		if r.OK() != want || !want && !r.Has("extract.no-dump") {
			t.Errorf("a hole %v: %s", hole, words(t, r))
		}
	}
}

func TestShowsEntriesAndHidesSome(t *testing.T) {
	req.Shows(t, "LOG-4")
	b := newBook(t, "vis", 1)
	b.add(10)
	var seen []verify.Entry
	r, err := verify.Extract(bytes.NewReader(b.extract(2, 8, func(e *ledger.Entry) bool { return e.Index != 4 })), []verify.Key{b.key},
		verify.ExtractOptions{Visit: func(e verify.Entry) { seen = append(seen, e) }})
	must(t, err)
	if !r.OK() || len(seen) != 5 || seen[0].Index != 2 || seen[0].Kind != "viewing.opened" || string(seen[0].Body) != `{"af":"bruger é","n":3}` || seen[0].Time != start.UnixMicro() {
		t.Errorf("%+v\n%s", seen, words(t, r))
	}
	if s := words(t, r); !strings.Contains(s, "6 indførsler") || !strings.Contains(s, "1 af dem er slettet til tiden eller tilbageholdt") || !strings.Contains(s, "I ORDEN") || !strings.Contains(s, "GOOD") {
		t.Error(s)
	}
}

// No single bit of an extract can be flipped unseen.
func TestEveryFlippedBitOfAnExtract(t *testing.T) {
	req.Shows(t, "LOG-2", "EVID-6")
	b := newBook(t, "bit", 1)
	b.add(13)
	file := b.extract(3, 9, func(e *ledger.Entry) bool { return e.Index != 5 })
	for i := range file {
		for bit := range 8 {
			bad := bytes.Clone(file)
			bad[i] ^= 1 << bit
			r, err := verify.Extract(bytes.NewReader(bad), []verify.Key{b.key}, verify.ExtractOptions{})
			if err == nil && r.OK() {
				t.Fatalf("bit %d of byte %d (%q) may be flipped", bit, i, file[max(0, i-20):min(len(file), i+20)])
			}
			if err != nil && i > len("vidne-extract-v1") {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
}

// The last line can be made anew by anybody: without it, too, everything but
// signatures that nobody asked about is bound.
func TestTamperedExtracts(t *testing.T) {
	req.Shows(t, "LOG-2", "EVID-6")
	b := newBook(t, "snyd", 1)
	b.add(20)
	file := string(b.extract(5, 12, nil))
	other := newBook(t, "smil", 2)
	other.add(20)
	lines := strings.SplitAfter(file, "\n")
	first := 0 // line of the first entry
	for i, l := range lines {
		if l == "entries\n" {
			first = i + 1
		}
	}
	edit := func(f func(l []string) []string) string {
		return resum(strings.Join(f(append([]string(nil), lines...)), ""))
	}
	theirs := strings.SplitAfter(string(other.extract(5, 12, nil)), "\n")
	for name, c := range map[string]struct {
		file, key string
	}{
		"body changed":        {resum(strings.Replace(file, `"n":8`, `"n":9`, 1)), "extract.root"},
		"body no longer JSON": {resum(strings.Replace(file, `"n":8}`, `"n":8`, 1)), "extract.entry"},
		"time changed":        {edit(func(l []string) []string { l[first] = strings.Replace(l[first], " 179", " 178", 1); return l }), "extract.root"},
		"kind changed":        {resum(strings.Replace(file, "viewing.opened", "viewing.closed", 1)), "extract.root"},
		"entry removed":       {edit(func(l []string) []string { return append(l[:first+2], l[first+3:]...) }), "extract.entry"},
		"entry removed, numbered": {edit(func(l []string) []string {
			l[first+2] = renumber(l[first+3], 7)
			return append(l[:first+3], l[first+4:]...)
		}), "extract.entry"},
		"last entry removed": {edit(func(l []string) []string { return append(l[:first+6], l[first+7:]...) }), "extract.short"},
		"entry doubled":      {edit(func(l []string) []string { l[first+1] = renumber(l[first], 6); return l }), "extract.root"},
		"entry inserted":     {edit(func(l []string) []string { l[first+6] += renumber(l[first], 12); return l }), "extract.long"},
		"entries exchanged": {edit(func(l []string) []string {
			l[first], l[first+1] = renumber(l[first+1], 5), renumber(l[first], 6)
			return l
		}), "extract.root"},
		"entry of another log":      {edit(func(l []string) []string { l[first] = theirs[first]; return l }), "extract.root"},
		"checkpoint of another log": {resum(strings.Replace(file, string(b.checkpoint()), string(other.checkpoint()), 1)), "checkpoint.unsigned"},
		"whole of another log":      {string(other.extract(5, 12, nil)), "checkpoint.unsigned"},
		"size changed":              {resum(strings.Replace(file, "\n20\n", "\n21\n", 1)), "checkpoint.signature"},
		"another log's name":        {resum(strings.Replace(file, "log vidne/snyd", "log vidne/pænt", 1)), "file.form"},
		"another log's good name":   {resum(strings.Replace(file, "log vidne/snyd", "log vidne/pent", 1)), "extract.other-log"},
		"range moved":               {resum(strings.Replace(file, "from 5\nto 12", "from 6\nto 13", 1)), "extract.hashes"},
		"range too long":            {resum(strings.Replace(file, "from 5\nto 12", "from 5\nto 22", 1)), "extract.range"},
		"left hash changed":         {edit(func(l []string) []string { l[5] = l[6]; return l }), "extract.root"},
		"leading zero":              {resum(strings.Replace(file, "from 5", "from 05", 1)), "file.form"},
		"something after the end":   {file + "\n", "file.sum"},
		"cut amid a line":           {file[:len(file)-400], "extract.short"},
		"last line missing":         {file[:strings.LastIndex(file, "end ")], "extract.long"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			if c.file == file {
				t.Fatal("nothing was changed")
			}
			r := check(t, []byte(c.file), b.key)
			if !r.Has(c.key) {
				t.Errorf("want %s:\n%s", c.key, words(t, r))
			}
			words(t, r)
		})
	}
	if r := check(t, []byte(file), other.key); !r.Has("checkpoint.unsigned") {
		t.Errorf("another's key: %s", words(t, r))
	}
	if r := check(t, []byte(file)); r.OK() {
		t.Error("good without any key")
	}
}

// renumber gives an entry line another index.
func renumber(line string, n int) string {
	_, rest, _ := strings.Cut(line, " ")
	return fmt.Sprintf("%d %s", n, rest)
}

// example is the extract in docs/ref/ledger.md and its key.
func example(t testing.TB) (file string, key verify.Key) {
	t.Helper()
	page, err := os.ReadFile("../../docs/ref/ledger.md")
	must(t, err)
	_, rest, ok := strings.Cut(string(page), "Verifier key: `")
	vkey, _, _ := strings.Cut(rest, "`")
	_, block, ok2 := strings.Cut(rest, "\n\n")
	if !ok || !ok2 {
		t.Fatal("the page has no example")
	}
	key, err = verify.ParseKey(vkey)
	must(t, err)
	var b strings.Builder
	for _, line := range strings.SplitAfter(block, "\n") {
		b.WriteString(strings.TrimPrefix(line, "    "))
	}
	return b.String(), key
}

func TestTheExampleOfThePage(t *testing.T) {
	req.Shows(t, "LOG-2")
	file, key := example(t)
	if r := check(t, []byte(file), key); !r.OK() {
		t.Error(words(t, r))
	}
}

// resum makes the last line of a file anew, as anybody can.
func resum(s string) string {
	i := strings.LastIndex(s, "end ")
	if i < 0 {
		return s
	}
	h := sha256.Sum256([]byte(s[:i]))
	return s[:i] + "end " + hex.EncodeToString(h[:]) + "\n"
}

func TestUnreadable(t *testing.T) {
	b := newBook(t, "laes", 1)
	b.add(3)
	file := b.extract(0, 3, nil)
	for _, bad := range []string{"", "hej\n", "vidne-extract-v2\n", "\x00\x01"} {
		if _, err := verify.Extract(strings.NewReader(bad), []verify.Key{b.key}, verify.ExtractOptions{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := verify.Consistency(strings.NewReader(bad), []verify.Key{b.key}, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	broken := errors.New("the disk is gone")
	for n := range len(file) {
		in := iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(file[:n])))
		if n < 2 {
			continue // the second read fails
		}
		if _, err := verify.Extract(in, []verify.Key{b.key}, verify.ExtractOptions{}); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("a reader that failed: %v", err)
		}
		break
	}
	if _, err := verify.Consistency(iotest.ErrReader(broken), nil, nil); !errors.Is(err, broken) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	_, vkey := b.l.Public()
	for _, bad := range []string{"", "x", vkey[:len(vkey)-1], "vidne/x" + vkey[len("vidne/laes"):], strings.Replace(vkey, "+", "-", 1), "example.dk+" + vkey} {
		if _, err := verify.ParseKey(bad); err == nil {
			t.Errorf("key %q", bad)
		}
	}
}
