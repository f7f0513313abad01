package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify/command"
)

// checkedByHand types what docs/ref/sealed.md tells whoever has no tool of ours,
// in the folder of the files, with the real programs: they find nothing, until a
// byte of a file, of the sums or of the signature is another.
func checkedByHand(t *testing.T, files map[string][]byte, changed string) {
	t.Helper()
	doc, err := os.ReadFile("../../docs/ref/sealed.md")
	fatal(t, err)
	var commands []string
	for line := range strings.Lines(string(doc)) {
		if rest, ok := strings.CutPrefix(line, "    "); ok && (strings.HasPrefix(rest, "sha256sum ") || strings.HasPrefix(rest, "openssl ")) {
			commands = append(commands, strings.TrimSpace(rest))
		}
	}
	if len(commands) != 2 {
		t.Fatalf("the page tells %q", commands)
	}
	readme := string(files["LAESMIG.txt"])
	for _, c := range commands {
		if !strings.Contains(readme, c) {
			t.Errorf("the package does not tell %q", c)
		}
	}
	run := func(files map[string][]byte) (found [2]bool, out [2]string) {
		dir := t.TempDir()
		for name, data := range files {
			path := filepath.Join(dir, filepath.FromSlash(name))
			fatal(t, os.MkdirAll(filepath.Dir(path), 0o700))
			fatal(t, os.WriteFile(path, data, 0o600))
		}
		for i, c := range commands {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", c)
			cmd.Dir = dir
			b, err := cmd.CombinedOutput()
			found[i], out[i] = err != nil, string(b)
		}
		return found, out
	}
	if found, out := run(files); found != [2]bool{} || strings.Count(out[0], ": OK") != len(files)-2 {
		t.Fatalf("what nobody touched: %q", out)
	}
	flipped := func(name string, at int) map[string][]byte {
		other := maps.Clone(files)
		other[name] = bytes.Clone(files[name])
		other[name][at] ^= 1
		return other
	}
	if found, out := run(flipped(changed, len(files[changed])/2)); found != [2]bool{true, false} || !strings.Contains(out[0], changed+": FAILED") {
		t.Errorf("a changed byte of %s: %v %s", changed, found, out[0])
	}
	// Whoever changes the sums too is found by the signature.
	other := flipped(changed, len(files[changed])/2)
	was, is := sha256.Sum256(files[changed]), sha256.Sum256(other[changed])
	other["SHA256SUMS"] = bytes.Replace(files["SHA256SUMS"], []byte(hex.EncodeToString(was[:])), []byte(hex.EncodeToString(is[:])), 1)
	if found, out := run(other); found != [2]bool{false, true} {
		t.Errorf("changed with its sum: %v %q", found, out)
	}
	if found, _ := run(flipped("SHA256SUMS.p7s", len(files["SHA256SUMS.p7s"])-10)); !found[1] {
		t.Error("a changed signature is not found")
	}
}

// The month's statement is shown while it runs, stands when it is over, goes out
// in every form, and is handed out sealed.
func TestADeletionStatementIsHandedOutSealed(t *testing.T) {
	req.Shows(t, "KEEP-3", "GOV-3")
	signer, err := evidence.OpenSigner(t.TempDir(), evidence.Name{Controller: "Lindeby Kommune", CVR: "12345678"}, clock.System().Now())
	fatal(t, err)
	s := newSite(t, func(c *Config) { c.Signer = signer })
	const path = "/tilsyn/sletninger/maaned"
	here := path + "/2026-11"
	s.shows("dpo", "/tilsyn/sletninger", path)
	s.shows("koordinator", path, "november 2026", "I gang", "Laves 1. december 2026")
	s.shows("koordinator", here, "Opgørelsen er ikke lavet endnu", "Ingen optagelser nåede deres slettefrist")
	if w := s.do("koordinator", "GET", here+"/udlever", nil); w.Code != http.StatusConflict {
		t.Errorf("what is not stated is handed out: %d", w.Code)
	}
	for _, bad := range []string{"/2026-12", "/2026-13", "/x", "/2026-11/fil/exe"} {
		if w := s.do("koordinator", "GET", path+bad, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	s.shows("koordinator", "/aarshjul", "Sletteopgørelsen for 11/2026 bliver lavet")
	s.shows("koordinator", "/tilsyn", path, "Den første er ikke lavet endnu")

	s.clk.Advance(deletion.MonthOf(start).Ready().Add(time.Minute).Sub(s.clk.Now()))
	fatal(t, s.portal.TickOffice(t.Context()))
	for _, who := range []string{"koordinator", "dpo", "leder"} {
		s.logIn(who)
	}
	if w := s.do("leder", "GET", here, nil); w.Code != http.StatusForbidden {
		t.Errorf("a manager sees it: %d", w.Code)
	}
	s.shows("koordinator", "/tilsyn", "november 2026: intet for sent")
	s.shows("dpo", path, "november 2026", "Intet for sent", "december 2026")
	s.shows("dpo", here, "Opgjort 1. december 2026", "Intet blev slettet for sent", "Ingen bevislås holder")
	made, ok, err := s.portal.Deletions().Get(t.Context(), "lindeby", deletion.MonthOf(start))
	fatal(t, err)
	if !ok || made.Entry == 0 {
		t.Fatalf("not stated: %+v", made)
	}
	for _, form := range []string{"pdf", "docx", "html", "xlsx", "csv", "json"} {
		if w := s.do("dpo", "GET", here+"/fil/"+form, nil); w.Code != http.StatusOK || form == "json" && !bytes.Equal(w.Body.Bytes(), made.Body) {
			t.Errorf("as %s: %d, %d bytes", form, w.Code, w.Body.Len())
		}
	}
	if w := s.do("dpo", "POST", here+"/udlever", url.Values{"modtager": {"Datatilsynet"}, "grund": {"x"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", w.Code)
	}
	w := s.do("dpo", "POST", here+"/udlever", url.Values{"modtager": {"Datatilsynet"}, "grund": {"Datatilsynet har bedt om den i brev af 1. december."}})
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, said(w.Body.String()))
	}
	file := filepath.Join(t.TempDir(), "opgoerelse.zip")
	fatal(t, os.WriteFile(file, w.Body.Bytes(), 0o600))
	_, key := s.ledger.Public()
	var out, errs strings.Builder
	if code := command.Main("vidne-verify", []string{"extract", "--key", key, file}, &out, &errs); code != 0 {
		t.Fatalf("the package is not good: %s %s", out.String(), errs.String())
	}
	files := unzip(t, w.Body.Bytes())
	if proof := string(files["bevis.vidnelog"]); !strings.Contains(out.String(), "deletions.handed") || !strings.Contains(proof, "deletions.stated") {
		t.Errorf("what is proven: %s", out.String())
	}
	var as deletion.Statement
	fatal(t, json.Unmarshal(files["opgoerelse.json"], &as))
	if as.Form != deletion.Form || as.Month != "2026-11" || !bytes.Equal(files["opgoerelse.json"], made.Body) || !bytes.HasPrefix(files["opgoerelse.pdf"], []byte("%PDF")) || len(files["opgoerelse.xlsx"]) == 0 {
		t.Errorf("in the package: %+v", as)
	}
	if readme := string(files["LAESMIG.txt"]); !strings.Contains(readme, "november 2026") || strings.Contains(readme, "{") {
		t.Errorf("it says: %s", readme)
	}
	checkedByHand(t, files, "opgoerelse.json")
}
