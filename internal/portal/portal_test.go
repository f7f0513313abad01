package portal

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify/command"
	"vidne.dk/vidne/web"
)

func TestTheTwoLanguagesSayTheSame(t *testing.T) {
	c, err := page.ReadCatalogue(web.Text())
	fatal(t, err)
	for _, l := range []page.Lang{page.Danish, page.English} {
		other := page.English
		if l == page.English {
			other = page.Danish
		}
		for _, k := range c.Keys(l) {
			if strings.TrimSpace(c[l][k]) == "" {
				t.Errorf("%s is empty in %s", k, l)
			}
			if !c.Has(other, k) {
				t.Errorf("%s is in %s and not in %s", k, l, other)
			}
			for _, n := range []string{"{0}", "{1}", "{2}", "{3}", "{name}", "{camera}", "{reason}"} {
				if c.Has(other, k) && strings.Contains(c[l][k], n) != strings.Contains(c[other][k], n) {
					t.Errorf("%s has %s in one language only", k, n)
				}
			}
			if strings.Contains(c[l][k], "!") || strings.Contains(c[l][k], "Ups") {
				t.Errorf("%s shouts: %s", k, c[l][k])
			}
		}
	}
	same := 0
	for _, k := range c.Keys(page.Danish) {
		if len(c[page.Danish][k]) > 24 && c[page.Danish][k] == c[page.English][k] {
			same++
			t.Logf("not translated? %s: %s", k, c[page.Danish][k])
		}
	}
	if same > 0 {
		t.Errorf("%d longer texts are the same in both languages", same)
	}
}

// Each template takes exactly the struct of the page that its stories show, and
// each has a story.
func TestTemplatesFitTheirPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	pages := map[string]page.Page{"storybook": &storyPage{}}
	for _, story := range s.portal.Stories() {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, testHost+"/storybook/"+story.Name, nil)
		v := &page.Visit{Site: s.portal.Site, W: httptest.NewRecorder(), R: r, Ctx: t.Context()}
		for _, l := range []page.Lang{page.Danish, page.English} {
			pg := story.Make(story.Pose(v, l, world()))
			pages[page.Screen(pg)] = pg
		}
	}
	for name, tm := range s.portal.Templates() {
		pg, ok := pages[name]
		if !ok {
			t.Errorf("screen %s has no story", name)
			continue
		}
		if err := templatecheck.CheckHTML(tm, pg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryAnswerIsHardened(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/log-ind", "/min-side", "/kameraer", "/findes-ikke", "/static/x/y.css", "/afspilning/x/daekning?fra=1&til=2"} {
		w := s.do("koordinator", "GET", path, nil)
		h := w.Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if !strings.HasPrefix(path, "/static/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", path, h.Get("Cache-Control"))
		}
		if strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "onclick=") || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s holds what the policy forbids", path)
		}
	}
}

func TestRequestsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reason := url.Values{"grund": {"En lang nok begrundelse"}}
	for name, change := range map[string]func(*http.Request){
		"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"no origin":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
	} {
		w := s.do("koordinator", "POST", "/kameraer/lindeby-1/stop", reason, change)
		if w.Code != http.StatusForbidden || s.entries("camera.stopped") != 0 {
			t.Errorf("%s: %d, %d stops", name, w.Code, s.entries("camera.stopped"))
		}
		if !strings.Contains(w.Body.String(), "anden hjemmeside") {
			t.Errorf("%s is not told in words: %s", name, w.Body)
		}
	}
	big := url.Values{"grund": {strings.Repeat("x", page.FormSize+1)}}
	if w := s.do("koordinator", "POST", "/kameraer/lindeby-1/stop", big); w.Code < 400 || s.entries("camera.stopped") != 0 {
		t.Errorf("a body beyond the limit: %d", w.Code)
	}
}

func TestAddressesStayOurs(t *testing.T) {
	for in, want := range map[string]string{
		"/steder?q=a": "/steder?q=a", "//evil.example": "/min-side", `/\evil.example`: "/min-side", "https://evil.example/": "/min-side",
		"": "/min-side", "steder": "/min-side", "javascript:alert(1)": "/min-side", "/a\r\nSet-Cookie: x": "/min-side",
	} {
		if got := page.Local(in); got != want {
			t.Errorf("%q leads to %q, want %q", in, got, want)
		}
	}
}

func TestTablesForSpreadsheets(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	fatal(t, s.portal.Register.AddCamera(t.Context(), sampleFormula(), ""))
	w := s.do("koordinator", "GET", "/kameraer?format=csv", nil)
	body := w.Body.String()
	if !strings.HasPrefix(body, "\ufeffId;Kamera;Sted;") || !strings.Contains(w.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("it begins %.60q", body)
	}
	if strings.Contains(body, ";=cmd") || !strings.Contains(body, "'=cmd") {
		t.Errorf("a formula is left as it is: %s", body)
	}
	if strings.Contains(body, "kadence") {
		t.Error("another controller's cameras are in the table")
	}
}

func TestNobodyReadsAnothersEntries(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1")
	s := newSite(t)
	s.view()
	_, err := s.portal.Issuer.Issue(t.Context(), nil, &permit.Stop{Head: permit.Head{Controller: "lindeby", Engine: "optager-1", By: "p-1"}, Cameras: []string{}, Reason: "Prøve"})
	fatal(t, err)
	s.deliver()
	if w := s.do("dpo", "GET", "/tilsyn/log", nil); !strings.Contains(w.Body.String(), "Rude knust") {
		t.Errorf("the DPO does not see the viewing: %d", w.Code)
	}
	w := s.do("fremmed", "GET", "/tilsyn/log?antal=1000", nil)
	for _, word := range []string{"Rude knust", "lindeby", "Navn udpeget"} {
		if strings.Contains(w.Body.String(), word) {
			t.Errorf("another controller reads %q", word)
		}
	}
	for _, half := range []string{"portal", "optager"} {
		extract := func(who string) string {
			return s.do(who, "GET", "/tilsyn/log/udtraek?del="+half, nil).Body.String()
		}
		if !strings.Contains(extract("dpo"), "lindeby") {
			t.Errorf("the extract of the log of %s lacks what is the controller's own", half)
		}
		for _, word := range []string{"Rude knust", "lindeby"} {
			if strings.Contains(extract("fremmed"), word) {
				t.Errorf("in the log of %s another controller's extract holds %q", half, word)
			}
		}
	}
}

// What a person downloads is checked by the program that shares no code with
// us, also where entries of others are left out of it.
func TestExtractIsVerifiedOffline(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-2", "LOG-4")
	s := newSite(t)
	s.view()
	_, portalKey := s.ledger.Public()
	id, err := s.portal.Engine.Identity(t.Context())
	fatal(t, err)
	for half, key := range map[string]string{"portal": portalKey, "optager": id.LedgerKey} {
		for _, who := range []string{"dpo", "fremmed"} {
			w := s.do(who, "GET", "/tilsyn/log/udtraek?del="+half, nil)
			file := filepath.Join(t.TempDir(), "some.vidnelog")
			fatal(t, os.WriteFile(file, w.Body.Bytes(), 0o600))
			var out, errs strings.Builder
			if code := command.Main("vidne-verify", []string{"log", "--key", key, file}, &out, &errs); code != 0 {
				t.Errorf("%s's extract of %s: exit %d\n%s%s", who, half, code, out.String(), errs.String())
			}
			changed := bytes.Replace(w.Body.Bytes(), []byte(`":"`), []byte(`":"x`), 1)
			fatal(t, os.WriteFile(file, changed, 0o600))
			if code := command.Main("vidne-verify", []string{"log", "--key", key, file}, &out, &errs); code == 0 {
				t.Errorf("%s's extract of %s passes with a letter more", who, half)
			}
		}
	}
}

func itoa(n int64) string { return fmt.Sprint(n) }

func sampleFormula() register.Camera {
	return register.Camera{ID: "formel", Controller: "lindeby", Location: "lindeby-skole", Name: "=cmd|' /C calc'!A0"}
}

// No story shows a key that has no text, in either language.
func TestStoriesHaveAllTheirWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := regexp.MustCompile(`\[[a-zæøå0-9-]+(?:\.[a-zæøå0-9_-]*)+\]`)
	for _, story := range s.portal.Stories() {
		for _, l := range []page.Lang{page.Danish, page.English} {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, testHost+"/storybook/"+story.Name, nil)
			v := &page.Visit{Site: s.portal.Site, W: w, R: r, Ctx: t.Context()}
			if err := story.Tell(v, l, world()); err != nil {
				t.Errorf("%s in %s: %v", story.Name, l, err)
			}
			if found := key.FindAllString(w.Body.String(), -1); found != nil {
				t.Errorf("%s in %s lacks %v", story.Name, l, found)
			}
		}
	}
}
