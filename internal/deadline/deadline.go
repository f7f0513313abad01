// Package deadline says when people are told of a day by which something must
// be done: seven days before it, the day before, on it, and seven days after.
//
// What it promises: days are those of the wall in Denmark, also across summer
// time; another day begins anew.
//
// What it refuses: to know what is due, or whom to tell.
package deadline

import (
	"strconv"
	"time"

	"vidne.dk/vidne/internal/clock"
)

// morning is the hour of the day at which people are told.
const morning = 7

// Stage is one of the times at which something is told.
type Stage struct {
	Key  string // of the day and the stage: what was told is known by it
	Late bool   // the day has passed
}

// EndOf is the last second of a moment's day in Denmark.
func EndOf(t time.Time) time.Time {
	y, m, d := t.In(clock.Denmark()).Date()
	return time.Date(y, m, d, 23, 59, 59, 0, clock.Denmark()).UTC()
}

// Reached is the latest stage of a day that has come at now and lies after
// since, when it first could be told; false: there is none. A zero day has
// none.
func Reached(due, since, now time.Time) (s Stage, ok bool) {
	if due.IsZero() {
		return s, false
	}
	y, m, d := due.In(clock.Denmark()).Date()
	for _, before := range [...]int{7, 1, 0, -7} {
		at := time.Date(y, m, d-before, morning, 0, 0, 0, clock.Denmark())
		if at.After(now) {
			break
		}
		if at.After(since) {
			s, ok = Stage{Key: due.In(clock.Denmark()).Format(time.DateOnly) + "/" + strconv.Itoa(before), Late: before < 0}, true
		}
	}
	return s, ok
}
