// Package review is the screens of the log's review (stikprøvekontrol): what
// was drawn and why, asking whoever did it, the verdict, what came of it; the
// samples that an inspector draws; unusual use in charts; the year's report.
//
// What it promises: a reviewer sees what stands in the log and why it was
// drawn, and never an item that is about themselves; whoever is asked sees the
// question, the use and nothing else; each reading of an item is in the log.
//
// What it refuses: to show footage, and to tell a planted look-up from another
// before it is decided.
package review

import (
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
)

// Screens are the pages of the review.
type Screens struct {
	*page.Site
	Room *oversight.Room
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
	// names of administrations and places by id, when they are read
	units, places map[string]string
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p, nil, nil}) }
}

const (
	path     = "/tilsyn/stikproeve"
	itemPath = path + "/opslag"
	minePath = "/min-side/stikproeve"
)

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	at := func(pattern string, handle func(*visit) error, change ...func(*page.Route)) page.Route {
		r := page.Route{Pattern: pattern, Act: access.ReviewLog, Handle: p.on(handle), Menu: page.Oversight}
		for _, f := range change {
			f(&r)
		}
		return r
	}
	grave := func(r *page.Route) { r.Fresh = identity.Fresh }
	one := func(r *page.Route) { r.Object = p.ofItem }
	own := func(r *page.Route) { r.Act = access.Own }
	mine := func(r *page.Route) { r.Act, r.Menu = access.Own, page.Home }
	planter := func(r *page.Route) { r.Object = p.ofPlants }
	return []page.Route{
		at("GET "+path, p.list, func(r *page.Route) { r.Front, r.Rank = "review.title", 1 }),
		at("GET "+path+"/perioder", p.periods),
		at("GET "+path+"/perioder/{periode}", p.period),
		at("GET "+path+"/regler", p.rules),
		at("GET "+path+"/regler/ret", p.settingsForm),
		at("POST "+path+"/regler/ret", p.saveSettings, grave),
		at("GET "+path+"/tilknytninger", p.ties),
		at("GET "+path+"/tilknytninger/ny", p.tieForm),
		at("POST "+path+"/tilknytninger/ny", p.addTie),
		at("POST "+path+"/tilknytninger/{tilknytning}/slet", p.removeTie),
		at("GET "+path+"/tal", p.figures),
		at("GET "+path+"/aar/{aar}", p.year),
		at("GET "+path+"/proever", p.plants, planter),
		at("GET "+path+"/proever/ny", p.plantForm, planter),
		at("POST "+path+"/proever/ny", p.plant, planter, grave),
		at("GET "+path+"/tilsynet", p.samples),
		at("GET "+path+"/tilsynet/ny", p.sampleForm),
		at("POST "+path+"/tilsynet/ny", p.sample),
		at("GET "+path+"/tilsynet/{proeve}", p.oneSample),
		at("GET "+path+"/tilsynet/{proeve}/konklusion", p.concludeForm),
		at("POST "+path+"/tilsynet/{proeve}/konklusion", p.conclude),
		at("GET "+itemPath+"/{post}", p.item, one, own),
		at("POST "+itemPath+"/{post}/overtag", p.take, one),
		at("GET "+itemPath+"/{post}/spoerg", p.askForm, one),
		at("POST "+itemPath+"/{post}/spoerg", p.ask, one),
		at("GET "+itemPath+"/{post}/afgoer", p.judgeForm, one),
		at("POST "+itemPath+"/{post}/afgoer", p.judge, one, grave),
		at("GET "+itemPath+"/{post}/opfoelgning", p.followForm, one, own),
		at("POST "+itemPath+"/{post}/opfoelgning", p.follow, one, own),
		at("GET "+minePath, p.mine, mine),
		at("GET "+minePath+"/{post}", p.answerForm, mine, func(r *page.Route) { r.Object = p.ofMine }),
		at("POST "+minePath+"/{post}", p.answer, mine, func(r *page.Route) { r.Object = p.ofMine }),
	}
}

// ofItem finds the item of the address: for those who review and are not barred
// from this one, and for those who answer for what was found unjustified. To
// others it is not there.
func (p *Screens) ofItem(v *page.Visit) (access.Object, error) {
	i, err := p.Room.Get(v.Ctx, v.Person.Controller, v.R.PathValue("post"))
	if err != nil {
		return access.Object{}, err
	}
	v.Keep(i)
	reviews := v.May(access.ReviewLog, access.Object{})
	if reviews && i.MayReview(v.Person.ID, v.Session.Person.Name) {
		return access.Object{Controller: i.Controller}, nil
	}
	if v.Route.Act == access.Own && i.Verdict == oversight.Unjustified {
		leads, err := p.Room.Leads(v.Ctx, i)
		if err != nil || slices.Contains(leads, v.Person.ID) {
			return access.Object{Controller: i.Controller}, err
		}
	}
	if reviews {
		return access.Object{}, fault.New(fault.Denied, "review.own", "item %s is %s's own", i.ID, v.Person.ID)
	}
	return access.Object{}, fault.New(fault.NotFound, "review.unknown", "item %s is not for %s to see", i.ID, v.Person.ID)
}

// ofMine finds the item of the address, of whoever was asked about it.
func (p *Screens) ofMine(v *page.Visit) (access.Object, error) {
	i, err := p.Room.Get(v.Ctx, v.Person.Controller, v.R.PathValue("post"))
	if err == nil && (i.Person != v.Person.ID || i.Asked.IsZero()) {
		err = fault.New(fault.NotFound, "review.unknown", "item %s is not %s's", i.ID, v.Person.ID)
	}
	v.Keep(i)
	return access.Object{Controller: v.Person.Controller}, err
}

// ofPlants lets the data protection officers alone plant.
func (p *Screens) ofPlants(v *page.Visit) (access.Object, error) {
	if !v.Person.Is(access.DPO) {
		return access.Object{}, fault.New(fault.Denied, access.WhyRole, "%s is no data protection officer", v.Person.ID)
	}
	return access.Object{Controller: v.Person.Controller}, nil
}

// who is the person who acts here.
func (v *visit) who() oversight.Who {
	return oversight.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name, Address: v.Whence()}
}

// crumbs lead back: to the review for whoever reviews, else to the front page.
func (v *visit) crumbs(more ...fds.Link) []fds.Link {
	first := fds.Link{Href: page.HomePath, Text: v.T("home.title")}
	if v.May(access.ReviewLog, access.Object{}) {
		first = fds.Link{Href: path, Text: v.T("review.title")}
	}
	return append([]fds.Link{first}, more...)
}

// unit is what a unit is called.
func (v *visit) unit(id string) string {
	if id == "" {
		return v.T("review.unit.none")
	}
	if v.units == nil {
		v.units = map[string]string{}
		all, err := v.Site.Register.Administrations(v.Ctx, v.Person.Controller)
		if err != nil {
			v.Site.Log.Warn("the administrations cannot be read", "err", err)
		}
		for _, a := range all {
			v.units[a.ID] = a.Name
		}
	}
	if n := v.units[id]; n != "" {
		return n
	}
	return id
}

// place is what a place is called.
func (v *visit) place(id string) string {
	if v.places == nil {
		v.places = map[string]string{}
		all, err := v.Site.Register.Locations(v.Ctx, v.Person.Controller)
		if err != nil {
			v.Site.Log.Warn("the places cannot be read", "err", err)
		}
		for _, l := range all {
			v.places[l.ID] = l.Name
		}
	}
	if n := v.places[id]; n != "" {
		return n
	}
	return id
}

// why says what drew a use.
func (v *visit) why(i oversight.Item) string {
	text := v.T("review.stratum." + string(i.Stratum))
	for n, rule := range i.Rules.List() {
		if n == 0 {
			text += ": "
		} else {
			text += ", "
		}
		text += v.ruleName(rule)
	}
	return text
}

// ruleName is a rule, or what makes a use grave, in a few words.
func (v *visit) ruleName(id string) string {
	return v.Or("review.rule."+id, v.Or("review.grave."+id, id))
}

// tones of the states, as badges have them.
var tones = map[oversight.State]fds.Tone{
	oversight.New: fds.Info, oversight.Asked: fds.Info, oversight.Silent: fds.Warning, oversight.Answered: fds.Info,
	oversight.Second: fds.Warning, oversight.Raised: fds.Error, oversight.Done: fds.Success,
}

func (v *visit) badge(i oversight.Item) *fds.Badge {
	s := i.State(v.Now)
	if i.Late(v.Now) {
		return &fds.Badge{Tone: fds.Warning, Text: v.T("review.late")}
	}
	return &fds.Badge{Tone: tones[s], Text: v.T("review.state." + string(s))}
}

// planted reports whether an item is told to have been a plant.
func planted(i oversight.Item) bool {
	return i.Plant != "" && (i.Verdict == oversight.Justified || i.Verdict == oversight.Unjustified)
}
