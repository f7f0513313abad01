package portal

import (
	"net/url"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// mask covers the left half of a camera of Lindeby's.
func (s *site) mask(camera string) {
	s.t.Helper()
	_, err := s.portal.Issuer.Issue(s.t.Context(), nil, &permit.Mask{Head: permit.Head{Controller: "lindeby", Engine: "optager-1", By: "p"}, Camera: camera,
		Areas: [][]permit.Point{{{X: 0, Y: 0}, {X: 5000, Y: 0}, {X: 5000, Y: 10000}, {X: 0, Y: 10000}}}})
	fatal(s.t, err)
}

// lift is one that the designated of Lindeby asked for from an incident.
func (s *site) lift(i incident.Incident) string {
	s.t.Helper()
	p := s.people["udpeget"]
	s.mask(p.Controller + "-1")
	l, err := s.portal.masking.Ask(s.t.Context(), i.ID, masking.Terms{Cameras: []string{p.Controller + "-1"}, From: today(10, 5), To: today(10, 15), Journal: "4100-70121-00417-26", Words: "Han løber ind bag naboens hæk"},
		masking.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	fatal(s.t, err)
	return l.ID
}

// From the incident to the second person's yes: each form says what is wrong
// beside what was typed, and nobody lifts alone.
func TestAMaskIsLiftedByTwoForThePolice(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-4", "ID-3")
	s := newSite(t)
	s.furnish()
	i := s.incident("udpeget")
	ask := "/haendelser/" + i.ID + "/maskeloeft"
	if body := s.shows("udpeget", "/haendelser/"+i.ID); strings.Contains(body, ask) {
		t.Error("a lift is offered where nothing is masked")
	}
	s.mask("lindeby-1")
	s.shows("udpeget", "/haendelser/"+i.ID, ask)
	s.shows("koordinator", "/masker", "Venter på prøvebillede")
	s.shows("dpo", "/kameraer/lindeby-1/maske", "Masken har ikke været løftet")
	form := url.Values{"kamera": {"lindeby-1"}, "fra-dato": {page.FormDate(today(10, 5))}, "fra": {"10.05"}, "til-dato": {page.FormDate(today(10, 5))}, "til": {"10.15"},
		"journal": {"4100-70121-00417-26"}, "ord": {"Han løber ind bag naboens hæk"}}
	for field, c := range map[string]struct{ value, says string }{
		"kamera": {"", "Vælg et kamera"}, "journal": {"", "journalnummer"}, "ord": {"kort", "mindst 10 tegn"}, "til": {"13.30", "omfatter ikke"}, "fra": {"25.99", "klokkeslæt"},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad[field] = []string{c.value}
		if w := s.do("udpeget", "POST", ask, bad); w.Code != 422 || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s = %q: %d, without %q: %s", field, c.value, w.Code, c.says, said(w.Body.String()))
		}
	}
	w := s.do("udpeget", "POST", ask, form)
	here, note, _ := strings.Cut(w.Header().Get("Location"), "?")
	if w.Code != 303 || note != "besked=loeft-bedt" {
		t.Fatalf("asked: %d to %s\n%s", w.Code, here, said(w.Body.String()))
	}
	s.shows("koordinator", "/maskeloeft", "Venter på svar")
	s.shows("koordinator", page.HomePath, "løfte en maske for politiet")
	if w := s.do("udpeget", "GET", here+"/svar", nil); w.Code != 403 {
		t.Errorf("their own: %d", w.Code)
	}
	if w := s.do("fremmed", "GET", here, nil); w.Code != 404 {
		t.Errorf("another controller's: %d", w.Code)
	}
	body := s.shows("koordinator", here+"/svar", "Han løber ind bag naboens hæk", "4100-70121-00417-26")
	_, seal, _ := strings.Cut(body, `name="segl" value="`)
	seal, _, _ = strings.Cut(seal, `"`)
	if w := s.do("koordinator", "POST", here+"/svar", url.Values{"svar": {"ja"}, "segl": {"andet"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "ændret") {
		t.Errorf("what was not read: %d", w.Code)
	}
	s.sent("koordinator", here+"/svar", url.Values{"svar": {"ja"}, "segl": {seal}}, here+"?besked=loeft-svaret")
	s.shows("udpeget", here, "Originalen kan udleveres til politiet")
	s.shows("dpo", "/kameraer/lindeby-1/maske", "Løftet")
}
