package attack

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// marked is a script that breaks out of text, an attribute, a textarea, a
// script or an address wherever it is not escaped; n tells them apart.
func marked(n int) string {
	return fmt.Sprintf(`javascript:xss(%d)//'"><xss-%d xss=1>&lt;xss-%d&gt;</textarea></title></script><script>xss(%d)</script>`, n, n, n, n)
}

// short is one for fields that hold little.
func short(n int) string { return fmt.Sprintf(`"'><xss-%d>`, n) }

var mark = regexp.MustCompile(`xss-(\d+)`)

// breaksOut says how a page lets in what somebody wrote; empty when it does not.
func breaksOut(body string) string {
	for _, t := range read(body) {
		switch {
		case strings.HasPrefix(t.name, "xss"):
			return "an element <" + t.name + ">"
		case t.name == "script" && !t.close && (t.attributes["src"] == "" || strings.TrimSpace(t.after) != "") && t.attributes["type"] != "application/json":
			return "a script in the page: " + t.after
		}
		for name, v := range t.attributes {
			v = strings.ToLower(strings.TrimSpace(v))
			switch {
			case strings.HasPrefix(name, "xss") || strings.HasPrefix(name, "on") || name == "style" || name == "srcdoc":
				return "an attribute " + name
			case slices.Contains([]string{"href", "src", "action", "formaction", "xlink:href"}, name) && (strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "data:") || strings.HasPrefix(v, "vbscript:")):
				return "an address " + v
			}
		}
	}
	if i := strings.Index(body, "<xss"); i >= 0 {
		return "unescaped: " + body[max(0, i-60):min(len(body), i+60)]
	}
	return ""
}

// crashed reports an answer of something that broke. That the engine or a program
// of its is away, which here it is, is said in words and is none.
func crashed(code int) bool {
	return code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable
}

// harmless holds that an answer lets nothing in that somebody wrote.
func (s *site) harmless(what string, w *httptest.ResponseRecorder) {
	s.t.Helper()
	kind := w.Header().Get("Content-Type")
	body := w.Body.String()
	switch {
	case isPage(w) || strings.Contains(kind, "svg") || strings.Contains(kind, "xml") && !strings.Contains(kind, "officedocument"):
		if how := breaksOut(body); how != "" {
			s.t.Errorf("%s: %s", what, how)
		}
	case kind == "" && len(body) > 0 && mark.MatchString(body):
		s.t.Errorf("%s: an answer without a type: %.100q", what, body)
	}
	for name, values := range w.Header() {
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n") || strings.Contains(v, "<xss") && name != "Location" {
				s.t.Errorf("%s: the header %s is %q", what, name, v)
			}
		}
	}
	if crashed(w.Code) {
		s.t.Errorf("%s: %d", what, w.Code)
	}
}

// Every text field of every form that anybody is shown takes a marked script;
// then every page, file and mail is looked through for it.
func TestXSSStoredInEveryField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := s.forms(1, colleagues...)
	n, taken := 0, 0
	where := map[string]string{}
	for _, f := range all {
		value := func(x field) string {
			n++
			where[fmt.Sprint(n)] = f.to + " " + x.name
			if x.kind == "text" && len(x.value) > 0 && len(x.value) < 6 {
				return short(n)
			}
			return marked(n)
		}
		last := ""
		if s.send(f, value, func(w *httptest.ResponseRecorder) {
			last = fmt.Sprint(w.Code, wrong(w.Body.String()))
			s.harmless(f.who+" sends "+f.to, w)
		}) {
			taken++
		} else {
			t.Logf("not taken: %s of %s as %s: %s", f.to, f.page, f.who, last)
		}
	}
	fatal(t, s.reminder.Tick(t.Context()))
	pages, shown := 0, map[string]bool{}
	for _, who := range []string{"alt", "it", "uden-rolle"} { // who see all that the others see
		s.crawl(who, 1, func(at string, w *httptest.ResponseRecorder) {
			pages++
			s.harmless(who+" at "+at, w)
			for _, m := range mark.FindAllStringSubmatch(w.Body.String(), -1) {
				shown[m[1]] = true
			}
		})
	}
	t.Logf("%d forms, %d taken; %d fields, %d of them shown again somewhere; %d pages", len(all), taken, n, len(shown), pages)
	if len(all) < 55 || taken < 40 || len(shown) < 60 || pages < 250 {
		t.Error("the walk does not reach what it should")
	}
}

// What is asked for in an address comes back as text.
func TestXSSReflected(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	names := map[string]bool{"q": true, "til": true, "fra": true, "side": true, "besked": true, "format": true, "sorter": true, "retning": true, "fejl": true, "vis": true, "person": true, "kamera": true, "sag": true, "handling": true}
	for _, who := range []string{"alt", "it"} {
		s.crawl(who, 1, func(at string, w *httptest.ResponseRecorder) {
			links, forms := readPage(at, w.Body.String())
			for _, l := range links {
				if u, err := url.Parse(l); err == nil {
					for n := range u.Query() {
						names[n] = true
					}
				}
			}
			for _, f := range forms {
				for _, x := range f.fields {
					if f.method == "GET" {
						names[x.name] = true
					}
				}
			}
		})
	}
	q := url.Values{}
	for n := range names { // short, since each link of a list repeats them all
		q.Set(n, `javascript:'"><xss-1 xss=1>`)
	}
	asked := 0
	for _, r := range s.routes {
		method, path := fill(r.Pattern, s.things[home])
		if method != "GET" || leave(path) {
			continue
		}
		for _, who := range []string{"alt", "it"} {
			asked++
			w := s.patient(who, "GET", path+"?"+q.Encode(), nil)
			s.harmless(who+" at "+path+" with parameters", w)
			if strings.Contains(r.Pattern, "{") {
				bad := owned{}
				for k := range s.things[home] {
					bad[k] = `"'><xss-2>`
				}
				_, path := fill(r.Pattern, bad)
				s.harmless(who+" at "+path, s.patient(who, "GET", path, nil))
			}
			if w.Code < 400 {
				break
			}
		}
	}
	if len(names) < 25 || asked < 120 {
		t.Errorf("%d names were tried in %d addresses", len(names), asked)
	}
}
