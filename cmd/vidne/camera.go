package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

type cameraCmd struct {
	Sign   cameraSignCmd   `cmd:"" help:"Opret eller ændr et kamera efter en beskrivelse (TOML). Adgangskoden læses fra standard input og forsegles til optageren."`
	Remove cameraRemoveCmd `cmd:"" help:"Tag et kamera ud af drift. Dets optagelser slettes stadig til tiden."`
	Status cameraStatusCmd `cmd:"" help:"Vis, hvordan kameraerne har det, som optageren ser det."`
}

type cameraSignCmd struct {
	sendFlags
	File string `arg:"" type:"existingfile" help:"Beskrivelsen (TOML)."`
}

// Run enters the camera in the register, seals its credentials to the engine
// and sends the configuration.
func (k *cameraSignCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		f, err := readCamera(k.File)
		if err != nil {
			return err
		}
		s := f.statement(o.cfg.EngineID)
		if f.User != "" {
			if s.Sealed, err = sealed(ctx, o, f, os.Stdin); err != nil {
				return inDanish(err)
			}
		}
		if err := enter(ctx, o, f); err != nil {
			return err
		}
		return inDanish(k.send(ctx, o, s))
	})
}

// sealed reads the password and seals it with the user to the engine's key.
func sealed(ctx context.Context, o *office, f cameraFile, in io.Reader) ([]byte, error) {
	who, err := o.client.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if who.Engine != o.cfg.EngineID {
		return nil, fault.New(fault.Refused, "statement.engine", "optageren hedder %s, ikke %s (engine_id)", who.Engine, o.cfg.EngineID)
	}
	if _, err := os.Stderr.WriteString("Kameraets adgangskode: "); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.As(fault.Invalid, "camera.credentials", err)
	}
	return permit.SealTo(who.SealKey, permit.Credentials{User: f.User, Password: strings.TrimRight(line, "\r\n")},
		permit.SealFor(o.cfg.EngineID, f.Camera))
}

// enter makes sure that the register knows the camera and where it hangs.
func enter(ctx context.Context, o *office, f cameraFile) error {
	missing := func(err error) (bool, error) {
		if fault.Is(err, fault.NotFound) {
			return true, nil
		}
		return false, err
	}
	_, err := o.register.Controller(ctx, f.Controller.ID)
	if add, err := missing(err); err != nil {
		return err
	} else if add {
		n := register.Controller{ID: f.Controller.ID, Name: f.Controller.Name, Kind: f.Controller.Kind, Contact: f.Controller.Contact, DPO: f.Controller.DPO}
		if err := o.register.AddController(ctx, n, f.By); err != nil {
			return err
		}
	}
	_, err = o.register.Location(ctx, f.Controller.ID, f.Location.ID)
	if add, err := missing(err); err != nil {
		return err
	} else if add {
		n := register.Location{ID: f.Location.ID, Controller: f.Controller.ID, Name: f.Location.Name, Address: f.Location.Address,
			Cadastre: f.Location.Cadastre, Manager: f.Location.Manager, ManagerContact: f.Location.ManagerContact}
		if err := o.register.AddLocation(ctx, n, f.By); err != nil {
			return err
		}
	}
	_, err = o.register.Camera(ctx, f.Controller.ID, f.Camera)
	if add, err := missing(err); err != nil || !add {
		return err
	}
	return o.register.AddCamera(ctx, register.Camera{
		ID: f.Camera, Controller: f.Controller.ID, Location: f.Location.ID, Name: f.Name, Make: f.Make, Model: f.Model, Place: f.Place,
		Mounting: f.Mounting, Direction: f.Direction, Purpose: f.Purpose, Basis: f.Basis, Engine: o.cfg.EngineID,
	}, f.By)
}

type cameraRemoveCmd struct {
	sendFlags
	Camera     string `arg:"" help:"Kameraets korte navn."`
	Controller string `required:"" help:"Dataansvarlig (kort navn)."`
	By         string `required:"" help:"Hvem der har besluttet det."`
}

// Run takes back the camera's permit and takes it out of service.
func (k *cameraRemoveCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		cam, err := o.register.Camera(ctx, k.Controller, k.Camera)
		if err != nil {
			return err
		}
		head := permit.Head{Controller: k.Controller, Engine: o.cfg.EngineID, By: k.By}
		if err := o.cases.RemoveCamera(ctx, k.Controller, k.Camera, dossier.Who{Person: k.By, Name: k.By}); err != nil {
			return err
		}
		return inDanish(k.send(ctx, o, &permit.Camera{Head: head, Camera: k.Camera, Name: cam.Name, Place: cam.Where, Removed: true}))
	})
}

type cameraStatusCmd struct {
	Camera string `arg:"" optional:"" help:"Kun dette kamera."`
}

// Run lists the cameras with their state and why.
func (k *cameraStatusCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		s, err := o.client.Status(ctx)
		if err != nil {
			return inDanish(err)
		}
		w, err := speak()
		if err != nil {
			return err
		}
		found := false
		for _, cam := range s.Cameras {
			if k.Camera != "" && cam.Camera != k.Camera {
				continue
			}
			found = true
			if err := sayCamera(w, cam, o.clock.Now()); err != nil {
				return err
			}
		}
		if !found {
			return say("Optageren kender ingen kameraer%s.", map[bool]string{true: " med det navn"}[k.Camera != ""])
		}
		return nil
	})
}

func sayCamera(w spoken, c engineapi.CameraStatus, now time.Time) error {
	line := w.state(c.State, c.Cause)
	if !c.LastFrame.IsZero() && c.State == engineapi.StateRecording {
		line += " Seneste billede for " + now.Sub(c.LastFrame).Round(time.Second).String() + " siden, " + c.Codec + "."
	}
	if !c.NextChange.IsZero() {
		line += " Næste skift " + local(c.NextChange) + "."
	}
	return say("%-24s %s", c.Camera, line)
}
