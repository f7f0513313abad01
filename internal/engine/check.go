package engine

import (
	"context"

	"vidne.dk/vidne/internal/archive"
)

// Check checks the archive at a depth and tells say what it finds, in words.
// See [archive.Archive.Check].
func (e *Engine) Check(ctx context.Context, depth archive.Depth, repair bool, say func(string)) (archive.Report, error) {
	return e.archive.Check(ctx, depth, repair, say)
}
