package oversight

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// atOnce is how many lines one entry of the ledger lists.
const atOnce = 400

// drawAll draws of the periods that are closed, the oldest first.
func (r *Room) drawAll(ctx context.Context, controller string) error {
	var closed []Period
	err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		closed, err = db.All[Period](ctx, tx, selectPeriod+`controller = ? AND closed > 0 AND drawn = 0 ORDER BY number`, controller)
		return err
	})
	for _, p := range closed {
		if err == nil {
			err = r.draw(ctx, p)
		}
	}
	return err
}

// drawing is one draw on its way.
type drawing struct {
	p    Period
	set  Settings
	uses []accesslog.Use
	by   map[int64]accesslog.Use
	// what lots are drawn of: kinds of the ledger by class, and the units of
	// places and cameras
	kinds  map[string]map[string]bool
	units  map[[2]string]string
	facts  Facts
	people []identity.Person
	plants []Plant
	pool   Pool
	picks  []Pick
	last   bool // of its quarter
}

// draw draws of a closed period. The checkpoint is the first that covers the
// entry which closed it.
func (r *Room) draw(ctx context.Context, p Period) error {
	if _, err := r.c.Ledger.Checkpoint(ctx); err != nil {
		return err
	}
	cp, err := r.c.Ledger.After(ctx, p.Last)
	if err != nil {
		return err
	}
	p.Note = string(cp.Note)
	seed := Seed(cp.Note, p.Secret)
	p.Seed = hex.EncodeToString(seed[:])
	d, err := r.prepare(ctx, p)
	if err != nil {
		return err
	}
	d.picks = Draw(seed, d.pool)
	items, err := r.items(ctx, d)
	if err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := db.One[Period](ctx, tx, selectPeriod+`id = ?`, p.ID)
		if err != nil || !now.Drawn.IsZero() {
			return err // another has drawn
		}
		if err := r.enterDraw(ctx, tx, d); err != nil {
			return err
		}
		for _, i := range items {
			if err := insert(ctx, tx, i); err != nil {
				return err
			}
		}
		return r.found(ctx, tx, d, items)
	})
}

// prepare finds what is drawn from.
func (r *Room) prepare(ctx context.Context, p Period) (d *drawing, err error) {
	d = &drawing{p: p, by: map[int64]accesslog.Use{}, kinds: map[string]map[string]bool{ClassLook: {}, ClassData: {}}, units: map[[2]string]string{}}
	if d.set, err = r.Settings(ctx, p.Controller); err != nil {
		return nil, err
	}
	if d.uses, err = r.population(ctx, p); err != nil {
		return nil, err
	}
	if d.facts, d.people, err = r.facts(ctx, p.Controller, d.uses); err != nil {
		return nil, err
	}
	hits := alarms(d.uses, d.facts, d.set)
	d.pool = Pool{Every: p.Every, Sizes: d.set.Sizes}
	for _, u := range d.uses {
		d.by[u.Index] = u
		c := d.candidate(u)
		what := grave(u.Entry)
		if what == "" && d.facts.admin(u) {
			what = "admin"
		}
		switch {
		case what != "":
			d.pool.Must = append(d.pool.Must, Pick{c, Grave, append([]string{what}, hits[u.Index]...)})
		case hits[u.Index] != nil:
			d.pool.Must = append(d.pool.Must, Pick{c, Alarm, hits[u.Index]})
		}
		if c.Class != "" {
			d.pool.Rest = append(d.pool.Rest, c)
			d.saw(u)
		}
	}
	if d.plants, err = r.planted(ctx, p.Controller, ""); err != nil {
		return nil, err
	}
	if d.last, err = r.lastOfQuarter(ctx, p); err != nil {
		return nil, err
	}
	if d.last {
		d.pool.Owed, err = r.owed(ctx, d)
	}
	return d, err
}

func (d *drawing) candidate(u accesslog.Use) Candidate {
	return Candidate{Index: u.Index, Person: u.Person, Unit: d.facts.unit(u), Class: class(u)}
}

// lastOfQuarter reports whether the period after is counted to another quarter.
func (r *Room) lastOfQuarter(ctx context.Context, p Period) (last bool, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		next, err := db.One[string](ctx, tx, `SELECT quarter FROM oversight_periods WHERE controller = ? AND number = ?`, p.Controller, p.Number+1)
		last = next != p.Quarter
		return err
	})
	return last, err
}

// owed are the looks and readings of a quarter, of those people of whom none
// was drawn in its earlier periods.
func (r *Room) owed(ctx context.Context, d *drawing) (out []Candidate, err error) {
	var periods []Period
	var drawn []int64
	if err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if periods, err = db.All[Period](ctx, tx, selectPeriod+`controller = ? AND quarter = ? AND number <= ? ORDER BY number`, d.p.Controller, d.p.Quarter, d.p.Number); err != nil {
			return err
		}
		drawn, err = db.All[int64](ctx, tx, `SELECT idx FROM oversight_items WHERE controller = ? AND period IN (SELECT id FROM oversight_periods WHERE controller = ? AND quarter = ?)`,
			d.p.Controller, d.p.Controller, d.p.Quarter)
		return err
	}); err != nil {
		return nil, err
	}
	was, seen := map[int64]bool{}, map[string]bool{}
	for _, index := range drawn {
		was[index] = true
	}
	for _, p := range periods {
		if err := r.c.Uses.Span(ctx, p.Controller, p.First, p.Last, func(u accesslog.Use) error {
			if c := d.candidate(u); c.Class != "" {
				d.saw(u)
				seen[u.Person] = seen[u.Person] || was[u.Index]
				out = append(out, c)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(out, func(c Candidate) bool { return seen[c.Person] }), nil
}

// enterDraw writes the draw into the ledger, so that it can be drawn again by
// anybody who has the entries.
func (r *Room) enterDraw(ctx context.Context, tx *db.Tx, d *drawing) error {
	who := Who{Controller: d.p.Controller}
	f := Figures{Uses: len(d.uses), Drawn: map[Stratum]int{}}
	for _, k := range d.picks {
		f.Drawn[k.Stratum]++
	}
	looks, data := d.kindsOf(ClassLook), d.kindsOf(ClassData)
	index, err := r.enter(ctx, tx, "review.drawn", who, map[string]any{"period": d.p.ID, "number": d.p.Number, "every": string(d.p.Every), "quarter": d.p.Quarter, "last": d.last,
		"first": d.p.First, "until": d.p.Last, "secret": hex.EncodeToString(d.p.Secret), "checkpoint": d.p.Note, "seed": d.p.Seed, "sizes": d.set.Sizes, "looks": looks, "data": data,
		"uses": f.Uses, "drawn": f.Drawn})
	if err != nil {
		return err
	}
	units := d.unitLines()
	for part := 0; len(units) > 0; part++ {
		n := min(len(units), atOnce)
		if _, err := r.enter(ctx, tx, "review.units", who, map[string]any{"period": d.p.ID, "part": part, "units": units[:n]}); err != nil {
			return err
		}
		units = units[n:]
	}
	picks := d.picks
	for part := 0; len(picks) > 0; part++ {
		n := min(len(picks), atOnce)
		lines := make([][]string, n)
		for i, k := range picks[:n] {
			lines[i] = []string{fmt.Sprint(k.Index), string(k.Stratum), strings.Join(k.Rules, " ")}
		}
		if _, err := r.enter(ctx, tx, "review.listed", who, map[string]any{"period": d.p.ID, "part": part, "picks": lines}); err != nil {
			return err
		}
		picks = picks[n:]
	}
	counts, err := json.Marshal(f)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `UPDATE oversight_periods SET drawn = ?, entry = ?, note = ?, seed = ?, counts = ? WHERE id = ?`, moment(r.c.Clock.Now()), index, d.p.Note, d.p.Seed, string(counts), d.p.ID)
	return err
}

// saw notes of a use that lots are drawn of what an outsider must know to draw
// again.
func (d *drawing) saw(u accesslog.Use) {
	d.kinds[class(u)][u.Entry] = true
	add := func(sort, id, place string) {
		if unit := d.facts.Unit[place]; id != "" && unit != "" {
			d.units[[2]string{sort, id}] = unit
		}
	}
	add("place", u.Place, u.Place)
	if u.Place == "" {
		for _, c := range u.Cameras.List() {
			add("camera", c, d.facts.Place[c])
		}
	}
}

// kindsOf are the ledger's kinds of the uses of a class.
func (d *drawing) kindsOf(class string) []string {
	out := slices.AppendSeq([]string{}, maps.Keys(d.kinds[class])) // an empty list, not null
	slices.Sort(out)
	return out
}

// unitLines are the units of the places and cameras that lots were drawn of:
// ["place", id, unit] or ["camera", id, unit].
func (d *drawing) unitLines() (out [][]string) {
	for k, unit := range d.units {
		out = append(out, []string{k[0], k[1], unit})
	}
	slices.SortFunc(out, func(a, b []string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return out
}

// items makes the items of what was drawn, each with its reviewer.
func (r *Room) items(ctx context.Context, d *drawing) (out []Item, err error) {
	now := moment(r.c.Clock.Now())
	load, err := r.load(ctx, d.p.Controller)
	if err != nil {
		return nil, err
	}
	for n, k := range d.picks {
		u, ok := d.by[k.Index]
		if !ok { // of an earlier period of the quarter
			if u, err = r.c.Uses.Use(ctx, d.p.Controller, k.Index); err != nil {
				return nil, err
			}
		}
		named, err := r.named(ctx, k.Index, d.facts.Names)
		if err != nil {
			return nil, err
		}
		i := Item{ID: newID(), Controller: d.p.Controller, Period: d.p.ID, Number: fmt.Sprintf("K%d-%03d", d.p.Number, n+1), Index: u.Index, Stratum: k.Stratum, Rules: accesslog.Words(strings.Join(k.Rules, " ")),
			Unit: k.Unit, Kind: u.Kind, Entry: u.Entry, Person: u.Person, Name: u.Name, At: u.At, Place: u.Place, Drawn: now, Due: afterWorkdays(now, d.set.ReviewDays), barred: d.facts.barred(u, named)}
		if i.Name == "" {
			i.Name = d.facts.Names[u.Person]
		}
		for _, x := range d.plants {
			if x.fits(u) {
				i.Plant = x.ID
				i.barred = append(i.barred, x.ByPerson)
			}
		}
		if p, ok := chooseReviewer(d.people, i, load); ok {
			i.Reviewer, i.ReviewerName = p.ID, p.Name
			load[p.ID]++
		}
		out = append(out, i)
	}
	return out, nil
}

// chooseReviewer is whoever may review an item and has least to do: a
// coordinator, or where none may, a data protection officer.
func chooseReviewer(people []identity.Person, i Item, load map[string]int) (best identity.Person, ok bool) {
	for _, role := range []string{roleCoordinator, roleDPO} {
		for _, p := range people {
			if p.Closed || !slices.Contains(p.Roles, role) || !i.MayReview(p.ID, p.Name) {
				continue
			}
			if !ok || load[p.ID] < load[best.ID] || load[p.ID] == load[best.ID] && p.ID < best.ID {
				best, ok = p, true
			}
		}
		if ok {
			return best, true
		}
	}
	return best, false
}

// load is how many undecided items each reviewer has.
func (r *Room) load(ctx context.Context, controller string) (map[string]int, error) {
	type row struct {
		Reviewer string
		N        int64
	}
	out := map[string]int{}
	err := r.c.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[row](ctx, tx, `SELECT reviewer, COUNT(*) AS n FROM oversight_items WHERE controller = ? AND decided = 0 GROUP BY reviewer`, controller)
		for _, w := range rows {
			out[w.Reviewer] = int(w.N)
		}
		return err
	})
	return out, err
}
