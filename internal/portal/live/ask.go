package live

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// choice is what a request can be made of.
type choice struct {
	places    []register.Location // where the person may ask
	place     register.Location   // the chosen one; without an id: none yet
	cameras   []register.Camera   // of it
	incidents []incident.Incident // open ones of it
	alone     error               // why nobody may begin alone there; nil: they may
}

// choices finds what the person can ask for; ?sted= names the place, and where
// there is but one it is that.
func (p *Screens) choices(v *visit, place string) (c choice, err error) {
	all, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return c, err
	}
	for _, l := range all {
		if l.Shut.IsZero() && v.May(access.AskLive, access.Object{Controller: l.Controller, Location: l.ID}) {
			c.places = append(c.places, l)
		}
	}
	if len(c.places) == 1 && place == "" {
		place = c.places[0].ID
	}
	i := slices.IndexFunc(c.places, func(l register.Location) bool { return l.ID == place })
	if i < 0 {
		return c, nil
	}
	c.place = c.places[i]
	if c.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Location: c.place.ID}); err != nil {
		return c, err
	}
	if c.incidents, err = p.Incidents.List(v.Ctx, incident.Query{Controller: v.Person.Controller, Locations: []string{c.place.ID}, Open: true}); err != nil {
		return c, err
	}
	c.alone = p.Live.MayAlone(v.Ctx, c.place.ID, v.who())
	return c, nil
}

// open finds what can be asked for, and tells whoever may not ask why.
func (p *Screens) open(v *visit, place string) (c choice, done bool, err error) {
	if v.terms, err = p.Live.Terms(v.Ctx, v.Person.Controller); err != nil {
		return c, true, err
	}
	if err := p.Live.May(v.Ctx, v.who()); err != nil {
		return c, true, p.refuse(v, room.Request{Location: place}, "ask", err)
	}
	c, err = p.choices(v, place)
	return c, err != nil, err
}

// refuse enters a refusal, and shows why and what can be done.
func (p *Screens) refuse(v *visit, q room.Request, act string, why error) error {
	if !fault.Is(why, fault.Denied) {
		return why
	}
	q.Controller = v.Person.Controller
	if err := p.Live.Refused(v.Ctx, act, q, v.who(), why); fault.Key(err) != fault.Key(why) {
		return err
	}
	return p.told(v, why)
}

// told shows a refusal that is entered already.
func (p *Screens) told(v *visit, why error) error {
	if !fault.Is(why, fault.Denied) {
		return why
	}
	owed, err := p.Live.Owed(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(http.StatusForbidden, v.refusedPage(why, owed))
}

func (v *visit) refusedPage(why error, owed []room.Request) *page.Record {
	pg := v.NewRecord(v.T("live.refused"), "", v.crumbs()...)
	a := fds.Alert{Tone: fds.Warning, Heading: v.Explain(why), Text: v.Or("do."+fault.Key(why), v.T("do.live"))}
	switch fault.Key(why) {
	case "live.owes":
		for _, q := range owed {
			a.Links = append(a.Links, fds.Link{Href: path + "/" + q.ID + "/note", Text: v.T("live.note.link", q.Number)})
		}
	case "live.forbidden":
		a.Links = []fds.Link{{Href: "/afspilning", Text: v.T("live.instead")}}
	default:
		a.Links = []fds.Link{{Href: path, Text: v.T("live.all")}}
	}
	pg.Add(page.Section{ID: "hvorfor", Heading: v.T("look.refused.why"), Alert: &a, Lead: v.T("look.refused.logged")})
	return pg
}

// minutes can be asked for.
var minutes = []int{5, 10, 15, 20, 30, 45, 60}

// form asks for what is seen and why; of a place that is not chosen only for
// that.
func (v *visit) form(key string, c choice, alone bool) *page.Form {
	f := v.NewForm(key)
	if c.place.ID == "" {
		var places []fds.Choice
		for _, l := range c.places {
			places = append(places, fds.Choice{Value: l.ID, Text: l.Name, Hint: l.Address})
		}
		return f.Radio("sted", places...)
	}
	var cameras, reasons, cases, times []fds.Choice
	for _, x := range c.cameras {
		cameras = append(cameras, fds.Choice{Value: x.ID, Text: x.Name, Hint: x.Direction})
	}
	for _, r := range v.terms.Reasons {
		if !alone || r.Alone {
			reasons = append(reasons, fds.Choice{Value: r.ID, Text: r.Name.In(string(v.Lang))})
		}
	}
	cases = append(cases, fds.Choice{Text: v.T("liveask.haendelse.none")})
	for _, i := range c.incidents {
		cases = append(cases, fds.Choice{Value: i.ID, Text: i.Number + ": " + i.What})
	}
	f.Radio("grund", reasons...).Area("ord", room.LongText, 4, false).Checks("kamera", cameras...)
	if !alone {
		for _, n := range minutes {
			if n <= v.terms.Longest {
				times = append(times, fds.Choice{Value: strconv.Itoa(n), Text: v.N("live.minutes", int64(n))})
			}
		}
		f.Select("minutter", times...)
	}
	if len(c.incidents) > 0 {
		f.Select("haendelse", cases...)
	}
	return f
}

func (v *visit) askPage(c choice, in url.Values) *page.FormPage {
	const key = "liveask"
	filled := url.Values{"minutter": {strconv.Itoa(v.terms.Minutes)}}
	for k, x := range in {
		filled[k] = x
	}
	if len(c.cameras) == 1 && filled.Get("kamera") == "" {
		filled.Set("kamera", c.cameras[0].ID)
	}
	pg := v.NewFormPage(v.form(key, c, false).Fill(filled), v.crumbs())
	pg.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("liveask.rule"), Text: v.terms.Hint.In(string(v.Lang))}
	if c.place.ID == "" {
		pg.Button.Text, pg.Lead = v.T("liveask.next"), v.T("liveask.lead.place")
		return pg
	}
	pg.Lead = v.T("liveask.lead.at", c.place.Name)
	pg.Hidden = []fds.Choice{{Text: "sted", Value: c.place.ID}}
	if c.alone == nil && c.place.ID != "" && slices.ContainsFunc(v.terms.Reasons, alone) {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Heading: v.T("livealone.offer"), Text: v.T("livealone.offer.text"),
			Links: []fds.Link{{Href: path + "/alene?sted=" + url.QueryEscape(c.place.ID), Text: v.T("livealone.link")}}})
	}
	return pg
}

// ask is the page on which somebody asks.
func (p *Screens) ask(v *visit) error {
	c, done, err := p.open(v, v.R.URL.Query().Get("sted"))
	if done {
		return err
	}
	return v.ShowForm(v.askPage(c, url.Values{"kamera": v.R.URL.Query()["kamera"], "haendelse": v.R.URL.Query()["haendelse"]}))
}

func (p *Screens) asked(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	c, done, err := p.open(v, in.Get("sted"))
	if done {
		return err
	}
	if c.place.ID == "" {
		pg := v.askPage(c, in)
		pg.Form.Check()
		return v.ShowForm(pg)
	}
	if !in.Has("grund") && !in.Has("ord") { // the place alone was chosen
		return v.See(path + "/ny?sted=" + url.QueryEscape(c.place.ID))
	}
	f := v.form("liveask", c, false).Fill(in).Check()
	w, ok := v.read(f, c)
	if ok {
		q, err := p.Live.Ask(v.Ctx, w, v.who())
		if err == nil {
			return v.See(path + "/" + q.ID + "?besked=live-spurgt")
		}
		if !v.fails(f, err) {
			return p.told(v, err)
		}
	}
	pg := v.askPage(c, in)
	pg.Form = f
	return v.ShowForm(pg)
}

// read is what the form says; what is wrong is said at its field.
func (v *visit) read(f *page.Form, c choice) (w room.Wish, ok bool) {
	w = room.Wish{Location: c.place.ID, Cameras: f.All("kamera"), Reason: f.Get("grund"), Words: f.Get("ord")}
	w.Minutes, _ = strconv.Atoi(f.Get("minutter")) // 0 is refused
	for _, i := range c.incidents {
		if i.ID == f.Get("haendelse") {
			w.Incident, w.IncidentNumber = i.ID, i.Number
		}
	}
	if n := len([]rune(w.Words)); n > 0 && n < room.Shortest {
		f.Fail("ord", v.T("fault.live.words"))
	}
	if len(w.Cameras) > room.MostCameras {
		f.Fail("kamera", v.T("fault.live.cameras"))
	}
	return w, f.OK()
}

// fails says what the room refused at the field that it is about; false: it is
// about none.
func (v *visit) fails(f *page.Form, err error) bool {
	if !fault.Is(err, fault.Invalid) {
		return false
	}
	field := map[string]string{"live.reason": "grund", "live.words": "ord", "live.minutes": "minutter", "live.cameras": "kamera"}[fault.Key(err)]
	if field == "" {
		return false
	}
	f.FailWith(field, err)
	return true
}
