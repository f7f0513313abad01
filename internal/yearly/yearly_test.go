package yearly

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func copenhagen(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// A span begins and ends at Danish midnight, and a span that is not over ends now.
func TestMonths(t *testing.T) {
	zone := copenhagen(t)
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, zone)
	for _, c := range []struct {
		span        Span
		n           int
		first, last time.Time
	}{
		{Span{Year: 2025}, 13, time.Date(2024, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)},
		{Span{2025, 3}, 4, time.Date(2025, 6, 30, 22, 0, 0, 0, time.UTC), time.Date(2025, 9, 30, 22, 0, 0, 0, time.UTC)},
		{Span{Year: 2026}, 12, time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC), now},
		{Span{2026, 4}, 3, time.Date(2026, 9, 30, 22, 0, 0, 0, time.UTC), now},
	} {
		got := c.span.Months(zone, now)
		if len(got) != c.n || !got[0].Equal(c.first) || !got[len(got)-1].Equal(c.last) {
			t.Errorf("%+v: %v", c.span, got)
		}
	}
	if got := (Span{2027, 1}).Months(zone, now); len(got) != 0 {
		t.Errorf("a year to come has %v", got)
	}
}

// Whatever the figures are, the public is told no small one of people, can
// reckon none from a sum, and is told the same sums place by place as before.
func TestThePublicIsToldNothingSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Custom(func(t *rapid.T) Count { return Count(rapid.Int64Range(0, 9).Draw(t, "n")) })
		var r Report
		for _, l := range layout {
			g := Group{ID: l.id}
			var sum, before Count
			for _, id := range l.lines[1:] {
				line := Line{id, n.Draw(t, id), n.Draw(t, id)}
				sum, before = sum+line.N, before+line.Before
				g.Lines = append(g.Lines, line)
			}
			if !l.sum {
				sum, before = n.Draw(t, "first"), n.Draw(t, "first")
			}
			g.Lines = append([]Line{{l.lines[0], sum, before}}, g.Lines...)
			r.Groups = append(r.Groups, g)
		}
		for range rapid.IntRange(0, 6).Draw(t, "places") {
			p := Place{ID: rapid.StringMatching(`[a-z]{8}`).Draw(t, "id"), Name: "Sted"}
			for i := range p.Counts {
				p.Counts[i] = n.Draw(t, "count")
			}
			r.Places = append(r.Places, p)
		}
		r.Months = []Month{{Views: 1}}
		public := r.ForPublic()
		if !public.Public || len(public.Months) != 0 {
			t.Fatal("months are told")
		}
		for i, l := range layout {
			for _, of := range []func(Line) Count{func(l Line) Count { return l.N }, func(l Line) Count { return l.Before }} {
				few, hidden := 0, 0
				for j, line := range public.Groups[i].Lines {
					c := of(line)
					if l.personal && small(c) {
						t.Fatalf("%s.%s says %d", l.id, line.ID, c)
					}
					if c >= 0 && c != of(r.Groups[i].Lines[j]) {
						t.Fatalf("%s.%s says %d, and it is %d", l.id, line.ID, c, of(r.Groups[i].Lines[j]))
					}
					if c < 0 {
						hidden++
					}
					if c == Few && j > 0 {
						few++
					}
				}
				if l.sum && few == 1 && hidden == 1 {
					t.Fatalf("%s: the one that is not told is the sum less the others: %+v", l.id, public.Groups[i])
				}
			}
		}
		var was, is [Columns]Count
		for _, p := range r.Places {
			for i, c := range p.Counts {
				was[i] += c
			}
		}
		for _, p := range public.Places {
			if telling(p) || p.ID == "" && p.Merged < 2 {
				t.Fatalf("a place tells too much: %+v", p)
			}
			for i, c := range p.Counts {
				is[i] += c
			}
		}
		if len(public.Places) > 0 && was != is {
			t.Fatalf("%v together, and %v before", is, was)
		}
	})
}
