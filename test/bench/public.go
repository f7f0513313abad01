package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// What the page of a place must reach.
const (
	publicMedian = 5.0    // ms at the server
	publicRate   = 2000.0 // requests a second, with the load generator on the same machine
	publicWeight = 100.0  // kB as sent: the page and its style sheet
	publicFor    = 10 * time.Second
	publicAsking = 32 // connections
	publicPlaces = 100
)

// measurePublic lets a process of its own ask for the pages of a controller's
// places, in every language, as fast as they are answered.
func measurePublic(ctx context.Context, s *sheet) (err error) {
	whole := *work
	*work = filepath.Join(whole, "public")
	defer func() { *work = whole }()
	if err := os.MkdirAll(*work, 0o700); err != nil {
		return err
	}
	t := &town{clk: clock.NewFake(townStart)}
	defer func() {
		for _, end := range slices.Backward(t.ended) {
			end()
		}
	}()
	if err := t.open(ctx); err != nil {
		return err
	}
	if err := t.publish(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	var took []time.Duration
	handler := t.portal.Handler()
	base, err := t.listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		handler.ServeHTTP(w, r)
		d := time.Since(begun)
		mu.Lock()
		took = append(took, d)
		mu.Unlock()
	}))
	if err != nil {
		return err
	}
	var paths []string
	for _, p := range t.portal.Notices().All() {
		for _, lang := range notice.Languages() {
			paths = append(paths, "/s/"+p.Code+"?sprog="+lang)
		}
	}
	heaviest, list, err := weights(ctx, base, paths)
	if err != nil {
		return err
	}
	took = took[:0]
	asked, err := visited(ctx, base, paths)
	if err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	s.most("public page: median at the server", ms(took[len(took)/2]), publicMedian, "ms")
	s.note("public page: 99 of 100 at the server", "%.2f ms", ms(took[len(took)*99/100]))
	s.least("public page: answers a second", float64(asked.Answers)/asked.Took.Seconds(), publicRate, "/s")
	s.note("public page: median at the browser", "%.2f ms with %d at once", ms(asked.Median), publicAsking)
	s.most("public page: heaviest with its style sheet, as sent", float64(heaviest)/1000, publicWeight, "kB")
	s.note(fmt.Sprintf("public register of %d places, as sent", publicPlaces), "%.1f kB", float64(list)/1000)
	return nil
}

// publish gives every place cameras that may record, and publishes their pages.
func (t *town) publish(ctx context.Context) error {
	if err := t.register.AddController(ctx, register.Controller{ID: townID, Name: "Storby Kommune", Kind: register.Municipality, Contact: "post@storby.example", DPO: "dpo@storby.example"}, "bench"); err != nil {
		return err
	}
	hours := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range hours.Week {
		hours.Week[i] = permit.Spans{{From: "16:00", To: "07:00"}}
	}
	for i := range publicPlaces {
		place := fmt.Sprintf("sted-%d", i)
		l := register.Location{ID: place, Controller: townID, Name: fmt.Sprintf("Skolen ved torv %d", i), Address: fmt.Sprintf("Torvet %d, 9999 Storby", i), Position: register.Position{Lat: 56 + float64(i%10)/100, Lon: 9 + float64(i/10)/100}}
		if err := t.register.AddLocation(ctx, l, "bench"); err != nil {
			return err
		}
		for k := range 10 {
			c := register.Camera{ID: fmt.Sprintf("%s-%d", place, k), Controller: townID, Location: place, Name: fmt.Sprintf("Kamera %d", k), Place: fmt.Sprintf("Indgang %d", k), PurposeKind: "crime", BasisID: "2d", Engine: engineID}
			if err := t.register.AddCamera(ctx, c, "bench"); err != nil {
				return err
			}
			p := &permit.Permit{Head: permit.Head{Controller: townID, Engine: engineID, By: "bench"}, Camera: c.ID, Stream: "main", Hours: hours, RetentionHours: 14 * 24, Class: permit.ClassCrime,
				Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-001", ValidFrom: t.clk.Now(), ValidTo: t.clk.Now().AddDate(1, 0, 0), Text: "Optagetilladelse"}
			if _, err := t.issuer.Issue(ctx, nil, p); err != nil {
				return err
			}
		}
	}
	return t.portal.Notices().Tick(ctx)
}

// weights asks for every page once: the bytes of the heaviest with its style
// sheet, and of the register, as they are sent.
func weights(ctx context.Context, base string, paths []string) (heaviest, list int64, err error) {
	get := func(path string) (int64, error) { return sentBytes(ctx, http.DefaultTransport, base+path) }
	css, err := get("/s/stil.css")
	if err != nil {
		return 0, 0, err
	}
	for _, p := range paths {
		n, err := get(p)
		if err != nil {
			return 0, 0, err
		}
		heaviest = max(heaviest, n+css)
	}
	list, err = get("/overvaagning")
	return heaviest, list + css, err
}

// sentBytes asks for something as a browser that takes it packed; n is what was sent.
func sentBytes(ctx context.Context, by http.RoundTripper, url string) (n int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Accept", "text/html")
	res, err := by.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "gzip" {
		return 0, fmt.Errorf("%s: %s, packed %q", url, res.Status, res.Header.Get("Content-Encoding"))
	}
	return io.Copy(io.Discard, res.Body)
}

// visits is what the load generator says.
type visits struct {
	Answers      int
	Took, Median time.Duration
}

// visited runs the load generator.
func visited(ctx context.Context, base string, paths []string) (v visits, err error) {
	self, err := os.Executable()
	if err != nil {
		return v, err
	}
	cmd := exec.CommandContext(ctx, self, "visit", base)
	cmd.Stdin, cmd.Stderr = strings.NewReader(strings.Join(paths, "\n")), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(out, &v)
}

// visit is the load generator: it reads paths, asks for them in turn on some
// connections, unpacks nothing, and says how it went.
func visit(base string) error {
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	paths := strings.Fields(string(in))
	ctx, cancel := context.WithTimeout(context.Background(), publicFor)
	defer cancel()
	by := &http.Transport{MaxIdleConnsPerHost: publicAsking, DisableCompression: true}
	took, wrong := make([][]time.Duration, publicAsking), make([]error, publicAsking)
	var all sync.WaitGroup
	begun := time.Now()
	for c := range publicAsking {
		all.Go(func() {
			for i := c; ctx.Err() == nil; i += publicAsking {
				at := time.Now()
				if _, err := sentBytes(context.Background(), by, base+paths[i%len(paths)]); err != nil {
					wrong[c] = err
					return
				}
				took[c] = append(took[c], time.Since(at))
			}
		})
	}
	all.Wait()
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	each := slices.Concat(took...)
	slices.Sort(each)
	return json.NewEncoder(os.Stdout).Encode(visits{Answers: len(each), Took: time.Since(begun), Median: each[len(each)/2]})
}
