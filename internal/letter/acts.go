package letter

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/deadline"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

// The lengths of what is written, in characters.
const (
	LongLine = 200
	LongText = 4000
	Shortest = 10 // a reason
)

func within(key, s string, least, most int) error {
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return bad(key)
	}
	return nil
}

func (in *Intake) check(now time.Time) error {
	in.Sender, in.Reference, in.Subject, in.Asks = tidy(in.Sender), tidy(in.Reference), tidy(in.Subject), tidy(in.Asks)
	in.Dated, in.Received = micro(in.Dated), micro(in.Received)
	if !in.Due.IsZero() {
		in.Due = deadline.EndOf(in.Due)
	}
	switch {
	case !slices.Contains(Authorities(), in.From):
		return bad("letter.from")
	case in.From == Other && in.Sender == "":
		return bad("letter.sender")
	case in.Dated.IsZero() || in.Received.IsZero() || in.Received.After(now) || in.Dated.After(deadline.EndOf(in.Received)):
		return bad("letter.received")
	case !in.Due.IsZero() && in.Due.Before(in.Dated):
		return bad("letter.due")
	case in.Document == "":
		return bad("letter.document")
	}
	return errors.Join(within("letter.sender", in.Sender, 0, LongLine), within("letter.reference", in.Reference, 0, LongLine),
		within("letter.subject", in.Subject, 2, LongLine), within("letter.asks", in.Asks, 2, LongText))
}

// Receive writes a letter down. Whoever is to answer is told, and the data
// protection officers. It is fault.Invalid "letter.*" for what is missing.
func (r *Room) Receive(ctx context.Context, in Intake, who Who) (l Letter, err error) {
	now := micro(r.c.Clock.Now())
	if err := in.check(now); err != nil {
		return l, err
	}
	p, err := r.answerer(ctx, who.Controller, in.Answerer)
	if err != nil {
		return l, err
	}
	l = Letter{ID: db.NewID(), Controller: who.Controller, Intake: in, AnswererName: p.Name, Person: who.Person, By: who.Name, Opened: now}
	told, err := r.told(ctx, l)
	if err != nil {
		return l, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		for _, id := range in.Locations {
			if _, err := r.c.Register.LocationIn(ctx, tx, l.Controller, id); err != nil {
				return err
			}
		}
		if err := r.c.Documents.Keep(ctx, tx, l.Controller, l.Document); err != nil {
			return err
		}
		if l.Number, err = db.Number(ctx, tx, "letters", l.Controller, "T", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		body, err := json.Marshal(l)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO letters (id, controller, number, received, over, body) VALUES (?, ?, ?, ?, 0, ?)`,
			l.ID, l.Controller, l.Number, l.Received, string(body)); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "letter.received", l, who, map[string]any{"reference": l.Reference, "received": l.Received, "due": l.Due, "document": l.Document, "answerer": p.Name}); err != nil {
			return err
		}
		return r.tell(ctx, tx, "received", l, "", told)
	})
	if err == nil {
		r.c.Mail.Wake()
	}
	return l, err
}

// Move records that the authority set another day. It is fault.Invalid
// "letter.move" without when it said so.
func (r *Room) Move(ctx context.Context, id string, due time.Time, why string, who Who) (Letter, error) {
	why = tidy(why)
	return r.change(ctx, id, who, func(tx *db.Tx, l *Letter, now time.Time) error {
		if due.IsZero() || deadline.EndOf(due).Before(l.Dated) {
			return bad("letter.due")
		}
		if err := within("letter.move", why, Shortest, LongText); err != nil {
			return err
		}
		l.Due = deadline.EndOf(due)
		l.Moves = append(l.Moves, Move{Due: l.Due, Why: why, At: now, Name: who.Name})
		return r.enter(ctx, tx, "letter.moved", *l, who, map[string]any{"due": l.Due, "reason": why})
	})
}

// Hand gives a letter to somebody else to answer, who is told.
func (r *Room) Hand(ctx context.Context, id, person string, who Who) (Letter, error) {
	p, err := r.answerer(ctx, who.Controller, person)
	if err != nil {
		return Letter{}, err
	}
	return r.change(ctx, id, who, func(tx *db.Tx, l *Letter, now time.Time) error {
		l.Answerer, l.AnswererName = p.ID, p.Name
		if err := r.enter(ctx, tx, "letter.handed", *l, who, map[string]any{"answerer": p.Name}); err != nil {
			return err
		}
		return r.tell(ctx, tx, "received", *l, "-"+now.Format("20060102150405"), []identity.Person{p})
	})
}

// Reply records an answer as it was sent, with the file and how: fault.Invalid
// letter.sent, letter.how, letter.answer.
func (r *Room) Reply(ctx context.Context, id string, a Answer, who Who) (Letter, error) {
	a.How, a.Note, a.Sent = tidy(a.How), tidy(a.Note), micro(a.Sent)
	return r.change(ctx, id, who, func(tx *db.Tx, l *Letter, now time.Time) error {
		switch {
		case a.Sent.IsZero() || a.Sent.After(now) || deadline.EndOf(a.Sent).Before(l.Dated):
			return bad("letter.sent")
		case a.Document == "":
			return bad("letter.answer")
		}
		if err := errors.Join(within("letter.how", a.How, 2, LongLine), within("letter.note", a.Note, 0, LongText)); err != nil {
			return err
		}
		keep := []string{a.Document}
		if a.Receipt != "" {
			keep = append(keep, a.Receipt)
		}
		if err := r.c.Documents.Keep(ctx, tx, l.Controller, keep...); err != nil {
			return err
		}
		late := !l.Due.IsZero() && a.Sent.After(l.Due)
		a.At, a.Name = now, who.Name
		l.Answers = append(l.Answers, a)
		return r.enter(ctx, tx, "letter.answered", *l, who, map[string]any{"sent": a.Sent, "how": a.How, "document": a.Document, "receipt": a.Receipt, "part": a.Part, "late": late})
	})
}

// Prove keeps the receipt of an answer that was recorded without: fault.Conflict
// "letter.receipt" when it has one.
func (r *Room) Prove(ctx context.Context, id string, answer int, receipt string, who Who) (Letter, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, l *Letter, _ time.Time) error {
		if answer < 0 || answer >= len(l.Answers) || receipt == "" {
			return bad("letter.proof")
		}
		a := &l.Answers[answer]
		if a.Receipt != "" {
			return fault.New(fault.Conflict, "letter.receipt", "answer %d of %s has its receipt", answer, l.Number)
		}
		if err := r.c.Documents.Keep(ctx, tx, l.Controller, receipt); err != nil {
			return err
		}
		a.Receipt = receipt
		return r.enter(ctx, tx, "letter.proved", *l, who, map[string]any{"receipt": receipt})
	})
}

// Close ends a letter, with what the authority said to it, or why it is left
// without an answer.
func (r *Room) Close(ctx context.Context, id, outcome string, who Who) (Letter, error) {
	outcome = tidy(outcome)
	return r.change(ctx, id, who, func(tx *db.Tx, l *Letter, now time.Time) error {
		if err := within("letter.outcome", outcome, Shortest, LongText); err != nil {
			return err
		}
		answered := !l.Waits()
		l.Closed, l.ClosedBy, l.Outcome = now, who.Name, outcome
		return r.enter(ctx, tx, "letter.closed", *l, who, map[string]any{"answered": answered, "reason": outcome})
	})
}

// told are who hear of a letter: who answers it, and the data protection
// officers.
func (r *Room) told(ctx context.Context, l Letter) ([]identity.Person, error) {
	all, err := r.c.People.People(ctx, l.Controller)
	return slices.DeleteFunc(all, func(p identity.Person) bool {
		return p.Closed || p.ID != l.Answerer && !slices.Contains(p.Roles, "dpo")
	}), err
}

func (r *Room) tell(ctx context.Context, tx *db.Tx, say string, l Letter, more string, to []identity.Person) error {
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "letter-" + say + more + "-" + l.ID, Kind: "letter." + say, Thread: l.Controller + "/letter/" + l.ID,
		Room: "letter", Say: say, Args: []any{l.Number}, Path: "/breve/" + l.ID, Data: map[string]string{"letter": l.ID, "controller": l.Controller}}, to...)
}

// Tick tells of letters whose day comes or has passed, each stage once.
func (r *Room) Tick(ctx context.Context) error {
	all, err := r.find(ctx, `over = 0`)
	for _, l := range all {
		err = errors.Join(err, r.remind(ctx, l))
	}
	return err
}

// reached is what is to be told of a letter now, and was not.
func (l Letter) reached(now time.Time) (deadline.Stage, bool) {
	s, ok := deadline.Reached(l.Due, l.Opened, now)
	return s, ok && l.Waits() && s.Key != l.Reminded
}

func (r *Room) remind(ctx context.Context, l Letter) error {
	if _, ok := l.reached(r.c.Clock.Now()); !ok {
		return nil
	}
	told, err := r.told(ctx, l)
	if err != nil {
		return err
	}
	who := Who{Controller: l.Controller, Person: "vidne", Name: "Vidne"}
	_, err = r.change(ctx, l.ID, who, func(tx *db.Tx, l *Letter, now time.Time) error {
		s, ok := l.reached(now)
		if !ok {
			return nil // somebody was faster
		}
		l.Reminded = s.Key
		say := "due"
		if s.Late {
			say = "late"
		}
		if err := r.enter(ctx, tx, "letter.reminded", *l, who, map[string]any{"what": "letter." + say, "due": l.Due}); err != nil {
			return err
		}
		return r.tell(ctx, tx, say, *l, "-"+s.Key, told)
	})
	return err
}
