package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"

	"github.com/coreos/go-systemd/v22/daemon"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
)

type serveCmd struct{}

// Run runs both halves in one process. They talk over loopback HTTP as they do
// across machines, and keep two databases and two ledgers.
func (serveCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, cfg, clock.System(), clock.KernelSynced, log)
	if err != nil {
		return err
	}
	log.Info("klar", slog.String("portal", cfg.Portal.BaseURL), slog.String("engine", cfg.Engine.Listen))
	ready(log)
	<-ctx.Done()
	return h.close()
}

// house is both halves, running.
type house struct {
	engine *engine.Engine
	office *office
	door   *door
	alerts *alerts
	cancel context.CancelFunc
	group  sync.WaitGroup
	ran    error
}

// openHouse opens and runs both halves.
func openHouse(ctx context.Context, cfg config, clk clock.Clock, synced func() bool, log *slog.Logger) (h *house, err error) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h = &house{cancel: cancel}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.door, err = openDoor(cfg.Portal, clk, log); err != nil {
		return h, err
	}
	engineSide, err := listen(ctx, cfg.Engine.Listen)
	if err != nil {
		return h, err
	}
	portalSide, err := listen(ctx, cfg.Portal.Listen)
	if err != nil {
		return h, errors.Join(err, engineSide.Close())
	}
	line, err := h.lineUp(&cfg, engineSide.Addr().String())
	if err == nil {
		h.office, err = openOffice(ctx, cfg.Portal, clk, log)
	}
	if err == nil {
		_, cfg.Engine.PortalLedger = h.office.ledger.Public()
		var trusted []permit.PublicKey
		if trusted, err = h.office.issuer.Keys(ctx); err == nil {
			h.engine, err = openEngine(ctx, cfg.Engine, cfg.sum, clk, synced, log, nil, trusted...)
		}
	}
	if err != nil {
		return h, errors.Join(err, engineSide.Close(), portalSide.Close())
	}
	serve(run, &h.group, engineSide, h.engine.Handler(), line, log)
	h.run(run)
	h.group.Go(func() { h.office.work(run) })
	return h, h.door.serve(run, &h.group, portalSide, h.office.portal.Handler())
}

// lineUp prepares the line between the halves at the address that the engine
// got.
func (h *house) lineUp(cfg *config, addr string) (*tls.Config, error) {
	if err := cfg.lineWithin(addr); err != nil {
		return nil, err
	}
	return lineOf(cfg.Engine)
}

// openEngine opens the engine and, if anybody is to be told of its alarms, the
// outbox for them.
func (h *house) openEngine(ctx context.Context, cfg config, clk clock.Clock, synced func() bool, log *slog.Logger, issuers ...permit.PublicKey) (err error) {
	if h.alerts, err = openAlerts(ctx, cfg.Engine, clk, log); err != nil {
		return err
	}
	var told func(engineapi.Alarm)
	if h.alerts != nil {
		told = h.alerts.told
	}
	h.engine, err = openEngine(ctx, cfg.Engine, cfg.sum, clk, synced, log, told, issuers...)
	return err
}

// run lets the engine record and its alarms be told until ctx ends.
func (h *house) run(ctx context.Context) {
	h.group.Go(func() { h.ran = h.engine.Run(ctx) })
	if h.alerts != nil {
		h.group.Go(func() { h.alerts.run(ctx) })
	}
}

// close ends recording, closing every segment, and then the rest.
func (h *house) close() error {
	h.cancel()
	h.group.Wait()
	err := h.ran
	if h.engine != nil {
		err = errors.Join(err, h.engine.Close())
	}
	if h.alerts != nil {
		err = errors.Join(err, h.alerts.close())
	}
	if h.office != nil && h.office.db != nil {
		err = errors.Join(err, h.office.close())
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

type engineCmd struct{}

// Run runs the engine alone.
func (engineCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	h := &house{}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h.cancel = cancel
	line, err := lineOf(cfg.Engine)
	if err != nil {
		return errors.Join(err, h.close())
	}
	l, err := listen(ctx, cfg.Engine.Listen)
	if err == nil {
		err = h.openEngine(ctx, cfg, clock.System(), clock.KernelSynced, log)
	}
	if err != nil {
		return errors.Join(err, h.close())
	}
	serve(run, &h.group, l, h.engine.Handler(), line, log)
	h.run(run)
	ready(log)
	<-ctx.Done()
	return h.close()
}

type portalCmd struct{}

// Run runs the portal alone.
func (portalCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	way, err := openDoor(cfg.Portal, clock.System(), log)
	if err != nil {
		return err
	}
	o, err := openOffice(ctx, cfg.Portal, clock.System(), log)
	if err != nil {
		return err
	}
	var g sync.WaitGroup
	l, err := listen(ctx, cfg.Portal.Listen)
	if err != nil {
		return errors.Join(err, o.close())
	}
	if err := way.serve(ctx, &g, l, o.portal.Handler()); err != nil {
		return errors.Join(err, o.close())
	}
	ready(log)
	o.work(ctx)
	g.Wait()
	return o.close()
}

// ready tells systemd, if it started us, that we are.
func ready(log *slog.Logger) {
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Warn("systemd was not told", slog.Any("error", err))
	}
}
