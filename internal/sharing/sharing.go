// Package sharing lets a business share footage of whoever is presumed to have
// committed a property crime against it, within itself or with other businesses
// (deling; L § 4 c stk. 2-3).
//
// What it promises: each of the four conditions stands on record with what it
// rests on, and a named qualified assessor, never who asked, says yes to exactly
// that; those on the system's closed list see it inside the system, until a day,
// and each look is an entry for both businesses before the first picture; with
// other businesses Datatilsynet's permission is on record and not run out, and
// when it ends the sharing ends.
//
// What it refuses whoever asks: authorities, which the Act does not name; footage
// under §§ 2 a and 2 c or a § 2 stk. 4 permit, or against anything but crime; what
// was not reported to the police that day at the latest; a list that is not
// closed; and to give the footage out of the system: no file, no still.
package sharing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
)

// The limits. The Act says few persons and a closed system; these are the
// house's.
const (
	MostMembers  = 20
	Longest      = 30 * 24 * time.Hour
	AnswerWithin = 3 * 24 * time.Hour
	// LookFor is how long one look lasts.
	LookFor = 30 * time.Minute
)

// Offences are the property crimes that footage can be shared of (§ 4 c stk. 2
// nr. 1).
func Offences() []string {
	return []string{"theft", "burglary", "robbery", "fraud", "handling", "extortion", "like"}
}

// Member (autoriseret person) is one of those who may see what is shared.
type Member struct{ Controller, Person, Name string }

// Assessor (kvalificeret fagperson) assesses whether something can be shared.
type Assessor struct {
	Person, Name  string
	Qualification string // what makes them one
}

// Permission (tilladelse) is Datatilsynet's, of sharing with other businesses (§
// 4 c stk. 3).
type Permission struct {
	Journal         string // of Datatilsynet
	Issued, Expires time.Time
	Terms           string // vilkår
	Document        string // the permission, in internal/document
}

// System (lukket system) is where footage is shared.
type System struct {
	ID, Controller, Name string
	Others               bool   // with other businesses; false: within this one
	Owner                string // systemansvarlig: who answers for the system
	Assessors            []Assessor
	Members              []Member
	Permission           Permission
	Closed               time.Time
}

// tidy puts what was typed in order.
func (s System) tidy() System {
	for _, t := range []*string{&s.Name, &s.Owner, &s.Permission.Journal, &s.Permission.Terms} {
		*t = strings.TrimSpace(strings.ReplaceAll(*t, "\r\n", "\n"))
	}
	if !s.Others {
		s.Permission = Permission{}
	}
	return s
}

func bad(key string) error    { return fault.New(fault.Invalid, key, "sharing: %s", key) }
func denied(key string) error { return fault.New(fault.Denied, key, "sharing: %s", key) }

func line(s string) bool { return incident.CheckText(s, 2, incident.LongLine) == nil }
func says(s string, longest int) bool {
	return incident.CheckText(s, incident.Shortest, longest) == nil
}

// check says what a system lacks: fault.Invalid sharing.name, .owner, .assessors,
// .qualification, .members, .own-members, .permission, .terms, .document,
// .expires.
func (s System) check(now time.Time) error {
	switch {
	case !line(s.Name):
		return bad("sharing.name")
	case !line(s.Owner):
		return bad("sharing.owner")
	case len(s.Assessors) == 0:
		return bad("sharing.assessors")
	case slices.ContainsFunc(s.Assessors, func(a Assessor) bool { return !says(a.Qualification, incident.LongLine) }):
		return bad("sharing.qualification")
	case len(s.Members) == 0 || len(s.Members) > MostMembers:
		return bad("sharing.members")
	case !s.Others && slices.ContainsFunc(s.Members, func(m Member) bool { return m.Controller != s.Controller }):
		return bad("sharing.own-members")
	}
	p := s.Permission
	switch {
	case !s.Others:
		return nil
	case !line(p.Journal) || p.Issued.IsZero() || p.Issued.After(now):
		return bad("sharing.permission")
	case !says(p.Terms, 4*incident.Longest):
		return bad("sharing.terms")
	case p.Document == "":
		return bad("sharing.document")
	case !now.Before(p.Expires):
		return bad("sharing.expires")
	}
	return nil
}

// Open says whether something can be shared in the system now: fault.Denied
// sharing.closed, sharing.permission-expired.
func (s System) Open(now time.Time) error {
	switch {
	case !s.Closed.IsZero():
		return denied("sharing.closed")
	case s.Others && !now.Before(s.Permission.Expires):
		return denied("sharing.permission-expired")
	}
	return nil
}

// Member reports whether somebody is on the closed list.
func (s System) Member(person string) bool {
	return slices.ContainsFunc(s.Members, func(m Member) bool { return m.Person == person })
}

// Assessor is the assessor that a person is.
func (s System) Assessor(person string) (Assessor, bool) {
	i := slices.IndexFunc(s.Assessors, func(a Assessor) bool { return a.Person == person })
	if i < 0 {
		return Assessor{}, false
	}
	return s.Assessors[i], true
}

// Case (grundlag) is what sharing rests on: the four conditions of § 4 c stk. 2.
type Case struct {
	System   string
	Cameras  []string
	From, To time.Time
	// 1: persons presumed to have committed, or tried, a property crime or the
	// like, not trivial, against the business.
	Offence string
	Presume string // what in the footage makes them presumed to have done it
	Grave   string // why it is not trivial
	// 2: reported to the police that day at the latest.
	Reported time.Time // the day
	Journal  string
	// 3: concrete reasons to believe that they will commit the like against those
	// it is shared with.
	Reasons string
	// 4 is the system. Until is when it ends by itself.
	Until time.Time
}

func (c Case) tidy() Case {
	for _, t := range []*string{&c.Presume, &c.Grave, &c.Journal, &c.Reasons} {
		*t = strings.TrimSpace(strings.ReplaceAll(*t, "\r\n", "\n"))
	}
	c.Cameras = slices.Compact(slices.Sorted(slices.Values(c.Cameras)))
	for _, t := range []*time.Time{&c.From, &c.To, &c.Reported, &c.Until} {
		if !t.IsZero() {
			*t = t.UTC().Truncate(time.Microsecond)
		}
	}
	return c
}

// day is a moment's day in Denmark.
func day(t time.Time) string { return t.In(clock.Denmark()).Format(time.DateOnly) }

// check says what a case lacks: fault.Invalid sharing.crime, .cameras, .interval,
// .beyond, .offence, .presume, .grave, .reported, .journal, .reasons, .until.
func (c Case) check(i incident.Incident, s System, now time.Time) error {
	scope := i.Scope()
	switch {
	case i.Crime == incident.CrimeNone || i.Crime == incident.CrimeUnsaid:
		return bad("sharing.crime")
	case len(c.Cameras) == 0:
		return bad("sharing.cameras")
	case !c.From.Before(c.To) || c.To.After(now):
		return bad("sharing.interval")
	case slices.ContainsFunc(c.Cameras, func(x string) bool { return !scope.Covers(x, c.From, c.To) }):
		return bad("sharing.beyond")
	case !slices.Contains(Offences(), c.Offence):
		return bad("sharing.offence")
	case !says(c.Presume, incident.Longest):
		return bad("sharing.presume")
	case !says(c.Grave, incident.Longest):
		return bad("sharing.grave")
	case c.Reported.IsZero() || day(c.Reported) > day(now) || day(c.Reported) < day(c.From):
		return bad("sharing.reported")
	case !incident.PoliceNumber(c.Journal):
		return bad("sharing.journal")
	case !says(c.Reasons, incident.Longest):
		return bad("sharing.reasons")
	case !now.Before(c.Until) || c.Until.Sub(now) > Longest || s.Others && c.Until.After(s.Permission.Expires):
		return bad("sharing.until")
	}
	return nil
}

// State says how far a share has come.
type State string

// The states. Lapsed and Ended come by themselves.
const (
	Asked    State = "asked"
	Declined State = "declined"
	Lapsed   State = "lapsed"
	Standing State = "standing"
	Ended    State = "ended"
	Stopped  State = "stopped"
)

// States lists them, those first that want something of somebody.
func States() []State { return []State{Asked, Standing, Ended, Stopped, Declined, Lapsed} }

// Share (deling) is one of them.
type Share struct {
	ID, Controller, Number, Location string
	Incident, IncidentNumber         string
	Case
	SystemName   string
	Person, Name string // who asked
	Asked        time.Time

	Decided              time.Time
	Approved             bool
	Decider, DeciderName string // the assessor
	Qualification        string // theirs, as it was then
	Answer               string

	Stopped  time.Time
	StopName string
	StopWhy  string
}

// State is how far it has come by now.
func (s Share) State(now time.Time) State {
	switch {
	case !s.Stopped.IsZero():
		return Stopped
	case s.Approved && !now.Before(s.Until):
		return Ended
	case s.Approved:
		return Standing
	case !s.Decided.IsZero():
		return Declined
	case !now.Before(s.Asked.Add(AnswerWithin)) || !now.Before(s.Until):
		return Lapsed
	}
	return Asked
}

// Seal is what the assessor has read: a share that differs in anything has
// another.
func (s Share) Seal() string {
	b, err := json.Marshal([]any{s.ID, s.Controller, s.Incident, s.Case, s.Person, s.Asked.UnixMicro()})
	if err != nil {
		panic(err) // strings and times
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Look (kig) is one look of one of the closed list.
type Look struct {
	ID, Share, Person, Name, Controller string
	Opened, Expires                     time.Time
	Ticket                              []byte // what the engine lets be seen; it stays here
}
