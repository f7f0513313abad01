package hold

import (
	"context"

	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/second"
)

// around is who there is for a lock's place.
type around struct {
	second.Around
	decider identity.Person // who said yes; zero when nobody has
}

func (r *Room) finder() second.Finder {
	return second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
}

// asked is a lock as what waits for its second person.
func (h Hold) asked() second.Asked {
	return second.Asked{Controller: h.Controller, Location: h.Location, Person: h.Person, Name: h.Name}
}

func (r *Room) around(ctx context.Context, h Hold) (around, error) {
	a, err := r.finder().Around(ctx, h.asked())
	return around{a, a.Person(h.Decider)}, err
}

// two are the owner and the second person.
func (a around) two() []identity.Person { return []identity.Person{a.Asker, a.decider} }

// all is everybody who is told when a lock is forgotten, each once.
func (a around) all() []identity.Person { return second.Each(ownerOnly(a), a.Can, a.DPOs) }

// Answers reports whether somebody may be the second person: fault.Denied
// hold.own for who asked, hold.answerer for who answers for another place.
func (r *Room) Answers(ctx context.Context, h Hold, who Who) error {
	return r.finder().Refuses(ctx, h.asked(), who.Person, who.Name, "hold", func(a second.Around) []identity.Person { return a.Can })
}
