package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/req"
)

// askForRights makes a form and a physical access that wait for an answer.
func (s *site) askForRights() (form, physical string) {
	s.t.Helper()
	ctx, now := s.t.Context(), s.clk.Now()
	f, err := s.rights.Ask(ctx, authorisation.New{Controller: "lindeby", Person: s.people["uden-rolle"].ID, Role: authorisation.Look, Locations: []string{"lindeby-skole"},
		From: now, Until: now.AddDate(1, 0, 0), Reason: "Overtager efter pedellen."}, authorisation.Who{Person: s.people["ansoeger"].ID})
	fatal(s.t, err)
	a, err := s.rights.AskStorage(ctx, authorisation.Access{Controller: "lindeby", Name: "Carl Toft", Place: "Datacenter", Need: "Efterser køleanlægget."}, authorisation.Who{Person: s.people["koordinator"].ID})
	fatal(s.t, err)
	return f.ID, a.ID
}

func (s *site) says(who, path string, words ...string) string {
	s.t.Helper()
	w := s.do(who, "GET", path, nil)
	body := w.Body.String()
	for _, x := range words {
		if w.Code != http.StatusOK || !strings.Contains(body, x) {
			s.t.Errorf("%s at %s: %d, and %q is not said", who, path, w.Code, x)
		}
	}
	return body
}

func TestWhoHasAccessIsAlwaysSeen(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-5", "ID-2")
	s := newSite(t)
	form, _ := s.askForRights()
	for _, path := range []string{"/kameraer/lindeby-1", "/steder/lindeby-skole"} {
		_, body, _ := strings.Cut(s.says("dpo", path, "Navn udpeget", "Autorisationsskema nr. 1"), `id="adgang"`)
		body, _, _ = strings.Cut(body, "</section>")
		if strings.Contains(body, "Navn udpeget-andetsteds") || strings.Contains(body, "Navn uden-rolle") {
			t.Errorf("%s names people without the right", path)
		}
	}
	s.says("koordinator", "/rettigheder", "Skema nr. 1", "Navn uden-rolle", "Venter på ledelsen")
	s.says("uden-rolle", "/rettigheder/"+form, "Overtager efter pedellen")
	if w := s.do("udpeget", "GET", "/rettigheder/"+form, nil); w.Code != http.StatusNotFound {
		t.Errorf("another's form is shown: %d", w.Code)
	}
	if w := s.do("fremmed", "GET", "/rettigheder/"+form, nil); w.Code != http.StatusNotFound {
		t.Errorf("another controller's form is shown: %d", w.Code)
	}
	csv := s.do("dpo", "GET", "/rettigheder?format=csv", nil).Body.String()
	if !strings.Contains(csv, "Overtager efter pedellen") {
		t.Errorf("the file does not say why: %s", csv)
	}
}

func TestTheAnswerSaysWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-3", "VIEW-5")
	s := newSite(t)
	ask := func(of string) string {
		return "/rettigheder/hvorfor?handling=view&kamera=lindeby-1&person=" + s.people[of].ID
	}
	s.says("koordinator", ask("udpeget"), "Navn udpeget må se optagelser", "Skema nr. 1", "permit (principal in Role::&#34;operator&#34;")
	s.says("koordinator", ask("udpeget-andetsteds"), "må ikke se optagelser", "Bed om et skema", "principal.locations.contains")
	s.says("koordinator", ask("it"), "må ikke se optagelser", "ser aldrig optagelser", "it-never-looks")
	// Somebody who may not see others' rights asks about themselves alone.
	body := s.says("ansoeger", ask("udpeget"), "Navn ansoeger")
	if strings.Contains(body, "Navn udpeget må") {
		t.Error("an applicant is told of another's rights")
	}
}

func TestFormsByHand(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-2", "ID-6")
	s := newSite(t)
	bad := s.do("koordinator", "POST", "/rettigheder/ny", url.Values{"grund": {"Overtager efter pedellen."}})
	if bad.Code != http.StatusUnprocessableEntity || !strings.Contains(bad.Body.String(), "Overtager efter pedellen.") || !strings.Contains(bad.Body.String(), "Vælg en person.") {
		t.Errorf("what is missing is not said, or what was typed is lost: %d", bad.Code)
	}
	day := s.clk.Now().AddDate(0, 3, 0).Format(time.DateOnly)
	long := s.do("koordinator", "POST", "/rettigheder/ny", url.Values{"person": {s.people["uden-rolle"].ID}, "steder": {"lindeby-skole"}, "til": {"2035-01-01"}, "grund": {"Overtager efter pedellen."}})
	if long.Code != http.StatusUnprocessableEntity || !strings.Contains(long.Body.String(), "længere") {
		t.Errorf("a period of nine years: %d", long.Code)
	}
	sent := s.do("koordinator", "POST", "/rettigheder/ny", url.Values{"person": {s.people["uden-rolle"].ID}, "steder": {"lindeby-skole"}, "til": {day}, "grund": {"Overtager efter pedellen."}})
	if sent.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", sent.Code, sent.Body)
	}
	form, _, _ := strings.Cut(sent.Header().Get("Location"), "?")
	if w := s.do("leder", "POST", form+"/svar/lindeby-skole", url.Values{"svar": {"ja"}}); w.Code != http.StatusForbidden {
		t.Errorf("a manager who does not answer for the place approves: %d", w.Code)
	}
	if w := s.do("it", "POST", form+"/gennemfoer", nil); w.Code != http.StatusConflict {
		t.Errorf("carried out before it is approved: %d", w.Code)
	}
	access := s.do("it", "POST", "/lager/ny", url.Values{"navn": {"Carl Toft"}, "rum": {"Datacenter"}, "behov": {"Efterser køleanlægget."}})
	if access.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", access.Code, access.Body)
	}
	if w := s.do("godkender", "POST", strings.TrimSuffix(access.Header().Get("Location"), "?besked=adgang-sendt")+"/svar", url.Values{"svar": {"ja"}}); w.Code != http.StatusForbidden {
		t.Errorf("physical access approved by whoever does not answer for the storage: %d", w.Code)
	}
	s.says("dpo", "/lager", "Carl Toft", "Venter på svar")
}
