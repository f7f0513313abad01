package signin

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/portal/page"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	onward := func(a sso.Asked) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			pg, err := v.onwardPage("Entra ID", a)
			if err != nil {
				e := v.ErrorPage(500, err, "")
				return &e
			}
			return pg
		})
	}
	providers := func(all func(now time.Time) []fact) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page { return v.providersPage(all(v.Now)) })
	}
	return []page.Story{
		{Name: "log-ind-ekstern", Path: "/log-ind/ekstern/entra", Make: onward(sso.Asked{Address: "https://login.example.dk/authorize"})},
		{Name: "log-ind-ekstern-formular", Path: "/log-ind/ekstern/entra", Make: onward(sso.Asked{Address: "https://login.example.dk/sso", Post: map[string]string{"RelayState": "x", "SAMLRequest": "eA=="}})},
		{Name: "single-sign-on", Who: access.IT, Path: providersPath, Make: providers(func(now time.Time) []fact {
			return []fact{
				{about: sso.About{ID: "entra", Kind: sso.OIDC, Name: "Entra ID"}, terms: [][2]string{
					{"issuer", "https://login.microsoftonline.com/3f1c.../v2.0"}, {"redirect", "https://vidne.lindeby.example/log-ind/ekstern/entra/svar"},
					{"backchannel", "https://vidne.lindeby.example/log-ind/ekstern/entra/log-ud"}}},
				{about: sso.About{ID: "kombit", Kind: sso.SAML, Name: "Fælleskommunal Adgangsstyring"}, away: true, ends: now.Add(40 * 24 * time.Hour), latest: now.Add(-24 * time.Hour),
					terms: [][2]string{{"entity", "https://vidne.lindeby.example"}, {"metadata", "https://vidne.lindeby.example/log-ind/ekstern/kombit/metadata"},
						{"consumer", "https://vidne.lindeby.example/log-ind/ekstern/kombit/svar"}}},
			}
		})},
		{Name: "single-sign-on-ingen", Who: access.IT, Path: providersPath, Make: providers(func(time.Time) []fact { return nil })},
	}
}

// SampleWays are the buttons of two providers, for the login page's story.
func SampleWays(v *page.Visit) []Way {
	return ways(v, []sso.About{{ID: "entra", Kind: sso.OIDC, Name: "Entra ID"}, {ID: "kombit", Kind: sso.SAML, Name: "Fælleskommunal Adgangsstyring"}})
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
}
