// Package processing writes the record of processing activities (fortegnelse,
// GDPR art. 30 stk. 1) from what is approved and in force.
//
// What it promises: an activity is there because permits are in force for it,
// and ends with them; hours, retention, places and recipients are those of the
// permits, the register and the law's data, word for word what the recorder
// obeys; the same facts make the same record.
//
// What it refuses: activities that somebody would like to have, and to keep a
// copy: a record is made anew whenever it is asked for, and says when.
package processing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Form names the form of the JSON file, so that whoever reads it can tell when
// it changes.
const Form = "vidne-processing-1"

// Record (fortegnelse) is all that a controller's art. 30 record says of its
// video surveillance.
type Record struct {
	Form           string      `json:"form"`
	Made           time.Time   `json:"made"`
	ControllerID   string      `json:"controller_id"`
	Controller     string      `json:"controller"`
	ControllerKind string      `json:"controller_kind"`
	Contact        string      `json:"contact"` // art. 30 stk. 1 litra a
	DPO            string      `json:"dpo"`
	Activities     []Activity  `json:"activities"`
	Processors     []Processor `json:"processors"`
	Measures       Measures    `json:"measures"` // litra g
}

// Activity (behandlingsaktivitet) is surveillance for one purpose on one legal
// basis, wherever it is done (litra b).
type Activity struct {
	Purpose string       `json:"purpose"`  // "crime", "safety" or "other"
	BasisID string       `json:"basis_id"` // of the law's data
	Basis   string       `json:"basis"`    // as the permits cite it
	Class   permit.Class `json:"class"`
	// Says are the purposes in the words of the cases, each once.
	Says   []string `json:"says"`
	Places []Place  `json:"places"`
	// Workplaces says that people work where it is done (litra c).
	Workplaces bool `json:"workplaces"`
	Sound      bool `json:"sound"`
	Cameras    int  `json:"cameras"`
	// Recipients are the grounds on which the law lets footage be handed on
	// (litra d): law.GroundPolice and so on.
	Recipients []string `json:"recipients"`
	// ShortestHours and LongestHours are the retention of the permits (litra f).
	ShortestHours int `json:"shortest_hours"`
	LongestHours  int `json:"longest_hours"`
	// Holds are the law's reasons to keep footage past it.
	Holds []string  `json:"holds"`
	Since time.Time `json:"since"` // the oldest permit that is in force
	Until time.Time `json:"until"` // when the last one ends
}

// Place is one location of an activity.
type Place struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Address  string   `json:"address"`
	Activity string   `json:"activity"` // id of the law's data: "school"
	Kinds    []string `json:"kinds"`    // of place, ids of the law's data
	Cases    []string `json:"cases"`
	Cameras  int      `json:"cameras"`
}

// Processor (databehandler) is a firm that looks after the cameras under an
// agreement in force.
type Processor struct {
	Name string   `json:"name"`
	CVR  string   `json:"cvr"`
	What []string `json:"what"`
}

// Measures are the figures of the security measures; what the program does by
// itself is said in words where the record is shown.
type Measures struct {
	MayLook     int             `json:"may_look"`     // people with a right to look at footage
	AtStorage   int             `json:"at_storage"`   // people who can get at the storage itself
	ReviewEvery oversight.Every `json:"review_every"` // how often the log is reviewed
	LastReview  time.Time       `json:"last_review"`  // when a sample was drawn last; zero: never
	Locations   int             `json:"locations"`    // with cameras
}

// Config is the rooms that are asked.
type Config struct {
	Clock    clock.Clock
	Register *register.Register
	Issuer   *issuer.Issuer
	Rights   *authorisation.Room
	Review   *oversight.Room
	Law      *law.Book
}

// Room writes records.
type Room struct{ c Config }

// New is a room on the rooms of c.
func New(c Config) *Room { return &Room{c} }

// Record writes a controller's record as of now.
func (r *Room) Record(ctx context.Context, controller string) (Record, error) {
	now := r.c.Clock.Now().UTC().Truncate(time.Second)
	who, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return Record{}, err
	}
	out := Record{Form: Form, Made: now, ControllerID: who.ID, Controller: who.Name, ControllerKind: who.Kind, Contact: who.Contact, DPO: who.DPO,
		Activities: []Activity{}, Processors: []Processor{}}
	if out.Activities, err = r.activities(ctx, controller, now); err != nil {
		return Record{}, err
	}
	if out.Processors, err = r.processors(ctx, controller, now); err != nil {
		return Record{}, err
	}
	out.Measures, err = r.measures(ctx, controller, now, out.Activities)
	return out, err
}

// activities groups the permits in force by purpose and legal basis.
func (r *Room) activities(ctx context.Context, controller string, now time.Time) ([]Activity, error) {
	permits, err := r.c.Issuer.InForce(ctx, controller)
	if err != nil {
		return nil, err
	}
	cams, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller})
	if err != nil {
		return nil, err
	}
	locations, err := r.c.Register.Locations(ctx, controller)
	if err != nil {
		return nil, err
	}
	cameras, places := map[string]register.Camera{}, map[string]register.Location{}
	for _, c := range cams {
		cameras[c.ID] = c
	}
	for _, l := range locations {
		places[l.ID] = l
	}
	rules := r.c.Law.At(now)
	type key struct{ purpose, basis string }
	found, order := map[key]*Activity{}, []key{}
	for _, p := range permits {
		c, ok := cameras[p.Camera]
		if !ok {
			continue // taken out of service; its permit is being revoked
		}
		k := key{c.PurposeKind, c.BasisID}
		if found[k] == nil {
			found[k], order = &Activity{Purpose: c.PurposeKind, BasisID: c.BasisID, Basis: p.Basis, Class: p.Class, Says: []string{}, Since: p.ValidFrom, ShortestHours: p.RetentionHours}, append(order, k)
			if b, ok := rules.Basis(c.BasisID); ok {
				found[k].Recipients, found[k].Holds = slices.Clone(b.Disclose), slices.Clone(b.Hold)
			}
		}
		found[k].add(c, places[c.Location], p, rules)
	}
	slices.SortFunc(order, func(a, b key) int { return cmp.Or(cmp.Compare(a.purpose, b.purpose), cmp.Compare(a.basis, b.basis)) })
	out := []Activity{}
	for _, k := range order {
		a := *found[k]
		slices.SortFunc(a.Places, func(a, b Place) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
		out = append(out, a)
	}
	return out, nil
}

// add counts one camera with its permit in.
func (a *Activity) add(c register.Camera, l register.Location, p *permit.Permit, rules law.Rules) {
	a.Cameras++
	a.Sound = a.Sound || p.Sound
	a.ShortestHours, a.LongestHours = min(a.ShortestHours, p.RetentionHours), max(a.LongestHours, p.RetentionHours)
	if p.ValidFrom.Before(a.Since) {
		a.Since = p.ValidFrom
	}
	if p.ValidTo.After(a.Until) {
		a.Until = p.ValidTo
	}
	if kind, ok := rules.Place(c.PlaceKind); ok {
		a.Workplaces = a.Workplaces || kind.Workplace
	}
	once(&a.Says, c.Purpose)
	i := slices.IndexFunc(a.Places, func(p Place) bool { return p.ID == c.Location })
	if i < 0 {
		i = len(a.Places)
		a.Places = append(a.Places, Place{ID: c.Location, Name: l.Name, Address: l.Address, Activity: l.Activity})
	}
	at := &a.Places[i]
	at.Cameras++
	once(&at.Kinds, c.PlaceKind)
	once(&at.Cases, p.Case)
}

// once adds what is not there already and not empty.
func once(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// processors are the firms with an agreement in force.
func (r *Room) processors(ctx context.Context, controller string, now time.Time) ([]Processor, error) {
	agreements, err := r.c.Register.Agreements(ctx, controller, "", "")
	if err != nil {
		return nil, err
	}
	firms, _, err := r.c.Register.FindSuppliers(ctx, register.SupplierQuery{Controller: controller})
	if err != nil {
		return nil, err
	}
	out := []Processor{}
	for _, f := range firms {
		p := Processor{Name: f.Name, CVR: f.CVR}
		for _, a := range agreements {
			if a.Supplier == f.ID && !a.Starts.After(now) && (a.Ends.IsZero() || a.Ends.After(now)) {
				once(&p.What, a.What)
			}
		}
		if len(p.What) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

func (r *Room) measures(ctx context.Context, controller string, now time.Time, activities []Activity) (m Measures, err error) {
	held, err := r.c.Rights.Everywhere(ctx, controller)
	if err != nil {
		return m, err
	}
	people := map[string]bool{}
	for _, h := range held {
		if h.Role == authorisation.Look {
			people[h.Person] = true
		}
	}
	m.MayLook = len(people)
	storage, err := r.c.Rights.Storage(ctx, controller)
	if err != nil {
		return m, err
	}
	for _, a := range storage {
		if s := a.State(now); s == authorisation.InForce || s == authorisation.Overdue {
			m.AtStorage++
		}
	}
	settings, err := r.c.Review.Settings(ctx, controller)
	if err != nil {
		return m, err
	}
	m.ReviewEvery = settings.Every
	periods, err := r.c.Review.Periods(ctx, controller)
	if err != nil {
		return m, err
	}
	for _, p := range periods {
		if p.Drawn.After(m.LastReview) {
			m.LastReview = p.Drawn
		}
	}
	at := map[string]bool{}
	for _, a := range activities {
		for _, p := range a.Places {
			at[p.ID] = true
		}
	}
	m.Locations = len(at)
	return m, nil
}
