package dossier

import (
	"context"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// View is a case as somebody sees it.
type View struct {
	Case    casework.Case
	Process *casework.Process
	// Application is the one that stands: as last sent or adjusted, or the draft
	// of what was never sent.
	Application casework.Application
	Facts       casework.Facts // of it
	Turns       []casework.Turn
	Bodies      []string         // what this person is here
	Offers      []casework.Offer // what this person may do, with the reasons of each no
	Draft       Draft
	// MayWrite says that this person may write in the draft now.
	MayWrite bool
	Last     int64 // number of the last entry in the journal
}

// Get gives a case's state and the process that it runs under.
func (r *Room) Get(ctx context.Context, controller, id string) (c casework.Case, p *casework.Process, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		c, p = k.Case, k.process
		return err
	})
	return c, p, err
}

// Look gives all that a person's page of a case stands on.
func (r *Room) Look(ctx context.Context, controller, id string, who Who) (v View, err error) {
	defer fault.Wrap(&err, "dossier.Look(%s)", id)
	drawn, err := r.drawn(ctx, controller, id)
	if err != nil {
		return v, err
	}
	app, w, err := r.before(ctx, controller, id, casework.ActRemark, drawn)
	if err != nil {
		return v, err
	}
	now := r.now()
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		v.Case, v.Process, v.Application, v.Last = k.Case, k.process, app, k.seq
		if v.Facts, err = r.facts(ctx, tx, k, app, &w, now); err != nil {
			return err
		}
		actor, err := r.actor(ctx, tx, k.Case, who)
		if err != nil {
			return err
		}
		v.Bodies = actor.Bodies
		v.Turns = k.process.Ball(k.Case, now)
		v.Offers = k.process.May(k.Case, v.Facts, actor, now)
		if v.Draft, err = r.draft(ctx, tx, k.Case); err != nil {
			return err
		}
		v.Draft.Open, v.Draft.Application.Drawings = k.writable(), drawn
		v.MayWrite = v.Draft.Open && k.writes(actor)
		return nil
	})
	return v, err
}

// writes says whether somebody writes applications in a case: the applicant
// and whoever holds that body, and after the approval those who may adjust it.
func (k kept) writes(a casework.Actor) bool {
	bodies := k.process.Policy.Adjust
	if k.Approved == 0 {
		bodies = nil
	}
	for i := range k.process.Steps {
		if s := &k.process.Steps[i]; s.Kind == casework.StepApply {
			bodies = append(bodies[:len(bodies):len(bodies)], s.Body)
		}
	}
	for _, b := range bodies {
		for _, h := range a.Bodies {
			if h == b {
				return true
			}
		}
		if x, ok := k.process.Body(b); ok && x.Scope == casework.ScopeCase && a.Person == k.Applicant {
			return true
		}
	}
	return false
}

// Facts gives them for whoever must know them without a person: reminders.
func (r *Room) Facts(ctx context.Context, controller, id string) (casework.Facts, error) {
	v, err := r.Look(ctx, controller, id, Who{})
	return v.Facts, err
}

// Rename gives a case the service desk's number, and a title.
func (r *Room) Rename(ctx context.Context, controller, id, number, title string, who Who) (err error) {
	defer fault.Wrap(&err, "dossier.Rename(%s)", id)
	title, number = strings.TrimSpace(title), strings.TrimSpace(number)
	if title == "" || len(title) > 300 || len(number) > 100 {
		return fault.New(fault.Invalid, "case.title", "a case needs a title of at most 300 bytes")
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if !k.running() {
			return fault.New(fault.Conflict, "case.ended", "case %s has ended", id)
		}
		was := k.Case
		k.Number, k.Title = number, title
		search, err := db.One[string](ctx, tx, `SELECT search FROM cases WHERE controller = ? AND id = ?`, controller, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE cases SET search = ? WHERE controller = ? AND id = ?`, searchText(search, number, title), controller, id); err != nil {
			return err
		}
		app, err := r.current(ctx, tx, k)
		if err != nil {
			return err
		}
		events := []casework.Event{{Kind: EventRenamed, At: r.now(), Person: who.Person, Name: who.Name, Data: map[string]string{"number": number, "title": title}}}
		return r.save(ctx, tx, k, was, app, events, "renamed", who)
	})
}
