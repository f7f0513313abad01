package portal

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// brud is a breach that an operator found.
func (s *site) brud() string {
	s.t.Helper()
	p := s.people["udpeget"]
	b, err := s.portal.breaches.Report(s.t.Context(), breach.Call{Kind: breach.Unlawful, Finder: breach.Other, Location: "lindeby-skole", Cameras: []string{"lindeby-1"}, Words: "Kameraet ser ind i naboens have."},
		breach.Who{Controller: p.Controller, Person: p.ID, Name: p.Name})
	fatal(s.t, err)
	return b.ID
}

// newestBreach is the last that was reported.
func (s *site) newestBreach() breach.Breach {
	s.t.Helper()
	all, err := s.portal.breaches.List(s.t.Context(), "lindeby")
	fatal(s.t, err)
	if len(all) == 0 {
		s.t.Fatal("nothing is reported")
	}
	return all[0]
}

// The call of whoever answers for a place is one text: it stops the camera, and
// the camera goes on only when somebody has decided it. Somebody who does not
// answer for the place reports, and stops nothing.
func TestTheCallToITStopsTheCamera(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-2")
	s := newSite(t)
	s.deliver()
	call, words := "/kameraer/lindeby-1/stop-og-meld", url.Values{"grund": {"Kameraet er drejet mod naboens have."}}
	if w := s.do("leder", "POST", call, words); w.Header().Get("Location") != "/brud/meld?sted=lindeby-skole" {
		t.Errorf("a manager of another place: %d %s", w.Code, w.Header().Get("Location"))
	}
	fatal(t, s.portal.Register.Hold(t.Context(), register.Holder{ID: "leder", Controller: "lindeby", Location: "lindeby-skole", Body: "manager", Person: s.people["leder"].ID, Name: "Navn leder"}))
	s.shows("leder", call, "Stop og meld til IT", "Kameraet stopper nu", "IT og databeskyttelsesrådgiveren får besked nu")
	if w := s.do("leder", "POST", call, url.Values{"grund": {"x"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a word: %d", w.Code)
	}
	view := s.view()
	s.sentMeanwhile("leder", call, words, "/brud/meldt?besked=brud-meldt")
	s.deliver()
	s.shows("leder", "/brud/meldt?besked=brud-meldt", "Kameraet er drejet mod naboens have.", "Kameraet er stoppet og bliver undersøgt")
	b := s.newestBreach()
	here := "/brud/" + b.ID
	if b.Finder != breach.Owner || b.Stopped.IsZero() || b.Halt == "" {
		t.Fatalf("%+v", b)
	}
	if w := s.do("leder", "GET", here, nil); w.Code != http.StatusForbidden {
		t.Errorf("a manager reads the case: %d", w.Code)
	}
	// What was opened before is taken back, and nothing is opened any more.
	if n := s.entries("revocation.issued"); n != 1 {
		t.Errorf("%d tickets are taken back", n)
	}
	from := strings.TrimPrefix(view, "/afspilning/")
	if w := s.do("udpeget", "POST", "/afspilning/"+from+"/periode", url.Values{"fra": {today(10, 0).Format(time.RFC3339)}, "til": {today(10, 30).Format(time.RFC3339)}}); w.Code < 400 {
		t.Errorf("another period is opened: %d", w.Code)
	}
	s.shows("koordinator", page.HomePath, "kontakt databeskyttelsesrådgiveren")
	s.shows("it", here, "Hos IT", "IT har fået meldingen", "Ingen kan åbne det", "Vidne sender ikke noget")
	s.shows("koordinator", "/kameraer/lindeby-1", "Kameraet venter på en afgørelse")
	s.logIn("dpo")
	s.logIn("koordinator")
	if w := s.do("koordinator", "POST", "/kameraer/lindeby-1/genstart", url.Values{"grund": {"Vinklen er rettet igen."}}); w.Code != http.StatusConflict || s.entries("restart.issued") != 0 {
		t.Errorf("the camera goes on without a decision: %d %s", w.Code, said(w.Body.String()))
	}

	s.sent("it", here+"/kontakt", url.Values{"hvordan": {"phone"}, "dato": {page.FormDate(s.clk.Now())}, "tid": {s.clk.Now().In(page.Zone()).Format("15.04")}}, here+"?besked=brud-kontakt")
	if w := s.do("it", "POST", here+"/vurdering", url.Values{"risiko": {"unlikely"}, "ord": {"Haven var tom hele tiden."}}); w.Code != http.StatusForbidden {
		t.Errorf("IT decides: %d", w.Code)
	}
	s.sent("dpo", here+"/vurdering", url.Values{"risiko": {"unlikely"}, "ord": {"Haven var tom, og ingen har åbnet optagelserne."}}, here+"?besked=brud-vurderet")
	s.sent("koordinator", here+"/genstart", url.Values{"genstart": {"ja"}, "hjemmel": {"Sag 2026-014"}, "ord": {"Vinklen er rettet."}}, here+"?besked=brud-genstart")
	s.sentMeanwhile("koordinator", "/kameraer/lindeby-1/genstart", url.Values{"grund": {"Vinklen er rettet igen."}}, "/kameraer/lindeby-1?besked=genstartet")
	s.sent("dpo", here+"/luk", url.Values{"ord": {"Vinklen ses efter hver måned."}}, here+"?besked=brud-lukket")
	s.shows("dpo", here, "Vinklen ses efter hver måned.", "lukkede B-2026-001")
}

// A passer-by's report becomes a breach whose clock runs from the report, is
// filled in with what is known, and is notified by a person: the system only says
// what was written down.
func TestABreachIsNotifiedByAPerson(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-2")
	s := newSite(t)
	ctx := t.Context()
	fatal(t, s.portal.Notices().Report(ctx, s.published().Code, notice.Report{What: notice.WrongCamera, Where: "Ved porten", Words: "Det ser ind i min have"}))
	list := s.shows("it", "/brud", "En forbipasserende melder om et kamera", "Vurdér meldingen")
	_, rest, _ := strings.Cut(list, `href="/brudmeldinger/`)
	id, _, _ := strings.Cut(rest, `"`)
	s.shows("it", "/brudmeldinger/"+id, "Ved porten", "Det ser ind i min have")
	if w := s.do("it", "POST", "/brudmeldinger/"+id, url.Values{"brud": {"nej"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no breach, without a word: %d", w.Code)
	}
	known := s.clk.Now()
	w := s.doMeanwhile("it", "/brudmeldinger/"+id, url.Values{"brud": {"ja"}, "stop": {"ja"}})
	b := s.newestBreach()
	here := "/brud/" + b.ID
	if w.Code != http.StatusSeeOther || b.Finder != breach.Public || b.Known.Before(known) || b.Known.After(s.clk.Now()) || b.Stopped.IsZero() {
		t.Fatalf("%d %+v", w.Code, b)
	}
	if w := s.do("it", "GET", "/brudmeldinger/"+id, nil); w.Code != http.StatusNotFound {
		t.Errorf("a settled report: %d", w.Code)
	}
	s.clk.Advance(time.Minute)
	s.shows("it", here, "Et brud: 71 timer tilbage", "Skal vurderes")
	s.shows("dpo", here+"/oplysninger", "Udfyldt med det, Vidne ved", "Ca. ", "Ved porten", "Indgang")
	s.sent("dpo", here+"/vurdering", url.Values{"risiko": {"high"}, "ord": {"Der leger børn i haven."}}, here+"?besked=brud-vurderet")
	s.sent("it", here+"/oplysninger", url.Values{"haendelse": {"Kameraet så ind i naboens have."}, "aspekter": {"confidentiality"}, "personer": {"children", "other"}, "antal": {"4"}}, here+"?besked=brud-oplysninger")
	text := s.do("dpo", "GET", here+"/anmeldelse/tekst", nil)
	for _, word := range []string{"Kameraet så ind i naboens have.", "Børn, Andre", "Ikke oplyst endnu", "Vidne har ikke sendt noget til nogen", "Brud med høj risiko"} {
		if !strings.Contains(text.Body.String(), word) {
			t.Errorf("the text lacks %q", word)
		}
	}
	for form, kind := range map[string]string{"pdf": "application/pdf", "docx": "openxml"} {
		if w := s.do("dpo", "GET", here+"/anmeldelse/"+form, nil); w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", form, w.Code, w.Header().Get("Content-Type"))
		}
	}
	s.shows("dpo", here+"/anmeldelse", "I anmelder selv", "konsekvenser")

	s.clk.Advance(80 * time.Hour)
	for _, who := range []string{"it", "dpo", "koordinator"} {
		s.logIn(who)
	}
	s.shows("it", here, "De 72 timer er gået for 8 timer siden")
	s.shows("it", page.HomePath, "de 72 timer er gået")
	now := s.clk.Now().In(page.Zone())
	sent := map[string]string{"dato": page.FormDate(now), "tid": now.Format("15.04"), "reference": "2026-441-0001", "grund": ""}
	if code, body, _ := s.withFile("it", here+"/indsendt", values(sent), "", ""); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Anmeldelsen kom efter de 72 timer") {
		t.Errorf("late without a reason: %d", code)
	}
	sent["grund"] = "Ingen kunne se, hvad kameraet så, før skolen åbnede."
	code, body, _ := s.withFile("it", here+"/indsendt", values(sent), "kvittering.pdf", "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
	if code != http.StatusSeeOther {
		t.Fatalf("sent: %d %s", code, said(body))
	}
	if b = s.newestBreach(); len(b.Sent) != 1 || b.Sent[0].Document == "" || !strings.Contains(b.Sent[0].Text, "naboens have") {
		t.Errorf("%+v", b.Sent)
	}
	if w := s.do("it", "GET", here+"/kvittering/0", nil); w.Code != http.StatusOK {
		t.Errorf("the receipt: %d", w.Code)
	}
	s.shows("it", here, "2026-441-0001", "konsekvenser", "Ingen kunne se")
	if w := s.do("dpo", "POST", here+"/underretning", url.Values{"underret": {"nej"}, "ord": {"Det er ikke nødvendigt."}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("not told at high risk without an exception: %d", w.Code)
	}
	if w := s.do("dpo", "POST", here+"/luk", url.Values{"ord": {"Vinklen ses efter hver måned."}}); w.Code != http.StatusConflict {
		t.Errorf("closed with something left: %d", w.Code)
	}
}

// Anybody who is logged in reports; a stick that is lost has no camera; and
// another controller's breach is nobody's here.
func TestAnybodyReports(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	now := s.clk.Now().In(page.Zone())
	form := url.Values{"slags": {"lost"}, "ord": {"USB-nøglen til politiet er væk."}, "kendt": {page.FormDate(now)}, "kendttid": {now.Format("15.04")}, "kilde": {"disclosure"}, "kildenr": {"u1"}}
	for _, who := range []string{"udpeget", "ansoeger", "godkender"} {
		s.shows(who, "/brud/meld", "Meld, at noget er galt")
		s.sent(who, "/brud/meld", form, "/brud/meldt?besked=brud-meldt")
	}
	if w := s.do("uden-rolle", "GET", "/brud/meld", nil); w.Code != http.StatusForbidden {
		t.Errorf("nobody's role: %d", w.Code)
	}
	b := s.newestBreach()
	if b.Source != breach.FromDisclosure || b.SourceID != "u1" || len(b.Cameras) != 0 || b.Finder != breach.Other {
		t.Errorf("%+v", b)
	}
	for field, bad := range map[string]string{"slags": "surveillance", "ord": "Den er til 010203-1234.", "kendttid": "25.99"} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set(field, bad)
		if w := s.do("udpeget", "POST", "/brud/meld", wrong); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s = %q: %d", field, bad, w.Code)
		}
	}
	if w := s.do("fremmed", "GET", "/brud/"+b.ID, nil); w.Code != http.StatusNotFound {
		t.Errorf("another's breach: %d", w.Code)
	}
}

func values(m map[string]string) url.Values {
	out := url.Values{}
	for k, v := range m {
		out.Set(k, v)
	}
	return out
}

// doMeanwhile sends a form whose answer waits a moment for the engine, while
// time passes.
func (s *site) doMeanwhile(who, path string, form url.Values) (w *httptest.ResponseRecorder) {
	s.t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); w = s.do(who, "POST", path, form) }()
	enginetest.Until(s.t, "an answer of "+path, func() bool {
		s.clk.Advance(100 * time.Millisecond)
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	return w
}

// sentMeanwhile is sent, while time passes.
func (s *site) sentMeanwhile(who, path string, form url.Values, to string) {
	s.t.Helper()
	w := s.doMeanwhile(who, path, form)
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != to {
		s.t.Fatalf("%s: %d to %q, want %q\n%s", path, w.Code, got, to, said(w.Body.String()))
	}
}
