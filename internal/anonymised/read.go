package anonymised

import (
	"context"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// most is how many copies are listed: many years of them.
const most = 2000

func (r *Room) one(ctx context.Context, tx *db.Tx, controller, id string) (c Copy, err error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM anonymised_copies WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return c, fault.New(fault.NotFound, "copy.unknown", "no anonymised copy %.40q", id)
	}
	if err != nil {
		return c, err
	}
	return read(body)
}

func read(body string) (c Copy, err error) {
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return c, fault.As(fault.Corrupt, "copy.body", err)
	}
	return c, nil
}

// Get is a copy of a controller, with how far the engine is; another's is
// fault.NotFound "copy.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (c Copy, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		c, err = r.one(ctx, tx, controller, id)
		return err
	})
	if err != nil || !c.Ended.IsZero() || !c.Gone.IsZero() {
		return c, err
	}
	e, err := r.c.Engine.Anonymised(ctx, c.ID)
	switch {
	case err == nil:
		c.Engine = &e
	case fault.Is(err, fault.NotFound) && r.c.Clock.Now().Sub(c.Asked) > time.Minute:
		return r.gone(ctx, c)
	}
	return c, nil
}

// gone keeps that the engine has it no more: its footage is past its time.
func (r *Room) gone(ctx context.Context, c Copy) (Copy, error) {
	err := r.c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = r.one(ctx, tx, c.Controller, c.ID); err != nil || !c.Gone.IsZero() || !c.Ended.IsZero() {
			return err
		}
		c.Gone = r.c.Clock.Now().Truncate(time.Microsecond)
		if err := put(ctx, tx, c); err != nil {
			return err
		}
		return r.enter(ctx, tx, "copy.gone", c, Who{Controller: c.Controller}, nil)
	})
	return c, err
}

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Copy, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM anonymised_copies WHERE `+where+` ORDER BY asked DESC, id LIMIT ?`, append(args, most)...)
		return err
	})
	for _, b := range bodies {
		c, err := read(b)
		if err != nil {
			return nil, err
		}
		if c.Ended.IsZero() && c.Gone.IsZero() {
			if e, err := r.c.Engine.Anonymised(ctx, c.ID); err == nil {
				c.Engine = &e
			}
		}
		out = append(out, c)
	}
	return out, err
}

// List lists a controller's copies, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Copy, error) {
	return r.find(ctx, `controller = ?`, controller)
}

// Of lists those of a source.
func (r *Room) Of(ctx context.Context, controller, source string) ([]Copy, error) {
	return r.find(ctx, `controller = ? AND source = ?`, controller, source)
}

// Open lists those of which something can still come.
func (r *Room) Open(ctx context.Context, controller string) ([]Copy, error) {
	return r.find(ctx, `over = 0 AND controller = ?`, controller)
}
