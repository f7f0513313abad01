// Package live holds the requests to see cameras as they are now (direkte
// visning), which is refused to everybody unless there is an extraordinary
// reason (H 4.1): who asks, for what of a closed list and in which words, which
// cameras and how long, who said yes, how long it was seen, and what is noted
// afterwards.
//
// What it promises: nobody sees anything live without another person's fresh
// yes to exactly that request; a yes is used once and soon; what was begun ends
// by itself after the minutes that were asked for; whoever has not written down
// what it was for cannot ask again; each step is an entry of the ledger in its
// own transaction.
//
// What it refuses: to change what was asked. Who needs other cameras or more
// minutes asks anew, and is answered anew.
package live

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// The limits. H 4.1 names none but that the reason is extraordinary; these are
// the house's, and shorter than permit.LongestLive allows.
const (
	// Normal and Longest are how many minutes can be asked for.
	Normal, Longest = 15, 60
	// AnswerWithin is how long a request waits for an answer.
	AnswerWithin = 4 * time.Hour
	// BeginWithin is how long a yes can wait to be used.
	BeginWithin = 30 * time.Minute
	// NoteWithin is how soon it must be written down what it was for.
	NoteWithin = 24 * time.Hour
	// Shortest is how much must be written, in characters.
	Shortest = 20
	// MostCameras is how many can be seen at once.
	MostCameras = 4
)

// Reason is one of the closed list of extraordinary reasons.
type Reason string

// The reasons.
const (
	Danger   Reason = "danger"   // to life or health, now
	Ongoing  Reason = "ongoing"  // a crime is being committed
	Fire     Reason = "fire"     // fire, water, or a building that is giving way
	Missing  Reason = "missing"  // somebody who cannot look after themselves is gone
	Evacuate Reason = "evacuate" // people must be led out
)

// Reasons lists them, in the order in which they are shown.
func Reasons() []Reason { return []Reason{Danger, Ongoing, Fire, Missing, Evacuate} }

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

// Request (anmodning om direkte visning) is one of them.
type Request struct {
	ID, Controller, Number, Location string
	Cameras                          []string
	Person, Name                     string
	Reason                           Reason
	Words                            string
	Minutes                          int
	Asked                            time.Time

	Decided              time.Time // zero: not yet
	Approved             bool
	Decider, DeciderName string
	Answer               string // why not, or what was said with the yes

	Started, Ends, Ended time.Time
	Ender, EnderName     string // who ended it before its time

	Note  string
	Noted time.Time

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

// Overdue reports whether it should have been written down by now; then the
// person cannot ask again.
func (r Request) Overdue(now time.Time) bool {
	s := r.Stopped(now)
	return r.Owes() && !s.IsZero() && !now.Before(s.Add(NoteWithin))
}

// Seal is what whoever answers has read: a request that differs in anything
// has another.
func (r Request) Seal() string {
	b, err := json.Marshal([]any{r.ID, r.Controller, r.Location, r.Cameras, r.Person, r.Reason, r.Words, r.Minutes, r.Asked.UnixMicro()})
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func long(s string) bool { return utf8.RuneCountInString(strings.TrimSpace(s)) >= Shortest }

// check says what a request lacks: fault.Invalid live.reason, live.words,
// live.minutes, live.cameras.
func (r Request) check() error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "request for live view: %s", key) }
	switch {
	case !slices.Contains(Reasons(), r.Reason):
		return bad("live.reason")
	case !long(r.Words):
		return bad("live.words")
	case r.Minutes < 1 || r.Minutes > Longest:
		return bad("live.minutes")
	case len(r.Cameras) == 0 || len(r.Cameras) > MostCameras || r.Location == "":
		return bad("live.cameras")
	}
	return nil
}

func denied(key string, r Request) error {
	return fault.New(fault.Denied, key, "request %s", r.Number)
}

// decide answers a request: seal is of what was read.
func (r Request) decide(by Who, yes bool, answer, seal string, now time.Time) (Request, error) {
	switch {
	case r.State(now) != Asked:
		return r, denied("live.answered", r)
	case by.Person == r.Person || strings.EqualFold(strings.TrimSpace(by.Name), strings.TrimSpace(r.Name)):
		return r, denied("live.own", r) // nor by another account of the same person
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
	r.Started, r.Ends = now, now.Add(time.Duration(r.Minutes)*time.Minute)
	return r, nil
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
