// Package e2e tells stories in a real browser against the real halves: portal
// and engine over HTTP, cameras over RTSP, a fake clock that all of them share.
//
// VIDNE_SCREENS=dir makes TestStories leave a picture of every screen there.
package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/paper"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sharing"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/web"
)

const (
	engineID   = "optager-1"
	password   = "lindeby-kigger-ikke-live"
	controller = "lindeby"
	school     = "lindeby-skole"
	yard       = "materielgaarden"
	patience   = 100 * time.Second
)

// start is a Friday evening in Denmark.
var start = time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)

// site is both halves, with people, places and cameras.
type site struct {
	t         *testing.T
	clk       *clock.Fake
	engine    *engineapi.Client
	issuer    *issuer.Issuer
	ledger    *ledger.Log
	people    *identity.Directory
	register  *register.Register
	rooms     dossiertest.Rooms
	rights    authorisationtest.Rig
	incidents *incident.Room
	review    *oversight.Room
	sharing   *sharing.Room
	notices   *notice.Room
	url       string
	host      string        // the name that the portal is reached by; empty: its address
	cover     time.Duration // until an unattended page is covered; 0: as it comes
	persons   map[string]identity.Person
	stories   []page.Story
	// sso opens the room of providers that people log in at; nil: there are none.
	sso func(ctx context.Context, d *db.DB, l *ledger.Log, base string) (*sso.Room, error)
	// live opens the room of live view with somebody who writes mails; nil: it
	// comes as it is.
	live func(ctx context.Context, d *db.DB) (*live.Room, error)
	// letters are what people are written to with; nil: nobody is written to.
	letters func(ctx context.Context, d *db.DB) (*notify.Letters, error)
	// elsewhere is who else is asked for people; nil: nobody.
	elsewhere identity.Elsewhere
	// anonymiser is the program that makes copies; empty: there is none.
	anonymiser string
}

func seed(name string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(sum[:])
}

func seedOf(name string) [32]byte { return sha256.Sum256([]byte(name)) }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newBareSite is both halves with nothing and nobody in them.
func newBareSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	return s
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := newBareSite(t)
	s.cast()
	return s
}

// newSiteAt is a site that is reached by a host's name, and whose pages are
// covered after a time.
func newSiteAt(t *testing.T, host string, cover time.Duration) *site {
	t.Helper()
	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}, host: host, cover: cover}
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	return s
}

// background runs f until the test ends, and waits for it.
func (s *site) background(f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	s.t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			s.t.Error("something does not end")
		}
	})
}

func (s *site) startEngine(signer permit.Signer) {
	cfg := enginetest.Config(s.t, signer, start.Add(-60*24*time.Hour), s.clk)
	cfg.ID, cfg.Anonymiser = engineID, s.anonymiser
	s.engine, _ = enginetest.Start(s.t, cfg)
}

func (s *site) startPortal(signer permit.Signer) {
	t, ctx := s.t, s.t.Context()
	d := must[*db.DB](t)(db.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "portal.db")))
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	s.ledger = must[*ledger.Log](t)(ledger.Open(ctx, d, "portal", seed("ledger"), s.clk))
	deliver := func(ctx context.Context, _ string, signed []byte) error {
		_, err := s.engine.Statement(ctx, signed)
		return err
	}
	s.issuer = must[*issuer.Issuer](t)(issuer.Open(ctx, d, s.ledger, signer, s.clk, deliver, issuer.Log(enginetest.Log())))
	// One pass over 1 MiB: what is tested here is not the cost of a guess.
	srv := httptest.NewUnstartedServer(nil)
	s.url = "http://" + srv.Listener.Addr().String()
	if s.host != "" {
		s.url = fmt.Sprintf("http://%s:%d", s.host, srv.Listener.Addr().(*net.TCPAddr).Port)
	}
	s.people = must[*identity.Directory](t)(identity.Open(ctx, identity.Config{DB: d, Ledger: s.ledger, Clock: s.clk, Work: identity.Work{Time: 1, Memory: 1024, Threads: 1}, Key: seedOf("factors"), BaseURL: s.url, Elsewhere: s.elsewhere}))
	s.register = must[*register.Register](t)(register.Open(ctx, d, s.ledger, s.clk))
	s.rooms = must[dossiertest.Rooms](t)(dossiertest.Open(ctx, t.TempDir(), d, s.ledger, s.clk, s.issuer, s.register, s.engine, engineID))
	s.rights = must[authorisationtest.Rig](t)(authorisationtest.Open(ctx, d, s.ledger, s.clk, s.register, s.people, s.rooms.Cases))
	var ways *sso.Room
	if s.sso != nil {
		ways = must[*sso.Room](t)(s.sso(ctx, d, s.ledger, s.url))
	}
	grants := must[*grant.Room](t)(grant.Open(ctx, grant.Config{DB: d, Ledger: s.ledger, Clock: s.clk}))
	s.incidents = must[*incident.Room](t)(incident.Open(ctx, incident.Config{DB: d, Ledger: s.ledger, Clock: s.clk, Grants: grants, Register: s.register, Issuer: s.issuer, Law: s.rooms.Law}))
	var direct *live.Room
	if s.live != nil {
		direct = must[*live.Room](t)(s.live(ctx, d))
	}
	var letters *notify.Letters
	if s.letters != nil {
		letters = must[*notify.Letters](t)(s.letters(ctx, d))
	}
	p := must[*portal.Portal](t)(portal.New(ctx, portal.Config{Letters: letters, Packages: s.packages(), Incidents: s.incidents, Live: direct, SSO: ways, Cases: s.rooms.Cases, Documents: s.rooms.Documents, Law: s.rooms.Law, Config: page.Config{
		DB: d, Ledger: s.ledger, Issuer: s.issuer, Engine: s.engine, EngineID: engineID, People: s.people, Register: s.register, Rights: s.rights.Room,
		Clock: s.clk, Log: enginetest.Log(), BaseURL: s.url, Storybook: true, CoverAfter: s.cover,
	}}))
	s.stories, s.review, s.sharing, s.notices = p.Stories(), p.Review(), p.Sharing(), p.Notices()
	srv.Config = &http.Server{Handler: p.Handler(), ReadHeaderTimeout: 10 * time.Second}
	srv.Start()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	s.background(s.issuer.Run)
	s.background(p.Disclosures().Run)
}

// packages are made as by a program that is set up.
func (s *site) packages() disclosure.Packages {
	t := s.t
	sender := evidence.Name{Controller: "Lindeby Kommune", CVR: "12345674"}
	maker := &evidence.Maker{FS: durable.OS(), Dir: t.TempDir(), Clock: s.clk, Signer: must[*evidence.Signer](t)(evidence.OpenSigner(t.TempDir(), sender, s.clk.Now())),
		Fonts: paper.Fonts{Regular: must[[]byte](t)(web.Font("Regular")), Bold: must[[]byte](t)(web.Font("Bold"))}, Opener: must[[]byte](t)(web.Opener())}
	return disclosure.Packages{Maker: maker, Sender: sender, Source: disclosure.FromEngine(s.engine, s.clk), Keep: 30 * 24 * time.Hour, Software: "vidne test"}
}

// cast fills the register with people and places.
func (s *site) cast() {
	t, ctx := s.t, s.t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.register.AddController(ctx, register.Controller{ID: controller, Name: "Lindeby Kommune", Kind: register.Municipality, Contact: "Torvet 1", DPO: "dpo@lindeby.example"}, ""))
	ok(s.register.AddLocation(ctx, register.Location{ID: school, Controller: controller, Name: "Lindeby Skole", Address: "Skolevej 4", Manager: "Birthe Kjær"}, ""))
	ok(s.register.AddLocation(ctx, register.Location{ID: yard, Controller: controller, Name: "Materielgården", Address: "Industrivej 22", Manager: "Poul Erik Bach"}, ""))
	for _, p := range []struct {
		login, name string
		role        access.Role
	}{{"karen", "Karen Holm", access.Coordinator}, {"jonas", "Jonas Lund", access.Operator}, {"mette", "Mette Dahl", access.DPO}, {"soeren", "Søren Krogh", access.IT}} {
		s.persons[p.login] = must[identity.Person](t)(s.people.Create(ctx, identity.NewAccount{Login: p.login, Name: p.name, Controller: controller, Roles: []string{string(p.role)}, Password: password}, ""))
	}
	_, err := s.rights.InForce(ctx, controller, s.persons["jonas"].ID, school)
	ok(err)
}

// addCamera enters a camera in the register; what is given makes it record.
func (s *site) addCamera(id, location, name string, cam *testcam.Camera, permitted bool) {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	if err := s.register.AddCamera(ctx, register.Camera{ID: id, Controller: controller, Location: location, Name: name, Make: "Vidne", Model: "prøvekamera", Place: "indgang",
		Mounting: "Over døren", Direction: "Mod gården", Purpose: "Forebygge hærværk", BasisID: "2d", Basis: "tv-overvågningsloven § 2 d, stk. 1", Engine: engineID}, ""); err != nil {
		t.Fatal(err)
	}
	if cam != nil {
		s.issue(&permit.Camera{Head: s.head(), Camera: id, Name: name, Place: location, URL: cam.URL(), Transport: permit.TransportTCP, Sealed: []byte{}})
	}
	if permitted {
		now := s.clk.Now()
		s.issue(&permit.Permit{Head: s.head(), Camera: id, Stream: engine.Stream, Hours: enginetest.Always(), RetentionHours: 14 * 24, Class: permit.ClassCrime,
			Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014", ValidFrom: now.Add(-time.Hour), ValidTo: now.AddDate(1, 0, 0), Text: "Optagetilladelse"})
	}
}

func (s *site) head() permit.Head {
	return permit.Head{Controller: controller, Engine: engineID, By: "p-set-up"}
}

func (s *site) issue(st permit.Statement) {
	s.t.Helper()
	if _, err := s.issuer.Issue(s.t.Context(), nil, st); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) camera(scene string) *testcam.Camera {
	s.t.Helper()
	clip := must[*testcam.Clip](s.t)(testcam.Open(scene))
	cam := must[*testcam.Camera](s.t)(testcam.Start(testcam.Options{Clip: clip, Clock: s.clk}))
	s.t.Cleanup(cam.Close)
	return cam
}

// run lets the fake clock go, factor times as fast as the machine's, until the
// returned function is called.
func (s *site) run(factor float64) (halt func()) {
	return enginetest.Pace(s.t, factor, max(20*time.Millisecond, time.Duration(3*factor)*time.Millisecond), s.clk.Advance)
}

// until waits for something to become so.
func (s *site) until(what string, ok func() bool) {
	s.t.Helper()
	enginetest.Until(s.t, what, ok)
}

// recorded is how many seconds of a camera can be read.
func (s *site) recorded(id string) (sum float64) {
	s.t.Helper()
	c := must[engineapi.Coverage](s.t)(s.engine.Coverage(s.t.Context(), id, start.Add(-time.Hour), s.clk.Now()))
	for _, x := range c.Stretches {
		if x.Kind == "recorded" {
			sum += x.To.Sub(x.From).Seconds()
		}
	}
	return sum
}

// entries is how many entries of a kind the portal's ledger has.
func (s *site) entries(kind string) int {
	s.t.Helper()
	return len(must[[]ledger.Entry](s.t)(s.ledger.Find(s.t.Context(), ledger.Filter{Kinds: []string{kind}})))
}
