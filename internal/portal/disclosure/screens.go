// Package disclosure is where footage is handed on (udlevering): asked for from
// an incident on one of the law's grounds, answered by another person, made into
// a package, fetched with a passphrase that is seen once, and written down when
// it was received.
//
// What it promises: each kind of disclosure asks for its own proof and nothing
// else; what the law refuses is said with its citation, what can be done
// instead, and a letter to whoever asked; what is to be done now stands first on
// the page; the passphrase is on one page, once, that no cache keeps.
//
// What it refuses: to give a package or its passphrase to anybody who is not
// designated for the place, and to show a disclosure of another controller or of
// a place that the person does not see.
package disclosure

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/anonymised"
	room "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/viewing"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of disclosures.
type Screens struct {
	*page.Site
	Room      *room.Room
	Incidents *incident.Room
	Holds     *hold.Room
	Viewing   *viewing.Screens
	Copies    *anonymised.Room
	Masks     *masking.Room
	Documents *document.Room // nil: nothing that needs a document can be asked for
}

// found is what an address names.
type found struct {
	d        room.Disclosure
	incident incident.Incident // zero: it began elsewhere
	place    register.Location
	copy     anonymised.Copy   // zero: it is not of a copy
	cameras  []register.Camera // of the disclosure, or of what the incident names
	masked   []string          // names of those of the incident's that are masked, and have no lift
	classes  []permit.Class    // that their footage was recorded under
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	found
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p, page.Found[found](v)} }

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

const path = "/udleveringer"

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one, ask, ofCopy = path + "/{udlevering}", "/haendelser/{haendelse}/udlevering", "/kopier/{kopi}/udlevering"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Incidents}
	}
	fresh := func(r page.Route) page.Route {
		r.Fresh = identity.Fresh
		return r
	}
	files := func(r page.Route) page.Route {
		r.MaxBody = page.UploadSize
		return r
	}
	front := at("GET "+path, access.SeeIncidents, nil, p.list)
	front.Front, front.Rank = "disclosures.title", 2
	return []page.Route{
		front,
		at("GET "+ask, access.Disclose, p.ofIncident, p.kinds),
		at("GET "+ask+"/{slags}", access.Disclose, p.ofIncident, p.ask),
		files(at("POST "+ask+"/{slags}", access.Disclose, p.ofIncident, p.asked)),
		at("GET "+ofCopy, access.Disclose, p.ofCopy, p.askCopy),
		at("POST "+ofCopy, access.Disclose, p.ofCopy, p.askedCopy),
		at("GET "+one, access.SeeIncidents, p.of, p.one),
		at("GET "+one+"/svar", access.ApproveDisclosure, p.ofOther, p.answer),
		fresh(at("POST "+one+"/svar", access.ApproveDisclosure, p.ofOther, p.answered)),
		at("GET "+one+"/kodeord", access.Disclose, p.of, p.before),
		fresh(at("POST "+one+"/kodeord", access.Disclose, p.of, p.phrase)),
		at("GET "+one+"/pakke/{fil}", access.Disclose, p.of, p.fetch),
		at("GET "+one+"/kvittering", access.Disclose, p.of, p.receipt),
		at("POST "+one+"/kvittering", access.Disclose, p.of, p.received),
		at("GET "+one+"/underskrift", access.Disclose, p.of, p.sign),
		files(at("POST "+one+"/underskrift", access.Disclose, p.of, p.signed)),
		at("GET "+one+"/dokument/{dokument}", access.SeeIncidents, p.of, p.document),
		at("GET "+one+"/kvitteringsblanket", access.SeeIncidents, p.of, p.blank),
		at("GET "+one+"/brev", access.SeeIncidents, p.of, p.letter),
		at("GET "+one+"/igen", access.Disclose, p.of, p.again),
		at("POST "+one+"/igen", access.Disclose, p.of, p.madeAgain),
		at("GET "+one+"/annuller", access.Disclose, p.of, p.cancel),
		at("POST "+one+"/annuller", access.Disclose, p.of, p.cancelled),
		at("GET "+one+"/slet", access.Disclose, p.of, p.remove),
		at("POST "+one+"/slet", access.Disclose, p.of, p.removed),
	}
}

// of is the disclosure that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	c := v.Person.Controller
	d, err := p.Room.Get(v.Ctx, c, v.R.PathValue("udlevering"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{d: d}
	if d.Incident != "" {
		if f.incident, err = p.Incidents.Get(v.Ctx, c, d.Incident); err != nil {
			return access.Object{}, err
		}
	}
	if err := p.around(v, &f, d.Location, d.Cameras); err != nil {
		return access.Object{}, err
	}
	recorded, err := p.Room.Recorded(v.Ctx, c, d.Cameras, d.From, d.To)
	if err != nil {
		return access.Object{}, err
	}
	for _, r := range recorded {
		f.classes = append(f.classes, r.Classes...)
	}
	v.Keep(f)
	return object(d), nil
}

func object(d room.Disclosure) access.Object {
	return access.Object{Controller: d.Controller, Location: d.Location, Reference: d.Number}
}

// ofOther is the disclosure for the second person: nobody answers their own.
func (p *Screens) ofOther(v *page.Visit) (access.Object, error) {
	o, err := p.of(v)
	o.Parties = []string{page.Found[found](v).d.Person}
	return o, err
}

// ofIncident is the incident that a disclosure begins in.
func (p *Screens) ofIncident(v *page.Visit) (access.Object, error) {
	i, err := p.Incidents.Get(v.Ctx, v.Person.Controller, v.R.PathValue("haendelse"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{incident: i}
	if err := p.around(v, &f, i.Location, i.Scope().Cameras); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: i.Controller, Location: i.Location, Reference: i.Number}, nil
}

// around finds the place, and some cameras.
func (p *Screens) around(v *page.Visit, f *found, location string, cameras []string) (err error) {
	c := v.Person.Controller
	if f.place, err = p.Register.Location(v.Ctx, c, location); err != nil {
		return err
	}
	f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: c, IDs: append([]string{}, cameras...), Removed: true})
	return err
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.d.ID }

func (v *visit) crumbs() []fds.Link {
	if v.d.ID == "" {
		return []fds.Link{{Href: "/haendelser", Text: v.T("incidents.title")}, {Href: "/haendelser/" + v.incident.ID, Text: v.incident.Number}}
	}
	return []fds.Link{{Href: path, Text: v.T("disclosures.title")}, {Href: v.here(), Text: v.d.Number}}
}

// name is what a camera is called.
func (v *visit) name(id string) string {
	i := slices.IndexFunc(v.cameras, func(c register.Camera) bool { return c.ID == id })
	if i < 0 {
		return id
	}
	return v.cameras[i].Name
}

func (v *visit) names(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, v.name(id))
	}
	return strings.Join(out, ", ")
}

// line is what of a list is not empty, on one line.
func line(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
