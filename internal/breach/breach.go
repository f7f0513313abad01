// Package breach keeps what went wrong (brud): surveillance that is unlawful or
// not approved, from the call that stops it to the decision that lets it go on
// (H 5.3), and every other breach of personal data security, with its 72 hours
// (GDPR arts. 33, 34).
//
// What it promises: the call from a camera's owner stops the camera in the
// transaction that writes it down, and tells IT and the data protection officer
// then; what another found is a personal data breach from the first, with its
// clock from when it was known; who was told what and when, each decision with
// its reason, and each part of the notification as it was sent stay for
// [KeepFor] (art. 33(5)); the clock is told of after 24, 48, 60 and 72 hours.
//
// What it refuses: to let a camera go on before somebody has decided it, on
// what; to have footage opened that was recorded unlawfully, while it is deleted
// on time; a late notification without the reason for the delay; a civil
// registration number; and to say that it has notified anybody: a person does
// that, and writes down the receipt.
package breach

import (
	"time"

	"vidne.dk/vidne/internal/permit"
)

// Kind is what went wrong.
type Kind string

// The kinds.
const (
	Unlawful Kind = "surveillance" // what was recorded is unlawful or not approved (H 5.3)
	Lost     Kind = "lost"         // a medium, a paper or a machine is gone
	Astray   Kind = "astray"       // handed to the wrong person
	Looked   Kind = "looked"       // looked at without right
	Intruded Kind = "intruded"     // somebody came in
	Gone     Kind = "gone"         // what should be kept was lost or cannot be reached
	Another  Kind = "other"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Unlawful, Lost, Astray, Looked, Intruded, Gone, Another} }

// Finder is who found it (H 5.3): it decides whether it begins as a call to IT
// or as a personal data breach.
type Finder string

// The finders.
const (
	Owner  Finder = "owner"  // who answers for the place
	Other  Finder = "other"  // anybody else who works here
	Public Finder = "public" // somebody who passed, through the sign's page
)

// Source is what it was found by, besides a person.
type Source string

// The sources.
const (
	FromReport     Source = "report"     // of the public page
	FromReview     Source = "review"     // of the log
	FromDisclosure Source = "disclosure" // a package that was handed on
)

// Call (melding) is what is said when it is found.
type Call struct {
	Kind     Kind
	Finder   Finder
	Location string    // empty: of none in particular
	Cameras  []string  // of the location; none: all of them, where it is surveillance
	Since    time.Time // when it began, zero: not known
	Known    time.Time // when somebody here knew of it: the clock runs from then
	Words    string
	Source   Source
	SourceID string
	// Stop ends recording and all use of the cameras at once.
	Stop bool
}

// Contact (besked) is that somebody was told.
type Contact struct {
	Whom  string // "it", "dpo"
	How   string // "mail": by the system; "phone", "meeting", "letter": by a person
	Words string
	At    time.Time
	Name  string // who told
}

// Contacts are whom one tells, and how.
const (
	IT  = "it"
	DPO = "dpo"

	ByMail = "mail"
)

// Ways are how a person tells another.
func Ways() []string { return []string{"phone", "meeting", "letter"} }

// Risk is what it can mean for those it is about.
type Risk string

// The risks: what art. 33(1) and art. 34(1) tell apart.
const (
	Unlikely Risk = "unlikely" // need not be notified
	Some     Risk = "some"     // is notified to Datatilsynet
	High     Risk = "high"     // and told to those it is about
)

// Risks lists them.
func Risks() []Risk { return []Risk{Unlikely, Some, High} }

// Judgement (vurdering) is the decision whether it is a breach, and whether it is
// notified.
type Judgement struct {
	Breach bool
	Risk   Risk   // of a breach
	Words  string // why
	At     time.Time
	Name   string
}

// Form is what Datatilsynet is told (GDPR art. 33(3)): what is not known yet
// stays empty, and comes in a later part (art. 33(4)).
type Form struct {
	Nature       string   // what happened
	Aspects      []string // confidentiality, integrity, availability
	People       []string // categories of registered persons
	PeopleCount  string   // about how many; "ukendt" is an answer
	Data         []string // categories of data
	Records      string   // about how much
	Contact      string   // whom Datatilsynet can ask
	Consequences string   // likely
	Measures     string   // taken
	Planned      string   // to be taken
	At           time.Time
	Name         string
}

// Aspects are what of the data can have been harmed.
func Aspects() []string { return []string{"confidentiality", "integrity", "availability"} }

// People are the categories of registered persons.
func People() []string {
	return []string{"passers", "visitors", "customers", "citizens", "children", "staff", "other"}
}

// Data are the categories of data.
func Data() []string { return []string{"pictures", "sound", "crime", "sensitive", "login", "other"} }

// Missing names what the form does not say yet, in its order.
func (f Form) Missing() (out []string) {
	for _, x := range []struct {
		name string
		has  bool
	}{{"nature", f.Nature != ""}, {"aspects", len(f.Aspects) > 0}, {"people", len(f.People) > 0}, {"peoplecount", f.PeopleCount != ""}, {"data", len(f.Data) > 0},
		{"records", f.Records != ""}, {"contact", f.Contact != ""}, {"consequences", f.Consequences != ""}, {"measures", f.Measures != ""}} {
		if !x.has {
			out = append(out, x.name)
		}
	}
	return out
}

// Sent (indsendelse) is a part of the notification that a person sent, on the
// authorities' own page, with its receipt.
type Sent struct {
	Sent      time.Time
	Reference string // that the receipt gives
	Document  string // the receipt; empty: none was kept
	Delay     string // why it came after the 72 hours (art. 33(1))
	Text      string // the form as it stood
	Missing   []string
	At        time.Time
	Name      string
}

// Telling (underretning) is the decision whether those it is about are told
// (art. 34).
type Telling struct {
	Tell bool
	// Why is the exception of art. 34(3) where the risk is high and nobody is
	// told: see [Exceptions].
	Why   string
	Words string    // the reason, in words
	Text  string    // what they are told
	How   string    // by letter, by a notice at the place
	Told  time.Time // zero: not yet
	At    time.Time
	Name  string
}

// Exceptions are the reasons of art. 34(3) not to tell.
func Exceptions() []string { return []string{"unreadable", "averted", "effort"} }

// Restart (genstart) is the decision whether a camera that was stopped goes on.
type Restart struct {
	Allow bool
	On    string // what it rests on: a case, a permit, a new angle that was checked
	Words string
	At    time.Time
	Name  string
}

// Breach (brud) is one of them.
type Breach struct {
	ID, Controller, Number string
	Call
	Person, By string // who wrote it down
	Opened     time.Time

	Halt    permit.ID // the statement that stopped the cameras; empty: none, or they were stopped before
	Stopped time.Time // zero: nothing was stopped

	Contacts  []Contact
	Judgement Judgement
	Form      Form
	Sent      []Sent
	Telling   Telling
	Restart   Restart
	Closed    time.Time
	Outcome   string // in words, of Closed
	Reminded  string // the last that was told of the clock: see remind.go
}

// Limit72 is how long there is to notify (art. 33(1)).
const Limit72 = 72 * time.Hour

// KeepFor is how long it stays documented after it was closed: as long as a
// breach of the rules can be pursued (databeskyttelsesloven § 41), so that
// Datatilsynet can check it (art. 33(5)).
const KeepFor = 5 * 366 * 24 * time.Hour

// State is how far it is.
type State string

// The states.
const (
	Called   State = "called"   // by the owner: IT has it, and it is not judged
	Running  State = "running"  // a breach whose clock runs
	Due      State = "due"      // judged: to be notified
	Notified State = "notified" // the first part is sent
	Spared   State = "spared"   // need not be notified
	None     State = "none"     // is no breach
	Over     State = "closed"
)

// States lists them in their order.
func States() []State { return []State{Called, Running, Due, Notified, Spared, None, Over} }

// State says how far it is.
func (b Breach) State() State {
	switch {
	case !b.Closed.IsZero():
		return Over
	case b.Judgement.At.IsZero() && len(b.Sent) > 0:
		return Notified
	case b.Judgement.At.IsZero() && b.Finder == Owner:
		return Called
	case b.Judgement.At.IsZero():
		return Running
	case !b.Judgement.Breach:
		return None
	case b.Judgement.Risk == Unlikely:
		return Spared
	case len(b.Sent) == 0:
		return Due
	}
	return Notified
}

// Open reports whether it is not closed.
func (b Breach) Open() bool { return b.Closed.IsZero() }

// Limit is when Datatilsynet must have been notified, if it is to be.
func (b Breach) Limit() time.Time { return b.Known.Add(Limit72) }

// Personal reports whether it is a breach of personal data security as far as
// anybody knows: judged to be one, or not judged and found by another than the
// camera's owner (H 5.3).
func (b Breach) Personal() bool {
	if b.Judgement.At.IsZero() {
		return b.Finder != Owner || len(b.Sent) > 0
	}
	return b.Judgement.Breach
}

// Counting reports whether the clock runs: nobody has notified, or decided that
// it is not needed. It runs under a call that is not judged yet too, since that
// may turn out to be a breach.
func (b Breach) Counting() bool {
	switch b.State() {
	case Called, Running, Due:
		return true
	case Notified, Spared, None, Over:
	}
	return false
}

// Late reports whether the 72 hours are over and nothing is sent.
func (b Breach) Late(now time.Time) bool { return b.Counting() && !now.Before(b.Limit()) }

// Spoken reports whether a person has told the data protection officer (H 5.3):
// the system's own mail is not that.
func (b Breach) Spoken() bool {
	for _, c := range b.Contacts {
		if c.Whom == DPO && c.How != ByMail {
			return true
		}
	}
	return false
}

// Held reports whether its cameras must wait for a decision before they go on.
func (b Breach) Held() bool { return !b.Stopped.IsZero() && !b.Restart.Allow }
