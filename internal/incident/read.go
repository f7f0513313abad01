package incident

import (
	"context"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

type row struct {
	ID, Number, Controller, Location, What, Spot, Others, Crime, Rests, Police, Need, Person, Name, Closer, Outcome, Steps string
	Since, Until, Opened, Closed                                                                                           time.Time
}

func (w row) incident() (Incident, error) {
	var steps Steps
	if err := json.Unmarshal([]byte(w.Steps), &steps); err != nil {
		return Incident{}, fault.As(fault.Corrupt, "incident.steps", err)
	}
	return Incident{Steps: steps, ID: w.ID, Number: w.Number, Controller: w.Controller, Location: w.Location,
		Account:    Account{What: w.What, Spot: w.Spot, From: w.Since, To: w.Until, Others: w.Others},
		Assessment: Assessment{Crime: Crime(w.Crime), Rests: w.Rests, Police: w.Police},
		Need:       w.Need, Opened: w.Opened, Person: w.Person, Name: w.Name, Closed: w.Closed, Closer: w.Closer, Outcome: w.Outcome}, nil
}

type scopeRow struct {
	Incident              string
	Version               int
	Cameras, Reason, Name string
	Since, Until, Named   time.Time
}

func (w scopeRow) scope() (Scope, error) {
	s := Scope{Version: w.Version, From: w.Since, To: w.Until, Reason: w.Reason, Named: w.Named, Name: w.Name}
	if err := json.Unmarshal([]byte(w.Cameras), &s.Cameras); err != nil {
		return s, fault.As(fault.Corrupt, "incident.cameras", err)
	}
	return s, nil
}

type consentRow struct {
	ID, Registered, Kept, Name string
	Given, Withdrawn, Entered  time.Time
}

const (
	columns      = `SELECT id, number, controller, location, what, spot, since, until, others, crime, rests, police, need, opened, person, name, closed, closer, outcome, steps FROM incidents `
	scopeColumns = `SELECT incident, version, cameras, since, until, reason, named, name FROM incident_scopes `
)

// Get is an incident of a controller, with all that belongs to it. Another's
// is fault.NotFound "incident.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (i Incident, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		i, err = r.GetIn(ctx, tx, controller, id)
		return err
	})
	return i, err
}

// GetIn is [Room.Get] in a transaction of the caller.
func (r *Room) GetIn(ctx context.Context, tx *db.Tx, controller, id string) (Incident, error) {
	w, err := db.One[row](ctx, tx, columns+`WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return Incident{}, fault.New(fault.NotFound, "incident.unknown", "no incident %.40q", id)
	}
	if err != nil {
		return Incident{}, err
	}
	i, err := w.incident()
	if err != nil {
		return i, err
	}
	scopes, err := db.All[scopeRow](ctx, tx, scopeColumns+`WHERE incident = ? ORDER BY version`, id)
	if err != nil {
		return Incident{}, err
	}
	for _, x := range scopes {
		s, err := x.scope()
		if err != nil {
			return Incident{}, err
		}
		i.Scopes = append(i.Scopes, s)
	}
	consents, err := db.All[consentRow](ctx, tx, `SELECT id, registered, given, kept, withdrawn, entered, name FROM incident_consents WHERE incident = ? ORDER BY entered, id`, id)
	for _, c := range consents {
		i.Consents = append(i.Consents, Consent{ID: c.ID, Registered: c.Registered, Given: c.Given, Kept: c.Kept, Withdrawn: c.Withdrawn, Entered: c.Entered, Name: c.Name})
	}
	return i, err
}

// Query selects incidents of one controller.
type Query struct {
	Controller string
	// Locations limits the answer to these; nil for no such limit, empty for none.
	Locations []string
	Open      bool   // only those that are open
	Camera    string // only those that name it now
}

// List lists incidents, the newest first, each with its scopes and without its
// consents.
func (r *Room) List(ctx context.Context, q Query) (out []Incident, err error) {
	if q.Locations != nil && len(q.Locations) == 0 {
		return nil, nil
	}
	where, args := `WHERE controller = ?`, []any{q.Controller}
	if q.Open {
		where += ` AND closed = 0`
	}
	if q.Locations != nil {
		where += ` AND location IN (` + db.Marks(len(q.Locations)) + `)`
		for _, l := range q.Locations {
			args = append(args, l)
		}
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[row](ctx, tx, columns+where+` ORDER BY opened DESC, id`, args...)
		if err != nil {
			return err
		}
		scopes, err := db.All[scopeRow](ctx, tx, scopeColumns+`WHERE incident IN (SELECT id FROM incidents `+where+`) ORDER BY incident, version`, args...)
		if err != nil {
			return err
		}
		of := map[string][]Scope{}
		for _, x := range scopes {
			s, err := x.scope()
			if err != nil {
				return err
			}
			of[x.Incident] = append(of[x.Incident], s)
		}
		for _, w := range rows {
			i, err := w.incident()
			if err != nil {
				return err
			}
			i.Scopes = of[i.ID]
			if q.Camera == "" || contains(i.Scope().Cameras, q.Camera) {
				out = append(out, i)
			}
		}
		return nil
	})
	return out, err
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}
