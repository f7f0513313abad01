package envelope

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

var made = time.Date(2026, 11, 22, 9, 14, 8, 0, time.FixedZone("CET", 3600))

func pass(t *testing.T) Passphrase {
	t.Helper()
	p, err := NewPassphrase()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// sevenZip runs Debian's 7-Zip, a reader that is not ours.
func sevenZip(t *testing.T, args ...string) (string, error) {
	t.Helper()
	exe, err := exec.LookPath("7zz")
	if err != nil {
		if os.Getenv("VIDNE_PARTIAL") == "1" {
			t.Skip("needs the Debian package 7zip")
		}
		t.Fatal("needs the Debian package 7zip")
	}
	out, err := exec.Command(exe, args...).CombinedOutput()
	return string(out), err
}

func TestSevenZipOpensIt(t *testing.T) {
	req.Shows(t, "EVID-5")
	p := pass(t)
	dir := t.TempDir()
	name := filepath.Join(dir, "e.zip")
	files := map[string]string{
		"1/film.mp4": strings.Repeat("picture after picture ", 20000), "læs-mig-øæå.txt": "blåbær", "tom.txt": "", "a": "x",
		"2/nøjagtig.bin": strings.Repeat("k", keyStream), "2/over.bin": strings.Repeat("k", 64<<10+1),
	}
	var b bytes.Buffer
	w := New(&b, p, made)
	for f, s := range files {
		got, err := w.Add(f, func(w io.Writer) error {
			for part := range strings.SplitSeq(s, "after") { // writes of odd sizes
				if _, err := io.WriteString(w, part); err != nil {
					return err
				}
			}
			return nil
		})
		s = strings.ReplaceAll(s, "after", "")
		files[f] = s
		sum := sha256.Sum256([]byte(s))
		if err != nil || got != (Written{f, int64(len(s)), hex.EncodeToString(sum[:])}) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b.Bytes(), []byte("picture")) || bytes.Contains(b.Bytes(), []byte(p.Reveal())) {
		t.Error("clear text in the envelope")
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := sevenZip(t, "t", "-p"+p.Reveal(), name); err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	out, err := sevenZip(t, "l", "-slt", name)
	if err != nil || strings.Count(out, "Method = AES-256 Store") != len(files) || strings.Contains(out, "ZipCrypto") || !strings.Contains(out, "2026-11-22 09:14:08") {
		t.Errorf("%s", out)
	}
	if out, err := sevenZip(t, "x", "-p"+p.Reveal(), "-o"+dir, name); err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	for f, s := range files {
		if got, err := os.ReadFile(filepath.Join(dir, f)); err != nil || string(got) != s {
			t.Errorf("%s: %d bytes, %v", f, len(got), err)
		}
	}
	for _, wrong := range []string{strings.ToLower(p.Reveal()), p.Reveal()[1:], pass(t).Reveal()} {
		if out, err := sevenZip(t, "t", "-p"+wrong, name); err == nil {
			t.Errorf("opened with another passphrase: %s", out)
		}
	}
	// Not one bit of what is sealed can be flipped.
	bad := bytes.Clone(b.Bytes())
	bad[bytes.Index(bad, []byte("1/film.mp4"))+300] ^= 1
	if err := os.WriteFile(name, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := sevenZip(t, "t", "-p"+p.Reveal(), name); err == nil {
		t.Errorf("a changed bit is not seen: %s", out)
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"a", "2-ORIGINAL/01/original.mp4", "1/læs mig (ø).txt", "CONTROL.txt"} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "/a", "../a", "a/../b", "a//b", "./a", "a/", `a\b`, "C:a", "a\x00b", "a\nb", "nul", "NUL.txt", "com1.mp4", "a.", "a /b",
		"a\"b", "a<b", "a|b", "a?b", "a*b", "\xff", "bla\u030a", "a\u202eb", strings.Repeat("a", 300)} {
		w := New(io.Discard, pass(t), made)
		if _, err := w.Add(name, text("x")); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	w := New(io.Discard, pass(t), made)
	if _, err := w.Add("Å.txt", text("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Å.txt", "å.TXT"} {
		if _, err := w.Add(name, text("x")); !fault.Is(err, fault.Conflict) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAnErrorEndsIt(t *testing.T) {
	var b bytes.Buffer
	w := New(&b, pass(t), made)
	full := errors.New("full")
	if _, err := w.Add("a", func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return full
	}); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if _, err := w.Add("b", text("x")); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
		t.Error("a broken envelope opens")
	}
}

func TestPassphrase(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		p := pass(t)
		if s := p.Reveal(); len(s) != 29 || seen[s] || strings.Count(s, "-") != 5 {
			t.Fatal(s)
		}
		seen[p.Reveal()] = true
		for _, typed := range []string{p.Reveal(), strings.ToLower(p.Reveal()), strings.ReplaceAll(p.Reveal(), "-", " "), strings.ReplaceAll(p.Reveal(), "-", ""),
			" " + strings.ReplaceAll(p.Reveal(), "-", " \u2013 ") + "\n", strings.NewReplacer("O", "0", "B", "8", "I", "1").Replace(p.Reveal())} {
			if q, err := ParsePassphrase(typed); err != nil || q != p {
				t.Errorf("%q: %v", typed, err)
			}
		}
		if s := fmt.Sprintf("%v %+v %#v %s", p, p, p, p); strings.Contains(s, p.Reveal()[:4]) {
			t.Error("it tells itself: " + s)
		}
		if b, err := json.Marshal(map[string]any{"p": p}); err != nil || strings.Contains(string(b), p.Reveal()) {
			t.Errorf("%s, %v", b, err)
		}
	}
	for _, typed := range []string{"", "ABCD", strings.Repeat("A", 25), strings.Repeat("Æ", 24), strings.Repeat("9", 24)} {
		if _, err := ParsePassphrase(typed); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// sparse keeps what is not zero and leaves holes for the rest.
type sparse struct{ f *os.File }

func (s sparse) Write(p []byte) (int, error) {
	if len(p) > 1<<16 { // a leap: the sealer writes less at a time
		_, err := s.f.Seek(int64(len(p)), io.SeekCurrent)
		return len(p), err
	}
	return s.f.Write(p)
}

// leap pretends to have sealed n bytes.
func leap(w io.Writer, n int64) error {
	s := w.(*sealer)
	zero := make([]byte, 64<<20)
	for left := n; left > 0; {
		k, err := s.w.Write(zero[:min(left, int64(len(zero)))])
		left -= int64(k)
		if err != nil {
			return err
		}
	}
	s.n += n
	return nil
}

// Around 4 GiB the sizes and offsets move to Zip64. The files are holes but
// for the last, which lies beyond the border and must open.
func TestBordersOf4GiB(t *testing.T) {
	const border = 1<<32 - 1
	for _, n := range []int64{border - overhead - 1, border - overhead, border, 5 << 30} {
		p := pass(t)
		name := filepath.Join(t.TempDir(), "e.zip")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w := New(sparse{f}, p, made)
		if _, err := w.Add("stor.mp4", func(w io.Writer) error { return leap(w, n) }); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Add("bagefter.txt", text("bag grænsen")); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		out, err := sevenZip(t, "l", "-slt", name)
		if err != nil || !strings.Contains(out, fmt.Sprintf("\nSize = %d\nPacked Size = %d\n", n, n+overhead)) || strings.Contains(out, "Warn") || strings.Contains(out, "Error") {
			t.Errorf("%d: %v %s", n, err, out)
		}
		if out, err := sevenZip(t, "e", "-so", "-p"+p.Reveal(), name, "bagefter.txt"); err != nil || out != "bag grænsen" {
			t.Errorf("%d: %v %s", n, err, out)
		}
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

func TestMemoryDoesNotGrow(t *testing.T) {
	w := New(io.Discard, pass(t), made)
	chunk := make([]byte, 1<<20)
	var n float64
	if _, err := w.Add("f", func(w io.Writer) error {
		n = testing.AllocsPerRun(20, func() {
			if _, err := w.Write(chunk); err != nil {
				t.Error(err)
			}
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		t.Errorf("%v allocations a megabyte", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	p, err := NewPassphrase()
	if err != nil {
		b.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	b.SetBytes(int64(len(chunk)))
	w := New(io.Discard, p, made)
	if _, err := w.Add("f", func(w io.Writer) error {
		for b.Loop() {
			if _, err := w.Write(chunk); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
}
