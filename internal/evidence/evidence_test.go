package evidence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// unpack opens the envelope with 7-Zip, and puts the certificates beside.
func unpack(t *testing.T, k *evidencetest.Kit, m *evidence.Made) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("7zz", "x", "-p"+m.Passphrase.Reveal(), "-o"+dir, filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip")).CombinedOutput()
	if err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	cert, err := os.ReadFile(k.Cert)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "afsender.pem"), cert, 0o600))
	return dir
}

// commands are those that the package's own text tells a person to type.
func commands(t *testing.T, dir string) (list []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "4-KONTROL", "SAADAN-KONTROLLERES.txt"))
	must(t, err)
	for line := range strings.SplitSeq(string(b), "\n") {
		if c, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, c)
		}
	}
	return list
}

func shell(dir, command string) (string, error) {
	c := exec.Command("sh", "-c", command)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// What the package tells a person to type is typed here, and nothing else.
func TestTheCommandsInThePackageCheckIt(t *testing.T) {
	req.Shows(t, "EVID-6")
	k := evidencetest.New(t)
	stamps, ca := evidencetest.Stamps(t)
	k.Maker.Stamps = stamps
	k.Order.Originals[0].Viewing = true
	m := k.Make(t)
	dir := unpack(t, k, m)
	tsa, err := os.ReadFile(ca)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "tidsstempel-ca.pem"), tsa, 0o600))
	list := commands(t, dir)
	if len(list) != 5 {
		t.Fatalf("%d commands: %q", len(list), list)
	}
	wants := []string{strings.TrimSpace(k.Maker.Signer.Fingerprint()), "erification successful", ": OK", "", "Verification: OK"}
	for i, c := range list {
		out, err := shell(dir, c)
		if err != nil || !strings.Contains(out, wants[i]) || wants[i] == "" && out != "" {
			t.Errorf("%s\n%s%v", c, out, err)
		}
	}
	// The same commands find what was changed.
	edit := func(name, from, to string) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if !bytes.Contains(b, []byte(from)) {
			t.Fatalf("%s does not hold %q", name, from)
		}
		must(t, os.WriteFile(filepath.Join(dir, name), bytes.Replace(b, []byte(from), []byte(to), 1), 0o600))
	}
	edit("2-ORIGINAL/01/original.mp4", "moof", "moov")
	if out, err := shell(dir, list[2]); err == nil {
		t.Errorf("a changed film is not found: %s", out)
	}
	edit("4-KONTROL/SHA256SUMS", "0", "1")
	if out, _ := shell(dir, list[3]); out == "" {
		t.Error("changed sums are not found")
	}
	edit("4-KONTROL/manifest.json", "4100-12345", "4100-54321")
	for _, i := range []int{1, 4} {
		if out, err := shell(dir, list[i]); err == nil {
			t.Errorf("another journal number is not found: %s", out)
		}
	}
	sum, err := exec.Command("sh", "-c", "cd '"+m.Dir+"' && sha256sum -c *.sha256").CombinedOutput()
	if err != nil || !strings.Contains(string(sum), "OK") {
		t.Errorf("%s", sum)
	}
}

func TestWhatIsInAPackage(t *testing.T) {
	req.Shows(t, "EVID-5", "EVID-6")
	k := evidencetest.New(t)
	k.Order.Originals[1].Viewing = true
	m := k.Make(t)
	dir := unpack(t, k, m)
	for _, name := range []string{"1-SE-HER/02_kamera_2026-11-03_140000_plus0100.mp4", "2-ORIGINAL/01/original.mp4", "2-ORIGINAL/02/original.mp4"} {
		out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", filepath.Join(dir, name)).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "h264") {
			t.Errorf("ffprobe %s: %s", name, out)
		}
	}
	for name, want := range map[string]string{
		filepath.Join(m.Dir, "LAES-FOERST.pdf"):         "AABN-BEVIS.html",
		filepath.Join(dir, "3-PAPIRER/foelgebrev.pdf"):  "camera.closed",
		filepath.Join(dir, "3-PAPIRER/tidskontrol.pdf"): "-1.500 s",
		filepath.Join(dir, "3-PAPIRER/haendelser.pdf"):  "vidne/motor-1 nr.",
	} {
		out, err := exec.Command("pdftotext", "-layout", name, "-").CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s has no %q: %s", name, want, out)
		}
		if strings.Contains(string(out), m.Passphrase.Reveal()) {
			t.Errorf("%s tells the passphrase", name)
		}
	}
	pages, err := exec.Command("pdfinfo", filepath.Join(m.Dir, "LAES-FOERST.pdf")).CombinedOutput()
	if err != nil || !strings.Contains(string(pages), "Pages:           1\n") {
		t.Errorf("the letter is not one page: %s", pages)
	}
	var got struct {
		Form      string
		Made      struct{ UTC, Local string }
		Originals []struct {
			Camera   struct{ Name string }
			Pictures int
			Gaps     []struct{ Cause string }
			Segments []struct{ Index int }
		}
		Files []struct {
			Name, Role string
			From       []string
		}
		Timestamp struct{ Missing string }
	}
	b, err := os.ReadFile(filepath.Join(dir, "4-KONTROL/manifest.json"))
	must(t, err)
	must(t, json.Unmarshal(b, &got))
	if !bytes.Equal(b, m.Manifest) || got.Form != evidence.Form || got.Timestamp.Missing != "not configured" || len(got.Originals) != 2 || got.Made.UTC != "2026-11-03T14:00:00.000000Z" || got.Made.Local != "2026-11-03T15:00:00.000000+01:00" {
		t.Errorf("%s", b)
	}
	two := got.Originals[1]
	if len(two.Gaps) != 1 || two.Gaps[0].Cause != "camera.closed" || len(two.Segments) != 3 || two.Segments[0].Index == 0 || two.Camera.Name != `Kamera b "indgang" æøå` {
		t.Errorf("%+v", two)
	}
	derived := 0
	for _, f := range got.Files {
		if f.Role == "derived" {
			derived++
			if len(f.From) != 1 || f.From[0] != "2-ORIGINAL/02/original.mp4" {
				t.Errorf("%+v", f)
			}
		}
	}
	if derived != 1 {
		t.Errorf("%d derived files", derived)
	}
}

func TestNothingHalfMadeIsLeft(t *testing.T) {
	k := evidencetest.New(t)
	empty := func() {
		t.Helper()
		list, err := os.ReadDir(k.Maker.Dir)
		if err != nil || len(list) != 0 {
			t.Errorf("%v is left, %v", list, err)
		}
	}
	gone := fault.New(fault.NotFound, "media.deleted", "deleted while the export runs")
	k.Source.Break = gone
	if _, err := k.Maker.Make(context.Background(), k.Order, k.Source); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	empty()
	k.Source.Break = nil
	k.Order.Journals = nil
	if _, err := k.Maker.Make(context.Background(), k.Order, k.Source); fault.Key(err) != "evidence.journal" {
		t.Errorf("%v", err)
	}
	empty()
	k.Order.Journals = []string{"1"}
	// A crash leaves an unfinished folder, which is swept.
	half := filepath.Join(k.Maker.Dir, k.Order.ID+".unfinished")
	must(t, os.MkdirAll(half, 0o700))
	must(t, os.WriteFile(filepath.Join(half, "BEVIS-x.zip"), []byte("PK"), 0o600))
	if _, err := k.Maker.Make(context.Background(), k.Order, k.Source); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
	must(t, k.Maker.Sweep())
	empty()
	first := k.Make(t)
	if _, err := k.Maker.Make(context.Background(), k.Order, k.Source); fault.Key(err) != "evidence.there" {
		t.Errorf("a second of the same: %v", err)
	}
	k.Order.ID += "-2"
	second := k.Make(t)
	if first.Passphrase == second.Passphrase {
		t.Error("two packages, one passphrase")
	}
	k.Order.ID += "-3"
	k.Maker.Stamps = &evidence.Stamps{URL: "http://127.0.0.1:1/"}
	if third := k.Make(t); !bytes.Contains(third.Manifest, []byte(`"missing":"no answer"`)) {
		t.Errorf("%s", third.Manifest)
	}
}

func TestTheSignerIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	n := evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"}
	clk := clock.NewFake(evidencetest.Start)
	a, err := evidence.OpenSigner(dir, n, clk.Now())
	must(t, err)
	b, err := evidence.OpenSigner(dir, n, clk.Now())
	must(t, err)
	if a.Fingerprint() != b.Fingerprint() || len(a.Fingerprint()) != 95 {
		t.Errorf("%s, %s", a.Fingerprint(), b.Fingerprint())
	}
	other, err := evidence.OpenSigner(filepath.Join(t.TempDir(), "keys"), n, clk.Now())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "evidence.crt"), other.Certificate(), 0o600))
	if _, err := evidence.OpenSigner(dir, n, clk.Now()); !fault.Is(err, fault.Corrupt) {
		t.Errorf("another's certificate: %v", err)
	}
	must(t, os.Chmod(filepath.Join(dir, "evidence.key"), 0o644))
	if _, err := evidence.OpenSigner(dir, n, clk.Now()); fault.Key(err) != "secret.open" {
		t.Errorf("%v", err)
	}
}
