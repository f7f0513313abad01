package rules

import (
	"net/http"
	"strings"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
)

// How far the page of changes looks, in years.
const (
	yearsBack  = 2
	yearsAhead = 5
)

func (p *Screens) changes(v *visit) error {
	cams, err := v.cameras()
	if err != nil {
		return err
	}
	pg, err := v.changesPage(cams)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) changesPage(cams cameras) (_ *page.Record, err error) {
	pg := v.NewRecord(v.T("rulechanges.title"), v.T("rulechanges.lead"), fds.Link{Href: listPath, Text: v.T("rules.title")})
	for _, part := range []struct {
		id   string
		list []law.Change
	}{
		{"kommende", v.s.Law.Coming(v.Now, v.Now.AddDate(yearsAhead, 0, 0))},
		{"seneste", v.s.Law.Coming(v.Now.AddDate(-yearsBack, 0, 0), v.Now)},
	} {
		s := page.Section{ID: part.id, Heading: v.T("rulechanges." + part.id)}
		if len(part.list) == 0 {
			s.Empty = v.T("rulechanges." + part.id + ".none")
		} else {
			if s.Grid, err = v.changeGrid(part.list, cams); err != nil {
				return nil, err
			}
		}
		pg.Add(s)
	}
	pg.Add(v.unverifiedSection())
	return pg, nil
}

// mostNamed is how many cameras are named beside a change; its rule names all.
const mostNamed = 20

func (v *visit) changeGrid(list []law.Change, cams cameras) (*page.Grid, error) {
	g := page.NewGrid(v.T("rulechanges.title"), v.T("rulechanges.column.when"), v.T("rulechanges.column.rule"), v.T("rulechanges.column.change"), v.T("rulechanges.column.cameras"))
	for _, c := range list {
		what := page.Cell{Text: v.T("rulechanges.kind." + string(c.Kind))}
		if before := v.in(c.Before); before != "" {
			what.More = append(what.More, v.T("rulechanges.before", before))
		}
		if after := v.in(c.After); after != "" {
			what.More = append(what.More, v.T("rulechanges.after", after))
		}
		touched := cams.resting(c.Bases)
		who := page.Cell{Text: v.N("rulechanges.cameras", int64(touched))}
		if touched > 0 {
			some, err := cams.read(c.Bases, 0, mostNamed)
			if err != nil {
				return nil, err
			}
			var names []string
			for _, x := range some {
				names = append(names, x.Where+": "+x.Name)
			}
			who.Quiet = strings.Join(names, ", ")
			if more := touched - len(some); more > 0 {
				who.Quiet += " " + v.N("rulechanges.cameras.more", int64(more))
			}
		}
		g.Add(page.Cell{Text: v.Date(c.Since)}, page.Cell{Href: href(c.Rule), Text: c.Cite, Quiet: v.in(c.Title)}, what, who)
	}
	return g, nil
}

// unverifiedSection is what somebody must look up in the source.
func (v *visit) unverifiedSection() page.Section {
	g := page.NewGrid(v.T("rulechanges.unverified"), v.T("rulechanges.column.rule"), v.T("rulechanges.column.mark"))
	for _, x := range v.rules().All() {
		if unmarked(x) {
			continue
		}
		cell := page.Cell{}
		if x.Unverified != (law.Text{}) {
			cell.More = append(cell.More, v.in(x.Unverified))
		}
		for _, a := range x.Amendments {
			if a.From.IsZero() {
				cell.More = append(cell.More, v.in(a.Says))
			}
		}
		g.Add(page.Cell{Href: href(x.ID), Text: x.Cite, Quiet: v.in(x.Title)}, cell)
	}
	return page.Section{ID: "ikke-efterproevet", Heading: v.T("rulechanges.unverified"), Lead: v.T("rulechanges.unverified.lead"), Grid: g}
}
