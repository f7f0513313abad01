package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

type permitCmd struct {
	Check permitCheckCmd `cmd:"" help:"Forklar en tilladelse, uden at underskrive: en beskrivelse (TOML) eller et underskrevet udsagn."`
	Sign  permitSignCmd  `cmd:"" help:"Underskriv igen, hvad en godkendt sag giver lov til, og send det til optageren."`
	Show  permitShowCmd  `cmd:"" help:"Vis den tilladelse, der gælder for et kamera, som optageren ser den."`
}

type permitCheckCmd struct {
	File string `arg:"" type:"existingfile" help:"Beskrivelsen eller det underskrevne udsagn."`
}

// Run explains what a permit allows, or why it cannot be.
func (k *permitCheckCmd) Run() error {
	b, err := os.ReadFile(k.File)
	if err != nil {
		return fault.As(fault.Invalid, "file.missing", err)
	}
	if bytes.HasPrefix(b, []byte("{")) {
		return explainSigned(bytes.TrimRight(b, "\n"))
	}
	p, err := readPermit(k.File, "engine-1")
	if err != nil {
		return err
	}
	// What the issuer fills in.
	p.V, p.ID, p.Serial, p.Issued = 1, permit.NewID(), 1, p.ValidFrom.Truncate(time.Microsecond)
	p.LeaseUntil = p.Issued.Add(permit.LongestLease)
	if err := p.Check(); err != nil {
		return inDanish(err)
	}
	return sayPermit(p)
}

func explainSigned(b []byte) error {
	signed, err := permit.DecodeSigned(b)
	if err != nil {
		return err
	}
	s, err := signed.Read()
	if err != nil {
		return inDanish(err)
	}
	h := s.Header()
	if err := say("Udsagn %s, %s, underskrevet %s med nøglen %s for %s til optageren %s.\nUnderskriften efterprøves af optageren.",
		h.ID, danishKind(s.Kind()), h.Issued.Format(time.RFC3339), signed.Key, h.Controller, h.Engine); err != nil {
		return err
	}
	if p, ok := s.(*permit.Permit); ok {
		return sayPermit(p)
	}
	return nil
}

func sayPermit(p *permit.Permit) error {
	for _, line := range p.Explain("da") {
		if err := say("%s", line); err != nil {
			return err
		}
	}
	return nil
}

// inDanish puts a refusal in words that say what to change.
func inDanish(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		if why := danishWhy(fault.Key(err)); why != fault.Key(err) {
			return fault.New(f.Kind, fault.Key(err), "%s (%v)", why, err)
		}
	}
	return err
}

type permitSignCmd struct {
	sendFlags
	Case       string `required:"" help:"Sagens nummer, såsom 2026-014."`
	Camera     string `help:"Kun dette kamera."`
	Controller string `help:"Dataansvarlig (kort navn), hvis flere har en sag med nummeret."`
	By         string `required:"" help:"Hvem der underskriver igen; står i loggen og i sagens journal."`
}

// Run signs anew what an approved case permits, and sends it. It decides
// nothing: what no case has let out is refused.
func (k *permitSignCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		controller, err := k.controller(ctx, o)
		if err != nil {
			return inDanish(err)
		}
		events, err := o.cases.Reissue(ctx, controller, k.Case, k.Camera, dossier.Who{Person: k.By, Name: k.By})
		if err != nil {
			return inDanish(err)
		}
		for _, e := range events {
			if e.Kind != dossier.EventPermit {
				continue
			}
			id := permit.ID(e.Data["permit"])
			if err := k.await(ctx, o, id); err != nil {
				return inDanish(err)
			}
			r, err := o.issuer.Get(ctx, id)
			if err != nil {
				return err
			}
			s, err := r.Statement()
			if err != nil {
				return err
			}
			if p, ok := s.(*permit.Permit); ok {
				if err := sayPermit(p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// controller finds whose case it is.
func (k *permitSignCmd) controller(ctx context.Context, o *office) (string, error) {
	if k.Controller != "" {
		return k.Controller, nil
	}
	all, err := o.register.Controllers(ctx)
	if err != nil {
		return "", err
	}
	found := ""
	for _, c := range all {
		_, _, err := o.cases.Get(ctx, c.ID, k.Case)
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return "", err
		case found != "":
			return "", fault.New(fault.Invalid, "case.several", "case %s of %s and %s", k.Case, found, c.ID)
		default:
			found = c.ID
		}
	}
	if found == "" {
		return "", fault.New(fault.NotFound, "case.unknown", "no case %s", k.Case)
	}
	return found, nil
}

type permitShowCmd struct {
	Camera string `arg:"" help:"Kameraets korte navn."`
}

// Run shows what the engine obeys.
func (k *permitShowCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		f, err := o.client.Permit(ctx, k.Camera)
		if err != nil {
			return inDanish(err)
		}
		if f.Permit != nil {
			if err := say("Tilladelse %s, nr. %d", f.Permit.ID, f.Permit.Serial); err != nil {
				return err
			}
			if err := sayPermit(f.Permit); err != nil {
				return err
			}
			if err := say("Portalens livstegn rækker til %s.", local(f.LeaseUntil)); err != nil {
				return err
			}
		}
		w, err := speak()
		if err != nil {
			return err
		}
		now := "Der må optages nu."
		if !f.Covers {
			now = "Der må ikke optages nu. " + w.why(f.Cause)
		}
		if f.Stop != "" {
			now += " Stoppet har nummer " + string(f.Stop) + "."
		}
		if !f.Until.IsZero() {
			now += " Det ændrer sig tidligst " + local(f.Until) + "."
		}
		return say("%s", now)
	})
}

// local is a moment as it is read here.
func local(t time.Time) string {
	return t.In(clock.Denmark()).Format("2.1.2006 kl. 15.04")
}

type revokeCmd struct {
	sendFlags
	Camera string `arg:"" help:"Kameraets korte navn."`
	Stream string `default:"main" help:"Billedstrømmen."`
	By     string `required:"" help:"Hvem der har besluttet det."`
	Reason string `required:"" help:"Hvorfor."`
}

// Run takes back the permit that stands for a camera.
func (k *revokeCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		r, err := o.issuer.Standing(ctx, k.Camera, k.Stream)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "permit.none", "der står ingen tilladelse for %s", k.Camera)
		}
		if err != nil {
			return err
		}
		id, err := o.cases.RevokeCamera(ctx, r.Controller, k.Camera, k.Reason, dossier.Who{Person: k.By, Name: k.By})
		if err != nil {
			return inDanish(err)
		}
		return inDanish(k.await(ctx, o, id))
	})
}

type stopCmd struct {
	sendFlags
	Cameras    []string `arg:"" optional:"" help:"Kameraernes korte navne; ingen er alle den dataansvarliges."`
	Controller string   `required:"" help:"Dataansvarlig (kort navn)."`
	By         string   `required:"" help:"Hvem der stopper."`
	Reason     string   `help:"Hvorfor."`
}

// Run stops recording and all processing, at once.
func (k *stopCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		s := &permit.Stop{Head: permit.Head{Controller: k.Controller, Engine: o.cfg.EngineID, By: k.By}, Cameras: k.Cameras, Reason: k.Reason}
		if err := k.send(ctx, o, s); err != nil {
			return inDanish(err)
		}
		return say("Genoptag med: vidne restart %s --by ... --reason ...", s.ID)
	})
}

type restartCmd struct {
	sendFlags
	Stop   string `arg:"" help:"Stoppets nummer."`
	By     string `required:"" help:"Hvem der genoptager."`
	Reason string `required:"" help:"Hvorfor."`
}

// Run undoes one stop.
func (k *restartCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		r, err := o.issuer.Get(ctx, permit.ID(k.Stop))
		if err != nil {
			return fault.New(fault.NotFound, "stop.unknown", "der er intet stop med nummer %s", k.Stop)
		}
		return inDanish(k.send(ctx, o, &permit.Restart{
			Head: permit.Head{Controller: r.Controller, Engine: r.Engine, By: k.By}, Stop: r.ID, Reason: k.Reason,
		}))
	})
}
