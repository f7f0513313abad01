package attack

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// colleagues is everybody at home whose pages differ.
var colleagues = []string{"alt", "it", "koordinator", "udpeget", "dpo", "leder", "ansoeger", "godkender", "noedkonto", "uden-rolle"}

// leaves are addresses that a walk does not follow: they end the session, or
// change what the next page is written in.
var leaves = []string{"/log-ud", "/min-konto/laas", "/min-konto/afslut", "/min-konto/afslut-andre", "/sprog/", "/static/", "/tilstand", "/min-konto/adgangskode"}

func leave(path string) bool {
	return path == "" || slices.ContainsFunc(leaves, func(l string) bool { return strings.Contains(path, l) })
}

// pattern is the route that an address leads to.
func (s *site) pattern(method, target string) string {
	r := httptest.NewRequest(method, base+"/", nil)
	if u, err := url.Parse(base + target); err == nil {
		r.URL = u
	}
	_, p := s.mux.Handler(r)
	return p
}

// patient asks, and where there is a limit to how often, waits as it says.
func (s *site) patient(who, method, target string, in url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	w := s.do(who, method, target, in, change...)
	for range 3 {
		if w.Code != http.StatusTooManyRequests {
			break
		}
		s.clk.Advance(time.Minute)
		w = s.do(who, method, target, in, change...)
	}
	if w.Code == http.StatusUnauthorized && who != "" {
		s.logIn(who)
		w = s.do(who, method, target, in, change...)
	}
	return w
}

// apart are wildcards whose pages differ: they stand for a form, not a thing.
var apart = regexp.MustCompile(`\{(opgave|trin|hvordan|slags|tidsrum)\}`)

// crawl follows every link that somebody is shown, most times to one route and
// set of parameters, and hands each page on.
func (s *site) crawl(who string, most int, look func(target string, w *httptest.ResponseRecorder)) {
	s.t.Helper()
	seen, times := map[string]bool{}, map[string]int{}
	queue := []string{"/min-side", "/min-konto", "/sager", "/steder", "/kameraer", "/haendelser", "/rettigheder/mine", "/tilsyn/log", "/drift"}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		u, err := url.Parse(at)
		if err != nil || seen[at] || leave(u.Path) {
			continue
		}
		seen[at] = true
		var names []string
		for n := range u.Query() {
			names = append(names, n)
		}
		slices.Sort(names)
		kind := s.pattern("GET", at)
		if apart.MatchString(kind) {
			kind = u.Path
		}
		kind += "?" + strings.Join(names, "&")
		if times[kind] >= most {
			continue
		}
		times[kind]++
		w := s.patient(who, "GET", at, nil)
		look(at, w)
		if w.Code == http.StatusSeeOther {
			queue = append(queue, resolve(at, w.Header().Get("Location")))
		}
		if !isPage(w) {
			continue
		}
		links, forms := readPage(at, w.Body.String())
		for _, f := range forms {
			if f.method == "GET" {
				queue = append(queue, f.action)
			}
		}
		queue = append(queue, links...)
	}
}

func isPage(w *httptest.ResponseRecorder) bool {
	return strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
}

// offered is a form with somebody to whom it is shown, and the route that it
// is sent to.
type offered struct {
	form
	who, to string
}

// forms are all different forms that anybody at home is shown. Those that end
// things come last.
func (s *site) forms(most int, who ...string) (all []offered) {
	s.t.Helper()
	known := map[string]bool{}
	for _, p := range who {
		s.crawl(p, most, func(at string, w *httptest.ResponseRecorder) {
			if !isPage(w) {
				return
			}
			_, forms := readPage(at, w.Body.String())
			for _, f := range forms {
				to := s.pattern(f.method, f.action)
				var names []string
				for _, x := range f.fields {
					names = append(names, x.name)
				}
				id := to + strings.Join(names, "&")
				if f.method != http.MethodPost || known[id] || leave(f.action) {
					continue
				}
				known[id] = true
				all = append(all, offered{f, p, to})
			}
		})
	}
	slices.SortStableFunc(all, func(a, b offered) int { return ends(a.to) - ends(b.to) })
	return all
}

func ends(pattern string) int {
	for _, w := range []string{"slut", "luk", "stop", "fjern", "slet", "traek", "nulstil", "svar", "send", "gennemfoer"} {
		if strings.Contains(pattern, w) {
			return 1
		}
	}
	return 0
}

// plain is a value that a field is likely to take.
func plain(f field) string {
	switch {
	case f.kind == "date" || strings.Contains(f.name, "dato"):
		return "2026-11-21"
	case f.kind == "number":
		return "3"
	case f.kind == "email" || strings.Contains(f.name, "mail"):
		return "nogen@vidne.test"
	case strings.Contains(f.name, "cvr"):
		return "87654321"
	case f.name == "fra" || f.name == "fra-tid":
		return "10.00"
	case f.name == "til" || f.name == "til-tid":
		return "11.00"
	case strings.HasSuffix(f.name, "dag"):
		return "8-16"
	case f.name == "bredde" || f.name == "laengde":
		return "56,1"
	case f.kind == "password":
		return password
	case len(f.options) > 0:
		for _, o := range f.options {
			if o != "" {
				return o
			}
		}
	}
	return "Helt almindelige ord om sagen, som enhver kan læse."
}

// filled is a form as it would be sent, with value in what is typed.
func (f form) filled(value func(field) string) url.Values {
	out := url.Values{}
	for _, x := range f.fields {
		switch {
		case x.kind == "file":
		case x.kind == "submit":
			if !out.Has(x.name) {
				out.Set(x.name, x.value)
			}
		case x.kind == "checkbox" || x.kind == "radio":
			v := x.value
			if v == "" || !x.on {
				v = x.options[0]
			}
			out.Set(x.name, v)
		case x.kind == "select":
			out.Set(x.name, plain(x))
		case x.kind == "hidden":
			out.Set(x.name, x.value)
		case x.kind == "date" || x.kind == "number" || x.kind == "password":
			v := x.value
			if v == "" {
				v = plain(x)
			}
			out.Set(x.name, v)
		default:
			out.Set(x.name, value(x))
		}
	}
	return out
}

// send sends a form, and where the answer says that a field is wrong, sends it
// again with something else in that field, until it is taken or nothing helps.
// Each answer is looked at.
func (s *site) send(f offered, value func(field) string, look func(w *httptest.ResponseRecorder)) (taken bool) {
	s.t.Helper()
	in := f.filled(value)
	tried := map[string]int{}
	for range 6 {
		w := s.post(f, in)
		look(w)
		if w.Code < 400 && w.Code != http.StatusOK {
			return true
		}
		bad := wrong(w.Body.String())
		changed := false
		for _, name := range bad {
			i := slices.IndexFunc(f.fields, func(x field) bool { return x.name == name })
			if i < 0 {
				continue
			}
			x := f.fields[i]
			switch tried[name]++; tried[name] {
			case 1:
				in.Set(name, plain(x))
			case 2:
				in.Set(name, x.value)
			case 3:
				in.Set(name, "")
			default:
				continue
			}
			changed = true
		}
		if !changed {
			return w.Code == http.StatusOK && len(bad) == 0
		}
	}
	return false
}

// post sends values to where a form goes.
func (s *site) post(f offered, in url.Values) *httptest.ResponseRecorder {
	s.t.Helper()
	if !f.files {
		return s.patient(f.who, f.method, f.action, in)
	}
	body, kind := multi(in, nil)
	return s.patient(f.who, f.method, f.action, nil, func(r *http.Request) { with(r, body, kind) })
}
