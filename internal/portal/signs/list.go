package signs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// standing is how a place stands, the worst first.
type standing int

const (
	reported  standing = iota // somebody says that something is wrong
	lacking                   // no sign at all
	broken                    // one is missing or torn
	unchecked                 // one was not looked at in time
	unread                    // the page was not gone through in time
	well
	silent // nothing is recorded, and no sign hangs
)

var standingNames = []string{"reported", "lacking", "broken", "unchecked", "unread", "well", "silent"}

func (s standing) String() string { return standingNames[s] }

func (s standing) tone() fds.Tone {
	switch s {
	case reported, lacking, broken:
		return fds.Error
	case unchecked, unread:
		return fds.Warning
	case well:
		return fds.Success
	}
	return fds.Info
}

// row is a place in the list.
type row struct {
	place   register.Location
	public  *notice.Page
	signs   []notice.Sign
	reports []notice.Report
}

// due is when its page is to be gone through.
func (r row) due() time.Time {
	if r.public == nil {
		return time.Time{}
	}
	return cmp.Or(r.public.Confirmed, r.public.Published).Add(notice.ConfirmEvery)
}

func (r row) records() bool { return r.public != nil && r.public.Records() }

// checkDue is when the first of its signs is to be looked at.
func (r row) checkDue() (at time.Time) {
	for _, s := range r.signs {
		if d := s.Due(); at.IsZero() || d.Before(at) {
			at = d
		}
	}
	return at
}

func (r row) standing(now time.Time) standing {
	switch {
	case len(r.reports) > 0:
		return reported
	case !r.records() && len(r.signs) == 0:
		return silent
	case len(r.signs) == 0:
		return lacking
	case slices.ContainsFunc(r.signs, func(s notice.Sign) bool { return s.Last().Finding != notice.Fine }):
		return broken
	case !now.Before(r.checkDue()):
		return unchecked
	case r.public != nil && !now.Before(r.due()):
		return unread
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
		rows = append(rows, r)
	}
	if done, err := v.listing().File(v.Visit, rows); done {
		return err
	}
	return v.Show(200, v.listPage(rows))
}

func (v *visit) listing() page.Listing[row] {
	name := func(r row) string { return r.place.Name }
	state := func(r row) string { return v.T("signs.state." + r.standing(v.Now).String()) }
	code := func(r row) string {
		if r.public == nil {
			return ""
		}
		return v.address(r.public)
	}
	var states []fds.Choice
	for _, s := range standingNames {
		states = append(states, fds.Choice{Value: s, Text: v.T("signs.state." + s)})
	}
	return page.Listing[row]{Key: "signs", Path: path,
		Columns: []page.Column[row]{
			{Name: "state", Text: state, Compare: func(a, b row) int {
				return cmp.Or(cmp.Compare(a.standing(v.Now), b.standing(v.Now)), strings.Compare(a.place.Name, b.place.Name))
			}},
			{Name: "place", Text: name, Compare: page.ByText(name)},
			{Name: "page", Text: code, Compare: page.ByText(code)},
			{Name: "hanging", Text: func(r row) string { return v.N("signs.count", int64(len(r.signs))) }, Cell: func(r row) sheet.Cell { return sheet.Number(float64(len(r.signs)), 0) }, Compare: func(a, b row) int { return cmp.Compare(len(a.signs), len(b.signs)) }},
			{Name: "check", Text: func(r row) string { return v.day(r.checkDue()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.checkDue()) }, Compare: func(a, b row) int { return a.checkDue().Compare(b.checkDue()) }},
			{Name: "confirm", Text: func(r row) string { return v.day(r.due()) }, Cell: func(r row) sheet.Cell { return sheet.Moment(r.due()) }, Compare: func(a, b row) int { return a.due().Compare(b.due()) }},
		},
		Filters: []page.Filter[row]{{Name: "tilstand", Choices: states, Keep: func(r row, s string) bool { return r.standing(v.Now).String() == s }}},
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
		b := fds.Badge{Tone: s.tone(), Text: v.T("signs.state." + s.String())}
		public := page.Cell{Text: "–"}
		if r.public != nil {
			public = page.Cell{Href: "/s/" + r.public.Code, Text: v.address(r.public)}
		}
		lines = append(lines, page.Line{Cells: []page.Cell{{Badge: &b}, {Href: "/steder/" + r.place.ID + "/skilte", Text: r.place.Name}, public,
			{Text: v.N("signs.count", int64(len(r.signs)))}, {Text: v.day(r.checkDue())}, {Text: v.day(r.due())}}})
	}
	pg := v.NewListPage(v.T("signs.title"), v.T("signs.lead"), page.Places, list, lines)
	pg.Actions = []fds.Link{{Href: "/overvaagning", Text: v.T("signs.register")}}
	return pg
}
