package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/request"
)

// demoCopySpan is how much of a camera each copy of the demonstration is of:
// enough to know the empty room from the people in it.
const demoCopySpan = 16 * time.Second

// demoCopy is an anonymised copy of the demonstration, and how far it comes.
type demoCopy struct {
	kind   anonymised.Kind
	source string
	draft  anonymised.Draft
	who    anonymised.Who // makes it
	second anonymised.Who // answers for it; the zero Who leaves it in the editor
}

// demoCopies makes the copies of the demonstration, as people would: one in a
// dispute, finished and handed over, and one of a request, half way in the
// editor. It runs while the demonstration is looked at, and goes on where it was
// when that is opened again.
func (o *office) demoCopies(ctx context.Context) {
	for _, find := range []func(context.Context) (*demoCopy, error){o.copyOfDispute, o.copyOfRequest} {
		d, err := find(ctx)
		if err == nil && d != nil {
			err = o.demoCopy(ctx, d)
		}
		if err != nil && ctx.Err() == nil { // the machine may lack the program
			o.log.Warn("a copy of the demonstration is not made", slog.Any("err", err))
		}
	}
}

// copyist is a person of the demonstration who works on copies.
func (o *office) copyist(ctx context.Context, controller, login string) (anonymised.Who, error) {
	p, err := o.person(ctx, controller, login)
	return anonymised.Who{Controller: controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}, err
}

// copyOfDispute is of the lock in the fitness centre; nil when there is none.
func (o *office) copyOfDispute(ctx context.Context) (*demoCopy, error) {
	locks, err := o.portal.Holds().List(ctx, kadence)
	if err != nil {
		return nil, err
	}
	for _, h := range locks {
		if h.Reason != permit.HoldDispute || h.State(o.clock.Now()) != hold.Standing {
			continue
		}
		who, err := o.copyist(ctx, kadence, "amira")
		if err != nil {
			return nil, err
		}
		second, err := o.copyist(ctx, kadence, "lars")
		return &demoCopy{anonymised.OfLock, h.ID, anonymised.Draft{Camera: h.Cameras[0], From: h.From.Add(30 * time.Second), For: h.Whom, Looks: "Går hen ad gulvet foran maskinerne",
			Words: "I de sekunder ses, at hun går forbi og ikke rører maskinen."}, who, second}, err
	}
	return nil, nil
}

// copyOfRequest is of the request that is assessed at the school; nil when there
// is none.
func (o *office) copyOfRequest(ctx context.Context) (*demoCopy, error) {
	all, err := o.portal.Requests().List(ctx, lindeby)
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if q.Name == "Bo Kruse" && q.Open() && q.Right == request.Access {
			who, err := o.copyist(ctx, lindeby, "jonas")
			return &demoCopy{kind: anonymised.OfRequest, source: q.ID, who: who, draft: anonymised.Draft{Camera: "skole-indgang", From: q.From.Add(40 * time.Second), For: q.Name, Looks: q.Looks,
				Words: "I de sekunder går han forbi indgangen med hunden."}}, err
		}
	}
	return nil, nil
}

// demoCopy takes a copy from where it is to where it is to be.
func (o *office) demoCopy(ctx context.Context, d *demoCopy) error {
	room := o.portal.Copies()
	had, err := room.Of(ctx, d.who.Controller, d.source)
	if err != nil {
		return err
	}
	var c anonymised.Copy
	if len(had) > 0 {
		c = had[len(had)-1]
	} else {
		d.draft.To = d.draft.From.Add(demoCopySpan)
		if c, err = room.Begin(ctx, d.kind, d.source, d.draft, d.who); err != nil {
			return err
		}
	}
	for done := false; !done && err == nil; {
		if c, err = room.Get(ctx, d.who.Controller, c.ID); err == nil {
			done, err = o.copyStep(ctx, d, c)
		}
	}
	return err
}

// copyStep does the next thing with a copy, and says whether it was the last.
func (o *office) copyStep(ctx context.Context, d *demoCopy, c anonymised.Copy) (done bool, err error) {
	room := o.portal.Copies()
	switch c.State() {
	case anonymised.Waiting, anonymised.Finding, anonymised.Making:
		return false, clock.Sleep(ctx, o.clock, time.Second)
	case anonymised.Editing:
		if c.Engine.Revision == 0 {
			return false, o.keepOne(ctx, d, c)
		}
		if d.second.Person == "" {
			return true, nil
		}
		if _, err = room.Confirm(ctx, c.ID, c.Engine.Revision, c.Engine.Kept, d.who); err == nil {
			_, err = room.Cover(ctx, c.ID, d.who)
		}
		return false, err
	case anonymised.Made:
		_, err = room.Give(ctx, c.ID, d.who)
		return false, err
	case anonymised.Asked:
		return false, o.seeAll(ctx, d, c)
	case anonymised.Approved:
		return true, o.handOverCopy(ctx, d, c)
	}
	return true, nil // stopped, failed, given up or gone: its page says why
}

// keepOne says of the fragment that is longest in the picture that it is whom
// the copy is for; where nobody was found, somebody is drawn.
func (o *office) keepOne(ctx context.Context, d *demoCopy, c anonymised.Copy) error {
	b, err := o.portal.Copies().Findings(ctx, c, d.who)
	if err != nil {
		return err
	}
	p, err := anonymise.Read(b)
	if err != nil {
		return err
	}
	var list []anonymise.Correction
	long, id := 0, "h1"
	for _, f := range p.Findings.Fragments {
		if n := f.To() - f.From(); n > long {
			long, id = n, f.ID
		}
	}
	if long == 0 {
		list = append(list, anonymise.Correction{Act: anonymise.Draw, Fragment: id, To: c.Engine.Frames - 1, Box: &anonymise.Box{X: 4000, Y: 4500, W: 1500, H: 4500}})
	}
	list = append(list, anonymise.Correction{Act: anonymise.Judge, Fragment: id, Verdict: anonymise.Kept})
	if b, err = json.Marshal(list); err != nil {
		return err
	}
	_, err = o.portal.Copies().Correct(ctx, c.ID, c.Engine.Revision, b, d.who)
	return err
}

// seeAll is the second person seeing every second, and saying yes.
func (o *office) seeAll(ctx context.Context, d *demoCopy, c anonymised.Copy) error {
	room := o.portal.Copies()
	seen, err := room.Watch(ctx, c, d.second)
	for err == nil && seen.Left() > 0 {
		var left []int
		for n, had := range seen.Seconds {
			if !had {
				left = append(left, n)
			}
		}
		if err = clock.Sleep(ctx, o.clock, time.Second); err == nil {
			seen, err = room.See(ctx, c.ID, left, d.second)
		}
	}
	if err == nil {
		_, err = room.Decide(ctx, c.ID, true, "", c.Seal(), d.second)
	}
	return err
}

// handOverCopy hands an approved copy to whom it is for, unless it was.
func (o *office) handOverCopy(ctx context.Context, d *demoCopy, c anonymised.Copy) error {
	room, who := o.portal.Disclosures(), disclosure.Who(d.who)
	had, err := room.List(ctx, c.Controller)
	if err != nil {
		return err
	}
	for _, x := range had {
		if x.Copy == c.ID {
			return nil
		}
	}
	h, err := o.portal.Holds().Get(ctx, c.Controller, c.Source.ID)
	if err != nil {
		return err
	}
	if _, err := o.portal.Incidents().SayMinors(ctx, h.Incident, false, time.Time{}, "", incident.Who(d.who)); err != nil {
		return err
	}
	x, err := room.Open(ctx, disclosure.Draft{Kind: disclosure.ToOtherParty, Lock: h.ID, Copy: c.ID, Recipient: disclosure.Recipient{Name: c.For}, Words: "Hun har bedt om en kopi af det, som tvisten er om."}, who)
	if err != nil {
		return err
	}
	if x, err = room.Decide(ctx, x.ID, true, "", x.Seal(), disclosure.Who(d.second)); err != nil {
		return err
	}
	if x, err = o.packed(ctx, x); err != nil || x.Job.Why != "" {
		return err
	}
	if _, err := room.Show(ctx, x.ID, who); err != nil {
		return err
	}
	_, err = room.HandOver(ctx, x.ID, disclosure.Receipt{Medium: "usb", Serial: "SanDisk nr. 3", To: c.For, On: o.clock.Now(), Way: "phone", WayTo: "det nummer, hun har oplyst", WayBy: who.Name}, who)
	return err
}
