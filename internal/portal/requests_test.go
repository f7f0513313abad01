package portal

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/request"
)

// begaering is one that the coordinator of Lindeby wrote down.
func (s *site) begaering() string {
	s.t.Helper()
	p, now := s.people["koordinator"], s.clk.Now()
	q, err := s.portal.requests.Receive(s.t.Context(), request.Intake{Right: request.Access, Received: now, How: "mail", Name: "Ida Holm", Contact: "ida@example.dk", Location: "lindeby-skole",
		From: today(10, 5), To: today(10, 15), Looks: "Rød jakke"}, request.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	fatal(s.t, err)
	return q.ID
}

// From the mail that came to the letter that was sent: each form says what is
// wrong beside what was typed, and the letter says how to complain.
func TestARequestIsWrittenDownAssessedAndAnswered(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-5", "KEEP-4")
	s := newSite(t)
	s.furnish()
	now := s.clk.Now()
	form := url.Values{"ret": {"access"}, "modtaget": {page.FormDate(now)}, "hvordan": {"mail"}, "navn": {"Ida Holm"}, "kontakt": {"ida@example.dk"}, "sprog": {"da"}, "sted": {"lindeby-skole"},
		"dato": {page.FormDate(today(10, 5))}, "fra": {"10.05"}, "til": {"10.15"}, "kendes": {"Rød jakke"}}
	for field, c := range map[string]struct{ value, says string }{
		"navn": {"", "Skriv navnet"}, "til": {"10.05", "efter starttidspunktet"}, "ord": {"Mit cpr er 010203-1234", "cpr-numre"}, "modtaget": {page.FormDate(now.Add(72 * time.Hour)), "fremtiden"},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad[field] = []string{c.value}
		w := s.do("koordinator", "POST", "/anmodninger/ny", bad)
		if w.Code != 422 || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "Rød jakke") {
			t.Errorf("%s = %q: %d, without %q or what was typed", field, c.value, w.Code, c.says)
		}
	}
	w := s.do("koordinator", "POST", "/anmodninger/ny", form)
	here, note, _ := strings.Cut(w.Header().Get("Location"), "?")
	if w.Code != 303 || note != "besked=anmodning-modtaget" {
		t.Fatalf("written down: %d to %s\n%s", w.Code, here, said(w.Body.String()))
	}
	s.shows("koordinator", page.HomePath, "Afklar, hvem der spørger i A-")
	s.shows("dpo", here, "Optagelserne er holdt tilbage", "Rød jakke", "Svar senest")
	if w := s.do("dpo", "POST", here+"/identitet", url.Values{"hvordan": {"digital"}}); w.Code != 403 {
		t.Errorf("the data protection officer decides: %d", w.Code)
	}
	if w := s.do("it", "GET", here, nil); w.Code != 403 {
		t.Errorf("IT reads it: %d", w.Code)
	}
	if w := s.do("fremmed", "GET", here, nil); w.Code != 404 && w.Code != 403 {
		t.Errorf("another controller's: %d", w.Code)
	}
	s.shows("koordinator", here+"/identitet", "Så lidt som muligt")
	s.sent("koordinator", here+"/identitet", url.Values{"hvordan": {"digital"}}, here+"?besked=anmodning-identitet")
	s.shows("koordinator", here+"/vurdering", "Hvert stykke vurderes for sig")
	assess := url.Values{"kamera": {"lindeby-1"}, "fra": {"10.05"}, "til": {"10.15"}, "udfald": {"refused"}, "grund": {"public"}, "ord": {"Nej"}}
	if w := s.do("koordinator", "POST", here+"/vurdering", assess); w.Code != 422 || !strings.Contains(w.Body.String(), "konkret er i vejen") {
		t.Errorf("refused without a reason: %d", w.Code)
	}
	assess.Set("ord", "På netop de minutter ses, hvor vagten gemmer nøglen til depotet.")
	s.sent("koordinator", here+"/vurdering", assess, here+"?besked=anmodning-vurderet")
	s.rest(here, "lindeby-1")
	letter := s.shows("koordinator", here+"/svar", "Kære Ida Holm", "§ 22, stk. 2", "hvor vagten gemmer nøglen", "Carl Jacobsens Vej 35")
	_, text, _ := strings.Cut(letter, "<textarea")
	if !strings.Contains(text, "Vi kan ikke imødekomme") {
		t.Error("the letter is not drafted from what was found")
	}
	s.sent("koordinator", here+"/svar", url.Values{"brev": {"Kære Ida Holm\n\nDu har bedt om indsigt, og vi kan ikke give dig det her."}, "sendt": {"ida@example.dk"}}, here+"?besked=anmodning-besvaret")
	s.shows("dpo", here, "Besvaret", "Optagelserne er holdt tilbage")
	if w := s.do("dpo", "GET", here+"/brev/0", nil); w.Code != 200 || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("the letter: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	if w := s.do("koordinator", "GET", here+"/brev/7", nil); w.Code != 404 {
		t.Errorf("a letter that is none: %d", w.Code)
	}
}

// A granted erasure deletes nothing early, and neither the page nor the letter
// says otherwise.
func TestAGrantedErasureSaysWhenTheFootageIsGone(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-5")
	s := newSite(t)
	s.furnish()
	now := s.clk.Now()
	w := s.do("koordinator", "POST", "/anmodninger/ny", url.Values{"ret": {"erase"}, "modtaget": {page.FormDate(now)}, "hvordan": {"mail"}, "navn": {"Ida Holm"}, "kontakt": {"ida@example.dk"}, "sprog": {"da"}, "sted": {"lindeby-skole"},
		"dato": {page.FormDate(today(10, 5))}, "fra": {"10.05"}, "til": {"10.15"}})
	here, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	const gone = "21. december 2026"
	s.sent("koordinator", here+"/identitet", url.Values{"hvordan": {"digital"}}, here+"?besked=anmodning-identitet")
	s.shows("koordinator", here+"/vurdering", "senest "+gone, "kan ikke slettes før")
	s.sent("koordinator", here+"/vurdering", url.Values{"kamera": {"lindeby-1"}, "fra": {"10.05"}, "til": {"10.15"}, "udfald": {"met"}}, here+"?besked=anmodning-vurderet")
	s.rest(here, "lindeby-1")
	if letter := s.shows("koordinator", here+"/svar", "Du får medhold", "senest "+gone); strings.Contains(letter, "Vi har gjort det, du bad om") {
		t.Error("the letter says that it is done")
	}
}

// rest assesses every camera but one as without the person.
func (s *site) rest(here, but string) {
	s.t.Helper()
	p := s.people["koordinator"]
	id := strings.TrimPrefix(here, "/anmodninger/")
	q, err := s.portal.requests.Get(s.t.Context(), p.Controller, id)
	fatal(s.t, err)
	for _, c := range q.Left() {
		if c == but {
			continue
		}
		_, err := s.portal.requests.Assess(s.t.Context(), id, request.Part{Camera: c, From: q.From, To: q.To, Outcome: request.Nothing}, request.Who{Controller: p.Controller, Person: p.ID, Name: p.Name})
		fatal(s.t, err)
	}
}
