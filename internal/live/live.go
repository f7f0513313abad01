// Package live holds the requests to see cameras as they are now (direkte
// visning), which is refused to everybody unless there is an extraordinary
// reason (H 4.1): who asks, for what of a closed list and in which words, which
// cameras and how long, who said yes, how long it was seen, and what is noted
// afterwards; and the single pictures by which the angle of a camera is checked.
//
// What it promises: nobody sees anything live without another person's fresh
// yes to exactly that request, or, where the process opens it, alone for ten
// minutes in danger to life, of which others are told at once and which one of
// them reviews; a yes is used once and soon, in one session; what was begun ends
// by itself after the minutes that were asked for; whoever has not written down
// what it was for cannot ask again; each step is an entry of the ledger in its
// own transaction, and each refusal is one too.
//
// What it refuses: to change what was asked. Who needs other cameras or more
// minutes asks anew, and is answered anew.
package live

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// The limits. H 4.1 names none but that the reason is extraordinary; these are
// the house's, whatever a process says.
const (
	// Longest is how many minutes can be asked for.
	Longest = casework.LongestLive
	// AnswerWithin is how long a request waits for an answer.
	AnswerWithin = 4 * time.Hour
	// BeginWithin is how long a yes can wait to be used.
	BeginWithin = 30 * time.Minute
	// NoteWithin is how soon it must be written down what it was for.
	NoteWithin = 24 * time.Hour
	// AloneMinutes is how long one person alone sees in an emergency, and
	// ReviewWithin how soon another reviews that.
	AloneMinutes = int(permit.LongestAlone / time.Minute)
	ReviewWithin = 72 * time.Hour
	// AloneTold is how many others must be there to be told of it at once.
	AloneTold = 2
	// Shortest is how much must be written, in characters, and LongText how much
	// can be.
	Shortest, LongText = 20, 2000
	// MostCameras is how many can be seen at once.
	MostCameras = 4
)

// State says how far a request has come.
type State string

// The states. Lapsed and Over come by themselves.
const (
	Asked    State = "asked"
	Approved State = "approved" // and not begun
	Refused  State = "refused"
	Lapsed   State = "lapsed" // nobody answered, or the yes was not used
	Running  State = "running"
	Over     State = "over"
)

// States lists them, in the order in which they come.
func States() []State { return []State{Asked, Approved, Refused, Lapsed, Running, Over} }

// Request (anmodning om direkte visning) is one of them.
type Request struct {
	ID, Controller, Number, Location string
	Cameras                          []string
	Person, Name                     string
	Reason                           string // of the process's list
	Words                            string
	Incident, IncidentNumber         string // empty: there is none
	Minutes                          int
	Asked                            time.Time
	Alone                            bool // begun by one person, in an emergency

	Decided              time.Time // zero: not yet
	Approved             bool
	Decider, DeciderName string
	Answer               string // why not, or what was said with the yes

	Started, Ends, Ended time.Time
	Ender, EnderName     string   // who ended it before its time
	Cut                  string   // why it ended before its time by itself, a key
	Session              string   // that it is seen in, and in no other
	Told                 []string // people who were told when it began

	Note  string
	Noted time.Time

	// Of what was begun alone: another's word on it.
	Reviewed               time.Time
	Justified              bool
	Reviewer, ReviewerName string
	Review                 string

	// Ticket is the signed statement that the engine shows pictures under. It
	// never leaves the servers.
	Ticket []byte
}

// State is how far it has come by now.
func (r Request) State(now time.Time) State {
	switch {
	case !r.Started.IsZero() && r.Ended.IsZero() && now.Before(r.Ends):
		return Running
	case !r.Started.IsZero():
		return Over
	case !r.Decided.IsZero() && !r.Approved:
		return Refused
	case !r.Decided.IsZero() && now.Before(r.Decided.Add(BeginWithin)):
		return Approved
	case r.Decided.IsZero() && now.Before(r.Asked.Add(AnswerWithin)):
		return Asked
	}
	return Lapsed
}

// Stopped is when nothing was seen any more; zero: it was never begun, or is
// still on.
func (r Request) Stopped(now time.Time) time.Time {
	switch {
	case r.State(now) != Over:
		return time.Time{}
	case !r.Ended.IsZero() && r.Ended.Before(r.Ends):
		return r.Ended
	}
	return r.Ends
}

// Owes reports whether what it was for is still to be written down.
func (r Request) Owes() bool { return !r.Started.IsZero() && r.Noted.IsZero() }

// NoteDue is when it must have been written down; zero: it is, or is not over.
func (r Request) NoteDue(now time.Time) time.Time {
	s := r.Stopped(now)
	if !r.Owes() || s.IsZero() {
		return time.Time{}
	}
	return s.Add(NoteWithin)
}

// Overdue reports whether it should have been written down by now; then the
// person cannot ask again.
func (r Request) Overdue(now time.Time) bool {
	due := r.NoteDue(now)
	return !due.IsZero() && !now.Before(due)
}

// ReviewDue is when another must have reviewed what was begun alone; zero: it
// was reviewed, or was not begun alone.
func (r Request) ReviewDue() time.Time {
	if !r.Alone || !r.Reviewed.IsZero() {
		return time.Time{}
	}
	return r.Started.Add(ReviewWithin)
}

// Seal is what whoever answers has read: a request that differs in anything
// has another.
func (r Request) Seal() string {
	b, err := json.Marshal([]any{r.ID, r.Controller, r.Location, r.Cameras, r.Person, r.Reason, r.Words, r.Incident, r.Minutes, r.Asked.UnixMicro()})
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func long(s string) bool {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	return n >= Shortest && n <= LongText
}

// check says what a request lacks by what the process says: fault.Invalid
// live.reason, live.words, live.minutes, live.cameras.
func (r Request) check(t casework.Live) error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "request for live view: %s", key) }
	reason, known := t.Reason(r.Reason)
	most := min(t.Longest, Longest)
	if r.Alone {
		most = AloneMinutes
	}
	switch {
	case !known || r.Alone && !reason.Alone:
		return bad("live.reason")
	case !long(r.Words):
		return bad("live.words")
	case r.Minutes < 1 || r.Minutes > most:
		return bad("live.minutes")
	case len(r.Cameras) == 0 || len(r.Cameras) > MostCameras || r.Location == "":
		return bad("live.cameras")
	}
	return nil
}

func denied(key string, r Request) error {
	return fault.New(fault.Denied, key, "request %s", r.Number)
}

// same reports whether whoever acts is who asked: see [second.Asked.Same].
func (r Request) same(by Who) bool { return r.asked().Same(by.Person, by.Name) }

// decide answers a request: seal is of what was read.
func (r Request) decide(by Who, yes bool, answer, seal string, now time.Time) (Request, error) {
	switch {
	case r.State(now) != Asked:
		return r, denied("live.answered", r)
	case r.same(by):
		return r, denied("live.own", r)
	case seal != r.Seal():
		return r, fault.New(fault.Conflict, "live.changed", "request %s is not what was read", r.Number)
	case !yes && !long(answer):
		return r, fault.New(fault.Invalid, "live.answer", "request %s is refused without a reason", r.Number)
	}
	r.Decided, r.Approved, r.Decider, r.DeciderName, r.Answer = now, yes, by.Person, by.Name, strings.TrimSpace(answer)
	return r, nil
}

// begin uses a yes, once.
func (r Request) begin(by Who, now time.Time) (Request, error) {
	switch {
	case by.Person != r.Person:
		return r, denied("live.person", r)
	case r.State(now) != Approved:
		return r, denied("live.state."+string(r.State(now)), r)
	}
	return r.on(by, now), nil
}

// on lets the minutes run.
func (r Request) on(by Who, now time.Time) Request {
	r.Started, r.Ends, r.Session = now, now.Add(time.Duration(r.Minutes)*time.Minute), by.Session
	return r
}

// end ends it before its time.
func (r Request) end(by Who, now time.Time) (Request, error) {
	if r.State(now) != Running {
		return r, denied("live.state."+string(r.State(now)), r)
	}
	r.Ended, r.Ender, r.EnderName = now, by.Person, by.Name
	return r, nil
}

// note writes down what it was for; once, by whoever looked, when it is over.
func (r Request) note(by Who, words string, now time.Time) (Request, error) {
	switch {
	case by.Person != r.Person:
		return r, denied("live.person", r)
	case r.State(now) != Over || !r.Noted.IsZero():
		return r, denied("live.noted", r)
	case !long(words):
		return r, fault.New(fault.Invalid, "live.note.short", "request %s", r.Number)
	}
	r.Note, r.Noted = strings.TrimSpace(words), now
	return r, nil
}

// review is another's word on what was begun alone; once, when it is over.
func (r Request) review(by Who, justified bool, words string, now time.Time) (Request, error) {
	switch {
	case r.same(by):
		return r, denied("live.own", r)
	case !r.Alone || r.State(now) != Over || !r.Reviewed.IsZero():
		return r, denied("live.reviewed", r)
	case !long(words):
		return r, fault.New(fault.Invalid, "live.review.short", "request %s", r.Number)
	}
	r.Reviewed, r.Justified, r.Reviewer, r.ReviewerName, r.Review = now, justified, by.Person, by.Name, strings.TrimSpace(words)
	return r, nil
}
