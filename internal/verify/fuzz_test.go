package verify_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/verify"
)

// Whatever a fuzzer makes of a signed extract, with the last line made anew,
// is not good, and what is good is no other than was signed.
func FuzzExtract(f *testing.F) {
	file, key := example(f)
	f.Add(file)
	f.Add(strings.Replace(file, "from 3\nto 6", "from 0\nto 6", 1))
	f.Add(strings.Replace(file, "\n4 - ", "\n4 +2 ", 1))
	f.Fuzz(func(t *testing.T, in string) {
		for _, s := range []string{in, resum(in)} {
			r, err := verify.Extract(strings.NewReader(s), []verify.Key{key}, verify.ExtractOptions{Old: [][]byte{[]byte(in)}})
			if err == nil && r.OK() {
				t.Fatalf("good with a bad old checkpoint: %q", s)
			}
			whole(t, r, err)
			r, err = verify.Extract(strings.NewReader(s), []verify.Key{key}, verify.ExtractOptions{})
			if err == nil && r.OK() && s != file {
				t.Fatalf("good: %q", s)
			}
			whole(t, r, err)
		}
	})
}

func FuzzConsistency(f *testing.F) {
	file, key := example(f)
	_, note, _ := strings.Cut(file, "checkpoint 206\n")
	note = note[:206]
	f.Add(resum("vidne-consistency-v1\nlog vidne/example\nold 206\n" + note + "new 206\n" + note + "proof 0\nend \n"))
	f.Add(note)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := verify.Consistency(strings.NewReader(resum(in)), []verify.Key{key}, nil)
		if err == nil && r.OK() && strings.Count(in, note) != 2 {
			t.Fatalf("good: %q", in)
		}
		whole(t, r, err)
	})
}

func FuzzSegment(f *testing.F) {
	file, l := recorded(f, rules(), 30, 20)
	f.Add(file)
	f.Add(file[:300])
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := verify.Segment(bytes.NewReader(in), int64(len(in)), "", func(string) (verify.Sealed, bool) { return l, true })
		if err == nil && r.OK() && !bytes.Equal(in, file) {
			t.Fatalf("good: %q", in)
		}
		whole(t, r, err)
		if len(in) > 200 {
			// With the sums made anew the fuzzer gets past them.
			n := 16 + int(in[15]) + int(in[14])<<8 + 92
			if n+32 < len(in)-56 {
				r, err = verify.Segment(bytes.NewReader(reseal(withLength(in))), int64(len(in)), "", nil)
				whole(t, r, err)
			}
		}
	})
}

func withLength(in []byte) []byte {
	b := bytes.Clone(in)
	b[12], b[13] = 0, 0
	return b
}

func FuzzStatement(f *testing.F) {
	file := signed(f)
	f.Add(file)
	key := issuer(f, 7)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := verify.Statement(bytes.NewReader(in), []verify.StatementKey{key})
		if err == nil && r.OK() && !bytes.Equal(bytes.TrimSuffix(in, []byte("\n")), file) {
			t.Fatalf("good: %q", in)
		}
		whole(t, r, err)
	})
}

func FuzzKeys(f *testing.F) {
	f.Add("vidne/example+3156b90b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")
	f.Fuzz(func(t *testing.T, in string) {
		if k, err := verify.ParseKey(in); err == nil && k.ID() == "" {
			t.Fatal(in)
		}
		if k, err := verify.ParseStatementKey(in); err == nil && len(k.ID()) != 16 {
			t.Fatal(in)
		}
	})
}

// whole checks that a report can be told, in words and as JSON.
func whole(t *testing.T, r *verify.Report, err error) {
	t.Helper()
	if err != nil {
		return
	}
	words(t, r)
	if b, err := json.Marshal(r); err != nil || !json.Valid(b) {
		t.Fatalf("%s %v", b, err)
	}
}
