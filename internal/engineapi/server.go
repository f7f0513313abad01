package engineapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Engine is what the server side puts on the wire. Media methods get the pass
// as it came; the engine alone decides by it, where the bytes are opened and
// again while they flow. Errors before the first byte become a Problem.
type Engine interface {
	Statement(ctx context.Context, signed []byte) (Accepted, error)
	Identity(ctx context.Context) (Identity, error)
	Status(ctx context.Context) (Status, error)
	Coverages(ctx context.Context, cameras []string, from, to time.Time) ([]Coverage, error)
	States(ctx context.Context, cameras []string, from, to time.Time) ([]StateChange, error)
	Clock(ctx context.Context, camera string, from, to time.Time) ([]ClockSample, error)
	Probe(ctx context.Context, signed []byte) (Probed, error)
	Discover(ctx context.Context, q DiscoverQuery) (Discovered, error)
	Permit(ctx context.Context, camera string) (InForce, error)
	Holds(ctx context.Context) ([]Held, error)
	Deletions(ctx context.Context, from, to time.Time) ([]Deletion, error)
	Tallies(ctx context.Context, from, to time.Time) ([]Tally, error)
	Late(ctx context.Context, from, to time.Time) ([]Deletion, error)
	Alarms(ctx context.Context, from, to time.Time) ([]Alarm, error)
	Checkpoint(ctx context.Context) ([]byte, error)
	Anchor(ctx context.Context, checkpoint []byte) error
	LedgerEntries(ctx context.Context, from int64, n int) ([]LedgerEntry, error)
	LedgerFind(ctx context.Context, f LedgerFilter) ([]LedgerEntry, error)
	ProveEntry(ctx context.Context, index, size int64) (LedgerProof, error)
	ProveTree(ctx context.Context, old, size int64) (LedgerProof, error)
	LedgerExtract(ctx context.Context, from, to int64, controller string, w io.Writer) error
	// Fragments sends the footage asked for; the end frame is the server's.
	Fragments(ctx context.Context, q FragmentQuery, p Pass, out *Stream) error
	Still(ctx context.Context, q StillQuery, p Pass) ([]byte, error)
	Original(ctx context.Context, q ExportQuery, p Pass, out ExportOut) (Exported, error)
	ViewingCopy(ctx context.Context, q ExportQuery, p Pass, out ExportOut) (Copied, error)
	ExportFacts(ctx context.Context, q ExportQuery, p Pass) (ExportFacts, error)
	ExportLog(ctx context.Context, q ExportQuery, p Pass, w io.Writer) error
	Motion(ctx context.Context, camera string, from, to time.Time, p Pass) (Motion, error)
	Metrics() http.Handler
	Anonymiser
}

const (
	maxStatement = 256 << 10
	// maxInterval is the longest interval of one question: a retention and the
	// days before it.
	maxInterval = 400 * 24 * time.Hour
)

type server struct {
	engine Engine
	secret [32]byte
	log    *slog.Logger
}

// Route is one entry of the engine's interface.
type Route struct {
	Pattern string // as http.ServeMux reads it
	// Media says that it gives out pictures, or what stands beside them as
	// evidence, so that a pass is demanded.
	Media bool
	serve func(s *server, w http.ResponseWriter, r *http.Request) error
}

// Routes is every route there is; a test walks it.
func Routes() []Route {
	return append([]Route{
		{"POST /v1/statements", false, (*server).statement},
		{"GET /v1/identity", false, answer(func(s *server, r *http.Request) (any, error) { return s.engine.Identity(r.Context()) })},
		{"GET /v1/status", false, answer(func(s *server, r *http.Request) (any, error) { return s.engine.Status(r.Context()) })},
		{"GET /v1/cameras/{camera}/coverage", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			c, err := s.engine.Coverages(r.Context(), []string{r.PathValue("camera")}, from, to)
			if err != nil {
				return nil, err
			}
			return c[0], nil
		})},
		{"GET /v1/coverage", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.Coverages(r.Context(), r.URL.Query()["camera"], from, to)
		})},
		{"GET /v1/states", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.States(r.Context(), r.URL.Query()["camera"], from, to)
		})},
		{"GET /v1/cameras/{camera}/clock", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.Clock(r.Context(), r.PathValue("camera"), from, to)
		})},
		{"GET /v1/cameras/{camera}/fragments", true, (*server).fragments},
		{"GET /v1/cameras/{camera}/still", true, (*server).still},
		{"GET /v1/cameras/{camera}/motion", true, (*server).motion},
		{"POST /v1/probe", false, (*server).probe},
		{"POST /v1/discover", false, (*server).discover},
		{"GET /v1/export", true, (*server).export},
		{"GET /v1/export/facts", true, (*server).exportFacts},
		{"GET /v1/export/log", true, (*server).exportLog},
		{"GET /v1/permits/{camera}", false, answer(func(s *server, r *http.Request) (any, error) {
			return s.engine.Permit(r.Context(), r.PathValue("camera"))
		})},
		{"GET /v1/holds", false, answer(func(s *server, r *http.Request) (any, error) { return s.engine.Holds(r.Context()) })},
		{"GET /v1/deletions", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.Deletions(r.Context(), from, to)
		})},
		{"GET /v1/tallies", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.Tallies(r.Context(), from, to)
		})},
		{"GET /v1/late", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.Late(r.Context(), from, to)
		})},
		{"GET /v1/alarms", false, between(func(s *server, r *http.Request, from, to time.Time) (any, error) {
			return s.engine.Alarms(r.Context(), from, to)
		})},
		{"POST /v1/anchor", false, (*server).anchor},
		{"GET /v1/ledger/checkpoint", false, (*server).checkpoint},
		{"GET /v1/ledger/entries", false, (*server).entries},
		{"GET /v1/ledger/find", false, (*server).find},
		{"GET /v1/ledger/proof", false, (*server).proof},
		{"GET /v1/ledger/extract", false, (*server).extract},
		{"GET /metrics", false, func(s *server, w http.ResponseWriter, r *http.Request) error {
			s.engine.Metrics().ServeHTTP(w, r)
			return nil
		}},
	}, anonymisedRoutes()...)
}

// NewServer serves e to whoever holds secret, and to nobody else.
func NewServer(e Engine, secret string, log *slog.Logger) http.Handler {
	s := &server{e, sha256.Sum256([]byte(secret)), log}
	mux := http.NewServeMux()
	for _, route := range Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			s.run(w, r, route)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !s.known(r) {
			WriteProblem(w, fault.New(fault.Denied, "engine.secret", "bearer secret missing or wrong"))
			return
		}
		WriteProblem(w, fault.New(fault.NotFound, "engine.route", "no such route"))
	})
	return mux
}

func (s *server) known(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	sum := sha256.Sum256([]byte(token))
	return ok && subtle.ConstantTimeCompare(sum[:], s.secret[:]) == 1
}

func (s *server) run(w http.ResponseWriter, r *http.Request, route Route) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !s.known(r) {
		WriteProblem(w, fault.New(fault.Denied, "engine.secret", "bearer secret missing or wrong"))
		return
	}
	err := route.serve(s, w, r)
	if err == nil {
		return
	}
	if r.Context().Err() == nil {
		s.log.Info("request not served", "route", route.Pattern, "kind", fault.Of(err).String(), "key", fault.Key(err), "error", err.Error())
	}
	var broken *streamBroken
	if errors.As(err, &broken) {
		// Part of the answer is out: break the connection, so that nobody takes
		// the rest for whole.
		panic(http.ErrAbortHandler)
	}
	WriteProblem(w, err)
}

// streamBroken is an error after the first byte of an answer.
type streamBroken struct{ err error }

func (e *streamBroken) Error() string { return "stream: " + e.err.Error() }
func (e *streamBroken) Unwrap() error { return e.err }

func answer(f func(*server, *http.Request) (any, error)) func(*server, http.ResponseWriter, *http.Request) error {
	return func(s *server, w http.ResponseWriter, r *http.Request) error {
		v, err := f(s, r)
		if err != nil {
			return err
		}
		return writeJSON(w, v)
	}
}

func between(f func(*server, *http.Request, time.Time, time.Time) (any, error)) func(*server, http.ResponseWriter, *http.Request) error {
	return answer(func(s *server, r *http.Request) (any, error) {
		from, to, err := intervalOf(r)
		if err != nil {
			return nil, err
		}
		return f(s, r, from, to)
	})
}

func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.As(fault.Internal, "engine.encode", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // the peer has gone: nobody is left to tell
	return nil
}

// readBody reads a whole body that holds one statement or checkpoint.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStatement))
	if err != nil {
		return nil, fault.As(fault.Invalid, "statement.form", err)
	}
	return b, nil
}

func passOf(r *http.Request) (Pass, error) {
	h := r.Header.Get(StatementHeader)
	if h == "" {
		return Pass{}, fault.New(fault.Denied, "ticket.missing", "no statement came with the request")
	}
	b, err := base64.StdEncoding.Strict().DecodeString(h)
	if err != nil || len(b) > maxStatement {
		return Pass{}, fault.New(fault.Invalid, "statement.form", "statement header is not base64")
	}
	whence, err := strconv.Unquote(r.Header.Get(WhenceHeader))
	if err != nil || len(whence) > 200 {
		whence = ""
	}
	return Pass{Statement: b, Whence: whence}, nil
}

func intervalOf(r *http.Request) (from, to time.Time, err error) {
	q := r.URL.Query()
	if from, err = timeOf(q.Get("from")); err != nil {
		return
	}
	if to, err = timeOf(q.Get("to")); err != nil {
		return
	}
	if !from.Before(to) || to.Sub(from) > maxInterval {
		err = fault.New(fault.Invalid, "interval", "from must lie before to, at most 400 days")
	}
	return
}

func timeOf(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, fault.New(fault.Invalid, "interval", "times are RFC 3339")
	}
	return t.UTC(), nil
}
