package deletion

import (
	"strconv"
	"strings"
	"time"

	room "vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sheet"
)

// month is "oktober 2026".
func (v *visit) month(m room.Month) string {
	return v.T("agenda.month", v.T("agenda.month."+m.From().Format("01")), strconv.Itoa(m.Year))
}

func (v *visit) title(s stated) string { return v.T("deletion.heading", v.month(s.month)) }

// verdict is how the month stands in one word and one sentence.
func (v *visit) verdict(s stated) (tone fds.Tone, badge, says string) {
	away := v.Span(s.AwayFor())
	switch {
	case s.away:
		return fds.Warning, v.T("deletion.badge.unknown"), v.T("deletion.says.unknown")
	case s.Total.Left > 0 && s.Total.Late > 0:
		return fds.Error, v.N("deletion.badge.late", s.Total.Late), v.N("deletion.says.late", s.Total.Late)
	case s.Total.Late > 0:
		return fds.Warning, v.N("deletion.badge.late", s.Total.Late), v.N("deletion.says.was-late", s.Total.Late)
	case len(s.Away) > 0:
		return fds.Warning, v.T("deletion.badge.away"), v.T("deletion.says.away", away)
	case !s.Over():
		return fds.Info, v.T("deletion.badge.running"), v.T("deletion.says.running")
	}
	return fds.Success, v.T("deletion.badge.well"), v.T("deletion.says.well")
}

// told is the statement in sentences.
func (v *visit) told(s stated) []string {
	_, _, says := v.verdict(s)
	out := []string{says}
	t := s.Total
	if t.Due == 0 {
		out = append(out, v.T("deletion.told.none"))
	} else {
		out = append(out, v.N("deletion.told.due", t.Due, v.Number(t.Done), v.Number(t.Kept), v.Number(t.Left)))
	}
	if t.Done > 0 {
		out = append(out, v.T("deletion.told.when", v.DateTime(t.First), v.DateTime(t.Last)), v.worst(t))
	}
	if t.Freed > 0 {
		out = append(out, v.N("deletion.told.freed", t.Freed))
	}
	if len(s.Away) > 0 && t.Late > 0 {
		out = append(out, v.T("deletion.told.away", v.Span(s.AwayFor())))
	}
	return out
}

func (v *visit) worst(t room.Sums) string {
	if t.WorstS < 60 {
		return v.T("deletion.told.prompt")
	}
	return v.T("deletion.told.worst", v.Span(t.Worst()))
}

func (v *visit) sections(s stated) []page.Section {
	late := page.Section{ID: "for-sent", Heading: v.T("deletion.late"), Lead: v.T("deletion.late.lead")}
	if len(s.Late) == 0 {
		_, _, late.Empty = v.verdict(s)
		if s.Total.Due == 0 && len(s.Away) == 0 {
			late.Empty = v.T("deletion.told.none")
		}
	} else {
		late.Grid = page.NewGrid(late.Heading, v.T("deletion.column.camera"), v.T("deletion.column.footage"), v.T("deletion.column.due"), v.T("deletion.column.done"), v.T("deletion.column.why"))
		for _, l := range s.Late {
			done := page.Cell{Text: v.DateTime(l.Done), Quiet: v.T("deletion.after", v.Span(l.Done.Sub(l.Due)))}
			do := v.T("deletion.why." + string(l.Why) + ".done")
			if l.Done.IsZero() {
				done, do = page.Cell{Badge: &fds.Badge{Tone: fds.Error, Text: v.T("deletion.there")}}, v.T("deletion.why."+string(l.Why)+".do")
			}
			late.Grid.Add(page.Cell{Text: l.Name, Href: "/kameraer/" + l.Camera, Quiet: l.Place}, page.Cell{Text: v.span(l.From, l.To)}, page.Cell{Text: v.DateTime(l.Due)}, done,
				page.Cell{Text: v.T("deletion.why." + string(l.Why)), Quiet: do})
		}
		if n := s.Total.Late - int64(len(s.Late)); n > 0 {
			late.Paragraphs = []string{v.N("deletion.late.more", n)}
		}
	}
	out := []page.Section{late}
	if len(s.Away) > 0 {
		away := page.Section{ID: "vaek", Heading: v.T("deletion.away"), Lead: v.T("deletion.away.lead")}
		away.Grid = page.NewGrid(away.Heading, v.T("deletion.column.from"), v.T("deletion.column.to"), v.T("deletion.column.long"))
		for _, a := range s.Away {
			away.Grid.Add(page.Cell{Text: v.DateTime(a.From)}, page.Cell{Text: v.DateTime(a.To)}, page.Cell{Text: v.Span(a.To.Sub(a.From))})
		}
		out = append(out, away)
	}
	kept := page.Section{ID: "laast", Heading: v.T("deletion.kept"), Lead: v.T("deletion.kept.lead")}
	if len(s.Kept) == 0 {
		kept.Empty = v.T("deletion.kept.none")
	} else {
		kept.Grid = page.NewGrid(kept.Heading, v.T("deletion.column.camera"), v.T("deletion.column.lock"), v.T("deletion.column.hours"), v.T("deletion.column.due"), v.T("deletion.column.until"))
		for _, k := range s.Kept {
			lock := page.Cell{Text: v.T("deletion.lock.foreign"), Quiet: v.Or("hold."+k.Reason, k.Reason)}
			if k.Lock != "" {
				lock.Text, lock.Href = k.Number, "/bevislaase/"+k.Lock
			}
			kept.Grid.Add(page.Cell{Text: k.Name, Href: "/kameraer/" + k.Camera, Quiet: k.Place}, lock, page.Cell{Text: v.Number(k.Hours), Quiet: v.Bytes(k.Bytes)}, page.Cell{Text: v.DateTime(k.Due)}, page.Cell{Text: v.DateTime(k.Until)})
		}
	}
	return append(out, kept, v.cameras(s))
}

// cameras is the table of all cameras, and the sum.
func (v *visit) cameras(s stated) page.Section {
	out := page.Section{ID: "kameraer", Heading: v.T("deletion.cameras"), Lead: v.T("deletion.cameras.lead")}
	if len(s.Cameras) == 0 {
		out.Empty = v.T("deletion.told.none")
		return out
	}
	out.Grid = page.NewGrid(out.Heading, v.T("deletion.column.camera"), v.T("deletion.column.fell"), v.T("deletion.column.deleted"), v.T("deletion.column.kept"), v.T("deletion.column.left"),
		v.T("deletion.column.late"), v.T("deletion.column.worst"))
	for i := 1; i < len(out.Grid.Table.Columns)-1; i++ {
		out.Grid.Table.Columns[i].End = true
	}
	row := func(first page.Cell, t room.Sums) {
		worst := page.Cell{Text: "–"}
		if t.Done > 0 {
			worst = page.Cell{Text: v.Span(t.Worst()), Quiet: v.T("deletion.between", v.Date(t.First), v.Date(t.Last))}
		}
		cells := []page.Cell{first}
		for _, n := range []int64{t.Due, t.Done, t.Kept, t.Left, t.Late} {
			cells = append(cells, page.Cell{Text: v.Number(n), End: true})
		}
		out.Grid.Add(append(cells, worst)...)
	}
	for _, c := range s.Cameras {
		row(page.Cell{Text: c.Name, Href: "/kameraer/" + c.ID, Quiet: c.Place}, c.Sums)
	}
	row(page.Cell{Text: v.T("deletion.total")}, s.Total)
	return out
}

func (v *visit) span(from, to time.Time) string {
	return v.DateTime(from) + "–" + v.Clock(to)
}

// how says how it was made up, and what proves it.
func (v *visit) how(s stated) []string {
	out := []string{v.T("deletion.how.hours"), v.T("deletion.how.late"), v.T("deletion.how.recorder")}
	if s.issued != nil {
		out = append(out, v.T("deletion.how.stands", v.DateTime(s.Made), v.Number(s.issued.Entry+1)))
	}
	return out
}

func (v *visit) onePage(s stated) *page.Record {
	lead := v.T("deletion.running", v.DateTime(s.Made))
	if s.issued != nil {
		lead = v.T("deletion.made", v.DateTime(s.Made))
	}
	pg := v.NewRecord(v.title(s), lead, fds.Link{Href: "/tilsyn/sletninger", Text: v.T("deletions.title")}, fds.Link{Href: Path, Text: v.T("deletion.title")})
	tone, badge, says := v.verdict(s)
	pg.Badge = &fds.Badge{Tone: tone, Text: badge}
	if s.away {
		pg.Lead = ""
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("deletion.unknown"), Text: says})
		return pg
	}
	base := room.Path(s.month.String())
	if s.issued != nil {
		pg.Actions = append(pg.Actions, fds.Link{Href: base + "/udlever", Text: v.T("deletion.hand.button")})
	} else {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Heading: v.T("deletion.not-made"), Text: v.T("deletion.not-made.text", v.DateTime(s.month.Ready()))})
	}
	for _, form := range []string{"pdf", "docx", "html", "xlsx", "csv", "json"} {
		pg.Actions = append(pg.Actions, fds.Link{Href: base + "/fil/" + form, Text: v.T("deletion.get." + form)})
	}
	pg.Add(page.Section{ID: "kort", Heading: v.T("deletion.short"), Paragraphs: v.told(s)})
	for _, x := range v.sections(s) {
		pg.Add(x)
	}
	pg.Add(page.Section{ID: "saadan", Heading: v.T("deletion.how"), Paragraphs: v.how(s)})
	return pg
}

// paper is the statement as a document: what stands on the page, in its order.
func (v *visit) paper(s stated) *paper.Paper {
	doc := v.NewPaper(v.title(s))
	made := v.T("deletion.running", v.DateTime(s.Made))
	if s.issued != nil {
		made = v.T("deletion.made", v.DateTime(s.Made))
	}
	doc.Facts = []paper.Fact{{Term: v.T("deletion.controller"), Text: s.Controller}, {Term: v.T("deletion.period"), Text: v.T("deletion.from.to", v.Date(s.From), v.Date(s.To.Add(-time.Second)))}, {Term: v.T("deletion.stated"), Text: made}}
	for _, text := range v.told(s) {
		doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: text})
	}
	doc.Blocks = append(doc.Blocks, page.Blocks(v.sections(s))...)
	doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("deletion.how")}, paper.List{Items: v.how(s)})
	return doc
}

// table is the statement for a spreadsheet: a row for each camera, and the sum.
func (v *visit) table(s stated) sheet.Table {
	t := sheet.Table{Name: v.title(s), Head: []string{v.T("deletion.column.place"), v.T("deletion.column.camera"), v.T("deletion.column.fell"), v.T("deletion.column.deleted"), v.T("deletion.column.kept"),
		v.T("deletion.column.left"), v.T("deletion.column.late"), v.T("deletion.column.freed"), v.T("deletion.column.worst-minutes"), v.T("deletion.column.first"), v.T("deletion.column.last"), v.T("deletion.column.files"), v.T("deletion.column.bytes"), v.T("deletion.column.proofs")}}
	row := func(place, name string, x room.Sums, proofs string) {
		cells := sheet.Texts(place, name)
		for _, n := range []int64{x.Due, x.Done, x.Kept, x.Left, x.Late, x.Freed, (x.WorstS + 59) / 60} {
			cells = append(cells, sheet.Count(int(n)))
		}
		cells = append(cells, sheet.Moment(x.First), sheet.Moment(x.Last), sheet.Count(int(x.Files)), sheet.Count(int(x.Bytes)), sheet.Text(proofs))
		t.Rows = append(t.Rows, cells)
	}
	for _, c := range s.Cameras {
		proofs := ""
		if c.Proofs[0] > 0 {
			proofs = v.Number(c.Proofs[0]) + "–" + v.Number(c.Proofs[1])
		}
		row(c.Place, c.Name, c.Sums, proofs)
	}
	row("", v.T("deletion.total"), s.Total, "")
	return t
}

// listPage lists the months: those that have none yet first.
func (v *visit) listPage(all []room.Issued, awaited []room.Month) *page.Record {
	pg := v.NewRecord(v.T("deletion.title"), v.T("deletion.lead"), fds.Link{Href: "/tilsyn/sletninger", Text: v.T("deletions.title")})
	s := page.Section{ID: "maaneder", Heading: v.T("deletion.months")}
	s.Grid = page.NewGrid(s.Heading, v.T("deletion.column.month"), v.T("deletion.column.state"), v.T("deletion.column.fell"), v.T("deletion.column.deleted"), v.T("deletion.column.kept"), v.T("deletion.column.late"), v.T("deletion.stated"))
	for i := 2; i < 6; i++ {
		s.Grid.Table.Columns[i].End = true
	}
	for i := len(awaited) - 1; i >= 0; i-- {
		m := awaited[i]
		state := page.Cell{Badge: &fds.Badge{Tone: fds.Info, Text: v.T("deletion.badge.running")}}
		if v.Now.After(m.Ready().Add(room.Tolerated)) {
			state = page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("deletion.badge.missing")}, Quiet: v.T("deletion.missing")}
		}
		dash := page.Cell{Text: "–", End: true}
		s.Grid.Add(page.Cell{Text: v.month(m), Href: room.Path(m.String())}, state, dash, dash, dash, dash, page.Cell{Text: v.T("deletion.ready", v.Date(m.Ready()))})
	}
	for _, i := range all {
		m := room.MonthOf(i.From)
		tone, badge, _ := v.verdict(stated{Statement: i.Statement, month: m, issued: &i})
		cells := []page.Cell{{Text: v.month(m), Href: room.Path(i.Month)}, {Badge: &fds.Badge{Tone: tone, Text: badge}}}
		for _, n := range []int64{i.Total.Due, i.Total.Done, i.Total.Kept, i.Total.Late} {
			cells = append(cells, page.Cell{Text: v.Number(n), End: true})
		}
		s.Grid.Add(append(cells, page.Cell{Text: v.DateTime(i.Made)})...)
	}
	if len(s.Grid.Lines) == 0 {
		s.Grid, s.Empty = nil, v.T("deletion.months.none")
	}
	pg.Add(s)
	return pg
}

// readme is what is said in a package, in Danish: see page.Sealed.
func (v *visit) readme(s stated) (out []string) {
	da := v.Site.In(page.Danish)
	month := (&visit{&page.Visit{Words: da}, v.s}).month(s.month)
	for i := 1; da.Has("deletion.readme." + strconv.Itoa(i)); i++ {
		out = append(out, strings.NewReplacer("{2}", s.Controller, "{3}", da.DateTime(s.Made), "{4}", month, "{5}", strconv.FormatInt(s.issued.Entry+1, 10)).
			Replace(da.T("deletion.readme."+strconv.Itoa(i), "{0}", "{1}", "{2}", "{3}", "{4}", "{5}")))
	}
	// How it is checked is said as of every sealed package.
	for i := 3; da.Has("inspection.readme." + strconv.Itoa(i)); i++ {
		if i > 3 && v.s.Signer == nil {
			continue // about the signature
		}
		out = append(out, da.T("inspection.readme."+strconv.Itoa(i), "{0}", "{1}"))
	}
	return out
}
