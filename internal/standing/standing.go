// Package standing says how each location stands (tilstand): what is in order,
// what is due and what is broken, in every area that the law or the guideline
// asks about.
//
// What it promises: every finding is built from what the rooms know and the
// recorder says, never from a tick that somebody set; an area that was looked
// at and has nothing wrong says so; what is not known now is said not to be
// known; all locations of a controller take as many queries as one of them.
//
// What it refuses: to weigh areas against one another. The worst of its areas
// is how a location stands.
package standing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/staff"
)

// State is how one thing stands, the better the lower.
type State int

// The states.
const (
	InOrder State = iota
	Due           // somebody must do something, and there is time
	Broken        // a limit was passed, or something does not work
)

// String is its stable name.
func (s State) String() string { return [...]string{"in-order", "due", "broken"}[s] }

// Area is what a finding is about.
type Area string

// The areas, in the order in which they are shown.
const (
	Cameras   Area = "cameras"   // they record what they should
	Permits   Area = "permits"   // and under what
	Deletion  Area = "deletion"  // on time (D 3.2)
	Access    Area = "access"    // somebody is chosen and instructed (H 5.3)
	Incidents Area = "incidents" // criminal cases go to the police (H 5.3)
	Locks     Area = "locks"     // are necessary, and looked at (§ 4 c stk. 5)
	Review    Area = "review"    // of the log (H 5.3)
	Cases     Area = "cases"     // wait for nobody too long
	Police    Area = "police"    // are answered (§§ 4 a, 4 b)
	Polcam    Area = "polcam"    // is told (§ 2 e)
	Suppliers Area = "suppliers" // work under an agreement
	Signs     Area = "signs"     // hang, and the public page is right (H 6)
	Staff     Area = "staff"     // have been told (H 8, D 3.4)
	Breach    Area = "breach"    // is told of in time (GDPR art. 33)
	Letters   Area = "letters"   // of authorities are answered (D 1)
	Requests  Area = "requests"  // of registered persons are answered
	Guideline Area = "guideline" // is reviewed (H 11)
)

// Areas lists them in the order in which they are shown.
func Areas() []Area {
	return []Area{Cameras, Permits, Deletion, Breach, Signs, Staff, Access, Incidents, Locks, Review, Requests, Letters, Cases, Police, Polcam, Suppliers, Guideline}
}

// Finding (forhold) is one thing that was found, good or bad.
type Finding struct {
	Location string
	Area     Area
	State    State
	// Key names its words, below the area: "polcam.overdue". What to do about it
	// has the same key and ".do".
	Key   string
	Count int64     // of what; 0: its words do not count
	Name  string    // of the thing that it is about, or empty
	At    time.Time // when it is due, was due or ends; zero: no such time
	Href  string    // where to do something about it
}

// Place is how one location stands.
type Place struct {
	register.Location
	State    State
	Due      int // findings that are due
	Broken   int // and that are broken
	Findings []Finding
	Next     time.Time // the first time that something is due; zero: nothing is
}

// Worst is its finding that is most in need of somebody.
func (p Place) Worst() Finding { return slices.MinFunc(p.Findings, Worse) }

// Worse puts the finding first that is more in need of somebody, and among
// equals the earlier.
func Worse(a, b Finding) int { return cmp.Or(cmp.Compare(b.State, a.State), early(a, b)) }

// early puts the earlier first, and what has no time last.
func early(a, b Finding) int {
	switch {
	case a.At.IsZero() || b.At.IsZero():
		return cmp.Compare(b.At.Unix(), a.At.Unix())
	}
	return a.At.Compare(b.At)
}

// Health is what the recorder says of a camera.
type Health struct {
	Bad      bool    // it needs a person
	Recorded float64 // of what it should have in the last day, 0 to 1; 2 when it should not
}

// Engine is what the recorder says of everything, as the caller heard it.
type Engine struct {
	Away   bool // it does not answer
	Health func(camera string) Health
	Late   []engineapi.Deletion // past their time and readable
}

// Query says what is asked.
type Query struct {
	Controller string
	Locations  []string // nil: all of the controller's
	Engine     Engine
}

// Config is the rooms that are asked.
type Config struct {
	Clock     clock.Clock
	Register  *register.Register
	Issuer    *issuer.Issuer
	Rights    *authorisation.Room
	Incidents *incident.Room
	Holds     *hold.Room
	Review    *oversight.Room
	Cases     *dossier.Room // nil: there are no cases

	// Those below are asked where they are given.
	Notices   *notice.Room
	Staff     *staff.Room
	Requests  *request.Room
	Breaches  *breach.Room
	Guideline *guideline.Room
	Letters   *letter.Room
}

// Room answers how locations stand.
type Room struct{ c Config }

// New is a room on the rooms of c.
func New(c Config) *Room { return &Room{c} }

// facts is what all areas need: read once.
type facts struct {
	Query
	now     time.Time
	wanted  map[string]bool
	cameras map[string][]register.Key // by location
	where   map[string]string         // location by camera
}

// Of lists how locations stand, by name. Locations that are shut are left out.
func (r *Room) Of(ctx context.Context, q Query) ([]Place, error) {
	locations, err := r.c.Register.Locations(ctx, q.Controller)
	if err != nil {
		return nil, err
	}
	locations = slices.DeleteFunc(locations, func(l register.Location) bool {
		return !l.Shut.IsZero() || q.Locations != nil && !slices.Contains(q.Locations, l.ID)
	})
	f := facts{Query: q, now: r.c.Clock.Now(), wanted: map[string]bool{}, cameras: map[string][]register.Key{}, where: map[string]string{}}
	for _, l := range locations {
		f.wanted[l.ID] = true
	}
	keys, err := r.c.Register.Keys(ctx, register.Query{Controller: q.Controller, Locations: q.Locations})
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		f.cameras[k.Location] = append(f.cameras[k.Location], k)
		f.where[k.ID] = k.Location
	}
	found := map[string][]Finding{}
	for _, look := range []func(context.Context, facts) ([]Finding, error){
		r.recording, r.permits, r.deletion, r.access, r.incidents, r.locks, r.review, r.cases, r.police, r.quality, r.polcam, r.suppliers,
		r.signs, r.staff, r.breaches, r.letters, r.requests, r.guideline,
	} {
		all, err := look(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			found[x.Location] = append(found[x.Location], x)
		}
	}
	out := make([]Place, 0, len(locations))
	for _, l := range locations {
		out = append(out, place(l, found[l.ID]))
	}
	return out, nil
}

func place(l register.Location, found []Finding) Place {
	order := Areas()
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Area), slices.Index(order, b.Area)), cmp.Compare(b.State, a.State), early(a, b))
	})
	p := Place{Location: l, Findings: found}
	for _, x := range found {
		p.State = max(p.State, x.State)
		switch x.State {
		case Due:
			p.Due++
		case Broken:
			p.Broken++
		}
		if x.State != InOrder && !x.At.IsZero() && (p.Next.IsZero() || x.At.Before(p.Next)) {
			p.Next = x.At
		}
	}
	return p
}

// fill adds, for each location that an area has found nothing at, that all is
// well there.
func (f facts) fill(area Area, key string, found []Finding) []Finding {
	has := map[string]bool{}
	for _, x := range found {
		has[x.Location] = true
	}
	for l := range f.wanted {
		if !has[l] && len(f.cameras[l]) > 0 {
			found = append(found, Finding{Location: l, Area: area, Key: key})
		}
	}
	return found
}

// at are the wanted ones of some locations; none named: all that have cameras.
func (f facts) at(locations []string) (out []string) {
	if len(locations) > 0 {
		for _, l := range locations {
			if f.wanted[l] {
				out = append(out, l)
			}
		}
		return out
	}
	for l := range f.cameras {
		out = append(out, l)
	}
	return out
}
