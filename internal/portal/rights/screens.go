// Package rights is the screens of who has access and how they get it:
// authorisation forms from ask to end, the instruction, half-yearly
// confirmation, physical access to the storage, and the page that says why
// somebody may or may not.
//
// What it promises: who has access can always be seen (H 5.2); whoever must
// act is shown what exactly, and no button that would be refused; a refusal
// says what to do.
//
// What it refuses: to decide anything. That is internal/authorisation's and
// internal/access's.
package rights

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Screens are the pages of rights.
type Screens struct{ *page.Site }

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s      *Screens
	places map[string]string // names of locations by id
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p, nil}) }
}

const (
	path    = "/rettigheder"
	storage = "/lager"
)

// freshFor is how old a proof of who somebody is may be when they give or take
// a right.
const freshFor = 15 * time.Minute

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	form := func(pattern string, act access.Act, handle func(*visit) error, change ...func(*page.Route)) page.Route {
		r := page.Route{Pattern: pattern, Act: act, Handle: p.on(handle), Menu: page.Admin}
		for _, f := range change {
			f(&r)
		}
		return r
	}
	ofForm := func(r *page.Route) { r.Object = p.ofForm }
	ofStorage := func(r *page.Route) { r.Object = p.ofStorage }
	grave := func(r *page.Route) { r.Fresh = freshFor }
	mine := func(r *page.Route) { r.Menu = page.Home }
	front := func(text string, rank int) func(*page.Route) {
		return func(r *page.Route) { r.Front, r.Rank = text, rank }
	}
	return []page.Route{
		form("GET "+path, access.SeeAuthorisations, p.list, front("rights.title", 2)),
		form("GET "+path+"/mine", access.Own, p.mine, mine),
		form("GET "+path+"/hvorfor", access.Own, p.why, mine),
		form("GET "+path+"/ny", access.AskAuthorisation, p.newForm),
		form("POST "+path+"/ny", access.AskAuthorisation, p.ask),
		form("GET "+path+"/bekraeft", access.ApproveAuthorisation, p.confirmPage),
		form("POST "+path+"/bekraeft", access.ApproveAuthorisation, p.confirm, grave),
		form("GET "+path+"/instruks", access.Own, p.instruction, mine),
		form("POST "+path+"/instruks", access.Own, p.read, mine),
		form("GET "+path+"/instruks/ny", access.SeeAuthorisations, p.newInstruction),
		form("POST "+path+"/instruks/ny", access.SeeAuthorisations, p.publish, grave),
		form("GET "+path+"/{skema}", access.Own, p.one, ofForm),
		form("GET "+path+"/{skema}/svar/{location}", access.ApproveAuthorisation, p.answerPage, ofForm),
		form("POST "+path+"/{skema}/svar/{location}", access.ApproveAuthorisation, p.answer, ofForm, grave),
		form("POST "+path+"/{skema}/gennemfoer", access.CarryOutAuthorisation, p.carryOut, ofForm, grave),
		form("GET "+path+"/{skema}/slut", access.Own, p.endPage, ofForm),
		form("POST "+path+"/{skema}/slut", access.Own, p.end, ofForm),
		form("GET "+storage, access.SeeStorage, p.storage, front("storage.title", 3)),
		form("GET "+storage+"/ny", access.EditStorage, p.newAccess),
		form("POST "+storage+"/ny", access.EditStorage, p.askAccess),
		form("GET "+storage+"/{adgang}", access.SeeStorage, p.oneAccess, ofStorage),
		form("GET "+storage+"/{adgang}/svar", access.SeeStorage, p.answerAccessPage, ofStorage),
		form("POST "+storage+"/{adgang}/svar", access.SeeStorage, p.answerAccess, ofStorage, grave),
		form("POST "+storage+"/{adgang}/gennemgaa", access.SeeStorage, p.reviewAccess, ofStorage),
		form("GET "+storage+"/{adgang}/slut", access.SeeStorage, p.endAccessPage, ofStorage),
		form("POST "+storage+"/{adgang}/slut", access.SeeStorage, p.endAccess, ofStorage),
	}
}

// ofForm finds the form of the address: one's own, one that one asked for, or
// any for whoever may see them. Another's is not there.
func (p *Screens) ofForm(v *page.Visit) (access.Object, error) {
	f, err := p.Rights.Get(v.Ctx, v.Person.Controller, v.R.PathValue("skema"))
	if err != nil {
		return access.Object{}, err
	}
	if f.Person != v.Person.ID && f.AskedBy != v.Person.ID && !v.May(access.SeeAuthorisations, access.Object{}) {
		return access.Object{}, fault.New(fault.NotFound, "rights.unknown", "form %s is not for %s to see", f.ID, v.Person.ID)
	}
	v.Keep(f)
	o := access.Object{Controller: f.Controller, Location: v.R.PathValue("location"), Parties: []string{f.Person}}
	if v.Route.Act == access.ApproveAuthorisation {
		o.Parties = append(o.Parties, f.AskedBy)
	}
	return o, nil
}

func (p *Screens) ofStorage(v *page.Visit) (access.Object, error) {
	a, err := p.Rights.StorageAccess(v.Ctx, v.Person.Controller, v.R.PathValue("adgang"))
	v.Keep(a)
	return access.Object{Controller: v.Person.Controller}, err
}

// who is the person who acts here.
func (v *visit) who() authorisation.Who {
	return authorisation.Who{Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

// place is a location's name.
func (v *visit) place(id string) string {
	if n := v.places[id]; n != "" {
		return n
	}
	return id
}

// locations are the controller's; their names are kept for place.
func (v *visit) locations() ([]register.Location, error) {
	all, err := v.Site.Register.Locations(v.Ctx, v.Person.Controller)
	v.places = map[string]string{}
	for _, l := range all {
		v.places[l.ID] = l.Name
	}
	return all, err
}

// manages says whether the person answers for the location of a form's line.
func (v *visit) manages() ([]string, error) {
	if !v.May(access.ApproveAuthorisation, access.Object{}) {
		return nil, nil
	}
	return v.Site.Rights.Manages(v.Ctx, v.Person.Controller, v.Person.ID)
}

func (v *visit) terms() (casework.Rights, error) {
	return v.Site.Rights.Terms(v.Ctx, v.Person.Controller)
}

func (v *visit) crumbs(more ...fds.Link) []fds.Link {
	first := fds.Link{Href: path + "/mine", Text: v.T("rights.mine.title")}
	if v.May(access.SeeAuthorisations, access.Object{}) {
		first = fds.Link{Href: path, Text: v.T("rights.title")}
	}
	return append([]fds.Link{first}, more...)
}

// tones of the states, as badges have them.
var tones = map[authorisation.State]fds.Tone{
	authorisation.Asked: fds.Info, authorisation.Approved: fds.Info, authorisation.Granted: fds.Info, authorisation.Coming: fds.Info,
	authorisation.InForce: fds.Success, authorisation.Resting: fds.Warning, authorisation.Overdue: fds.Warning,
	authorisation.Refused: fds.Error, authorisation.Lapsed: fds.Error,
}

func (v *visit) badge(s authorisation.State) *fds.Badge {
	return &fds.Badge{Tone: tones[s], Text: v.T("rights.state." + string(s))}
}

// last is a moment before which something holds, as the last day of it.
func (v *visit) last(until time.Time) string { return v.Date(until.Add(-time.Second)) }

// dated reads a day of a form's field; a bad one is said on the field.
func (v *visit) dated(f *page.Form, name string) time.Time {
	s := f.Get(name)
	if s == "" {
		return time.Time{}
	}
	at, err := page.LocalDate(s)
	if err != nil {
		f.Fail(name, v.T("form.date.bad"))
	}
	return at
}

// dayAfter is the first moment after a day.
func dayAfter(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return day.In(page.Zone()).AddDate(0, 0, 1).UTC()
}

// said puts a refusal of the room beside the field that it is about; what is
// about none is returned.
func (v *visit) said(f *page.Form, err error, fields map[string]string) error {
	name, ok := fields[fault.Key(err)]
	if !ok {
		return err
	}
	f.Fail(name, v.Explain(err))
	return nil
}

func has(all []string, one string) bool { return slices.Contains(all, one) }
