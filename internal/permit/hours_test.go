package permit_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// The guideline's example through both clock changes of two years. Each line is
// a moment in UTC and whether it is covered; the comments give wall time.
func TestHoursThroughClockChanges(t *testing.T) {
	req.Shows(t, "REC-2")
	early := permit.Hours{Zone: "Europe/Copenhagen"}  // 00.00-02.30 and 05.00-06.00 daily
	twice := permit.Hours{Zone: "Europe/Copenhagen"}  // 02.30-04.00 daily
	inside := permit.Hours{Zone: "Europe/Copenhagen"} // 02.15-02.45 daily
	meets := permit.Hours{Zone: "Europe/Copenhagen"}  // 00.00-02.30 and 02.30-05.00 daily
	around := permit.Hours{Zone: "Europe/Copenhagen"} // 00.00-02.10 and 02.50-06.00 daily
	for i := range 7 {
		early.Week[i] = permit.Spans{{"00:00", "02:30"}, {"05:00", "06:00"}}
		twice.Week[i] = permit.Spans{{"02:30", "04:00"}}
		inside.Week[i] = permit.Spans{{"02:15", "02:45"}}
		meets.Week[i] = permit.Spans{{"00:00", "02:30"}, {"02:30", "05:00"}}
		around.Week[i] = permit.Spans{{"00:00", "02:10"}, {"02:50", "06:00"}}
	}
	type row struct {
		hours permit.Hours
		from  string // RFC 3339
		to    string
		want  []string // pairs
	}
	for name, r := range map[string]row{
		// Friday 16.00 to midnight after Sunday, 55 and 57 hours later; Monday's
		// own window begins at 16.00.
		"spring 2026 over the weekend": {nights(), "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z",
			[]string{"2026-03-27T15:00:00Z", "2026-03-29T22:00:00Z"}},
		"autumn 2026 over the weekend": {nights(), "2026-10-23T12:00:00Z", "2026-10-26T12:00:00Z",
			[]string{"2026-10-23T14:00:00Z", "2026-10-25T23:00:00Z"}},
		"spring 2027 over the weekend": {nights(), "2027-03-26T12:00:00Z", "2027-03-29T12:00:00Z",
			[]string{"2027-03-26T15:00:00Z", "2027-03-28T22:00:00Z"}},
		"autumn 2027 over the weekend": {nights(), "2027-10-29T12:00:00Z", "2027-11-01T12:00:00Z",
			[]string{"2027-10-29T14:00:00Z", "2027-10-31T23:00:00Z"}},
		// 02.30 does not exist: the end is the change, 01.00 UTC.
		"spring 2026, end in the lost hour": {early, "2026-03-28T22:30:00Z", "2026-03-29T12:00:00Z",
			[]string{"2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z", "2026-03-29T04:00:00Z"}},
		"spring 2027, end in the lost hour": {early, "2027-03-27T22:30:00Z", "2027-03-28T12:00:00Z",
			[]string{"2027-03-27T23:00:00Z", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00Z", "2027-03-28T04:00:00Z"}},
		// 02.30 does not exist: the begin is the change.
		"spring 2026, begin in the lost hour": {twice, "2026-03-28T22:00:00Z", "2026-03-29T12:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"}},
		"spring 2026, all of it lost": {inside, "2026-03-28T22:00:00Z", "2026-03-29T12:00:00Z", nil},
		"spring 2027, all of it lost": {inside, "2027-03-27T22:00:00Z", "2027-03-28T12:00:00Z", nil},
		// What the lost hour parted, it brings together: no change at 01.00.
		"spring 2026, joined by the lost hour": {around, "2026-03-28T22:00:00Z", "2026-03-29T12:00:00Z",
			[]string{"2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"}},
		// 02.30 comes twice: an end at the first, 00.30 UTC.
		"autumn 2026, end in the double hour": {early, "2026-10-24T21:00:00Z", "2026-10-25T12:00:00Z",
			[]string{"2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T04:00:00Z", "2026-10-25T05:00:00Z"}},
		"autumn 2027, end in the double hour": {early, "2027-10-30T21:00:00Z", "2027-10-31T12:00:00Z",
			[]string{"2027-10-30T22:00:00Z", "2027-10-31T00:30:00Z", "2027-10-31T04:00:00Z", "2027-10-31T05:00:00Z"}},
		// A begin at the second, 01.30 UTC.
		"autumn 2026, begin in the double hour": {twice, "2026-10-24T21:00:00Z", "2026-10-25T12:00:00Z",
			[]string{"2026-10-25T01:30:00Z", "2026-10-25T03:00:00Z"}},
		// Begins at its second reading, ends at its first: never.
		"autumn 2026, all of it double": {inside, "2026-10-24T21:00:00Z", "2026-10-25T12:00:00Z", nil},
		"autumn 2027, all of it double": {inside, "2027-10-30T21:00:00Z", "2027-10-31T12:00:00Z", nil},
		// Two that meet in the double hour are one.
		"autumn 2026, meeting in the double hour": {meets, "2026-10-24T21:00:00Z", "2026-10-25T12:00:00Z",
			[]string{"2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z"}},
		"autumn 2027, always": {always(), "2027-10-30T00:00:00Z", "2027-11-01T00:00:00Z",
			[]string{"2027-10-30T00:00:00Z", "2027-11-01T00:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := r.hours.Check(); err != nil {
				t.Fatal(err)
			}
			got := r.hours.Intervals(utc(t, r.from), utc(t, r.to))
			if len(got) != len(r.want)/2 {
				t.Fatalf("got %v, want %v", got, r.want)
			}
			for i, g := range got {
				if !g.From.Equal(utc(t, r.want[2*i])) || !g.To.Equal(utc(t, r.want[2*i+1])) {
					t.Errorf("interval %d: got %v to %v, want %s to %s", i, g.From, g.To, r.want[2*i], r.want[2*i+1])
				}
			}
			// To the moment: covered at From, not at To.
			for _, g := range got {
				if !r.hours.Covers(g.From) || r.hours.Covers(g.To) && g.To.Before(utc(t, r.to)) || !r.hours.Covers(g.To.Add(-1)) {
					t.Errorf("the ends of %v are not sharp", g)
				}
			}
		})
	}
}

func utc(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
