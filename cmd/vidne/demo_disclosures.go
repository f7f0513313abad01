package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/incident"
)

// How far the disclosures of the demonstration have come.
const (
	discloseHanded   = "handed"   // the police have the package, and signed for it
	discloseReady    = "ready"    // the package waits for its passphrase to be seen
	discloseDeclined = "declined" // the consent did not cover it
)

// demoDisclosure discloses half a minute of what an incident names.
func (o *office) demoDisclosure(ctx context.Context, i incident.Incident, far string, by incident.Who) error {
	room, who, s := o.portal.Disclosures(), disclosure.Who(by), i.Scope()
	x := disclosure.Draft{Kind: disclosure.ToPolice, Incident: i.ID, Cameras: s.Cameras[:1], From: s.From.Add(30 * time.Second), To: s.From.Add(time.Minute), Journal: "4100-70121-00398-26",
		Recipient: disclosure.Recipient{Name: "pa. Mette Ørsted", Station: "Lindeby Politistation", Authority: "Midt- og Vestjyllands Politi", Phone: "114"},
		Words:     "I det halve minut ses det, hvornår det skete, og hvem der var der."}
	if i.Police != "" {
		x.Journal = i.Police
	}
	if far == discloseDeclined {
		paper, err := o.papers.Add(ctx, document.New{Controller: i.Controller, Kind: disclosure.PaperKind, Name: "samtykke.txt", By: by.Person}, strings.NewReader("Jeg siger ja til, at forsikringen får optagelserne. Ida Holm\n"))
		if err != nil {
			return err
		}
		x.Kind, x.Consenter, x.Document, x.Read = disclosure.ByConsent, "Ida Holm", paper.ID, true
		x.Recipient, x.Words = disclosure.Recipient{Name: "Lindeby Forsikring"}, "Forsikringen vil se, at ruden blev knust udefra."
	}
	d, err := room.Open(ctx, x, who)
	if err != nil {
		return err
	}
	boss, err := o.person(ctx, i.Controller, "karen")
	if err != nil {
		return err
	}
	answer := ""
	if far == discloseDeclined {
		answer = "Der ses flere end Ida Holm, og de har ikke sagt ja."
	}
	if d, err = room.Decide(ctx, d.ID, answer == "", answer, d.Seal(), disclosure.Who{Controller: i.Controller, Person: boss.ID, Name: boss.Name, Address: "127.0.0.1"}); err != nil || answer != "" {
		return err
	}
	if d, err = o.packed(ctx, d); err != nil {
		return err
	}
	if d.Job.Why != "" { // it is shown as what went wrong
		o.log.Warn("the demonstration's package is not made", slog.String("disclosure", d.Number), slog.String("why", d.Job.Why))
		return nil
	}
	if far != discloseHanded {
		return nil
	}
	if _, err := room.Show(ctx, d.ID, who); err != nil {
		return err
	}
	_, err = room.HandOver(ctx, d.ID, disclosure.Receipt{Medium: "usb", Serial: "Kingston nr. 14", To: "pa. Mette Ørsted", Badge: "20417", On: o.clock.Now(), Way: "phone", WayTo: "114", WayBy: by.Name}, who)
	return err
}

// packed waits until a disclosure's package is made, or is not to be.
func (o *office) packed(ctx context.Context, d disclosure.Disclosure) (disclosure.Disclosure, error) {
	room := o.portal.Disclosures()
	for now := o.clock.Now(); d.State(now) == disclosure.Queued || d.State(now) == disclosure.Making; {
		made, err := room.Next(ctx) // beside the office's own round, which may be at it
		if err == nil && !made {
			err = clock.Sleep(ctx, o.clock, 100*time.Millisecond)
		}
		if err != nil {
			return d, err
		}
		if d, err = room.Get(ctx, d.Controller, d.ID); err != nil {
			return d, err
		}
	}
	return d, nil
}
