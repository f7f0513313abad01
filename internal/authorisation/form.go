package authorisation

import (
	"slices"
	"time"
)

// Form (autorisationsskema) is one person's right, asked for and given step by
// step. A zero moment has not come.
type Form struct {
	ID         string
	Controller string
	Number     int64  // what people call it, by controller
	Person     string // whom the right is for
	Name       string
	Role       string // what it gives: a role of internal/access
	Reason     string
	FromAt     time.Time
	UntilAt    time.Time // the first moment without it
	// DeputyFor is whom the person stands in for (stedfortræder), or empty.
	DeputyFor, DeputyName string
	ConfirmMonths         int64

	AskedBy, AskedName string
	AskedAt            time.Time
	// Done is who carried it out (IT).
	DoneBy, DoneName string
	DoneAt           time.Time
	// Instruction is the version that the person confirmed to have read.
	Instruction int64
	ReadAt      time.Time
	// Ended is who took it away before its time. By is empty when the account
	// was closed.
	EndedBy, EndedName, EndedWhy string
	EndedAt                      time.Time

	Noted   bool
	Version int64
	Lines   []Line `db:"-"`
}

// Line is one location of a form: its management decides for it alone (H 4.1).
type Line struct {
	Form, Location         string
	DecidedBy, DecidedName string
	DecidedAt              time.Time
	Approved               bool
	Why                    string // of the decision
	// Confirmed is the last time that the management stood by it; first the
	// approval itself.
	ConfirmedBy, ConfirmedName string
	ConfirmedAt                time.Time
	Noted                      bool
}

// State is how far a form, or one of its lines, has come.
type State string

// The states, in the order in which a form passes them.
const (
	Asked    State = "asked"    // waits for the management
	Approved State = "approved" // waits for IT
	Granted  State = "granted"  // waits for the person to read the instruction
	Coming   State = "coming"   // all is done, its period has not begun
	InForce  State = "in-force"
	Resting  State = "resting" // a new instruction was not read in time
	Refused  State = "refused"
	Lapsed   State = "lapsed"  // not confirmed in time
	Expired  State = "expired" // its period is over
	Ended    State = "ended"   // taken away before its time
)

// States lists the states in the order in which they are shown.
func States() []State {
	return []State{Asked, Approved, Granted, Coming, InForce, Resting, Refused, Lapsed, Expired, Ended}
}

// Over says whether nothing more can come of a form in this state.
func (s State) Over() bool { return slices.Contains([]State{Refused, Lapsed, Expired, Ended}, s) }

// ConfirmBy is when a line lapses unless the management stands by it again.
func (f Form) ConfirmBy(l Line) time.Time {
	return l.ConfirmedAt.AddDate(0, int(f.ConfirmMonths), 0)
}

// LineState is the state of one location of the form at now; standing is the
// lowest version of the instruction that counts as read then.
func (f Form) LineState(l Line, now time.Time, standing int64) State {
	switch {
	case !l.DecidedAt.IsZero() && !l.Approved:
		return Refused
	case !f.EndedAt.IsZero():
		return Ended
	case !now.Before(f.UntilAt):
		return Expired
	case l.DecidedAt.IsZero():
		return Asked
	case !now.Before(f.ConfirmBy(l)):
		return Lapsed
	case f.DoneAt.IsZero():
		return Approved
	case f.ReadAt.IsZero():
		return Granted
	case f.Instruction < standing:
		return Resting
	case now.Before(f.FromAt):
		return Coming
	}
	return InForce
}

// State is the form's: of its lines the one that has come furthest and is not
// over, but a line that waits for its management holds the form back until IT
// has carried it out.
func (f Form) State(now time.Time, standing int64) State {
	order := []State{InForce, Resting, Coming, Granted, Asked, Approved, Lapsed, Expired, Ended, Refused}
	best := len(order) - 1
	for _, l := range f.Lines {
		best = min(best, slices.Index(order, f.LineState(l, now, standing)))
	}
	return order[best]
}

// Locations lists the locations of lines in one of the states.
func (f Form) Locations(now time.Time, standing int64, states ...State) (out []string) {
	for _, l := range f.Lines {
		if slices.Contains(states, f.LineState(l, now, standing)) {
			out = append(out, l.Location)
		}
	}
	return out
}

// line finds the line of a location.
func (f *Form) line(location string) *Line {
	for i := range f.Lines {
		if f.Lines[i].Location == location {
			return &f.Lines[i]
		}
	}
	return nil
}

// Ends is when the right at a line ends by itself if nobody does anything, and
// whether that is because nobody confirmed it.
func (f Form) Ends(l Line) (at time.Time, lapse bool) {
	if by := f.ConfirmBy(l); !l.ConfirmedAt.IsZero() && by.Before(f.UntilAt) {
		return by, true
	}
	return f.UntilAt, false
}
