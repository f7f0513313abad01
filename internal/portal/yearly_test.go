package portal

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/yearly"
)

const yearPath = "/tilsyn/aarsberetning"

// What happened is counted once, where it happened, in the year that it
// happened in; a no is counted as a no; the files say what the page says.
func TestTheYearIsCountedFromWhatHappened(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.furnish()
	s.begaering()
	s.clk.Advance(time.Minute)
	p, now := s.portal, s.clk.Now()
	room := p.yearly(Config{Config: p.Config})
	before, err := room.Of(t.Context(), "lindeby", yearly.Span{Year: 2026})
	fatal(t, err)
	if n := before.Group("requests").Line("access"); n.N < 1 || n.Before != 0 {
		t.Errorf("requests for access: %+v", n)
	}
	if n := before.Group("cameras").Line("permitted"); n.N != 1 || n.Before != 0 {
		t.Errorf("permitted cameras: %+v", n)
	}
	if d := before.Group("deletions").Line("late"); before.EngineAway || d.N != 0 {
		t.Errorf("the recorder counts: away %v, late %+v", before.EngineAway, d)
	}
	fatal(t, p.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := p.Ledger.Append(t.Context(), tx, now, "camera.stopped", map[string]any{"controller": "lindeby", "person": "p-1", "name": "Karen", "camera": "lindeby-1", "location": "lindeby-skole", "reason": "Drejet"})
		return err
	}))
	if w := s.do("it", "GET", yearPath, nil); w.Code != 403 {
		t.Errorf("IT sees who looked how often: %d", w.Code)
	}
	s.clk.Advance(time.Minute)
	after, err := room.Of(t.Context(), "lindeby", yearly.Span{Year: 2026})
	fatal(t, err)
	if is, was := after.Group("stops").Line("stopped").N, before.Group("stops").Line("stopped").N; is != was+1 {
		t.Errorf("%d stops, and %d before one", is, was)
	}
	if is, was := after.Group("refused").Line("rights").N, before.Group("refused").Line("rights").N; is != was+1 {
		t.Errorf("%d refusals, and %d before one", is, was)
	}
	if other, err := room.Of(t.Context(), "kadence", yearly.Span{Year: 2026}); err != nil || other.Group("requests").Line("access").N != 0 || other.Group("stops").Line("stopped").N != 0 {
		t.Errorf("another controller has %+v, %v", other.Groups, err)
	}
	next := now.AddDate(1, 0, 0)
	s.clk.Advance(next.Sub(now) + time.Hour)
	if later, err := room.Of(t.Context(), "lindeby", yearly.Span{Year: 2027}); err != nil || later.Group("stops").Line("stopped") != (yearly.Line{ID: "stopped", N: 0, Before: after.Group("stops").Line("stopped").N}) {
		t.Errorf("a year later: %+v, %v", later.Group("stops"), err)
	}
}

// A breach is in the year in which somebody knew of it: from the first where
// another than the camera's owner found it, and no longer once it is judged to be
// none; what was notified is told apart.
func TestBreachesAreInTheYear(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-2")
	s := newSite(t)
	ctx, room := t.Context(), s.portal.yearly(Config{Config: s.portal.Config})
	counted := func(controller string, year int) [2]yearly.Count {
		r, err := room.Of(ctx, controller, yearly.Span{Year: year})
		fatal(t, err)
		g := r.Group("breaches")
		return [2]yearly.Count{g.Line("known").N, g.Line("reported").N}
	}
	dpo := breach.Who{Controller: "lindeby", Person: s.people["dpo"].ID, Name: "Navn dpo"}
	if got := counted("lindeby", 2026); got != [2]yearly.Count{0, 0} {
		t.Fatalf("before anything happened: %v", got)
	}
	none, some := s.brud(), s.brud()
	_, err := s.portal.breaches.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Owner, Location: "lindeby-skole", Cameras: []string{"lindeby-1"}, Words: "Kameraet hænger skævt."}, dpo)
	fatal(t, err)
	s.clk.Advance(time.Minute)
	if got := counted("lindeby", 2026); got != [2]yearly.Count{2, 0} {
		t.Errorf("two that others found, and a call that nobody has judged: %v", got)
	}
	_, err = s.portal.breaches.Judge(ctx, none, breach.Judgement{Breach: false, Words: "Kameraet var slukket hele dagen."}, dpo)
	fatal(t, err)
	_, err = s.portal.breaches.Judge(ctx, some, breach.Judgement{Breach: true, Risk: breach.Some, Words: "Naboerne kan ses i haven."}, dpo)
	fatal(t, err)
	_, err = s.portal.breaches.Sent(ctx, some, breach.Sent{Sent: s.clk.Now(), Reference: "2026-441-0012"}, dpo)
	fatal(t, err)
	if got := counted("lindeby", 2026); got != [2]yearly.Count{1, 1} {
		t.Errorf("one that was none, one that was notified: %v", got)
	}
	if got := counted("lindeby", 2025); got != [2]yearly.Count{0, 0} {
		t.Errorf("in the year before: %v", got)
	}
	if got := counted("kadence", 2026); got != [2]yearly.Count{0, 0} {
		t.Errorf("another controller's: %v", got)
	}
	s.shows("koordinator", yearPath, "Brud på persondatasikkerheden", "1 brud")
}

func TestTheYearGoesOutAsItIsOnThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.furnish()
	s.shows("koordinator", yearPath, "Årsberetning 2026", "Kort fortalt", "Samme tid i 2025", "lindeby havde 1 kamera på 1 sted")
	s.shows("dpo", yearPath+"?til=alle", "Til offentligheden", "I udgaven til offentligheden")
	s.shows("dpo", yearPath+"?aar=2026&kvartal=4", "Beretning for 4. kvartal 2026")
	for _, bad := range []string{"?aar=2019", "?aar=2031", "?aar=x", "?kvartal=5", "/fil/exe"} {
		if w := s.do("koordinator", "GET", yearPath+bad, nil); w.Code != 404 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	if w := s.do("koordinator", "GET", yearPath+"/fil/pdf?aar=2026", nil); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("as PDF: %d", w.Code)
	}
	w := s.do("koordinator", "GET", yearPath+"/fil/docx", nil)
	if _, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len())); w.Code != 200 || err != nil {
		t.Errorf("for Word: %d, %v", w.Code, err)
	}
	if w := s.do("dpo", "GET", yearPath+"/fil/html?til=alle", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "Kameraer ved periodens slutning") {
		t.Errorf("as a page: %d", w.Code)
	}
	w = s.do("koordinator", "GET", yearPath+"/fil/csv", nil)
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	fatal(t, err)
	found := false
	for _, row := range rows {
		found = found || row[1] == "Kameraer ved periodens slutning" && row[2] == "1"
	}
	if !found {
		t.Errorf("the spreadsheet has no cameras: %v", rows)
	}
}
