package main

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/sharing"
)

// demoRequests writes requests of registered persons down, unless they are
// there: one from the public page, one that is assessed, one that was refused.
func (o *office) demoRequests(ctx context.Context, now time.Time) error {
	room := o.portal.Requests()
	if had, err := room.List(ctx, lindeby); err != nil || len(had) > 0 {
		return err
	}
	p, err := o.person(ctx, lindeby, "karen")
	if err != nil {
		return err
	}
	karen := request.Who{Controller: lindeby, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}
	today := inDenmark(now)
	evening := time.Date(today.Year(), today.Month(), today.Day()-2, 0, 0, 0, 0, today.Location()).Add(seedStart).UTC()
	ask := func(who request.Who, how request.Way, name, contact, looks, words string) (request.Request, error) {
		return room.Receive(ctx, request.Intake{Right: request.Access, Received: now.Add(-26 * time.Hour), How: how, Name: name, Contact: contact, Lang: "da", Location: "lindeby-skole",
			From: evening, To: evening.Add(seedSpan), Looks: looks, Words: words, Cameras: []string{"skole-indgang"}}, who)
	}
	if _, err := ask(request.Who{Controller: lindeby, Name: "Vidne"}, request.PublicPage, "Ida Holm", "ida.holm@example.dk", "Rød jakke og en barnevogn", "Jeg vil gerne se de optagelser, jeg er på."); err != nil {
		return err
	}
	q, err := ask(karen, "mail", "Bo Kruse", "bo.kruse@example.dk", "Grøn hue, gik med en hund", "Må jeg få optagelserne af mig selv?")
	if err != nil {
		return err
	}
	if _, err := room.Identify(ctx, q.ID, "digital", "Skrev fra sin Digital Post", karen); err != nil {
		return err
	}
	if _, err := room.Assess(ctx, q.ID, request.Part{Camera: "skole-indgang", From: q.From, To: q.To, Outcome: request.Given}, karen); err != nil {
		return err
	}
	if q, err = ask(karen, "letter", "Per Lund", "Digital Post", "Blå frakke", "Jeg vil have alt fra den aften."); err != nil {
		return err
	}
	if _, err := room.Identify(ctx, q.ID, "no-doubt", "", karen); err != nil {
		return err
	}
	if _, err := room.Assess(ctx, q.ID, request.Part{Camera: "skole-indgang", From: q.From, To: q.To, Outcome: request.Refused, Ground: "public",
		Words: "I de minutter ses, hvor vagten gemmer nøglen til depotet, og det kan ikke dækkes uden at dække dig."}, karen); err != nil {
		return err
	}
	_, err = room.Answer(ctx, q.ID, request.Letter{Lang: "da", Title: "Svar på din anmodning (" + q.Number + ")", How: "Digital Post",
		Text:     "Kære Per Lund\n\nVi kan ikke give dig optagelserne. I de minutter ses, hvor vagten gemmer nøglen til depotet, og det kan ikke dækkes uden at dække dig. Grunden er databeskyttelseslovens § 22, stk. 2.",
		Guidance: "Du kan klage til Datatilsynet, Carl Jacobsens Vej 35, 2500 Valby, dt@datatilsynet.dk, datatilsynet.dk. Du kan også gå til domstolene (databeskyttelsesforordningens artikel 12, stk. 4, artikel 77 og artikel 79)."}, karen)
	return err
}

// demoSharing sets a closed system up in the fitness centre, and asks for
// something to be shared in it, unless it is there.
func (o *office) demoSharing(ctx context.Context, now time.Time) error {
	room := o.portal.Sharing()
	if had, err := room.Systems(ctx, kadence); err != nil || len(had) > 0 {
		return err
	}
	id := map[string]string{}
	for _, login := range []string{"lars", "sofie", "amira"} {
		p, err := o.person(ctx, kadence, login)
		if err != nil {
			return err
		}
		id[login] = p.ID
	}
	who := sharing.Who{Controller: kadence, Person: id["amira"], Name: "Amira Nielsen", Address: "127.0.0.1"}
	s, err := room.Save(ctx, sharing.System{Name: "Centrenes egen deling", Owner: "Lars Thomsen, sikkerhedskoordinator", Assessors: []sharing.Assessor{{Person: id["lars"], Qualification: "Sikkerhedskoordinator, uddannet i butikssikring"}},
		Members: []sharing.Member{{Person: id["sofie"]}}}, who)
	if err != nil {
		return err
	}
	all, err := o.portal.Incidents().List(ctx, incident.Query{Controller: kadence})
	if err != nil {
		return err
	}
	for _, i := range all {
		if !strings.HasPrefix(i.What, "Automat") || i.Scope().Version == 0 {
			continue
		}
		_, err := room.Ask(ctx, i.ID, sharing.Case{System: s.ID, Cameras: i.Scope().Cameras, From: i.Scope().From, To: i.Scope().To, Offence: "theft", Presume: "En mand bøjer fronten af automaten og tager pengene.",
			Grave: "Der blev taget omkring 6.000 kr., og automaten er ødelagt.", Reported: now, Journal: "4100-73112-00121-26", Reasons: "To andre centre har meldt om samme mand ved deres automater i denne uge.", Until: now.AddDate(0, 0, 14)}, who)
		return err
	}
	return nil
}
