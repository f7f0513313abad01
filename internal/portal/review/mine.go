package review

import (
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
)

// mine are the questions that a person was asked about their own uses.
func (p *Screens) mine(v *visit) error {
	all, err := p.Room.Mine(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(200, v.minePage(all))
}

func (v *visit) minePage(all []oversight.Item) *page.Record {
	pg := v.NewRecord(v.T("review.own.title"), v.T("review.own.lead"), fds.Link{Href: page.HomePath, Text: v.T("home.title")})
	v.Said(&pg.Shell)
	s := page.Section{ID: "spoergsmaal", Heading: v.T("review.own.all"), Links: []fds.Link{{Href: "/min-konto/opslag", Text: v.T("review.own.uses")}}}
	if len(all) == 0 {
		s.Empty = v.T("review.own.empty")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("review.column.number"), v.T("review.column.at"), v.T("review.column.what"), v.T("review.own.column.state"))
	}
	for _, i := range all {
		badge, until := &fds.Badge{Tone: fds.Success, Text: v.T("review.own.answered")}, ""
		switch {
		case i.Answered.IsZero() && i.Decided.IsZero():
			badge, until = &fds.Badge{Tone: fds.Warning, Text: v.T("review.own.waits")}, v.T("review.own.until", v.day(i.AnswerDue))
		case !i.Decided.IsZero() && i.Verdict != oversight.Unclear:
			badge = &fds.Badge{Tone: fds.Plain, Text: v.T("review.own.over")}
		}
		s.Grid.Add(page.Cell{Href: minePath + "/" + i.ID, Text: i.Number}, page.Cell{Text: v.DateTime(i.At)}, page.Cell{Text: v.what(i)}, page.Cell{Badge: badge, Quiet: until})
	}
	pg.Add(s)
	return pg
}

func (v *visit) newAnswer() *page.Form {
	return v.NewForm("review.answer").Area("svar", oversight.Longest, 6, false)
}

// answerPage is the question, and the form to answer it with, or what was said.
func (v *visit) answerPage(i oversight.Item, u accesslog.Use, w page.UseWords, f *page.Form) page.Page {
	crumbs := []fds.Link{{Href: minePath, Text: v.T("review.own.title")}}
	if !i.Answered.IsZero() || !i.Decided.IsZero() {
		pg := v.NewRecord(v.T("review.answer.title", i.Number), v.T("review.own.said"), crumbs...)
		v.Said(&pg.Shell)
		list := &fds.StructuredList{Caption: v.T("review.course"), Rows: []fds.Row{{Term: v.T("review.course.asked"), Text: i.Question}}}
		if i.Answer != "" {
			list.Rows = append(list.Rows, fds.Row{Term: v.T("review.course.answer"), Text: i.Answer, More: []string{v.DateTime(i.Answered)}})
		}
		if i.Verdict == oversight.Justified || i.Verdict == oversight.Unjustified {
			list.Rows = append(list.Rows, fds.Row{Term: v.T("review.course.verdict"), Text: v.verdict(i), More: []string{i.Reason}})
		}
		use := v.useSection(u, w)
		use.Links = nil
		pg.Add(page.Section{ID: "svar", Heading: v.T("review.course"), List: list, Half: true})
		pg.Add(use)
		return pg
	}
	r := w.Row(u)
	pg := v.NewFormPage(f, crumbs, i.Number)
	about := v.DateTime(u.At) + ": " + w.What(u) + "."
	for _, t := range r.Things {
		about += " " + t.Text + "."
	}
	if r.Minutes != "" {
		about += " " + v.T("use.minutes", r.Minutes) + "."
	}
	if r.Why != "" {
		about += " " + v.T("review.answer.why", r.Why)
	}
	pg.Lead = v.T("review.answer.until", v.day(i.AnswerDue))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: i.Question, Text: about}
	return pg
}

func (p *Screens) answerForm(v *visit) error {
	i := page.Found[oversight.Item](v.Visit)
	u, err := p.use(v, i)
	if err != nil {
		return err
	}
	switch pg := v.answerPage(i, u, v.UseWords(), v.newAnswer()).(type) {
	case *page.FormPage:
		return v.ShowForm(pg)
	default:
		return v.Show(200, pg)
	}
}

func (p *Screens) answer(v *visit) error {
	i := page.Found[oversight.Item](v.Visit)
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.newAnswer().Fill(in).Check()
	if f.OK() {
		_, err := p.Room.Answer(v.Ctx, i.ID, f.Get("svar"), v.who())
		if err == nil {
			return v.See(minePath + "?besked=stikproeve-svaret")
		}
		if fault.Key(err) != "review.answer" {
			return err
		}
		f.FailWith("svar", err)
	}
	u, err := p.use(v, i)
	if err != nil {
		return err
	}
	if pg, ok := v.answerPage(i, u, v.UseWords(), f).(*page.FormPage); ok {
		return v.ShowForm(pg)
	}
	return v.See(minePath + "/" + i.ID)
}
