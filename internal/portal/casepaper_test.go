package portal

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// told is a case of the applicant's with answers, and a player who holds every
// body of it.
func (s *site) told() (string, *dossiertest.Player) {
	s.t.Helper()
	ctx := s.t.Context()
	who := s.people["ansoeger"]
	p := &dossiertest.Player{Room: s.rooms.Cases, Register: s.portal.Register, Clock: s.clk, Controller: "lindeby", Cast: map[string]dossier.Who{}, Pass: s.clk.Advance}
	for _, b := range []string{"it", "risk", "dpo", "director"} {
		w := dossier.Who{Person: "p-" + b, Name: "Navn " + b}
		p.Cast[b] = w
		fatal(s.t, s.portal.Register.Hold(ctx, register.Holder{ID: "h-" + b, Controller: "lindeby", Body: b, Person: w.Person, Name: w.Name, By: "test"}))
	}
	p.Cast["applicant"] = dossier.Who{Person: who.ID, Name: who.Name}
	c, err := s.rooms.Cases.Begin(ctx, dossier.New{Controller: "lindeby", Title: "Hærværk ved skolen", Number: "82.16.05-Ø54-5-26", Locations: []string{"lindeby-skole"}}, p.Cast["applicant"])
	fatal(s.t, err)
	_, proc, err := s.rooms.Cases.Get(ctx, "lindeby", c.ID)
	fatal(s.t, err)
	given := map[string]string{"purpose.kind": "crime", "incidents": "ja", "tried": "ja", "necessity": "Fire indbrud på et år, og stedet er et kendt mål.",
		"purpose.text": "Forebygge og opklare gentaget hærværk ved indgangen."}
	list := []casework.Wanted{{Camera: "lindeby-1", Name: "Indgang", Location: "lindeby-skole", Place: "own-entrance", Purpose: "Opklare hærværk", PurposeKind: "crime", Basis: "2d", Pattern: "uden", Recording: true}}
	hours := []casework.Pattern{{ID: "uden", Name: "Uden for åbningstid", Hours: dossiertest.Hours("18:00", "06:00")}}
	_, err = s.rooms.Cases.SaveDraft(ctx, "lindeby", c.ID, dossier.Edit{Base: 1, Answers: dossiertest.Answers(proc, given, s.clk.Now()), Cameras: &list, Hours: &hours}, p.Cast["applicant"])
	fatal(s.t, err)
	return c.ID, p
}

// get asks for a page that must be there.
func (s *site) get(who, path string) string {
	s.t.Helper()
	w := s.do(who, "GET", path, nil)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s as %s: %d\n%s", path, who, w.Code, w.Body)
	}
	return w.Body.String()
}

func TestTheCommitteesPaper(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-11")
	s := newSite(t)
	id, player := s.told()
	fatal(t, player.Until(t.Context(), id, "ground"))
	at := "/sager/" + id + "/fremstilling"
	page := s.get("ansoeger", at)
	for _, want := range []string{"Forebygge og opklare gentaget hærværk ved indgangen.", "82.16.05-Ø54-5-26", "Navn ansoeger", "Indgang", "§ 2 d", "Sagsresumé", "Indstilling", "Beslutning"} {
		if !strings.Contains(page, want) {
			t.Errorf("the draft lacks %q", want)
		}
	}
	form := url.Values{"resume": {"Skolen søger.\n\n- et punkt\n- et til"}, "fremstilling": {"Vores egne ord om sagen."}, "oekonomi": {""}, "indstilling": {"Vi indstiller."}, "beslutning": {""}}
	if w := s.do("ansoeger", "POST", at, form); w.Code != http.StatusSeeOther {
		t.Fatalf("not saved: %d %s", w.Code, w.Body)
	}
	if s.entries("case.paper") != 1 {
		t.Error("the ledger does not hear of it")
	}
	if page := s.get("dpo", at); !strings.Contains(page, "Vores egne ord om sagen.") || strings.Contains(page, "<textarea") {
		t.Error("who only reads sees what was written, and no form")
	}
	if w := s.do("dpo", "POST", at, form); w.Code != http.StatusForbidden {
		t.Errorf("another one writes: %d", w.Code)
	}
	if w := s.do("fremmed", "GET", at, nil); w.Code != http.StatusNotFound {
		t.Errorf("another controller's: %d", w.Code)
	}
	long := url.Values{"resume": {strings.Repeat("x", 9500)}}
	if w := s.do("ansoeger", "POST", at, long); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), strings.Repeat("x", 9000)) {
		t.Errorf("what is too long is said and kept: %d", w.Code)
	}
	pdf := s.do("ansoeger", "GET", at+".pdf", nil)
	if pdf.Code != 200 || !bytes.HasPrefix(pdf.Body.Bytes(), []byte("%PDF-")) || pdf.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("PDF: %d %s", pdf.Code, pdf.Header())
	}
	docx := s.do("ansoeger", "GET", at+".docx", nil)
	z, err := zip.NewReader(bytes.NewReader(docx.Body.Bytes()), int64(docx.Body.Len()))
	fatal(t, err)
	f, err := z.Open("word/document.xml")
	fatal(t, err)
	text, err := io.ReadAll(f)
	fatal(t, err)
	for _, want := range []string{"Vores egne ord om sagen.", "et punkt", "§ 2 d", "Sagsnr."} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document lacks %q", want)
		}
	}
}

func TestAPaperGoesOnTheCase(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-11")
	s := newSite(t)
	id, _ := s.told()
	if w := s.do("ansoeger", "POST", "/sager/"+id+"/fremstilling/vedlaeg", nil); w.Code != http.StatusSeeOther {
		t.Fatalf("not attached: %d %s", w.Code, w.Body)
	}
	all, err := s.rooms.Cases.DocumentsOf(t.Context(), "lindeby", id)
	fatal(t, err)
	if len(all) != 1 || all[0].Kind != dossier.AnnexPaper || all[0].Name != "sagsfremstilling-"+id+".pdf" {
		t.Errorf("%+v", all)
	}
}

func TestTheDecisionAsALetter(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-11", "CASE-16")
	s := newSite(t)
	id, player := s.told()
	at := "/sager/" + id + "/afgoerelse"
	if w := s.do("ansoeger", "GET", at, nil); w.Code != http.StatusNotFound {
		t.Errorf("a decision before it is made: %d", w.Code)
	}
	fatal(t, player.Until(t.Context(), id, "ground"))
	fatal(t, player.Act(t.Context(), id, casework.Act{Kind: casework.ActRefuse, Step: "ground", Remarks: "Ét tyveri er ikke et mønster."}))
	if page := s.get("ansoeger", at); !strings.Contains(page, "afslået") || !strings.Contains(page, "Ét tyveri er ikke et mønster.") || !strings.Contains(page, "Ingen optagetilladelse endnu") {
		t.Error("the refusal is told with its reason, and that nothing may record")
	}
	if w := s.do("ansoeger", "GET", at+".pdf", nil); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
		t.Errorf("PDF: %d", w.Code)
	}
}

func TestTheWholeCaseAsAPackage(t *testing.T) {
	t.Parallel()
	req.Shows(t, "OPS-5", "CASE-16")
	s := newSite(t)
	id, player := s.told()
	ctx := t.Context()
	_, err := s.rooms.Cases.Attach(ctx, "lindeby", id, dossier.File{Kind: "other", Name: "Foto æøå.txt", Body: strings.NewReader("et bilag\n")}, player.Cast["applicant"])
	fatal(t, err)
	fatal(t, player.Until(ctx, id, "ground"))
	if w := s.do("fremmed", "GET", "/sager/"+id+"/dagbog.zip", nil); w.Code != http.StatusNotFound || s.entries("case.exported") != 0 {
		t.Errorf("another controller's: %d", w.Code)
	}
	w := s.do("it", "GET", "/sager/"+id+"/dagbog.zip", nil)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/zip" || s.entries("case.exported") != 1 {
		t.Fatalf("%d %s, %d entries", w.Code, w.Header(), s.entries("case.exported"))
	}
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	fatal(t, err)
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		fatal(t, err)
		files[f.Name], err = io.ReadAll(r)
		fatal(t, err)
	}
	if z.File[len(z.File)-1].Name != "manifest.json" {
		t.Error("the manifest is not last")
	}
	type meta struct {
		File, Title, Case, CaseNumber, DocumentDate, Direction, SHA256, MediaType string
		Size                                                                      int64
	}
	var m struct {
		Format, CaseNumber string
		Documents          []meta
	}
	fatal(t, json.Unmarshal(files["manifest.json"], &m))
	if m.Format != "vidne-case-package-1" || m.CaseNumber != "82.16.05-Ø54-5-26" || len(m.Documents)*2+1 != len(files) {
		t.Errorf("%s %s: %d documents, %d files", m.Format, m.CaseNumber, len(m.Documents), len(files))
	}
	for _, d := range m.Documents {
		sum := sha256.Sum256(files[d.File])
		if hex.EncodeToString(sum[:]) != d.SHA256 || int64(len(files[d.File])) != d.Size || d.Title == "" || !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(d.DocumentDate) {
			t.Errorf("%+v", d)
		}
		var beside meta
		if fatal(t, json.Unmarshal(files[d.File+".meta.json"], &beside)); beside != d {
			t.Errorf("%s: %+v beside it, %+v in the manifest", d.File, beside, d)
		}
	}
	for _, want := range []string{"dagbog.html", "dagbog.pdf", "dagbog.json", "ansoegning/udgave-001.html", "ansoegning/udgave-001.pdf", "ansoegning/udgave-001.json", "fremstilling.pdf"} {
		if len(files[want]) == 0 {
			t.Errorf("no %s", want)
		}
	}
	if !strings.Contains(string(files["dagbog.html"]), "Navn ansoeger") || !strings.Contains(string(files["dagbog.json"]), "application.sent") {
		t.Errorf("the journal does not say what happened: %s", files["dagbog.json"])
	}
	if !strings.Contains(string(files["ansoegning/udgave-001.html"]), "gentaget hærværk ved indgangen") {
		t.Errorf("the application does not say what was applied for: %s", files["ansoegning/udgave-001.html"])
	}
	annex := false
	for name, data := range files {
		annex = annex || strings.HasPrefix(name, "bilag/") && string(data) == "et bilag\n"
	}
	if !annex {
		t.Error("the annex is not in it")
	}
}

func TestOnesOwnFrontPage(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-19", "CASE-1")
	s := newSite(t)
	id, player := s.told()
	if page := s.get("ansoeger", "/min-side"); !strings.Contains(page, "Sag "+id+": ") || !strings.Contains(page, `href="/sager/`+id+`/ansoegning"`) || strings.Contains(page, "/kameraer?tilstand") {
		t.Error("the applicant sees what waits, and no cameras")
	}
	fatal(t, player.Until(t.Context(), id, "ground"))
	if page := s.get("ansoeger", "/min-side"); strings.Contains(page, "Sag "+id+": ") {
		t.Error("what waits for another is not the applicant's task")
	}
	koord := s.people["koordinator"]
	fatal(t, s.portal.Register.Hold(t.Context(), register.Holder{ID: "h-k", Controller: "lindeby", Body: "risk", Person: koord.ID, Name: koord.Name, By: "test"}))
	page := s.get("koordinator", "/min-side")
	if !strings.Contains(page, "Er der grundlag") || !strings.Contains(page, "/sager/"+id+"/trin/ground") || !strings.Contains(page, "/kameraer?tilstand") {
		t.Error("the coordinator sees the turn, and the cameras")
	}
	s.clk.Advance(8 * time.Minute)
	for range 3 * 24 * 8 { // keeps the session, and comes past the deadline
		if w := s.do("koordinator", "GET", "/min-side", nil); w.Code != 200 {
			s.logIn("koordinator")
		}
		s.clk.Advance(2 * time.Hour)
	}
	s.logIn("koordinator")
	if page := s.get("koordinator", "/min-side"); !strings.Contains(page, "Fristen var") {
		t.Error("what is late is not said to be")
	}
}

var feedAddress = regexp.MustCompile(`/kalender/[A-Za-z0-9_-]+\.ics`)

func TestDeadlinesInOnesOwnCalendar(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-19")
	s := newSite(t)
	id, player := s.told()
	fatal(t, player.Until(t.Context(), id, "ground"))
	w := s.do("ansoeger", "POST", "/min-konto/kalender", nil)
	address := feedAddress.FindString(w.Body.String())
	if w.Code != 200 || address == "" {
		t.Fatalf("no address: %d", w.Code)
	}
	if feedAddress.MatchString(s.get("ansoeger", "/min-konto")) {
		t.Error("the address is shown again")
	}
	w = s.do("", "GET", address, nil)
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/calendar") || !strings.Contains(w.Body.String(), "Er der grundlag") || !strings.Contains(w.Body.String(), id) {
		t.Fatalf("%d %s\n%s", w.Code, w.Header(), w.Body)
	}
	for _, secret := range []string{"Hærværk", "Skolen", "Navn"} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("the calendar says %q", secret)
		}
	}
	if w := s.do("ansoeger", "POST", "/min-konto/kalender/slet", nil); w.Code != http.StatusSeeOther {
		t.Fatalf("%d", w.Code)
	}
	if w := s.do("", "GET", address, nil); w.Code != http.StatusNotFound {
		t.Errorf("a deleted address: %d", w.Code)
	}
	code := 0
	for range 40 {
		code = s.do("", "GET", "/kalender/gaet.ics", nil).Code
	}
	if code != http.StatusTooManyRequests {
		t.Errorf("guessing goes on: %d", code)
	}
	s.clk.Advance(2 * time.Minute)
	if code := s.do("", "GET", "/kalender/gaet.ics", nil).Code; code != http.StatusNotFound {
		t.Errorf("after a while: %d", code)
	}
	if mayHaveCases("p", "lindeby", nil) || !mayHaveCases("p", "lindeby", []string{string(access.Applicant)}) {
		t.Error("a calendar follows the role")
	}
}

func TestOnesOwnMailAddress(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-19")
	s := newSite(t)
	if w := s.do("ansoeger", "POST", "/min-konto/mail", url.Values{"email": {"ikke en adresse"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "ikke en adresse") {
		t.Errorf("a bad address: %d", w.Code)
	}
	if w := s.do("ansoeger", "POST", "/min-konto/mail", url.Values{"email": {"a@example.dk"}}); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if p, err := s.portal.People.Person(t.Context(), s.people["ansoeger"].ID); err != nil || p.Email != "a@example.dk" {
		t.Errorf("%+v %v", p, err)
	}
	if !strings.Contains(s.get("ansoeger", "/min-konto"), `value="a@example.dk"`) {
		t.Error("the page does not show it")
	}
}
