package attack

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/identity"
)

// from makes a request come from an address.
func from(address string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address + ":1" }
}

// address is the nth of many.
func address(n int) string {
	return netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}).String()
}

// Somebody who tries names is told nothing by words, status, headers or
// cookies, neither of a name that is none, one that is closed, one that has a
// second factor, one of another controller, nor of one that is locked in.
func TestUserEnumerationByWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	fatal(t, s.accounts.Close(ctx, s.people["leder"].ID, ""))
	fatal(t, s.accounts.GiveCode(ctx, s.people["dpo"].ID, []byte("12345678901234567890"), ""))
	n := 0
	said := func(login, path string) string {
		n++
		w := s.do("", "POST", path, url.Values{"navn": {login}, "adgangskode": {"forkert adgangskode her"}, "til": {"/min-side"}}, from(address(n)))
		body := strings.ReplaceAll(w.Body.String(), login, "NAVN")
		return fmt.Sprint(w.Code, len(w.Result().Cookies()), w.Header().Get("Location"), clocks.ReplaceAllString(body, ""))
	}
	want := said("findes-ikke", "/log-ind")
	for _, login := range []string{"koordinator", "leder", "dpo", "fremmed", "uden-rolle", "noedkonto", "KOORDINATOR", " koordinator ", "admin", "root"} {
		if got := said(login, "/log-ind"); got != want {
			t.Errorf("%q is told from an unknown name:\n%.600s\n%.600s", login, got, want)
		}
	}
	// And when it has been tried too often: an unknown name waits as a known one.
	tired := func(login string) (codes []int) {
		for range 9 {
			w := s.do("", "POST", "/log-ind", url.Values{"navn": {login}, "adgangskode": {"forkert adgangskode her"}}, from("203.0.113.7"))
			codes = append(codes, w.Code)
		}
		return codes
	}
	if a, b := tired("koordinator"), tired("findes-ikke"); !slices.Equal(a, b) {
		t.Errorf("a known name waits %v, an unknown one %v", a, b)
	}
}

// clocks are what differs from page to page without telling anything.
var clocks = regexp.MustCompile(`\d\d[.:]\d\d[.:]\d\d|value="[A-Za-z0-9_=-]{40,}"`)

// Nor by time: tries of known and unknown names in turns, a few hundred of
// each, differ in the median by less than what the network alone differs.
func TestUserEnumerationByTime(t *testing.T) {
	s := newSite(t)
	const rounds = 150
	n := 1000
	logins := []string{"koordinator", "findes-ikke", "noedkonto", "heller-ikke"}
	took := map[string][]time.Duration{}
	for i := range rounds {
		for k := range logins {
			login := logins[(i+k)%len(logins)] // nobody is always first
			n++
			began := time.Now()
			w := s.do("", "POST", "/log-ind", url.Values{"navn": {login}, "adgangskode": {"forkert adgangskode her"}}, from(address(n)))
			took[login] = append(took[login], time.Since(began))
			if w.Code != http.StatusForbidden {
				t.Fatalf("%s: %d", login, w.Code)
			}
		}
		if i%10 == 0 {
			s.clk.Advance(2 * time.Hour) // guesses against one account are forgotten
		}
	}
	median := func(d ...time.Duration) time.Duration {
		slices.Sort(d)
		return d[len(d)/2]
	}
	known := median(append(took["koordinator"], took["noedkonto"]...)...)
	unknown := median(append(took["findes-ikke"], took["heller-ikke"]...)...)
	t.Logf("known %v, unknown %v", known, unknown)
	if d := (known - unknown).Abs(); d > max(time.Millisecond, min(known, unknown)/4) {
		t.Errorf("a known name takes %v, an unknown one %v", known, unknown)
	}
}

// A browser is given somebody else's token before the log-in, in every way that
// one can be slipped in: it opens nothing afterwards.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	name := identity.CookieName(false)
	mine := s.cookies["kollega"] // the attacker's own, which is open
	in := url.Values{"navn": {"koordinator"}, "adgangskode": {password}, "session": {mine.Value}, name: {mine.Value}}
	w := s.do("", "POST", "/log-ind?"+name+"="+mine.Value+"&jsessionid="+mine.Value, in, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: name, Value: strings.Repeat("A", 43)})
		r.AddCookie(mine)
		r.Header.Set("Authorization", "Bearer "+mine.Value)
	})
	got := cookie(w)
	if got == nil || got.Value == mine.Value || got.Value == strings.Repeat("A", 43) {
		t.Fatalf("the log-in takes the token over: %v", got)
	}
	s.cookies["planted"] = &http.Cookie{Name: name, Value: strings.Repeat("A", 43)}
	if w := s.do("planted", "GET", "/min-side", nil); w.Code == http.StatusOK {
		t.Error("the token that was planted is somebody's")
	}
	if w := s.do("kollega", "GET", "/min-konto", nil); w.Code == http.StatusOK && strings.Contains(w.Body.String(), "Navn koordinator") {
		t.Error("the attacker's session became the victim's")
	}
	// A token in an address, a field or another header is nobody.
	for what, change := range map[string]func(*http.Request){
		"an address": func(r *http.Request) { r.URL.RawQuery = url.Values{name: {got.Value}, "token": {got.Value}}.Encode() },
		"a header": func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+got.Value)
			r.Header.Set("X-Session", got.Value)
		},
		"two names": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-" + name, Value: got.Value}) },
	} {
		if w := s.do("", "GET", "/min-konto", nil, change); w.Code == http.StatusOK {
			t.Errorf("a token in %s opens", what)
		}
	}
}

// Names and passwords that are something else in a query, a filter or a shell
// let nobody in, and break nothing.
func TestInjectionAtLogIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	n := 3000
	for _, evil := range []string{"' OR '1'='1", `koordinator' --`, "koordinator'; DROP TABLE accounts; --", "*", "*)(uid=*))(|(uid=*", "koordinator)(&", `\2a`, "koordinator\x00", "koordinator\u200b", "$(id)", "`id`", "{{.}}", "${jndi:ldap://x}", "%s%n", strings.Repeat("å", 5000), "\xff\xfe", "cn=admin,dc=vidne,dc=test", "koordinator@evil.example", `LINDEBY\koordinator`} {
		for _, in := range []url.Values{{"navn": {evil}, "adgangskode": {password}}, {"navn": {"koordinator"}, "adgangskode": {evil}}, {"navn": {"koordinator"}, "adgangskode": {"", password}}, {"navn": {"koordinator", "findes-ikke"}, "adgangskode": {"x"}}, {"navn": {"koordinator"}, "adgangskode": {""}}, {"navn": {"koordinator"}, "adgangskode": {"   "}}} {
			n++
			w := s.do("", "POST", "/log-ind", in, from(address(n)))
			if w.Code == http.StatusSeeOther || w.Code >= 500 || cookie(w) != nil {
				t.Errorf("%q with %q: %d", in["navn"], in["adgangskode"], w.Code)
			}
			s.harmless("log-in", w)
		}
	}
	if w := s.do("koordinator", "GET", "/min-side", nil); w.Code != http.StatusOK {
		t.Errorf("and then nobody is let in: %d", w.Code)
	}
}

// Somebody who knows a name cannot keep its owner out.
func TestLockOutOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.clk.Advance(time.Minute)
	for i := range 60 {
		s.do("", "POST", "/log-ind", url.Values{"navn": {"koordinator"}, "adgangskode": {"forkert adgangskode her"}}, from(address(5000+i)))
	}
	w := s.do("", "POST", "/log-ind", url.Values{"navn": {"koordinator"}, "adgangskode": {password}})
	if w.Code != http.StatusSeeOther {
		t.Errorf("from where they always log in: %d", w.Code)
	}
	fresh := s.do("", "POST", "/log-ind", url.Values{"navn": {"koordinator"}, "adgangskode": {password}}, from("203.0.113.99"))
	if fresh.Code != http.StatusSeeOther {
		t.Errorf("from a new place: %d", fresh.Code)
	}
}
