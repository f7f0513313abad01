package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// halfway logs somebody in whose second step is missing, and keeps the cookie.
func (s *site) halfway(login string) {
	s.t.Helper()
	w := s.do("", "POST", "/log-ind", url.Values{"navn": {login}, "adgangskode": {password}})
	for _, c := range w.Result().Cookies() {
		if c.Name == "vidne" {
			s.cookies[login] = c
		}
	}
}

// Whoever has shown a password and no more reaches the pages that are open to
// all, those of the second step, and nothing else; nor does whoever must set a
// second factor up, nor a session that was left unattended.
func TestHalfSessionsReachNothing(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4", "VIEW-7")
	s := newSite(t)
	people := s.portal.People
	// Each is somebody who may much, so that a refusal is the half session's.
	fatal(t, people.GiveCode(t.Context(), s.people["koordinator"].ID, []byte("12345678901234567890"), ""))
	s.halfway("koordinator")
	fatal(t, people.DemandOf(t.Context(), s.people["dpo"].ID, true, ""))
	s.halfway("dpo")
	fatal(t, people.Lock(t.Context(), s.cookies["it"].Value))
	before := s.entries("")
	walked := 0
	for _, r := range s.portal.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{$}", "", "{lang}", "en").Replace(path)
		for strings.Contains(path, "{") {
			from, rest, _ := strings.Cut(path, "{")
			_, rest, _ = strings.Cut(rest, "}")
			path = from + "lindeby-1" + rest
		}
		for _, who := range []string{"koordinator", "dpo", "it"} {
			w := s.do(who, method, path, nil)
			if r.Act == access.Public {
				continue
			}
			walked++
			to, _, _ := strings.Cut(w.Header().Get("Location"), "?")
			switch {
			case w.Code == http.StatusUnauthorized:
			case w.Code == http.StatusSeeOther && method == http.MethodGet && to == page.SecondPath:
			case w.Code == http.StatusForbidden && who == "it" && strings.Contains(w.Body.String(), "data-proof"):
			case w.Code == http.StatusOK && who == "it" && strings.Contains(w.Body.String(), "data-proof"):
			default:
				t.Errorf("%s with a half session of %s: %d to %s", r.Pattern, who, w.Code, to)
			}
		}
	}
	if walked < 100 {
		t.Errorf("only %d routes were walked", walked)
	}
	// What the walk wrote are guesses at most: nothing was done.
	if after := s.entries(""); after-before > 30 {
		t.Errorf("the walk made %d entries", after-before)
	}
}

// The token changes at log-in, at the second step and when somebody proves
// again who they are; the one from before opens nothing, nor does that of a
// session that has ended.
func TestTokensAreChanged(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	s := newSite(t)
	tokens := map[string]bool{}
	seen := func(w interface{ Result() *http.Response }) *http.Cookie {
		t.Helper()
		for _, c := range w.Result().Cookies() {
			if c.Name == "vidne" && c.Value != "" {
				if tokens[c.Value] {
					t.Error("a token was kept")
				}
				tokens[c.Value] = true
				return c
			}
		}
		t.Fatal("no new token")
		return nil
	}
	// A token that somebody planted is not taken over.
	planted := &http.Cookie{Name: "vidne", Value: strings.Repeat("A", 43)}
	w := s.do("", "POST", "/log-ind", url.Values{"navn": {"koordinator"}, "adgangskode": {password}}, func(r *http.Request) { r.AddCookie(planted) })
	first := seen(w)
	if first.Value == planted.Value {
		t.Error("a planted token was taken over")
	}
	s.cookies["a"] = first
	second := seen(s.do("a", "POST", page.ProofPath, url.Values{page.ProofPassword: {password}, "til": {"/min-side"}}))
	if w := s.do("a", "GET", "/min-side", nil); w.Code == http.StatusOK {
		t.Error("the token from before the proof opens")
	}
	s.cookies["a"] = second
	if w := s.do("a", "GET", "/min-side", nil); w.Code != http.StatusOK {
		t.Errorf("the new token: %d", w.Code)
	}
	if w := s.do("a", "POST", "/log-ud", nil); w.Code != http.StatusSeeOther {
		t.Errorf("logging out: %d", w.Code)
	}
	for name, c := range map[string]*http.Cookie{"planted": planted, "first": first, "second": second} {
		s.cookies["a"] = c
		for _, path := range []string{"/min-side", "/min-konto/sikkerhed", "/sager"} {
			if w := s.do("a", "GET", path, nil); w.Code == http.StatusOK {
				t.Errorf("the %s token opens %s after the end", name, path)
			}
		}
	}
}

// A grave act waits for a proof that is not older than a quarter of an hour;
// what was typed is sent along, and the act goes on when the proof has come.
func TestGraveActsAskAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	who := s.people["leder"].ID
	fatal(t, s.portal.People.GiveCode(t.Context(), who, []byte("12345678901234567890"), ""))
	path, why := "/administration/log-ind/konto/"+who+"/nulstil", `Telefonen "væk" & mødt på kontoret`
	s.clk.Advance(10 * time.Minute)
	s.do("koordinator", "GET", "/min-konto/sikkerhed", nil)
	s.clk.Advance(identity.Fresh - 10*time.Minute + time.Second)
	w := s.do("koordinator", "POST", path, url.Values{"grund": {why}})
	body := w.Body.String()
	if w.Code != http.StatusForbidden || !strings.Contains(body, "data-proof") || !strings.Contains(body, `value="Telefonen &#34;væk&#34; &amp; mødt på kontoret"`) {
		t.Fatalf("the act is not asked for again: %d", w.Code)
	}
	if n := s.entries("reset.asked"); n != 0 {
		t.Fatalf("the act was done %d times without a proof", n)
	}
	wrong := s.do("koordinator", "POST", path, url.Values{"grund": {why}, page.ProofPassword: {"forkert-gæt"}})
	if wrong.Code != http.StatusForbidden || s.entries("reset.asked") != 0 || strings.Contains(wrong.Body.String(), "forkert-gæt") {
		t.Errorf("a wrong proof: %d", wrong.Code)
	}
	if got := s.do("koordinator", "POST", path, url.Values{"grund": {why}}, func(r *http.Request) { r.Header.Set("Accept", "application/json") }); got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), "session.stale") {
		t.Errorf("a script is told %d %s", got.Code, got.Body)
	}
	done := s.do("koordinator", "POST", path, url.Values{"grund": {why}, page.ProofPassword: {password}})
	if done.Code != http.StatusSeeOther || s.entries("reset.asked") != 1 {
		t.Errorf("after the proof: %d to %s", done.Code, done.Header().Get("Location"))
	}
	// Fetching an extract of the log waits too, and goes on to where it was.
	s.logIn("dpo")
	s.clk.Advance(10 * time.Minute)
	s.do("dpo", "GET", "/min-konto/sikkerhed", nil)
	s.clk.Advance(10 * time.Minute)
	extract := s.do("dpo", "GET", "/tilsyn/log/udtraek", nil)
	if !strings.Contains(extract.Body.String(), "data-proof") || !strings.Contains(extract.Body.String(), `value="/tilsyn/log/udtraek"`) {
		t.Errorf("an extract without a proof: %d", extract.Code)
	}
}

// A page that waits for a proof leads nowhere else.
func TestProofLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/log-ind", page.ProofPath} {
		w := s.do("dpo", "POST", page.ProofPath, url.Values{page.ProofPassword: {password}, "til": {to}})
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != page.HomePath {
			t.Errorf("til=%s leads to %d %s", to, w.Code, got)
		}
		for _, c := range w.Result().Cookies() {
			if c.Name == "vidne" {
				s.cookies["dpo"] = c
			}
		}
	}
}

// A lost second factor takes two people of the controller; another
// controller's reach neither account nor request.
func TestLostFactorScreens(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4", "ID-3")
	s := newSite(t)
	who := s.people["leder"].ID
	fatal(t, s.portal.People.GiveCode(t.Context(), who, []byte("12345678901234567890"), ""))
	path := "/administration/log-ind/konto/" + who + "/nulstil"
	if w := s.do("fremmed", "POST", path, url.Values{"grund": {"Telefonen er væk"}}); w.Code != http.StatusNotFound {
		t.Errorf("another controller's coordinator: %d", w.Code)
	}
	if w := s.do("it", "POST", path, url.Values{"grund": {"kort"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", w.Code)
	}
	if w := s.do("it", "POST", path, url.Values{"grund": {"Telefonen er væk, mødt på kontoret"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("asking: %d %s", w.Code, w.Body)
	}
	asked, err := s.portal.People.Resets(t.Context(), "lindeby")
	if err != nil || len(asked) != 1 {
		t.Fatalf("%v, %v", asked, err)
	}
	answer := "/administration/log-ind/anmodning/" + asked[0].ID
	for name, code := range map[string]int{"it": http.StatusForbidden, "fremmed": http.StatusNotFound, "dpo": http.StatusForbidden, "leder": http.StatusForbidden} {
		if w := s.do(name, "POST", answer, url.Values{"svar": {"ja"}}); w.Code != code {
			t.Errorf("%s answers: %d, want %d", name, w.Code, code)
		}
	}
	if w := s.do("koordinator", "POST", answer, url.Values{"svar": {"ja"}}); w.Code != http.StatusSeeOther || s.entries("reset.done") != 1 {
		t.Errorf("the second person: %d", w.Code)
	}
}
