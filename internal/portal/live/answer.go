package live

import (
	"net/http"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) answerForm() *page.Form {
	return v.NewForm("liveanswer").Radio("svar",
		fds.Choice{Value: "ja", Text: v.T("liveanswer.yes"), Hint: v.T("liveanswer.yes.hint")}, fds.Choice{Value: "nej", Text: v.T("liveanswer.no")}).
		Area("ord", room.LongText, 3, true)
}

// answerPage shows exactly what is said yes or no to: its seal goes along.
func (v *visit) answerPage() *page.FormPage {
	pg := v.NewFormPage(v.answerForm(), v.crumbs(), v.request.Number)
	pg.Alert = v.asksFor()
	pg.Hidden = []fds.Choice{{Text: "segl", Value: v.request.Seal()}}
	return pg
}

// answerable refuses whoever does not answer for the place, and leads away from
// what waits for no answer.
func (p *Screens) answerable(v *visit) (done bool, err error) {
	if err := p.Live.Answers(v.Ctx, v.request, v.who()); err != nil {
		return true, p.refuse(v, v.request, "answer", err)
	}
	if v.request.State(v.Now) != room.Asked {
		return true, v.See(v.here())
	}
	return false, nil
}

func (p *Screens) answer(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	return v.ShowForm(v.answerPage())
}

func (p *Screens) answered(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.answerForm().Fill(in).Check()
	if f.OK() {
		_, err := p.Live.Decide(v.Ctx, v.request.ID, f.Get("svar") == "ja", f.Get("ord"), in.Get("segl"), v.who())
		switch {
		case err == nil:
			return v.See(v.here() + "?besked=live-svaret")
		case fault.Is(err, fault.Denied):
			return p.told(v, err)
		case fault.Is(err, fault.Conflict): // shown anew, with its own seal
			f.FailWith("svar", err)
		case fault.Is(err, fault.Invalid):
			f.FailWith("ord", err)
		default:
			return err
		}
	}
	pg := v.answerPage()
	pg.Form = f
	return v.ShowForm(pg)
}

// begin is the last page before the picture: what is logged, who is told, and
// who can see the screen.
func (p *Screens) begin(v *visit) error {
	switch v.request.State(v.Now) {
	case room.Approved:
		return v.ShowForm(v.beginPage())
	case room.Running:
		return v.See(v.here() + "/se")
	}
	return v.See(v.here())
}

func (v *visit) beginPage() *page.FormPage {
	pg := v.NewFormPage(v.NewForm("livebegin"), v.crumbs(), v.request.Number)
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("livebegin.rule", v.N("live.minutes", int64(v.request.Minutes))), Text: v.T("livebegin.rule.text")}
	return pg
}

func (p *Screens) begun(v *visit) error {
	if _, err := p.Live.Begin(v.Ctx, v.request.ID, v.who()); err != nil {
		return p.told(v, err)
	}
	return v.See(v.here() + "/se")
}

func (v *visit) endPage() *page.FormPage {
	pg := v.NewFormPage(v.NewForm("liveend"), v.crumbs(), v.request.Number)
	pg.Alert = v.next(v.request.Person == v.Person.ID)
	return pg
}

func (p *Screens) end(v *visit) error {
	if v.request.State(v.Now) != room.Running {
		return v.See(v.here())
	}
	return v.ShowForm(v.endPage())
}

func (p *Screens) ended(v *visit) error {
	_, err := p.Live.End(v.Ctx, v.request.ID, v.who())
	switch {
	case fault.Key(err) == "live.state."+string(room.Over): // it ended by itself meanwhile
	case err != nil:
		return p.told(v, err)
	}
	p.Streams.EndOf(v.request.ID, "live.ended")
	if v.request.Person == v.Person.ID {
		return v.See(v.here() + "/note")
	}
	return v.See(v.here() + "?besked=live-slut")
}

func (v *visit) noteForm() *page.Form {
	return v.NewForm("livenote").Area("ord", room.LongText, 6, false)
}

func (v *visit) notePage() *page.FormPage {
	pg := v.NewFormPage(v.noteForm(), v.crumbs(), v.request.Number)
	pg.Alert = v.asksFor()
	return pg
}

func (p *Screens) note(v *visit) error {
	if v.request.State(v.Now) != room.Over || !v.request.Owes() {
		return v.See(v.here())
	}
	return v.ShowForm(v.notePage())
}

func (p *Screens) noted(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.noteForm().Fill(in).Check()
	if f.OK() {
		_, err := p.Live.Note(v.Ctx, v.request.ID, f.Get("ord"), v.who())
		switch {
		case err == nil:
			return v.See(page.HomePath + "?besked=live-note")
		case fault.Is(err, fault.Denied):
			return p.told(v, err)
		case !fault.Is(err, fault.Invalid):
			return err
		}
		f.FailWith("ord", err)
	}
	pg := v.notePage()
	pg.Form = f
	return v.Show(http.StatusUnprocessableEntity, pg)
}
