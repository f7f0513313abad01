// Package breach is where it is said that something went wrong (brud), where a
// camera is stopped by that, and where it is followed to its end (H 5.3, GDPR
// arts. 33, 34).
//
// What it promises: whoever is logged in can report; the call from whoever
// answers for a place is one page with one text, and stops what plays before the
// recorder has been told; what is to be done next stands first, with how long
// there is; what is known already is filled into what Datatilsynet asks for,
// which can be read, taken out, and copied.
//
// What it refuses: to say that anybody was notified whom nobody wrote to, and to
// show a breach of another controller.
package breach

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/portal/viewing"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of breaches.
type Screens struct {
	*page.Site
	State     *state.Cache
	Breaches  *room.Room
	Notices   *notice.Room
	Documents *document.Room // nil: no receipt is kept
	Viewing   *viewing.Screens
	// Cut ends what is being shown of a camera, and says why.
	Cut func(camera, why string)
}

// found is what an address names.
type found struct {
	breach  room.Breach
	report  notice.Report
	place   register.Location
	cameras []register.Camera
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	found
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p, page.Found[found](v)}) }
}

const (
	path    = "/brud"
	reports = "/brudmeldinger"
)

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	const one = path + "/{brud}"
	at := func(pattern string, act access.Act, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: act, Object: object, Handle: p.on(handle), Menu: page.Oversight}
	}
	front := at("GET "+path, access.SeeBreaches, nil, p.list)
	front.Front, front.Rank = "breaches.tab", 2
	sent := at("POST "+one+"/indsendt", access.EditBreach, p.of, p.sent)
	sent.MaxBody = page.UploadSize
	restart := at("POST "+one+"/genstart", access.DecideBreach, p.of, p.restarted)
	restart.Fresh = identity.Fresh
	return []page.Route{
		front,
		at("GET "+path+"/meld", access.ReportBreach, nil, p.report),
		at("POST "+path+"/meld", access.ReportBreach, nil, p.reported),
		at("GET "+path+"/meldt", access.ReportBreach, nil, p.mine),
		at("GET /kameraer/{camera}/stop-og-meld", access.ReportBreach, p.ofCamera, p.call),
		at("POST /kameraer/{camera}/stop-og-meld", access.ReportBreach, p.ofCamera, p.called),
		at("GET /steder/{location}/stop-og-meld", access.ReportBreach, p.ofPlace, p.call),
		at("POST /steder/{location}/stop-og-meld", access.ReportBreach, p.ofPlace, p.called),
		at("GET "+reports+"/{melding}", access.EditBreach, p.ofReport, p.passed),
		at("POST "+reports+"/{melding}", access.EditBreach, p.ofReport, p.judgedReport),
		at("GET "+one, access.SeeBreaches, p.of, p.one),
		at("GET "+one+"/stop", access.EditBreach, p.of, p.stop),
		at("POST "+one+"/stop", access.EditBreach, p.of, p.stopped),
		at("GET "+one+"/kontakt", access.EditBreach, p.of, p.contact),
		at("POST "+one+"/kontakt", access.EditBreach, p.of, p.contacted),
		at("GET "+one+"/vurdering", access.DecideBreach, p.of, p.judge),
		at("POST "+one+"/vurdering", access.DecideBreach, p.of, p.judged),
		at("GET "+one+"/oplysninger", access.EditBreach, p.of, p.fill),
		at("POST "+one+"/oplysninger", access.EditBreach, p.of, p.filled),
		at("GET "+one+"/anmeldelse", access.SeeBreaches, p.of, p.notification),
		at("GET "+one+"/anmeldelse/{form}", access.SeeBreaches, p.of, p.paper),
		at("GET "+one+"/indsendt", access.EditBreach, p.of, p.send),
		sent,
		at("GET "+one+"/kvittering/{nr}", access.SeeBreaches, p.of, p.receipt),
		at("GET "+one+"/underretning", access.DecideBreach, p.of, p.telling),
		at("POST "+one+"/underretning", access.DecideBreach, p.of, p.told),
		at("GET "+one+"/genstart", access.DecideBreach, p.of, p.restart),
		restart,
		at("GET "+one+"/luk", access.DecideBreach, p.of, p.close),
		at("POST "+one+"/luk", access.DecideBreach, p.of, p.closed),
	}
}

// of is the breach that the address names.
func (p *Screens) of(v *page.Visit) (access.Object, error) {
	c := v.Person.Controller
	b, err := p.Breaches.Get(v.Ctx, c, v.R.PathValue("brud"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{breach: b}
	if err := p.at(v, &f, b.Location, b.Cameras); err != nil {
		return access.Object{}, err
	}
	v.Keep(f)
	return access.Object{Controller: b.Controller, Location: b.Location, Reference: b.Number}, nil
}

// at finds the place and the cameras.
func (p *Screens) at(v *page.Visit, f *found, location string, cameras []string) (err error) {
	if location == "" {
		return nil
	}
	if f.place, err = p.Register.Location(v.Ctx, v.Person.Controller, location); err != nil {
		return err
	}
	if len(cameras) > 0 {
		f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, IDs: append([]string{}, cameras...), Removed: true, Brief: true})
	}
	return err
}

func (p *Screens) ofCamera(v *page.Visit) (access.Object, error) {
	c, err := p.Register.Camera(v.Ctx, v.Person.Controller, v.R.PathValue("camera"))
	if err != nil {
		return access.Object{}, err
	}
	f := found{cameras: []register.Camera{c}}
	err = p.at(v, &f, c.Location, nil)
	v.Keep(f)
	return access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}, err
}

func (p *Screens) ofPlace(v *page.Visit) (access.Object, error) {
	var f found
	if err := p.at(v, &f, v.R.PathValue("location"), nil); err != nil {
		return access.Object{}, err
	}
	var err error
	f.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: f.place.Controller, Locations: []string{f.place.ID}, Brief: true})
	v.Keep(f)
	return access.Object{Controller: f.place.Controller, Location: f.place.ID}, err
}

func (p *Screens) ofReport(v *page.Visit) (access.Object, error) {
	x, err := p.Notices.ReportOf(v.Ctx, v.Person.Controller, v.R.PathValue("melding"))
	if err != nil {
		return access.Object{}, err
	}
	if x.What != notice.WrongCamera {
		return access.Object{}, fault.New(fault.NotFound, "report.unknown", "report %s is of a sign", x.ID)
	}
	f := found{report: x}
	err = p.at(v, &f, x.Location, nil)
	v.Keep(f)
	return access.Object{Controller: x.Controller, Location: x.Location}, err
}

func (v *visit) who() room.Who {
	return room.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

func (v *visit) here() string { return path + "/" + v.breach.ID }

func (v *visit) crumbs() []fds.Link {
	all := []fds.Link{{Href: path, Text: v.T("breaches.title")}}
	if v.breach.ID != "" {
		all = append(all, fds.Link{Href: v.here(), Text: v.breach.Number})
	}
	return all
}

func (v *visit) cameraNames() string {
	var names []string
	for _, c := range v.cameras {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func (v *visit) object() access.Object {
	return access.Object{Controller: v.Person.Controller, Location: v.breach.Location}
}

// after does what follows a report or a stop: what plays is cut, what was opened
// and would show what is barred is taken back, and the recorder is waited for.
func (v *visit) after(b room.Breach) error {
	if !b.Stopped.IsZero() {
		for _, c := range b.Cameras {
			v.s.Cut(c, string(engineapi.CauseStopped))
		}
	}
	if b.Kind == room.Unlawful && len(b.Cameras) > 0 {
		head := v.Head()
		if err := v.s.Viewing.WithdrawOf(v.Ctx, head, b.Cameras, "fault.breach.barred"); err != nil {
			return err
		}
	}
	if !b.Stopped.IsZero() {
		v.s.State.Settle(v.Ctx, func(s engineapi.CameraStatus) bool { return s.State == engineapi.StateStopped }, b.Cameras[0])
	}
	return nil
}

// open leads away from a breach that is closed.
func (v *visit) open(show func() error) error {
	if !v.breach.Open() {
		return v.See(v.here())
	}
	return show()
}

// posted reads a form, does what it says, and leads back to the breach; what the
// room refuses is said at the field that it is about, beside what was typed.
func (v *visit) posted(pg *page.FormPage, fields map[string]string, note string, do func(*page.Form) error) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	return v.done(pg, pg.Form.Fill(in).Check(), fields, note, do)
}

func (v *visit) done(pg *page.FormPage, f *page.Form, fields map[string]string, note string, do func(*page.Form) error) error {
	if f.OK() {
		err := do(f)
		switch field := fields[fault.Key(err)]; {
		case err == nil && f.OK():
			return v.See(v.here() + "?besked=" + note)
		case err == nil: // a date that is none: said already
		case field == "":
			return err
		default:
			f.FailWith(field, err)
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// moment reads a date and a time of day; both empty are none.
func (v *visit) moment(f *page.Form, date, clock string) time.Time {
	if f.Get(date) == "" && f.Get(clock) == "" {
		return time.Time{}
	}
	t, err := page.LocalTime(f.Get(date), f.Get(clock))
	if err != nil {
		f.Fail(clock, v.T("incident.time.bad"))
	}
	return t
}

func (v *visit) choices(prefix string, of ...string) (out []fds.Choice) {
	for _, s := range of {
		out = append(out, fds.Choice{Value: s, Text: v.T(prefix + s), Hint: v.Or(prefix+s+".hint", "")})
	}
	return out
}

func texts[T ~string](list []T) (out []string) {
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

// named are the words of chosen values.
func (v *visit) named(prefix string, of []string) string {
	var out []string
	for _, s := range of {
		out = append(out, v.T(prefix+s))
	}
	return strings.Join(out, ", ")
}

func mapsTo(field string, keys ...string) map[string]string {
	out := map[string]string{}
	for _, k := range keys {
		out["breach."+k] = field
	}
	return out
}

// both puts one list of fields on top of another.
func both(a, b map[string]string) map[string]string {
	for k, f := range b {
		a[k] = f
	}
	return a
}

func has(list []string, s string) bool { return slices.Contains(list, s) }
