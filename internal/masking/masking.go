// Package masking keeps what is known of masks (maskeringer): that each one
// covers what it should, by a test picture, and who may have the original of a
// masked camera for the police, by two persons (VIEW-4, H 3.1, D 3.1).
//
// What it promises: each mask that is in force at an engine is proven by a
// picture that the engine took of now and covered, with its date and sum; what
// is kept of it is too coarse to know anybody. A lift is signed in the
// transaction of the second person's yes to exactly what was asked, is for the
// cameras and minutes of one incident and the police's journal number, and
// ends by itself. The data protection officers are told of each. Each act, and
// each refusal, is an entry of the ledger in its own transaction.
//
// What it refuses whoever asks: a lift for anything but the police, of a
// camera without a mask, of what the incident does not name, and a yes to one's
// own. A lift lets nobody look: no viewing is opened by it.
package masking

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/second"
)

const (
	// Life is how long a lift lasts: long enough for one working day's hand-over.
	Life = 8 * time.Hour
	// AnswerWithin is how long a lift that was asked for waits for the second
	// person.
	AnswerWithin = 3 * 24 * time.Hour
	// Longest is the longest stretch that one lift is for.
	Longest = 24 * time.Hour
)

// State says how far a lift has come.
type State string

// The states. Lapsed and Over come by themselves.
const (
	Asked    State = "asked"
	Lifted   State = "lifted"
	Over     State = "over"
	Declined State = "declined"
	Lapsed   State = "lapsed" // nobody answered
)

// States lists them, those first that want something of somebody.
func States() []State { return []State{Asked, Lifted, Over, Declined, Lapsed} }

// Lift (maskeløft) is one of them.
type Lift struct {
	ID, Controller, Number, Location string
	Incident, IncidentNumber         string
	Terms
	Person, Name string // who asked
	Asked        time.Time

	Decided              time.Time // zero: not yet
	Approved             bool
	Decider, DeciderName string
	Answer               string
	Expires              time.Time            // when it ends by itself
	Statements           map[string]permit.ID // what the engine obeys, by camera
}

// Terms (vilkår) is what is asked for, and said yes to.
type Terms struct {
	Cameras  []string
	From, To time.Time
	Journal  string // the police's journal number
	Words    string // why the covered part is evidence
}

// State is how far it has come by now.
func (l Lift) State(now time.Time) State {
	switch {
	case l.Approved && now.Before(l.Expires):
		return Lifted
	case l.Approved:
		return Over
	case !l.Decided.IsZero():
		return Declined
	case !now.Before(l.Asked.Add(AnswerWithin)):
		return Lapsed
	}
	return Asked
}

// Seal is what the second person has read: a lift that differs in anything has
// another.
func (l Lift) Seal() string {
	b, err := json.Marshal([]any{l.ID, l.Controller, l.Location, l.Incident, l.Terms, l.Person, l.Asked.UnixMicro()})
	if err != nil {
		panic(err) // strings and times
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// asked is a lift as what waits for its second person.
func (l Lift) asked() second.Asked {
	return second.Asked{Controller: l.Controller, Location: l.Location, Person: l.Person, Name: l.Name}
}

// tidy puts what was typed in order.
func (t Terms) tidy() Terms {
	t.Journal, t.Words = strings.TrimSpace(t.Journal), strings.TrimSpace(strings.ReplaceAll(t.Words, "\r\n", "\n"))
	t.Cameras = slices.Compact(slices.Sorted(slices.Values(t.Cameras)))
	t.From, t.To = t.From.UTC().Truncate(time.Microsecond), t.To.UTC().Truncate(time.Microsecond)
	return t
}

// check says what the terms lack: fault.Invalid masklift.cameras, .interval,
// .long, .beyond, .journal, .words; fault.Denied masklift.no-crime.
func (t Terms) check(i incident.Incident, now time.Time) error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "mask lift: %s", key) }
	scope := i.Scope()
	switch {
	case i.Crime == incident.CrimeNone:
		return fault.New(fault.Denied, "masklift.no-crime", "incident %s", i.Number)
	case len(t.Cameras) == 0:
		return bad("masklift.cameras")
	case !t.From.Before(t.To) || t.To.After(now):
		return bad("masklift.interval")
	case t.To.Sub(t.From) > Longest:
		return bad("masklift.long")
	case slices.ContainsFunc(t.Cameras, func(c string) bool { return !scope.Covers(c, t.From, t.To) }):
		return bad("masklift.beyond")
	case incident.CheckText(t.Journal, 4, incident.LongLine) != nil:
		return bad("masklift.journal")
	case incident.CheckText(t.Words, incident.Shortest, incident.Longest) != nil:
		return bad("masklift.words")
	}
	return nil
}

// decide answers a lift that was asked for: seal is of what was read.
func (l Lift) decide(by Who, yes bool, answer, seal string, now time.Time) (Lift, error) {
	answer = strings.TrimSpace(answer)
	switch {
	case l.State(now) != Asked:
		return l, fault.New(fault.Conflict, "masklift.state."+string(l.State(now)), "mask lift %s", l.Number)
	case l.asked().Same(by.Person, by.Name):
		return l, fault.New(fault.Denied, "masklift.own", "mask lift %s", l.Number)
	case seal != l.Seal():
		return l, fault.New(fault.Conflict, "masklift.changed", "mask lift %s is not what was read", l.Number)
	case !yes && utf8.RuneCountInString(answer) < incident.Shortest, incident.CheckText(answer, 0, incident.Longest) != nil:
		return l, fault.New(fault.Invalid, "masklift.answer", "mask lift %s is declined without a reason", l.Number)
	}
	l.Decided, l.Approved, l.Decider, l.DeciderName, l.Answer = now, yes, by.Person, by.Name, answer
	if yes {
		l.Expires, l.Statements = now.Add(Life), map[string]permit.ID{}
	}
	return l, nil
}

// Opens is the lift of a camera's footage from from to to, if it lasts at now;
// empty otherwise.
func (l Lift) Opens(camera string, from, to, now time.Time) permit.ID {
	if l.State(now) != Lifted || from.Before(l.From) || to.After(l.To) {
		return ""
	}
	return l.Statements[camera]
}

// statements are its mask lifts as the ledger tells of them.
func (l Lift) statements() []permit.ID {
	var out []permit.ID
	for _, c := range slices.Sorted(maps.Keys(l.Statements)) {
		out = append(out, l.Statements[c])
	}
	return out
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }
