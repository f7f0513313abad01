package live

import (
	"net/http"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
)

// anglePage is where one picture is ordered, to check what a camera sees
// against what was approved. The picture is shown once and kept nowhere.
type anglePage struct {
	page.Shell
	Lead   string
	Form   *page.Form
	Action string
	Button fds.Button
	Alert  *fds.Alert
	Still  string // address of the picture; empty before it is taken
	Alt    string
	Facts  fds.StructuredList
	Back   fds.Link
}

func (v *visit) angleForm() *page.Form {
	var reasons []fds.Choice
	for _, r := range v.terms.Checks {
		reasons = append(reasons, fds.Choice{Value: r.ID, Text: r.Name.In(string(v.Lang))})
	}
	return v.NewForm("angle").Radio("grund", reasons...)
}

func (v *visit) anglePage(f *page.Form, still string) *anglePage {
	c := v.camera
	back := fds.Link{Href: "/kameraer/" + c.ID, Text: c.Name}
	pg := &anglePage{Shell: v.NewShell("angle", v.T("angle.title", c.Name), back), Lead: v.T("angle.lead", v.terms.ChecksADay), Form: f, Action: "/kameraer/" + c.ID + "/vinkel",
		Button: fds.Button{Kind: "primary", Icon: "photo-camera", Text: v.T("angle.button")}, Back: back, Still: still, Alt: v.T("angle.alt", c.Name)}
	if v.terms.ChecksADay == 0 {
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("fault.live.check.forbidden"), Text: v.T("do.live.check.forbidden")}
	}
	pg.Facts = fds.StructuredList{Caption: v.T("follow.approved")}
	for _, f := range []struct{ key, text string }{{"montering", c.Mounting}, {"retning", c.Direction}, {"formaal", c.Purpose}} {
		if f.text != "" {
			pg.Facts.Rows = append(pg.Facts.Rows, fds.Row{Term: v.T("wanted." + f.key), Text: f.text})
		}
	}
	return pg
}

func (p *Screens) angle(v *visit) error {
	still := ""
	if token := v.R.URL.Query().Get("billede"); token != "" {
		still = "/kameraer/" + v.camera.ID + "/vinkel/" + token
	}
	return v.Show(http.StatusOK, v.anglePage(v.angleForm(), still))
}

// takeAngle enters the check and orders the picture.
func (p *Screens) takeAngle(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.angleForm().Fill(in).Check()
	if !f.OK() {
		return v.Show(http.StatusUnprocessableEntity, v.anglePage(f, ""))
	}
	why, err := p.Live.Check(v.Ctx, v.camera.ID, f.Get("grund"), v.who())
	if fault.Is(err, fault.Denied) {
		pg := v.anglePage(f, "")
		pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.Explain(err), Text: v.T("do." + fault.Key(err))}
		return v.Show(http.StatusForbidden, pg)
	}
	if err != nil {
		return err
	}
	jpeg, _, err := plans.TakeStill(v.Visit, p.Engine, v.camera.ID, v.T("angle.purpose", why.Name.In(string(v.Lang))))
	if err != nil {
		return err
	}
	return v.See("/kameraer/" + v.camera.ID + "/vinkel?billede=" + p.once.Keep(v.Person.ID, jpeg, v.Now))
}

// showAngle sends a picture that was taken, once.
func (p *Screens) showAngle(v *visit) error {
	jpeg, ok := p.once.Take(v.Person.ID, v.R.PathValue("billede"), v.Now)
	if !ok {
		return fault.New(fault.NotFound, "still.gone", "the picture was shown already, or its time is up")
	}
	return v.Send("image/jpeg", jpeg)
}
