package disclosure

import (
	"context"

	"vidne.dk/vidne/internal/fault"
)

// Config is what the room stands on.
type Config struct {
	// Copies may be nil: then nothing is handed over that must be a copy.
	Copies Copies
}

// Room keeps the disclosures. It is safe for concurrent use.
type Room struct{ c Config }

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Open begins a disclosure: nothing is made by it, whoever can say yes is told
// that it waits. What the law is against is kept too, with why, and comes back
// as a Disclosure in the state Refused and no error.
func (r *Room) Open(_ context.Context, _ Draft, _ Who) (d Disclosure, err error) {
	return d, fault.New(fault.Unavailable, "disclosure.closed", "not yet")
}
