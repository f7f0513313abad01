package authorisation

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Access (fysisk adgang) is one person who can get at the storage itself: the
// server room, the discs, a key to the cupboard (H 5.1, D 3.5.2). It opens no
// footage: that is encrypted, and the right to see it is another.
type Access struct {
	ID           string
	Controller   string
	Name         string
	Person       string // the account, where there is one
	Firm         string // for people from outside
	Place        string // which room or medium
	Need         string // why just this person must be able to get there
	FromAt       time.Time
	UntilAt      time.Time // zero: until ended
	ReviewMonths int64

	AskedBy, AskedName       string
	AskedAt                  time.Time
	DecidedBy, DecidedName   string
	DecidedAt                time.Time
	Approved                 bool
	Why                      string // of the decision
	ReviewedBy, ReviewedName string
	ReviewedAt               time.Time
	EndedBy, EndedName       string
	EndedWhy                 string
	EndedAt                  time.Time
	Version                  int64
}

// ReviewBy is when the need must have been looked at again.
func (a Access) ReviewBy() time.Time { return a.ReviewedAt.AddDate(0, int(a.ReviewMonths), 0) }

// Overdue is the state of physical access that stands and was not reviewed in
// time. A key does not stop turning by itself: it is shown until somebody
// reviews it or takes the key back.
const Overdue State = "overdue"

// State is how far it has come at now: Asked, Refused, Coming, InForce,
// Overdue, Expired or Ended.
func (a Access) State(now time.Time) State {
	switch {
	case !a.EndedAt.IsZero():
		return Ended
	case !a.UntilAt.IsZero() && !now.Before(a.UntilAt):
		return Expired
	case a.DecidedAt.IsZero():
		return Asked
	case !a.Approved:
		return Refused
	case now.Before(a.FromAt):
		return Coming
	case !now.Before(a.ReviewBy()):
		return Overdue
	}
	return InForce
}

func (a Access) check(now time.Time) (Access, error) {
	var err error
	for _, p := range []*string{&a.Name, &a.Firm, &a.Place} {
		if *p = strings.TrimSpace(*p); len(*p) > 200 {
			return a, fault.New(fault.Invalid, "storage.long", "%d bytes", len(*p))
		}
	}
	if a.Need, err = reasoned(a.Need); err != nil {
		return a, fault.New(fault.Invalid, "storage.need", "why is not said")
	}
	if a.FromAt.Before(now) {
		a.FromAt = now
	}
	switch {
	case a.Name == "":
		return a, fault.New(fault.Invalid, "storage.name", "who?")
	case a.Place == "":
		return a, fault.New(fault.Invalid, "storage.place", "which room or medium?")
	case !a.UntilAt.IsZero() && !a.FromAt.Before(a.UntilAt):
		return a, fault.New(fault.Invalid, "storage.until", "it ends before it begins")
	}
	return a, nil
}

// AskStorage asks for physical access for somebody.
func (r *Room) AskStorage(ctx context.Context, a Access, who Who) (Access, error) {
	t, err := r.Terms(ctx, a.Controller)
	if err != nil {
		return a, err
	}
	now := r.c.Clock.Now()
	if a, err = a.check(now); err != nil {
		return a, err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		by, err := r.actor(ctx, tx, a.Controller, who, t.Storage)
		if err != nil {
			return err
		}
		if a.Person != "" {
			p, err := r.c.People.PersonIn(ctx, tx, a.Person)
			if err != nil || p.Controller != a.Controller {
				return fault.New(fault.Invalid, "storage.name", "%s has no account %.40q", a.Controller, a.Person)
			}
			a.Name = p.Name
		}
		a.ID, a.AskedBy, a.AskedName, a.AskedAt, a.ReviewMonths, a.Version = newID(), by.person, by.name, now, int64(t.ConfirmMonths), 1
		none := time.Time{}
		if _, err := tx.Exec(ctx, `INSERT INTO storage_access (id, controller, name, person, firm, place, need, from_at, until_at, review_months, asked_by, asked_name, asked_at,
			decided_by, decided_name, decided_at, approved, why, reviewed_by, reviewed_name, reviewed_at, ended_by, ended_name, ended_why, ended_at, version) VALUES (`+db.Marks(26)+`)`,
			a.ID, a.Controller, a.Name, a.Person, a.Firm, a.Place, a.Need, a.FromAt, a.UntilAt, a.ReviewMonths, a.AskedBy, a.AskedName, a.AskedAt,
			"", "", none, false, "", "", "", none, "", "", "", none, 1); err != nil {
			return err
		}
		return r.enterStorage(ctx, tx, "storage.asked", a, by, who, map[string]any{"need": a.Need, "firm": a.Firm, "from": a.FromAt, "until": a.UntilAt}, now)
	})
	return a, err
}

func (r *Room) enterStorage(ctx context.Context, tx *db.Tx, kind string, a Access, by actor, who Who, more map[string]any, now time.Time) error {
	e := map[string]any{"controller": a.Controller, "person": by.person, "name": by.name, "address": who.Address, "access": a.ID, "for": a.Person, "for_name": a.Name, "place": a.Place}
	for k, v := range more {
		e[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, now, kind, e)
	return err
}

func (r *Room) changeStorage(ctx context.Context, controller, id string, who Who, kind string, do func(a *Access, by actor, t casework.Rights, now time.Time) error) error {
	t, err := r.Terms(ctx, controller)
	if err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now := r.c.Clock.Now()
		by, err := r.actor(ctx, tx, controller, who, t.Storage)
		if err != nil {
			return err
		}
		a, err := getStorage(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if err := do(&a, by, t, now); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE storage_access SET decided_by = ?, decided_name = ?, decided_at = ?, approved = ?, why = ?, reviewed_by = ?, reviewed_name = ?, reviewed_at = ?,
			ended_by = ?, ended_name = ?, ended_why = ?, ended_at = ?, version = ? WHERE id = ? AND version = ?`, a.DecidedBy, a.DecidedName, a.DecidedAt, a.Approved, a.Why,
			a.ReviewedBy, a.ReviewedName, a.ReviewedAt, a.EndedBy, a.EndedName, a.EndedWhy, a.EndedAt, a.Version+1, a.ID, a.Version)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "rights.changed", "%s was changed by somebody else meanwhile", id)
		}
		return r.enterStorage(ctx, tx, kind, a, by, who, map[string]any{"why": a.Why + a.EndedWhy}, now)
	})
}

// deciding refuses whoever may not answer for physical access: it takes a body
// that the process names, and nobody answers for themselves or for what they
// asked for.
func (a Access) deciding(by actor) error {
	switch {
	case by.person == a.Person || by.person == a.AskedBy:
		return fault.New(fault.Denied, "access.own", "%s asked, or it is theirs", by.person)
	case !by.holds:
		return fault.New(fault.Denied, "storage.body", "%s does not answer for the storage", by.person)
	}
	return nil
}

// DecideStorage approves or refuses.
func (r *Room) DecideStorage(ctx context.Context, controller, id string, approve bool, why string, who Who) error {
	kind := "storage.refused"
	if approve {
		kind = "storage.approved"
	}
	return r.changeStorage(ctx, controller, id, who, kind, func(a *Access, by actor, _ casework.Rights, now time.Time) error {
		if err := a.deciding(by); err != nil {
			return err
		}
		if s := a.State(now); s != Asked {
			return fault.New(fault.Conflict, "rights.over", "it is %s", s)
		}
		reason, err := reasoned(why)
		if err != nil && !approve {
			return err
		}
		a.DecidedBy, a.DecidedName, a.DecidedAt, a.Approved, a.Why = by.person, by.name, now, approve, reason
		if approve {
			a.ReviewedBy, a.ReviewedName, a.ReviewedAt = by.person, by.name, now
		}
		return nil
	})
}

// ReviewStorage says that the need is still there.
func (r *Room) ReviewStorage(ctx context.Context, controller, id string, who Who) error {
	return r.changeStorage(ctx, controller, id, who, "storage.reviewed", func(a *Access, by actor, _ casework.Rights, now time.Time) error {
		switch s := a.State(now); {
		case by.person == a.Person:
			return fault.New(fault.Denied, "access.own", "it is %s's own", by.person)
		case !by.holds:
			return fault.New(fault.Denied, "storage.body", "%s does not answer for the storage", by.person)
		case s != InForce && s != Overdue && s != Coming:
			return fault.New(fault.Conflict, "rights.over", "it is %s", s)
		}
		a.ReviewedBy, a.ReviewedName, a.ReviewedAt = by.person, by.name, now
		return nil
	})
}

// EndStorage enters that the key was taken back: by IT, the coordinator, the
// data protection officer, whoever asked, or whoever answers for the storage.
func (r *Room) EndStorage(ctx context.Context, controller, id, why string, who Who) error {
	return r.changeStorage(ctx, controller, id, who, "storage.ended", func(a *Access, by actor, _ casework.Rights, now time.Time) error {
		reason, err := reasoned(why)
		if err != nil {
			return err
		}
		if !by.it && !by.oversees && by.person != a.Person && by.person != a.AskedBy && !by.holds {
			return fault.New(fault.Denied, "storage.body", "%s has no part in it", by.person)
		}
		if s := a.State(now); slices.Contains([]State{Ended, Expired, Refused}, s) {
			return fault.New(fault.Conflict, "rights.over", "it is %s", s)
		}
		a.EndedBy, a.EndedName, a.EndedWhy, a.EndedAt = by.person, by.name, reason, now
		return nil
	})
}

func getStorage(ctx context.Context, tx *db.Tx, controller, id string) (Access, error) {
	a, err := db.One[Access](ctx, tx, `SELECT * FROM storage_access WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "storage.unknown", "%s has no access %.40q on record", controller, id)
	}
	return a, err
}

// StorageAccess finds one.
func (r *Room) StorageAccess(ctx context.Context, controller, id string) (a Access, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		a, err = getStorage(ctx, tx, controller, id)
		return err
	})
	return a, err
}

// Storage lists who can get at the storage, and who could, by name.
func (r *Room) Storage(ctx context.Context, controller string) (out []Access, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Access](ctx, tx, `SELECT * FROM storage_access WHERE controller = ? ORDER BY name, from_at, id`, controller)
		return err
	})
	return out, err
}

// AnswersForStorage says whether a person may approve and review.
func (r *Room) AnswersForStorage(ctx context.Context, controller, person string) (yes bool, err error) {
	t, err := r.c.Terms(ctx, controller)
	if err != nil || !t.Given() {
		return false, err
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		by, err := r.actor(ctx, tx, controller, Who{Person: person}, t.Storage)
		yes = by.holds
		return err
	})
	return yes, err
}
