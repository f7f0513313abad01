package engine

import "log/slog"

// sink counts what is logged.
type sink struct{ n int }

func (s *sink) Write(b []byte) (int, error) { s.n++; return len(b), nil }
func (s *sink) logger() *slog.Logger        { return slog.New(slog.NewTextHandler(s, nil)) }
