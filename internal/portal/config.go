// Package portal is the staff's web: who is logged in sees the state of the
// cameras, looks at footage when the law lets them, stops a camera, and sees
// that deletion and logging do what they must.
//
// What it promises: every route declares the rule of internal/access that it
// stands under, and one that declares none is refused; a refusal is told in
// words and logged; footage is relayed as opaque bytes under a ticket that
// stays here, and the ledger holds the opened period before the first byte;
// every page is plain HTML that works without a script, but the video room;
// no script, style or picture comes from elsewhere (strict CSP).
//
// What it refuses: requests from other origins, bodies beyond their limit,
// pages in caches, and to open or decode a video file: it holds no keys and
// reads no archive.
package portal

import (
	"context"
	"io"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
)

// Engine is what the portal asks of the engine; *engineapi.Client is one.
type Engine interface {
	Status(ctx context.Context) (engineapi.Status, error)
	Coverage(ctx context.Context, camera string, from, to time.Time) (engineapi.Coverage, error)
	Permit(ctx context.Context, camera string) (engineapi.InForce, error)
	Holds(ctx context.Context) ([]engineapi.Held, error)
	Deletions(ctx context.Context, from, to time.Time) ([]engineapi.Deletion, error)
	Clock(ctx context.Context, camera string, from, to time.Time) ([]engineapi.ClockSample, error)
	Identity(ctx context.Context) (engineapi.Identity, error)
	Checkpoint(ctx context.Context) ([]byte, error)
	LedgerFind(ctx context.Context, f engineapi.LedgerFilter) ([]engineapi.LedgerEntry, error)
	LedgerExtract(ctx context.Context, from, to int64, controller string) (io.ReadCloser, error)
	Fragments(ctx context.Context, q engineapi.FragmentQuery, p engineapi.Pass) (io.ReadCloser, error)
}

// Config is what the rooms around give.
type Config struct {
	DB       *db.DB
	Ledger   *ledger.Log
	Issuer   *issuer.Issuer
	Engine   Engine
	EngineID string // permit.Head.Engine of what is issued
	People   *identity.Directory
	Register *register.Register
	Clock    clock.Clock
	Log      *slog.Logger
	// BaseURL is how the portal is reached from outside, such as
	// "https://vidne.example.dk". Addresses are made from it, never from a
	// request's Host.
	BaseURL string
	// Storybook adds /storybook, every screen with sample data. Never in
	// production.
	Storybook bool
}
