package disclosure

import (
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/evidence/fetch"
)

// FromEngine is the footage of an engine.
func FromEngine(client *engineapi.Client, clk clock.Clock) func(Orders) Source {
	return func(o Orders) Source {
		return &fetch.Footage{Client: client, Order: o, Clock: clk, Zone: clock.Denmark()}
	}
}
