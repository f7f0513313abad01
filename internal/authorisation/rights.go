package authorisation

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
)

// Held is a right in force: one person at one location.
type Held struct {
	Form           string
	Number         int64
	Person, Name   string
	Role, Location string
	DeputyFor      string
	DeputyName     string
	Since          time.Time // when all that it takes had come together
	Until          time.Time // when it ends by itself, or lapses if nobody stands by it
	Lapses         bool      // Until is a lapse
	Read           time.Time // when the instruction was confirmed
}

// of is the right at a line, whose state is InForce.
func of(f Form, l Line) Held {
	h := Held{Form: f.ID, Number: f.Number, Person: f.Person, Name: f.Name, Role: f.Role, Location: l.Location, DeputyFor: f.DeputyFor, DeputyName: f.DeputyName, Read: f.ReadAt}
	h.Since = slices.MaxFunc([]time.Time{f.FromAt, l.DecidedAt, f.DoneAt, f.ReadAt}, time.Time.Compare)
	h.Until, h.Lapses = f.Ends(l)
	return h
}

// held is what a person has now.
func (r *Room) held(ctx context.Context, tx *db.Tx, person string, now time.Time) ([]Held, error) {
	forms, err := db.All[Form](ctx, tx, `SELECT * FROM authorisations WHERE person = ? AND ended_at = 0 AND from_at <= ? AND until_at > ? AND done_at > 0 AND read_at > 0 ORDER BY number`,
		person, now, now)
	if err != nil || len(forms) == 0 {
		return nil, err
	}
	p, err := r.c.People.PersonIn(ctx, tx, person)
	if err != nil || p.Closed || slices.Contains(p.Roles, roleIT) || p.Controller != forms[0].Controller {
		return nil, err
	}
	lines, err := db.All[Line](ctx, tx, `SELECT l.* FROM authorisation_lines l JOIN authorisations f ON f.id = l.form
		WHERE f.person = ? AND f.ended_at = 0 AND f.until_at > ? AND l.approved = 1 ORDER BY f.number, l.location`, person, now)
	if err != nil {
		return nil, err
	}
	standing, err := standingInstruction(ctx, tx, p.Controller, now)
	if err != nil {
		return nil, err
	}
	var out []Held
	for _, f := range forms {
		for _, l := range lines {
			if l.Form == f.ID && f.LineState(l, now, standing) == InForce {
				out = append(out, of(f, l))
			}
		}
	}
	return out, nil
}

// Rights are what a person has now: rows of role and location.
func (r *Room) Rights(ctx context.Context, person string) (out []Held, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = r.held(ctx, tx, person, r.c.Clock.Now())
		return err
	})
	return out, err
}

// Everywhere lists every right in force at a controller's locations, by
// location and name: [Room.At] of all of them, with as many queries as of one.
func (r *Room) Everywhere(ctx context.Context, controller string) (out []Held, err error) {
	now := r.c.Clock.Now()
	people, err := r.c.People.People(ctx, controller)
	if err != nil {
		return nil, err
	}
	mayHold := map[string]bool{}
	for _, p := range people {
		mayHold[p.ID] = !p.Closed && !slices.Contains(p.Roles, roleIT)
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		forms, err := db.All[Form](ctx, tx, `SELECT * FROM authorisations WHERE controller = ? AND ended_at = 0 AND from_at <= ? AND until_at > ? AND done_at > 0 AND read_at > 0 ORDER BY number`,
			controller, now, now)
		if err != nil || len(forms) == 0 {
			return err
		}
		lines, err := db.All[Line](ctx, tx, `SELECT l.* FROM authorisation_lines l JOIN authorisations f ON f.id = l.form
			WHERE f.controller = ? AND f.ended_at = 0 AND f.until_at > ? AND l.approved = 1 ORDER BY l.location`, controller, now)
		if err != nil {
			return err
		}
		standing, err := standingInstruction(ctx, tx, controller, now)
		if err != nil {
			return err
		}
		byForm := map[string]Form{}
		for _, f := range forms {
			byForm[f.ID] = f
		}
		out = nil
		for _, l := range lines {
			if f, ok := byForm[l.Form]; ok && mayHold[f.Person] && f.LineState(l, now, standing) == InForce {
				out = append(out, of(f, l))
			}
		}
		slices.SortStableFunc(out, func(a, b Held) int {
			return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.Name, b.Name))
		})
		return nil
	})
	return out, err
}

// At lists who has a right at a location now, by name (H 5.2, VIEW-5).
func (r *Room) At(ctx context.Context, controller, location string) (out []Held, err error) {
	now := r.c.Clock.Now()
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		people, err := db.All[string](ctx, tx, `SELECT DISTINCT f.person FROM authorisations f JOIN authorisation_lines l ON l.form = f.id
			WHERE f.controller = ? AND l.location = ? AND f.ended_at = 0 AND f.until_at > ? AND f.done_at > 0 AND f.read_at > 0 AND l.approved = 1`, controller, location, now)
		if err != nil {
			return err
		}
		out = nil
		for _, p := range people {
			has, err := r.held(ctx, tx, p, now)
			if err != nil {
				return err
			}
			out = append(out, slices.DeleteFunc(has, func(h Held) bool { return h.Location != location })...)
		}
		slices.SortStableFunc(out, func(a, b Held) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
	return out, err
}

// Query limits a list of forms.
type Query struct {
	Controller string
	Person     string // forms for this person, or empty
	Location   string // forms with this location, or empty
	// Live leaves out forms whose period was over or that were ended before
	// this moment; zero: all.
	Live time.Time
}

// Standing is a form and how far it has come.
type Standing struct {
	Form
	State State
	// At is when that was so, and Demanded the lowest version of the instruction
	// that counted as read then.
	At       time.Time
	Demanded int64
}

// LineStates gives the state of each line, in their order.
func (s Standing) LineStates() []State {
	out := make([]State, len(s.Lines))
	for i, l := range s.Lines {
		out[i] = s.LineState(l, s.At, s.Demanded)
	}
	return out
}

// List lists forms, the newest first.
func (r *Room) List(ctx context.Context, q Query) (out []Standing, err error) {
	now := r.c.Clock.Now()
	where, args := `controller = ?`, []any{q.Controller}
	if q.Person != "" {
		where, args = where+` AND person = ?`, append(args, q.Person)
	}
	if q.Location != "" {
		where, args = where+` AND id IN (SELECT form FROM authorisation_lines WHERE location = ?)`, append(args, q.Location)
	}
	if !q.Live.IsZero() {
		where, args = where+` AND until_at > ? AND (ended_at = 0 OR ended_at > ?)`, append(args, q.Live, q.Live)
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		forms, err := db.All[Form](ctx, tx, `SELECT * FROM authorisations WHERE `+where+` ORDER BY number DESC`, args...)
		if err != nil {
			return err
		}
		lines, err := db.All[Line](ctx, tx, `SELECT * FROM authorisation_lines WHERE form IN (SELECT id FROM authorisations WHERE `+where+`) ORDER BY location`, args...)
		if err != nil {
			return err
		}
		of := map[string][]Line{}
		for _, l := range lines {
			of[l.Form] = append(of[l.Form], l)
		}
		standing, err := standingInstruction(ctx, tx, q.Controller, now)
		if err != nil {
			return err
		}
		out = make([]Standing, len(forms))
		for i, f := range forms {
			f.Lines = of[f.ID]
			out[i] = Standing{Form: f, State: f.State(now, standing), At: now, Demanded: standing}
		}
		return nil
	})
	return out, err
}

// Get finds one form; another controller's is NotFound "rights.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (s Standing, err error) {
	now := r.c.Clock.Now()
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		f, err := load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		standing, err := standingInstruction(ctx, tx, controller, now)
		s = Standing{Form: f, State: f.State(now, standing), At: now, Demanded: standing}
		return err
	})
	return s, err
}
