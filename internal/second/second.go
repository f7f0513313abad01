// Package second finds who can be the second person of an act that takes two:
// a live view, an evidence lock (H 4.1, 5.2).
//
// What it promises: whoever answers for the place, its managers and the
// controller's coordinators, is found as the register has it now.
//
// What it refuses: whoever asked, under any account of theirs: the same, one of
// the same name, one of the same mail address; and an account that is closed.
package second

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

// Bodies and roles that answer and are told.
const (
	roleDPO         = "dpo"
	roleCoordinator = "coordinator"
	bodyManager     = "manager"
)

// Finder is where people and places are looked up; all of it is needed.
type Finder struct {
	People   *identity.Directory
	Register *register.Register
	Clock    clock.Clock
}

// Asked is an act that waits for its second person: where, and whose it is.
type Asked struct{ Controller, Location, Person, Name string }

// Around is who there is for a place, seen from whoever asks there.
type Around struct {
	Asker identity.Person   // zero when the account is unknown
	Can   []identity.Person // may say yes: the place's managers and the coordinators, never the asker
	Told  []identity.Person // the place's managers and the data protection officers, never the asker
	DPOs  []identity.Person // every data protection officer, the asker too
	all   []identity.Person
}

// Around finds the people for a place.
func (f Finder) Around(ctx context.Context, of Asked) (a Around, err error) {
	if a.all, err = f.People.People(ctx, of.Controller); err != nil {
		return a, err
	}
	place, err := f.Register.Location(ctx, of.Controller, of.Location)
	if err != nil {
		return a, err
	}
	holders, err := f.Register.Holders(ctx, of.Controller, bodyManager, "", "")
	if err != nil {
		return a, err
	}
	a.Asker = a.Person(of.Person)
	now := f.Clock.Now()
	for _, p := range a.all {
		if p.Closed {
			continue
		}
		dpo := slices.Contains(p.Roles, roleDPO)
		if dpo {
			a.DPOs = append(a.DPOs, p)
		}
		if of.Same(p.ID, p.Name) || a.shares(p) {
			continue
		}
		manages := manages(p.ID, place, holders, now)
		if manages || slices.Contains(p.Roles, roleCoordinator) {
			a.Can = append(a.Can, p)
		}
		if manages || dpo {
			a.Told = append(a.Told, p)
		}
	}
	return a, nil
}

// Manages reports whether a person answers for a place as its manager: the
// owner of its cameras (H 5.3).
func (f Finder) Manages(ctx context.Context, controller, location, person string) (bool, error) {
	place, err := f.Register.Location(ctx, controller, location)
	if err != nil {
		return false, err
	}
	holders, err := f.Register.Holders(ctx, controller, bodyManager, "", "")
	return manages(person, place, holders, f.Clock.Now()), err
}

func manages(person string, place register.Location, holders []register.Holder, now time.Time) bool {
	return person != "" && person == place.ManagerPerson || slices.ContainsFunc(holders, func(h register.Holder) bool {
		return h.Person != "" && h.Person == person && h.Reaches(place) && !now.Before(h.Since) && (h.Until.IsZero() || now.Before(h.Until))
	})
}

// Person is one of the controller's, closed or not; zero when unknown.
func (a Around) Person(id string) identity.Person {
	if i := slices.IndexFunc(a.all, func(p identity.Person) bool { return p.ID == id }); i >= 0 {
		return a.all[i]
	}
	return identity.Person{}
}

// shares reports whether an account has the asker's mail address.
func (a Around) shares(p identity.Person) bool {
	return p.Email != "" && strings.EqualFold(p.Email, a.Asker.Email)
}

// Same reports whether whoever acts is who asked, or another account of theirs:
// one of the same name. Accounts of one address are found by [Finder.Refuses].
func (of Asked) Same(person, name string) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return person == of.Person || strings.EqualFold(plain(name), plain(of.Name))
}

// Refuses says why somebody is not the second person among those that may be:
// fault.Denied with the room's key ".own" for who asked, ".answerer" for who
// answers for another place; nil when they are.
func (f Finder) Refuses(ctx context.Context, of Asked, person, name, room string, among func(Around) []identity.Person) error {
	a, err := f.Around(ctx, of)
	if err != nil {
		return err
	}
	own := fault.New(fault.Denied, room+".own", "%s asked", of.Person)
	if of.Same(person, name) {
		return own
	}
	if slices.ContainsFunc(among(a), func(p identity.Person) bool { return p.ID == person }) {
		return nil
	}
	if p, err := f.People.Person(ctx, person); err == nil && a.shares(p) {
		return own // another account of theirs
	}
	return fault.New(fault.Denied, room+".answerer", "%s does not answer for %s", person, of.Location)
}

// Each is everybody in the lists, each once, in their order.
func Each(lists ...[]identity.Person) (out []identity.Person) {
	for _, p := range slices.Concat(lists...) {
		if !slices.ContainsFunc(out, func(o identity.Person) bool { return o.ID == p.ID }) {
			out = append(out, p)
		}
	}
	return out
}
