package reminder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

// receiver is a person who is written to, and as what.
type receiver struct {
	person, name, email, lang, body string
}

// letter is what one person is told of one case in one mail.
type letter struct {
	to   receiver
	list []tiding
}

// tell tells what is new of one case: who gets what is found first, then rows,
// mails and the ledger's entries are written in one transaction.
func (r *Room) tell(ctx context.Context, o *open, now time.Time) (err error) {
	defer fault.Wrap(&err, "case %s", o.ID)
	told, err := r.told(ctx, o.Case)
	if err != nil {
		return err
	}
	holders := map[string][]receiver{}
	for _, d := range o.list {
		for _, b := range d.bodies {
			if _, ok := holders[b]; !ok {
				if holders[b], err = r.receivers(ctx, o, b); err != nil {
					return err
				}
			}
		}
	}
	var silent []Told // rows without a mail
	letters := map[string]*letter{}
	var order []string
	for _, d := range o.list {
		reached := false
		for _, b := range d.bodies {
			for _, to := range holders[b] {
				key := told.key(d.key, to.person)
				switch {
				case told[key] || to.person == d.by:
					reached = true
					continue
				case to.email == "":
					continue
				}
				reached, told[key] = true, true
				if d.quiet {
					silent = append(silent, row(o.Case, d, to, now, StatePassed))
					continue
				}
				l := letters[to.person]
				if l == nil {
					l = &letter{to: to}
					letters[to.person] = l
					order = append(order, to.person)
				}
				l.list = append(l.list, d)
			}
		}
		if !reached && !d.quiet && !told[told.key(d.key, "")] {
			told[told.key(d.key, "")] = true
			to := receiver{}
			if len(d.bodies) > 0 {
				to.body = d.bodies[0]
			}
			silent = append(silent, row(o.Case, d, to, now, StateNobody))
		}
	}
	if len(silent) == 0 && len(letters) == 0 {
		return nil
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		for _, t := range silent {
			if err := r.keep(ctx, tx, t); err != nil {
				return err
			}
		}
		for _, p := range order {
			if err := r.write(ctx, tx, o, letters[p], now); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.Notify.Wake()
	}
	return err
}

// receivers finds who stands for a body of a case: the applicant for the
// case's own, and who holds it in the register, deputies too.
func (r *Room) receivers(ctx context.Context, o *open, body string) (out []receiver, err error) {
	add := func(person, name, email string) error {
		p, err := r.People.Person(ctx, person)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if p.Closed {
			return nil
		}
		if email == "" {
			email = p.Email
		}
		if identity.CheckEmail(email) != nil {
			email = "" // on record as nobody: whoever edits the register sees it
		}
		if p.Name != "" {
			name = p.Name
		}
		for _, x := range out {
			if x.person == person {
				return nil
			}
		}
		out = append(out, receiver{person, name, email, p.Language, body})
		return nil
	}
	if b, ok := o.process.Body(body); ok && b.Scope == casework.ScopeCase {
		if err := add(o.Applicant, "", ""); err != nil {
			return nil, err
		}
	}
	held, err := r.Cases.Holding(ctx, o.Case, body)
	for _, h := range held {
		if err := add(h.Person, h.Name, h.Email); err != nil {
			return nil, err
		}
	}
	return out, err
}

// write queues one mail, with the rows that say what it told.
func (r *Room) write(ctx context.Context, tx *db.Tx, o *open, l *letter, now time.Time) error {
	subject, text := r.words(o, l)
	m := notify.Message{Kind: "case." + gravest(l.list), Thread: o.Controller + "/" + o.ID, To: []string{l.to.email}, Subject: subject, Text: text}
	id := sha256.New()
	id.Write([]byte(o.Controller + "\x00" + o.ID + "\x00" + l.to.person))
	for _, d := range l.list {
		id.Write([]byte("\x00" + d.key))
	}
	m.ID = "reminder-" + hex.EncodeToString(id.Sum(nil)[:16])
	m.Data = map[string]string{"case": o.ID, "controller": o.Controller, "kind": gravest(l.list), "link": r.link(o.ID)}
	if err := r.Notify.Queue(ctx, tx, m); err != nil {
		return err
	}
	state := StateWaiting
	if !r.Notify.Mails() {
		state = StateOff
	}
	for _, d := range l.list {
		t := row(o.Case, d, l.to, now, state)
		t.Mail = m.ID
		if err := r.keep(ctx, tx, t); err != nil {
			return err
		}
	}
	_, err := r.Ledger.Append(ctx, tx, now, "reminder.told", map[string]any{"case": o.ID, "controller": o.Controller, "person": l.to.person, "name": l.to.name,
		"as": l.to.body, "kind": gravest(l.list), "mail": m.ID})
	return err
}

func (r *Room) keep(ctx context.Context, tx *db.Tx, t Told) error {
	_, err := tx.Exec(ctx, `INSERT INTO reminder_told (id, controller, case_id, message, person, name, body, kind, step, at, mail, state, done, why)
		VALUES (`+db.Marks(14)+`)`, t.ID, t.Controller, t.CaseID, t.Message, t.Person, t.Name, t.Body, t.Kind, t.Step, t.At, t.Mail, string(t.State), t.Done, t.Why)
	return err
}

// gravest is the kind that a mail is of when it holds several.
func gravest(list []tiding) string {
	for _, kind := range []string{"escalate", "late", "turn", "soon", "ending"} {
		for _, d := range list {
			if d.kind == kind {
				return kind
			}
		}
	}
	return "news"
}

// link is where those who may can read more.
func (r *Room) link(id string) string { return strings.TrimRight(r.BaseURL, "/") + "/sager/" + id }

// words are a mail's subject and text: the case's number, the names of its
// steps, dates and a link, and nothing else of the case.
func (r *Room) words(o *open, l *letter) (subject, text string) {
	lang := l.to.lang
	if lang != "en" {
		lang = "da"
	}
	t := func(key string, args ...any) string { return r.Words(lang, "reminder."+key, args...) }
	subject = t("subject."+gravest(l.list), o.ID)
	var b strings.Builder
	b.WriteString(t("hello") + "\n\n" + t("about", o.ID) + "\n\n")
	for _, d := range l.list {
		b.WriteString("- " + line(o, d, lang, t) + "\n")
	}
	b.WriteString("\n" + t("link") + "\n" + r.link(o.ID) + "\n\n" + t("foot") + "\n")
	return subject, b.String()
}

// line is one tiding in words.
func line(o *open, d tiding, lang string, t func(string, ...any) string) string {
	step, body := "", ""
	if s, ok := o.process.Step(d.step); ok {
		step = s.Title.In(lang)
		if b, ok := o.process.Body(s.Body); ok {
			body = b.Name.In(lang)
		}
	}
	if d.kind == "news" {
		return t("line."+d.event, step)
	}
	if d.due.IsZero() {
		return t("line."+d.kind+".undated", step, body)
	}
	return t("line."+d.kind, step, body, day(d.due))
}

// day is a date as both languages read it.
func day(at time.Time) string {
	return at.In(clock.Denmark()).Format("2.1.2006")
}
