package main

import (
	"context"
	"log/slog"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// person finds a user of a controller by login.
func (o *office) person(ctx context.Context, controller, login string) (identity.Person, error) {
	people, err := o.people.People(ctx, controller)
	if err != nil {
		return identity.Person{}, err
	}
	for _, p := range people {
		if p.Login == login {
			return p, nil
		}
	}
	return identity.Person{}, fault.New(fault.NotFound, "identity.none", "der er ingen bruger %s hos %s", login, controller)
}

type holdCmd struct {
	Login          string `arg:"" help:"Brugernavn."`
	Body           string `arg:"" help:"Instansen i sagsgangen, såsom it, dpo, owner."`
	Controller     string `required:"" help:"Dataansvarlig (kort navn)."`
	Administration string `help:"Kun for denne forvaltning."`
	Location       string `help:"Kun for dette sted."`
	By             string `required:"" help:"Hvem der har bestemt det."`
}

// Run lets a person act for a body of the cases' process.
func (k *holdCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		of, err := o.register.Controller(ctx, k.Controller)
		if err != nil {
			return err
		}
		process, err := o.cases.ProcessFor(of.Kind, "", o.clock.Now())
		if err != nil {
			return err
		}
		body, ok := process.Body(k.Body)
		if !ok || body.Scope == casework.ScopeCase {
			var known []string
			for _, b := range process.Bodies {
				if b.Scope != casework.ScopeCase {
					known = append(known, b.ID)
				}
			}
			return fault.New(fault.Invalid, "holder.body", "%s har ingen instans %q, som nogen kan varetage: vælg blandt %s", process.Name.DA, k.Body, strings.Join(known, ", "))
		}
		p, err := o.person(ctx, k.Controller, k.Login)
		if err != nil {
			return err
		}
		h := register.Holder{ID: string(permit.NewID()), Controller: k.Controller, Body: k.Body, Administration: k.Administration, Location: k.Location,
			Person: p.ID, Name: p.Name, By: k.By}
		if err := o.register.Hold(ctx, h); err != nil {
			return err
		}
		return say("%s varetager nu: %s.", p.Name, body.Name.DA)
	})
}
