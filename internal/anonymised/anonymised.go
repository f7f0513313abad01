// Package anonymised keeps the copies in which everybody but one person is made
// unrecognisable (D 3.2, H 5.2, L § 4 c stk. 5): from which lock or request one
// is asked for, whom it is for, how far the engine is with it, who
// confirmed each fragment that is kept, and who saw every second of it before it
// goes out.
//
// What it promises: a copy is of no more than the minutes and cameras that its
// source names; what is not confirmed is covered; nothing is approved but the
// very film that its approver has seen to the last second, by another than who
// made it; what is approved cannot be changed; each act, and each refusal, is an
// entry of the ledger in its own transaction.
//
// What it refuses: to open a film or to know what is in a picture, which the
// engine alone does under an export order of the person who looks; a yes to
// one's own copy, to one whose check found a flaw, and to seconds that were
// skipped.
package anonymised

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
)

// Limits. The law has none; these are the house's.
const (
	// Longest is how much of one camera a copy can be of: what it takes to see
	// every second of.
	Longest = time.Hour
	// mostSpeed is how fast a film can be played and still be seen.
	mostSpeed = 2
)

// Kind says what a copy is asked for from.
type Kind string

// The kinds of sources.
const (
	OfLock    Kind = "lock"    // a dispute: the other party
	OfRequest Kind = "request" // the registered person
)

// Source (anledning) is what a copy is asked for from.
type Source struct {
	Kind   Kind
	ID     string
	Number string
}

// Scope is what a source lets a copy be of.
type Scope struct {
	Source
	Location string
	Cameras  []string
	From, To time.Time
	For      string // whom it is for, as the source knows them
	Looks    string // what tells them from others; may be empty
	Open     bool   // a copy can be begun
}

// Draft (udkast) is what somebody asks for.
type Draft struct {
	Camera   string
	From, To time.Time
	For      string // whom it is for
	Looks    string // what tells them from others
	Words    string // why just these minutes
	Thorough bool   // both detectors: night, grey or close pictures
}

// State says how far a copy has come.
type State string

// The states. All to Failed are the engine's; Gone comes by itself.
const (
	Waiting  State = "waiting"  // for the engine's turn
	Finding  State = "finding"  // the engine looks for people
	Editing  State = "editing"  // somebody's turn: whom to keep
	Making   State = "making"   // the engine covers and checks
	Made     State = "made"     // the film is there, nobody has asked for a yes
	Stopped  State = "stopped"  // put aside
	Failed   State = "failed"   // see Engine.Cause
	Away     State = "away"     // the engine does not answer
	Asked    State = "asked"    // the second person's turn
	Approved State = "approved" // it can be handed over
	Ended    State = "ended"    // given up by somebody
	Gone     State = "gone"     // deleted with the footage it was of
)

// States lists them, those first that want something of somebody.
func States() []State {
	return []State{Asked, Editing, Made, Failed, Stopped, Waiting, Finding, Making, Away, Approved, Ended, Gone}
}

// Copy (anonymiseret kopi) is one of them.
type Copy struct {
	ID, Controller, Number, Location string
	Source                           Source
	Draft
	Person, Name string // who asked for it
	Asked        time.Time

	Sheet   *Sheet   // that each kept fragment was confirmed
	Given   *Given   // the film that is the second person's to see
	Answers []Answer // the last is the one that counts
	Ended   time.Time
	EndName string
	EndWhy  string
	Gone    time.Time // when the engine no longer had it

	Engine *engineapi.Anonymised `json:"-"` // as the engine says; nil when it does not
}

// Sheet (kontaktark) is somebody's word that the fragments that are kept are all
// of the person whom the copy is for.
type Sheet struct {
	Revision, Fragments int
	At                  time.Time
	Person, Name        string
}

// Given (fremlagt) is a film that was put before the second person.
type Given struct {
	Revision     int
	SHA256       string
	Seconds      float64
	At           time.Time
	Person, Name string
}

// Answer (svar) is a second person's.
type Answer struct {
	Yes          bool
	Words        string
	SHA256       string
	Seconds      int // seen
	At           time.Time
	Person, Name string
}

// Whole is how many seconds there are to see.
func (g *Given) Whole() int { return int(math.Ceil(g.Seconds)) }

// Approval is the yes to the film that stands; nil when there is none.
func (c Copy) Approval() *Answer {
	if n := len(c.Answers); n > 0 && c.Given != nil && c.Answers[n-1].Yes && c.Answers[n-1].SHA256 == c.Given.SHA256 {
		return &c.Answers[n-1]
	}
	return nil
}

// State is how far it has come.
func (c Copy) State() State {
	switch {
	case !c.Ended.IsZero():
		return Ended
	case !c.Gone.IsZero():
		return Gone
	case c.Approval() != nil:
		return Approved
	case c.Given != nil:
		return Asked
	case c.Engine == nil:
		return Away
	}
	switch c.Engine.State {
	case engineapi.AnonymisedWaiting:
		return Waiting
	case engineapi.AnonymisedFinding:
		return Finding
	case engineapi.AnonymisedQueued, engineapi.AnonymisedCovering, engineapi.AnonymisedChecking:
		return Making
	case engineapi.AnonymisedDone:
		return Made
	case engineapi.AnonymisedStopped:
		return Stopped
	case engineapi.AnonymisedFailed:
		return Failed
	}
	return Editing
}

// Sheeted reports whether the contact sheet is of what is kept now.
func (c Copy) Sheeted() bool {
	return c.Sheet != nil && c.Engine != nil && c.Sheet.Revision == c.Engine.Revision
}

// Seal is what the second person has read and seen.
func (c Copy) Seal() string {
	b, err := json.Marshal([]any{c.ID, c.Controller, c.Source, c.Draft, c.Person, c.Given})
	if err != nil {
		panic(err) // strings and times
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func (d Draft) tidy() Draft {
	d.For, d.Looks, d.Words = strings.TrimSpace(d.For), strings.TrimSpace(d.Looks), strings.TrimSpace(d.Words)
	d.From, d.To = d.From.UTC().Truncate(time.Microsecond), d.To.UTC().Truncate(time.Microsecond)
	return d
}

// check says what a draft lacks: fault.Invalid copy.camera, copy.interval,
// copy.beyond, copy.long, copy.for, copy.looks, copy.words.
func (d Draft) check(s Scope, now time.Time) error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "anonymised copy: %s", key) }
	named := false
	for _, c := range s.Cameras {
		named = named || c == d.Camera
	}
	switch {
	case !named:
		return bad("copy.camera")
	case !d.From.Before(d.To) || d.To.After(now):
		return bad("copy.interval")
	case d.From.Before(s.From) || d.To.After(s.To):
		return bad("copy.beyond")
	case d.To.Sub(d.From) > Longest:
		return bad("copy.long")
	case d.For == "" || incident.CheckText(d.For, 0, incident.LongLine) != nil:
		return bad("copy.for")
	case incident.CheckText(d.Looks, 0, incident.Longest) != nil:
		return bad("copy.looks")
	case incident.CheckText(d.Words, incident.Shortest, incident.Longest) != nil:
		return bad("copy.words")
	}
	return nil
}
