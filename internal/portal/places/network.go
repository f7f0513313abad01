package places

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

func (v *visit) networkForm() *page.Form {
	return v.NewForm("network.form").Area("net", 1000, 3, true)
}

func (v *visit) networkPage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs())
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("network.nothing"), Text: v.T("network.nothing.text")}
	return pg
}

func (p *Screens) networkForm(v *visit) error { return v.ShowForm(v.networkPage(v.networkForm())) }

// networks reads the networks that were typed, one a line; bad is the first
// that is none.
func networks(text string) (out []string, bad string) {
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' || r == ' ' || r == '\r' }) {
		n, err := netip.ParsePrefix(line)
		if a, aerr := netip.ParseAddr(line); err != nil && aerr == nil {
			n, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, line
		}
		out = append(out, n.String())
	}
	return out, ""
}

// search asks the engine who is on the network. It takes some seconds, is an
// entry of the engine's ledger, and lets nothing record.
func (p *Screens) search(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.networkForm().Fill(in).Check()
	list, bad := networks(f.Get("net"))
	if bad != "" {
		f.Fail("net", v.T("network.form.net.bad", bad))
	}
	if !f.OK() {
		return v.ShowForm(v.networkPage(f))
	}
	found, err := p.Engine.Discover(v.Ctx, engineapi.DiscoverQuery{Controller: v.Person.Controller, By: v.Person.ID, Networks: list})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) || fault.Is(err, fault.Denied) {
		f.FailWith("net", err)
		return v.ShowForm(v.networkPage(f))
	}
	if err != nil {
		return err
	}
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller})
	if err != nil {
		return err
	}
	locations, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.foundPage(found, cams, locations))
}

// foundPage lists who answered: those that are in the register, and those that
// can be entered at a location.
func (v *visit) foundPage(d engineapi.Discovered, cams []register.Camera, locations []register.Location) *page.Record {
	pg := v.NewRecord(v.T("network.found.title"), v.N("network.found.lead", int64(len(d.Cameras)), v.Number(int64(d.Asked)), v.Span(d.Took)), v.crumbs(fds.Link{Href: "/steder/soeg-kameraer", Text: v.T("network.form.title")})...)
	if len(d.Left) > 0 {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("network.left"), Text: v.T("network.left.text", strings.Join(d.Left, ", "))})
	}
	known := map[string]register.Camera{}
	for _, c := range cams {
		known[c.ID] = c
	}
	s := page.Section{ID: "fundet", Heading: v.T("network.found.title")}
	if len(d.Cameras) == 0 {
		s.Empty = v.T("network.found.none")
		pg.Add(s)
		return pg
	}
	s.Grid = page.NewGrid(s.Heading, v.T("network.name"), v.T("network.host"), v.T("network.known"), v.T("network.enter"))
	where := ""
	for _, l := range locations {
		if l.Shut.IsZero() {
			where = l.ID
			break
		}
	}
	for i, c := range d.Cameras {
		name := strings.TrimSpace(c.Name + " " + c.Hardware)
		if name == "" {
			name = v.T("network.unnamed", i+1)
		}
		is, enter := page.Cell{Text: v.T("network.known.no")}, page.Cell{}
		for _, id := range c.Cameras {
			if k, ok := known[id]; ok {
				is = page.Cell{Href: "/kameraer/" + id, Text: k.Where + ": " + k.Name, Badge: &fds.Badge{Tone: fds.Success, Text: v.T("network.known.yes")}}
			}
		}
		if is.Href == "" && where != "" {
			q := url.Values{"navn": {c.Name}, "model": {c.Hardware}, "adresse": {c.Host}}
			enter = page.Cell{Href: "/steder/soeg-kameraer/tag-ind?" + q.Encode(), Text: v.T("network.enter.link", strconv.Itoa(i+1))}
		}
		s.Grid.Add(page.Cell{Text: name, Quiet: c.Location}, page.Cell{Text: c.Host}, is, enter)
	}
	pg.Add(s)
	return pg
}

// enterForm asks at which location a camera that was found hangs; the rest is
// the form of a new camera.
func (v *visit) enterForm(locations []register.Location) *page.Form {
	return v.NewForm("network.enter.form").Select("sted", choose("", v.T("network.enter.form.choose"), locationChoices(locations))...).Text("navn", 120, false).Text("model", 80, true).
		Add(fds.Field{Name: "adresse", MaxLength: 200, Optional: true})
}

func (v *visit) enterPage(f *page.Form) *page.FormPage {
	return v.NewFormPage(f, v.crumbs(fds.Link{Href: "/steder/soeg-kameraer", Text: v.T("network.form.title")}))
}

func (p *Screens) enterFound(v *visit) error {
	locations, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	return v.ShowForm(v.enterPage(v.enterForm(locations).Fill(v.R.URL.Query())))
}

// takeFound enters a camera that was found; how the engine reaches it is told
// on the next page.
func (p *Screens) takeFound(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	locations, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	f := v.enterForm(locations).Fill(in).Check()
	if f.Get("sted") == "" {
		f.Fail("sted", v.T("network.enter.form.sted.missing"))
	}
	pg := v.enterPage(f)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	c := register.Camera{Controller: v.Person.Controller, Location: f.Get("sted"), Name: f.Get("navn"), Model: f.Get("model"), Engine: p.EngineID}
	if c.ID, err = p.Register.NewID(v.Ctx, "cameras", c.Location, c.Name); err != nil {
		return err
	}
	to := "/kameraer/" + c.ID + "/forbindelse?besked=kamera-oprettet"
	if host := f.Get("adresse"); host != "" {
		to += "&" + url.Values{"adresse": {"rtsp://" + host + "/"}}.Encode()
	}
	return v.saved(pg, p.Register.AddCamera(v.Ctx, c, v.Person.ID), cameraFaults(), to)
}
