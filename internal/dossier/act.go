package dossier

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/plan"
)

// Act lets somebody do something to a case: the machine judges, and what it
// leads to, the journal, the ledger's entry, the revision that is frozen, and
// every permit and revocation are one transaction. What refuses it is in the
// error's chain as a [casework.Refusal]; "permit.other" is a camera that
// another running case holds.
//
// ActSend sends the draft, ActAdjust takes the draft for the change and finds
// the differences itself; an approval names in Revision the one that was
// looked at.
func (r *Room) Act(ctx context.Context, controller, id string, a casework.Act, who Who) (c casework.Case, events []casework.Event, err error) {
	defer fault.Wrap(&err, "dossier.Act(%s, %s)", id, a.Kind)
	if len(a.Remarks) > maxRemarks {
		return c, nil, fault.New(fault.Invalid, "case.long", "%d bytes of remarks", len(a.Remarks))
	}
	drawn, err := r.drawn(ctx, controller, id)
	if err != nil {
		return c, nil, err
	}
	app, w, err := r.before(ctx, controller, id, a.Kind, drawn)
	if err != nil {
		return c, nil, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		c, events, err = r.act(ctx, tx, controller, id, a, app, w, who)
		return err
	})
	if err != nil {
		return c, nil, err
	}
	r.Issuer.Wake()
	return c, events, nil
}

// writes says that an act takes the draft for its application.
func writes(kind casework.ActKind) bool {
	return kind == casework.ActSend || kind == casework.ActAdjust
}

// before reads what an act is about and what is known of its cameras, which
// the transaction then holds to be so.
func (r *Room) before(ctx context.Context, controller, id string, kind casework.ActKind, drawn []casework.DrawingUsed) (app casework.Application, w world, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		app, err = r.subject(ctx, tx, k, kind, drawn)
		return err
	})
	if err != nil {
		return app, w, err
	}
	w, err = r.look(ctx, controller, app, r.now())
	return app, w, err
}

// subject is the application that an act is about.
func (r *Room) subject(ctx context.Context, tx *db.Tx, k kept, kind casework.ActKind, drawn []casework.DrawingUsed) (casework.Application, error) {
	if !writes(kind) && k.Revision > 0 {
		return r.current(ctx, tx, k)
	}
	d, err := r.draft(ctx, tx, k.Case)
	d.Application.Drawings = drawn
	return d.Application, err
}

func (r *Room) act(ctx context.Context, tx *db.Tx, controller, id string, a casework.Act, seen casework.Application, w world, who Who) (casework.Case, []casework.Event, error) {
	now := r.now()
	none := casework.Case{}
	k, err := r.load(ctx, tx, controller, id)
	if err != nil {
		return none, nil, err
	}
	was := k.Case
	app, err := r.subject(ctx, tx, k, a.Kind, seen.Drawings)
	if err != nil {
		return none, nil, err
	}
	if !slices.Equal(cameraIDs(app), cameraIDs(seen)) {
		return none, nil, fault.New(fault.Conflict, "case.changed", "the application changed meanwhile")
	}
	f, err := r.facts(ctx, tx, k, app, &w, now)
	if err != nil {
		return none, nil, err
	}
	actor, err := r.actor(ctx, tx, k.Case, who)
	if err != nil {
		return none, nil, err
	}
	var writers []string
	if writes(a.Kind) {
		d, err := r.draft(ctx, tx, k.Case)
		if err != nil {
			return none, nil, err
		}
		// Whoever wrote in it decides nothing of it (H 2.4).
		writers = d.Writers
		k.Writers = union(k.Writers, writers)
	}
	if a.Kind == casework.ActAdjust {
		if a.Differences, err = r.differences(ctx, tx, k, app); err != nil {
			return none, nil, err
		}
	}
	if err := r.rests(ctx, tx, k.Case, a.Evidence); err != nil {
		return none, nil, err
	}
	var events []casework.Event
	if k.Case, events, err = k.process.Do(k.Case, f, a, actor, now); err != nil {
		return none, nil, err
	}
	if writes(a.Kind) {
		kind := RevisionSent
		if a.Kind == casework.ActAdjust {
			kind = RevisionAdjusted
		}
		if err := r.freeze(ctx, tx, k.Case, kind, app, writers, who); err != nil {
			return none, nil, err
		}
		for _, d := range app.Drawings {
			if _, err := r.Drawings.UseIn(ctx, tx, drawing.Of{Controller: controller, Case: id, ID: d.Drawing}, d.Version); err != nil {
				return none, nil, err
			}
		}
	}
	more, err := r.follow(ctx, tx, k, app, &w, f, events, who)
	if err != nil {
		return none, nil, err
	}
	events = append(events, more...)
	return k.Case, events, r.save(ctx, tx, k, was, app, events, string(a.Kind), who)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// rests keeps documents that a step rests on; they are the case's.
func (r *Room) rests(ctx context.Context, tx *db.Tx, c casework.Case, evidence []string) error {
	for _, id := range evidence {
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM case_documents WHERE controller = ? AND case_id = ? AND document = ? AND gone = 0`, c.Controller, c.ID, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Invalid, "document.unknown", "case %s has no document %.40q", c.ID, id)
		}
	}
	return r.Documents.Keep(ctx, tx, c.Controller, evidence...)
}

// follow carries out what events order: permits out, permits taken back.
func (r *Room) follow(ctx context.Context, tx *db.Tx, k kept, app casework.Application, w *world, f casework.Facts, events []casework.Event, who Who) (more []casework.Event, err error) {
	for _, e := range events {
		var said []casework.Event
		switch e.Kind {
		case casework.StepWasDone:
			err = r.mounted(ctx, tx, k, app, e.Step, who)
		case casework.PermitDue:
			said, err = r.permitOut(ctx, tx, k, app, w, f, who, "")
			if err == nil && k.Replaces != "" && e.Step != "" {
				err = r.replace(ctx, tx, k, who)
			}
		case casework.PermitRevoke:
			said, err = r.takeBack(ctx, tx, k.Case, nil, e.Remarks, who)
		}
		if err != nil {
			return nil, err
		}
		more = append(more, said...)
	}
	return more, nil
}

// differences compares a wanted application with what was approved; where it
// is as approved again, with what was adjusted since.
func (r *Room) differences(ctx context.Context, tx *db.Tx, k kept, wanted casework.Application) ([]casework.Difference, error) {
	if k.Approved == 0 {
		return nil, nil
	}
	compare := func(revision int) ([]casework.Difference, error) {
		v, err := r.revision(ctx, tx, k.Controller, k.ID, revision)
		if err != nil {
			return nil, err
		}
		was, err := r.drawings(ctx, tx, k, v.Application.Drawings)
		if err != nil {
			return nil, err
		}
		is, err := r.drawings(ctx, tx, k, wanted.Drawings)
		if err != nil {
			return nil, err
		}
		return k.process.Compare(v.Application, wanted, was, is), nil
	}
	latest, err := compare(k.Revision)
	if err != nil || len(latest) == 0 || k.Revision == k.Approved {
		return latest, err
	}
	approved, err := compare(k.Approved)
	if err != nil || len(approved) > 0 {
		return approved, err
	}
	for i := range latest { // back to what was approved is always within it
		latest[i].Inside = true
	}
	return latest, nil
}

func (r *Room) drawings(ctx context.Context, tx *db.Tx, k kept, used []casework.DrawingUsed) (map[string]plan.Drawing, error) {
	out := map[string]plan.Drawing{}
	for _, d := range used {
		x, err := r.Drawings.LoadIn(ctx, tx, drawing.Of{Controller: k.Controller, Case: k.ID, ID: d.Drawing}, d.Version)
		if err != nil {
			return nil, err
		}
		out[d.Drawing] = x.Drawing
	}
	return out, nil
}

// Differences says what the draft changes of what is approved, and of each
// whether it lies within the approval (CASE-15).
func (r *Room) Differences(ctx context.Context, controller, id string) (all []casework.Difference, err error) {
	drawn, err := r.drawn(ctx, controller, id)
	if err != nil {
		return nil, err
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		app, err := r.subject(ctx, tx, k, casework.ActAdjust, drawn)
		if err != nil {
			return err
		}
		all, err = r.differences(ctx, tx, k, app)
		return err
	})
	return all, err
}
