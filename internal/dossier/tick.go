package dossier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// ahead are the days before an end at which it is told: half a year, three
// months, a month, a week (CASE-17).
func ahead() []int { return []int{183, 91, 30, 7} }

// Tick lets time do what is its to do; cmd/vidne runs it each minute. A case
// whose approval or police permit has ended expires, and its permits are taken
// back; what is late is said to be; ends that come near are told, each once.
// One case that cannot be ticked does not keep the others from it.
func (r *Room) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "dossier.Tick")
	now := r.now()
	type row struct{ Controller, ID string }
	var rows []row
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[row](ctx, tx, `SELECT controller, id FROM cases WHERE status IN (?, ?) AND (licensed = 1
			OR (valid_to > 0 AND valid_to <= ?) OR EXISTS (SELECT 1 FROM case_turns t WHERE t.controller = cases.controller AND t.case_id = cases.id AND t.due > 0 AND t.due <= ?))
			ORDER BY controller, id`, string(casework.Open), string(casework.Established), now.AddDate(0, 0, ahead()[0]), now)
		return err
	})
	for _, w := range rows {
		if e := r.tick(ctx, w.Controller, w.ID); e != nil {
			err = errors.Join(err, fmt.Errorf("case %s: %w", w.ID, e))
		}
	}
	return err
}

func (r *Room) tick(ctx context.Context, controller, id string) error {
	app, w, err := r.before(ctx, controller, id, casework.ActRemark, nil)
	if err != nil {
		return err
	}
	system := Who{Person: System, Name: System}
	step := func(tx *db.Tx) (k kept, was casework.Case, f casework.Facts, events []casework.Event, warned []warning, err error) {
		now := r.now()
		if k, err = r.load(ctx, tx, controller, id); err != nil || !k.running() {
			return k, was, f, nil, nil, err
		}
		if f, err = r.facts(ctx, tx, k, app, &w, now); err != nil {
			return k, was, f, nil, nil, err
		}
		was = k.Case
		k.Case, events = k.process.Tick(k.Case, f, now)
		for i := range events {
			events[i].Person, events[i].Name = System, System
		}
		if k.running() {
			warned, err = r.warn(ctx, tx, k.Case, f, now)
		}
		return k, was, f, events, warned, err
	}
	idle := false
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		_, _, _, events, warned, err := step(tx)
		idle = len(events) == 0 && len(warned) == 0
		return err
	})
	if err != nil || idle {
		return err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, was, f, events, warned, err := step(tx)
		if err != nil || len(events) == 0 && len(warned) == 0 {
			return err
		}
		for _, x := range warned {
			if _, err := tx.Exec(ctx, `INSERT INTO case_warnings (controller, case_id, ends, days) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, controller, id, x.ends, x.days); err != nil {
				return err
			}
			if x.tell {
				events = append(events, casework.Event{Kind: EventWarning, At: r.now(), Person: System, Name: System,
					Data: map[string]string{"ends": x.ends.Format(time.RFC3339), "days": strconv.Itoa(x.days), "of": x.of}})
			}
		}
		more, err := r.follow(ctx, tx, k, app, &w, f, events, system)
		if err != nil {
			return err
		}
		return r.save(ctx, tx, k, was, app, append(events, more...), "ticked", system)
	})
	if err == nil {
		r.Issuer.Wake()
	}
	return err
}

// warning is one telling of an end.
type warning struct {
	ends time.Time
	days int
	of   string // "approval", "licence"
	tell bool   // false: a nearer one is told instead
}

// warn finds the ends that come near and are not told yet.
func (r *Room) warn(ctx context.Context, tx *db.Tx, c casework.Case, f casework.Facts, now time.Time) (all []warning, err error) {
	if c.Approved == 0 {
		return nil, nil
	}
	for _, end := range []struct {
		at time.Time
		of string
	}{{c.ValidTo, "approval"}, {f.Licence, "licence"}} {
		if end.at.IsZero() {
			continue
		}
		told, err := db.All[int64](ctx, tx, `SELECT days FROM case_warnings WHERE controller = ? AND case_id = ? AND ends = ?`, c.Controller, c.ID, end.at)
		if err != nil {
			return nil, err
		}
		var due []warning
		for _, days := range ahead() {
			if !now.Before(end.at.AddDate(0, 0, -days)) && !slices.Contains(told, int64(days)) {
				due = append(due, warning{end.at, days, end.of, false})
			}
		}
		if len(due) > 0 {
			due[len(due)-1].tell = true
		}
		all = append(all, due...)
	}
	return all, nil
}

// ShutLocation shuts a location for good: its cameras stop at once, the cases
// that have it are told, and those that have no other are closed (CASE-17).
func (r *Room) ShutLocation(ctx context.Context, controller, location, reason string, who Who) (err error) {
	defer fault.Wrap(&err, "dossier.ShutLocation(%s)", location)
	var ids []string
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		cameras, err := r.Register.ShutLocation(ctx, tx, controller, location, r.now(), reason, who.Person)
		if err != nil {
			return err
		}
		ids, err = db.All[string](ctx, tx, `SELECT case_id FROM case_locations WHERE controller = ? AND location = ? ORDER BY case_id`, controller, location)
		if err != nil {
			return err
		}
		e := casework.Event{Kind: EventShut, At: r.now(), Person: who.Person, Name: who.Name, Remarks: reason, Data: map[string]string{"location": location}}
		return r.stopCameras(ctx, tx, controller, cameras, ids, e, who)
	})
	if err != nil {
		return err
	}
	r.Issuer.Wake()
	for _, id := range ids {
		err = errors.Join(err, r.tick(ctx, controller, id))
	}
	return err
}

// RemoveCamera takes a camera out of use: it stops at once, and its cases are
// told.
func (r *Room) RemoveCamera(ctx context.Context, controller, camera string, who Who) (err error) {
	defer fault.Wrap(&err, "dossier.RemoveCamera(%s)", camera)
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.Register.RemoveCameraIn(ctx, tx, controller, camera, who.Person); err != nil {
			return err
		}
		ids, err := db.All[string](ctx, tx, `SELECT case_id FROM case_cameras WHERE controller = ? AND camera = ? ORDER BY case_id`, controller, camera)
		if err != nil {
			return err
		}
		e := casework.Event{Kind: EventRemoved, At: r.now(), Person: who.Person, Name: who.Name, Data: map[string]string{"camera": camera}}
		return r.stopCameras(ctx, tx, controller, []string{camera}, ids, e, who)
	})
	if err == nil {
		r.Issuer.Wake()
	}
	return err
}

// RevokeCamera takes back the permit that stands for a camera, at once and for
// good, and gives the revocation; its case is told, and stands otherwise. None
// is NotFound "permit.none".
func (r *Room) RevokeCamera(ctx context.Context, controller, camera, reason string, who Who) (id permit.ID, err error) {
	defer fault.Wrap(&err, "dossier.RevokeCamera(%s)", camera)
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		rec, err := r.Issuer.StandingIn(ctx, tx, camera, stream)
		if fault.Is(err, fault.NotFound) || err == nil && rec.Controller != controller {
			return fault.New(fault.NotFound, "permit.none", "no permit stands for %s", camera)
		}
		if err != nil {
			return err
		}
		o, err := db.One[out](ctx, tx, selectOut+`permit = ?`, string(rec.ID))
		if fault.Is(err, fault.NotFound) {
			o, err = out{Permit: rec.ID, Controller: rec.Controller, Camera: camera, Stream: stream, Engine: rec.Engine}, nil
		}
		if err != nil {
			return err
		}
		e, err := r.revoke(ctx, tx, o, reason, who)
		if err != nil {
			return err
		}
		id = permit.ID(e.Data["revocation"])
		if o.CaseID == "" {
			return nil
		}
		k, err := r.load(ctx, tx, controller, o.CaseID)
		if err != nil {
			return err
		}
		app, err := r.current(ctx, tx, k)
		if err != nil {
			return err
		}
		return r.save(ctx, tx, k, k.Case, app, []casework.Event{e}, "revoked", who)
	})
	if err == nil {
		r.Issuer.Wake()
	}
	return id, err
}

// stopCameras takes back what stands for cameras, whoever issued it, and
// enters e in the journals of the cases that run.
func (r *Room) stopCameras(ctx context.Context, tx *db.Tx, controller string, cameras, cases []string, e casework.Event, who Who) error {
	revoked := map[string][]casework.Event{}
	for _, camera := range cameras {
		rec, err := r.Issuer.StandingIn(ctx, tx, camera, stream)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		o, err := db.One[out](ctx, tx, selectOut+`permit = ?`, string(rec.ID))
		if fault.Is(err, fault.NotFound) {
			o, err = out{Permit: rec.ID, Controller: rec.Controller, Camera: camera, Stream: stream, Engine: rec.Engine}, nil
		}
		if err != nil {
			return err
		}
		reason := e.Remarks
		if reason == "" {
			reason = "the camera is taken out of use"
		}
		back, err := r.revoke(ctx, tx, o, reason, who)
		if err != nil {
			return err
		}
		revoked[o.CaseID] = append(revoked[o.CaseID], back)
	}
	for _, id := range cases {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if !k.running() {
			continue
		}
		app, err := r.current(ctx, tx, k)
		if err != nil {
			return err
		}
		if err := r.save(ctx, tx, k, k.Case, app, append([]casework.Event{e}, revoked[id]...), "stopped", who); err != nil {
			return err
		}
	}
	return nil
}
