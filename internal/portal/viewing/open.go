package viewing

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// sight is a camera that an incident names, and whether it may be looked at.
type sight struct {
	camera register.Camera
	ground access.Ground // empty: it is stated each time, or there is none
	each   bool          // the ground is stated each time
	why    error         // why it may not be looked at now; nil: it may
}

// sights are the cameras that the incident names, each with what is so of the
// interval.
func (v *visit) sights(from, to time.Time) (out []sight, err error) {
	rules := v.s.Incidents.Law.At(v.Now)
	for _, id := range v.incident.Scope().Cameras {
		c, err := v.s.Register.Camera(v.Ctx, v.incident.Controller, id)
		if err != nil {
			return nil, err
		}
		f, err := v.s.Incidents.Footage(v.Ctx, v.incident.Controller, id, from, to)
		if err != nil {
			return nil, err
		}
		s := sight{camera: c}
		l := incident.Look{Cameras: []string{id}, From: from, To: to}
		for _, g := range f.Grounds() {
			l.Ground = g
			s.each = s.each || incident.EachTime(g)
		}
		if s.each { // what is asked for here is not missing yet
			l.Ground, l.Statement = access.GroundSafety, strings.Repeat("x", incident.Shortest)
		} else {
			s.ground = l.Ground
		}
		s.why = v.incident.MayLook(rules, f, l)
		out = append(out, s)
	}
	return out, nil
}

// part is the interval that the form opens with: as much of what the incident
// names as can be opened at once.
func (v *visit) part() (from, to time.Time) {
	s := v.incident.Scope()
	from, to = s.From, s.To
	if to.Sub(from) > longestPeriod {
		to = from.Add(longestPeriod)
	}
	return from, to
}

// lookForm asks for cameras of the incident, and a part of its time.
func (v *visit) lookForm(sights []sight) *page.Form {
	var cameras []fds.Choice
	each := false
	for _, s := range sights {
		if s.why == nil {
			cameras = append(cameras, fds.Choice{Value: s.camera.ID, Text: s.camera.Name, Hint: s.camera.Direction})
			each = each || s.each
		}
	}
	f := v.NewForm("look").Checks("kamera", cameras...)
	f.Add(fds.Field{Name: "dato", Type: "date", Width: "medium"})
	f.Add(fds.Field{Name: "fra", Width: "tiny", MaxLength: 8})
	f.Add(fds.Field{Name: "til", Width: "tiny", MaxLength: 8})
	if each {
		var grounds []fds.Choice
		for _, g := range []access.Ground{access.GroundSafety, access.GroundConsent} {
			grounds = append(grounds, fds.Choice{Value: string(g), Text: v.T("ground." + string(g)), Hint: v.T("ground." + string(g) + ".hint")})
		}
		f.Section("each").Radio("grund", grounds...).Area("erklaering", incident.Longest, 3, false)
	}
	return f
}

// together are the first cameras that can be looked at with the first of them.
func together(sights []sight) (out []string) {
	first := slices.IndexFunc(sights, func(s sight) bool { return s.why == nil })
	for _, s := range sights {
		if s.why == nil && s.alike(sights[first]) && len(out) < mostCameras {
			out = append(out, s.camera.ID)
		}
	}
	return out
}

// alike reports whether two are looked at on the same ground.
func (s sight) alike(o sight) bool { return s.each == o.each && s.ground == o.ground }

// look is the page on which cameras and a time are chosen.
func (p *Screens) look(v *visit) error {
	if err := v.designated(); err != nil {
		return err
	}
	from, to := v.part()
	sights, err := v.sights(from, to)
	if err != nil {
		return err
	}
	if why := v.shut(sights); why != nil {
		return p.notShown(v, v.R.URL.Query()["kamera"], from, to, why)
	}
	return v.ShowForm(v.lookPage(sights, v.R.URL.Query()))
}

// shut is why nothing of the incident may be looked at; nil: something may.
func (v *visit) shut(sights []sight) error {
	if len(sights) == 0 {
		return v.incident.MayLook(v.s.Incidents.Law.At(v.Now), incident.Footage{}, incident.Look{})
	}
	for _, s := range sights {
		if s.why == nil {
			return nil
		}
	}
	return sights[0].why
}

// lookPage puts the form together; what is not in q is as the incident names.
func (v *visit) lookPage(sights []sight, q url.Values) *page.FormPage {
	from, to := v.part()
	if edge := v.Now.Add(-liveMargin); to.After(edge) && edge.After(from) {
		to = edge.Truncate(time.Minute)
	}
	in := url.Values{"dato": {from.In(page.Zone()).Format(time.DateOnly)}, "fra": {v.clockOf(from)}, "til": {v.clockOf(to)}}
	if q["kamera"] == nil { // all that can be seen together
		in["kamera"] = together(sights)
	}
	for k := range q {
		in[k] = q[k]
	}
	i := v.incident
	pg := v.NewFormPage(v.lookForm(sights).Fill(in), v.crumbs(), i.Number)
	pg.Lead = v.T("look.lead", v.DateTime(i.Scope().From), v.DateTime(i.Scope().To))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("viewing.logged"), Text: v.T("viewing.logged.text")}
	for _, s := range sights {
		if s.why != nil {
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("look.not", s.camera.Name), Text: v.Explain(s.why)})
		}
	}
	return pg
}

func (v *visit) clockOf(t time.Time) string {
	if t.Second() != 0 || t.Nanosecond() != 0 {
		return v.ClockSeconds(t)
	}
	return v.Clock(t)
}

func (v *visit) crumbs() []fds.Link {
	return []fds.Link{{Href: "/haendelser", Text: v.T("incidents.title")}, {Href: "/haendelser/" + v.incident.ID, Text: v.incident.Number}}
}

// designated refuses whoever may not look at anything of the incident's place.
func (v *visit) designated() error {
	o := access.Object{Controller: v.incident.Controller, Location: v.incident.Location, Purpose: v.incident.Need, Reference: v.incident.Number}
	verdict := access.May(v.Person, access.View, o)
	switch verdict.Why {
	case access.WhyGround, access.WhyPurpose, "": // which ground there is, is found out next
		return nil
	}
	return v.Refuse(verdict, o)
}

// open gives the grant, begins the viewing and leads into the room.
func (p *Screens) open(v *visit) error {
	if err := v.designated(); err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	from, to := v.part()
	sights, err := v.sights(from, to)
	if err != nil {
		return err
	}
	if why := v.shut(sights); why != nil {
		return p.notShown(v, in["kamera"], from, to, why)
	}
	f := v.lookForm(sights).Fill(in)
	var chosen []sight
	for _, s := range sights {
		if slices.Contains(in["kamera"], s.camera.ID) {
			chosen = append(chosen, s)
		}
	}
	switch odd := slices.IndexFunc(chosen, func(s sight) bool { return s.why != nil }); {
	case len(chosen) == 0 || len(chosen) < len(in["kamera"]): // one is named by nobody, or another place's
		f.Fail("kamera", v.T("look.kamera.missing"))
		chosen = sights[:1]
	case odd >= 0:
		return p.notShown(v, in["kamera"], from, to, chosen[odd].why)
	case len(chosen) > mostCameras:
		f.Fail("kamera", v.T("look.kamera.many", mostCameras))
	case slices.ContainsFunc(chosen, func(s sight) bool { return !s.alike(chosen[0]) }):
		f.Fail("kamera", v.T("look.kamera.mixed"))
	}
	from, to = v.readPeriod(f)
	ground, statement := chosen[0].ground, ""
	if chosen[0].each {
		ground, statement = access.Ground(f.Get("grund")), f.Get("erklaering")
		if ground == "" {
			f.Fail("grund", v.T("look.grund.missing"))
		}
		if n := len([]rune(statement)); n < incident.Shortest {
			f.Fail("erklaering", v.T("look.erklaering.missing"))
		}
	}
	if !f.OK() {
		pg := v.lookPage(sights, in)
		pg.Form = f
		return v.ShowForm(pg)
	}
	var cameras []string
	for _, s := range chosen {
		cameras = append(cameras, s.camera.ID)
	}
	g, err := p.Incidents.Look(v.Ctx, v.incident.ID, incident.Look{Cameras: cameras, From: from, To: to, Ground: ground, Statement: statement}, v.who())
	if fault.Is(err, fault.Denied) {
		return p.notShown(v, cameras, from, to, err)
	}
	if err != nil {
		return err
	}
	id, err := p.begin(v, g, cameras, from, to)
	if err != nil {
		return err
	}
	return v.See("/afspilning/" + id)
}

// who is the person as internal/incident wants it.
func (v *visit) who() incident.Who {
	return incident.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

// readPeriod reads date and times; a time that ends before it begins ends on
// the next day.
func (v *visit) readPeriod(f *page.Form) (from, to time.Time) {
	from, err := page.LocalTime(f.Get("dato"), f.Get("fra"))
	if err != nil {
		f.Fail("fra", v.T("viewing.from.bad"))
		return
	}
	to, err = page.LocalTime(f.Get("dato"), f.Get("til"))
	if err != nil {
		f.Fail("til", v.T("viewing.to.bad"))
		return
	}
	if !to.After(from) {
		to = to.AddDate(0, 0, 1)
	}
	if why := v.checkPeriod(&from, &to); why != "" {
		f.Fail("fra", why)
	}
	return from, to
}

// notShown enters a refusal and tells the one refused why, and what to do next.
func (p *Screens) notShown(v *visit, cameras []string, from, to time.Time, why error) error {
	i := v.incident
	if err := v.refuse(v.Ctx, viewing{Incident: i.ID, Reference: i.Number, Location: i.Location, Cameras: cameras}, from, to, why); fault.Key(err) != fault.Key(why) {
		return err
	}
	return v.Show(http.StatusForbidden, v.notShownPage(why))
}

func (v *visit) notShownPage(why error) *page.Record {
	i := v.incident
	pg := v.NewRecord(v.T("look.refused"), "", v.crumbs()...)
	a := fds.Alert{Tone: fds.Warning, Heading: v.Explain(why), Text: v.Or("do."+fault.Key(why), "")}
	base := "/haendelser/" + i.ID
	link := fds.Link{Href: base, Text: v.T("look.refused.incident", i.Number)}
	if v.May(access.EditIncident, access.Object{Controller: i.Controller, Location: i.Location}) {
		switch key := fault.Key(why); key {
		case "look.presumed", "look.unsaid", "look.none":
			link = fds.Link{Href: base + "/kriminalitet", Text: v.T("incident.task.kriminalitet")}
		case "look.need", "look.unnamed":
			link = fds.Link{Href: base + "/behov", Text: v.T("incident.task.behov")}
		case "look.interval", "look.camera":
			link = fds.Link{Href: base + "/udvid", Text: v.T("incident.widen")}
		case "look.consent":
			link = fds.Link{Href: base + "/samtykke", Text: v.T("incident.consents")}
		}
	}
	a.Links = []fds.Link{link}
	pg.Add(page.Section{ID: "hvorfor", Heading: v.T("look.refused.why"), Alert: &a, Lead: v.T("look.refused.logged")})
	return pg
}
