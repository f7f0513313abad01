package portal

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify/command"
)

// uses are the log's rows of the controller Lindeby.
func (s *site) uses(q accesslog.Query) []accesslog.Use {
	s.t.Helper()
	q.Controller = "lindeby"
	all, err := s.portal.Accesslog().Some(s.t.Context(), q, 10_000)
	fatal(s.t, err)
	return all
}

// What people read, search for and take out is in the log before they get it,
// and the log itself is no exception.
func TestReadingIsLogged(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	id := s.open()
	count := func(k accesslog.Kind) int { return len(s.uses(accesslog.Query{Kind: k})) }
	for _, c := range []struct {
		who, path string
		kind      accesslog.Kind
		terms     string
	}{
		{"koordinator", "/sager/" + id, accesslog.Read, ""},
		{"koordinator", "/sager", accesslog.Read, ""},
		{"koordinator", "/soeg?q=Jensen+på+Skolevej", accesslog.Search, "Jensen på Skolevej"},
		{"koordinator", "/steder?q=skole", accesslog.Search, "skole"},
		{"koordinator", "/kameraer?format=csv", accesslog.Download, ""},
		{"koordinator", "/steder?format=xlsx", accesslog.Download, ""},
		{"it", "/administration/mail", accesslog.Read, ""},
		{"dpo", "/tilsyn/log", accesslog.Read, ""},
		{"dpo", "/tilsyn/log?q=hærværk", accesslog.Search, "hærværk"},
		{"dpo", "/tilsyn/log?format=csv", accesslog.Download, ""},
		{"dpo", "/tilsyn/log/alt", accesslog.Read, ""},
	} {
		s.logIn(c.who)
		before := count(c.kind)
		if w := s.do(c.who, "GET", c.path, nil); w.Code != http.StatusOK {
			t.Errorf("%s: %d", c.path, w.Code)
			continue
		}
		all := s.uses(accesslog.Query{Kind: c.kind})
		if len(all) != before+1 || all[0].Name != "Navn "+c.who || all[0].Terms != c.terms || all[0].Address == "" || !strings.HasPrefix(all[0].What, strings.Split(c.path, "?")[0]) {
			t.Errorf("%s: %d uses more, the newest %+v", c.path, len(all)-before, all[0])
		}
		s.do(c.who, "GET", c.path, nil, func(r *http.Request) { r.Header.Set("Vidne-Refresh", "1") })
		if again := count(c.kind); again != len(all) {
			t.Errorf("%s: a page that refreshes itself is %d readings", c.path, again-len(all))
		}
		s.clk.Advance(6 * time.Minute)
		s.do(c.who, "GET", c.path, nil, func(r *http.Request) { r.Header.Set("Vidne-Refresh", "1") })
		if again := count(c.kind); again != len(all)+1 {
			t.Errorf("%s: whoever says that it is a refresh reads unseen", c.path)
		}
	}
	if n := count(accesslog.Read); n == 0 || len(s.uses(accesslog.Query{Matter: id})) == 0 {
		t.Error("a case that was read is not found by its number")
	}
}

// When the ledger cannot be written, nobody gets a ticket, a page with personal
// data, or an answer to a search.
func TestNoTicketWithoutALedger(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	i := s.incident("udpeget")
	id := s.open()
	tickets := s.entries("ticket.issued")
	// The database answers, and what appends fails: the row of the log is gone.
	fatal(t, s.portal.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "ALTER TABLE access_use RENAME TO access_use_gone")
		return err
	}))
	if w := s.do("udpeget", "POST", "/haendelser/"+i.ID+"/se", hour()); w.Code < 400 {
		t.Errorf("footage is opened without a log: %d to %s", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/sager/" + id, "/soeg?q=Jensen", "/kameraer?format=csv", "/administration/mail"} {
		if w := s.do("koordinator", "GET", path, nil); w.Code < 500 {
			t.Errorf("%s is shown without a log: %d", path, w.Code)
		}
	}
	fatal(t, s.portal.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "ALTER TABLE access_use_gone RENAME TO access_use")
		return err
	}))
	if n := s.entries("ticket.issued"); n != tickets {
		t.Errorf("%d tickets were signed", n-tickets)
	}
	if w := s.do("udpeget", "POST", "/haendelser/"+i.ID+"/se", hour()); w.Code != http.StatusSeeOther {
		t.Errorf("with its log back footage is not opened: %d %.300s", w.Code, w.Body)
	}
	if n := s.entries("ticket.issued"); n != tickets+1 {
		t.Errorf("%d tickets", n-tickets)
	}
}

// Text that would break a log line, steer a terminal, turn the writing round or
// be a formula is harmless wherever the log is shown (J1, G1).
func TestLogIsNotInjected(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	for _, bad := range []string{"linje\r\nSet-Cookie: x=1", "\x1b[31mrød\x1b]0;titel\x07", "vendt \u202Etxt.exe", "skjult\u200B\u2066", "nul\x00tegn", `{"person":"p-9"}","x":"`, "<script>alert(1)</script>", "\u2028linje\u2029", "\xff\xfe ugyldig"} {
		s.do("koordinator", "GET", "/soeg?q="+url.QueryEscape(bad), nil, func(r *http.Request) { r.Header.Set("User-Agent", bad) })
		s.clk.Advance(time.Second)
		newest := s.uses(accesslog.Query{Kind: accesslog.Search})[0]
		if newest.Name != "Navn koordinator" || newest.Terms == "" {
			t.Errorf("%q: the newest search is %+v", bad, newest)
		}
	}
	for _, path := range []string{"/tilsyn/log", "/tilsyn/log?format=csv", "/tilsyn/log/alt"} {
		body := s.do("dpo", "GET", path, nil).Body.String()
		for _, r := range []string{"\x1b", "\x00", "\x07", "\u202e", "\u2066", "\u200b", "\u2028", "<script>alert"} {
			if strings.Contains(body, r) && (r[0] != '<' || !strings.Contains(path, "csv")) {
				t.Errorf("%s holds %q", path, r)
			}
		}
	}
	for _, f := range []string{"=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "＝1+1", "\t=1"} {
		s.do("koordinator", "GET", "/soeg?q="+url.QueryEscape(f), nil)
		s.clk.Advance(time.Second)
	}
	csv := s.do("dpo", "GET", "/tilsyn/log?slags=search&format=csv", nil).Body.String()
	for _, line := range strings.Split(csv, "\r\n") {
		for _, cell := range strings.Split(line, ";") {
			if cell = strings.Trim(cell, `"`); cell != "" && strings.ContainsAny(cell[:1], "=+-@") || strings.HasPrefix(cell, "＝") {
				t.Errorf("a cell is a formula: %q", cell)
			}
		}
	}
}

// Ten megabytes of reason are refused, and no flood of tries pushes out what
// was there (J2, J3).
func TestLogIsNotFlooded(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	s.view()
	first := s.uses(accesslog.Query{Kind: accesslog.Footage})[0]
	long := strings.Repeat("æ", 5<<20)
	if w := s.do("koordinator", "POST", "/kameraer/lindeby-1/stop", url.Values{"grund": {long}}); w.Code < 400 || w.Code >= 500 {
		t.Errorf("10 MB of reason: %d", w.Code)
	}
	if n := s.entries("camera.stopped"); n != 0 {
		t.Errorf("%d stops", n)
	}
	for range 300 {
		s.do("it", "GET", "/afspilning", nil)
		s.do("", "POST", "/log-ind", url.Values{"navn": {"udpeget"}, "adgangskode": {"forkert"}})
		s.clk.Advance(time.Second)
	}
	found := s.uses(accesslog.Query{Kind: accesslog.Footage})
	if found[len(found)-1].Index != first.Index {
		t.Error("the look is pushed out")
	}
	if body := s.do("dpo", "GET", "/tilsyn/log?slags=footage", nil).Body.String(); !strings.Contains(body, "/tilsyn/log/"+itoa(first.Index)) {
		t.Error("the look is not on the first page of its kind")
	}
	if n := len(s.uses(accesslog.Query{Refused: true})); n < 300 {
		t.Errorf("%d refusals are kept", n)
	}
}

// handed is an extract for Datatilsynet, unpacked.
func (s *site) handed(form url.Values) map[string][]byte {
	s.t.Helper()
	w := s.do("dpo", "POST", "/tilsyn/log/udlever", form)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/zip" {
		s.t.Fatalf("no extract: %d %.2000s", w.Code, w.Body)
	}
	return unzip(s.t, w.Body.Bytes())
}

func unzip(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	fatal(t, err)
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		fatal(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(r)
		fatal(t, err)
		out[f.Name] = b.Bytes()
	}
	return out
}

func rezip(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		fatal(t, err)
		_, err = w.Write(data)
		fatal(t, err)
	}
	fatal(t, z.Close())
	path := filepath.Join(t.TempDir(), "udtraek.zip")
	fatal(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// The extract for Datatilsynet is an act with its reason, holds what was chosen
// and no more, and is checked by the program that shares no code with us: every
// change of any file in it is found.
func TestExtractForTheAuthority(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-2", "LOG-4")
	s := newSite(t)
	s.view()
	s.do("koordinator", "GET", "/soeg?q=Jensen", nil)
	s.do("fremmed", "GET", "/soeg?q=Hemmeligt", nil)
	form := url.Values{"modtager": {"Datatilsynet"}, "reference": {"2026-832-0017"}, "fra": {"2026-11-01"}, "til": {"2026-11-30"}, "grund": {"Tilsyn efter § 4 e, stikprøve."}}
	if w := s.do("dpo", "POST", "/tilsyn/log/udlever", url.Values{"modtager": {"Datatilsynet"}, "fra": {"2026-11-30"}, "til": {"2026-11-01"}, "grund": {"kort"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason and with its days turned round: %d", w.Code)
	}
	files := s.handed(form)
	for _, name := range []string{"log.csv", "log.pdf", "log.vidnelog", "LAESMIG.txt", "noegle.txt", "manifest.json"} {
		if len(files[name]) == 0 {
			t.Errorf("%s is missing", name)
		}
	}
	if !bytes.Contains(files["log.csv"], []byte("Jensen")) || !bytes.Contains(files["log.csv"], []byte("Rude knust")) || !bytes.HasPrefix(files["log.pdf"], []byte("%PDF")) {
		t.Error("what was chosen is not there")
	}
	for name, data := range files {
		if bytes.Contains(data, []byte("Hemmeligt")) || bytes.Contains(data, []byte("kadence")) {
			t.Errorf("%s tells of another controller", name)
		}
	}
	acts := s.uses(accesslog.Query{Kind: accesslog.Oversee})
	if len(acts) == 0 || acts[0].Entry != "log.handed" || acts[0].Why != "Tilsyn efter § 4 e, stikprøve." || acts[0].Name != "Navn dpo" {
		t.Errorf("the act is not in the log: %+v", acts)
	}
	_, key := s.ledger.Public()
	check := func(files map[string][]byte) (int, string) {
		var out, errs strings.Builder
		code := command.Main("vidne-verify", []string{"extract", "--key", key, rezip(t, files)}, &out, &errs)
		return code, out.String() + errs.String()
	}
	if code, said := check(files); code != 0 || !strings.Contains(said, "I ORDEN") || !strings.Contains(said, "netop de indførsler") {
		t.Fatalf("the extract is not good: %d\n%s", code, said)
	}
	for name, data := range files {
		for _, at := range []int{0, len(data) / 2, len(data) - 2} {
			bad := map[string][]byte{}
			for k, d := range files {
				bad[k] = d
			}
			bad[name] = bytes.Clone(data)
			bad[name][at] ^= 1
			if code, said := check(bad); code == 0 {
				t.Errorf("a bit of %s at %d is flipped, and: %s", name, at, said)
			}
		}
		less := map[string][]byte{}
		for k, d := range files {
			if k != name {
				less[k] = d
			}
		}
		if code, _ := check(less); code == 0 {
			t.Errorf("good without %s", name)
		}
	}
	more := map[string][]byte{"tilfoejet.txt": []byte("x")}
	for k, d := range files {
		more[k] = d
	}
	if code, _ := check(more); code == 0 {
		t.Error("good with a foreign file")
	}
	// Another extract's proof does not fit this one's table.
	s.do("koordinator", "GET", "/soeg?q=Olsen", nil)
	other := s.handed(form)
	mixed := map[string][]byte{}
	for k, d := range files {
		mixed[k] = d
	}
	mixed["log.vidnelog"] = other["log.vidnelog"]
	if code, _ := check(mixed); code == 0 {
		t.Error("good with another extract's proof")
	}
	if code, said := check(other); code != 0 {
		t.Errorf("the second extract, which holds the act of the first: %s", said)
	}
	// For one person and one camera alone.
	form.Set("hvem", "udpeget")
	form.Set("kamera", "lindeby-1")
	narrow := s.handed(form)
	if code, said := check(narrow); code != 0 || bytes.Contains(narrow["log.csv"], []byte("Jensen")) || !bytes.Contains(narrow["log.csv"], []byte("Rude knust")) {
		t.Errorf("the narrow extract: %s\n%s", said, narrow["log.csv"])
	}
}

// A registered person is told when and why, of the cameras and minutes that
// concern them, and never who.
func TestExtractForARegisteredPerson(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-4")
	s := newSite(t)
	s.view()
	look := s.uses(accesslog.Query{Kind: accesslog.Footage})[0]
	form := url.Values{"reference": {"2026-77"}, "kamera": {"lindeby-1"}, "fra": {"2026-11-21"}, "fra-tid": {"00.00"}, "til": {"2026-11-21"}, "til-tid": {"23.59"}, "grund": {"Anmodning om indsigt, artikel 15."}, "format": {"json"}}
	get := func() (looks []map[string]any, raw string) {
		w := s.do("dpo", "POST", "/tilsyn/log/indsigt", form)
		if w.Code != http.StatusOK {
			t.Fatalf("%d %.2000s", w.Code, w.Body)
		}
		var v struct{ Looks []map[string]any }
		if form.Get("format") == "json" {
			fatal(t, json.Unmarshal(w.Body.Bytes(), &v))
		}
		return v.Looks, w.Body.String()
	}
	looks, raw := get()
	if len(looks) != 1 || looks[0]["purpose"] != look.Why {
		t.Fatalf("the look at %v is told as %s", look, raw)
	}
	for _, f := range []string{"json", "csv", "pdf"} {
		form.Set("format", f)
		_, raw := get()
		for _, name := range []string{"Navn udpeget", look.Person, look.Address, "Navn dpo"} {
			if strings.Contains(raw, name) {
				t.Errorf("%s names %q", f, name)
			}
		}
	}
	form.Set("format", "json")
	form.Set("fra-tid", "01.00")
	form.Set("til-tid", "02.00")
	if looks, raw := get(); len(looks) != 0 {
		t.Errorf("minutes that nobody looked at: %s", raw)
	}
	acts := s.uses(accesslog.Query{Kind: accesslog.Oversee})
	if len(acts) != 5 || acts[0].Entry != "log.insight" || acts[0].Matter != "2026-77" {
		t.Errorf("%d acts, the newest %+v", len(acts), acts[0])
	}
	if w := s.do("fremmed", "POST", "/tilsyn/log/indsigt", form); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another controller asks of our camera: %d", w.Code)
	}
}

// Everybody sees their own uses, and nobody else's there.
func TestOwnUses(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	s.view()
	s.do("koordinator", "GET", "/soeg?q=Jensen", nil)
	if body := s.do("udpeget", "GET", "/min-konto/opslag", nil).Body.String(); !strings.Contains(body, "Rude knust") || strings.Contains(body, "Jensen") {
		t.Error("the designated person does not see their own, or sees others'")
	}
	if body := s.do("koordinator", "GET", "/min-konto/opslag?slags=search", nil).Body.String(); !strings.Contains(body, "Jensen") || strings.Contains(body, "Rude knust") {
		t.Error("the coordinator's own searches")
	}
	// On the camera's page whoever may read the log reads who; others read when.
	if body := s.do("dpo", "GET", "/kameraer/lindeby-1", nil).Body.String(); !strings.Contains(body, "Hvem har set") || !strings.Contains(body, "Navn udpeget") || !strings.Contains(body, "Rude knust") {
		t.Error("the camera's page does not say who has looked")
	}
	body := s.do("it", "GET", "/kameraer/lindeby-1", nil).Body.String()
	_, after, _ := strings.Cut(body, "Hvem har set")
	after, _, _ = strings.Cut(after, "</section>")
	if !strings.Contains(after, "En medarbejder") || strings.Contains(after, "Navn udpeget") || strings.Contains(after, "Rude knust") {
		t.Errorf("IT reads %q", after)
	}
}

// What has had its time goes by itself, and its extract is still good and says
// that it has expired.
func TestLogRetentionKeepsProofs(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-2", "LOG-4")
	s := newSite(t)
	s.view()
	s.do("koordinator", "GET", "/soeg?q=Jensen", nil)
	if w := s.do("dpo", "POST", "/tilsyn/log/frister/search", url.Values{"maaneder": {"2"}, "grund": {"Alt for kort frist til at være lovlig"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("two months: %d", w.Code)
	}
	if w := s.do("dpo", "POST", "/tilsyn/log/frister/search", url.Values{"maaneder": {"6"}, "grund": {"Vi gennemgår søgninger hver måned."}}); w.Code != http.StatusSeeOther {
		t.Errorf("six months: %d %.400s", w.Code, w.Body)
	}
	_, err := s.ledger.Checkpoint(t.Context())
	fatal(t, err)
	search := s.uses(accesslog.Query{Kind: accesslog.Search})[0]
	s.clk.Advance(200 * 24 * time.Hour)
	n, err := s.portal.Accesslog().Expire(t.Context())
	fatal(t, err)
	if n != 1 || len(s.uses(accesslog.Query{Kind: accesslog.Search})) != 0 || len(s.uses(accesslog.Query{Text: "jensen"})) != 0 || len(s.uses(accesslog.Query{Kind: accesslog.Footage})) == 0 {
		t.Errorf("%d deleted", n)
	}
	if e, err := s.portal.Accesslog().Entry(t.Context(), search.Index); err != nil || !e.Expired || len(e.Commit) != 32 {
		t.Errorf("the ledger's entry: %+v %v", e, err)
	}
	if found, err := s.ledger.Check(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("the ledger does not fit: %v %v", found, err)
	}
	if n := s.entries("ledger.expired"); n != 1 {
		t.Errorf("the deletion is %d entries", n)
	}
	s.logIn("dpo")
	w := s.do("dpo", "GET", "/tilsyn/log/udtraek?del=portal", nil)
	file := filepath.Join(t.TempDir(), "alt.vidnelog")
	fatal(t, os.WriteFile(file, w.Body.Bytes(), 0o600))
	_, key := s.ledger.Public()
	var out, errs strings.Builder
	if code := command.Main("vidne-verify", []string{"log", "--lang", "en", "--key", key, file}, &out, &errs); code != 0 || !strings.Contains(out.String(), "1 expired entry (no. "+itoa(search.Index)+")") {
		t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
	}
}

// Why evidence was kept is told in words, and not by the name that a statement
// has for it.
func TestWhatWasDoneIsToldInWords(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	v := &page.Visit{Words: s.portal.In(page.Danish), Site: s.portal.Site}
	for _, why := range []string{"crime", "dispute", "sharing"} {
		r := v.SampleUseWords(nil, nil).Row(accesslog.Use{Kind: accesslog.Evidence, Entry: "lock.asked", Person: "p", Name: "Ida", Why: why})
		if r.Why == why || r.Why == "" || r.What != "Bad om en bevislås" {
			t.Errorf("%s is told as %q, %q", why, r.What, r.Why)
		}
	}
	if r := v.Why(accesslog.Use{Kind: accesslog.Footage, Why: "Rude knust"}); r != "Rude knust" {
		t.Errorf("somebody's own words became %q", r)
	}
}
