package page

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
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Visit is one request: who asks, in which language, when.
type Visit struct {
	Words
	Site    *Site
	W       http.ResponseWriter
	R       *http.Request
	Ctx     context.Context //nolint:containedctx // a visit is a request, and as short
	Now     time.Time
	Session identity.Session // zero: nobody is logged in
	// Half is a session that lacks something and opens nothing: its second step,
	// or a proof after the screen was left unattended.
	Half       identity.Session
	Person     access.Person
	Controller register.Controller
	Route      Route
	found      any
	object     access.Object     // what the route is about
	names      map[string]string // of people by id, when history has asked
	token      string            // when it was changed during this visit
	over       string            // why the session that was brought is over, a key
	wait       time.Duration     // until what was asked for too often may be asked for again
}

// Keep stores what a route's Object found, for its Handle.
func (v *Visit) Keep(x any) { v.found = x }

// Found is what the route's Object kept; the zero T when it kept no T.
func Found[T any](v *Visit) T {
	x, _ := v.found.(T)
	return x
}

// enter finds who asks and whether they may.
func (v *Visit) enter() error {
	if c, err := v.R.Cookie(identity.CookieName(v.Site.TLS())); err == nil && !v.Route.Unasked {
		s, err := v.Site.People.Session(v.Ctx, c.Value, !v.Route.Passive && v.R.Header.Get(refreshHeader) == "")
		switch {
		case err == nil:
			if err := v.known(s); err != nil {
				return err
			}
		case fault.Key(err) == "session.half":
			if err := v.half(c.Value); err != nil {
				return err
			}
		case !fault.Is(err, fault.Denied):
			return err
		default:
			v.over = fault.Key(err)
		}
	}
	var object access.Object
	if v.Route.Object != nil && v.Person.ID != "" {
		var err error
		if object, err = v.Route.Object(v); err != nil {
			return err
		}
	}
	if verdict := access.May(v.Person, v.Route.Act, object); !verdict.OK {
		return v.Refuse(verdict, object)
	}
	v.object = object
	if v.Route.Fresh > 0 {
		return v.Fresh(v.Route.Fresh)
	}
	return nil
}

// half keeps a session that lacks something apart: the person stays nobody. A
// locked one is opened by a proof that came with the form.
func (v *Visit) half(token string) error {
	s, err := v.Site.People.HalfSession(v.Ctx, token)
	if err != nil {
		if fault.Is(err, fault.Denied) {
			return nil
		}
		return err
	}
	v.Half = s
	v.Words = v.Site.In(v.Site.language(v.R, &s.Person))
	if s.Half != identity.HalfLocked || v.Route.Act == access.Public {
		return nil
	}
	if p, ok := v.TakeProof(); ok {
		return v.Prove(p)
	}
	return nil
}

// Enter makes the visit that of a session which became whole during it.
func (v *Visit) Enter(s identity.Session) error {
	v.Half = identity.Session{}
	return v.known(s)
}

func (v *Visit) known(s identity.Session) error {
	v.Session = s
	var err error
	if v.Person, err = v.Site.PersonOf(v.Ctx, s.Person); err != nil {
		return err
	}
	v.Words = v.Site.In(v.Site.language(v.R, &s.Person))
	v.Controller, err = v.Site.Register.Controller(v.Ctx, s.Person.Controller)
	return err
}

// Again is the visit as it would be now: the session looked up anew, without
// keeping it alive. It fails with fault.Denied when it is over.
func (v *Visit) Again(ctx context.Context) (*Visit, error) {
	s, err := v.Site.People.SessionNow(ctx, v.Session.ID)
	if err != nil {
		return nil, err
	}
	fresh := &Visit{Words: v.Words, Site: v.Site, W: v.W, R: v.R, Ctx: ctx, Now: v.Site.Clock.Now(), Route: v.Route}
	return fresh, fresh.known(s)
}

// May reports whether the person may, for what a page offers.
func (v *Visit) May(act access.Act, o access.Object) bool { return access.May(v.Person, act, o).OK }

// Sees limits lists to the locations that the person may see; nil is all.
func (v *Visit) Sees() []string {
	for _, r := range []access.Role{access.Coordinator, access.DPO, access.IT, access.Applicant, access.Manager, access.Approver} {
		if v.Person.Is(r) {
			return nil
		}
	}
	return append([]string{}, v.Person.Locations...)
}

// Head is what a statement that this person decided begins with; the issuer
// fills in the rest.
func (v *Visit) Head() permit.Head {
	return permit.Head{Controller: v.Person.Controller, Engine: v.Site.EngineID, By: v.Person.ID}
}

// Entry is what a ledger entry about this visit begins with: controller,
// person, name and address. more is added to it.
func (v *Visit) Entry(more map[string]any) map[string]any {
	e := map[string]any{"controller": v.Person.Controller, "person": v.Person.ID, "name": v.Session.Person.Name, "address": v.Whence()}
	for k, x := range more {
		e[k] = x
	}
	return e
}

// Refuse writes a refusal in the ledger and returns it as an error. Nobody
// being logged in is no entry: every first visit is that.
func (v *Visit) Refuse(verdict access.Verdict, o access.Object) error {
	err := fault.New(fault.Denied, verdict.Why, "%s may not %s", v.Person.ID, v.Route.Act)
	if verdict.Why == access.WhyLogin {
		return err
	}
	body := v.Entry(map[string]any{"act": string(v.Route.Act), "why": verdict.Why, "camera": o.Camera, "location": o.Location, "path": v.R.URL.Path})
	if lerr := v.Site.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := v.Site.Ledger.Append(v.Ctx, tx, v.Now, "access.refused", body)
		return err
	}); lerr != nil {
		return errors.Join(err, lerr)
	}
	return err
}

// Whence is the address that the request came from.
func (v *Visit) Whence() string { return v.Addr().String() }

// Addr is the same as an address.
func (v *Visit) Addr() netip.Addr {
	a, err := netip.ParseAddrPort(v.R.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	return a.Addr().Unmap()
}

// refreshHeader marks a request that an open page makes by itself. It keeps
// nobody logged in.
const refreshHeader = "Vidne-Refresh"

// langCookie is the cookie that keeps the language of a browser. Over TLS its
// name binds it to this host.
func (p *Site) langCookie() string {
	if p.tls {
		return "__Host-vidne_lang"
	}
	return "vidne_lang"
}

// language is the choice that this browser made last, else the person's, else
// what the browser asks for, else Danish.
func (p *Site) language(r *http.Request, person *identity.Person) Lang {
	if c, err := r.Cookie(p.langCookie()); err == nil {
		return LangOf(c.Value)
	}
	if person != nil {
		return LangOf(person.Language)
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

// See sends the browser on to another page of ours.
func (v *Visit) See(path string) error {
	http.Redirect(v.W, v.R, path, http.StatusSeeOther)
	return nil
}

// Local keeps only addresses of our own: no other host, no scheme.
func Local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return HomePath
	}
	return path
}

// status is the HTTP status of an error.
func status(err error) int {
	if strings.HasPrefix(fault.Key(err), often) {
		return http.StatusTooManyRequests
	}
	return fault.Of(err).Status()
}

// reference is what a person reads to whoever finds the line in the log.
func reference() string {
	var b [5]byte
	rand.Read(b[:])
	return base32.StdEncoding.EncodeToString(b[:])
}

func (v *Visit) log(err error, ref string) {
	level := slog.LevelInfo
	if status(err) >= 500 {
		level = slog.LevelError
	}
	path := v.R.URL.Path
	if v.Route.Secret {
		path = ""
	}
	v.Site.Log.Log(v.Ctx, level, "a page failed", "reference", ref, "pattern", v.Route.Pattern, "path", path,
		"kind", fault.Of(err).String(), "key", fault.Key(err), "err", err)
}
