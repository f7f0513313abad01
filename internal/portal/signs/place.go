package signs

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
)

// lately is how much of what happened stands on the page.
const lately = 20

// place is a place's signs and its page.
func (p *Screens) place(v *visit) error {
	r := row{place: v.place, public: v.public}
	var err error
	if r.signs, err = p.Notices.Signs(v.Ctx, v.place.Controller, v.place.ID); err != nil {
		return err
	}
	if r.reports, err = p.Notices.Reports(v.Ctx, v.place.Controller, v.place.ID); err != nil {
		return err
	}
	if r.drawn, err = p.drawn(v); err != nil {
		return err
	}
	due, err := p.Notices.Due(v.Ctx, v.place.Controller)
	if err != nil {
		return err
	}
	r.due = slices.DeleteFunc(due, func(d notice.Due) bool { return d.Location != v.place.ID })
	pg := v.placePage(r)
	rows, err := v.Entries(page.LedgerQuery{Half: "portal", Kinds: []string{"sign.", "public."}, Text: `"` + v.place.ID + `"`, Limit: lately})
	if err != nil {
		return err
	}
	pg.Happened = &page.Happened{Words: v.Words, Rows: rows[:min(lately, len(rows))]}
	return v.Show(200, pg)
}

func (v *visit) placePage(r row) *page.Record {
	pg := v.NewRecord(v.T("signs.of", v.place.Name), v.T("signs.of.lead"), v.crumbs()[:2]...)
	v.Said(&pg.Shell)
	s := r.standing(v.Now)
	pg.Badge = &fds.Badge{Tone: tone(s), Text: v.T("signs.state." + s)}
	if v.keeps() {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/nyt", Text: v.T("signs.hang")})
	}
	if len(r.reports) > 0 {
		pg.Add(v.reportsPart(r))
	}
	pg.Add(v.pagePart(r))
	pg.Add(v.signsPart(r))
	pg.Add(v.printPart(r))
	pg.Add(v.membersPart(r))
	return pg
}

func (v *visit) reportsPart(r row) page.Section {
	g := page.NewGrid(v.T("signs.reports"), v.T("signs.column.when"), v.T("signs.column.what"), v.T("signs.column.where"), v.T("signs.column.words"))
	for _, x := range r.reports {
		what := page.Cell{Text: v.T("report.what." + x.What)}
		if v.keeps() {
			what.Href = "/skiltemeldinger/" + x.ID
		}
		g.Add(page.Cell{Text: v.DateTime(x.At)}, what, page.Cell{Text: x.Where}, page.Cell{Text: x.Words})
	}
	return page.Section{ID: "meldinger", Heading: v.T("signs.reports"), Lead: v.T("signs.reports.lead"), Grid: g}
}

func (v *visit) pagePart(r row) page.Section {
	s := page.Section{ID: "side", Heading: v.T("signs.page"), Lead: v.T("signs.page.lead")}
	if r.public == nil {
		s.Empty = v.T("signs.page.none")
		return s
	}
	p := r.public
	records := v.T("signs.page.records.no")
	if p.Records() {
		records = v.T("signs.page.records.yes")
	}
	rows := []fds.Row{
		{Term: v.T("signs.page.address"), Text: v.address(p), Link: &fds.Link{Href: "/s/" + p.Code, Text: v.T("signs.page.open")}},
		{Term: v.T("signs.page.records"), Text: records},
		{Term: v.T("signs.page.version"), Text: v.T("signs.page.version.text", p.Version, v.DateTime(p.Published))},
		{Term: v.T("signs.page.confirmed"), Text: v.T("signs.page.never")},
	}
	last := &rows[len(rows)-1]
	if !p.Confirmed.IsZero() {
		last.Text = v.T("signs.page.confirmed.text", v.DateTime(p.Confirmed), p.By)
	}
	last.More = []string{v.T("signs.page.due", v.Date(p.Due()))}
	if !v.Now.Before(p.Due()) {
		last.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("signs.state.confirm")}
	}
	s.List = &fds.StructuredList{Caption: v.T("signs.page"), Rows: rows}
	if p.DPO == "" || p.Contact == "" {
		s.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("signs.page.lacks"), Text: v.T("signs.page.lacks.text"), Links: []fds.Link{{Href: "/organisation/ret", Text: v.T("signs.page.lacks.link")}}}
	}
	if v.keeps() {
		g := page.NewGrid(v.T("signs.confirm.title"), v.T("signs.confirm.title"))
		g.Add(page.Cell{Text: v.T("signs.confirm.text"), Form: &page.ActForm{Action: v.here() + "/bekraeft", Button: fds.Button{Kind: "secondary", Text: v.T("signs.confirm.button")},
			Hidden: []fds.Choice{{Text: "version", Value: strconv.Itoa(p.Version)}}}})
		s.Grid = g
	}
	return s
}

func (v *visit) signsPart(r row) page.Section {
	s := page.Section{ID: "skilte", Heading: v.T("signs.hanging"), Lead: v.T("signs.hanging.lead"), Empty: v.T("signs.hanging.none")}
	var lacks []string
	for _, d := range r.due {
		if d.Kind == notice.DueHang {
			lacks = append(lacks, v.T("sign.place."+d.Words))
		}
	}
	if len(lacks) > 0 {
		s.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("signs.lacks"), Text: v.T("signs.lacks.text", strings.Join(lacks, ", "))}
	}
	if len(r.signs) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("signs.hanging"), v.T("signs.column.where"), v.T("signs.column.format"), v.T("signs.column.hung"), v.T("signs.column.last"), v.T("signs.column.due"), v.T("signs.column.plan"))
	for _, x := range r.signs {
		c := x.Last()
		b := fds.Badge{Tone: fds.Success, Text: v.T("sign.finding." + c.Finding)}
		if x.Wrong() {
			b.Tone = fds.Error
		}
		last := page.Cell{Badge: &b, Quiet: v.Date(c.At) + ", " + c.Name}
		if c.Words != "" {
			last.More = []string{c.Words}
		}
		if slices.ContainsFunc(r.due, func(d notice.Due) bool { return d.Kind == notice.DueStale && d.Thing == x.ID }) {
			last.More = append(last.More, v.T("signs.stale"))
		}
		due, spot := page.Cell{Text: v.Date(x.Due())}, page.Cell{Text: "–"}
		if v.keeps() {
			due.Href, due.Text = path+"/"+x.ID+"/tilsyn", v.T("signs.check", v.Date(x.Due()))
		}
		where := page.Cell{Text: v.T("sign.place." + x.Place), Quiet: x.Words}
		if x.Format != notice.Text {
			if on := slices.ContainsFunc(r.drawn, func(k drawing.Kept) bool { return k.Case == x.Spot.Case && k.ID == x.Spot.Drawing }); on {
				spot.Text = v.T("signs.plan.on")
			} else {
				spot.Text = v.T("signs.plan.off")
			}
			if v.keeps() && len(r.drawn) > 0 {
				spot.Href = path + "/" + x.ID + "/plan"
			}
		}
		if x.Photo != "" {
			where.Href = path + "/" + x.ID + "/foto"
		}
		s.Grid.Add(where, page.Cell{Text: v.T("sign.format." + x.Format)}, page.Cell{Text: v.Date(x.Hung), Quiet: x.Name}, last, due, spot)
	}
	if len(r.drawn) > 0 {
		s.Links = append(s.Links, fds.Link{Href: "/steder/" + v.place.ID + "/plan", Text: v.T("signs.plan.link")})
	}
	return s
}

// confirm records that the page was gone through.
func (p *Screens) confirm(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(in.Get("version"))
	if err != nil {
		return fault.New(fault.Invalid, "notice.version", "version %.20q", in.Get("version"))
	}
	if err := p.Notices.Confirm(v.Ctx, v.place.ID, version, v.who()); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=side-bekraeftet")
}

// photo is the newest picture of a sign.
func (p *Screens) photo(v *visit) error {
	if p.Documents == nil || v.found.sign.Photo == "" {
		return fault.New(fault.NotFound, "page.unknown", "no picture of sign %s", v.R.PathValue("skilt"))
	}
	d, c, err := p.Documents.Read(v.Ctx, v.Person.Controller, v.found.sign.Photo)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(c)
	if err != nil {
		return err
	}
	return v.Send(d.Type.ContentType(), b)
}
