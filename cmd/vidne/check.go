package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
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
	// An engine that runs alone names its portal's keys; `serve` knows them.
	var trusted []permit.PublicKey
	if len(cfg.Engine.Issuers) == 0 {
		err = withOffice(ctx, c, log, func(o *office) (err error) {
			trusted, err = o.issuer.Keys(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	e, err := openEngine(ctx, cfg.Engine, cfg.sum, clock.System(), clock.KernelSynced, log, nil, trusted...)
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
