package cases

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// stepPage is one body's page: what it is asked, what changed since it last
// looked, what others have said, and what it can do.
type stepPage struct {
	page.Shell
	Lead    string
	Cite    string
	Badge   fds.Badge
	Facts   fds.StructuredList
	Blocks  []fds.Alert // why nothing can be done now
	Changed []changeRow
	Since   string // heading of Changed
	Finds   []fds.Alert
	Remarks []remark
	Links   []fds.Link
	Form    *actForm
	Upload  *uploadForm
	Done    *fds.StructuredList // what was answered here
}

type changeRow struct{ What, Was, Is string }

// remark is what somebody said at a step.
type remark struct{ Who, When, Step, Text string }

type actForm struct {
	Action     string
	Errors     *fds.ErrorSummary
	Items      []item
	Confirm    *fds.Choices
	Evidence   *fds.Choices
	Acts       *fds.Choices // more than one: which
	Only       string       // the one act there is
	Conditions *fds.Field
	Blocks     *fds.Field
	ValidTo    *fds.Field
	Remarks    fds.Field
	Button     fds.Button
	Revision   int
}

func (v *visit) stepOf(look dossier.View) (*casework.Step, error) {
	if s, ok := look.Process.Step(v.R.PathValue("trin")); ok {
		return s, nil
	}
	return nil, fault.New(fault.NotFound, "step.unknown", "no step %.40q in %s", v.R.PathValue("trin"), look.Process.ID)
}

func (p *Screens) step(v *visit, look dossier.View) error {
	s, err := v.stepOf(look)
	if err != nil {
		return err
	}
	b, err := v.beside(look, s)
	if err != nil {
		return err
	}
	pg := v.stepPage(look, s, b)
	if d, ok := v.Draft(); ok && pg.Form != nil {
		v.keep(pg.Form, s, d)
		pg.Notes = append(pg.Notes, v.Kept())
	}
	return v.Show(http.StatusOK, pg)
}

// evidence is what a document at a step is to a case.
const evidence = "evidence"

// beside is what a body's page shows besides the case itself.
type beside struct {
	journal  []dossier.Entry
	evidence []dossier.Linked
	was      *casework.Application // when the step was last done; nil: never, or unchanged
}

func (v *visit) beside(look dossier.View, s *casework.Step) (b beside, err error) {
	c, st := look.Case, look.Case.Steps[s.ID]
	if st.Revision > 0 && st.Revision < c.Revision {
		was, err := v.s.Cases.Revision(v.Ctx, c.Controller, c.ID, st.Revision)
		if err != nil {
			return b, err
		}
		b.was = &was.Application
	}
	if b.journal, err = v.s.Cases.Journal(v.Ctx, c.Controller, c.ID, 0); err != nil {
		return b, err
	}
	docs, err := v.s.Cases.DocumentsOf(v.Ctx, c.Controller, c.ID)
	for _, d := range docs {
		if d.Use == evidence && d.Gone.IsZero() {
			b.evidence = append(b.evidence, d)
		}
	}
	return b, err
}

func (v *visit) stepPage(look dossier.View, s *casework.Step, b beside) *stepPage {
	c, st := look.Case, look.Case.Steps[s.ID]
	pg := &stepPage{Shell: v.NewShell("step", v.text(s.Title), v.crumbs(c)...), Lead: v.text(s.Help), Cite: s.Cite}
	v.Said(&pg.Shell)
	v.rejected(&pg.Shell)
	var turn casework.Turn
	for _, t := range look.Turns {
		if t.Step == s.ID {
			turn = t
		}
	}
	pg.Badge = v.stepBadge(st, turn.Late)
	pg.Facts = fds.StructuredList{Caption: v.T("step.facts")}
	add := func(key, text string) {
		if text != "" {
			pg.Facts.Rows = append(pg.Facts.Rows, fds.Row{Term: v.T(key), Text: text})
		}
	}
	add("step.body", v.body(look.Process, s.Body))
	add("step.since", v.DateTime(st.Since))
	add("step.due", v.due(st.Due))
	if !turn.Earliest.IsZero() && turn.Earliest.After(v.Now) {
		add("step.earliest", v.Date(turn.Earliest))
	}
	if st.Status == casework.StepDone || st.Status == casework.StepOmitted || st.Status == casework.StepRefused {
		add("step.by", st.Name)
		add("step.remarks", st.Remarks)
		pg.Done = v.answersList(s, st)
	}
	if offered(look, s.ID) {
		pg.Links = append(pg.Links, v.followLinks(look, s)...)
	}
	pg.Links = append(pg.Links, fds.Link{Href: path(c, "/ansoegning/kontrol"), Text: v.T("step.read", c.Revision)})
	if s.Kind == casework.StepDecision || slices.Contains(s.Needs.Annexes, dossier.AnnexPaper) {
		pg.Links = append(pg.Links, fds.Link{Href: path(c, "/fremstilling"), Text: v.T("step.paper")})
	}
	v.sinceThen(pg, look, st, b)
	if st.Status == casework.StepOpen || st.Status == casework.StepWaiting {
		v.offer(pg, look, s, b)
	}
	for _, list := range look.Facts.Missing {
		for _, m := range list {
			if s.Kind == casework.StepDecision && !m.Refuses {
				pg.Finds = append(pg.Finds, fds.Alert{Tone: fds.Info, Heading: v.text(m.Text), Text: m.Cite})
			}
		}
	}
	return pg
}

// answersList is what was answered when the step was done.
func (v *visit) answersList(s *casework.Step, st casework.StepState) *fds.StructuredList {
	l := &fds.StructuredList{Caption: v.T("step.answers")}
	for i := range s.Needs.Fields {
		f := &s.Needs.Fields[i]
		a := st.Answers[f.ID]
		if len(a.Rows) > 0 {
			l.Rows = append(l.Rows, fds.Row{Term: v.text(f.Label), More: v.rowTexts(f, a)})
		} else if said := v.answer(f, a); said != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.text(f.Label), Text: said})
		}
	}
	for _, x := range s.Needs.Confirm {
		if slices.Contains(st.Confirmed, x.ID) {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("step.confirmed"), Text: v.text(x.Text)})
		}
	}
	if len(l.Rows) == 0 {
		return nil
	}
	return l
}

// sinceThen shows what changed in the application since this step was last
// done, and what others have said.
func (v *visit) sinceThen(pg *stepPage, look dossier.View, st casework.StepState, b beside) {
	if b.was != nil {
		pg.Since = v.T("step.changed", st.Revision, look.Case.Revision)
		pg.Changed = v.changes(look, dossier.Diff(look.Process, *b.was, look.Application))
	}
	for _, e := range b.journal {
		if e.Remarks != "" {
			pg.Remarks = append(pg.Remarks, remark{Who: v.actor(e.Event), When: v.DateTime(e.At), Step: v.stepName(look.Process, e.Step), Text: e.Remarks})
		}
	}
	slices.Reverse(pg.Remarks)
}

// changes are differences in words.
func (v *visit) changes(look dossier.View, list []dossier.Change) []changeRow {
	var out []changeRow
	for _, d := range list {
		what := d.Field
		if f, ok := look.Process.Field(d.Field); ok {
			what = v.text(f.Label)
		} else if rest, ok := strings.CutPrefix(d.Field, "camera."); ok {
			what = v.Or("wanted.part."+rest, rest)
		} else {
			head, _, _ := strings.Cut(d.Field, ".")
			what = v.Or("change.part."+head, what)
		}
		if d.Camera != "" {
			what = v.cameraName(look, d.Camera) + ": " + what
		}
		out = append(out, changeRow{what, v.word(d.Field, d.Was), v.word(d.Field, d.Is)})
	}
	return out
}

func (v *visit) cameraName(look dossier.View, id string) string {
	for _, app := range []casework.Application{look.Application, look.Draft.Application} {
		if w, ok := findCamera(app, id); ok && w.Name != "" {
			return w.Name
		}
	}
	return id
}

// offer is the form of what this person can do at the step, or why not.
func (v *visit) offer(pg *stepPage, look dossier.View, s *casework.Step, b beside) {
	var can []casework.Offer
	seen := map[string]bool{}
	concerns := false
	for _, o := range look.Offers {
		if o.Step != s.ID || o.Kind == casework.ActMeet || o.Kind == casework.ActReopen {
			continue
		}
		concerns = true
		if o.OK {
			can = append(can, o)
			continue
		}
		for _, m := range o.Why {
			text := v.text(m.Text)
			if seen[text] {
				continue
			}
			seen[text] = true
			a := fds.Alert{Tone: fds.Info, Heading: text, Text: m.Cite}
			if at := v.mend(look.Case, m); !strings.HasPrefix(at, "#") {
				a.Links = []fds.Link{{Href: at, Text: v.T("step.mend")}}
			}
			if !m.Until.IsZero() {
				a.Text = strings.TrimSpace(a.Text + " " + v.T("step.until", v.Date(m.Until)))
			}
			pg.Blocks = append(pg.Blocks, a)
		}
	}
	if !concerns {
		pg.Blocks = append(pg.Blocks, fds.Alert{Tone: fds.Info, Heading: v.T("step.others", v.body(look.Process, s.Body)), Text: v.T("step.others.text")})
		return
	}
	if s.Kind == casework.StepApply {
		if len(can) > 0 {
			pg.Links = append([]fds.Link{{Href: path(look.Case, "/ansoegning"), Text: v.T("step.apply")}}, pg.Links...)
		}
		return
	}
	if len(can) == 0 {
		return
	}
	pg.Form = v.actForm(look, s, can, b)
	if s.Needs.Evidence || s.Kind == casework.StepWork {
		pg.Upload = v.uploadForm(look, nil, path(look.Case, "/trin/"+s.ID))
	}
}

func (v *visit) actForm(look dossier.View, s *casework.Step, can []casework.Offer, b beside) *actForm {
	f := &actForm{Action: path(look.Case, "/trin/"+s.ID), Revision: look.Case.Revision}
	f.Items = v.items(s.Needs.Fields, look.Case.Steps[s.ID].Answers, "")
	if len(s.Needs.Confirm) > 0 {
		f.Confirm = &fds.Choices{ID: "f-bekraeft", Name: "bekraeft", Legend: v.T("step.confirm"), Many: true, ErrorWord: v.T("form.error")}
		for _, x := range s.Needs.Confirm {
			f.Confirm.Items = append(f.Confirm.Items, fds.Choice{Value: x.ID, Text: v.text(x.Text)})
		}
	}
	if len(b.evidence) > 0 {
		f.Evidence = &fds.Choices{ID: "f-dokumentation", Name: "dokumentation", Legend: v.T("step.evidence"), Hint: v.T("step.evidence.hint"), Many: true}
		for _, d := range b.evidence {
			f.Evidence.Items = append(f.Evidence.Items, fds.Choice{Value: d.Document, Text: d.Name, Hint: v.Date(d.Added)})
		}
	}
	conditions := false
	acts := fds.Choices{ID: "f-handling", Name: "handling", Legend: v.T("step.act"), ErrorWord: v.T("form.error")}
	for _, o := range can {
		acts.Items = append(acts.Items, fds.Choice{Value: string(o.Kind), Text: v.T("act." + string(o.Kind)), Hint: v.Or("act."+string(o.Kind)+".hint", "")})
		conditions = conditions || o.Kind == casework.ActCondition
	}
	f.Button = fds.Button{Kind: "primary", Text: v.T("step.button")}
	if len(can) == 1 {
		f.Only = string(can[0].Kind)
		f.Button.Text = v.T("act." + f.Only)
	} else {
		f.Acts = &acts
	}
	if conditions {
		x := v.Field(fds.Field{ID: "f-vilkaar", Name: "vilkaar", Type: "area", Rows: 3, MaxLength: 4000, Optional: true, Spellcheck: true}, "step.conditions")
		f.Conditions = &x
		blocks := v.Field(fds.Field{ID: "f-blokerer", Name: "blokerer", Type: "select", Choices: []fds.Choice{{Text: v.T("step.blocks.permit")}}}, "step.blocks")
		for i := range look.Process.Steps {
			if o := &look.Process.Steps[i]; look.Case.Steps[o.ID].Status == casework.StepWaiting {
				blocks.Choices = append(blocks.Choices, fds.Choice{Value: o.ID, Text: v.text(o.Title)})
			}
		}
		f.Blocks = &blocks
	}
	if s.Approval {
		x := v.Field(fds.Field{ID: "f-gaelder-til", Name: "gaelder-til", Type: "date", Width: "medium", Optional: true}, "step.validto")
		f.ValidTo = &x
	}
	f.Remarks = v.Field(fds.Field{ID: "f-bemaerkning", Name: "bemaerkning", Type: "area", Rows: 4, MaxLength: 4000, Spellcheck: true, Optional: true}, "step.remark")
	return f
}

// keep fills the form with what was typed.
func (v *visit) keep(f *actForm, s *casework.Step, in url.Values) {
	f.Items = v.items(s.Needs.Fields, answersOf(s.Needs.Fields, in), "")
	for _, g := range []*fds.Choices{f.Confirm, f.Evidence, f.Acts} {
		if g != nil {
			for i := range g.Items {
				g.Items[i].On = slices.Contains(in[g.Name], g.Items[i].Value)
			}
		}
	}
	for _, x := range []*fds.Field{f.Conditions, f.ValidTo, &f.Remarks} {
		if x != nil {
			x.Value = in.Get(x.Name)
		}
	}
	if f.Blocks != nil {
		f.Blocks.Choices = chosen(f.Blocks.Choices, in.Get("blokerer"))
	}
}

// act does what the person chose at the step.
// grave are the acts that decide: what they give or take away is a permit.
// Whoever does one has proved lately who they are.
var grave = map[casework.ActKind]bool{
	casework.ActApprove: true, casework.ActCondition: true, casework.ActRefuse: true, casework.ActOmit: true,
}

func (p *Screens) act(v *visit, look dossier.View) error {
	s, err := v.stepOf(look)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	a := casework.Act{Kind: casework.ActKind(in.Get("handling")), Step: s.ID, Remarks: clean(in.Get("bemaerkning")), Revision: atoi(in.Get("udgave")),
		Answers: answersOf(s.Needs.Fields, in), Confirmed: in["bekraeft"], Evidence: in["dokumentation"]}
	for id, x := range a.Answers {
		if x.Empty() {
			delete(a.Answers, id)
		}
	}
	if a.Kind == casework.ActCondition {
		for _, line := range strings.Split(clean(in.Get("vilkaar")), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				a.Conditions = append(a.Conditions, casework.Condition{Text: line, Blocks: in.Get("blokerer")})
			}
		}
	}
	if grave[a.Kind] {
		if err := v.Fresh(identity.Fresh); err != nil {
			return err
		}
	}
	badDate := false
	if d := in.Get("gaelder-til"); d != "" {
		t, err := page.LocalDate(d)
		badDate = err != nil
		a.ValidTo = t.AddDate(0, 0, 1)
	}
	if !badDate {
		if _, _, err = p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, a, v.who()); err == nil {
			return v.See(path(look.Case, "?besked=trin-"+string(a.Kind)))
		}
	} else {
		err = fault.New(fault.Invalid, "form.date", "%.20q", in.Get("gaelder-til"))
	}
	told, err := v.told(look.Case, err)
	if err != nil {
		return err
	}
	b, err := v.beside(look, s)
	if err != nil {
		return err
	}
	pg := v.stepPage(look, s, b)
	if pg.Form == nil {
		pg.Form = v.actForm(look, s, []casework.Offer{{Kind: a.Kind, Step: s.ID, OK: true}}, b)
	}
	v.keep(pg.Form, s, in)
	pg.Form.Errors = told
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// meet says that a condition is met.
func (p *Screens) meet(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	a := casework.Act{Kind: casework.ActMeet, Condition: v.R.PathValue("vilkaar"), Remarks: clean(in.Get("hvordan"))}
	if _, _, err := p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, a, v.who()); err != nil {
		return v.refusedHere(look, err)
	}
	return v.See(path(look.Case, "?besked=vilkaar-opfyldt"))
}

func (v *visit) remarkPage(look dossier.View) *page.FormPage {
	return v.NewFormPage(v.NewForm("remark").Area("bemaerkning", 4000, 5, false), v.crumbs(look.Case))
}

func (p *Screens) remarkForm(v *visit, look dossier.View) error {
	return v.ShowForm(v.remarkPage(look))
}

func (p *Screens) remark(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.remarkPage(look)
	if pg.Form.Fill(in).Check().OK() {
		if _, _, err := p.Cases.Act(v.Ctx, look.Case.Controller, look.Case.ID, casework.Act{Kind: casework.ActRemark, Remarks: clean(in.Get("bemaerkning"))}, v.who()); err != nil {
			told, err := v.told(look.Case, err)
			if err != nil {
				return err
			}
			pg.Form.Fail("bemaerkning", told.Errors[0].Text)
		} else {
			return v.See(path(look.Case, "?besked=bemaerkning-gemt"))
		}
	}
	return v.ShowForm(pg)
}
