package reminder

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notify"
)

// State is what became of a message.
type State string

// The states.
const (
	StateWaiting State = "waiting" // the mail server has not taken it yet
	StateSent    State = "sent"
	StateGivenUp State = "given-up" // tried for a week, or refused for good
	StateNobody  State = "nobody"   // nobody holds the body, or has an address
	StateOff     State = "off"      // there is no mail server
	StatePassed  State = "passed"   // a newer message says the same; nothing was sent
)

// States lists the states that are shown.
func States() []State {
	return []State{StateWaiting, StateSent, StateGivenUp, StateNobody, StateOff}
}

// Kinds lists the kinds of message.
func Kinds() []string { return []string{"turn", "soon", "late", "escalate", "ending", "news"} }

// Told is one message to one person, without the address and the text.
type Told struct {
	ID         string
	Controller string
	CaseID     string
	Message    string // what is told, the same for all its receivers
	Person     string // empty: nobody could be told
	Name       string
	Body       string // as what they were told
	Kind       string // one of Kinds
	Step       string // of the process; empty where it is about the case
	At         time.Time
	Mail       string // the message's ID in the outbox
	State      State
	Done       time.Time // when the mail server took it, or it was given up
	Why        string    // it was given up: a key
}

func row(c casework.Case, d tiding, to receiver, now time.Time, s State) Told {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return Told{ID: hex.EncodeToString(b[:]), Controller: c.Controller, CaseID: c.ID, Message: d.key, Person: to.person, Name: to.name, Body: to.body,
		Kind: d.kind, Step: d.step, At: now, State: s}
}

// toldSet is who has been told what of one case.
type toldSet map[[2]string]bool

func (toldSet) key(message, person string) [2]string { return [2]string{message, person} }

func (r *Room) told(ctx context.Context, c casework.Case) (set toldSet, err error) {
	type row struct{ Message, Person string }
	var rows []row
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[row](ctx, tx, `SELECT message, person FROM reminder_told WHERE controller = ? AND case_id = ?`, c.Controller, c.ID)
		return err
	})
	set = toldSet{}
	for _, w := range rows {
		set[set.key(w.Message, w.Person)] = true
	}
	return set, err
}

// settle notes what became of the mails that waited.
func (r *Room) settle(ctx context.Context) error {
	var waiting []string
	err := r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		waiting, err = db.All[string](ctx, tx, `SELECT DISTINCT mail FROM reminder_told WHERE state = ? ORDER BY mail`, string(StateWaiting))
		return err
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	came, err := r.Notify.About(ctx, waiting...)
	if err != nil {
		return err
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		for _, m := range waiting {
			c, ok := came[m]
			s, done, why := StateSent, c.Done, ""
			switch {
			case !ok: // its line has reached its age without an end
				s, done, why = StateGivenUp, r.Clock.Now(), "notify.lost"
			case c.State == notify.Waiting:
				continue
			case c.State == notify.GivenUp:
				s, why = StateGivenUp, c.Error
			}
			if _, err := tx.Exec(ctx, `UPDATE reminder_told SET state = ?, done = ?, why = ? WHERE mail = ? AND state = ?`, string(s), done, why, m, string(StateWaiting)); err != nil {
				return err
			}
		}
		return nil
	})
}

// longestLog bounds what one page or file of the log is made from.
const longestLog = 20_000

// Log lists what a controller's people were told since a moment, the newest
// first: without address and text.
func (r *Room) Log(ctx context.Context, controller string, since time.Time) (all []Told, err error) {
	defer fault.Wrap(&err, "reminder.Log")
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Told](ctx, tx, `SELECT * FROM reminder_told WHERE controller = ? AND at >= ? AND state <> ? ORDER BY at DESC, case_id, id LIMIT ?`,
			controller, since, string(StatePassed), longestLog)
		return err
	})
	return all, err
}
