package requests

import (
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
)

func (p *Screens) one(v *visit) error {
	pg := v.onePage(v.May(access.EditRequest, access.Object{Controller: v.request.Controller, Location: v.request.Location}))
	happened, err := v.Happened(v.request.ID, 20, "request.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) onePage(edit bool) *page.Record {
	q := v.request
	pg := v.NewRecord(q.Number, v.T("request.lead", v.T("request.right."+string(q.Right)), v.place.Name), v.crumbs()[:1]...)
	b := v.badge(q)
	pg.Badge = &b
	v.Said(&pg.Shell)
	if edit {
		pg.Actions = v.actions()
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("request.now"), Alert: v.next(), Live: true})
	if a := v.footage(); a != nil {
		pg.Add(page.Section{ID: "optagelser", Heading: v.T("request.footage"), Alert: a, Links: v.copyLinks(edit)})
	}
	pg.Add(page.Section{ID: "anmodningen", Heading: v.T("request.what"), List: v.whatList()})
	if len(q.Parts) > 0 {
		pg.Add(page.Section{ID: "vurdering", Heading: v.T("request.parts"), Grid: v.partsGrid()})
	}
	if len(q.Letters) > 0 {
		g := page.NewGrid(v.T("request.letters"), v.T("request.column.when"), v.T("request.column.letter"), v.T("request.column.sent"), v.T("request.column.who"))
		for i, l := range q.Letters {
			g.Add(page.Cell{Text: v.DateTime(l.At)}, page.Cell{Href: v.here() + "/brev/" + strconv.Itoa(i), Text: v.T("request.letter." + string(l.Kind))}, page.Cell{Text: l.How}, page.Cell{Text: l.Name})
		}
		pg.Add(page.Section{ID: "breve", Heading: v.T("request.letters"), Grid: g})
	}
	return pg
}

// actions are what is to be done, the next first.
func (v *visit) actions() (out []fds.Link) {
	q := v.request
	if !q.Open() {
		return nil
	}
	add := func(to, key string) { out = append(out, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)}) }
	switch q.State() {
	case request.New:
		add("identitet", "request.identify")
	case request.Assessing:
		add("vurdering", "request.assess")
	case request.Assessed:
		add("svar", "request.answer")
		if len(q.Cameras) > 0 {
			add("vurdering", "request.assess.again")
		}
	case request.Answered, request.Withdrawn:
	}
	if q.Extended.IsZero() && !v.Now.After(q.FirstDue()) {
		add("forlaeng", "request.extend")
	}
	add("luk", "request.withdraw")
	return out
}

// copyLinks lead to what makes and hands over a copy, and to when the person was
// looked at.
func (v *visit) copyLinks(edit bool) (out []fds.Link) {
	q := v.request
	if q.Right == request.Access && q.Open() && !q.Identity.At.IsZero() && len(q.Cameras) > 0 && v.May(access.Disclose, access.Object{Controller: q.Controller, Location: q.Location}) {
		out = append(out, fds.Link{Href: "/ny-kopi/anmodning/" + q.ID, Text: v.T("copies.make")})
	}
	if q.Right == request.Access && edit && v.May(access.SeeLog, access.Object{}) {
		out = append(out, fds.Link{Href: "/tilsyn/log/indsigt", Text: v.T("request.insight")})
	}
	return out
}

// next says what is to be done, and how long there is.
func (v *visit) next() *fds.Alert {
	q := v.request
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("request.next." + key), Text: v.T("request.next."+key+".text", args...)}
	}
	switch {
	case q.State() == request.Withdrawn:
		return say(fds.Info, "withdrawn", v.DateTime(q.Withdrawn), q.Why)
	case q.State() == request.Answered:
		return say(fds.Success, "answered", v.DateTime(q.Answered), v.Date(q.Answered.Add(request.KeepFor)))
	case q.Late(v.Now):
		return say(fds.Error, "late", v.Date(q.Due()))
	}
	tone := fds.Info
	if q.Due().Sub(v.Now) < 7*24*time.Hour {
		tone = fds.Warning
	}
	return say(tone, string(q.State()), v.Date(q.Due()), v.Span(q.Due().Sub(v.Now).Truncate(time.Hour)))
}

// footage says what is kept because of the request, until when, and that the
// copy must be made before.
func (v *visit) footage() *fds.Alert {
	q := v.request
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("request.kept." + key), Text: v.T("request.kept."+key+".text", args...)}
	}
	switch {
	case q.EngineWhy == "hold.nothing":
		return say(fds.Warning, "nothing")
	case q.EngineWhy != "":
		return say(fds.Error, "refused", v.Or("fault."+q.EngineWhy, q.EngineWhy))
	case q.Hold == "" && len(q.Cameras) == 0:
		return say(fds.Warning, "none")
	case q.Hold == "":
		return say(fds.Warning, "gone")
	case !q.Released.IsZero():
		return say(fds.Info, "released", v.DateTime(q.Released))
	case !q.Keeps(v.Now):
		return say(fds.Warning, "ended", v.DateTime(q.HoldUntil))
	case q.HoldUntil.Sub(v.Now) < 7*24*time.Hour:
		return say(fds.Warning, "soon", v.DateTime(q.HoldUntil), v.Span(q.HoldUntil.Sub(v.Now).Truncate(time.Hour)))
	}
	return say(fds.Info, "now", v.DateTime(q.HoldUntil), v.Span(q.HoldUntil.Sub(v.Now).Truncate(time.Hour)))
}

func (v *visit) whatList() *fds.StructuredList {
	q := v.request
	l := &fds.StructuredList{Caption: v.T("request.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("request.field." + key), Text: text, More: more})
		}
	}
	row("right", v.T("request.right."+string(q.Right)), v.T("request.right."+string(q.Right)+".hint"))
	row("received", v.Date(q.Received), v.T("request.way."+string(q.How)))
	due := []string{}
	if !q.Extended.IsZero() {
		due = append(due, v.T("request.extended", v.Date(q.Extended)))
	}
	row("due", v.Date(q.Due()), due...)
	row("name", q.Name)
	row("contact", q.Contact)
	row("interval", v.T("incident.span", v.DateTime(q.From), v.DateTime(q.To)))
	row("cameras", joined(v.names(q.Cameras)))
	row("looks", q.Looks)
	row("words", q.Words)
	if !q.Identity.At.IsZero() {
		row("identity", v.T("request.check."+string(q.Identity.How)), q.Identity.Words, q.Identity.Name+", "+v.DateTime(q.Identity.At))
	}
	return l
}

func (v *visit) partsGrid() *page.Grid {
	g := page.NewGrid(v.T("request.parts"), v.T("looked.column.camera"), v.T("looked.column.period"), v.T("request.column.outcome"), v.T("request.column.words"), v.T("request.column.who"))
	for _, p := range v.request.Parts {
		words := p.Words
		if p.Ground != "" {
			words = v.T("request.ground."+p.Ground) + " (" + request.Cite(p.Ground) + "). " + words
		}
		g.Add(page.Cell{Text: v.name(p.Camera)}, page.Cell{Text: v.T("looked.period", v.DateTime(p.From), v.DateTime(p.To))},
			page.Cell{Text: v.T("request.outcome." + string(p.Outcome))}, page.Cell{Text: words}, page.Cell{Text: p.Name, Quiet: v.Date(p.At)})
	}
	return g
}
