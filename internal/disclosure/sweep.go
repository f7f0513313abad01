package disclosure

import (
	"context"
	"errors"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
)

// limit is until when our own copy of a disclosure's package may be there: as
// long as the footage that it is of (H 5.2: exports are held to the same
// limits), that is until the first of its minutes is past its time, or until the
// end of an evidence lock that stands on all of them. What was handed over has
// the recipient's own limit.
func (r *Room) limit(ctx context.Context, d Disclosure) (limit time.Time, err error) {
	if rule, _ := d.Kind.Rule(); rule.Copy {
		if r.c.Copies == nil {
			return limit, fault.New(fault.Unavailable, "disclosure.copies", "there are no anonymised copies")
		}
		c, err := r.c.Copies.Copy(ctx, d.Controller, d.Copy)
		if err == nil && c.Until.IsZero() {
			err = fault.New(fault.Unavailable, "disclosure.source", "it is not known until when copy %s is kept", c.Number)
		}
		return c.Until, err
	}
	locks, err := r.c.Holds.OfIncident(ctx, d.Controller, d.Incident)
	if err != nil {
		return limit, err
	}
	for _, camera := range d.Cameras {
		until, err := r.retained(ctx, camera, d.From)
		if err != nil {
			return limit, err
		}
		for _, h := range locks {
			if h.State(r.c.Clock.Now()) == hold.Standing && contains(h.Cameras, camera) && !h.From.After(d.From) && !h.To.Before(d.To) && h.Ends().After(until) {
				until = h.Ends()
			}
		}
		if limit.IsZero() || until.Before(limit) {
			limit = until
		}
	}
	return limit, nil
}

// retained is until when footage of a moment is kept without a lock, by the
// permit that stands; without one, by the law's own limit.
func (r *Room) retained(ctx context.Context, camera string, at time.Time) (time.Time, error) {
	longest := permit.LongestRetention - permit.RetentionMargin
	rec, err := r.c.Issuer.Standing(ctx, camera, "main")
	if fault.Is(err, fault.NotFound) {
		return at.Add(longest), nil
	}
	if err != nil {
		return at, err
	}
	st, err := rec.Statement()
	if err != nil {
		return at, err
	}
	if p, ok := st.(*permit.Permit); ok {
		longest = min(longest, time.Duration(p.RetentionHours)*time.Hour)
	}
	return at.Add(longest), nil
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// Ends is until when our copy of the package is there, as it looks now.
func (r *Room) Ends(ctx context.Context, d Disclosure) (time.Time, error) {
	until, err := r.limit(ctx, d)
	if p := d.Package(); err == nil && !p.Until.IsZero() && p.Until.Before(until) {
		until = p.Until
	}
	return until, err
}

// Tick deletes the packages whose time has come.
func (r *Room) Tick(ctx context.Context) error {
	if !r.Makes() {
		return nil
	}
	all, err := r.kept(ctx)
	if err != nil {
		return err
	}
	now := r.c.Clock.Now()
	var wrong []error
	for _, d := range all {
		until, err := r.limit(ctx, d)
		switch {
		case fault.Is(err, fault.NotFound): // the copy that it is of is gone
			until = now
		case err != nil:
			wrong = append(wrong, err)
		}
		switch {
		case !now.Before(d.Package().Until):
			_, err = r.drop(ctx, d, WhyAge, "", d.system())
		case !until.IsZero() && !now.Before(until):
			_, err = r.drop(ctx, d, WhySource, "", d.system())
		default:
			continue
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// Delete deletes our own copy of a package before its time, and says why.
func (r *Room) Delete(ctx context.Context, id, reason string, who Who) (Disclosure, error) {
	d, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return d, err
	}
	if err := d.in(r.c.Clock.Now(), HandedOut); err != nil {
		return d, r.denied(ctx, "delete", d, who, err)
	}
	return r.drop(ctx, d, WhyOwn, reason, who)
}

// drop deletes our copy of the package, then says so: a crash between the two
// deletes nothing twice and forgets nothing.
func (r *Room) drop(ctx context.Context, d Disclosure, why Why, reason string, who Who) (Disclosure, error) {
	p := d.Package()
	if p.ID == "" || !p.Gone.IsZero() {
		return d, nil
	}
	if err := r.remove(p.ID); err != nil {
		return d, err
	}
	r.forget(p.ID)
	a, err := r.finder().Around(ctx, d.asked())
	if err != nil {
		return d, err
	}
	return r.change(ctx, "drop", d.ID, who, func(tx *db.Tx, d Disclosure, now time.Time) (Disclosure, error) {
		last := &d.Packages[len(d.Packages)-1]
		if last.ID != p.ID || !last.Gone.IsZero() {
			return d, nil
		}
		last.Gone, last.GoneWhy = now, why
		if err := r.enter(ctx, tx, "disclosure.deleted", d, who, map[string]any{"package": p.ID, "why": string(why), "reason": reason, "bytes": p.Size()}); err != nil {
			return d, err
		}
		if d.State(now) != Gone || why == WhyLost {
			return d, nil
		}
		return d, r.tell(ctx, tx, tellUnsigned, d, "-"+p.ID, []identity.Person{a.Asker})
	})
}
