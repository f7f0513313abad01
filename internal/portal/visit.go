package portal

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
)

// visit is one request: who asks, in which language, when.
type visit struct {
	Words
	p          *Portal
	w          http.ResponseWriter
	r          *http.Request
	ctx        context.Context
	now        time.Time
	session    identity.Session // zero: nobody is logged in
	person     access.Person
	controller register.Controller
	camera     register.Camera // when the route names one
	viewing    viewing         // when the route names one
	route      route
}

func (p *Portal) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{p: p, w: w, r: r, ctx: r.Context(), now: p.Clock.Now(), route: rt}
		v.Words = Words{p.language(r, nil), p.catalogue}
		defer func() {
			if e := recover(); e != nil {
				if err, ok := e.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(e)
				}
				p.Log.Error("panic in a page", "pattern", rt.pattern, "panic", e)
				v.fail(fault.New(fault.Internal, "", "panic: %v", e))
			}
		}()
		if err := v.enter(); err != nil {
			v.fail(err)
			return
		}
		if err := rt.handle(v); err != nil {
			v.fail(err)
		}
	})
}

// enter finds who asks and whether they may.
func (v *visit) enter() error {
	if c, err := v.r.Cookie(identity.CookieName(v.p.tls)); err == nil {
		s, err := v.p.People.Session(v.ctx, c.Value, !v.route.passive && v.r.Header.Get(refreshHeader) == "")
		switch {
		case err == nil:
			if err := v.known(s); err != nil {
				return err
			}
		case !fault.Is(err, fault.Denied):
			return err
		}
	}
	var object access.Object
	if v.route.object != nil && v.person.ID != "" {
		var err error
		if object, err = v.route.object(v); err != nil {
			return err
		}
	}
	if verdict := access.May(v.person, v.route.act, object); !verdict.OK {
		return v.refuse(verdict, object)
	}
	return nil
}

func (v *visit) known(s identity.Session) error {
	locations, err := v.p.Register.DesignatedFor(v.ctx, s.Person.ID)
	if err != nil {
		return err
	}
	v.session = s
	v.person = access.Person{ID: s.Person.ID, Controller: s.Person.Controller, Locations: locations}
	for _, r := range s.Person.Roles {
		v.person.Roles = append(v.person.Roles, access.Role(r))
	}
	v.Words = Words{v.p.language(v.r, &s.Person), v.p.catalogue}
	v.controller, err = v.p.Register.Controller(v.ctx, s.Person.Controller)
	return err
}

// refuse writes a refusal in the ledger and returns it as an error. Nobody
// being logged in is no entry: every first visit is that.
func (v *visit) refuse(verdict access.Verdict, o access.Object) error {
	err := fault.New(fault.Denied, verdict.Why, "%s may not %s", v.person.ID, v.route.act)
	if verdict.Why == access.WhyLogin {
		return err
	}
	body := map[string]any{"controller": v.person.Controller, "person": v.person.ID, "name": v.session.Person.Name, "act": string(v.route.act), "why": verdict.Why,
		"camera": o.Camera, "location": o.Location, "address": v.whence(), "path": v.r.URL.Path}
	if lerr := v.p.DB.Write(v.ctx, func(tx *db.Tx) error {
		_, err := v.p.Ledger.Append(v.ctx, tx, v.now, "access.refused", body)
		return err
	}); lerr != nil {
		return errors.Join(err, lerr)
	}
	return err
}

// whence is the address that the request came from.
func (v *visit) whence() string { return v.addr().String() }

func (v *visit) addr() netip.Addr {
	a, err := netip.ParseAddrPort(v.r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return a.Addr().Unmap()
}

// refreshHeader marks a request that an open page makes by itself. It keeps
// nobody logged in.
const refreshHeader = "Vidne-Refresh"

const langCookie = "vidne_lang"

// language is the choice that this browser made last, else the person's, else
// what the browser asks for, else Danish.
func (p *Portal) language(r *http.Request, person *identity.Person) Lang {
	if c, err := r.Cookie(langCookie); err == nil {
		return langOf(c.Value)
	}
	if person != nil {
		return langOf(person.Language)
	}
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		switch code, _, _ := strings.Cut(strings.TrimSpace(part), ";"); {
		case strings.HasPrefix(code, "da"):
			return Danish
		case strings.HasPrefix(code, "en"):
			return English
		}
	}
	return Danish
}

// see sends the browser on to another page of ours.
func (v *visit) see(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// local keeps only addresses of our own: no other host, no scheme.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/min-side"
	}
	return path
}

// status is the HTTP status of an error.
func status(err error) int { return fault.Of(err).Status() }

// reference is what a person reads to whoever finds the line in the log.
func reference() string {
	var b [5]byte
	rand.Read(b[:])
	return base32.StdEncoding.EncodeToString(b[:])
}

func (v *visit) log(err error, ref string) {
	level := slog.LevelInfo
	if status(err) >= 500 {
		level = slog.LevelError
	}
	v.p.Log.Log(v.ctx, level, "a page failed", "reference", ref, "pattern", v.route.pattern, "path", v.r.URL.Path,
		"kind", fault.Of(err).String(), "key", fault.Key(err), "err", err)
}
