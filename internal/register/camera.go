package register

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// Camera is one camera as the register knows it. Its stream's address and
// its password are not here: they are sealed to the engine's key and kept in
// the engine's statement.
type Camera struct {
	ID         string `json:"id"` // also the engine's reference to it
	Controller string `json:"controller"`
	Location   string `json:"location"`
	Area       string `json:"area"` // empty: none
	Name       string `json:"name"`
	Make       string `json:"make"`
	Model      string `json:"model"`
	Place      string `json:"place"`      // the place in words: entrance, facade, corridor
	PlaceKind  string `json:"place_kind"` // id of the law's data: "own-entrance"
	Mounting   string `json:"mounting"`   // where it hangs
	Direction  string `json:"direction"`  // what it looks at
	Purpose    string `json:"purpose"`
	// PurposeKind is "crime", "safety" or "other".
	PurposeKind string `json:"purpose_kind"`
	Basis       string `json:"basis"`    // legal basis, as shown
	BasisID     string `json:"basis_id"` // id of the law's data: "2d"
	Engine      string `json:"engine"`
	HeightCM    int    `json:"height_cm"`    // above the ground; 0: unknown
	ViewDegrees int    `json:"view_degrees"` // horizontal field of view; 0: unknown
	View        string `json:"view"`         // the field of view in words
	Quality     string `json:"quality"`      // picture and video quality (H 2.3 A)
	Function    string `json:"functionality" db:"functionality"`
	Supplier    string `json:"supplier"` // who put it up; empty: unknown
	// LifeCritical marks a system that lives depend on, which must be set up
	// otherwise than these rules (H 5.1); both reasons then stand.
	LifeCritical  bool      `json:"life_critical"`
	LifeReason    string    `json:"life_reason"`
	LifeOtherwise string    `json:"life_otherwise"` // what is set up instead
	Added         time.Time `json:"added"`
	Commissioned  time.Time `json:"commissioned,omitzero"`              // taken into use; POLCAM's days run from it
	Use           Use       `json:"use,omitempty" db:"commissioned_by"` // what says so
	Removed       time.Time `json:"removed,omitzero"`
	Version       int64     `json:"version"`
	// Where is the name of the location, filled when read.
	Where string `json:"-"`
}

func (c Camera) searchText(l Location) string {
	return searchText(c.ID, c.Name, c.Make, c.Model, c.Mounting, l.Name, l.Address)
}

func (c Camera) fields(l Location) []field {
	return []field{
		{"location", c.Location}, {"area", c.Area}, {"name", c.Name}, {"make", c.Make}, {"model", c.Model}, {"place", c.Place},
		{"place_kind", c.PlaceKind}, {"mounting", c.Mounting}, {"direction", c.Direction}, {"purpose", c.Purpose},
		{"purpose_kind", c.PurposeKind}, {"basis", c.Basis}, {"basis_id", c.BasisID}, {"engine", c.Engine}, {"height_cm", c.HeightCM},
		{"view_degrees", c.ViewDegrees}, {"view", c.View}, {"quality", c.Quality}, {"functionality", c.Function}, {"supplier", c.Supplier},
		{"life_critical", c.LifeCritical}, {"life_reason", c.LifeReason}, {"life_otherwise", c.LifeOtherwise},
		{"search", c.searchText(l)},
	}
}

// check looks at a camera alone.
func (c Camera) check() error {
	if err := checkID("camera", c.ID); err != nil {
		return err
	}
	switch {
	case c.Name == "":
		return fault.New(fault.Invalid, "camera.name", "camera %s has no name", c.ID)
	case c.HeightCM < 0 || c.HeightCM > 100_00:
		return fault.New(fault.Invalid, "camera.height", "camera %s hangs at %d cm", c.ID, c.HeightCM)
	case c.ViewDegrees < 0 || c.ViewDegrees > 360:
		return fault.New(fault.Invalid, "camera.view", "camera %s sees %d degrees", c.ID, c.ViewDegrees)
	case c.LifeCritical && (c.LifeReason == "" || c.LifeOtherwise == ""):
		return fault.New(fault.Invalid, "camera.life-critical", "camera %s is life-critical without the reason and what is set up otherwise", c.ID)
	}
	return nil
}

// at finds the location and the area that a camera names, of its own
// controller, open.
func (r *Register) at(ctx context.Context, tx *db.Tx, c Camera) (Location, error) {
	l, err := r.LocationIn(ctx, tx, c.Controller, c.Location)
	if fault.Is(err, fault.NotFound) {
		return l, fault.New(fault.Invalid, "register.location", "camera %s: %s has no location %s", c.ID, c.Controller, c.Location)
	}
	if err != nil {
		return l, err
	}
	if !l.Shut.IsZero() {
		return l, fault.New(fault.Invalid, "location.shut", "camera %s: %s is shut", c.ID, c.Location)
	}
	if c.Area == "" {
		return l, nil
	}
	n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM areas WHERE id = ? AND location = ?`, c.Area, c.Location)
	if err == nil && n == 0 {
		err = fault.New(fault.Invalid, "register.area", "camera %s: %s has no area %s", c.ID, c.Location, c.Area)
	}
	return l, err
}

// AddCamera enters a camera at a location of the same controller. It records
// nothing until a permit is in force.
func (r *Register) AddCamera(ctx context.Context, c Camera, by string) error {
	return r.db.Write(ctx, func(tx *db.Tx) error { return r.AddCameraIn(ctx, tx, c, by) })
}

// AddCameraIn is [Register.AddCamera] in a transaction of the caller.
func (r *Register) AddCameraIn(ctx context.Context, tx *db.Tx, c Camera, by string) error {
	if err := c.check(); err != nil {
		return err
	}
	l, err := r.at(ctx, tx, c)
	if err != nil {
		return err
	}
	e, err := r.insertCamera(ctx, tx, c, l, by)
	if err != nil {
		return err
	}
	_, err = r.ledger.Append(ctx, tx, e.At, e.Kind, e.Body)
	return err
}

// insertCamera enters a camera that was checked, and returns what is left to
// be entered in the ledger.
func (r *Register) insertCamera(ctx context.Context, tx *db.Tx, c Camera, l Location, by string) (ledger.New, error) {
	c.Added, c.Removed, c.Version = r.clock.Now(), time.Time{}, 1
	row := append(c.fields(l), field{"id", c.ID}, field{"controller", c.Controller}, field{"added", c.Added},
		field{"commissioned", c.Commissioned}, field{"commissioned_by", c.Use}, field{"removed", 0})
	if err := insert(ctx, tx, "cameras", row); err != nil {
		return ledger.New{}, err
	}
	return r.entry("camera.added", c.Controller, c, by)
}

// UpdateCamera changes a camera that is still c.Version and in service. When
// it was added, taken into use and taken down stay as they are.
func (r *Register) UpdateCamera(ctx context.Context, c Camera, by string) error {
	return r.db.Write(ctx, func(tx *db.Tx) error { return r.UpdateCameraIn(ctx, tx, c, by) })
}

// UpdateCameraIn is [Register.UpdateCamera] in a transaction of the caller.
// Whether the change lies within the approval is the caller's to judge first
// (CASE-15).
func (r *Register) UpdateCameraIn(ctx context.Context, tx *db.Tx, c Camera, by string) error {
	if err := c.check(); err != nil {
		return err
	}
	was, err := r.CameraIn(ctx, tx, c.Controller, c.ID)
	if err != nil {
		return err
	}
	if was.Version != c.Version {
		return stale("camera", c.ID)
	}
	if !was.Removed.IsZero() {
		return fault.New(fault.Invalid, "camera.removed", "camera %s is taken down", c.ID)
	}
	l, err := r.at(ctx, tx, c)
	if err != nil {
		return err
	}
	c.Added, c.Commissioned, c.Use, c.Removed = was.Added, was.Commissioned, was.Use, was.Removed
	d := differences(was, c)
	if len(d) == 0 {
		return nil
	}
	if err := update(ctx, tx, "cameras", "id", c.ID, c.Version, c.fields(l)); err != nil {
		return err
	}
	if _, err := r.enter(ctx, tx, "camera.changed", c.Controller, edited{c.ID, c.Version + 1, d}, by); err != nil {
		return err
	}
	if was.Commissioned.IsZero() {
		return nil
	}
	if was.Location != c.Location {
		if err := r.polcamChange(ctx, tx, c.Controller, was.Location, PolcamRemoved, c.ID, c.Name, by); err != nil {
			return err
		}
		return r.polcamChange(ctx, tx, c.Controller, c.Location, PolcamAdded, c.ID, c.Name, by)
	}
	if was.Mounting != c.Mounting || was.HeightCM != c.HeightCM || was.Area != c.Area || was.PlaceKind != c.PlaceKind {
		if err := r.polcamChange(ctx, tx, c.Controller, c.Location, PolcamMoved, c.ID, c.Name, by); err != nil {
			return err
		}
	}
	if was.Direction != c.Direction || was.View != c.View || was.ViewDegrees != c.ViewDegrees {
		return r.polcamChange(ctx, tx, c.Controller, c.Location, PolcamView, c.ID, c.Name, by)
	}
	return nil
}

// RemoveCamera takes a camera out of service. Its footage is still deleted on
// time: the engine has that from the footage itself.
func (r *Register) RemoveCamera(ctx context.Context, controller, id, by string) error {
	return r.db.Write(ctx, func(tx *db.Tx) error { return r.RemoveCameraIn(ctx, tx, controller, id, by) })
}

// RemoveCameraIn is [Register.RemoveCamera] in a transaction of the caller,
// who ends the camera's permit in the same one.
func (r *Register) RemoveCameraIn(ctx context.Context, tx *db.Tx, controller, id, by string) error {
	c, err := r.CameraIn(ctx, tx, controller, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE cameras SET removed = ?, version = version + 1 WHERE id = ? AND controller = ? AND removed = 0`, r.clock.Now(), id, controller)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.NotFound, "camera.unknown", "no camera %s in service", id)
	}
	if !c.Commissioned.IsZero() {
		if err := r.polcamChange(ctx, tx, controller, c.Location, PolcamRemoved, id, c.Name, by); err != nil {
			return err
		}
	}
	_, err = r.enter(ctx, tx, "camera.removed", controller, map[string]any{"camera": id}, by)
	return err
}

const selectCamera = `SELECT c.id, c.controller, c.location, c.area, c.name, c.make, c.model, c.place, c.place_kind, c.mounting, c.direction,
	c.purpose, c.purpose_kind, c.basis, c.basis_id, c.engine, c.height_cm, c.view_degrees, c.view, c.quality, c.functionality, c.supplier,
	c.life_critical, c.life_reason, c.life_otherwise, c.added, c.commissioned, c.commissioned_by, c.removed, c.version, l.name AS "where"
	FROM cameras c JOIN locations l ON l.id = c.location WHERE `

const selectBrief = `SELECT c.id, c.controller, c.location, c.name, c.basis_id, c.engine, c.removed, l.name AS "where" FROM cameras c JOIN locations l ON l.id = c.location WHERE `

// Camera finds one camera of a controller.
func (r *Register) Camera(ctx context.Context, controller, id string) (c Camera, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		c, err = r.CameraIn(ctx, tx, controller, id)
		return err
	})
	return c, err
}

// CameraIn is [Register.Camera] in a transaction of the caller.
func (r *Register) CameraIn(ctx context.Context, tx *db.Tx, controller, id string) (Camera, error) {
	c, err := db.One[Camera](ctx, tx, selectCamera+`c.id = ? AND c.controller = ?`, id, controller)
	return c, missing(err, "camera", id)
}

// Evidence (teknisk dokumentation) is what the platform itself found when it
// connected to a camera: IT's technical decision rests on it (H 2.2 B). It
// holds no picture.
type Evidence struct {
	Camera     string    `json:"camera"`
	At         time.Time `json:"at"`
	Controller string    `json:"controller"`
	Statement  string    `json:"statement"` // the probe that asked
	Found      Found     `json:"found"`
	By         string    `json:"by"`
}

// Found is what a probe found, as the engine answered it.
type Found struct{ engineapi.Probed }

// Scan reads it from its column.
func (f *Found) Scan(src any) error { return scanJSON(src, f) }

// KeepEvidence keeps what a probe found, now. All of it stays.
func (r *Register) KeepEvidence(ctx context.Context, e Evidence) error {
	e.At = r.clock.Now()
	return r.add(ctx, "camera.evidence", e.Controller, e, e.By, func(tx *db.Tx) error {
		if _, err := r.CameraIn(ctx, tx, e.Controller, e.Camera); err != nil {
			return err
		}
		return insert(ctx, tx, "evidence", []field{{"camera", e.Camera}, {"at", e.At}, {"controller", e.Controller},
			{"statement", e.Statement}, {"found", asJSON(e.Found)}, {"by", e.By}})
	})
}

// EvidenceOf lists what was found of a camera, the newest first.
func (r *Register) EvidenceOf(ctx context.Context, controller, camera string) (all []Evidence, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[Evidence](ctx, tx, `SELECT * FROM evidence WHERE controller = ? AND camera = ? ORDER BY at DESC`, controller, camera)
		return err
	})
	return all, err
}

// Newest is what was found last of each camera of a controller that was probed.
func (r *Register) Newest(ctx context.Context, controller string) (map[string]Evidence, error) {
	out := map[string]Evidence{}
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := db.All[Evidence](ctx, tx, `SELECT * FROM evidence WHERE controller = ? AND at = (SELECT MAX(n.at) FROM evidence n WHERE n.controller = evidence.controller AND n.camera = evidence.camera)`, controller)
		for _, e := range all {
			out[e.Camera] = e
		}
		return err
	})
	return out, err
}

// Proven says which of these cameras have technical evidence.
func (r *Register) Proven(ctx context.Context, controller string, cameras []string) (all []string, err error) {
	if len(cameras) == 0 {
		return nil, nil
	}
	args := []any{controller}
	for _, c := range cameras {
		args = append(args, c)
	}
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[string](ctx, tx, `SELECT DISTINCT camera FROM evidence WHERE controller = ? AND camera IN (`+db.Marks(len(cameras))+`) ORDER BY camera`, args...)
		return err
	})
	return all, err
}
