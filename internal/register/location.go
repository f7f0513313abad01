package register

import (
	"context"
	"math"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Location (sted) is a property with cameras.
type Location struct {
	ID             string `json:"id"`
	Controller     string `json:"controller"`
	Administration string `json:"administration"`
	Name           string `json:"name"`
	Address        string `json:"address"`
	Cadastre       string `json:"cadastre"` // matrikel
	Manager        string `json:"manager"`  // responsible manager
	ManagerContact string `json:"manager_contact"`
	// ManagerPerson is the manager's account, empty for none.
	ManagerPerson string       `json:"manager_person"`
	Position      Position     `json:"position,omitzero"`
	Opening       OpeningHours `json:"opening,omitzero"`
	// Activity is what the place is: "school", "shop", "library" and so on;
	// the law's exceptions ask (§ 2 stk. 1 nr. 3).
	Activity   string    `json:"activity"`
	Shut       time.Time `json:"shut,omitzero"` // when it was shut for good
	ShutReason string    `json:"shut_reason"`
	Version    int64     `json:"version"`
}

// Position is a point on the map in degrees (WGS 84). The zero Position is
// unknown: nobody watches the sea off Ghana.
type Position struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Scan reads it from its column.
func (p *Position) Scan(src any) error { return scanJSON(src, p) }

// Known says whether there is a position.
func (p Position) Known() bool { return p != Position{} }

func (p Position) check() error {
	if math.IsNaN(p.Lat) || math.IsNaN(p.Lon) || math.Abs(p.Lat) > 90 || math.Abs(p.Lon) > 180 {
		return fault.New(fault.Invalid, "location.position", "position %g, %g", p.Lat, p.Lon)
	}
	return nil
}

// OpeningHours (åbningstid) is when a place is open: weekly windows in wall
// time, and closing days and holidays that differ. A day without windows is
// one on which it is closed. The zero value says that nobody has told.
type OpeningHours struct{ permit.Hours }

// Scan reads them from their column.
func (h *OpeningHours) Scan(src any) error { return scanJSON(src, h) }

// IsZero says that nobody has told the hours.
func (h OpeningHours) IsZero() bool {
	for _, s := range h.Week {
		if len(s) > 0 {
			return false
		}
	}
	return h.Zone == "" && len(h.Dates) == 0
}

func (h OpeningHours) check() error {
	if h.IsZero() {
		return nil
	}
	if err := h.Check(); err != nil {
		return fault.As(fault.Invalid, "location.opening", err)
	}
	return nil
}

const locationColumns = `id, controller, administration, name, address, cadastre, manager, manager_contact, manager_person,
	position, opening, activity, shut, shut_reason, version`

func (l Location) fields(administration string) []field {
	return []field{
		{"administration", l.Administration}, {"name", l.Name}, {"address", l.Address}, {"cadastre", l.Cadastre},
		{"manager", l.Manager}, {"manager_contact", l.ManagerContact}, {"manager_person", l.ManagerPerson},
		{"position", asJSON(l.Position)}, {"opening", asJSON(l.Opening)}, {"activity", l.Activity},
		{"search", l.searchText(administration)},
	}
}

func (l Location) searchText(administration string) string {
	return searchText(l.ID, l.Name, l.Address, l.Cadastre, l.Manager, administration)
}

func (l Location) check() error {
	if err := checkID("location", l.ID); err != nil {
		return err
	}
	if l.Name == "" {
		return fault.New(fault.Invalid, "location.name", "location %s has no name", l.ID)
	}
	if err := l.Position.check(); err != nil {
		return err
	}
	return l.Opening.check()
}

// AddLocation enters a location. Its administration, if it has one, must be
// the same controller's.
func (r *Register) AddLocation(ctx context.Context, l Location, by string) error {
	if err := l.check(); err != nil {
		return err
	}
	l.Version, l.Shut, l.ShutReason = 1, time.Time{}, ""
	return r.add(ctx, "location.added", l.Controller, l, by, func(tx *db.Tx) error {
		name, err := r.administrationName(ctx, tx, l)
		if err != nil {
			return err
		}
		return insert(ctx, tx, "locations", append(l.fields(name), field{"id", l.ID}, field{"controller", l.Controller}))
	})
}

// administrationName finds the name of a location's administration. One that
// no row stands for is taken as it is: older files name it in words.
func (r *Register) administrationName(ctx context.Context, tx *db.Tx, l Location) (string, error) {
	if l.Administration == "" {
		return "", nil
	}
	a, err := db.One[Administration](ctx, tx, `SELECT * FROM administrations WHERE id = ?`, l.Administration)
	switch {
	case fault.Is(err, fault.NotFound):
		return l.Administration, nil
	case err == nil && a.Controller != l.Controller:
		return "", fault.New(fault.Invalid, "location.administration", "%s has no administration %s", l.Controller, l.Administration)
	}
	return a.Name, err
}

// UpdateLocation changes a location that is still l.Version; else it is a
// Conflict "register.changed". Whether it is shut is not changed here.
func (r *Register) UpdateLocation(ctx context.Context, l Location, by string) error {
	if err := l.check(); err != nil {
		return err
	}
	return edit(ctx, r, "location.changed", l.Controller, l.ID, l.Version, by,
		func(tx *db.Tx) (Location, int64, error) {
			was, err := r.LocationIn(ctx, tx, l.Controller, l.ID)
			return was, was.Version, err
		},
		func(tx *db.Tx, was Location) (Location, error) {
			l.Shut, l.ShutReason = was.Shut, was.ShutReason
			name, err := r.administrationName(ctx, tx, l)
			if err != nil {
				return l, err
			}
			if err := update(ctx, tx, "locations", "id", l.ID, l.Version, l.fields(name)); err != nil {
				return l, err
			}
			if was.Name != l.Name || was.Address != l.Address {
				if err := r.searchAgain(ctx, tx, l); err != nil {
					return l, err
				}
			}
			if was.Address != l.Address || was.Position != l.Position {
				return l, r.polcamChange(ctx, tx, l.Controller, l.ID, PolcamMoved, "", was.Address+" → "+l.Address, by)
			}
			return l, nil
		})
}

// searchAgain makes a location's cameras be found by its new name.
func (r *Register) searchAgain(ctx context.Context, tx *db.Tx, l Location) error {
	cams, err := db.All[Camera](ctx, tx, selectCamera+`c.location = ?`, l.ID)
	if err != nil {
		return err
	}
	for _, c := range cams {
		if _, err := tx.Exec(ctx, `UPDATE cameras SET search = ? WHERE id = ?`, c.searchText(l), c.ID); err != nil {
			return err
		}
	}
	return nil
}

// ShutLocation says that a location is shut for good from at on, in the
// caller's transaction, and returns the cameras that are still there: the
// caller ends their permits in the same transaction (CASE-17). A location
// that is shut is NotFound.
func (r *Register) ShutLocation(ctx context.Context, tx *db.Tx, controller, id string, at time.Time, reason, by string) (cameras []string, err error) {
	if reason == "" {
		return nil, fault.New(fault.Invalid, "location.reason", "location %s is shut without a reason", id)
	}
	n, err := tx.Exec(ctx, `UPDATE locations SET shut = ?, shut_reason = ?, version = version + 1 WHERE id = ? AND controller = ? AND shut = 0`, at, reason, id, controller)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fault.New(fault.NotFound, "location.unknown", "no open location %q", id)
	}
	cameras, err = db.All[string](ctx, tx, `SELECT id FROM cameras WHERE location = ? AND removed = 0 ORDER BY id`, id)
	if err != nil {
		return nil, err
	}
	if err := r.polcamChange(ctx, tx, controller, id, PolcamShut, "", reason, by); err != nil {
		return nil, err
	}
	_, err = r.enter(ctx, tx, "location.shut", controller, map[string]any{"location": id, "at": at, "reason": reason, "cameras": cameras}, by)
	return cameras, err
}

// LocationIn is [Register.Location] in a transaction of the caller.
func (r *Register) LocationIn(ctx context.Context, tx *db.Tx, controller, id string) (Location, error) {
	l, err := db.One[Location](ctx, tx, `SELECT `+locationColumns+` FROM locations WHERE id = ? AND controller = ?`, id, controller)
	return l, missing(err, "location", id)
}

// Area (område) is a part of a location with one kind of place.
type Area struct {
	ID          string    `json:"id"`
	Controller  string    `json:"controller"`
	Location    string    `json:"location"`
	Name        string    `json:"name"`
	PlaceKind   string    `json:"place_kind"` // id of the law's data: "own-entrance", "schoolyard"
	Description string    `json:"description"`
	Removed     time.Time `json:"removed,omitzero"`
	Version     int64     `json:"version"`
}

func (a Area) check() error {
	if err := checkID("area", a.ID); err != nil {
		return err
	}
	if a.Name == "" {
		return fault.New(fault.Invalid, "area.name", "area %s has no name", a.ID)
	}
	return nil
}

// AddArea enters a part of a location of the same controller.
func (r *Register) AddArea(ctx context.Context, a Area, by string) error {
	if err := a.check(); err != nil {
		return err
	}
	a.Version, a.Removed = 1, time.Time{}
	return r.add(ctx, "area.added", a.Controller, a, by, func(tx *db.Tx) error {
		if _, err := r.LocationIn(ctx, tx, a.Controller, a.Location); err != nil {
			return err
		}
		return insert(ctx, tx, "areas", []field{{"id", a.ID}, {"controller", a.Controller}, {"location", a.Location}, {"name", a.Name},
			{"place_kind", a.PlaceKind}, {"description", a.Description}, {"removed", a.Removed}, {"version", a.Version}})
	})
}

// UpdateArea changes an area that is still a.Version. A Removed that is set
// takes it off the lists; the cameras that named it still do.
func (r *Register) UpdateArea(ctx context.Context, a Area, by string) error {
	if err := a.check(); err != nil {
		return err
	}
	return edit(ctx, r, "area.changed", a.Controller, a.ID, a.Version, by,
		func(tx *db.Tx) (Area, int64, error) {
			was, err := db.One[Area](ctx, tx, `SELECT * FROM areas WHERE id = ? AND controller = ?`, a.ID, a.Controller)
			return was, was.Version, missing(err, "area", a.ID)
		},
		func(tx *db.Tx, was Area) (Area, error) {
			a.Location = was.Location
			return a, update(ctx, tx, "areas", "id", a.ID, a.Version, []field{{"name", a.Name}, {"place_kind", a.PlaceKind}, {"description", a.Description}, {"removed", a.Removed}})
		})
}

// Area finds one area of a controller.
func (r *Register) Area(ctx context.Context, controller, id string) (a Area, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		a, err = db.One[Area](ctx, tx, `SELECT * FROM areas WHERE id = ? AND controller = ?`, id, controller)
		return missing(err, "area", id)
	})
	return a, err
}

// Areas lists a location's areas by name.
func (r *Register) Areas(ctx context.Context, controller, location string) (all []Area, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Area](ctx, tx, `SELECT * FROM areas WHERE controller = ? AND location = ? AND removed = 0 ORDER BY name, id`, controller, location)
		return err
	})
	return all, err
}
