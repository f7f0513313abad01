package permit

import "time"

// Hours (tidsrum) is when a permit lets a camera record: weekly windows in the
// wall time of a zone, and single dates that differ.
//
// A window belongs to the date on which it begins; one whose To is not later
// than its From runs into the next date. At a change to summer time a wall
// time that does not exist is the instant of the change; at a change back a
// wall time that comes twice begins a window at its second reading and ends
// one at its first, so that never more is recorded than both readings allow.
type Hours struct {
	Zone  string   `json:"zone"`  // IANA name, "Europe/Copenhagen"
	Week  [7]Spans `json:"week"`  // Monday first
	Dates []Date   `json:"dates"` // ordered by date, none twice
}

// Spans is the windows that begin on one day, ordered, not overlapping.
type Spans []Span

// Span is one window. From is "00:00" to "23:59", To is "00:01" to "24:00".
type Span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Date replaces the weekly windows of one date: a closing day or a holiday.
type Date struct {
	Date  string `json:"date"` // "2026-12-24"
	Spans Spans  `json:"spans"`
	Name  string `json:"name"` // shown: "Juleaften"
}

// Interval is a stretch of time, From included, To not.
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}
