package saml

import (
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// Privilege is one right that an organisation gives a person (OIO Basic
// Privilege Profile 1.2).
type Privilege struct {
	Scope       string // what it is a right over: "urn:dk:gov:saml:cvrNumberIdentifier:12345678"
	Name        string // "http://vidne.dk/roles/usersystemrole/koordinator/1"
	Constraints []Constraint
}

// Constraint limits a privilege. One without a name is something that we do not
// know, which no configuration can lift.
type Constraint struct{ Name, Value string }

// The two names that the profile has had.
const (
	nsPrivilegesITST  = "http://itst.dk/oiosaml/basic_privilege_profile"
	nsPrivilegesDIGST = "http://digst.dk/oiosaml/basic_privilege_profile"
)

const (
	longestPrivileges = 96 << 10
	mostPrivileges    = 1000
	scopeCVR          = "urn:dk:gov:saml:cvrNumberIdentifier:"
)

// ParsePrivileges reads the value of a privileges attribute: XML in base64.
func ParsePrivileges(value string) ([]Privilege, error) {
	raw, err := decode(value, longestPrivileges)
	if err != nil {
		return nil, errors.New("not base64")
	}
	root, err := parse(raw, longestPrivileges)
	if err != nil {
		return nil, err
	}
	space := root.NamespaceURI()
	if root.Tag != "PrivilegeList" || space != nsPrivilegesITST && space != nsPrivilegesDIGST {
		return nil, errors.New("no list of privileges")
	}
	ours := func(e *etree.Element) bool { return e.NamespaceURI() == "" || e.NamespaceURI() == space }
	var all []Privilege
	for _, group := range root.ChildElements() {
		if group.Tag != "PrivilegeGroup" || !ours(group) {
			return nil, errors.New("something else than a group of privileges")
		}
		var names []string
		var limits []Constraint
		for _, e := range group.ChildElements() {
			text := strings.TrimSpace(e.Text())
			switch {
			case len(e.ChildElements()) > 0 || !ours(e):
				limits = append(limits, Constraint{})
			case e.Tag == "Privilege" && text != "":
				names = append(names, text)
			case e.Tag == "Constraint":
				limits = append(limits, Constraint{Name: e.SelectAttrValue("Name", ""), Value: text})
			default:
				limits = append(limits, Constraint{})
			}
		}
		for _, n := range names {
			if all = append(all, Privilege{Scope: group.SelectAttrValue("Scope", ""), Name: n, Constraints: limits}); len(all) > mostPrivileges {
				return nil, errors.New("too many privileges")
			}
		}
	}
	return all, nil
}

// granted are the names of the privileges that count here: over the
// controller's own CVR number, and limited by nothing that we cannot keep to.
func granted(all []Privilege, cvr string, lifted map[string]string) (names []string) {
	for _, p := range all {
		ok := cvr != "" && p.Scope == scopeCVR+cvr
		for _, c := range p.Constraints {
			value, known := lifted[c.Name]
			ok = ok && c.Name != "" && known && value == c.Value
		}
		if ok {
			names = append(names, p.Name)
		}
	}
	return names
}
