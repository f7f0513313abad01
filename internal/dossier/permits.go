package dossier

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// stream is the one stream that a camera has for now.
const stream = "main"

// out is a permit that came of a case.
type out struct {
	Permit     permit.ID
	Controller string
	CaseID     string
	Revision   int
	Camera     string
	Stream     string
	Engine     string
	Issued     time.Time
	Ended      time.Time
	Why        string
}

const selectOut = `SELECT permit, controller, case_id, revision, camera, stream, engine, issued, ended, why FROM case_permits WHERE `

// permitOut issues the permits of an approved application, camera by camera,
// each replacing what stands, and takes back those of cameras that are no
// longer in it. only, if not empty, names the one camera to be done.
func (r *Room) permitOut(ctx context.Context, tx *db.Tx, k kept, app casework.Application, w *world, f casework.Facts, who Who, only string) (events []casework.Event, err error) {
	now := r.now()
	g, err := r.grounds(ctx, tx, k, app, w, f, now)
	if err != nil {
		return nil, err
	}
	terms, why := k.process.Terms(k.Case, app, g)
	if len(why) > 0 {
		return nil, &fault.Error{Kind: fault.Conflict, Key: why[0].Key, Err: &casework.Refusal{Why: why}}
	}
	drawn, err := r.drawings(ctx, tx, k, app.Drawings)
	if err != nil {
		return nil, err
	}
	var named []string
	for _, t := range terms {
		named = append(named, t.Camera)
		if only != "" && only != t.Camera {
			continue
		}
		i := slices.IndexFunc(app.Cameras, func(c casework.Wanted) bool { return c.Camera == t.Camera })
		if err := r.hung(ctx, tx, k, app.Cameras[i], who); err != nil {
			return nil, err
		}
		more, err := r.issue(ctx, tx, k, t, covered(drawn, app.Drawings, t.Camera), who)
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	if only != "" {
		if len(events) == 0 {
			return nil, fault.New(fault.NotFound, "permit.camera", "case %s permits nothing to camera %.64q", k.ID, only)
		}
		return events, nil
	}
	back, err := r.takeBack(ctx, tx, k.Case, named, "the camera is no longer in the case", who)
	return append(events, back...), err
}

// issue issues one permit, and before it what nobody may see of the camera.
func (r *Room) issue(ctx context.Context, tx *db.Tx, k kept, t casework.Term, areas [][]permit.Point, who Who) (events []casework.Event, err error) {
	cam, err := r.Register.CameraIn(ctx, tx, k.Controller, t.Camera)
	if err != nil {
		return nil, err
	}
	if !cam.Removed.IsZero() {
		return nil, fault.New(fault.Conflict, "camera.removed", "camera %s is taken out of use", t.Camera)
	}
	engine := cam.Engine
	if engine == "" {
		engine = r.EngineID
	}
	if events, err = r.mask(ctx, tx, k, engine, t.Camera, cam.Name, areas, who); err != nil {
		return nil, err
	}
	p := &permit.Permit{
		Head:   permit.Head{Controller: k.Controller, Engine: engine, By: who.Person},
		Camera: t.Camera, Stream: stream, Hours: t.Hours, Sound: t.Sound, RetentionHours: t.RetentionHours, LongestHoldHours: t.LongestHoldHours,
		Class: t.Class, Basis: clip(t.Basis, permit.MaxLine), Case: t.Case, ValidFrom: t.ValidFrom, ValidTo: t.ValidTo, Text: clip(t.Text.DA, permit.MaxText),
	}
	old, err := r.Issuer.StandingIn(ctx, tx, t.Camera, stream)
	switch {
	case err == nil:
		if err := r.free(ctx, tx, k, old.ID); err != nil {
			return nil, err
		}
		if err := r.keepsOtherwise(ctx, tx, old, p, cam.Name, who); err != nil {
			return nil, err
		}
		if old.Engine == engine {
			p.Replaces = old.ID
			break
		}
		// The camera has moved to another recorder.
		if _, err := r.Issuer.Issue(ctx, tx, &permit.Revocation{Head: permit.Head{Controller: k.Controller, Engine: old.Engine, By: who.Person},
			Permit: old.ID, Reason: "the camera is recorded by " + engine}); err != nil {
			return nil, err
		}
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	if _, err := r.Issuer.Issue(ctx, tx, p); err != nil {
		return nil, err
	}
	now := r.now()
	if _, err := tx.Exec(ctx, `UPDATE case_permits SET ended = ?, why = 'replaced' WHERE permit = ? AND ended = 0`, now, string(old.ID)); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO case_permits (permit, controller, case_id, revision, camera, stream, engine, issued, ended, why) VALUES (`+db.Marks(10)+`)`,
		string(p.ID), k.Controller, k.ID, k.Revision, t.Camera, stream, engine, now, time.Time{}, "")
	return append(events, casework.Event{Kind: EventPermit, At: now, Person: who.Person, Name: who.Name,
		Data: map[string]string{"camera": t.Camera, "permit": string(p.ID), "replaces": string(p.Replaces)}}), err
}

// free refuses to replace the permit of another case that still runs. What no
// case has issued is taken over.
func (r *Room) free(ctx context.Context, tx *db.Tx, k kept, id permit.ID) error {
	o, err := db.One[out](ctx, tx, selectOut+`permit = ?`, string(id))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if o.Controller == k.Controller && (o.CaseID == k.ID || o.CaseID == k.Replaces) {
		return nil
	}
	return fault.New(fault.Conflict, "permit.other", "camera %s records under case %s", o.Camera, o.CaseID)
}

// takeBack revokes the permits of a case that stand, but for those of some
// cameras.
func (r *Room) takeBack(ctx context.Context, tx *db.Tx, c casework.Case, but []string, reason string, who Who) (events []casework.Event, err error) {
	all, err := db.All[out](ctx, tx, selectOut+`controller = ? AND case_id = ? AND ended = 0 ORDER BY issued, camera`, c.Controller, c.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if slices.Contains(but, o.Camera) {
			continue
		}
		e, err := r.revoke(ctx, tx, o, reason, who)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

func (r *Room) revoke(ctx context.Context, tx *db.Tx, o out, reason string, who Who) (casework.Event, error) {
	now := r.now()
	if reason == "" {
		reason = "the case has ended"
	}
	e := casework.Event{Kind: EventRevoked, At: now, Person: who.Person, Name: who.Name, Remarks: reason,
		Data: map[string]string{"camera": o.Camera, "permit": string(o.Permit)}}
	back := &permit.Revocation{Head: permit.Head{Controller: o.Controller, Engine: o.Engine, By: who.Person}, Permit: o.Permit, Reason: clip(reason, permit.MaxLine)}
	if _, err := r.Issuer.Issue(ctx, tx, back); err != nil {
		return e, err
	}
	e.Data["revocation"] = string(back.ID)
	_, err := tx.Exec(ctx, `UPDATE case_permits SET ended = ?, why = 'revoked' WHERE permit = ?`, now, string(o.Permit))
	return e, err
}

// replace ends the case that this one took the place of. Its cameras that are
// not in this one stop.
func (r *Room) replace(ctx context.Context, tx *db.Tx, k kept, who Who) error {
	old, err := r.load(ctx, tx, k.Controller, k.Replaces)
	if err != nil {
		return err
	}
	if !old.running() {
		return nil
	}
	was := old.Case
	var events []casework.Event
	old.Case, events = old.process.Replace(old.Case, k.ID, casework.Actor{Person: who.Person, Name: who.Name}, r.now())
	back, err := r.takeBack(ctx, tx, old.Case, nil, "the case is replaced by "+k.ID, who)
	if err != nil {
		return err
	}
	app, err := r.current(ctx, tx, old)
	if err != nil {
		return err
	}
	return r.save(ctx, tx, old, was, app, append(events, back...), "replaced", who)
}

// clip cuts a text to so many bytes, at a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Reissue signs anew what an approved case permits, for one camera or, if none
// is named, for all: for a permit that the engine refused or lost. It changes
// nothing of what was decided.
func (r *Room) Reissue(ctx context.Context, controller, id, camera string, who Who) (events []casework.Event, err error) {
	defer fault.Wrap(&err, "dossier.Reissue(%s)", id)
	app, w, err := r.before(ctx, controller, id, casework.ActRemark, nil)
	if err != nil {
		return nil, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if !k.running() || k.Permitted == 0 || k.Permitted != k.Revision {
			return fault.New(fault.Refused, "case.unpermitted", "case %s has not come to its permits", id)
		}
		f, err := r.facts(ctx, tx, k, app, &w, r.now())
		if err != nil {
			return err
		}
		if !f.Licence.IsZero() && !r.now().Before(f.Licence) || len(f.Blocked) > 0 {
			return fault.New(fault.Refused, "case.unpermitted", "what case %s rests on does not stand", id)
		}
		if events, err = r.permitOut(ctx, tx, k, app, &w, f, who, camera); err != nil {
			return err
		}
		return r.save(ctx, tx, k, k.Case, app, events, "reissued", who)
	})
	if err == nil {
		r.Issuer.Wake()
	}
	return events, err
}
