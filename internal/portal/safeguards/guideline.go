package safeguards

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/processing"
	room "vidne.dk/vidne/internal/safeguards"
)

// guideline sends a draft of the controller's local guideline (H 2.3 B, H 11),
// written from what is in force: somebody reads it, changes it and decides it.
func (p *Screens) guideline(v *visit) error {
	r, err := p.Records.Record(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	d, err := v.describe()
	if err != nil {
		return err
	}
	return v.SendPaper(v.T("safeguards.guideline.file")+"-"+v.Person.Controller, v.R.PathValue("form"), v.guidelinePaper(r, d))
}

func (v *visit) guidelinePaper(r processing.Record, d room.Description) *paper.Paper {
	doc := v.NewPaper(v.T("safeguards.guideline.title", r.Controller))
	doc.Facts = []paper.Fact{{Term: v.T("safeguards.controller"), Text: r.Controller}, {Term: v.T("safeguards.column.version"), Text: v.T("safeguards.draft", v.DateTime(r.Made))}}
	add := func(b ...paper.Block) { doc.Blocks = append(doc.Blocks, b...) }
	part := func(key string, items ...string) {
		add(paper.Heading{Level: 2, Text: v.T("safeguards.guideline." + key)})
		if text := v.Or("safeguards.guideline."+key+".text", ""); text != "" {
			add(paper.Paragraph{Text: text})
		}
		if len(items) > 0 {
			add(paper.List{Items: items})
		}
	}
	add(paper.Paragraph{Text: v.T("safeguards.guideline.lead")})
	var purposes, keeps, passes []string
	for _, a := range r.Activities {
		var at []string
		for _, p := range a.Places {
			at = append(at, p.Name)
		}
		purposes = append(purposes, v.T("safeguards.guideline.purpose", v.Or("processing.purpose."+a.Purpose+".long", a.Purpose), a.Basis, strings.Join(at, ", ")))
		keeps = append(keeps, v.N("safeguards.guideline.days", int64((a.LongestHours+23)/24), strings.Join(at, ", ")))
		for _, g := range a.Recipients {
			if text := v.Or("processing.to."+g, g); !slices.Contains(passes, text) {
				passes = append(passes, text)
			}
		}
	}
	part("purposes", purposes...)
	part("hours")
	part("keeping", keeps...)
	part("looking")
	part("passing", passes...)
	part("telling")
	part("stop")
	for _, p := range d.Parts {
		add(paper.Heading{Level: 2, Text: v.T("safeguards.part." + string(p.Part))}, paper.List{Items: v.says(p.Says)})
		if p.Decided.Words != "" {
			add(paper.Paragraph{Text: p.Decided.Words})
		}
		if len(p.Lacks) > 0 {
			add(paper.Paragraph{Text: v.T("safeguards.row.missing"), Strong: true}, paper.List{Items: v.lacks(p.Lacks)})
		}
	}
	part("review")
	return doc
}
