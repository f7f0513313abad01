package engineapi

import (
	"encoding/json"
	"io"
	"net/http"

	"vidne.dk/vidne/internal/fault"
)

// ProblemOf is what err becomes on the wire. The detail of an internal error
// stays here: it may hold paths and addresses.
func ProblemOf(err error) Problem {
	p := Problem{Kind: fault.Of(err).String(), Key: fault.Key(err)}
	if !fault.Is(err, fault.Internal) && !fault.Is(err, fault.Corrupt) {
		p.Detail = err.Error()
	}
	return p
}

// Err is the error that the problem was on the other side.
func (p Problem) Err() error {
	return fault.New(fault.KindNamed(p.Kind), p.Key, "%s", p.Detail)
}

// WriteProblem answers a request with err.
func WriteProblem(w http.ResponseWriter, err error) {
	b, _ := json.Marshal(ProblemOf(err)) //nolint:errchkjson // three strings always encode
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(fault.Of(err).Status())
	_, _ = w.Write(b) // the peer has gone: nobody is left to tell
}

// readProblem turns an answer that is not 2xx into an error.
func readProblem(r *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return fault.As(fault.Unavailable, "engine.away", err)
	}
	var p Problem
	if json.Unmarshal(b, &p) != nil || p.Kind == "" {
		return fault.New(fault.Unavailable, "engine.answer", "engine answered %s", r.Status)
	}
	return p.Err()
}
