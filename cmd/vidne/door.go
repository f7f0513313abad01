package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/portal/page"
)

// tlsConfig is where the portal's certificate comes from.
type tlsConfig struct {
	Mode        string `toml:"mode"` // empty, "files", "acme" or "self-signed"
	Certificate string `toml:"certificate_file"`
	Key         string `toml:"key_file"`
	Redirect    string `toml:"redirect"` // address without TLS that sends people to base_url; empty for none

	Directory    string `toml:"acme_directory"`
	Email        string `toml:"acme_email"`
	CAFile       string `toml:"acme_ca_file"`
	Terms        bool   `toml:"acme_terms"`
	SharedID     string `toml:"acme_shared_id"`
	SharedSecret string `toml:"acme_shared_file"`
}

// The modes of [portal.tls].
const (
	tlsNone  = ""
	tlsFiles = "files"
	tlsACME  = "acme"
	tlsSelf  = "self-signed"
)

// files are those that relative paths are completed in.
func (c *tlsConfig) files() []*string {
	return []*string{&c.Certificate, &c.Key, &c.CAFile, &c.SharedSecret}
}

// door is how people reach the portal.
type door struct {
	edge     *edge.Door
	settings *tls.Config // nil: somebody else ends TLS, or this machine alone comes
	acme     *edge.ACME
	certs    *edge.Files
	redirect string
	clock    clock.Clock
	log      *slog.Logger
}

// openDoor reads what is set up and refuses what would let people in
// unprotected: its errors are for whoever starts the program.
func openDoor(c portalConfig, clk clock.Clock, log *slog.Logger) (*door, error) {
	base, err := edge.Base(c.BaseURL)
	if err != nil {
		return nil, err
	}
	proxies, err := edge.ParseProxies(c.Proxies)
	if err != nil {
		return nil, err
	}
	d := &door{redirect: c.TLS.Redirect, clock: clk, log: log}
	if d.edge, err = edge.NewDoor(edge.Config{BaseURL: c.BaseURL, Proxies: proxies, MaxBody: page.UploadSize, Clock: clk, Log: log}); err != nil {
		return nil, err
	}
	https := base.Scheme == "https"
	switch {
	case c.TLS.Mode != tlsNone && !https:
		return nil, fault.New(fault.Invalid, "edge.address", "tls.mode = %q, but base_url = %q is not https", c.TLS.Mode, c.BaseURL)
	case c.TLS.Mode == tlsNone && https && len(proxies) == 0:
		return nil, fault.New(fault.Invalid, "edge.plain", "base_url is https, but nothing ends TLS: set [portal.tls] mode, or name the proxy that does in proxies")
	case c.TLS.Mode == tlsNone && !https && !edge.OnOneMachine(c.Listen):
		return nil, fault.New(fault.Invalid, "edge.plain", "listen = %q is open to other machines, without TLS", c.Listen)
	case c.TLS.Mode == tlsNone && c.TLS.Redirect != "":
		return nil, fault.New(fault.Invalid, "edge.plain", "redirect needs [portal.tls] mode")
	}
	return d, d.certificate(c, base.Hostname())
}

func (d *door) certificate(c portalConfig, host string) (err error) {
	t := c.TLS
	switch t.Mode {
	case tlsNone:
		return nil
	case tlsFiles:
		d.certs, err = edge.OpenFiles(t.Certificate, t.Key, host, d.clock, d.log)
	case tlsSelf:
		d.certs, err = edge.SelfSigned(filepath.Join(c.Dir, "tls"), host, d.clock, d.log)
	case tlsACME:
		return d.openACME(c, host)
	default:
		return fault.New(fault.Invalid, "edge.certificate", `tls.mode = %q is none of "files", "acme", "self-signed"`, t.Mode)
	}
	if err == nil {
		d.settings = edge.Settings(d.certs.Get)
	}
	return err
}

func (d *door) openACME(c portalConfig, host string) (err error) {
	a := edge.ACMEConfig{Directory: c.TLS.Directory, Email: c.TLS.Email, Host: host, Dir: filepath.Join(c.Dir, "acme"), Terms: c.TLS.Terms, SharedID: c.TLS.SharedID, Log: d.log}
	if c.TLS.CAFile != "" {
		if a.Roots, err = durable.ReadFile(durable.OS(), c.TLS.CAFile); err != nil {
			return fault.As(fault.Invalid, "edge.acme", err)
		}
	}
	if c.TLS.SharedID != "" {
		key, err := ownersAlone(c.TLS.SharedSecret)
		if err != nil {
			return fault.As(fault.Invalid, "edge.acme", err)
		}
		if a.SharedKey, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(key, "=")); err != nil {
			return fault.New(fault.Invalid, "edge.acme", "acme_shared_file is not base64url") // never what it holds
		}
	}
	if d.acme, err = edge.OpenACME(a); err != nil {
		return err
	}
	d.settings = d.acme.Settings()
	return nil
}

// serve lets people in on l until ctx ends, and shows those who come without
// TLS the way, if that is wanted.
func (d *door) serve(ctx context.Context, g *sync.WaitGroup, l net.Listener, h http.Handler) error {
	if d.redirect != "" {
		plain, err := listen(ctx, d.redirect)
		if err != nil {
			return err
		}
		on := d.edge.Redirect()
		if d.acme != nil {
			on = d.acme.Answer(on)
		}
		serve(ctx, g, d.edge.Limited(plain), on, nil, d.log)
	}
	serve(ctx, g, d.edge.Limited(l), d.edge.Handler(h), d.settings, d.log)
	if d.acme != nil {
		g.Go(func() { d.fetch(ctx) })
	}
	return nil
}

// fetchAgain is how soon an authority is asked again that gave nothing.
const fetchAgain = 10 * time.Minute

// fetch asks for the certificate until it is there.
func (d *door) fetch(ctx context.Context) {
	for {
		err := d.acme.Fetch(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		d.log.Error("the authority has given no certificate: nobody can reach the portal until it does", slog.Any("error", err))
		if clock.Sleep(ctx, d.clock, fetchAgain) != nil {
			return
		}
	}
}

// fingerprint is the certificate's, of the modes in which we know it.
func (d *door) fingerprint() string {
	if d.certs == nil {
		return ""
	}
	c, err := d.certs.Get(nil)
	if err != nil {
		return ""
	}
	return edge.Fingerprint(c)
}

// lineFile is the key that a half shows the other on the line between them.
const lineFile = "line.key"

// lineOf is TLS for the engine's listener: nil when it needs none, since only
// this machine reaches it.
func lineOf(c engineConfig) (*tls.Config, error) {
	if len(c.Portals) == 0 {
		if edge.OnOneMachine(c.Listen) {
			return nil, nil
		}
		return nil, fault.New(fault.Invalid, "edge.line", "engine.listen = %q is open to other machines, and no portal is named in engine.portals", c.Listen)
	}
	me, err := edge.OpenHalf(filepath.Join(c.Dir, lineFile))
	if err != nil {
		return nil, err
	}
	return me.Serve(c.Portals...)
}

// newClient speaks to the engine that the portal is told of.
func newClient(c portalConfig) (*engineapi.Client, error) {
	secret, err := bearer(c.SecretFile)
	if err != nil {
		return nil, err
	}
	host, https := strings.CutPrefix(c.Engine, "https://")
	if !https {
		host, plain := strings.CutPrefix(c.Engine, "http://")
		if !plain || !edge.OnOneMachine(host) {
			return nil, fault.New(fault.Invalid, "edge.line", "portal.engine = %q is on another machine: https://host:port, with engine_key", c.Engine)
		}
		return engineapi.NewClient(c.Engine, secret, nil), nil
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		return nil, fault.New(fault.Invalid, "edge.line", "portal.engine = %q is not https://host:port", c.Engine)
	}
	me, err := edge.OpenHalf(filepath.Join(c.Dir, lineFile))
	if err != nil {
		return nil, err
	}
	if c.EngineKey == "" && c.engineLine != "" { // ours: the same machine's
		theirs, err := edge.OpenHalf(c.engineLine)
		if err != nil {
			return nil, err
		}
		c.EngineKey = theirs.Pin()
	}
	h, err := me.Call(c.EngineKey)
	if err != nil {
		return nil, err
	}
	return engineapi.NewClient(c.Engine, secret, h), nil
}

// lineTo is the engine's address for a portal on the same machine, where addr is
// what the engine listens at.
func (c *engineConfig) lineTo(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if len(c.Portals) > 0 {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}

// lineWithin lets both halves of one process meet at addr, over TLS when the
// engine is open to other machines as well.
func (c *config) lineWithin(addr string) error {
	c.Portal.Engine = c.Engine.lineTo(addr)
	if len(c.Engine.Portals) == 0 {
		return nil
	}
	mine, err := edge.OpenHalf(filepath.Join(c.Portal.Dir, lineFile))
	if err != nil {
		return err
	}
	c.Engine.Portals = append(append([]string{}, c.Engine.Portals...), mine.Pin())
	return nil
}

type keysLineCmd struct {
	Half string `arg:"" enum:"portal,engine" help:"Hvis nøgle: portal eller engine."`
}

// Run shows the key that a half is known by on the line between two machines.
func (k *keysLineCmd) Run(c *cli) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	dir, words := cfg.Portal.Dir, "# Portalens nøgle, til optagerens konfiguration:\n[engine]\nportals = [%q]"
	if k.Half == "engine" {
		dir, words = cfg.Engine.Dir, "# Optagerens nøgle, til portalens konfiguration:\n[portal]\nengine_key = %q"
	}
	half, err := edge.OpenHalf(filepath.Join(dir, lineFile))
	if err != nil {
		return err
	}
	return say(words, half.Pin())
}

// listen opens an address.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	return l, fault.As(fault.Unavailable, "listen", err)
}

// serve answers on l, over TLS where there are settings for it, until ctx ends;
// then it gives requests under way a moment.
func serve(ctx context.Context, g *sync.WaitGroup, l net.Listener, h http.Handler, settings *tls.Config, log *slog.Logger) {
	s := edge.Server(h, settings, log)
	g.Go(func() {
		run := s.Serve
		if settings != nil {
			run = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
		}
		if err := run(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serving ended", slog.Any("error", err))
		}
	})
	g.Go(func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if s.Shutdown(end) != nil {
			_ = s.Close() // what still runs is cut
		}
	})
}
