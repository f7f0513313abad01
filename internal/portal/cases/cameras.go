package cases

import (
	"net/url"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/rules"
	"vidne.dk/vidne/internal/register"
)

// camerasPart is the cameras of the application, and those of the places that
// can be chosen.
type camerasPart struct {
	Grid   *page.Grid
	Empty  string
	Choose *chooseForm
}

type chooseForm struct {
	Action string
	Groups []fds.Choices
	Name   fds.Field
	Place  fds.Field
	Button fds.Button
}

func (v *visit) camerasPart(look dossier.View, app casework.Application) (*camerasPart, error) {
	part := &camerasPart{Grid: v.camerasGrid(look, app, true)}
	if part.Grid == nil {
		part.Empty = v.T("casecams.none")
	}
	if !writes(look) {
		return part, nil
	}
	f := &chooseForm{Action: path(look.Case, "/kameraer"), Button: fds.Button{Kind: "secondary", Text: v.T("casecams.choose.button")}}
	f.Place = v.Field(fds.Field{ID: "nyt-sted", Name: "nyt-sted", Type: "select"}, "casecams.new.place")
	for _, id := range look.Case.Locations {
		l, err := v.Site.Register.Location(v.Ctx, look.Case.Controller, id)
		if err != nil {
			return nil, err
		}
		f.Place.Choices = append(f.Place.Choices, fds.Choice{Value: l.ID, Text: l.Name})
		cams, _, err := v.Site.Register.Cameras(v.Ctx, register.Query{Controller: look.Case.Controller, Location: id})
		if err != nil {
			return nil, err
		}
		g := fds.Choices{ID: "kamera-" + id, Name: "kamera", Legend: l.Name, Many: true}
		for _, c := range cams {
			g.Items = append(g.Items, fds.Choice{Value: c.ID, Text: c.Name, Hint: join(c.Mounting, c.Direction),
				On: slices.ContainsFunc(app.Cameras, func(w casework.Wanted) bool { return w.Camera == c.ID })})
		}
		if len(g.Items) > 0 {
			f.Groups = append(f.Groups, g)
		}
	}
	f.Name = v.Field(fds.Field{ID: "nyt-navn", Name: "nyt-navn", MaxLength: 100, Optional: true, Spellcheck: true}, "casecams.new.name")
	part.Choose = f
	return part, nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// camerasGrid is the cameras as a table; nil when there are none.
func (v *visit) camerasGrid(look dossier.View, app casework.Application, todo bool) *page.Grid {
	if len(app.Cameras) == 0 {
		return nil
	}
	inForce := v.s.Law.At(v.Now)
	g := page.NewGrid(v.T("casecams.table"), v.T("casecams.name"), v.T("casecams.place"), v.T("casecams.purpose"), v.T("casecams.basis"), v.T("casecams.hours"))
	for _, w := range app.Cameras {
		place, basis, hours := "", "", ""
		if p, ok := inForce.Place(w.Place); ok {
			place = p.Name.In(string(v.Lang))
		}
		if b, ok := inForce.Basis(w.Basis); ok {
			basis = b.Cite
		}
		for _, h := range app.Hours {
			if h.ID == w.Pattern {
				hours = h.Name
			}
		}
		name := page.Cell{Href: path(look.Case, "/kameraer/"+w.Camera), Text: w.Name}
		if todo {
			refuses := 0
			for _, list := range look.Facts.Missing {
				for _, m := range list {
					if m.Camera == w.Camera && m.Refuses {
						refuses++
					}
				}
			}
			name.Badge = &fds.Badge{Tone: fds.Success, Text: v.T("task.done")}
			if refuses > 0 {
				name.Badge = &fds.Badge{Tone: fds.Info, Text: v.N("task.lacks", int64(refuses))}
			}
		}
		g.Add(name, page.Cell{Text: place}, page.Cell{Text: w.Purpose}, page.Cell{Text: basis}, page.Cell{Text: hours})
	}
	return g
}

// chooseCameras takes cameras of the register into the application, and
// enters a planned one. Being there lets no camera record.
func (p *Screens) chooseCameras(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	if !writes(look) {
		return fault.New(fault.Conflict, "case.sent", "case %s is being decided on", look.Case.ID)
	}
	task := v.taskKind(look, casework.TaskCameras)
	chosen := in["kamera"]
	if name := clean(in.Get("nyt-navn")); name != "" {
		at := in.Get("nyt-sted")
		if !slices.Contains(look.Case.Locations, at) {
			return fault.New(fault.Invalid, "register.location", "%.40q is no place of case %s", at, look.Case.ID)
		}
		id, err := p.Register.NewID(v.Ctx, "cameras", at, name)
		if err != nil {
			return err
		}
		if err := p.Register.AddCamera(v.Ctx, register.Camera{ID: id, Controller: look.Case.Controller, Location: at, Name: name, Engine: p.EngineID}, v.Person.ID); err != nil {
			return err
		}
		chosen = append(chosen, id)
	}
	var list []casework.Wanted
	for _, w := range look.Draft.Application.Cameras {
		if slices.Contains(chosen, w.Camera) {
			list = append(list, w)
		}
	}
	for _, id := range chosen {
		if slices.ContainsFunc(list, func(w casework.Wanted) bool { return w.Camera == id }) {
			continue
		}
		w, err := p.wanted(v, look, id)
		if err != nil {
			return err
		}
		list = append(list, w)
	}
	if _, err := p.Cases.SaveDraft(v.Ctx, look.Case.Controller, look.Case.ID, dossier.Edit{Base: look.Draft.Version, Cameras: &list}, v.who()); err != nil {
		return err
	}
	return v.See(path(look.Case, "/ansoegning/"+task+"?besked=kladde-gemt"))
}

// wanted begins what is applied for from what the register knows.
func (p *Screens) wanted(v *visit, look dossier.View, id string) (casework.Wanted, error) {
	c, err := p.Register.Camera(v.Ctx, look.Case.Controller, id)
	if err != nil {
		return casework.Wanted{}, err
	}
	if !slices.Contains(look.Case.Locations, c.Location) {
		return casework.Wanted{}, fault.New(fault.Invalid, "register.location", "camera %s is at no place of case %s", id, look.Case.ID)
	}
	l, err := p.Register.Location(v.Ctx, look.Case.Controller, c.Location)
	if err != nil {
		return casework.Wanted{}, err
	}
	return casework.Wanted{Camera: c.ID, Name: c.Name, Location: c.Location, Cadastre: l.Cadastre, Area: c.Area, Place: c.PlaceKind, Purpose: c.Purpose,
		PurposeKind: c.PurposeKind, Basis: c.BasisID, Activity: l.Activity, Recording: true, Functionality: c.Function, Quality: c.Quality, Mounting: c.Mounting, Direction: c.Direction}, nil
}

// taskKind is the task of a kind, for the way back.
func (v *visit) taskKind(look dossier.View, kind string) string {
	for i := range look.Process.Tasks {
		if look.Process.Tasks[i].Kind == kind {
			return look.Process.Tasks[i].ID
		}
	}
	return ""
}

func findCamera(app casework.Application, id string) (casework.Wanted, bool) {
	i := slices.IndexFunc(app.Cameras, func(w casework.Wanted) bool { return w.Camera == id })
	if i < 0 {
		return casework.Wanted{}, false
	}
	return app.Cameras[i], true
}

func (p *Screens) camera(v *visit, look dossier.View) error {
	w, ok := findCamera(shown(look), v.R.PathValue("kamera"))
	if !ok {
		return fault.New(fault.NotFound, "camera.unknown", "camera %.40q is not in case %s", v.R.PathValue("kamera"), look.Case.ID)
	}
	// What the guide to legal bases found comes by the address, and is kept when
	// it is saved.
	found, basis, carried := rules.Chosen(v.R.URL.Query())
	if carried = carried && writes(look); carried {
		w.Place, w.Activity, w.PurposeKind, w.Recording, w.Basis, w.Affirmed = found.Place, found.Activity, found.Purpose, found.Recording, basis, nil
	}
	f, err := v.cameraForm(look, w)
	if err != nil {
		return err
	}
	pg := v.cameraPage(look, w, f.Fill(ofWanted(w)))
	if carried {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Heading: v.T("find.carried"), Text: v.T("find.carried.text")})
	}
	return v.ShowForm(pg)
}

// ofWanted is a camera as the form has it.
func ofWanted(w casework.Wanted) url.Values {
	yes := func(b bool) string {
		if b {
			return casework.Yes
		}
		return casework.No
	}
	return url.Values{"sted": {w.Place}, "aktivitet": {w.Activity}, "slags": {w.PurposeKind}, "formaal": {w.Purpose}, "optager": {yes(w.Recording)}, "hjemmel": {w.Basis},
		"betingelser": w.Affirmed, "samtykke-af": {w.Extra[casework.ExtraConsentBy]}, "samtykke": {w.Extra[casework.ExtraConsent]}, "omraade": {w.Area},
		"tidsrum": {w.Pattern}, "lyd": {yes(w.Sound)}, "funktion": {w.Functionality}, "kvalitet": {w.Quality}, "lagring": {w.Storage}, "montering": {w.Mounting}, "retning": {w.Direction}}
}

// situation is what a basis is sought for.
func (v *visit) situation(w casework.Wanted) law.Situation {
	return law.Situation{Controller: v.Controller.Kind, Activity: w.Activity, Place: w.Place, Purpose: w.PurposeKind, Recording: w.Recording}
}

// cameraForm asks of one camera what H 2.3 A and 4.2 ask, with the bases that
// can apply to what was said of place and purpose.
func (v *visit) cameraForm(look dossier.View, w casework.Wanted) (*page.Form, error) {
	inForce, lang := v.s.Law.At(v.Now), string(v.Lang)
	f := v.NewForm("wanted").Section("place")
	places := []fds.Choice{{Text: v.T("wanted.choose")}}
	for _, x := range inForce.Places() {
		places = append(places, fds.Choice{Value: x.ID, Text: x.Name.In(lang)})
	}
	f.Select("sted", places...)
	areas, err := v.Site.Register.Areas(v.Ctx, look.Case.Controller, w.Location)
	if err != nil {
		return nil, err
	}
	if len(areas) > 0 {
		list := []fds.Choice{{Text: v.T("wanted.area.none")}}
		for _, a := range areas {
			list = append(list, fds.Choice{Value: a.ID, Text: a.Name})
		}
		f.Select("omraade", list...)
	}
	acts := []fds.Choice{{Text: v.T("wanted.activity.none")}}
	for _, x := range inForce.Activities() {
		acts = append(acts, fds.Choice{Value: x.ID, Text: x.Name.In(lang)})
	}
	f.Select("aktivitet", acts...)
	f.Text("montering", 300, true).Text("retning", 300, true)
	f.Section("purpose")
	f.Radio("slags", fds.Choice{Value: law.PurposeCrime, Text: v.T("wanted.slags.crime")}, fds.Choice{Value: law.PurposeSafety, Text: v.T("wanted.slags.safety")}, fds.Choice{Value: law.PurposeOther, Text: v.T("wanted.slags.other")})
	f.Area("formaal", 2000, 3, true)
	f.Radio("optager", fds.Choice{Value: casework.Yes, Text: v.T("wanted.optager.yes")}, fds.Choice{Value: casework.No, Text: v.T("wanted.optager.no")})
	f.Section("basis")
	candidates, refused := inForce.Candidates(v.situation(w))
	var bases []fds.Choice
	for _, c := range candidates {
		bases = append(bases, fds.Choice{Value: c.Basis.ID, Text: c.Basis.Cite, Hint: c.Basis.Says.In(lang)})
	}
	if len(bases) > 0 {
		f.Radio("hjemmel", bases...)
	}
	for _, c := range candidates {
		if c.Basis.ID != w.Basis || len(c.Conditions) == 0 {
			continue
		}
		var boxes []fds.Choice
		for _, x := range c.Conditions {
			boxes = append(boxes, fds.Choice{Value: x.ID, Text: x.Text.In(lang), Hint: x.Cite})
		}
		f.Checks("betingelser", boxes...)
	}
	if len(bases) == 0 && w.Place != "" && len(refused) > 0 {
		f.Fail("sted", refused[0].Text.In(lang)+" ("+refused[0].Cite+")")
	}
	if pl, ok := inForce.Place(w.Place); ok && pl.Closed {
		f.Select("samtykke-af", fds.Choice{Text: v.T("wanted.choose")}, fds.Choice{Value: law.ConsentPerson, Text: v.T("wanted.consent.person")}, fds.Choice{Value: law.ConsentPlace, Text: v.T("wanted.consent.place")})
		f.Area("samtykke", 2000, 3, true)
	}
	f.Section("manner")
	hours := []fds.Choice{{Text: v.T("wanted.choose")}}
	for _, h := range shown(look).Hours {
		hours = append(hours, fds.Choice{Value: h.ID, Text: h.Name})
	}
	f.Select("tidsrum", hours...)
	f.Radio("lyd", fds.Choice{Value: casework.No, Text: v.T("wanted.lyd.no")}, fds.Choice{Value: casework.Yes, Text: v.T("wanted.lyd.yes")})
	return f.Area("funktion", 1000, 2, true).Area("kvalitet", 1000, 2, true).Area("lagring", 1000, 2, true), nil
}

func (v *visit) cameraPage(look dossier.View, w casework.Wanted, f *page.Form) *page.FormPage {
	task := v.taskKind(look, casework.TaskCameras)
	crumbs := append(v.crumbs(look.Case), fds.Link{Href: path(look.Case, "/ansoegning"), Text: v.T("tasks.title")}, fds.Link{Href: path(look.Case, "/ansoegning/"+task), Text: v.T("casecams.back")})
	pg := v.NewFormPage(f, crumbs, w.Name)
	pg.Hidden = []fds.Choice{{Text: "base", Value: itoa(look.Draft.Version)}}
	pg.Alert = v.locked(look)
	if writes(look) {
		here := path(look.Case, "/kameraer/"+w.Camera)
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("find.doubt"), Text: v.T("find.doubt.text"),
			Links: []fds.Link{{Href: rules.AddressFor(here, v.situation(w)), Text: v.T("find.title")}}}
	}
	v.Said(&pg.Shell)
	for _, list := range look.Facts.Missing {
		for _, m := range list {
			if m.Camera == w.Camera && (m.Refuses || m.Cite != "") {
				tone := fds.Info
				if m.Refuses {
					tone = fds.Warning
				}
				pg.Notes = append(pg.Notes, fds.Alert{Tone: tone, Heading: v.text(m.Text), Text: m.Cite})
			}
		}
	}
	return pg
}

func (p *Screens) saveCamera(v *visit, look dossier.View) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	w, ok := findCamera(look.Draft.Application, v.R.PathValue("kamera"))
	if !ok || !writes(look) {
		return fault.New(fault.Conflict, "case.sent", "camera %.40q of case %s cannot be written", v.R.PathValue("kamera"), look.Case.ID)
	}
	before := w
	w.Place, w.Area, w.Activity, w.PurposeKind, w.Purpose = in.Get("sted"), in.Get("omraade"), in.Get("aktivitet"), in.Get("slags"), clean(in.Get("formaal"))
	w.Recording, w.Basis, w.Affirmed = in.Get("optager") != casework.No, in.Get("hjemmel"), slices.Sorted(slices.Values(in["betingelser"]))
	w.Pattern, w.Sound = in.Get("tidsrum"), in.Get("lyd") == casework.Yes
	w.Functionality, w.Quality, w.Storage = clean(in.Get("funktion")), clean(in.Get("kvalitet")), clean(in.Get("lagring"))
	w.Mounting, w.Direction = clean(in.Get("montering")), clean(in.Get("retning"))
	if in.Has("samtykke-af") {
		w.Extra = map[string]string{casework.ExtraConsentBy: in.Get("samtykke-af"), casework.ExtraConsent: clean(in.Get("samtykke"))}
	}
	// A basis that cannot apply to the place any more is no answer to it.
	list, _ := v.s.Law.At(v.Now).Candidates(v.situation(w))
	if !slices.ContainsFunc(list, func(c law.Candidate) bool { return c.Basis.ID == w.Basis }) {
		w.Basis, w.Affirmed = "", nil
	}
	all := slices.Clone(look.Draft.Application.Cameras)
	for i := range all {
		if all[i].Camera == w.Camera {
			all[i] = w
		}
	}
	base := atoi(in.Get("base"))
	if _, err := p.Cases.SaveDraft(v.Ctx, look.Case.Controller, look.Case.ID, dossier.Edit{Base: base, Cameras: &all}, v.who()); err != nil {
		return err
	}
	if before.Place != w.Place || before.PurposeKind != w.PurposeKind || before.Basis != w.Basis || before.Activity != w.Activity || before.Recording != w.Recording {
		// The next questions depend on these answers.
		return v.See(path(look.Case, "/kameraer/"+w.Camera+"?besked=kamera-naeste#hjemmel"))
	}
	return v.See(path(look.Case, "/ansoegning/"+v.taskKind(look, casework.TaskCameras)+"?besked=kladde-gemt"))
}
