package oversight

import (
	"fmt"
	"time"

	"vidne.dk/vidne/internal/clock"
)

// easter is Easter Sunday of a year (the anonymous Gregorian reckoning).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 12, 0, 0, 0, time.UTC)
}

// holiday reports whether a day is a public holiday in Denmark; Christmas Eve
// and New Year's Eve count, as offices are closed.
func holiday(day time.Time) bool {
	switch fmt.Sprintf("%d-%d", day.Month(), day.Day()) {
	case "1-1", "12-24", "12-25", "12-26", "12-31":
		return true
	}
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.UTC)
	switch int(noon.Sub(easter(day.Year())).Hours() / 24) {
	case -3, -2, 1, 39, 50:
		return true
	}
	return false
}

// workday reports whether people are at work on the day of a moment.
func workday(at time.Time) bool {
	d := at.In(clock.Denmark())
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday && !holiday(d)
}

// afterWorkdays is the end of the n-th working day after a moment.
func afterWorkdays(at time.Time, n int) time.Time {
	d := at.In(clock.Denmark())
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		if workday(d) {
			n--
		}
	}
	return time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, d.Location()).UTC()
}

// ends is when a period that is open at a moment should close: Monday at
// midnight, or the first of the month.
func (e Every) ends(at time.Time) time.Time {
	d := at.In(clock.Denmark())
	if e == Month {
		return time.Date(d.Year(), d.Month()+1, 1, 0, 0, 0, 0, d.Location()).UTC()
	}
	days := (8 - int(d.Weekday())) % 7
	if days == 0 {
		days = 7
	}
	return time.Date(d.Year(), d.Month(), d.Day()+days, 0, 0, 0, 0, d.Location()).UTC()
}

// quarterOf names the quarter that a period which ends then belongs to.
func quarterOf(ends time.Time) string {
	d := ends.Add(-time.Second).In(clock.Denmark())
	return fmt.Sprintf("%d-Q%d", d.Year(), (int(d.Month())+2)/3)
}
