package signs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// standings are how a place stands, the worst first: by what is due there, as the
// rooms name it; and two that nothing is due of.
func standings() []string { return append(notice.Dues(), well, silent) }

const (
	well   = "well"
	silent = "silent" // nothing is recorded, and no sign hangs
)

func tone(standing string) fds.Tone {
	switch standing {
	case notice.DueReport, notice.DueHang, notice.DueMend:
		return fds.Error
	case well:
		return fds.Success
	case silent:
		return fds.Info
	}
	return fds.Warning
}

// row is a place in the list.
type row struct {
	place   register.Location
	public  *notice.Page
	signs   []notice.Sign
	reports []notice.Report
	due     []notice.Due
	drawn   []drawing.Kept // on its own page alone
}

func (r row) records() bool { return r.public != nil && r.public.Records() }

// first is when the first of a kind is due.
func (r row) first(kinds ...string) (at time.Time) {
	for _, d := range r.due {
		if slices.Contains(kinds, d.Kind) && (at.IsZero() || d.At.Before(at)) {
			at = d.At
		}
	}
	return at
}

func (r row) checkDue() time.Time { return r.first(notice.DueCheck, notice.DueMend) }

func (r row) confirmDue() time.Time { return r.first(notice.DueConfirm) }

func (r row) standing(now time.Time) string {
	for _, kind := range notice.Dues() {
		if slices.ContainsFunc(r.due, func(d notice.Due) bool { return d.Kind == kind && d.Late(now) }) {
			return kind
		}
	}
	if !r.records() && len(r.signs) == 0 {
		return silent
	}
	return well
}

// list is every place that the person sees, what wants something first.
func (p *Screens) list(v *visit) error {
	c := v.Person.Controller
	places, err := p.Register.Locations(v.Ctx, c)
	if err != nil {
		return err
	}
	signs, err := p.Notices.Signs(v.Ctx, c, "")
	if err != nil {
		return err
	}
	reports, err := p.Notices.Reports(v.Ctx, c, "")
	if err != nil {
		return err
	}
	due, err := p.Notices.Due(v.Ctx, c)
	if err != nil {
		return err
	}
	var rows []row
	for _, l := range places {
		if !l.Shut.IsZero() || !v.May(access.SeeRegister, access.Object{Controller: l.Controller, Location: l.ID}) {
			continue
		}
		r := row{place: l}
		r.public, _ = p.Notices.Of(c, l.ID)
		for _, s := range signs {
			if s.Location == l.ID {
				r.signs = append(r.signs, s)
			}
		}
		for _, x := range reports {
			if x.Location == l.ID {
				r.reports = append(r.reports, x)
			}
		}
		for _, d := range due {
			if d.Location == l.ID {
				r.due = append(r.due, d)
			}
		}
		rows = append(rows, r)
	}
	if done, err := v.listing().File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows))
}

func (v *visit) listing() page.Listing[row] {
	name := func(r row) string { return r.place.Name }
	state := func(r row) string { return v.T("signs.state." + r.standing(v.Now)) }
	code := func(r row) string {
		if r.public == nil {
			return ""
		}
		return v.address(r.public)
	}
	var states []fds.Choice
	for _, s := range standings() {
		states = append(states, fds.Choice{Value: s, Text: v.T("signs.state." + s)})
	}
	return page.Listing[row]{Key: "signs", Path: path,
		Columns: []page.Column[row]{
			{Name: "state", Text: state, Compare: func(a, b row) int {
				return cmp.Or(cmp.Compare(slices.Index(standings(), a.standing(v.Now)), slices.Index(standings(), b.standing(v.Now))), strings.Compare(a.place.Name, b.place.Name))
			}},
			{Name: "place", Text: name, Compare: page.ByText(name)},
			{Name: "page", Text: code, Compare: page.ByText(code)},
			{Name: "hanging", Text: func(r row) string { return v.N("signs.count", int64(len(r.signs))) }, Cell: func(r row) sheet.Cell { return sheet.Number(float64(len(r.signs)), 0) }, Compare: func(a, b row) int { return cmp.Compare(len(a.signs), len(b.signs)) }},
			{Name: "check", Text: func(r row) string { return v.day(r.checkDue()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.checkDue()) }, Compare: func(a, b row) int { return a.checkDue().Compare(b.checkDue()) }},
			{Name: "confirm", Text: func(r row) string { return v.day(r.confirmDue()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.confirmDue()) }, Compare: func(a, b row) int { return a.confirmDue().Compare(b.confirmDue()) }},
		},
		Filters: []page.Filter[row]{{Name: "tilstand", Choices: states, Keep: func(r row, s string) bool { return r.standing(v.Now) == s }}},
		Search:  func(r row) string { return r.place.Name + " " + r.place.Address + " " + code(r) },
	}
}

func (v *visit) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return v.Date(t)
}

// address is that of a public page, as it is printed.
func (v *visit) address(p *notice.Page) string {
	_, host, _ := strings.Cut(v.Site.BaseURL, "://")
	return host + "/s/" + p.Code
}

func (v *visit) listPage(all []row) *page.ListPage {
	list, rows := v.listing().Show(v.Visit, all)
	var lines []page.Line
	for _, r := range rows {
		s := r.standing(v.Now)
		b := fds.Badge{Tone: tone(s), Text: v.T("signs.state." + s)}
		public := page.Cell{Text: "–"}
		if r.public != nil {
			public = page.Cell{Href: "/s/" + r.public.Code, Text: v.address(r.public)}
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Badge: &b}, {Href: "/steder/" + r.place.ID + "/skilte", Text: r.place.Name}, public,
			{Text: v.N("signs.count", int64(len(r.signs)))}, {Text: v.day(r.checkDue())}, {Text: v.day(r.confirmDue())}}})
	}
	pg := v.NewListPage(v.T("signs.title"), v.T("signs.lead"), page.Places, list, lines)
	pg.Actions = []fds.Link{{Href: "/overvaagning", Text: v.T("signs.register")}}
	return pg
}
