package cases

import (
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
)

// followPage holds what a camera sees now against what was approved (H 2.5 (9)).
// The picture is shown once and kept nowhere: it would be footage past its time.
type followPage struct {
	page.Shell
	Lead    string
	Take    *page.ActForm
	Still   string // address of the picture; empty before it is taken
	Alt     string
	Match   *plans.Match // where the camera is drawn
	Facts   fds.StructuredList
	Action  string
	Answer  fds.Choices
	Remarks fds.Field
	Button  fds.Button
	Back    fds.Link
}

// following is the step that asks for pictures, if it is this person's to do.
// Whoever runs the platform never sees them (H 4.1, D 3.5.2).
func (v *visit) following(look dossier.View) (*casework.Step, error) {
	if v.Person.Is(access.IT) {
		return nil, v.Refuse(access.Verdict{Why: access.WhyIT}, access.Object{Camera: v.R.PathValue("kamera")})
	}
	for _, t := range look.Turns {
		if s, ok := look.Process.Step(t.Step); ok && s.Needs.Stills && offered(look, s.ID) {
			return s, nil
		}
	}
	return nil, v.Refuse(access.Verdict{Why: "case.body"}, access.Object{Camera: v.R.PathValue("kamera")})
}

func (p *Screens) followUp(v *visit, look dossier.View) error {
	s, err := v.following(look)
	if err != nil {
		return err
	}
	w, ok := findCamera(look.Application, v.R.PathValue("kamera"))
	if !ok {
		return fault.New(fault.NotFound, "camera.unknown", "camera %.40q is not in case %s", v.R.PathValue("kamera"), look.Case.ID)
	}
	pg := v.followPage(look, w, s)
	if token := v.R.URL.Query().Get("billede"); token != "" {
		pg.Still = path(look.Case, "/opfoelgning/"+w.Camera+"/billede/"+token)
		if pg.Match, err = p.match(v, look, w, pg.Still); err != nil {
			return err
		}
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) followPage(look dossier.View, w casework.Wanted, s *casework.Step) *followPage {
	step := fds.Link{Href: path(look.Case, "/trin/"+s.ID), Text: v.text(s.Title)}
	here := path(look.Case, "/opfoelgning/"+w.Camera)
	pg := &followPage{Shell: v.NewShell("follow", v.T("follow.title", w.Name), append(v.crumbs(look.Case), step)...), Lead: v.T("follow.lead"), Back: step, Action: here + "/svar"}
	pg.Take = &page.ActForm{Action: here, Button: fds.Button{Kind: "secondary", Icon: "photo-camera", Text: v.T("follow.take")}}
	pg.Alt = v.T("follow.alt", w.Name)
	pg.Facts = fds.StructuredList{Caption: v.T("follow.approved")}
	for _, f := range []struct{ key, text string }{{"montering", w.Mounting}, {"retning", w.Direction}, {"formaal", w.Purpose}} {
		if f.text != "" {
			pg.Facts.Rows = append(pg.Facts.Rows, fds.Row{Term: v.T("wanted." + f.key), Text: f.text})
		}
	}
	pg.Answer = fds.Choices{ID: "svar", Name: "svar", Legend: v.T("plan.match.question"), ErrorWord: v.T("form.error"), Items: []fds.Choice{
		{Value: plans.Alike, Text: v.T("plan.match.alike")}, {Value: plans.Unalike, Text: v.T("plan.match.unalike")}}}
	pg.Remarks = v.Field(fds.Field{ID: "svar-note", Name: "svar-note", Type: "area", Rows: 2, Optional: true, MaxLength: 1000, Spellcheck: true}, "plan.match.remarks")
	pg.Button = fds.Button{Kind: "primary", Text: v.T("follow.answer")}
	return pg
}

// match is the picture beside the approved drawing, where the camera is drawn.
func (p *Screens) match(v *visit, look dossier.View, w casework.Wanted, still string) (*plans.Match, error) {
	for _, d := range look.Application.Drawings {
		k, err := p.Cases.Drawings.Load(v.Ctx, drawing.Of{Controller: look.Case.Controller, Case: look.Case.ID, ID: d.Drawing}, d.Version)
		if err != nil {
			return nil, err
		}
		if _, ok := k.Drawing.Camera(w.Camera); ok {
			m := plans.NewMatch(v.Visit, k.Drawing, w.Camera, path(look.Case, "/tegninger/"+d.Drawing+"/billede/"+k.Drawing.Picture), still, "svar")
			return &m, nil
		}
	}
	return nil, nil //nolint:nilnil // a camera need not be drawn: then its description stands alone
}

// takeStill orders one picture, notes that it was looked at for the case, and
// shows it.
func (p *Screens) takeStill(v *visit, look dossier.View) error {
	if _, err := v.following(look); err != nil {
		return err
	}
	camera := v.R.PathValue("kamera")
	if _, ok := findCamera(look.Application, camera); !ok {
		return fault.New(fault.NotFound, "camera.unknown", "camera %.40q is not in case %s", camera, look.Case.ID)
	}
	jpeg, statement, err := plans.TakeStill(v.Visit, p.Engine, camera, v.T("follow.purpose", look.Case.ID))
	if err != nil {
		return err
	}
	if err := p.Cases.KeepStill(v.Ctx, look.Case.Controller, look.Case.ID, camera, string(statement), v.who()); err != nil {
		return err
	}
	return v.See(path(look.Case, "/opfoelgning/"+camera+"?billede="+p.stills.Keep(v.Person.ID, jpeg, v.Now)))
}

// showStill sends a picture that was taken, once.
func (p *Screens) showStill(v *visit, look dossier.View) error {
	if _, err := v.following(look); err != nil {
		return err
	}
	jpeg, ok := p.stills.Take(v.Person.ID, v.R.PathValue("billede"), v.Now)
	if !ok {
		return fault.New(fault.NotFound, "still.gone", "the picture was shown already, or its time is up")
	}
	return v.Send("image/jpeg", jpeg)
}

// compared keeps the looker's word: alike or not, in the journal.
func (p *Screens) compared(v *visit, look dossier.View) error {
	s, err := v.following(look)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	w, ok := findCamera(look.Application, v.R.PathValue("kamera"))
	if !ok {
		return fault.New(fault.NotFound, "camera.unknown", "camera %.40q is not in case %s", v.R.PathValue("kamera"), look.Case.ID)
	}
	answer := in.Get("svar")
	if answer != plans.Alike && answer != plans.Unalike {
		pg := v.followPage(look, w, s)
		pg.Answer.Error = v.T("follow.missing")
		pg.Remarks.Value = in.Get("svar-note")
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	text := v.T("follow.word."+answer, w.Name)
	if note := clean(in.Get("svar-note")); note != "" {
		text += " " + note
	}
	if _, _, err := p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, casework.Act{Kind: casework.ActRemark, Step: s.ID, Remarks: text}, v.who()); err != nil {
		return err
	}
	return v.See(path(look.Case, "/trin/"+s.ID+"?besked=sammenlignet"))
}

// followLinks lead from the step to each camera's picture.
func (v *visit) followLinks(look dossier.View, s *casework.Step) (out []fds.Link) {
	if !s.Needs.Stills || v.Person.Is(access.IT) {
		return nil
	}
	for _, w := range look.Application.Cameras {
		out = append(out, fds.Link{Href: path(look.Case, "/opfoelgning/"+w.Camera), Text: v.T("follow.link", w.Name)})
	}
	return out
}
