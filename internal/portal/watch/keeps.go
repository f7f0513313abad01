package watch

import (
	"net/http"
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// keeps shows how long the log itself is kept, and by what rule.
func (p *Screens) keeps(v *visit) error {
	all, err := p.Accesslog().Keeps(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	pg := v.keepsPage(all)
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

func (v *visit) keepsPage(all []accesslog.Keep) *page.Record {
	pg := v.NewRecord(v.T("keep.title"), v.T("keep.lead"), fds.Link{Href: logPath, Text: v.T("log.title")})
	g := page.NewGrid(v.T("keep.title"), v.T("uses.column.kind"), v.T("keep.column.months"), v.T("keep.column.why"), v.T("keep.column.change"))
	for _, k := range all {
		months := page.Cell{Text: v.N("keep.months", int64(k.Months))}
		change := page.Cell{Href: logPath + "/frister/" + string(k.Kind), Text: v.T("keep.change", v.T("use.kind."+string(k.Kind)))}
		why := page.Cell{Text: v.cited(k)}
		switch {
		case k.Usual == 0:
			months.Text, change = v.T("keep.months.follows"), page.Cell{}
		case k.Reason != "":
			months.Quiet = v.T("keep.usual", v.N("keep.months", int64(k.Usual)))
			why = page.Cell{Text: k.Reason, Quiet: v.T("keep.decided", v.Date(k.At), k.By)}
		}
		g.Add(page.Cell{Text: v.T("use.kind." + string(k.Kind))}, months, why, change)
	}
	pg.Add(page.Section{ID: "frister", Heading: v.T("keep.table"), Grid: g})
	pg.Add(page.Section{ID: "bevis", Heading: v.T("keep.proof"), Lead: v.T("keep.proof.text")})
	return pg
}

func (v *visit) cited(k accesslog.Keep) string {
	if v.Lang == page.English {
		return k.En
	}
	return k.Da
}

func (p *Screens) keepOf(v *visit) (accesslog.Keep, error) {
	all, err := p.Accesslog().Keeps(v.Ctx, v.Person.Controller)
	if err != nil {
		return accesslog.Keep{}, err
	}
	for _, k := range all {
		if string(k.Kind) == v.R.PathValue("slags") && k.Usual > 0 {
			return k, nil
		}
	}
	return accesslog.Keep{}, fault.New(fault.NotFound, "page.unknown", "no kind %q", v.R.PathValue("slags"))
}

func (v *visit) newKeep(k accesslog.Keep) *page.FormPage {
	f := v.NewForm("keepform").Add(fds.Field{Name: "maaneder", Type: "number", Width: "tiny", Min: strconv.Itoa(accesslog.ShortestKeep), Max: strconv.Itoa(accesslog.LongestKeep)}).Area("grund", 1000, 3, false)
	pg := v.NewFormPage(f, []fds.Link{{Href: logPath, Text: v.T("log.title")}, {Href: logPath + "/frister", Text: v.T("keep.title")}}, v.T("use.kind."+string(k.Kind)))
	pg.Alert = &fds.Alert{Tone: fds.Info, Text: v.cited(k)}
	return pg
}

func (p *Screens) keepForm(v *visit) error {
	k, err := p.keepOf(v)
	if err != nil {
		return err
	}
	pg := v.newKeep(k)
	pg.Form.Fill(url.Values{"maaneder": {strconv.Itoa(k.Months)}})
	return v.ShowForm(pg)
}

func (p *Screens) setKeep(v *visit) error {
	k, err := p.keepOf(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.newKeep(k)
	f := pg.Form.Fill(in).Check()
	months, err := strconv.Atoi(f.Get("maaneder"))
	if err != nil || months < accesslog.ShortestKeep || months > accesslog.LongestKeep {
		f.Fail("maaneder", v.T("keepform.maaneder.bad", accesslog.ShortestKeep, accesslog.LongestKeep))
	}
	if len([]rune(f.Get("grund"))) < page.ShortestReason {
		f.Fail("grund", v.T("grave.reason.short", page.ShortestReason))
	}
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if err := p.Accesslog().SetKeep(v.Ctx, v.Person.Controller, k.Kind, months, f.Get("grund"), v.Session.Person.Name, v.Entry(nil)); err != nil {
		return err
	}
	return v.See(logPath + "/frister?besked=logfrist")
}
