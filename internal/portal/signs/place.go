package signs

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

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
	pg := v.placePage(r)
	happened, err := v.Happened(v.place.ID, 20, "sign.", "public.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) placePage(r row) *page.Record {
	pg := v.NewRecord(v.T("signs.of", v.place.Name), v.T("signs.of.lead"), v.crumbs()[:2]...)
	v.Said(&pg.Shell)
	s := r.standing(v.Now)
	pg.Badge = &fds.Badge{Tone: s.tone(), Text: v.T("signs.state." + s.String())}
	if v.keeps() {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/nyt", Text: v.T("signs.hang")})
	}
	if len(r.reports) > 0 {
		pg.Add(v.reportsPart(r))
	}
	pg.Add(v.pagePart(r))
	pg.Add(v.signsPart(r))
	pg.Add(v.printPart(r))
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
	last.More = []string{v.T("signs.page.due", v.Date(r.due()))}
	if !v.Now.Before(r.due()) {
		last.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("signs.state.unread")}
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
	if r.records() {
		var lacks []string
		for _, at := range []string{notice.AtEntrance, notice.Before} {
			if !slices.ContainsFunc(r.signs, func(x notice.Sign) bool { return x.Place == at }) {
				lacks = append(lacks, v.T("sign.place."+at))
			}
		}
		if len(lacks) > 0 {
			s.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("signs.lacks"), Text: v.T("signs.lacks.text", strings.Join(lacks, ", "))}
		}
	}
	if len(r.signs) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("signs.hanging"), v.T("signs.column.where"), v.T("signs.column.format"), v.T("signs.column.hung"), v.T("signs.column.last"), v.T("signs.column.due"))
	for _, x := range r.signs {
		c := x.Last()
		b := fds.Badge{Tone: fds.Success, Text: v.T("sign.finding." + c.Finding)}
		if c.Finding != notice.Fine {
			b.Tone = fds.Error
		}
		last := page.Cell{Badge: &b, Quiet: v.Date(c.At) + ", " + c.Name}
		if c.Words != "" {
			last.More = []string{c.Words}
		}
		due := page.Cell{Text: v.Date(x.Due())}
		if v.keeps() {
			due.Href, due.Text = path+"/"+x.ID+"/tilsyn", v.T("signs.check", v.Date(x.Due()))
		}
		where := page.Cell{Text: v.T("sign.place." + x.Place), Quiet: x.Words}
		if x.Photo != "" {
			where.Href = path + "/" + x.ID + "/foto"
		}
		s.Grid.Add(where, page.Cell{Text: v.T("sign.format." + x.Format)}, page.Cell{Text: v.Date(x.Hung), Quiet: x.Name}, last, due)
	}
	return s
}

// prints are the files that are made, by their names.
var prints = map[string]paper.Format{"skilt-a4": paper.A4, "skilt-a3": paper.A3, "maerkat": paper.Sticker}

func (v *visit) printPart(r row) page.Section {
	s := page.Section{ID: "print", Heading: v.T("signs.print"), Lead: v.T("signs.print.lead")}
	if !r.records() {
		s.Empty = v.T("signs.print.none")
		return s
	}
	for _, name := range []string{"skilt-a4", "skilt-a3", "maerkat"} {
		s.Links = append(s.Links, fds.Link{Href: v.here() + "/print/" + name + ".pdf", Text: v.T("signs.print." + name)})
	}
	return s
}

// print makes a sign.
func (p *Screens) print(v *visit) error {
	name, ok := strings.CutSuffix(v.R.PathValue("fil"), ".pdf")
	format, known := prints[name]
	if !ok || !known || v.public == nil || !v.public.Records() {
		return fault.New(fault.NotFound, "page.unknown", "no sign %.40q", v.R.PathValue("fil"))
	}
	var f paper.Fonts
	var err error
	if f.Regular, err = web.Font("Regular"); err == nil {
		f.Bold, err = web.Font("Bold")
	}
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	var b bytes.Buffer
	if err := v.printed().PDF(&b, format, f); err != nil {
		return err
	}
	return v.File(name+"-"+v.public.Code+".pdf", "application/pdf", b.Bytes())
}

// printed is what is printed: the first layer of what people are told (EDPB
// 3/2019), and the way to the rest.
func (v *visit) printed() *paper.Sign {
	p, w, en := v.public, notice.In("da"), notice.In("en")
	var why []string
	for _, k := range p.Kinds() {
		why = append(why, w.T("why."+k))
	}
	sound := w.T("sound.no")
	if p.Sound() {
		sound = w.T("sound.yes")
	}
	return &paper.Sign{Lang: "da", Title: w.T("sign.title"), Also: en.T("sign.title"), Scan: w.T("sign.scan") + "\n" + en.T("sign.scan"), Link: v.Site.BaseURL + "/s/" + p.Code, Short: v.address(p), Made: p.Published,
		Facts: []paper.Fact{
			{Term: w.T("who.title"), Text: strings.Trim(p.Who+", "+p.Contact, ", ")},
			{Term: w.T("why.label"), Text: strings.Join(why, ". ")},
			{Term: w.T("kept.label"), Text: w.Days(p.Days()) + ". " + sound + "."},
			{Term: w.T("rights.title"), Text: w.T("sign.rights")},
			{Term: w.T("who.dpo"), Text: p.DPO},
		}}
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
