package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/portal/page"
)

// Whoever asks too often for what is dear is told so in words, and how long to
// wait; others are not held up, and plain pages never.
func TestDearRequestsHaveALimit(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) {
		c.Limits = page.Limits{
			page.Search: {Burst: 3, Within: time.Minute}, page.Export: {Burst: 2, Within: time.Minute}, page.Engines: {Burst: 1, Within: time.Minute},
		}
	})
	sag := s.open()
	for name, c := range map[string]struct {
		method, path, words string
		free                int
	}{
		"search":  {"GET", "/steder?q=skole", "Du har søgt mange gange", 3},
		"list":    {"GET", "/kameraer?format=csv", "Du har hentet mange filer", 2},
		"network": {"POST", "/steder/soeg-kameraer", "Optageren er blevet spurgt", 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.entries("data.searched") + s.entries("data.exported")
			for i := range c.free {
				if w := s.do("koordinator", c.method, c.path, url.Values{}); w.Code == http.StatusTooManyRequests {
					t.Fatalf("slowed after %d", i)
				}
			}
			after := s.entries("data.searched") + s.entries("data.exported")
			w := s.do("koordinator", c.method, c.path, url.Values{})
			wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if w.Code != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 || !strings.Contains(w.Body.String(), c.words) || !strings.Contains(w.Body.String(), "Vent ") {
				t.Errorf("%d, Retry-After %q:\n%s", w.Code, w.Header().Get("Retry-After"), w.Body)
			}
			if c.method == "GET" && (after == before || s.entries("data.searched")+s.entries("data.exported") != after) {
				t.Errorf("%d uses are logged, then %d, then %d", before, after, s.entries("data.searched")+s.entries("data.exported"))
			}
			if w := s.do("fremmed", c.method, c.path, url.Values{}); w.Code == http.StatusTooManyRequests {
				t.Error("somebody else is held up")
			}
			if w := s.do("koordinator", "GET", "/steder", nil); w.Code != http.StatusOK {
				t.Errorf("a plain page: %d", w.Code)
			}
			s.clk.Advance(time.Duration(wait) * time.Second)
			if w := s.do("koordinator", c.method, c.path, url.Values{}); w.Code == http.StatusTooManyRequests {
				t.Error("after the wait that was said")
			}
			s.clk.Advance(time.Minute)
		})
	}
	// A paper is dear by its ending, and a script is told in its own tongue.
	for range 2 {
		s.do("koordinator", "GET", "/sager/"+sag+"/fremstilling.pdf", nil)
	}
	w := s.do("koordinator", "GET", "/sager/"+sag+"/fremstilling.pdf", nil, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), `"key":"often.export"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.do("koordinator", "GET", "/steder?q=x", nil, func(r *http.Request) { r.Header.Set("Accept-Language", "en") }); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
}

// Many people behind one address have much, but not everything.
func TestAnAddressHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *Config) { c.Limits = page.Limits{page.Search: edge.Rate{Burst: 1, Within: time.Hour}} })
	slowed := 0
	for i := range 40 {
		who := []string{"koordinator", "dpo", "leder"}[i%3]
		at := "192.0.2.9:1000"
		if s.do(who, "GET", "/steder?q=skole", nil, func(r *http.Request) { r.RemoteAddr = at }).Code == http.StatusTooManyRequests {
			slowed++
		}
	}
	if slowed != 37 {
		t.Errorf("%d of 40 slowed; three people had one each", slowed)
	}
}

// TestNoUnsafeRouteTakesARequestFromElsewhere walks every route that changes
// something. Only the two that a provider of log-ins posts to are open to other
// sites, and they see for themselves.
func TestNoUnsafeRouteTakesARequestFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	foreign := []string{"POST /log-ind/ekstern/{udbyder}/svar", "POST /log-ind/ekstern/{udbyder}/log-ud"}
	seen := 0
	for _, r := range s.portal.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method == http.MethodGet {
			continue
		}
		if r.Foreign {
			seen++
			if !slices.Contains(foreign, r.Pattern) {
				t.Errorf("%s takes requests from other sites", r.Pattern)
			}
			continue
		}
		for _, from := range []func(*http.Request){
			func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			func(r *http.Request) {
				r.Header.Del("Sec-Fetch-Site")
				r.Header.Set("Origin", "https://evil.example")
			},
			func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		} {
			w := s.do("koordinator", method, path, url.Values{"grund": {"En lang nok begrundelse"}}, from)
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "anden hjemmeside") {
				t.Errorf("%s: %d", r.Pattern, w.Code)
			}
		}
		seen++
	}
	if seen < 50 {
		t.Errorf("only %d routes were walked", seen)
	}
}

// Over TLS cookies are this host's alone, browsers are told to come over TLS
// only, and a certificate that nobody vouches for is the exception.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	for _, self := range []bool{false, true} {
		s := newSite(t, func(c *Config) { c.SelfSigned = self }, overTLS)
		w := s.do("", "POST", "/log-ind", url.Values{"navn": {"koordinator"}, "adgangskode": {password}})
		cookies := w.Result().Cookies()
		if len(cookies) < 2 {
			t.Errorf("%d cookies", len(cookies))
		}
		for _, c := range cookies {
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s", c)
			}
		}
		if got, want := w.Header().Get("Strict-Transport-Security"), "max-age=63072000; includeSubDomains"; self && got != "" || !self && got != want {
			t.Errorf("self-signed %v: HSTS %q", self, got)
		}
	}
}

// What is no page runs nothing, even when a browser shows it by itself.
func TestFilesAreInASandbox(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/kameraer?format=csv", "/kameraer?format=xlsx", "/sager/" + s.open() + "/fremstilling.pdf"} {
		w := s.do("koordinator", "GET", path, nil)
		h := w.Header()
		if w.Code != http.StatusOK || !strings.Contains(h.Get("Content-Security-Policy"), "; sandbox;") || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, w.Code, h)
		}
	}
}

func overTLS(c *Config) { c.BaseURL = "https://vidne.test" }
