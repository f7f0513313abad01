package dossier

import (
	"context"
	"fmt"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// mounted takes the cameras of a case into use when the step of putting them up is
// done, on the day that the step says.
func (r *Room) mounted(ctx context.Context, tx *db.Tx, k kept, app casework.Application, step string, who Who) error {
	s, ok := k.process.Step(step)
	if !ok || s.Effect != casework.EffectMount {
		return nil
	}
	at := s.DoneOn(k.Steps[step])
	for _, c := range app.Cameras {
		if err := r.Register.Commission(ctx, tx, k.Controller, c.Camera, at, register.Mounted, who.Person); err != nil {
			return err
		}
	}
	return nil
}

// hung lets the register have where a camera hangs and looks as it was approved.
func (r *Room) hung(ctx context.Context, tx *db.Tx, k kept, w casework.Wanted, who Who) error {
	cam, err := r.Register.CameraIn(ctx, tx, k.Controller, w.Camera)
	if err != nil || !cam.Removed.IsZero() {
		return err
	}
	if w.Mounting != "" {
		cam.Mounting = w.Mounting
	}
	if w.Direction != "" {
		cam.Direction = w.Direction
	}
	return r.Register.UpdateCameraIn(ctx, tx, cam, who.Person)
}

// keepsOtherwise notes that footage of a camera is kept longer or shorter than by
// the permit that stood, which the police's form asks for.
func (r *Room) keepsOtherwise(ctx context.Context, tx *db.Tx, old issuer.Record, next *permit.Permit, name string, who Who) error {
	st, err := old.Statement()
	if err != nil {
		return err
	}
	was, ok := st.(*permit.Permit)
	if !ok || was.RetentionHours == next.RetentionHours {
		return nil
	}
	const day = 24
	return r.Register.PolcamTouched(ctx, tx, next.Controller, next.Camera, register.PolcamRetention,
		fmt.Sprintf("%s: %d → %d", name, (was.RetentionHours+day-1)/day, (next.RetentionHours+day-1)/day), who.Person)
}
