package engineapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

var quiet = slog.New(slog.DiscardHandler)

// filled gives a route's path with something for each wildcard.
func filled(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	return method, strings.NewReplacer("{camera}", "cam-1", "{copy}", "copy-1").Replace(path) + "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&n=1&index=0&size=1&limit=1&camera=cam-1&first=0&count=1&width=0&revision=0"
}

// No engine stands behind these servers: a request that got through would
// fail the test with a nil dereference.
func TestEveryRouteDemandsTheSecret(t *testing.T) {
	req.Shows(t, "ID-5", "VIEW-1")
	h := NewServer(nil, "the secret", quiet)
	for _, route := range append(Routes(), Route{Pattern: "GET /debug/pprof/"}, Route{Pattern: "GET /"}) {
		for _, auth := range []string{"", "Bearer ", "Bearer the secre", "Bearer the secret2", "Basic dGhlIHNlY3JldA==", "the secret"} {
			method, path := filled(route.Pattern)
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Authorization", auth)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "engine.secret") {
				t.Errorf("%s with %q: %d %s", route.Pattern, auth, w.Code, w.Body)
			}
		}
	}
}

func TestEveryMediaRouteDemandsAPass(t *testing.T) {
	req.Shows(t, "VIEW-1")
	h := NewServer(nil, "s", quiet)
	media := 0
	for _, route := range Routes() {
		if !route.Media {
			continue
		}
		media++
		for header, want := range map[string]int{"": http.StatusForbidden, "not base64!": http.StatusUnprocessableEntity} {
			method, path := filled(route.Pattern)
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Authorization", "Bearer s")
			if header != "" {
				r.Header.Set(StatementHeader, header)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s with pass %q: %d %s", route.Pattern, header, w.Code, w.Body)
			}
		}
	}
	if media != 12 {
		t.Errorf("%d media routes", media)
	}
}

func TestQuestionsOfBadFormAreRefused(t *testing.T) {
	h := NewServer(nil, "s", quiet)
	for _, path := range []string{
		"/v1/coverage", "/v1/coverage?from=yesterday&to=today",
		"/v1/coverage?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
		"/v1/coverage?from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z",
		"/v1/coverage?from=2000-01-02T00:00:00Z&to=2026-01-02T00:00:00Z",
		"/v1/coverage?from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z",
		"/v1/ledger/entries?from=-1&n=1", "/v1/ledger/entries?from=1", "/v1/ledger/proof?size=x&index=1",
	} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer s")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestProblemsCrossTheWire(t *testing.T) {
	for _, want := range []error{
		fault.New(fault.Refused, "statement.newer", "version 2 of permit"),
		fault.New(fault.Denied, "ticket.camera", "not this camera"),
		fault.New(fault.Unavailable, "db.away", "database is away"),
		fault.New(fault.NotFound, "camera.unknown", "none"),
		fault.New(fault.Conflict, "permit.serial", "older"),
		fault.New(fault.Exhausted, "disk.full", "full"),
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { WriteProblem(w, want) }))
		_, err := NewClient(srv.URL, "s", srv.Client()).Status(t.Context())
		srv.Close()
		if fault.Of(err) != fault.Of(want) || fault.Key(err) != fault.Key(want) || err.Error() != want.Error() {
			t.Errorf("sent %v, got %v", want, err)
		}
	}
	secret := fault.As(fault.Internal, "x", errors.New("/var/lib/vidne/secret rtsp://user:pw@cam"))
	if p := ProblemOf(secret); p.Detail != "" {
		t.Errorf("internal detail goes out: %q", p.Detail)
	}
}

func TestAnEngineThatIsAwaySaysSo(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	c := NewClient(srv.URL, "s", nil)
	if _, err := c.Status(t.Context()); !fault.Is(err, fault.Unavailable) || fault.Key(err) != "engine.away" {
		t.Errorf("closed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("own cancellation: %v", err)
	}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>bad gateway")
	}))
	defer gateway.Close()
	if _, err := NewClient(gateway.URL, "s", nil).Status(t.Context()); fault.Key(err) != "engine.answer" {
		t.Errorf("gateway: %v", err)
	}
}

// A reader that takes nothing must not keep a cut stream alive.
func TestBreakEndsAStreamThatNobodyReads(t *testing.T) {
	req.Shows(t, "REC-4")
	done := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := newStream(r.Context(), w, FrameType)
		defer s.close()
		full := &Frame{FragmentHeader: FragmentHeader{Kind: FrameFragment}, Data: make([]byte, 8<<20)}
		begun := make(chan struct{})
		go func() { <-begun; s.Break() }()
		close(begun)
		var err error
		for err == nil {
			err = s.Frame(full)
		}
		done <- err
	}))
	defer srv.Close()
	r, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	select {
	case err := <-done:
		var w *writeError
		if !errors.As(err, &w) {
			t.Errorf("ended by %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the stream lives on")
	}
}

func TestPassesTravelWhole(t *testing.T) {
	want := Pass{Statement: []byte(`{"vidne":1}`), Whence: "10.0.0.7 \"Æ\"\r\nX: y"}
	got := make(chan Pass, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := passOf(r)
		if err != nil {
			t.Error(err)
		}
		got <- p
	}))
	defer srv.Close()
	body, err := NewClient(srv.URL, "s", nil).Fragments(t.Context(), FragmentQuery{Camera: "a/../b"}, want)
	if err != nil {
		t.Fatal(err)
	}
	_ = body.Close()
	if d := cmp.Diff(want, <-got); d != "" {
		t.Error(d)
	}
}
