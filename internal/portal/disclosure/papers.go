package disclosure

import (
	"bytes"

	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/web"
)

// sheet begins a paper of the disclosure.
func (v *visit) sheet(title string) *paper.Paper {
	name := v.Controller.Name
	return &paper.Paper{Lang: string(v.Lang), Title: title, Source: name + ", " + v.d.Number, Made: v.Now, MadeText: v.DateTime(v.Now), PageText: v.T("committee.page")}
}

// blankPaper is the receipt that whoever receives the package signs: no pictures,
// no passphrase, no names of people who were filmed.
func (v *visit) blankPaper() *paper.Paper {
	d, p := v.d, v.d.Package()
	doc := v.sheet(v.T("blank.title"))
	doc.Facts = []paper.Fact{{Term: v.T("blank.from"), Text: v.Controller.Name}, {Term: v.T("disclosure.field.journal"), Text: orDash(d.Journal)}, {Term: v.T("blank.package"), Text: p.ID},
		{Term: v.T("disclosure.field.interval"), Text: v.T("incident.span", v.DateTimeSeconds(d.From), v.DateTimeSeconds(d.To))}, {Term: v.T("disclosure.field.kind"), Text: d.Kind.Cites(v.classes...)}}
	line := "\n______________________________"
	doc.Blocks = []paper.Block{
		paper.Paragraph{Text: v.T("blank.text")},
		paper.Table{Columns: []string{v.T("blank.what"), v.T("blank.write")}, Widths: []float64{2, 4}, Rows: [][]string{
			{v.T("blank.medium"), line}, {v.T("blank.name"), line}, {v.T("blank.badge"), line}, {v.T("blank.station"), line}, {v.T("blank.when"), line}, {v.T("blank.sum"), line}, {v.T("blank.signature"), "\n" + line}}},
		paper.Paragraph{Text: v.T("blank.phrase"), Quiet: true},
	}
	return doc
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (p *Screens) blank(v *visit) error {
	if len(v.d.Packages) == 0 {
		return v.See(v.here())
	}
	return v.print(v.blankPaper(), v.T("blank.file")+"-"+v.d.Number)
}

// letterPaper is what whoever asked gets to read when the law is against it: why,
// and what they can do instead.
func (v *visit) letterPaper() *paper.Paper {
	lang := string(v.Lang)
	doc := v.sheet(v.T("refusal.title"))
	doc.Facts = []paper.Fact{{Term: v.T("refusal.to"), Text: line(v.d.Recipient.Name, v.d.Recipient.Station, v.d.Recipient.Authority)}, {Term: v.T("blank.from"), Text: v.Controller.Name}}
	doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("refusal.text", v.Date(v.d.Asked))}, paper.Heading{Level: 2, Text: v.T("refusal.why")})
	var why, do []string
	seen := map[string]bool{}
	for _, x := range v.d.Against {
		if say := x.Text.In(lang) + " (" + x.Cite + ")"; !seen[say] {
			seen[say] = true
			why = append(why, say)
		}
		if say := x.Do.In(lang); say != "" && !seen[say] {
			seen[say] = true
			do = append(do, say)
		}
	}
	do = append(do, v.T("refusal.police"), v.T("refusal.access"), v.T("refusal.complain"))
	doc.Blocks = append(doc.Blocks, paper.List{Items: why}, paper.Heading{Level: 2, Text: v.T("refusal.do")}, paper.List{Items: do})
	if v.Controller.DPO != "" {
		doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: v.T("refusal.dpo", v.Controller.DPO)})
	}
	return doc
}

func (p *Screens) letter(v *visit) error {
	if v.d.State(v.Now) != room.Refused {
		return v.See(v.here())
	}
	return v.print(v.letterPaper(), v.T("refusal.file")+"-"+v.d.Number)
}

// print answers with a paper as PDF, with the faces of the interface.
func (v *visit) print(doc *paper.Paper, name string) error {
	regular, err := web.Font("Regular")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	bold, err := web.Font("Bold")
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	var b bytes.Buffer
	if err := doc.PDF(&b, paper.Fonts{Regular: regular, Bold: bold}); err != nil {
		return err
	}
	return v.File(name+".pdf", "application/pdf", b.Bytes())
}
