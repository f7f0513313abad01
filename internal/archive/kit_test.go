package archive

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/media"
)

// start is a Monday, some seconds before a minute.
var start = time.Date(2026, 11, 2, 10, 0, 20, 0, time.UTC)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pictures is a track of real parameter sets.
func pictures(t testing.TB) media.Track {
	v := media.Track{
		ID: 1, Codec: media.H264, Timescale: 90000, Width: 1920, Height: 1080, FPS: 30,
		SPS: unhex(t, "67640028acd940780227e5c05a808080a0000003002000000781e30632c0"),
		PPS: unhex(t, "68ebe3cb22c0"),
	}
	return v
}

func sounds() media.Track {
	return media.Track{ID: 2, Codec: media.AAC, Timescale: 48000, SampleRate: 48000, Channels: 2, AudioConfig: []byte{0x11, 0x90}}
}

// kit is an archive with everything around it real but the clock.
type kit struct {
	t     testing.TB
	fs    durable.FS
	dir   string
	clk   *clock.Fake
	d     *db.DB
	log   *ledger.Log
	keys  *keys.Store
	group *durable.Group
	a     *Archive
	rec   Recovery
	trust clock.Clock // instead of clk, if set

	mu     sync.Mutex
	alarms map[string]string
	raised map[string]int
}

var masterKey = keys.Key{1, 2, 3}

// newKit opens an archive on real files.
func newKit(t testing.TB, d *db.DB) *kit {
	t.Helper()
	k := prepare(t, d, durable.OS(), t.TempDir())
	k.open()
	return k
}

func prepare(t testing.TB, d *db.DB, f durable.FS, dir string) *kit {
	t.Helper()
	k := &kit{t: t, fs: f, dir: dir, clk: clock.NewFake(start), d: d, alarms: map[string]string{}, raised: map[string]int{}}
	t.Cleanup(func() { k.close() })
	return k
}

// sqlite is a kit on SQLite.
func sqlite(t testing.TB) *kit { return newKit(t, dbtest.Open(t, dbtest.SQLite(t))) }

func (k *kit) tryOpen() error {
	k.t.Helper()
	ctx := context.Background()
	var err error
	seed := make([]byte, ed25519.SeedSize)
	if k.log, err = ledger.Open(ctx, k.d, "engine-test", ed25519.NewKeyFromSeed(seed), k.clk); err != nil {
		return err
	}
	if err := k.fs.MkdirAll(filepath.Join(k.dir, "footage"), 0o700); err != nil {
		return err
	}
	if k.keys, err = keys.Open(k.fs, filepath.Join(k.dir, "keys"), masterKey); err != nil {
		return err
	}
	k.group = durable.NewGroup(k.fs, filepath.Join(k.dir, "footage"))
	var clk clock.Clock = k.clk
	if k.trust != nil {
		clk = k.trust
	}
	level := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		level = slog.New(slog.NewTextHandler(k.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	k.a, k.rec, err = Open(ctx, Config{
		Dir: filepath.Join(k.dir, "footage"), FS: k.fs, Sync: k.group, DB: k.d, Ledger: k.log, Keys: k.keys, Clock: clk,
		Log: level,
		Alarm: func(key, camera, detail string, on bool) {
			k.mu.Lock()
			defer k.mu.Unlock()
			if on {
				k.alarms[key] = detail
				k.raised[key]++
			} else {
				delete(k.alarms, key)
			}
		},
	})
	return err
}

func (k *kit) open() {
	k.t.Helper()
	if err := k.tryOpen(); err != nil {
		k.t.Fatalf("open: %v", err)
	}
}

func (k *kit) close() {
	if k.a != nil {
		if err := k.a.Close(); err != nil && !errors.Is(err, context.Canceled) {
			k.t.Logf("close: %v", err)
		}
		k.a = nil
	}
	if k.group != nil {
		k.group.Close()
		k.group = nil
	}
	if k.keys != nil {
		_ = k.keys.Close()
		k.keys = nil
	}
}

func (k *kit) reopen() {
	k.t.Helper()
	k.close()
	k.open()
}

func (k *kit) alarm(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, on := k.alarms[key]
	return on
}

func (k *kit) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	k.t.Cleanup(cancel)
	return ctx
}

func (k *kit) settle() {
	k.t.Helper()
	if err := k.a.Settle(k.ctx()); err != nil {
		k.t.Fatalf("settle: %v", err)
	}
}

func (k *kit) sweep() Swept {
	k.t.Helper()
	s, err := k.a.Sweep(k.ctx())
	if err != nil {
		k.t.Fatalf("sweep: %v", err)
	}
	return s
}
