// Package assessment gathers impact assessments (konsekvensanalyser, GDPR art.
// 35) from the cases, so that they can be filed in the controller's own
// register.
//
// What it promises: every text is the case's own, word for word, with the case,
// the revision and the clause that it answers; beside it stands what is in force
// now; what art. 35(7) asks for and the case does not say is named as missing.
//
// What it refuses: to say that an assessment was made when it was not, to weigh
// a risk that nobody has weighed, and to keep a copy.
package assessment

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Form names the form of the JSON file (docs/ref/assessment.md).
const Form = "vidne-assessment-1"

// Scope says what is assessed: a location, or what the surveillance is for.
type Scope struct {
	Location string `json:"location,omitempty"` // id in the register
	Purpose  string `json:"purpose,omitempty"`  // "crime", "safety" or "other"
}

// Assessment (konsekvensanalyse) is what the cases of a scope say, and what is
// in force.
type Assessment struct {
	Form         string    `json:"form"`
	Made         time.Time `json:"made"`
	ControllerID string    `json:"controller_id"`
	Controller   string    `json:"controller"`
	Contact      string    `json:"contact"`
	DPO          string    `json:"dpo"`
	Scope        Scope     `json:"scope"`
	Name         string    `json:"name"` // of the location; empty for a purpose
	Cases        []Case    `json:"cases"`
	InForce      []Camera  `json:"in_force"`
}

// Case is one case of the scope.
type Case struct {
	ID       string          `json:"id"`
	Number   string          `json:"number"`
	Title    string          `json:"title"`
	Status   casework.Status `json:"status"`
	Revision int             `json:"revision"` // of the application that is quoted
	Sent     time.Time       `json:"sent"`
	Decided  time.Time       `json:"decided,omitzero"`
	ValidTo  time.Time       `json:"valid_to,omitzero"`
	// Required says what the answers to the screening lead to: "statute" (art.
	// 35(3)(c)), "criteria" (as a rule), "no", or "open" while one is missing.
	Required string    `json:"required"`
	Done     time.Time `json:"done,omitzero"` // the date that the case gives of an assessment made
	Parts    []Part    `json:"parts"`
}

// Missing counts what the case does not say.
func (c Case) Missing() (n int) {
	for _, p := range c.Parts {
		for _, i := range p.Items {
			if i.Missing {
				n++
			}
		}
	}
	return n
}

// PartID is what a part of an assessment answers.
type PartID string

// The parts, by what art. 35 asks for.
const (
	Described  PartID = "described"  // (7)(a): the processing and its purposes
	Needed     PartID = "needed"     // (7)(b): necessity and proportionality
	Risks      PartID = "risks"      // (7)(c): to those who are filmed
	Measures   PartID = "measures"   // (7)(d): what is done about them
	Advice     PartID = "advice"     // (2): the data protection officer's
	Views      PartID = "views"      // (9): of those who are filmed, and who speak for them
	Conditions PartID = "conditions" // that it was approved on
)

// Part is one of them.
type Part struct {
	ID     PartID `json:"id"`
	Clause string `json:"clause"`
	Items  []Item `json:"items"`
}

// Item is one text of the case.
type Item struct {
	// ID is what the answer means in the process, the step that it was given in,
	// or the condition.
	ID    string        `json:"id"`
	Label casework.Text `json:"label"`
	Text  casework.Text `json:"text"`
	Name  string        `json:"name,omitempty"` // who said it
	At    time.Time     `json:"at,omitzero"`
	// Missing says that the case should say it and does not. Label then names it,
	// or is empty where the process does not ask.
	Missing bool `json:"missing,omitempty"`
}

// Camera is one that records under a permit in force.
type Camera struct {
	ID             string        `json:"id"`
	Name           string        `json:"name"`
	Location       string        `json:"location"`
	Place          string        `json:"place"` // kind of place, id of the law's data
	Basis          string        `json:"basis"`
	Hours          casework.Text `json:"hours"`
	RetentionHours int           `json:"retention_hours"`
	Sound          bool          `json:"sound"`
	Case           string        `json:"case"`
	Permit         permit.ID     `json:"permit"`
	Until          time.Time     `json:"until"`
}

// Config is the rooms that are asked.
type Config struct {
	Clock    clock.Clock
	Cases    *dossier.Room
	Register *register.Register
	Issuer   *issuer.Issuer
	Law      *law.Book
}

// Room gathers assessments.
type Room struct{ c Config }

// New is a room on the rooms of c.
func New(c Config) *Room { return &Room{c} }

// Of gathers the assessment of a scope as of now. Another's location is
// fault.NotFound "location.unknown"; so is a scope that is none.
func (r *Room) Of(ctx context.Context, controller string, s Scope) (Assessment, error) {
	now := r.c.Clock.Now().UTC().Truncate(time.Second)
	who, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return Assessment{}, err
	}
	out := Assessment{Form: Form, Made: now, ControllerID: who.ID, Controller: who.Name, Contact: who.Contact, DPO: who.DPO, Scope: s, Cases: []Case{}, InForce: []Camera{}}
	switch {
	case s.Location != "" && s.Purpose == "":
		l, err := r.c.Register.Location(ctx, controller, s.Location)
		if err != nil {
			return Assessment{}, err
		}
		out.Name = l.Name
	case s.Location != "" || !slices.Contains(Purposes(), s.Purpose):
		return Assessment{}, fault.New(fault.NotFound, "page.unknown", "no assessment of %+v", s)
	}
	rows, err := r.rows(ctx, controller, s.Location)
	if err != nil {
		return Assessment{}, err
	}
	for _, row := range rows {
		c, ok, err := r.caseOf(ctx, who, row, s)
		if err != nil {
			return Assessment{}, err
		}
		if ok {
			out.Cases = append(out.Cases, c)
		}
	}
	out.InForce, err = r.inForce(ctx, controller, s)
	return out, err
}

// Purposes are what surveillance is for, as cases say it.
func Purposes() []string { return []string{"crime", "safety", "other"} }

// page is how many cases are read at a time.
const page = 200

// rows are the cases that run and were sent, the oldest first.
func (r *Room) rows(ctx context.Context, controller, location string) (out []dossier.Row, err error) {
	for offset := 0; ; offset += page {
		rows, total, err := r.c.Cases.List(ctx, dossier.Query{Controller: controller, Location: location, Status: []casework.Status{casework.Open, casework.Established}, Sort: "id", Limit: page, Offset: offset})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row.Revision > 0 {
				out = append(out, row)
			}
		}
		if offset+page >= total {
			return out, nil
		}
	}
}

// inForce are the cameras of a scope with a permit, by name.
func (r *Room) inForce(ctx context.Context, controller string, s Scope) ([]Camera, error) {
	permits, err := r.c.Issuer.InForce(ctx, controller)
	if err != nil {
		return nil, err
	}
	all, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller, Location: s.Location})
	if err != nil {
		return nil, err
	}
	cameras := map[string]register.Camera{}
	for _, c := range all {
		cameras[c.ID] = c
	}
	out := []Camera{}
	for _, p := range permits {
		c, ok := cameras[p.Camera]
		if !ok || s.Purpose != "" && c.PurposeKind != s.Purpose {
			continue
		}
		out = append(out, Camera{ID: c.ID, Name: c.Name, Location: c.Location, Place: c.PlaceKind, Basis: p.Basis, Hours: casework.Text{DA: p.Hours.Explain("da"), EN: p.Hours.Explain("en")},
			RetentionHours: p.RetentionHours, Sound: p.Sound, Case: p.Case, Permit: p.ID, Until: p.ValidTo})
	}
	slices.SortFunc(out, func(a, b Camera) int {
		return cmp.Or(cmp.Compare(a.Location, b.Location), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}
