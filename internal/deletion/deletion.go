// Package deletion states each month what of a controller's recordings fell due
// and what became of it (sletteopgørelse, D 3.2): deletion as a routine that is
// watched.
//
// What it promises: a statement is made by itself when the month is over, from
// what the recorder has proofs of, and stands as it was made: its hash is in the
// ledger; what is late is named with why; what a lock keeps is named with the
// lock; a month in which the recorder did not run says so.
//
// What it refuses: to say that nothing is late where the recorder cannot be
// asked, and to be changed: what was late and is put right afterwards was late.
package deletion

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Form names the form of a statement as a file, so that whoever reads it can
// tell when it changes.
const Form = "vidne-deletions-1"

// Settled is how long after a month's end its statement is made. What falls due
// in its last minute has its hour to be deleted in, and the recorder time to
// enter the proof.
const Settled = 2 * time.Hour

// Tolerated is how long after its time something may be deleted without being
// late, and how long the recorder may be away without that being named.
const Tolerated = time.Hour

// Month is a calendar month in Denmark.
type Month struct {
	Year  int
	Month time.Month
}

const monthLayout = "2006-01"

// MonthOf is the month of a moment.
func MonthOf(t time.Time) Month {
	y, m, _ := t.In(clock.Denmark()).Date()
	return Month{y, m}
}

// ParseMonth reads "2026-10"; anything else is fault.NotFound "deletion.month".
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse(monthLayout, s)
	if err != nil || t.Year() < 2000 {
		return Month{}, fault.New(fault.NotFound, "deletion.month", "month %.10q", s)
	}
	return Month{t.Year(), t.Month()}, nil
}

// String is the month as it is parsed.
func (m Month) String() string { return m.From().Format(monthLayout) }

// From is when it begins.
func (m Month) From() time.Time { return time.Date(m.Year, m.Month, 1, 0, 0, 0, 0, clock.Denmark()) }

// To is when the next begins.
func (m Month) To() time.Time { return m.Add(1).From() }

// Add is the month so many later.
func (m Month) Add(n int) Month {
	t := time.Date(m.Year, m.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return Month{t.Year(), t.Month()}
}

// Before reports whether it lies before another.
func (m Month) Before(o Month) bool { return m.String() < o.String() }

// Ready is when its statement is made.
func (m Month) Ready() time.Time { return m.To().Add(Settled) }

// Sums are hours of footage, counted from one full hour to the next.
type Sums struct {
	// Due fell due in the month: Done of them are deleted, Kept are kept by locks,
	// and Left are still there though nothing keeps them.
	Due  int64 `json:"due"`
	Done int64 `json:"done"`
	Kept int64 `json:"kept"`
	Left int64 `json:"left"`
	// Late were deleted more than an hour after their time, or are still there then.
	Late int64 `json:"late"`
	// Freed were deleted in the month after a lock let go of them, whenever they
	// were due.
	Freed int64 `json:"freed"`
	Files int64 `json:"files"` // of Done
	Bytes int64 `json:"bytes"` // of Done
	// First and Last are when the first and the last of Done were deleted, and
	// WorstS how many seconds after its time the slowest was.
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	WorstS int64     `json:"worst_s"`
}

// Worst is how long after its time the slowest was deleted.
func (s Sums) Worst() time.Duration { return time.Duration(s.WorstS) * time.Second }

func (s *Sums) add(o Sums) {
	s.Due, s.Done, s.Kept, s.Left = s.Due+o.Due, s.Done+o.Done, s.Kept+o.Kept, s.Left+o.Left
	s.Late, s.Freed, s.Files, s.Bytes = s.Late+o.Late, s.Freed+o.Freed, s.Files+o.Files, s.Bytes+o.Bytes
	if s.First.IsZero() || !o.First.IsZero() && o.First.Before(s.First) {
		s.First = o.First
	}
	if o.Last.After(s.Last) {
		s.Last = o.Last
	}
	s.WorstS = max(s.WorstS, o.WorstS)
}

// Camera is what became of one camera's footage.
type Camera struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Location string `json:"location"`
	Place    string `json:"place"` // the location's name
	Sums
	// Proofs are the recorder's ledger entries of the first and the last deletion,
	// as people count them, from 1; 0: nothing was deleted.
	Proofs [2]int64 `json:"proofs"`
}

// Kept is what a lock keeps of a camera past its time.
type Kept struct {
	Camera string    `json:"camera"`
	Name   string    `json:"name"`
	Place  string    `json:"place"`
	Lock   string    `json:"lock,omitempty"`   // in internal/hold; empty: it is not there
	Number string    `json:"number,omitempty"` // of it
	Hold   permit.ID `json:"hold"`             // what the recorder obeys
	Reason string    `json:"reason"`           // permit.HoldReason; empty: not known
	Hours  int64     `json:"hours"`
	Bytes  int64     `json:"bytes"`
	Due    time.Time `json:"due"`   // when the first of it should have been deleted
	Until  time.Time `json:"until"` // when the lock ends by itself
}

// Why something was late.
type Why string

// The reasons, as far as the recorder knows.
const (
	Stuck   Why = "stuck"   // a file could not be removed
	Down    Why = "down"    // the recorder did not run
	Clock   Why = "clock"   // the clock had jumped, and nobody had confirmed what time it is
	Sweep   Why = "sweep"   // the deletion itself failed
	Unknown Why = "unknown" // nothing says why
)

// Whys lists them.
func Whys() []Why { return []Why{Stuck, Down, Clock, Sweep, Unknown} }

// Late is footage that was not deleted at its time.
type Late struct {
	Camera  string    `json:"camera"`
	Name    string    `json:"name"`
	Place   string    `json:"place"`
	From    time.Time `json:"from"` // of the footage
	To      time.Time `json:"to"`
	Due     time.Time `json:"due"`
	Done    time.Time `json:"done,omitzero"` // zero: it was still there
	Why     Why       `json:"why"`
	Problem string    `json:"problem,omitempty"` // of Stuck: the key of the error
}

// Span is a stretch of time.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Statement (sletteopgørelse) is what became of a controller's footage that fell
// due in a month.
type Statement struct {
	Form         string    `json:"form"`
	ControllerID string    `json:"controller_id"`
	Controller   string    `json:"controller"`
	Month        string    `json:"month"` // "2026-10", in Denmark
	From         time.Time `json:"from"`
	To           time.Time `json:"to"`
	Made         time.Time `json:"made"`
	Total        Sums      `json:"total"`
	Cameras      []Camera  `json:"cameras"` // by place and name; those with nothing to state are left out
	Kept         []Kept    `json:"kept"`
	Late         []Late    `json:"late"` // those still there first; at most some thousands
	// Away are the times of the month when the recorder did not run, an hour or more.
	Away []Span `json:"away"`
	// Checkpoint is the recorder's ledger as it was: a signed note.
	Checkpoint string `json:"checkpoint"`
}

// Over reports whether the month was over and settled when it was made.
func (s Statement) Over() bool { return !s.Made.Before(s.To.Add(Settled)) }

// Well reports whether all that fell due was deleted in time or is kept by a
// lock, in a month through which the recorder ran.
func (s Statement) Well() bool { return s.Over() && s.Total.Late == 0 && len(s.Away) == 0 }

// Sum sums the cameras up.
func (s *Statement) Sum() {
	s.Total = Sums{}
	for _, c := range s.Cameras {
		s.Total.add(c.Sums)
	}
}

// AwayFor is how long the recorder did not run.
func (s Statement) AwayFor() (d time.Duration) {
	for _, a := range s.Away {
		d += a.To.Sub(a.From)
	}
	return d
}

// Issued is a statement that was made by itself when its month was over, and
// stands.
type Issued struct {
	Statement
	Entry int64  // of the ledger, from 0
	Body  []byte // the statement as JSON, whose hash the entry names
}

// joined are stretches in order, those that touch put together.
func joined(all []Span) (out []Span) {
	slices.SortFunc(all, func(a, b Span) int { return a.From.Compare(b.From) })
	for _, s := range all {
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			if s.To.After(out[n-1].To) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}
