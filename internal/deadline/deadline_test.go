package deadline_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/deadline"
)

func TestStagesComeSevenDaysOneDayOnTheDayAndAfter(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 30, 0, 0, clock.Denmark()) }
	due := deadline.EndOf(at(29, 9)) // the day on which summer time begins
	if got := due.In(clock.Denmark()).Format(time.DateTime); got != "2026-03-29 23:59:59" {
		t.Fatalf("the day ends %s", got)
	}
	since := at(1, 9)
	for _, c := range []struct {
		now  time.Time
		key  string
		late bool
	}{
		{at(22, 6), "", false}, {at(22, 7), "2026-03-29/7", false}, {at(27, 23), "2026-03-29/7", false},
		{at(28, 7), "2026-03-29/1", false}, {at(29, 6), "2026-03-29/1", false}, {at(29, 7), "2026-03-29/0", false},
		{at(35, 23), "2026-03-29/0", false}, {at(36, 7), "2026-03-29/-7", true}, {at(90, 7), "2026-03-29/-7", true},
	} {
		s, ok := deadline.Reached(due, since, c.now)
		if s.Key != c.key || s.Late != c.late || ok != (c.key != "") {
			t.Errorf("at %s: %+v %v, want %q", c.now, s, ok, c.key)
		}
	}
	if s, ok := deadline.Reached(due, at(28, 12), at(28, 13)); ok {
		t.Errorf("what began after the stage is told at once: %+v", s)
	}
	if _, ok := deadline.Reached(time.Time{}, since, at(30, 0)); ok {
		t.Error("no day, and a stage of it")
	}
}
