package authorisation

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
)

// actor is whoever acts, as the accounts and the register have them now.
type actor struct {
	person, name string
	it           bool
	oversees     bool            // coordinator or data protection officer
	holds        bool            // a body that was asked for
	manages      map[string]bool // locations for which they hold a body that approves
}

// ShortestReason is how much it takes to say why, in characters.
const ShortestReason = 10

// LongestReason bounds it.
const LongestReason = 2000

func reasoned(s string) (string, error) {
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n < ShortestReason || n > LongestReason {
		return "", fault.New(fault.Invalid, "rights.reason", "a reason of %d characters", n)
	}
	return s, nil
}

// check refuses an ask that could never become a right.
func (n New) check(t casework.Rights, now time.Time) (New, error) {
	var err error
	if n.Reason, err = reasoned(n.Reason); err != nil {
		return n, err
	}
	slices.Sort(n.Locations)
	n.Locations = slices.Compact(n.Locations)
	longest := t.LongestDays
	if n.DeputyFor != "" {
		longest = t.DeputyDays
	}
	if n.From.Before(now) {
		n.From = now
	}
	switch {
	case !slices.Contains(t.Roles, n.Role):
		return n, fault.New(fault.Invalid, "rights.role", "no form gives the role %q", n.Role)
	case len(n.Locations) == 0:
		return n, fault.New(fault.Invalid, "rights.locations", "for which locations?")
	case !n.From.Before(n.Until):
		return n, fault.New(fault.Invalid, "rights.until", "the period ends before it begins")
	case n.Until.After(n.From.AddDate(0, 0, longest)):
		return n, fault.New(fault.Invalid, "rights.long", "a period of more than %d days", longest)
	case n.DeputyFor == n.Person && n.Person != "":
		return n, fault.New(fault.Invalid, "rights.deputy", "nobody stands in for themselves")
	}
	return n, nil
}

// decide is the management's answer for one location. Nobody answers for what
// they asked for or for themselves; whoever gives rights does not approve them
// unless the process lets one person do both (H 4.1).
func (f *Form) decide(l *Line, a actor, approve bool, why string, t casework.Rights, now time.Time) error {
	switch {
	case a.person == f.Person || a.person == f.AskedBy:
		return fault.New(fault.Denied, "access.own", "%s asked, or it is theirs", a.person)
	case !a.manages[l.Location]:
		return fault.New(fault.Denied, "rights.manager", "%s does not answer for %s", a.person, l.Location)
	case a.it && !t.OneHand:
		return fault.New(fault.Denied, "rights.duties", "whoever gives rights does not approve them")
	case !l.DecidedAt.IsZero():
		return fault.New(fault.Conflict, "rights.decided", "%s is decided", l.Location)
	case f.LineState(*l, now, 0).Over():
		return fault.New(fault.Conflict, "rights.over", "the form is over")
	case !f.DoneAt.IsZero():
		return fault.New(fault.Conflict, "rights.done", "the form is carried out")
	}
	if !approve {
		reason, err := reasoned(why)
		if err != nil {
			return err
		}
		why = reason
	}
	l.DecidedBy, l.DecidedName, l.DecidedAt, l.Approved, l.Why = a.person, a.name, now, approve, strings.TrimSpace(why)
	if approve {
		l.ConfirmedBy, l.ConfirmedName, l.ConfirmedAt = a.person, a.name, now
	}
	return nil
}

// carryOut is IT giving what was approved, never to itself.
func (f *Form) carryOut(a actor, t casework.Rights, now time.Time) error {
	switch {
	case !a.it:
		return fault.New(fault.Denied, "access.role", "%s is not IT", a.person)
	case a.person == f.Person:
		return fault.New(fault.Denied, "access.own", "it is %s's own", a.person)
	}
	switch s := f.State(now, 0); s {
	case Approved:
	case Asked:
		return fault.New(fault.Conflict, "rights.undecided", "not every location is decided")
	default:
		return fault.New(fault.Conflict, "rights.over", "the form is %s", s)
	}
	if !t.OneHand && slices.ContainsFunc(f.Lines, func(l Line) bool { return l.DecidedBy == a.person && l.Approved }) {
		return fault.New(fault.Denied, "rights.duties", "whoever approved does not carry out")
	}
	f.DoneBy, f.DoneName, f.DoneAt = a.person, a.name, now
	return nil
}

// read is the person confirming that the instruction was read and understood.
// It may be done again when there is a newer one.
func (f *Form) read(a actor, version int64, now time.Time) error {
	switch s := f.State(now, version); {
	case a.person != f.Person:
		return fault.New(fault.Denied, "rights.person", "%s reads it for nobody else", a.person)
	case s != Granted && s != Resting && s != InForce && s != Coming:
		return fault.New(fault.Conflict, "rights.over", "the form is %s", s)
	case f.Instruction == version:
		return fault.New(fault.Conflict, "rights.read", "version %d is read", version)
	}
	f.Instruction, f.ReadAt = version, now
	return nil
}

// confirm is the management standing by a right for another half year. What
// has lapsed is asked for anew.
func (f *Form) confirm(l *Line, a actor, t casework.Rights, now time.Time) error {
	switch s := f.LineState(*l, now, 0); {
	case a.person == f.Person:
		return fault.New(fault.Denied, "access.own", "it is %s's own", a.person)
	case !a.manages[l.Location]:
		return fault.New(fault.Denied, "rights.manager", "%s does not answer for %s", a.person, l.Location)
	case a.it && !t.OneHand:
		return fault.New(fault.Denied, "rights.duties", "whoever gives rights does not confirm them")
	case s != Approved && s != Granted && s != Coming && s != InForce:
		return fault.New(fault.Conflict, "rights.over", "%s is %s", l.Location, s)
	}
	l.ConfirmedBy, l.ConfirmedName, l.ConfirmedAt = a.person, a.name, now
	return nil
}

// end takes a right away, or an ask back. Less access is never wrong, so that
// many may: the person, whoever asked, the management of a location of it, IT,
// the coordinator and the data protection officer.
func (f *Form) end(a actor, why string, now time.Time) error {
	reason, err := reasoned(why)
	if err != nil {
		return err
	}
	may := a.it || a.oversees || a.person == f.Person || a.person == f.AskedBy ||
		slices.ContainsFunc(f.Lines, func(l Line) bool { return a.manages[l.Location] })
	if !may {
		return fault.New(fault.Denied, "rights.manager", "%s has no part in it", a.person)
	}
	if s := f.State(now, 0); s.Over() {
		return fault.New(fault.Conflict, "rights.over", "the form is %s", s)
	}
	f.EndedBy, f.EndedName, f.EndedWhy, f.EndedAt = a.person, a.name, reason, now
	return nil
}
