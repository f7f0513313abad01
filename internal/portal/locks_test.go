package portal

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// lock is one that the designated of Lindeby asked for from an incident.
func (s *site) lock(i incident.Incident) string {
	s.t.Helper()
	p, now := s.people["udpeget"], s.clk.Now()
	h, err := s.portal.holds.Ask(s.t.Context(), i.ID, hold.Terms{Cameras: []string{p.Controller + "-1"}, From: today(10, 5), To: today(10, 15), Reason: permit.HoldCrime, Reference: "4100-70121-00417-26",
		Words: "Ruden blev knust i de minutter", Review: now.Add(30 * 24 * time.Hour), Until: now.Add(60 * 24 * time.Hour)},
		hold.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	fatal(s.t, err)
	return h.ID
}

// From the incident to the second person's yes, the notice and the release: each
// form says what is wrong beside what was typed.
func TestFootageIsLockedByTwoAndReleased(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4", "KEEP-5", "EVID-2", "ID-3")
	s := newSite(t)
	s.furnish()
	i := s.incident("udpeget")
	ask := "/haendelser/" + i.ID + "/bevislaas"
	now := s.clk.Now()
	form := url.Values{"grund": {"dispute"}, "reference": {"Klage 26/1142"}, "hvem": {"Ida Holm"}, "ord": {"Trappen ses i de minutter"}, "kamera": {"lindeby-1"},
		"fra-dato": {page.FormDate(today(10, 5))}, "fra": {"10.05"}, "til-dato": {page.FormDate(today(10, 5))}, "til": {"10.15"}, "gennemgang": {page.FormDate(now.Add(20 * 24 * time.Hour))}}
	for field, c := range map[string]struct{ value, says string }{
		"hvem": {"", "hvem tvisten vedr"}, "ord": {"kort", "mindst ti tegn"}, "kamera": {"", "mindst"}, "til": {"13.30", "uden for det"}, "gennemgang": {"2028-01-01", "90 dage"}, "grund": {"sharing", "Vælg"},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad[field] = []string{c.value}
		w := s.do("udpeget", "POST", ask, bad)
		if w.Code != 422 || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "Klage 26/1142") {
			t.Errorf("%s = %q: %d, without %q or what was typed", field, c.value, w.Code, c.says)
		}
	}
	s.shows("udpeget", ask, "kan låses ud over 30 døgn")
	w := s.do("udpeget", "POST", ask, form)
	here, note, _ := strings.Cut(w.Header().Get("Location"), "?")
	if w.Code != 303 || note != "besked=laas-bedt" {
		t.Fatalf("asked: %d to %s\n%s", w.Code, here, said(w.Body.String()))
	}
	s.shows("koordinator", "/bevislaase", "Venter på svar", "En konkret tvist")
	s.shows("koordinator", page.HomePath, "venter på svar om en bevis")
	if w := s.do("udpeget", "GET", here+"/svar", nil); w.Code != 403 {
		t.Errorf("their own: %d", w.Code)
	}
	if w := s.do("fremmed", "GET", here, nil); w.Code != 404 {
		t.Errorf("another controller's: %d", w.Code)
	}
	body := s.shows("koordinator", here+"/svar", "Trappen ses i de minutter")
	_, seal, _ := strings.Cut(body, `name="segl" value="`)
	seal, _, _ = strings.Cut(seal, `"`)
	if w := s.do("koordinator", "POST", here+"/svar", url.Values{"svar": {"ja"}, "segl": {"andet"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "ændret") {
		t.Errorf("what was not read: %d", w.Code)
	}
	s.sent("koordinator", here+"/svar", url.Values{"svar": {"ja"}, "segl": {seal}}, here+"?besked=laas-svaret")
	s.shows("udpeget", here, "til at underrette personen", "Ida Holm", "Ikke endnu")
	s.shows("udpeget", page.HomePath, "Underret personen")
	s.shows("udpeget", here+"/underretning", "Hvordan")
	if w := s.do("udpeget", "POST", here+"/underretning", url.Values{"givet": {"2020-01-01"}, "kl": {"10.00"}, "hvordan": {"Brev med digital post"}, "ophoer": {"2027-03-01"}}); w.Code != 422 || !strings.Contains(w.Body.String(), "Brev med digital post") {
		t.Errorf("told before it happened: %d", w.Code)
	}
	s.sent("udpeget", here+"/underretning", url.Values{"givet": {page.FormDate(now)}, "kl": {time.Time.Format(now.In(page.Zone()), "15.04")}, "hvordan": {"Brev med digital post"}, "ophoer": {"2027-03-01"}}, here+"?besked=laas-underrettet")
	s.shows("dpo", here, "Brev med digital post", "1. marts 2027")
	s.sent("udpeget", here+"/kopi", url.Values{"givet": {page.FormDate(now)}, "hvordan": {"Hentet, alle andre dækket"}}, here+"?besked=laas-kopi")
	s.sent("koordinator", here+"/gennemgang", url.Values{"ord": {"Klagen er ikke afgjort"}, "igen": {page.FormDate(now.Add(30 * 24 * time.Hour))}}, here+"?besked=laas-gennemgaaet")
	s.shows("udpeget", here+"/frigiv", "inden for en time")
	if w := s.do("udpeget", "POST", here+"/frigiv", url.Values{"grund": {"nej"}}); w.Code != 422 {
		t.Errorf("released without a reason: %d", w.Code)
	}
	s.sent("udpeget", here+"/frigiv", url.Values{"grund": {"Klagen er forligt"}}, here+"?besked=laas-frigivet")
	s.shows("dpo", here, "Frigivet", "Klagen er forligt", "Hvad der er slettet bagefter")
	if w := s.do("dpo", "GET", "/bevislaase?format=csv", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "Klage 26/1142") {
		t.Errorf("as a file: %d", w.Code)
	}
}
