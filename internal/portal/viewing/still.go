package viewing

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// stillPage is one picture of the moment that was shown, under the viewing's
// grant: masked as the viewing is, with name and moment in it. It is shown once
// and kept nowhere; what is to be handed over goes another way.
type stillPage struct {
	page.Shell
	Lead  string
	Still string // address of the picture
	Alt   string
	Facts fds.StructuredList
	Back  fds.Link
}

// stillOf is a picture's moment as the address has it.
func stillOf(r *http.Request, field string) (time.Time, error) {
	ms, err := strconv.ParseInt(r.FormValue(field), 10, 64)
	if err != nil || ms < 0 || ms > 1<<50 {
		return time.Time{}, fault.New(fault.Invalid, "time.form", "moment %.40q", r.FormValue(field))
	}
	return time.UnixMilli(ms).UTC(), nil
}

// takeStill gives one picture of a moment that the grant covers, which a period
// has been opened for: it is in the ledger before it is asked for.
func (p *Screens) takeStill(v *visit) error {
	at, err := stillOf(v.R, "t")
	if err != nil {
		return err
	}
	camera := v.R.FormValue("kamera")
	q, err := p.ticketFor(v, camera, at, at.Add(time.Millisecond))
	if err != nil {
		return err
	}
	w := v.viewing
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := p.Ledger.Append(v.Ctx, tx, v.Now, "view.still", map[string]any{
			"viewing": w.ID, "controller": w.Controller, "person": w.Person, "name": w.Name, "camera": camera, "location": w.Location, "at": at, "from": at, "to": at.Add(time.Second),
			"purpose": w.Purpose, "reference": w.Reference, "incident": w.Incident, "grant": w.Grant, "ground": string(w.Ground), "address": v.Whence()})
		return err
	}); err != nil {
		return err
	}
	jpeg, err := p.Engine.Still(v.Ctx, engineapi.StillQuery{Camera: camera, At: at}, engineapi.Pass{Statement: q.Ticket, Whence: v.Whence()})
	if err != nil {
		return err
	}
	return v.See("/afspilning/" + w.ID + "/stillbillede?t=" + strconv.FormatInt(at.UnixMilli(), 10) + "&kamera=" + url.QueryEscape(camera) + "&billede=" + p.once.Keep(v.Person.ID, jpeg, v.Now))
}

// still is the page that shows it.
func (p *Screens) still(v *visit) error {
	at, err := stillOf(v.R, "t")
	if err != nil {
		return err
	}
	of := slices.IndexFunc(v.cameras, func(c register.Camera) bool { return c.ID == v.R.URL.Query().Get("kamera") })
	if of < 0 {
		return fault.New(fault.NotFound, "still.gone", "viewing %s is not of that camera", v.viewing.ID)
	}
	return v.Show(http.StatusOK, v.stillPage(v.cameras[of], at, "/afspilning/"+v.viewing.ID+"/stillbillede/"+v.R.URL.Query().Get("billede")))
}

func (v *visit) stillPage(c register.Camera, at time.Time, address string) *stillPage {
	g := v.viewing
	pg := &stillPage{Shell: v.NewShell("still", v.T("still.title", c.Name), fds.Link{Href: "/afspilning/" + g.ID, Text: c.Name}), Lead: v.T("still.lead"), Still: address,
		Alt: v.T("still.alt", c.Name, v.DateTimeSeconds(at)), Back: fds.Link{Href: "/afspilning/" + g.ID, Text: v.T("still.back")}}
	pg.Facts = fds.StructuredList{Caption: v.T("still.facts"), Rows: []fds.Row{
		{Term: v.T("still.at"), Text: v.DateTimeSeconds(at)},
		{Term: v.T("looked.column.camera"), Text: c.Name, More: []string{c.Where}},
		{Term: v.T("viewing.reference.short-name"), Link: &fds.Link{Href: "/haendelser/" + g.Incident, Text: g.Reference}},
		{Term: v.T("viewing.purpose.short-name"), Text: g.Purpose}}}
	return pg
}

// showStill sends a picture that was taken, once.
func (p *Screens) showStill(v *visit) error {
	jpeg, ok := p.once.Take(v.Person.ID, v.R.PathValue("billede"), v.Now)
	if !ok {
		return fault.New(fault.NotFound, "still.gone", "the picture was shown already, or its time is up")
	}
	return v.Send("image/jpeg", jpeg)
}
