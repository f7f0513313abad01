package disclosure

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/second"
)

// What is told: the kinds of messages, by which webhooks choose.
const (
	tellAsked    = "disclosure.asked"
	tellAnswer   = "disclosure.answered"
	tellReady    = "disclosure.ready"
	tellFailed   = "disclosure.failed"
	tellUnsigned = "disclosure.gone" // our package died before there was a receipt
)

// tell queues a letter, in the transaction of what it is about; more tells
// letters of one kind about one disclosure apart.
func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, d Disclosure, more string, to []identity.Person) error {
	name := strings.TrimPrefix(kind, "disclosure.")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "disclosure-" + name + more + "-" + d.ID, Kind: kind, Thread: d.Controller + "/disclosure/" + d.ID,
		Room: "disclosure", Say: name, Args: []any{d.Number}, Path: "/udleveringer/" + d.ID, Data: map[string]string{"disclosure": d.ID, "controller": d.Controller}}, to...)
}

func (r *Room) finder() second.Finder {
	return second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
}

// asked is a disclosure as what waits for its second person.
func (d Disclosure) asked() second.Asked {
	return second.Asked{Controller: d.Controller, Location: d.Location, Person: d.Person, Name: d.Name}
}

// Answers reports whether somebody may be the second person: fault.Denied
// disclosure.own for who asked, disclosure.answerer for who answers for another
// place.
func (r *Room) Answers(ctx context.Context, d Disclosure, who Who) error {
	return r.finder().Refuses(ctx, d.asked(), who.Person, who.Name, "disclosure", func(a second.Around) []identity.Person { return a.Can })
}

// Recorded is what cameras' footage was recorded under.
func (r *Room) Recorded(ctx context.Context, controller string, cameras []string, from, to time.Time) (out []Recorded, err error) {
	bases := r.c.Law.At(r.c.Clock.Now()).Bases()
	for _, id := range cameras {
		f, err := r.c.Incidents.Footage(ctx, controller, id, from, to)
		if err != nil {
			return nil, err
		}
		rec := Recorded{Camera: id, Bases: []string{f.Basis}, Classes: f.Classes}
		for _, b := range bases { // a camera's basis may have been another then
			if slices.Contains(f.Cites, b.Cite) && !slices.Contains(rec.Bases, b.ID) {
				rec.Bases = append(rec.Bases, b.ID)
			}
		}
		out = append(out, rec)
	}
	return out, nil
}

// Against is what the law has against a draft: see [Kind.Against].
func (r *Room) Against(ctx context.Context, controller string, d Draft) ([]law.Finding, error) {
	c, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return nil, err
	}
	footage, err := r.Recorded(ctx, controller, d.Cameras, d.From, d.To)
	if err != nil {
		return nil, err
	}
	return d.Kind.Against(r.c.Law.At(r.c.Clock.Now()), c.Kind, footage), nil
}

// fill finds what a draft begins from: its lock, its copy, its incident.
func (r *Room) fill(ctx context.Context, d Draft, who Who) (Draft, incident.Incident, error) {
	var i incident.Incident
	if d.Kind == ToOtherParty {
		h, err := r.c.Holds.Get(ctx, who.Controller, d.Lock)
		if err != nil {
			return d, i, err
		}
		if h.Reason != permit.HoldDispute || h.State(r.c.Clock.Now()) != hold.Standing {
			return d, i, fault.New(fault.Conflict, "disclosure.lock", "evidence lock %s", h.Number)
		}
		if d.Incident = h.Incident; d.Recipient.Name == "" {
			d.Recipient.Name = h.Whom
		}
	}
	if rule, _ := d.Kind.Rule(); rule.Copy && d.Copy != "" {
		if r.c.Copies == nil {
			return d, i, fault.New(fault.Unavailable, "disclosure.copies", "there are no anonymised copies")
		}
		c, err := r.c.Copies.Copy(ctx, who.Controller, d.Copy)
		if err != nil {
			return d, i, err
		}
		d.Cameras, d.From, d.To, d.Location = []string{c.Camera}, c.From, c.To, c.Location
	}
	if d.Incident == "" {
		if d.Kind != ToRegistered {
			return d, i, fault.New(fault.Invalid, "disclosure.incident", "a disclosure begins in an incident")
		}
		_, err := r.c.Register.Location(ctx, who.Controller, d.Location)
		return d.tidy(), i, err
	}
	i, err := r.c.Incidents.Get(ctx, who.Controller, d.Incident)
	d.Location = i.Location
	return d.tidy(), i, err
}

// Open begins a disclosure: nothing is made by it, and whoever can say yes is
// told that it waits. What the law is against is kept too, with why, and comes
// back in the state Refused and no error. What is not in order yet is
// fault.Denied, as [incident.Incident.MayHandOver] says it.
func (r *Room) Open(ctx context.Context, draft Draft, who Who) (d Disclosure, err error) {
	draft, i, err := r.fill(ctx, draft, who)
	if err != nil {
		return d, err
	}
	now := r.c.Clock.Now().UTC().Truncate(time.Microsecond)
	d = Disclosure{ID: db.NewID(), Controller: who.Controller, IncidentNumber: i.Number, Draft: draft, Person: who.Person, Name: who.Name, Asked: now}
	if i.ID != "" && !i.Open() {
		return d, fault.New(fault.Conflict, "incident.closed", "incident %s is closed", i.Number)
	}
	if err := draft.check(i, now); err != nil {
		return d, err
	}
	if d.Against, err = r.Against(ctx, who.Controller, draft); err != nil {
		return d, err
	}
	if len(d.Against) == 0 && i.ID != "" {
		if err := draft.Kind.inOrder(i); err != nil {
			return d, r.denied(ctx, "ask", d, who, err)
		}
	}
	a, err := r.finder().Around(ctx, d.asked())
	if err != nil {
		return d, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.insert(ctx, tx, &d); err != nil {
			return err
		}
		if d.Document != "" {
			if err := r.keep(ctx, tx, d, d.Document); err != nil {
				return err
			}
		}
		if len(d.Against) > 0 {
			return r.enter(ctx, tx, "disclosure.refused", d, who, map[string]any{"cite": d.Against[0].Cite, "camera": d.Against[0].Camera})
		}
		if err := r.enter(ctx, tx, "disclosure.asked", d, who, map[string]any{"from": d.From, "to": d.To, "cite": d.Kind.Cites(), "journal": d.Journal,
			"authority": d.Recipient.Authority, "law": d.Law, "document": d.Document, "words": d.Words, "seal": d.Seal()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAsked, d, "", a.Can)
	})
	r.c.Mail.Wake()
	return d, err
}

// PaperKind is what internal/document knows a disclosure's papers by. No other
// document can be made one.
const PaperKind = "disclosure"

// keep says that a disclosure rests on a document.
func (r *Room) keep(ctx context.Context, tx *db.Tx, d Disclosure, id string) error {
	x, err := r.c.Documents.GetIn(ctx, tx, d.Controller, id)
	if err == nil && x.Kind != PaperKind || fault.Is(err, fault.NotFound) {
		return fault.New(fault.Invalid, "disclosure.document", "document %.40q is none of ours", id)
	}
	if err != nil {
		return err
	}
	return r.c.Documents.Keep(ctx, tx, d.Controller, id)
}

// still asks again, before anything is made or leaves the house, what was asked
// at the beginning: the law, the incident's steps.
func (r *Room) still(ctx context.Context, d Disclosure) error {
	found, err := r.Against(ctx, d.Controller, d.Draft)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fault.New(fault.Denied, "disclosure.law", "%s: %s", found[0].Camera, found[0].Cite)
	}
	if d.Incident == "" {
		return nil
	}
	i, err := r.c.Incidents.Get(ctx, d.Controller, d.Incident)
	if err != nil {
		return err
	}
	return d.Kind.inOrder(i)
}

// Decide is the second person's answer to exactly what seal is of. With a yes
// the package is made, as soon as those before it are. Whoever asked is told.
func (r *Room) Decide(ctx context.Context, id string, yes bool, answer, seal string, who Who) (Disclosure, error) {
	answer = strings.TrimSpace(answer)
	d, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return d, err
	}
	if err := r.Answers(ctx, d, who); err != nil {
		return d, r.denied(ctx, "answer", d, who, err)
	}
	if yes {
		if err := r.still(ctx, d); err != nil {
			return d, r.denied(ctx, "answer", d, who, err)
		}
	}
	a, err := r.finder().Around(ctx, d.asked())
	if err != nil {
		return d, err
	}
	return r.change(ctx, "answer", id, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, Asked); err != nil {
			return d, err
		}
		switch {
		case seal != d.Seal():
			return d, fault.New(fault.Conflict, "disclosure.changed", "disclosure %s is not what was read", d.Number)
		case !yes && utf8.RuneCountInString(answer) < incident.Shortest, incident.CheckText(answer, 0, incident.Longest) != nil:
			return d, fault.New(fault.Invalid, "disclosure.answer", "disclosure %s is declined without a reason", d.Number)
		}
		d.Decided, d.Approved, d.Decider, d.DeciderName, d.Answer = now, yes, who.Person, who.Name, answer
		kind := "disclosure.declined"
		if yes {
			kind, d.Job = "disclosure.approved", Job{Stage: Queued, Since: now}
		}
		if err := r.enter(ctx, tx, kind, d, who, map[string]any{"answer": d.Answer, "seal": seal, "of": d.Person}); err != nil {
			return d, err
		}
		return d, r.tell(ctx, tx, tellAnswer, d, "", []identity.Person{a.Asker})
	})
}

// Cancel says that nothing is to come of it, and why: what is being made ends,
// and our copy of what was made is deleted.
func (r *Room) Cancel(ctx context.Context, id, why string, who Who) (Disclosure, error) {
	why = strings.TrimSpace(why)
	d, err := r.change(ctx, "cancel", id, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, Asked, Queued, Making, Failed, Ready, Gone); err != nil {
			return d, err
		}
		if err := incident.CheckText(why, incident.Shortest, 2*incident.Longest); err != nil {
			return d, err
		}
		d.Stopped, d.StopName, d.StopWhy, d.Job = now, who.Name, why, Job{}
		return d, r.enter(ctx, tx, "disclosure.cancelled", d, who, map[string]any{"reason": why})
	})
	if err != nil {
		return d, err
	}
	r.interrupt(d.ID)
	return r.drop(ctx, d, WhyCancelled, why, who)
}
