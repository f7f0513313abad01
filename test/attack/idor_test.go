package attack

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/req"
)

// names are the wildcards of a route that stand for somebody's thing.
func names(pattern string) (all []string) {
	for rest := pattern; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return all
		}
		name, after, _ := strings.Cut(after, "}")
		if rest = after; name != "$" && name != "lang" && name != "regel" && name != "udbyder" && name != "fil" && name != "slags" && name != "kilde" && name != "hvordan" && name != "tidsrum" && name != "opgave" && name != "trin" && name != "vilkaar" && name != "aar" && name != "maaned" && name != "kode" {
			all = append(all, "{"+name+"}")
		}
	}
}

// unowned are wildcards of which the other controller has no thing here yet:
// they are walked with an id that is nobody's. Whoever adds a route with another
// wildcard gives each controller such a thing in furnish.
var unowned = []string{
	"{form}",    // the ending of a file of one's own register, which names nobody's thing
	"{guide}",   // a guide of the help, the same for everybody
	"{skaerm}",  // a picture of it
	"{papir}",   // a sort of paper; which document it is follows the person
	"{del}",     // a part of every controller's security description
	"{formaal}", // a purpose of the law
}

// kept holds that an answer gives nothing of another controller's away.
func (s *site) kept(what string, w *httptest.ResponseRecorder) {
	s.t.Helper()
	if i := strings.Index(w.Body.String(), secret); i >= 0 {
		b := w.Body.String()
		s.t.Errorf("%s tells: %s", what, b[max(0, i-100):min(len(b), i+40)])
	}
}

// open reports whether a route is of the pages about every controller that signs
// lead anybody to, or says whom to tell when they cannot be used: they are to
// tell of others.
func open(pattern string) bool {
	return strings.HasSuffix(pattern, " /overvaagning") || strings.HasSuffix(pattern, " /tilgaengelighed") || strings.Contains(pattern, " /s/{kode}")
}

// Every route that names a thing, with another controller's in each place of
// it: nothing is told, nothing is done, and the try is logged.
func TestIDORAnotherControllersThingsByAddress(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-3", "VIEW-1")
	s := newSite(t)
	was, walked := s.all(), 0
	// What is right in every form that asks for it: then the thing alone is wrong.
	in := url.Values{"grund": {"En lang nok begrundelse for det"}, "svar": {"ja"}, "kamera": {home + "-1"}, "fra": {fmt.Sprint(today(10, 5).UnixMilli())}, "til": {fmt.Sprint(today(10, 6).UnixMilli())}, "ord": {"Set her"}}
	for _, r := range s.routes {
		all := names(r.Pattern)
		for _, name := range all {
			if s.things[foreign][name] == "" && !slices.Contains(unowned, name) {
				t.Errorf("%s: the other controller has no %s", r.Pattern, name)
			}
		}
		for n := range 1 << len(all) {
			if n == 0 {
				continue // all of one's own
			}
			ids := maps.Clone(s.things[home])
			for i, name := range all {
				if n&(1<<i) != 0 {
					ids[name] = s.things[foreign][name]
				}
			}
			if strings.HasSuffix(r.Pattern, "tegninger/{tegning}/billede/{billede}") && n == 2 {
				continue // a case's pictures may lie behind any of its drawings
			}
			for _, who := range []string{"alt", "it-og-alt", "nabo"} {
				method, at := fill(r.Pattern, ids)
				before := len(s.log.String())
				w := s.do(who, method, at, in)
				walked++
				what := fmt.Sprintf("%s %s %s", who, method, at)
				s.kept(what, w)
				switch {
				case w.Code == http.StatusNotFound || w.Code == http.StatusForbidden:
					if r.Act != access.Public && !strings.Contains(s.log.String()[before:], "a page failed") {
						t.Errorf("%s is not logged", what)
					}
				case n != 1<<len(all)-1 && w.Code >= 400 && w.Code < 500: // one's own case, and the form is not right
				default:
					t.Errorf("%s: %d to %s", what, w.Code, w.Header().Get("Location"))
				}
			}
		}
	}
	// A part of a thing that is named by its number or file, or by a wildcard that
	// stands for another sort elsewhere.
	o := s.things[foreign]
	for _, at := range []string{
		"/anmodninger/" + o["{begaering}"] + "/brev/0",
		"/udleveringer/" + o["{udlevering}"] + "/dokument/" + o[paper],
		"/udleveringer/" + s.things[home]["{udlevering}"] + "/dokument/" + o[paper],
		"/udleveringer/" + s.things[home]["{udlevering}"] + "/dokument/" + o["{dokument}"],
		"/sager/" + s.things[home]["{sag}"] + "/bilag/" + o[paper],
	} {
		for _, who := range []string{"alt", "it-og-alt", "nabo"} {
			before := len(s.log.String())
			w := s.do(who, "GET", at, nil)
			s.kept(who+" at "+at, w)
			if w.Code != http.StatusNotFound && w.Code != http.StatusForbidden || !strings.Contains(s.log.String()[before:], "a page failed") {
				t.Errorf("%s at %s: %d", who, at, w.Code)
			}
		}
	}
	s.unchanged(was, "another controller's things by their addresses")
	if walked < 200 {
		t.Errorf("only %d addresses were walked", walked)
	}
}

// Every form with another controller's ids in its fields: none of them is
// stored, and nothing of theirs changes.
func TestIDORAnotherControllersThingsByFormField(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-3", "VIEW-1")
	s := newSite(t)
	was, posted := s.all(), 0
	for _, f := range s.forms(1, "alt", "it") {
		if open(f.to) {
			continue
		}
		for _, x := range f.fields {
			if x.typed() || x.kind == "file" || x.kind == "submit" {
				continue
			}
			for _, id := range s.instead(x) {
				in := f.filled(plain)
				in.Set(x.name, id)
				s.kept(f.who+" sends "+f.to+" with "+x.name, s.post(f, in))
				posted++
			}
		}
	}
	ids := slices.Sorted(maps.Values(s.things[foreign]))
	ids = append(ids, s.people["fremmed"].ID, foreign+"-gaard", foreign)
	came, went := s.all().since(was)
	for _, x := range went {
		if strings.Contains(x, secret) || strings.Contains(x, "'"+foreign) {
			t.Errorf("there is no more %.300s", x)
		}
	}
	for _, x := range came {
		for _, id := range ids {
			if id == s.things[foreign]["{sag}"] || id == s.things[foreign]["{tegning}"] || id == s.things[home]["{trin}"] || id == s.things[home]["{opgave}"] {
				continue // numbers that new things at home get too
			}
			if strings.Contains(x, "'"+id+"'") || strings.Contains(x, `"`+id+`"`) {
				t.Errorf("another's %s is now in %.300s", id, x)
			}
		}
	}
	if posted < 100 {
		t.Errorf("only %d forms were sent", posted)
	}
}

// instead are the other controller's ids that can stand for what a field holds:
// those of the same sort, or where none is, a place.
func (s *site) instead(x field) (ids []string) {
	held := append(slices.Clone(x.options), x.value)
	for name, id := range s.things[home] {
		if slices.Contains(held, id) && s.things[foreign][name] != id {
			ids = append(ids, s.things[foreign][name])
		}
	}
	for _, p := range s.people {
		if slices.Contains(held, p.ID) {
			ids = append(ids, s.people["fremmed"].ID)
			break
		}
	}
	if len(ids) == 0 {
		ids = []string{foreign + "-skole"}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// A colleague at the same place, who may do the same: a viewing, a grant, a
// session, a form, a draft and an account are one person's.
func TestIDORAColleaguesThings(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-1", "ID-4")
	s := newSite(t)
	o := s.things[home]
	was := s.all()
	for _, c := range []struct {
		what, who, method, at string
		in                    url.Values
	}{
		{"a colleague's viewing", "kollega", "GET", "/afspilning/" + o["{viewing}"], nil},
		{"its pictures", "kollega", "GET", "/afspilning/" + o["{viewing}"] + "/billeder?fra=1&til=2", nil},
		{"its coverage", "kollega", "GET", "/afspilning/" + o["{viewing}"] + "/daekning?fra=1&til=2", nil},
		{"a period in it", "kollega", "POST", "/afspilning/" + o["{viewing}"] + "/periode", url.Values{"fra": {"2026-11-21T09:00:00Z"}, "til": {"2026-11-21T10:00:00Z"}}},
		{"its end", "kollega", "POST", "/afspilning/" + o["{viewing}"] + "/slut", nil},
		{"a colleague's session", "kollega", "POST", "/min-konto/afslut", url.Values{"session": {o["session"]}}},
		{"the coordinator's session", "kollega", "POST", "/min-konto/afslut", url.Values{"session": {s.session("koordinator")}}},
		{"another's form of rights", "kollega", "GET", "/rettigheder/" + o["{skema}"], nil},
		{"its end by form", "kollega", "POST", "/rettigheder/" + o["{skema}"] + "/slut", url.Values{"grund": {"En lang nok begrundelse"}}},
		{"another's answer to a form", "kollega", "POST", "/rettigheder/" + o["{skema}"] + "/svar/" + home + "-gaard", url.Values{"svar": {"ja"}}},
		{"another's annex", "kollega", "POST", "/sager/" + o["{sag}"] + "/bilag/" + o["{dokument}"] + "/fjern", nil},
		{"a passkey by its number", "kollega", "POST", "/min-konto/noegle/slet", url.Values{"id": {"1"}}},
		{"another's account", "kollega", "POST", "/administration/log-ind/konto/" + o["{konto}"] + "/nulstil", url.Values{"grund": {"En lang nok begrundelse"}}},
	} {
		w := s.do(c.who, c.method, c.at, c.in)
		if w.Code != http.StatusNotFound && w.Code != http.StatusForbidden {
			t.Errorf("%s: %d to %s", c.what, w.Code, w.Header().Get("Location"))
		}
	}
	s.unchanged(was, "a colleague's things")
	// What somebody typed and could not send is shown to nobody else.
	if w := s.do("koordinator", "GET", "/steder/nyt", nil); strings.Contains(w.Body.String(), "Kladde") {
		t.Error("another's draft is filled in")
	}
	if w := s.do("alt", "GET", "/steder/nyt", nil); !strings.Contains(w.Body.String(), "Kladde") {
		t.Error("one's own draft is lost")
	}
	if w := s.do("koordinator", "GET", "/min-konto", nil); w.Code != http.StatusOK {
		t.Errorf("the coordinator's session was ended: %d", w.Code)
	}
}

// session is the id of somebody's open session.
func (s *site) session(login string) string {
	s.t.Helper()
	all, err := s.accounts.Sessions(s.t.Context(), s.people[login].ID)
	fatal(s.t, err)
	return all[0].ID
}

// Lists, searches and files tell of one's own controller alone, whatever is
// asked for in the address.
func TestIDORListsSearchesAndFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o, files := s.things[foreign], 0
	for _, who := range []string{"alt", "it-og-alt"} {
		s.crawl(who, 1, func(at string, w *httptest.ResponseRecorder) {
			if !open(s.pattern("GET", at)) {
				s.kept(who+" at "+at, w)
			}
			if d := w.Header().Get("Content-Disposition"); d != "" {
				files++
			}
		})
		for _, q := range []string{strings.ToLower(secret), "uved", o["{haendelse}"], o["{sag}"], foreign} {
			s.kept(who+" searches "+q, s.do(who, "GET", "/soeg?q="+q, nil))
		}
		ask := url.Values{"person": {s.people["fremmed"].ID}, "kamera": {foreign + "-1"}, "sted": {foreign + "-skole"}, "sag": {o["{sag}"]}, "handling": {"view"}, "kommune": {foreign}, "controller": {foreign}}.Encode()
		for _, r := range s.routes {
			if method, at := fill(r.Pattern, s.things[home]); method == http.MethodGet && !leave(at) && !open(r.Pattern) {
				s.kept(who+" at "+at+"?"+ask, s.do(who, "GET", at+"?"+ask, nil))
			}
		}
	}
	if files < 10 {
		t.Errorf("only %d files were taken home", files)
	}
}
