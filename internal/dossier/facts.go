package dossier

import (
	"context"
	"maps"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// world is what is known of the places and cameras of an application.
type world struct {
	kind    string // of controller
	rules   law.Rules
	orders  []register.PoliceOrder
	proven  []string // cameras with technical evidence
	quality map[string]law.Quality
}

// probed says what the platform found of cameras. What was found stays found,
// so it is asked before the transaction.
func (r *Room) probed(ctx context.Context, controller string, cameras []string) (proven []string, quality map[string]law.Quality, err error) {
	if proven, err = r.Register.Proven(ctx, controller, cameras); err != nil {
		return nil, nil, err
	}
	quality = map[string]law.Quality{}
	for _, c := range proven {
		all, err := r.Register.EvidenceOf(ctx, controller, c)
		if err != nil {
			return nil, nil, err
		}
		if len(all) > 0 {
			f := all[0].Found
			quality[c] = law.Quality{Width: f.Width, Height: f.Height, FPS: f.FPS}
		}
	}
	return proven, quality, nil
}

// look gathers what is known beside the case itself.
func (r *Room) look(ctx context.Context, controller string, app casework.Application, now time.Time) (w world, err error) {
	of, err := r.Register.Controller(ctx, controller)
	if err != nil {
		return w, err
	}
	w.kind, w.rules = of.Kind, r.Law.At(now)
	w.proven, w.quality, err = r.probed(ctx, controller, cameraIDs(app))
	return w, err
}

// facts are what the machine must know of an application.
func (r *Room) facts(ctx context.Context, tx *db.Tx, k kept, app casework.Application, w *world, now time.Time) (f casework.Facts, err error) {
	if w.orders, err = r.Register.OrdersIn(ctx, tx, k.Controller); err != nil {
		return f, err
	}
	f.Answers, f.Cameras = app.Answers, cameraIDs(app)
	f.Missing = k.process.Missing(app)
	for task, more := range k.process.Found(w.rules.Check(r.lawful(k, app, w, now))) {
		f.Missing[task] = append(f.Missing[task], more...)
	}
	all, err := r.annexes(ctx, tx, k.Case)
	if err != nil {
		return f, err
	}
	f.Annexes = map[string]int{}
	for _, a := range all {
		f.Annexes[a.Kind]++
	}
	for _, c := range f.Cameras {
		if slices.Contains(w.proven, c) {
			f.Probed = append(f.Probed, c)
		}
	}
	if f.Stilled, err = db.All[string](ctx, tx, `SELECT DISTINCT camera FROM case_stills WHERE controller = ? AND case_id = ? ORDER BY camera`, k.Controller, k.ID); err != nil {
		return f, err
	}
	if f.Documents, err = r.Documents.InForceIn(ctx, tx, k.Controller, now); err != nil {
		return f, err
	}
	for _, until := range w.licences(app, now) {
		if f.Licence.IsZero() || until.Before(f.Licence) {
			f.Licence = until
		}
	}
	if r.Staff != nil && k.Approved > 0 && k.Status == casework.Open {
		if f.Untold, f.Told, err = r.Staff.ToldIn(ctx, tx, k.Controller, k.ID, k.Locations); err != nil {
			return f, err
		}
	}
	f.Blocked, f.Shut, err = r.blocked(ctx, tx, k, app, w, now)
	return f, err
}

// lawful is an application as the rules read it, with what the register knows.
func (r *Room) lawful(k kept, app casework.Application, w *world, now time.Time) law.Application {
	a := k.process.Law(app, w.kind)
	// The data protection officer says yes to sound by approving the
	// application that asks for it, which the permit waits for.
	a.Sound.Approved = k.process.Protected()
	for i, c := range a.Cameras {
		a.Cameras[i].Quality = w.quality[c.ID]
	}
	for _, o := range w.orders {
		var touched []string
		for _, c := range app.Cameras {
			if o.Touches(c.Location, c.Camera) {
				touched = append(touched, c.Camera)
			}
		}
		if len(touched) == 0 {
			continue
		}
		over := !o.Withdrawn.IsZero() && !now.Before(o.Withdrawn)
		switch o.Kind {
		case register.OrderDiscussion:
			if !over {
				a.Discussions = append(a.Discussions, law.Discussion{Basis: o.Basis, Date: o.Dated, District: o.District, Outcome: o.Outcome, Until: o.Postponed})
			}
		case register.OrderPermit:
			from, to := span(o)
			if over || now.Before(from) || !now.Before(to) && anotherInForce(w.orders, o, now) {
				continue
			}
			a.Permits = append(a.Permits, law.PolicePermit{Basis: o.Basis, Area: o.Area, Terms: o.Terms, From: from, To: to, Cameras: touched})
		default:
			a.Orders = append(a.Orders, law.Order{ID: o.ID, Kind: o.Kind, Says: o.Says, Answer: o.Answer, Cameras: touched,
				Width: o.Demands.Width, Height: o.Demands.Height, FPS: o.Demands.FPS, KeepHours: o.Demands.KeepHours, Withdrawn: over})
		}
	}
	return a
}

func span(o register.PoliceOrder) (from, to time.Time) {
	from, to = o.Starts, o.Ends
	if from.IsZero() {
		from = o.Dated
	}
	return from, to
}

// anotherInForce says whether a permit that has ended has been followed by one
// on the same basis.
func anotherInForce(orders []register.PoliceOrder, old register.PoliceOrder, now time.Time) bool {
	return slices.ContainsFunc(orders, func(o register.PoliceOrder) bool {
		return o.ID != old.ID && o.Kind == old.Kind && o.Basis == old.Basis && o.InForce(now)
	})
}

// licences is until when each camera that rests on a police permit may record
// by it (LAW-4): the end of the longest that holds for it. One that had a
// permit and has none any more is told when that ended.
func (w *world) licences(app casework.Application, now time.Time) map[string]time.Time {
	out := map[string]time.Time{}
	for _, c := range app.Cameras {
		b, ok := w.rules.Basis(c.Basis)
		if !ok || b.Licence != law.LicencePermit {
			continue
		}
		for _, o := range w.orders {
			from, to := span(o)
			if o.Kind != register.OrderPermit || o.Basis != c.Basis || !o.Touches(c.Location, c.Camera) || now.Before(from) || to.IsZero() {
				continue
			}
			if !o.Withdrawn.IsZero() && o.Withdrawn.Before(to) {
				to = o.Withdrawn
			}
			if to.After(out[c.Camera]) {
				out[c.Camera] = to
			}
		}
	}
	return out
}

// licensed says whether an application rests on a police permit.
func (r *Room) licensed(app casework.Application, now time.Time) bool {
	rules := r.Law.At(now)
	return slices.ContainsFunc(app.Cameras, func(c casework.Wanted) bool {
		b, ok := rules.Basis(c.Basis)
		return ok && b.Licence == law.LicencePermit
	})
}

// blocked says why nothing may be established now, whatever was approved: the
// police director refused or postponed (L § 2 c stk. 2), a location is shut, a
// camera is taken out of use or another case's. shut says why when all its
// locations are shut.
func (r *Room) blocked(ctx context.Context, tx *db.Tx, k kept, app casework.Application, w *world, now time.Time) (why []casework.Missing, shut string, err error) {
	for _, c := range app.Cameras {
		b, _ := w.rules.Basis(c.Basis)
		for _, o := range w.orders {
			if o.Kind == register.OrderDiscussion && b.Veto && (o.Basis == "" || o.Basis == c.Basis) && o.Touches(c.Location, c.Camera) && o.Blocks(now) &&
				!laterWord(w.orders, o, now) {
				m := casework.Missing{Key: "police.veto", Camera: c.Camera, Cite: b.Cite, Refuses: true, Until: o.Postponed, Text: casework.Text{
					DA: "Politidirektøren har sagt nej til overvågningen (" + o.Reference + ").", EN: "The police director has refused the surveillance (" + o.Reference + ").",
				}}
				if o.Outcome == register.OutcomePostponed {
					m.Text = casework.Text{DA: "Politidirektøren har udsat overvågningen (" + o.Reference + ").", EN: "The police director has postponed the surveillance (" + o.Reference + ")."}
				}
				why = append(why, m)
			}
		}
	}
	open := len(k.Locations)
	for _, id := range k.Locations {
		l, err := r.Register.LocationIn(ctx, tx, k.Controller, id)
		if err != nil {
			return nil, "", err
		}
		if !l.Shut.IsZero() {
			open--
			shut = l.ShutReason
			why = append(why, casework.Missing{Key: "location.shut", Refuses: true, Text: casework.Text{DA: "Stedet " + l.Name + " er lukket.", EN: "The location " + l.Name + " is shut."}})
		}
	}
	if open > 0 {
		shut = ""
	}
	return why, shut, nil
}

// laterWord says whether the police have discussed the same thing again since.
func laterWord(orders []register.PoliceOrder, old register.PoliceOrder, now time.Time) bool {
	return slices.ContainsFunc(orders, func(o register.PoliceOrder) bool {
		return o.Kind == old.Kind && o.Basis == old.Basis && o.Dated.After(old.Dated) && !o.Dated.After(now) && (o.Withdrawn.IsZero() || now.Before(o.Withdrawn)) &&
			slices.Equal(o.Locations, old.Locations) && slices.Equal(o.Cameras, old.Cameras)
	})
}

// grounds is what the terms of permits rest on beside the application.
func (r *Room) grounds(ctx context.Context, tx *db.Tx, k kept, app casework.Application, w *world, f casework.Facts, now time.Time) (casework.Grounds, error) {
	g := casework.Grounds{Rulings: casework.Rulings(w.rules, w.kind, app), Calendar: map[string][]permit.Date{}, Licence: f.Licence, From: now}
	for camera, until := range w.licences(app, now) {
		ruling := g.Rulings[camera]
		ruling.Until = until
		g.Rulings[camera] = ruling
	}
	places := map[string]bool{}
	for _, c := range app.Cameras {
		places[c.Location] = true
	}
	for _, id := range slices.Sorted(maps.Keys(places)) {
		l, err := r.Register.LocationIn(ctx, tx, k.Controller, id)
		if err != nil {
			return g, err
		}
		g.Calendar[id] = l.Opening.Dates
	}
	return g, nil
}
