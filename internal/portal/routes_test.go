package portal

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

var update = flag.Bool("update", false, "write testdata/access.txt anew")

// open opens a case, which its applicant has not sent.
func (s *site) open() string {
	s.t.Helper()
	who := s.people["koordinator"]
	c, err := s.rooms.Cases.Begin(s.t.Context(), dossier.New{Controller: "lindeby", Title: "Hærværk ved skolen", Locations: []string{"lindeby-skole"}}, dossier.Who{Person: who.ID, Name: who.Name})
	fatal(s.t, err)
	return c.ID
}

// Every route as every sort of person, against a table that is kept and read
// by people. A route that declares no rule, or is not in the table, fails.
func TestEveryRouteAsEveryPerson(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-3", "VIEW-1", "LOG-1")
	s := newSite(t)
	i := s.incident("udpeget")
	room, incident := s.viewOf("udpeget", i), i.ID
	who := []string{"", "koordinator", "udpeget", "udpeget-andetsteds", "dpo", "it", "it-og-udpeget", "leder", "ansoeger", "godkender", "fremmed", "uden-rolle"}
	s.furnish()
	form, physical := s.askForRights()
	asked, err := s.portal.Live().Ask(t.Context(), live.Wish{Location: "lindeby-skole", Cameras: []string{"lindeby-1"}, Reason: "danger", Words: "En mand truer folk i gården med en kniv.", Minutes: 5},
		live.Who{Controller: "lindeby", Person: s.people["udpeget"].ID, Name: s.people["udpeget"].Name})
	fatal(t, err)
	// Whoever is helped to log in is logged out by it, and is none of those who walk.
	helped, err := s.portal.People.Create(t.Context(), identity.NewAccount{Login: "hjaelpes", Name: "Navn hjaelpes", Controller: "lindeby", Password: password}, "")
	fatal(t, err)
	fill := strings.NewReplacer("{$}", "", "{direkte}", asked.ID, "{bevislaas}", s.lock(i), "{loeft}", s.lift(i), "{udlevering}", s.udlevering(i), "{begaering}", s.begaering(), "{brud}", s.brud(), "{deling}", "findes-ikke", "{kopi}", "findes-ikke", "{gennemgang}", "findes-ikke", "{part}", "findes-ikke", "{brev}", "findes-ikke", "{maaned}", "2026-11", "{kilde}", "anmodning", "{fra}", "findes-ikke", "{kig}", "findes-ikke", "{delesystem}", "findes-ikke", "{konto}", helped.ID, "{anmodning}", "findes-ikke", "{supplier}", "nordsikring", "{agreement}", "aftale", "{order}", "paalaeg", "{area}", "nord", "{administration}", "boern", "{holder}", "rolle", "{lang}", "en", "{location}", "lindeby-skole", "{form}", "pdf", "{camera}", "lindeby-1", "{viewing}", strings.TrimPrefix(room, "/afspilning/"),
		"{sag}", s.open(), "{opgave}", "purpose", "{kamera}", "lindeby-1", "{tidsrum}", "nyt", "{dokument}", "findes-ikke", "{trin}", "apply", "{vilkaar}", "x", "{hvordan}", "luk", "{fil}", "x.ics", "{nr}", "0", "{slags}", "search", "{billede}", "x", "{bogmaerke}", "findes-ikke", "{haendelse}", incident, "{samtykke}", "findes-ikke", "{tilladelse}", "findes-ikke", "{skema}", form, "{adgang}", physical,
		"{post}", "findes-ikke", "{periode}", "findes-ikke", "{proeve}", "findes-ikke", "{tilknytning}", "findes-ikke", "{aar}", "2026", "{formaal}", "crime", "{guide}", "tilstand", "{skaerm}", "tilstand.webp", "{kode}", "findes-ikke", "{medarbejder}", s.medarbejder(), "{papir}", "findes-ikke", "{skilt}", "findes-ikke", "{melding}", "findes-ikke", "{del}", "network", "{udgave}", "1")
	routes := slices.Clone(s.portal.Routes())
	// Logging out comes last: the others need to be logged in.
	slices.SortStableFunc(routes, func(a, b page.Route) int {
		return strings.Compare(last(a.Pattern)+a.Pattern, last(b.Pattern)+b.Pattern)
	})
	var out strings.Builder
	for _, r := range routes {
		if r.Act == "" || !slices.Contains(access.Acts(), r.Act) {
			t.Errorf("%s declares no rule (%q)", r.Pattern, r.Act)
		}
		fmt.Fprintf(&out, "%s (%s)\n", r.Pattern, r.Act)
		method, path, _ := strings.Cut(fill.Replace(r.Pattern), " ")
		for _, p := range who {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			if strings.HasSuffix(path, "/tilstand") {
				cancel()
				ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond) // it lasts as long as the room is open
			}
			w := s.do(p, method, path, nil, func(r *http.Request) { *r = *r.WithContext(ctx) })
			cancel()
			name := p
			if p == "" {
				name = "ingen"
			}
			fmt.Fprintf(&out, "    %-20s %d%s\n", name, w.Code, where(w.Header().Get("Location")))
		}
	}
	name := filepath.Join("testdata", "access.txt")
	if *update {
		fatal(t, os.WriteFile(name, []byte(out.String()), 0o644))
	}
	want, err := os.ReadFile(name)
	fatal(t, err)
	if got := out.String(); got != string(want) {
		a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range max(len(a), len(b)) {
			if i >= len(a) || i >= len(b) || a[i] != b[i] {
				t.Fatalf("line %d of %s differs:\n%s\nwant\n%s\nIs it meant? Then go test ./internal/portal -run EveryRoute -update, and read the difference.", i+1, name, at(a, i), at(b, i))
			}
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

func last(pattern string) string {
	switch {
	case strings.HasSuffix(pattern, "/laas"):
		return "4" // nothing opens a session that was left unattended but a proof
	case strings.HasSuffix(pattern, "/log-ud"):
		return "3"
	case strings.HasSuffix(pattern, "/slut"):
		return "2"
	}
	return "1"
}

// chance is an id that is drawn anew each time.
var chance = regexp.MustCompile(`[0-9a-f]{32}`)

// where is where an answer leads, without what differs from run to run.
func where(location string) string {
	if location == "" {
		return ""
	}
	return " to " + chance.ReplaceAllString(location, "{id}")
}

// A route that forgot its rule is closed to everybody.
func TestRouteWithoutARuleIsClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, who := range []string{"", "koordinator", "udpeget", "dpo", "it"} {
		called := false
		h := s.portal.Serve(page.Route{Pattern: "GET /x", Handle: func(*page.Visit) error { called = true; return nil }})
		mux := http.NewServeMux()
		mux.Handle("/", h)
		old := s.portal.handler
		s.portal.handler = mux
		w := s.do(who, "GET", "/x", nil)
		s.portal.handler = old
		if called || w.Code != http.StatusForbidden && w.Code != http.StatusUnauthorized {
			t.Errorf("%q got %d from a route without a rule", who, w.Code)
		}
	}
}
