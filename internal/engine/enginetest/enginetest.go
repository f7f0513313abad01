// Package enginetest gives tests a real engine that runs: its HTTP interface
// on loopback, its files in a folder of the test's, and the portal's pen in
// the test's hand.
//
// What it promises: the engine is ended with the test, which fails if the
// engine ends with an error or does not end. What it refuses: to stand in for
// any part of the engine.
package enginetest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"log/slog"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
)

const (
	// EngineID is the engine's name unless a test gives another.
	EngineID = "engine-1"
	// Controller is the one whose statements a [Site] signs.
	Controller = "heimdal"
	// Patience is how long a test waits for what must come.
	Patience = 100 * time.Second

	bearer = "a secret of the two halves"
)

// Signer is the nth signing key of a portal, the same in every test.
func Signer(t testing.TB, n byte) permit.Signer {
	t.Helper()
	seed := sha256.Sum256([]byte{n})
	s, err := permit.NewSigner(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Config is an engine in a folder of the test's, which trusts a key from born
// on and looks for cameras on loopback.
func Config(t testing.TB, issuer permit.Signer, born time.Time, clk clock.Clock) engine.Config {
	t.Helper()
	networks, err := camera.ParseNetworks("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	return engine.Config{
		ID: EngineID, Dir: t.TempDir(), Issuers: []permit.PublicKey{issuer.Public(born)}, Networks: networks, Secret: bearer,
		Master: keys.Key(sha256.Sum256([]byte("master"))), Clock: clk, Synced: func() bool { return true }, Version: "test", Log: Log(),
	}
}

// Log is seen with VIDNE_LOG=1.
func Log() *slog.Logger {
	if os.Getenv("VIDNE_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// Start opens an engine and runs it until stop, or the test's end.
func Start(t testing.TB, cfg engine.Config) (client *engineapi.Client, stop func()) {
	t.Helper()
	eng, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(eng.Handler())
	client = engineapi.NewClient(srv.URL, cfg.Secret, srv.Client())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- eng.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		srv.CloseClientConnections()
		srv.Close()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(Patience):
			t.Error("the engine does not end")
		}
	})
	t.Cleanup(stop)
	return client, stop
}

// Pace lets time go, factor times as fast as the machine's and never by more
// than most at once, until the returned function is called or the test ends. A
// machine that stands still for a moment must not look like a camera that fell
// silent, or pictures would arrive later than they were sent: time then goes
// slower.
func Pace(t testing.TB, factor float64, most time.Duration, advance func(time.Duration)) (halt func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-stop:
				return
			case now := <-tick.C:
				advance(min(time.Duration(float64(now.Sub(last))*factor), most))
				last = now
			}
		}
	}()
	halt = sync.OnceFunc(func() { close(stop); <-done })
	t.Cleanup(halt)
	return halt
}

// Until waits for something to become so.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	end := time.After(Patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-end:
			t.Fatalf("in %s it did not come to this: %s", Patience, what)
		case <-tick.C:
		}
	}
}

// Always is every hour of the week.
func Always() permit.Hours {
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return h
}
