package inspection

import (
	"net/http"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/portal/page"
)

// paperOf is one thing that is kept or made for oversight, and where.
type paperOf struct{ key, path string }

// papers are those of the front, in the order in which an authority asks.
func papers() []paperOf {
	return []paperOf{{"answers", path}, {"safeguards", "/tilsyn/sikkerhed"}, {"deletions", "/tilsyn/sletninger/maaned"}, {"processing", "/tilsyn/fortegnelse"}, {"assessment", "/tilsyn/konsekvensanalyse"},
		{"guideline", "/retningslinje"}, {"letters", "/breve"}, {"yearly", "/tilsyn/aarsberetning"}}
}

// may reports whether there is such a page, and the person may see it.
func (v *visit) mayOpen(path string) bool {
	all := v.Site.Routes()
	i := slices.IndexFunc(all, func(r page.Route) bool { return r.Pattern == "GET "+path })
	return i >= 0 && v.May(all[i].Act, access.Object{Controller: v.Person.Controller})
}

// front is a page of links, each with how it stands.
func (p *Screens) front(v *visit) error {
	states := map[string]mark{}
	versions, err := p.Safeguards.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	states["safeguards"] = mark{fds.Warning, v.T("papers.safeguards.none")}
	if len(versions) > 0 {
		states["safeguards"] = mark{fds.Success, v.T("papers.version", strconv.Itoa(versions[0].Version.Version), v.Date(versions[0].Added))}
	}
	stated, err := p.Deletions.Of(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	states["deletions"] = v.deletionState(stated)
	if p.Guideline != nil {
		g, err := p.Guideline.Of(v.Ctx, v.Person.Controller)
		if err != nil {
			return err
		}
		states["guideline"] = v.guidelineState(g)
	}
	if p.Letters != nil && v.mayOpen("/breve") {
		all, err := p.Letters.Open(v.Ctx, v.Person.Controller)
		if err != nil {
			return err
		}
		states["letters"] = v.letterState(all)
	}
	return v.Show(http.StatusOK, v.frontPage(states, v.mayOpen))
}

// mark is how a paper stands, in words.
type mark struct {
	tone fds.Tone
	text string
}

func (v *visit) guidelineState(g guideline.Guideline) mark {
	x, ok := g.InForce(v.Now)
	switch {
	case !ok:
		return mark{fds.Warning, v.T("papers.guideline.none")}
	case !g.Next().IsZero() && v.Now.After(g.Next()):
		return mark{fds.Warning, v.T("papers.guideline.late", strconv.Itoa(x.Version.Version), v.Date(g.Next()))}
	}
	return mark{fds.Success, v.T("papers.version", strconv.Itoa(x.Version.Version), v.Date(x.InForce))}
}

func (v *visit) deletionState(all []deletion.Issued) mark {
	if len(all) == 0 {
		return mark{fds.Info, v.T("papers.deletions.none")}
	}
	from := all[0].From.In(page.Zone())
	month := v.T("agenda.month", v.T("agenda.month."+from.Format("01")), strconv.Itoa(from.Year()))
	if !all[0].Well() {
		return mark{fds.Warning, v.T("papers.deletions.look", month)}
	}
	return mark{fds.Success, v.T("papers.deletions.well", month)}
}

func (v *visit) letterState(all []letter.Letter) mark {
	var waits, late int64
	for _, l := range all {
		if l.Late(v.Now) {
			late++
		}
		if l.Waits() {
			waits++
		}
	}
	switch {
	case late > 0:
		return mark{fds.Error, v.N("papers.letters.late", late)}
	case waits > 0:
		return mark{fds.Warning, v.N("papers.letters.wait", waits)}
	}
	return mark{fds.Success, v.T("papers.letters.none")}
}

func (v *visit) frontPage(states map[string]mark, may func(path string) bool) *page.Record {
	pg := v.NewRecord(v.T("papers.title"), v.T("papers.lead"))
	pg.Tabs = v.Fronts(page.Oversight)
	s := page.Section{ID: "papirer", Heading: v.T("papers.heading"), Empty: v.T("papers.empty")}
	grid := page.NewGrid(s.Heading, v.T("papers.column.paper"), v.T("papers.column.state"))
	for _, x := range papers() {
		if !may(x.path) {
			continue
		}
		cell := page.Cell{Text: v.T("papers." + x.key + ".state")}
		if st, ok := states[x.key]; ok {
			cell = page.Cell{Badge: &fds.Badge{Tone: st.tone, Text: st.text}}
		}
		grid.Add(page.Cell{Href: x.path, Text: v.T("papers." + x.key), Quiet: v.T("papers." + x.key + ".text")}, cell)
	}
	if len(grid.Lines) > 0 {
		s.Grid, s.Empty = grid, ""
	}
	pg.Add(s)
	return pg
}
