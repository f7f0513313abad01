package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// reviewed has somebody look without a case, and the period closed and drawn of.
func (s *site) reviewed(login string) oversight.Item {
	s.t.Helper()
	ctx, room := s.t.Context(), s.portal.Review()
	fatal(s.t, room.Tick(ctx))
	var index int64
	fatal(s.t, s.portal.DB.Write(ctx, func(tx *db.Tx) (err error) {
		index, err = s.ledger.Append(ctx, tx, s.clk.Now(), "view.opened", map[string]any{"controller": "lindeby", "person": s.people[login].ID, "name": s.people[login].Name, "address": "192.0.2.1",
			"camera": "lindeby-1", "location": "lindeby-skole", "purpose": "Bare for at se"})
		return err
	}))
	periods, err := room.Periods(ctx, "lindeby")
	fatal(s.t, err)
	s.clk.Advance(periods[0].Ends.Sub(s.clk.Now()) + 9*time.Hour)
	fatal(s.t, room.Tick(ctx))
	items, err := room.Of(ctx, "lindeby", periods[0].ID)
	fatal(s.t, err)
	for _, p := range []string{"koordinator", "udpeget", "dpo", "it", "leder", "fremmed"} {
		s.logIn(p)
	}
	for _, i := range items {
		if i.Index == index {
			return i
		}
	}
	s.t.Fatalf("entry %d is not drawn", index)
	return oversight.Item{}
}

// An item is there for whoever reviews it, the question for whoever was asked,
// and what was found for whoever answers for it; to others it is not there.
func TestAReviewIsForThoseItIsFor(t *testing.T) {
	req.Shows(t, "LOG-3", "ID-3")
	s := newSite(t)
	ctx := t.Context()
	fatal(t, s.portal.Register.Hold(ctx, register.Holder{ID: "leder-skole", Controller: "lindeby", Body: "manager", Location: "lindeby-skole", Person: s.people["leder"].ID, Name: "Navn leder", By: "test"}))
	i := s.reviewed("udpeget")
	here, mine := "/tilsyn/stikproeve/opslag/"+i.ID, "/min-side/stikproeve/"+i.ID
	long := "Der var ingen hændelse den dag."
	get := func(what, login, path string, code int) string {
		t.Helper()
		w := s.do(login, "GET", path, nil)
		if w.Code != code {
			t.Errorf("%s: %s gets %s with %d, not %d", what, login, path, w.Code, code)
		}
		return w.Body.String()
	}
	post := func(what, login, path string, code int, form url.Values) {
		t.Helper()
		if w := s.do(login, "POST", path, form); w.Code != code {
			t.Errorf("%s: %s posts to %s with %d, not %d", what, login, path, w.Code, code)
		}
	}
	page := get("the reviewer's", "koordinator", here, http.StatusOK)
	if !strings.Contains(page, "Bare for at se") || strings.Contains(page, `href="/afspilning`) || strings.Contains(page, "<video") {
		t.Error("the item does not say what was done, or leads to footage")
	}
	for _, p := range []string{"udpeget", "leder", "it", "fremmed"} {
		get("before anything is found", p, here, http.StatusNotFound)
		get("not asked", p, mine, http.StatusNotFound)
	}
	unjust := url.Values{"afgoerelse": {"unjustified"}, "grund": {long}}
	post("one's own", "udpeget", here+"/afgoer", http.StatusNotFound, unjust)
	post("unheard", "koordinator", here+"/afgoer", http.StatusUnprocessableEntity, unjust)
	post("asked", "koordinator", here+"/spoerg", http.StatusSeeOther, url.Values{"spoergsmaal": {"Hvorfor var det nødvendigt?"}})
	get("the question", "udpeget", mine, http.StatusOK)
	if home := get("the front page", "udpeget", "/min-side", http.StatusOK); !strings.Contains(home, mine) {
		t.Error("the front page does not lead to the question")
	}
	get("another's question", "koordinator", mine, http.StatusNotFound)
	post("another's answer", "leder", mine, http.StatusNotFound, url.Values{"svar": {long}})
	post("too short", "udpeget", mine, http.StatusUnprocessableEntity, url.Values{"svar": {"Nej"}})
	post("the answer", "udpeget", mine, http.StatusSeeOther, url.Values{"svar": {long}})
	post("the verdict", "koordinator", here+"/afgoer", http.StatusSeeOther, unjust)

	before := len(s.kinds("data.read"))
	get("found unjustified", "leder", here, http.StatusOK)
	if len(s.kinds("data.read")) != before+1 {
		t.Error("that the manager read it is not in the log")
	}
	get("still not the user's", "udpeget", here, http.StatusNotFound)
	post("a manager does not ask", "leder", here+"/spoerg", http.StatusNotFound, url.Values{"spoergsmaal": {long}})
	post("the user does not follow up", "udpeget", here+"/opfoelgning", http.StatusNotFound, url.Values{"udfald": {long}})
	post("followed up", "leder", here+"/opfoelgning", http.StatusSeeOther, url.Values{"udfald": {long}})

	// Figures and the year's report name nobody who was reviewed.
	for _, path := range []string{"/tilsyn/stikproeve/aar/2026", "/tilsyn/stikproeve/aar/2026?format=csv"} {
		if body := get("the report", "dpo", path, http.StatusOK); strings.Contains(body, "Navn udpeget") || !strings.Contains(body, "Uberettiget") {
			t.Errorf("%s names somebody, or finds nothing", path)
		}
	}
	if pdf := get("to file", "dpo", "/tilsyn/stikproeve/aar/2026?format=pdf", http.StatusOK); !strings.HasPrefix(pdf, "%PDF") {
		t.Error("the report is no PDF")
	}
	get("a year to come", "dpo", "/tilsyn/stikproeve/aar/2093", http.StatusNotFound)
}

// What is planted is the data protection officer's own knowledge.
func TestPlantsAreSeenByNobodyElse(t *testing.T) {
	req.Shows(t, "LOG-3")
	s := newSite(t)
	day, from := s.clk.Now().In(time.UTC).Format(time.DateOnly), s.clk.Now().Add(time.Hour).In(denmark()).Format("15.04")
	form := url.Values{"person": {s.people["udpeget"].ID}, "dag": {day}, "fra": {from}, "til": {"23.59"}, "maerke": {"lindeby-1"}, "hvad": {"Ser optagelser en aften uden sag."}}
	const path = "/tilsyn/stikproeve/proever"
	if w := s.do("dpo", "POST", path+"/ny", form); w.Code != http.StatusSeeOther {
		t.Fatalf("planted with %d: %s", w.Code, w.Body)
	}
	if w := s.do("dpo", "GET", path, nil); !strings.Contains(w.Body.String(), "en aften uden sag") {
		t.Error("it is not on the list")
	}
	for _, p := range []string{"koordinator", "udpeget", "it"} {
		if w := s.do(p, "GET", path, nil); w.Code != http.StatusForbidden {
			t.Errorf("%s gets the list with %d", p, w.Code)
		}
		if w := s.do(p, "POST", path+"/ny", form); w.Code != http.StatusForbidden {
			t.Errorf("%s plants with %d", p, w.Code)
		}
	}
	if w := s.do("fremmed", "GET", path, nil); strings.Contains(w.Body.String(), "en aften uden sag") {
		t.Error("another controller's officer sees it")
	}
	for _, log := range []string{"/tilsyn/log/alt", "/tilsyn/log"} {
		if w := s.do("koordinator", "GET", log, nil); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "en aften uden sag") {
			t.Errorf("%s tells it (%d)", log, w.Code)
		}
	}
}

// kinds are the entries of a kind.
func (s *site) kinds(kind string) []int64 {
	s.t.Helper()
	entries, err := s.ledger.Entries(s.t.Context(), 0, 10_000)
	fatal(s.t, err)
	var out []int64
	for _, e := range entries {
		if e.Kind == kind {
			out = append(out, e.Index)
		}
	}
	return out
}

func denmark() *time.Location {
	l, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return time.UTC
	}
	return l
}
