package attack

import (
	"fmt"
	"strings"

	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/safeguards"
)

// keepOffice gives a controller what its office keeps: a breach, a guideline
// under review, a letter from Datatilsynet and a security description. The
// foreign one has a version more than home has.
func (s *site) keepOffice(c string, me identity.Person, o owned) {
	t, ctx := s.t, s.t.Context()
	file := func(kind string) string {
		d, err := s.rooms.Documents.Add(ctx, document.New{Controller: c, Kind: kind, Name: s.said(c, kind) + ".txt", By: me.ID}, strings.NewReader(s.said(c, "Kun for os")+"\n"))
		fatal(t, err)
		return d.ID
	}
	b, err := s.portal.Breaches().Report(ctx, breach.Call{Kind: breach.Lost, Finder: breach.Other, Location: c + "-skole", Words: s.said(c, "En nøgle med optagelser er væk.")}, breach.Who{Controller: c, Person: me.ID, Name: me.Name})
	fatal(t, err)
	rules := guideline.Who{Controller: c, Person: me.ID, Name: me.Name}
	_, err = s.portal.Guideline().Publish(ctx, guideline.New{Title: s.said(c, "Retningslinje"), Note: s.said(c, "Den første retningslinje."), Document: file(guideline.Kind), Decided: start, DecidedBy: s.said(c, "Byrådet")}, rules)
	fatal(t, err)
	x, err := s.portal.Guideline().Begin(ctx, guideline.Start{Cause: guideline.Causes()[1], Reason: s.said(c, "Vi er flyttet sammen."), Due: s.clk.Now().AddDate(0, 1, 0), Bodies: []string{s.said(c, "MED-udvalget")}}, rules)
	fatal(t, err)
	l, err := s.portal.Letters().Receive(ctx, letter.Intake{From: letter.Datatilsynet, Reference: s.said(c, "2026-431-0052"), Dated: start, Received: start, Subject: s.said(c, "Tv-overvågning"), Asks: s.said(c, "Hvor overvåges der?"),
		Due: s.clk.Now().AddDate(0, 0, 14), Document: file("authority-letter"), Answerer: me.ID}, letter.Who{Controller: c, Person: me.ID, Name: me.Name})
	fatal(t, err)
	with, err := s.register.Controller(ctx, c)
	fatal(t, err)
	for range map[string]int{home: 1, foreign: 2}[c] {
		v, err := s.portal.Described().Issue(ctx, with, s.said(c, "En udgave."), safeguards.Who{Controller: c, Person: me.ID, Name: me.Name})
		fatal(t, err)
		o["{udgave}"] = fmt.Sprint(v.Version.Version)
	}
	o["{brud}"], o["{gennemgang}"], o["{part}"], o["{brev}"] = b.ID, x.ID, x.Parties[0].ID, l.ID
}
