package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// A forgotten password: whoever asks is answered in the same words whoever they
// say they are, the code goes from page to page and never into an address, and
// the new password opens no more than the old one did.
func TestForgottenPasswordScreens(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	s := newSite(t)
	people, who := s.portal.People, s.people["leder"]
	var code, to string
	people.PostWith(func(_ context.Context, _ *db.Tx, p identity.Person, c string, _ bool, _ time.Time) error {
		code, to = c, p.Email
		return nil
	})
	fatal(t, people.SetEmail(t.Context(), who.ID, "leder@lindeby.example", who.ID))
	fatal(t, people.GiveCode(t.Context(), who.ID, []byte("12345678901234567890"), ""))
	second, err := people.MakeRecovery(t.Context(), who.ID)
	fatal(t, err)
	if body := s.do("", "GET", "/log-ind", nil).Body.String(); !strings.Contains(body, `href="/log-ind/glemt"`) {
		t.Error("the log-in page does not lead on")
	}
	answers := map[string]bool{}
	for _, login := range []string{"leder", "findes-ikke", "dpo", "<script>alert(1)</script>"} {
		w := s.do("", "POST", "/log-ind/glemt", url.Values{"navn": {login}})
		answers[w.Header().Get("Location")+w.Body.String()] = w.Code == http.StatusSeeOther
	}
	if len(answers) != 1 || !answers["/log-ind/kode?besked=kode-sendt"] {
		t.Fatalf("answers: %v", answers)
	}
	fatal(t, people.SendCodes(t.Context()))
	if to != "leder@lindeby.example" {
		t.Fatalf("sent to %q", to)
	}
	if w := s.do("", "POST", "/log-ind/kode", url.Values{"kode": {"0000-0000-0000-0000"}}); w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), who.Name) {
		t.Errorf("a wrong code: %d", w.Code)
	}
	w := s.do("", "POST", "/log-ind/kode", url.Values{"kode": {" " + strings.ToUpper(code) + " "}})
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "bevis_kode") || w.Header().Get("Location") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("the right code: %d %v", w.Code, w.Header())
	}
	const fresh = "en helt anden sætning om gæs"
	choose := func(second string) (int, string) {
		w := s.do("", "POST", "/log-ind/ny-adgangskode", url.Values{"kode": {code}, "ny_adgangskode": {fresh}, "igen_adgangskode": {fresh}, page.ProofCode: {second}})
		if body := w.Body.String(); strings.Contains(body, fresh) {
			t.Error("a password is sent back")
		}
		for _, c := range w.Result().Cookies() {
			if c.Name == "vidne" && c.Value != "" {
				t.Error("choosing a password logs somebody in")
			}
		}
		return w.Code, w.Header().Get("Location")
	}
	if got, _ := choose(""); got != http.StatusUnprocessableEntity {
		t.Errorf("without the second factor: %d", got)
	}
	if got, _ := choose("000000"); got != http.StatusForbidden {
		t.Errorf("with a wrong one: %d", got)
	}
	if got, at := choose(second[0]); got != http.StatusSeeOther || at != "/log-ind?besked=adgangskode-valgt" {
		t.Fatalf("with the right one: %d to %s", got, at)
	}
	if got, _ := choose(second[1]); got != http.StatusUnprocessableEntity {
		t.Errorf("the code again: %d", got)
	}
	if w := s.do("leder", "GET", "/min-side", nil); w.Code == http.StatusOK {
		t.Error("a session from before goes on")
	}
	w = s.do("", "POST", "/log-ind", url.Values{"navn": {"leder"}, "adgangskode": {fresh}})
	if w.Code != http.StatusSeeOther {
		t.Errorf("the new password: %d", w.Code)
	}
}

// IT has a code sent to somebody of its own controller, for a reason, and ends
// their sessions; nobody else does, and not for themselves.
func TestCodesAreOffered(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4", "ID-3", "LOG-1")
	s := newSite(t)
	people, who := s.portal.People, s.people["leder"]
	path := "/administration/log-ind/konto/" + who.ID
	why := url.Values{"grund": {"Mødt på kontoret med adgangskort"}}
	if body := s.do("it", "GET", path, nil).Body.String(); strings.Contains(body, path+"/adgangskode") {
		t.Error("a code is offered where no mail is sent")
	}
	sent := 0
	people.PostWith(func(context.Context, *db.Tx, identity.Person, string, bool, time.Time) error { sent++; return nil })
	fatal(t, people.SetEmail(t.Context(), who.ID, "leder@lindeby.example", who.ID))
	if body := s.do("it", "GET", path, nil).Body.String(); !strings.Contains(body, path+"/adgangskode") || strings.Contains(body, "leder@lindeby.example") {
		t.Error("the account's page offers no code, or shows the address")
	}
	for name, code := range map[string]int{"fremmed": http.StatusNotFound, "dpo": http.StatusForbidden, "udpeget": http.StatusForbidden, "leder": http.StatusForbidden} {
		for _, p := range []string{path + "/adgangskode", path + "/log-ud"} {
			if w := s.do(name, "POST", p, why); w.Code != code {
				t.Errorf("%s to %s: %d, want %d", name, p, w.Code, code)
			}
		}
	}
	own := "/administration/log-ind/konto/" + s.people["it"].ID + "/adgangskode"
	if w := s.do("it", "POST", own, why); w.Code != http.StatusForbidden {
		t.Errorf("for themselves: %d", w.Code)
	}
	if w := s.do("it", "POST", path+"/adgangskode", url.Values{"grund": {"kort"}}); w.Code != http.StatusUnprocessableEntity || sent != 0 {
		t.Errorf("without a reason: %d", w.Code)
	}
	if w := s.do("it", "POST", path+"/adgangskode", why); w.Code != http.StatusSeeOther || sent != 1 || s.entries("password.offered") != 1 {
		t.Errorf("a code: %d, %d sent", w.Code, sent)
	}
	if w := s.do("it", "POST", path+"/log-ud", nil); w.Code != http.StatusSeeOther || s.entries("session.ended") != 1 {
		t.Errorf("ending sessions: %d", w.Code)
	}
	if w := s.do("leder", "GET", "/min-side", nil); w.Code == http.StatusOK {
		t.Error("an ended session opens")
	}
}
