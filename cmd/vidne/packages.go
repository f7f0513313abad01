package main

import (
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/web"
)

// evidenceConfig is how evidence packages are made; without a controller's name
// none is.
type evidenceConfig struct {
	Controller string `toml:"controller"`
	CVR        string `toml:"cvr"`
	Dir        string `toml:"dir"`
	Timestamps string `toml:"timestamps"` // address of an RFC 3161 service
	KeepDays   int    `toml:"keep_days"`
	LargestGB  int    `toml:"largest_gb"`
}

const (
	// defaultKeepDays is how long our own copy of a package lives at the longest:
	// the time in which a broken medium comes to light, and no longer than the law
	// lets any footage be kept without a reason of its own. The footage's own time
	// ends it before that.
	defaultKeepDays, mostKeepDays = 30, 90
	defaultLargestGB              = 64 // fits an ordinary USB key
)

func (e evidenceConfig) check() error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "config.evidence", format, args...)
	}
	digits := len(e.CVR) == 8
	for _, r := range e.CVR {
		digits = digits && r >= '0' && r <= '9'
	}
	switch {
	case e.Controller == "":
		return nil
	case !digits:
		return bad("cvr = %q is not eight digits", e.CVR)
	case e.KeepDays < 0 || e.KeepDays > mostKeepDays:
		return bad("keep_days = %d is not 1 to %d", e.KeepDays, mostKeepDays)
	case e.LargestGB < 0:
		return bad("largest_gb = %d", e.LargestGB)
	}
	if e.Timestamps == "" {
		return nil
	}
	if u, err := url.Parse(e.Timestamps); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return bad("timestamps = %q is no address", e.Timestamps)
	}
	return nil
}

// packages is how packages are made; its zero value when nothing is set.
func (o *office) packages() (p disclosure.Packages, err error) {
	c := o.cfg.Evidence
	if err := c.check(); err != nil || c.Controller == "" {
		return p, err
	}
	p = disclosure.Packages{Sender: evidence.Name{Controller: c.Controller, CVR: c.CVR}, Source: disclosure.FromEngine(o.client, o.clock), Software: "vidne " + version(),
		Keep: time.Duration(c.KeepDays) * 24 * time.Hour, Largest: int64(c.LargestGB) << 30}
	if p.Keep == 0 {
		p.Keep = defaultKeepDays * 24 * time.Hour
	}
	if p.Largest == 0 {
		p.Largest = defaultLargestGB << 30
	}
	p.Maker = &evidence.Maker{FS: durable.OS(), Dir: c.Dir, Clock: o.clock}
	if p.Maker.Dir == "" {
		p.Maker.Dir = filepath.Join(o.cfg.Dir, "packages")
	}
	if err := p.Maker.FS.MkdirAll(p.Maker.Dir, 0o700); err != nil {
		return p, err
	}
	if p.Maker.Signer, err = evidence.OpenSigner(o.cfg.Dir, p.Sender, o.clock.Now()); err != nil {
		return p, err
	}
	if c.Timestamps != "" {
		p.Maker.Stamps = &evidence.Stamps{URL: c.Timestamps}
	}
	regular, err := web.Font("Regular")
	if err != nil {
		return p, fault.As(fault.Internal, "", err)
	}
	bold, err := web.Font("Bold")
	if err != nil {
		return p, fault.As(fault.Internal, "", err)
	}
	p.Maker.Fonts = paper.Fonts{Regular: regular, Bold: bold}
	if p.Maker.Opener, err = web.Opener(); err != nil {
		return p, fault.As(fault.Internal, "", err)
	}
	o.log.Info("evidence packages are signed", slog.String("certificate", p.Maker.Signer.Fingerprint()))
	return p, nil
}
