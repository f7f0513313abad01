package dossier

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
)

// System is who stands for what time does by itself.
const System = "vidne"

// New is a case that is to be opened.
type New struct {
	Controller     string
	Administration string // empty: that of the first location
	Title          string
	Number         string // the service desk's (H 2.1 A); may come later
	Locations      []string
	// Process is the process by its id, empty for the one made for the kind of
	// controller.
	Process string
	// Replaces is the approved case that this one is to change (CASE-15): its
	// application is taken over, and nothing else of it changes until this one
	// lets its permits out.
	Replaces string
	// From is a case whose application is copied where nothing is replaced.
	From string
	// Application is what is known already; empty for none.
	Application casework.Application
}

// Begin opens a case; who opens it applies. Its id is the next of the
// controller's year, "2026-014" (CASE-1).
func (r *Room) Begin(ctx context.Context, n New, who Who) (c casework.Case, err error) {
	defer fault.Wrap(&err, "dossier.Begin(%s)", n.Controller)
	n.Title = strings.TrimSpace(n.Title)
	if n.Title == "" || len(n.Title) > 300 {
		return c, fault.New(fault.Invalid, "case.title", "a case needs a title of at most 300 bytes")
	}
	if len(n.Locations) == 0 {
		return c, fault.New(fault.Invalid, "case.locations", "a case is about one location at least")
	}
	of, err := r.Register.Controller(ctx, n.Controller)
	if err != nil {
		return c, err
	}
	p, err := r.ProcessFor(of.Kind, n.Process, r.Clock.Now())
	if err != nil {
		return c, err
	}
	var drawn []casework.DrawingUsed
	if n.Replaces != "" {
		if drawn, err = r.drawn(ctx, n.Controller, n.Replaces); err != nil {
			return c, err
		}
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		c, err = r.begin(ctx, tx, n, p, drawn, who)
		return err
	})
	return c, err
}

func (r *Room) begin(ctx context.Context, tx *db.Tx, n New, p *casework.Process, drawn []casework.DrawingUsed, who Who) (c casework.Case, err error) {
	now := r.now()
	names := []string{}
	n.Locations = slices.Compact(slices.Sorted(slices.Values(n.Locations)))
	for _, id := range n.Locations {
		l, err := r.Register.LocationIn(ctx, tx, n.Controller, id)
		if err != nil {
			return c, err
		}
		if !l.Shut.IsZero() {
			return c, fault.New(fault.Invalid, "location.shut", "location %s is shut", id)
		}
		if n.Administration == "" {
			n.Administration = l.Administration
		}
		names = append(names, l.Name, l.Address)
	}
	app, err := r.begun(ctx, tx, n, p, drawn)
	if err != nil {
		return c, err
	}
	id, err := r.nextNumber(ctx, tx, n.Controller, danish(now).Year())
	if err != nil {
		return c, err
	}
	o := casework.Opening{ID: id, Number: strings.TrimSpace(n.Number), Controller: n.Controller, Administration: n.Administration,
		Title: n.Title, Locations: n.Locations, Replaces: n.Replaces}
	facts := casework.Facts{Answers: app.Answers}
	c, events, err := p.Open(o, facts, casework.Actor{Person: who.Person, Name: who.Name}, now)
	if err != nil {
		return c, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO cases (controller, id, number, administration, title, applicant, applicant_name, process, version, status,
		step, body, since, due, opened, ended, valid_to, revision, replaces, locations, cameras, licensed, touched, seq, search, machine)
		VALUES (`+db.Marks(26)+`)`, c.Controller, c.ID, c.Number, c.Administration, c.Title, c.Applicant, who.Name, c.Process, c.Version,
		string(c.Status), "", "", time.Time{}, time.Time{}, now, time.Time{}, time.Time{}, 0, c.Replaces, asJSON(c.Locations), 0, false, now, 0,
		searchText(append(names, c.ID, c.Number, c.Title, who.Name)...), "")
	if err != nil {
		return c, err
	}
	for _, l := range c.Locations {
		if _, err := tx.Exec(ctx, `INSERT INTO case_locations (controller, case_id, location) VALUES (?, ?, ?)`, c.Controller, c.ID, l); err != nil {
			return c, err
		}
	}
	for _, x := range app.Annexes {
		if err := r.link(ctx, tx, c, x, useAnnex); err != nil {
			return c, err
		}
	}
	for _, d := range app.Drawings {
		of := drawing.Of{Controller: n.Controller, Case: n.from(), ID: d.Drawing}
		if _, err := r.Drawings.CopyIn(ctx, tx, of, d.Version, c.ID, drawing.Who(who)); err != nil {
			return c, err
		}
	}
	if err := r.putDraft(ctx, tx, c, 1, app, []string{who.Person}, who); err != nil {
		return c, err
	}
	return c, r.save(ctx, tx, kept{Case: c, process: p}, casework.Case{}, app, events, "opened", who)
}

// begun is the application that a case begins with.
func (r *Room) begun(ctx context.Context, tx *db.Tx, n New, p *casework.Process, drawn []casework.DrawingUsed) (casework.Application, error) {
	from := n.from()
	if from == "" {
		app := n.Application.Clone()
		app.Annexes, app.Drawings = nil, nil
		return app, nil
	}
	k, err := r.load(ctx, tx, n.Controller, from)
	if err != nil {
		return casework.Application{}, err
	}
	if n.Replaces != "" && (k.Approved == 0 || !k.running()) {
		return casework.Application{}, fault.New(fault.Conflict, "case.undecided", "case %s is not approved and in force", from)
	}
	if n.Replaces == "" {
		app, err := r.current(ctx, tx, k)
		return p.Renew(app, nil), err
	}
	// What was wanted in the approved case and lies outside it is what is now
	// applied for.
	app, err := r.subject(ctx, tx, k, casework.ActAdjust, drawn)
	if err != nil {
		return app, err
	}
	changes, err := r.differences(ctx, tx, k, app)
	return p.Renew(app, changes), err
}

func (n New) from() string {
	if n.Replaces != "" {
		return n.Replaces
	}
	return n.From
}

// now is the moment of an act, as statements count time.
func (r *Room) now() time.Time { return r.Clock.Now().UTC().Truncate(time.Microsecond) }

// running says that a case has not ended.
func (k kept) running() bool { return k.Status == casework.Open || k.Status == casework.Established }

func danish(t time.Time) time.Time {
	return t.In(clock.Denmark())
}
