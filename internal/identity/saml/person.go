package saml

import (
	"slices"
	"strings"

	"github.com/crewjam/saml"

	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/sso"
)

// attributes are the values of each attribute by its name, never by the name
// that it is friendly called.
type attributes map[string][]string

func attributesOf(s *saml.Assertion) attributes {
	all := attributes{}
	for _, statement := range s.AttributeStatements {
		for _, a := range statement.Attributes {
			for _, v := range a.Values {
				all[a.Name] = append(all[a.Name], strings.TrimSpace(v.Value))
			}
		}
	}
	return all
}

// one is the first of the attributes that has a value.
func (a attributes) one(names ...string) string {
	for _, n := range names {
		for _, v := range a[n] {
			if v != "" {
				return v
			}
		}
	}
	return ""
}

// outside is the person that an assertion is about.
func (p *Provider) outside(s *saml.Assertion, d *described) (o identity.Outside, err error) {
	a := attributesOf(s)
	id, err := p.subject(s, a)
	if err != nil {
		return o, err
	}
	level, err := p.level(a)
	if err != nil {
		return o, err
	}
	if err := p.organisation(a); err != nil {
		return o, err
	}
	groups, err := p.groups(a)
	if err != nil {
		return o, err
	}
	name := strings.TrimSpace(a.one(attrFirst) + " " + a.one(attrLast))
	if n := a.one(p.c.NameAttributes...); n != "" {
		name = n
	}
	o = identity.Outside{
		Subject: d.entity + " " + id, Login: a.one(p.c.LoginAttributes...), Name: name, Email: a.one(attrMail, attrMailADFS, attrMailOID),
		Controller: p.c.Controller, Roles: sso.RolesOf(p.c.Roles, groups), Strong: p.c.SecondFactor || level >= levels["Substantial"],
	}
	if o.Login == "" {
		o.Login = id
	}
	if o.Name == "" {
		return o, denied("saml.person", "the assertion does not say what the person is called")
	}
	return o, nil
}

// subject is what the provider calls the person for ever.
func (p *Provider) subject(s *saml.Assertion, a attributes) (string, error) {
	if p.c.Subject != "" {
		if v := a[p.c.Subject]; len(v) == 1 && v[0] != "" {
			return v[0], nil
		}
		return "", denied("saml.person", "the assertion has not one value of %s", p.c.Subject)
	}
	id := s.Subject.NameID
	if id == nil || strings.TrimSpace(id.Value) == "" || id.Format != string(saml.PersistentNameIDFormat) {
		return "", denied("saml.person", "the assertion has no persistent NameID")
	}
	return strings.TrimSpace(id.Value), nil
}

// level is how sure the provider is of who it is, and refuses what is too
// little.
func (p *Provider) level(a attributes) (int, error) {
	var said int
	switch v := a.one(attrLevel, attrLevel2); v {
	case "1", "2", "3", "4": // OIOSAML 2
		said = int(v[0] - '0')
	default:
		said = levels[strings.TrimPrefix(v, levelPrefix)]
	}
	if p.c.Level != "" && said < levels[p.c.Level] {
		return 0, denied("saml.level", "the level of assurance is below %s", p.c.Level)
	}
	return said, nil
}

// organisation refuses the people of another organisation.
func (p *Provider) organisation(a attributes) error {
	if p.c.CVR == "" {
		return nil
	}
	said := append(append([]string{}, a[attrCVR]...), a[attrCVR2]...)
	if len(said) == 0 || slices.ContainsFunc(said, func(v string) bool { return v != p.c.CVR }) {
		return denied("saml.cvr", "the person is of another organisation")
	}
	return nil
}

// groups are the privileges, groups and roles that count.
func (p *Provider) groups(a attributes) (all []string, err error) {
	for _, n := range p.c.RoleAttributes {
		all = append(all, a[n]...)
	}
	for _, n := range []string{attrPrivileges, attrPrivileges2} {
		for _, v := range a[n] {
			privileges, err := ParsePrivileges(v)
			if err != nil {
				return nil, denied("saml.privileges", "the privileges cannot be read: %v", err)
			}
			all = append(all, granted(privileges, p.c.CVR, p.c.Constraints)...)
		}
	}
	return all, nil
}
