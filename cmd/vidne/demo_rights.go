package main

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
)

// demoRights gives those who look their forms, and leaves some that wait: for
// the management, for IT, and for the person to read the instruction.
func (o *office) demoRights(ctx context.Context) error {
	rig := authorisationtest.Rig{Room: o.rights, People: o.people, Register: o.register, Clock: o.clock}
	id := map[string]string{}
	for _, m := range demoPeople() {
		p, err := o.person(ctx, m.Controller, m.Login)
		if err != nil {
			return err
		}
		id[m.Login] = p.ID
		if len(m.at) == 0 {
			continue
		}
		if _, err := rig.InForce(ctx, m.Controller, p.ID, m.at...); err != nil {
			return err
		}
	}
	who := func(login string) authorisation.Who { return authorisation.Who{Person: id[login]} }
	ask := func(login, reason, deputyFor string, days int) (authorisation.Form, error) {
		now := o.clock.Now()
		return o.rights.Ask(ctx, authorisation.New{Controller: lindeby, Person: id[login], Role: authorisation.Look, Locations: []string{"lindeby-skole"},
			From: now, Until: now.AddDate(0, 0, days), Reason: reason, DeputyFor: id[deputyFor]}, who("karen"))
	}
	_, err := ask("hanne", "Overtager gennemgangen af optagelser fra skolen efter sommer.", "", 365)
	if err != nil {
		return err
	}
	approved, err := ask("erik", "Sikrer kameravinkler og placering ved ombygningen af skolen.", "", 120)
	if err != nil {
		return err
	}
	deputy, err := ask("lone", "Stedfortræder for Jonas i hans ferie.", "jonas", 21)
	if err != nil {
		return err
	}
	for _, f := range []authorisation.Form{approved, deputy} {
		if err := o.rights.Decide(ctx, lindeby, f.ID, "lindeby-skole", true, "", who("birthe")); err != nil {
			return err
		}
	}
	if err := o.rights.CarryOut(ctx, lindeby, deputy.ID, who("soeren")); err != nil {
		return err
	}
	return o.demoStorage(ctx, who)
}

// demoStorage is who can get into the room where the discs are.
func (o *office) demoStorage(ctx context.Context, who func(string) authorisation.Who) error {
	for i, a := range []authorisation.Access{
		{Name: "Ida Mørk", Place: "Datacenter, rum 0.14", Need: "Drifter servere og diske og skifter defekte diske."},
		{Name: "Carl Toft", Firm: "Nordisk Køl A/S", Place: "Datacenter, rum 0.14", Need: "Efterser køleanlægget to gange om året, altid fulgt af it."},
	} {
		a.Controller = lindeby
		if i == 1 {
			a.UntilAt = o.clock.Now().Add(180 * 24 * time.Hour)
		}
		a, err := o.rights.AskStorage(ctx, a, who("karen"))
		if err != nil {
			return err
		}
		if i == 0 {
			if err := o.rights.DecideStorage(ctx, lindeby, a.ID, true, "Nødvendigt for driften.", who("soeren")); err != nil {
				return err
			}
		}
	}
	return nil
}
