package verify_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

// handed is a package as it was handed over, and unpacked.
type handed struct {
	t    *testing.T
	k    *evidencetest.Kit
	made *evidence.Made
	zip  []byte
	dir  string
	opt  verify.PackageOptions
}

func handOver(t *testing.T) *handed {
	t.Helper()
	k := evidencetest.New(t)
	k.Order.Originals[0].Viewing = true
	k.Order.Logs[0].Extract = cosigned(t, k.Order.Logs[0].Extract)
	h := &handed{t: t, k: k, dir: t.TempDir()}
	stamps, ca := evidencetest.Stamps(t)
	k.Maker.Stamps = stamps
	h.made = k.Make(t)
	name := filepath.Join(h.made.Dir, "BEVIS-"+h.made.ID+".zip")
	var err error
	h.zip, err = os.ReadFile(name)
	must(t, err)
	if out, err := exec.Command("7zz", "x", "-p"+h.made.Passphrase.Reveal(), "-o"+h.dir, name).CombinedOutput(); err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	h.opt.Certificates, err = verify.ParseCertificates(k.Maker.Signer.Certificate())
	must(t, err)
	tsa, err := os.ReadFile(ca)
	must(t, err)
	h.opt.Stamps, err = verify.ParseCertificates(tsa)
	must(t, err)
	key, err := verify.ParseKey(k.LogKey)
	must(t, err)
	h.opt.Keys = []verify.Key{key}
	return h
}

// cosigned adds a witness's signature to the checkpoint of an extract.
func cosigned(t testing.TB, extract []byte) []byte {
	t.Helper()
	s := string(extract)
	i := strings.Index(s, "checkpoint ")
	j := i + strings.IndexByte(s[i:], '\n')
	k := strings.Index(s, "\nentries\n") + 1
	note := s[j+1 : k]
	body, _, _ := strings.Cut(note, "\n\n")
	blob := append([]byte{1, 2, 3, 4}, ed25519.Sign(seed(77), []byte(body+"\n"))...)
	note += "\u2014 vidne/vidne-b " + base64.StdEncoding.EncodeToString(blob) + "\n"
	s = s[:i] + fmt.Sprintf("checkpoint %d\n", len(note)) + note + s[k:]
	return []byte(resum(s))
}

// copy is the unpacked package once more, to be changed.
func (h *handed) copy() string {
	h.t.Helper()
	dir := filepath.Join(h.t.TempDir(), "p")
	must(h.t, os.CopyFS(dir, os.DirFS(h.dir)))
	return dir
}

// insider signs a changed package anew with the right key, sums and all.
func (h *handed) insider(dir string, change func(m map[string]any)) {
	h.t.Helper()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	b, err := os.ReadFile(at("4-KONTROL/manifest.json"))
	must(h.t, err)
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	must(h.t, d.Decode(&m))
	m["timestamp"] = map[string]any{"file": "", "missing": "not configured"}
	_ = os.Remove(at("4-KONTROL/manifest.json.tsr"))
	if change != nil {
		change(m)
	}
	var sums strings.Builder
	for _, f := range m["files"].([]any) {
		f := f.(map[string]any)
		b, err := os.ReadFile(at(f["name"].(string)))
		must(h.t, err)
		sum := sha256.Sum256(b)
		f["sha256"], f["size"] = hex.EncodeToString(sum[:]), len(b)
		fmt.Fprintf(&sums, "%x  %s\n", sum, f["name"])
	}
	b, err = json.Marshal(m)
	must(h.t, err)
	sig, err := h.k.Maker.Signer.Sign(b, h.k.Clock.Now())
	must(h.t, err)
	for name, b := range map[string][]byte{"4-KONTROL/manifest.json": b, "4-KONTROL/manifest.json.p7s": sig} {
		must(h.t, os.WriteFile(at(name), b, 0o600))
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(b), name)
	}
	must(h.t, os.WriteFile(at("4-KONTROL/SHA256SUMS"), []byte(sums.String()), 0o600))
}

func film(m map[string]any, i int) map[string]any { return m["originals"].([]any)[i].(map[string]any) }

// swap replaces text, or with an empty old one flips a bit in the middle, with
// "last" one in the last byte.
func swap(t testing.TB, name, old, fresh string) {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	if old == "" {
		b[len(b)/2] ^= 4
	} else if old == "last" {
		b[len(b)-1] ^= 4
	} else if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%s has no %q", name, old)
	} else {
		b = bytes.ReplaceAll(b, []byte(old), []byte(fresh))
	}
	must(t, os.WriteFile(name, b, 0o600))
}

func rename(t testing.TB, dir, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o700))
	must(t, os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)))
}

func TestAnUntouchedPackageIsGood(t *testing.T) {
	req.Shows(t, "EVID-6")
	h := handOver(t)
	r, err := verify.Package(os.DirFS(h.dir), h.opt)
	must(t, err)
	if s := words(t, r); !r.OK() || !strings.Contains(s, "Tidsstemplet") || !strings.Contains(s, "2 originaler stemmer") {
		t.Fatal(s)
	}
	pass := h.made.Passphrase.Reveal()
	for _, typed := range []string{pass, strings.ToLower(pass), " " + strings.ReplaceAll(pass, "-", " ") + "\n", strings.ReplaceAll(pass, "-", "")} {
		r, err = verify.Envelope(bytes.NewReader(h.zip), int64(len(h.zip)), typed, h.opt)
		if must(t, err); !r.OK() {
			t.Fatalf("%q: %s", typed, words(t, r))
		}
	}
	// Again after an insider's tool has written it anew without changing it:
	// the tests below fail for what they change, not for the tool.
	dir := h.copy()
	h.insider(dir, nil)
	r, err = verify.Package(os.DirFS(dir), h.opt)
	if must(t, err); !r.OK() {
		t.Fatal(words(t, r))
	}
	var page bytes.Buffer
	must(t, r.HTML(&page, "a <b>"))
	if s := page.String(); !strings.Contains(s, "a &lt;b&gt;") || !strings.Contains(s, "I ORDEN") || strings.Contains(s, "%!") {
		t.Error(s)
	}
}

// The report for the court is read by programs that are not ours, whatever
// somebody called the file.
func TestTheReportOnPaper(t *testing.T) {
	req.Shows(t, "EVID-6")
	h := handOver(t)
	dir := h.copy()
	swap(t, filepath.Join(dir, "3-PAPIRER/foelgebrev.pdf"), "", "")
	r, err := verify.Package(os.DirFS(dir), h.opt)
	must(t, err)
	for range 30 { // more than a page
		r.Facts = append(r.Facts, verify.Item{Key: "package.signed", Args: []any{strings.Repeat("Ærø-", 40), strings.Repeat("AB:", 80)}})
	}
	var b bytes.Buffer
	must(t, r.PDF(&b, `bevis (æøå) \ "x" – €100 😀.zip`))
	name := filepath.Join(t.TempDir(), "r.pdf")
	must(t, os.WriteFile(name, b.Bytes(), 0o600))
	out, err := exec.Command("pdftotext", "-layout", name, "-").CombinedOutput()
	for _, want := range []string{"Kontrolrapport", `bevis (æøå) \ "x" – €100 ?.zip`, "FEJL: filen er ikke, som den skal være.", "3-PAPIRER/foelgebrev.pdf er ændret", "was changed after the package was made", "Side 4 af"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("no %q, %v: %s", want, err, out)
		}
	}
	if out, err := exec.Command("pdfinfo", name).CombinedOutput(); err != nil || strings.Contains(string(out), "rror") {
		t.Errorf("%v %s", err, out)
	}
}

// Every row of the tamper matrix, as a stranger can do it and, where a key
// could be stolen, as one could who signs the change.
func TestTamperMatrix(t *testing.T) {
	req.Shows(t, "EVID-6")
	h := handOver(t)
	other := handOver(t)
	const film1, film2 = "2-ORIGINAL/01/original.mp4", "2-ORIGINAL/02/original.mp4"
	const list1, list2 = "2-ORIGINAL/01/samples.csv", "2-ORIGINAL/02/samples.csv"
	const manifest, log = "4-KONTROL/manifest.json", "4-KONTROL/log/01.vidnelog"
	for name, row := range map[string]struct {
		want   string
		change func(dir string, at func(string) string)
	}{
		"a bit in the video":     {"package.changed", func(_ string, at func(string) string) { swap(t, at(film1), "", "") }},
		"a bit in the list":      {"package.changed", func(_ string, at func(string) string) { swap(t, at(list1), "", "") }},
		"a bit in the manifest":  {"package.signature", func(_ string, at func(string) string) { swap(t, at(manifest), "", "") }},
		"a bit in the signature": {"package.signature", func(_ string, at func(string) string) { swap(t, at(manifest+".p7s"), "last", "") }},
		"a bit in the stamp":     {"package.stamp", func(_ string, at func(string) string) { swap(t, at(manifest+".tsr"), "last", "") }},
		"a bit in the letter":    {"package.changed", func(_ string, at func(string) string) { swap(t, at("3-PAPIRER/foelgebrev.pdf"), "", "") }},
		"a file added": {"package.foreign", func(_ string, at func(string) string) {
			must(t, os.WriteFile(at("3-PAPIRER/nyt.txt"), []byte("x"), 0o600))
		}},
		"a file added beside the parts": {"package.foreign", func(_ string, at func(string) string) { must(t, os.WriteFile(at("SE-MIG.html"), []byte("x"), 0o600)) }},
		"a link":                        {"package.foreign", func(_ string, at func(string) string) { must(t, os.Symlink("/etc/passwd", at("3-PAPIRER/x.pdf"))) }},
		"a file removed":                {"package.missing", func(_ string, at func(string) string) { must(t, os.Remove(at(film2))) }},
		"a file renamed":                {"package.foreign", func(dir string, _ func(string) string) { rename(t, dir, film2, "2-ORIGINAL/02/film.mp4") }},
		"swapped between cameras": {"package.changed", func(dir string, _ func(string) string) {
			rename(t, dir, film1, "x")
			rename(t, dir, film2, film1)
			rename(t, dir, "x", film2)
		}},
		"swapped between cameras, signed": {"package.film", func(dir string, _ func(string) string) {
			rename(t, dir, film1, "x")
			rename(t, dir, film2, film1)
			rename(t, dir, "x", film2)
			h.insider(dir, nil)
		}},
		"cameras exchanged with all that is theirs, signed": {"package.camera", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) {
				a, b := film(m, 0), film(m, 1)
				a["camera"], b["camera"] = b["camera"], a["camera"]
			})
		}},
		"a derived file as original": {"package.foreign", func(dir string, at func(string) string) {
			list, err := filepath.Glob(at("1-SE-HER/*.mp4"))
			must(t, err)
			rename(t, dir, "1-SE-HER/"+filepath.Base(list[0]), "2-ORIGINAL/03/original.mp4")
		}},
		"a derived file as original, signed": {"package.role", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) {
				for _, f := range m["files"].([]any) {
					if f := f.(map[string]any); f["role"] == "derived" {
						f["role"], f["from"], f["tool"] = "original", []any{}, ""
					}
				}
			})
		}},
		"a derived file as original with a list, signed": {"package.unlogged", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) { film(m, 0)["segments"] = []any{} })
		}},
		"signed with another key": {"package.stranger", func(_ string, at func(string) string) {
			b, err := os.ReadFile(at(manifest))
			must(t, err)
			sig, err := other.k.Maker.Signer.Sign(b, h.k.Clock.Now())
			must(t, err)
			must(t, os.WriteFile(at(manifest+".p7s"), sig, 0o600))
		}},
		"another package, whole": {"package.stranger", func(dir string, _ func(string) string) {
			must(t, os.RemoveAll(dir))
			must(t, os.CopyFS(dir, os.DirFS(other.dir)))
		}},
		"a new journal number": {"package.signature", func(_ string, at func(string) string) { swap(t, at(manifest), "4100-12345", "4100-54321") }},
		"a gap hidden":         {"package.signature", func(_ string, at func(string) string) { swap(t, at(manifest), "camera.closed", "camera.open  ") }},
		"a gap hidden, signed": {"package.gap", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) { film(m, 1)["gaps"] = []any{} })
		}},
		"a gap invented, signed": {"package.no-gap", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) {
				f := film(m, 0)
				f["gaps"] = []any{map[string]any{"from": f["given"].(map[string]any)["from"], "to": f["given"].(map[string]any)["to"], "cause": "unknown"}}
			})
		}},
		"an interval shortened, signed": {"package.gap", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) {
				film(m, 0)["asked"].(map[string]any)["to"] = map[string]any{"utc": "2026-11-03T14:00:00.000000Z", "local": "2026-11-03T15:00:00.000000+01:00"}
			})
		}},
		"times shifted": {"package.changed", func(_ string, at func(string) string) { swap(t, at(list1), "T13:00:", "T13:01:") }},
		"times shifted, signed": {"package.times", func(dir string, at func(string) string) {
			swap(t, at(list1), "T13:00:", "T13:01:")
			h.insider(dir, nil)
		}},
		"times shifted throughout, signed": {"package.segment", func(dir string, at func(string) string) {
			swap(t, at(list1), "T13:00:", "T13:01:")
			swap(t, at(list2), "T13:00:", "T13:01:")
			swap(t, at(manifest), "T13:00:", "T13:01:")
			swap(t, at(manifest), "T14:00:", "T14:01:")
			h.insider(dir, func(m map[string]any) {
				m["made"].(map[string]any)["utc"] = "2026-11-03T14:00:00.000000Z"
			})
		}},
		"the film's own time shifted, signed": {"package.times", func(dir string, at func(string) string) {
			b, err := os.ReadFile(at(film1))
			must(t, err)
			i := bytes.Index(b, []byte("cstb"))
			b[i+14]++ // some hours later
			must(t, os.WriteFile(at(film1), b, 0o600))
			h.insider(dir, nil)
		}},
		"an original left out, signed": {"package.no-original", func(dir string, at func(string) string) {
			must(t, os.Remove(at(film2)))
			must(t, os.Remove(at(list2)))
			h.insider(dir, func(m map[string]any) {
				film(m, 1)["file"], film(m, 1)["samples"] = "", ""
				m["files"] = slices.DeleteFunc(m["files"].([]any), func(f any) bool { return strings.HasPrefix(f.(map[string]any)["name"].(string), "2-ORIGINAL/02/") })
			})
		}},
		"a copy that passes for another camera's, signed": {"package.role", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) { film(m, 1)["copies"] = []any{film2} })
		}},
		"local time that is another, signed": {"package.manifest", func(dir string, at func(string) string) {
			swap(t, at(manifest), "T14:00:00.000000+01:00", "T14:00:00.000000+02:00")
			h.insider(dir, nil)
		}},
		"pictures taken out, signed": {"package.film", func(dir string, at func(string) string) {
			b, err := os.ReadFile(at(list1))
			must(t, err)
			lines := strings.SplitAfter(string(b), "\n")
			must(t, os.WriteFile(at(list1), []byte(strings.Join(lines[:len(lines)-2], "")), 0o600))
			h.insider(dir, func(m map[string]any) { film(m, 0)["pictures"] = len(lines) - 3 })
		}},
		"a checkpoint of another log, signed": {"checkpoint.unsigned", func(dir string, at func(string) string) {
			b := newBook(t, "motor-1", 5)
			b.add(9)
			must(t, os.WriteFile(at(log), b.extract(0, 9, nil), 0o600))
			h.insider(dir, nil)
		}},
		"proof of another entry, signed": {"package.segment", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) {
				s := film(m, 0)["segments"].([]any)
				s[0].(map[string]any)["index"] = s[1].(map[string]any)["index"]
			})
		}},
		"a segment's hash changed, signed": {"package.segment", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) {
				film(m, 0)["segments"].([]any)[0].(map[string]any)["sha256"] = strings.Repeat("0", 64)
			})
		}},
		"a cosignature removed": {"package.changed", func(_ string, at func(string) string) { must(t, os.WriteFile(at(log), uncosigned(t, at(log)), 0o600)) }},
		"a cosignature removed, signed": {"package.signers", func(dir string, at func(string) string) {
			must(t, os.WriteFile(at(log), uncosigned(t, at(log)), 0o600))
			h.insider(dir, nil)
		}},
		"SHA256SUMS edited": {"package.sums", func(_ string, at func(string) string) {
			swap(t, at("4-KONTROL/SHA256SUMS"), "foelgebrev", "foelgebrov")
		}},
		"SHA256SUMS with less": {"package.sums", func(_ string, at func(string) string) { must(t, os.WriteFile(at("4-KONTROL/SHA256SUMS"), nil, 0o600)) }},
		"the stamp removed":    {"package.missing", func(_ string, at func(string) string) { must(t, os.Remove(at(manifest+".tsr"))) }},
		"the events cut, signed": {"package.events", func(dir string, at func(string) string) {
			swap(t, at("3-PAPIRER/haendelser.csv"), "motor-1,Optaget", "motor-1,\"Optaget")
			h.insider(dir, nil)
		}},
		"a manifest of a new form, signed": {"package.manifest", func(dir string, _ func(string) string) {
			h.insider(dir, func(m map[string]any) { m["form"] = "vidne-package-2" })
		}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			dir := h.copy()
			row.change(dir, func(n string) string { return filepath.Join(dir, filepath.FromSlash(n)) })
			r, err := verify.Package(os.DirFS(dir), h.opt)
			must(t, err)
			if s := words(t, r); !r.Has(row.want) || strings.Contains(s, "I ORDEN") {
				t.Errorf("no %s: %s", row.want, s)
			}
		})
	}
	for name, o := range map[string]verify.PackageOptions{
		"package.stranger":       {Keys: h.opt.Keys, Stamps: h.opt.Stamps},
		"checkpoint.unsigned":    {Certificates: h.opt.Certificates, Stamps: h.opt.Stamps},
		"package.stamp-stranger": {Certificates: h.opt.Certificates, Keys: h.opt.Keys, Stamps: h.opt.Certificates},
		"package.journal":        {Certificates: h.opt.Certificates, Keys: h.opt.Keys, Stamps: h.opt.Stamps, Journal: "4100-54321-00001-26"},
	} {
		if r, err := verify.Package(os.DirFS(h.dir), o); err != nil || !r.Has(name) {
			t.Errorf("no %s: %v %s", name, err, words(t, r))
		}
	}
}

// Of a masked camera there is no original, and the package says so.
func TestAPackageOfAMaskedCamera(t *testing.T) {
	req.Shows(t, "VIEW-4", "EVID-6")
	h := handOver(t)
	k := h.k
	k.Order.ID += "-M"
	k.Order.Originals[1].Mask = "painted"
	if _, err := k.Maker.Make(t.Context(), k.Order, k.Source); fault.Key(err) != "evidence.masked" {
		t.Fatalf("masked and without a copy: %v", err)
	}
	k.Order.Originals[1].Viewing = true
	m := k.Make(t)
	zip, err := os.ReadFile(filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip"))
	must(t, err)
	r, err := verify.Envelope(bytes.NewReader(zip), int64(len(zip)), m.Passphrase.Reveal(), h.opt)
	must(t, err)
	if s := words(t, r); !r.OK() || !strings.Contains(s, "er maskeret: pakken har ingen original") || !strings.Contains(s, "1 originaler stemmer") || bytes.Contains(zip, []byte("2-ORIGINAL/02")) {
		t.Error(s)
	}
}

// The recorder's clock is put back a little between two segments, and jumps an
// hour forward in the middle of one: what is missing is told, the rest agrees.
func TestAPackageAcrossJumpsOfTheClock(t *testing.T) {
	k := evidencetest.Jumping(t, func(camera string, group int) time.Duration {
		switch {
		case camera == "a" && group == 4:
			return -1300 * time.Millisecond
		case camera == "b" && group == 6:
			return time.Hour
		}
		return 0
	})
	m := k.Make(t)
	zip, err := os.ReadFile(filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip"))
	must(t, err)
	key, err := verify.ParseKey(k.LogKey)
	must(t, err)
	certs, err := verify.ParseCertificates(k.Maker.Signer.Certificate())
	must(t, err)
	r, err := verify.Envelope(bytes.NewReader(zip), int64(len(zip)), m.Passphrase.Reveal(), verify.PackageOptions{Keys: []verify.Key{key}, Certificates: certs})
	if must(t, err); !r.OK() {
		t.Error(words(t, r))
	}
	if s := string(m.Manifest); strings.Count(s, `"cause":"camera.closed"`) != 1 || strings.Contains(s, `"cause":"unknown"`) {
		t.Error(s)
	}
}

// uncosigned is an extract without the last signature on its checkpoint.
func uncosigned(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	s := string(b)
	i := strings.Index(s, "checkpoint ")
	j := i + strings.IndexByte(s[i:], '\n')
	k := strings.Index(s, "\u2014 vidne/vidne-b")
	e := strings.Index(s, "\nentries\n") + 1
	if k < 0 {
		t.Fatal("not cosigned")
	}
	return []byte(resum(s[:i] + fmt.Sprintf("checkpoint %d\n", k-j-1) + s[j+1:k] + s[e:]))
}

func TestTamperedEnvelopes(t *testing.T) {
	req.Shows(t, "EVID-6")
	h := handOver(t)
	pass := h.made.Passphrase.Reveal()
	check := func(name, want, pass string, b []byte) {
		t.Helper()
		r, err := verify.Envelope(bytes.NewReader(b), int64(len(b)), pass, h.opt)
		if want == "verify.kind" && fault.Key(err) == want {
			return
		}
		if err != nil || !r.Has(want) {
			t.Errorf("%s: no %s, %v", name, want, err)
		}
	}
	same := func(from, to string) []byte {
		if len(from) != len(to) || bytes.Count(h.zip, []byte(from)) != 2 {
			t.Fatalf("%q for %q", to, from)
		}
		return bytes.ReplaceAll(h.zip, []byte(from), []byte(to))
	}
	comment := append(bytes.Clone(h.zip), "hej"...)
	comment[len(h.zip)-2] = 3
	check("a comment", "envelope.form", pass, comment)
	check("something behind", "envelope.form", pass, append(bytes.Clone(h.zip), 0))
	check("something before", "envelope.form", pass, append([]byte("MZ"), h.zip...))
	check("cut", "envelope.form", pass, h.zip[:len(h.zip)-1])
	check("a hole in the middle", "envelope.form", pass, slices.Delete(bytes.Clone(h.zip), 5000, 5001))
	check("two of one name", "envelope.name", pass, same("2-ORIGINAL/02/original.mp4", "2-ORIGINAL/01/original.mp4"))
	check("two of one name but for case", "envelope.name", pass, same("2-ORIGINAL/02/original.mp4", "2-ORIGINAL/01/ORIGINAL.mp4"))
	check("out of the folder", "envelope.name", pass, same("3-PAPIRER/haendelser.csv", "../../../../etc/passwd00"))
	check("from the root", "envelope.name", pass, same("3-PAPIRER/haendelser.csv", "/-PAPIRER/haendelser.csv"))
	check("backslash", "envelope.name", pass, same("3-PAPIRER/haendelser.csv", `3-PAPIRER\haendelser.csv`))
	check("not encrypted", "envelope.form", pass, bytes.Replace(h.zip, []byte("PK\x03\x04\x33\x00\x09"), []byte("PK\x03\x04\x33\x00\x08"), 1))
	check("AE-1", "envelope.form", pass, bytes.Replace(h.zip, []byte("\x02\x00AE\x03"), []byte("\x01\x00AE\x03"), 1))
	twice := []byte(pass)
	twice[0] = 'A' + (twice[0]-'A'+1)%26
	for _, wrong := range []string{"", "kodeord", pass[1:], pass + "A", string(twice), "A\u030a" + pass[2:], strings.Repeat("8", 24)} {
		check("passphrase "+wrong, "envelope.passphrase", wrong, h.zip)
	}
	check("no zip", "verify.kind", pass, bytes.Repeat([]byte("x"), 5000))
	// No bit of the envelope can be flipped unseen.
	for i := 0; i < len(h.zip); i += max(1, len(h.zip)/100) {
		b := bytes.Clone(h.zip)
		b[i] ^= 1 << (i % 8)
		if r, err := verify.Envelope(bytes.NewReader(b), int64(len(b)), pass, h.opt); err == nil && r.OK() {
			t.Errorf("bit %d of byte %d may be flipped", i%8, i)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	k := evidencetest.New(f)
	m := k.Make(f)
	whole, err := os.ReadFile(filepath.Join(m.Dir, "BEVIS-"+m.ID+".zip"))
	must(f, err)
	f.Add(whole[len(whole)-98:])
	f.Add(whole[max(0, len(whole)-6000):])
	key, err := verify.ParseKey(k.LogKey)
	must(f, err)
	certs, err := verify.ParseCertificates(k.Maker.Signer.Certificate())
	must(f, err)
	pass := m.Passphrase.Reveal()
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := verify.Envelope(bytes.NewReader(in), int64(len(in)), pass, verify.PackageOptions{Keys: []verify.Key{key}, Certificates: certs})
		if err == nil && r.OK() && !bytes.Equal(in, whole) {
			t.Fatal("good")
		}
	})
}

// FuzzPackage gives foreign bytes to every parser behind the signature too:
// the film, the list of pictures, the signature and the stamp.
func FuzzPackage(f *testing.F) {
	signer, err := evidence.OpenSigner(f.TempDir(), evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"}, start)
	must(f, err)
	text := []byte(`{"form":"vidne-package-1"}`)
	sig, err := signer.Sign(text, start)
	must(f, err)
	f.Add(string(text), sig, sig, []byte("\x00\x00\x00\x08moof\x00\x00\x00\x08mdat"), "picture,file_us,utc,size,key,segment,gop_sha256\n1,0,2026-11-03T13:00:00.000000Z,5,1,s,\n")
	f.Fuzz(func(t *testing.T, manifest string, sig, stamp, mp4 []byte, list string) {
		verify.Parsers([]byte(manifest), sig, stamp, mp4, []byte(list))
	})
}
