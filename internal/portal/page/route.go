package page

import (
	"errors"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
)

// Route is one address, the rule it stands under, and who answers.
type Route struct {
	// Pattern is http.ServeMux's: "GET /steder/{location}".
	Pattern string
	// Act is the rule. A route without one is refused to everybody.
	Act access.Act
	// Object finds what is asked for; nil when the act needs none. What it
	// finds it can [Visit.Keep] for Handle.
	Object func(*Visit) (access.Object, error)
	Handle func(*Visit) error
	// Menu is the entry of the main navigation that the page belongs to.
	Menu Entry
	// Front is the text key of the page's name when it is one of the front pages
	// of its entry: the first that the person may use is where the entry leads,
	// and they are the tabs of [Visit.Fronts].
	Front string
	// FrontFor is the kind of controller that has it as a front; empty: all.
	FrontFor string
	// Rank is where a front stands among those of its entry: the lowest first.
	Rank int
	// Passive requests come from a page by itself and keep nobody logged in.
	Passive bool
	// Fresh is how long ago the person may have proved who they are; 0: it does
	// not matter. It is for grave acts: see [Visit.Fresh].
	Fresh time.Duration
	// Foreign requests may come from other sites: a log-in's provider posts its
	// answer. Handle has to see for itself whom it is for.
	Foreign bool
	// Dear is the sort of a request that costs more than a page: see [Limits].
	Dear Dear
	// Secret says that the address is itself a secret, or holds one: it is neither
	// logged nor led back to.
	Secret bool
	// Unasked requests are answered without asking who it is: no session is looked
	// up, so that they need no database. For what is public alone.
	Unasked bool
	// MaxBody is the largest request in bytes; 0 is [FormSize].
	MaxBody int64
}

const (
	// FormSize is the largest form: texts of some thousand characters.
	FormSize = 256 << 10
	// UploadSize is the largest that a route may take with files in it. Read it
	// with [Visit.Upload], part by part, never whole.
	UploadSize = 60 << 20
	// proofSize is what a proof adds to a form.
	proofSize = 16 << 10
)

// Entry is an entry of the main navigation. Its value is also the ending of
// its text's key.
type Entry string

// The entries, in the order of [Entries].
const (
	Home      Entry = "min-side"
	Cases     Entry = "sager"
	Places    Entry = "steder"
	Incidents Entry = "haendelser"
	Oversight Entry = "tilsyn"
	Admin     Entry = "administration"
)

// Entries lists the main navigation from left to right.
func Entries() []Entry { return []Entry{Home, Cases, Places, Incidents, Oversight, Admin} }

// HomePath is the person's own front page.
const HomePath = "/min-side"

// Serve answers one route: who asks is found, the rule is asked, a refusal is
// logged, and an error becomes a page.
func (s *Site) Serve(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := rt.MaxBody
		if limit == 0 {
			limit = FormSize
		}
		if rt.MaxBody == 0 {
			limit += proofSize
		}
		r.Body = http.MaxBytesReader(w, r.Body, min(limit, UploadSize))
		v := &Visit{Site: s, W: w, R: r, Ctx: r.Context(), Now: s.Clock.Now(), Route: rt}
		v.Words = s.In(s.language(r, nil))
		defer func() {
			if e := recover(); e != nil {
				if err, ok := e.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(e)
				}
				s.Log.Error("panic in a page", "pattern", rt.Pattern, "panic", e)
				v.Fail(fault.New(fault.Internal, "", "panic: %v", e))
			}
		}()
		if err := v.enter(); err != nil {
			v.Fail(err)
			return
		}
		if err := v.slowed(); err != nil {
			v.Fail(err)
			return
		}
		if err := v.readable(); err != nil {
			v.Fail(err)
			return
		}
		if err := v.used(); err != nil {
			v.Fail(err)
			return
		}
		if err := rt.Handle(v); err != nil {
			v.Fail(err)
		}
	})
}
