package main

import (
	"context"
	"fmt"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
)

// demoIncident is an incident of the demonstration, and how far it has come.
type demoIncident struct {
	login, location   string
	what, spot, other string
	days              int // ago; that evening's minutes are in the archive
	crime             incident.Crime
	rests, police     string
	need              string
	cameras           []string
	wider             []string // more cameras, named later
	marks             []string // what is seen, each half a minute after the one before
	lifts             string   // why the police need what a mask covers; asked for, not answered
	looks             bool     // the person has a grant to look now
	steps             int      // of H 7 after looking
	locks             []string // kinds, of what it names
	discloses         []string // how far each has come, of what it names
	outcome           string   // closed
}

// coordinator answers for what others ask for.
var coordinator = map[string]string{lindeby: "karen", kadence: "lars"}

// demoIncidents are in the order in which they are recorded: one at least in
// each state, at both controllers.
func demoIncidents() []demoIncident {
	const yes, perhaps = incident.CrimeEstablished, incident.CrimePresumed
	return []demoIncident{
		{login: "jonas", location: "lindeby-skole", what: "Graffiti på gavlen ved idrætshallen", spot: "Gangen til redskabsrummet", days: 5, crime: yes, rests: "Malingen var våd, da pedellen kom",
			need: "Vi skal kunne sige politiet, hvornår det skete.", cameras: []string{"skole-hal"}, steps: stepsHanded, locks: []string{lockReleased}, discloses: []string{discloseHanded}, outcome: "Politiet har optagelserne, og der er talt med forældrene."},
		{login: "jonas", location: "lindeby-skole", what: "Rude knust i hovedindgangen", spot: "Hovedindgangen", other: "Håndbold i hallen til kl. 20.30", days: 2, crime: yes, rests: "Pedellen fandt glasset og en sten på gulvet",
			police: "4100-70121-00417-26", need: "Vi skal kunne sige politiet, hvornår ruden blev knust, og hvor mange der var til stede.", cameras: []string{"skole-indgang"}, wider: []string{"skole-indgang", "skole-hal"}, looks: true, steps: stepsConsult, locks: []string{lockCrime, lockAsked}, discloses: []string{discloseReady, discloseDeclined}},
		{login: "jonas", location: "lindeby-skole", what: "En besøgende faldt på trappen ved hallen og klager", spot: "Trappen ved redskabsrummet", days: 4, crime: incident.CrimeNone, rests: "Hun gled på et vådt trin, og ingen skubbede hende",
			need: "Vi skal kunne behandle klagen over, at trappen var våd.", cameras: []string{"skole-hal"}, steps: stepsOthers, locks: []string{lockDispute}},
		{login: "jonas", location: "materielgaarden", what: "Porten stod åben i morges", spot: "Porten mod Industrivej", days: 1, crime: perhaps, rests: "Låsen var ikke brudt, og ingen har åbnet den"},
		{login: "jonas", location: "materielgaarden", what: "Diesel tappet af lastbilen", spot: "Ved tankanlægget", days: 3, crime: yes, rests: "Tanken er tømt, og slangen er skåret over",
			police: "4100-70121-00436-26", need: "Vi skal se, hvem der kørte ind til tanken, og hvornår.", cameras: []string{"gaard-port"}, looks: true,
			lifts: "En af dem går om bag bilerne og ind i naboens have med en dunk."},
		{login: "jonas", location: "lindeby-skole", what: "En elev mangler sin cykel", spot: "Cykelskuret", days: 1},
		{login: "jonas", location: "lindeby-skole", what: "Indbrud i depotet ved hallen", spot: "Depotet mod skolegården", days: 3, crime: yes, rests: "Døren er brækket op, og en trækvogn mangler",
			police: "4100-70121-00441-26", need: "Vi skal følge dem over gården og se, hvor de gik hen.", cameras: []string{"skole-indgang", "skole-hal", "skole-cykler", "skole-gaard"}, looks: true,
			marks: []string{"To personer kommer over gården", "De går mod cykelskuret"}},
		{login: "amira", location: "kadence-havnen", what: "Skab brudt op i træningssalen", spot: "Skabene bag maskinerne", days: 4, crime: yes, rests: "Hængslet er brækket, og en pung er væk",
			police: "4100-73112-00098-26", need: "Vi skal se, hvem der var ved skabene, så det kan anmeldes.", cameras: []string{"fitness-sal"}, steps: stepsHanded, outcome: "Anmeldt til politiet, som har hentet optagelserne."},
		{login: "amira", location: "kadence-havnen", what: "Automat i træningssalen er brudt op", days: 1, crime: yes, rests: "Fronten er bøjet, og pengene er væk",
			need: "Vi skal se, hvornår automaten blev brudt op.", cameras: []string{"fitness-sal"}, steps: stepsConsult},
		{login: "amira", location: "kadence-havnen", what: "Et medlem savner sit ur", days: 2, crime: perhaps, rests: "Uret lå i et skab uden lås"},
		{login: "amira", location: "kadence-havnen", what: "Maskine ødelagt med vilje", days: 3, crime: yes, rests: "Kablet er skåret over med en kniv"},
		{login: "amira", location: "kadence-havnen", what: "Uenighed mellem to medlemmer", spot: "Foran maskinerne", days: 1, crime: incident.CrimeNone, rests: "Det ene medlem siger, at det andet væltede vægtene; ingen kom til skade",
			need: "Vi skal kunne behandle sagen mellem de to medlemmer.", cameras: []string{"fitness-sal"}, steps: stepsOthers, locks: []string{lockDispute}},
	}
}

// demoIncidents records them, unless they are there already.
func (o *office) demoIncidents(ctx context.Context, now time.Time) error {
	room := o.portal.Incidents()
	if had, err := room.List(ctx, incident.Query{Controller: lindeby}); err != nil || len(had) > 0 {
		return err
	}
	today := inDenmark(now)
	for _, d := range demoIncidents() {
		of := lindeby
		if d.location == "kadence-havnen" {
			of = kadence
		}
		p, err := o.person(ctx, of, d.login)
		if err != nil {
			return err
		}
		who := incident.Who{Controller: of, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}
		from := time.Date(today.Year(), today.Month(), today.Day()-d.days, 0, 0, 0, 0, today.Location()).Add(seedStart).UTC()
		if err := d.record(ctx, o, from, from.Add(seedSpan), who); err != nil {
			return fmt.Errorf("%s: %w", d.what, err)
		}
	}
	return nil
}

// record takes an incident as far as it has come.
func (d demoIncident) record(ctx context.Context, o *office, from, to time.Time, who incident.Who) error {
	room := o.portal.Incidents()
	i, err := room.Begin(ctx, d.location, incident.Account{What: d.what, Spot: d.spot, From: from, To: to, Others: d.other}, who)
	if err != nil || d.crime == incident.CrimeUnsaid {
		return err
	}
	if i, err = room.Assess(ctx, i.ID, incident.Assessment{Crime: d.crime, Rests: d.rests, Police: d.police}, who); err != nil || d.need == "" {
		return err
	}
	if i, err = room.Name(ctx, i.ID, incident.Wish{Need: d.need, Cameras: d.cameras, From: from, To: to}, who); err != nil {
		return err
	}
	if len(d.wider) > 0 {
		if i, err = room.Widen(ctx, i.ID, d.wider, from, to, "De løb gennem hallen; vi skal se, hvor de kom ud.", who); err != nil {
			return err
		}
	}
	if d.looks {
		if _, err := room.Look(ctx, i.ID, incident.Look{Cameras: d.cameras, From: from, To: to, Ground: access.GroundCrime}, who); err != nil {
			return err
		}
	}
	for n, words := range d.marks {
		at := from.Add(time.Duration(n+1) * 30 * time.Second)
		if _, err := room.Mark(ctx, i.ID, incident.Bookmark{Cameras: d.cameras[2*n%len(d.cameras):][:2], From: at, To: at.Add(12 * time.Second), Words: words}, who); err != nil {
			return err
		}
	}
	if d.lifts != "" {
		if _, err := o.portal.Masking().Ask(ctx, i.ID, masking.Terms{Cameras: d.cameras, From: from.Add(time.Minute), To: from.Add(2 * time.Minute), Journal: d.police, Words: d.lifts}, masking.Who(who)); err != nil {
			return err
		}
	}
	for _, kind := range d.locks {
		if err := o.demoLock(ctx, i, kind, coordinator[i.Controller], who); err != nil {
			return err
		}
	}
	if err := o.demoSteps(ctx, i, 0, min(d.steps, stepsConsult), who); err != nil {
		return err
	}
	for _, far := range d.discloses {
		if err := o.demoDisclosure(ctx, i, far, who); err != nil {
			return err
		}
	}
	if err := o.demoSteps(ctx, i, stepsConsult, d.steps, who); err != nil {
		return err
	}
	if d.outcome != "" {
		_, err = room.Close(ctx, i.ID, d.outcome, who)
	}
	return err
}
