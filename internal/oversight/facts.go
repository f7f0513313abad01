package oversight

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Tie is that a person lives or works at a place, which the controller knows.
type Tie struct {
	ID, Controller, Person, Place string
	Sort                          string // one of TieSorts
	ByName                        string
	At                            time.Time
}

// TieSorts are what a tie can be.
func TieSorts() []string { return []string{"home", "family", "work"} }

// Ties lists a controller's.
func (r *Room) Ties(ctx context.Context, controller string) (out []Tie, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Tie](ctx, tx, `SELECT id, controller, person, place, sort, by_name, at FROM oversight_ties WHERE controller = ? ORDER BY at DESC, id`, controller)
		return err
	})
	return out, err
}

// AddTie enters one. The ledger hears that there is one, and whose, and not
// what it is: where somebody lives stands in no log.
func (r *Room) AddTie(ctx context.Context, t Tie, who Who) error {
	if !slices.Contains(TieSorts(), t.Sort) {
		return fault.New(fault.Invalid, "review.tie.sort", "sort %q", t.Sort)
	}
	if _, err := r.c.Register.Location(ctx, who.Controller, t.Place); err != nil {
		return err
	}
	if p, err := r.c.People.Person(ctx, t.Person); err != nil || p.Controller != who.Controller {
		return fault.New(fault.Invalid, "review.tie.person", "person %q", t.Person)
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		id := newID()
		if _, err := tx.Exec(ctx, `INSERT INTO oversight_ties (id, controller, person, place, sort, by_name, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (controller, person, place) DO UPDATE SET sort = EXCLUDED.sort`,
			id, who.Controller, t.Person, t.Place, t.Sort, who.Name, r.c.Clock.Now()); err != nil {
			return err
		}
		_, err := r.enter(ctx, tx, "review.tie.added", who, map[string]any{"of": t.Person})
		return err
	})
}

// RemoveTie takes one away.
func (r *Room) RemoveTie(ctx context.Context, id string, who Who) error {
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM oversight_ties WHERE id = ? AND controller = ?`, id, who.Controller)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "review.unknown", "no tie %.40q", id)
		}
		if err != nil {
			return err
		}
		_, err = r.enter(ctx, tx, "review.tie.removed", who, map[string]any{"tie": id})
		return err
	})
}

// facts reads what the rules need to know of a controller.
func (r *Room) facts(ctx context.Context, controller string, uses []accesslog.Use) (f Facts, people []identity.Person, err error) {
	f = Facts{Unit: map[string]string{}, Place: map[string]string{}, Belongs: map[string][]string{}, Manages: map[string][]string{}, Admins: map[string]bool{},
		Names: map[string]string{}, Ties: map[string][]string{}, Approvers: map[string][]string{}, Keeps: map[string]time.Duration{}}
	places, err := r.c.Register.Locations(ctx, controller)
	if err != nil {
		return f, nil, err
	}
	for _, l := range places {
		f.Unit[l.ID] = l.Administration
		if l.ManagerPerson != "" {
			f.Manages[l.ManagerPerson] = append(f.Manages[l.ManagerPerson], l.ID)
		}
	}
	keys, err := r.c.Register.Keys(ctx, register.Query{Controller: controller})
	if err != nil {
		return f, nil, err
	}
	for _, k := range keys {
		f.Place[k.ID] = k.Location
	}
	if people, err = r.c.People.People(ctx, controller); err != nil {
		return f, nil, err
	}
	for _, p := range people {
		f.Names[p.ID] = p.Name
		f.Admins[p.ID] = slices.Contains(p.Roles, roleIT) || slices.Contains(p.Roles, roleBreakGlass)
	}
	if err := r.belongs(ctx, controller, places, &f); err != nil {
		return f, nil, err
	}
	ties, err := r.Ties(ctx, controller)
	for _, t := range ties {
		f.Ties[t.Person] = append(f.Ties[t.Person], t.Place)
	}
	if err == nil {
		err = r.keeps(ctx, uses, &f)
	}
	return f, people, err
}

// belongs finds for which units people work: where their forms are, and where
// they hold a body. Who holds one of the whole controller works for all, and
// is not in the answer.
func (r *Room) belongs(ctx context.Context, controller string, places []register.Location, f *Facts) error {
	var forms []authorisation.Standing
	if r.c.Rights != nil { // without it nobody looks
		var err error
		if forms, err = r.c.Rights.List(ctx, authorisation.Query{Controller: controller}); err != nil {
			return err
		}
	}
	for _, form := range forms {
		for _, l := range form.Lines {
			if !l.Approved {
				continue
			}
			f.Belongs[form.Person] = append(f.Belongs[form.Person], f.Unit[l.Location])
			key := form.Person + "\n" + l.Location
			f.Approvers[key] = append(f.Approvers[key], l.DecidedBy, l.ConfirmedBy)
		}
	}
	holders, err := r.c.Register.Holders(ctx, controller, "", "", "")
	if err != nil {
		return err
	}
	everywhere := map[string]bool{}
	for _, h := range holders {
		if h.Administration == "" && h.Location == "" {
			everywhere[h.Person] = true
		}
		for _, l := range places {
			if h.Reaches(l) {
				f.Belongs[h.Person] = append(f.Belongs[h.Person], l.Administration)
				if h.Body == bodyManager && h.Location != "" {
					f.Manages[h.Person] = append(f.Manages[h.Person], l.ID)
				}
			}
		}
	}
	for p := range everywhere {
		delete(f.Belongs, p)
	}
	return nil
}

// keeps finds how long the cameras that were looked at keep their footage.
func (r *Room) keeps(ctx context.Context, uses []accesslog.Use, f *Facts) error {
	for _, u := range uses {
		if u.Kind != accesslog.Footage {
			continue
		}
		for _, c := range u.Cameras.List() {
			if _, ok := f.Keeps[c]; ok {
				continue
			}
			rec, err := r.c.Issuer.Standing(ctx, c, "main")
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			s, err := rec.Statement()
			if err != nil {
				return err
			}
			if p, ok := s.(*permit.Permit); ok {
				f.Keeps[c] = time.Duration(p.RetentionHours) * time.Hour
			}
		}
	}
	return nil
}

// population reads the uses of a period, and grave entries that are nobody's use.
func (r *Room) population(ctx context.Context, p Period) (uses []accesslog.Use, err error) {
	rows := map[int64]bool{}
	if err := r.c.Uses.Span(ctx, p.Controller, p.First, p.Last, func(u accesslog.Use) error {
		uses, rows[u.Index] = append(uses, u), true
		return nil
	}); err != nil {
		return nil, err
	}
	var kinds []string
	for _, g := range graves {
		kinds = append(kinds, g.entry)
	}
	for first := p.First + 1; ; {
		found, err := r.c.Ledger.Find(ctx, ledger.Filter{Kinds: kinds, First: first, Below: p.Last})
		if err != nil || len(found) == 0 {
			slices.SortFunc(uses, func(a, b accesslog.Use) int { return int(a.Index - b.Index) })
			return uses, err
		}
		for _, e := range found {
			first = e.Index + 1
			var b struct{ Controller, Person, By, Name string }
			if json.Unmarshal(e.Body, &b) != nil || b.Controller != p.Controller || rows[e.Index] {
				continue
			}
			if b.Person == "" {
				b.Person = b.By
			}
			uses = append(uses, accesslog.Use{Index: e.Index, At: e.Time, Controller: b.Controller, Kind: accesslog.Admin, Entry: e.Kind, Person: b.Person, Name: b.Name})
		}
	}
}

// named are the ids of people in an entry: whoever let it be done or had it
// done is among them.
func (r *Room) named(ctx context.Context, index int64, names map[string]string) (out []string, err error) {
	e, err := r.c.Uses.Entry(ctx, index)
	if err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage
	if !e.Expired {
		err = fault.As(fault.Corrupt, "ledger.corrupt", json.Unmarshal(e.Body, &body))
	}
	for _, raw := range body {
		var s string
		if json.Unmarshal(raw, &s) == nil && names[s] != "" {
			out = append(out, s)
		}
	}
	return out, err
}
