package deletion

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// Each reason is told from what the recorder noted, the surest first; what was
// over before, or came after, is no reason.
func TestWhyItWasLate(t *testing.T) {
	due := time.Date(2026, 10, 12, 3, 0, 0, 0, time.UTC)
	at := func(h int) time.Time { return due.Add(time.Duration(h) * time.Hour) }
	alarm := func(key, camera string, from, to int) engineapi.Alarm {
		return engineapi.Alarm{Key: key, Camera: camera, Since: at(from), Until: at(to)}
	}
	late := Late{Camera: "nord", Due: due, Done: at(5)}
	stuck := late
	stuck.Problem, stuck.Done = "disk.error", time.Time{}
	for name, c := range map[string]struct {
		of   Late
		f    facts
		want Why
	}{
		"a file that stays":            {stuck, facts{down: []Span{{at(0), at(4)}}}, Stuck},
		"the recorder did not run":     {late, facts{down: []Span{{at(-3), at(4)}}, alarms: []engineapi.Alarm{alarm("clock.jump", "", -1, 4)}}, Down},
		"it did not run before or aft": {late, facts{down: []Span{{at(-9), at(-1)}, {at(6), at(9)}}}, Unknown},
		"the clock":                    {late, facts{alarms: []engineapi.Alarm{alarm("sweep.failed", "", 0, 5), alarm("clock.jump", "", -1, 4)}}, Clock},
		"the clock, since":             {late, facts{alarms: []engineapi.Alarm{alarm("clock.jump", "", 6, 7)}}, Unknown},
		"a file that stayed":           {late, facts{alarms: []engineapi.Alarm{alarm("deletion.failed", "", 0, 5)}}, Stuck},
		"another camera's":             {late, facts{alarms: []engineapi.Alarm{alarm("deletion.failed", "syd", 0, 5)}}, Unknown},
		"the sweep":                    {late, facts{alarms: []engineapi.Alarm{alarm("sweep.failed", "", 0, 5)}}, Sweep},
		"nothing":                      {late, facts{}, Unknown},
	} {
		if got := c.f.why(c.of, at(10)); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The recorder was away from when it notes so to when it notes anything else of
// the same camera; one that it has no more tells nothing.
func TestWhenTheRecorderWasAway(t *testing.T) {
	at := func(m int) time.Time { return time.Date(2026, 10, 1, 0, m, 0, 0, time.UTC) }
	state := func(camera string, m int, cause engineapi.Cause) engineapi.StateChange {
		return engineapi.StateChange{Camera: camera, At: at(m), Cause: cause}
	}
	got := joined(downs([]engineapi.StateChange{
		state("a", 0, ""), state("a", 10, engineapi.CauseEngineDown), state("a", 12, engineapi.CauseEngineDown), state("a", 90, engineapi.CauseOutside),
		state("b", 10, engineapi.CauseEngineDown), state("b", 95, ""), state("b", 200, engineapi.CauseEngineDown), state("b", 201, ""),
		state("gone", 10, engineapi.CauseEngineDown)}))
	if len(got) != 2 || got[0] != (Span{at(10), at(95)}) || got[1] != (Span{at(200), at(201)}) {
		t.Errorf("%v", got)
	}
}

// A lock is named by its number; a short absence is no absence.
func TestALockIsNamed(t *testing.T) {
	req.Shows(t, "KEEP-3", "KEEP-4")
	m := Month{2026, time.October}
	f := facts{cameras: map[string]register.Camera{"nord": {ID: "nord", Name: "Nord", Where: "Skolen"}},
		tallies: []engineapi.Tally{{Camera: "nord", Held: 2, Holds: []engineapi.HeldDue{{Hold: "h-1", Hours: 2}, {Hold: "h-2", Hours: 1}}}, {Camera: "en andens", Due: 7, Done: 7}},
		held:    []engineapi.Held{{Hold: "h-1", Reason: "crime"}, {Hold: "h-2", Reason: "dispute"}},
		down:    []Span{{m.From(), m.From().Add(59 * time.Minute)}, {m.From().Add(-time.Hour), m.From().Add(-time.Minute)}}}
	s := Statement{From: m.From(), To: m.To()}
	f.state(&s, []hold.Hold{{ID: "b-7", Number: "B-2026-007", Statement: "h-1", Terms: hold.Terms{Reason: "crime"}}}, m.To().Add(Settled))
	if len(s.Kept) != 2 || s.Kept[0].Number != "B-2026-007" || s.Kept[0].Lock != "b-7" || s.Kept[1].Lock != "" || s.Kept[1].Reason != "dispute" {
		t.Errorf("%+v", s.Kept)
	}
	if s.Total.Due != 2 || s.Total.Kept != 2 || s.Total.Left != 0 || len(s.Cameras) != 1 || len(s.Away) != 0 {
		t.Errorf("%+v", s)
	}
}
