package main

import (
	"context"

	"vidne.dk/vidne/internal/live"
)

// openLive opens the room of live view, which tells people by the outbox.
func (o *office) openLive(ctx context.Context) (err error) {
	o.live, err = live.Open(ctx, live.Config{
		DB: o.db, Ledger: o.ledger, Clock: o.clock, Issuer: o.issuer, Register: o.register, People: o.people, Engine: o.cfg.EngineID, Terms: o.cases.Live,
		Mail: o.letters,
	})
	return err
}
