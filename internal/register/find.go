package register

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Page cuts an answer: where it begins, how many rows it has at most (0:
// all), and what it is sorted by. An empty Sort is the list's own order.
type Page struct {
	Sort   string
	Desc   bool
	Limit  int
	Offset int
}

// order is the ORDER BY and LIMIT of a page. names are the columns by the
// names that callers may sort by, "" the list's own; last makes it total.
func (p Page) order(names map[string]string, last string) (string, []any, error) {
	by, ok := names[p.Sort]
	if !ok {
		return "", nil, fault.New(fault.Invalid, "register.sort", "no list is sorted by %q", p.Sort)
	}
	down := ""
	if p.Desc {
		down = " DESC"
	}
	out := " ORDER BY " + strings.ReplaceAll(by, ",", down+",") + down + ", " + last
	if p.Limit > 0 {
		return out + " LIMIT ? OFFSET ?", []any{p.Limit, p.Offset}, nil
	}
	return out, nil, nil
}

// Query selects cameras of one controller.
type Query struct {
	Controller string
	// Text is words that must all be found in id, name, make, model, mounting,
	// or the location's name or address, in any order and case.
	Text     string
	Location string
	// Locations limits the answer to these; nil for no such limit, empty for none.
	Locations    []string
	IDs          []string // likewise
	Area         string
	PlaceKind    string
	PurposeKind  string
	BasisID      string
	Bases        []string // limits the answer to cameras on these; nil for no such limit
	Supplier     string
	LifeCritical bool // only those
	Removed      bool // also those taken out of service
	// Brief fills in no more than what a list of all needs: id, controller,
	// location and its name, name, basis, engine and when it was taken out of service.
	Brief  bool
	Sort   string // "" by place and name, "name", "place-kind", "make", "added"
	Desc   bool
	Limit  int // 0: all
	Offset int
}

// where is a condition that grows.
type where struct {
	text string
	args []any
}

func (w *where) and(condition string, args ...any) {
	w.text, w.args = w.text+" AND "+condition, append(w.args, args...)
}

// is adds an equality unless nothing is asked for.
func (w *where) is(column, value string) {
	if value != "" {
		w.and(column+" = ?", value)
	}
}

// words adds that a column holds every word of a text.
func (w *where) words(column, text string) {
	for _, word := range strings.Fields(searchText(text)) {
		w.and(column+` LIKE ? ESCAPE '!'`, "%"+literal(word)+"%")
	}
}

// in adds that a column is one of a list; a nil list asks for nothing.
func (w *where) in(column string, list []string) {
	if list == nil {
		return
	}
	if len(list) == 0 {
		w.and("1 = 0")
		return
	}
	args := make([]any, len(list))
	for i, l := range list {
		args[i] = l
	}
	w.and(column+" IN ("+db.Marks(len(list))+")", args...)
}

// where is what a query asks of the table of cameras.
func (q Query) where() where {
	w := where{"c.controller = ?", []any{q.Controller}}
	w.words("c.search", q.Text)
	w.is("c.location", q.Location)
	w.is("c.area", q.Area)
	w.is("c.place_kind", q.PlaceKind)
	w.is("c.purpose_kind", q.PurposeKind)
	w.is("c.basis_id", q.BasisID)
	w.is("c.supplier", q.Supplier)
	w.in("c.location", q.Locations)
	w.in("c.id", q.IDs)
	w.in("c.basis_id", q.Bases)
	if q.LifeCritical {
		w.and("c.life_critical = 1")
	}
	if !q.Removed {
		w.and("c.removed = 0")
	}
	return w
}

// Cameras answers a query by location and name, and says how many there are
// in all.
func (r *Register) Cameras(ctx context.Context, q Query) (cameras []Camera, total int64, err error) {
	page := Page{q.Sort, q.Desc, q.Limit, q.Offset}
	order, orderArgs, err := page.order(map[string]string{"": "l.name, c.name", "name": "c.name", "place-kind": "c.place_kind, c.name",
		"make": "c.make, c.model", "added": "c.added"}, "c.id")
	if err != nil {
		return nil, 0, err
	}
	sel := selectCamera
	if q.Brief {
		sel = selectBrief
	}
	return list[Camera](ctx, r, `cameras c`, sel, q.where(), order, orderArgs)
}

// Key is a camera among thousands: enough to find out how each of them is, and
// to ask for the few that are shown.
type Key struct{ ID, Location, Name string }

// Key is the camera's.
func (c Camera) Key() Key { return Key{c.ID, c.Location, c.Name} }

// Keys are those of all cameras that a query selects, in no order.
func (r *Register) Keys(ctx context.Context, q Query) (keys []Key, err error) {
	w := q.where()
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		keys, err = db.All[Key](ctx, tx, `SELECT c.id, c.location, c.name FROM cameras c WHERE `+w.text, w.args...)
		return err
	})
	return keys, err
}

// ByBasis is how many of the cameras that a query selects rest on each basis.
func (r *Register) ByBasis(ctx context.Context, q Query) (map[string]int, error) {
	type row struct {
		BasisID string
		N       int
	}
	counts := map[string]int{}
	w := q.where()
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := db.All[row](ctx, tx, `SELECT c.basis_id, COUNT(*) AS n FROM cameras c WHERE `+w.text+` GROUP BY c.basis_id`, w.args...)
		for _, x := range all {
			counts[x.BasisID] = x.N
		}
		return err
	})
	return counts, err
}

// list reads a page of rows and, if the page is not all there is, counts the rest.
func list[T any](ctx context.Context, r *Register, from, sel string, w where, order string, orderArgs []any) (rows []T, total int64, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		if rows, err = db.All[T](ctx, tx, sel+w.text+order, slices.Concat(w.args, orderArgs)...); err != nil || orderArgs == nil {
			total = int64(len(rows))
			return err
		}
		total, err = db.One[int64](ctx, tx, `SELECT COUNT(*) FROM `+from+` WHERE `+w.text, w.args...)
		return err
	})
	return rows, total, err
}

// LocationQuery selects locations of one controller.
type LocationQuery struct {
	Controller string
	// Text is words that must all be found in id, name, address, cadastre,
	// manager or administration, in any order and case.
	Text           string
	Administration string
	Activity       string
	// Locations limits the answer to these; nil for no such limit, empty for none.
	Locations []string
	Shut      bool // also those that are shut
	Page           // by name; "address", "administration", "cameras"
}

// LocationFound is a location in a list.
type LocationFound struct {
	Location
	Cameras int // in service
}

// FindLocations answers a query, and says how many there are in all.
func (r *Register) FindLocations(ctx context.Context, q LocationQuery) (found []LocationFound, total int64, err error) {
	w := where{"controller = ?", []any{q.Controller}}
	w.words("search", q.Text)
	w.is("administration", q.Administration)
	w.is("activity", q.Activity)
	w.in("id", q.Locations)
	if !q.Shut {
		w.and("shut = 0")
	}
	order, orderArgs, err := q.order(map[string]string{"": "name", "address": "address", "administration": "administration, name",
		"cameras": "(SELECT COUNT(*) FROM cameras c WHERE c.location = locations.id AND c.removed = 0)"}, "id")
	if err != nil {
		return nil, 0, err
	}
	rows, total, err := list[Location](ctx, r, `locations`, `SELECT `+locationColumns+` FROM locations WHERE `, w, order, orderArgs)
	if err != nil {
		return nil, 0, err
	}
	counts, err := r.inService(ctx, q.Controller)
	if err != nil {
		return nil, 0, err
	}
	for _, l := range rows {
		found = append(found, LocationFound{l, counts[l.ID]})
	}
	return found, total, nil
}

// inService counts the cameras in service by location.
func (r *Register) inService(ctx context.Context, controller string) (map[string]int, error) {
	type count struct {
		Location string
		N        int64
	}
	at := map[string]int{}
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		counts, err := db.All[count](ctx, tx, `SELECT location, COUNT(*) AS n FROM cameras WHERE controller = ? AND removed = 0 GROUP BY location`, controller)
		for _, c := range counts {
			at[c.Location] = int(c.N)
		}
		return err
	})
	return at, err
}

// Name is a thing of the register by name, to be chosen from a list.
type Name struct{ ID, Name string }

// LocationNames lists locations by name, those shut among them: all of a
// controller's, or, unless the list is nil, those of it.
func (r *Register) LocationNames(ctx context.Context, controller string, locations []string) (all []Name, err error) {
	w := where{"controller = ?", []any{controller}}
	w.in("id", locations)
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Name](ctx, tx, `SELECT id, name FROM locations WHERE `+w.text+` ORDER BY name, id`, w.args...)
		return err
	})
	return all, err
}

// SupplierQuery selects suppliers of one controller.
type SupplierQuery struct {
	Controller string
	Text       string
	Ended      bool // also those no longer used
	Page            // by name; "cvr"
}

// FindSuppliers answers a query, and says how many there are in all.
func (r *Register) FindSuppliers(ctx context.Context, q SupplierQuery) (found []Supplier, total int64, err error) {
	w := where{"controller = ?", []any{q.Controller}}
	w.words("search", q.Text)
	if !q.Ended {
		w.and("ended = 0")
	}
	order, orderArgs, err := q.order(map[string]string{"": "name", "cvr": "cvr"}, "id")
	if err != nil {
		return nil, 0, err
	}
	return list[Supplier](ctx, r, `suppliers`, `SELECT `+supplierColumns+` FROM suppliers WHERE `, w, order, orderArgs)
}

// Location finds one location of a controller.
func (r *Register) Location(ctx context.Context, controller, id string) (l Location, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		l, err = r.LocationIn(ctx, tx, controller, id)
		return err
	})
	return l, err
}

// Locations lists a controller's locations by name, those shut among them.
func (r *Register) Locations(ctx context.Context, controller string) (all []Location, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Location](ctx, tx, `SELECT `+locationColumns+` FROM locations WHERE controller = ? ORDER BY name, id`, controller)
		return err
	})
	return all, err
}

// LocationsIn is [Register.Locations] in a transaction of the caller.
func (r *Register) LocationsIn(ctx context.Context, tx *db.Tx, controller string) ([]Location, error) {
	return db.All[Location](ctx, tx, `SELECT `+locationColumns+` FROM locations WHERE controller = ? ORDER BY name, id`, controller)
}

// ManagedBy lists the open locations that a person is the manager of.
func (r *Register) ManagedBy(ctx context.Context, controller, person string) (locations []string, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		locations, err = db.All[string](ctx, tx, `SELECT id FROM locations WHERE controller = ? AND manager_person = ? AND manager_person <> '' AND shut = 0 ORDER BY id`, controller, person)
		return err
	})
	return locations, err
}

// Administrations lists a controller's parts by name.
func (r *Register) Administrations(ctx context.Context, controller string) (all []Administration, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Administration](ctx, tx, `SELECT * FROM administrations WHERE controller = ? ORDER BY name, id`, controller)
		return err
	})
	return all, err
}

// Controller finds a controller.
func (r *Register) Controller(ctx context.Context, id string) (c Controller, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		c, err = db.One[Controller](ctx, tx, `SELECT * FROM controllers WHERE id = ?`, id)
		return missing(err, "controller", id)
	})
	return c, err
}

// Controllers lists them all by name.
func (r *Register) Controllers(ctx context.Context) (all []Controller, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Controller](ctx, tx, `SELECT * FROM controllers ORDER BY name, id`)
		return err
	})
	return all, err
}

// Administration finds one administration of a controller.
func (r *Register) Administration(ctx context.Context, controller, id string) (a Administration, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		a, err = db.One[Administration](ctx, tx, `SELECT * FROM administrations WHERE id = ? AND controller = ?`, id, controller)
		return missing(err, "administration", id)
	})
	return a, err
}

// literal makes what has a meaning to LIKE a letter like any other.
func literal(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

func searchText(parts ...string) string { return strings.ToLower(strings.Join(parts, " ")) }

func missing(err error, what, id string) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, what+".unknown", "no %s %q", what, id)
	}
	return err
}
