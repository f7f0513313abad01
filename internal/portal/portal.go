package portal

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Portal is the staff's web.
type Portal struct {
	Config
	catalogue Catalogue
	pages     pages
	static    *static
	routes    []route
	handler   http.Handler
	state     stateCache
	streams   streams
	tls       bool
	guard     *http.CrossOriginProtection
}

// New reads templates and texts, makes the tables, and returns the portal.
func New(ctx context.Context, c Config) (*Portal, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fault.New(fault.Invalid, "portal.address", "base address %q", c.BaseURL)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	if err := db.Migrate(ctx, c.DB, "portal", files); err != nil {
		return nil, err
	}
	p := &Portal{Config: c, tls: base.Scheme == "https", guard: http.NewCrossOriginProtection()}
	if err := p.guard.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fault.As(fault.Invalid, "portal.address", err)
	}
	if p.catalogue, err = ReadCatalogue(web.Text()); err != nil {
		return nil, err
	}
	p.static = newStatic(web.Dist())
	if p.pages, err = readPages(web.Templates(), p.static); err != nil {
		return nil, err
	}
	p.state.engine = c.Engine
	p.state.clock = c.Clock
	p.routes = p.table()
	mux := http.NewServeMux()
	for _, r := range p.routes {
		mux.Handle(r.pattern, p.serve(r))
	}
	mux.Handle("GET "+staticPath, p.static)
	mux.Handle("/", p.serve(route{pattern: "/", act: "public", handle: p.unknown}))
	p.handler = p.guarded(mux)
	return p, nil
}

// Handler serves the portal.
func (p *Portal) Handler() http.Handler { return p.handler }

// maxBody is the largest form: texts of some thousand characters.
const maxBody = 256 << 10

// guarded sets what holds for every answer, whatever the route.
func (p *Portal) guarded(next http.Handler) http.Handler {
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
	p.guard.SetDenyHandler(p.serve(route{pattern: "/", act: "public", handle: func(*visit) error {
		return fault.New(fault.Denied, "request.origin", "a request from another origin")
	}}))
	same := p.guard.Handler(limited)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if p.tls {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		if !strings.HasPrefix(r.URL.Path, staticPath) {
			h.Set("Cache-Control", "no-store")
		}
		same.ServeHTTP(w, r)
	})
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
