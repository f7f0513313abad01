package places

import (
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

func (p *Screens) agreementForm(v *visit) (*page.Form, error) {
	all, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	return v.agreementForm(all), nil
}

func (v *visit) agreementForm(all []register.Location) *page.Form {
	return v.NewForm("agreement.form").Area("hvad", 1000, 3, false).Date("fra", false).Date("til", true).Checks("steder", locationChoices(all)...)
}

func locationChoices(all []register.Location) (out []fds.Choice) {
	for _, l := range all {
		if l.Shut.IsZero() {
			out = append(out, fds.Choice{Value: l.ID, Text: l.Name})
		}
	}
	return out
}

func (v *visit) agreementPage(f *page.Form, a register.ServiceAgreement) *page.FormPage {
	s := v.supplier
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/leverandoerer", Text: v.T("suppliers.title")}, fds.Link{Href: "/leverandoerer/" + s.ID, Text: s.Name}), s.Name)
	if a.ID != "" {
		pg.Title = v.T("agreement.form.edit", s.Name)
		pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = pg.Title
		pg.Hidden = kept(a.Version)
	}
	return pg
}

// readAgreement puts a form into an agreement.
func (v *visit) readAgreement(f *page.Form, a register.ServiceAgreement) register.ServiceAgreement {
	a.What, a.Locations = f.Get("hvad"), f.All("steder")
	a.Starts, a.Ends = v.date(f, "fra"), v.date(f, "til")
	if !a.Ends.IsZero() && !a.Starts.IsZero() && !a.Starts.Before(a.Ends) {
		f.Fail("til", v.T("agreement.form.til.bad"))
	}
	return a
}

func (p *Screens) newAgreement(v *visit) error {
	f, err := p.agreementForm(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.agreementPage(f.Fill(url.Values{"fra": {page.FormDate(v.Now)}}), register.ServiceAgreement{}))
}

func (p *Screens) addAgreement(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := p.agreementForm(v)
	if err != nil {
		return err
	}
	a := v.readAgreement(f.Fill(in).Check(), register.ServiceAgreement{Controller: v.Person.Controller, Supplier: v.supplier.ID})
	pg := v.agreementPage(f, register.ServiceAgreement{})
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if a.ID, err = p.Register.NewID(v.Ctx, "agreements", v.supplier.ID, strconv.Itoa(a.Starts.In(page.Zone()).Year())); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddAgreement(v.Ctx, a, v.Person.ID), map[string]string{"agreement.dates": "til"}, "/leverandoerer/"+v.supplier.ID+"?besked=gemt#aftaler")
}

// agreement is the one that the address names, of this supplier.
func (p *Screens) agreement(v *visit) (register.ServiceAgreement, error) {
	all, err := p.Register.Agreements(v.Ctx, v.Person.Controller, v.supplier.ID, "")
	if err != nil {
		return register.ServiceAgreement{}, err
	}
	for _, a := range all {
		if a.ID == v.R.PathValue("agreement") {
			return a, nil
		}
	}
	return register.ServiceAgreement{}, fault.New(fault.NotFound, "agreement.unknown", "no agreement %q", v.R.PathValue("agreement"))
}

func (p *Screens) editAgreement(v *visit) error {
	a, err := p.agreement(v)
	if err != nil {
		return err
	}
	f, err := p.agreementForm(v)
	if err != nil {
		return err
	}
	f.Fill(url.Values{"hvad": {a.What}, "fra": {page.FormDate(a.Starts)}, "til": {page.FormDate(a.Ends)}, "steder": a.Locations})
	return v.ShowForm(v.agreementPage(f, a))
}

func (p *Screens) saveAgreement(v *visit) error {
	a, err := p.agreement(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := p.agreementForm(v)
	if err != nil {
		return err
	}
	a = v.readAgreement(f.Fill(in).Check(), a)
	a.Version = versionOf(in)
	pg := v.agreementPage(f, a)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateAgreement(v.Ctx, a, v.Person.ID), map[string]string{"agreement.dates": "til"}, "/leverandoerer/"+v.supplier.ID+"?besked=gemt#aftaler")
}

func (v *visit) paperForm() *page.Form {
	return v.NewForm("paper.form").Radio("slags", fds.Choice{Value: register.PaperGuideline, Text: v.T("paper.kind." + register.PaperGuideline)},
		fds.Choice{Value: register.PaperInstallation, Text: v.T("paper.kind." + register.PaperInstallation)}).
		Add(fds.Field{Name: "udgave", Width: "tiny", MaxLength: 4}).Date("givet", false)
}

func (v *visit) paperPage(f *page.Form) *page.FormPage {
	s := v.supplier
	return v.NewFormPage(f, v.crumbs(fds.Link{Href: "/leverandoerer", Text: v.T("suppliers.title")}, fds.Link{Href: "/leverandoerer/" + s.ID, Text: s.Name}), s.Name)
}

func (p *Screens) newPaper(v *visit) error {
	return v.ShowForm(v.paperPage(v.paperForm().Fill(url.Values{"givet": {page.FormDate(v.Now)}})))
}

func (p *Screens) givePaper(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.paperForm().Fill(in).Check()
	n, err := strconv.Atoi(f.Get("udgave"))
	if (err != nil || n < 1) && f.Get("udgave") != "" {
		f.Fail("udgave", v.T("paper.form.udgave.bad"))
	}
	paper := register.SupplierPaper{Supplier: v.supplier.ID, Controller: v.Person.Controller, Kind: f.Get("slags"), Version: n, Given: v.date(f, "givet"), By: v.Person.ID}
	pg := v.paperPage(f)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.GivePaper(v.Ctx, paper), nil, "/leverandoerer/"+v.supplier.ID+"?besked=gemt#materiale")
}
