package live

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

// Bodies and roles that answer, review and are told.
const (
	roleDPO         = "dpo"
	roleCoordinator = "coordinator"
	bodyManager     = "manager"
)

// around is who there is for a place beside whoever asks.
type around struct {
	answer []identity.Person // may say yes: its managers and the coordinators
	told   []identity.Person // are told when it begins: its managers and the DPOs
	asker  identity.Person
}

// around finds the people for a place. An account that is closed, is the
// asker's, or has the asker's address is nobody else.
func (r *Room) around(ctx context.Context, controller, location, asker string) (a around, err error) {
	people, err := r.c.People.People(ctx, controller)
	if err != nil {
		return a, err
	}
	place, err := r.c.Register.Location(ctx, controller, location)
	if err != nil {
		return a, err
	}
	holders, err := r.c.Register.Holders(ctx, controller, bodyManager, "", "")
	if err != nil {
		return a, err
	}
	for _, p := range people {
		if p.ID == asker {
			a.asker = p
		}
	}
	now := r.c.Clock.Now()
	for _, p := range people {
		if p.Closed || p.ID == asker || p.Email != "" && strings.EqualFold(p.Email, a.asker.Email) {
			continue
		}
		manages := p.ID == place.ManagerPerson || slices.ContainsFunc(holders, func(h register.Holder) bool {
			return h.Person == p.ID && h.Reaches(place) && !now.Before(h.Since) && (h.Until.IsZero() || now.Before(h.Until))
		})
		if manages || slices.Contains(p.Roles, roleCoordinator) {
			a.answer = append(a.answer, p)
		}
		if manages || slices.Contains(p.Roles, roleDPO) {
			a.told = append(a.told, p)
		}
	}
	return a, nil
}

func has(people []identity.Person, id string) bool {
	return slices.ContainsFunc(people, func(p identity.Person) bool { return p.ID == id })
}

// all are both kinds, each once.
func (a around) all() []identity.Person {
	out := slices.Clone(a.answer)
	for _, p := range a.told {
		if !has(out, p.ID) {
			out = append(out, p)
		}
	}
	return out
}

// Answers reports whether somebody may answer a request: fault.Denied live.own
// for who asked, live.answerer for who answers for another place.
func (r *Room) Answers(ctx context.Context, q Request, who Who) error {
	return r.other(ctx, q, who, func(a around) []identity.Person { return a.answer })
}

// Reviews reports whether somebody may review what was begun alone: whoever may
// answer, and the data protection officer.
func (r *Room) Reviews(ctx context.Context, q Request, who Who) error {
	return r.other(ctx, q, who, around.all)
}

func (r *Room) other(ctx context.Context, q Request, who Who, of func(around) []identity.Person) error {
	a, err := r.around(ctx, q.Controller, q.Location, q.Person)
	if err != nil {
		return err
	}
	if q.same(who) {
		return denied("live.own", q)
	}
	if has(of(a), who.Person) {
		return nil
	}
	if p, err := r.c.People.Person(ctx, who.Person); err == nil && p.Email != "" && strings.EqualFold(p.Email, a.asker.Email) {
		return denied("live.own", q) // another account of theirs
	}
	return fault.New(fault.Denied, "live.answerer", "%s does not answer for %s", who.Person, q.Location)
}

// ends reports whether somebody may end a live view: the two, and whoever may
// answer for the place.
func (r *Room) ends(ctx context.Context, q Request, who Who) error {
	if who.Person == q.Person || who.Person == q.Decider {
		return nil
	}
	return r.Reviews(ctx, q, who)
}
