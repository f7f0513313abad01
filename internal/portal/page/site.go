// Package page is the room that every screen of the portal stands on: today's
// visit (who asks, in which language, when), the shell around a page, routes
// and their rules, words, dates and numbers, lists, forms, errors and history.
//
// What it promises: a route is served only under the rule that it declares; a
// refusal is told in words and is an entry of the ledger; an error page says
// what happened and what to do and nothing of the inside; what a person typed
// outlives a lost session; list, filter and page stand in the address; every
// text comes from the catalogue, Danish first.
//
// What it refuses: routes without a rule, requests from other origins, bodies
// beyond the route's limit, addresses that lead elsewhere, pages in caches. It
// knows no screen: those are packages beside it, and internal/portal puts them
// together.
package page

import (
	"context"
	"embed"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/web"
)

// The portal's own tables. They are one room of the database, whichever screen
// uses them.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Engine is what the portal asks of the engine; *engineapi.Client is one.
type Engine interface {
	Status(ctx context.Context) (engineapi.Status, error)
	Coverage(ctx context.Context, camera string, from, to time.Time) (engineapi.Coverage, error)
	Coverages(ctx context.Context, cameras []string, from, to time.Time) ([]engineapi.Coverage, error)
	Permit(ctx context.Context, camera string) (engineapi.InForce, error)
	Probe(ctx context.Context, signed []byte) (engineapi.Probed, error)
	Discover(ctx context.Context, q engineapi.DiscoverQuery) (engineapi.Discovered, error)
	Holds(ctx context.Context) ([]engineapi.Held, error)
	Deletions(ctx context.Context, from, to time.Time) ([]engineapi.Deletion, error)
	Tallies(ctx context.Context, from, to time.Time) ([]engineapi.Tally, error)
	Late(ctx context.Context, from, to time.Time) ([]engineapi.Deletion, error)
	States(ctx context.Context, cameras []string, from, to time.Time) ([]engineapi.StateChange, error)
	Alarms(ctx context.Context, from, to time.Time) ([]engineapi.Alarm, error)
	Clock(ctx context.Context, camera string, from, to time.Time) ([]engineapi.ClockSample, error)
	Identity(ctx context.Context) (engineapi.Identity, error)
	Checkpoint(ctx context.Context) ([]byte, error)
	LedgerFind(ctx context.Context, f engineapi.LedgerFilter) ([]engineapi.LedgerEntry, error)
	LedgerExtract(ctx context.Context, from, to int64, controller string) (io.ReadCloser, error)
	Fragments(ctx context.Context, q engineapi.FragmentQuery, p engineapi.Pass) (io.ReadCloser, error)
	Still(ctx context.Context, q engineapi.StillQuery, p engineapi.Pass) ([]byte, error)
	Motion(ctx context.Context, camera string, from, to time.Time, p engineapi.Pass) (engineapi.Motion, error)
	engineapi.AnonymisedJobs
}

// Config is what the rooms around give, and all screens share.
type Config struct {
	DB       *db.DB
	Ledger   *ledger.Log
	Issuer   *issuer.Issuer
	Engine   Engine
	EngineID string // permit.Head.Engine of what is issued
	People   *identity.Directory
	Register *register.Register
	// Rights is who may look where. Without it nobody looks.
	Rights *authorisation.Room
	Clock  clock.Clock
	Log    *slog.Logger
	// BaseURL is how the portal is reached from outside, such as
	// "https://vidne.example.dk". Addresses are made from it, never from a
	// request's Host.
	BaseURL string
	// CoverAfter is how long a page with personal data can be left unattended
	// before it is covered; 0 is [DefaultCoverAfter].
	CoverAfter time.Duration
	// AgainAt is where somebody of an outside source is sent to be vouched for
	// again before they go on to target; empty when it is not done so. nil: never.
	AgainAt func(source, target string) string
	// Signer signs what is handed out to authorities; nil: the ledger alone does.
	Signer Signer
	// Limits is how often what is dear may be asked for; nil: as often as one likes.
	Limits Limits
	// SelfSigned says that browsers warn of the certificate: they must be able to
	// be told to go on, and to forget it.
	SelfSigned bool
	// Storybook adds /storybook, every screen with sample data. Never in
	// production.
	Storybook bool
}

// Site is what all screens stand on.
type Site struct {
	Config
	Catalogue
	static *static
	pages  templates
	guard  *http.CrossOriginProtection
	tls    bool
	login  func(v *Visit, target, draft string) Page
	routes []Route
	// Proof makes the page that asks for a proof; internal/portal sets it.
	Proof ProofPage
	// BodyName is a body of a process (udvalget, IT) in words, empty when no
	// process has it; nil: bodies stay as they are written.
	BodyName func(id string, lang Lang) string

	accesslog *accesslog.Log
	readings  readings
	limited   map[Dear]limit
}

// NewSite reads templates and texts and makes the portal's tables.
func NewSite(ctx context.Context, c Config) (*Site, error) {
	if err := access.Ready(); err != nil {
		return nil, err
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fault.New(fault.Invalid, "portal.address", "base address %q", c.BaseURL)
	}
	if err := db.Tables(ctx, c.DB, "portal", migrations); err != nil {
		return nil, err
	}
	s := &Site{Config: c, tls: base.Scheme == "https", guard: http.NewCrossOriginProtection()}
	s.limited = s.limits()
	if s.accesslog, err = accesslog.Open(ctx, c.DB, c.Ledger, c.Clock); err != nil {
		return nil, err
	}
	if err := s.guard.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fault.As(fault.Invalid, "portal.address", err)
	}
	all, err := carried()
	s.Catalogue, s.static, s.pages = all.texts, all.static, all.pages
	return s, err
}

// carry is what the program has with it, of which nothing changes.
type carry struct {
	texts  Catalogue
	static *static
	pages  templates
}

// carried reads it, once for all portals of a process.
var carried = sync.OnceValues(func() (c carry, err error) {
	if c.texts, err = ReadCatalogue(web.Text()); err != nil {
		return c, err
	}
	c.static = newStatic(web.Dist())
	c.pages, err = readTemplates(web.Templates(), c.static)
	return c, err
})

// TLS reports whether the portal is reached over TLS: what cookies depend on.
func (s *Site) TLS() bool { return s.tls }

// Routes lists what is served.
func (s *Site) Routes() []Route { return s.routes }

// Template is a screen's parsed template, for the tests that hold it against
// its page; nil when there is none.
func (s *Site) Templates() map[string]Template {
	out := map[string]Template{}
	for name, t := range s.pages {
		out[name] = t.Lookup("shell")
	}
	return out
}

// LoginPage is the page for whoever is not logged in: see [Site.Handler].
func (s *Site) LoginPage(v *Visit, target, draft string) Page { return s.login(v, target, draft) }

// Handler serves the routes. login makes the page that answers whoever is not
// logged in: target is where they wanted to go, draft the form that they sent.
func (s *Site) Handler(login func(v *Visit, target, draft string) Page, routes []Route) http.Handler {
	s.login, s.routes = login, routes
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Pattern, s.Serve(r))
		if r.Foreign {
			s.guard.AddInsecureBypassPattern(r.Pattern)
		}
	}
	mux.Handle("GET "+staticPath, s.static)
	mux.Handle("/", s.Serve(Route{Pattern: "/", Act: "public", Handle: func(v *Visit) error {
		return fault.New(fault.NotFound, "page.unknown", "no page %s", v.R.URL.Path)
	}}))
	return s.guarded(mux)
}

// guarded sets what holds for every answer, whatever the route.
func (s *Site) guarded(next http.Handler) http.Handler {
	s.guard.SetDenyHandler(s.Serve(Route{Pattern: "/", Act: "public", Handle: func(*Visit) error {
		return fault.New(fault.Denied, "request.origin", "a request from another origin")
	}}))
	same := s.guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if s.tls && !s.SelfSigned {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		if !strings.HasPrefix(r.URL.Path, staticPath) {
			h.Set("Cache-Control", "no-store")
		}
		same.ServeHTTP(w, r)
	})
}

// filePolicy is that of what is no page: should a browser show it by itself,
// nothing in it runs, and it is nobody's origin.
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; " +
	"font-src 'self'; connect-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
