package requests

import (
	"net/http"
	"net/url"
	"slices"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
)

// intakeForm asks for what is needed to find the person in the footage and to
// answer them, and for nothing else.
func (v *visit) intakeForm(places []register.Location) *page.Form {
	f := v.NewForm("requestnew")
	var rights, ways, at []fds.Choice
	for _, r := range request.Rights() {
		rights = append(rights, fds.Choice{Value: string(r), Text: v.T("request.right." + string(r)), Hint: v.T("request.right." + string(r) + ".hint")})
	}
	for _, w := range request.Ways() {
		if w != request.PublicPage {
			ways = append(ways, fds.Choice{Value: string(w), Text: v.T("request.way." + string(w))})
		}
	}
	for _, l := range places {
		at = append(at, fds.Choice{Value: l.ID, Text: l.Name})
	}
	f.Radio("ret", rights...)
	f.Section("came").Date("modtaget", false).Radio("hvordan", ways...)
	f.Section("who").Text("navn", incident.LongLine, false).Text("kontakt", incident.LongLine, false)
	f.Radio("sprog", fds.Choice{Value: "da", Text: v.T("requestnew.da")}, fds.Choice{Value: "en", Text: v.T("requestnew.en")})
	f.Section("what").Select("sted", at...).Date("dato", false).Text("fra", 8, false).Text("til", 8, false)
	return f.Area("kendes", incident.Longest, 3, true).Area("ord", incident.Longest, 4, true)
}

func (v *visit) intakePage(places []register.Location) *page.FormPage {
	f := v.intakeForm(places).Fill(url.Values{"ret": {string(request.Access)}, "modtaget": {page.FormDate(v.Now)}, "sprog": {"da"}})
	pg := v.NewFormPage(f, v.crumbs())
	pg.Lead = v.T("requestnew.lead")
	return pg
}

func (p *Screens) places(v *visit) ([]register.Location, error) {
	all, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	slices.SortFunc(all, func(a, b register.Location) int {
		return page.ByText(func(l register.Location) string { return l.Name })(a, b)
	})
	return all, err
}

func (p *Screens) receive(v *visit) error {
	places, err := p.places(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.intakePage(places))
}

// intakeFields are where what the room refuses is said.
func intakeFields() map[string]string {
	return map[string]string{"request.right": "ret", "request.how": "hvordan", "request.received": "modtaget", "request.location": "sted", "request.interval": "til", "request.long": "til",
		"request.name": "navn", "request.contact": "kontakt", "request.looks": "kendes", "request.words": "ord", "request.cpr": "ord"}
}

func (p *Screens) received(v *visit) error {
	places, err := p.places(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.intakePage(places)
	f := pg.Form.Fill(in).Check()
	t := request.Intake{Right: request.Right(f.Get("ret")), How: request.Way(f.Get("hvordan")), Name: f.Get("navn"), Contact: f.Get("kontakt"), Lang: f.Get("sprog"), Location: f.Get("sted"),
		From: v.moment(f, "dato", "fra"), To: v.moment(f, "dato", "til"), Looks: f.Get("kendes"), Words: f.Get("ord")}
	if f.Get("modtaget") != "" {
		if t.Received, err = page.LocalDate(f.Get("modtaget")); err != nil {
			f.FailWith("modtaget", err)
		}
	}
	if !t.From.IsZero() && t.To.Before(t.From) {
		t.To = t.To.AddDate(0, 0, 1) // past midnight
	}
	if f.OK() {
		q, err := p.Requests.Receive(v.Ctx, t, v.who())
		field := intakeFields()[fault.Key(err)]
		switch {
		case err == nil:
			return v.See(path + "/" + q.ID + "?besked=anmodning-modtaget")
		case !fault.Is(err, fault.Invalid) || field == "":
			return err
		}
		f.FailWith(field, err)
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}
