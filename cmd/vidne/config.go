package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/portal/page"
)

// config is the configuration file; docs/ref/config.md explains every key. A
// key that is not here is refused.
type config struct {
	Engine engineConfig `toml:"engine"`
	Portal portalConfig `toml:"portal"`

	sum string // SHA-256 of the file, hex
}

type engineConfig struct {
	ID           string       `toml:"id"`
	Dir          string       `toml:"dir"`
	Archive      string       `toml:"archive"`
	Database     string       `toml:"database"`
	Listen       string       `toml:"listen"`
	Networks     []string     `toml:"networks"`
	Master       string       `toml:"master"`
	SecretFile   string       `toml:"secret_file"`
	Issuers      []string     `toml:"issuers"`
	Portals      []string     `toml:"portals"` // keys of the portals that may call over a network
	PortalLedger string       `toml:"portal_ledger"`
	FFmpeg       string       `toml:"ffmpeg"`
	Anonymiser   string       `toml:"anonymiser"`
	Models       string       `toml:"models"`
	Notify       notifyConfig `toml:"notify"`
}

type portalConfig struct {
	Dir        string `toml:"dir"`
	Database   string `toml:"database"`
	Listen     string `toml:"listen"`
	BaseURL    string `toml:"base_url"`
	Engine     string `toml:"engine"`     // address of the engine, http://host:port
	EngineKey  string `toml:"engine_key"` // its key, when it is on another machine
	EngineID   string `toml:"engine_id"`  // its id
	SecretFile string `toml:"secret_file"`
	Storybook  bool   `toml:"storybook"`
	CoverAfter int    `toml:"cover_after"` // seconds; 0: page.DefaultCoverAfter
	Rules      string `toml:"rules"`       // folder of rules, empty: those that come with the program
	Processes  string `toml:"processes"`   // folder of processes beside those that come with it

	Proxies []string  `toml:"proxies"` // whose X-Forwarded-For and -Proto count
	TLS     tlsConfig `toml:"tls"`

	Notify outboxConfig `toml:"notify"`
	Map    mapConfig    `toml:"map"`
	// Evidence is how packages for the police and others are made.
	Evidence evidenceConfig `toml:"evidence"`
	OIDC     []oidcConfig   `toml:"oidc"`
	SAML     []samlConfig   `toml:"saml"`
	// Directories are where people log in with the password that they have there.
	Directories []directoryConfig `toml:"directory"`

	engineLine string // the engine's own key, when its half is this machine's too
}

// readConfig reads a file strictly.
func readConfig(path string) (c config, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fault.As(fault.Invalid, "config.missing", err)
	}
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		var unknown *toml.StrictMissingError
		if errors.As(err, &unknown) {
			return c, fault.New(fault.Invalid, "config.unknown", "%s:\n%s", path, unknown.String())
		}
		var wrong *toml.DecodeError
		if errors.As(err, &wrong) {
			return c, fault.New(fault.Invalid, "config.form", "%s:\n%s", path, wrong.String())
		}
		return c, fault.As(fault.Invalid, "config.form", err)
	}
	sum := sha256.Sum256(b)
	c.sum = hex.EncodeToString(sum[:])
	c.defaults(filepath.Dir(path))
	return c, nil
}

// defaults fills in what one machine needs nothing said about. Relative paths
// count from the configuration file's folder.
func (c *config) defaults(base string) {
	set := func(to *string, v string) {
		if *to == "" {
			*to = v
		}
	}
	set(&c.Engine.ID, "engine-1")
	set(&c.Engine.Dir, "engine")
	set(&c.Engine.Listen, "127.0.0.1:7080")
	set(&c.Portal.Dir, "portal")
	set(&c.Portal.Listen, "127.0.0.1:8080")
	for _, p := range append(append(c.Portal.signinFiles(), c.Portal.TLS.files()...), []*string{&c.Engine.Dir, &c.Engine.Archive, &c.Engine.SecretFile, &c.Portal.Dir, &c.Portal.SecretFile, &c.Portal.Map.AddressFile, &c.Portal.Evidence.Dir, &c.Portal.Rules, &c.Portal.Processes}...) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
	c.Engine.Notify.resolve(base)
	c.Portal.Notify.resolve(base)
	for i := range c.Portal.Directories {
		c.Portal.Directories[i].resolve(base)
	}
	set(&c.Engine.SecretFile, filepath.Join(c.Engine.Dir, "portal.secret"))
	set(&c.Engine.Master, "file:"+filepath.Join(c.Engine.Dir, "master.key"))
	set(&c.Portal.BaseURL, "http://"+c.Portal.Listen)
	set(&c.Portal.EngineID, c.Engine.ID)
	if c.Portal.Engine == "" {
		c.Portal.engineLine = filepath.Join(c.Engine.Dir, lineFile)
	}
	set(&c.Portal.Engine, c.Engine.lineTo(c.Engine.Listen))
	set(&c.Portal.SecretFile, c.Engine.SecretFile)
	set(&c.Portal.Database, "sqlite:"+filepath.Join(c.Portal.Dir, "portal.db"))
	if c.Portal.CoverAfter <= 0 {
		c.Portal.CoverAfter = int(page.DefaultCoverAfter / time.Second)
	}
}

// master loads the key that wraps all others, from where the configuration
// says: file:PATH (made at first start), systemd:NAME, or passphrase:VARIABLE,
// the environment variable that holds it.
func (c *engineConfig) master() (keys.Key, error) {
	kind, rest, ok := strings.Cut(c.Master, ":")
	switch {
	case !ok || rest == "":
	case kind == "file":
		if _, err := os.Stat(rest); errors.Is(err, os.ErrNotExist) {
			if err := keys.MakeMasterFile(durable.OS(), rest); err != nil {
				return keys.Key{}, err
			}
		}
		return keys.MasterFromFile(rest)
	case kind == "systemd":
		return keys.MasterFromSystemd(rest)
	case kind == "passphrase":
		pass := os.Getenv(rest)
		if pass == "" {
			return keys.Key{}, fault.New(fault.Invalid, "config.master", "the variable %s is empty", rest)
		}
		return keys.MasterFromPassphrase(durable.OS(), c.Dir, pass)
	}
	return keys.Key{}, fault.New(fault.Invalid, "config.master", "master = %q is none of file:, systemd:, passphrase:", c.Master)
}

// explain turns an error into what whoever runs the machine can act on.
func explain(err error) string {
	words := map[string]string{
		"config.missing":   "Konfigurationen kan ikke læses. Angiv den med -c, eller prøv `vidne demo`.",
		"config.unknown":   "Konfigurationen har en nøgle, som Vidne ikke kender.",
		"config.form":      "Konfigurationen er ikke gyldig TOML.",
		"file.form":        "Reglerne eller sagsgangene kan ikke læses.",
		"rules.folder":     "Mappen kan ikke laves. Vælg en, der ikke findes.",
		"directory.config": "Et brugerkatalog er ikke sat rigtigt op.",
		"config.master":    "Hovednøglen kan ikke hentes.",
		"config.secret":    "En fil med en hemmelighed kan læses af andre.",
		"config.evidence":  "Bevispakker er ikke sat rigtigt op.",
		"config.map":       "Filen med kortets adresse kan ikke bruges.",
		"config.notify":    "Mail eller webhooks er ikke sat rigtigt op.",
		"archive.foreign":  "Arkivet og databasen hører ikke sammen. Intet er slettet. Er den rette disk sat på?",
		"issuer.key":       "Portalens signeringsnøgle er ikke den, der blev brugt før.",
		"edge.address":     "Portalens adresse, base_url, er ikke sat rigtigt.",
		"edge.plain":       "Portalen ville tage imod adgangskoder uden kryptering. Sæt [portal.tls], eller sæt en proxy med TLS foran og nævn den i proxies.",
		"edge.proxies":     "Listen over proxyer kan ikke bruges.",
		"edge.certificate": "Portalens certifikat kan ikke bruges.",
		"edge.acme":        "Der kan ikke hentes et certifikat med ACME.",
		"edge.line":        "Forbindelsen mellem portal og optager ville gå over nettet uden kryptering. `vidne keys line` viser de nøgler, som de skal kende hinanden på.",
		"edge.pin":         "En nøgle for forbindelsen mellem portal og optager er ikke skrevet rigtigt. `vidne keys line` viser den.",
	}
	if w, ok := words[fault.Key(err)]; ok {
		return fmt.Sprintf("%s\n%v", w, err)
	}
	return err.Error()
}
