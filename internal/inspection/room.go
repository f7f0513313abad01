package inspection

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/internal/sharing"
	"vidne.dk/vidne/internal/staff"
)

// Cases are what approved cases let be surveilled; dossier.Room has them.
type Cases interface {
	Plans(ctx context.Context, controller string) ([]dossier.Plan, error)
}

// Staff are the rolls of who has been told; staff.Room has them.
type Staff interface {
	Rolls(ctx context.Context, controller string, locations []string) ([]staff.Roll, error)
	Lacking(ctx context.Context, controller string, locations []string) ([]staff.Lack, error)
}

// Breaches are what went wrong and is not closed; breach.Room has them.
type Breaches interface {
	Open(ctx context.Context, controller string) ([]breach.Breach, error)
}

// Config is the rooms that are asked. Without Cases, Staff or Breaches nothing
// is known of those, and that is said.
type Config struct {
	Clock       clock.Clock
	Register    *register.Register
	Issuer      *issuer.Issuer
	Law         *law.Book
	Rights      *authorisation.Room
	Review      *oversight.Room
	Uses        *accesslog.Log
	Holds       *hold.Room
	Disclosures *disclosure.Room
	Sharing     *sharing.Room
	Notices     *notice.Room
	Safeguards  *safeguards.Room
	Setup       safeguards.Setup
	BaseURL     string // how the portal is reached
	Cases       Cases
	Staff       Staff
	Breaches    Breaches
}

// Room answers. It keeps nothing.
type Room struct{ c Config }

// New is a room on the rooms of c.
func New(c Config) *Room { return &Room{c} }

// facts is what the answers are made from: read once.
type facts struct {
	Query
	Config
	now        time.Time
	controller register.Controller
	kind       string // of controller, in the law's data
	rules      law.Rules
	places     map[string]register.Location // that are asked about
	order      []string                     // their ids by name
	cameras    []register.Camera            // at them, by place and name
	where      map[string]string            // place of each camera
	permits    map[string]*permit.Permit    // in force, by camera
	entries    map[permit.ID]int64          // of permits, in the ledger
}

// Answers answers the twelve questions as of now.
func (r *Room) Answers(ctx context.Context, q Query) (out Answers, err error) {
	f, err := r.read(ctx, q)
	if err != nil {
		return out, err
	}
	out = Answers{Form: Form, Made: f.now.Truncate(time.Second), ControllerID: f.controller.ID, Controller: f.controller.Name, Contact: f.controller.Contact, DPO: f.controller.DPO,
		Location: q.Location, Locations: len(f.order), Cameras: len(f.permits)}
	if q.Location != "" {
		l := f.places[q.Location]
		out.Place = l.Name
		if l.Address != "" {
			out.Place += ", " + l.Address
		}
	}
	for i, answer := range []func(context.Context, *Answer) error{
		f.purpose, f.extent, f.hours, f.storing, f.passing, f.signs, f.seen, f.staff, f.members, f.who, f.from, f.safe,
	} {
		a := Answer{Number: i + 1, Says: []Statement{}, Tables: []Table{}, Gaps: []Gap{}, Cannot: []string{}}
		if err := answer(ctx, &a); err != nil {
			return out, err
		}
		for i, g := range a.Gaps {
			a.Gaps[i].Place = f.places[g.Location].Name
		}
		slices.SortStableFunc(a.Gaps, func(x, y Gap) int { return cmp.Or(cmp.Compare(x.Key, y.Key), cmp.Compare(x.Place, y.Place)) })
		out.Answers = append(out.Answers, a)
	}
	return out, nil
}

// read reads what all answers need.
func (r *Room) read(ctx context.Context, q Query) (*facts, error) {
	f := &facts{Query: q, Config: r.c, now: r.c.Clock.Now().UTC(), places: map[string]register.Location{}, where: map[string]string{}, permits: map[string]*permit.Permit{}, entries: map[permit.ID]int64{}}
	var err error
	if f.controller, err = r.c.Register.Controller(ctx, q.Controller); err != nil {
		return nil, err
	}
	f.rules, f.kind = r.c.Law.At(f.now), f.controller.Kind
	locations, err := r.c.Register.Locations(ctx, q.Controller)
	if err != nil {
		return nil, err
	}
	for _, l := range locations {
		if l.Shut.IsZero() && (q.Location == "" || l.ID == q.Location) {
			f.places[l.ID], f.order = l, append(f.order, l.ID)
		}
	}
	if q.Location != "" && len(f.order) == 0 {
		return nil, fault.New(fault.NotFound, "register.location", "location %.40q", q.Location)
	}
	slices.SortFunc(f.order, func(a, b string) int {
		return cmp.Or(cmp.Compare(f.places[a].Name, f.places[b].Name), cmp.Compare(a, b))
	})
	all, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: q.Controller})
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if _, ok := f.places[c.Location]; ok {
			f.cameras, f.where[c.ID] = append(f.cameras, c), c.Location
		}
	}
	rank := map[string]int{}
	for i, id := range f.order {
		rank[id] = i
	}
	slices.SortFunc(f.cameras, func(a, b register.Camera) int {
		return cmp.Or(cmp.Compare(rank[a.Location], rank[b.Location]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	permits, err := r.c.Issuer.InForce(ctx, q.Controller)
	if err != nil {
		return nil, err
	}
	for _, p := range permits {
		if f.where[p.Camera] != "" {
			f.permits[p.Camera] = p
		}
	}
	records, err := r.c.Issuer.Records(ctx, issuer.Filter{Controller: q.Controller, Kinds: []permit.Kind{permit.KindPermit}, Limit: mostRecords})
	for _, x := range records {
		f.entries[x.ID] = x.Entry + 1
	}
	return f, err
}

// mostRecords is how many permits are looked through for their entries: those of
// thousands of cameras through many years.
const mostRecords = 50_000

// asked reports whether something at a place is asked about; what is at none is
// always.
func (f *facts) asked(location string) bool {
	_, ok := f.places[location]
	return ok || location == ""
}

// one reports whether a single location is asked about.
func (f *facts) one() bool { return f.Location != "" }

// at are the cameras of a place that have a permit.
func (f *facts) at(location string) (out []register.Camera) {
	for _, c := range f.cameras {
		if c.Location == location && f.permits[c.ID] != nil {
			out = append(out, c)
		}
	}
	return out
}

// proofs are the permits of some cameras and the cases that they come of, each
// once.
func (f *facts) proofs(cameras []register.Camera) (out []Proof) {
	cases := map[string]bool{}
	for _, c := range cameras {
		p := f.permits[c.ID]
		if p == nil {
			continue
		}
		if p.Case != "" && !cases[p.Case] {
			cases[p.Case], out = true, append(out, Proof{What: "case", Name: p.Case, Href: "/sager/" + p.Case})
		}
	}
	for _, c := range cameras {
		if p := f.permits[c.ID]; p != nil {
			out = append(out, Proof{What: "permit", Name: string(p.ID), Href: "/kameraer/" + c.ID, Entry: f.entries[p.ID]})
		}
	}
	return out
}

// recorded are all cameras with a permit.
func (f *facts) recorded() (out []register.Camera) {
	for _, c := range f.cameras {
		if f.permits[c.ID] != nil {
			out = append(out, c)
		}
	}
	return out
}

// placeCell is a place in a table, as a link.
func (f *facts) placeCell(id string) Cell {
	return Cell{Text: f.places[id].Name, Href: "/steder/" + id}
}

func once(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// errEnough ends the reading of uses.
var errEnough = errors.New("enough")

func isEnough(err error) bool { return errors.Is(err, errEnough) }
