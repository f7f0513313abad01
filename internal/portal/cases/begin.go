package cases

import (
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// beginForm is what it takes to open a case (H 2.1 A).
func (v *visit) beginForm() (*page.Form, error) {
	locations, err := v.Site.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	var places []fds.Choice
	for _, l := range locations {
		if l.Shut.IsZero() {
			places = append(places, fds.Choice{Value: l.ID, Text: l.Name, Hint: l.Address})
		}
	}
	return v.NewForm("casenew").Text("titel", 200, false).Checks("steder", places...).Text("sagsnr", 60, true), nil
}

func (v *visit) beginPage(f *page.Form) *page.FormPage {
	return v.NewFormPage(f, []fds.Link{{Href: listPath, Text: v.T("cases.title")}})
}

func (p *Screens) newForm(v *visit) error {
	f, err := v.beginForm()
	if err != nil {
		return err
	}
	pg := v.beginPage(f.Fill(v.R.URL.Query()))
	if len(f.Group("steder").Items) == 0 {
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("casenew.noplaces"), Text: v.T("casenew.noplaces.text"), Links: []fds.Link{{Href: "/steder", Text: v.T("casenew.noplaces.link")}}}
	}
	return v.ShowForm(pg)
}

func (p *Screens) begin(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := v.beginForm()
	if err != nil {
		return err
	}
	f.Fill(in).Check()
	places := f.All("steder")
	if len(places) == 0 {
		f.Fail("steder", v.T("casenew.steder.missing"))
	}
	if f.OK() {
		c, err := p.Cases.Begin(v.Ctx, dossier.New{Controller: v.Person.Controller, Title: f.Get("titel"), Number: f.Get("sagsnr"), Locations: places}, v.who())
		if err == nil {
			return v.See(path(c, "/ansoegning?besked=sag-oprettet"))
		}
		if k := fault.Of(err); k != fault.Invalid && k != fault.Conflict {
			return err
		}
		f.FailWith("titel", err)
	}
	return v.ShowForm(v.beginPage(f))
}
