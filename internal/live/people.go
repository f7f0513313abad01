package live

import (
	"context"

	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/second"
)

func (r *Room) finder() second.Finder {
	return second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}
}

// asked is a request as what waits for its second person.
func (r Request) asked() second.Asked {
	return second.Asked{Controller: r.Controller, Location: r.Location, Person: r.Person, Name: r.Name}
}

// everybody is whoever may answer or is told, each once.
func everybody(a second.Around) []identity.Person { return second.Each(a.Can, a.Told) }

// Answers reports whether somebody may answer a request: fault.Denied live.own
// for who asked, live.answerer for who answers for another place.
func (r *Room) Answers(ctx context.Context, q Request, who Who) error {
	return r.finder().Refuses(ctx, q.asked(), who.Person, who.Name, "live", func(a second.Around) []identity.Person { return a.Can })
}

// Reviews reports whether somebody may review what was begun alone: whoever may
// answer, and the data protection officer.
func (r *Room) Reviews(ctx context.Context, q Request, who Who) error {
	return r.finder().Refuses(ctx, q.asked(), who.Person, who.Name, "live", everybody)
}

// ends reports whether somebody may end a live view: the two, and whoever may
// answer for the place.
func (r *Room) ends(ctx context.Context, q Request, who Who) error {
	if who.Person == q.Person || who.Person == q.Decider {
		return nil
	}
	return r.Reviews(ctx, q, who)
}
