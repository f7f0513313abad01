package main

import (
	"context"

	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// openLive opens the room of live view, which tells people by the outbox.
func (o *office) openLive(ctx context.Context) error {
	words, err := page.ReadCatalogue(web.Text())
	if err != nil {
		return err
	}
	o.live, err = live.Open(ctx, live.Config{
		DB: o.db, Ledger: o.ledger, Clock: o.clock, Issuer: o.issuer, Register: o.register, People: o.people, Engine: o.cfg.EngineID, Terms: o.cases.Live,
		Mail: &live.Mail{Notify: o.notify, BaseURL: o.cfg.BaseURL,
			Words: inLanguage(words)},
	})
	return err
}
