package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/req"
)

const liveWords = "En mand truer folk i gården, og politiet er på vej."

// liveForm is the form that asks for five minutes of the entrance.
func liveForm() url.Values {
	return url.Values{"sted": {"lindeby-skole"}, "grund": {"danger"}, "ord": {liveWords}, "kamera": {"lindeby-1"}, "minutter": {"5"}}
}

// asked asks for live view as the designated person.
func (s *site) asked() live.Request {
	s.t.Helper()
	w := s.do("udpeget", "POST", "/direkte/ny", liveForm())
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("it is not asked for: %d %s", w.Code, w.Body)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(w.Header().Get("Location"), "/direkte/"), "?")
	return s.request(id)
}

func (s *site) request(id string) live.Request {
	s.t.Helper()
	q, err := s.portal.Live().Get(s.t.Context(), "lindeby", id)
	fatal(s.t, err)
	return q
}

// shownLive is a live view that goes on.
func (s *site) shownLive() live.Request {
	s.t.Helper()
	q := s.asked()
	if w := s.do("koordinator", "POST", "/direkte/"+q.ID+"/svar", url.Values{"svar": {"ja"}, "segl": {q.Seal()}}); w.Code != http.StatusSeeOther {
		s.t.Fatalf("it is not answered: %d %s", w.Code, w.Body)
	}
	if w := s.do("udpeget", "POST", "/direkte/"+q.ID+"/begynd", nil); w.Code != http.StatusSeeOther {
		s.t.Fatalf("it does not begin: %d %s", w.Code, w.Body)
	}
	return s.request(q.ID)
}

// What was not read is not answered; nobody answers their own, another's, or
// for a place that is not theirs; and nothing is used twice.
func TestALiveViewIsAnsweredByTheRightPersonAlone(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-2", "ID-3")
	s := newSite(t)
	for name, change := range map[string]func(url.Values){
		"no reason":                func(f url.Values) { f.Del("grund") },
		"a reason of their own":    func(f url.Values) { f.Set("grund", "nysgerrig") },
		"few words":                func(f url.Values) { f.Set("ord", "nu") },
		"no camera":                func(f url.Values) { f.Del("kamera") },
		"another place's camera":   func(f url.Values) { f.Set("kamera", "kadence-1") },
		"two hours":                func(f url.Values) { f.Set("minutter", "120") },
		"another place":            func(f url.Values) { f.Set("sted", "lindeby-gaard") },
		"another controller's one": func(f url.Values) { f.Set("sted", "kadence-skole") },
	} {
		f := liveForm()
		change(f)
		if w := s.do("udpeget", "POST", "/direkte/ny", f); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if n := s.entries("live.asked"); n != 0 {
		t.Fatalf("%d are asked for", n)
	}
	q := s.asked()
	other := q
	other.Minutes = 60
	yes := func(who, seal string) int {
		return s.do(who, "POST", "/direkte/"+q.ID+"/svar", url.Values{"svar": {"ja"}, "segl": {seal}}).Code
	}
	for _, x := range []struct {
		who, seal string
		want      int
	}{
		{"udpeget", q.Seal(), 403}, {"leder", q.Seal(), 403}, {"dpo", q.Seal(), 403}, {"it", q.Seal(), 403}, {"fremmed", q.Seal(), 404}, {"", q.Seal(), 401},
		{"koordinator", other.Seal(), 422}, {"koordinator", "", 422},
	} {
		if got := yes(x.who, x.seal); got != x.want {
			t.Errorf("%s says yes to %.6s: %d, want %d", x.who, x.seal, got, x.want)
		}
	}
	if w := s.do("koordinator", "POST", "/direkte/"+q.ID+"/svar", url.Values{"svar": {"nej"}, "segl": {q.Seal()}}); w.Code != 422 {
		t.Errorf("no without a reason: %d", w.Code)
	}
	if s.request(q.ID).State(s.clk.Now()) != live.Asked {
		t.Fatal("it is answered")
	}
	if w := s.do("udpeget", "POST", "/direkte/"+q.ID+"/begynd", nil); w.Code != 403 {
		t.Errorf("begun without an answer: %d", w.Code)
	}
	if got := yes("koordinator", q.Seal()); got != 303 {
		t.Fatalf("the coordinator: %d", got)
	}
	for who, want := range map[string]int{"koordinator": 404, "fremmed": 404, "udpeget-andetsteds": 404, "udpeget": 303} {
		if w := s.do(who, "POST", "/direkte/"+q.ID+"/begynd", nil); w.Code != want {
			t.Errorf("%s begins: %d, want %d", who, w.Code, want)
		}
	}
	if w := s.do("udpeget", "POST", "/direkte/"+q.ID+"/begynd", nil); w.Code != 403 {
		t.Errorf("begun twice: %d", w.Code)
	}
}

// The picture is the person's, in the session in which it began, of the cameras
// that were named; and it ends with the session, the right, and the minutes.
func TestALiveViewEndsWithTheRightToIt(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-2", "VIEW-1", "LOG-1")
	s := newSite(t)
	picture := func(who, id, camera, key string, code int) {
		t.Helper()
		w := s.do(who, "GET", "/direkte/"+id+"/billeder?kamera="+camera, nil, asJSON)
		if w.Code != code || !strings.Contains(w.Body.String(), key) {
			t.Errorf("%s sees %s: %d %.200s, want %d %s", who, camera, w.Code, w.Body, code, key)
		}
	}
	note := func(q live.Request) {
		t.Helper()
		if w := s.do("udpeget", "POST", "/direkte/"+q.ID+"/note", url.Values{"ord": {liveWords}}); w.Code != 303 {
			t.Errorf("the note: %d %s", w.Code, w.Body)
		}
	}
	q := s.shownLive()
	picture("udpeget", q.ID, "kadence-1", "live.camera", 403)
	picture("koordinator", q.ID, "lindeby-1", "live.unknown", 404)
	picture("dpo", q.ID, "lindeby-1", "live.unknown", 404)
	picture("fremmed", q.ID, "lindeby-1", "live.unknown", 404)
	first := s.cookies["udpeget"]
	s.logIn("udpeget")
	picture("udpeget", q.ID, "lindeby-1", "live.session", 403)
	s.cookies["udpeget"] = first

	// The minutes.
	s.clk.Advance(5 * time.Minute)
	picture("udpeget", q.ID, "lindeby-1", "live.time", 403)
	note(q)

	// The session: the page is closed, and nobody asks.
	q = s.shownLive()
	if w := s.do("udpeget", "POST", "/log-ud", nil); w.Code != 303 {
		t.Fatalf("logging out: %d", w.Code)
	}
	fatal(t, s.portal.TickLive(t.Context()))
	if q = s.request(q.ID); q.State(s.clk.Now()) != live.Over || q.Cut == "" {
		t.Errorf("after logging out: %+v", q)
	}
	s.logIn("udpeget")
	picture("udpeget", q.ID, "lindeby-1", "live.session", 403)
	note(q)

	// The designation, with the page open: the first question after it cuts.
	q = s.shownLive()
	s.endRight("udpeget")
	picture("udpeget", q.ID, "lindeby-1", "access.", 403)
	fatal(t, s.portal.TickLive(t.Context()))
	if q = s.request(q.ID); q.State(s.clk.Now()) != live.Over || !strings.HasPrefix(q.Cut, "access.") {
		t.Errorf("after the designation ended: %+v", q)
	}
	note(q) // what it was for is still to be written, and can be
	if n := s.entries("live.cut"); n != 2 {
		t.Errorf("%d cuts are logged", n)
	}
	if w := s.do("udpeget", "GET", "/direkte/ny", nil); w.Code != 403 {
		t.Errorf("asking without a right: %d", w.Code)
	}
}
