package casework

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/permit"
)

const dayMinutes = 24 * 60

// minutes are the minutes of one day in wall time.
type minutes [dayMinutes]bool

// covers reports whether every minute of other lies within p, on ordinary
// days, on single dates and on closing days. It is asked in wall time.
func (p Pattern) covers(other Pattern) bool {
	if p.Hours.Zone != other.Hours.Zone || other.Closed && !p.Closed && !p.always() {
		return false
	}
	for d := range 7 {
		a, b := weekDay(p.Hours, d), weekDay(other.Hours, d)
		if !a.hold(b) {
			return false
		}
	}
	for _, h := range []permit.Hours{p.Hours, other.Hours} {
		for _, x := range h.Dates {
			at, err := time.Parse(time.DateOnly, x.Date)
			if err != nil {
				return false
			}
			for _, d := range []time.Time{at, at.AddDate(0, 0, 1)} {
				a, b := dateDay(p.Hours, d), dateDay(other.Hours, d)
				if !a.hold(b) {
					return false
				}
			}
		}
	}
	return true
}

// always reports whether a pattern is at all hours of all days.
func (p Pattern) always() bool {
	full := minutes{}
	for i := range full {
		full[i] = true
	}
	for d := range 7 {
		if day := weekDay(p.Hours, d); !day.hold(full) {
			return false
		}
	}
	return len(p.Hours.Dates) == 0
}

func (m *minutes) hold(other minutes) bool {
	for i, is := range other {
		if is && !m[i] {
			return false
		}
	}
	return true
}

// weekDay is the minutes of a day of an ordinary week, 0 for Monday, with what
// runs over from the day before.
func weekDay(h permit.Hours, d int) minutes {
	return occupied(h.Week[(d+6)%7], h.Week[d])
}

// dateDay is weekDay of a date, which may differ or follow one that does.
func dateDay(h permit.Hours, d time.Time) minutes {
	return occupied(spansOn(h, d.AddDate(0, 0, -1)), spansOn(h, d))
}

func spansOn(h permit.Hours, d time.Time) permit.Spans {
	name := d.Format(time.DateOnly)
	for _, x := range h.Dates {
		if x.Date == name {
			return x.Spans
		}
	}
	return h.Week[(int(d.Weekday())+6)%7]
}

func occupied(before, on permit.Spans) minutes {
	var m minutes
	for _, s := range before {
		if from, to, ok := wall(s); ok && to <= from {
			m.fill(0, to)
		}
	}
	for _, s := range on {
		from, to, ok := wall(s)
		switch {
		case !ok:
		case to <= from:
			m.fill(from, dayMinutes)
		default:
			m.fill(from, to)
		}
	}
	return m
}

func (m *minutes) fill(from, to int) {
	for i := from; i < to && i < dayMinutes; i++ {
		m[i] = true
	}
}

// wall is a window's ends in minutes after midnight.
func wall(s permit.Span) (from, to int, ok bool) {
	from, a := clockMinutes(s.From)
	to, b := clockMinutes(s.To)
	return from, to, a && b
}

func clockMinutes(s string) (int, bool) {
	if s == "24:00" {
		return dayMinutes, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil
}

func sortDates(d []permit.Date) {
	slices.SortStableFunc(d, func(a, b permit.Date) int { return strings.Compare(a.Date, b.Date) })
}
