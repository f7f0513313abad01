// Package letter keeps what authorities write and ask (breve): Datatilsynet
// above all, which asks a controller about its surveillance and waits for the
// answer (L § 4 e, D 1), and the police.
//
// What it promises: a letter stands with its own deadline, who answers it, and
// the file itself; people are told seven days before its day, the day before,
// on it and seven days after; an answer stands with the file that was sent, how
// it was sent, and the receipt; nothing is closed that is not answered, unless
// somebody says why; each act is an entry of the ledger in its own transaction.
//
// What it refuses: a deadline that was moved without the authority's word, and
// to change what was sent.
package letter

import (
	"slices"
	"time"
)

// Authority is who writes.
type Authority string

// The authorities.
const (
	Datatilsynet Authority = "datatilsynet"
	Police       Authority = "police"
	Other        Authority = "other" // named by Intake.Sender
)

// Authorities lists them.
func Authorities() []Authority { return []Authority{Datatilsynet, Police, Other} }

// Intake (modtagelse) is what is written down when a letter comes.
type Intake struct {
	From      Authority
	Sender    string // of Other: who; else which office or person there
	Reference string // the authority's number
	Dated     time.Time
	Received  time.Time
	Subject   string
	Asks      string    // what it asks
	Due       time.Time // the last moment of the day that it sets; zero: it asks for no answer
	Locations []string  // that it is about; empty: all of the controller's
	Document  string    // the letter itself
	Answerer  string    // person who answers
}

// Move is a deadline that the authority moved.
type Move struct {
	Due  time.Time // the new one
	Why  string    // by whom and how it was granted
	At   time.Time
	Name string
}

// Answer (svar) is one that was sent.
type Answer struct {
	Sent     time.Time
	How      string // Digital Post, mail, by hand
	Document string // what was sent
	Receipt  string // document that proves it; empty until there is one
	Part     bool   // more is to come
	Note     string
	At       time.Time // when it was written down
	Name     string
}

// Letter (brev) is one of them.
type Letter struct {
	ID, Controller, Number string
	Intake
	AnswererName string
	Person, By   string // who wrote it down
	Opened       time.Time

	Moves    []Move
	Answers  []Answer
	Closed   time.Time
	ClosedBy string
	Outcome  string // what the authority said to it, or why there is no answer
	Reminded string // the last that was told of it: see deadline.Stage
}

// State says how far a letter has come.
type State string

// The states.
const (
	Waiting  State = "waiting"  // for an answer
	Partly   State = "partly"   // answered in part
	Noted    State = "noted"    // asks for no answer
	Answered State = "answered" // and not closed
	Closed   State = "closed"
)

// States lists them, those first that want something of somebody.
func States() []State { return []State{Waiting, Partly, Noted, Answered, Closed} }

// State is how far it has come.
func (l Letter) State() State {
	switch {
	case !l.Closed.IsZero():
		return Closed
	case slices.ContainsFunc(l.Answers, func(a Answer) bool { return !a.Part }):
		return Answered
	case len(l.Answers) > 0:
		return Partly
	case l.Due.IsZero():
		return Noted
	}
	return Waiting
}

// Waits reports whether the authority waits for an answer.
func (l Letter) Waits() bool {
	s := l.State()
	return !l.Due.IsZero() && (s == Waiting || s == Partly)
}

// Late reports whether its day has passed without an answer.
func (l Letter) Late(now time.Time) bool { return l.Waits() && now.After(l.Due) }

// Unproved are the answers that no receipt is kept for.
func (l Letter) Unproved() (n int) {
	for _, a := range l.Answers {
		if a.Receipt == "" {
			n++
		}
	}
	return n
}

// About reports whether it is about a location.
func (l Letter) About(location string) bool {
	return len(l.Locations) == 0 || slices.Contains(l.Locations, location)
}
