package rights

import (
	"net/http"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) answerForm() *page.Form {
	return v.NewForm("rights.answer").Radio("svar", fds.Choice{Value: "ja", Text: v.T("rights.answer.yes"), Hint: v.T("rights.answer.yes.hint")},
		fds.Choice{Value: "nej", Text: v.T("rights.answer.no"), Hint: v.T("rights.answer.no.hint")}).Area("grund", authorisation.LongestReason, 3, true)
}

func (v *visit) answerFormPage(f authorisation.Standing, location string, form *page.Form) *page.FormPage {
	pg := v.NewFormPage(form, v.crumbs(fds.Link{Href: path + "/" + f.ID, Text: v.T("rights.number", f.Number)}), f.Name, v.place(location))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("rights.answer.asked", f.AskedName, v.Date(f.AskedAt)),
		Text: v.T("rights.answer.what", f.Name, v.place(location), v.Date(f.FromAt), v.last(f.UntilAt), f.Reason)}
	return pg
}

// answering finds the line that is answered for.
func (v *visit) answering() (f authorisation.Standing, location string, err error) {
	f, location = page.Found[authorisation.Standing](v.Visit), v.R.PathValue("location")
	if !slices.ContainsFunc(f.Lines, func(l authorisation.Line) bool { return l.Location == location }) {
		return f, "", fault.New(fault.NotFound, "rights.unknown", "form %s is not for %.40q", f.ID, location)
	}
	manages, err := v.manages()
	if err != nil {
		return f, "", err
	}
	if !has(manages, location) {
		return f, "", v.Refuse(access.Verdict{Why: "rights.manager"}, access.Object{Location: location})
	}
	_, err = v.locations()
	return f, location, err
}

func (p *Screens) answerPage(v *visit) error {
	f, location, err := v.answering()
	if err != nil {
		return err
	}
	return v.ShowForm(v.answerFormPage(f, location, v.answerForm()))
}

func (p *Screens) answer(v *visit) error {
	f, location, err := v.answering()
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	form := v.answerForm().Fill(in).Check()
	if form.OK() {
		yes := form.Get("svar") == "ja"
		err := p.Rights.Decide(v.Ctx, f.Controller, f.ID, location, yes, form.Get("grund"), v.who())
		if err == nil {
			note := "skema-afslaaet"
			if yes {
				note = "skema-godkendt"
			}
			return v.See(path + "/" + f.ID + "?besked=" + note)
		}
		if err := v.said(form, err, map[string]string{"rights.reason": "grund"}); err != nil {
			return err
		}
	}
	return v.ShowForm(v.answerFormPage(f, location, form))
}

func (p *Screens) carryOut(v *visit) error {
	f := page.Found[authorisation.Standing](v.Visit)
	if err := p.Rights.CarryOut(v.Ctx, f.Controller, f.ID, v.who()); err != nil {
		return err
	}
	return v.See(path + "/" + f.ID + "?besked=skema-gennemfoert")
}

func (v *visit) endGrave(f authorisation.Standing) *page.Grave {
	return v.NewGrave("rights.end", v.crumbs(fds.Link{Href: path + "/" + f.ID, Text: v.T("rights.number", f.Number)}), f.Number, f.Name)
}

func (p *Screens) endPage(v *visit) error {
	return v.ShowGrave(v.endGrave(page.Found[authorisation.Standing](v.Visit)))
}

func (p *Screens) end(v *visit) error {
	f := page.Found[authorisation.Standing](v.Visit)
	reason, done, err := v.Reason(v.endGrave(f))
	if done || err != nil {
		return err
	}
	if err := p.Rights.End(v.Ctx, f.Controller, f.ID, reason, v.who()); err != nil {
		return err
	}
	return v.See(path + "/" + f.ID + "?besked=skema-afsluttet")
}

// toConfirm is what the person answers for, what ends first first.
func (p *Screens) toConfirm(v *visit) ([]authorisation.Warning, error) {
	manages, err := v.manages()
	if err != nil {
		return nil, err
	}
	all, err := p.Rights.List(v.Ctx, authorisation.Query{Controller: v.Person.Controller, Live: v.Now})
	if err != nil {
		return nil, err
	}
	return confirmable(all, manages, v.Person.ID), nil
}

func confirmable(all []authorisation.Standing, manages []string, person string) (out []authorisation.Warning) {
	for _, s := range all {
		if s.Person == person {
			continue
		}
		for _, w := range s.Soon(s.UntilAt.AddDate(0, 0, 1)) {
			if w.Lapse && has(manages, w.Location) {
				out = append(out, w)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b authorisation.Warning) int { return a.At.Compare(b.At) })
	return out
}

func (v *visit) confirmForm(list []authorisation.Warning) *page.Form {
	var items []fds.Choice
	for _, w := range list {
		items = append(items, fds.Choice{Value: w.Form.ID + " " + w.Location, Text: v.T("rights.confirm.item", w.Form.Name, v.place(w.Location)),
			Hint: v.T("rights.confirm.hint", w.Form.Number, v.last(w.At), w.Form.Reason), On: w.At.Sub(v.Now) < endingSoon})
	}
	return v.NewForm("rights.confirmation").Checks("valgt", items...)
}

func (v *visit) confirmFormPage(list []authorisation.Warning, form *page.Form) page.Page {
	if len(list) == 0 {
		pg := v.NewRecord(v.T("rights.confirmation.title"), v.T("rights.confirmation.lead"), v.crumbs()...)
		v.Said(&pg.Shell)
		pg.Add(page.Section{ID: "intet", Heading: v.T("rights.confirmation.none.heading"), Empty: v.T("rights.confirmation.none")})
		return pg
	}
	return v.NewFormPage(form, v.crumbs())
}

func (p *Screens) confirmPage(v *visit) error {
	if _, err := v.locations(); err != nil {
		return err
	}
	list, err := p.toConfirm(v)
	if err != nil {
		return err
	}
	pg := v.confirmFormPage(list, v.confirmForm(list))
	if f, ok := pg.(*page.FormPage); ok {
		v.Said(&f.Shell)
		return v.ShowForm(f)
	}
	return v.Show(http.StatusOK, pg)
}

func (p *Screens) confirm(v *visit) error {
	if _, err := v.locations(); err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	list, err := p.toConfirm(v)
	if err != nil {
		return err
	}
	form := v.confirmForm(list).Fill(in).Check()
	if len(form.All("valgt")) == 0 {
		form.Fail("valgt", v.T("rights.confirmation.valgt.missing"))
	}
	if len(list) > 0 && !form.OK() {
		return v.Show(http.StatusUnprocessableEntity, v.confirmFormPage(list, form))
	}
	var refs []authorisation.Ref
	for _, x := range form.All("valgt") {
		id, location, _ := strings.Cut(x, " ")
		refs = append(refs, authorisation.Ref{Form: id, Location: location})
	}
	if err := p.Rights.Confirm(v.Ctx, v.Person.Controller, refs, v.who()); err != nil {
		return err
	}
	return v.See(path + "/bekraeft?besked=skemaer-bekraeftet")
}
