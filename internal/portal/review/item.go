package review

import (
	"encoding/hex"
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
)

func hexed(b []byte) string { return hex.EncodeToString(b) }

// use is the row of an item's use; what the log has none of, or deleted since,
// is told as far as the item knows it.
func (p *Screens) use(v *visit, i oversight.Item) (accesslog.Use, error) {
	u, err := p.Accesslog().Use(v.Ctx, i.Controller, i.Index)
	if fault.Is(err, fault.NotFound) {
		return accesslog.Use{Index: i.Index, At: i.At, Controller: i.Controller, Kind: i.Kind, Entry: i.Entry, Person: i.Person, Name: i.Name, Place: i.Place}, nil
	}
	return u, err
}

// read enters that the person reads an item: its pages stand under acts whose
// pages are not logged by themselves.
func (v *visit) read(i oversight.Item) error {
	if v.Route.Act != access.Own {
		return nil
	}
	return v.Used("data.read", map[string]any{"act": string(access.ReviewLog), "path": v.R.URL.Path, "item": i.ID})
}

func (p *Screens) item(v *visit) error {
	i := page.Found[oversight.Item](v.Visit)
	if err := v.read(i); err != nil {
		return err
	}
	u, err := p.use(v, i)
	if err != nil {
		return err
	}
	pg := v.itemPage(i, u, v.UseWords())
	h, err := v.Happened(i.ID, 20)
	if err != nil {
		return err
	}
	pg.Happened = &h
	return v.Show(200, pg)
}

// reviews says whether the person may do something about an item.
func (v *visit) reviews(i oversight.Item) bool {
	return v.May(access.ReviewLog, access.Object{}) && i.MayReview(v.Person.ID, v.Session.Person.Name)
}

func (v *visit) itemPage(i oversight.Item, u accesslog.Use, w page.UseWords) *page.Record {
	s := i.State(v.Now)
	pg := v.NewRecord(v.T("review.one.title", i.Number), v.T("review.one."+string(s)), v.crumbs()...)
	pg.Badge = v.badge(i)
	v.Said(&pg.Shell)
	here := itemPath + "/" + i.ID
	link := func(to, key string) {
		pg.Actions = append(pg.Actions, fds.Link{Href: here + "/" + to, Text: v.T(key)})
	}
	if v.reviews(i) {
		switch s {
		case oversight.New:
			link("afgoer", "review.judge.link")
			if i.Person != "" {
				link("spoerg", "review.ask.link")
			}
		case oversight.Answered:
			link("afgoer", "review.judge.link")
			link("spoerg", "review.again.link")
		case oversight.Asked, oversight.Silent:
			link("afgoer", "review.judge.link")
		case oversight.Second:
			if i.Decider != v.Person.ID {
				link("afgoer", "review.judge.link")
			}
		case oversight.Raised, oversight.Done:
		}
	}
	if s == oversight.Raised {
		link("opfoelgning", "review.follow.link")
	}
	if s == oversight.Raised && v.May(access.ReportBreach, access.Object{}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: "/brud/meld?slags=looked&kilde=review&nr=" + i.ID, Text: v.T("breach.review.link")})
	}
	if planted(i) {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Heading: v.T("review.planted"), Text: v.T("review.planted." + string(i.Verdict))})
	}
	pg.Add(v.useSection(u, w))
	pg.Add(v.whySection(i))
	pg.Add(v.courseSection(i))
	if i.Kind == accesslog.Footage || i.Kind == accesslog.Still || i.Kind == accesslog.Live {
		f := page.Section{ID: "optagelse", Heading: v.T("review.footage"), Lead: v.T("review.footage.text"), Half: true}
		if v.May(access.SeeIncidents, access.Object{}) {
			f.Links = []fds.Link{{Href: "/haendelser", Text: v.T("review.footage.link")}}
		}
		pg.Add(f)
	}
	return pg
}

// useSection is what the log says of the use.
func (v *visit) useSection(u accesslog.Use, w page.UseWords) page.Section {
	r := w.Row(u)
	list := &fds.StructuredList{Caption: v.T("review.use")}
	add := func(key, text string, more ...string) {
		if text != "" {
			list.Rows = append(list.Rows, fds.Row{Term: v.T("review.use." + key), Text: text, More: more})
		}
	}
	add("who", r.Who)
	add("at", v.DateTimeSeconds(u.At))
	add("what", w.What(u))
	var things []string
	for _, t := range r.Things {
		things = append(things, t.Text)
	}
	if len(things) > 0 {
		add("where", things[0], things[1:]...)
	}
	add("minutes", r.Minutes)
	add("about", r.About)
	add("matter", r.Matter)
	add("reason", r.Why)
	add("terms", r.Terms)
	add("refused", r.Refused)
	add("address", r.Address)
	s := page.Section{ID: "opslag", Heading: v.T("review.use"), List: list, Half: true}
	if v.May(access.SeeLog, access.Object{}) {
		s.Links = []fds.Link{{Href: "/tilsyn/log/" + strconv.FormatInt(u.Index, 10), Text: v.T("review.use.link")}}
		if u.Person != "" {
			s.Links = append(s.Links, fds.Link{Href: "/tilsyn/log?" + url.Values{"hvem": {u.Person}}.Encode(), Text: v.T("review.use.all")})
		}
	}
	return s
}

// whySection is why it was drawn.
func (v *visit) whySection(i oversight.Item) page.Section {
	list := &fds.StructuredList{Caption: v.T("review.why"), Rows: []fds.Row{{Term: v.T("review.stratum." + string(i.Stratum)), Text: v.T("review.stratum." + string(i.Stratum) + ".text")}}}
	for _, rule := range i.Rules.List() {
		list.Rows = append(list.Rows, fds.Row{Term: v.ruleName(rule), Text: v.Or("review.rule."+rule+".text", v.Or("review.grave."+rule+".text", ""))})
	}
	return page.Section{ID: "hvorfor", Heading: v.T("review.why"), List: list, Half: true, Links: []fds.Link{{Href: path + "/perioder/" + i.Period, Text: v.T("review.why.link")}}}
}

// courseSection is how it has gone.
func (v *visit) courseSection(i oversight.Item) page.Section {
	list := &fds.StructuredList{Caption: v.T("review.course")}
	add := func(key, text string, more ...string) {
		list.Rows = append(list.Rows, fds.Row{Term: v.T("review.course." + key), Text: text, More: more})
	}
	add("drawn", v.DateTime(i.Drawn))
	if i.Decided.IsZero() {
		add("due", v.day(i.Due))
	}
	name := i.ReviewerName
	if name == "" {
		name = v.T("review.course.nobody")
	}
	add("reviewer", name)
	if !i.Asked.IsZero() {
		add("asked", i.Question, v.T("review.course.by", v.DateTime(i.Asked), v.day(i.AnswerDue)))
	}
	switch {
	case !i.Answered.IsZero():
		add("answer", i.Answer, v.DateTime(i.Answered))
	case !i.Asked.IsZero():
		add("answer", v.T("review.course.silent"))
	}
	if !i.Escalated.IsZero() {
		add("escalated", v.DateTime(i.Escalated))
	}
	if !i.Decided.IsZero() {
		add("verdict", v.verdict(i), i.Reason, i.DeciderName+", "+v.DateTime(i.Decided))
	}
	if !i.Followed.IsZero() {
		add("outcome", i.Outcome, i.FollowerName+", "+v.DateTime(i.Followed))
	}
	s := page.Section{ID: "forloeb", Heading: v.T("review.course"), List: list, Half: true}
	if state := i.State(v.Now); v.reviews(i) && i.Reviewer != v.Person.ID && state != oversight.Done && state != oversight.Raised {
		s.Grid = page.NewGrid(v.T("review.take"), v.T("review.take"))
		s.Grid.Add(page.Cell{Form: &page.ActForm{Action: itemPath + "/" + i.ID + "/overtag", Button: fds.Button{Kind: "secondary", Text: v.T("review.take")}}})
	}
	return s
}

func (p *Screens) take(v *visit) error {
	i := page.Found[oversight.Item](v.Visit)
	if _, err := p.Room.Take(v.Ctx, i.ID, v.who()); err != nil {
		return err
	}
	return v.See(itemPath + "/" + i.ID + "?besked=stikproeve-overtaget")
}

// itemForm is a form about an item, with what it is about above it.
func (v *visit) itemForm(i oversight.Item, f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: itemPath + "/" + i.ID, Text: v.T("review.one.title", i.Number)}), i.Number)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("review.form.about", i.Name, v.DateTime(i.At)), Text: v.what(i) + ". " + v.why(i) + "."}
	return pg
}

func (v *visit) newAsk() *page.Form {
	return v.NewForm("review.ask").Area("spoergsmaal", oversight.Longest, 4, false)
}

func (p *Screens) askForm(v *visit) error {
	i := page.Found[oversight.Item](v.Visit)
	return v.ShowForm(v.itemForm(i, v.newAsk().Fill(url.Values{"spoergsmaal": {v.T("review.ask.suggest")}})))
}

func (p *Screens) ask(v *visit) error {
	return p.send(v, v.newAsk(), "stikproeve-spurgt", map[string]string{"review.question": "spoergsmaal"}, func(id string, f *page.Form) error {
		_, err := p.Room.Ask(v.Ctx, id, f.Get("spoergsmaal"), v.who())
		return err
	})
}

func (v *visit) newJudge() *page.Form {
	var choices []fds.Choice
	for _, x := range oversight.Verdicts() {
		choices = append(choices, fds.Choice{Value: string(x), Text: v.T("review.verdict." + string(x)), Hint: v.T("review.verdict." + string(x) + ".text")})
	}
	return v.NewForm("review.judge").Radio("afgoerelse", choices...).Area("grund", oversight.Longest, 4, false)
}

func (p *Screens) judgeForm(v *visit) error {
	return v.ShowForm(v.itemForm(page.Found[oversight.Item](v.Visit), v.newJudge()))
}

func (p *Screens) judge(v *visit) error {
	fields := map[string]string{"review.verdict": "afgoerelse", "review.unasked": "afgoerelse", "review.unclear": "afgoerelse", "review.reason": "grund"}
	return p.send(v, v.newJudge(), "stikproeve-afgjort", fields, func(id string, f *page.Form) error {
		_, err := p.Room.Judge(v.Ctx, id, oversight.Verdict(f.Get("afgoerelse")), f.Get("grund"), v.who())
		return err
	})
}

func (v *visit) newFollow() *page.Form {
	return v.NewForm("review.follow").Area("udfald", oversight.Longest, 5, false)
}

func (p *Screens) followForm(v *visit) error {
	i := page.Found[oversight.Item](v.Visit)
	if err := v.read(i); err != nil {
		return err
	}
	return v.ShowForm(v.itemForm(i, v.newFollow()))
}

func (p *Screens) follow(v *visit) error {
	return p.send(v, v.newFollow(), "stikproeve-fulgt", map[string]string{"review.outcome": "udfald"}, func(id string, f *page.Form) error {
		_, err := p.Room.Follow(v.Ctx, id, f.Get("udfald"), v.who())
		return err
	})
}

// send does what a form about an item asks for, or shows it again with what is
// wrong at the field that it is about.
func (p *Screens) send(v *visit, f *page.Form, note string, fields map[string]string, act func(id string, f *page.Form) error) error {
	i := page.Found[oversight.Item](v.Visit)
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f.Fill(in).Check()
	if f.OK() {
		if err := act(i.ID, f); err == nil {
			return v.See(itemPath + "/" + i.ID + "?besked=" + note)
		} else if name, ok := fields[fault.Key(err)]; ok {
			f.FailWith(name, err)
		} else {
			return err
		}
	}
	return v.ShowForm(v.itemForm(i, f))
}
