// Package guideline keeps a controller's own guideline for surveillance
// (retningslinje) in versions, and the reviews of it (H 11): each year, when the
// organisation changes much, and when the law does.
//
// What it promises: every version stands as it was in force, with what is new in
// it and who decided it; a review is begun by itself before the year is out and
// when a rule of the law's data begins, ends or changes; every party is asked,
// and answers with a comment or with none; a review ends with a conclusion, and
// with minutes; people are told seven days before its day, the day before, on
// it and seven days after; each act is an entry of the ledger.
//
// What it refuses: a new version without a review; a conclusion before every
// party has answered, unless the day has passed and it is said why one was not
// heard; two reviews at once.
package guideline

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/deadline"
	"vidne.dk/vidne/internal/document"
)

// Kind is the guideline's among the documents in versions, as the processes
// name it.
const Kind = "guideline"

// Every is how often the guideline is reviewed, in years (H 11: årligt), and
// Ahead how long before the year is out the review is begun by itself: time
// enough for a meeting of the committee of employees.
const (
	Every = 1
	Ahead = 60 * 24 * time.Hour
)

// Cause is why a review is begun (H 11).
type Cause string

// The causes.
const (
	Yearly         Cause = "yearly"
	Reorganisation Cause = "reorganisation"
	Law            Cause = "law"
	Other          Cause = "other" // something in it is wrong or missing
)

// Causes lists those that a person begins a review for.
func Causes() []Cause { return []Cause{Yearly, Reorganisation, Law, Other} }

// Party (part) is somebody who is asked: a person with an account, or a body
// without, for whom whoever runs the review writes the answer down.
type Party struct {
	ID       string
	Person   string // empty: a body without an account
	Name     string
	As       string // role of the person; empty: a body
	Asked    time.Time
	Answered time.Time
	Comment  string // empty: none
	By       string // who wrote it down
}

// Outcome is what a review came to.
type Outcome string

// The outcomes.
const (
	Unchanged Outcome = "unchanged"
	Changed   Outcome = "changed" // a new version
)

// Review (gennemgang) is one of them.
type Review struct {
	ID, Controller string
	Number         string
	Cause          Cause
	Reason         string
	Rules          []string // of the law that changed, as they are cited
	Version        int      // that is reviewed
	Began          time.Time
	By             string // who began it
	Due            time.Time
	Parties        []Party
	Concluded      time.Time
	Outcome        Outcome
	Words          string // the conclusion, and why a party was not heard
	Minutes        string // document
	New            int    // the version that came of it; 0: none
	ConcludedBy    string
	Reminded       string
}

// Open reports whether it goes on.
func (r Review) Open() bool { return r.Concluded.IsZero() }

// Missing are the parties that have not answered.
func (r Review) Missing() []Party {
	return slices.DeleteFunc(slices.Clone(r.Parties), func(p Party) bool { return !p.Answered.IsZero() })
}

// Late reports whether its day has passed.
func (r Review) Late(now time.Time) bool { return r.Open() && now.After(r.Due) }

// Version (udgave) is one version of the guideline: Note is what is new in it.
type Version struct {
	document.Version
	Decided   time.Time // day
	DecidedBy string    // the committee or the person
	Review    string    // that it came of; empty: it is the first
}

// Guideline is all that is kept of a controller's.
type Guideline struct {
	Controller string
	Versions   []Version // the newest first
	Reviews    []Review  // the newest first
}

// InForce is the version in force at a time; false: there is none.
func (g Guideline) InForce(at time.Time) (Version, bool) {
	for _, v := range g.Versions {
		if !v.InForce.After(at) {
			return v, true
		}
	}
	return Version{}, false
}

// Running is the review that goes on; false: none does.
func (g Guideline) Running() (Review, bool) {
	for _, r := range g.Reviews {
		if r.Open() {
			return r, true
		}
	}
	return Review{}, false
}

// Last is the review that was concluded last; false: none was.
func (g Guideline) Last() (r Review, ok bool) {
	for _, x := range g.Reviews {
		if !x.Open() && x.Concluded.After(r.Concluded) {
			r, ok = x, true
		}
	}
	return r, ok
}

// Next is when a review must be over: the day of the one that goes on, but not
// later than a year after the last, or after the first version was decided.
// Zero: there is no guideline.
func (g Guideline) Next() time.Time {
	if len(g.Versions) == 0 {
		return time.Time{}
	}
	from := g.Versions[len(g.Versions)-1].Decided
	if last, ok := g.Last(); ok {
		from = last.Concluded
	}
	year := deadline.EndOf(from.In(clock.Denmark()).AddDate(Every, 0, 0))
	if r, ok := g.Running(); ok && r.Due.Before(year) {
		return r.Due
	}
	return year
}
