package places

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// probeLife is how long the engine may take to connect once.
const probeLife = 2 * time.Minute

// configured is the camera's configuration that was last issued to the engine,
// and whether there is one.
func (p *Screens) configured(v *visit) (permit.Camera, bool, error) {
	all, err := p.Issuer.Records(v.Ctx, issuer.Filter{Controller: v.Person.Controller, Camera: v.camera.ID, Kinds: []permit.Kind{permit.KindCamera}, Limit: 1})
	if err != nil || len(all) == 0 {
		return permit.Camera{}, false, err
	}
	s, err := all[0].Statement()
	if err != nil {
		return permit.Camera{}, false, err
	}
	c, ok := s.(*permit.Camera)
	if !ok {
		return permit.Camera{}, false, nil
	}
	return *c, true, nil
}

func transports() []permit.Transport {
	return []permit.Transport{permit.TransportAuto, permit.TransportTCP, permit.TransportUDP, permit.TransportTLS}
}

func (v *visit) connectionForm() *page.Form {
	var items []fds.Choice
	for _, t := range transports() {
		items = append(items, fds.Choice{Value: string(t), Text: v.T("connection.transport." + string(t))})
	}
	return v.NewForm("connection.form").Section("address").
		Add(fds.Field{Name: "adresse", MaxLength: 500, Autocomplete: "off"}).
		Select("transport", items...).
		Add(fds.Field{Name: "certifikat", MaxLength: 64, Optional: true, Autocomplete: "off"}).
		Section("login").
		Add(fds.Field{Name: "bruger", MaxLength: permit.MaxUser, Optional: true, Autocomplete: "off", Width: "medium"}).
		Add(fds.Field{Name: "adgangskode", Type: "password", MaxLength: permit.MaxPassword, Optional: true, Autocomplete: "new-password", Width: "medium"})
}

// connectionFacts is what the page of a camera's connection is made of.
type connectionFacts struct {
	form       *page.Form
	configured bool
	evidence   []register.Evidence
}

func (v *visit) connectionPage(f connectionFacts) *connectionPage {
	pg := &connectionPage{FormPage: *v.NewFormPage(f.form, v.crumbs(fds.Link{Href: "/steder/" + v.camera.Location, Text: v.camera.Where}, fds.Link{Href: "/kameraer/" + v.camera.ID, Text: v.camera.Name}))}
	pg.Screen = "connection"
	pg.Side = "" // a password is no draft
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("connection.sealed"), Text: v.T("connection.sealed.text")}
	v.Said(&pg.Shell)
	here := "/kameraer/" + v.camera.ID + "/forbindelse"
	if f.configured {
		pg.Probe = page.ActForm{Action: here + "/undersoeg", Button: fds.Button{Kind: "secondary", Text: v.T("connection.probe.button")}}
	}
	pg.Evidence = page.Section{ID: "fundet", Heading: v.T("evidence.title"), Lead: v.T("evidence.lead")}
	if len(f.evidence) == 0 {
		pg.Evidence.Empty = v.T("evidence.none")
		return pg
	}
	e := f.evidence[0]
	pg.Evidence.List = &fds.StructuredList{Caption: pg.Evidence.Heading, Rows: v.evidenceRows(e)}
	return pg
}

// connectionPage is how the engine reaches a camera, and what it found there.
type connectionPage struct {
	page.FormPage
	Probe    page.ActForm
	Evidence page.Section
}

func (v *visit) evidenceRows(e register.Evidence) []fds.Row {
	f := e.Found
	list := &fds.StructuredList{}
	fact(list, v.T("evidence.at"), v.DateTime(e.At))
	if f.Width > 0 {
		fact(list, v.T("evidence.picture"), v.T("evidence.picture.text", f.Codec, f.Width, f.Height, v.Decimal(f.FPS)))
	}
	fact(list, v.T("evidence.sound"), v.T(map[bool]string{true: "evidence.sound.yes", false: "evidence.sound.no"}[f.Sound]))
	wire := fds.Row{Term: v.T("evidence.wire"), Text: v.T("evidence.wire.yes")}
	if !f.Encrypted {
		wire.Text, wire.Badge = v.T("evidence.wire.no.text"), &fds.Badge{Tone: fds.Warning, Text: v.T("evidence.wire.no")}
	}
	list.Rows = append(list.Rows, wire)
	if f.ClockKnown {
		fact(list, v.T("evidence.clock"), v.Span(time.Duration(f.ClockMS)*time.Millisecond))
	}
	o := f.ONVIF
	if o == nil {
		fact(list, v.T("evidence.onvif"), v.Or("why."+string(f.ONVIFCause), v.T("evidence.onvif.none")))
		return list.Rows
	}
	fact(list, v.T("evidence.make"), strings.TrimSpace(o.Manufacturer+" "+o.Model))
	fact(list, v.T("evidence.firmware"), o.Firmware)
	fact(list, v.T("evidence.serial"), o.Serial)
	storage := fds.Row{Term: v.T("evidence.storage"), Text: v.Or("camera.own.storage."+o.Storage, o.Storage)}
	if o.Storage == "found" {
		storage.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("evidence.storage.found")}
	}
	list.Rows = append(list.Rows, storage)
	for _, s := range o.Streams {
		fact(list, v.T("evidence.stream"), v.T("evidence.stream.text", s.Name, s.Codec, s.Width, s.Height, v.Decimal(s.FPS)))
	}
	return list.Rows
}

func (p *Screens) connectionFacts(v *visit, f *page.Form) (facts connectionFacts, err error) {
	facts.form = f
	if facts.evidence, err = p.Register.EvidenceOf(v.Ctx, v.Person.Controller, v.camera.ID); err != nil {
		return facts, err
	}
	_, facts.configured, err = p.configured(v)
	return facts, err
}

func (p *Screens) connection(v *visit) error {
	f := v.connectionForm()
	c, ok, err := p.configured(v)
	if err != nil {
		return err
	}
	in := url.Values{"transport": {string(permit.TransportAuto)}, "adresse": {v.R.URL.Query().Get("adresse")}}
	if ok && !c.Removed {
		in = url.Values{"adresse": {c.URL}, "transport": {string(c.Transport)}, "certifikat": {c.CertSHA256}}
	}
	facts, err := p.connectionFacts(v, f.Fill(in))
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.connectionPage(facts))
}

// connect seals what was typed to the engine's key and issues it. The password
// is in no answer, no draft, no ledger and no log.
func (p *Screens) connect(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	password := in.Get("adgangskode")
	in.Del("adgangskode")
	f := v.connectionForm().Fill(in).Check()
	show := func() error {
		facts, err := p.connectionFacts(v, f)
		if err != nil {
			return err
		}
		return v.Show(http.StatusUnprocessableEntity, v.connectionPage(facts))
	}
	if u, err := url.Parse(f.Get("adresse")); f.Get("adresse") != "" && (err != nil || u.User != nil || u.Host == "" || u.Scheme != "rtsp" && u.Scheme != "rtsps") {
		if err == nil && u.User != nil { // a password that was put into it is not shown again
			u.User = nil
			f.Fill(url.Values{"adresse": {u.String()}, "transport": in["transport"], "certifikat": in["certifikat"], "bruger": in["bruger"]})
		}
		f.Fail("adresse", v.T("connection.form.adresse.bad"))
	}
	if (password == "") != (f.Get("bruger") == "") {
		f.Fail("bruger", v.T("connection.form.bruger.both"))
	}
	if !f.OK() {
		return show()
	}
	last, ok, err := p.configured(v)
	if err != nil {
		return err
	}
	s := &permit.Camera{Head: v.Head(), Camera: v.camera.ID, Name: v.camera.Name, Place: v.camera.Where, URL: f.Get("adresse"), Transport: permit.Transport(f.Get("transport")),
		CertSHA256: strings.ToLower(f.Get("certifikat"))}
	if ok {
		s.Priority, s.Sealed = last.Priority, last.Sealed // those that the engine has, unless others were typed
	}
	if password != "" {
		who, err := p.Engine.Identity(v.Ctx)
		if err != nil {
			return err
		}
		if s.Sealed, err = permit.SealTo(who.SealKey, permit.Credentials{User: f.Get("bruger"), Password: password}, permit.SealFor(p.EngineID, v.camera.ID)); err != nil {
			return err
		}
	}
	err = p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := p.Issuer.Issue(v.Ctx, tx, s)
		return err
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) {
		f.FailWith("adresse", err)
		return show()
	}
	if err != nil {
		return err
	}
	return v.See("/kameraer/" + v.camera.ID + "/forbindelse?besked=forbindelse")
}

// probe lets the engine connect once, and keeps what the camera says of itself
// as technical evidence (H 2.2 B). No picture is taken.
func (p *Screens) probe(v *visit) error {
	c, ok, err := p.configured(v)
	if err != nil {
		return err
	}
	if !ok || c.Removed {
		return fault.New(fault.Conflict, "camera.no-connection", "camera %s has no connection", v.camera.ID)
	}
	s := &permit.Probe{Head: v.Head(), Camera: c.Camera, URL: c.URL, Transport: c.Transport, CertSHA256: c.CertSHA256, Sealed: c.Sealed, Expires: v.Now.Add(probeLife)}
	var signed *permit.Signed
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) (err error) {
		signed, err = p.Issuer.Ticket(v.Ctx, tx, s)
		return err
	}); err != nil {
		return err
	}
	found, err := p.Engine.Probe(v.Ctx, signed.Encode())
	if err != nil {
		return err
	}
	if err := p.Register.KeepEvidence(v.Ctx, evidence(v, s.ID, found)); err != nil {
		return err
	}
	return v.See("/kameraer/" + v.camera.ID + "/forbindelse?besked=undersoegt#fundet")
}

func evidence(v *visit, statement permit.ID, found engineapi.Probed) register.Evidence {
	return register.Evidence{Camera: v.camera.ID, Controller: v.Person.Controller, Statement: string(statement), Found: register.Found{Probed: found}, By: v.Person.ID}
}
