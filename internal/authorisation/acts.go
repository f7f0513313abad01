package authorisation

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// New is what somebody asks for.
type New struct {
	Controller  string
	Person      string // whom it is for
	Role        string
	Locations   []string
	From, Until time.Time
	Reason      string
	DeputyFor   string // a person whose right it stands in for, or empty
}

// Ask writes a form. What could never become a right is refused at once:
// fault.Invalid with a key of the field, and Denied for IT (H 4.1).
func (r *Room) Ask(ctx context.Context, n New, who Who) (f Form, err error) {
	t, err := r.Terms(ctx, n.Controller)
	if err != nil {
		return f, err
	}
	now := r.c.Clock.Now()
	if n, err = n.check(t, now); err != nil {
		return f, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := r.actor(ctx, tx, n.Controller, who, t.Approve)
		if err != nil {
			return err
		}
		who.Name = a.name
		p, err := r.receiver(ctx, tx, n)
		if err != nil {
			return err
		}
		f = Form{ID: newID(), Controller: n.Controller, Person: p.ID, Name: p.Name, Role: n.Role, Reason: n.Reason, FromAt: n.From, UntilAt: n.Until,
			ConfirmMonths: int64(t.ConfirmMonths), AskedBy: a.person, AskedName: a.name, AskedAt: now, Version: 1}
		if n.DeputyFor != "" {
			if err := r.deputy(ctx, tx, &f, n, now); err != nil {
				return err
			}
		}
		for _, l := range n.Locations {
			f.Lines = append(f.Lines, Line{Form: f.ID, Location: l})
		}
		if f.Number, err = db.One[int64](ctx, tx, `SELECT COALESCE(MAX(number), 0) + 1 FROM authorisations WHERE controller = ?`, n.Controller); err != nil {
			return err
		}
		if err := insert(ctx, tx, f); err != nil {
			return err
		}
		_, err = r.c.Ledger.Append(ctx, tx, now, "authorisation.asked", entry(f, who, map[string]any{"locations": n.Locations, "reason": f.Reason,
			"from": f.FromAt, "until": f.UntilAt, "deputy_for": f.DeputyFor}))
		return err
	})
	return f, err
}

// receiver checks whom a form is for and where.
func (r *Room) receiver(ctx context.Context, tx *db.Tx, n New) (p identity.Person, err error) {
	p, err = r.c.People.PersonIn(ctx, tx, n.Person)
	if fault.Is(err, fault.NotFound) || err == nil && (p.Closed || p.Controller != n.Controller) {
		return p, fault.New(fault.Invalid, "rights.nobody", "%s has no open account %.40q", n.Controller, n.Person)
	}
	if err != nil {
		return p, err
	}
	if slices.Contains(p.Roles, roleIT) {
		return p, fault.New(fault.Denied, "access.it", "%s is IT", p.ID)
	}
	places, err := r.c.Register.LocationsIn(ctx, tx, n.Controller)
	if err != nil {
		return p, err
	}
	for _, id := range n.Locations {
		known := false
		for _, l := range places {
			known = known || l.ID == id && l.Shut.IsZero()
		}
		if !known {
			return p, fault.New(fault.Invalid, "rights.locations", "%s has no open location %.40q", n.Controller, id)
		}
	}
	open, err := db.All[Form](ctx, tx, `SELECT * FROM authorisations WHERE person = ? AND role = ? AND ended_at = 0 AND until_at > ?`, n.Person, n.Role, r.c.Clock.Now())
	if err != nil {
		return p, err
	}
	for _, f := range open {
		if f, err = load(ctx, tx, n.Controller, f.ID); err != nil {
			return p, err
		}
		for _, l := range f.Lines {
			if slices.Contains(n.Locations, l.Location) && f.LineState(l, r.c.Clock.Now(), 0) == Asked {
				return p, fault.New(fault.Conflict, "rights.twice", "form %d asks for the same", f.Number)
			}
		}
	}
	return p, nil
}

// deputy checks that whoever is stood in for has the right at each location.
func (r *Room) deputy(ctx context.Context, tx *db.Tx, f *Form, n New, now time.Time) error {
	has, err := r.held(ctx, tx, n.DeputyFor, now)
	if err != nil {
		return err
	}
	for _, l := range n.Locations {
		if !slices.ContainsFunc(has, func(h Held) bool { return h.Role == n.Role && h.Location == l && h.DeputyFor == "" }) {
			return fault.New(fault.Invalid, "rights.deputy", "%s has no right at %s to stand in for", n.DeputyFor, l)
		}
	}
	of, err := r.c.People.PersonIn(ctx, tx, n.DeputyFor)
	f.DeputyFor, f.DeputyName = of.ID, of.Name
	return err
}

// change loads a form, lets f change it, saves it and enters it.
func (r *Room) change(ctx context.Context, controller, id string, who Who, kind string, do func(tx *db.Tx, f *Form, a actor, t casework.Rights, now time.Time) (map[string]any, error)) error {
	t, err := r.Terms(ctx, controller)
	if err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now := r.c.Clock.Now()
		a, err := r.actor(ctx, tx, controller, who, t.Approve)
		if err != nil {
			return err
		}
		f, err := load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		more, err := do(tx, &f, a, t, now)
		if err != nil {
			return err
		}
		if err := save(ctx, tx, f); err != nil {
			return err
		}
		who.Name = a.name
		_, err = r.c.Ledger.Append(ctx, tx, now, kind, entry(f, who, more))
		return err
	})
}

// Decide approves or refuses a form for one location (H 4.1: its management).
func (r *Room) Decide(ctx context.Context, controller, id, location string, approve bool, why string, who Who) error {
	kind := "authorisation.refused"
	if approve {
		kind = "authorisation.approved"
	}
	return r.change(ctx, controller, id, who, kind, func(tx *db.Tx, f *Form, a actor, t casework.Rights, now time.Time) (map[string]any, error) {
		l := f.line(location)
		if l == nil {
			return nil, fault.New(fault.NotFound, "rights.unknown", "form %s is not for %.40q", id, location)
		}
		if approve {
			if err := r.stillFit(ctx, tx, f); err != nil {
				return nil, err
			}
		}
		err := f.decide(l, a, approve, why, t, now)
		return map[string]any{"location": location, "why": l.Why}, err
	})
}

// stillFit refuses to go on with a form whose person became IT or left.
func (r *Room) stillFit(ctx context.Context, tx *db.Tx, f *Form) error {
	p, err := r.c.People.PersonIn(ctx, tx, f.Person)
	switch {
	case err != nil:
		return err
	case p.Closed:
		return fault.New(fault.Conflict, "rights.nobody", "%s has no open account", f.Person)
	case slices.Contains(p.Roles, roleIT):
		return fault.New(fault.Denied, "access.it", "%s is IT", f.Person)
	}
	return nil
}

// CarryOut is IT giving what was approved.
func (r *Room) CarryOut(ctx context.Context, controller, id string, who Who) error {
	return r.change(ctx, controller, id, who, "authorisation.carried-out", func(tx *db.Tx, f *Form, a actor, t casework.Rights, now time.Time) (map[string]any, error) {
		if err := r.stillFit(ctx, tx, f); err != nil {
			return nil, err
		}
		return map[string]any{"locations": f.Locations(now, 0, Approved)}, f.carryOut(a, t, now)
	})
}

// Read is the person confirming that this version of the instruction, the
// newest, was read and understood.
func (r *Room) Read(ctx context.Context, controller, id string, version int64, who Who) error {
	return r.change(ctx, controller, id, who, "authorisation.read", func(tx *db.Tx, f *Form, a actor, _ casework.Rights, now time.Time) (map[string]any, error) {
		newest, err := newestInstruction(ctx, tx, controller)
		if err != nil {
			return nil, err
		}
		if version != newest.Version {
			return nil, fault.New(fault.Conflict, "rights.newer", "version %d is not the newest, %d is", version, newest.Version)
		}
		return map[string]any{"version": version}, f.read(a, version, now)
	})
}

// Ref is one location of one form.
type Ref struct{ Form, Location string }

// Confirm stands by rights for another half year: all of them, or none.
func (r *Room) Confirm(ctx context.Context, controller string, list []Ref, who Who) error {
	t, err := r.Terms(ctx, controller)
	if err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now := r.c.Clock.Now()
		a, err := r.actor(ctx, tx, controller, who, t.Approve)
		if err != nil {
			return err
		}
		who.Name = a.name
		for _, x := range list {
			f, err := load(ctx, tx, controller, x.Form)
			if err != nil {
				return err
			}
			l := f.line(x.Location)
			if l == nil {
				return fault.New(fault.NotFound, "rights.unknown", "form %s is not for %.40q", x.Form, x.Location)
			}
			if err := f.confirm(l, a, t, now); err != nil {
				return err
			}
			if err := save(ctx, tx, f); err != nil {
				return err
			}
			if _, err := r.c.Ledger.Append(ctx, tx, now, "authorisation.confirmed", entry(f, who, map[string]any{"location": x.Location, "until": f.ConfirmBy(*l)})); err != nil {
				return err
			}
		}
		return nil
	})
}

// End takes a right away at once, or an ask back.
func (r *Room) End(ctx context.Context, controller, id, why string, who Who) error {
	return r.change(ctx, controller, id, who, "authorisation.ended", func(_ *db.Tx, f *Form, a actor, _ casework.Rights, now time.Time) (map[string]any, error) {
		err := f.end(a, why, now)
		return map[string]any{"why": f.EndedWhy}, err
	})
}

// closed ends everything of an account that closes, in its transaction.
func (r *Room) closed(ctx context.Context, tx *db.Tx, p identity.Person, at time.Time, by string) error {
	ids, err := db.All[string](ctx, tx, `SELECT id FROM authorisations WHERE person = ? AND ended_at = 0 AND until_at > ? ORDER BY number`, p.ID, at)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f, err := load(ctx, tx, p.Controller, id)
		if err != nil {
			return err
		}
		if f.State(at, 0).Over() {
			continue
		}
		f.EndedWhy, f.EndedAt = "account.closed", at
		if err := save(ctx, tx, f); err != nil {
			return err
		}
		if _, err := r.c.Ledger.Append(ctx, tx, at, "authorisation.withdrawn", entry(f, Who{Person: by}, nil)); err != nil {
			return err
		}
	}
	return nil
}
