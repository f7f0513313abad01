package attack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// line is a line of the log as it is written.
var line = regexp.MustCompile(`^time=\S+ level=(DEBUG|INFO|WARN|ERROR) msg=`)

// Line breaks, escapes of a terminal and words of another line, in every field
// that comes into the log: each entry stays one line, and the ledger one entry.
func TestLogInjection(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	evil := "x\r\ntime=2026-01-01T00:00:00Z level=INFO msg=\"alt er slettet\" \x1b[31mrød\x1b[0m \x00 \u202e \u2028 {\"kind\":\"falsk\"}"
	all := func(r *http.Request) {
		for _, name := range []string{"User-Agent", "Referer", "Accept-Language", "X-Request-Id", "Origin-X", "Vidne-Refresh"} {
			r.Header[name] = []string{evil}
		}
	}
	s.do("", "POST", "/log-ind", url.Values{"navn": {evil}, "adgangskode": {evil}}, all)
	s.do("", "POST", "/log-ind", url.Values{"navn": {"udpeget"}, "adgangskode": {password}}, all)
	for _, r := range s.routes {
		bad := owned{}
		for k := range s.things[home] {
			bad[k] = evil
		}
		method, at := fill(r.Pattern, bad)
		if leave(at) {
			continue
		}
		s.do("alt", method, at+"?q="+url.QueryEscape(evil), url.Values{"grund": {evil}, "svar": {evil}}, all)
		s.do("", method, at, nil, all)
	}
	// By the screens: what is too odd to be taken is refused, the rest is text.
	for _, f := range s.forms(1, "alt") {
		if ends(f.to) == 0 {
			s.send(f, func(field) string { return evil }, func(*httptest.ResponseRecorder) {})
		}
	}
	s.do("alt", "GET", "/soeg?q="+url.QueryEscape(evil), nil)
	lines := 0
	for _, l := range strings.Split(strings.TrimSuffix(s.log.String(), "\n"), "\n") {
		if lines++; !line.MatchString(l) || strings.ContainsFunc(l, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }) {
			t.Errorf("a line of the log is %q", l)
		}
		if strings.HasPrefix(l, "time=2026-01-01") {
			t.Errorf("a line was slipped in: %q", l)
		}
	}
	if lines < 100 {
		t.Errorf("only %d lines were logged", lines)
	}
	for _, e := range s.found("") {
		if strings.ContainsAny(e, "\r\n\x00\x1b") || !json.Valid([]byte(e)) {
			t.Errorf("an entry is %q", e)
		}
	}
	// The log as it is read: pages, files and extracts.
	for _, at := range []string{"/tilsyn/log", "/tilsyn/log?format=csv&antal=1000", "/tilsyn/log/alt", "/min-konto", "/min-konto/opslag"} {
		w := s.do("alt", "GET", at, nil)
		s.harmless(at, w)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "\x1b") || strings.Contains(w.Body.String(), "\x00") {
			t.Errorf("%s: %d, with what a terminal obeys: %v", at, w.Code, strings.Contains(w.Body.String(), "\x1b"))
		}
	}
	extract := s.do("alt", "GET", "/tilsyn/log/udtraek?del=portal", nil).Body.String()
	if strings.ContainsAny(extract, "\x00\x1b") {
		t.Error("the extract holds what a terminal obeys")
	}
}

// Fields that no form has, in every form: nobody gets a role, another
// controller's, or an earlier or later date by naming them.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const marked = "TILDELT-UDENOM"
	was := s.people
	var extra []string
	for _, name := range []string{"role", "roles", "Roles", "rolle", "roller", "controller", "Controller", "kommune", "id", "ID", "person_id", "account", "by", "By", "godkendt", "approved", "approved_by", "created", "created_at", "closed", "closed_at", "retention", "retention_hours",
		"RetentionHours", "owner", "applicant", "status", "Status", "state", "decided", "is_admin", "admin", "source", "hash", "proved", "engine", "Engine", "expires", "Expires", "ground", "grant", "number"} {
		extra = append(extra, name, name+"[]", "form."+name)
	}
	taken := 0
	for _, f := range s.forms(1, "alt", "it", "udpeget") {
		if ends(f.to) != 0 {
			continue
		}
		in := f.filled(plain)
		for i, name := range extra {
			if !in.Has(name) {
				in.Set(name, fmt.Sprintf("%s-%d", marked, i))
			}
		}
		for range 3 { // with what is wrong in it left to what it was
			w := s.post(f, in)
			if w.Code < 400 {
				taken++
				break
			}
			for _, name := range wrong(w.Body.String()) {
				for _, x := range f.fields {
					if x.name == name {
						in.Set(name, x.value)
					}
				}
			}
		}
	}
	for table, list := range s.all() {
		for _, x := range list {
			if strings.Contains(x, marked) {
				t.Errorf("in %s there is now %.300s", table, x)
			}
		}
	}
	for login, before := range was {
		p, err := s.accounts.Person(t.Context(), before.ID)
		fatal(t, err)
		if fmt.Sprint(p.Roles) != fmt.Sprint(before.Roles) || p.Controller != before.Controller || p.Login != before.Login || p.Source != before.Source {
			t.Errorf("%s was %+v and is %+v", login, before, p)
		}
	}
	if taken < 20 {
		t.Errorf("only %d forms were taken", taken)
	}
	now, err := s.accounts.People(t.Context(), home)
	fatal(t, err)
	if len(now) != s.staffed {
		t.Errorf("there were %d people and are %d", s.staffed, len(now))
	}
}
