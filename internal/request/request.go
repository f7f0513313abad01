// Package request keeps what registered persons ask for (anmodninger): access,
// rectification, erasure, restriction, objection (GDPR arts. 12, 15-22), from
// the day it came to the answer that was sent, with its clock.
//
// What it promises: what a request names is kept at once, from the approved
// period to the law's own limit, by the statement that is signed in the
// transaction of the receipt; the month of article 12(3) is counted from the
// day of receipt, and two more are had only by a notice within the first; a
// request that waits is told of before its day; each camera is assessed for
// itself, and a refusal has its ground, its reason and how to complain; letters
// stand as they were sent; each act is an entry of the ledger in its own
// transaction, without the person's name.
//
// What it refuses: a civil registration number, wherever it is typed; footage
// past the thirty days because somebody asked for it, for which the law has no
// reason (L § 4 c stk. 5, § 4 d stk. 3); an answer before the person's identity
// is settled and every camera is assessed; and to keep who asked for longer than
// [KeepFor].
package request

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/permit"
)

// Right is what the registered person has a right to and asks for.
type Right string

// The rights, by their articles of the GDPR.
const (
	Access   Right = "access"   // 15
	Rectify  Right = "rectify"  // 16
	Erase    Right = "erase"    // 17
	Restrict Right = "restrict" // 18
	Object   Right = "object"   // 21
)

// Rights lists them.
func Rights() []Right { return []Right{Access, Rectify, Erase, Restrict, Object} }

// Way is how a request came.
type Way string

// PublicPage is a location's page for whoever passes there.
const PublicPage Way = "public page"

// Ways lists those that somebody writes down.
func Ways() []Way { return []Way{"letter", "mail", "phone", "in-person", PublicPage} }

// Intake (modtagelse) is what is written down when a request comes.
type Intake struct {
	Right    Right
	Received time.Time
	How      Way
	Name     string // who asks
	Contact  string // where the answer goes: digital post, mail or address
	Lang     string // "da" or "en": of the letters
	Location string
	From, To time.Time // when they were there
	Looks    string    // what they had on, carried or did: what tells them from others
	Words    string    // what they ask for, in their words
	// Cameras are those that it is about; none: all of the location that recorded
	// then.
	Cameras []string
}

// Check (identitetskontrol) is how somebody made sure that they are who they
// say. Nothing is copied or written down of a document that was shown.
type Check string

// Checks lists the ways, the least intrusive first.
func Checks() []Check { return []Check{"no-doubt", "known", "digital", "looks", "shown"} }

// Identity is that it was done.
type Identity struct {
	How   Check
	Words string // by what; never a number
	At    time.Time
	Name  string
}

// Outcome is what a camera's minutes come to.
type Outcome string

// The outcomes.
const (
	Given   Outcome = "given"   // a copy, in which others are unrecognisable
	Shown   Outcome = "shown"   // seen here
	Met     Outcome = "met"     // what was asked for is done: erased, restricted, put right
	Nothing Outcome = "nothing" // the person is not in it, or it was deleted before
	Refused Outcome = "refused"
)

// Part (vurdering) is what somebody found of some minutes of a camera.
type Part struct {
	Camera   string
	From, To time.Time
	Outcome  Outcome
	Ground   string // of Refused: see [Grounds]
	Words    string // the concrete reason
	At       time.Time
	Name     string
}

// LetterKind is what a letter says.
type LetterKind string

// The letters.
const (
	LetterExtended LetterKind = "extended" // that it takes longer, and why
	LetterAnswer   LetterKind = "answer"
)

// Letter (brev) is one that was sent, as it was sent.
type Letter struct {
	Kind     LetterKind
	Lang     string
	Title    string
	Text     string // paragraphs, an empty line between
	Guidance string // how to complain: added by the system, never edited
	How      string // how it was sent
	At       time.Time
	Name     string
}

// Request (anmodning) is one of them.
type Request struct {
	ID, Controller, Number string
	Intake
	Person, By string // who wrote it down; empty and the way for what came by itself
	Opened     time.Time

	// Hold is the statement that keeps what it names, until HoldUntil at most;
	// empty when there was nothing to keep any more.
	Hold      permit.ID
	HoldUntil time.Time
	Released  time.Time

	Identity  Identity
	Extended  time.Time // when the person was told that it takes longer
	Parts     []Part
	Letters   []Letter
	Answered  time.Time
	Withdrawn time.Time
	Why       string // of Withdrawn
	Reminded  string // the last that was told of it: see remind.go

	EngineWhy string `json:"-"` // key of the engine's refusal to keep it
}

// KeepFor is how long it stays who asked for what and what they were answered:
// as long as a breach of the rules can be pursued (databeskyttelsesloven
// § 41), so that the controller can account for itself (GDPR art. 5(2)).
const KeepFor = 5 * 366 * 24 * time.Hour

// LongestSpan is how much time one request names: the person says when they were
// there, and more would keep everybody else.
const LongestSpan = 24 * time.Hour

// LongestLetter is the text of a letter, in characters.
const LongestLetter = 6000

// State says how far a request has come.
type State string

// The states.
const (
	New       State = "new"       // it is not settled who asks
	Assessing State = "assessing" // not every camera is assessed
	Assessed  State = "assessed"  // and not answered
	Answered  State = "answered"
	Withdrawn State = "withdrawn"
)

// States lists them, those first that want something of somebody.
func States() []State { return []State{New, Assessing, Assessed, Answered, Withdrawn} }

// State is how far it has come.
func (q Request) State() State {
	switch {
	case !q.Withdrawn.IsZero():
		return Withdrawn
	case !q.Answered.IsZero():
		return Answered
	case q.Identity.At.IsZero():
		return New
	case len(q.Left()) > 0:
		return Assessing
	}
	return Assessed
}

// Open reports whether something is still to be done.
func (q Request) Open() bool { return q.Answered.IsZero() && q.Withdrawn.IsZero() }

// Left are the cameras that are not assessed.
func (q Request) Left() []string {
	return slices.DeleteFunc(slices.Clone(q.Cameras), func(c string) bool {
		return slices.ContainsFunc(q.Parts, func(p Part) bool { return p.Camera == c })
	})
}

// Closed is when it was answered or withdrawn; zero: it is open.
func (q Request) Closed() time.Time {
	if !q.Withdrawn.IsZero() {
		return q.Withdrawn
	}
	return q.Answered
}

// FirstDue is the end of the last day of the month that the law gives (GDPR art.
// 12(3)): the same day of the next month, or its last. A weekend does not
// lengthen it.
func (q Request) FirstDue() time.Time { return monthsAfter(q.Received, 1) }

// Due is when it must be answered: within a month, or three where the person was
// told in time.
func (q Request) Due() time.Time {
	if !q.Extended.IsZero() {
		return monthsAfter(q.Received, 3)
	}
	return q.FirstDue()
}

// Late reports whether the day has passed.
func (q Request) Late(now time.Time) bool { return q.Open() && now.After(q.Due()) }

// Keeps reports whether footage is kept because of it.
func (q Request) Keeps(now time.Time) bool {
	return q.Hold != "" && q.EngineWhy == "" && q.Released.IsZero() && now.Before(q.HoldUntil)
}

// Refuses reports whether anything of it was refused.
func (q Request) Refuses() bool {
	return slices.ContainsFunc(q.Parts, func(p Part) bool { return p.Outcome == Refused })
}

// Gives reports whether a copy of something is to be handed over.
func (q Request) Gives() bool {
	return slices.ContainsFunc(q.Parts, func(p Part) bool { return p.Outcome == Given })
}

// monthsAfter is the last second of the day so many months after a moment, in
// Denmark: of a month without that day, its last.
func monthsAfter(t time.Time, months int) time.Time {
	y, m, d := t.In(clock.Denmark()).Date()
	if last := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, clock.Denmark()).Day(); d > last {
		d = last
	}
	return time.Date(y, m+time.Month(months), d, 23, 59, 59, 0, clock.Denmark())
}
