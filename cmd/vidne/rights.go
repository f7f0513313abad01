package main

import (
	"context"
	"log/slog"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/portal/page"
)

// carryOutCmd is what IT may do about rights, and no more: give what the
// management of a place has approved (H 4.1). Nobody is designated from here.
type carryOutCmd struct {
	Number     int64  `arg:"" optional:"" help:"Skemaets nummer. Uden nummer vises de skemaer, der venter."`
	Controller string `required:"" help:"Dataansvarlig (kort navn)."`
	By         string `help:"Dit brugernavn. Kontoen skal have rollen it."`
}

// Run lists the forms that wait for IT, or carries one of them out.
func (k *carryOutCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		all, err := o.rights.List(ctx, authorisation.Query{Controller: k.Controller, Live: o.clock.Now()})
		if err != nil {
			return err
		}
		waiting := 0
		for _, f := range all {
			switch {
			case k.Number != 0 && f.Number == k.Number:
				return k.carryOut(ctx, o, f)
			case k.Number == 0 && f.State == authorisation.Approved:
				waiting++
				if err := say("%d  %s: %s (%s til %s)", f.Number, f.Name, f.Role, f.FromAt.In(page.Zone()).Format("2.1.2006"), f.UntilAt.In(page.Zone()).Format("2.1.2006")); err != nil {
					return err
				}
			}
		}
		if k.Number != 0 {
			return fault.New(fault.NotFound, "rights.unknown", "%s har intet autorisationsskema nr. %d", k.Controller, k.Number)
		}
		if waiting == 0 {
			return say("Ingen autorisationsskemaer venter på it.")
		}
		return nil
	})
}

func (k *carryOutCmd) carryOut(ctx context.Context, o *office, f authorisation.Standing) error {
	if k.By == "" {
		return fault.New(fault.Invalid, "config.by", "skriv dit brugernavn med --by")
	}
	p, err := o.person(ctx, k.Controller, k.By)
	if err != nil {
		return err
	}
	if err := o.rights.CarryOut(ctx, k.Controller, f.ID, authorisation.Who{Person: p.ID, Name: p.Name}); err != nil {
		return err
	}
	return say("Skema nr. %d er gennemført. Det gælder, når %s har læst og bekræftet instruktionen.", f.Number, f.Name)
}

// openRights opens the room of forms, which tells people by the outbox.
func (o *office) openRights(ctx context.Context) (err error) {
	o.rights, err = authorisation.Open(ctx, authorisation.Config{
		DB: o.db, Ledger: o.ledger, Clock: o.clock, Register: o.register, People: o.people, Terms: o.cases.Rights,
		Mail: o.letters,
	})
	return err
}
