package masks

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// name is what a camera is called.
func (v *visit) name(id string) string {
	if i := slices.IndexFunc(v.cameras, func(c register.Camera) bool { return c.ID == id }); i >= 0 {
		return v.cameras[i].Name
	}
	return id
}

func (v *visit) names(l masking.Lift) string {
	var out []string
	for _, id := range l.Cameras {
		out = append(out, v.name(id))
	}
	return strings.Join(out, ", ")
}

func (v *visit) here() string { return liftsPath + "/" + v.lift.ID }

func (v *visit) crumbs() []fds.Link {
	if v.lift.ID == "" {
		return []fds.Link{{Href: "/haendelser", Text: v.T("incidents.title")}, {Href: "/haendelser/" + v.incident.ID, Text: v.incident.Number}}
	}
	return []fds.Link{{Href: liftsPath, Text: v.T("lifts.title")}, {Href: v.here(), Text: v.lift.Number}}
}

func (v *visit) badge(l masking.Lift) fds.Badge {
	s := l.State(v.Now)
	tone := map[masking.State]fds.Tone{masking.Asked: fds.Warning, masking.Lifted: fds.Error}[s]
	return fds.Badge{Tone: tone, Text: v.T("lift.state." + string(s))}
}

// lifts shows every lift that the person may see.
func (p *Screens) lifts(v *visit) error {
	all, err := p.Masking.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(l masking.Lift) bool {
		return !v.May(access.SeeIncidents, access.Object{Controller: l.Controller, Location: l.Location})
	})
	ids := []string{}
	for _, l := range all {
		ids = append(ids, l.Cameras...)
	}
	if v.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: ids, Removed: true, Brief: true}); err != nil {
		return err
	}
	if done, err := v.liftListing().File(v.Visit, all); done {
		return err
	}
	return v.Show(http.StatusOK, v.liftsPage(all))
}

func (v *visit) liftListing() page.Listing[masking.Lift] {
	var states []fds.Choice
	for _, s := range masking.States() {
		states = append(states, fds.Choice{Value: string(s), Text: v.T("lift.state." + string(s))})
	}
	rank := func(l masking.Lift) int { return slices.Index(masking.States(), l.State(v.Now)) }
	who := func(l masking.Lift) string { return l.Name }
	return page.Listing[masking.Lift]{Key: "lifts", Path: liftsPath,
		Columns: []page.Column[masking.Lift]{
			{Name: "number", Text: func(l masking.Lift) string { return l.Number }, Compare: func(a, b masking.Lift) int {
				return cmp.Or(cmp.Compare(rank(a), rank(b)), b.Asked.Compare(a.Asked))
			}},
			{Name: "cameras", Text: v.names, Compare: page.ByText(v.names)},
			{Name: "who", Text: who, Compare: page.ByText(who)},
			{Name: "asked", Text: func(l masking.Lift) string { return v.DateTime(l.Asked) }, Cell: func(l masking.Lift) sheet.Cell { return sheet.Moment(l.Asked) }, Compare: func(a, b masking.Lift) int { return a.Asked.Compare(b.Asked) }},
			{Name: "state", Text: func(l masking.Lift) string { return v.badge(l).Text }, Compare: func(a, b masking.Lift) int { return cmp.Compare(rank(a), rank(b)) }},
			{Name: "journal", Text: func(l masking.Lift) string { return l.Journal }, FileOnly: true},
			{Name: "second", Text: func(l masking.Lift) string { return l.DeciderName }, FileOnly: true},
			{Name: "words", Text: func(l masking.Lift) string { return l.Words }, FileOnly: true},
		},
		Filters: []page.Filter[masking.Lift]{{Name: "tilstand", Choices: states, Keep: func(l masking.Lift, s string) bool { return string(l.State(v.Now)) == s }}},
		Search: func(l masking.Lift) string {
			return strings.Join([]string{l.Number, l.IncidentNumber, l.Journal, l.Name, l.Words, v.names(l)}, " ")
		},
	}
}

func (v *visit) liftsPage(all []masking.Lift) *page.ListPage {
	list, rows := v.liftListing().Show(v.Visit, all)
	var lines []page.Line
	for _, l := range rows {
		lines = append(lines, page.Line{Cells: v.liftCells(l)})
	}
	return v.NewListPage(v.T("lifts.title"), v.T("lifts.lead"), page.Incidents, list, lines)
}

func (v *visit) liftCells(l masking.Lift) []page.Cell {
	b := v.badge(l)
	return []page.Cell{{Href: liftsPath + "/" + l.ID, Text: l.Number, Quiet: l.IncidentNumber}, {Text: v.names(l)}, {Text: l.Name}, {Text: v.DateTime(l.Asked)}, {Badge: &b}}
}

// liftGrid lists the lifts of one camera.
func (v *visit) liftGrid(caption string, all []masking.Lift) *page.Grid {
	v.cameras = []register.Camera{v.camera}
	g := page.NewGrid(caption, v.T("lifts.column.number"), v.T("lifts.column.cameras"), v.T("lifts.column.who"), v.T("lifts.column.asked"), v.T("lifts.column.state"))
	for _, l := range all {
		g.Add(v.liftCells(l)...)
	}
	return g
}

func (p *Screens) one(v *visit) error {
	l := v.lift
	at := access.Object{Controller: l.Controller, Location: l.Location, Parties: []string{l.Person}}
	pg := v.onePage(l.State(v.Now) == masking.Asked && v.May(access.ApproveDisclosure, at) && p.Masking.Answers(v.Ctx, l, v.who()) == nil)
	happened, err := v.Happened(l.ID, 20, "masklift.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(http.StatusOK, pg)
}

func (v *visit) onePage(answers bool) *page.Record {
	l := v.lift
	pg := v.NewRecord(l.Number, v.T("lift.lead", v.place.Name), v.crumbs()[:1]...)
	b := v.badge(l)
	pg.Badge = &b
	v.Said(&pg.Shell)
	if answers {
		pg.Actions = []fds.Link{{Href: v.here() + "/svar", Text: v.T("lift.answer")}}
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("lift.now"), Alert: v.next(), Live: true})
	pg.Add(page.Section{ID: "hvad", Heading: v.T("lift.what"), List: v.whatList()})
	return pg
}

// next says what stands, and what is to be done.
func (v *visit) next() *fds.Alert {
	l := v.lift
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("lift.next." + key), Text: v.T("lift.next."+key+".text", args...)}
	}
	switch l.State(v.Now) {
	case masking.Asked:
		return say(fds.Warning, "asked", v.DateTime(l.Asked.Add(masking.AnswerWithin)))
	case masking.Lifted:
		return say(fds.Warning, "lifted", v.DateTime(l.Expires))
	case masking.Over:
		return say(fds.Info, "over", v.DateTime(l.Expires))
	case masking.Declined:
		return say(fds.Info, "declined", l.DeciderName, l.Answer)
	}
	return say(fds.Info, "lapsed")
}

func (v *visit) whatList() *fds.StructuredList {
	l := v.lift
	out := &fds.StructuredList{Caption: v.T("lift.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			out.Rows = append(out.Rows, fds.Row{Term: v.T("lift.field." + key), Text: text, More: more})
		}
	}
	row("cameras", v.names(l))
	row("interval", v.T("incident.span", v.DateTimeSeconds(l.From), v.DateTimeSeconds(l.To)))
	row("journal", l.Journal)
	row("words", l.Words)
	row("who", l.Name, v.DateTime(l.Asked))
	if !l.Decided.IsZero() {
		row("second", l.DeciderName, v.DateTime(l.Decided))
	}
	if l.Approved {
		row("expires", v.DateTime(l.Expires))
	}
	out.Rows = append(out.Rows, fds.Row{Term: v.T("lift.field.incident"), Link: &fds.Link{Href: "/haendelser/" + l.Incident, Text: l.IncidentNumber}})
	return out
}

func (v *visit) askForm() *page.Form {
	f := v.NewForm("liftask")
	var cameras []fds.Choice
	for _, c := range v.cameras {
		cameras = append(cameras, fds.Choice{Value: c.ID, Text: c.Name})
	}
	f.Checks("kamera", cameras...)
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
	return f.Text("journal", incident.LongLine, false).Area("ord", incident.Longest, 3, false)
}

func (v *visit) askPage() *page.FormPage {
	s := v.incident.Scope()
	in := url.Values{"journal": {v.incident.Police}, "fra-dato": {page.FormDate(s.From)}, "fra": {v.ClockSeconds(s.From)}, "til-dato": {page.FormDate(s.To)}, "til": {v.ClockSeconds(s.To)}}
	if len(v.cameras) == 1 {
		in["kamera"] = []string{v.cameras[0].ID}
	}
	pg := v.NewFormPage(v.askForm().Fill(in), v.crumbs(), v.incident.Number)
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("liftask.grave"), Text: v.T("liftask.grave.text", v.Span(masking.Life))}
	return pg
}

func (p *Screens) ask(v *visit) error {
	switch {
	case v.incident.Scope().Version == 0:
		return v.See("/haendelser/" + v.incident.ID + "/behov")
	case len(v.cameras) == 0:
		return fault.New(fault.Conflict, "masklift.unmasked", "incident %s names no masked camera", v.incident.Number)
	}
	return v.ShowForm(v.askPage())
}

func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil && f.Get(clock) != "" {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}

func (p *Screens) asked(v *visit) error {
	return v.posted(v.askPage(), func(f *page.Form, _ url.Values) (string, error) {
		t := masking.Terms{Cameras: f.All("kamera"), From: v.moment(f, "fra-dato", "fra"), To: v.moment(f, "til-dato", "til"), Journal: f.Get("journal"), Words: f.Get("ord")}
		if !f.OK() {
			return "", nil
		}
		l, err := p.Masking.Ask(v.Ctx, v.incident.ID, t, v.who())
		return liftsPath + "/" + l.ID + "?besked=loeft-bedt", err
	})
}

// posted reads a form, does what it says, and leads on; what the room refuses
// is said at the field that it is about, beside what was typed.
func (v *visit) posted(pg *page.FormPage, do func(*page.Form, url.Values) (string, error)) error {
	fields := map[string]string{"masklift.cameras": "kamera", "masklift.unmasked": "kamera", "masklift.interval": "til", "masklift.long": "til", "masklift.beyond": "fra", "masklift.journal": "journal",
		"masklift.words": "ord", "masklift.answer": "ord", "masklift.changed": "svar"}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := pg.Form.Fill(in).Check()
	if f.OK() {
		to, err := do(f, in)
		switch field := fields[fault.Key(err)]; {
		case err == nil && f.OK():
			return v.See(to)
		case err == nil: // a time that is none: said already
		case field == "":
			return err
		default:
			f.FailWith(field, err)
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

func (v *visit) answerForm() *page.Form {
	return v.NewForm("liftanswer").Radio("svar",
		fds.Choice{Value: "ja", Text: v.T("liftanswer.yes"), Hint: v.T("liftanswer.yes.hint")}, fds.Choice{Value: "nej", Text: v.T("liftanswer.no")}).
		Area("ord", incident.Longest, 3, true)
}

// answerPage shows exactly what is said yes or no to: its seal goes along.
func (v *visit) answerPage() *page.FormPage {
	l := v.lift
	pg := v.NewFormPage(v.answerForm(), v.crumbs(), l.Number)
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("liftanswer.asks", l.Name),
		Text: v.T("liftanswer.asks.text", v.names(l), v.DateTimeSeconds(l.From), v.DateTimeSeconds(l.To), l.Journal, l.Words, v.Span(masking.Life))}
	pg.Hidden = []fds.Choice{{Text: "segl", Value: l.Seal()}}
	return pg
}

// answerable refuses whoever does not answer for the place, and leads away from
// what waits for no answer.
func (p *Screens) answerable(v *visit) (done bool, err error) {
	if err := p.Masking.Answers(v.Ctx, v.lift, v.who()); err != nil {
		if fault.Is(err, fault.Denied) {
			return true, v.Refuse(access.Verdict{Why: access.WhyRole}, access.Object{Controller: v.lift.Controller, Location: v.lift.Location, Reference: v.lift.Number})
		}
		return true, err
	}
	if v.lift.State(v.Now) != masking.Asked {
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
	return v.posted(v.answerPage(), func(f *page.Form, in url.Values) (string, error) {
		_, err := p.Masking.Decide(v.Ctx, v.lift.ID, f.Get("svar") == "ja", f.Get("ord"), in.Get("segl"), v.who())
		return v.here() + "?besked=loeft-svaret", err
	})
}
