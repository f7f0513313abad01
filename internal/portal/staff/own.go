package staff

import (
	"net/http"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/staff"
)

// handlers lists those who handle recordings, and what they have confirmed.
func (p *Screens) handlers(v *visit) error {
	all, err := p.Room.Handlers(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	reach, whole, err := p.reach(v.Visit)
	if err != nil {
		return err
	}
	names, err := p.Register.LocationNames(v.Ctx, v.Person.Controller, nil)
	if err != nil {
		return err
	}
	at := map[string]string{}
	for _, n := range names {
		at[n.ID] = n.Name
	}
	var seen []room.Handler
	for _, h := range all {
		if whole || overlap(h.Locations, reach) {
			seen = append(seen, h)
		}
	}
	return v.Show(http.StatusOK, v.handlersPage(seen, at))
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

func (v *visit) handlersPage(all []room.Handler, at map[string]string) *page.Record {
	pg := v.NewRecord(v.T("staff.papers"), v.T("staff.papers.lead"), fds.Link{Href: path, Text: v.T("staff.title")})
	s := page.Section{ID: "papirer", Heading: v.T("staff.papers.who")}
	switch {
	case len(all) == 0:
		s.Empty = v.T("staff.papers.nobody")
	case len(all[0].Papers) == 0:
		s.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("staff.papers.none"), Text: v.T("staff.papers.none.text")}
	}
	if len(all) > 0 {
		columns := []string{v.T("staff.column.name"), v.T("staff.papers.at")}
		for _, x := range all[0].Papers {
			columns = append(columns, v.T("staff.papers.version", x.Title, x.Version))
		}
		s.Grid = page.NewGrid(v.T("staff.papers.who"), columns...)
		for _, h := range all {
			where := page.Cell{}
			for _, l := range h.Locations {
				where.More = append(where.More, at[l])
			}
			cells := []page.Cell{{Text: h.Name}, where}
			for _, x := range h.Papers {
				cells = append(cells, v.paperCell(x))
			}
			s.Grid.Add(cells...)
		}
	}
	pg.Add(s)
	return pg
}

func (v *visit) paperCell(x room.Paper) page.Cell {
	switch {
	case !x.Read.IsZero():
		return page.Cell{Badge: &fds.Badge{Tone: fds.Success, Text: v.T("staff.has")}, Quiet: v.Date(x.Read)}
	case v.Now.After(x.Due):
		return page.Cell{Badge: &fds.Badge{Tone: fds.Error, Text: v.T("staff.late")}, Quiet: v.T("staff.due", v.Date(x.Due))}
	}
	return page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("staff.lacks")}, Quiet: v.T("staff.due", v.Date(x.Due))}
}

// mine is what a person is handed and confirms.
func (p *Screens) mine(v *visit) error {
	h, err := p.Room.Handler(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return v.Show(http.StatusOK, v.minePage(h))
}

func (v *visit) minePage(h room.Handler) *page.Record {
	pg := v.NewRecord(v.T("staff.mine"), v.T("staff.mine.lead"))
	v.Said(&pg.Shell)
	s := page.Section{ID: "papirer", Heading: v.T("staff.mine.papers")}
	if len(h.Papers) == 0 {
		s.Empty = v.T("staff.mine.none")
	} else {
		s.Grid = page.NewGrid(v.T("staff.mine.papers"), v.T("staff.mine.paper"), v.T("staff.column.state"), v.T("staff.mine.confirm"))
	}
	for _, x := range h.Papers {
		address := papers + "/mine/" + x.Kind
		act := page.Cell{Text: v.T("staff.mine.done")}
		if x.Read.IsZero() {
			act = page.Cell{Form: &page.ActForm{Action: address, Button: fds.Button{Kind: "primary", Text: v.T("staff.mine.button", x.Version)}, Hidden: []fds.Choice{{Text: "version", Value: strconv.Itoa(x.Version)}}}}
		}
		s.Grid.Add(page.Cell{Href: address, Text: x.Title, Quiet: v.T("staff.version.text", x.Version, v.Date(x.InForce))}, v.paperCell(x), act)
	}
	pg.Add(s)
	return pg
}

// paper gives out the newest version of a paper that the person is handed.
func (p *Screens) paper(v *visit) error {
	h, err := p.Room.Handler(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	for _, x := range h.Papers {
		if x.Kind == v.R.PathValue("papir") && p.Documents != nil {
			return attach.Send(v.Visit, p.Documents, x.Document)
		}
	}
	return fault.New(fault.NotFound, "staff.paper", "no paper %.40q", v.R.PathValue("papir"))
}

func (p *Screens) confirm(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	if err := p.Room.Confirm(v.Ctx, v.R.PathValue("papir"), number(in.Get("version")), v.who()); err != nil {
		return err
	}
	return v.See(papers + "/mine?besked=papir-laest")
}
