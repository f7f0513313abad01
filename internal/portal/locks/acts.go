package locks

import (
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) answerForm() *page.Form {
	return v.NewForm("lockanswer").Radio("svar",
		fds.Choice{Value: "ja", Text: v.T("lockanswer.yes"), Hint: v.T("lockanswer.yes.hint")}, fds.Choice{Value: "nej", Text: v.T("lockanswer.no")}).
		Area("ord", incident.Longest, 3, true)
}

// answerPage shows exactly what is said yes or no to: its seal goes along.
func (v *visit) answerPage() *page.FormPage {
	pg := v.NewFormPage(v.answerForm(), v.crumbs(), v.hold.Number)
	h := v.hold
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("lockanswer.asks", h.Name), Text: v.T("lockanswer.asks.text", joined(v.names()), v.DateTime(h.From), v.DateTime(h.To),
		v.T("lock.reason."+string(h.Reason)), v.reference(v.hold), h.Words, v.DateTime(h.Until))}
	pg.Hidden = []fds.Choice{{Text: "segl", Value: h.Seal()}}
	return pg
}

// answerable refuses whoever does not answer for the place, and leads away from
// what waits for no answer.
func (p *Screens) answerable(v *visit) (done bool, err error) {
	if err := p.Holds.Answers(v.Ctx, v.hold, v.who()); err != nil {
		if fault.Is(err, fault.Denied) {
			return true, v.Refuse(access.Verdict{Why: access.WhyRole}, access.Object{Controller: v.hold.Controller, Location: v.hold.Location, Reference: v.hold.Number})
		}
		return true, err
	}
	if v.hold.State(v.Now) != hold.Asked {
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
	return v.posted(v.answerPage(), map[string]string{"hold.answer": "ord", "hold.changed": "svar", "hold.law": "svar", "hold.review-past": "svar"}, "?besked=laas-svaret", func(f *page.Form, in url.Values) error {
		_, err := p.Holds.Decide(v.Ctx, v.hold.ID, f.Get("svar") == "ja", f.Get("ord"), in.Get("segl"), v.who())
		return err
	})
}

// posted reads a form, does what it says, and leads back to the lock; what the
// room refuses is said at the field that it is about, beside what was typed.
func (v *visit) posted(pg *page.FormPage, fields map[string]string, note string, do func(*page.Form, url.Values) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := pg.Form.Fill(in).Check()
	if f.OK() {
		err := do(f, in)
		switch field := fields[fault.Key(err)]; {
		case err == nil && f.OK():
			return v.See(v.here() + note)
		case err == nil: // a date that is none: said already
		case field == "":
			return err
		default:
			f.FailWith(field, err)
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// standing leads away from a lock that is not in force.
func (v *visit) standing(show func() error) error {
	if v.hold.State(v.Now) != hold.Standing {
		return v.See(v.here())
	}
	return show()
}

func (v *visit) noticePage() *page.FormPage {
	f := v.NewForm("locknotice").Date("givet", false)
	f.Add(fds.Field{Name: "kl", Width: "tiny", MaxLength: 8})
	f.Area("hvordan", incident.Longest, 3, false).Date("ophoer", false)
	f.Fill(url.Values{"givet": {page.FormDate(v.Now)}, "kl": {v.Clock(v.Now)}, "ophoer": {page.FormDate(v.Now.Add(untilAfter))}})
	pg := v.NewFormPage(f, v.crumbs(), v.hold.Number)
	pg.Alert = v.countdown()
	return pg
}

func (p *Screens) notice(v *visit) error {
	if v.hold.TellBy().IsZero() {
		return v.See(v.here())
	}
	return v.standing(func() error { return v.ShowForm(v.noticePage()) })
}

func (p *Screens) told(v *visit) error {
	return v.posted(v.noticePage(), map[string]string{"hold.given": "givet", "hold.given-late": "givet", "hold.how": "hvordan", "hold.until": "ophoer"}, "?besked=laas-underrettet", func(f *page.Form, _ url.Values) error {
		n := hold.Notice{Given: v.moment(f, "givet", "kl"), How: f.Get("hvordan"), Until: v.date(f, "ophoer")}
		if !f.OK() {
			return nil
		}
		_, err := p.Holds.Tell(v.Ctx, v.hold.ID, n, v.who())
		return err
	})
}

func (v *visit) copyPage() *page.FormPage {
	f := v.NewForm("lockcopy").Date("givet", false).Area("hvordan", incident.Longest, 3, false)
	pg := v.NewFormPage(f.Fill(url.Values{"givet": {page.FormDate(v.Now)}}), v.crumbs(), v.hold.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("lock.copy." + v.process.Copy), Text: v.T("lock.copy.others")}
	return pg
}

func (p *Screens) copy(v *visit) error {
	if v.hold.Reason != permit.HoldDispute || !v.hold.Approved || !v.hold.Copied.IsZero() {
		return v.See(v.here())
	}
	return v.ShowForm(v.copyPage())
}

func (p *Screens) copied(v *visit) error {
	return v.posted(v.copyPage(), map[string]string{"hold.given": "givet", "hold.how": "hvordan"}, "?besked=laas-kopi", func(f *page.Form, _ url.Values) error {
		at := v.date(f, "givet")
		if at.Before(v.hold.From) && page.FormDate(at) == page.FormDate(v.hold.From) {
			at = v.hold.From // the same day
		}
		_, err := p.Holds.Copy(v.Ctx, v.hold.ID, at, f.Get("hvordan"), v.who())
		return err
	})
}

func (v *visit) reviewPage() *page.FormPage {
	f := v.NewForm("lockreview").Area("ord", incident.Longest, 3, false).Date("igen", false)
	pg := v.NewFormPage(f.Fill(url.Values{"igen": {page.FormDate(v.Now.Add(reviewAfter))}}), v.crumbs(), v.hold.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("lockreview.else"), Text: v.T("lockreview.else.text"), Links: []fds.Link{{Href: v.here() + "/frigiv", Text: v.T("lock.release")}}}
	return pg
}

func (p *Screens) review(v *visit) error {
	return v.standing(func() error { return v.ShowForm(v.reviewPage()) })
}

func (p *Screens) reviewed(v *visit) error {
	return v.posted(v.reviewPage(), map[string]string{"hold.words": "ord", "hold.review": "igen"}, "?besked=laas-gennemgaaet", func(f *page.Form, _ url.Values) error {
		next := v.date(f, "igen")
		if !f.OK() {
			return nil
		}
		_, err := p.Holds.Review(v.Ctx, v.hold.ID, f.Get("ord"), next, v.who())
		return err
	})
}

// releasePage says what is kept only by this lock, as far as the engine says.
func (v *visit) releasePage(k kept) *page.Grave {
	g := v.NewGrave("lock.release", v.crumbs(), v.hold.Number)
	switch {
	case k.away:
		g.Warning.Text = v.T("lock.release.unknown")
	case k.segments > 0:
		g.Warning.Text = v.T("lock.release.kept", v.N("lock.pieces", int64(k.segments)), v.Bytes(k.bytes))
	}
	return g
}

func (p *Screens) release(v *visit) error {
	return v.standing(func() error {
		k, err := p.kept(v)
		if err != nil {
			return err
		}
		return v.ShowGrave(v.releasePage(k))
	})
}

func (p *Screens) released(v *visit) error {
	k, err := p.kept(v)
	if err != nil {
		return err
	}
	reason, done, err := v.Reason(v.releasePage(k))
	if done || err != nil {
		return err
	}
	if _, err := p.Holds.Release(v.Ctx, v.hold.ID, reason, v.who()); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=laas-frigivet")
}

// countdown is how long there is to tell the person of a dispute.
func (v *visit) countdown() *fds.Alert {
	by := v.hold.TellBy()
	a := &fds.Alert{Tone: fds.Warning, Heading: v.T("lock.tell", v.Span(by.Sub(v.Now).Truncate(time.Hour))), Text: v.T("lock.tell.text", v.DateTime(by))}
	if v.process.Copy == casework.CopyAlways {
		a.Text += " " + v.T("lock.copy.always")
	}
	return a
}
