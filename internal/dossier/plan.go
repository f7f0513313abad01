package dossier

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/register"
)

// Plan is what an approved case lets be surveilled, from its approval on: also
// while its cameras are not up yet.
type Plan struct {
	Case string
	// Cameras are those of the case as they were applied for, and Terms what each
	// is permitted, in the same order; of one that does not record, its basis.
	Cameras []casework.Wanted
	Terms   []casework.Term
	// Purpose, Tried and Necessity are what was applied with: what the
	// surveillance is for, what else was tried, and why that is not enough.
	Purpose, Necessity string
	Tried              []string
}

// Plans lists what a controller's running cases that are approved let be
// surveilled, by case.
func (r *Room) Plans(ctx context.Context, controller string) (all []Plan, err error) {
	defer fault.Wrap(&err, "dossier.Plans(%s)", controller)
	of, err := r.Register.Controller(ctx, controller)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		ids, err = db.All[string](ctx, tx, `SELECT id FROM cases WHERE controller = ? AND status IN (?, ?) ORDER BY id`, controller, string(casework.Open), string(casework.Established))
		return err
	})
	for _, id := range ids {
		p, ok, e := r.plan(ctx, of, id)
		if e != nil {
			return nil, e
		}
		if ok {
			all = append(all, p)
		}
	}
	return all, err
}

// plan is one of them; false: it is not approved, or what it rests on does not
// stand.
func (r *Room) plan(ctx context.Context, of register.Controller, id string) (p Plan, ok bool, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		ok = false
		k, err := r.load(ctx, tx, of.ID, id)
		if err != nil || k.Approved == 0 || !k.running() {
			return err
		}
		app, err := r.current(ctx, tx, k)
		if err != nil {
			return err
		}
		w := world{kind: of.Kind, rules: r.Law.At(r.now())}
		if w.orders, err = r.Register.OrdersIn(ctx, tx, of.ID); err != nil {
			return err
		}
		g, err := r.grounds(ctx, tx, k, app, &w, casework.Facts{}, r.now())
		if err != nil {
			return err
		}
		terms, why := k.process.Terms(k.Case, app, g)
		if len(why) > 0 {
			return nil
		}
		p, ok = Plan{Case: id}, true
		for _, c := range app.Cameras {
			t := casework.Term{Camera: c.Camera, Basis: g.Rulings[c.Camera].Basis.DA}
			if i := slices.IndexFunc(terms, func(t casework.Term) bool { return t.Camera == c.Camera }); i >= 0 {
				t = terms[i]
			}
			p.Cameras, p.Terms = append(p.Cameras, c), append(p.Terms, t)
		}
		said := func(means string) casework.Answer {
			f, ok := k.process.Meaning(means)
			if !ok {
				return casework.Answer{}
			}
			return app.Answers[f.ID]
		}
		p.Purpose, p.Necessity = said("purpose.text").Text, said("necessity").Text
		for _, r := range said("tried").Rows {
			p.Tried = append(p.Tried, strings.Trim(r["what"]+": "+r["outcome"], ": "))
		}
		return nil
	})
	return p, ok, err
}
