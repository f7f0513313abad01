package attack

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
)

// takesForeign are the routes that a page of another site may post to: the
// answers of a log-in elsewhere. Whoever adds one argues for it here.
var takesForeign = []string{"POST /log-ind/ekstern/{udbyder}/svar", "POST /log-ind/ekstern/{udbyder}/log-ud"}

// A page of another site sends every form of ours in the name of somebody who
// is logged in.
func TestCSRFOnEveryUnsafeRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	was, walked := s.all(), 0
	ways := map[string]func(*http.Request){
		"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"no origin":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"another port":   func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", base+":8443") },
		"a name like it": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", base+".evil.example") },
	}
	for _, r := range s.routes {
		method, at := fill(r.Pattern, s.things[home])
		if method == http.MethodGet || slices.Contains(takesForeign, r.Pattern) {
			continue
		}
		for name, way := range ways {
			for _, who := range []string{"it-og-alt"} {
				walked++
				w := s.do(who, method, at, url.Values{"grund": {"En lang nok begrundelse for det"}, "svar": {"ja"}}, way)
				if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "anden hjemmeside") {
					t.Errorf("%s from %s as %s: %d", r.Pattern, name, who, w.Code)
				}
			}
		}
	}
	s.unchanged(was, "forms from other sites")
	if walked < 400 {
		t.Errorf("only %d were sent", walked)
	}
	for _, r := range s.routes {
		if r.Foreign != slices.Contains(takesForeign, r.Pattern) {
			t.Errorf("%s takes requests from other sites: %v", r.Pattern, r.Foreign)
		}
	}
}

// A picture or link on another site makes somebody's browser open every page of
// ours: that changes nothing but the language.
func TestCSRFByGET(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	was := s.all()
	for _, r := range s.routes {
		method, at := fill(r.Pattern, s.things[home])
		if method != http.MethodGet || strings.HasPrefix(at, "/sprog/") {
			continue
		}
		for _, who := range []string{"it-og-alt"} {
			for _, q := range []string{"", "?grund=En+lang+nok+begrundelse&svar=ja&_method=POST&handling=godkend&krav=ja"} {
				s.do(who, method, at+q, nil, func(r *http.Request) {
					r.Header.Set("Sec-Fetch-Site", "cross-site")
					r.Header.Set("X-HTTP-Method-Override", "POST")
					r.Header.Set("X-HTTP-Method", "POST")
					r.Header.Set("X-Method-Override", "DELETE")
				})
			}
		}
	}
	s.unchanged(was, "pages that were opened")
}

// The cookie that says who somebody is comes along from no other site, is read
// by no script, and over TLS belongs to this host alone.
func TestCSRFCookieIsKeptAtHome(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		c := identity.Cookie("token", tls)
		if c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.Secure != tls || strings.HasPrefix(c.Name, "__Host-") != tls {
			t.Errorf("with TLS %v: %s", tls, c)
		}
	}
}

// A method that a route does not declare is answered by no route, and none by
// what a header or field calls it.
func TestMethodsThatNoRouteDeclares(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	was := s.all()
	for i, r := range s.routes {
		declared, at := fill(r.Pattern, s.things[home])
		methods := []string{"DELETE", "TRACE", "OPTIONS"}
		if i%6 == 0 { // the router is one and the same
			methods = append(methods, "PATCH", "PUT", "CONNECT", "POST", "GET", "PROPFIND", "get")
		}
		for _, method := range methods {
			if method == declared || s.pattern(method, at) != "" && s.pattern(method, at) != "/" {
				continue
			}
			w := s.do("alt", method, at, nil)
			if w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, at, w.Code)
			}
			if strings.Contains(w.Body.String(), s.cookies["alt"].Value) {
				t.Errorf("%s %s sends the cookie back", method, at)
			}
		}
	}
	s.unchanged(was, "methods that are not declared")
}

// Whoever is not logged in, and whose session is over, reaches what is public
// and no more, by whatever route.
func TestForcedBrowsingWithoutASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	over := s.cookies["alt"]
	if w := s.do("alt", "POST", "/log-ud", nil); w.Code != http.StatusSeeOther {
		t.Fatalf("not logged out: %d", w.Code)
	}
	s.cookies["over"] = over
	s.cookies["guess"] = &http.Cookie{Name: over.Name, Value: strings.Repeat("A", len(over.Value))}
	s.cookies["injection"] = &http.Cookie{Name: over.Name, Value: "' OR '1'='1"}
	was, walked := s.all(), 0
	for i, r := range s.routes {
		if r.Act == access.Public {
			continue
		}
		method, at := fill(r.Pattern, s.things[home])
		for k, who := range []string{"over", "", "guess", "injection"} {
			if k > 0 && (i+k)%3 != 0 { // each of the others at every third
				continue
			}
			walked++
			w := s.do(who, method, at, url.Values{"grund": {"En lang nok begrundelse for det"}})
			if to, _, _ := strings.Cut(w.Header().Get("Location"), "?"); w.Code != http.StatusUnauthorized && (w.Code != http.StatusSeeOther || to != "/log-ind") {
				t.Errorf("%s with %q: %d to %s", r.Pattern, who, w.Code, to)
			}
		}
	}
	s.unchanged(was, "without a session")
	if walked < 250 {
		t.Errorf("only %d were walked", walked)
	}
}
