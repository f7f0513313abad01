package inspection

import (
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/safeguards"
)

// mostProofs is how many are shown one by one on the page; a file has them all.
const mostProofs = 200

// of is a text of an answer.
func of(n int, key string) string { return strconv.Itoa(n) + "." + key }

// statement is one in words.
func (v *visit) statement(n int, s room.Statement) string {
	if key, ok := strings.CutPrefix(s.Key, "safeguards."); ok {
		s.Key = key
		return safeguards.Say(v.Visit, "safeguards.says.", s.Statement)
	}
	return safeguards.Say(v.Visit, "inspection.says."+strconv.Itoa(n)+".", s.Statement)
}

// gap is one in words: where, what, and what to do about it.
func (v *visit) gap(n int, g room.Gap) (what, do string) {
	key := "inspection.gap." + of(n, g.Key)
	if g.Key == "safeguards" {
		key = "safeguards.lack." + g.Name
		g.Name = ""
	}
	at := ""
	if !g.At.IsZero() {
		at = v.Date(g.At)
	}
	if g.Count > 0 && v.Has(key+".many") {
		return v.N(key, g.Count, g.Name, at), v.Or(key+".do", "")
	}
	return v.T(key, g.Name, at), v.Or(key+".do", "")
}

// cell is one in words.
func (v *visit) cell(c room.Cell) page.Cell {
	out := page.Cell{Text: c.Text, Href: c.Href}
	if c.EN != "" && v.Lang == page.English {
		out.Text = c.EN
	}
	kind, isKind := strings.CutPrefix(c.Key, "kind.")
	switch {
	case isKind:
		out.Text = v.kind(kind)
	case c.Key == "kinds":
		var all []string
		for _, id := range strings.Fields(c.Text) {
			all = append(all, v.kind(id))
		}
		out.Text = strings.Join(all, ", ")
	case c.Key != "" && v.Has("inspection.cell."+c.Key+".many"):
		out.Text = v.N("inspection.cell."+c.Key, c.Count)
	case c.Key != "":
		out.Text = v.T("inspection.cell."+c.Key, v.Number(c.Count))
	case !c.At.IsZero():
		out.Text = v.Date(c.At)
	case c.Text == "" && c.Count > 0:
		out.Text, out.End = v.Number(c.Count), true
	}
	if out.Text == "" {
		out.Text = "–"
	}
	if out.Text == "–" {
		out.Href = ""
	}
	return out
}

func (v *visit) kind(id string) string {
	if k, ok := v.s.Law.At(v.Now).Place(id); ok {
		return strings.ToLower(k.Name.In(string(v.Lang)))
	}
	return v.T("inspection.kind.none")
}

// sections are the answers, each with its tables after it.
func (v *visit) sections(a room.Answers) (out []page.Section) {
	for _, x := range a.Answers {
		n := strconv.Itoa(x.Number)
		s := page.Section{ID: "svar-" + n, Heading: v.T("inspection.q."+n, n), List: &fds.StructuredList{Caption: v.T("inspection.q."+n, n)}}
		s.List.Rows = append(s.List.Rows, v.row("says", v.says(x)))
		if len(x.Cannot) > 0 {
			var lines []string
			for _, key := range x.Cannot {
				lines = append(lines, v.T("inspection.cannot."+of(x.Number, key)))
			}
			s.List.Rows = append(s.List.Rows, v.row("cannot", lines))
		}
		if text := v.proven(x); text != "" {
			s.List.Rows = append(s.List.Rows, v.row("proof", []string{text}))
		}
		if len(x.Gaps) == 0 {
			s.List.Rows = append(s.List.Rows, fds.Row{Term: v.T("inspection.gaps"), Badge: &fds.Badge{Tone: fds.Success, Text: v.T("inspection.gaps.none")}})
			out = append(out, s)
		} else {
			s.List.Rows = append(s.List.Rows, fds.Row{Term: v.T("inspection.gaps"), Badge: &fds.Badge{Tone: fds.Error, Text: v.N("inspection.gaps", int64(len(x.Gaps)))}})
			out = append(out, s, v.gaps(x))
		}
		for _, t := range x.Tables {
			out = append(out, v.table(x.Number, t))
		}
	}
	return out
}

func (v *visit) row(key string, lines []string) fds.Row {
	return fds.Row{Term: v.T("inspection." + key), Text: lines[0], More: lines[1:]}
}

func (v *visit) says(x room.Answer) (lines []string) {
	for _, s := range x.Says {
		if s.Key == "decided" {
			lines = append(lines, v.T("inspection.decided", s.Name, v.Date(s.At)))
			continue
		}
		lines = append(lines, v.statement(x.Number, s))
	}
	if len(lines) == 0 {
		lines = append(lines, v.T("inspection.says.nothing"))
	}
	return lines
}

func (v *visit) gaps(x room.Answer) page.Section {
	n := strconv.Itoa(x.Number)
	s := page.Section{ID: "mangler-" + n, Heading: v.T("inspection.gaps.heading", n)}
	s.Grid = page.NewGrid(s.Heading, v.T("inspection.column.missing"), v.T("inspection.column.where"), v.T("inspection.column.do"))
	for _, g := range x.Gaps {
		what, do := v.gap(x.Number, g)
		where := page.Cell{Text: v.T("inspection.everywhere")}
		if g.Place != "" {
			where = page.Cell{Text: g.Place, Href: "/steder/" + g.Location}
		}
		s.Grid.Add(page.Cell{Text: what}, where, page.Cell{Text: do, Href: g.Href})
	}
	return s
}

func (v *visit) table(n int, t room.Table) page.Section {
	caption := v.T("inspection.table." + of(n, t.Key))
	s := page.Section{ID: "tabel-" + strconv.Itoa(n) + "-" + t.Key, Heading: caption}
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, v.T("inspection.column."+c))
	}
	s.Grid = page.NewGrid(caption, columns...)
	for _, row := range t.Rows {
		var cells []page.Cell
		for _, c := range row {
			cells = append(cells, v.cell(c))
		}
		s.Grid.Add(cells...)
	}
	return s
}

// proven counts what an answer rests on, by what it is.
func (v *visit) proven(x room.Answer) string {
	count, order := map[string]int64{}, []string{}
	for _, s := range x.Says {
		for _, p := range s.Proof {
			if count[p.What]++; count[p.What] == 1 {
				order = append(order, p.What)
			}
		}
	}
	var parts []string
	for _, what := range order {
		parts = append(parts, v.N("inspection.proof."+what, count[what]))
	}
	if len(parts) == 0 {
		return ""
	}
	return v.T("inspection.proven", strings.Join(parts, ", "))
}

// proofs are what all answers rest on, each once.
func proofs(a room.Answers) (out []room.Proof, in map[room.Proof][]string) {
	in = map[room.Proof][]string{}
	for _, x := range a.Answers {
		n := strconv.Itoa(x.Number)
		for _, s := range x.Says {
			for _, p := range s.Proof {
				if in[p] == nil {
					out = append(out, p)
				}
				if l := in[p]; len(l) == 0 || l[len(l)-1] != n {
					in[p] = append(in[p], n)
				}
			}
		}
	}
	return out, in
}

// annex lists what the answers rest on.
func (v *visit) annex(a room.Answers, most int) (page.Section, bool) {
	s := page.Section{ID: "bilag", Heading: v.T("inspection.annex"), Lead: v.T("inspection.annex.lead")}
	all, in := proofs(a)
	if len(all) == 0 || len(all) > most {
		s.Empty = v.N("inspection.annex.file", int64(len(all)))
		return s, len(all) > 0
	}
	s.Grid = page.NewGrid(s.Heading, v.T("inspection.column.proof"), v.T("inspection.column.name"), v.T("inspection.column.entry"), v.T("inspection.column.answers"))
	for _, p := range all {
		entry := page.Cell{Text: "–"}
		if p.Entry > 0 {
			entry = page.Cell{Text: v.Number(p.Entry - 1), End: true}
		}
		s.Grid.Add(page.Cell{Text: v.T("inspection.what." + p.What)}, page.Cell{Text: p.Name, Href: p.Href}, entry, page.Cell{Text: strings.Join(in[p], ", ")})
	}
	return s, true
}

// head says whose answers they are, and when.
func (v *visit) head(a room.Answers) []paper.Fact {
	about := v.T("inspection.about.all", v.Number(int64(a.Locations)))
	if a.Location != "" {
		about = a.Place
	}
	out := []paper.Fact{{Term: v.T("inspection.controller"), Text: a.Controller}, {Term: v.T("inspection.about"), Text: about},
		{Term: v.T("inspection.cameras"), Text: v.Number(int64(a.Cameras))}, {Term: v.T("inspection.made"), Text: v.DateTime(a.Made)}}
	if a.Contact != "" {
		out = append(out, paper.Fact{Term: v.T("inspection.contact"), Text: a.Contact})
	}
	if a.DPO != "" {
		out = append(out, paper.Fact{Term: v.T("inspection.dpo"), Text: a.DPO})
	}
	return append(out, paper.Fact{Term: v.T("inspection.gaps"), Text: v.summary(a)})
}

// summary says in which answers something is missing.
func (v *visit) summary(a room.Answers) string {
	var in []string
	for _, x := range a.Answers {
		if len(x.Gaps) > 0 {
			in = append(in, strconv.Itoa(x.Number))
		}
	}
	if len(in) == 0 {
		return v.T("inspection.summary.none")
	}
	return v.N("inspection.summary", int64(a.Gaps()), strings.Join(in, ", "))
}

// paper is the answers as a document.
func (v *visit) paper(a room.Answers, pictures []picture) *paper.Paper {
	doc := v.NewPaper(v.T("inspection.paper"))
	doc.Facts = v.head(a)
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("inspection.paper.lead")})
	all := v.sections(a)
	for i := range all { // the tables of an answer stand beneath it
		if !strings.HasPrefix(all[i].ID, "svar-") {
			doc.Blocks = append(doc.Blocks, lower(page.Blocks(all[i:i+1]))...)
			continue
		}
		doc.Blocks = append(doc.Blocks, page.Blocks(all[i:i+1])...)
	}
	if len(pictures) > 0 {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: v.T("inspection.pictures")})
		for _, p := range pictures {
			doc.Blocks = append(doc.Blocks, p.Picture, paper.Paragraph{Text: p.Text, Quiet: true})
		}
	}
	if s, ok := v.annex(a, len(a.Answers)*100_000); ok {
		doc.Blocks = append(doc.Blocks, page.Blocks([]page.Section{s})...)
	}
	return doc
}

// lower makes headings one level lower.
func lower(blocks []paper.Block) []paper.Block {
	for i, b := range blocks {
		if h, ok := b.(paper.Heading); ok {
			h.Level++
			blocks[i] = h
		}
	}
	return blocks
}

func (v *visit) readme(a room.Answers) []string {
	da := v.Site.In(page.Danish)
	var out []string
	for i := 1; da.Has("inspection.readme." + strconv.Itoa(i)); i++ {
		if i > 3 && i < 6 && v.s.Signer == nil {
			continue // about the signature
		}
		out = append(out, strings.NewReplacer("{2}", a.Controller, "{3}", da.DateTime(a.Made)).Replace(da.T("inspection.readme."+strconv.Itoa(i), "{0}", "{1}", "{2}", "{3}")))
	}
	return out
}

func (v *visit) answersPage(a room.Answers) *page.Record {
	crumbs := []fds.Link{{Href: front, Text: v.T("papers.title")}}
	title := v.T("inspection.title")
	if a.Location != "" {
		crumbs, title = append(crumbs, fds.Link{Href: path, Text: title}), v.T("inspection.title.one", a.Place)
	}
	pg := v.NewRecord(title, v.T("inspection.lead"), crumbs...)
	base := v.base(a)
	pg.Actions = []fds.Link{{Href: base + "/udlever", Text: v.T("inspection.hand.button")}}
	for _, form := range []string{"pdf", "docx", "html"} {
		pg.Actions = append(pg.Actions, fds.Link{Href: base + "/fil/" + form, Text: v.T("inspection.get." + form)})
	}
	head := page.Section{ID: "hvem", Heading: v.T("inspection.about"), List: &fds.StructuredList{Caption: v.T("inspection.about")}}
	for _, f := range v.head(a) {
		head.List.Rows = append(head.List.Rows, fds.Row{Term: f.Term, Text: f.Text})
	}
	if n := a.Gaps(); n > 0 {
		head.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.N("inspection.gaps", int64(n)), Text: v.summary(a)}
	} else {
		head.Alert = &fds.Alert{Tone: fds.Success, Heading: v.T("inspection.gaps.none"), Text: v.summary(a)}
	}
	pg.Add(head)
	for _, s := range v.sections(a) {
		pg.Add(s)
	}
	if s, ok := v.annex(a, mostProofs); ok {
		pg.Add(s)
	}
	return pg
}
