package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/keys"
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
	Disk     int64 `json:"disk"`     // bytes of closed segments
	Closed   int64 `json:"closed"`   // pictures in them
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
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	if _, err := fmt.Println("ready"); err != nil {
		return err
	}
	err = answers(func(string) string { return state(ctx, api, filepath.Join(dir, "archive")) })
	cancel()
	if e := <-done; err == nil {
		err = e
	}
	return err
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

// state sums what the engine says of its cameras and what lies on the disk.
func state(ctx context.Context, api *engineapi.Client, archive string) string {
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
	_ = filepath.WalkDir(archive, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".vseg") {
			disk, pictures := segmentBytes(path)
			r.Disk += disk
			r.Closed += pictures
		}
		return nil
	})
	b, _ := json.Marshal(r) // plain numbers always marshal
	return string(b)
}
