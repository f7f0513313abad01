package anonymised

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
)

// Findings is what was found and corrected, as the engine has it (JSON).
func (r *Room) Findings(ctx context.Context, c Copy, who Who) ([]byte, error) {
	p, err := r.pass(ctx, c, who)
	if err != nil {
		return nil, err
	}
	return r.c.Engine.AnonymisedFindings(ctx, c.ID, p)
}

// Pictures are of the footage as recorded, for whoever judges who is who. The
// caller closes them.
func (r *Room) Pictures(ctx context.Context, c Copy, q engineapi.PicturesQuery, who Who) (io.ReadCloser, error) {
	if c.Given != nil || !c.Ended.IsZero() {
		return nil, fault.New(fault.Denied, "copy.state", "copy %s is %s", c.Number, c.State())
	}
	p, err := r.pass(ctx, c, who)
	if err != nil {
		return nil, err
	}
	return r.c.Engine.AnonymisedPictures(ctx, c.ID, q, p)
}

// Correct keeps the list of corrections; Conflict "anonymised.changed" when
// another has changed it since revision.
func (r *Room) Correct(ctx context.Context, id string, revision int, corrections []byte, who Who) (Copy, error) {
	c, err := r.open(ctx, id, who)
	if err != nil {
		return c, err
	}
	p, err := r.pass(ctx, c, who)
	if err != nil {
		return c, err
	}
	e, err := r.c.Engine.AnonymisedCorrect(ctx, c.ID, revision, corrections, p)
	if err == nil {
		c.Engine = &e
	}
	return c, err
}

// Confirm is somebody's word that the fragments that are kept in this revision
// are all of the person whom the copy is for.
func (r *Room) Confirm(ctx context.Context, id string, revision, fragments int, who Who) (Copy, error) {
	return r.change(ctx, "confirm", id, who, func(tx *db.Tx, c *Copy, now time.Time) error {
		switch {
		case c.Given != nil || !c.Ended.IsZero() || c.Engine == nil:
			return fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
		case c.Engine.Revision != revision || c.Engine.Kept != fragments:
			return fault.New(fault.Conflict, "anonymised.changed", "copy %s is not what was seen", c.Number)
		}
		c.Sheet = &Sheet{Revision: revision, Fragments: fragments, At: now, Person: who.Person, Name: who.Name}
		return r.enter(ctx, tx, "copy.confirmed", *c, who, map[string]any{"revision": revision, "fragments": fragments})
	})
}

// Cover lets the engine make the film of what was confirmed.
func (r *Room) Cover(ctx context.Context, id string, who Who) (Copy, error) {
	c, err := r.open(ctx, id, who)
	if err != nil {
		return c, err
	}
	if !c.Sheeted() {
		return c, r.refused(ctx, "cover", c, who, fault.New(fault.Conflict, "copy.sheet", "copy %s: what is kept is not confirmed", c.Number))
	}
	p, err := r.pass(ctx, c, who)
	if err != nil {
		return c, err
	}
	e, err := r.c.Engine.AnonymisedCover(ctx, c.ID, p)
	if err == nil {
		c.Engine = &e
	}
	return c, err
}

// Stop puts aside what the engine does.
func (r *Room) Stop(ctx context.Context, id string, who Who) (Copy, error) {
	c, err := r.open(ctx, id, who)
	if err != nil {
		return c, err
	}
	e, err := r.c.Engine.AnonymisedStop(ctx, c.ID)
	if err == nil {
		c.Engine = &e
	}
	return c, err
}

// Give puts the film before the second person.
func (r *Room) Give(ctx context.Context, id string, who Who) (Copy, error) {
	can, err := r.canAnswer(ctx, id, who)
	if err != nil {
		return Copy{}, err
	}
	return r.change(ctx, "give", id, who, func(tx *db.Tx, c *Copy, now time.Time) error {
		switch {
		case c.State() != Made || c.Engine.Film == nil || !c.Engine.Film.Passed:
			return fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
		case !c.Sheeted() || c.Engine.Film.Revision != c.Sheet.Revision:
			return fault.New(fault.Conflict, "copy.sheet", "copy %s: what is kept is not confirmed", c.Number)
		}
		f := c.Engine.Film
		c.Given = &Given{Revision: f.Revision, SHA256: f.SHA256, Seconds: f.Seconds, At: now, Person: who.Person, Name: who.Name}
		if err := r.enter(ctx, tx, "copy.given", *c, who, map[string]any{"sha256": f.SHA256, "revision": f.Revision}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellGiven, *c, f.SHA256, "/svar", can...)
	})
}

// canAnswer are those who may see a copy through when this person puts it
// forward: neither who asked for it nor they.
func (r *Room) canAnswer(ctx context.Context, id string, who Who) (can []identity.Person, err error) {
	c, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return nil, err
	}
	of := c.asked()
	a, err := r.finder().Around(ctx, of)
	if err != nil {
		return nil, err
	}
	of.Person, of.Name = who.Person, who.Name
	b, err := r.finder().Around(ctx, of)
	for _, p := range a.Can {
		if slices.ContainsFunc(b.Can, func(o identity.Person) bool { return o.ID == p.ID }) {
			can = append(can, p)
		}
	}
	return can, err
}

// End gives a copy up: the engine removes all of it.
func (r *Room) End(ctx context.Context, id, why string, who Who) (Copy, error) {
	why = strings.TrimSpace(why)
	if incident.CheckText(why, incident.Shortest, incident.Longest) != nil {
		return Copy{}, fault.New(fault.Invalid, "copy.words", "why is it given up")
	}
	c, err := r.change(ctx, "end", id, who, func(tx *db.Tx, c *Copy, now time.Time) error {
		if !c.Ended.IsZero() || !c.Gone.IsZero() {
			return fault.New(fault.Conflict, "copy.state", "copy %s is %s", c.Number, c.State())
		}
		c.Ended, c.EndName, c.EndWhy = now, who.Name, why
		return r.enter(ctx, tx, "copy.ended", *c, who, map[string]any{"reason": why})
	})
	if err != nil {
		return c, err
	}
	return c, r.c.Engine.AnonymisedRemove(ctx, c.ID)
}

// Film asks for the finished film, or the part that a Range names.
func (r *Room) Film(ctx context.Context, c Copy, spread string, who Who) (engineapi.Film, error) {
	p, err := r.pass(ctx, c, who)
	if err != nil {
		return engineapi.Film{}, err
	}
	return r.c.Engine.AnonymisedFilm(ctx, c.ID, spread, p)
}
