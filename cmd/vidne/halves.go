package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/reminder"
	"vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/web"
)

const (
	// tickEvery is how often time does what is its to do in the cases: a
	// permission that has ended stops its cameras within a minute.
	tickEvery = time.Minute
	// sweepEvery is how often files that no row names are looked for.
	sweepEvery = 24 * time.Hour
	// expireEvery is how often the log's own time limits are looked after.
	expireEvery = time.Hour
)

// anchorEvery is how often each half hands the other its ledger's checkpoint,
// so that neither can rewrite its own past unseen.
const anchorEvery = 5 * time.Minute

// office is the portal's half with all its rooms.
type office struct {
	cfg         portalConfig
	db          *db.DB
	ledger      *ledger.Log
	signer      permit.Signer
	issuer      *issuer.Issuer
	people      *identity.Directory
	directories directory.Domains
	register    *register.Register
	papers      *document.Room
	drawings    *drawing.Room
	rules       *law.Book
	processes   *casework.Library
	cases       *dossier.Room
	notify      *notify.Notifier
	letters     *notify.Letters
	reminder    *reminder.Room
	rights      *authorisation.Room
	live        *live.Room
	sso         *sso.Room
	sources     map[string]identity.Source // who can be asked whether somebody may still be logged in
	client      *engineapi.Client
	portal      *portal.Portal
	clock       clock.Clock
	log         *slog.Logger
}

// openOffice opens the portal's half.
func openOffice(ctx context.Context, c portalConfig, clk clock.Clock, log *slog.Logger) (o *office, err error) {
	defer fault.Wrap(&err, "portal(%s)", c.Dir)
	o = &office{cfg: c, clock: clk, log: log.With(slog.String("half", "portal"))}
	if err := durable.OS().MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if o.signer, err = issuerKey(c.Dir); err != nil {
		return nil, err
	}
	logKey, err := keyFile(filepath.Join(c.Dir, "ledger.key"))
	if err != nil {
		return nil, err
	}
	if o.client, err = newClient(c); err != nil {
		return nil, err
	}
	if o.db, err = db.Open(ctx, c.Database); err != nil {
		return nil, err
	}
	opened := o.db // o is nil by the time an error is returned
	defer func() {
		if err != nil {
			err = errors.Join(err, opened.Close())
		}
	}()
	if o.ledger, err = ledger.Open(ctx, o.db, "portal", logKey, clk, ledger.Named()); err != nil {
		return nil, err
	}
	deliver := func(ctx context.Context, _ string, signed []byte) error {
		_, err := o.client.Statement(ctx, signed)
		return err
	}
	if o.issuer, err = issuer.Open(ctx, o.db, o.ledger, o.signer, clk, deliver, issuer.Log(o.log)); err != nil {
		return nil, err
	}
	factors, err := durable.Secret(filepath.Join(c.Dir, "factors.key"), 32)
	if err != nil {
		return nil, err
	}
	if o.directories, err = openDirectories(c.Directories, clk, o.log); err != nil {
		return nil, err
	}
	if o.people, err = identity.Open(ctx, identity.Config{
		DB: o.db, Ledger: o.ledger, Clock: clk, Key: [32]byte(factors), BaseURL: c.BaseURL, Elsewhere: elsewhere(o.directories),
	}); err != nil {
		return nil, err
	}
	if o.register, err = register.Open(ctx, o.db, o.ledger, clk); err != nil {
		return nil, err
	}
	if err := o.openCases(ctx); err != nil {
		return nil, err
	}
	o.register.WeighWith(func(change string, at time.Time) bool { return o.rules.At(at).Substantial(change) })
	if err := o.openReminders(ctx); err != nil {
		return nil, err
	}
	if err := o.openRights(ctx); err != nil {
		return nil, err
	}
	if err := o.openLive(ctx); err != nil {
		return nil, err
	}
	maps, err := c.Map.service()
	if err != nil {
		return nil, err
	}
	if err := o.openSSO(ctx); err != nil {
		return nil, err
	}
	o.sources = withDirectories(o.sso.Sources(), o.directories)
	packages, err := o.packages()
	if err != nil {
		return nil, err
	}
	var signer page.Signer
	if packages.Maker != nil {
		signer = packages.Maker.Signer
	}
	o.portal, err = portal.New(ctx, portal.Config{Setup: safeguards.Setup{Directory: len(c.Directories) > 0, SingleSign: len(o.sso.Sources()) > 0}, NoticeDir: filepath.Join(c.Dir, "notices"), Packages: packages, Letters: o.letters, SSO: o.sso, Plans: plans.Rooms{Map: maps}, Law: o.rules, Processes: o.processes, Cases: o.cases, Documents: o.papers, Live: o.live, Reminders: o.reminder, Config: page.Config{
		DB: o.db, Ledger: o.ledger, Issuer: o.issuer, Engine: o.client, EngineID: c.EngineID, People: o.people,
		Register: o.register, Rights: o.rights, Clock: clk, Log: o.log, BaseURL: c.BaseURL, Storybook: c.Storybook, Signer: signer,
		CoverAfter: time.Duration(c.CoverAfter) * time.Second, Limits: page.DefaultLimits(), SelfSigned: c.TLS.Mode == tlsSelf,
	}})
	return o, err
}

// openCases opens the rooms of cases and of what they rest on.
func (o *office) openCases(ctx context.Context) (err error) {
	key, err := durable.Secret(filepath.Join(o.cfg.Dir, "documents.key"), 32)
	if err != nil {
		return err
	}
	if o.papers, err = document.Open(ctx, document.Config{
		DB: o.db, Ledger: o.ledger, Clock: o.clock, Dir: filepath.Join(o.cfg.Dir, "documents"), Master: [32]byte(key), Log: o.log,
	}); err != nil {
		return err
	}
	if o.drawings, err = drawing.Open(ctx, drawing.Config{DB: o.db, Ledger: o.ledger, Clock: o.clock, Documents: o.papers}); err != nil {
		return err
	}
	if o.rules, o.processes, err = o.cfg.readRules(); err != nil {
		return err
	}
	o.cases, err = dossier.Open(ctx, dossier.Config{
		DB: o.db, Ledger: o.ledger, Clock: o.clock, Issuer: o.issuer, Register: o.register, Documents: o.papers, Drawings: o.drawings,
		Law: o.rules, Processes: o.processes, Engine: o.client, EngineID: o.cfg.EngineID, Log: o.log,
	})
	return err
}

// openReminders opens the outbox and who tells people of cases by it.
func (o *office) openReminders(ctx context.Context) error {
	out, err := o.cfg.Notify.outbox(o.log)
	if err != nil {
		return err
	}
	if o.notify, err = notify.Open(ctx, o.db, o.clock, out); err != nil {
		return err
	}
	words, err := page.ReadCatalogue(web.Text())
	if err != nil {
		return err
	}
	o.letters = &notify.Letters{Out: o.notify, Words: inLanguage(words), BaseURL: o.cfg.BaseURL}
	o.people.TellWith(o.teller(words))
	if o.notify.Mails() {
		o.people.PostWith(o.poster(words))
	}
	o.reminder, err = reminder.Open(ctx, reminder.Config{
		DB: o.db, Ledger: o.ledger, Clock: o.clock, Cases: o.cases, People: o.people, Notify: o.notify, BaseURL: o.cfg.BaseURL, Log: o.log,
		Words: inLanguage(words),
	})
	return err
}

// issuerKey is the key that permits are signed with.
func issuerKey(dir string) (permit.Signer, error) {
	k, err := keyFile(filepath.Join(dir, "issuer.key"))
	if err != nil {
		return permit.Signer{}, err
	}
	return permit.NewSigner(k)
}

// work delivers statements and exchanges checkpoints until ctx ends.
func (o *office) work(ctx context.Context) {
	var g sync.WaitGroup
	g.Go(func() { o.issuer.Run(ctx) })
	g.Go(func() { o.notify.Run(ctx) })
	g.Go(func() { o.portal.Disclosures().Run(ctx) })
	g.Go(func() {
		clock.Every(ctx, o.clock, codesEvery, func() { o.tell(ctx, "not everybody who forgot their password has a code", o.people.SendCodes(ctx)) })
	})
	g.Go(func() { clock.Every(ctx, o.clock, recheckEvery, func() { o.recheck(ctx) }) })
	g.Go(func() {
		clock.Every(ctx, o.clock, tickEvery, func() {
			o.tell(ctx, "the cases are not all looked through", o.cases.Tick(ctx))
			o.tell(ctx, "the cameras that have begun to record are not all in use", o.register.TakeIntoUse(ctx, o.client))
			o.tell(ctx, "not everybody is told what there is to tell", o.reminder.Tick(ctx))
			o.tell(ctx, "the authorisation forms are not all looked through", o.rights.Tick(ctx))
			o.tell(ctx, "the live views are not all looked through", o.portal.TickLive(ctx))
			o.tell(ctx, "the evidence locks are not all looked through", o.portal.Holds().Tick(ctx))
			o.tell(ctx, "the masks are not all proven", o.portal.Masking().Tick(ctx))
			o.tell(ctx, "the requests are not all looked through", o.portal.Requests().Tick(ctx))
			o.tell(ctx, "the guideline and the letters are not all looked through", o.portal.TickOffice(ctx))
			o.tell(ctx, "the breaches are not all looked through", o.portal.Breaches().Tick(ctx))
			o.tell(ctx, "the packages past their time are not all deleted", o.portal.Disclosures().Tick(ctx))
			o.tell(ctx, "the notices to staff do not follow what is approved", o.portal.Staff().Tick(ctx))
			o.tell(ctx, "the public pages do not follow the permits", o.portal.Notices().Tick(ctx))
			o.tell(ctx, "the log's review does not go on", o.portal.Review().Tick(ctx))
		})
	})
	g.Go(func() {
		clock.Every(ctx, o.clock, sweepEvery, func() {
			_, err := o.papers.Sweep(ctx)
			o.tell(ctx, "the documents are not as they should be", err)
		})
	})
	g.Go(func() {
		clock.Every(ctx, o.clock, expireEvery, func() {
			_, err := o.portal.Accesslog().Expire(ctx)
			o.tell(ctx, "what the log has kept its time is not all deleted", err)
		})
	})
	g.Go(func() {
		clock.Every(ctx, o.clock, anchorEvery, func() {
			o.anchor(ctx)
			o.compare(ctx)
		})
	})
	g.Wait()
}

// tell logs what went wrong in what runs by itself.
func (o *office) tell(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		o.log.Error("what runs by itself went wrong", slog.String("what", what), slog.Any("error", err))
	}
}

// compare holds what the engine obeys against what the cases decided.
func (o *office) compare(ctx context.Context) {
	all, err := o.cases.Deviations(ctx)
	o.tell(ctx, "what the engine obeys is not compared with what was decided", err)
	for _, d := range all {
		o.log.Error("the engine obeys something else than what was decided", slog.String("key", d.Key), slog.String("controller", d.Controller),
			slog.String("case", d.Case), slog.String("camera", d.Camera), slog.String("detail", d.Detail))
	}
}

// anchor gives the engine the portal's checkpoint and keeps the engine's.
func (o *office) anchor(ctx context.Context) {
	mine, err := o.ledger.Checkpoint(ctx)
	if err == nil {
		err = o.client.Anchor(ctx, mine)
	}
	if err != nil && ctx.Err() == nil {
		o.log.Warn("the engine did not take our checkpoint", slog.Any("error", err))
	}
	if err := o.keep(ctx); err != nil && ctx.Err() == nil {
		level := slog.LevelWarn
		if fault.Is(err, fault.Corrupt) || fault.Is(err, fault.Refused) {
			level = slog.LevelError
		}
		o.log.Log(ctx, level, "the engine's checkpoint is not kept", slog.Any("error", err))
	}
}

// keep enters the engine's checkpoint in the portal's ledger, with proof that
// it continues the one before. The engine's key is the one that it showed
// first: another one is refused until somebody removes the file that holds it.
func (o *office) keep(ctx context.Context) error {
	who, err := o.client.Identity(ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(o.cfg.Dir, "engine-ledger.pub")
	key, err := durable.ReadFile(durable.OS(), path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || fault.Is(err, fault.NotFound):
		key = []byte(who.LedgerKey)
		if err := durable.WriteFile(durable.OS(), path, key, 0o600); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	theirs, err := o.client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	f, err := o.ledger.Continues(ctx, theirs, string(key), func(old, size int64) ([][]byte, error) {
		p, err := o.client.ProveTree(ctx, old, size)
		return p.Hashes, err
	})
	if err != nil {
		return err
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := o.ledger.AnchorForeign(ctx, tx, f)
		return err
	})
}

func (o *office) close() error { return o.db.Close() }

// openEngine opens the engine's half. extra are issuers beside those that the
// configuration names: `serve` knows its own portal's.
func openEngine(ctx context.Context, c engineConfig, sum string, clk clock.Clock, synced func() bool, log *slog.Logger, told func(engineapi.Alarm), extra ...permit.PublicKey) (*engine.Engine, error) {
	secret, err := bearer(c.SecretFile)
	if err != nil {
		return nil, err
	}
	master, err := c.master()
	if err != nil {
		return nil, err
	}
	networks, err := camera.ParseNetworks(c.Networks...)
	if err != nil {
		return nil, err
	}
	issuers := extra
	for _, s := range c.Issuers {
		k, err := permit.ParsePublicKey(s)
		if err != nil {
			return nil, err
		}
		issuers = append(issuers, k)
	}
	return engine.Open(ctx, engine.Config{
		ID: c.ID, Dir: c.Dir, Archive: c.Archive, Database: c.Database, Issuers: issuers, PortalLedger: c.PortalLedger,
		Networks: networks, Secret: secret, Master: master, FFmpeg: c.FFmpeg, Anonymiser: beside(c.Anonymiser), Models: c.Models, ConfigSHA256: sum, Version: version(),
		Clock: clk, Synced: synced, Notify: told, Log: log.With(slog.String("half", "engine")),
	})
}

// beside is the program that covers people: the one that is named, or the one
// that lies beside this program, or none, and then it is looked for.
func beside(named string) string {
	if named != "" {
		return named
	}
	own, err := os.Executable()
	if err != nil {
		return ""
	}
	path := filepath.Join(filepath.Dir(own), "vidne-anonymise")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
