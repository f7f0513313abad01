// Package places is the register as people see and keep it: locations with
// their areas and cameras, suppliers and their agreements, what the police
// have said, the controller and who acts for which body.
//
// What it promises: lists can be searched, sorted and taken home, and their
// choices stand in the address; of two people who edit the same thing the
// second is told and keeps what was typed; an import says row by row what it
// will do before it does it; every object shows its history.
//
// What it refuses: another controller's things, passwords in files, and to let
// anything record: being in the register is no permit.
package places

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of the register.
type Screens struct {
	*page.Site
	State     *state.Cache
	Law       *law.Book
	Processes *casework.Library
	Documents *document.Room // nil: no receipt of the police can be kept
}

// visit is a page's visit with what the route names.
type visit struct {
	*page.Visit
	s        *Screens
	location register.Location
	camera   register.Camera
	supplier register.Supplier
	order    register.PoliceOrder
}

func (p *Screens) visit(v *page.Visit) *visit {
	return &visit{v, p, page.Found[register.Location](v), page.Found[register.Camera](v), page.Found[register.Supplier](v), page.Found[register.PoliceOrder](v)}
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

// both are the two routes of a form's page.
func (p *Screens) both(path string, object func(*page.Visit) (access.Object, error), menu page.Entry, show, send func(*visit) error) []page.Route {
	return []page.Route{
		{Pattern: "GET " + path, Act: access.EditRegister, Object: object, Handle: p.on(show), Menu: menu},
		{Pattern: "POST " + path, Act: access.EditRegister, Object: object, Handle: p.on(send), Menu: menu},
	}
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	all := []page.Route{
		{Pattern: "GET /steder", Act: access.SeeRegister, Handle: p.on(p.list), Menu: page.Places, Front: "places.title"},
		{Pattern: "GET /steder/{location}", Act: access.SeeRegister, Object: p.ofLocation, Handle: p.on(p.place), Menu: page.Places},
		{Pattern: "GET /leverandoerer", Act: access.SeeRegister, Handle: p.on(p.suppliers), Menu: page.Places, Front: "suppliers.title", Rank: 2},
		{Pattern: "GET /leverandoerer/{supplier}", Act: access.SeeRegister, Object: p.ofSupplier, Handle: p.on(p.oneSupplier), Menu: page.Places},
		{Pattern: "POST /leverandoerer/{supplier}/kendt", Act: access.EditRegister, Object: p.ofSupplier, Handle: p.on(p.confirmPaper), Menu: page.Places},
		{Pattern: "GET /politi", Act: access.SeeRegister, Handle: p.on(p.orders), Menu: page.Places, Front: "police.title", Rank: 3},
		{Pattern: "GET /politi/{order}", Act: access.SeeRegister, Object: p.ofOrder, Handle: p.on(p.oneOrder), Menu: page.Places},
		{Pattern: "GET " + polcamPath, Act: access.SeeRegister, Handle: p.on(p.polcams), Menu: page.Places, Front: "polcam.title", Rank: 4},
		{Pattern: "GET " + polcamPath + "/ark/{form}", Act: access.SeeRegister, Handle: p.on(p.polcamSheet), Menu: page.Places},
		{Pattern: "GET /steder/{location}/polcam/kvittering", Act: access.SeeRegister, Object: p.ofLocation, Handle: p.on(p.polcamReceipt), Menu: page.Places},
		{Pattern: "GET /organisation", Act: access.SeeRegister, Handle: p.on(p.organisation), Menu: page.Admin, Front: "organisation.title"},
		{Pattern: "POST /organisation/roller/{holder}/afslut", Act: access.EditRegister, Handle: p.on(p.endHold), Menu: page.Admin, Fresh: identity.Fresh},
		{Pattern: "GET /steder/indlaes/skabelon.xlsx", Act: access.EditRegister, Handle: p.on(p.importTemplate), Menu: page.Places},
		{Pattern: "POST /kameraer/{camera}/forbindelse/undersoeg", Act: access.EditRegister, Object: p.ofCamera, Handle: p.on(p.probe), Menu: page.Places, Dear: page.Engines},
		{Pattern: "GET /steder/indlaes", Act: access.EditRegister, Handle: p.on(p.importForm), Menu: page.Places},
		{Pattern: "POST /steder/indlaes", Act: access.EditRegister, Handle: p.on(p.importCheck), Menu: page.Places, MaxBody: importSize},
		{Pattern: "POST /steder/indlaes/tag-ind", Act: access.EditRegister, Handle: p.on(p.importTake), Menu: page.Places, MaxBody: importSize},
	}
	for _, f := range [][]page.Route{
		p.both("/steder/nyt", nil, page.Places, p.newPlace, p.addPlace),
		p.both("/steder/{location}/ret", p.ofLocation, page.Places, p.editPlace, p.savePlace),
		p.both("/steder/{location}/omraader/nyt", p.ofLocation, page.Places, p.newArea, p.addArea),
		p.both("/steder/{location}/omraader/{area}", p.ofLocation, page.Places, p.editArea, p.saveArea),
		p.both("/steder/{location}/kameraer/nyt", p.ofLocation, page.Places, p.newCamera, p.addCamera),
		p.both("/kameraer/{camera}/ret", p.ofCamera, page.Places, p.editCamera, p.saveCamera),
		p.both("/kameraer/{camera}/forbindelse", p.ofCamera, page.Places, p.connection, p.connect),
		p.both("/kameraer/{camera}/ibrugtaget", p.ofCamera, page.Places, p.editUse, p.saveUse),
		p.both("/steder/soeg-kameraer", nil, page.Places, p.networkForm, p.search),
		p.both("/steder/soeg-kameraer/tag-ind", nil, page.Places, p.enterFound, p.takeFound),
		p.both("/steder/{location}/polcam", p.ofLocation, page.Places, p.editPolcam, p.savePolcam),
		p.both("/steder/{location}/polcam/registreret", p.ofLocation, page.Places, p.donePolcam, p.savePolcamDone),
		p.both("/steder/{location}/polcam/aendringer/{nr}", p.ofLocation, page.Places, p.waivePolcam, p.saveWaived),
		p.both("/leverandoerer/ny", nil, page.Places, p.newSupplier, p.addSupplier),
		p.both("/leverandoerer/{supplier}/ret", p.ofSupplier, page.Places, p.editSupplier, p.saveSupplier),
		p.both("/leverandoerer/{supplier}/aftaler/ny", p.ofSupplier, page.Places, p.newAgreement, p.addAgreement),
		p.both("/leverandoerer/{supplier}/aftaler/{agreement}", p.ofSupplier, page.Places, p.editAgreement, p.saveAgreement),
		p.both("/leverandoerer/{supplier}/materiale", p.ofSupplier, page.Places, p.newPaper, p.givePaper),
		p.both("/politi/nyt", nil, page.Places, p.newOrder, p.addOrder),
		p.both("/politi/{order}/ret", p.ofOrder, page.Places, p.editOrder, p.saveOrder),
		p.both("/politi/{order}/svar", p.ofOrder, page.Places, p.answerForm, p.answer),
		p.both("/organisation/ret", nil, page.Admin, p.editController, p.saveController),
		p.both("/organisation/forvaltninger/ny", nil, page.Admin, p.newAdministration, p.addAdministration),
		p.both("/organisation/forvaltninger/{administration}", nil, page.Admin, p.editAdministration, p.saveAdministration),
		p.both("/organisation/roller/ny", nil, page.Admin, p.newHold, p.addHold),
	} {
		all = append(all, f...)
	}
	for i := range all {
		if all[i].Pattern == "POST /steder/soeg-kameraer" {
			all[i].Dear = page.Engines
		}
		if all[i].Pattern == "POST /steder/{location}/polcam/registreret" {
			all[i].MaxBody = page.UploadSize
		}
	}
	return all
}

// ofLocation is the location that the address names, of the person's own
// controller; another's is not there.
func (p *Screens) ofLocation(v *page.Visit) (access.Object, error) {
	l, err := p.Register.Location(v.Ctx, v.Person.Controller, v.R.PathValue("location"))
	v.Keep(l)
	return access.Object{Controller: l.Controller, Location: l.ID}, err
}

func (p *Screens) ofCamera(v *page.Visit) (access.Object, error) {
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, v.R.PathValue("camera"))
	v.Keep(c)
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, err
}

func (p *Screens) ofSupplier(v *page.Visit) (access.Object, error) {
	s, err := p.Register.Supplier(v.Ctx, v.Person.Controller, v.R.PathValue("supplier"))
	v.Keep(s)
	return access.Object{Controller: s.Controller}, err
}

func (p *Screens) ofOrder(v *page.Visit) (access.Object, error) {
	o, err := p.Register.Order(v.Ctx, v.Person.Controller, v.R.PathValue("order"))
	v.Keep(o)
	return access.Object{Controller: o.Controller}, err
}

// edits reports whether the person may change the register.
func (v *visit) edits() bool { return v.May(access.EditRegister, access.Object{}) }

// crumbs lead to the pages of places.
func (v *visit) crumbs(more ...fds.Link) []fds.Link {
	return append([]fds.Link{{Href: "/steder", Text: v.T("menu.steder")}}, more...)
}

// rules are those in force now.
func (v *visit) rules() law.Rules { return v.s.Law.At(v.Now) }

// lang is the language as the law's texts have it.
func (v *visit) lang() string { return string(v.Lang) }

// placeKind is a kind of place in words; its id when the law does not know it.
func (v *visit) placeKind(id string) string {
	if p, ok := v.rules().Place(id); ok {
		return p.Name.In(v.lang())
	}
	return id
}

// basis is a legal basis in words.
func (v *visit) basis(id string) string {
	if b, ok := v.rules().Basis(id); ok {
		return b.Cite + ": " + b.Title.In(v.lang())
	}
	return id
}

// choose is choices of ids and words, of which one is on; none is first when
// it has a text.
func choose(on, none string, items []fds.Choice) []fds.Choice {
	var out []fds.Choice
	if none != "" {
		out = append(out, fds.Choice{Text: none})
	}
	out = append(out, items...)
	for i := range out {
		out[i].On = out[i].Value == on
	}
	return out
}

func (v *visit) placeKinds() (out []fds.Choice) {
	for _, p := range v.rules().Places() {
		if p.Forbidden == "" {
			out = append(out, fds.Choice{Value: p.ID, Text: p.Name.In(v.lang())})
		}
	}
	return out
}

func (v *visit) bases() (out []fds.Choice) {
	for _, b := range v.rules().Bases() {
		out = append(out, fds.Choice{Value: b.ID, Text: v.basis(b.ID)})
	}
	return out
}

func kinds(v *visit, all []law.Kind) (out []fds.Choice) {
	for _, k := range all {
		out = append(out, fds.Choice{Value: k.ID, Text: k.Name.In(v.lang())})
	}
	return out
}

func kindName(v *visit, all []law.Kind, id string) string {
	for _, k := range all {
		if k.ID == id {
			return k.Name.In(v.lang())
		}
	}
	return id
}

// fact adds a row unless there is nothing to say.
func fact(l *fds.StructuredList, term, text string) {
	if text != "" {
		l.Rows = append(l.Rows, fds.Row{Term: term, Text: text})
	}
}
