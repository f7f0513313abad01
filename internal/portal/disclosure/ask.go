package disclosure

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// offered are the kinds that begin in an incident; the others begin in a lock or
// a request.
func offered() []room.Kind { return []room.Kind{room.ToPolice, room.ByConsent, room.ByLaw} }

// kindsPage asks who is to have the footage: each answer is a form of its own.
func (v *visit) kindsPage(missing error) *page.Record {
	pg := v.NewRecord(v.T("disclosekind.title", v.incident.Number), v.T("disclosekind.lead"), v.crumbs()...)
	if missing != nil {
		pg.Add(page.Section{ID: "foerst", Heading: v.T("disclosekind.first"), Alert: v.missing(missing)})
	}
	if !v.s.Room.Makes() {
		pg.Add(page.Section{ID: "opsaetning", Heading: v.T("disclosekind.off"), Alert: &fds.Alert{Tone: fds.Warning, Heading: v.T("disclosekind.off"), Text: v.T("disclosekind.off.text")}})
	}
	for _, k := range offered() {
		rule, _ := k.Rule()
		l := &fds.StructuredList{Caption: v.T("disclosure.kind." + string(k))}
		l.Rows = append(l.Rows, fds.Row{Term: v.T("disclosekind.law"), Text: rule.Cite}, fds.Row{Term: v.T("disclosekind.needs"), Text: v.T("disclosure.kind." + string(k) + ".needs")})
		pg.Add(page.Section{ID: string(k), Heading: v.T("disclosure.kind." + string(k)), Lead: v.T("disclosure.kind." + string(k) + ".hint"), List: l,
			Links: []fds.Link{{Href: "/haendelser/" + v.incident.ID + "/udlevering/" + string(k), Text: v.T("disclosure.kind." + string(k) + ".do")}}})
	}
	pg.Add(page.Section{ID: "andre", Heading: v.T("disclosekind.others"), Lead: v.T("disclosekind.others.text"), Links: []fds.Link{{Href: "/bevislaase", Text: v.T("locks.title")}}})
	return pg
}

// missing says what is not in order yet for the police, and leads to it.
func (v *visit) missing(why error) *fds.Alert {
	a := &fds.Alert{Tone: fds.Warning, Heading: v.Explain(why), Text: v.Or("do."+fault.Key(why), "")}
	for key, step := range map[string]string{"steps.minors": "mindreaarige", "steps.guardians": "mindreaarige", "steps.consult": "samraad"} {
		if fault.Key(why) == key {
			a.Links = []fds.Link{{Href: "/haendelser/" + v.incident.ID + "/" + step, Text: v.T("incident.task." + step)}}
		}
	}
	return a
}

func (p *Screens) kinds(v *visit) error {
	if v.incident.Scope().Version == 0 {
		return v.See("/haendelser/" + v.incident.ID + "/behov")
	}
	return v.Show(http.StatusOK, v.kindsPage(v.incident.MayHandOver()))
}

// askForm asks what a kind needs, and no more.
func (v *visit) askForm(kind room.Kind) *page.Form {
	rule, _ := kind.Rule()
	f := v.NewForm("disclose")
	if rule.Journal {
		f.Text("journal", incident.LongLine, false)
	}
	switch kind {
	case room.ByConsent:
		f.Text("samtykker", incident.LongLine, false)
	case room.ByLaw:
		f.Text("lov", incident.LongLine, false)
	}
	if rule.Document {
		f.Add(fds.Field{Name: "fil", Type: "file", Accept: ".pdf,.jpg,.jpeg,.png,.docx"})
		f.Checks("laest", fds.Choice{Value: "ja", Text: v.T("disclose.laest." + string(kind))})
	}
	f.Section("who").Text("navn", incident.LongLine, false).Text("sted", incident.LongLine, true).Text("myndighed", incident.LongLine, true).Text("telefon", incident.LongLine, true)
	f.Section("what")
	var cameras []fds.Choice
	for _, id := range v.incident.Scope().Cameras {
		cameras = append(cameras, fds.Choice{Value: id, Text: v.name(id)})
	}
	f.Checks("kamera", cameras...)
	f.Add(fds.Field{Name: "fra-dato", Type: "date", Width: "medium"}).Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til-dato", Type: "date", Width: "medium"}).Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
	f.Area("ord", incident.Longest, 3, false)
	return f.Checks("kopi", fds.Choice{Value: "ja", Text: v.T("disclose.kopi.yes"), Hint: v.T("disclose.kopi.yes.hint")})
}

// choice is what is suggested: what is locked, or else what somebody marked, or
// else what was looked at, or else what the incident names.
type choice struct {
	cameras  []string
	from, to time.Time
}

func (p *Screens) suggest(v *visit) (c choice, err error) {
	s := v.incident.Scope()
	add := func(camera string, from, to time.Time) {
		if !s.Covers(camera, from, to) {
			return
		}
		if !slices.Contains(c.cameras, camera) {
			c.cameras = append(c.cameras, camera)
		}
		if c.from.IsZero() || from.Before(c.from) {
			c.from = from
		}
		if to.After(c.to) {
			c.to = to
		}
	}
	locks, err := p.Holds.OfIncident(v.Ctx, v.incident.Controller, v.incident.ID)
	if err != nil {
		return c, err
	}
	for _, h := range locks {
		if h.State(v.Now) == hold.Standing {
			for _, id := range h.Cameras {
				add(id, h.From, h.To)
			}
		}
	}
	if len(c.cameras) > 0 {
		return c, nil
	}
	marks, err := p.Incidents.Bookmarks(v.Ctx, v.incident.Controller, v.incident.ID)
	if err != nil {
		return c, err
	}
	if len(marks) > 0 {
		m := s.Around(marks)
		return choice{m.Cameras, m.From, m.To}, nil
	}
	looked, err := p.Viewing.OfIncident(v.Ctx, v.incident.Controller, v.incident.ID)
	if err != nil {
		return c, err
	}
	for _, l := range looked {
		for _, id := range l.Cameras {
			add(id, l.Since, l.Until)
		}
	}
	if len(c.cameras) == 0 {
		c = choice{s.Cameras, s.From, s.To}
	}
	return c, nil
}

func (v *visit) askPage(kind room.Kind, c choice) *page.FormPage {
	in := url.Values{"kamera": c.cameras, "fra-dato": {page.FormDate(c.from)}, "fra": {v.ClockSeconds(c.from)}, "til-dato": {page.FormDate(c.to)}, "til": {v.ClockSeconds(c.to)}, "kopi": {"ja"}}
	if kind == room.ToPolice {
		in.Set("journal", v.incident.Police)
		in.Set("telefon", "114")
	}
	pg := v.NewFormPage(v.askForm(kind).Fill(in), append(v.crumbs(), fds.Link{Href: "/haendelser/" + v.incident.ID + "/udlevering", Text: v.T("disclose.crumb")}))
	rule, _ := kind.Rule()
	pg.Title = v.T("disclosure.kind."+string(kind)+".do") + ", " + v.incident.Number
	pg.Lead = v.T("disclosure.kind."+string(kind)+".hint") + " (" + rule.Cite + ")"
	pg.Files = rule.Document
	pg.Alert = v.maskedAlert()
	return pg
}

// findMasked notes which of the incident's cameras the police get no original
// of: masked, and under no lift that lasts.
func (p *Screens) findMasked(v *visit, kind room.Kind, c choice) error {
	if kind != room.ToPolice {
		return nil
	}
	all, err := p.Masks.Masked(v.Ctx, v.incident.Controller)
	for _, m := range all {
		if !slices.Contains(c.cameras, m.Camera) {
			continue
		}
		lift, err := p.Masks.Opening(v.Ctx, v.incident.Controller, v.incident.ID, m.Camera, c.from, c.to)
		if err != nil {
			return err
		}
		if lift == "" {
			v.masked = append(v.masked, v.name(m.Camera))
		}
	}
	return err
}

// maskedAlert says that a masked camera's package has no original, and leads to
// where the police can get it.
func (v *visit) maskedAlert() *fds.Alert {
	if len(v.masked) == 0 {
		return nil
	}
	return &fds.Alert{Tone: fds.Info, Heading: v.T("disclose.masked", strings.Join(v.masked, ", ")), Text: v.T("disclose.masked.text"),
		Links: []fds.Link{{Href: "/haendelser/" + v.incident.ID + "/maskeloeft", Text: v.T("incident.lift.new")}}}
}

// kindOf is the kind that the address names; what is none is not found.
func (v *visit) kindOf() (room.Kind, error) {
	k := room.Kind(v.R.PathValue("slags"))
	if !slices.Contains(offered(), k) {
		return k, fault.New(fault.NotFound, "disclosure.kind", "%.40q is none", k)
	}
	return k, nil
}

func (p *Screens) ask(v *visit) error {
	kind, err := v.kindOf()
	if err != nil {
		return err
	}
	if v.incident.Scope().Version == 0 {
		return v.See("/haendelser/" + v.incident.ID + "/behov")
	}
	c, err := p.suggest(v)
	if err == nil {
		err = p.findMasked(v, kind, c)
	}
	if err != nil {
		return err
	}
	return v.ShowForm(v.askPage(kind, c))
}

// moment reads a date and a time of a form.
func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil && f.Get(clock) != "" {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}

// take reads a form with one document, which is kept as soon as it has come; id
// is empty when there was none.
func (p *Screens) take(v *visit) (in url.Values, id string, refused error, err error) {
	in, err = v.Upload(func(_ url.Values, file *multipart.Part) error {
		if p.Documents == nil {
			refused = fault.New(fault.Unavailable, "disclosure.papers", "no document can be kept")
			return nil
		}
		d, err := p.Documents.Add(v.Ctx, document.New{Controller: v.Person.Controller, Kind: room.PaperKind, Name: file.FileName(), By: v.Person.ID,
			Accept: []document.Type{document.PDF, document.JPEG, document.PNG, document.DOCX}}, file)
		if err != nil && fault.Is(err, fault.Invalid) {
			refused = err
			return nil
		}
		id = d.ID
		return err
	})
	if id == "" {
		id = in.Get("dokument") // sent before, with a form that was refused
	}
	return in, id, refused, err
}

// askFields are where what the room refuses is said.
func askFields() map[string]string {
	return map[string]string{"disclosure.cameras": "kamera", "disclosure.beyond": "fra", "disclosure.interval": "til", "disclosure.long": "til", "disclosure.journal": "journal",
		"disclosure.recipient": "navn", "disclosure.law-name": "lov", "disclosure.consenter": "samtykker", "disclosure.document": "fil", "disclosure.read": "laest", "disclosure.words": "ord"}
}

func (p *Screens) asked(v *visit) error {
	kind, err := v.kindOf()
	if err != nil {
		return err
	}
	rule, _ := kind.Rule()
	var in url.Values
	var paper string
	var refused error
	if rule.Document {
		in, paper, refused, err = p.take(v)
	} else {
		in, err = v.Posted()
	}
	if err != nil {
		return err
	}
	pg := v.askPage(kind, choice{})
	f := pg.Form.Fill(in).Check()
	d := room.Draft{Kind: kind, Incident: v.incident.ID, Cameras: f.All("kamera"), From: v.moment(f, "fra-dato", "fra"), To: v.moment(f, "til-dato", "til"), Words: f.Get("ord"),
		Viewing: in.Get("kopi") == "ja", Recipient: room.Recipient{Name: f.Get("navn"), Station: f.Get("sted"), Authority: f.Get("myndighed"), Phone: f.Get("telefon")}}
	if rule.Journal {
		d.Journal = f.Get("journal")
	}
	if kind == room.ByConsent {
		d.Consenter = f.Get("samtykker")
	}
	if kind == room.ByLaw {
		d.Law = f.Get("lov")
	}
	if rule.Document {
		d.Document, d.Read = paper, f.Get("laest") == "ja"
		if paper != "" {
			pg.Hidden = append(pg.Hidden, fds.Choice{Text: "dokument", Value: paper})
			pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("disclose.kept"), Text: v.T("disclose.kept.text")}
		}
		if refused != nil {
			f.FailWith("fil", refused)
		}
	}
	if f.OK() {
		made, err := p.Room.Open(v.Ctx, d, v.who())
		switch field := askFields()[fault.Key(err)]; {
		case err == nil:
			return v.See(path + "/" + made.ID + "?besked=udlevering-bedt")
		case fault.Is(err, fault.Denied):
			pg.Alert = v.missing(err)
			return v.Show(http.StatusConflict, pg)
		case field != "":
			f.FailWith(field, err)
		default:
			return err
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}
