package oversight

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

// tiding is one thing to tell once; its words are review.mail.<kind> and
// review.mail.<kind>.subject, with the number and the day.
type tiding struct {
	key, kind, number, path string
	at                      time.Time
	to                      []string // people
}

// recently is how long after it came up something is still told.
const recently = 14 * 24 * time.Hour

// Paths of what mails lead to.
const (
	itemPath  = "/tilsyn/stikproeve/opslag/"
	minePath  = "/min-side/stikproeve/"
	plantPath = "/tilsyn/stikproeve/proever"
)

// tell sends what came up, to each receiver once.
func (r *Room) tell(ctx context.Context, controller string) error {
	if r.c.Mail == nil {
		return nil
	}
	now := r.c.Clock.Now()
	items, err := r.Undone(ctx, controller)
	if err != nil {
		return err
	}
	people, err := r.c.People.People(ctx, controller)
	if err != nil {
		return err
	}
	var dpos []string
	by := map[string]identity.Person{}
	for _, p := range people {
		by[p.ID] = p
		if slices.Contains(p.Roles, roleDPO) {
			dpos = append(dpos, p.ID)
		}
	}
	list, err := r.tidings(ctx, items, dpos, now)
	if err != nil {
		return err
	}
	missed, err := r.planted(ctx, controller, Missed)
	for _, p := range missed {
		if now.Sub(p.Revealed) < recently {
			list = append(list, tiding{p.ID + "/missed", "missed", "", plantPath, p.Revealed, []string{p.ByPerson}})
		}
	}
	for _, d := range list {
		if err == nil {
			err = r.send(ctx, controller, d, by)
		}
	}
	return err
}

// tidings are what there is to tell of items. What is drawn at once for one
// reviewer is one mail.
func (r *Room) tidings(ctx context.Context, items []Item, dpos []string, now time.Time) (list []tiding, err error) {
	for _, i := range items {
		add := func(kind, path string, at time.Time, to ...string) {
			if !at.IsZero() && now.Sub(at) < recently {
				list = append(list, tiding{i.ID + "/" + kind + "/" + at.UTC().Format("20060102150405"), kind, i.Number, path, at, to})
			}
		}
		others := slices.DeleteFunc(slices.Clone(dpos), func(p string) bool { return !i.MayReview(p, "") })
		switch i.State(now) {
		case New:
			if i.Reviewer != "" {
				list = append(list, tiding{i.Period + "/drawn", "drawn", "", "/tilsyn/stikproeve?tilstand=new", i.Due, []string{i.Reviewer}})
			}
		case Asked:
			add("asked", minePath+i.ID, i.Asked, i.Person)
		case Answered:
			add("answered", itemPath+i.ID, i.Answered, i.Reviewer)
		case Silent:
			add("silent", itemPath+i.ID, i.AnswerDue, i.Reviewer)
		case Second:
			add("unclear", itemPath+i.ID, i.Decided, slices.DeleteFunc(others, func(p string) bool { return p == i.Decider })...)
		case Raised:
			leads, err := r.Leads(ctx, i)
			if err != nil {
				return nil, err
			}
			add("raised", itemPath+i.ID, i.Decided, leads...)
		case Done:
		}
		if i.Late(now) {
			add("late", itemPath+i.ID, i.Escalated, append(others, i.Reviewer)...)
		}
	}
	return list, nil
}

// send queues the mails of a tiding, notes who was told, and enters it, in one
// transaction.
func (r *Room) send(ctx context.Context, controller string, d tiding, by map[string]identity.Person) error {
	sent := false
	err := r.c.DB.Write(ctx, func(tx *db.Tx) error {
		sent = false
		for _, id := range d.to {
			p := by[id]
			if p.Email == "" || p.Closed {
				continue
			}
			n, err := tx.Exec(ctx, `INSERT INTO oversight_told (message, person, at) VALUES (?, ?, ?) ON CONFLICT (message, person) DO NOTHING`, d.key, p.ID, r.c.Clock.Now())
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			sent = true
			if err := r.letter(ctx, tx, controller, d, p); err != nil {
				return err
			}
			if _, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), "review.mailed", map[string]any{"controller": controller, "person": p.ID, "name": p.Name, "kind": d.kind, "number": d.number}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && sent {
		r.c.Mail.Wake()
	}
	return err
}

func (r *Room) letter(ctx context.Context, tx *db.Tx, controller string, d tiding, to identity.Person) error {
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "review-" + d.key, Kind: "review." + d.kind, Thread: controller + "/review/" + d.key,
		Room: "review", Say: d.kind, Args: []any{d.number, d.at.In(clock.Denmark()).Format("2.1.2006")}, Path: d.path, Data: map[string]string{"controller": controller, "kind": d.kind}}, to)
}
