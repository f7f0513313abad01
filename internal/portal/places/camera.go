package places

import (
	"net/url"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// cameraChoices is what a camera's form chooses among.
type cameraChoices struct {
	areas     []register.Area
	suppliers []register.Supplier
}

func (p *Screens) cameraChoices(v *visit) (c cameraChoices, err error) {
	if c.areas, err = p.Register.Areas(v.Ctx, v.Person.Controller, v.location.ID); err != nil {
		return c, err
	}
	c.suppliers, _, err = p.Register.FindSuppliers(v.Ctx, register.SupplierQuery{Controller: v.Person.Controller})
	return c, err
}

func (v *visit) cameraForm(c cameraChoices) *page.Form {
	var areas, suppliers []fds.Choice
	for _, a := range c.areas {
		areas = append(areas, fds.Choice{Value: a.ID, Text: a.Name})
	}
	for _, s := range c.suppliers {
		suppliers = append(suppliers, fds.Choice{Value: s.ID, Text: s.Name})
	}
	none := v.T("place.form.none")
	return v.NewForm("camera.form").Section("what").
		Text("navn", 120, false).
		Text("fabrikat", 80, true).Text("model", 80, true).
		Text("kvalitet", 200, true).Text("funktion", 200, true).
		Select("leverandoer", choose("", none, suppliers)...).
		Section("where").
		Select("omraade", choose("", none, areas)...).
		Select("slags", choose("", v.T("camera.form.choose"), v.placeKinds())...).
		Text("montering", 200, true).
		Add(fds.Field{Name: "hoejde", Width: "tiny", MaxLength: 6, Optional: true}).
		Text("retning", 200, true).
		Add(fds.Field{Name: "vinkel", Width: "tiny", MaxLength: 3, Optional: true}).
		Area("felt", 1000, 3, true).
		Section("why").
		Area("formaal", 1000, 3, false).
		Radio("formaalets-art", fds.Choice{Value: "crime", Text: v.T("purpose.crime")}, fds.Choice{Value: "safety", Text: v.T("purpose.safety")}, fds.Choice{Value: "other", Text: v.T("purpose.other")}).
		Select("hjemmel", choose("", v.T("camera.form.choose.later"), v.bases())...).
		Section("life").
		Checks("livsvigtig", fds.Choice{Value: "ja", Text: v.T("camera.form.livsvigtig.ja")}).
		Area("livsvigtig-grund", 1000, 3, true).
		Area("livsvigtig-anden", 1000, 3, true)
}

func cameraValues(v *visit, c register.Camera) url.Values {
	in := url.Values{"navn": {c.Name}, "fabrikat": {c.Make}, "model": {c.Model}, "kvalitet": {c.Quality}, "funktion": {c.Function}, "leverandoer": {c.Supplier},
		"omraade": {c.Area}, "slags": {c.PlaceKind}, "montering": {c.Mounting}, "retning": {c.Direction}, "felt": {c.View}, "formaal": {c.Purpose},
		"formaalets-art": {c.PurposeKind}, "hjemmel": {c.BasisID}, "livsvigtig-grund": {c.LifeReason}, "livsvigtig-anden": {c.LifeOtherwise}}
	if c.HeightCM > 0 {
		in.Set("hoejde", v.Decimal(float64(c.HeightCM)/100))
		if c.HeightCM%10 != 0 {
			in.Set("hoejde", v.hundredths(float64(c.HeightCM)/100))
		}
	}
	if c.ViewDegrees > 0 {
		in.Set("vinkel", strconv.Itoa(c.ViewDegrees))
	}
	if c.LifeCritical {
		in.Set("livsvigtig", "ja")
	}
	return in
}

// readCamera puts a form into a camera, and says at the fields what is wrong.
func (v *visit) readCamera(f *page.Form, c register.Camera) register.Camera {
	c.Name, c.Make, c.Model, c.Quality, c.Function, c.Supplier = f.Get("navn"), f.Get("fabrikat"), f.Get("model"), f.Get("kvalitet"), f.Get("funktion"), f.Get("leverandoer")
	c.Area, c.PlaceKind, c.Mounting, c.Direction, c.View = f.Get("omraade"), f.Get("slags"), f.Get("montering"), f.Get("retning"), f.Get("felt")
	c.Purpose, c.PurposeKind = f.Get("formaal"), f.Get("formaalets-art")
	if c.PlaceKind == "" {
		f.Fail("slags", v.T("area.form.slags.missing"))
	}
	if c.Place == "" || c.PlaceKind != v.camera.PlaceKind {
		c.Place = v.placeKind(c.PlaceKind)
	}
	if id := f.Get("hjemmel"); id != c.BasisID {
		c.BasisID, c.Basis = id, ""
		if b, ok := v.rules().Basis(id); ok {
			c.Basis = b.Cite
		}
	}
	c.HeightCM, c.ViewDegrees = 0, 0
	if text := f.Get("hoejde"); text != "" {
		h, err := number(text)
		if c.HeightCM = int(h*100 + 0.5); err != nil || h <= 0 || h > 100 {
			f.Fail("hoejde", v.T("camera.form.hoejde.bad"))
		}
	}
	if text := f.Get("vinkel"); text != "" {
		n, err := strconv.Atoi(text)
		if c.ViewDegrees = n; err != nil || n < 1 || n > 360 {
			f.Fail("vinkel", v.T("camera.form.vinkel.bad"))
		}
	}
	c.LifeCritical = f.Get("livsvigtig") == "ja"
	c.LifeReason, c.LifeOtherwise = f.Get("livsvigtig-grund"), f.Get("livsvigtig-anden")
	if c.LifeCritical && c.LifeReason == "" {
		f.Fail("livsvigtig-grund", v.T("camera.form.livsvigtig-grund.missing"))
	}
	if c.LifeCritical && c.LifeOtherwise == "" {
		f.Fail("livsvigtig-anden", v.T("camera.form.livsvigtig-anden.missing"))
	}
	return c
}

func cameraFaults() map[string]string {
	return map[string]string{"camera.name": "navn", "camera.height": "hoejde", "camera.view": "vinkel", "camera.life-critical": "livsvigtig-grund", "register.area": "omraade"}
}

func (v *visit) newCameraPage(f *page.Form) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}), v.location.Name)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("camera.form.nothing"), Text: v.T("camera.form.nothing.text")}
	return pg
}

func (p *Screens) newCamera(v *visit) error {
	c, err := p.cameraChoices(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.newCameraPage(v.cameraForm(c)))
}

func (p *Screens) addCamera(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	choices, err := p.cameraChoices(v)
	if err != nil {
		return err
	}
	f := v.cameraForm(choices).Fill(in).Check()
	c := v.readCamera(f, register.Camera{Controller: v.Person.Controller, Location: v.location.ID, Engine: p.EngineID})
	pg := v.newCameraPage(f)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if c.ID, err = p.Register.NewID(v.Ctx, "cameras", v.location.ID, c.Name); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddCamera(v.Ctx, c, v.Person.ID), cameraFaults(), "/kameraer/"+c.ID+"?besked=kamera-oprettet")
}

func (v *visit) editCameraPage(f *page.Form, version int64) *page.FormPage {
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/steder/" + v.camera.Location, Text: v.camera.Where}, fds.Link{Href: "/kameraer/" + v.camera.ID, Text: v.camera.Name}))
	pg.Title = v.T("camera.form.edit", v.camera.Name)
	pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = pg.Title
	pg.Hidden = kept(version)
	return pg
}

// editing finds what the form of an existing camera needs.
func (p *Screens) editing(v *visit) (*page.Form, error) {
	var err error
	if v.location, err = p.Register.Location(v.Ctx, v.Person.Controller, v.camera.Location); err != nil {
		return nil, err
	}
	c, err := p.cameraChoices(v)
	return v.cameraForm(c), err
}

func (p *Screens) editCamera(v *visit) error {
	f, err := p.editing(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.editCameraPage(f.Fill(cameraValues(v, v.camera)), v.camera.Version))
}

func (p *Screens) saveCamera(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f, err := p.editing(v)
	if err != nil {
		return err
	}
	c := v.readCamera(f.Fill(in).Check(), v.camera)
	c.Version = versionOf(in)
	pg := v.editCameraPage(f, c.Version)
	if err := p.withinPermit(v, f, c); err != nil {
		return err
	}
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateCamera(v.Ctx, c, v.Person.ID), cameraFaults(), "/kameraer/"+c.ID+"?besked=gemt")
}

// withinPermit refuses, field by field, to change what a camera's permit was
// given for: that is applied for (CASE-15), and not edited.
func (p *Screens) withinPermit(v *visit, f *page.Form, c register.Camera) error {
	if _, err := p.Issuer.Standing(v.Ctx, c.ID, "main"); fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	was := v.camera
	for field, differs := range map[string]bool{
		"omraade": c.Area != was.Area, "slags": c.PlaceKind != was.PlaceKind, "montering": c.Mounting != was.Mounting, "hoejde": c.HeightCM != was.HeightCM,
		"retning": c.Direction != was.Direction, "vinkel": c.ViewDegrees != was.ViewDegrees, "felt": c.View != was.View, "formaal": c.Purpose != was.Purpose,
		"formaalets-art": c.PurposeKind != was.PurposeKind, "hjemmel": c.BasisID != was.BasisID,
	} {
		if differs {
			f.Fail(field, v.T("camera.form.bound"))
		}
	}
	return nil
}
