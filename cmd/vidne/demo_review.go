package main

import (
	"context"
	"fmt"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/oversight"
)

// reviewWeeks is for how many weeks before the first evening the log was
// reviewed.
const reviewWeeks = 5

// fate is what becomes of an item of the demonstration.
type fate string

// The fates. A week's items take them in turn.
const (
	fateDone   fate = "done"   // justified at once
	fateHeard  fate = "heard"  // asked, answered, justified
	fateSilent fate = "silent" // asked, and no answer came
	fateSecond fate = "second" // unclear
	fateRaised fate = "raised" // unjustified, and nothing is done yet
	fateFollow fate = "follow" // unjustified, and followed up
	fateNone   fate = "none"   // nobody has looked at it
)

func demoFates(week int) []fate {
	return [reviewWeeks][]fate{
		{fateDone, fateHeard, fateDone, fateFollow, fateDone},
		{fateFollow, fateDone, fateNone, fateDone, fateHeard}, // one is late
		{fateDone, fateSecond, fateRaised, fateDone},
		{fateSilent, fateHeard, fateDone, fateSilent},
		{fateNone},
	}[week]
}

// demoWeek is what people did in each of those weeks, by weekday and time of
// day. What is only of some weeks says which.
func demoWeek(of string) []demoUse {
	at := func(h, m int) time.Duration { return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute }
	page := func(path string) map[string]any { return map[string]any{"act": "see-cases", "path": path} }
	if of == kadence {
		look := map[string]any{"camera": "fitness-sal", "location": "kadence-havnen", "purpose": "Et skab er brudt op.", "reference": "H-2026-001"}
		return []demoUse{
			{1, at(10, 20), "amira", "view.opened", look}, {1, at(10, 26), "amira", "view.opened", look}, {3, at(21, 40), "amira", "view.opened", look},
			{2, at(9, 0), "lars", "data.read", page("/sager")}, {4, at(13, 10), "lars", "data.searched", map[string]any{"path": "/soeg?q=reception", "terms": "reception"}},
			{4, at(8, 30), "sofie", "data.read", page("/haendelser")},
		}
	}
	look := func(camera, place, purpose, matter string) map[string]any {
		return map[string]any{"camera": camera, "location": place, "purpose": purpose, "reference": matter}
	}
	return []demoUse{
		{0, at(9, 12), "jonas", "view.opened", look("skole-indgang", "lindeby-skole", "Rude knust i hovedindgangen.", "H-2026-002")},
		{0, at(9, 20), "jonas", "view.opened", look("skole-hal", "lindeby-skole", "Rude knust i hovedindgangen.", "H-2026-002")},
		{1, at(8, 5), "karen", "data.read", page("/sager")}, {1, at(8, 20), "karen", "data.searched", map[string]any{"path": "/soeg?q=cykelskur", "terms": "cykelskur"}},
		{1, at(13, 30), "jonas", "access.refused", map[string]any{"act": "view", "why": "access.ground", "camera": "gaard-port", "location": "materielgaarden", "path": "/afspilning"}},
		{2, at(10, 45), "mette", "data.read", map[string]any{"act": "see-log", "path": "/tilsyn/log"}}, {2, at(14, 15), "rikke", "data.read", page("/sager")},
		{3, at(22, 10), "jonas", "view.opened", look("gaard-port", "materielgaarden", "Porten stod åben.", "")},
		{3, at(11, 2), "soeren", "access.refused", map[string]any{"act": "view", "why": "access.it", "path": "/afspilning"}},
		{4, at(12, 40), "karen", "data.exported", map[string]any{"path": "/kameraer?format=xlsx"}}, {4, at(9, 35), "birthe", "data.read", page("/haendelser")},
	}
}

// demoReview lets the log have been reviewed for some weeks before the first
// evening: by the room itself, under a clock of its own.
func (o *office) demoReview(ctx context.Context, first time.Time) error {
	day := inDenmark(first)
	monday := time.Date(day.Year(), day.Month(), day.Day()-(int(day.Weekday())+6)%7-7*reviewWeeks, 0, 0, 0, 0, day.Location())
	clk := clock.NewFake(monday.UTC())
	room, err := oversight.Open(ctx, oversight.Config{DB: o.db, Ledger: o.ledger, Uses: o.portal.Accesslog(), Clock: clk, People: o.people, Register: o.register, Rights: o.rights, Issuer: o.issuer, Log: o.log})
	if err != nil {
		return err
	}
	to := func(at time.Time) error {
		clk.Advance(at.Sub(clk.Now()))
		return room.Tick(ctx)
	}
	for week := range reviewWeeks {
		if err := to(monday.AddDate(0, 0, 7*week).Add(time.Minute)); err != nil {
			return err
		}
		if week == 1 {
			if err := o.demoPlant(ctx, room, clk.Now()); err != nil {
				return err
			}
		}
		for _, of := range []string{lindeby, kadence} {
			if err := o.demoDid(ctx, of, monday.AddDate(0, 0, 7*week)); err != nil {
				return err
			}
		}
		if err := to(monday.AddDate(0, 0, 7*(week+1)).Add(time.Minute)); err != nil {
			return err
		}
		for _, of := range []string{lindeby, kadence} {
			if err := o.demoReviewed(ctx, room, clk, of, demoFates(week)); err != nil {
				return fmt.Errorf("week %d of %s: %w", week, of, err)
			}
		}
	}
	return nil
}

// demoDid writes what people did in a week.
func (o *office) demoDid(ctx context.Context, of string, monday time.Time) error {
	people, err := o.people.People(ctx, of)
	if err != nil {
		return err
	}
	id := map[string][2]string{}
	for _, p := range people {
		id[p.Login] = [2]string{p.ID, p.Name}
	}
	var entries []ledger.New
	for _, u := range demoWeek(of) {
		when := monday.AddDate(0, 0, u.days).Add(u.clock).UTC()
		body := map[string]any{"controller": of, "person": id[u.who][0], "name": id[u.who][1], "address": "10.20.4.17"}
		for k, v := range u.more {
			body[k] = v
		}
		if u.kind == "view.opened" {
			body["from"], body["to"] = when.Add(-30*time.Hour), when.Add(-30*time.Hour+20*time.Minute)
		}
		entries = append(entries, ledger.New{At: when, Kind: u.kind, Body: body})
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := o.ledger.AppendAll(ctx, tx, entries)
		return err
	})
}

// demoPlant plants a look-up that the evening of that week is.
func (o *office) demoPlant(ctx context.Context, room *oversight.Room, now time.Time) error {
	jonas, err := o.person(ctx, lindeby, "jonas")
	if err != nil {
		return err
	}
	mette, err := o.person(ctx, lindeby, "mette")
	if err != nil {
		return err
	}
	_, err = room.Plant(ctx, oversight.Plant{Person: jonas.ID, Since: now, Until: now.Add(7*24*time.Hour - time.Hour), Mark: "gaard-port", What: "Jonas ser optagelser fra porten en aften uden sag. Reglerne bør finde det."},
		oversight.Who{Controller: lindeby, Person: mette.ID, Name: mette.Name, Address: "10.20.4.19"})
	return err
}

// demoReviewed lets the reviewers have come as far with a period's items as
// their fates say. Unjustified are the evenings without a case.
func (o *office) demoReviewed(ctx context.Context, room *oversight.Room, clk *clock.Fake, of string, fates []fate) error {
	periods, err := room.Periods(ctx, of)
	if err != nil {
		return err
	}
	items, err := room.Of(ctx, of, periods[1].ID)
	if err != nil {
		return err
	}
	n := 0
	for _, i := range items {
		if i.Reviewer == "" {
			continue // there is nobody who may
		}
		what := fates[n%len(fates)]
		n++
		if i.Plant != "" {
			what = fateFollow
		}
		if err := o.demoFate(ctx, room, clk, i, what); err != nil {
			return err
		}
	}
	return nil
}

// demoFate takes one item as far as its fate says.
func (o *office) demoFate(ctx context.Context, room *oversight.Room, clk *clock.Fake, i oversight.Item, what fate) (err error) {
	reviewer := oversight.Who{Controller: i.Controller, Person: i.Reviewer, Name: i.ReviewerName, Address: "10.20.4.18"}
	user := oversight.Who{Controller: i.Controller, Person: i.Person, Name: i.Name, Address: "10.20.4.17"}
	do := func(step func() error) {
		if err == nil {
			clk.Advance(time.Minute)
			err = step()
		}
	}
	judge := func(v oversight.Verdict, reason string) {
		do(func() error { _, err := room.Judge(ctx, i.ID, v, reason, reviewer); return err })
	}
	heard := func(answer string) {
		do(func() error {
			_, err := room.Ask(ctx, i.ID, "Hvorfor var det nødvendigt at lave opslaget, og hvad førte det til?", reviewer)
			return err
		})
		if answer != "" {
			do(func() error { _, err := room.Answer(ctx, i.ID, answer, user); return err })
		}
	}
	switch what {
	case fateNone:
	case fateDone:
		judge(oversight.Justified, "Opslaget passer med sagen og med personens opgaver.")
	case fateHeard:
		heard("Pedellen ringede, fordi der var uro på stedet. Jeg noterede det på hændelsen bagefter.")
		judge(oversight.Justified, "Svaret passer med hændelsen.")
	case fateSilent:
		heard("")
	case fateSecond:
		heard("Jeg husker det ikke præcist.")
		judge(oversight.Unclear, "Svaret siger ikke, hvad opslaget skulle bruges til.")
	case fateRaised:
		heard("Jeg var nysgerrig.")
		judge(oversight.Unjustified, "Der var ikke noget arbejde, der krævede opslaget.")
	case fateFollow:
		heard("Jeg ville bare se, om porten var lukket.")
		judge(oversight.Unjustified, "Der var ingen hændelse, og porten ses på stedet.")
		do(func() error {
			leader, err := o.demoLeader(ctx, i)
			if err == nil {
				_, err = room.Follow(ctx, i.ID, "Samtale med medarbejderen. Instruktionen er gennemgået igen. Ikke et brud, der skal anmeldes.", leader)
			}
			return err
		})
	}
	return err
}

// demoLeader is somebody who answers for what an item is of.
func (o *office) demoLeader(ctx context.Context, i oversight.Item) (oversight.Who, error) {
	leads, err := o.portal.Review().Leads(ctx, i)
	if err != nil || len(leads) == 0 {
		return oversight.Who{}, err
	}
	p, err := o.people.Person(ctx, leads[0])
	return oversight.Who{Controller: i.Controller, Person: p.ID, Name: p.Name, Address: "10.20.4.20"}, err
}

// demoReviewToday leaves questions that wait, an answer that came, a planted
// look-up to come, and a sample that an inspector drew, unless they are there.
func (o *office) demoReviewToday(ctx context.Context, now time.Time) error {
	room := o.portal.Review()
	if had, err := room.Samples(ctx, lindeby); err != nil || len(had) > 0 {
		return err
	}
	for _, of := range []string{lindeby, kadence} {
		items, err := room.Items(ctx, of, now)
		if err != nil {
			return err
		}
		asked := 0
		for _, i := range items {
			if i.State(now) != oversight.New || i.Reviewer == "" || i.Person == "" || i.Late(now) || asked == 2 {
				continue
			}
			if _, err := room.Ask(ctx, i.ID, "Hvorfor var det nødvendigt at lave opslaget?", oversight.Who{Controller: of, Person: i.Reviewer, Name: i.ReviewerName, Address: "10.20.4.18"}); err != nil {
				return err
			}
			if asked++; asked == 2 {
				if _, err := room.Answer(ctx, i.ID, "Det var led i den sag, som står på hændelsen.", oversight.Who{Controller: of, Person: i.Person, Name: i.Name, Address: "10.20.4.17"}); err != nil {
					return err
				}
			}
		}
	}
	mette, err := o.person(ctx, lindeby, "mette")
	if err != nil {
		return err
	}
	who := oversight.Who{Controller: lindeby, Person: mette.ID, Name: mette.Name, Address: "10.20.4.19"}
	jonas, err := o.person(ctx, lindeby, "jonas")
	if err != nil {
		return err
	}
	if _, err := room.Plant(ctx, oversight.Plant{Person: jonas.ID, Since: o.clock.Now(), Until: o.clock.Now().Add(5 * 24 * time.Hour), Mark: "cykel", What: "Jonas søger på cykel en aften uden anledning."}, who); err != nil {
		return err
	}
	_, err = room.Inspect(ctx, oversight.Sample{Inspector: "Datatilsynet, j.nr. 2026-431-0117", Words: "grøn cykel tirsdag elleve", Kinds: accesslog.Words("footage still live evidence"), N: 10, Since: now.AddDate(0, -2, 0), Until: now}, who)
	return err
}
