package portal

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
)

// gravePage asks for the reason of a grave act and says what it does.
type gravePage struct {
	Shell
	Lead     string
	Warning  fds.Alert
	Happens  []string
	Reason   fds.Field
	Button   fds.Button
	Cancel   fds.Link
	Errors   *fds.ErrorSummary
	Action   string
	Question string
}

// shortestReason is what it takes to say why, in characters.
const shortestReason = 10

func (v *visit) gravePage(act string) *gravePage {
	c := v.camera
	here := "/kameraer/" + c.ID
	pg := &gravePage{Shell: v.newShell("grave", v.T(act+".title", c.Name), fds.Link{Href: menuCameras, Text: v.T("cameras.title")}, fds.Link{Href: here, Text: c.Name}),
		Lead: v.T(act+".lead", c.Name, c.Where), Action: v.r.URL.Path, Cancel: fds.Link{Href: here, Text: v.T("grave.cancel")}}
	pg.Warning = fds.Alert{Tone: fds.Warning, Heading: v.T(act + ".warning"), Text: v.T(act + ".warning.text")}
	for _, k := range []string{".happens.1", ".happens.2", ".happens.3", ".happens.4"} {
		pg.Happens = append(pg.Happens, v.T(act+k))
	}
	pg.Reason = v.field(fds.Field{ID: "grund", Name: "grund", Type: "area", Rows: 3, MaxLength: 1000, Spellcheck: true}, act+".reason")
	pg.Button = fds.Button{Kind: "warning", Text: v.T(act+".button", c.Name)}
	if act == "restart" {
		pg.Button.Kind = "primary"
	}
	return pg
}

func (v *visit) graveForm(act string) error {
	pg := v.gravePage(act)
	if d, ok := v.p.draft(v); ok {
		pg.Reason.Value = d.Get("grund")
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Text: v.T("form.kept")})
	}
	return v.show(http.StatusOK, pg)
}

// reason reads the reason; an error page is shown when it is too short.
func (v *visit) reason(act string) (reason string, done bool, err error) {
	reason = strings.TrimSpace(v.r.PostFormValue("grund"))
	if utf8.RuneCountInString(reason) >= shortestReason {
		return reason, false, nil
	}
	pg := v.gravePage(act)
	pg.Reason.Value, pg.Reason.Error = reason, v.T("grave.reason.short", shortestReason)
	pg.Errors = v.summary(pg.Reason)
	return "", true, v.show(http.StatusUnprocessableEntity, pg)
}

func (p *Portal) stopPage(v *visit) error { return v.graveForm("stop") }

// stop ends recording and every use of a camera's footage. What plays is cut
// here at once, before the engine has been told.
func (p *Portal) stop(v *visit) error {
	reason, done, err := v.reason("stop")
	if done || err != nil {
		return err
	}
	c := v.camera
	err = p.DB.Write(v.ctx, func(tx *db.Tx) error {
		s := &permit.Stop{Head: v.head(), Cameras: []string{c.ID}, Reason: reason}
		if _, err := p.Issuer.Issue(v.ctx, tx, s); err != nil {
			return err
		}
		_, err := p.Ledger.Append(v.ctx, tx, v.now, "camera.stopped", map[string]any{
			"camera": c.ID, "location": c.Location, "controller": v.person.Controller, "person": v.person.ID, "name": v.session.Person.Name, "reason": reason, "statement": s.ID, "address": v.whence()})
		return err
	})
	if err != nil {
		return err
	}
	p.streams.endCamera(c.ID, string(engineapi.CauseStopped))
	p.settle(v.ctx, func(s engineapi.CameraStatus) bool { return s.State == engineapi.StateStopped }, c.ID)
	return v.see("/kameraer/" + c.ID + "?besked=stoppet")
}

func (p *Portal) restartPage(v *visit) error { return v.graveForm("restart") }

func (p *Portal) restart(v *visit) error {
	reason, done, err := v.reason("restart")
	if done || err != nil {
		return err
	}
	c := v.camera
	in, err := p.Engine.Permit(v.ctx, c.ID)
	if err != nil {
		return err
	}
	if in.Stop == "" {
		return fault.New(fault.Conflict, "camera.not-stopped", "camera %s is not stopped", c.ID)
	}
	err = p.DB.Write(v.ctx, func(tx *db.Tx) error {
		s := &permit.Restart{Head: v.head(), Stop: in.Stop, Reason: reason}
		if _, err := p.Issuer.Issue(v.ctx, tx, s); err != nil {
			return err
		}
		_, err := p.Ledger.Append(v.ctx, tx, v.now, "camera.restarted", map[string]any{
			"camera": c.ID, "location": c.Location, "controller": v.person.Controller, "person": v.person.ID, "name": v.session.Person.Name, "reason": reason, "stop": in.Stop, "address": v.whence()})
		return err
	})
	if err != nil {
		return err
	}
	p.settle(v.ctx, func(s engineapi.CameraStatus) bool { return s.State != engineapi.StateStopped }, c.ID)
	return v.see("/kameraer/" + c.ID + "?besked=genstartet")
}

// head is what a statement that this person decided begins with; the issuer
// fills in the rest.
func (v *visit) head() permit.Head {
	return permit.Head{Controller: v.person.Controller, Engine: v.p.EngineID, By: v.person.ID}
}

// settle waits a moment for the engine to do what it was told, so that the next
// page shows it. It is no failure when it takes longer: the page refreshes.
func (p *Portal) settle(ctx context.Context, done func(engineapi.CameraStatus) bool, camera string) {
	for range 15 {
		p.state.stale()
		e := p.state.get(ctx)
		if s, ok := e.camera(camera); e.Away || ok && done(s) {
			return
		}
		if clock.Sleep(ctx, p.Clock, 100*time.Millisecond) != nil {
			return
		}
	}
}
