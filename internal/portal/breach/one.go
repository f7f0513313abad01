package breach

import (
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

// facts are what the recorder and the log say of it.
type facts struct {
	away    bool // the recorder does not answer
	seconds int64
	bytes   int64
	from    time.Time
	to      time.Time
	uses    int
	people  int
	lookers page.Lookers
}

// hours is a span in whole hours: of a clock of 72, days would hide them.
func (v *visit) hours(d time.Duration) string {
	if d < time.Hour {
		return v.Span(d.Truncate(time.Minute))
	}
	return v.N("breach.hours", int64(d/time.Hour))
}

// interval is when it was recorded that should not be: no longer ago than
// footage is there at all.
func (v *visit) interval() (from, to time.Time) {
	b := v.breach
	from, to = b.Since, b.Stopped
	if oldest := v.Now.Add(-permit.LongestRetention); from.IsZero() || from.Before(oldest) {
		from = oldest
	}
	if to.IsZero() {
		to = v.Now
	}
	return from, to
}

// gather asks the recorder how much there is, and the log who looked.
func (p *Screens) gather(v *visit) (f facts, err error) {
	b := v.breach
	f.from, f.to = v.interval()
	if len(b.Cameras) == 0 {
		return f, nil
	}
	if f.from.Before(f.to) {
		tallies, err := p.Engine.Tallies(v.Ctx, f.from, f.to)
		f.away = err != nil
		for _, t := range tallies {
			if has(b.Cameras, t.Camera) {
				f.seconds, f.bytes = f.seconds+t.RecordedS, f.bytes+t.Bytes
			}
		}
	}
	people := map[string]bool{}
	var uses []accesslog.Use
	for at := 0; at < len(b.Cameras); at += accesslog.MostPeople {
		cameras := b.Cameras[at:min(at+accesslog.MostPeople, len(b.Cameras))]
		for _, k := range []accesslog.Kind{accesslog.Footage, accesslog.Still, accesslog.Live} {
			found, err := p.Accesslog().Find(v.Ctx, accesslog.Query{Controller: v.Person.Controller, Cameras: cameras, Kind: k, From: f.from, Limit: mostUses})
			if err != nil {
				return f, err
			}
			uses = append(uses, found.Uses...)
		}
	}
	for _, u := range uses {
		if u.Refused == "" && u.Entry != "view.closed" {
			f.uses++
			people[u.Person] = true
		}
	}
	f.people = len(people)
	f.lookers = v.LookersOf(uses, v.UseWords(), "/tilsyn/log?sted="+b.Location)
	return f, nil
}

const mostUses = 500

func (p *Screens) one(v *visit) error {
	f, err := p.gather(v)
	if err != nil {
		return err
	}
	pg := v.onePage(f)
	happened, err := v.Happened(v.breach.ID, 30, "breach.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) onePage(f facts) *page.Record {
	b := v.breach
	pg := v.NewRecord(b.Number, v.T("breach.lead", v.T("breach.kind."+string(b.Kind)), v.where()), v.crumbs()[:1]...)
	badge := v.badge(b)
	pg.Badge = &badge
	v.Said(&pg.Shell)
	pg.Actions = v.actions()
	pg.Add(page.Section{ID: "nu", Heading: v.T("breach.now"), Alert: v.next()})
	pg.Add(page.Section{ID: "rest", Heading: v.T("breach.left.title"), Grid: v.undoneGrid()})
	pg.Add(page.Section{ID: "brud", Heading: v.T("breach.what"), List: v.whatList(), Half: true})
	pg.Add(page.Section{ID: "besked", Heading: v.T("breach.told"), Lead: v.T("breach.told.lead"), Grid: v.toldGrid(), Half: true})
	if len(b.Cameras) > 0 {
		pg.Add(v.footageSection(f))
		pg.Add(v.lookedSection(f))
	}
	pg.Add(v.decisionsSection())
	pg.Add(v.sentSection())
	return pg
}

func (v *visit) where() string {
	if v.place.ID == "" {
		return v.T("breach.nowhere")
	}
	return v.place.Name
}

// actions are what is to be done, the next first.
func (v *visit) actions() (out []fds.Link) {
	b := v.breach
	edit, decide := v.May(access.EditBreach, v.object()), v.May(access.DecideBreach, v.object())
	add := func(may bool, to, key string) {
		if may {
			out = append(out, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)})
		}
	}
	if !b.Open() {
		add(decide && b.Held(), "genstart", "breach.do.restart")
		return out
	}
	add(edit && b.Stopped.IsZero() && len(b.Cameras) > 0, "stop", "breach.do.stop")
	add(edit && !b.Spoken(), "kontakt", "breach.do.contact")
	judged := !b.Judgement.At.IsZero()
	add(decide && !judged, "vurdering", "breach.do.judge")
	notify := b.Judgement.Breach && b.Judgement.Risk != room.Unlikely
	add(edit && notify, "indsendt", "breach.do.sent")
	add(decide && notify, "underretning", "breach.do.telling")
	add(decide && judged && !b.Stopped.IsZero(), "genstart", "breach.do.restart")
	add(edit, "oplysninger", "breach.do.fill")
	add(decide && judged, "vurdering", "breach.do.again")
	add(decide && len(b.Undone()) == 0, "luk", "breach.do.close")
	return out
}

// next says where it stands, and how long there is.
func (v *visit) next() *fds.Alert {
	b := v.breach
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("breach.next."+key, args...), Text: v.T("breach.next."+key+".text", args...)}
	}
	switch s := b.State(); {
	case s == room.Over:
		return say(fds.Success, "closed", v.DateTime(b.Closed), b.Outcome, v.Date(b.Closed.Add(room.KeepFor)))
	case b.Late(v.Now):
		return say(fds.Error, "late", v.hours(v.Now.Sub(b.Limit())), v.DateTime(b.Limit()))
	case b.Counting():
		tone := fds.Warning
		if b.Limit().Sub(v.Now) > 48*time.Hour {
			tone = fds.Info
		}
		return say(tone, string(s), v.hours(b.Limit().Sub(v.Now)), v.DateTime(b.Limit()))
	case s == room.Notified:
		return say(fds.Info, string(s), v.DateTime(b.Sent[0].Sent))
	default:
		return say(fds.Info, string(s), v.DateTime(b.Judgement.At))
	}
}

// undoneGrid is the way to the end, with what is done and what is not.
func (v *visit) undoneGrid() *page.Grid {
	b := v.breach
	undone := b.Undone()
	g := page.NewGrid(v.T("breach.left.title"), v.T("breach.column.step"), v.T("breach.column.stepstate"))
	steps := []string{"dpo", "judge"}
	if b.Judgement.At.IsZero() || b.Judgement.Breach && b.Judgement.Risk != room.Unlikely {
		steps = append(steps, "notify", "telling")
	}
	if has(undone, "rest") {
		steps = append(steps, "rest")
	}
	if b.Telling.Tell {
		steps = append(steps, "told")
	}
	if !b.Stopped.IsZero() {
		steps = append(steps, "restart")
	}
	for _, s := range steps {
		badge := fds.Badge{Tone: fds.Success, Text: v.T("breach.step.done")}
		if has(undone, s) || s != "dpo" && b.Judgement.At.IsZero() {
			badge = fds.Badge{Tone: fds.Warning, Text: v.T("breach.step.left")}
		}
		g.Add(page.Cell{Text: v.T("breach.step." + s), Quiet: v.T("breach.step." + s + ".cite")}, page.Cell{Badge: &badge})
	}
	return g
}

func (v *visit) whatList() *fds.StructuredList {
	b := v.breach
	l := &fds.StructuredList{Caption: v.T("breach.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("breach.field." + key), Text: text, More: more})
		}
	}
	row("kind", v.T("breach.kind."+string(b.Kind)))
	row("words", b.Words)
	row("finder", v.T("breach.finder."+string(b.Finder)), v.T("breach.finder."+string(b.Finder)+".means"))
	row("by", b.By, v.DateTime(b.Opened))
	if v.place.ID != "" {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("breach.field.place"), Link: &fds.Link{Href: "/steder/" + v.place.ID, Text: v.place.Name}})
	}
	row("cameras", v.cameraNames())
	if b.Since.IsZero() {
		row("since", v.T("breach.since.unknown"))
	} else {
		row("since", v.DateTime(b.Since))
	}
	row("known", v.DateTime(b.Known))
	row("limit", v.DateTime(b.Limit()), v.T("breach.limit.means"))
	if !b.Stopped.IsZero() {
		row("stopped", v.DateTime(b.Stopped), v.T("breach.stopped.means"))
	}
	if href := sourceHref(b); href != "" {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("breach.field.source"), Link: &fds.Link{Href: href, Text: v.T("breach.source." + string(b.Source))}})
	}
	return l
}

// sourceHref leads to what it was found by.
func sourceHref(b room.Breach) string {
	switch b.Source {
	case room.FromDisclosure:
		return "/udleveringer/" + b.SourceID
	case room.FromReview:
		return "/tilsyn/stikproeve/opslag/" + b.SourceID
	case room.FromReport:
	}
	return ""
}

func (v *visit) toldGrid() *page.Grid {
	g := page.NewGrid(v.T("breach.told"), v.T("breach.column.whom"), v.T("breach.column.when"), v.T("breach.column.how"))
	for _, c := range v.breach.Contacts {
		how := page.Cell{Text: v.T("breach.how." + c.How), Quiet: c.Words}
		if c.How != room.ByMail {
			how.More = []string{v.T("breach.told.by", c.Name)}
		}
		g.Add(page.Cell{Text: v.T("breach.whom." + c.Whom)}, page.Cell{Text: v.DateTime(c.At)}, how)
	}
	if !v.breach.Spoken() {
		g.Add(page.Cell{Text: v.T("breach.whom.dpo"), Quiet: v.Controller.DPO}, page.Cell{Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("breach.told.not")}}, page.Cell{Text: v.T("breach.told.not.text")})
	}
	return g
}

func (v *visit) amount(f facts) string {
	if f.away {
		return v.T("breach.amount.away")
	}
	return v.T("breach.amount", v.Decimal(float64(f.seconds)/3600), v.Bytes(f.bytes), v.N("breach.cameras", int64(len(v.breach.Cameras))))
}

func (v *visit) footageSection(f facts) page.Section {
	b := v.breach
	l := &fds.StructuredList{Caption: v.T("breach.footage")}
	l.Rows = append(l.Rows, fds.Row{Term: v.T("breach.footage.when"), Text: v.T("incident.span", v.DateTime(f.from), v.DateTime(f.to))},
		fds.Row{Term: v.T("breach.footage.amount"), Text: v.amount(f)})
	bar := "none"
	switch {
	case b.Kind != room.Unlawful:
		bar = "other"
	case b.Judgement.At.IsZero() || b.Judgement.Breach:
		bar = "barred"
	}
	l.Rows = append(l.Rows, fds.Row{Term: v.T("breach.footage.becomes"), Text: v.T("breach.footage." + bar)})
	return page.Section{ID: "optagelser", Heading: v.T("breach.footage"), List: l, Half: true}
}

func (v *visit) lookedSection(f facts) page.Section {
	s := page.Section{ID: "har-set", Heading: v.T("breach.looked"), Lead: v.T("breach.looked.lead", v.N("breach.uses", int64(f.uses)), v.N("breach.persons", int64(f.people))), Half: true}
	if len(f.lookers.Rows) == 0 {
		s.Lead, s.Empty = "", v.T("breach.looked.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("uses.column.time"), v.T("uses.column.who"), v.T("uses.column.what"))
	for _, r := range f.lookers.Rows {
		s.Grid.Add(page.Cell{Text: r.Time}, page.Cell{Text: r.Who}, page.Cell{Text: r.Kind, Quiet: r.Minutes})
	}
	if f.lookers.All != "" {
		s.Links = f.lookers.Links()
	}
	return s
}

func (v *visit) decisionsSection() page.Section {
	b := v.breach
	s := page.Section{ID: "afgoerelser", Heading: v.T("breach.decisions"), Empty: v.T("breach.decisions.none")}
	l := &fds.StructuredList{Caption: s.Heading}
	add := func(key, text, words, name string, at time.Time, more ...string) {
		if !at.IsZero() {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("breach.decided." + key), Text: text, More: append(append([]string{words}, more...), v.T("breach.decided.by", name, v.DateTime(at)))})
		}
	}
	j, t, d := b.Judgement, b.Telling, b.Restart
	if j.Breach {
		add("judge", v.T("breach.risk."+string(j.Risk)), j.Words, j.Name, j.At)
	} else {
		add("judge", v.T("breach.judge.no"), j.Words, j.Name, j.At)
	}
	if t.Tell {
		told := v.T("breach.told.yet")
		if !t.Told.IsZero() {
			told = v.T("breach.told.at", v.Date(t.Told), t.How)
		}
		add("telling", v.T("breach.telling.yes"), t.Words, t.Name, t.At, t.Text, told)
	} else {
		why := v.T("breach.telling.no")
		if t.Why != "" {
			why += ": " + v.T("breach.exception."+t.Why)
		}
		add("telling", why, t.Words, t.Name, t.At)
	}
	if d.Allow {
		add("restart", v.T("breach.restart.yes", d.On), d.Words, d.Name, d.At)
	} else {
		add("restart", v.T("breach.restart.no"), d.Words, d.Name, d.At)
	}
	if len(l.Rows) > 0 {
		s.Empty, s.List = "", l
	}
	return s
}

func (v *visit) sentSection() page.Section {
	b := v.breach
	s := page.Section{ID: "anmeldelse", Heading: v.T("breach.sent"), Lead: v.T("breach.sent.lead"), Links: []fds.Link{{Href: v.here() + "/anmeldelse", Text: v.T("breach.sent.form")}}}
	if len(b.Sent) == 0 {
		s.Empty = v.T("breach.sent.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("breach.column.sent"), v.T("breach.column.reference"), v.T("breach.column.missing"), v.T("breach.column.delay"))
	for i, x := range b.Sent {
		ref := page.Cell{Text: x.Reference, Quiet: v.T("breach.decided.by", x.Name, v.DateTime(x.At))}
		if x.Document != "" {
			ref.Href = v.here() + "/kvittering/" + strconv.Itoa(i)
		}
		missing := page.Cell{Text: v.T("breach.missing.none")}
		if len(x.Missing) > 0 {
			missing.Text = v.named("breach.missing.", x.Missing)
		}
		s.Grid.Add(page.Cell{Text: v.DateTime(x.Sent)}, ref, missing, page.Cell{Text: x.Delay})
	}
	return s
}
