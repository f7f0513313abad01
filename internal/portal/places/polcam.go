package places

import (
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

const polcamPath = "/polcam"

// polcamKind is the kind of document that a receipt of the police is kept as.
const polcamKind = "polcam-receipt"

// polcamRow is a place in the list: what is decided of it, and what is open.
type polcamRow struct {
	place   register.Location
	polcam  register.Polcam // zero: nothing is decided
	changes []register.PolcamChange
}

func (p *Screens) polcams(v *visit) error {
	c := v.Person.Controller
	all, open, err := p.Register.Polcams(v.Ctx, c)
	if err != nil {
		return err
	}
	places, err := p.Register.Locations(v.Ctx, c)
	if err != nil {
		return err
	}
	cameras, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: c, Brief: true})
	if err != nil {
		return err
	}
	return v.Show(200, v.polcamsPage(polcamRows(places, cameras, all, open)))
}

// polcamRows are the places with cameras, and those that the police still have.
func polcamRows(places []register.Location, cameras []register.Camera, all []register.Polcam, open []register.PolcamChange) (out []polcamRow) {
	for _, l := range places {
		r := polcamRow{place: l}
		if i := slices.IndexFunc(all, func(x register.Polcam) bool { return x.Location == l.ID }); i >= 0 {
			r.polcam = all[i]
		}
		for _, c := range open {
			if c.Location == l.ID {
				r.changes = append(r.changes, c)
			}
		}
		if slices.ContainsFunc(cameras, func(c register.Camera) bool { return c.Location == l.ID }) || len(r.changes) > 0 || !r.polcam.Registered.IsZero() {
			out = append(out, r)
		}
	}
	return out
}

func (v *visit) polcamsPage(rows []polcamRow) *page.Record {
	pg := v.NewRecord(v.T("polcams.title"), v.T("polcams.lead"))
	pg.Tabs = v.Fronts(page.Places)
	v.Said(&pg.Shell)
	if len(rows) > 0 {
		pg.Actions = []fds.Link{{Href: polcamPath + "/ark/xlsx", Text: v.T("polcams.xlsx")}, {Href: polcamPath + "/ark/csv", Text: v.T("polcams.csv")}}
	}
	pg.Add(page.Section{ID: "selv", Heading: v.T("polcams.self"), Lead: v.T("polcams.self.text")})
	s := page.Section{ID: "steder", Heading: v.T("polcams.places"), Empty: v.T("polcams.none")}
	if len(rows) > 0 {
		s.Empty, s.Grid = "", page.NewGrid(s.Heading, v.T("polcams.column.place"), v.T("polcams.column.duty"), v.T("polcams.column.due"), v.T("polcams.column.state"))
	}
	for _, r := range rows {
		s.Grid.Add(v.polcamCells(r)...)
	}
	pg.Add(s)
	pg.Add(v.polcamRules())
	return pg
}

// polcamRules are the changes that are to be told, and what wants each of them.
func (v *visit) polcamRules() page.Section {
	s := page.Section{ID: "aendringer", Heading: v.T("polcams.changes"), Lead: v.T("polcams.changes." + map[bool]string{true: "every", false: "law"}[v.Controller.PolcamEvery])}
	s.Grid = page.NewGrid(s.Heading, v.T("polcams.changes.column.change"), v.T("polcams.changes.column.wants"), v.T("polcams.changes.column.why"))
	for _, x := range v.rules().PolcamChanges() {
		s.Grid.Add(page.Cell{Text: v.T("polcam.change." + x.ID)}, page.Cell{Text: v.polcamWants(x.ID), Quiet: x.Cite}, page.Cell{Text: x.Why.In(v.lang())})
	}
	return s
}

// polcamWants says whether the law wants a kind of change told, or the controller's
// process alone, or nobody.
func (v *visit) polcamWants(kind string) string {
	switch {
	case v.rules().Substantial(kind):
		return v.T("polcam.wants.law")
	case v.Controller.PolcamEvery:
		return v.T("polcam.wants.process")
	}
	return v.T("polcam.wants.nobody")
}

func (v *visit) polcamCells(r polcamRow) []page.Cell {
	place := page.Cell{Href: "/steder/" + r.place.ID + "#polcam", Text: r.place.Name, Quiet: r.place.Address}
	if r.polcam.Duty == "" {
		return []page.Cell{place, {Text: v.T("polcams.undecided")}, {}, {Badge: &fds.Badge{Tone: fds.Warning, Text: v.T("polcams.state.undecided")}}}
	}
	st := r.polcam.State(r.changes, v.Now)
	due := page.Cell{}
	switch {
	case st == register.PolcamRegistered || st == register.PolcamNeedless || st == register.PolcamLeft:
	case len(r.changes) > 0 && !r.polcam.Registered.IsZero():
		due.Text = v.Date(r.changes[0].Due)
		for _, c := range r.changes {
			due.More = append(due.More, v.polcamChanged(c)+" ("+v.polcamWants(c.Kind)+")")
		}
	case !r.polcam.Due.IsZero():
		due.Text = v.Date(r.polcam.Due)
	}
	return []page.Cell{place, {Text: v.T("polcam.duty." + r.polcam.Duty), Quiet: r.polcam.Why}, due, {Badge: &fds.Badge{Tone: polcamTone(st), Text: v.T("polcam.state." + string(st))}}}
}

func (v *visit) polcamChanged(c register.PolcamChange) string {
	return v.T("polcam.change."+c.Kind) + ": " + c.What
}

// polcamSheet is the worksheet, in the order of the police's form.
func (p *Screens) polcamSheet(v *visit) error {
	name := map[string]string{"xlsx": "polcam.xlsx", "csv": "polcam.csv"}[v.R.PathValue("form")]
	if name == "" {
		return fault.New(fault.NotFound, "page.unknown", "no worksheet as %.10q", v.R.PathValue("form"))
	}
	days, err := p.keptDays(v)
	if err != nil {
		return err
	}
	t, err := p.Register.PolcamSheet(v.Ctx, v.Person.Controller, func(location string) int { return days[location] }, page.Zone())
	if err != nil {
		return err
	}
	return v.Sheet(name, t)
}

// keptDays is how long footage of each place is kept at most, by the permits in
// force.
func (p *Screens) keptDays(v *visit) (map[string]int, error) {
	cameras, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Brief: true})
	if err != nil {
		return nil, err
	}
	permits, err := p.Issuer.InForce(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	at := map[string]string{}
	for _, c := range cameras {
		at[c.ID] = c.Location
	}
	out := map[string]int{}
	for _, x := range permits {
		out[at[x.Camera]] = max(out[at[x.Camera]], wholeDays(x))
	}
	return out, nil
}

func wholeDays(p *permit.Permit) int { return (p.RetentionHours + 23) / 24 }

// polcamDuty is what the law says of a place, by where its cameras look: duty and
// reason.
func (v *visit) polcamDuty(cameras []register.Camera) (duty, why string) {
	var said law.Duty
	for _, c := range cameras {
		d := v.rules().Duties(c.BasisID, law.Situation{Controller: v.Controller.Kind, Place: c.PlaceKind, Purpose: c.PurposeKind})
		if said.ID == "" || d.Polcam.Holds {
			said = d.Polcam
		}
		if said.Holds {
			break
		}
	}
	switch {
	case said.ID == "":
		return "", ""
	case said.Holds:
		return register.PolcamRequired, said.Cite + ": " + said.Why.In(v.lang())
	}
	return register.PolcamVoluntary, said.Cite + ": " + said.Why.In(v.lang())
}

// polcamOf is what is decided of the place; a zero one where nothing is.
func (p *Screens) polcamOf(v *visit) (register.Polcam, []register.PolcamChange, error) {
	x, changes, err := p.Register.Polcam(v.Ctx, v.Person.Controller, v.location.ID)
	if fault.Is(err, fault.NotFound) {
		return register.Polcam{}, nil, nil
	}
	return x, changes, err
}

func (v *visit) polcamForm(x register.Polcam, cameras []register.Camera) *page.FormPage {
	f := v.NewForm("polcam.form")
	var duties []fds.Choice
	for _, d := range []string{register.PolcamRequired, register.PolcamVoluntary, register.PolcamNot} {
		duties = append(duties, fds.Choice{Value: d, Text: v.T("polcam.duty." + d), Hint: v.T("polcam.duty." + d + ".hint")})
	}
	f.Radio("pligt", duties...).Area("hvorfor", 1000, 3, false).Section("police").Text("placering", 500, true).Text("kontakt", 120, true).Text("telefon", 40, true).Text("mail", 120, true).Area("forhold", 1000, 2, true)
	duty, why := v.polcamDuty(cameras)
	in := url.Values{"pligt": {x.Duty}, "hvorfor": {x.Why}, "placering": {x.Placement}, "kontakt": {x.Contact}, "telefon": {x.Phone}, "mail": {x.Email}, "forhold": {x.Remarks}}
	if x.Duty == "" {
		in.Set("pligt", duty)
		in.Set("hvorfor", why)
		in.Set("kontakt", v.location.Manager)
	}
	pg := v.NewFormPage(f.Fill(in), v.crumbs(fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}))
	pg.Hidden = kept(x.Version)
	if why != "" {
		pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("polcam.law"), Text: why}
	}
	return pg
}

func (p *Screens) polcamCameras(v *visit) ([]register.Camera, error) {
	all, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Locations: []string{v.location.ID}})
	return all, err
}

func (p *Screens) editPolcam(v *visit) error {
	x, _, err := p.polcamOf(v)
	if err != nil {
		return err
	}
	cameras, err := p.polcamCameras(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.polcamForm(x, cameras))
}

func (p *Screens) savePolcam(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	x, _, err := p.polcamOf(v)
	if err != nil {
		return err
	}
	cameras, err := p.polcamCameras(v)
	if err != nil {
		return err
	}
	pg := v.polcamForm(x, cameras)
	f := pg.Form.Fill(in).Check()
	if !f.OK() {
		return v.ShowForm(pg)
	}
	next := register.Polcam{Location: v.location.ID, Controller: v.Person.Controller, Duty: f.Get("pligt"), Why: f.Get("hvorfor"), Cameras: x.Cameras, Placement: f.Get("placering"), Contact: f.Get("kontakt"), Phone: f.Get("telefon"),
		Email: f.Get("mail"), Remarks: f.Get("forhold"), Version: versionOf(in)}
	return v.saved(pg, p.Register.SetPolcam(v.Ctx, next, v.Person.ID), map[string]string{"polcam.duty": "pligt", "polcam.contact": "kontakt"}, "/steder/"+v.location.ID+"?besked=gemt#polcam")
}

func (v *visit) receiptForm(x register.Polcam) *page.FormPage {
	f := v.NewForm("polcam.done").Date("dato", false).Add(fds.Field{Type: "file", Name: "fil", Accept: ".pdf,.png,.jpg"})
	pg := v.NewFormPage(f.Fill(url.Values{"dato": {page.FormDate(v.Now)}}), v.crumbs(fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}))
	pg.Files, pg.Hidden = true, kept(x.Version)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("polcams.self"), Text: v.T("polcams.self.text")}
	return pg
}

// registrable is what the place's registration is, where there can be one.
func (p *Screens) registrable(v *visit) (register.Polcam, error) {
	x, changes, err := p.polcamOf(v)
	leaves := slices.ContainsFunc(changes, func(c register.PolcamChange) bool { return c.Kind == register.PolcamShut && c.Settled.IsZero() })
	if err == nil && (x.Duty == "" || x.Duty == register.PolcamNot && !leaves || p.Documents == nil) {
		err = fault.New(fault.Conflict, "polcam.duty", "%s is not to be registered", v.location.ID)
	}
	return x, err
}

func (p *Screens) donePolcam(v *visit) error {
	x, err := p.registrable(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.receiptForm(x))
}

func (p *Screens) savePolcamDone(v *visit) error {
	x, err := p.registrable(v)
	if err != nil {
		return err
	}
	doc := ""
	var refused error
	in, err := v.Upload(func(_ url.Values, file *multipart.Part) error {
		d, err := p.Documents.Add(v.Ctx, document.New{Controller: v.Person.Controller, Kind: polcamKind, Name: file.FileName(), By: v.Person.ID, Accept: []document.Type{document.PDF, document.JPEG, document.PNG}}, file)
		if fault.Is(err, fault.Invalid) {
			refused = err
			return nil
		}
		doc = d.ID
		return err
	})
	if err != nil {
		return err
	}
	pg := v.receiptForm(x)
	f := pg.Form.Fill(in)
	switch {
	case refused != nil:
		f.FailWith("fil", refused)
	case doc == "":
		f.Fail("fil", v.T("polcam.done.fil.missing"))
	}
	at := v.date(f, "dato")
	if f.OK() {
		if err = p.Register.RegisterPolcam(v.Ctx, v.Person.Controller, v.location.ID, versionOf(in), at, doc, v.Person.ID); err == nil {
			return v.See("/steder/" + v.location.ID + "?besked=gemt#polcam")
		}
	}
	if doc != "" { // nothing rests on it: the next attempt brings it again
		if rerr := p.Documents.Remove(v.Ctx, v.Person.Controller, doc, v.Person.ID); rerr != nil {
			return rerr
		}
	}
	if err != nil {
		return v.saved(pg, err, map[string]string{"polcam.receipt": "dato"}, "")
	}
	return v.ShowForm(pg)
}

// polcamReceipt gives the receipt of the police.
func (p *Screens) polcamReceipt(v *visit) error {
	x, _, err := p.polcamOf(v)
	if err != nil {
		return err
	}
	if x.Receipt == "" || p.Documents == nil {
		return fault.New(fault.NotFound, "document.unknown", "%s has no receipt", v.location.ID)
	}
	d, content, err := p.Documents.Read(v.Ctx, v.Person.Controller, x.Receipt)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	return document.Serve(v.W, d, content)
}

// change is the open change of the place that the address names.
func (p *Screens) polcamChange(v *visit) (c register.PolcamChange, err error) {
	_, changes, err := p.polcamOf(v)
	if err != nil {
		return c, err
	}
	n, _ := strconv.ParseInt(v.R.PathValue("nr"), 10, 64)
	i := slices.IndexFunc(changes, func(c register.PolcamChange) bool {
		return c.ID == n && c.Settled.IsZero() && c.Kind != register.PolcamShut
	})
	if i < 0 {
		return c, fault.New(fault.NotFound, "polcam.change", "no open change %.20q", v.R.PathValue("nr"))
	}
	return changes[i], nil
}

func (v *visit) waiveForm(c register.PolcamChange) *page.FormPage {
	pg := v.NewFormPage(v.NewForm("polcam.waive").Area("grund", 1000, 3, false), v.crumbs(fds.Link{Href: "/steder/" + v.location.ID, Text: v.location.Name}))
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.polcamChanged(c), Text: v.T("polcam.waive.law")}
	return pg
}

func (p *Screens) waivePolcam(v *visit) error {
	c, err := p.polcamChange(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.waiveForm(c))
}

func (p *Screens) saveWaived(v *visit) error {
	c, err := p.polcamChange(v)
	if err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.waiveForm(c)
	f := pg.Form.Fill(in).Check()
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.WaivePolcam(v.Ctx, v.Person.Controller, c.ID, f.Get("grund"), v.Person.ID), map[string]string{"polcam.reason": "grund"}, "/steder/"+v.location.ID+"?besked=gemt#polcam")
}
