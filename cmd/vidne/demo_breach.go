package main

import (
	"bytes"
	"context"
	"time"

	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/web"
)

// breachWho is a person of the demonstration as the room of breaches knows them.
func (o *office) breachWho(ctx context.Context, controller, login string) (breach.Who, error) {
	p, err := o.person(ctx, controller, login)
	return breach.Who{Controller: controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}, err
}

// demoBreaches reports what went wrong, unless it is there: in the municipality a
// breach that was found by another 30 hours ago, and one that is closed; in the
// fitness centre the stop that is looked into.
func (o *office) demoBreaches(ctx context.Context, now time.Time) error {
	room := o.portal.Breaches()
	if had, err := room.List(ctx, lindeby); err != nil || len(had) > 0 {
		return err
	}
	who := map[string]breach.Who{}
	for login, controller := range map[string]string{"jonas": lindeby, "karen": lindeby, "sofie": kadence} {
		w, err := o.breachWho(ctx, controller, login)
		if err != nil {
			return err
		}
		who[login] = w
	}
	karen := who["karen"]
	old, err := room.Report(ctx, breach.Call{Kind: breach.Lost, Finder: breach.Other, Known: now.AddDate(0, 0, -40), Words: "En USB-nøgle til politiet blev glemt på kopimaskinen og fundet igen efter en time."}, karen)
	if err != nil {
		return err
	}
	if _, err := room.Tell(ctx, old.ID, breach.Contact{How: "phone", At: now.AddDate(0, 0, -40).Add(time.Hour), Words: "Nøglen er krypteret, og koden lå ikke ved."}, karen); err != nil {
		return err
	}
	if _, err := room.Judge(ctx, old.ID, breach.Judgement{Breach: true, Risk: breach.Unlikely, Words: "Nøglen er krypteret, koden var et andet sted, og ingen havde brugt den."}, karen); err != nil {
		return err
	}
	if _, err := room.Close(ctx, old.ID, "Nøgler lægges nu i skabet, til de hentes.", karen); err != nil {
		return err
	}
	known := now.Add(-30 * time.Hour)
	b, err := room.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Other, Location: "materielgaarden", Cameras: []string{"gaard-vaerksted"}, Since: known.Add(-4 * 24 * time.Hour), Known: known,
		Words: "Kameraet over port 3 er drejet, så det ser ind over hegnet i naboens have."}, who["jonas"])
	if err != nil {
		return err
	}
	if _, err := room.Tell(ctx, b.ID, breach.Contact{How: "phone", At: known.Add(2 * time.Hour), Words: "Vinklen rettes i dag, og risikoen vurderes bagefter."}, karen); err != nil {
		return err
	}
	_, err = room.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Owner, Location: "kadence-havnen", Cameras: []string{demoStopped}, Known: now.Add(-3 * time.Hour), Stop: true,
		Words: "Kameraet er drejet mod omklædningen efter ombygning."}, who["sofie"])
	return err
}

// demoPolcam decides which places stand in the police's register: one whose limit
// has passed, one that is registered with a change to tell of, one voluntarily.
func (o *office) demoPolcam(ctx context.Context, now time.Time) error {
	if had, _, err := o.register.Polcams(ctx, lindeby); err != nil || len(had) > 0 {
		return err
	}
	p, err := o.person(ctx, lindeby, "karen")
	if err != nil {
		return err
	}
	for _, x := range []register.Polcam{
		{Location: "lindeby-skole", Duty: register.PolcamVoluntary, Why: "Kameraerne ser skolens egne indgange. Kommunen registrerer alle kameraer.", Placement: "Hovedindgang, hal, cykelskur og gavl", Contact: "It-vagten"},
		{Location: "materielgaarden", Duty: register.PolcamRequired, Why: "Kameraet ved porten ser ud på Industrivej, hvor der er almindelig færdsel (§ 2 e, stk. 1).", Placement: "Port mod Industrivej", Contact: "It-vagten"},
	} {
		x.Controller, x.Phone, x.Email = lindeby, "99 99 99 00", "itvagt@lindeby.example"
		if err := o.register.SetPolcam(ctx, x, p.ID); err != nil {
			return err
		}
	}
	port, err := o.register.Camera(ctx, lindeby, "gaard-port")
	if err != nil {
		return err
	}
	if port.Commissioned.IsZero() {
		if err := o.db.Write(ctx, func(tx *db.Tx) error {
			return o.register.Commission(ctx, tx, lindeby, port.ID, now.AddDate(0, 0, -20), register.Mounted, p.ID)
		}); err != nil {
			return err
		}
	}
	school, _, err := o.register.Polcam(ctx, lindeby, "lindeby-skole")
	if err != nil {
		return err
	}
	receipt, err := o.polcamReceipt(ctx, now, p.ID)
	if err != nil {
		return err
	}
	if err := o.register.RegisterPolcam(ctx, lindeby, school.Location, school.Version, now.AddDate(0, 0, -5), receipt, p.ID); err != nil {
		return err
	}
	if school, _, err = o.register.Polcam(ctx, lindeby, "lindeby-skole"); err != nil {
		return err
	}
	school.Contact, school.Phone = "Vagten på rådhuset", "99 99 99 09"
	return o.register.SetPolcam(ctx, school, p.ID)
}

// polcamReceipt is what stands for the police's mail.
func (o *office) polcamReceipt(ctx context.Context, now time.Time, by string) (string, error) {
	var f paper.Fonts
	var err error
	if f.Regular, err = web.Font("Regular"); err != nil {
		return "", err
	}
	if f.Bold, err = web.Font("Bold"); err != nil {
		return "", err
	}
	doc := paper.Paper{Lang: "da", Title: "Kvittering fra politiet (eksempel)", Source: "Lindeby Kommune", Made: now, MadeText: inDenmark(now).Format("02.01.2006"), PageText: "Side {0} af {1}",
		Blocks: []paper.Block{paper.Paragraph{Text: "Registreringen af Skolevej 4, 9999 Lindeby er modtaget."}}}
	var b bytes.Buffer
	if err := doc.PDF(&b, f); err != nil {
		return "", err
	}
	d, err := o.papers.Add(ctx, document.New{Controller: lindeby, Kind: "polcam-receipt", Name: "kvittering.pdf", By: by, Accept: []document.Type{document.PDF}}, &b)
	return d.ID, err
}
