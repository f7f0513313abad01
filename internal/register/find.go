package register

import (
	"context"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Query selects cameras of one controller.
type Query struct {
	Controller string
	// Text is words that must all be found in id, name, make, model, mounting,
	// or the location's name or address, in any order and case.
	Text     string
	Location string
	// Locations limits the answer to these; nil for no such limit, empty for none.
	Locations []string
	Removed   bool // also those taken out of service
	Limit     int  // 0: all
	Offset    int
}

// Cameras answers a query by location and name, and says how many there are
// in all.
func (r *Register) Cameras(ctx context.Context, q Query) (cameras []Camera, total int64, err error) {
	where, args := "c.controller = ?", []any{q.Controller}
	for _, word := range strings.Fields(searchText(q.Text)) {
		where += ` AND c.search LIKE ? ESCAPE '!'`
		args = append(args, "%"+literal(word)+"%")
	}
	if q.Location != "" {
		where += " AND c.location = ?"
		args = append(args, q.Location)
	}
	if q.Locations != nil {
		if len(q.Locations) == 0 {
			return nil, 0, nil
		}
		where += " AND c.location IN (" + db.Marks(len(q.Locations)) + ")"
		for _, l := range q.Locations {
			args = append(args, l)
		}
	}
	if !q.Removed {
		where += " AND c.removed = 0"
	}
	page := " ORDER BY l.name, c.name, c.id"
	pageArgs := args
	if q.Limit > 0 {
		page += " LIMIT ? OFFSET ?"
		pageArgs = append(append([]any{}, args...), q.Limit, q.Offset)
	}
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		if total, err = db.One[int64](ctx, tx, `SELECT COUNT(*) FROM cameras c WHERE `+where, args...); err != nil {
			return err
		}
		cameras, err = db.All[Camera](ctx, tx, selectCamera+where+page, pageArgs...)
		return err
	})
	return cameras, total, err
}

const selectCamera = `SELECT c.id, c.controller, c.location, c.name, c.make, c.model, c.place, c.mounting, c.direction,
	c.purpose, c.basis, c.engine, c.added, c.removed, l.name AS "where" FROM cameras c JOIN locations l ON l.id = c.location WHERE `

// Camera finds one camera of a controller.
func (r *Register) Camera(ctx context.Context, controller, id string) (c Camera, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		c, err = db.One[Camera](ctx, tx, selectCamera+`c.id = ? AND c.controller = ?`, id, controller)
		return missing(err, "camera", id)
	})
	return c, err
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

// Location finds one location of a controller.
func (r *Register) Location(ctx context.Context, controller, id string) (l Location, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		l, err = db.One[Location](ctx, tx, `SELECT * FROM locations WHERE id = ? AND controller = ?`, id, controller)
		return missing(err, "location", id)
	})
	return l, err
}

// Locations lists a controller's locations by name.
func (r *Register) Locations(ctx context.Context, controller string) (all []Location, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Location](ctx, tx, `SELECT * FROM locations WHERE controller = ? ORDER BY name, id`, controller)
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

// Designated lists who is designated for a location now, by name (VIEW-5).
func (r *Register) Designated(ctx context.Context, location string) (all []Designation, err error) {
	now := r.clock.Now()
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Designation](ctx, tx, `SELECT * FROM designations WHERE location = ? AND since <= ? AND (until = 0 OR until > ?) ORDER BY name, id`, location, now, now)
		return err
	})
	return all, err
}

// DesignatedFor lists the locations that a person is designated for now.
func (r *Register) DesignatedFor(ctx context.Context, person string) (locations []string, err error) {
	now := r.clock.Now()
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		locations, err = db.All[string](ctx, tx, `SELECT DISTINCT location FROM designations WHERE person = ? AND since <= ? AND (until = 0 OR until > ?) ORDER BY location`, person, now, now)
		return err
	})
	return locations, err
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
