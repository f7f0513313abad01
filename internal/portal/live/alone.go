package live

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
)

func alone(r casework.LiveReason) bool { return r.Alone }

// alone is the page on which one person begins without anybody's yes.
func (p *Screens) alone(v *visit) error {
	c, done, err := p.openAlone(v, v.R.URL.Query().Get("sted"))
	if done {
		return err
	}
	return v.ShowForm(v.alonePage(c, nil))
}

func (p *Screens) openAlone(v *visit, place string) (c choice, done bool, err error) {
	if c, done, err = p.open(v, place); done {
		return c, done, err
	}
	if v.terms.Allow != casework.LiveEmergency {
		return c, true, p.refuse(v, room.Request{Location: place}, "alone", fault.New(fault.Denied, "live.alone.forbidden", "the process opens no live view alone"))
	}
	if c.place.ID != "" && c.alone != nil {
		return c, true, p.refuse(v, room.Request{Location: c.place.ID}, "alone", c.alone)
	}
	return c, false, nil
}

func (v *visit) alonePage(c choice, in url.Values) *page.FormPage {
	const key = "livealone"
	pg := v.NewFormPage(v.form(key, c, true).Fill(in), v.crumbs())
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("livealone.rule"), Text: v.T("livealone.rule.text", room.AloneMinutes)}
	if c.place.ID == "" {
		pg.Button.Text = v.T("liveask.next")
		return pg
	}
	pg.Lead = v.T("livealone.lead.at", c.place.Name)
	pg.Hidden = []fds.Choice{{Text: "sted", Value: c.place.ID}}
	return pg
}

func (p *Screens) begunAlone(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	c, done, err := p.openAlone(v, in.Get("sted"))
	if done {
		return err
	}
	if c.place.ID == "" {
		pg := v.alonePage(c, in)
		pg.Form.Check()
		return v.ShowForm(pg)
	}
	if !in.Has("grund") && !in.Has("ord") {
		return v.See(path + "/alene?sted=" + url.QueryEscape(c.place.ID))
	}
	f := v.form("livealone", c, true).Fill(in).Check()
	if w, ok := v.read(f, c); ok {
		q, err := p.Live.Alone(v.Ctx, w, v.who())
		if err == nil {
			return v.See(path + "/" + q.ID + "/se")
		}
		if !v.fails(f, err) {
			return p.told(v, err)
		}
	}
	pg := v.alonePage(c, in)
	pg.Form = f
	return v.ShowForm(pg)
}

// reviewForm is another's word on what was begun alone.
func (v *visit) reviewForm() *page.Form {
	return v.NewForm("livereview").Radio("dom",
		fds.Choice{Value: "ja", Text: v.T("livereview.yes")}, fds.Choice{Value: "nej", Text: v.T("livereview.no")}).Area("ord", room.LongText, 4, false)
}

func (v *visit) reviewPage() *page.FormPage {
	pg := v.NewFormPage(v.reviewForm(), v.crumbs(), v.request.Number)
	pg.Alert = v.asksFor()
	return pg
}

// reviewable refuses whoever may not review, and leads away from what needs
// none.
func (p *Screens) reviewable(v *visit) (done bool, err error) {
	if err := p.Live.Reviews(v.Ctx, v.request, v.who()); err != nil {
		return true, p.refuse(v, v.request, "review", err)
	}
	if v.request.ReviewDue().IsZero() || v.request.State(v.Now) != room.Over {
		return true, v.See(v.here())
	}
	return false, nil
}

func (p *Screens) review(v *visit) error {
	if done, err := p.reviewable(v); done {
		return err
	}
	return v.ShowForm(v.reviewPage())
}

func (p *Screens) reviewed(v *visit) error {
	if done, err := p.reviewable(v); done {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.reviewForm().Fill(in).Check()
	if f.OK() {
		_, err := p.Live.Review(v.Ctx, v.request.ID, f.Get("dom") == "ja", f.Get("ord"), v.who())
		switch {
		case err == nil:
			return v.See(v.here() + "?besked=live-kontrol")
		case !fault.Is(err, fault.Invalid):
			return p.told(v, err)
		}
		f.FailWith("ord", err)
	}
	pg := v.reviewPage()
	pg.Form = f
	return v.Show(http.StatusUnprocessableEntity, pg)
}
