package portal

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/assessment"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// withFiles posts a form with files, by field, after its other fields.
func (s *site) withFiles(who, path string, fields url.Values, files ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range fields {
		for _, v := range values {
			fatal(s.t, m.WriteField(name, v))
		}
	}
	for _, field := range files {
		w, err := m.CreateFormFile(field, field+".pdf")
		fatal(s.t, err)
		_, err = w.Write([]byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"))
		fatal(s.t, err)
	}
	fatal(s.t, m.Close())
	return s.do(who, "POST", path, nil, func(r *http.Request) {
		q := httptest.NewRequestWithContext(s.t.Context(), "POST", testHost+path, &b)
		r.Body, r.ContentLength = q.Body, q.ContentLength
		r.Header.Set("Content-Type", m.FormDataContentType())
	})
}

// leads demands where an answer leads, and gives it.
func (s *site) leads(w *httptest.ResponseRecorder, to string) string {
	s.t.Helper()
	got := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(got, to) {
		s.t.Fatalf("%d to %q, want %q: %s", w.Code, got, to, said(w.Body.String()))
	}
	path, _, _ := strings.Cut(got, "?")
	return path
}

// The guideline from the first version through a review to the second, by hand:
// who is asked answers for themselves, nobody else does, and the page says what
// is new, a line each.
func TestTheGuidelineIsReviewedByHand(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-1")
	s := newSite(t)
	const path = "/retningslinje"
	s.shows("koordinator", path, "Der er ingen retningslinje")
	today := page.FormDate(s.clk.Now())
	version := url.Values{"titel": {"Retningslinje for tv-overvågning"}, "tekst": {"Formål\n\nAt forebygge hærværk."}, "nyt": {"Den første udgave."}, "besluttet_af": {"Direktionen"}, "besluttet": {today}}
	if w := s.withFiles("leder", path+"/ny", version); w.Code != http.StatusForbidden {
		t.Errorf("a manager publishes it: %d", w.Code)
	}
	if w := s.withFiles("it", path+"/ny", version, "fil"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("both a file and a text: %d", w.Code)
	}
	s.leads(s.withFiles("it", path+"/ny", version), path)
	s.shows("leder", path, "Den første udgave.", "Gælder nu")
	if w := s.do("leder", "GET", path+"/udgave/1", nil); w.Code != http.StatusOK || w.Body.Len() < 500 {
		t.Errorf("the version: %d", w.Code)
	}
	if w := s.do("leder", "GET", path+"/udgave/2", nil); w.Code != http.StatusNotFound {
		t.Errorf("a version that is not there: %d", w.Code)
	}

	dpo := s.people["dpo"].ID
	begin := url.Values{"grund": {"other"}, "begrundelse": {"Afsnittet om adgang mangler."}, "frist": {page.FormDate(s.clk.Now().AddDate(0, 0, 20))}, "personer": {dpo}, "andre": {"MED-udvalget"}}
	if w := s.do("it", "POST", path+"/gennemgang/ny", url.Values{"grund": {"other"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("begun without a reason: %d", w.Code)
	}
	one := s.leads(s.do("it", "POST", path+"/gennemgang/ny", begin), path+"/gennemgang/")
	g, err := s.portal.Guideline().Of(t.Context(), "lindeby")
	fatal(t, err)
	x, ok := g.Running()
	if !ok || len(x.Parties) != 2 {
		t.Fatalf("%+v", g)
	}
	for _, p := range x.Parties {
		at := one + "/svar/" + p.ID
		if p.Person == dpo {
			if w := s.do("koordinator", "POST", at, url.Values{"svar": {"none"}}); w.Code != http.StatusForbidden {
				t.Errorf("another answers for the data protection officer: %d", w.Code)
			}
			if w := s.do("dpo", "POST", at, url.Values{"svar": {"comment"}}); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("a comment without words: %d", w.Code)
			}
			s.leads(s.do("dpo", "POST", at, url.Values{"svar": {"comment"}, "bemaerkning": {"Skriv, hvem der må se med."}}), one)
			continue
		}
		if w := s.withFiles("it", one+"/afslut", url.Values{"udfald": {"unchanged"}, "konklusion": {"Den er god, som den er."}}, "referat"); w.Code == http.StatusSeeOther {
			t.Error("concluded before everybody has answered")
		}
		s.leads(s.do("it", "POST", at, url.Values{"svar": {"none"}}), one)
	}
	s.shows("dpo", one, "Skriv, hvem der må se med.", "Ingen bemærkninger")
	version.Set("nyt", "Nyt: hvem der må se med.\nUændret: formålet.")
	version.Set("udfald", "changed")
	version.Set("konklusion", "Afsnittet om adgang er skrevet.")
	s.leads(s.withFiles("it", one+"/afslut", version, "referat"), "/")
	if body := s.shows("leder", path, "Nyt: hvem der må se med.", "Uændret: formålet.", "Den første udgave."); strings.Contains(body, "se med.\nUændret") {
		t.Error("what is new and what is not stand in one line")
	}
	s.shows("dpo", one, "Afsnittet om adgang er skrevet.", one+"/referat")
	if w := s.do("fremmed", "GET", one, nil); w.Code != http.StatusNotFound {
		t.Errorf("another controller reads it: %d", w.Code)
	}
}

// A letter from the letter-box to its receipt, by hand.
func TestALetterIsAnsweredByHand(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-3")
	s := newSite(t)
	day := func(n int) string { return page.FormDate(s.clk.Now().AddDate(0, 0, n)) }
	in := url.Values{"fra": {"datatilsynet"}, "dateret": {day(-2)}, "modtaget": {day(-1)}, "emne": {"Tv-overvågning på skolen"}, "beder": {"Hvor længe gemmes optagelser?"}, "frist": {day(14)}, "svarer": {s.people["dpo"].ID}}
	if w := s.withFiles("leder", "/breve/nyt", in, "fil"); w.Code != http.StatusForbidden {
		t.Errorf("a manager writes it down: %d", w.Code)
	}
	if w := s.withFiles("koordinator", "/breve/nyt", in); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without the letter: %d", w.Code)
	}
	one := s.leads(s.withFiles("koordinator", "/breve/nyt", in, "fil"), "/breve/")
	s.shows("dpo", "/breve", "Tv-overvågning på skolen", "T-2026-001")
	s.shows("dpo", page.HomePath, "T-2026-001")
	s.shows("dpo", one, "Hvor længe gemmes optagelser?")
	if w := s.do("fremmed", "GET", one, nil); w.Code != http.StatusNotFound {
		t.Errorf("another controller reads it: %d", w.Code)
	}
	if w := s.do("dpo", "POST", one+"/frist", url.Values{"frist": {day(30)}, "begrundelse": {"x"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("moved without the authority's word: %d", w.Code)
	}
	s.leads(s.do("dpo", "POST", one+"/frist", url.Values{"frist": {day(30)}, "begrundelse": {"Datatilsynet gav mere tid i telefonen."}}), one)
	s.leads(s.withFiles("dpo", one+"/svar", url.Values{"sendt": {day(0)}, "hvordan": {"Digital Post"}, "hel": {"whole"}}, "fil"), one)
	s.leads(s.withFiles("dpo", one+"/kvittering/0", nil, "kvittering"), one)
	s.leads(s.do("dpo", "POST", one+"/luk", url.Values{"udfald": {"Datatilsynet har ikke flere spørgsmål."}}), "/breve")
	s.shows("koordinator", one, "Datatilsynet har ikke flere spørgsmål.", "Datatilsynet gav mere tid i telefonen.", one+"/fil/")
	if w := s.withFiles("dpo", one+"/svar", url.Values{"sendt": {day(0)}, "hvordan": {"Digital Post"}, "hel": {"whole"}}, "fil"); w.Code == http.StatusOK {
		t.Errorf("a closed letter is answered: %d", w.Code)
	}
}

// An order on quality is held against what the cameras deliver: one that nobody
// has probed, and one whose footage is kept too short, are named with what is
// lacking, at the order and in how the place stands (§ 4 b).
func TestAnOrderOnQualityIsHeldAgainstTheCameras(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-6")
	s := newSite(t)
	s.deliver()
	order := func(id string, d register.Demands) {
		fatal(t, s.portal.Register.AddOrder(t.Context(), register.PoliceOrder{ID: id, Controller: "lindeby", Kind: register.OrderQuality, District: "Midtjylland", Reference: "ref-" + id, Dated: start.Add(-time.Hour),
			Says: "Ansigter skal kunne ses.", Demands: d, Locations: register.List{"lindeby-skole"}}, ""))
	}
	order("kort", register.Demands{KeepHours: 14 * 24})
	s.shows("koordinator", "/politi/kort", "Holdt op mod kravene", "Opfylder kravene")
	order("lang", register.Demands{KeepHours: 20 * 24, Width: 1920, Height: 1080})
	s.shows("koordinator", "/politi/lang", "2 mangler", "20 døgn", "14 døgn")
	s.shows("koordinator", "/tilstand/lindeby-skole", "/politi/lang#kameraer")
	if body := s.shows("koordinator", "/tilstand/lindeby-skole"); strings.Contains(body, "/politi/kort#kameraer") {
		t.Error("an order that is met is called broken")
	}
}

// An assessment of a place holds what is in force there, of a purpose what is in
// force for it, and of another's place nothing.
func TestAnAssessmentHoldsWhatIsInForce(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-7")
	s := newSite(t)
	s.deliver()
	room := assessment.New(assessment.Config{Clock: s.clk, Cases: s.rooms.Cases, Register: s.portal.Register, Issuer: s.portal.Issuer, Law: s.rooms.Law})
	ctx := t.Context()
	a, err := room.Of(ctx, "lindeby", assessment.Scope{Location: "lindeby-skole"})
	fatal(t, err)
	if a.Form != assessment.Form || a.Name != "Skolen" || len(a.Cases) != 0 || len(a.InForce) != 1 || a.InForce[0].ID != "lindeby-1" || a.InForce[0].RetentionHours != 14*24 || a.InForce[0].Case != "2026-014" {
		t.Errorf("the school: %+v", a)
	}
	if a, err := room.Of(ctx, "lindeby", assessment.Scope{Location: "lindeby-gaard"}); err != nil || len(a.InForce) != 0 {
		t.Errorf("a place without cameras: %+v %v", a, err)
	}
	if a, err := room.Of(ctx, "lindeby", assessment.Scope{Purpose: "safety"}); err != nil || len(a.InForce) != 0 {
		t.Errorf("what nothing is for: %+v %v", a, err)
	}
	for _, bad := range []assessment.Scope{{Location: "kadence-skole"}, {Purpose: "everything"}, {}, {Location: "lindeby-skole", Purpose: "crime"}} {
		if _, err := room.Of(ctx, "lindeby", bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	const path = "/tilsyn/konsekvensanalyse/sted/lindeby-skole"
	s.shows("dpo", path, "Skolen", "Indgang")
	var out assessment.Assessment
	w := s.do("dpo", "GET", path+"/fil/json", nil)
	fatal(t, json.Unmarshal(w.Body.Bytes(), &out))
	if w.Code != http.StatusOK || len(out.InForce) != 1 || out.InForce[0].Permit != a.InForce[0].Permit {
		t.Errorf("as data: %d %+v", w.Code, out)
	}
	if w := s.do("dpo", "GET", "/tilsyn/konsekvensanalyse/sted/kadence-skole", nil); w.Code != http.StatusNotFound {
		t.Errorf("another's place: %d", w.Code)
	}
}
