package enginetest

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"vidne.dk/vidne/internal/engineapi"
)

// Coverage is a camera's time since the test began, which must have no holes.
func (s *Site) Coverage(name string) []engineapi.Stretch {
	s.T.Helper()
	from, to := s.Born, s.Now()
	c, err := s.Client.Coverage(s.T.Context(), name, from, to)
	if err != nil {
		s.T.Fatal(err)
	}
	at := from
	for _, x := range c.Stretches {
		if !x.From.Equal(at) || !x.From.Before(x.To) {
			s.T.Fatalf("a hole or an overlap at %s: %+v", at, x)
		}
		if x.Kind != "recorded" && x.Cause == "" {
			s.T.Errorf("%s from %s to %s without a cause", x.Kind, x.From, x.To)
		}
		at = x.To
	}
	if to.Sub(at).Abs() > time.Millisecond {
		s.T.Fatalf("coverage ends %s, asked until %s", at, to)
	}
	return c.Stretches
}

// Frames reads a fragment stream to its end.
func (s *Site) Frames(q engineapi.FragmentQuery, p engineapi.Pass) ([]*engineapi.Frame, error) {
	s.T.Helper()
	body, err := s.Client.Fragments(s.T.Context(), q, p)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var out []*engineapi.Frame
	r := engineapi.NewFrameReader(body)
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
}

// File takes an interval's original out, in a file.
func (s *Site) File(name string, from, to time.Time) string {
	s.T.Helper()
	return s.taken("export.mp4", func(w io.Writer) error {
		_, err := s.Client.Original(s.T.Context(), engineapi.ExportQuery{Camera: name, From: from, To: to}, s.Pass(s.Order(from, to, name)), w, io.Discard)
		return err
	})
}

// Copy takes an interval's viewing copy out, in a file.
func (s *Site) Copy(name string, from, to time.Time) string {
	s.T.Helper()
	return s.taken("copy.mp4", func(w io.Writer) error {
		_, err := s.Client.ViewingCopy(s.T.Context(), engineapi.ExportQuery{Camera: name, From: from, To: to}, s.Pass(s.Order(from, to, name)), w)
		return err
	})
}

func (s *Site) taken(name string, f func(io.Writer) error) string {
	s.T.Helper()
	path := filepath.Join(s.T.TempDir(), name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		s.T.Fatal(err)
	}
	if err := errors.Join(f(file), file.Close()); err != nil {
		s.T.Fatal(err)
	}
	return path
}

// Ledger is the ledger's entries of these kinds, or all, newest first.
func (s *Site) Ledger(kinds ...string) []engineapi.LedgerEntry {
	s.T.Helper()
	e, err := s.Client.LedgerFind(s.T.Context(), engineapi.LedgerFilter{From: s.Born, To: s.Now().Add(time.Hour), Kinds: kinds, Limit: 1000})
	if err != nil {
		s.T.Fatal(err)
	}
	return e
}
