package places

import (
	"cmp"
	"net/url"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// usePage is the form by which somebody says that a camera was taken into use at
// another time than the house knows.
func (v *visit) usePage(f *page.Form, version int64) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/steder/" + v.camera.Location, Text: v.camera.Where}, fds.Link{Href: "/kameraer/" + v.camera.ID, Text: v.camera.Name}), v.camera.Name)
	pg.Hidden = kept(version)
	known := v.T("camera.use.none")
	if c := v.camera; !c.Commissioned.IsZero() {
		known = v.T("camera.use.known", v.Date(c.Commissioned), v.T("camera.use."+cmp.Or(string(c.Use), "before")))
	}
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: known, Text: v.T("camera.use.law")}
	return pg
}

func (v *visit) useForm() *page.Form {
	return v.NewForm("camera.use.form").Date("dato", false).Area("grund", 1000, 3, false)
}

func (p *Screens) editUse(v *visit) error {
	f := v.useForm()
	if !v.camera.Commissioned.IsZero() {
		f.Fill(url.Values{"dato": {page.FormDate(v.camera.Commissioned)}})
	}
	return v.ShowForm(v.usePage(f, v.camera.Version))
}

func (p *Screens) saveUse(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.useForm().Fill(in).Check()
	at := v.date(f, "dato")
	pg := v.usePage(f, versionOf(in))
	if !f.OK() {
		return v.ShowForm(pg)
	}
	err = p.Register.CorrectUse(v.Ctx, v.Person.Controller, v.camera.ID, versionOf(in), at, f.Get("grund"), v.Person.ID)
	return v.saved(pg, err, map[string]string{"camera.use-date": "dato", "camera.use-reason": "grund"}, "/kameraer/"+v.camera.ID+"?besked=gemt")
}

// useStory is a camera of which a case says when it was put up.
func (v *visit) useStory() page.Page {
	v.camera = sampleCamera()
	v.camera.Commissioned, v.camera.Use = v.Now.AddDate(0, -3, 0), register.Mounted
	return v.usePage(v.useForm().Fill(url.Values{"dato": {page.FormDate(v.camera.Commissioned)}}), 2)
}
