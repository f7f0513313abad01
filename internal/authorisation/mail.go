package authorisation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
)

// tiding is one thing to tell once.
type tiding struct {
	key, kind string // kind ends the keys of its words: rights.mail.<kind>
	at        time.Time
	form      Standing
	to        []identity.Person
}

// tell sends what came up, to each receiver once.
func (r *Room) tell(ctx context.Context) error {
	if r.c.Mail == nil {
		return nil
	}
	controllers, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	for _, c := range controllers {
		if err := r.tellOf(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// recently is how long after it ended a form is still told of.
const recently = 7 * 24 * time.Hour

func (r *Room) tellOf(ctx context.Context, controller string) error {
	t, err := r.c.Terms(ctx, controller)
	if err != nil || !t.Given() {
		return err
	}
	now := r.c.Clock.Now()
	all, err := r.List(ctx, Query{Controller: controller, Live: now.Add(-recently)})
	if err != nil || len(all) == 0 {
		return err
	}
	f := finder{r: r, controller: controller, approve: t.Approve}
	if err := f.read(ctx); err != nil {
		return err
	}
	var list []tiding
	for _, s := range all {
		list = append(list, f.of(s, t.Warn, now)...)
	}
	for _, d := range list {
		if err := r.send(ctx, d, now); err != nil {
			return err
		}
	}
	return nil
}

// finder knows a controller's people and who answers for what.
type finder struct {
	r          *Room
	controller string
	approve    []string
	people     []identity.Person
	places     []register.Location
	holders    []register.Holder
}

func (f *finder) read(ctx context.Context) (err error) {
	if f.people, err = f.r.c.People.People(ctx, f.controller); err != nil {
		return err
	}
	if f.places, err = f.r.c.Register.Locations(ctx, f.controller); err != nil {
		return err
	}
	f.holders, err = f.r.c.Register.Holders(ctx, f.controller, "", "", "")
	return err
}

func (f *finder) some(keep func(identity.Person) bool) (out []identity.Person) {
	for _, p := range f.people {
		if !p.Closed && p.Email != "" && keep(p) {
			out = append(out, p)
		}
	}
	return out
}

func (f *finder) one(id string) []identity.Person {
	return f.some(func(p identity.Person) bool { return p.ID == id })
}

// managers are those who may answer for one of the locations of a form.
func (f *finder) managers(s Standing, locations ...string) []identity.Person {
	return f.some(func(p identity.Person) bool {
		return p.ID != s.Person && slices.ContainsFunc(f.holders, func(h register.Holder) bool {
			return h.Person == p.ID && slices.Contains(f.approve, h.Body) && slices.ContainsFunc(f.places, func(l register.Location) bool {
				return slices.Contains(locations, l.ID) && h.Reaches(l)
			})
		})
	})
}

// of is what there is to tell of one form now.
func (f *finder) of(s Standing, warn []int, now time.Time) (list []tiding) {
	add := func(kind string, at time.Time, to []identity.Person) {
		if len(to) > 0 {
			list = append(list, tiding{key: fmt.Sprintf("%s/%s/%d", s.ID, kind, at.UnixMicro()), kind: kind, at: at, form: s, to: to})
		}
	}
	switch s.State {
	case Asked:
		managers := f.managers(s, s.Locations(now, s.Demanded, Asked)...)
		add("asked", s.AskedAt, slices.DeleteFunc(managers, func(p identity.Person) bool { return p.ID == s.AskedBy }))
	case Approved:
		add("approved", s.Lines[0].DecidedAt, f.some(func(p identity.Person) bool { return slices.Contains(p.Roles, roleIT) }))
	case Granted:
		add("granted", s.DoneAt, f.one(s.Person))
	case Resting:
		add("resting", s.ReadAt, f.one(s.Person))
	case Refused, Ended, Expired, Lapsed:
		at := s.EndedAt
		if at.IsZero() {
			at = s.UntilAt
		}
		add(string(s.State), at, f.one(s.Person))
	case Coming, InForce:
	}
	for i, days := range warn {
		for _, w := range s.Soon(now.AddDate(0, 0, days)) {
			if i+1 < len(warn) && w.At.Before(now.AddDate(0, 0, warn[i+1])) {
				continue // the later warning says it
			}
			kind, to := "ending", f.one(s.Person)
			if w.Lapse {
				kind, to = "lapsing", f.managers(s, w.Location)
			}
			add(kind+strconv.Itoa(days), w.At, to)
		}
	}
	return list
}

func (r *Room) send(ctx context.Context, d tiding, now time.Time) error {
	sent := false
	err := r.c.DB.Write(ctx, func(tx *db.Tx) error {
		sent = false
		for _, to := range d.to {
			n, err := tx.Exec(ctx, `INSERT INTO authorisation_told (message, person, at) VALUES (?, ?, ?) ON CONFLICT (message, person) DO NOTHING`, d.key, to.ID, now)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			sent = true
			if err := r.letter(ctx, tx, d, to); err != nil {
				return err
			}
			if _, err := r.c.Ledger.Append(ctx, tx, now, "authorisation.told", entry(d.form.Form, Who{Person: to.ID, Name: to.Name}, map[string]any{"kind": d.kind})); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && sent {
		r.c.Mail.Wake()
	}
	return err
}

func (r *Room) letter(ctx context.Context, tx *db.Tx, d tiding, to identity.Person) error {
	kind := strings.TrimRight(d.kind, "0123456789")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "rights-" + d.key, Kind: "rights." + kind, Thread: d.form.Controller + "/rights/" + d.form.ID,
		Room: "rights", Say: kind, Args: []any{d.form.Number, day(d.at)}, Path: "/rettigheder/" + d.form.ID, Data: map[string]string{"form": d.form.ID, "controller": d.form.Controller, "kind": kind}}, to)
}

// day is a date as both languages read it.
func day(at time.Time) string {
	return at.In(clock.Denmark()).Format("2.1.2006")
}
