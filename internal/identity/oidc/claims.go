package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/sso"
)

const groupsClaim = "groups"

// claims are what a token says beyond what go-oidc reads.
type claims struct {
	Party     string                     `json:"azp"`
	AuthTime  int64                      `json:"auth_time"`
	NotBefore int64                      `json:"nbf"`
	SessionID string                     `json:"sid"`
	Verified  *bool                      `json:"email_verified"`
	Methods   []string                   `json:"amr"`
	Elsewhere map[string]string          `json:"_claim_names"`
	HasGroups bool                       `json:"hasgroups"`
	All       map[string]json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps every claim beside those that have a field. A claim of a
// form that it should not have is left out: it gives nobody anything.
func (c *claims) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &c.All); err != nil {
		return err
	}
	for name, to := range map[string]any{
		"azp": &c.Party, "auth_time": &c.AuthTime, "nbf": &c.NotBefore, "sid": &c.SessionID,
		"email_verified": &c.Verified, "amr": &c.Methods, "_claim_names": &c.Elsewhere, "hasgroups": &c.HasGroups,
	} {
		if raw, ok := c.All[name]; ok && json.Unmarshal(raw, to) != nil && name != "email_verified" && name != "amr" {
			return fault.New(fault.Invalid, "oidc.claims", "claim %s", name)
		}
	}
	return nil
}

// text is the first of the claims that holds a text.
func (c claims) text(names []string) string {
	for _, n := range names {
		var s string
		if json.Unmarshal(c.All[n], &s) == nil && strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// values are what a claim holds, one text or a list of them.
func (c claims) values(name string) []string {
	var one string
	if json.Unmarshal(c.All[name], &one) == nil {
		return []string{one}
	}
	var many []string
	if json.Unmarshal(c.All[name], &many) == nil {
		return many
	}
	return nil
}

// groups are the groups and roles that the token names. Entra ID leaves groups
// out where there are more than fit and names an address to ask at instead. We
// ask at the address that was configured: a token does not say where our
// access token goes.
func (p *Provider) groups(ctx context.Context, said claims, access string) (all []string, err error) {
	for _, name := range p.c.RoleClaims {
		all = append(all, said.values(name)...)
		if _, elsewhere := said.Elsewhere[name]; !elsewhere && !(name == groupsClaim && said.HasGroups) {
			continue
		}
		if name != groupsClaim || p.c.GroupsURL == "" {
			return nil, denied("oidc.overage", "claim %s did not fit in the token", name)
		}
		more, err := p.askGroups(ctx, access)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// askGroups asks Microsoft Graph for all groups of whoever the access token is
// of (getMemberObjects, which follows nesting and is not paged).
func (p *Provider) askGroups(ctx context.Context, access string) ([]string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.c.GroupsURL, bytes.NewReader([]byte(`{"securityEnabledOnly":true}`)))
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+access)
	a, err := p.client.Do(r)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "sso.away", "the groups cannot be asked for")
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		kind := fault.Denied
		if a.StatusCode >= 500 || a.StatusCode == http.StatusTooManyRequests {
			kind = fault.Unavailable
		}
		return nil, fault.New(kind, "oidc.overage", "asked for groups, %s says %d", p.c.GroupsURL, a.StatusCode)
	}
	var said struct {
		Value []string `json:"value"`
		Next  string   `json:"@odata.nextLink"`
	}
	if err := json.NewDecoder(a.Body).Decode(&said); err != nil || said.Next != "" {
		return nil, denied("oidc.overage", "the answer does not hold all groups")
	}
	return said.Value, nil
}

// outside is the person that a token is about.
func (p *Provider) outside(id *oidc.IDToken, said claims, groups []string) (identity.Outside, error) {
	o := identity.Outside{
		Source: p.About().Source(), Subject: subject(id.Issuer, id.Subject), Controller: p.c.Controller,
		Login: said.text(p.c.LoginClaims), Name: said.text(p.c.NameClaims),
		Roles: sso.RolesOf(p.c.Roles, groups), Strong: p.c.SecondFactor,
	}
	if said.Verified == nil || *said.Verified {
		o.Email = said.text([]string{"email"})
	}
	for _, m := range said.Methods {
		o.Strong = o.Strong || m == "mfa"
	}
	if o.Login == "" || o.Name == "" {
		return o, denied("oidc.claims", "the token does not say what the person is called (%v, %v)", p.c.LoginClaims, p.c.NameClaims)
	}
	return o, nil
}

// subject is a person's name for ever: `sub` is unique with its issuer alone,
// and an issuer holds no space.
func subject(issuer, sub string) string { return issuer + " " + sub }
