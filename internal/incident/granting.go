package incident

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
)

// Footage finds out under which permits a camera's interval was recorded, and
// what its basis is.
func (r *Room) Footage(ctx context.Context, controller, camera string, from, to time.Time) (Footage, error) {
	c, err := r.Register.Camera(ctx, controller, camera)
	if err != nil {
		return Footage{}, err
	}
	f := Footage{Camera: c.ID, Location: c.Location, Basis: c.BasisID}
	// The newest stand first: each was in force until the next was issued.
	all, err := r.Issuer.Records(ctx, issuer.Filter{Controller: controller, Camera: camera, Kinds: []permit.Kind{permit.KindPermit}})
	if err != nil {
		return Footage{}, err
	}
	var next time.Time
	for _, rec := range all {
		if rec.State == issuer.Refused {
			continue
		}
		s, err := rec.Statement()
		if err != nil {
			return Footage{}, err
		}
		p, ok := s.(*permit.Permit)
		if !ok {
			continue
		}
		end := p.ValidTo
		if !next.IsZero() && next.Before(end) {
			end = next
		}
		next = rec.Issued
		if !p.ValidFrom.Before(to) || !rec.Issued.Before(to) || !end.After(from) {
			continue
		}
		if !slices.Contains(f.Classes, p.Class) {
			f.Classes = append(f.Classes, p.Class)
		}
		if !slices.Contains(f.Cites, p.Basis) {
			f.Cites = append(f.Cites, p.Basis)
		}
	}
	return f, nil
}

// Look gives a person one grant to look at all of some cameras' interval, or
// says why not, as [Incident.MayLook] does of each. A grant that they have
// already and that covers it is given again, unless the ground is stated each
// time; a new one is for all that the incident names and that the ground lets
// be seen. Who is designated has been asked before.
func (r *Room) Look(ctx context.Context, id string, l Look, who Who) (g grant.Grant, err error) {
	l.Statement = tidy(l.Statement)
	now, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return g, err
	}
	if len(l.Cameras) == 0 {
		return g, now.denied("look.camera")
	}
	asked := make([]Footage, len(l.Cameras))
	for n, c := range l.Cameras {
		if asked[n], err = r.Footage(ctx, who.Controller, c, l.From, l.To); err != nil {
			return g, err
		}
	}
	wide, err := r.wide(ctx, now, l)
	if err != nil {
		return g, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		i, err := r.GetIn(ctx, tx, who.Controller, id) // it may have been closed meanwhile
		if err != nil {
			return err
		}
		for _, f := range asked {
			if err := i.MayLook(r.Law.At(r.Clock.Now()), f, l); err != nil {
				return err
			}
		}
		if !EachTime(l.Ground) {
			mine, err := r.Grants.InForceIn(ctx, tx, who.Person, i.ID)
			if err != nil {
				return err
			}
			for _, m := range mine {
				if m.Ground == l.Ground && r.carries(m, l, who) {
					g = m
					return nil
				}
			}
		}
		g = grant.Grant{Controller: i.Controller, Location: i.Location, Incident: i.ID, Number: i.Number, Person: who.Person, Name: who.Name,
			Ground: l.Ground, Purpose: i.Need, Statement: l.Statement, Cameras: l.Cameras, From: l.From, To: l.To}
		if !EachTime(l.Ground) {
			g.Statement = ""
			if s := i.Scope(); s.Version == now.Scope().Version && within(l.Cameras, wide) {
				g.Cameras, g.From, g.To = wide, s.From, s.To
			}
		}
		g, err = r.Grants.GiveIn(ctx, tx, g, who.by())
		return err
	})
	return g, err
}

// carries reports whether a grant covers all of a look.
func (r *Room) carries(g grant.Grant, l Look, who Who) bool {
	for _, c := range l.Cameras {
		if g.Allows(grant.Use{Controller: who.Controller, Person: who.Person, Camera: c, From: l.From, To: l.To, Now: r.Clock.Now()}) != nil {
			return false
		}
	}
	return true
}

// within reports whether all of some are among others.
func within(some, others []string) bool {
	return !slices.ContainsFunc(some, func(c string) bool { return !slices.Contains(others, c) })
}

// wide are the cameras of an incident whose whole interval may be looked at on
// the ground of a look.
func (r *Room) wide(ctx context.Context, i Incident, l Look) (out []string, err error) {
	if EachTime(l.Ground) {
		return nil, nil
	}
	s, rules := i.Scope(), r.Law.At(r.Clock.Now())
	for _, c := range s.Cameras {
		f, err := r.Footage(ctx, i.Controller, c, s.From, s.To)
		if err != nil {
			return nil, err
		}
		if i.MayLook(rules, f, Look{Cameras: []string{c}, From: s.From, To: s.To, Ground: l.Ground}) == nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// EndGrant ends one grant of an incident: the person's own, or one that
// somebody who may stop the cameras takes back.
func (r *Room) EndGrant(ctx context.Context, id, grantID string, who Who) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		i, err := r.GetIn(ctx, tx, who.Controller, id)
		if err != nil {
			return err
		}
		mine, err := r.Grants.InForceIn(ctx, tx, who.Person, i.ID)
		if err != nil {
			return err
		}
		why := grant.EndStopped
		if slices.ContainsFunc(mine, func(g grant.Grant) bool { return g.ID == grantID }) {
			why = grant.EndOwn
		}
		if grantID == "" {
			return fault.New(fault.NotFound, "grant.unknown", "no grant is named")
		}
		ended, err := r.Grants.EndIn(ctx, tx, grant.Which{ID: grantID, Incident: i.ID}, why, who.by())
		if err == nil && len(ended) == 0 {
			err = fault.New(fault.NotFound, "grant.unknown", "no grant %.40q in force in %s", grantID, i.Number)
		}
		return err
	})
}

// LogOut ends all grants of a person who says that they are done.
func (r *Room) LogOut(ctx context.Context, who Who) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := r.Grants.EndIn(ctx, tx, grant.Which{Person: who.Person}, grant.EndLogout, who.by())
		return err
	})
}
