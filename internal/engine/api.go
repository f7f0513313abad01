package engine

import (
	"context"
	"io"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// api is the engine as the wire sees it; what is not here the engine has.
type api struct{ *Engine }

var _ engineapi.Engine = api{}

// Identity tells what a portal must know before it can work with the engine.
func (a api) Identity(context.Context) (engineapi.Identity, error) {
	public, err := permit.SealPublic(a.seal.private)
	if err != nil {
		return engineapi.Identity{}, err
	}
	name, key := a.ledger.Public()
	return engineapi.Identity{Engine: a.cfg.ID, Version: a.cfg.Version, SealKey: public, LedgerName: name, LedgerKey: key, Lacks: a.lacks()}, nil
}

// States is the series of states of some cameras, or of all.
func (a api) States(ctx context.Context, cameras []string, from, to time.Time) ([]engineapi.StateChange, error) {
	if len(cameras) == 0 {
		cameras = a.book.Cameras()
	}
	all, err := a.archive.States(ctx, cameras, from, to)
	out := make([]engineapi.StateChange, len(all))
	for i, s := range all {
		out[i] = engineapi.StateChange{Camera: s.Camera, State: engineapi.State(s.State), Cause: engineapi.Cause(s.Cause), At: s.At}
	}
	return out, err
}

// Clock is the series of a camera's clock against the engine's.
func (a api) Clock(ctx context.Context, camera string, from, to time.Time) ([]engineapi.ClockSample, error) {
	all, err := a.archive.ClockSamples(ctx, camera, from, to)
	out := make([]engineapi.ClockSample, len(all))
	for i, s := range all {
		out[i] = engineapi.ClockSample{At: s.At, OffsetMS: s.Offset.Milliseconds()}
	}
	return out, err
}

// Checkpoint signs what the ledger holds now.
func (a api) Checkpoint(ctx context.Context) ([]byte, error) { return a.ledger.Checkpoint(ctx) }

// Anchor keeps the portal's checkpoint in this ledger, so that the portal's
// log cannot go back behind it unseen.
func (a api) Anchor(ctx context.Context, checkpoint []byte) error {
	if a.cfg.PortalLedger == "" {
		return fault.New(fault.Refused, "ledger.anchor", "no portal's ledger is known here")
	}
	err := a.write(ctx, func(tx *db.Tx) error {
		_, err := a.ledger.AnchorForeign(ctx, tx, ledger.Foreign{Checkpoint: checkpoint, Key: a.cfg.PortalLedger})
		return err
	})
	a.alarm("ledger.anchor", "", fault.Key(err), fault.Is(err, fault.Corrupt))
	return err
}

// LedgerEntries reads entries by index.
func (a api) LedgerEntries(ctx context.Context, from int64, n int) ([]engineapi.LedgerEntry, error) {
	return entries(a.ledger.Entries(ctx, from, n))
}

// LedgerFind selects entries, newest first.
func (a api) LedgerFind(ctx context.Context, f engineapi.LedgerFilter) ([]engineapi.LedgerEntry, error) {
	return entries(a.ledger.Find(ctx, ledger.Filter{Kinds: f.Kinds, Except: f.Except, From: f.From, To: f.To, Text: f.Text, Show: a.readable(f.Controller), Newest: true, Limit: f.Limit}))
}

func entries(all []ledger.Entry, err error) ([]engineapi.LedgerEntry, error) {
	out := make([]engineapi.LedgerEntry, len(all))
	for i, v := range all {
		out[i] = engineapi.LedgerEntry{Index: v.Index, Time: v.Time, Kind: v.Kind, Body: v.Body, Salt: v.Salt, Commit: v.Commit, Expired: v.Expired}
	}
	return out, err
}

// ProveEntry proves that an entry is in a tree.
func (a api) ProveEntry(ctx context.Context, index, size int64) (engineapi.LedgerProof, error) {
	p, err := a.ledger.ProveEntry(ctx, index, size)
	return proof(p), err
}

// ProveTree proves that one tree is the beginning of another.
func (a api) ProveTree(ctx context.Context, old, size int64) (engineapi.LedgerProof, error) {
	p, err := a.ledger.ProveTree(ctx, old, size)
	return proof(p), err
}

// proof is for the hashes of package tlog, which is the ledger's alone.
func proof[H ~[32]byte](hashes []H) engineapi.LedgerProof {
	p := engineapi.LedgerProof{Hashes: make([][]byte, len(hashes))}
	for i := range hashes {
		h := [32]byte(hashes[i])
		p.Hashes[i] = h[:]
	}
	return p
}

// LedgerExtract writes entries with their proofs, for an outsider to check. Of
// those that are not for the controller it tells only that they are there.
func (a api) LedgerExtract(ctx context.Context, from, to int64, controller string, w io.Writer) error {
	return a.ledger.ExtractSome(ctx, from, to, w, a.readable(controller))
}

// Metrics is for Prometheus.
func (a api) Metrics() http.Handler { return a.metrics }
