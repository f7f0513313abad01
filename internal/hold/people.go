package hold

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

// Bodies and roles that answer and are told.
const (
	roleDPO         = "dpo"
	roleCoordinator = "coordinator"
	bodyManager     = "manager"
)

// around is who there is for a lock's place.
type around struct {
	owner, second identity.Person
	answer        []identity.Person // may say yes: its managers and the coordinators, never the owner
	dpo           []identity.Person
}

// around finds the people for a lock. An account that is closed, is the owner's,
// or has the owner's address is no second person.
func (r *Room) around(ctx context.Context, h Hold) (a around, err error) {
	people, err := r.c.People.People(ctx, h.Controller)
	if err != nil {
		return a, err
	}
	place, err := r.c.Register.Location(ctx, h.Controller, h.Location)
	if err != nil {
		return a, err
	}
	holders, err := r.c.Register.Holders(ctx, h.Controller, bodyManager, "", "")
	if err != nil {
		return a, err
	}
	for _, p := range people {
		switch p.ID {
		case h.Person:
			a.owner = p
		case h.Decider:
			a.second = p
		}
	}
	now := r.c.Clock.Now()
	for _, p := range people {
		if p.Closed {
			continue
		}
		if slices.Contains(p.Roles, roleDPO) {
			a.dpo = append(a.dpo, p)
		}
		if p.ID == h.Person || p.Email != "" && strings.EqualFold(p.Email, a.owner.Email) {
			continue
		}
		manages := p.ID == place.ManagerPerson || slices.ContainsFunc(holders, func(x register.Holder) bool {
			return x.Person == p.ID && x.Reaches(place) && !now.Before(x.Since) && (x.Until.IsZero() || now.Before(x.Until))
		})
		if manages || slices.Contains(p.Roles, roleCoordinator) {
			a.answer = append(a.answer, p)
		}
	}
	return a, nil
}

// two are the owner and the second person.
func (a around) two() []identity.Person { return []identity.Person{a.owner, a.second} }

// all is everybody who is told when a lock is forgotten, each once.
func (a around) all() []identity.Person {
	out := []identity.Person{a.owner}
	for _, p := range slices.Concat(a.answer, a.dpo) {
		if !slices.ContainsFunc(out, func(o identity.Person) bool { return o.ID == p.ID }) {
			out = append(out, p)
		}
	}
	return out
}

// Answers reports whether somebody may be the second person: fault.Denied
// hold.own for who asked, hold.answerer for who answers for another place.
func (r *Room) Answers(ctx context.Context, h Hold, who Who) error {
	a, err := r.around(ctx, h)
	if err != nil {
		return err
	}
	if h.same(who) {
		return denied("hold.own", h)
	}
	if slices.ContainsFunc(a.answer, func(p identity.Person) bool { return p.ID == who.Person }) {
		return nil
	}
	if p, err := r.c.People.Person(ctx, who.Person); err == nil && p.Email != "" && strings.EqualFold(p.Email, a.owner.Email) {
		return denied("hold.own", h) // another account of theirs
	}
	return fault.New(fault.Denied, "hold.answerer", "%s does not answer for %s", who.Person, h.Location)
}
