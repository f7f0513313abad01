package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

const (
	engineID   = "bench"
	controller = "bench"
	secret     = "bench-bearer-secret-of-the-machine"
)

// recorded is what a recorder has done so far.
type recorded struct {
	Pictures int64 `json:"pictures"` // since start, all cameras
	Cameras  int   `json:"cameras"`  // recording now
}

// record is the whole engine as it runs in production: permits, RTSP, seal,
// hash, sync, SQLite index and ledger. It answers "stats" with [recorded].
func record(dir, addr string, n int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	signer, err := permit.NewSigner(private)
	if err != nil {
		return err
	}
	networks, err := camera.ParseNetworks("127.0.0.0/8")
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	var master keys.Key
	if _, err := rand.Read(master[:]); err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Config{
		ID: engineID, Dir: dir, Issuers: []permit.PublicKey{signer.Public(now.Add(-time.Hour))}, Networks: networks,
		Secret: secret, Master: master, Version: "bench",
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: e.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	// It runs before it is told anything: an answer waits for the ledger, and
	// the ledger for the engine.
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	api := engineapi.NewClient("http://"+l.Addr().String(), secret, nil)
	for i := range n {
		id := fmt.Sprintf("cam%03d", i)
		for _, s := range statements(id, addr, now) {
			signed, err := permit.Sign(s, signer)
			if err != nil {
				return err
			}
			if _, err := api.Statement(ctx, signed.Encode()); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
	}
	if _, err := fmt.Println("ready"); err != nil {
		return err
	}
	stop := sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-done, e.Close())
	})
	err = answers(func(ask string) string {
		if ask == "weigh" {
			w, err := weigh(dir, master, stop)
			if err != nil {
				fmt.Fprintln(os.Stderr, "weigh:", err)
			}
			b, _ := json.Marshal(w) // plain numbers always marshal
			return string(b)
		}
		return state(ctx, api)
	})
	return errors.Join(err, stop())
}

// weighed is what closed segments take on the disk, and how much of it is the
// elementary stream.
type weighed struct {
	Disk   int64 `json:"disk"`
	Stream int64 `json:"stream"`
}

// weigh ends the recording and reads back what it kept.
func weigh(dir string, master keys.Key, stop func() error) (w weighed, err error) {
	if err := stop(); err != nil {
		return w, err
	}
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "engine.db"))
	if err != nil {
		return w, err
	}
	defer d.Close()
	seed, err := durable.Secret(filepath.Join(dir, "ledger.key"), ed25519.SeedSize)
	if err != nil {
		return w, err
	}
	log, err := ledger.Open(ctx, d, "engine-"+engineID, ed25519.NewKeyFromSeed(seed), clock.System())
	if err != nil {
		return w, err
	}
	slots, err := keys.Open(durable.OS(), filepath.Join(dir, "keys"), master)
	if err != nil {
		return w, err
	}
	at := filepath.Join(dir, "archive")
	group := durable.NewGroup(durable.OS(), at)
	defer group.Close()
	a, _, err := archive.Open(ctx, archive.Config{Dir: at, FS: durable.OS(), Sync: group, DB: d, Ledger: log, Keys: slots, Clock: clock.System()})
	if err != nil {
		return w, err
	}
	defer a.Close()
	err = filepath.WalkDir(at, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".vseg") {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				w.Disk += info.Size()
			}
		}
		return err
	})
	if err != nil {
		return w, err
	}
	cameras, err := os.ReadDir(at)
	if err != nil {
		return w, err
	}
	for _, c := range cameras {
		if !strings.HasPrefix(c.Name(), "cam") {
			continue
		}
		r, err := a.Reader(ctx, c.Name(), time.Now().Add(-time.Hour), time.Now())
		if err != nil {
			return w, err
		}
		for {
			f, err := r.Next(ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return w, err
			}
			if err := media.ParseFragment(f.Data, func(s media.Sample) { w.Stream += int64(len(s.Data)) }); err != nil {
				return w, err
			}
		}
	}
	return w, nil
}

// statements are a camera and a permit to record it always.
func statements(id, addr string, now time.Time) []permit.Statement {
	head := func() permit.Head {
		return permit.Head{V: 1, ID: permit.NewID(), Controller: controller, Engine: engineID, Issued: now, By: "bench"}
	}
	always := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range always.Week {
		always.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return []permit.Statement{
		&permit.Camera{Head: head(), Camera: id, Serial: 1, Name: id, Place: "bench", URL: "rtsp://" + addr + "/" + id, Transport: permit.TransportTCP},
		&permit.Permit{
			Head: head(), Camera: id, Stream: "main", Serial: 1, Hours: always, RetentionHours: 24, Class: permit.ClassCrime,
			Basis: "bench", Case: "bench", ValidFrom: now.Add(-time.Hour), ValidTo: now.AddDate(0, 1, 0), LeaseUntil: now.Add(permit.LongestLease - time.Hour), Text: "bench",
		},
	}
}

// state sums what the engine says of its cameras.
func state(ctx context.Context, api *engineapi.Client) string {
	var r recorded
	if b, err := api.Metrics(ctx); err == nil {
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "vidne_camera_pictures_total{"); ok {
				if _, v, ok := strings.Cut(rest, "} "); ok {
					var f float64
					if _, err := fmt.Sscan(v, &f); err == nil {
						r.Pictures += int64(f)
					}
				}
			}
		}
	}
	if s, err := api.Status(ctx); err == nil {
		for _, c := range s.Cameras {
			if c.State == engineapi.StateRecording {
				r.Cameras++
			}
		}
	}
	b, _ := json.Marshal(r) // plain numbers always marshal
	return string(b)
}
