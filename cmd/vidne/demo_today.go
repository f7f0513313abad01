package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// adjustToday brings the hours of the cases that record to those of today, and
// takes in the cameras that came since: both lie within the approvals.
func (o *office) adjustToday(ctx context.Context, now time.Time) error {
	players, err := o.players(ctx)
	if err != nil {
		return err
	}
	byCase := map[[2]string][]extra{}
	for _, e := range demoCameras() {
		if e.in == "" {
			continue
		}
		id, err := o.caseOf(ctx, e)
		if err != nil {
			return err
		}
		byCase[[2]string{e.Controller, id}] = append(byCase[[2]string{e.Controller, id}], e)
	}
	for of, list := range byCase {
		who := players[of[0]].Cast["it"]
		if of[0] == kadence {
			who = players[of[0]].Cast["owner"]
		}
		d, err := o.cases.Draft(ctx, of[0], of[1])
		if err != nil {
			return err
		}
		var cameras []casework.Wanted
		var hours []casework.Pattern
		for _, e := range list {
			c, err := o.register.Camera(ctx, e.Controller, e.ID)
			if err != nil {
				return err
			}
			l, err := o.register.Location(ctx, e.Controller, e.Location)
			if err != nil {
				return err
			}
			cameras = append(cameras, demoWanted(o.rules.At(now), c.Controller, c, l))
			hours = append(hours, casework.Pattern{ID: e.ID, Name: e.Name, Hours: e.hours(now)})
		}
		if _, err := o.cases.SaveDraft(ctx, of[0], of[1], dossier.Edit{Base: d.Version, Cameras: &cameras, Hours: &hours}, who); err != nil {
			return fmt.Errorf("case %s: %w", of[1], err)
		}
		_, _, err = o.cases.Act(ctx, of[0], of[1], casework.Act{Kind: casework.ActAdjust, Remarks: "Tidsrummet er ændret inden for rammen efter aftale med stedets leder."}, who)
		if err != nil && fault.Key(err) != "case.no-change" {
			return fmt.Errorf("case %s: %w", of[1], err)
		}
	}
	return nil
}

// proveLife is how long the engine may take over one camera's test.
const proveLife = 5 * time.Minute

// prove has a camera that a case takes in tested by the engine (H 2.2 B),
// once, with the password that the camera had when it was put up.
func (o *office) prove(ctx context.Context, r *running, serial int64) error {
	proven, err := o.register.Proven(ctx, r.Controller, []string{r.ID})
	if err != nil || len(proven) > 0 || r.in == "" {
		return err
	}
	if err := o.configure(ctx, r, r.options.Password, serial); err != nil {
		return err
	}
	c := &permit.Probe{Head: o.head(r.Controller), Camera: r.ID, URL: r.url, Transport: permit.TransportAuto, Expires: o.clock.Now().Add(proveLife)}
	if c.Sealed, err = o.seal(ctx, r, r.options.Password); err != nil {
		return err
	}
	var signed *permit.Signed
	if err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
		signed, err = o.issuer.Ticket(ctx, tx, c)
		return err
	}); err != nil {
		return err
	}
	found, err := o.client.Probe(ctx, signed.Encode())
	if err != nil {
		return err
	}
	return o.register.KeepEvidence(ctx, register.Evidence{Camera: r.ID, Controller: r.Controller, Statement: string(c.ID), Found: register.Found{Probed: found}, By: "vidne demo"})
}

// caseOf finds the running case under which a camera's location records.
func (o *office) caseOf(ctx context.Context, e extra) (string, error) {
	for _, d := range demoCases() {
		if d.key != e.in || d.again {
			continue
		}
		rows, _, err := o.cases.List(ctx, dossier.Query{Controller: d.controller, Text: d.title})
		if err != nil {
			return "", err
		}
		for _, r := range rows {
			if r.Title == d.title {
				return r.ID, nil
			}
		}
	}
	return "", fmt.Errorf("no case %s in %s", e.in, filepath.Base(o.cfg.Dir))
}
