package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

type checkCmd struct {
	Depth  string `enum:"index,header,hash" default:"index" help:"Hvor dybt: index (filer mod indeks), header (også størrelser og hoveder), hash (hver byte og logbogen)."`
	Repair bool   `help:"Optag filer uden række i indekset. Andet rettes aldrig, og intet slettes."`
}

// Run opens the engine's archive without recording and checks it. The engine
// must not be running: the directory is its alone.
func (k *checkCmd) Run(ctx context.Context, c *cli, log *slog.Logger) (err error) {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	signer, err := issuerKey(cfg.Portal.Dir)
	if err != nil {
		return err
	}
	e, err := openEngine(ctx, cfg.Engine, cfg.sum, clock.System(), clock.KernelSynced, log, nil, signer.Public(time.Unix(0, 0).UTC()))
	if fault.Is(err, fault.Conflict) {
		return fmt.Errorf("optageren kører og har arkivet for sig selv; stop den, og prøv igen: %w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	depth := map[string]archive.Depth{"index": archive.DepthIndex, "header": archive.DepthHeader, "hash": archive.DepthHash}[k.Depth]
	rep, err := e.Check(ctx, depth, k.Repair, func(s string) { fmt.Fprintln(os.Stdout, s) })
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%d filer og %d rækker efterprøvet, %d bytes læst, %d fund.\n", rep.Files, rep.Rows, rep.Bytes, len(rep.Findings))
	if n := len(rep.Findings); n > rep.Adopted {
		return fault.New(fault.Corrupt, "check.findings", "%d fund, se ovenfor", n)
	}
	return nil
}
