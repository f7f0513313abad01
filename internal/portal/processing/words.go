package processing

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/processing"
	"vidne.dk/vidne/internal/sheet"
)

// name is an activity's: what for.
func (v *visit) name(a processing.Activity) string {
	return v.T("processing.activity", v.Or("processing.purpose."+a.Purpose, a.Purpose))
}

// facts are what the record says of an activity, in the order of art. 30 stk. 1.
func (v *visit) facts(a processing.Activity) []paper.Fact {
	rules := v.s.Law.At(v.Now)
	var out []paper.Fact
	say := func(key, text string) { out = append(out, paper.Fact{Term: v.T("processing." + key), Text: text}) }
	purpose := v.Or("processing.purpose."+a.Purpose+".long", a.Purpose)
	if len(a.Says) > 0 {
		purpose += " " + v.T("processing.says", strings.Join(a.Says, "; "))
	}
	say("purposes", purpose)
	say("basis", a.Basis+". "+v.T("processing.basis."+v.authority()))
	people := []string{v.T("processing.people.here", strings.Join(v.kinds(a, rules), ", "))}
	if a.Workplaces {
		people = append(people, v.T("processing.people.staff"))
	}
	say("people", strings.Join(people, " "))
	data := v.T("processing.data.text")
	if a.Sound {
		data = v.T("processing.data.sound")
	}
	if a.Class == permit.ClassCrime {
		data += " " + v.T("processing.data.crime")
	}
	say("data", data)
	var to []string
	for _, g := range a.Recipients {
		to = append(to, v.Or("processing.to."+g, g))
	}
	say("recipients", strings.Join(to, "; "))
	say("transfers", v.T("processing.transfers.none"))
	say("erasure", v.erasure(a))
	say("term", v.T("processing.term.text", v.Date(a.Since), v.Date(a.Until)))
	return out
}

func (v *visit) authority() string {
	k, ok := v.kind()
	if ok && k.Public {
		return "public"
	}
	return "private"
}

func (v *visit) kind() (law.Kind, bool) {
	all := v.s.Law.At(v.Now).Controllers()
	i := slices.IndexFunc(all, func(k law.Kind) bool { return k.ID == v.Controller.Kind })
	if i < 0 {
		return law.Kind{}, false
	}
	return all[i], true
}

// kinds are the kinds of place of an activity, each once.
func (v *visit) kinds(a processing.Activity, rules law.Rules) (out []string) {
	for _, p := range a.Places {
		for _, id := range p.Kinds {
			if k, ok := rules.Place(id); ok {
				if text := strings.ToLower(k.Name.In(string(v.Lang))); !slices.Contains(out, text) {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

func (v *visit) erasure(a processing.Activity) string {
	text := v.T("processing.erasure.same", v.days(a.LongestHours))
	if a.ShortestHours != a.LongestHours {
		text = v.T("processing.erasure.between", v.days(a.ShortestHours), v.days(a.LongestHours))
	}
	if len(a.Holds) == 0 {
		return text + " " + v.T("processing.erasure.never")
	}
	var why []string
	for _, h := range a.Holds {
		why = append(why, v.Or("processing.hold."+h, h))
	}
	return text + " " + v.T("processing.erasure.holds", strings.Join(why, "; "))
}

// days are a retention in whole days, or hours below one.
func (v *visit) days(hours int) string {
	if hours%24 != 0 {
		return v.N("processing.hours", int64(hours))
	}
	return v.N("processing.days", int64(hours/24))
}

// measures are what is done so that nobody else gets at it (art. 32), with the
// figures of today.
func (v *visit) measures(r processing.Record) []string {
	out := []string{v.T("processing.measure.permit"), v.T("processing.measure.sealed"), v.T("processing.measure.deletion"), v.N("processing.measure.people", int64(r.Measures.MayLook)),
		v.T("processing.measure.grounds"), v.N("processing.measure.storage", int64(r.Measures.AtStorage)), v.T("processing.measure.log")}
	review := v.T("processing.measure.review."+string(r.Measures.ReviewEvery)) + " "
	if r.Measures.LastReview.IsZero() {
		review += v.T("processing.measure.review.never")
	} else {
		review += v.T("processing.measure.review.last", v.Date(r.Measures.LastReview))
	}
	return append(out, review)
}

// head says whose record it is (art. 30 stk. 1 litra a).
func (v *visit) head(r processing.Record) []paper.Fact {
	return []paper.Fact{{Term: v.T("processing.controller"), Text: r.Controller}, {Term: v.T("processing.contact"), Text: v.or(r.Contact)},
		{Term: v.T("processing.dpo"), Text: v.or(r.DPO)}, {Term: v.T("processing.made"), Text: v.DateTime(r.Made)}}
}

// or is a text, or that it is missing.
func (v *visit) or(text string) string {
	if text == "" {
		return v.T("processing.missing")
	}
	return text
}

func (v *visit) processors(r processing.Record) [][]string {
	var rows [][]string
	for _, p := range r.Processors {
		rows = append(rows, []string{p.Name, p.CVR, strings.Join(p.What, "; ")})
	}
	return rows
}

func (v *visit) placeRow(p processing.Place) []string {
	return []string{p.Name, p.Address, v.Number(int64(p.Cameras)), strings.Join(p.Cases, ", ")}
}

// paper is the record as a document.
func (v *visit) paper(r processing.Record) *paper.Paper {
	doc := &paper.Paper{Lang: string(v.Lang), Title: v.T("processing.heading", r.Controller), Facts: v.head(r), Source: v.T("processing.source", r.Controller), Made: r.Made, MadeText: v.DateTime(r.Made), PageText: v.T("committee.page")}
	add := func(b ...paper.Block) { doc.Blocks = append(doc.Blocks, b...) }
	add(paper.Paragraph{Text: v.T("processing.lead")})
	if len(r.Activities) == 0 {
		add(paper.Paragraph{Text: v.T("processing.empty"), Strong: true})
	}
	for _, a := range r.Activities {
		add(paper.Heading{Level: 2, Text: v.name(a)}, paper.Facts(v.facts(a)))
		t := paper.Table{Caption: v.T("processing.places"), Columns: v.placeColumns(), Widths: []float64{3, 4, 1, 2}}
		for _, p := range a.Places {
			t.Rows = append(t.Rows, v.placeRow(p))
		}
		add(t)
	}
	add(paper.Heading{Level: 2, Text: v.T("processing.processors")})
	if rows := v.processors(r); len(rows) > 0 {
		add(paper.Table{Caption: v.T("processing.processors"), Columns: v.processorColumns(), Widths: []float64{3, 2, 5}, Rows: rows})
	} else {
		add(paper.Paragraph{Text: v.T("processing.processors.none")})
	}
	add(paper.Heading{Level: 2, Text: v.T("processing.measures")}, paper.List{Items: v.measures(r)})
	return doc
}

func (v *visit) placeColumns() []string {
	return []string{v.T("processing.place"), v.T("processing.address"), v.T("processing.cameras"), v.T("processing.cases")}
}

func (v *visit) processorColumns() []string {
	return []string{v.T("processing.firm"), v.T("processing.cvr"), v.T("processing.what")}
}

// table is the record as a spreadsheet: a row for each activity at each place.
func (v *visit) table(r processing.Record) sheet.Table {
	t := sheet.Table{Name: v.T("processing.file"), Head: []string{v.T("processing.controller"), v.T("processing.contact"), v.T("processing.dpo"), v.T("processing.name")}}
	var terms bool
	for _, a := range r.Activities {
		facts := v.facts(a)
		if !terms {
			for _, f := range facts {
				t.Head = append(t.Head, f.Term)
			}
			t.Head, terms = append(append(t.Head, v.placeColumns()...), v.T("processing.processors"), v.T("processing.measures"), v.T("processing.made")), true
		}
		var firms []string
		for _, p := range r.Processors {
			firms = append(firms, p.Name)
		}
		for _, p := range a.Places {
			row := sheet.Texts(r.Controller, r.Contact, r.DPO, v.name(a))
			for _, f := range facts {
				row = append(row, sheet.Text(f.Text))
			}
			at := v.placeRow(p)
			row = append(row, sheet.Text(at[0]), sheet.Text(at[1]), sheet.Count(p.Cameras), sheet.Text(at[3]), sheet.Text(strings.Join(firms, "; ")),
				sheet.Text(strings.Join(v.measures(r), " ")), sheet.Moment(r.Made))
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func (v *visit) recordPage(r processing.Record) *page.Record {
	pg := v.NewRecord(v.T("processing.title"), v.T("processing.lead"), fds.Link{Href: "/tilsyn", Text: v.T("papers.title")})
	for _, form := range []string{"pdf", "docx", "html", "xlsx", "csv", "json"} {
		pg.Actions = append(pg.Actions, fds.Link{Href: path + "/fil/" + form, Text: v.T("processing.get." + form)})
	}
	pg.Add(page.Section{ID: "hvem", Heading: v.T("processing.who"), List: list(v.T("processing.who"), v.head(r))})
	if len(r.Activities) == 0 {
		pg.Add(page.Section{ID: "aktiviteter", Heading: v.T("processing.activities"), Empty: v.T("processing.empty")})
	}
	for _, a := range r.Activities {
		s := page.Section{ID: a.Purpose + "-" + a.BasisID, Heading: v.name(a), List: list(v.name(a), v.facts(a))}
		s.Grid = page.NewGrid(v.T("processing.places"), v.placeColumns()...)
		for _, p := range a.Places {
			row := v.placeRow(p)
			s.Grid.Add(page.Cell{Text: row[0], Href: "/steder/" + p.ID}, page.Cell{Text: row[1]}, page.Cell{Text: row[2], End: true}, page.Cell{Text: row[3]})
		}
		pg.Add(s)
	}
	firms := page.Section{ID: "databehandlere", Heading: v.T("processing.processors"), Empty: v.T("processing.processors.none")}
	if rows := v.processors(r); len(rows) > 0 {
		firms.Grid = page.NewGrid(firms.Heading, v.processorColumns()...)
		for _, row := range rows {
			firms.Grid.Add(page.Cell{Text: row[0]}, page.Cell{Text: row[1]}, page.Cell{Text: row[2]})
		}
	}
	pg.Add(firms)
	sec := page.Section{ID: "sikkerhed", Heading: v.T("processing.measures"), Grid: page.NewGrid(v.T("processing.measures"), v.T("processing.measure"))}
	for _, m := range v.measures(r) {
		sec.Grid.Add(page.Cell{Text: m})
	}
	pg.Add(sec)
	return pg
}

func list(caption string, facts []paper.Fact) *fds.StructuredList {
	l := &fds.StructuredList{Caption: caption}
	for _, f := range facts {
		l.Rows = append(l.Rows, fds.Row{Term: f.Term, Text: f.Text})
	}
	return l
}
