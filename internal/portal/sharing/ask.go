package sharing

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sharing"
)

// untilAfter is the end that is suggested.
const untilAfter = 14 * 24 * time.Hour

// askForm asks of each condition for itself.
func (v *visit) askForm(systems []sharing.System) *page.Form {
	f := v.NewForm("shareask")
	var where, offences, cameras []fds.Choice
	for _, s := range systems {
		if s.Open(v.Now) == nil {
			where = append(where, fds.Choice{Value: s.ID, Text: s.Name, Hint: v.T("systems.with."+with(s)) + ". " + joined(members(s))})
		}
	}
	for _, o := range sharing.Offences() {
		offences = append(offences, fds.Choice{Value: o, Text: v.T("share.offence." + o)})
	}
	for _, id := range v.incident.Scope().Cameras {
		cameras = append(cameras, fds.Choice{Value: id, Text: v.name(id)})
	}
	f.Radio("system", where...).Checks("kamera", cameras...)
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"}).Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"}).Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
	f.Section("one").Select("forbrydelse", offences...).Area("formodes", incident.Longest, 3, false).Area("alvor", incident.Longest, 3, false)
	f.Section("two").Date("anmeldt", false).Text("journal", incident.LongLine, false)
	f.Section("three").Area("grunde", incident.Longest, 3, false)
	return f.Section("four").Date("ophoer", false)
}

func (v *visit) askPage(systems []sharing.System) *page.FormPage {
	s := v.incident.Scope()
	f := v.askForm(systems).Fill(url.Values{"kamera": s.Cameras, "fra-dato": {page.FormDate(s.From)}, "fra": {v.ClockSeconds(s.From)}, "til-dato": {page.FormDate(s.To)}, "til": {v.ClockSeconds(s.To)},
		"anmeldt": {page.FormDate(v.Now)}, "journal": {v.incident.Police}, "ophoer": {page.FormDate(v.Now.Add(untilAfter))}})
	pg := v.NewFormPage(f, []fds.Link{{Href: "/haendelser", Text: v.T("incidents.title")}, {Href: "/haendelser/" + v.incident.ID, Text: v.incident.Number}}, v.incident.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("shareask.all"), Text: v.T("shareask.all.text")}
	return pg
}

// asking leads away from what cannot be shared: no authority, nothing named, no
// system.
func (p *Screens) asking(v *visit) ([]sharing.System, bool, error) {
	if v.Controller.Kind != register.Business {
		return nil, true, fault.New(fault.Denied, "sharing.business", "%s is no business", v.Controller.ID)
	}
	if v.incident.Scope().Version == 0 {
		return nil, true, v.See("/haendelser/" + v.incident.ID + "/behov")
	}
	systems, err := p.Shares.Systems(v.Ctx, v.Person.Controller)
	if err == nil && !slices.ContainsFunc(systems, func(s sharing.System) bool { return s.Open(v.Now) == nil }) {
		return nil, true, v.See(system)
	}
	return systems, err != nil, err
}

func (p *Screens) ask(v *visit) error {
	systems, done, err := p.asking(v)
	if done {
		return err
	}
	return v.ShowForm(v.askPage(systems))
}

func askFields() map[string]string {
	return map[string]string{"sharing.crime": "forbrydelse", "sharing.cameras": "kamera", "sharing.recorded": "kamera", "sharing.interval": "til", "sharing.beyond": "fra", "sharing.offence": "forbrydelse", "sharing.presume": "formodes",
		"sharing.grave": "alvor", "sharing.reported": "anmeldt", "sharing.journal": "journal", "sharing.reasons": "grunde", "sharing.until": "ophoer", "sharing.closed": "system", "sharing.permission-expired": "system",
		"steps.minors": "kamera", "steps.guardians": "kamera"}
}

func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil && f.Get(clock) != "" {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}

func (p *Screens) asked(v *visit) error {
	systems, done, err := p.asking(v)
	if done {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.askPage(systems)
	f := pg.Form.Fill(in).Check()
	c := sharing.Case{System: f.Get("system"), Cameras: f.All("kamera"), From: v.moment(f, "fra-dato", "fra"), To: v.moment(f, "til-dato", "til"), Offence: f.Get("forbrydelse"), Presume: f.Get("formodes"),
		Grave: f.Get("alvor"), Reported: v.date(f, "anmeldt"), Journal: f.Get("journal"), Reasons: f.Get("grunde"), Until: v.date(f, "ophoer")}
	if !f.OK() {
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	s, err := p.Shares.Ask(v.Ctx, v.incident.ID, c, v.who())
	switch field := askFields()[fault.Key(err)]; {
	case err == nil:
		return v.See(path + "/" + s.ID + "?besked=deling-bedt")
	case fault.Key(err) == "sharing.law":
		found, ferr := p.Shares.Findings(v.Ctx, v.Person.Controller, c.Cameras, c.From, c.To)
		if ferr != nil {
			return ferr
		}
		f.FailWith("kamera", err)
		pg.Alert = v.refusal(found)
	case field == "":
		return err
	default:
		f.FailWith(field, err)
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// refusal is what the law has against it, camera by camera, and the way out.
func (v *visit) refusal(found []law.Finding) *fds.Alert {
	lang := string(v.Lang)
	var lines []string
	for _, x := range found {
		say := v.name(x.Camera) + ": " + x.Text.In(lang) + " (" + x.Cite + ")"
		if !slices.Contains(lines, say) {
			lines = append(lines, say)
		}
	}
	return &fds.Alert{Tone: fds.Warning, Heading: v.T("share.refused"), Text: strings.Join(lines, " ") + " " + v.T("share.refused.else")}
}
