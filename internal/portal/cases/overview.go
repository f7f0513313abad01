package cases

import (
	"net/http"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// casePage is one case: whose turn it is, what this person can do, the way from
// the first enquiry to daily operation, and what was decided.
type casePage struct {
	page.Shell
	Lead       string
	Badge      fds.Badge
	Errors     *fds.ErrorSummary
	Mine       []turnCard // what waits for this person
	Others     []turnCard
	Calm       string
	Actions    []fds.Link
	Facts      fds.StructuredList
	Phases     []phase
	Conditions []conditionRow
	Recent     []recentRow
	Links      []fds.Link
	Grave      []fds.Link
	News       string // what happened since this person last looked
}

type turnCard struct {
	Title, Text, Since, Due string
	Late                    bool
	Link                    fds.Link
}

type phase struct {
	Name  string
	Steps []stepRow
}

type stepRow struct {
	ID, Href, Title, Body, Note, Icon string
	Badge                             fds.Badge
	Current                           bool
}

type conditionRow struct {
	Text, From, Blocks, Met string
	Badge                   fds.Badge
	Form                    *adjustForm
}

type recentRow struct{ When, Who, What, Remarks string }

const recentRows = 6

func (p *Screens) overview(v *visit, look dossier.View) error {
	news, err := p.Cases.Since(v.Ctx, look.Case.Controller, look.Case.ID, v.Person.ID)
	if err != nil {
		return err
	}
	pg, err := v.casePage(look)
	if err != nil {
		return err
	}
	if n := len(slices.DeleteFunc(news, func(e dossier.Entry) bool { return e.Person == v.Person.ID })); n > 0 {
		pg.News = v.N("case.news", int64(n))
	}
	if len(news) > 0 {
		if err := p.Cases.Seen(v.Ctx, look.Case.Controller, look.Case.ID, v.Person.ID, news[len(news)-1].Seq); err != nil {
			return err
		}
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) casePage(look dossier.View) (*casePage, error) {
	last, err := v.s.Cases.Latest(v.Ctx, look.Case.Controller, look.Case.ID, recentRows)
	if err != nil {
		return nil, err
	}
	places := []string{}
	for _, id := range look.Case.Locations {
		l, err := v.Site.Register.Location(v.Ctx, look.Case.Controller, id)
		if err != nil {
			return nil, err
		}
		places = append(places, l.Name)
	}
	return v.newCasePage(look, places, last), nil
}

func (v *visit) newCasePage(look dossier.View, places []string, last []dossier.Entry) *casePage {
	c := look.Case
	pg := &casePage{Shell: v.NewShell("case", c.Title, fds.Link{Href: listPath, Text: v.T("cases.title")}), Badge: v.statusBadge(c)}
	v.Said(&pg.Shell)
	pg.Lead = v.T("case.lead", c.ID, joined(places))
	v.turns(pg, look)
	v.caseFacts(pg, look)
	v.phases(pg, look)
	v.conditions(pg, look)
	for _, x := range last {
		e := x.Event
		pg.Recent = append(pg.Recent, recentRow{v.When(e.At, v.Now), v.actor(e), v.event(look, e), e.Remarks})
	}
	pg.Links = []fds.Link{{Href: path(c, "/ansoegning"), Text: v.T("case.link.application")}, {Href: path(c, "/udgaver"), Text: v.T("case.link.revisions")}}
	if c.Permitted > 0 {
		pg.Links = append(pg.Links, fds.Link{Href: path(c, "/tilladelser"), Text: v.T("case.link.permits")})
	}
	if c.Approved > 0 && (c.Status == casework.Open || c.Status == casework.Established) {
		pg.Links = append(pg.Links, fds.Link{Href: path(c, "/aendring"), Text: v.T("case.link.change")})
	}
	if decided(c) {
		pg.Links = append(pg.Links, fds.Link{Href: path(c, "/afgoerelse"), Text: v.T("letter.title")})
	}
	pg.Links = append(pg.Links, fds.Link{Href: path(c, "/fremstilling"), Text: v.T("case.link.paper")}, fds.Link{Href: path(c, "/dagbog"), Text: v.T("case.link.journal")}, fds.Link{Href: path(c, "/bemaerk"), Text: v.T("case.link.remark")})
	pg.Grave = v.endLinks(look)
	return pg
}

func joined(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

// turns says who holds the ball: this person first.
func (v *visit) turns(pg *casePage, look dossier.View) {
	for _, t := range look.Turns {
		card := turnCard{Title: v.stepName(look.Process, t.Step), Text: v.T("case.turn.at", v.body(look.Process, t.Body)), Since: v.since(t.Since), Due: v.due(t.Due), Late: t.Late,
			Link: fds.Link{Href: path(look.Case, "/trin/"+t.Step), Text: v.T("case.turn.see")}}
		if s, ok := look.Process.Step(t.Step); ok && s.Kind == casework.StepApply {
			card.Link.Href = path(look.Case, "/ansoegning")
		}
		if !t.Earliest.IsZero() && t.Earliest.After(v.Now) {
			card.Due = v.T("case.turn.earliest", v.Date(t.Earliest))
		}
		if offered(look, t.Step) {
			card.Text, card.Link.Text = v.T("case.turn.you"), v.T("case.turn.do")
			pg.Mine = append(pg.Mine, card)
			continue
		}
		pg.Others = append(pg.Others, card)
	}
	if len(look.Turns) == 0 {
		pg.Calm = v.T("case.calm")
		if look.Case.Status != casework.Open && look.Case.Status != casework.Established {
			pg.Calm = v.T("case.calm.ended")
		}
	}
}

func (v *visit) caseFacts(pg *casePage, look dossier.View) {
	c := look.Case
	pg.Facts = fds.StructuredList{Caption: v.T("case.facts")}
	add := func(key, text string, link ...fds.Link) {
		if text == "" {
			return
		}
		r := fds.Row{Term: v.T("case.fact." + key), Text: text}
		if len(link) > 0 {
			r.Link = &link[0]
		}
		pg.Facts.Rows = append(pg.Facts.Rows, r)
	}
	add("number", c.Number)
	add("process", v.text(look.Process.Name)+", "+v.T("case.version", c.Version))
	add("opened", v.Date(c.Opened))
	add("cameras", v.N("case.cameras", int64(len(shown(look).Cameras))), fds.Link{Href: path(c, "/ansoegning/"+v.taskKind(look, casework.TaskCameras)), Text: v.T("case.see")})
	if days := look.Process.RetentionDays(shown(look)); days > 0 {
		add("retention", v.N("case.days", int64(days)))
	}
	if !c.Decided.IsZero() {
		add("decided", v.Date(c.Decided))
		add("valid", v.Date(c.ValidTo))
	}
	if c.Replaces != "" {
		add("replaces", c.Replaces, fds.Link{Href: listPath + "/" + c.Replaces, Text: v.T("case.see")})
	}
	if !c.Ended.IsZero() {
		add("ended", v.Date(c.Ended))
		add("reason", c.Reason)
	}
}

func (v *visit) phases(pg *casePage, look dossier.View) {
	for i := range look.Process.Phases {
		ph := &look.Process.Phases[i]
		out := phase{Name: v.text(ph.Name)}
		for k := range look.Process.Steps {
			s := &look.Process.Steps[k]
			st := look.Case.Steps[s.ID]
			if s.Phase != ph.ID || st.Status == casework.StepNeedless {
				continue
			}
			late := st.Status == casework.StepOpen && !st.Due.IsZero() && st.Due.Before(v.Now)
			row := stepRow{ID: s.ID, Href: path(look.Case, "/trin/"+s.ID), Title: v.text(s.Title), Body: v.body(look.Process, s.Body), Icon: stepIcon(st.Status),
				Badge: v.stepBadge(st, late), Current: st.Status == casework.StepOpen}
			switch st.Status {
			case casework.StepDone, casework.StepOmitted, casework.StepRefused:
				row.Note = v.T("step.note", v.Date(st.Since), st.Name)
			case casework.StepOpen:
				row.Note = v.due(st.Due)
			}
			out.Steps = append(out.Steps, row)
		}
		if len(out.Steps) > 0 {
			pg.Phases = append(pg.Phases, out)
		}
	}
}

func (v *visit) conditions(pg *casePage, look dossier.View) {
	for _, x := range look.Case.Conditions {
		row := conditionRow{Text: x.Text, From: v.stepName(look.Process, x.Step), Blocks: v.stepName(look.Process, x.Blocks), Badge: fds.Badge{Tone: fds.Warning, Text: v.T("condition.open")}}
		if !x.Met.IsZero() {
			row.Met, row.Badge = v.T("condition.met", v.Date(x.Met), x.How), fds.Badge{Tone: fds.Success, Text: v.T("condition.done")}
		}
		for _, o := range look.Offers {
			if o.Kind == casework.ActMeet && o.Condition == x.ID && o.OK {
				f := v.Field(fds.Field{ID: "hvordan-" + x.ID, Name: "hvordan", Type: "area", Rows: 2, MaxLength: 2000, Spellcheck: true}, "condition.how")
				row.Form = &adjustForm{Action: path(look.Case, "/vilkaar/"+x.ID), Remarks: &f, Button: fds.Button{Kind: "secondary", Text: v.T("condition.meet")}}
			}
		}
		pg.Conditions = append(pg.Conditions, row)
	}
}

// refusedHere shows the case with why an act was refused.
func (v *visit) refusedHere(look dossier.View, refusal error) error {
	told, err := v.told(look.Case, refusal)
	if err != nil {
		return err
	}
	pg, err := v.casePage(look)
	if err != nil {
		return err
	}
	pg.Errors = told
	return v.Show(http.StatusUnprocessableEntity, pg)
}
