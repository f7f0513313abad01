package disclosure

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
)

// check says what a receipt lacks: fault.Invalid disclosure.medium, .to, .on,
// .way, .way-by, .line.
func (x Receipt) check(made, now time.Time) error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "receipt: %s", key) }
	line := func(s string) bool { return incident.CheckText(s, 2, incident.LongLine) == nil }
	switch {
	case !slices.Contains(Media(), x.Medium):
		return bad("disclosure.medium")
	case !line(x.To):
		return bad("disclosure.to")
	case x.On.IsZero() || x.On.After(now) || x.On.Before(made.Truncate(time.Minute)):
		return bad("disclosure.on")
	case !slices.Contains(Ways(), x.Way):
		return bad("disclosure.way")
	case !line(x.WayTo):
		return bad("disclosure.way-to")
	case !line(x.WayBy):
		return bad("disclosure.way-by")
	}
	for _, s := range []string{x.Serial, x.Badge} {
		if incident.CheckText(s, 0, incident.LongLine) != nil {
			return bad("disclosure.line")
		}
	}
	return nil
}

// HandOver records that somebody received the package, and its passphrase by
// another way (H 5.2). To the police, the incident's last step is done by it, in
// the same transaction (H 7 no. 7); in a dispute, the lock's copy is.
func (r *Room) HandOver(ctx context.Context, id string, x Receipt, who Who) (Disclosure, error) {
	for _, s := range []*string{&x.Serial, &x.To, &x.Badge, &x.WayTo, &x.WayBy} {
		*s = strings.TrimSpace(*s)
	}
	before, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return before, err
	}
	if err := r.still(ctx, before); err != nil {
		return before, r.denied(ctx, "hand-over", before, who, err)
	}
	d, err := r.change(ctx, "hand-over", id, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, Ready, Gone); err != nil { // ours may have died meanwhile
			return d, err
		}
		p := d.Package()
		if p.Shown.IsZero() {
			return d, fault.New(fault.Conflict, "disclosure.not-shown", "nobody has the passphrase of %s", p.ID)
		}
		if err := x.check(p.Made, now); err != nil {
			return d, err
		}
		x.On, x.At, x.Name = x.On.UTC().Truncate(time.Microsecond), now, who.Name
		d.Receipt = &x
		if err := r.sign(ctx, tx, d); err != nil {
			return d, err
		}
		if d.Kind == ToPolice {
			if err := r.step(ctx, tx, d, who); err != nil {
				return d, err
			}
		}
		return d, r.enter(ctx, tx, "disclosure.handed", d, who, map[string]any{"package": p.ID, "medium": string(x.Medium), "to": x.To, "on": x.On,
			"way": string(x.Way), "way_by": x.WayBy, "journal": d.Journal, "document": x.Document})
	})
	if err != nil || d.Kind != ToOtherParty {
		return d, err
	}
	how := r.c.Packages.Words("da", "disclosure.paper.copy", d.Number, x.To)
	_, err = r.c.Holds.Copy(ctx, d.Lock, x.On, how, hold.Who(who))
	if fault.Is(err, fault.Conflict) { // a copy was given before
		err = nil
	}
	return d, err
}

// step does the incident's last step; a second export of the same leaves the
// first's as it is.
func (r *Room) step(ctx context.Context, tx *db.Tx, d Disclosure, who Who) error {
	i, err := r.c.Incidents.GetIn(ctx, tx, d.Controller, d.Incident)
	if err != nil || i.Steps.Handed.Is() || !i.Open() {
		return err
	}
	medium := r.c.Packages.Words("da", "disclosure.medium."+string(d.Receipt.Medium))
	if d.Receipt.Serial != "" {
		medium += " " + d.Receipt.Serial
	}
	_, err = r.c.Incidents.HandOverIn(ctx, tx, i.ID, incident.Handover{Police: d.Journal, To: d.Receipt.To, On: d.Receipt.On, Medium: medium}, incident.Who(who))
	return err
}

func (r *Room) sign(ctx context.Context, tx *db.Tx, d Disclosure) error {
	if d.Receipt.Document == "" {
		return nil
	}
	return r.keep(ctx, tx, d, d.Receipt.Document)
}

// Sign keeps the signed receipt (kvittering), once.
func (r *Room) Sign(ctx context.Context, id, document string, who Who) (Disclosure, error) {
	return r.change(ctx, "sign", id, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		if err := d.in(now, HandedOut); err != nil {
			return d, err
		}
		if d.Receipt.Document != "" || document == "" {
			return d, fault.New(fault.Conflict, "disclosure.signed", "disclosure %s", d.Number)
		}
		x := *d.Receipt
		x.Document = document
		d.Receipt = &x
		if err := r.sign(ctx, tx, d); err != nil {
			return d, err
		}
		return d, r.enter(ctx, tx, "disclosure.signed", d, who, map[string]any{"document": document})
	})
}
