package ledger

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/fault"
)

// Continues makes what [Log.AnchorForeign] takes of another log's checkpoint:
// where an earlier one is kept here, prove is asked for the hashes which show
// that the log of size entries continues the one of old. Without them the
// other log could write its past anew and merely be longer.
func (l *Log) Continues(ctx context.Context, note []byte, key string, prove func(old, size int64) ([][]byte, error)) (f Foreign, err error) {
	defer fault.Wrap(&err, "ledger %s: Continues", l.name)
	f = Foreign{Checkpoint: note, Key: key}
	c, err := parseCheckpoint(note)
	if err != nil {
		return f, err
	}
	before, err := l.Anchored(ctx, c.Origin)
	if fault.Is(err, fault.NotFound) || err == nil && (before.Size == 0 || before.Size >= c.Size) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	hashes, err := prove(before.Size, c.Size)
	if err != nil {
		return f, err
	}
	f.Proof = make(tlog.TreeProof, len(hashes))
	for i, h := range hashes {
		if copy(f.Proof[i][:], h) != tlog.HashSize || len(h) != tlog.HashSize {
			return f, fault.New(fault.Invalid, "ledger.proof", "a hash of %d bytes", len(h))
		}
	}
	return f, nil
}
