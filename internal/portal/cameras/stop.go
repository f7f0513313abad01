package cameras

import (
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

// grave is the page of an act on the camera.
func (v *visit) grave(act string) *page.Grave {
	c := v.camera
	g := v.NewGrave(act, []fds.Link{{Href: "/steder", Text: v.T("cameras.title")}, {Href: "/kameraer/" + c.ID, Text: c.Name}}, c.Name, c.Where)
	if act == "restart" {
		g.Button.Kind = "primary"
	}
	return g
}

func (p *Screens) stopPage(v *visit) error { return v.ShowGrave(v.grave("stop")) }

// stop ends recording and every use of a camera's footage. What plays is cut
// here at once, before the engine has been told.
func (p *Screens) stop(v *visit) error {
	reason, done, err := v.Reason(v.grave("stop"))
	if done || err != nil {
		return err
	}
	c := v.camera
	err = p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		s := &permit.Stop{Head: v.Head(), Cameras: []string{c.ID}, Reason: reason}
		if _, err := p.Issuer.Issue(v.Ctx, tx, s); err != nil {
			return err
		}
		_, err := p.Ledger.Append(v.Ctx, tx, v.Now, "camera.stopped", map[string]any{
			"camera": c.ID, "location": c.Location, "controller": v.Person.Controller, "person": v.Person.ID, "name": v.Session.Person.Name, "reason": reason, "statement": s.ID, "address": v.Whence()})
		return err
	})
	if err != nil {
		return err
	}
	p.Cut(c.ID, string(engineapi.CauseStopped))
	p.State.Settle(v.Ctx, func(s engineapi.CameraStatus) bool { return s.State == engineapi.StateStopped }, c.ID)
	return v.See("/kameraer/" + c.ID + "?besked=stoppet")
}

func (p *Screens) restartPage(v *visit) error { return v.ShowGrave(v.grave("restart")) }

func (p *Screens) restart(v *visit) error {
	reason, done, err := v.Reason(v.grave("restart"))
	if done || err != nil {
		return err
	}
	c := v.camera
	in, err := p.Engine.Permit(v.Ctx, c.ID)
	if err != nil {
		return err
	}
	if in.Stop == "" {
		return fault.New(fault.Conflict, "camera.not-stopped", "camera %s is not stopped", c.ID)
	}
	err = p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		s := &permit.Restart{Head: v.Head(), Stop: in.Stop, Reason: reason}
		if _, err := p.Issuer.Issue(v.Ctx, tx, s); err != nil {
			return err
		}
		_, err := p.Ledger.Append(v.Ctx, tx, v.Now, "camera.restarted", map[string]any{
			"camera": c.ID, "location": c.Location, "controller": v.Person.Controller, "person": v.Person.ID, "name": v.Session.Person.Name, "reason": reason, "stop": in.Stop, "address": v.Whence()})
		return err
	})
	if err != nil {
		return err
	}
	p.State.Settle(v.Ctx, func(s engineapi.CameraStatus) bool { return s.State != engineapi.StateStopped }, c.ID)
	return v.See("/kameraer/" + c.ID + "?besked=genstartet")
}
