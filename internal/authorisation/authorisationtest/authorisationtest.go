// Package authorisationtest brings forms into force, for tests and the
// demonstration.
//
// What it promises: every right came about by the acts that people could do by
// hand: asked by the person, approved by a holder of the body, carried out by
// IT, the instruction read. What it refuses: to write a row by itself.
package authorisationtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

// Rig is a room of forms with the rooms that it stands on.
type Rig struct {
	*authorisation.Room
	People   *identity.Directory
	Register *register.Register
	Clock    clock.Clock
}

// Open opens a room of forms on the rooms of a test, without mail.
func Open(ctx context.Context, d *db.DB, l authorisation.Ledger, clk clock.Clock, reg *register.Register, people *identity.Directory, cases *dossier.Room) (Rig, error) {
	room, err := authorisation.Open(ctx, authorisation.Config{DB: d, Ledger: l, Clock: clk, Register: reg, People: people, Terms: cases.Rights})
	return Rig{room, people, reg, clk}, err
}

// password of the accounts that are made here. Nobody logs in with them.
const password = "kun til opsætning af prøver"

// Instruction is one that says all that it must.
func Instruction(controller string) authorisation.Instruction {
	return authorisation.Instruction{Controller: controller,
		Viewing:   "Du må kun se optagelser, når der er konstateret kriminalitet, og det er nødvendigt at se dem på grund af den. Se kun de kameraer og det tidsrum, som hændelsen handler om.",
		Passing:   "Vis ikke optagelser til andre. De gives kun videre til politiet, når den registrerede har samtykket, eller når loven siger det. Spørg stedets ledelse først.",
		Deletion:  "Optagelser slettes af sig selv efter den frist, der står på kameraet. Gem dem ikke andre steder. Det, der er taget ud til politiet, slettes, når sagen er afgivet.",
		Passwords: "Din adgangskode er kun din. Del den ikke, skriv den ikke ned, og lad den ikke ligge, så andre kan se den. Lås skærmen, når du går.",
	}
}

// InForce gives a person the right to look at the locations, from now and for
// a year, and returns the form. Who is missing for it is made: IT, and somebody
// who answers for the locations.
func (r Rig) InForce(ctx context.Context, controller, person string, locations ...string) (authorisation.Form, error) {
	now := r.Clock.Now()
	f, err := r.Ask(ctx, authorisation.New{Controller: controller, Person: person, Role: authorisation.Look, Locations: locations, From: now, Until: now.AddDate(1, 0, 0),
		Reason: "Varetager den daglige drift af overvågningen på stedet."}, authorisation.Who{Person: person})
	if err != nil {
		return f, err
	}
	for _, l := range locations {
		manager, err := r.Manager(ctx, controller, l, person)
		if err != nil {
			return f, err
		}
		if err := r.Decide(ctx, controller, f.ID, l, true, "", manager); err != nil {
			return f, err
		}
		if err := r.Instruct(ctx, controller, manager); err != nil {
			return f, err
		}
	}
	it, err := r.IT(ctx, controller, person)
	if err != nil {
		return f, err
	}
	if err := r.CarryOut(ctx, controller, f.ID, it); err != nil {
		return f, err
	}
	all, err := r.Instructions(ctx, controller)
	if err != nil {
		return f, err
	}
	return f, r.Read(ctx, controller, f.ID, all[0].Version, authorisation.Who{Person: person})
}

// Instruct publishes an instruction where there is none.
func (r Rig) Instruct(ctx context.Context, controller string, by authorisation.Who) error {
	all, err := r.Instructions(ctx, controller)
	if err != nil || len(all) > 0 {
		return err
	}
	_, err = r.Publish(ctx, Instruction(controller), by)
	return err
}

// Manager is somebody other than not who may approve for a location; one is
// made when there is none.
func (r Rig) Manager(ctx context.Context, controller, location, not string) (authorisation.Who, error) {
	t, err := r.Terms(ctx, controller)
	if err != nil {
		return authorisation.Who{}, err
	}
	l, err := r.Register.Location(ctx, controller, location)
	if err != nil {
		return authorisation.Who{}, err
	}
	held, err := r.Register.Holders(ctx, controller, "", "", "")
	if err != nil {
		return authorisation.Who{}, err
	}
	for _, h := range held {
		if slices.Contains(t.Approve, h.Body) && h.Reaches(l) && h.Person != not {
			return authorisation.Who{Person: h.Person, Name: h.Name}, nil
		}
	}
	p, err := r.account(ctx, controller, "leder-"+location, "Stedets leder", "manager")
	if err != nil {
		return authorisation.Who{}, err
	}
	h := register.Holder{ID: "h-leder-" + location, Controller: controller, Body: t.Approve[0], Location: location, Person: p.ID, Name: p.Name, Since: r.Clock.Now().Add(-time.Hour), By: "opsætning"}
	return authorisation.Who{Person: p.ID, Name: p.Name}, r.Register.Hold(ctx, h)
}

// IT is somebody with that role, other than not; one is made when there is none.
func (r Rig) IT(ctx context.Context, controller, not string) (authorisation.Who, error) {
	people, err := r.People.People(ctx, controller)
	if err != nil {
		return authorisation.Who{}, err
	}
	for _, p := range people {
		if slices.Contains(p.Roles, "it") && !p.Closed && p.ID != not {
			return authorisation.Who{Person: p.ID, Name: p.Name}, nil
		}
	}
	p, err := r.account(ctx, controller, "drift", "Driften", "it")
	return authorisation.Who{Person: p.ID, Name: p.Name}, err
}

func (r Rig) account(ctx context.Context, controller, login, name, role string) (identity.Person, error) {
	return r.People.Create(ctx, identity.NewAccount{Login: fmt.Sprintf("opsaetning-%s-%s", login, controller), Name: name, Controller: controller, Roles: []string{role}, Password: password}, "opsætning")
}
