package sharing

import (
	"context"
	"encoding/json"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// most is how many are listed: many years of them.
const most = 2000

func read[T any](body string) (x T, err error) {
	if err := json.Unmarshal([]byte(body), &x); err != nil {
		return x, fault.As(fault.Corrupt, "sharing.body", err)
	}
	return x, nil
}

func unknown(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "sharing.unknown", "nothing that is shared")
	}
	return err
}

func all[T any](ctx context.Context, r *Room, query string, args ...any) (out []T, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, query+` LIMIT ?`, append(args, most)...)
		return err
	})
	for _, b := range bodies {
		x, err := read[T](b)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, err
}

// Systems lists a business's closed systems.
func (r *Room) Systems(ctx context.Context, controller string) ([]System, error) {
	return all[System](ctx, r, `SELECT body FROM sharing_systems WHERE controller = ? ORDER BY id`, controller)
}

// System is one of them; another's is fault.NotFound "sharing.unknown".
func (r *Room) System(ctx context.Context, controller, id string) (s System, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		body, err := db.One[string](ctx, tx, `SELECT body FROM sharing_systems WHERE id = ? AND controller = ?`, id, controller)
		if err == nil {
			s, err = read[System](body)
		}
		return err
	})
	return s, unknown(err)
}

// List lists what a business shares, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Share, error) {
	return all[Share](ctx, r, `SELECT body FROM shares WHERE controller = ? ORDER BY asked DESC, id`, controller)
}

// Get is one of them; another's is fault.NotFound "sharing.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (s Share, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = r.one(ctx, tx, `id = ? AND controller = ?`, id, controller)
		return err
	})
	return s, err
}

func (r *Room) one(ctx context.Context, tx *db.Tx, where string, args ...any) (Share, error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM shares WHERE `+where, args...)
	if err != nil {
		return Share{}, unknown(err)
	}
	return read[Share](body)
}

// With lists what is shared with somebody, the newest first, over or not.
func (r *Room) With(ctx context.Context, person string) ([]Share, error) {
	return all[Share](ctx, r, `SELECT s.body FROM shares s JOIN share_members m ON m.share = s.id WHERE m.person = ? ORDER BY s.asked DESC, s.id`, person)
}

// shown is a share that somebody was put on the list of, with its system.
func (r *Room) shown(ctx context.Context, id, person string) (s Share, system System, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = r.one(ctx, tx, `id = ? AND id IN (SELECT share FROM share_members WHERE person = ?)`, id, person)
		return err
	})
	if err == nil {
		system, err = r.System(ctx, s.Controller, s.System)
	}
	return s, system, err
}

// Looks lists the looks at a share of a business, the newest first. Their tickets
// are not in it.
func (r *Room) Looks(ctx context.Context, controller, share string) (out []Look, err error) {
	if _, err := r.Get(ctx, controller, share); err != nil {
		return nil, err
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Look](ctx, tx, `SELECT id, share, person, name, controller, opened, expires FROM share_looks WHERE share = ? ORDER BY opened DESC, id LIMIT ?`, share, most)
		return err
	})
	return out, err
}

// Own is a look of somebody's, with its ticket; another's is fault.NotFound
// "sharing.unknown".
func (r *Room) Own(ctx context.Context, person, id string) (l Look, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		l, err = db.One[Look](ctx, tx, `SELECT id, share, person, name, controller, opened, expires, ticket FROM share_looks WHERE id = ? AND person = ?`, id, person)
		return err
	})
	return l, unknown(err)
}
