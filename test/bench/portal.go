package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
	"vidne.dk/vidne/lawdata"
	"vidne.dk/vidne/processes"
)

// What people do not notice, and how many times each page is asked for.
const (
	pageGoal   = 50 * time.Millisecond
	searchGoal = 100 * time.Millisecond
	permitGoal = 2 * time.Second
	answerGoal = 10 * time.Second // the whole controller's answers to an inspection
	minuteGoal = 6 * time.Second  // what is looked through each minute, a tenth of it
	portalAsks = 100
	fileAsks   = 3
)

var portalDB = flag.String("db", "", "of the portal, the address of an empty database, or postgres for a server of its own; SQLite in the folder when empty")

var portalCases = flag.Int("cases", 2000, "of the portal, how many cases there are, at most twenty a place")

// town is a portal with a large controller in it, and its recorder.
type town struct {
	db       *db.DB
	clk      *clock.Fake
	ledger   *ledger.Log
	issuer   *issuer.Issuer
	people   *identity.Directory
	register *register.Register
	papers   *document.Room
	cases    *dossier.Room
	portal   *portal.Portal
	engine   *engine.Engine
	status   []byte // what the recorder says of all cameras
	url      string
	logins   map[string]*http.Cookie
	book     *law.Book
	ended    []func()
}

// measurePortal asks for each page as a browser would, of a portal with 500
// locations, 5,000 cameras and 2,000 cases of 50 documents each, or as many as
// -cases says. With a folder
// given, the data set is made once and found again.
func measurePortal(ctx context.Context, _ *sheet) (err error) {
	begin := townStart
	if _, err := os.Stat(filepath.Join(*work, "portal.db")); err == nil {
		begin = townNow // the data set is there already
	}
	t := &town{clk: clock.NewFake(begin), logins: map[string]*http.Cookie{}}
	defer func() {
		for _, end := range slices.Backward(t.ended) {
			end()
		}
	}()
	if err := t.open(ctx); err != nil {
		return err
	}
	if err := t.build(ctx); err != nil {
		return err
	}
	t.run(ctx)
	if err := t.deliver(ctx); err != nil {
		return err
	}
	cameras, _, err := t.register.Cameras(ctx, register.Query{Controller: townID})
	if err != nil {
		return err
	}
	if t.status, err = json.Marshal(troubled(cameras, t.clk.Now())); err != nil {
		return err
	}
	if err := t.serve(ctx); err != nil {
		return err
	}
	pages, err := t.pages(ctx)
	if err != nil {
		return err
	}
	return profiled(func() error { return t.table(ctx, pages) })
}

// troubled is what the recorder says: one camera in fifty is lost or refused,
// and half are outside their hours.
func troubled(cameras []register.Camera, now time.Time) engineapi.Status {
	s := sample.Trouble(sample.Status(cameras, now), now)
	for i := range s.Cameras {
		c := &s.Cameras[i]
		switch {
		case i%100 == 7:
			c.State, c.Cause, c.Since = engineapi.StateLost, engineapi.CauseUnreachable, now.Add(-3*time.Hour)
		case i%100 == 57:
			c.State, c.Cause, c.Since = engineapi.StateRefused, engineapi.CauseAuth, now.Add(-time.Hour)
		case i%2 == 0:
			c.State, c.Cause, c.NextChange = engineapi.StateOutside, engineapi.CauseOutside, now.Add(4*time.Hour)
		}
	}
	return s
}

// open puts the rooms together as the program does. The recorder is a real one
// that takes permits; what it says of 5,000 cameras is laid in its mouth, for
// it has no such cameras.
func (t *town) open(ctx context.Context) (err error) {
	seed := func(name string) ed25519.PrivateKey {
		sum := sha256.Sum256([]byte(name))
		return ed25519.NewKeyFromSeed(sum[:])
	}
	signer, err := permit.NewSigner(seed("issuer"))
	if err != nil {
		return err
	}
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	t.engine, err = engine.Open(ctx, engine.Config{ID: engineID, Dir: filepath.Join(*work, "engine"), Issuers: []permit.PublicKey{signer.Public(time.Unix(0, 0).UTC())},
		Secret: secret, Version: "bench", Clock: t.clk, Synced: func() bool { return true }, Log: quiet})
	if err != nil {
		return err
	}
	t.ended = append(t.ended, func() { _ = t.engine.Close() })
	base, err := t.listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/status" && t.status != nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(t.status)
			return
		}
		t.engine.Handler().ServeHTTP(w, r)
	}))
	if err != nil {
		return err
	}
	client := engineapi.NewClient(base, secret, nil)
	address := *portalDB
	switch address {
	case "":
		address = "sqlite:" + filepath.Join(*work, "portal.db")
	case "postgres":
		var end func()
		if address, end, err = dbtest.Alone(); err != nil {
			return err
		}
		t.ended = append(t.ended, end)
	}
	if t.db, err = db.Open(ctx, address); err != nil {
		return err
	}
	t.ended = append(t.ended, func() { _ = t.db.Close() })
	if t.ledger, err = ledger.Open(ctx, t.db, "portal", seed("ledger"), t.clk, ledger.Named()); err != nil {
		return err
	}
	deliver := func(ctx context.Context, _ string, signed []byte) error {
		_, err := client.Statement(ctx, signed)
		return err
	}
	if t.issuer, err = issuer.Open(ctx, t.db, t.ledger, signer, t.clk, deliver, issuer.Log(quiet)); err != nil {
		return err
	}
	// One pass over 1 MiB: logging in is not measured.
	if t.people, err = identity.Open(ctx, identity.Config{DB: t.db, Ledger: t.ledger, Clock: t.clk, Work: identity.Work{Time: 1, Memory: 1024, Threads: 1}}); err != nil {
		return err
	}
	if t.register, err = register.Open(ctx, t.db, t.ledger, t.clk); err != nil {
		return err
	}
	if t.papers, err = document.Open(ctx, document.Config{DB: t.db, Ledger: t.ledger, Clock: t.clk, Dir: filepath.Join(*work, "documents"), Master: [32]byte{7}, Log: quiet}); err != nil {
		return err
	}
	drawings, err := drawing.Open(ctx, drawing.Config{DB: t.db, Ledger: t.ledger, Clock: t.clk, Documents: t.papers})
	if err != nil {
		return err
	}
	if t.book, err = law.Read(lawdata.Files()); err != nil {
		return err
	}
	library, err := casework.Read(processes.Files())
	if err != nil {
		return err
	}
	if t.cases, err = dossier.Open(ctx, dossier.Config{DB: t.db, Ledger: t.ledger, Clock: t.clk, Issuer: t.issuer, Register: t.register, Documents: t.papers,
		Drawings: drawings, Law: t.book, Processes: library, Engine: client, EngineID: engineID, Log: quiet}); err != nil {
		return err
	}
	rights, err := authorisation.Open(ctx, authorisation.Config{DB: t.db, Ledger: t.ledger, Clock: t.clk, Register: t.register, People: t.people, Terms: t.cases.Rights})
	if err != nil {
		return err
	}
	t.portal, err = portal.New(ctx, portal.Config{NoticeDir: filepath.Join(*work, "notices"), Law: t.book, Cases: t.cases, Documents: t.papers, Config: page.Config{DB: t.db, Ledger: t.ledger, Issuer: t.issuer,
		Engine: client, EngineID: engineID, People: t.people, Register: t.register, Rights: rights, Clock: t.clk, Log: quiet, BaseURL: "http://127.0.0.1"}})
	return err
}

func (t *town) listen(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }()
	t.ended = append(t.ended, func() { _ = s.Close() })
	return "http://" + l.Addr().String(), nil
}

// run lets time go as it does, and the issuer and the recorder do their work.
func (t *town) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{}, 3)
	go func() { t.issuer.Run(ctx); done <- struct{}{} }()
	go func() { _ = t.engine.Run(ctx); done <- struct{}{} }()
	go func() {
		tick, last := time.NewTicker(5*time.Millisecond), time.Now()
		defer tick.Stop()
		for ctx.Err() == nil {
			now := <-tick.C
			t.clk.Advance(now.Sub(last))
			last = now
		}
		done <- struct{}{}
	}()
	t.ended = append(t.ended, func() {
		cancel()
		for range cap(done) {
			<-done
		}
	})
}

func (t *town) serve(ctx context.Context) (err error) {
	if t.url, err = t.listen(t.portal.Handler()); err != nil {
		return err
	}
	for _, p := range townPeople() {
		form := url.Values{"navn": {p.login}, "adgangskode": {townPassword}}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url+"/log-ind", strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		for _, c := range res.Cookies() {
			if c.Name == identity.CookieName(false) {
				t.logins[p.login] = c
			}
		}
		if t.logins[p.login] == nil {
			return fmt.Errorf("%s is not logged in: %s", p.login, res.Status)
		}
	}
	return nil
}
