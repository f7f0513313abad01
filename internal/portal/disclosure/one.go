package disclosure

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// can is what the person can do with a disclosure.
type can struct{ answer, work bool }

// facts is what the page says beside the disclosure itself.
type facts struct {
	can      can
	progress room.Progress
	making   bool
	may      bool      // the passphrase is there to be shown
	ends     time.Time // when our copy is deleted, as it looks now
}

func (p *Screens) one(v *visit) error {
	o := object(v.d)
	f := facts{may: p.Room.MayShow(v.d)}
	f.can.work = v.May(access.Disclose, o)
	o.Parties = []string{v.d.Person}
	f.can.answer = v.d.State(v.Now) == room.Asked && v.May(access.ApproveDisclosure, o) && p.Room.Answers(v.Ctx, v.d, v.who()) == nil
	f.progress, f.making = p.Room.Progress(v.d.ID)
	if len(v.d.Packages) > 0 && v.d.Package().Gone.IsZero() {
		ends, err := p.Room.Ends(v.Ctx, v.d)
		if err != nil {
			return err
		}
		f.ends = ends
	}
	pg := v.onePage(f)
	happened, err := v.Happened(v.d.ID, 30, "disclosure.")
	if err != nil {
		return err
	}
	pg.Happened = &happened
	return v.Show(http.StatusOK, pg)
}

func (v *visit) badge(d room.Disclosure) fds.Badge {
	s := d.State(v.Now)
	tone := map[room.State]fds.Tone{room.Asked: fds.Warning, room.Ready: fds.Warning, room.Failed: fds.Error, room.Queued: fds.Info, room.Making: fds.Info,
		room.HandedOut: fds.Success, room.Refused: fds.Error, room.Gone: fds.Warning}[s]
	return fds.Badge{Tone: tone, Text: v.T("disclosure.state." + string(s))}
}

// refreshEvery is how often the page of a package that is being made looks again,
// in seconds.
const refreshEvery = 2

func (v *visit) onePage(f facts) *page.Record {
	d, state := v.d, v.d.State(v.Now)
	pg := v.NewRecord(d.Number, v.T("disclosure.kind."+string(d.Kind))+". "+v.place.Name+".", v.crumbs()[:1]...)
	b := v.badge(d)
	pg.Badge = &b
	v.Said(&pg.Shell)
	if state == room.Queued || state == room.Making {
		pg.Refresh = refreshEvery
	}
	act := func(to, key string) {
		pg.Actions = append(pg.Actions, fds.Link{Href: v.here() + "/" + to, Text: v.T(key)})
	}
	if f.can.answer {
		act("svar", "disclosure.answer")
	}
	if f.can.work {
		v.actions(f, state, act)
	}
	if (state == room.HandedOut || state == room.Gone) && v.May(access.ReportBreach, access.Object{}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: "/brud/meld?slags=astray&kilde=disclosure&nr=" + d.ID, Text: v.T("breach.review.link")})
	}
	pg.Add(page.Section{ID: "nu", Heading: v.T("disclosure.now"), Alert: v.next(f, state), Live: true, Links: v.again(state)})
	if len(d.Against) > 0 {
		pg.Add(v.againstPart())
	} else {
		pg.Add(v.stepsPart(f))
	}
	if len(d.Packages) > 0 {
		pg.Add(v.packagePart(f))
	}
	pg.Add(page.Section{ID: "udleveringen", Heading: v.T("disclosure.what"), List: v.whatList()})
	return pg
}

// actions are what can be done by who prepares it; the first is the main one.
func (v *visit) actions(f facts, state room.State, act func(to, key string)) {
	shown := !v.d.Package().Shown.IsZero()
	switch state {
	case room.Ready:
		switch {
		case f.may:
			act("kodeord", "disclosure.do.phrase")
		case shown:
			act("kvittering", "disclosure.do.receipt")
		}
		act("igen", "disclosure.do.again")
	case room.Gone:
		if shown {
			act("kvittering", "disclosure.do.receipt")
		}
		act("igen", "disclosure.do.again")
	case room.Failed:
		act("igen", "disclosure.do.retry")
	case room.HandedOut:
		if v.d.Receipt.Document == "" {
			act("underskrift", "disclosure.do.sign")
		}
		if v.d.Package().Gone.IsZero() {
			act("slet", "disclosure.do.delete")
		}
	case room.Refused:
		act("brev", "disclosure.do.letter")
	}
	switch state {
	case room.Asked, room.Queued, room.Making, room.Failed, room.Ready, room.Gone:
		act("annuller", "disclosure.do.cancel")
	}
}

// again is the way to look again without a script.
func (v *visit) again(state room.State) []fds.Link {
	if state != room.Queued && state != room.Making {
		return nil
	}
	return []fds.Link{{Href: v.here(), Text: v.T("disclosure.refresh")}}
}

// next says what stands, and what is to be done.
func (v *visit) next(f facts, state room.State) *fds.Alert {
	d := v.d
	say := func(tone fds.Tone, key string, args ...any) *fds.Alert {
		return &fds.Alert{Tone: tone, Heading: v.T("disclosure.next." + key), Text: v.to("disclosure.next."+key+".text", args...)}
	}
	switch state {
	case room.Asked:
		return say(fds.Warning, "asked", v.DateTime(d.Asked.Add(room.AnswerWithin)))
	case room.Refused:
		return say(fds.Error, "refused")
	case room.Declined:
		return say(fds.Warning, "declined", d.DeciderName, d.Answer)
	case room.Lapsed:
		return say(fds.Warning, "lapsed")
	case room.Queued:
		return say(fds.Info, "queued")
	case room.Making:
		if !f.making || f.progress.Part == 0 {
			return say(fds.Info, "making")
		}
		return say(fds.Info, "made", f.progress.Part, f.progress.Parts, v.Bytes(f.progress.Bytes))
	case room.Failed:
		return say(fds.Error, "failed", v.Or("fault."+d.Job.Why, d.Job.Why), v.Or("do."+d.Job.Why, v.T("disclosure.next.failed.do")))
	case room.Cancelled:
		return say(fds.Plain, "cancelled", d.StopName, v.DateTime(d.Stopped), d.StopWhy)
	case room.HandedOut:
		if d.Receipt.Document == "" {
			return say(fds.Success, "unsigned", d.Receipt.To, v.Date(d.Receipt.On))
		}
		return say(fds.Success, "handed", d.Receipt.To, v.Date(d.Receipt.On))
	case room.Gone:
		if !d.Package().Shown.IsZero() && d.Package().GoneWhy != room.WhyLost {
			return say(fds.Warning, "gone-shown", v.DateTime(d.Package().Gone))
		}
		return say(fds.Warning, "gone", v.DateTime(d.Package().Gone))
	}
	switch p := d.Package(); {
	case f.may && p.Shown.IsZero():
		return say(fds.Warning, "phrase", v.When(f.ends, v.Now))
	case p.Fetched.IsZero():
		return say(fds.Warning, "fetch", v.When(f.ends, v.Now))
	}
	return say(fds.Warning, "receipt", v.When(f.ends, v.Now))
}

// againstPart is what the law has against it, once for each of its words, and
// the way out.
func (v *visit) againstPart() page.Section {
	s := page.Section{ID: "loven", Heading: v.T("disclosure.against"), Lead: v.T("disclosure.against.lead"), List: &fds.StructuredList{Caption: v.T("disclosure.against")},
		Links: []fds.Link{{Href: v.here() + "/brev", Text: v.T("disclosure.do.letter")}}}
	lang := string(v.Lang)
	for _, x := range v.d.Against {
		s.List.Rows = append(s.List.Rows, fds.Row{Term: v.name(x.Camera), Text: x.Text.In(lang) + " (" + x.Cite + ")", More: []string{x.Do.In(lang)}})
	}
	return s
}

// stepsPart is how far it has come, each step with who and when.
func (v *visit) stepsPart(f facts) page.Section {
	d, p := v.d, v.d.Package()
	g := page.NewGrid(v.T("disclosure.steps"), v.T("disclosure.steps.what"), v.T("disclosure.steps.who"), v.T("disclosure.steps.state"))
	state, later := d.State(v.Now), "incident.not-yet"
	switch state {
	case room.Refused, room.Declined, room.Lapsed, room.Cancelled, room.Gone: // what was not done will not be
		later = "disclosure.step.never"
	}
	add := func(key, href string, at time.Time, name string, waits bool) {
		c := page.Cell{Text: v.T("disclosure.step." + key)}
		done := fds.Badge{Text: v.T(later)}
		who := page.Cell{}
		if hint := "disclosure.step." + key + ".hint"; v.Has(hint) {
			who.Text = v.to(hint)
		}
		switch {
		case !at.IsZero():
			done, who = fds.Badge{Tone: fds.Success, Text: v.T("incident.done")}, page.Cell{Text: v.T("incident.opened.by", v.DateTime(at), name)}
		case waits:
			done = fds.Badge{Tone: fds.Warning, Text: v.T("incident.waits")}
			if c.Href = href; f.can.work && href != "" {
				c.Href = v.here() + "/" + href
			} else {
				c.Href = ""
			}
		}
		g.Add(c, who, page.Cell{Badge: &done})
	}
	add("asked", "", d.Asked, d.Name, false)
	var yes time.Time
	if d.Approved {
		yes = d.Decided
	}
	add("approved", "", yes, d.DeciderName, state == room.Asked)
	add("made", "", p.Made, v.T("disclosure.step.by-vidne"), state == room.Queued || state == room.Making)
	add("shown", "kodeord", p.Shown, p.ShownTo, state == room.Ready)
	add("fetched", "", p.Fetched, p.Fetcher, state == room.Ready)
	var handed, signed time.Time
	var by string
	if d.Receipt != nil {
		if handed, by = d.Receipt.At, d.Receipt.Name; d.Receipt.Document != "" {
			signed = d.Receipt.At
		}
	}
	add("handed", "kvittering", handed, by, state == room.Ready && !p.Shown.IsZero())
	add("signed", "underskrift", signed, by, state == room.HandedOut)
	return page.Section{ID: "trin", Heading: v.T("disclosure.steps"), Grid: g}
}

// packagePart is our own copy of the package: its files, and when it goes.
func (v *visit) packagePart(f facts) page.Section {
	s := page.Section{ID: "pakken", Heading: v.T("disclosure.package")}
	p := v.d.Package()
	if p.Gone.IsZero() {
		s.Lead = v.T("disclosure.package.lead", v.When(f.ends, v.Now))
		s.Grid = page.NewGrid(v.T("disclosure.package"), v.T("disclosure.file"), v.T("disclosure.file.what"), v.T("disclosure.file.size"))
		for _, x := range p.Files {
			c := page.Cell{Text: x.Name}
			if f.can.work {
				c.Href = v.here() + "/pakke/" + url.PathEscape(x.Name)
			}
			s.Grid.Add(c, page.Cell{Text: v.T("disclosure.file." + fileKind(x.Name))}, page.Cell{Text: v.Bytes(x.Size), End: true})
		}
		s.Links = []fds.Link{{Href: v.here() + "/kvitteringsblanket", Text: v.T("disclosure.do.blank")}}
		return s
	}
	s.Grid = page.NewGrid(v.T("disclosure.packages"), v.T("disclosure.packages.id"), v.T("disclosure.packages.made"), v.T("disclosure.packages.gone"))
	for _, x := range v.d.Packages {
		gone := page.Cell{Text: v.T("disclosure.packages.there")}
		if !x.Gone.IsZero() {
			gone = page.Cell{Text: v.DateTime(x.Gone), Quiet: v.T("disclosure.gone." + string(x.GoneWhy))}
		}
		s.Grid.Add(page.Cell{Text: x.ID}, page.Cell{Text: v.DateTime(x.Made)}, gone)
	}
	return s
}

func fileKind(name string) string {
	if strings.HasPrefix(name, "KVITTERING") {
		return "receipt"
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "zip":
		return "zip"
	case "html":
		return "html"
	case "pdf":
		return "pdf"
	}
	return "sum"
}

func (v *visit) whatList() *fds.StructuredList {
	d := v.d
	l := &fds.StructuredList{Caption: v.T("disclosure.what")}
	row := func(key, text string, more ...string) {
		if text != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("disclosure.field." + key), Text: text, More: more})
		}
	}
	row("kind", v.T("disclosure.kind."+string(d.Kind)), d.Kind.Cites(v.classes...))
	row("journal", d.Journal)
	if d.Journal != "" && !v.usual(d.Journal) {
		l.Rows[len(l.Rows)-1].More = []string{v.T("disclosure.journal.odd")}
	}
	row("law", d.Law)
	row("consenter", d.Consenter)
	if d.Document != "" {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("disclosure.field.document"), Text: v.T("disclosure.read.by", d.Name), Link: &fds.Link{Href: v.here() + "/dokument/" + d.Document, Text: v.T("disclosure.document.open")}})
	}
	row("recipient", line(d.Recipient.Name, d.Recipient.Station, d.Recipient.Authority))
	row("phone", d.Recipient.Phone)
	row("cameras", v.names(d.Cameras))
	row("interval", v.T("incident.span", v.DateTimeSeconds(d.From), v.DateTimeSeconds(d.To)))
	row("words", d.Words)
	row("asked", d.Name, v.DateTime(d.Asked))
	if d.Approved {
		row("approved", d.DeciderName, v.DateTime(d.Decided), d.Answer)
	}
	if r := d.Receipt; r != nil {
		row("to", line(r.To, r.Badge), v.DateTime(r.On))
		row("medium", line(v.medium(r.Medium), r.Serial))
		row("way", v.T("disclosure.way."+string(r.Way)), v.T("disclosure.way.line", r.WayTo, r.WayBy))
		if r.Document != "" {
			l.Rows = append(l.Rows, fds.Row{Term: v.T("disclosure.field.receipt"), Text: r.Name, Link: &fds.Link{Href: v.here() + "/dokument/" + r.Document, Text: v.T("disclosure.document.open")}})
		}
	}
	if d.Incident != "" {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("disclosure.field.incident"), Link: &fds.Link{Href: "/haendelser/" + d.Incident, Text: d.IncidentNumber}})
	}
	if d.Lock != "" {
		l.Rows = append(l.Rows, fds.Row{Term: v.T("disclosure.field.lock"), Link: &fds.Link{Href: "/bevislaase/" + d.Lock, Text: v.T("disclosure.field.lock")}})
	}
	return l
}

// document sends a paper that the disclosure rests on: the consent, the ruling,
// the signed receipt.
func (p *Screens) document(v *visit) error {
	id := v.R.PathValue("dokument")
	if p.Documents == nil || id != v.d.Document && (v.d.Receipt == nil || id != v.d.Receipt.Document) {
		return fault.New(fault.NotFound, "document.unknown", "disclosure %s has no document %.40q", v.d.Number, id)
	}
	d, content, err := p.Documents.Read(v.Ctx, v.d.Controller, id)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	return document.Serve(v.W, d, content)
}
