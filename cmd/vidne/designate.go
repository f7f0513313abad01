package main

import (
	"context"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/register"
)

type designateCmd struct {
	Login      string `arg:"" help:"Brugernavn."`
	Location   string `arg:"" help:"Stedets korte navn."`
	Controller string `required:"" help:"Dataansvarlig (kort navn)."`
	Instructed string `required:"" help:"Hvornår personen er instrueret, såsom 2026-11-20."`
	By         string `required:"" help:"Hvem der udpeger."`
}

// Run lets a person look at a location's footage.
func (k *designateCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		when, err := time.Parse(time.DateOnly, k.Instructed)
		if err != nil {
			return fault.New(fault.Invalid, "config.date", "%q er ikke en dato, såsom 2026-11-20", k.Instructed)
		}
		people, err := o.people.People(ctx, k.Controller)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.Login != k.Login {
				continue
			}
			if _, err := o.register.Location(ctx, k.Controller, k.Location); err != nil {
				return err
			}
			d := register.Designation{Location: k.Location, Person: p.ID, Name: p.Name, Instructed: when, By: k.By}
			if err := o.register.Designate(ctx, d); err != nil {
				return err
			}
			return say("%s er udpeget til at se optagelser fra %s.", p.Name, k.Location)
		}
		return fault.New(fault.NotFound, "identity.none", "der er ingen bruger %s hos %s", k.Login, k.Controller)
	})
}
