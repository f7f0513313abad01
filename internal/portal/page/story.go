package page

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

// Story is one screen in one state, with sample data. It is rendered by the
// same code as the real page, and it is what the tests of the templates use.
type Story struct {
	// Name is the last part of its address.
	Name string
	// Who looks at it; empty: nobody is logged in.
	Who access.Role
	// Path is the address that the page believes to be at.
	Path string
	// Code is the status; 0 is 200.
	Code int
	Make func(*Visit) Page
}

// Sample is the world of the stories.
type Sample struct {
	Now        time.Time
	Controller register.Controller
	Found      any // what the routes' Object would have found
}

// Pose is the visit as the story's person would make it, in lang.
func (s Story) Pose(v *Visit, lang Lang, world Sample) *Visit {
	r := v.R.Clone(v.Ctx)
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(s.Path, "?")
	r.Method = http.MethodGet
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.17"), 4000).String()
	o := &Visit{Words: v.Site.In(lang), Site: v.Site, W: v.W, R: r, Ctx: v.Ctx, Now: world.Now, Controller: world.Controller, found: world.Found}
	o.Route = v.Site.route(r)
	if s.Who != "" {
		o.Person = access.Person{ID: "p-2", Controller: world.Controller.ID, Roles: []access.Role{s.Who}, Locations: []string{"lindeby-skole"}}
		o.Session = identity.Session{ID: "s-1", Person: identity.Person{ID: "p-2", Login: "jonas", Name: "Jonas Lund", Controller: world.Controller.ID}}
	}
	return o
}

// Tell answers with the story.
func (s Story) Tell(v *Visit, lang Lang, world Sample) error {
	code := s.Code
	if code == 0 {
		code = http.StatusOK
	}
	pg := s.Make(s.Pose(v, lang, world))
	pg.shell().Refresh = 0 // a picture stands still
	return v.Site.Render(v.W, code, lang, pg)
}

// route is the one that answers a request.
func (s *Site) route(r *http.Request) Route {
	mux := http.NewServeMux()
	for _, rt := range s.routes {
		mux.Handle(rt.Pattern, http.NotFoundHandler())
	}
	_, pattern := mux.Handler(r)
	for _, rt := range s.routes {
		if rt.Pattern == pattern {
			return rt
		}
	}
	return Route{}
}

// SampleError is an error page for stories.
func (v *Visit) SampleError(code int, key, ref string) Page {
	pg := v.ErrorPage(code, fault.New(fault.Internal, key, "sample"), ref)
	return &pg
}

// Screen is the name of a page's template.
func Screen(p Page) string { return p.shell().Screen }

// SampleHistory is what happened, for stories.
func (v *Visit) SampleHistory() []HistoryRow {
	now := v.Now
	row := func(half string, i int64, ago time.Duration, kind, body string) HistoryRow {
		return v.HistoryRow(half, i, now.Add(-ago), kind, []byte(body), false)
	}
	return []HistoryRow{
		row("portal", 4711, 4*time.Minute, "view.opened", `{"name":"Jonas Lund","camera":"skole-indgang","from":"2026-11-21T02:00:00Z","to":"2026-11-21T02:30:00Z","purpose":"Rude knust i hovedindgangen.","reference":"4600-12345-00001-26"}`),
		row("portal", 4709, 12*time.Minute, "access.refused", `{"name":"Søren Krogh","why":"access.it","path":"/afspilning"}`),
		row("engine", 48200, 50*time.Minute, "segment.sealed", `{"camera":"skole-indgang"}`),
		row("portal", 4702, 26*time.Hour, "camera.stopped", `{"name":"Karen Holm","camera":"skole-indgang","reason":"Kameraet var drejet mod naboens have."}`),
		row("portal", 4698, 27*time.Hour, "login", `{"name":"Karen Holm","address":"192.0.2.4"}`),
		v.HistoryRow("portal", 12, now.AddDate(-1, 0, 0), "view.opened", nil, true),
	}
}
