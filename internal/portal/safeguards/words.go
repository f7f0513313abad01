package safeguards

import (
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/safeguards"
)

// Say is a statement in words: the text of its key, with its number first where
// the text counts, then its name and date.
func Say(v *page.Visit, prefix string, s room.Statement) string {
	at := ""
	if !s.At.IsZero() {
		at = v.Date(s.At)
	}
	if v.Has(prefix + s.Key + ".many") {
		return v.N(prefix+s.Key, s.Count, s.Name, at)
	}
	return v.T(prefix+s.Key, s.Name, at)
}

func (v *visit) says(list []room.Statement) (out []string) {
	for _, s := range list {
		out = append(out, Say(v.Visit, "safeguards.says.", s))
	}
	return out
}

// lacks are what is missing, each with what to do about it.
func (v *visit) lacks(list []room.Statement) (out []string) {
	for _, s := range list {
		out = append(out, Say(v.Visit, "safeguards.lack.", s)+" "+v.Or("safeguards.lack."+s.Key+".do", ""))
	}
	return out
}

// sections are the parts, in words.
func (v *visit) sections(d room.Description) (out []page.Section) {
	for _, p := range d.Parts {
		title := v.T("safeguards.part." + string(p.Part))
		s := page.Section{ID: string(p.Part), Heading: title, Lead: v.T("safeguards.cite." + string(p.Part)), List: &fds.StructuredList{Caption: title}}
		row := func(key string, lines []string) fds.Row {
			r := fds.Row{Term: v.T("safeguards.row." + key)}
			if len(lines) > 0 {
				r.Text, r.More = lines[0], lines[1:]
			}
			return r
		}
		s.List.Rows = append(s.List.Rows, row("so", v.says(p.Says)))
		if p.Decided.Words != "" {
			s.List.Rows = append(s.List.Rows, row("decided", append(strings.Split(p.Decided.Words, "\n"), v.T("safeguards.by", p.Decided.Name, v.Date(p.Decided.At)))))
		}
		if len(p.Lacks) > 0 {
			r := row("missing", v.lacks(p.Lacks))
			r.Badge = &fds.Badge{Tone: fds.Warning, Text: v.N("safeguards.lacks", int64(len(p.Lacks)))}
			s.List.Rows = append(s.List.Rows, r)
		}
		out = append(out, s)
	}
	return out
}

// status says how the newest version stands to what is so now.
func (v *visit) status(d room.Description, versions []room.Version) *fds.Alert {
	if len(versions) == 0 {
		return &fds.Alert{Tone: fds.Warning, Heading: v.T("safeguards.none"), Text: v.T("safeguards.none.text")}
	}
	newest := versions[0]
	n := strconv.Itoa(newest.Version.Version)
	if old := newest.Says.Differs(d); len(old) > 0 {
		var names []string
		for _, p := range old {
			names = append(names, strings.ToLower(v.T("safeguards.part."+string(p))))
		}
		return &fds.Alert{Tone: fds.Warning, Heading: v.T("safeguards.old", n), Text: v.T("safeguards.old.text", strings.Join(names, ", "))}
	}
	return &fds.Alert{Tone: fds.Success, Heading: v.T("safeguards.same", n), Text: v.T("safeguards.same.text", v.Date(newest.Added), newest.Name)}
}

func (v *visit) descriptionPage(d room.Description, versions []room.Version) *page.Record {
	pg := v.NewRecord(v.T("safeguards.title"), v.T("safeguards.lead"), fds.Link{Href: "/tilsyn", Text: v.T("papers.title")})
	may := v.May(access.EditRules, access.Object{Controller: v.Person.Controller})
	if may {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/udgiv", Text: v.T("safeguards.issue.button")})
	}
	for _, form := range []string{"pdf", "docx", "html"} {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/fil/" + form, Text: v.T("safeguards.get." + form)})
	}
	pg.Actions = append(pg.Actions, fds.Link{Href: path + "/retningslinje/docx", Text: v.T("safeguards.guideline.get")})
	head := page.Section{ID: "udgaver", Heading: v.T("safeguards.versions"), Alert: v.status(d, versions), Empty: v.T("safeguards.versions.none")}
	if len(versions) > 0 {
		head.Empty = ""
		head.Grid = page.NewGrid(head.Heading, v.T("safeguards.column.version"), v.T("safeguards.column.issued"), v.T("safeguards.column.by"), v.T("safeguards.column.note"))
		for _, x := range versions {
			n := strconv.Itoa(x.Version.Version)
			head.Grid.Add(page.Cell{Text: v.T("safeguards.version", n), Href: path + "/udgave/" + n}, page.Cell{Text: v.Date(x.Added)}, page.Cell{Text: x.Name}, page.Cell{Text: x.Note})
		}
	}
	pg.Add(head)
	for _, s := range v.sections(d) {
		if may {
			s.Links = []fds.Link{{Href: path + "/del/" + s.ID, Text: v.T("safeguards.write", s.Heading)}}
		}
		pg.Add(s)
	}
	return pg
}

func (v *visit) versionPage(x room.Version) *page.Record {
	n := strconv.Itoa(x.Version.Version)
	pg := v.NewRecord(v.T("safeguards.version.title", n), v.T("safeguards.version.lead", v.Date(x.Added), x.Name), fds.Link{Href: "/tilsyn", Text: v.T("papers.title")}, fds.Link{Href: path, Text: v.T("safeguards.title")})
	pg.Actions = []fds.Link{{Href: path + "/udgave/" + n + "/fil", Text: v.T("safeguards.get.pdf")}}
	if x.Note != "" {
		pg.Add(page.Section{ID: "nyt", Heading: v.T("safeguards.column.note"), Lead: x.Note})
	}
	for _, s := range v.sections(x.Says) {
		pg.Add(s)
	}
	return pg
}

// paper is the description as a document: version n, or a draft.
func (v *visit) paper(d room.Description, n int, at time.Time) *paper.Paper {
	doc := v.NewPaper(v.T("safeguards.paper"))
	doc.Facts = []paper.Fact{{Term: v.T("safeguards.controller"), Text: d.Controller}}
	if n > 0 {
		doc.Facts = append(doc.Facts, paper.Fact{Term: v.T("safeguards.column.version"), Text: strconv.Itoa(n)}, paper.Fact{Term: v.T("safeguards.column.issued"), Text: v.Date(at)})
	} else {
		doc.Facts = append(doc.Facts, paper.Fact{Term: v.T("safeguards.column.version"), Text: v.T("safeguards.draft", v.DateTime(d.Made))})
	}
	lacking := v.T("safeguards.lacks.none")
	if k := d.Lacks(); k > 0 {
		lacking = v.N("safeguards.lacks", int64(k))
	}
	doc.Facts = append(doc.Facts, paper.Fact{Term: v.T("safeguards.row.missing"), Text: lacking})
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("safeguards.paper.lead")})
	doc.Blocks = append(doc.Blocks, page.Blocks(v.sections(d))...)
	return doc
}
