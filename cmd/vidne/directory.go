package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// directoryConfig is a directory that people log in through.
type directoryConfig struct {
	Name         string        `toml:"name"`
	Kind         string        `toml:"kind"`
	Controllers  []string      `toml:"controllers"`
	Base         string        `toml:"base"`
	Domain       string        `toml:"domain"`
	Short        string        `toml:"short"`
	Reader       string        `toml:"reader"`
	PasswordFile string        `toml:"password_file"`
	CAFile       string        `toml:"ca_file"`
	Fingerprints []string      `toml:"fingerprints"`
	People       string        `toml:"people"`
	Controller   string        `toml:"controller"`
	Wait         int           `toml:"wait"` // seconds
	Groups       []groupConfig `toml:"groups"`
}

type groupConfig struct {
	Group string   `toml:"group"`
	Roles []string `toml:"roles"`
}

// resolve makes relative paths count from the configuration file's folder.
func (c *directoryConfig) resolve(base string) {
	for _, p := range []*string{&c.PasswordFile, &c.CAFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
}

// open reads the password and makes the directory.
func (c directoryConfig) open(clk clock.Clock, log *slog.Logger) (*directory.Domain, error) {
	info, err := os.Stat(c.PasswordFile)
	if err != nil {
		return nil, fault.As(fault.Invalid, "directory.config", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "directory.config", "directory %s: others can read %s (chmod 600)", c.Name, c.PasswordFile)
	}
	password, err := durable.ReadFile(durable.OS(), c.PasswordFile)
	if err != nil {
		return nil, fault.As(fault.Invalid, "directory.config", err)
	}
	d := directory.Config{
		Name: c.Name, Kind: directory.Kind(c.Kind), Controllers: c.Controllers, Base: c.Base, Domain: c.Domain, Short: c.Short,
		Reader: c.Reader, Password: strings.TrimRight(string(password), "\r\n"), CAFile: c.CAFile, Fingerprints: c.Fingerprints,
		People: c.People, Controller: c.Controller, Wait: time.Duration(c.Wait) * time.Second,
	}
	if d.Kind == "" {
		d.Kind = directory.ActiveDirectory
	}
	for _, g := range c.Groups {
		for _, r := range g.Roles {
			if !slices.Contains(access.Roles(), access.Role(r)) || access.Role(r) == access.BreakGlass {
				return nil, fault.New(fault.Invalid, "directory.config", "directory %s: a group cannot give the role %q", c.Name, r)
			}
		}
		d.Groups = append(d.Groups, directory.Group{DN: g.Group, Roles: g.Roles})
	}
	return directory.New(d, clk, log)
}

// openDirectories makes all of them.
func openDirectories(all []directoryConfig, clk clock.Clock, log *slog.Logger) (ds directory.Domains, err error) {
	names := map[string]bool{}
	for _, c := range all {
		if names[c.Name] {
			return nil, fault.New(fault.Invalid, "directory.config", "two directories are called %s", c.Name)
		}
		names[c.Name] = true
		d, err := c.open(clk, log)
		if err != nil {
			return nil, err
		}
		ds = append(ds, d)
	}
	return ds, nil
}

// elsewhere is who else is asked for people; nobody is nil.
func elsewhere(ds directory.Domains) identity.Elsewhere {
	if len(ds) == 0 {
		return nil
	}
	return ds
}

// withDirectories is every source that can be asked again.
func withDirectories(sources map[string]identity.Source, ds directory.Domains) map[string]identity.Source {
	all := ds.Sources()
	maps.Copy(all, sources)
	return all
}

const (
	// recheckEvery is how often the sources of people are asked about everybody who is
	// logged in: five times within [identity.ShutOutWithin].
	recheckEvery = time.Minute
	// codesEvery is how often it is looked whether somebody forgot their password.
	codesEvery = 3 * time.Second
	// recheckWait bounds a round, so that the next one is in time.
	recheckWait = 50 * time.Second
)

// recheck ends the sessions of whoever is shut out where they come from.
func (o *office) recheck(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, recheckWait)
	defer cancel()
	o.tell(ctx, "not everybody who is logged in is confirmed by where they come from", o.people.Recheck(ctx, o.sources))
}

type directoryCmd struct {
	Test directoryTestCmd `cmd:"" help:"Efterprøv forbindelsen til brugerkatalogerne, og se, hvad de siger om en bruger."`
}

type directoryTestCmd struct {
	Login    string `arg:"" optional:"" help:"Brugernavn, der skal slås op."`
	Name     string `help:"Kun det katalog, der hedder sådan i konfigurationen."`
	Password bool   `help:"Prøv også brugerens adgangskode. Den læses fra standard input."`
	Lang     string `enum:"da,en" default:"da" help:"Sprog: da eller en."`
}

// Run says what each directory answers. It opens no database and logs nobody in.
func (k *directoryTestCmd) Run(ctx context.Context, c *cli, log *slog.Logger) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	ds, err := openDirectories(cfg.Portal.Directories, clock.System(), log)
	if err != nil {
		return err
	}
	words, err := page.ReadCatalogue(web.Text())
	if err != nil {
		return err
	}
	password := ""
	if k.Password {
		if password, err = typed(words.In(page.LangOf(k.Lang)).T("login.password")); err != nil {
			return err
		}
	}
	good, asked := true, 0
	for _, d := range ds {
		if k.Name != "" && d.Name() != k.Name {
			continue
		}
		asked++
		t := told{words.In(page.LangOf(k.Lang)), os.Stdout, true}
		t.say("directory.test.name", d.Name())
		t.report(d.Examine(ctx, k.Login, password))
		good = good && t.good
	}
	if asked == 0 {
		return fault.New(fault.NotFound, "directory.none", "konfigurationen har intet sådant katalog")
	}
	if !good {
		return fault.New(fault.Refused, "directory.test", "ikke alt er, som det skal være")
	}
	return nil
}

// typed reads a line from standard input, unseen where that is a terminal.
func typed(what string) (string, error) {
	fmt.Fprint(os.Stderr, what+": ")
	show := hideTyping(os.Stdin)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	show()
	fmt.Fprintln(os.Stderr)
	if err != nil && line == "" {
		return "", fault.As(fault.Invalid, "identity.password", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// told writes a report for people.
type told struct {
	page.Words
	out  io.Writer
	good bool
}

func (t *told) say(key string, args ...any) { fmt.Fprintln(t.out, t.T(key, args...)) }

func (t *told) bad(key string, args ...any) {
	t.good = false
	t.say(key, args...)
}

func (t *told) report(r directory.Report) {
	for _, k := range r.Controllers {
		if k.Err == nil {
			t.say("directory.test.controller", k.Address, k.Subject, t.Date(k.Ends))
			continue
		}
		t.bad("directory.test.controller.bad", k.Address, k.Err)
		if k.Certificate != "" {
			t.say("directory.test.certificate", k.Subject, k.Certificate)
		}
	}
	if r.Reader != nil {
		t.bad("directory.test.reader.bad", r.Reader)
		return
	}
	t.say("directory.test.reader")
	for _, g := range r.Groups {
		if g.Found {
			t.say("directory.test.group", g.DN, strings.Join(g.Roles, ", "))
		} else {
			t.bad("directory.test.group.bad", g.DN)
		}
	}
	if r.Find != nil {
		t.bad("directory.test.nobody", r.Find)
	}
	if p := r.Person; p != nil {
		t.person(p)
	}
	switch {
	case r.Password != nil:
		t.bad("directory.test.password.bad", t.Or("fault."+fault.Key(r.Password), r.Password.Error()))
	case r.Tried:
		t.say("directory.test.password")
	}
}

func (t *told) person(p *directory.PersonReport) {
	t.say("directory.test.person", p.Name, p.Login, p.DN, p.Subject)
	if p.Barred != "" {
		t.bad("directory.test.barred", t.T("fault."+p.Barred))
	}
	if len(p.Roles) == 0 {
		t.bad("directory.test.rightless")
	} else {
		t.say("directory.test.roles", strings.Join(p.Roles, ", "))
	}
	if p.Wrong > 0 {
		t.say("directory.test.lock", p.Wrong, t.Span(p.Within), p.Failed)
	}
}
