package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/testport"
)

// floodFor is how long everybody pushes at once.
const floodFor = 6 * time.Second

// TestRecordingDoesNotNoticeAFloodAtTheDoor: heads that drip, bodies that drip,
// guesses at passwords and searches without end, all at once, against both
// halves in one process. The camera records through it without a break, and the
// one who asks too often is told to wait.
func TestRecordingDoesNotNoticeAFloodAtTheDoor(t *testing.T) {
	ctx := t.Context()
	clip, err := testcam.Open(testcam.Tiny)
	if err != nil {
		t.Fatal(err)
	}
	camera, err := testcam.Start(testcam.Options{Clip: clip})
	if err != nil {
		t.Fatal(err)
	}
	defer camera.Close()
	front, err := testport.Address()
	if err != nil {
		t.Fatal(err)
	}
	var cfg config
	cfg.Engine.Networks, cfg.Engine.Listen, cfg.Portal.Listen = []string{"127.0.0.0/8"}, "127.0.0.1:0", front
	cfg.defaults(t.TempDir())
	h, err := openHouse(ctx, cfg, clock.System(), func() bool { return true }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	o := h.office
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.register.AddController(ctx, register.Controller{ID: kadence, Name: "Kadence", Kind: register.Business, PolcamDays: 14}, "test"))
	must(o.register.AddLocation(ctx, register.Location{ID: "havnen", Controller: kadence, Name: "Havnen"}, "test"))
	must(o.register.AddCamera(ctx, register.Camera{ID: "sal", Controller: kadence, Location: "havnen", Name: "Salen", Mounting: "Hjørne, 3 m", Purpose: "Opklare tyveri og hærværk uden for åbningstiden", Engine: o.cfg.EngineID}, "test"))
	_, err = o.issuer.Issue(ctx, nil, &permit.Camera{Head: o.head(kadence), Camera: "sal", Name: "Salen", URL: camera.URL(), Transport: permit.TransportAuto})
	must(err)
	id, p, err := playUntil(ctx, o, kadence, "sal", "record")
	must(err)
	must(p.Step(ctx, id, "record"))
	records(t, o, "sal")
	const password = "en lang sætning om ænder"
	_, err = o.people.Create(ctx, identity.NewAccount{Login: "karen", Name: "Karen Holm", Controller: kadence, Roles: []string{string(access.Coordinator)}, Password: password}, "test")
	must(err)

	before := frames(t, o)
	from := o.clock.Now()
	asked, slowed := flood(ctx, front, password)
	to := o.clock.Now()
	got := frames(t, o) - before

	if asked < 100 || slowed == 0 {
		t.Errorf("%d were asked, %d slowed: that was no flood", asked, slowed)
	}
	changes, err := o.client.States(ctx, []string{"sal"}, from, to)
	must(err)
	for _, c := range changes {
		if c.At.After(from) && c.State != engineapi.StateRecording {
			t.Errorf("%s: %s %s", c.At, c.State, c.Cause)
		}
	}
	if want := to.Sub(from).Seconds() * clip.FPS; got < want-3*clip.FPS { // it hands them over a group at a time
		t.Errorf("%.0f pictures in %s, want about %.0f", got, to.Sub(from), want)
	}
	t.Logf("%d requests, %d told to wait, %.0f pictures in %s", asked, slowed, got, to.Sub(from).Round(time.Millisecond))
}

// flood does everything at once.
func flood(ctx context.Context, addr, password string) (asked, slowed int64) {
	ctx, cancel := context.WithTimeout(ctx, floodFor)
	defer cancel()
	var all sync.WaitGroup
	var n, slow atomic.Int64
	drip := func(what string) {
		for ctx.Err() == nil {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
			if err != nil {
				return
			}
			_, err = io.WriteString(c, what)
			for err == nil && clock.Sleep(ctx, clock.System(), 200*time.Millisecond) == nil {
				_, err = io.WriteString(c, "x")
			}
			c.Close()
		}
	}
	for range 60 {
		all.Go(func() { drip("GET / HTTP/1.1\r\nHost: " + addr + "\r\nX: ") })
		all.Go(func() {
			drip("POST /log-ind HTTP/1.1\r\nHost: " + addr + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 200000\r\n\r\nnavn=")
		})
	}
	for i := range 16 {
		all.Go(func() {
			jar, err := cookiejar.New(nil)
			if err != nil {
				return
			}
			c := &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			defer c.CloseIdleConnections()
			guess := password
			if i%2 == 1 {
				guess = "forkert"
			}
			post(ctx, c, "http://"+addr+"/log-ind", url.Values{"navn": {"karen"}, "adgangskode": {guess}})
			for k := 0; ctx.Err() == nil; k++ {
				code := get(ctx, c, fmt.Sprintf("http://%s/steder?q=%d-%d", addr, i, k))
				if n.Add(1); code == http.StatusTooManyRequests {
					slow.Add(1)
				}
				if i%2 == 1 {
					post(ctx, c, "http://"+addr+"/log-ind", url.Values{"navn": {"karen"}, "adgangskode": {guess}})
				}
			}
		})
	}
	all.Wait()
	return n.Load(), slow.Load()
}

func post(ctx context.Context, c *http.Client, to string, form url.Values) int {
	return send(ctx, c, http.MethodPost, to, form.Encode())
}

func get(ctx context.Context, c *http.Client, to string) int {
	return send(ctx, c, http.MethodGet, to, "")
}

func send(ctx context.Context, c *http.Client, method, to, body string) int {
	r, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w, err := c.Do(r)
	if err != nil {
		return 0 // the time is up
	}
	_, err = io.Copy(io.Discard, w.Body)
	if err := errors.Join(err, w.Body.Close()); err != nil {
		return 0
	}
	return w.StatusCode
}

// frames is how many pictures the engine has taken of the camera.
func frames(t *testing.T, o *office) float64 {
	t.Helper()
	b, err := o.client.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`vidne_camera_pictures_total\{camera="sal"\} (\S+)`).FindSubmatch(b)
	if m == nil {
		t.Fatal("the engine has no camera")
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
