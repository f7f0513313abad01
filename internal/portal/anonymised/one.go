package anonymised

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// can is what the person can do with a copy.
type can struct{ answer, work bool }

// refreshEvery is how often the page of what runs looks again, in seconds.
const refreshEvery = 3

func (p *Screens) one(v *visit) error {
	o := object(v.copy)
	c := can{work: v.May(access.Disclose, o)}
	o.Parties = []string{v.copy.Person}
	c.answer = v.copy.State() == room.Asked && v.May(access.ApproveDisclosure, o) && p.Room.Answers(v.Ctx, v.copy, v.who()) == nil
	var err error
	if v.given, err = p.Disclosures.OfCopy(v.Ctx, v.Person.Controller, v.copy.ID); err != nil {
		return err
	}
	pg := v.onePage(c)
	happened, err := v.Happened(v.copy.ID, 30, "copy.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(http.StatusOK, pg)
}

func (v *visit) badge(c room.Copy) fds.Badge {
	s := c.State()
	tone := map[room.State]fds.Tone{room.Asked: fds.Warning, room.Editing: fds.Warning, room.Made: fds.Warning, room.Failed: fds.Error, room.Stopped: fds.Warning,
		room.Waiting: fds.Info, room.Finding: fds.Info, room.Making: fds.Info, room.Away: fds.Error, room.Approved: fds.Success}[s]
	return fds.Badge{Tone: tone, Text: v.T("copy.state." + string(s))}
}

func (v *visit) onePage(c can) *page.Record {
	state := v.copy.State()
	pg := v.NewRecord(v.copy.Number, v.T("copy.lead", v.copy.For, v.place.Name), v.crumbs()[:1]...)
	b := v.badge(v.copy)
	pg.Badge = &b
	v.Said(&pg.Shell)
	running := state == room.Waiting || state == room.Finding || state == room.Making
	if running {
		pg.Refresh = refreshEvery
	}
	act := func(to, key string) {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)})
	}
	if c.answer {
		act("svar", "copy.do.answer")
	}
	if c.work {
		switch state {
		case room.Editing:
			act("rediger", "copy.do.edit")
		case room.Made:
			act("gennemse", "copy.do.see")
			act("rediger", "copy.do.again")
		case room.Failed:
			if v.copy.Engine.Frames > 0 {
				act("rediger", "copy.do.again")
			}
		case room.Approved:
			act("udlevering", "copy.do.disclose")
			act("gennemse", "copy.do.see")
		}
		switch state {
		case room.Ended, room.Gone:
		default:
			act("afslut", "copy.do.end")
		}
	}
	now := page.Section{ID: "nu", Heading: v.T("copy.now"), Alert: v.next(), Live: true}
	if running {
		now.Links = []fds.Link{{Href: v.here(), Text: v.T("copy.refresh")}}
	}
	if form := v.press(c, state); form != nil {
		now.Grid = page.NewGrid(v.T("copy.now"), v.T("copy.step"), v.T("copy.step.do"))
		now.Grid.Add(page.Cell{Text: v.T("copy.step." + string(state))}, page.Cell{Form: form})
	}
	pg.Add(now)
	if e := v.copy.Engine; e != nil && e.Frames > 0 {
		pg.Add(page.Section{ID: "fund", Heading: v.T("copy.found"), List: v.foundList(*e)})
	}
	if e := v.copy.Engine; e != nil && e.Film != nil {
		pg.Add(v.checkPart(*e.Film))
	}
	pg.Add(page.Section{ID: "kopien", Heading: v.T("copy.what"), List: v.whatList()})
	if len(v.given) > 0 {
		pg.Add(v.givenPart())
	}
	return pg
}

// givenPart is where the copy has gone, or is on its way to.
func (v *visit) givenPart() page.Section {
	s := page.Section{ID: "udleveringer", Heading: v.T("copy.given"), Grid: page.NewGrid(v.T("copy.given"), v.T("copy.given.number"), v.T("copy.given.to"), v.T("copy.given.state"))}
	for _, d := range v.given {
		s.Grid.Add(page.Cell{Href: "/udleveringer/" + d.ID, Text: d.Number}, page.Cell{Text: d.Recipient.Name}, page.Cell{Text: v.T("disclosure.state." + string(d.State(v.Now)))})
	}
	return s
}

// press is the one button of what can be done without a page of its own.
func (v *visit) press(c can, state room.State) *page.ActForm {
	if !c.work {
		return nil
	}
	var to, key string
	switch state {
	case room.Waiting, room.Finding, room.Making:
		to, key = "stop", "copy.do.stop"
	case room.Stopped, room.Failed, room.Away:
		to, key = "fortsaet", "copy.do.go-on"
	case room.Made:
		to, key = "fremlaeg", "copy.do.give"
	default:
		return nil
	}
	return &page.ActForm{Action: v.here() + "/" + to, Button: fds.Button{Kind: "primary", Text: v.T(key)}}
}

// next says what stands, and what is to be done.
func (v *visit) next() *fds.Alert {
	c := v.copy
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("copy.next." + key), Text: v.T("copy.next."+key+".text", args...)}
	}
	switch s := c.State(); s {
	case room.Waiting:
		return say(fds.Info, "waiting")
	case room.Finding, room.Making:
		left := v.T("copy.left.unknown")
		if c.Engine.Left > 0 {
			left = v.T("copy.left", v.Span(time.Duration(c.Engine.Left)*time.Second))
		}
		key := string(s)
		if c.Engine.State == engineapi.AnonymisedChecking {
			key = "checking"
		}
		return say(fds.Info, key, v.Percent(int64(1000*c.Engine.Done), 1000), left)
	case room.Editing:
		a := say(fds.Warning, "editing")
		if n := len(c.Answers); n > 0 && !c.Answers[n-1].Yes {
			a.Text = v.T("copy.next.declined", c.Answers[n-1].Name, c.Answers[n-1].Words) + " " + a.Text
		}
		return a
	case room.Made:
		return say(fds.Warning, "made")
	case room.Stopped, room.Failed:
		return say(fds.Warning, string(s), v.Or("fault."+string(c.Engine.Cause), string(c.Engine.Cause)))
	case room.Asked:
		return say(fds.Warning, "asked", c.Given.Name, v.DateTime(c.Given.At))
	case room.Approved:
		a := c.Approval()
		return say(fds.Success, "approved", a.Name, v.DateTime(a.At))
	case room.Ended:
		return say(fds.Info, "ended", c.EndName, v.DateTime(c.Ended), c.EndWhy)
	case room.Gone:
		return say(fds.Info, "gone", v.DateTime(c.Gone))
	}
	return say(fds.Error, "away")
}

func (v *visit) foundList(e engineapi.Anonymised) *fds.StructuredList {
	l := &fds.StructuredList{Caption: v.T("copy.found")}
	row := func(key, text string, more ...string) {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("copy.field." + key), Text: text, More: more})
	}
	row("long", v.Span(time.Duration(e.Seconds*float64(time.Second)).Round(time.Second)), v.N("copy.pictures", int64(e.Frames)))
	how := v.T("copy.how.detector")
	switch {
	case e.Reduced:
		how = v.T("copy.how.reduced")
	case e.Thorough:
		how = v.T("copy.how.thorough")
	}
	row("how", how)
	row("kept", v.N("copy.fragments", int64(e.Kept)), v.T("copy.undone", e.Undone))
	if e.Blind > 0 {
		row("blind", v.N("copy.pictures", int64(e.Blind)), v.T("copy.blind.why"))
	}
	if c := v.copy.Sheet; c != nil {
		row("sheet", v.T("copy.by", c.Name, v.DateTime(c.At)), v.N("copy.fragments", int64(c.Fragments)))
	}
	row("until", v.DateTime(e.Until), v.T("copy.until.why"))
	return l
}

// report is what the page shows of a check.
type report struct {
	Frames, Expected, Cells, Flawed, Late int
	Shown                                 float64
	Blind                                 bool
	Seen                                  []struct{ Frame, Score int }
}

// checkPart is what the check of the film found, cell by cell.
func (v *visit) checkPart(f engineapi.AnonymisedFilm) page.Section {
	s := page.Section{ID: "kontrol", Heading: v.T("copy.check")}
	var r report
	if err := json.Unmarshal(f.Check, &r); err != nil {
		s.Empty = v.T("copy.check.unread")
		return s
	}
	l := &fds.StructuredList{Caption: v.T("copy.check")}
	row := func(key, text string, more ...string) {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("copy.check." + key), Text: text, More: more})
	}
	row("cells", v.T("copy.check.cells.text", v.Number(int64(r.Cells)), v.Number(int64(r.Flawed))))
	row("frames", v.T("copy.check.frames.text", v.Number(int64(r.Frames)), v.Number(int64(r.Expected))))
	row("shown", v.Percent(int64(1000*r.Shown), 1000))
	switch {
	case r.Blind:
		row("seen", v.T("copy.check.seen.blind"))
	case len(r.Seen) == 0:
		row("seen", v.T("copy.check.seen.none"))
	default:
		var at []string
		for i, x := range r.Seen {
			if i == 20 {
				break
			}
			at = append(at, v.T("copy.check.seen.at", secondsText(x.Frame, f)))
		}
		row("seen", v.N("copy.check.sightings", int64(len(r.Seen))), append(at, v.T("copy.check.seen.text"))...)
	}
	row("sha", f.SHA256)
	s.List = l
	s.Lead = v.T("copy.check.lead")
	if !f.Passed {
		s.Alert = &fds.Alert{Tone: fds.Error, Heading: v.T("copy.check.failed"), Text: v.T("copy.check.failed.text")}
	}
	return s
}

// secondsText is when a picture is shown, as a player has it.
func secondsText(frame int, f engineapi.AnonymisedFilm) string {
	s := int(f.Seconds * float64(frame) / float64(max(1, f.Frames)))
	return strconv.Itoa(s/60) + ":" + strconv.Itoa(s%60/10) + strconv.Itoa(s%10)
}

func (v *visit) whatList() *fds.StructuredList {
	c := v.copy
	l := &fds.StructuredList{Caption: v.T("copy.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("copy.field." + key), Text: text, More: more})
		}
	}
	row("for", c.For, c.Looks)
	row("camera", v.camera.Name)
	row("interval", v.T("incident.span", v.DateTimeSeconds(c.From), v.DateTimeSeconds(c.To)))
	row("words", c.Words)
	row("asker", c.Name, v.DateTime(c.Asked))
	if c.Given != nil {
		row("given", v.T("copy.by", c.Given.Name, v.DateTime(c.Given.At)))
	}
	for _, a := range c.Answers {
		key := "no"
		if a.Yes {
			key = "yes"
		}
		row("answer", v.T("copy.answer."+key, a.Name, v.DateTime(a.At)), a.Words)
	}
	from := v.sourceLink(c.Source)
	l.Rows = append(l.Rows, fds.Row{Term: v.T("copy.field.source"), Link: &from})
	return l
}

// act does one thing with the copy and leads back to it.
func (v *visit) act(do func() (room.Copy, error)) error {
	if _, err := v.Posted(); err != nil {
		return err
	}
	if _, err := do(); err != nil {
		return err
	}
	return v.See(v.here())
}

func (p *Screens) goOn(v *visit) error {
	return v.act(func() (room.Copy, error) { return p.Room.Go(v.Ctx, v.copy.ID, v.who()) })
}

func (p *Screens) stop(v *visit) error {
	return v.act(func() (room.Copy, error) { return p.Room.Stop(v.Ctx, v.copy.ID, v.who()) })
}

func (p *Screens) give(v *visit) error {
	return v.act(func() (room.Copy, error) { return p.Room.Give(v.Ctx, v.copy.ID, v.who()) })
}

// endPage asks why a copy is given up.
func (v *visit) endPage() *page.FormPage {
	return v.NewFormPage(v.NewForm("copyend").Area("ord", incident.Longest, 3, false), v.crumbs(), v.copy.Number)
}

func (p *Screens) end(v *visit) error { return v.ShowForm(v.endPage()) }

func (p *Screens) ended(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.endPage()
	pg.Form.Fill(in).Check()
	if pg.Form.OK() {
		_, err := p.Room.End(v.Ctx, v.copy.ID, pg.Form.Get("ord"), v.who())
		switch {
		case err == nil:
			return v.See(v.here())
		case fault.Key(err) != "copy.words":
			return err
		}
		pg.Form.FailWith("ord", err)
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}
