package saml

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/identity/saml/samltest"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/req"
)

func TestPrivilegesCountWithinTheirScope(t *testing.T) {
	req.Shows(t, "ID-1")
	limited := func(constraint string) string {
		return base64.StdEncoding.EncodeToString([]byte(`<bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile"><PrivilegeGroup Scope="` + scopeCVR + ourCVR + `">` +
			`<Privilege> ` + coordinator + ` </Privilege>` + constraint + `</PrivilegeGroup></bpp:PrivilegeList>`))
	}
	for name, c := range map[string]struct {
		value string
		roles []string
	}{
		"ours":                     {samltest.Privileges([]string{scopeCVR + ourCVR, coordinator, overseer}), []string{"coordinator", "dpo", "it"}},
		"another organisation's":   {samltest.Privileges([]string{scopeCVR + "87654321", coordinator}), nil},
		"ours among others":        {samltest.Privileges([]string{scopeCVR + "87654321", overseer}, []string{scopeCVR + ourCVR, coordinator}), []string{"coordinator"}},
		"over a production unit":   {samltest.Privileges([]string{"urn:dk:gov:saml:productionUnitIdentifier:" + ourCVR, coordinator}), nil},
		"a longer number":          {samltest.Privileges([]string{scopeCVR + ourCVR + "9", coordinator}), nil},
		"no scope":                 {samltest.Privileges([]string{"", coordinator}), nil},
		"unknown":                  {samltest.Privileges([]string{scopeCVR + ourCVR, "http://andre.example.dk/roles/usersystemrole/koordinator/1"}), nil},
		"nearly":                   {samltest.Privileges([]string{scopeCVR + ourCVR, strings.ToUpper(coordinator)}), nil},
		"the old name":             {limited(""), []string{"coordinator"}},
		"a constraint":             {limited(`<Constraint Name="http://vidne.example.dk/constraints/sted/1">skolen</Constraint>`), nil},
		"a constraint that is not": {limited(`<Constraint Name="http://vidne.example.dk/constraints/sted/1">alle</Constraint>`), []string{"coordinator"}},
		"something unknown":        {limited(`<Betingelse>kun om mandagen</Betingelse>`), nil},
		"none":                     {samltest.Privileges(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(c *Config) {
				c.Constraints = map[string]string{"http://vidne.example.dk/constraints/sted/1": "alle"}
			})
			r := s.honest()
			attribute(attrPrivileges, c.value)(&r)
			v, err := s.judge(r.XML())
			must(t, err)
			if !slices.Equal(v.Roles, c.roles) {
				t.Errorf("%v", v.Roles)
			}
		})
	}
}

func TestPrivilegesThatAreNoneAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "x", "<a/>", `<PrivilegeList/>`, `<!DOCTYPE a><bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile"/>`,
		`<bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile"><Privilege>x</Privilege></bpp:PrivilegeList>`,
		`<bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile"><x:PrivilegeGroup xmlns:x="urn:x"/></bpp:PrivilegeList>`,
		`<bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile"><PrivilegeGroup>` + strings.Repeat("<Privilege>a</Privilege>", 1001) + `</PrivilegeGroup></bpp:PrivilegeList>`,
	} {
		if got, err := ParsePrivileges(base64.StdEncoding.EncodeToString([]byte(text))); err == nil {
			t.Errorf("%.80s: %v", text, got)
		}
	}
}

func TestNoProviderGivesTheRoleThatAFormGives(t *testing.T) {
	req.Shows(t, "ID-2")
	us := samltest.Of("us")
	_, err := New(Config{ID: "a", Name: "A", Controller: "lindeby", BaseURL: "https://x", Key: us.Key, Certificate: us.Certificate, Clock: newStage(t).clk,
		Metadata: func() ([]byte, error) { return nil, nil }, Roles: map[string][]string{"alle": {"operator"}}})
	if err == nil || !strings.Contains(err.Error(), "operator") {
		t.Errorf("%v", err)
	}
}

func FuzzPrivileges(f *testing.F) {
	f.Add(samltest.Privileges([]string{scopeCVR + ourCVR, coordinator}, []string{"", ""}))
	f.Add(base64.StdEncoding.EncodeToString([]byte(`<bpp:PrivilegeList xmlns:bpp="http://itst.dk/oiosaml/basic_privilege_profile"><PrivilegeGroup Scope="x"><Constraint/></PrivilegeGroup></bpp:PrivilegeList>`)))
	f.Add("PCEtLQ==")
	f.Fuzz(func(t *testing.T, s string) {
		all, err := ParsePrivileges(s)
		if err != nil && all != nil {
			t.Error("privileges with an error")
		}
		for _, n := range granted(all, ourCVR, nil) {
			if !slices.ContainsFunc(all, func(p Privilege) bool { return p.Name == n && p.Scope == scopeCVR+ourCVR && len(p.Constraints) == 0 }) {
				t.Errorf("%q is granted without a privilege", n)
			}
		}
	})
}

// FuzzResponse feeds whatever to the whole judgement: nothing that the provider
// has not signed comes out of it, and nothing panics.
func FuzzResponse(f *testing.F) {
	s := newStage(f, func(c *Config) { c.Plain = true })
	open := s.honest()
	open.Seal = ""
	for _, r := range []samltest.Reply{open, s.honest()} {
		raw, err := base64.StdEncoding.DecodeString(samltest.Encode(r.XML()))
		must(f, err)
		f.Add(raw)
	}
	f.Add([]byte(`<!DOCTYPE a><a/>`))
	want := s.idp.Entity + " " + open.NameID
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := s.judgeText(base64.StdEncoding.EncodeToString(raw))
		if err == nil && (v.Subject != want || !slices.Equal(v.Roles, []string{"coordinator"})) {
			t.Errorf("somebody else: %+v", v)
		}
		_, _ = s.Judge(t.Context(), sso.Answer{Values: url.Values{"SAMLResponse": {string(raw)}}})
	})
}
