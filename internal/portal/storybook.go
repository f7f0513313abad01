package portal

import (
	"net/http"
	"net/netip"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// story is one screen in one state, with sample data. It is rendered by the
// same code as the real page.
type story struct {
	name string
	who  access.Role // empty: nobody is logged in
	path string      // address that the page believes to be at
	code int
	make func(*visit) page
}

// storyPage is the list of stories.
type storyPage struct {
	Shell
	Stories []fds.Link
}

func (p *Portal) storybookRoutes() []route {
	return []route{
		{pattern: "GET /storybook", act: access.Public, handle: func(v *visit) error {
			pg := &storyPage{Shell: v.newShell("storybook", "Storybook")}
			for _, s := range stories() {
				pg.Stories = append(pg.Stories, fds.Link{Href: "/storybook/" + s.name, Text: s.name})
			}
			return v.show(http.StatusOK, pg)
		}},
		{pattern: "GET /storybook/{story}", act: access.Public, handle: p.story},
	}
}

// Stories lists the storybook's addresses, for the program that takes their
// pictures.
func Stories() []string {
	var out []string
	for _, s := range stories() {
		out = append(out, "/storybook/"+s.name)
	}
	return out
}

func (p *Portal) story(v *visit) error {
	for _, s := range stories() {
		if s.name == v.r.PathValue("story") {
			return s.visit(v)
		}
	}
	return fault.New(fault.NotFound, "page.unknown", "no story %q", v.r.PathValue("story"))
}

// visit shows the story as its person would see it.
func (s story) visit(v *visit) error {
	lang := v.Lang
	if l := v.r.URL.Query().Get("sprog"); l != "" {
		lang = langOf(l)
	}
	r := v.r.Clone(v.ctx)
	path, query, _ := cut(s.path)
	r.URL.Path, r.URL.RawQuery = path, query
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.17"), 4000).String()
	o := &visit{Words: Words{lang, v.p.catalogue}, p: v.p, w: v.w, r: r, ctx: v.ctx, now: sample.Moment(), controller: sample.Controller(), camera: sample.Camera()}
	for _, rt := range v.p.routes {
		if rt.menu != "" && rt.pattern == "GET "+path {
			o.route = rt
		}
	}
	if s.who != "" {
		o.person = access.Person{ID: "p-2", Controller: "lindeby", Roles: []access.Role{s.who}, Locations: []string{"lindeby-skole"}}
		o.session = identity.Session{ID: "s-1", Person: identity.Person{ID: "p-2", Login: "jonas", Name: "Jonas Lund", Controller: "lindeby"}}
	}
	code := s.code
	if code == 0 {
		code = http.StatusOK
	}
	pg := s.make(o)
	pg.shell().Refresh = 0 // a picture stands still
	return v.p.render(v.w, code, lang, pg)
}

func cut(s string) (path, query string, found bool) {
	for i := range len(s) {
		if s[i] == '?' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// away is an engine that does not answer.
func away() engineState {
	return engineState{Away: true, Heard: sample.Moment().Add(-4 * time.Minute), Err: fault.New(fault.Unavailable, "engine.away", "away")}
}

func well(cams []register.Camera) engineState {
	return engineState{Status: sample.Status(cams, sample.Moment()), Heard: sample.Moment()}
}

func ill(cams []register.Camera) engineState {
	return engineState{Status: sample.Trouble(sample.Status(cams, sample.Moment()), sample.Moment()), Heard: sample.Moment()}
}

func stories() []story {
	all := append(homeStories(), listStories()...)
	all = append(all, cameraStories()...)
	all = append(all, viewingStories()...)
	return append(all, oversightStories()...)
}

func homeStories() []story {
	return []story{
		{name: "log-ind", path: "/log-ind", make: func(v *visit) page { return v.newLogin("/min-side", "") }},
		{name: "log-ind-fejl", path: "/log-ind", code: http.StatusUnprocessableEntity, make: func(v *visit) page {
			pg := v.newLogin("/min-side", "")
			pg.Login.Error, pg.Password.Error = v.T("login.name.missing"), v.T("login.password.missing")
			pg.Errors = v.summary(pg.Login, pg.Password)
			return pg
		}},
		{name: "log-ind-afvist", path: "/log-ind", code: http.StatusForbidden, make: func(v *visit) page {
			pg := v.newLogin("/min-side", "")
			pg.Login.Value = "jonas"
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Error, Heading: v.T("login.refused"), Text: v.T("login.wait", v.Span(2*time.Minute))})
			return pg
		}},
		{name: "log-ind-igen", path: "/log-ind", code: http.StatusUnauthorized, make: func(v *visit) page {
			pg := v.newLogin("/afspilning", "formaal=x")
			pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Heading: v.T("login.again"), Text: v.T("login.again.kept")})
			return pg
		}},
		{name: "min-side", who: access.Coordinator, path: "/min-side", make: func(v *visit) page {
			cams := sample.Cameras(9)
			return v.homePage(cams, ill(cams), []ending{{cams[7], v.now.Add(41 * 24 * time.Hour)}}, v.sampleHistory())
		}},
		{name: "min-side-rolig", who: access.Operator, path: "/min-side", make: func(v *visit) page {
			cams := sample.Cameras(3)
			return v.homePage(cams, well(cams), nil, nil)
		}},
		{name: "min-side-optager-vaek", who: access.IT, path: "/min-side", make: func(v *visit) page {
			return v.homePage(sample.Cameras(3), away(), nil, v.sampleHistory()[:1])
		}},
		{name: "min-konto", who: access.Operator, path: "/min-konto", make: func(v *visit) page {
			pg := &accountPage{Shell: v.newShell("account", v.T("account.title")), Limits: v.T("account.limits", v.Span(15*time.Minute), v.Span(10*time.Hour))}
			pg.Facts = fds.StructuredList{Rows: []fds.Row{{Term: v.T("account.name"), Text: "Jonas Lund"}, {Term: v.T("account.login"), Text: "jonas"}, {Term: v.T("account.roles"), Text: v.T("role.operator")}, {Term: v.T("account.locations"), Text: "Lindeby Skole", More: []string{"Materielgården"}}}}
			pg.Sessions = []sessionRow{{"1", v.When(v.now.Add(-time.Hour), v.now), v.When(v.now, v.now), "192.0.2.17", "Edge, Windows", true}, {"2", v.When(v.now.Add(-20*time.Hour), v.now), v.When(v.now.Add(-9*time.Hour), v.now), "192.0.2.80", "Safari, iPhone", false}}
			return pg
		}},
		{name: "fejl-403", who: access.IT, path: "/afspilning", code: http.StatusForbidden, make: func(v *visit) page { return v.sampleError(http.StatusForbidden, access.WhyIT, "") }},
		{name: "fejl-404", who: access.Operator, path: "/kameraer/x", code: http.StatusNotFound, make: func(v *visit) page { return v.sampleError(http.StatusNotFound, "camera.unknown", "") }},
		{name: "fejl-500", who: access.Operator, path: "/steder", code: http.StatusInternalServerError, make: func(v *visit) page { return v.sampleError(http.StatusInternalServerError, "internal", "K7QX2MPA") }},
	}
}

func listStories() []story {
	list := func(n int, state func([]register.Camera) engineState) func(*visit) page {
		return func(v *visit) page {
			cams := sample.Cameras(n)
			e := state(cams)
			var rows []cameraRow
			for _, c := range cams {
				rows = append(rows, v.cameraRow(c, e))
			}
			return v.camerasPage(readCamerasQuery(v.r.URL.Query()), rows, sample.Locations(), e)
		}
	}
	return []story{
		{name: "steder", who: access.Coordinator, path: "/steder", make: list(9, ill)},
		{name: "steder-mange", who: access.Coordinator, path: "/steder?side=3", make: list(212, ill)},
		{name: "steder-et", who: access.Operator, path: "/steder", make: list(1, well)},
		{name: "steder-tom", who: access.Operator, path: "/steder", make: list(0, well)},
		{name: "steder-filter-tom", who: access.Coordinator, path: "/steder?q=findes+ikke", make: list(0, well)},
		{name: "steder-optager-vaek", who: access.Coordinator, path: "/steder", make: list(3, func([]register.Camera) engineState { return away() })},
		{name: "steder-lange-navne", who: access.Coordinator, path: "/steder", make: func(v *visit) page {
			c := sample.LongCamera()
			e := ill([]register.Camera{c})
			return v.camerasPage(camerasQuery{sort: "tilstand"}, []cameraRow{v.cameraRow(c, e)}, append(sample.Locations(), sample.LongLocation()), e)
		}},
		{name: "sted", who: access.Coordinator, path: "/steder/lindeby-skole", make: func(v *visit) page {
			cams := sample.Cameras(7)
			return v.locationPage(sample.Location(), sample.Administration(), cams, sample.Designations(v.now), ill(cams))
		}},
		{name: "sted-tomt", who: access.Coordinator, path: "/steder/sammenlagt", make: func(v *visit) page {
			return v.locationPage(sample.LongLocation(), sample.Administration(), nil, nil, well(nil))
		}},
	}
}

func cameraStories() []story {
	with := func(change func(*cameraFacts)) func(*visit) page {
		return func(v *visit) page {
			c := sample.Camera()
			f := cameraFacts{camera: c, location: sample.Location(), engine: well([]register.Camera{c}), inForce: sample.InForce(c.ID, v.now), coverage: sample.Coverage(c.ID, v.now),
				people: sample.Designations(v.now), history: v.sampleHistory()}
			f.ours, f.oursSeen = f.inForce.Permit.ID, true
			change(&f)
			return v.cameraPage(f)
		}
	}
	set := func(f *cameraFacts, st engineapi.State, cause engineapi.Cause) {
		f.engine.Cameras[0].State, f.engine.Cameras[0].Cause = st, cause
	}
	return []story{
		{name: "kamera", who: access.Operator, path: "/kameraer/skole-indgang", make: with(func(*cameraFacts) {})},
		{name: "kamera-adgangskode", who: access.Coordinator, path: "/kameraer/skole-indgang", make: with(func(f *cameraFacts) {
			set(f, engineapi.StateRefused, engineapi.CauseAuth)
			f.engine.Cameras[0].ClockMS = 94_000
		})},
		{name: "kamera-stoppet", who: access.Coordinator, path: "/kameraer/skole-indgang?besked=stoppet", make: with(func(f *cameraFacts) {
			set(f, engineapi.StateStopped, engineapi.CauseStopped)
			f.inForce.Stop = "aa"
		})},
		{name: "kamera-uden-tilladelse", who: access.DPO, path: "/kameraer/skole-indgang", make: with(func(f *cameraFacts) {
			set(f, engineapi.StateNoPermit, engineapi.CauseNoPermit)
			f.engine.Cameras[0] = engineapi.CameraStatus{Camera: f.camera.ID, State: engineapi.StateNoPermit, Cause: engineapi.CauseNoPermit}
			f.inForce, f.ours, f.coverage.Expected, f.coverage.Stretches = engineapi.InForce{}, "", 0, nil
			f.people, f.history = nil, nil
		})},
		{name: "kamera-uenighed", who: access.IT, path: "/kameraer/skole-indgang", make: with(func(f *cameraFacts) {
			f.ours = "77aa01c3e0b24d5688a1c0d2e4f60718"
			f.inForce.Permit.ValidTo = sample.Moment().Add(9 * 24 * time.Hour)
		})},
		{name: "kamera-optager-vaek", who: access.Operator, path: "/kameraer/skole-indgang", make: with(func(f *cameraFacts) {
			f.engine, f.inForce, f.coverage = away(), engineapi.InForce{}, engineapi.Coverage{}
		})},
		{name: "stop", who: access.Coordinator, path: "/kameraer/skole-indgang/stop", make: func(v *visit) page { return v.gravePage("stop") }},
		{name: "stop-fejl", who: access.Coordinator, path: "/kameraer/skole-indgang/stop", code: http.StatusUnprocessableEntity, make: func(v *visit) page {
			pg := v.gravePage("stop")
			pg.Reason.Value, pg.Reason.Error = "test", v.T("grave.reason.short", shortestReason)
			pg.Errors = v.summary(pg.Reason)
			return pg
		}},
		{name: "genstart", who: access.Coordinator, path: "/kameraer/skole-indgang/genstart", make: func(v *visit) page { return v.gravePage("restart") }},
	}
}

func viewingStories() []story {
	return []story{
		{name: "afspilning", who: access.Operator, path: "/afspilning", make: func(v *visit) page {
			return v.viewingsPage(sample.Cameras(3), []viewingRow{
				{"/afspilning/1", "Lindeby Skole: Hovedindgang", "Rude knust i hovedindgangen natten til lørdag", "4600-12345-00001-26", v.When(v.now.Add(-time.Hour), v.now), true},
				{"", "Materielgården: Porten", "Dieseltyveri fra tankanlægget, anmeldt samme dag", "H-2026-031", v.When(v.now.Add(-49*time.Hour), v.now), false}})
		}},
		{name: "afspilning-fejl", who: access.Operator, path: "/afspilning", code: http.StatusUnprocessableEntity, make: func(v *visit) page {
			pg := v.viewingsPage(sample.Cameras(3), nil)
			pg.Purpose.Error, pg.Reference.Error, pg.From.Error = v.T("viewing.purpose.short"), v.T("viewing.reference.missing"), v.T("viewing.long")
			pg.Errors = v.summary(pg.Camera, pg.Purpose, pg.Reference, pg.Date, pg.From, pg.To)
			return pg
		}},
		{name: "afspilning-ingen", who: access.Operator, path: "/afspilning", make: func(v *visit) page { return v.viewingsPage(nil, nil) }},
		{name: "afspilning-slut", who: access.Operator, path: "/afspilning/x", make: func(v *visit) page {
			v.viewing = viewing{ID: "x", Camera: "skole-indgang", Ended: 1}
			return v.roomPage(nil, nil)
		}},
	}
}

func oversightStories() []story {
	health := func(n int, state func([]register.Camera) engineState) func(*visit) page {
		return func(v *visit) page {
			cams := sample.Cameras(n)
			return v.healthPage(healthFacts{engine: state(cams), cameras: cams, entries: 4711})
		}
	}
	deletions := func(n int, late bool) func(*visit) page {
		return func(v *visit) page {
			cams := sample.Cameras(n)
			var held []engineapi.Held
			if n > 0 {
				held = append(held, sample.Held(cams[0].ID, v.now))
			}
			return v.deletionsPage(cams, sample.Deletions(cams, v.now, late), held, well(cams))
		}
	}
	log := func(rows func(*visit) []historyRow) func(*visit) page {
		return func(v *visit) page {
			pg := v.logPage(sample.Cameras(3), rows(v), logRows)
			pg.Portal = ledgerInfo{Name: "portal", Key: "vidne/portal+2a8b11c0+AZEqoBo1Yc0Lh7gM6oXb4sF2l8sVQJ1e2xq0b9uZ7k3D", Size: v.N("health.entries", 4711)}
			pg.Engine = ledgerInfo{Name: "optager-1", Key: "vidne/optager-1+9c01ffe2+AXo0Qm1s8xg1k5tQb0y4T2vKd3Jc7uF9aZ6hW5rE2pLm", Size: v.N("health.entries", 48213)}
			return pg
		}
	}
	return []story{
		{name: "drift", who: access.IT, path: "/drift", make: health(9, ill)},
		{name: "drift-rolig", who: access.Coordinator, path: "/drift", make: health(9, func(c []register.Camera) engineState {
			e := well(c)
			e.OldestFrame = e.OldestFrame.Add(time.Hour)
			return e
		})},
		{name: "drift-optager-vaek", who: access.IT, path: "/drift", make: health(3, func([]register.Camera) engineState { return engineState{Away: true} })},
		{name: "sletninger", who: access.DPO, path: "/tilsyn/sletninger", make: deletions(3, false)},
		{name: "sletninger-slettet", who: access.DPO, path: "/tilsyn/sletninger?vis=done", make: deletions(3, false)},
		{name: "sletninger-forsinket", who: access.DPO, path: "/tilsyn/sletninger?vis=late", make: deletions(3, true)},
		{name: "sletninger-tom", who: access.DPO, path: "/tilsyn/sletninger", make: deletions(0, false)},
		{name: "log", who: access.DPO, path: "/tilsyn/log", make: log(func(v *visit) []historyRow { return v.sampleHistory() })},
		{name: "log-tom", who: access.DPO, path: "/tilsyn/log?tekst=findes+ikke", make: log(func(*visit) []historyRow { return nil })},
	}
}

func (v *visit) sampleHistory() []historyRow {
	now := v.now
	row := func(half string, i int64, ago time.Duration, kind, body string) historyRow {
		return v.historyRow(half, i, now.Add(-ago), kind, []byte(body), false)
	}
	return []historyRow{
		row("portal", 4711, 4*time.Minute, "view.opened", `{"name":"Jonas Lund","camera":"skole-indgang","from":"2026-11-21T02:00:00Z","to":"2026-11-21T02:30:00Z","purpose":"Rude knust i hovedindgangen.","reference":"4600-12345-00001-26"}`),
		row("portal", 4709, 12*time.Minute, "access.refused", `{"name":"Søren Krogh","why":"access.it","path":"/afspilning"}`),
		row("engine", 48200, 50*time.Minute, "segment.sealed", `{"camera":"skole-indgang"}`),
		row("portal", 4702, 26*time.Hour, "camera.stopped", `{"name":"Karen Holm","camera":"skole-indgang","reason":"Kameraet var drejet mod naboens have."}`),
		row("portal", 4698, 27*time.Hour, "login", `{"name":"Karen Holm","address":"192.0.2.4"}`),
		v.historyRow("portal", 12, now.AddDate(-1, 0, 0), "view.opened", nil, true),
	}
}

func (v *visit) sampleError(code int, key, ref string) page {
	pg := v.errorPage(code, fault.New(fault.Internal, key, "sample"), ref)
	return &pg
}
