package places

import (
	"net/http"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// placeFacts is what a location's page is made of.
type placeFacts struct {
	administration string
	areas          []register.Area
	cameras        []register.Camera
	holders        []register.Holder
	people         []authorisation.Held
	lookers        page.Lookers
	agreements     []register.ServiceAgreement
	suppliers      map[string]string
	orders         []register.PoliceOrder
	polcam         register.Polcam
	changes        []register.PolcamChange
	happened       page.Happened
	engine         state.Now
}

func (p *Screens) place(v *visit) error {
	f, err := p.placeFacts(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.placePage(f))
}

func (p *Screens) placeFacts(v *visit) (f placeFacts, err error) {
	l, controller := v.location, v.Person.Controller
	f.engine = p.State.Get(v.Ctx)
	a, err := p.Register.Administration(v.Ctx, controller, l.Administration)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return f, err
	}
	f.administration = a.Name
	if f.areas, err = p.Register.Areas(v.Ctx, controller, l.ID); err != nil {
		return f, err
	}
	if f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: controller, Location: l.ID}); err != nil {
		return f, err
	}
	if f.holders, err = p.Register.Holders(v.Ctx, controller, "", l.Administration, l.ID); err != nil {
		return f, err
	}
	if f.people, err = p.Rights.At(v.Ctx, controller, l.ID); err != nil {
		return f, err
	}
	if f.agreements, err = p.Register.Agreements(v.Ctx, controller, "", l.ID); err != nil {
		return f, err
	}
	if f.suppliers, err = p.supplierNames(v); err != nil {
		return f, err
	}
	orders, err := p.Register.Orders(v.Ctx, controller)
	if err != nil {
		return f, err
	}
	for _, o := range orders {
		if touchesPlace(o, l.ID, f.cameras) {
			f.orders = append(f.orders, o)
		}
	}
	f.polcam, f.changes, err = p.Register.Polcam(v.Ctx, controller, l.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return f, err
	}
	if f.lookers, err = v.Lookers("", l.ID); err != nil {
		return f, err
	}
	f.happened, err = v.Happened(l.ID, 20)
	return f, err
}

func touchesPlace(o register.PoliceOrder, location string, cams []register.Camera) bool {
	if o.Touches(location, "") {
		return true
	}
	for _, c := range cams {
		if o.Touches(location, c.ID) {
			return true
		}
	}
	return false
}

func (v *visit) placePage(f placeFacts) *page.Record {
	l := v.location
	here := "/steder/" + l.ID
	pg := v.NewRecord(l.Name, v.T("location.lead"), v.crumbs()...)
	pg.Refresh = 5
	f.engine.Tell(v.Visit, &pg.Shell)
	v.Said(&pg.Shell)
	if !l.Shut.IsZero() {
		pg.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("places.state.shut", v.Date(l.Shut))}
		pg.Lead = l.ShutReason
	}
	edits := v.edits() && l.Shut.IsZero()
	if edits {
		pg.Actions = []fds.Link{{Href: here + "/kameraer/nyt", Text: v.T("place.camera.new")}, {Href: here + "/ret", Text: v.T("place.edit")}}
	}
	if l.Shut.IsZero() && len(f.cameras) > 0 && v.May(access.ReportBreach, access.Object{Controller: l.Controller, Location: l.ID}) {
		pg.Actions = append(pg.Actions, fds.Link{Href: here + "/stop-og-meld", Text: v.T("breach.call.link")})
	}
	pg.Add(v.camerasSection(f))
	pg.Add(page.Section{ID: "fakta", Heading: v.T("location.facts"), List: v.placeList(f), Half: true})
	pg.Add(v.openingSection())
	pg.Add(v.areasSection(f, edits))
	pg.Add(v.accessSection(f))
	pg.Add(v.lookedSection(f.lookers))
	pg.Add(v.holdersSection(f))
	pg.Add(v.suppliersSection(f))
	pg.Add(v.policeSection(f))
	pg.Add(v.polcamSection(f))
	pg.Happened = &f.happened
	return pg
}

func (v *visit) placeList(f placeFacts) *fds.StructuredList {
	l := v.location
	list := &fds.StructuredList{Caption: v.T("location.facts")}
	admin := f.administration
	if admin == "" {
		admin = l.Administration
	}
	fact(list, v.T("location.address"), l.Address)
	fact(list, v.T("location.cadastre"), l.Cadastre)
	if l.Position.Known() {
		fact(list, v.T("place.position"), v.T("place.position.text", v.degrees(l.Position.Lat), v.degrees(l.Position.Lon)))
	}
	fact(list, v.T("location.administration"), admin)
	fact(list, v.T("place.activity"), kindName(v, v.rules().Activities(), l.Activity))
	fact(list, v.T("location.manager"), l.Manager)
	fact(list, v.T("location.manager.contact"), l.ManagerContact)
	return list
}

func (v *visit) camerasSection(f placeFacts) page.Section {
	s := page.Section{ID: "kameraer", Heading: v.T("location.cameras"), Live: true}
	if len(f.cameras) == 0 {
		s.Empty = v.T("location.cameras.none")
		return s
	}
	areas := map[string]string{}
	for _, a := range f.areas {
		areas[a.ID] = a.Name
	}
	s.Grid = page.NewGrid(v.T("location.cameras"), v.T("cameras.column.camera"), v.T("cameras.column.state"), v.T("place.kind"), v.T("cameras.column.coverage"))
	for _, c := range f.cameras {
		r := state.RowOf(v.Visit, c, f.engine)
		badge := r.State.Badge
		cell := page.Cell{Badge: &badge, Icon: r.State.Icon, Quiet: r.State.Next}
		if r.State.Why != "" {
			cell.More = []string{r.State.Why + " " + r.State.Do}
		}
		s.Grid.Lines = append(s.Grid.Lines, page.Line{ID: "kamera-" + c.ID, Cells: []page.Cell{
			{Href: r.Href, Text: c.Name, Quiet: areas[c.Area]}, cell, {Text: v.placeKind(c.PlaceKind)}, {Text: r.Coverage}}})
	}
	return s
}

func (v *visit) openingSection() page.Section {
	s := page.Section{ID: "aabningstid", Heading: v.T("place.opening"), Half: true}
	h := v.location.Opening
	if h.IsZero() {
		s.Empty = v.T("place.opening.none")
		return s
	}
	s.List = &fds.StructuredList{Caption: s.Heading}
	for i, day := range v.Weekdays() {
		s.List.Rows = append(s.List.Rows, fds.Row{Term: day, Text: v.spans(h.Week[i])})
	}
	for _, d := range h.Dates {
		if d.Date < page.FormDate(v.Now) {
			continue
		}
		term := d.Date
		if t, err := page.LocalDate(d.Date); err == nil {
			term = v.Date(t)
		}
		row := fds.Row{Term: term, Text: v.spans(d.Spans)}
		if d.Name != "" {
			row.Text = d.Name + ": " + row.Text
		}
		s.List.Rows = append(s.List.Rows, row)
	}
	return s
}

// spans are the windows of a day in words.
func (v *visit) spans(all permit.Spans) string {
	text := ""
	for _, w := range all {
		if text != "" {
			text += ", "
		}
		text += v.T("place.opening.span", v.wall(w.From), v.wall(w.To))
	}
	if text == "" {
		return v.T("place.opening.closed")
	}
	return text
}

func (v *visit) areasSection(f placeFacts, edits bool) page.Section {
	here := "/steder/" + v.location.ID + "/omraader/"
	s := page.Section{ID: "omraader", Heading: v.T("place.areas"), Half: true}
	if len(f.areas) == 0 {
		s.Empty = v.T("place.areas.none")
	} else {
		s.Grid = page.NewGrid(s.Heading, v.T("place.area"), v.T("place.kind"))
		for _, a := range f.areas {
			c := page.Cell{Text: a.Name, Quiet: a.Description}
			if edits {
				c.Href = here + a.ID
			}
			s.Grid.Add(c, page.Cell{Text: v.placeKind(a.PlaceKind)})
		}
	}
	if edits {
		s.Links = []fds.Link{{Href: here + "nyt", Text: v.T("place.area.new")}}
	}
	return s
}

func (v *visit) accessSection(f placeFacts) page.Section {
	s := page.Section{ID: "adgang", Heading: v.T("access.title"), Lead: v.T("access.lead"), Half: true}
	if len(f.people) == 0 {
		s.Empty = v.T("access.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("place.person"), v.T("place.form"), v.T("place.designated"), v.T("place.instructed"))
	opens := v.May(access.SeeAuthorisations, access.Object{})
	for _, h := range f.people {
		name, until := page.Cell{Text: h.Name}, v.T("access.until.date", v.Date(h.Until))
		if h.DeputyName != "" {
			name.Quiet = v.T("access.deputy", h.DeputyName)
		}
		if h.Lapses {
			until = v.T("access.until.confirmed", v.Date(h.Until))
		}
		form := page.Cell{Text: v.T("access.form", h.Number)}
		if opens || h.Person == v.Person.ID {
			form.Href = "/rettigheder/" + h.Form
		}
		s.Grid.Add(name, form, page.Cell{Text: v.Date(h.Since), Quiet: until}, page.Cell{Text: v.Date(h.Read)})
	}
	return s
}

func (v *visit) holdersSection(f placeFacts) page.Section {
	s := page.Section{ID: "roller", Heading: v.T("place.holders")}
	if len(f.holders) == 0 {
		s.Empty = v.T("place.holders.none")
	} else {
		s.Grid = v.holderGrid(f.holders, nil, false)
	}
	if v.edits() {
		s.Links = []fds.Link{{Href: "/organisation/roller/ny?sted=" + v.location.ID, Text: v.T("holder.new")}}
	}
	return s
}

func (v *visit) suppliersSection(f placeFacts) page.Section {
	s := page.Section{ID: "leverandoerer", Heading: v.T("suppliers.title"), Half: true}
	if len(f.agreements) == 0 {
		s.Empty = v.T("place.suppliers.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("suppliers.column.name"), v.T("agreement.what"), v.T("agreement.dates"))
	for _, a := range f.agreements {
		s.Grid.Add(page.Cell{Href: "/leverandoerer/" + a.Supplier, Text: f.suppliers[a.Supplier]}, page.Cell{Text: a.What}, v.term(a))
	}
	return s
}

func (v *visit) policeSection(f placeFacts) page.Section {
	s := page.Section{ID: "politi", Heading: v.T("police.title"), Half: true}
	if len(f.orders) == 0 {
		s.Empty = v.T("place.police.none")
		return s
	}
	s.Grid = page.NewGrid(s.Heading, v.T("police.column.kind"), v.T("police.column.dated"), v.T("police.column.state"))
	for _, o := range f.orders {
		badge := v.orderBadge(o)
		s.Grid.Add(page.Cell{Href: "/politi/" + o.ID, Text: v.T("police.kind." + o.Kind), Quiet: o.Reference}, page.Cell{Text: v.Date(o.Dated)}, page.Cell{Badge: &badge})
	}
	return s
}

func (v *visit) polcamSection(f placeFacts) page.Section {
	s := page.Section{ID: "polcam", Heading: v.T("polcam.title"), Half: true}
	here := "/steder/" + v.location.ID
	if f.polcam.Duty == "" {
		s.Empty = v.T("polcam.none")
		if v.edits() {
			s.Links = []fds.Link{{Href: here + "/polcam", Text: v.T("polcam.decide")}}
		}
		return s
	}
	st := f.polcam.State(f.changes, v.Now)
	row := fds.Row{Term: v.T("polcam.state"), Badge: &fds.Badge{Tone: polcamTone(st), Text: v.T("polcam.state." + string(st))}}
	list := &fds.StructuredList{Caption: s.Heading, Rows: []fds.Row{row}}
	fact(list, v.T("polcam.why"), f.polcam.Why)
	for _, d := range []struct {
		key string
		at  time.Time
	}{{"commissioned", f.polcam.Commissioned}, {"due", f.polcam.Due}, {"registered", f.polcam.Registered}} {
		if !d.at.IsZero() {
			fact(list, v.T("polcam."+d.key), v.Date(d.at))
		}
	}
	fact(list, v.T("polcam.contact"), join(f.polcam.Contact, f.polcam.Phone, f.polcam.Email))
	if f.polcam.Receipt != "" {
		list.Rows = append(list.Rows, fds.Row{Term: v.T("polcam.receipt"), Link: &fds.Link{Href: here + "/polcam/kvittering", Text: v.T("polcam.receipt.see")}})
	}
	s.List = list
	open := 0
	for _, c := range f.changes {
		if !c.Settled.IsZero() {
			continue
		}
		open++
		row := fds.Row{Term: v.T("polcam.change", v.Date(c.At)), Text: v.polcamChanged(c), More: []string{v.T("polcam.change.due", v.Date(c.Due)), v.polcamWants(c.Kind)}}
		if v.edits() && !v.Controller.PolcamEvery && c.Kind != register.PolcamShut {
			row.Link = &fds.Link{Href: here + "/polcam/aendringer/" + strconv.FormatInt(c.ID, 10), Text: v.T("polcam.waive.link")}
		}
		list.Rows = append(list.Rows, row)
	}
	if v.edits() {
		s.Links = []fds.Link{{Href: here + "/polcam", Text: v.T("polcam.edit")}}
		if open > 0 || f.polcam.Duty != register.PolcamNot && f.polcam.Registered.IsZero() {
			s.Links = append([]fds.Link{{Href: here + "/polcam/registreret", Text: v.T("polcam.done.link")}}, s.Links...)
		}
	}
	if open > 0 {
		s.Alert = &fds.Alert{Tone: fds.Warning, Text: v.N("polcam.changes", int64(open))}
	}
	return s
}

func polcamTone(s register.PolcamState) fds.Tone {
	switch s {
	case register.PolcamOverdue, register.PolcamChangeOverdue, register.PolcamLeaveLate:
		return fds.Error
	case register.PolcamDue, register.PolcamChangeDue, register.PolcamLeave:
		return fds.Warning
	case register.PolcamRegistered:
		return fds.Success
	}
	return fds.Plain
}

// join puts what there is on one line.
func join(parts ...string) string {
	text := ""
	for _, p := range parts {
		if p != "" && text != "" {
			text += ", "
		}
		text += p
	}
	return text
}
