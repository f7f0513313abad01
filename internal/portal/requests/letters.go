package requests

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/web"
)

// inLetter is the visit with the words of the letter's language, which is the
// person's and not the writer's.
func (v *visit) inLetter(lang string) *visit {
	here := *v.Visit
	here.Words = v.Site.Catalogue.In(page.LangOf(lang))
	return &visit{&here, v.s, v.found}
}

// draft is a letter as the system would write it: what was asked for, what was
// found camera by camera, and what is refused with its ground.
func (v *visit) draft(kind request.LetterKind) string {
	q := v.request
	w := v.inLetter(q.Lang)
	right := w.T("request.letter.right." + string(q.Right))
	out := []string{w.T("request.letter.dear", q.Name), w.T("request.letter.asked", right, w.Date(q.Received), v.place.Name, w.DateTime(q.From), w.DateTime(q.To))}
	if kind == request.LetterExtended {
		long := q
		long.Extended = v.Now
		return strings.Join(append(out, w.T("request.letter.longer", w.Date(long.Due())), w.T("request.letter.longer.why")), "\n\n")
	}
	if len(q.Cameras) == 0 {
		out = append(out, w.T("request.letter.no-footage"))
	}
	for _, p := range q.Parts {
		at := w.T("request.letter.part", v.name(p.Camera), w.DateTime(p.From), w.DateTime(p.To))
		say := w.T("request.letter." + string(p.Outcome))
		switch {
		case p.Outcome == request.Met && q.Right == request.Erase: // never earlier than its time
			say = w.T("request.letter.met.erase", w.Date(p.To.Add(permit.LongestRetention)))
		case p.Outcome == request.Refused:
			say = w.T("request.letter.refused", w.T("request.ground."+p.Ground), request.Cite(p.Ground))
		}
		out = append(out, strings.TrimSpace(at+" "+say+" "+p.Words))
	}
	if q.Right == request.Access {
		out = append(out, w.T("request.letter.facts"))
	}
	return strings.Join(out, "\n\n")
}

func (v *visit) letterPage(form string, kind request.LetterKind) *page.FormPage {
	f := v.NewForm(form).Area("brev", request.LongestLetter, 18, false).Text("sendt", incident.LongLine, false)
	pg := v.NewFormPage(f.Fill(url.Values{"brev": {v.draft(kind)}, "sendt": {v.request.Contact}}), v.crumbs(), v.request.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("request.letter.guidance"), Text: v.inLetter(v.request.Lang).T("request.letter.complain")}
	return pg
}

// written is the letter of a form.
func (v *visit) written(f *page.Form, kind request.LetterKind) request.Letter {
	w := v.inLetter(v.request.Lang)
	return request.Letter{Kind: kind, Lang: v.request.Lang, Title: w.T("request.letter.title."+string(kind), v.request.Number), Text: f.Get("brev"),
		Guidance: w.T("request.letter.complain"), How: f.Get("sendt")}
}

func letterFields() map[string]string {
	return map[string]string{"request.letter": "brev", "request.sent": "sendt", "request.cpr": "brev"}
}

func (p *Screens) extend(v *visit) error {
	if !v.request.Extended.IsZero() || v.Now.After(v.request.FirstDue()) {
		return v.See(v.here())
	}
	return v.open(func() error { return v.ShowForm(v.letterPage("requestextend", request.LetterExtended)) })
}

func (p *Screens) extended(v *visit) error {
	return v.posted(v.letterPage("requestextend", request.LetterExtended), letterFields(), "anmodning-forlaenget", func(f *page.Form) error {
		_, err := p.Requests.Extend(v.Ctx, v.request.ID, v.written(f, request.LetterExtended), v.who())
		return err
	})
}

func (p *Screens) answer(v *visit) error {
	if v.request.State() != request.Assessed {
		return v.See(v.here())
	}
	return v.ShowForm(v.letterPage("requestanswer", request.LetterAnswer))
}

func (p *Screens) answered(v *visit) error {
	return v.posted(v.letterPage("requestanswer", request.LetterAnswer), letterFields(), "anmodning-besvaret", func(f *page.Form) error {
		_, err := p.Requests.Answer(v.Ctx, v.request.ID, v.written(f, request.LetterAnswer), v.who())
		return err
	})
}

// paperOf is a letter as it was sent.
func (v *visit) paperOf(l request.Letter) *paper.Paper {
	w := v.inLetter(l.Lang)
	doc := &paper.Paper{Lang: l.Lang, Title: l.Title, Source: w.T("handover.source", v.Controller.Name), Made: l.At, MadeText: w.DateTime(l.At), PageText: w.T("committee.page"),
		Facts: []paper.Fact{{Term: w.T("request.letter.to"), Text: v.request.Name}, {Term: w.T("request.letter.date"), Text: w.Date(l.At)}, {Term: w.T("request.letter.number"), Text: v.request.Number}, {Term: w.T("request.letter.from"), Text: l.Name + ", " + v.Controller.Name}}}
	for _, s := range strings.Split(l.Text, "\n\n") {
		doc.Blocks = append(doc.Blocks, paper.Paragraph{Text: s})
	}
	if l.Guidance != "" {
		doc.Blocks = append(doc.Blocks, paper.Heading{Level: 2, Text: w.T("request.letter.guidance")}, paper.Paragraph{Text: l.Guidance})
	}
	return doc
}

// letter gives one of the letters as PDF.
func (p *Screens) letter(v *visit) error {
	n, err := strconv.Atoi(v.R.PathValue("nr"))
	if err != nil || n < 0 || n >= len(v.request.Letters) {
		return fault.New(fault.NotFound, "request.unknown", "no letter %.20q", v.R.PathValue("nr"))
	}
	regular, err := web.Font("Regular")
	if err != nil {
		return err
	}
	bold, err := web.Font("Bold")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := v.paperOf(v.request.Letters[n]).PDF(&b, paper.Fonts{Regular: regular, Bold: bold}); err != nil {
		return err
	}
	return v.File(v.request.Number+"-"+string(v.request.Letters[n].Kind)+".pdf", "application/pdf", b.Bytes())
}
