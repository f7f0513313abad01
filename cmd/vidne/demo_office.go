package main

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/letter"
)

// demoOffice keeps both controllers' guidelines and what Datatilsynet wrote to
// them, unless they are there: the municipality's review has begun by itself and
// waits for one party, and one letter has nine days left; the fitness centre's
// guideline is reviewed and in its second version, and its letter is answered.
func (o *office) demoOffice(ctx context.Context, now time.Time) error {
	if had, err := o.portal.Letters().Of(ctx, lindeby); err != nil || len(had) > 0 {
		return err
	}
	for _, x := range []struct {
		controller, it, title, note, by string
		decided                         time.Time
	}{
		{lindeby, "soeren", "Retningslinje for tv-overvågning", "Slettefristen er sat ned til 14 dage, og it melder alle ændringer i POLCAM.", "Direktionen i Lindeby Kommune", now.AddDate(0, -11, 0)},
		{kadence, "peter", demoGuidelineTitle, "Centrets første retningslinje, skrevet da kameraerne i træningssalen kom til.", "Direktør Nadia Berg", now.AddDate(0, -3, 0)},
	} {
		p, err := o.person(ctx, x.controller, x.it)
		if err != nil {
			return err
		}
		doc, err := o.demoFile(ctx, p, guideline.Kind, x.title, "Formål\n\nTv-overvågningen skal forebygge og hjælpe med at opklare hærværk og indbrud og gøre medarbejdere trygge.\n\nOptagelser ses kun, når noget er sket, og kun af den, ledelsen har valgt.")
		if err != nil {
			return err
		}
		if _, err := o.portal.Guideline().Publish(ctx, guideline.New{Title: x.title, Note: x.note, Document: doc, Decided: x.decided, DecidedBy: x.by},
			guideline.Who{Controller: x.controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}); err != nil {
			return err
		}
	}
	if err := o.demoReviewOfGuideline(ctx); err != nil {
		return err
	}
	if err := o.demoSecondGuideline(ctx, now); err != nil {
		return err
	}
	return o.demoLetters(ctx, now)
}

const demoGuidelineTitle = "Retningslinje for tv-overvågning"

// demoSecondGuideline lets the fitness centre review its guideline, for something
// was missing in it, and gives it its second version.
func (o *office) demoSecondGuideline(ctx context.Context, now time.Time) error {
	room := o.portal.Guideline()
	lars, err := o.person(ctx, kadence, "lars")
	if err != nil {
		return err
	}
	peter, err := o.person(ctx, kadence, "peter")
	if err != nil {
		return err
	}
	who := func(p identity.Person) guideline.Who {
		return guideline.Who{Controller: kadence, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}
	}
	x, err := room.Begin(ctx, guideline.Start{Cause: guideline.Other, Reason: "Der står ikke, hvem der må se optagelser, når den daglige leder er væk.", Due: now.AddDate(0, 0, 14),
		People: []string{lars.ID}, Bodies: []string{"Medarbejderne i centret"}}, who(peter))
	if err != nil {
		return err
	}
	for _, p := range x.Parties {
		by, comment := lars, ""
		if p.Person == "" {
			by, comment = peter, "Der bør stå, hvor vi kan se, hvem der har set os."
		}
		if _, err := room.Answer(ctx, x.ID, p.ID, comment, p.Person == "", who(by)); err != nil {
			return err
		}
	}
	minutes, err := o.demoFile(ctx, peter, "guideline-minutes", "Referat af gennemgangen", "Lars og medarbejderne er hørt. Begge forslag er taget med.")
	if err != nil {
		return err
	}
	doc, err := o.demoFile(ctx, peter, guideline.Kind, demoGuidelineTitle, "Formål\n\nTv-overvågningen skal forebygge og hjælpe med at opklare hærværk og tyveri og gøre medlemmer og medarbejdere trygge.\n\n"+
		"Hvem må se optagelser\n\nOptagelser ses kun, når noget er sket, og kun af den, ledelsen har valgt. Er den daglige leder væk, er det stedfortræderen.\n\n"+
		"Åbenhed\n\nMedarbejdere kan spørge den daglige leder, hvornår der er set optagelser af dem, og få svar inden for en uge.")
	if err != nil {
		return err
	}
	_, err = room.Conclude(ctx, x.ID, guideline.End{Words: "To ting manglede og er skrevet ind: hvem der ser optagelser, når lederen er væk, og hvordan medarbejdere får at vide, at nogen har set dem.", Minutes: minutes,
		New: &guideline.New{Title: demoGuidelineTitle, Document: doc, Decided: now, DecidedBy: "Direktør Nadia Berg",
			Note: "Nyt: Stedfortræderen må se optagelser, når den daglige leder er væk.\nNyt: Medarbejdere kan få at vide, hvornår der er set optagelser af dem.\nUændret: formålet, og at der kun ses optagelser, når noget er sket."}}, who(peter))
	return err
}

// demoFile keeps a text among the documents.
func (o *office) demoFile(ctx context.Context, p identity.Person, kind, title, text string) (string, error) {
	d, err := o.papers.Add(ctx, document.New{Controller: p.Controller, Kind: kind, Name: title + ".txt", By: p.ID}, strings.NewReader(title+"\n\n"+text+"\n"))
	return d.ID, err
}

// demoReviewOfGuideline begins the review that the year begins, and lets all but
// the data protection officer answer.
func (o *office) demoReviewOfGuideline(ctx context.Context) error {
	room := o.portal.Guideline()
	if err := room.Tick(ctx); err != nil {
		return err
	}
	g, err := room.Of(ctx, lindeby)
	if err != nil {
		return err
	}
	x, ok := g.Running()
	if !ok {
		return nil
	}
	for _, p := range x.Parties {
		comment := ""
		switch p.Name {
		case "Mette Dahl":
			continue
		case "Erik Dam":
			comment = "Afsnit 2.2 bør nævne, at Kommunale Ejendomme skal med, før der trækkes kabler."
		}
		if _, err := room.Answer(ctx, x.ID, p.ID, comment, false, guideline.Who{Controller: lindeby, Person: p.Person, Name: p.Name, Address: "127.0.0.1"}); err != nil {
			return err
		}
	}
	return nil
}

func (o *office) demoLetters(ctx context.Context, now time.Time) error {
	room := o.portal.Letters()
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	write := func(controller, login string, received, due int, reference, subject, asks string) (letter.Letter, identity.Person, error) {
		p, err := o.person(ctx, controller, login)
		if err != nil {
			return letter.Letter{}, p, err
		}
		doc, err := o.demoFile(ctx, p, "authority-letter", subject, asks)
		if err != nil {
			return letter.Letter{}, p, err
		}
		l, err := room.Receive(ctx, letter.Intake{From: letter.Datatilsynet, Reference: reference, Dated: day(received - 1), Received: day(received), Subject: subject, Asks: asks, Due: day(due), Document: doc, Answerer: p.ID},
			letter.Who{Controller: controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"})
		return l, p, err
	}
	if _, _, err := write(lindeby, "mette", -12, 9, "2026-423-0117", "Tv-overvågning i Lindeby Kommune",
		"Hvilke steder overvåges, og med hvilket formål? Hvornår slettes optagelserne? Hvem har adgang til dem, og hvordan er medarbejderne oplyst?"); err != nil {
		return err
	}
	l, p, err := write(kadence, "lars", -40, -14, "2026-431-0052", "Tv-overvågning i fitnesscenteret", "Overvåges omklædningsrum? Er medlemmer og ansatte oplyst, og hvordan?")
	if err != nil {
		return err
	}
	answer, err := o.demoFile(ctx, p, "authority-answer", "Svar til Datatilsynet", "Omklædningsrum overvåges ikke. Medlemmer og ansatte er oplyst ved skilte, opslag og en skriftlig underretning.")
	if err != nil {
		return err
	}
	receipt, err := o.demoFile(ctx, p, "authority-receipt", "Kvittering fra Digital Post", "Afsendt og modtaget.")
	if err != nil {
		return err
	}
	_, err = room.Reply(ctx, l.ID, letter.Answer{Sent: day(-16), How: "Digital Post", Document: answer, Receipt: receipt}, letter.Who{Controller: kadence, Person: p.ID, Name: p.Name, Address: "127.0.0.1"})
	return err
}
