package rules

import (
	"net/http"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

func (p *Screens) rule(v *visit) error {
	id := v.R.PathValue("regel")
	x, ok := v.rules().Rule(id)
	if !ok {
		return fault.New(fault.NotFound, "rule.none", "rule %.60q", id)
	}
	cams, err := v.cameras()
	if err != nil {
		return err
	}
	pg, err := v.rulePage(x, cams)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) rulePage(x law.Rule, cams cameras) (*page.Record, error) {
	r := v.rules()
	pg := v.NewRecord(v.in(x.Title), v.in(x.Says), fds.Link{Href: listPath, Text: v.T("rules.title")})
	if !unmarked(x) {
		pg.Badge = v.unverified()
	}
	about := page.Section{ID: "om", Heading: v.T("rule.about"), List: v.aboutRule(x), Half: true}
	if x.Unverified != (law.Text{}) {
		about.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("rule.unverified"), Text: v.in(x.Unverified)}
	}
	if s, ok := r.Source(x.Source); ok && s.Link != "" {
		about.Links = []fds.Link{{Href: s.Link, Text: v.T("rule.read", s.Cite)}}
	}
	pg.Add(about)
	pg.Add(v.history(x))
	if b, ok := r.Basis(x.ID); ok {
		for _, s := range v.basisSections(b) {
			pg.Add(s)
		}
	}
	bites, err := v.bites(x, cams)
	pg.Add(bites)
	return pg, err
}

func (v *visit) aboutRule(x law.Rule) *fds.StructuredList {
	source, _ := v.rules().Source(x.Source)
	l := &fds.StructuredList{Caption: v.T("rule.about"), Rows: []fds.Row{
		{Term: v.T("rule.cite"), Text: x.Cite},
		{Term: v.T("rule.force"), Text: v.force(row{Rule: x})},
		{Term: v.T("rule.source"), Text: v.in(source.Name), More: []string{source.Cite}},
		{Term: v.T("rule.checked"), Text: v.in(source.Read)},
	}}
	return l
}

// history is the other versions of a rule, and what is known to have changed.
func (v *visit) history(x law.Rule) page.Section {
	s := page.Section{ID: "aendringer", Heading: v.T("rule.changes"), Half: true}
	g := page.NewGrid(v.T("rule.changes"), v.T("rule.column.when"), v.T("rule.column.what"))
	for _, a := range x.Amendments {
		when := page.Cell{Text: v.T("rule.when.unknown"), Badge: v.unverified()}
		if !a.From.IsZero() {
			when = page.Cell{Text: v.Date(a.From)}
		}
		g.Add(when, page.Cell{Text: v.in(a.Says), Quiet: a.Cite})
	}
	for _, old := range v.s.Law.Versions(x.ID) {
		if !old.From.Equal(x.From) {
			g.Add(page.Cell{Text: v.force(row{Rule: old})}, page.Cell{Text: v.in(old.Says), Quiet: old.Cite})
		}
	}
	if len(g.Lines) == 0 {
		s.Empty = v.T("rule.changes.none")
		return s
	}
	s.Grid = g
	return s
}

// basisSections are who, where and what for, the conditions, and what follows.
func (v *visit) basisSections(b law.Basis) []page.Section {
	r := v.rules()
	names := func(ids []string, of func(string) string) []string {
		var out []string
		for _, id := range ids {
			out = append(out, of(id))
		}
		return out
	}
	kind := func(list []law.Kind) func(string) string {
		return func(id string) string {
			for _, k := range list {
				if k.ID == id {
					return v.in(k.Name)
				}
			}
			return id
		}
	}
	fits := &fds.StructuredList{Caption: v.T("basis.fits")}
	add := func(term string, list []string) {
		if len(list) > 0 {
			fits.Rows = append(fits.Rows, fds.Row{Term: v.T(term), Text: list[0], More: list[1:]})
		}
	}
	add("basis.who", names(b.Controllers, kind(r.Controllers())))
	add("basis.business", names(b.Activities, kind(r.Activities())))
	add("basis.where", names(b.Places, func(id string) string { p, _ := r.Place(id); return v.in(p.Name) }))
	add("basis.purpose", names(b.Purposes, func(id string) string { return v.T("find.formaal." + id) }))
	recording := "find.optages.ja"
	if !b.Recording {
		recording = "basis.recording.never"
	}
	add("basis.recording", []string{v.T(recording)})

	conditions := page.NewGrid(v.T("basis.conditions"), v.T("basis.column.condition"), v.T("basis.column.cite"))
	for _, c := range b.Conditions {
		cell := page.Cell{Text: v.in(c.Text)}
		if c.Hard {
			cell.Badge = v.hard()
		}
		conditions.Add(cell, page.Cell{Text: c.Cite})
	}
	follows := page.NewGrid(v.T("basis.follows"), v.T("basis.column.rule"), v.T("basis.column.title"))
	for _, id := range r.RestsOn(b.ID) {
		if x, ok := r.Rule(id); ok && id != b.ID {
			follows.Add(page.Cell{Href: href(id), Text: x.Cite}, page.Cell{Text: v.in(x.Title)})
		}
	}
	return []page.Section{
		{ID: "passer", Heading: v.T("basis.fits"), List: fits},
		{ID: "betingelser", Heading: v.T("basis.conditions"), Lead: v.T("basis.conditions.lead"), Grid: conditions},
		{ID: "foelger", Heading: v.T("basis.follows"), Lead: v.T("basis.follows.lead"), Grid: follows},
	}
}

func (v *visit) hard() *fds.Badge { return &fds.Badge{Tone: fds.Info, Text: v.T("basis.hard")} }

// camerasPerPage is how many cameras a rule names at once.
const camerasPerPage = 100

// bites is the cameras on which the rule acts.
func (v *visit) bites(x law.Rule, cams cameras) (page.Section, error) {
	bases := v.rules().ActsThrough()[x.ID]
	total := cams.resting(bases)
	s := page.Section{ID: "kameraer", Heading: v.N("rule.cameras", int64(total)), Lead: v.T("rule.cameras.lead")}
	if total == 0 {
		s.Empty = v.T("rule.cameras.none")
		return s, nil
	}
	n, _ := strconv.Atoi(v.R.URL.Query().Get("side"))
	pages := (total + camerasPerPage - 1) / camerasPerPage
	n = min(max(n, 1), pages)
	from := (n - 1) * camerasPerPage
	list, err := cams.read(bases, from, camerasPerPage)
	if err != nil {
		return s, err
	}
	if pages > 1 {
		s.Lead += " " + v.T("rule.cameras.shown", v.Number(int64(from+1)), v.Number(int64(from+len(list))), v.Number(int64(total)))
		to := func(n int) string { return href(x.ID) + "?side=" + strconv.Itoa(n) + "#kameraer" }
		if n > 1 {
			s.Links = append(s.Links, fds.Link{Href: to(n - 1), Text: v.T("rule.cameras.before")})
		}
		if n < pages {
			s.Links = append(s.Links, fds.Link{Href: to(n + 1), Text: v.T("rule.cameras.next")})
		}
	}
	s.Grid = v.cameraGrid(list)
	return s, nil
}

func (v *visit) cameraGrid(list []register.Camera) *page.Grid {
	g := page.NewGrid(v.T("rule.cameras.lead"), v.T("rule.column.camera"), v.T("rule.column.place"), v.T("rule.column.basis"))
	for _, c := range list {
		cite := c.BasisID
		if b, ok := v.rules().Basis(c.BasisID); ok {
			cite = b.Cite
		}
		g.Add(page.Cell{Href: "/kameraer/" + c.ID, Text: c.Name}, page.Cell{Text: c.Where}, page.Cell{Href: href(c.BasisID), Text: cite})
	}
	return g
}
