package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

type keysCmd struct {
	New  keysNewCmd  `cmd:"" help:"Lav portalens nøgle, som tilladelser underskrives med."`
	Show keysShowCmd `cmd:"" help:"Vis nøglens offentlige halvdel, til optagerens konfiguration."`
	Roll keysRollCmd `cmd:"" help:"Skift til en ny nøgle. Stop portalen først."`
	Line keysLineCmd `cmd:"" help:"Vis den nøgle, som portal og optager kender hinanden på, når de kører hver for sig."`
}

const (
	issuerFile = "issuer.key"
	nextFile   = "issuer.next.key"
)

type keysNewCmd struct{}

// Run makes the key; one that is there already is left alone.
func (keysNewCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	name := filepath.Join(cfg.Portal.Dir, issuerFile)
	_, err = os.Stat(name)
	if err == nil {
		return fault.New(fault.Conflict, "key.exists", "%s findes allerede: se `vidne keys show` og `vidne keys roll`", name)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fault.As(fault.Unavailable, "issuer.key", err)
	}
	return keysShowCmd{}.Run(ctx, c, log)
}

type keysShowCmd struct{}

// Run shows the public halves of all keys that ever signed here: an engine
// needs the old ones for what they signed in their time.
func (keysShowCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	return withOffice(ctx, c, log, func(o *office) error {
		all, err := o.issuer.Keys(ctx)
		if err != nil {
			return err
		}
		if err := say("# Optagerens konfiguration, når den kører alene. Nøglen %s underskriver nu.\n[engine]\nissuers = [", o.signer.ID()); err != nil {
			return err
		}
		for _, k := range all {
			if err := say("  %q,", k); err != nil {
				return err
			}
		}
		return say("]")
	})
}

type keysRollCmd struct{}

// Run makes a new key and takes it into use. Every step can be interrupted and
// the command run again: the new key is on disk before anybody hears of it,
// and it takes the old one's place only when the issuer has taken over.
func (keysRollCmd) Run(ctx context.Context, c *cli, log *slog.Logger) (err error) {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	dir := cfg.Portal.Dir
	old, err := issuerKey(dir)
	if err != nil {
		return err
	}
	seed, err := keyFile(filepath.Join(dir, nextFile))
	if err != nil {
		return err
	}
	next, err := permit.NewSigner(seed)
	if err != nil {
		return err
	}
	if err := takeOver(ctx, cfg.Portal, old, next, log); err != nil {
		return err
	}
	// One rename, so that there is a key at every moment. The old private half
	// is of no more use and goes with it; the public half is in the database.
	f := durable.OS()
	if err := f.Rename(filepath.Join(dir, nextFile), filepath.Join(dir, issuerFile)); err != nil {
		return err
	}
	if err := f.SyncDir(dir); err != nil {
		return err
	}
	if err := enterRoll(ctx, cfg.Portal, next.ID(), log); err != nil {
		return err
	}
	return say("Nøglen %s afløser %s. Start portalen igen: den fortæller optagerne det.\nKører optageren alene, så ret også dens konfiguration efter `vidne keys show`.", next.ID(), old.ID())
}

// enterRoll enters for each controller that the key was changed: it is an act of
// whoever runs the machine, and each controller's log has it.
func enterRoll(ctx context.Context, c portalConfig, id string, log *slog.Logger) (err error) {
	o, err := openOffice(ctx, c, clock.System(), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	all, err := o.register.Controllers(ctx)
	if err != nil {
		return err
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		for _, x := range all {
			if _, err := o.ledger.Append(ctx, tx, o.clock.Now(), "command.key-roll", map[string]any{
				"controller": x.ID, "person": "vidne keys roll", "name": "vidne keys roll", "key": id}); err != nil {
				return err
			}
		}
		return nil
	})
}

func takeOver(ctx context.Context, c portalConfig, old, next permit.Signer, log *slog.Logger) (err error) {
	logKey, err := keyFile(filepath.Join(c.Dir, "ledger.key"))
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	l, err := ledger.Open(ctx, d, "portal", logKey, clock.System())
	if err != nil {
		return err
	}
	client, err := newClient(c)
	if err != nil {
		return err
	}
	deliver := func(ctx context.Context, _ string, signed []byte) error {
		_, err := client.Statement(ctx, signed)
		return err
	}
	_, err = issuer.Open(ctx, d, l, next, clock.System(), deliver, issuer.Rolling(old), issuer.Log(log))
	return err
}
