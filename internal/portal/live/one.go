package live

import (
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) badge(q room.Request) fds.Badge {
	s := q.State(v.Now)
	tone := map[room.State]fds.Tone{room.Asked: fds.Warning, room.Approved: fds.Info, room.Running: fds.Warning, room.Over: fds.Success, room.Refused: fds.Error}[s]
	key := "live.state." + string(s)
	switch {
	case s == room.Over && q.Overdue(v.Now):
		tone, key = fds.Error, "live.state.late"
	case s == room.Over && q.Owes():
		tone, key = fds.Warning, "live.state.owes"
	case s == room.Over && !q.ReviewDue().IsZero():
		tone, key = fds.Warning, "live.state.review"
	}
	return fds.Badge{Tone: tone, Text: v.T(key)}
}

// can is what the person can do with a request.
type can struct{ answer, end, review bool }

func (p *Screens) one(v *visit) error {
	q, now := v.request, v.Now
	c := can{
		answer: q.State(now) == room.Asked && v.May(access.ApproveLive, access.Object{Controller: q.Controller, Location: q.Location, Parties: []string{q.Person}}) && p.Live.Answers(v.Ctx, q, v.who()) == nil,
		end:    q.State(now) == room.Running && (v.Person.ID == q.Person || v.Person.ID == q.Decider || p.Live.Reviews(v.Ctx, q, v.who()) == nil),
		review: q.State(now) == room.Over && !q.ReviewDue().IsZero() && p.Live.Reviews(v.Ctx, q, v.who()) == nil,
	}
	pg := v.onePage(c)
	h, err := v.Happened(q.ID, 20, "live.")
	if err != nil {
		return err
	}
	pg.Happened = &h
	return v.Show(200, pg)
}

func (v *visit) onePage(c can) *page.Record {
	q := v.request
	pg := v.NewRecord(q.Number, v.T("live.one.lead", q.Name, v.place.Name), v.crumbs()[:1]...)
	b := v.badge(q)
	pg.Badge = &b
	v.Said(&pg.Shell)
	mine := q.Person == v.Person.ID
	act := func(to, key string) {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)})
	}
	switch state := q.State(v.Now); {
	case c.answer:
		act("svar", "live.answer")
	case state == room.Approved && mine:
		act("begynd", "live.begin")
	case state == room.Running && mine:
		act("se", "live.watch")
	case state == room.Over && mine && q.Owes():
		act("note", "live.note")
	}
	if c.end {
		act("slut", "live.end")
	}
	if c.review {
		act("kontrol", "live.review")
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("live.now"), Alert: v.next(mine), Live: true})
	asked := v.requestList()
	pg.Add(page.Section{ID: "anmodning", Heading: v.T("live.request"), List: &asked})
	if l := v.course(); len(l.Rows) > 0 {
		pg.Add(page.Section{ID: "forloeb", Heading: v.T("live.course"), List: &l})
	}
	return pg
}

// next says what stands, and what is to be done.
func (v *visit) next(mine bool) *fds.Alert {
	q := v.request
	state := q.State(v.Now)
	a := &fds.Alert{Tone: fds.Info}
	say := func(key string, args ...any) {
		a.Heading, a.Text = v.T("live.next."+key), v.T("live.next."+key+".text", args...)
	}
	switch state {
	case room.Asked:
		say("asked", v.DateTime(q.Asked.Add(room.AnswerWithin)))
	case room.Approved:
		say("approved", q.DeciderName, v.Clock(q.Decided.Add(room.BeginWithin)))
	case room.Refused:
		a.Tone = fds.Warning
		say("refused", q.DeciderName, q.Answer)
	case room.Lapsed:
		say("lapsed")
	case room.Running:
		a.Tone = fds.Warning
		say("running", q.Name, v.ClockSeconds(q.Ends))
	case room.Over:
		switch {
		case q.Owes():
			a.Tone = fds.Warning
			key := "owes"
			if q.Overdue(v.Now) {
				key = "late"
			}
			say(key, v.DateTime(q.NoteDue(v.Now)))
			if !mine {
				a.Text = v.T("live.next."+key+".other", q.Name, v.DateTime(q.NoteDue(v.Now)))
			}
		case !q.ReviewDue().IsZero():
			a.Tone = fds.Warning
			say("review", v.DateTime(q.ReviewDue()))
		default:
			a.Tone = fds.Success
			say("done")
		}
	}
	return a
}

// requestList is exactly what was asked for.
func (v *visit) requestList() fds.StructuredList {
	q := v.request
	l := fds.StructuredList{Caption: v.T("live.request")}
	row := func(key, text string, more ...string) {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("live.field." + key), Text: text, More: more})
	}
	row("person", q.Name, v.DateTime(q.Asked))
	row("reason", v.reason(q.Reason))
	row("words", q.Words)
	row("place", v.place.Name, v.place.Address)
	row("cameras", strings.Join(v.names(), ", "))
	row("minutes", v.N("live.minutes", int64(q.Minutes)))
	if q.Incident != "" {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("live.field.incident"), Link: &fds.Link{Href: "/haendelser/" + q.Incident, Text: q.IncidentNumber}})
	}
	if q.Alone {
		row("alone", v.T("live.alone.yes"))
	}
	return l
}

// course is what became of it.
func (v *visit) course() (l fds.StructuredList) {
	q := v.request
	l.Caption = v.T("live.course")
	row := func(key, text string, more ...string) {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("live.field." + key), Text: text, More: more})
	}
	at := func(t time.Time, name string) string { return v.T("live.by", name, v.DateTimeSeconds(t)) }
	if !q.Decided.IsZero() {
		key := "refused"
		if q.Approved {
			key = "approved"
		}
		row(key, at(q.Decided, q.DeciderName), q.Answer)
	}
	if !q.Started.IsZero() {
		row("started", v.DateTimeSeconds(q.Started), v.N("live.told", int64(len(q.Told))))
	}
	switch {
	case q.Cut != "":
		row("ended", v.DateTimeSeconds(q.Ended), v.Or("fault."+q.Cut, q.Cut))
	case !q.Ended.IsZero():
		row("ended", at(q.Ended, q.EnderName))
	case q.State(v.Now) == room.Over:
		row("ended", v.DateTimeSeconds(q.Ends), v.T("live.ended.itself"))
	}
	if !q.Noted.IsZero() {
		row("note", q.Note, v.DateTime(q.Noted))
	}
	if !q.Reviewed.IsZero() {
		key := "livereview.no"
		if q.Justified {
			key = "livereview.yes"
		}
		row("review", v.T(key), q.Review, at(q.Reviewed, q.ReviewerName))
	}
	return l
}

// asksFor is what was asked for, above a form that is about it.
func (v *visit) asksFor() *fds.Alert {
	q := v.request
	a := &fds.Alert{Tone: fds.Info, Heading: v.T("live.asks", q.Name, v.place.Name, v.N("live.minutes", int64(q.Minutes))),
		Text: v.reason(q.Reason) + ". " + v.T("live.asks.cameras", strings.Join(v.names(), ", ")) + " " + q.Words}
	if q.Incident != "" {
		a.Links = []fds.Link{{Href: "/haendelser/" + q.Incident, Text: q.IncidentNumber}}
	}
	return a
}
