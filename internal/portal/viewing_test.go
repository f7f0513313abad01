package portal

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func ms(t time.Time) string { return itoa(t.UnixMilli()) }

func asJSON(r *http.Request) { r.Header.Set("Accept", "application/json") }

// between is what a question about a viewing asks for.
func between(from, to time.Time) string {
	return "?kamera=lindeby-1&fra=" + ms(from) + "&til=" + ms(to)
}

// denied holds that an answer refuses with a key, and says it in words.
func (s *site) denied(w *httptest.ResponseRecorder, key, what string) {
	s.t.Helper()
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), key) {
		s.t.Errorf("%s: %d %.300s", what, w.Code, w.Body)
	}
}

func TestViewingOpensNothingBeyondItsGrant(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-1", "LOG-1")
	s := newSite(t)
	i := s.incident("udpeget")
	room := s.viewOf("udpeget", i)
	ask := func(who, what string, from, to time.Time) *httptest.ResponseRecorder {
		return s.do(who, "GET", room+"/"+what+between(from, to), nil, asJSON)
	}
	refused := 0
	for _, what := range []string{"billeder", "daekning"} {
		s.denied(ask("udpeget", what, today(8, 0), today(9, 0)), "grant.interval", what+" before")
		s.denied(ask("udpeget", what, today(10, 0), today(12, 1)), "grant.interval", what+" past the end")
		s.denied(ask("udpeget", what, today(11, 0), today(10, 0)), "grant.interval", what+" turned round")
		refused += 3
	}
	// Within the grant, and not opened.
	s.denied(ask("udpeget", "billeder", today(11, 0), today(11, 30)), "viewing.closed", "outside the period")
	refused++
	// An altered interval opens no more than the grant has.
	post := func(from, to time.Time) *httptest.ResponseRecorder {
		return s.do("udpeget", "POST", room+"/periode", url.Values{"fra": {from.UTC().Format(time.RFC3339)}, "til": {to.UTC().Format(time.RFC3339)}}, asJSON)
	}
	w := post(today(9, 59), today(10, 30))
	s.denied(w, "grant.interval", "a period outside")
	if refused++; !strings.Contains(w.Body.String(), "udvid hændelsen") {
		t.Errorf("what to do is not said: %s", w.Body)
	}
	if w := post(today(11, 0), today(12, 0)); w.Code != http.StatusOK {
		t.Errorf("a period within: %d %s", w.Code, w.Body)
	}
	if n := s.entries("view.refused"); n != refused {
		t.Errorf("%d refusals are logged, want %d", n, refused)
	}
	if n := s.entries("view.opened"); n != 2 {
		t.Errorf("%d periods are logged, want 2", n)
	}
	for _, who := range []string{"koordinator", "dpo", "it", "fremmed", "udpeget-andetsteds"} {
		for _, what := range []string{"billeder", "daekning", "tilstand"} {
			if w := ask(who, what, today(10, 0), today(11, 0)); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
				t.Errorf("%s got %d of another's %s", who, w.Code, what)
			}
		}
		if w := s.do(who, "POST", room+"/slut", nil); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s ends another's viewing: %d", who, w.Code)
		}
	}
	s.clk.Advance(3 * time.Hour)
	s.logIn("udpeget")
	s.denied(ask("udpeget", "billeder", today(10, 0), today(11, 0)), "ticket.expired", "after the period ran out")
	s.clk.Advance(90 * time.Minute)
	s.logIn("udpeget")
	s.denied(ask("udpeget", "billeder", today(10, 0), today(11, 0)), "grant.expired", "after the grant ran out")
	s.denied(post(today(10, 0), today(11, 0)), "grant.expired", "a period after the grant ran out")
}

func TestWhatIsAskedToBeSeenIsCheckedInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	i := s.incident("udpeget")
	for name, c := range map[string]struct {
		change url.Values
		code   int
		says   string
	}{
		"before it":       {url.Values{"fra": {"09.59"}}, 403, "uden for det tidsrum"},
		"after it":        {url.Values{"til": {"12.01"}}, 403, "uden for det tidsrum"},
		"another day":     {url.Values{"dato": {"2026-11-20"}}, 403, "uden for det tidsrum"},
		"older than 30":   {url.Values{"dato": {"2026-10-01"}}, 422, "30 døgn tilbage"},
		"no time":         {url.Values{"fra": {"kvart over"}}, 422, "Skriv et klokkeslæt"},
		"unclear in time": {url.Values{"til": {"25.00"}}, 422, "Skriv et klokkeslæt"},
		"another's":       {url.Values{"kamera": {"kadence-1"}}, 422, "Vælg mindst ét kamera"},
		"no such camera":  {url.Values{"kamera": {"../x"}}, 422, "Vælg mindst ét kamera"},
		"younger than 5":  {url.Values{"fra": {"13.58"}, "til": {"13.59"}}, 422, "direkte visning"},
	} {
		f := hour()
		for k, v := range c.change {
			f[k] = v
		}
		w := s.do("udpeget", "POST", "/haendelser/"+i.ID+"/se", f)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d, without %q", name, w.Code, c.says)
		}
	}
	if o, r := s.entries("view.opened"), s.entries("view.refused"); o != 0 || r != 3 {
		t.Errorf("%d periods were opened, %d refusals logged", o, r)
	}
}

func TestAnotherPersonsIncidentOpensForTheDesignatedAlone(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-1", "ID-3", "LOG-1")
	s := newSite(t)
	i := s.incident("udpeget")
	for who, code := range map[string]int{"": 401, "koordinator": 403, "dpo": 403, "it": 403, "it-og-udpeget": 403, "leder": 403, "udpeget-andetsteds": 403, "fremmed": 404, "uden-rolle": 403} {
		for _, method := range []string{"GET", "POST"} {
			if w := s.do(who, method, "/haendelser/"+i.ID+"/se", hour()); w.Code != code {
				t.Errorf("%s of %q: %d, want %d", method, who, w.Code, code)
			}
		}
	}
	if n := s.entries("view.opened") + s.entries("grant.given"); n != 0 {
		t.Errorf("%d things were opened", n)
	}
	// One's own grant is ended by another controller's people as little as seen.
	s.viewOf("udpeget", i)
	all, err := s.portal.incidents.Grants.Of(t.Context(), "lindeby", i.ID)
	fatal(t, err)
	end := "/haendelser/" + i.ID + "/tilladelse/" + all[0].ID + "/slut"
	for _, who := range []string{"fremmed", "udpeget-andetsteds", "leder"} {
		if w := s.do(who, "POST", end, nil); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s ends a grant: %d", who, w.Code)
		}
	}
	other := s.incident("udpeget")
	if w := s.do("udpeget", "POST", "/haendelser/"+other.ID+"/tilladelse/"+all[0].ID+"/slut", nil); w.Code != http.StatusNotFound {
		t.Errorf("a grant is ended through another incident: %d", w.Code)
	}
	if w := s.do("koordinator", "POST", end, nil); w.Code != http.StatusSeeOther || s.entries("grant.ended") != 1 {
		t.Errorf("the coordinator does not take it back: %d", w.Code)
	}
}

// What ends the right ends what is shown, and the engine does not obey the
// ticket any more, whoever holds it.
func TestNothingIsReplayedAfterTheEnd(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-1")
	for name, end := range map[string]struct {
		act func(*site, string)
		key string
	}{
		"logout": {func(s *site, _ string) { s.do("udpeget", "POST", "/log-ud", nil) }, "grant.ended.logout"},
		"closing": {func(s *site, id string) {
			if w := s.do("udpeget", "POST", "/haendelser/"+id+"/ingen-straffesag", url.Values{"hvorfor": {"Ruden var knust i forvejen"}}); w.Code != http.StatusSeeOther {
				s.t.Fatalf("not said to be none: %d %s", w.Code, w.Body)
			}
			if w := s.do("udpeget", "POST", "/haendelser/"+id+"/luk", url.Values{"grund": {"Anmeldt til politiet"}}); w.Code != http.StatusSeeOther {
				s.t.Fatalf("not closed: %d %s", w.Code, w.Body)
			}
		}, "grant.ended.incident"},
		"no crime after all": {func(s *site, id string) {
			if w := s.do("koordinator", "POST", "/haendelser/"+id+"/kriminalitet", url.Values{"strafbart": {"presumed"}, "hvoraf": {"Det var vist stormen"}}); w.Code != http.StatusSeeOther {
				s.t.Fatalf("not assessed: %d %s", w.Code, w.Body)
			}
		}, "grant.ended.ground"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			i := s.incident("udpeget")
			room := s.viewOf("udpeget", i)
			type row struct{ Ticket []byte }
			var held row
			fatal(t, s.portal.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
				held, err = db.One[row](t.Context(), tx, `SELECT ticket FROM periods`)
				return err
			}))
			replay := func() string {
				in, err := s.portal.Engine.Fragments(t.Context(), engineapi.FragmentQuery{Camera: "lindeby-1", From: today(10, 0), To: today(11, 0)}, engineapi.Pass{Statement: held.Ticket, Whence: "192.0.2.66"})
				if err == nil {
					_, err = io.Copy(io.Discard, in)
					_ = in.Close()
				}
				return fault.Key(err)
			}
			s.deliver()
			if key := replay(); strings.HasPrefix(key, "ticket.") {
				t.Fatalf("the ticket is refused while it stands: %s", key)
			}
			cookie := s.cookies["udpeget"]
			end.act(s, i.ID)
			w := s.do("udpeget", "GET", room+"/billeder"+between(today(10, 0), today(11, 0)), nil, asJSON)
			if name == "logout" {
				if w.Code != http.StatusUnauthorized || cookie == nil {
					t.Errorf("the old cookie is answered by %d", w.Code)
				}
				s.logIn("udpeget") // and the viewing is over for whoever comes back
				w = s.do("udpeget", "GET", room+"/billeder"+between(today(10, 0), today(11, 0)), nil, asJSON)
			}
			s.denied(w, end.key, "pictures")
			s.deliver()
			if key := replay(); key != "ticket.revoked" {
				t.Errorf("the engine answers the ticket with %q", key)
			}
		})
	}
}

// What runs is cut when the designation ends, within seconds and without a
// request of the browser's.
func TestARevokedDesignationCutsWhatRuns(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-1", "ID-3")
	s := newSite(t)
	room := s.viewOf("udpeget", s.incident("udpeget"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	w := &growing{ResponseRecorder: httptest.NewRecorder(), wrote: make(chan string, 100)}
	r := httptest.NewRequestWithContext(ctx, "GET", testHost+room+"/tilstand", nil)
	r.AddCookie(s.cookies["udpeget"])
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	done := make(chan struct{})
	go func() { defer close(done); s.portal.Handler().ServeHTTP(w, r) }()
	select {
	case first := <-w.wrote:
		if !strings.Contains(first, "event: session") {
			t.Fatalf("it begins with %q", first)
		}
	case <-done:
		t.Fatalf("it ends at once: %d", w.Code)
	case <-time.After(20 * time.Second):
		t.Fatal("it says nothing")
	}
	from := s.clk.Now()
	s.endRight("udpeget")
	said := ""
	for !strings.Contains(said, "event: cut") {
		select {
		case said = <-w.wrote:
		case <-done:
			t.Fatalf("it ended with %q", said)
		case <-ctx.Done():
			t.Fatal("it still runs")
		case <-time.After(20 * time.Millisecond):
			if s.clk.Advance(100 * time.Millisecond); s.clk.Now().Sub(from) > 5*time.Second {
				t.Fatal("it still runs after five seconds")
			}
		}
	}
	if !strings.Contains(said, "access.designation") || !strings.Contains(said, "kan ikke se optagelser") {
		t.Errorf("it says %q", said)
	}
	<-done
}

// growing tells of each thing that is written.
type growing struct {
	*httptest.ResponseRecorder
	wrote chan string
}

func (g *growing) Write(b []byte) (int, error) {
	g.wrote <- string(b)
	return len(b), nil
}

func (g *growing) Flush() {}

// From "something happened" to the room, by the forms alone.
func TestFromWhatHappenedToTheRoom(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-1", "VIEW-1", "VIEW-5", "LOG-1")
	s := newSite(t)
	post := func(path string, f url.Values) string {
		t.Helper()
		w := s.do("udpeget", "POST", path, f)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return w.Header().Get("Location")
	}
	span := url.Values{"fra-dato": {"2026-11-21"}, "fra": {"10.00"}, "til-dato": {"2026-11-21"}, "til": {"12"}}
	with := func(more url.Values) url.Values {
		out := url.Values{}
		for _, m := range []url.Values{span, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	at := post("/haendelser/ny", with(url.Values{"sted": {"lindeby-skole"}, "hvad": {"Rude knust i hovedindgangen"}, "andre": {"Håndbold til kl. 21.30"}}))
	here := strings.TrimSuffix(at, "/kriminalitet")
	if at == here {
		t.Fatalf("it leads to %s", at)
	}
	// Presumed: nothing is shown, in words, and with the way on.
	post(at, url.Values{"strafbart": {"presumed"}, "hvoraf": {"En dør stod åben"}})
	post(here+"/behov", with(url.Values{"behov": {"Vi skal vide hvornår"}, "kamera": {"lindeby-1"}}))
	w := s.do("udpeget", "GET", here+"/se", nil)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "kun formodet") || !strings.Contains(w.Body.String(), here+"/kriminalitet") || s.entries("view.refused") != 1 {
		t.Errorf("presumed: %d, %d refusals: %s", w.Code, s.entries("view.refused"), w.Body)
	}
	post(here+"/kriminalitet", url.Values{"strafbart": {"established"}, "hvoraf": {"Stenen ligger på gulvet"}, "politi": {"4600-70121-00417-26"}})
	room := post(here+"/se", hour())
	if !strings.HasPrefix(room, "/afspilning/") {
		t.Fatalf("it leads to %s", room)
	}
	s.denied(s.do("udpeget", "POST", here+"/se", url.Values{"kamera": {"lindeby-1"}, "dato": {"2026-11-21"}, "fra": {"09.00"}, "til": {"11.00"}}), "uden for det tidsrum", "before what it names")
	wide := with(url.Values{"grund": {"De var her også tidligere"}, "kamera": {"lindeby-1"}})
	wide.Set("fra", "09.00")
	if at := post(here+"/udvid", wide); at != here+"/se" {
		t.Errorf("after widening it leads to %s", at)
	}
	post(here+"/se", url.Values{"kamera": {"lindeby-1"}, "dato": {"2026-11-21"}, "fra": {"09.00"}, "til": {"11.00"}})
	for _, who := range []string{"udpeget", "koordinator", "dpo", "leder"} {
		if w := s.do(who, "GET", here, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Navn udpeget") || !strings.Contains(w.Body.String(), "De var her også tidligere") {
			t.Errorf("%s reads %d", who, w.Code)
		}
	}
	for _, about := range []string{"/kameraer/lindeby-1", "/steder/lindeby-skole"} {
		if w := s.do("dpo", "GET", about, nil); !strings.Contains(w.Body.String(), "Navn udpeget") {
			t.Errorf("%s does not say who looked: %d", about, w.Code)
		}
	}
	if w := s.do("koordinator", "GET", "/haendelser?format=csv", nil); !strings.Contains(w.Body.String(), "H-2026-001;Rude knust i hovedindgangen") {
		t.Errorf("the file holds %s", w.Body)
	}
	if w := s.do("udpeget-andetsteds", "GET", "/haendelser", nil); w.Code != 200 || strings.Contains(w.Body.String(), "H-2026-001") {
		t.Errorf("somebody who is designated elsewhere lists it: %d", w.Code)
	}
}

func TestFormsOfIncidentsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.do("udpeget", "POST", "/haendelser/ny", url.Values{"sted": {"lindeby-gaard"}, "hvad": {"Rude knust af 010190-1234"}, "fra-dato": {"2026-11-21"}, "fra": {"x"}, "til-dato": {"2026-11-21"}, "til": {"12"}})
	for _, want := range []string{"Rude knust af 010190-1234", "Skriv ikke cpr-numre", "Skriv et klokkeslæt", "Vælg stedet"} {
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d without %q", w.Code, want)
		}
	}
	if n := s.entries("incident.opened"); n != 0 {
		t.Errorf("%d were opened", n)
	}
}
