// Package incident keeps what happened (hændelser), and says what of it may be
// looked at: nothing before crime is established and the need to look is
// stated, and then the cameras and the time that the incident names (H 5.3, 7).
//
// What it promises: the rules ([Incident.MayLook] and the acts) depend on
// nothing but their arguments; a scope once named is only ever widened, with a
// reason; each act is an entry of the ledger in the same transaction; closing
// an incident, or taking away what looking rests on, ends the grants that were
// given under it in the same transaction; the steps of H 7 stand on record with
// who took them and when.
//
// What it refuses whoever asks: to look at footage on a ground that its legal
// class does not have, at footage for another purpose than crime without every
// registered person's consent on record (H 5.3), and at footage under §§ 2 a
// and 2 c of the Act without safety or consent stated for this very look
// (§ 4 d stk. 1); to record a hand-over to the police before the guardians of
// minors were told and the central leadership was consulted (H 7 nos. 6-7); and
// to close a criminal case without it, or without a record that it is none
// (H 5.3). It does not ask who is designated: internal/access does.
package incident

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Crime is what is known of whether a crime was committed.
type Crime string

// What is known. The zero value says that nobody has said yet.
const (
	CrimeUnsaid      Crime = ""
	CrimePresumed    Crime = "presumed"    // formodet: something points to it
	CrimeEstablished Crime = "established" // konstateret: it is a fact, on what is said
	CrimeNone        Crime = "none"        // it is none, and looking is for another purpose
)

// Crimes lists what can be said.
func Crimes() []Crime { return []Crime{CrimeEstablished, CrimePresumed, CrimeNone} }

// Incident (hændelse) is one thing that happened at one location.
type Incident struct {
	ID         string
	Number     string // H-2026-014: the controller's own, for people
	Controller string
	Location   string
	Account
	Assessment
	Need     string // why it is necessary to look, because of what happened
	Scopes   []Scope
	Consents []Consent
	Steps    Steps
	Opened   time.Time
	Person   string // who opened it
	Name     string
	Closed   time.Time
	Closer   string // name of who closed it
	Outcome  string // why it was closed
}

// Account (beskrivelse) is what happened, as far as it is known (H 7 nos. 1-3).
type Account struct {
	What     string
	Spot     string    // where at the location; may be empty
	From, To time.Time // presumed
	Others   string    // who else used the place before and after; may be empty
}

// Assessment (vurdering) is whether it was a crime, and what that rests on.
type Assessment struct {
	Crime  Crime
	Rests  string // on what: traces, a witness, a report
	Police string // the police's journal number; may be empty
}

// Scope (omfang) is the cameras and the time that the incident names.
type Scope struct {
	Version  int // from 1
	Cameras  []string
	From, To time.Time
	Reason   string // why it was widened; empty in the first
	Named    time.Time
	Name     string // of who named it
}

// Covers reports whether a camera's interval lies within it.
func (s Scope) Covers(camera string, from, to time.Time) bool {
	return slices.Contains(s.Cameras, camera) && from.Before(to) && !from.Before(s.From) && !to.After(s.To)
}

// Consent (samtykke) is one registered person who can be seen, and the consent
// that they gave.
type Consent struct {
	ID         string
	Registered string    // who, as the controller knows them
	Given      time.Time // zero: asked and not given yet
	Kept       string    // where the consent is kept
	Withdrawn  time.Time
	Entered    time.Time
	Name       string // of who entered it
}

// Open reports whether anything can still be done in it.
func (i Incident) Open() bool { return i.Closed.IsZero() }

// Scope is what it names now; the zero Scope before it names anything.
func (i Incident) Scope() Scope {
	if len(i.Scopes) == 0 {
		return Scope{}
	}
	return i.Scopes[len(i.Scopes)-1]
}

// Consented reports whether somebody is named who can be seen, and all who are
// named have consented and none has taken it back.
func (i Incident) Consented() bool {
	for _, c := range i.Consents {
		if c.Given.IsZero() || !c.Withdrawn.IsZero() {
			return false
		}
	}
	return len(i.Consents) > 0
}

// Limits of what is typed and named.
const (
	Shortest = 10  // characters of what happened, of what it rests on, of a need or a reason
	Longest  = 500 // characters of those
	LongLine = 120 // characters of a place, a number, a name
	// Around is how far outside the presumed time the first scope may reach:
	// what is beyond it is named by widening, with a reason.
	Around = time.Hour
	// LongestScope is how long an interval an incident can name.
	LongestScope = 7 * 24 * time.Hour
	// MostCameras is how many cameras it can name.
	MostCameras = 100
)

// cprNumber is a Danish personal number, which belongs in no description.
var cprNumber = regexp.MustCompile(`(^|\D)[0-3]\d[01]\d{3}[- ]?\d{4}(\D|$)`)

// PoliceNumber reports whether a journal number looks as the police write it.
// It is a hint and blocks nothing: a number may be missing at first, and other
// forms exist.
func PoliceNumber(s string) bool { return policeNumber.MatchString(s) }

var policeNumber = regexp.MustCompile(`^\d{4}-\d{5}-\d{5}-\d{2}$`)

// CheckText refuses a text that is too short, too long, holds what could forge
// a line or turn the reading direction, or a personal number: fault.Invalid
// "text.short", "text.long", "text.signs", "text.cpr".
func CheckText(s string, shortest, longest int) error {
	n := utf8.RuneCountInString(s)
	bad := func(key string) error {
		return fault.New(fault.Invalid, key, "%d characters, %d to %d wanted", n, shortest, longest)
	}
	switch {
	case n < shortest:
		return bad("text.short")
	case n > longest:
		return bad("text.long")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, odd):
		return bad("text.signs")
	case cprNumber.MatchString(s):
		return bad("text.cpr")
	}
	return nil
}

func odd(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) || r == utf8.RuneError || r == 0x2028 || r == 0x2029
}

// tidy takes the blanks around a text away, and the line breaks of forms.
func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

func (a Account) tidy() Account {
	a.What, a.Spot, a.Others = tidy(a.What), tidy(a.Spot), tidy(a.Others)
	return a
}

// check refuses an account that says too little, or of a time to come:
// fault.Invalid "text.*", "incident.time", "incident.future".
func (a Account) check(now time.Time) error {
	if err := CheckText(a.What, Shortest, Longest); err != nil {
		return err
	}
	for _, s := range []string{a.Spot, a.Others} {
		if err := CheckText(s, 0, Longest); err != nil {
			return err
		}
	}
	switch {
	case a.From.IsZero() || !a.From.Before(a.To):
		return fault.New(fault.Invalid, "incident.time", "from %s to %s", a.From, a.To)
	case a.To.After(now):
		return fault.New(fault.Invalid, "incident.future", "to %s, it is %s", a.To, now)
	}
	return nil
}

// check refuses an assessment that rests on nothing.
func (a Assessment) check() error {
	if !slices.Contains(Crimes(), a.Crime) {
		return fault.New(fault.Invalid, "incident.crime", "crime %q", a.Crime)
	}
	if err := CheckText(a.Police, 0, LongLine); err != nil {
		return err
	}
	return CheckText(a.Rests, Shortest, Longest)
}

// name is the first scope: fault.Denied or Invalid where it may not be so.
func (i Incident) name(s Scope, now time.Time) error {
	if len(i.Scopes) > 0 {
		return fault.New(fault.Conflict, "scope.named", "incident %s names its cameras already", i.ID)
	}
	if err := checkScope(s, now); err != nil {
		return err
	}
	if s.From.Before(i.From.Add(-Around)) || s.To.After(i.To.Add(Around)) {
		return fault.New(fault.Invalid, "scope.beyond", "%s to %s around %s to %s", s.From, s.To, i.From, i.To)
	}
	return nil
}

// widen checks a scope that follows another: it holds all of it and more, and
// says why.
func (i Incident) widen(s Scope, now time.Time) error {
	was := i.Scope()
	if was.Version == 0 {
		return fault.New(fault.Conflict, "scope.none", "incident %s names nothing yet", i.ID)
	}
	if err := checkScope(s, now); err != nil {
		return err
	}
	if err := CheckText(s.Reason, Shortest, Longest); err != nil {
		return err
	}
	same := len(s.Cameras) == len(was.Cameras)
	for _, c := range was.Cameras {
		if !slices.Contains(s.Cameras, c) {
			return fault.New(fault.Invalid, "scope.narrower", "camera %s is left out", c)
		}
	}
	switch {
	case s.From.After(was.From) || s.To.Before(was.To):
		return fault.New(fault.Invalid, "scope.narrower", "%s to %s within %s to %s", s.From, s.To, was.From, was.To)
	case same && s.From.Equal(was.From) && s.To.Equal(was.To):
		return fault.New(fault.Invalid, "scope.same", "nothing is wider")
	}
	return nil
}

func checkScope(s Scope, now time.Time) error {
	switch {
	case len(s.Cameras) == 0:
		return fault.New(fault.Invalid, "scope.cameras", "no camera")
	case len(s.Cameras) > MostCameras:
		return fault.New(fault.Invalid, "scope.many", "%d cameras", len(s.Cameras))
	case !s.From.Before(s.To):
		return fault.New(fault.Invalid, "incident.time", "from %s to %s", s.From, s.To)
	case s.To.After(now):
		return fault.New(fault.Invalid, "incident.future", "to %s, it is %s", s.To, now)
	case s.To.Sub(s.From) > LongestScope:
		return fault.New(fault.Invalid, "scope.long", "%s", s.To.Sub(s.From))
	case s.From.Before(now.Add(-permit.LongestRetention)):
		return fault.New(fault.Invalid, "scope.old", "from %s", s.From)
	}
	return nil
}
