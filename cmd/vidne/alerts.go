package main

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"sync"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// outboxConfig is how messages leave a half: a mail server and webhooks.
type outboxConfig struct {
	SMTP         string          `toml:"smtp"` // host:port, empty for none
	From         string          `toml:"from"`
	User         string          `toml:"user"`
	PasswordFile string          `toml:"password_file"`
	Plain        bool            `toml:"plain"`   // a relay without TLS, on this machine
	CAFile       string          `toml:"ca_file"` // who vouches for the server; empty: the system's
	Webhooks     []webhookConfig `toml:"webhooks"`
}

// resolve completes relative paths.
func (c *outboxConfig) resolve(base string) {
	files := []*string{&c.PasswordFile, &c.CAFile}
	for i := range c.Webhooks {
		files = append(files, &c.Webhooks[i].SecretFile)
	}
	for _, p := range files {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
}

// notifyConfig is who is told of alarms.
type notifyConfig struct {
	outboxConfig
	To []string `toml:"to"`
}

type webhookConfig struct {
	Name       string   `toml:"name"`
	URL        string   `toml:"url"`
	SecretFile string   `toml:"secret_file"`
	Kinds      []string `toml:"kinds"`
}

// alerts tells people and systems when an alarm begins and when it ends. Its
// outbox is a database of its own beside the engine's, so that an engine whose
// database is away can say so.
type alerts struct {
	to     []string
	words  page.Catalogue
	db     *db.DB
	out    *notify.Notifier
	queue  chan engineapi.Alarm
	log    *slog.Logger
	engine string
}

// alertsHeld is how many alarms can wait for the outbox. More than that at
// once are one trouble; the log and the portal have them all.
const alertsHeld = 1024

// openAlerts opens the outbox; nil when nobody is to be told.
func openAlerts(ctx context.Context, c engineConfig, clk clock.Clock, log *slog.Logger) (_ *alerts, err error) {
	if c.Notify.SMTP == "" && len(c.Notify.Webhooks) == 0 {
		return nil, nil
	}
	defer fault.Wrap(&err, "notify")
	a := &alerts{to: c.Notify.To, queue: make(chan engineapi.Alarm, alertsHeld), log: log, engine: c.ID}
	if a.words, err = page.ReadCatalogue(web.Text()); err != nil {
		return nil, err
	}
	cfg, err := c.Notify.outbox(log)
	if err != nil {
		return nil, err
	}
	if err := durable.OS().MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if a.db, err = db.Open(ctx, "sqlite:"+filepath.Join(c.Dir, "notify.db")); err != nil {
		return nil, err
	}
	if a.out, err = notify.Open(ctx, a.db, clk, cfg); err != nil {
		return nil, errors.Join(err, a.db.Close())
	}
	return a, nil
}

// outbox is the configuration of an outbox, with its secrets read.
func (c outboxConfig) outbox(log *slog.Logger) (cfg notify.Config, err error) {
	cfg.Log = log
	if c.SMTP != "" {
		if cfg.Mail, err = mailOf(c); err != nil {
			return cfg, err
		}
	}
	for _, w := range c.Webhooks {
		secret, err := ownersAlone(w.SecretFile)
		if err != nil {
			return cfg, fault.As(fault.Invalid, "config.notify", err)
		}
		cfg.Webhooks = append(cfg.Webhooks, notify.Webhook{Name: w.Name, URL: w.URL, Secret: secret, Kinds: w.Kinds})
	}
	return cfg, nil
}

func mailOf(c outboxConfig) (*notify.Mail, error) {
	host, port, err := net.SplitHostPort(c.SMTP)
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil {
		return nil, fault.New(fault.Invalid, "config.notify", "smtp = %q is not host:port", c.SMTP)
	}
	m := &notify.Mail{Host: host, Port: n, User: c.User, From: c.From, Plain: c.Plain}
	if c.PasswordFile != "" {
		if m.Password, err = ownersAlone(c.PasswordFile); err != nil {
			return nil, fault.As(fault.Invalid, "config.notify", err)
		}
	}
	if c.CAFile != "" {
		b, err := durable.ReadFile(durable.OS(), c.CAFile)
		if err != nil {
			return nil, fault.As(fault.Invalid, "config.notify", err)
		}
		if m.Roots = x509.NewCertPool(); !m.Roots.AppendCertsFromPEM(b) {
			return nil, fault.New(fault.Invalid, "config.notify", "ca_file = %q holds no certificate", c.CAFile)
		}
	}
	return m, nil
}

// told takes an alarm's begin or end; it waits for nothing.
func (a *alerts) told(al engineapi.Alarm) {
	select {
	case a.queue <- al:
	default:
		a.log.Error("an alarm was not passed on: too many at once", slog.String("key", al.Key))
	}
}

// run passes alarms on until ctx ends.
func (a *alerts) run(ctx context.Context) {
	var g sync.WaitGroup
	g.Go(func() { a.out.Run(ctx) })
	for {
		select {
		case al := <-a.queue:
			if err := a.out.Send(ctx, a.message(al)); err != nil && ctx.Err() == nil {
				a.log.Error("an alarm was not passed on", slog.String("key", al.Key), slog.Any("error", err))
			}
		case <-ctx.Done():
			g.Wait()
			return
		}
	}
}

// message says an alarm in words. The camera is named by its reference, which
// is no person's.
func (a *alerts) message(al engineapi.Alarm) notify.Message {
	what := a.words.Text("da", "alarm."+al.Key)
	subject, kind, id := "Vidne: "+what, "alarm.begin", al.ID+"-begin"
	if !al.Until.IsZero() {
		subject, kind, id = "Vidne: ophørt: "+what, "alarm.end", al.ID+"-end"
	}
	text := what + ".\n\nOptager: " + a.engine + "\n"
	if al.Camera != "" {
		text += "Kamera: " + al.Camera + "\n"
	}
	text += "Siden: " + inDenmark(al.Since).Format("2.1.2006 kl. 15.04") + "\n"
	if !al.Until.IsZero() {
		text += "Ophørt: " + inDenmark(al.Until).Format("2.1.2006 kl. 15.04") + "\n"
	} else {
		text += "\n" + a.words.Text("da", "alarm."+al.Key+".do") + "\n"
	}
	return notify.Message{ID: id, Kind: kind, Thread: al.ID, To: a.to, Subject: subject, Text: text, Data: al}
}

func (a *alerts) close() error { return a.db.Close() }
