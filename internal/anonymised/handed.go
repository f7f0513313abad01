package anonymised

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
)

// Copies gives approved copies to whoever hands them over.
type Copies struct{ Room *Room }

var _ disclosure.Copies = Copies{}

// Copy is an approved copy of a controller; another's, or one that is not
// approved, is fault.NotFound.
func (f Copies) Copy(ctx context.Context, controller, id string) (out disclosure.Copy, err error) {
	c, err := f.approved(ctx, controller, id)
	if err != nil {
		return out, err
	}
	out = disclosure.Copy{ID: c.ID, Number: c.Number, Location: c.Location, Camera: c.Camera, From: c.From, To: c.To}
	if c.Engine != nil {
		out.Until = c.Engine.Until
	}
	return out, nil
}

func (f Copies) approved(ctx context.Context, controller, id string) (Copy, error) {
	c, err := f.Room.Get(ctx, controller, id)
	if err == nil && c.State() != Approved {
		err = fault.New(fault.NotFound, "copy.unapproved", "copy %s is %s", c.Number, c.State())
	}
	return c, err
}

// Film writes the film that was approved, and refuses any other: what is written
// before that is known must not be used.
func (f Copies) Film(ctx context.Context, controller, id string, w io.Writer) error {
	c, err := f.approved(ctx, controller, id)
	if err != nil {
		return err
	}
	a := c.Approval()
	film, err := f.Room.Film(ctx, c, "", Who{Controller: controller, Person: a.Person, Name: a.Name, Address: "portal"})
	if err != nil {
		return err
	}
	defer film.Body.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), film.Body); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != a.SHA256 {
		return fault.New(fault.Corrupt, "copy.changed", "the film of copy %s is not the approved one", c.Number)
	}
	return nil
}

// Approved lists the approved copies of a source, for whoever hands one over.
func (r *Room) Approved(ctx context.Context, controller, source string) (out []Copy, err error) {
	all, err := r.Of(ctx, controller, source)
	for _, c := range all {
		if c.State() == Approved {
			out = append(out, c)
		}
	}
	return out, err
}
