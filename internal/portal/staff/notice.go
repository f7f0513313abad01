package staff

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/staff"
)

// text makes a notice's words: the seven points of D 3.4, and what H 8 adds.
type text struct {
	page.Words
	n room.Notice
}

// rows are what a section says, key by key: staff.text.<key> is the term and
// staff.text.<key>.text what is said.
func (t text) rows(section string, keys ...string) page.Section {
	l := &fds.StructuredList{Caption: t.T("staff.text." + section)}
	for _, k := range keys {
		l.Rows = append(l.Rows, fds.Row{Term: t.T("staff.text." + k), Text: t.T("staff.text." + k + ".text")})
	}
	return page.Section{ID: "del-" + section, Heading: t.T("staff.text." + section), List: l}
}

func (t text) title() string { return t.T("staff.text.title", t.n.Name) }

func (t text) lead() string { return t.T("staff.text.lead", t.n.Who, t.n.Name) }

func (t text) version() string { return t.T("staff.text.version", t.n.Version, t.Date(t.n.Made)) }

// sections are the notice.
func (t text) sections() []page.Section {
	return []page.Section{t.whoPart(), t.whyPart(), t.wherePart(), t.dataPart(), t.rows("handling", "locked", "few", "logged", "deleted"), t.lookedPart(), t.givenPart(), t.keptPart(), t.rightsPart(), t.rulesPart()}
}

func (t text) whoPart() page.Section {
	s := t.rows("who")
	s.List.Rows = []fds.Row{{Term: t.T("staff.text.controller"), Text: t.n.Who}, {Term: t.T("staff.text.contact"), Text: t.known(t.n.Contact)}, {Term: t.T("staff.text.dpo"), Text: t.known(t.n.DPO)}}
	return s
}

func (t text) known(s string) string {
	if s == "" {
		return t.T("staff.text.unknown")
	}
	return s
}

// whyPart is the purposes and the operational reasons (H 8), as they were
// applied with.
func (t text) whyPart() page.Section {
	s := t.rows("why")
	seen := map[string]bool{}
	for _, a := range t.n.Areas {
		if !seen[a.Kind] {
			seen[a.Kind] = true
			s.List.Rows = append(s.List.Rows, fds.Row{Term: t.T("staff.text.purpose"), Text: t.T("staff.text.purpose." + a.Kind)})
		}
	}
	for _, r := range t.n.Reasons {
		for _, x := range []struct{ key, said string }{{"reason", r.Purpose}, {"tried", r.Tried}, {"necessity", r.Necessity}} {
			if x.said != "" {
				lines := strings.Split(x.said, "\n")
				s.List.Rows = append(s.List.Rows, fds.Row{Term: t.T("staff.text." + x.key), Text: lines[0], More: lines[1:]})
			}
		}
	}
	var bases []string
	for _, a := range t.n.Areas {
		if !seen[a.Basis] && a.Basis != "" {
			seen[a.Basis] = true
			bases = append(bases, a.Basis)
		}
	}
	general := "private"
	if t.n.Public {
		general = "public"
	}
	s.List.Rows = append(s.List.Rows, fds.Row{Term: t.T("staff.text.basis"), Text: strings.Join(bases, ", "), More: []string{t.T("staff.text.basis." + general)}})
	return s
}

func (t text) wherePart() page.Section {
	g := page.NewGrid(t.T("staff.text.where"), t.T("staff.text.area"), t.T("staff.text.cameras"), t.T("staff.text.hours"), t.T("staff.text.kept"))
	in := notice.In(string(t.Lang))
	for _, a := range t.n.Areas {
		hours := page.Cell{More: in.Hours(a.Hours)}
		if a.Closed {
			hours.More = append(hours.More, t.T("staff.text.closed"))
		}
		kept := t.T("staff.text.unrecorded")
		if a.Days > 0 {
			kept = in.Days(a.Days)
		}
		name := a.Name
		if name == "" {
			name = t.n.Name
		}
		g.Add(page.Cell{Text: name}, page.Cell{Text: t.Number(int64(a.Cameras))}, hours, page.Cell{Text: kept})
	}
	return page.Section{ID: "del-hvor", Heading: t.T("staff.text.where"), Lead: t.T("staff.text.where.lead"), Grid: g}
}

func (t text) dataPart() page.Section {
	sound := "silent"
	if t.n.Sound() {
		sound = "sound"
	}
	return t.rows("data", "pictures", sound, "measure")
}

// lookedPart is when recordings are looked through (D 3.4): the ground is that
// of the purpose (H 5.3).
func (t text) lookedPart() page.Section {
	var keys []string
	for _, k := range []string{"crime", "safety", "other"} {
		for _, a := range t.n.Areas {
			if a.Kind == k {
				keys = append(keys, "looked."+k)
				break
			}
		}
	}
	live := "live.never"
	if t.n.Live != casework.LiveNever {
		live = "live." + t.n.Live
	}
	return t.rows("looked", append(keys, "samples", live)...)
}

func (t text) givenPart() page.Section {
	return t.rows("given", "police", "others", "suppliers", "yourself")
}

// keptPart is for how long recordings are kept: past their time only what has
// to do with crime can be (L § 4 c stk. 5, § 4 d stk. 3).
func (t text) keptPart() page.Section {
	crime := func(a room.Area) bool { return a.Kind == string(permit.ClassCrime) }
	key := "dispute.some"
	switch {
	case !slices.ContainsFunc(t.n.Areas, crime):
		key = "dispute.never"
	case !slices.ContainsFunc(t.n.Areas, func(a room.Area) bool { return !crime(a) }):
		key = "dispute"
	}
	s := t.rows("keep", key)
	if d := t.n.Days(); d > 0 {
		s.List.Rows = append([]fds.Row{{Term: t.T("staff.text.most"), Text: t.T("staff.text.most.text", notice.In(string(t.Lang)).Days(d))}}, s.List.Rows...)
	}
	return s
}

func (t text) rightsPart() page.Section {
	return t.rows("rights", "access", "rectify", "object", "complain")
}

// rulesPart is the terms and where Datatilsynet's rules are read (H 8).
func (t text) rulesPart() page.Section {
	keys := []string{"before"}
	if t.n.Council {
		keys = []string{"weeks", "committee"}
	}
	return t.rows("rules", append(keys, "new", "surveillance", "workplace")...)
}

// doc is the notice as a document.
func (t text) doc(v *visit) *paper.Paper {
	d := v.NewPaper(t.title())
	d.Lang, d.Source, d.Made, d.MadeText, d.PageText = string(t.Lang), t.T("handover.source", t.n.Who), t.n.Made, t.DateTime(t.n.Made), t.T("committee.page")
	d.Facts = []paper.Fact{{Term: t.T("staff.text.place"), Text: strings.Trim(t.n.Name+", "+t.n.Address, ", ")}, {Term: t.T("staff.version"), Text: t.version()}}
	d.Blocks = append([]paper.Block{paper.Paragraph{Text: t.lead()}}, page.Blocks(t.sections())...)
	return d
}

// notice shows the newest.
func (p *Screens) notice(v *visit) error {
	n, err := p.Room.Notice(v.Ctx, v.found.place.Controller, v.found.place.ID, 0)
	if err != nil {
		return err
	}
	return v.Show(200, v.noticePage(n))
}

func (v *visit) noticePage(n room.Notice) *page.Record {
	t := text{v.Words, n}
	pg := v.NewRecord(t.title(), t.lead(), v.crumbs()...)
	pg.Badge = &fds.Badge{Tone: fds.Info, Text: t.version()}
	pg.Sections = t.sections()
	return pg
}

// file is the notice as a file, in a language, or the list to be signed.
func (p *Screens) file(v *visit) error {
	r, err := p.Room.Of(v.Ctx, v.found.place.Controller, v.found.place.ID)
	if err != nil {
		return err
	}
	name, form, _ := strings.Cut(v.R.PathValue("fil"), ".")
	if r.Notice == nil || !r.Wanted() {
		return fault.New(fault.NotFound, "staff.notice", "nothing to tell at %s", r.Location)
	}
	switch name {
	case "underretning-da", "underretning-en":
		t := text{v.Site.In(page.LangOf(strings.TrimPrefix(name, "underretning-"))), *r.Notice}
		return v.SendPaper(name+"-"+r.Location, form, t.doc(v))
	case "liste":
		return v.SendPaper(name+"-"+r.Location, form, v.signList(newRow(r)))
	}
	return fault.New(fault.NotFound, "page.unknown", "no file %.40q", name)
}

// signList is the notice with a list to be signed of those who lack it.
func (v *visit) signList(r row) *paper.Paper {
	t := text{v.Words, *r.Notice}
	d := t.doc(v)
	list := paper.Table{Caption: v.T("staff.list"), Columns: []string{v.T("staff.column.name"), v.T("staff.list.day"), v.T("staff.list.signature")}, Widths: []float64{3, 1.5, 3}}
	for _, m := range r.Members {
		if _, has := r.Receipt(m); !has && m.Kind != room.Firm {
			list.Rows = append(list.Rows, []string{m.Name, "", ""})
		}
	}
	for range 5 { // who is not on the roll yet
		list.Rows = append(list.Rows, []string{"", "", ""})
	}
	d.Blocks = append(d.Blocks, paper.Heading{Level: 2, Text: v.T("staff.list")}, paper.Paragraph{Text: v.T("staff.list.text", t.version())}, list)
	return d
}
