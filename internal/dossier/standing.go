package dossier

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
)

// Standing is a permit of a case beside what the engine obeys.
type Standing struct {
	Camera   string
	Permit   permit.ID
	Revision int
	Issued   time.Time
	Ended    time.Time // zero: it stands
	Why      string    // it ended: "replaced", "revoked"
	Signed   *permit.Permit
	State    string // with the engine, an issuer state
	Refusal  string // of the engine, a key
	// Engine is what the engine says is in force; nil if it does not answer, or
	// the permit has ended.
	Engine *engineapi.InForce
	// Deviates is a key if the engine obeys something else than what was
	// decided: see [Deviation].
	Deviates string
}

// Lines is the permit in plain words.
func (s Standing) Lines(lang string) []string { return s.Signed.Explain(lang) }

// Deviation is a camera whose engine obeys something else than what was
// decided here.
type Deviation struct {
	Controller string
	Case       string
	Camera     string
	// Key is "permit.missing" (the engine has none), "permit.foreign" (it has
	// another one), "permit.refused" (it refused ours), "permit.waiting" (it has
	// not heard of ours).
	Key    string
	Detail string
}

// Permits lists the permits that came of a case, those that stand in front.
func (r *Room) Permits(ctx context.Context, controller, id string) (all []Standing, err error) {
	var rows []out
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[out](ctx, tx, selectOut+`controller = ? AND case_id = ? ORDER BY CASE ended WHEN 0 THEN 0 ELSE 1 END, issued DESC, camera`, controller, id)
		return err
	})
	for _, o := range rows {
		s, err := r.standing(ctx, o)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, err
}

func (r *Room) standing(ctx context.Context, o out) (s Standing, err error) {
	s = Standing{Camera: o.Camera, Permit: o.Permit, Revision: o.Revision, Issued: o.Issued, Ended: o.Ended, Why: o.Why}
	rec, err := r.Issuer.Get(ctx, o.Permit)
	if err != nil {
		return s, err
	}
	s.State, s.Refusal = rec.State, rec.Why
	st, err := rec.Statement()
	if err != nil {
		return s, err
	}
	p, ok := st.(*permit.Permit)
	if !ok {
		return s, fault.New(fault.Corrupt, "case.corrupt", "%s is no permit", o.Permit)
	}
	s.Signed = p
	if !o.Ended.IsZero() {
		return s, nil
	}
	in, err := r.Engine.Permit(ctx, o.Camera)
	switch {
	case err == nil:
		s.Engine = &in
	case fault.Is(err, fault.NotFound):
		in = engineapi.InForce{}
		s.Engine = &in
	default: // the engine is away: that is told elsewhere
		return s, nil
	}
	s.Deviates = deviates(s, r.Clock.Now())
	return s, nil
}

// deviates compares what was decided with what the engine obeys.
func deviates(s Standing, now time.Time) string {
	switch {
	case s.State == issuer.Refused:
		return "permit.refused"
	case !now.Before(s.Signed.ValidTo):
		return "" // its time is gone on both sides
	case s.Engine.Permit != nil && s.Engine.Permit.ID == s.Permit:
		return ""
	case s.State == issuer.Waiting:
		return "permit.waiting"
	case s.Engine.Permit == nil:
		return "permit.missing"
	}
	return "permit.foreign"
}

// Deviations compares every permit that stands with what its engine obeys.
// They are alarms.
func (r *Room) Deviations(ctx context.Context) (all []Deviation, err error) {
	var rows []out
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[out](ctx, tx, selectOut+`ended = 0 ORDER BY controller, camera`)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, o := range rows {
		s, err := r.standing(ctx, o)
		if err != nil {
			return nil, err
		}
		if s.Deviates != "" {
			all = append(all, Deviation{o.Controller, o.CaseID, o.Camera, s.Deviates, strings.TrimSpace(s.State + " " + s.Refusal)})
		}
	}
	r.deviating.Store(&all)
	return all, nil
}

// Deviating is what the last comparison found for a controller, without asking
// the engine again.
func (r *Room) Deviating(controller string) (out []Deviation) {
	if last := r.deviating.Load(); last != nil {
		for _, d := range *last {
			if d.Controller == controller {
				out = append(out, d)
			}
		}
	}
	return out
}

// Running lists the running cases in which a camera is.
func (r *Room) Running(ctx context.Context, controller, camera string) ([]Row, error) {
	rows, _, err := r.List(ctx, Query{Controller: controller, Camera: camera, Status: []casework.Status{casework.Open, casework.Established}})
	return rows, err
}
