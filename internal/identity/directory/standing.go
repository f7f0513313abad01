package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// atOnce is how many people are asked about in one question.
const atOnce = 50

// inChain is Active Directory's rule for membership however deep (MS-ADTS
// 3.1.1.3.4.4.3, LDAP_MATCHING_RULE_TRANSITIVE_EVAL).
const inChain = "1.2.840.113556.1.4.1941"

// Standing says of people who are logged in whether they still may be, and
// which roles their groups give now. Whoever is not there any more is not in.
// A locked account is in: a lock comes of wrong passwords, which anybody can
// type, and must not end a session.
func (d *Domain) Standing(ctx context.Context, subjects []string) (map[string]identity.Standing, error) {
	answer := map[string]identity.Standing{}
	for chunk := range slices.Chunk(subjects, atOnce) {
		if err := d.reading(ctx, func(c *ldap.Conn) error { return d.stand(c, chunk, answer) }); err != nil {
			return answer, err
		}
	}
	return answer, nil
}

// standing is one person's, with what the directory says of them.
func (d *Domain) standing(ctx context.Context, subject string) (p person, roles []string, err error) {
	err = d.reading(ctx, func(c *ldap.Conn) error {
		people, err := d.bySubjects(c, []string{subject})
		if err != nil {
			return err
		}
		if len(people) != 1 {
			return fault.New(fault.NotFound, "directory.unknown", "nobody is %s", subject)
		}
		p = people[0]
		all, err := d.roles(c, people)
		roles = all[subject]
		return err
	})
	return p, roles, err
}

func (d *Domain) stand(c *ldap.Conn, subjects []string, answer map[string]identity.Standing) error {
	people, err := d.bySubjects(c, subjects)
	if err != nil {
		return err
	}
	roles, err := d.roles(c, people)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		answer[s] = identity.Standing{Why: "login.gone"}
	}
	for _, p := range people {
		answer[p.subject] = identity.Standing{
			In: p.barred == "", Why: p.barred, Login: p.login, Name: p.name, Email: p.email, Roles: roles[p.subject],
		}
	}
	return nil
}

// bySubjects finds people by the directory's own names for them.
func (d *Domain) bySubjects(c *ldap.Conn, subjects []string) ([]person, error) {
	anyOf, err := d.anyOf(subjects)
	if err != nil {
		return nil, err
	}
	entries, err := d.search(c, d.c.Base, ldap.ScopeWholeSubtree, d.people(anyOf), len(subjects)+1)
	if err != nil {
		return nil, err
	}
	var people []person
	for _, e := range entries {
		p, err := d.person(e)
		if err != nil {
			return nil, err
		}
		if slices.Contains(subjects, p.subject) {
			people = append(people, p)
		}
	}
	return people, nil
}

func (d *Domain) anyOf(subjects []string) (string, error) {
	var f strings.Builder
	f.WriteString("(|")
	for _, s := range subjects {
		one, err := d.bySubject(s)
		if err != nil {
			return "", err
		}
		f.WriteString(one)
	}
	f.WriteString(")")
	return f.String(), nil
}

// roles is what the groups give each of the people.
func (d *Domain) roles(c *ldap.Conn, people []person) (map[string][]string, error) {
	if len(people) == 0 {
		return map[string][]string{}, nil
	}
	if d.ad() {
		return d.rolesInChain(c, people)
	}
	return d.rolesUpwards(c, people)
}

// rolesInChain asks Active Directory, group by group, who of them is in it.
func (d *Domain) rolesInChain(c *ldap.Conn, people []person) (map[string][]string, error) {
	roles := map[string][]string{}
	subjects := make([]string, len(people))
	for i, p := range people {
		subjects[i] = p.subject
	}
	anyOf, err := d.anyOf(subjects)
	if err != nil {
		return nil, err
	}
	for _, g := range d.c.Groups {
		in, err := d.search(c, d.c.Base, ldap.ScopeWholeSubtree,
			d.people(anyOf+"(memberOf:"+inChain+":="+ldap.EscapeFilter(g.DN)+")"), len(people)+1, "objectGUID")
		if err != nil {
			return nil, err
		}
		for _, e := range in {
			subject, err := guidText(e.GetRawAttributeValue("objectGUID"))
			if err != nil {
				return nil, err
			}
			roles[subject] = append(roles[subject], g.Roles...)
		}
	}
	return roles, nil
}

// Groups in groups are followed this far, and this many of them for one person.
const deepest, mostGroups = 10, 1000

// rolesUpwards follows groups of groups where the directory does not do it
// itself. What goes too deep gives nothing.
func (d *Domain) rolesUpwards(c *ldap.Conn, people []person) (map[string][]string, error) {
	roles := map[string][]string{}
	for _, p := range people {
		seen := map[string]bool{}
		level := []string{p.dn}
		for depth := 0; len(level) > 0 && depth < deepest; depth++ {
			var next []string
			for chunk := range slices.Chunk(level, atOnce) {
				in, err := d.search(c, d.c.Base, ldap.ScopeWholeSubtree, holds(chunk), mostGroups, "1.1")
				if err != nil {
					return nil, err
				}
				for _, e := range in {
					if name := canonical(e.DN); name != "" && !seen[name] && len(seen) < mostGroups {
						seen[name] = true
						next = append(next, e.DN)
					}
				}
			}
			level = next
		}
		for _, g := range d.c.Groups {
			if seen[canonical(g.DN)] {
				roles[p.subject] = append(roles[p.subject], g.Roles...)
			}
		}
	}
	return roles, nil
}

// holds is the filter for groups that hold one of these names.
func holds(names []string) string {
	var f strings.Builder
	f.WriteString("(|")
	for _, n := range names {
		e := ldap.EscapeFilter(n)
		f.WriteString("(member=" + e + ")(uniqueMember=" + e + ")")
	}
	f.WriteString(")")
	return f.String()
}

// canonical is a distinguished name in one spelling, "" for what is none: case,
// the spaces around its parts and how signs are escaped do not count.
func canonical(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.String())
}
