package locks

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

// kept is what the engine says of a lock.
type kept struct {
	away     bool // it does not answer
	segments int  // kept by it now
	bytes    int64
	gone     []engineapi.Deletion // of its cameras and minutes, done after it ended
}

func (p *Screens) kept(v *visit) (k kept, err error) {
	h := v.hold
	if h.Statement == "" {
		return k, nil
	}
	if stopped := h.Stopped(v.Now); !stopped.IsZero() {
		all, err := p.Engine.Deletions(v.Ctx, h.From, v.Now.Add(permit.LongestRetention))
		if fault.Is(err, fault.Unavailable) {
			return kept{away: true}, nil
		}
		for _, d := range all {
			if slices.Contains(h.Cameras, d.Camera) && d.From.Before(h.To) && d.To.After(h.From) && !d.Done.IsZero() && d.Done.After(stopped) {
				k.gone = append(k.gone, d)
			}
		}
		return k, err
	}
	all, err := p.Engine.Holds(v.Ctx)
	if fault.Is(err, fault.Unavailable) {
		return kept{away: true}, nil
	}
	for _, x := range all {
		if x.Hold == h.Statement {
			k.segments, k.bytes = x.Segments, x.Bytes
		}
	}
	return k, err
}

// can is what the person can do with a lock.
type can struct{ answer, longer, edit bool }

func (p *Screens) one(v *visit) error {
	h := v.hold
	at := access.Object{Controller: h.Controller, Location: h.Location, Parties: []string{h.Person}}
	c := can{
		answer: h.State(v.Now) == hold.Asked && v.May(access.ApproveHold, at) && p.Holds.Answers(v.Ctx, h, v.who()) == nil,
		longer: h.Waits(v.Now) && v.May(access.ApproveHold, at) && p.Holds.Lengthens(v.Ctx, h, v.who()) == nil,
		edit:   v.May(access.EditIncident, access.Object{Controller: h.Controller, Location: h.Location}),
	}
	k, err := p.kept(v)
	if err != nil {
		return err
	}
	pg := v.onePage(c, k)
	happened, err := v.Happened(h.ID, 20, "lock.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(200, pg)
}

func (v *visit) badge(h hold.Hold) fds.Badge {
	s := h.State(v.Now)
	tone := map[hold.State]fds.Tone{hold.Asked: fds.Warning, hold.Standing: fds.Info, hold.Rejected: fds.Error, hold.Released: fds.Success}[s]
	key := "lock.state." + string(s)
	switch {
	case s != hold.Standing:
	case !h.TellBy().IsZero():
		tone, key = fds.Warning, "lock.state.untold"
	case !v.Now.Before(h.ReviewDue()):
		tone, key = fds.Error, "lock.state.review"
	}
	return fds.Badge{Tone: tone, Text: v.T(key)}
}

func (v *visit) onePage(c can, k kept) *page.Record {
	h := v.hold
	state := h.State(v.Now)
	pg := v.NewRecord(h.Number, v.T("lock.lead", v.T("lock.reason."+string(h.Reason)), v.place.Name), v.crumbs()[:1]...)
	b := v.badge(h)
	pg.Badge = &b
	v.Said(&pg.Shell)
	act := func(to, key string) {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)})
	}
	if c.answer {
		act("svar", "lock.answer")
	}
	if c.longer {
		act("laengere/svar", "lock.longer.answer")
	}
	if c.edit && state == hold.Standing {
		if !h.TellBy().IsZero() {
			act("underretning", "lock.tell.do")
		}
		act("gennemgang", "lock.review")
		if h.Former == "" && (h.Reason != permit.HoldDispute || !h.Told.IsZero()) && !h.Waits(v.Now) {
			act("laengere", "lock.longer")
		}
		if h.Former == "" && v.Now.Before(h.Until) {
			act("mindre", "lock.narrow")
		}
		act("frigiv", "lock.release")
	}
	if c.edit && state == hold.Standing && h.Reason == permit.HoldDispute && v.May(access.Disclose, access.Object{Controller: h.Controller, Location: h.Location}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: "/ny-kopi/bevislaas/" + h.ID, Text: v.T("copies.make")})
	}
	if c.edit && h.Approved && h.Reason == permit.HoldDispute && h.Copied.IsZero() {
		act("kopi", "lock.copy.do")
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("lock.now"), Alert: v.next(k), Live: true})
	pg.Add(page.Section{ID: "laasen", Heading: v.T("lock.what"), List: v.whatList()})
	if h.Reason == permit.HoldDispute && h.Approved {
		pg.Add(page.Section{ID: "tvisten", Heading: v.T("lock.dispute"), Lead: v.T("lock.dispute.lead"), List: v.disputeList()})
	}
	if h.Waits(v.Now) {
		pg.Add(page.Section{ID: "laengere", Heading: v.T("lock.longer.waits"), Alert: &fds.Alert{Tone: fds.Warning, Heading: v.T("lock.longer.waits.by", h.Longer.Name, v.Date(h.Longer.Until)), Text: h.Longer.Words}})
	}
	if len(h.Changes) > 0 {
		pg.Add(page.Section{ID: "aendringer", Heading: v.T("lock.changes"), Grid: v.changesGrid(h.Changes)})
	}
	if len(h.Reviews) > 0 {
		g := page.NewGrid(v.T("lock.reviews"), v.T("lock.column.when"), v.T("lock.column.who"), v.T("lock.column.words"), v.T("lock.column.next"))
		for _, r := range h.Reviews {
			g.Add(page.Cell{Text: v.DateTime(r.At)}, page.Cell{Text: r.Name}, page.Cell{Text: r.Words}, page.Cell{Text: v.Date(r.Next)})
		}
		pg.Add(page.Section{ID: "gennemgange", Heading: v.T("lock.reviews"), Grid: g})
	}
	if !h.Stopped(v.Now).IsZero() {
		pg.Add(v.goneSection(k))
	}
	return pg
}

// goneSection is the engine's own word on what was deleted.
func (v *visit) goneSection(k kept) page.Section {
	s := page.Section{ID: "sletning", Heading: v.T("lock.gone"), Lead: v.T("lock.gone.lead"), Empty: v.T("lock.gone.none")}
	if k.away {
		s.Empty = v.T("lock.gone.away")
	}
	if len(k.gone) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("lock.gone"), v.T("looked.column.camera"), v.T("looked.column.period"), v.T("lock.column.pieces"), v.T("lock.column.done"))
	for _, d := range k.gone {
		s.Grid.Add(page.Cell{Text: v.name(d.Camera)}, page.Cell{Text: v.T("looked.period", v.DateTime(d.From), v.DateTime(d.To))},
			page.Cell{Text: v.N("lock.pieces", int64(d.Segments)), Quiet: v.Bytes(d.Bytes)}, page.Cell{Text: v.DateTime(d.Done)})
	}
	return s
}

// next says what stands, and what is to be done.
func (v *visit) next(k kept) *fds.Alert {
	h := v.hold
	state := h.State(v.Now)
	a := &fds.Alert{Tone: fds.Info}
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		a.Tone, a.Heading, a.Text = tone, v.T("lock.next."+key), v.T("lock.next."+key+".text", args...)
		return a
	}
	switch state {
	case hold.Asked:
		return say(fds.Warning, "asked", v.DateTime(h.Asked.Add(hold.AnswerWithin)))
	case hold.Declined:
		return say(fds.Warning, "declined", h.DeciderName, h.Answer)
	case hold.Lapsed:
		return say(fds.Warning, "lapsed")
	case hold.Rejected:
		return say(fds.Error, "rejected", v.Or("fault."+h.EngineWhy, h.EngineWhy))
	case hold.Released:
		return say(fds.Success, "released", h.ReleaserName, v.DateTime(h.Released), h.ReleaseReason)
	case hold.Ended:
		if !h.TellBy().IsZero() {
			return say(fds.Warning, "untold", v.DateTime(h.Ends()))
		}
		return say(fds.Warning, "ended", v.DateTime(h.Ends()))
	}
	switch {
	case !h.TellBy().IsZero():
		return v.countdown()
	case !v.Now.Before(h.ReviewDue()):
		return say(fds.Warning, "review", v.Date(h.ReviewDue()))
	case !h.EngineHas:
		return say(fds.Warning, "waiting")
	}
	if k.segments > 0 {
		return say(fds.Success, "kept", v.N("lock.pieces", int64(k.segments)), v.Bytes(k.bytes), v.DateTime(h.Ends()))
	}
	return say(fds.Success, "standing", v.DateTime(h.Ends()))
}

func joined(list []string) string { return strings.Join(list, ", ") }

// reference is the journal number, or when it was reported.
func (v *visit) reference(h hold.Hold) string {
	if h.Reference != "" {
		return h.Reference
	}
	return v.T("lock.reported", v.Date(h.Reported))
}

func (v *visit) whatList() *fds.StructuredList {
	h := v.hold
	l := &fds.StructuredList{Caption: v.T("lock.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("lock.field." + key), Text: text, More: more})
		}
	}
	row("reason", v.T("lock.reason."+string(h.Reason)), v.T("lock.reason."+string(h.Reason)+".hint"))
	row("reference", v.reference(v.hold))
	row("words", h.Words)
	row("cameras", joined(v.names()))
	row("interval", v.T("incident.span", v.DateTimeSeconds(h.From), v.DateTimeSeconds(h.To)))
	row("owner", h.Name, v.DateTime(h.Asked))
	if h.Approved {
		row("second", h.DeciderName, v.DateTime(h.Decided))
	}
	row("review", v.Date(h.ReviewDue()))
	row("until", v.DateTime(h.Ends()))
	if h.Ground != "" {
		row("ground", v.T("ground."+h.Ground))
	}
	l.Rows = append(l.Rows, fds.Row{Term: v.T("lock.field.incident"), Link: &fds.Link{Href: "/haendelser/" + h.Incident, Text: h.IncidentNumber}})
	return l
}

func (v *visit) disputeList() *fds.StructuredList {
	h := v.hold
	l := &fds.StructuredList{Caption: v.T("lock.dispute")}
	row := func(key, text string, more ...string) {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("lock.field." + key), Text: text, More: more})
	}
	row("whom", h.Whom)
	switch {
	case !h.Told.IsZero():
		row("told", v.DateTime(h.Told), h.ToldHow, h.ToldBy)
	case v.Now.Before(h.TellBy()):
		row("told", v.T("lock.told.not", v.DateTime(h.TellBy()), v.Span(h.TellBy().Sub(v.Now).Truncate(time.Hour))))
	default:
		row("told", v.T("lock.told.never"))
	}
	switch {
	case !h.Copied.IsZero():
		row("copy", v.Date(h.Copied), h.CopyHow)
	case v.process.Copy == casework.CopyAlways:
		row("copy", v.T("lock.copy.missing"), v.T("lock.copy.always"))
	default:
		row("copy", v.T("lock.copy.not-asked"), v.T("lock.copy.request"))
	}
	return l
}
