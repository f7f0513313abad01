package main

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
)

// How far an incident of the demonstration has come after looking.
const (
	stepsNone    = iota
	stepsOthers  // who used the place was asked
	stepsMinors  // and the guardians of those who are seen were told
	stepsConsult // and the central leadership was consulted
	stepsHanded  // and the police have it
)

// The locks of the demonstration.
const (
	lockCrime    = "crime"    // stands
	lockAsked    = "asked"    // waits for a second person
	lockDispute  = "dispute"  // stands, and the person is not told yet
	lockReleased = "released" // the police have the footage
)

// demoLock locks what an incident names, as far as the demonstration wants it.
func (o *office) demoLock(ctx context.Context, i incident.Incident, kind, second string, who incident.Who) error {
	now, s := o.clock.Now(), i.Scope()
	const day = 24 * time.Hour
	t := hold.Terms{Cameras: s.Cameras[:1], From: s.From.Add(30 * time.Second), To: s.To, Reason: permit.HoldCrime, Reference: i.Police, Reported: i.Opened.Truncate(day),
		Words: "I de minutter ses det, hvornår det skete, og hvem der var der.", Review: now.Add(30 * day), Until: now.Add(120 * day)}
	if kind == lockDispute {
		t.Reason, t.Reference, t.Whom, t.Words = permit.HoldDispute, "Klage 26/1142", "Ida Holm", "Hun siger, at hun faldt på trappen. Trappen ses i de minutter."
		if i.Controller == kadence {
			t.Reference, t.Whom, t.Words = "Sag 26/0087", "Vibeke Storm", "Hun afviser, at det var hende, der væltede vægtene. Gulvet foran dem ses i de minutter."
		}
	}
	room := o.portal.Holds()
	h, err := room.Ask(ctx, i.ID, t, hold.Who(who))
	if err != nil || kind == lockAsked {
		return err
	}
	p, err := o.person(ctx, i.Controller, second)
	if err != nil {
		return err
	}
	if h, err = room.Decide(ctx, h.ID, true, "", h.Seal(), hold.Who{Controller: i.Controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}); err != nil || kind != lockReleased {
		return err
	}
	_, err = room.Release(ctx, h.ID, "Politiet har fået optagelserne og kvitteret for dem.", hold.Who(who))
	return err
}

// demoSteps takes an incident through the steps of H 7, as far as the
// demonstration wants it.
func (o *office) demoSteps(ctx context.Context, i incident.Incident, from, to int, who incident.Who) error {
	room, now := o.portal.Incidents(), o.clock.Now()
	acts := []func() error{
		func() error {
			_, err := room.AskOthers(ctx, i.ID, "Rengøringen og håndboldklubben", "De gik kl. 20.30, og da var alt, som det skulle være.", who)
			return err
		},
		func() error {
			_, err := room.SayMinors(ctx, i.ID, true, now, "Lederen ringede til forældrene, før andre fik noget at vide.", who)
			return err
		},
		func() error {
			_, err := room.Consult(ctx, i.ID, incident.Consultation{Done: incident.Done{Words: "Enige om, at politiet skal have optagelserne."}, With: "Direktøren for området", On: now}, who)
			return err
		},
		func() error {
			had, err := room.Get(ctx, i.Controller, i.ID)
			if err != nil {
				return err
			}
			if had.Steps.Handed.Is() { // the receipt of a package did it
				_, err := room.Talk(ctx, i.ID, "Forældre og elev var til samtale. De erstatter skaden.", who)
				return err
			}
			if _, err := room.HandOver(ctx, i.ID, incident.Handover{Police: "4100-70121-00398-26", To: "Vagthavende på stationen", Medium: "Krypteret usb-nøgle nr. 14", On: now}, who); err != nil {
				return err
			}
			_, err = room.Talk(ctx, i.ID, "Forældre og elev var til samtale. De erstatter skaden.", who)
			return err
		},
	}
	if from >= to {
		return nil
	}
	for _, act := range acts[from:to] {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}
