package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity/oidc"
	"vidne.dk/vidne/internal/identity/saml"
	"vidne.dk/vidne/internal/identity/sso"
)

// providerConfig is what both kinds of single sign-on have.
type providerConfig struct {
	ID         string `toml:"id"`
	Name       string `toml:"name"`       // on the button
	Controller string `toml:"controller"` // whose people they are
	// Session is how many minutes a session lasts that cannot be asked about
	// again.
	Session      int           `toml:"session_minutes"`
	SecondFactor bool          `toml:"second_factor"` // the provider asks everybody for one
	Roles        []grantConfig `toml:"roles"`
	LoginFrom    []string      `toml:"login_from"` // claims or attributes
	NameFrom     []string      `toml:"name_from"`
	RolesFrom    []string      `toml:"roles_from"`
}

// grantConfig says what a group, role or privilege is with us.
type grantConfig struct {
	From string   `toml:"from"`
	To   []string `toml:"to"`
}

type oidcConfig struct {
	providerConfig
	Issuer     string   `toml:"issuer"`
	ClientID   string   `toml:"client_id"`
	SecretFile string   `toml:"secret_file"`
	Scopes     []string `toml:"scopes"`
	GroupsURL  string   `toml:"groups_url"`
}

type samlConfig struct {
	providerConfig
	MetadataFile    string            `toml:"metadata_file"`
	EntityID        string            `toml:"entity_id"`
	KeyFile         string            `toml:"key_file"`
	CertificateFile string            `toml:"certificate_file"`
	CVR             string            `toml:"cvr"`
	Level           string            `toml:"level"`
	Subject         string            `toml:"subject"`
	Plain           bool              `toml:"plain_assertions"`
	Constraints     map[string]string `toml:"constraints"`
}

// files are the paths that count from the configuration's folder.
func (c *portalConfig) signinFiles() (all []*string) {
	for i := range c.OIDC {
		all = append(all, &c.OIDC[i].SecretFile)
	}
	for i := range c.SAML {
		s := &c.SAML[i]
		all = append(all, &s.MetadataFile, &s.KeyFile, &s.CertificateFile)
	}
	return all
}

// never are the roles that nobody has by a group: one is given person by
// person, the other to accounts of our own for when all else is away.
var never = []string{string(access.Operator), string(access.BreakGlass)}

// roles is the mapping, refused where it names a role that there is not.
func (c providerConfig) roles() (map[string][]string, error) {
	all := map[string][]string{}
	for _, g := range c.Roles {
		for _, r := range g.To {
			if !slices.Contains(access.Roles(), access.Role(r)) || slices.Contains(never, r) {
				return nil, fault.New(fault.Invalid, "config.role", "%s: %q may not be given by a group", c.ID, r)
			}
		}
		if _, twice := all[g.From]; twice {
			return nil, fault.New(fault.Invalid, "config.role", "%s: %q stands there twice", c.ID, g.From)
		}
		all[g.From] = g.To
	}
	return all, nil
}

func (c providerConfig) session() (time.Duration, error) {
	d := time.Duration(c.Session) * time.Minute
	if d < 0 || d > sso.LongestSession {
		return 0, fault.New(fault.Invalid, "config.session", "%s: a session that cannot be asked about lasts an hour at most", c.ID)
	}
	return d, nil
}

// openSSO makes the providers that the configuration names.
func (o *office) openSSO(ctx context.Context) (err error) {
	var all []sso.Provider
	for _, c := range o.cfg.OIDC {
		p, err := o.openID(c)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	for _, c := range o.cfg.SAML {
		p, err := o.federated(c)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	for _, p := range all {
		if _, err := o.register.Controller(ctx, controllerOf(o.cfg, p.About().ID)); err != nil {
			o.log.Warn("a provider's controller is not in the register", "provider", p.About().ID)
		}
	}
	o.sso, err = sso.Open(ctx, sso.Config{DB: o.db, Ledger: o.ledger, Clock: o.clock, Providers: all})
	return err
}

func controllerOf(c portalConfig, id string) string {
	for _, p := range c.OIDC {
		if p.ID == id {
			return p.Controller
		}
	}
	for _, p := range c.SAML {
		if p.ID == id {
			return p.Controller
		}
	}
	return ""
}

func (o *office) openID(c oidcConfig) (*oidc.Provider, error) {
	roles, err := c.roles()
	if err != nil {
		return nil, err
	}
	session, err := c.session()
	if err != nil {
		return nil, err
	}
	secret := ""
	if c.SecretFile != "" {
		if secret, err = ownersAlone(c.SecretFile); err != nil {
			return nil, err
		}
	}
	return oidc.New(oidc.Config{
		ID: c.ID, Name: c.Name, Controller: c.Controller, Issuer: c.Issuer, ClientID: c.ClientID, Secret: secret, BaseURL: o.cfg.BaseURL,
		Scopes: c.Scopes, RoleClaims: c.RolesFrom, Roles: roles, LoginClaims: c.LoginFrom, NameClaims: c.NameFrom, GroupsURL: c.GroupsURL,
		SecondFactor: c.SecondFactor, Session: session, Clock: o.clock,
	})
}

func (o *office) federated(c samlConfig) (*saml.Provider, error) {
	roles, err := c.roles()
	if err != nil {
		return nil, err
	}
	session, err := c.session()
	if err != nil {
		return nil, err
	}
	key, certificate, err := o.samlKey(c)
	if err != nil {
		return nil, err
	}
	k, cert, err := saml.ReadKey(key, certificate)
	if err != nil {
		return nil, err
	}
	return saml.New(saml.Config{
		ID: c.ID, Name: c.Name, Controller: c.Controller, CVR: c.CVR, BaseURL: o.cfg.BaseURL, EntityID: c.EntityID,
		Metadata: func() ([]byte, error) { return durable.ReadFile(durable.OS(), c.MetadataFile) },
		Key:      k, Certificate: cert, Subject: c.Subject, LoginAttributes: c.LoginFrom, NameAttributes: c.NameFrom, RoleAttributes: c.RolesFrom,
		Roles: roles, Constraints: c.Constraints, Level: c.Level, Plain: c.Plain, SecondFactor: c.SecondFactor, Session: session, Clock: o.clock,
	})
}

// samlKey reads our key and certificate; where none are named, they are made at
// the first start.
func (o *office) samlKey(c samlConfig) (key, certificate []byte, err error) {
	if c.KeyFile == "" && c.CertificateFile == "" {
		c.KeyFile, c.CertificateFile = filepath.Join(o.cfg.Dir, "saml-"+c.ID+".key"), filepath.Join(o.cfg.Dir, "saml-"+c.ID+".crt")
		if _, err := os.Stat(c.KeyFile); errors.Is(err, fs.ErrNotExist) {
			if key, certificate, err = saml.MakeKey("Vidne "+c.ID, o.clock.Now()); err != nil {
				return nil, nil, err
			}
			if err := durable.WriteFile(durable.OS(), c.CertificateFile, certificate, 0o644); err != nil {
				return nil, nil, err
			}
			if err := durable.WriteFile(durable.OS(), c.KeyFile, key, 0o600); err != nil {
				return nil, nil, err
			}
		}
	}
	if i, err := os.Stat(c.KeyFile); err == nil && i.Mode().Perm()&0o077 != 0 {
		return nil, nil, fault.New(fault.Invalid, "config.secret", "others can read %s", c.KeyFile)
	}
	if key, err = durable.ReadFile(durable.OS(), c.KeyFile); err != nil {
		return nil, nil, err
	}
	certificate, err = durable.ReadFile(durable.OS(), c.CertificateFile)
	return key, certificate, err
}
