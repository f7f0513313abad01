package portal

import (
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/signin"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// stories are the screens of the portal itself.
func (p *Portal) stories() []page.Story {
	return []page.Story{
		{Name: "log-ind", Path: "/log-ind", Make: p.pose(func(v *visit) page.Page { return v.newLogin("/min-side", "") })},
		{Name: "log-ind-udefra", Path: "/log-ind", Make: p.pose(func(v *visit) page.Page {
			pg := v.newLogin("/min-side", "formaal=x")
			pg.Ways = signin.SampleWays(v.Visit)
			return pg
		})},
		{Name: "log-ind-fejl", Path: "/log-ind", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			pg := v.newLogin("/min-side", "")
			pg.Login.Error, pg.Password.Error = v.T("login.name.missing"), v.T("login.password.missing")
			pg.Errors = v.Summary(pg.Login, pg.Password)
			return pg
		})},
		{Name: "log-ind-afvist", Path: "/log-ind", Code: http.StatusForbidden, Make: p.pose(func(v *visit) page.Page {
			pg := v.newLogin("/min-side", "")
			pg.Login.Value = "jonas"
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Error, Heading: v.T("login.refused"), Text: v.T("login.wait", v.Span(2*time.Minute))})
			return pg
		})},
		{Name: "log-ind-igen", Path: "/log-ind", Code: http.StatusUnauthorized, Make: p.pose(func(v *visit) page.Page {
			pg := v.newLogin("/afspilning", "formaal=x")
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Heading: v.T("login.again"), Text: v.T("login.again.kept")})
			return pg
		})},
		{Name: "min-side", Who: access.Coordinator, Path: "/min-side", Make: p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(9)
			f := sampleFleet(cams, state.Ill(cams))
			f.ending = []ending{{cams[7].ID, v.Now.Add(41 * 24 * time.Hour)}}
			return v.homePage(f, sampleWork(v.Now), v.SampleHistory())
		})},
		{Name: "min-side-rolig", Who: access.Operator, Path: "/min-side", Make: p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(3)
			return v.homePage(sampleFleet(cams, state.Well(cams)), work{}, nil)
		})},
		{Name: "min-side-optager-vaek", Who: access.IT, Path: "/min-side", Make: p.pose(func(v *visit) page.Page {
			return v.homePage(sampleFleet(sample.Cameras(3), state.Away()), work{}, v.SampleHistory()[:1])
		})},
		{Name: "soeg", Who: access.Coordinator, Path: "/soeg?q=skole", Make: p.pose(func(v *visit) page.Page {
			return v.searchPage("skole", []page.Hits{
				{Key: "search.cases", Hits: []page.Hit{{Href: "/sager/2026-014", Text: "2026-014 Lindeby Skole, hærværk", Quiet: "Behandles"}}, All: "/sager?q=skole"},
				{Key: "search.places", Hits: []page.Hit{{Href: "/steder/lindeby-skole", Text: "Lindeby Skole", Quiet: "Skolevej 4, 9999 Lindeby"}}, All: "/steder?q=skole"},
				{Key: "search.cameras", Hits: []page.Hit{{Href: "/kameraer/skole-indgang", Text: "Hovedindgang", Quiet: "Lindeby Skole"}, {Href: "/kameraer/skole-hal", Text: "Idrætshallens gang", Quiet: "Lindeby Skole"}}, All: "/kameraer?q=skole"}})
		})},
		{Name: "soeg-intet", Who: access.Operator, Path: "/soeg?q=findes+ikke", Make: p.pose(func(v *visit) page.Page { return v.searchPage("findes ikke", nil) })},
		{Name: "min-side-ansoeger", Who: access.Applicant, Path: "/min-side", Make: p.pose(func(v *visit) page.Page {
			return v.homePage(fleet{}, sampleWork(v.Now), v.SampleHistory()[:2])
		})},
		{Name: "min-side-godkender-rolig", Who: access.Approver, Path: "/min-side", Make: p.pose(func(v *visit) page.Page {
			return v.homePage(fleet{}, work{}, nil)
		})},
		{Name: "min-konto", Who: access.Operator, Path: "/min-konto", Make: p.pose(func(v *visit) page.Page {
			pg := &accountPage{Shell: v.NewShell("account", v.T("account.title")), Limits: v.T("account.limits", v.Span(15*time.Minute), v.Span(10*time.Hour))}
			pg.Facts = fds.StructuredList{Rows: []fds.Row{{Term: v.T("account.name"), Text: "Jonas Lund"}, {Term: v.T("account.login"), Text: "jonas"}, {Term: v.T("account.roles"), Text: v.T("role.operator")}, {Term: v.T("account.locations"), Text: "Lindeby Skole", More: []string{"Materielgården"}}}}
			pg.Sessions = []sessionRow{{"1", v.When(v.Now.Add(-time.Hour), v.Now), v.When(v.Now, v.Now), "192.0.2.17", "Edge, Windows", true}, {"2", v.When(v.Now.Add(-20*time.Hour), v.Now), v.When(v.Now.Add(-9*time.Hour), v.Now), "192.0.2.80", "Safari, iPhone", false}}
			pg.Others, pg.EndOthers = true, v.endOthersButton()
			pg.contactPart = v.contact(v.emailForm().Fill(url.Values{"email": {"jonas.lund@example.dk"}}), v.Now.Add(-90*24*time.Hour), "")
			return pg
		})},
		{Name: "min-konto-kalender", Who: access.Applicant, Path: "/min-konto", Make: p.pose(func(v *visit) page.Page {
			pg := &accountPage{Shell: v.NewShell("account", v.T("account.title")), Limits: v.T("account.limits", v.Span(15*time.Minute), v.Span(10*time.Hour))}
			f := v.emailForm().Fill(url.Values{"email": {"jonas.lund@"}})
			f.Fail("email", v.T("fault.account.email"))
			pg.contactPart = v.contact(f, v.Now, "Jr3vQ0c1bX5nT8yLwK2mZpHs7dFgA9eUxR4iOtBqVfM")
			return pg
		})},
		{Name: "fejl-403", Who: access.IT, Path: "/afspilning", Code: http.StatusForbidden, Make: p.pose(func(v *visit) page.Page { return v.SampleError(http.StatusForbidden, access.WhyIT, "") })},
		{Name: "fejl-404", Who: access.Operator, Path: "/kameraer/x", Code: http.StatusNotFound, Make: p.pose(func(v *visit) page.Page { return v.SampleError(http.StatusNotFound, "camera.unknown", "") })},
		{Name: "fejl-500", Who: access.Operator, Path: "/steder", Code: http.StatusInternalServerError, Make: p.pose(func(v *visit) page.Page { return v.SampleError(http.StatusInternalServerError, "internal", "K7QX2MPA") })},
	}
}

func (p *Portal) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
}

// sampleFleet is these cameras as an engine has them.
func sampleFleet(cams []register.Camera, e state.Now) fleet {
	f := fleet{engine: e, known: map[string]register.Camera{}}
	var keys []register.Key
	for _, c := range cams {
		keys, f.known[c.ID] = append(keys, c.Key()), c
	}
	f.count(keys)
	return f
}
