package cases

import (
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// changePage compares a wanted change with what is approved, thing by thing
// (H 10): within it may be carried out at once, without it waits for a new
// application.
type changePage struct {
	page.Shell
	Lead    string
	Errors  *fds.ErrorSummary
	Verdict *fds.Alert
	Rows    []differenceRow
	Table   fds.Table
	Empty   string
	Edit    fds.Link
	Adjust  *adjustForm
	Renew   *adjustForm
}

type differenceRow struct {
	What, Was, Is, Why, Cite string
	Badge                    fds.Badge
}

type adjustForm struct {
	Action, Lead string
	Remarks      *fds.Field
	Button       fds.Button
}

func (p *Screens) change(v *visit, look dossier.View) error {
	pg, err := v.changePage(look)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) changePage(look dossier.View) (*changePage, error) {
	list, err := v.s.Cases.Differences(v.Ctx, look.Case.Controller, look.Case.ID)
	if err != nil {
		return nil, err
	}
	return v.comparison(look, list), nil
}

func (v *visit) comparison(look dossier.View, list []casework.Difference) *changePage {
	c := look.Case
	pg := &changePage{Shell: v.NewShell("change", v.T("change.title"), v.crumbs(c)...), Lead: v.T("change.lead")}
	v.Said(&pg.Shell)
	pg.Edit = fds.Link{Href: path(c, "/ansoegning"), Text: v.T("change.edit")}
	pg.Table = fds.Table{Caption: v.T("change.table"), Columns: []fds.Column{{Text: v.T("change.what")}, {Text: v.T("change.was")}, {Text: v.T("change.is")}, {Text: v.T("change.verdict")}}}
	for _, d := range list {
		row := differenceRow{What: v.changes(look, []dossier.Change{{Field: d.Field, Camera: d.Camera}})[0].What, Was: v.word(d.Field, v.text(d.Was)), Is: v.word(d.Field, v.text(d.Is)), Why: v.text(d.Why), Cite: d.Cite,
			Badge: fds.Badge{Tone: fds.Warning, Text: v.T("change.outside")}}
		if d.Inside {
			row.Badge = fds.Badge{Tone: fds.Success, Text: v.T("change.inside")}
		}
		pg.Rows = append(pg.Rows, row)
	}
	if len(list) == 0 {
		pg.Empty = v.T("change.none")
		return pg
	}
	if casework.Inside(list) {
		pg.Verdict = &fds.Alert{Tone: fds.Success, Heading: v.T("change.all.inside"), Text: v.T("change.all.inside.text")}
		for _, o := range look.Offers {
			if o.Kind == casework.ActAdjust && o.OK {
				f := v.Field(fds.Field{ID: "grund", Name: "grund", Type: "area", Rows: 3, MaxLength: 2000, Spellcheck: true}, "change.reason")
				pg.Adjust = &adjustForm{Action: path(c, "/aendring"), Lead: v.T("change.adjust.lead"), Remarks: &f, Button: fds.Button{Kind: "primary", Text: v.T("change.adjust")}}
			}
		}
		return pg
	}
	pg.Verdict = &fds.Alert{Tone: fds.Warning, Heading: v.T("change.some.outside"), Text: v.T("change.some.outside.text")}
	pg.Renew = &adjustForm{Action: path(c, "/aendring/ny"), Lead: v.T("change.renew.lead"), Button: fds.Button{Kind: "primary", Text: v.T("change.renew")}}
	return pg
}

// adjust carries out a change that lies within the approval.
func (p *Screens) adjust(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	_, _, err = p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, casework.Act{Kind: casework.ActAdjust, Remarks: clean(in.Get("grund"))}, v.who())
	if err == nil {
		return v.See(path(look.Case, "?besked=sag-tilpasset"))
	}
	told, err := v.told(look.Case, err)
	if err != nil {
		return err
	}
	pg, err := v.changePage(look)
	if err != nil {
		return err
	}
	pg.Errors = told
	if pg.Adjust != nil {
		pg.Adjust.Remarks.Value = in.Get("grund")
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// renew opens a new application, filled in from the old one with what is
// wanted; nothing changes until it lets its permits out (CASE-15).
func (p *Screens) renew(v *visit, look dossier.View) error {
	c := look.Case
	if !writes(look) && !v.May(access.OpenCase, access.Object{}) {
		return v.Refuse(access.Verdict{Why: access.WhyRole}, access.Object{Controller: c.Controller})
	}
	fresh, err := p.Cases.Begin(v.Ctx, dossier.New{Controller: c.Controller, Administration: c.Administration, Title: c.Title, Locations: c.Locations,
		Process: c.Process, Replaces: c.ID, Application: look.Draft.Application}, v.who())
	if err != nil {
		return err
	}
	return v.See(path(fresh, "/ansoegning?besked=sag-genansoegt"))
}
