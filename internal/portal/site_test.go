package portal

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

var start = time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)

const (
	password = "en lang sætning om ænder"
	past     = 6 * time.Hour // the cameras have had their permits so long
	testHost = "http://vidne.test"
)

// site is a portal with a real engine, without cameras.
type site struct {
	t       *testing.T
	portal  *Portal
	clk     *clock.Fake
	ledger  *ledger.Log
	rooms   dossiertest.Rooms
	rights  authorisationtest.Rig
	people  map[string]identity.Person
	cookies map[string]*http.Cookie
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func key(name string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(sum[:])
}

func newSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	ctx := t.Context()
	s := &site{t: t, clk: clock.NewFake(start.Add(-past)), people: map[string]identity.Person{}, cookies: map[string]*http.Cookie{}}
	signer, err := permit.NewSigner(key("issuer"))
	fatal(t, err)
	cfg := enginetest.Config(t, signer, start.Add(-past-time.Hour), s.clk)
	cfg.ID = "optager-1"
	client, _ := enginetest.Start(t, cfg)
	d := dbtest.Open(t, tables.Copy(t, func(address string) {
		made := &site{t: t, clk: s.clk}
		d, err := db.Open(ctx, address)
		fatal(t, err)
		made.openRooms(d, signer, client, nil)
		fatal(t, d.Close())
	}))
	s.cast(s.openRooms(d, signer, client, change))
	return s
}

// tables is the portal's database with nothing in it.
var tables dbtest.Template

// openRooms opens the rooms on a database.
func (s *site) openRooms(d *db.DB, signer permit.Signer, client *engineapi.Client, change []func(*Config)) (*register.Register, *identity.Directory) {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	var err error
	s.ledger, err = ledger.Open(ctx, d, "portal", key("ledger"), s.clk)
	fatal(t, err)
	is, err := issuer.Open(ctx, d, s.ledger, signer, s.clk, func(ctx context.Context, _ string, signed []byte) error {
		_, err := client.Statement(ctx, signed)
		return err
	}, issuer.Log(enginetest.Log()))
	fatal(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: s.ledger, Clock: s.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}, Key: [32]byte{1}, BaseURL: testHost})
	fatal(t, err)
	reg, err := register.Open(ctx, d, s.ledger, s.clk)
	fatal(t, err)
	s.rooms, err = dossiertest.Open(ctx, t.TempDir(), d, s.ledger, s.clk, is, reg, client, "optager-1")
	fatal(t, err)
	s.rights, err = authorisationtest.Open(ctx, d, s.ledger, s.clk, reg, people, s.rooms.Cases)
	fatal(t, err)
	c := Config{Cases: s.rooms.Cases, Documents: s.rooms.Documents, Law: s.rooms.Law, Processes: s.rooms.Processes, Config: page.Config{DB: d, Ledger: s.ledger, Issuer: is, Engine: client, EngineID: "optager-1", People: people, Register: reg, Rights: s.rights.Room, Clock: s.clk, Log: enginetest.Log(), BaseURL: testHost}}
	for _, f := range change {
		f(&c)
	}
	s.portal, err = New(ctx, c)
	fatal(t, err)
	return reg, people
}

// cast is two controllers, and a person of each sort.
func (s *site) cast(reg *register.Register, people *identity.Directory) {
	t, ctx := s.t, s.t.Context()
	for _, c := range []string{"lindeby", "kadence"} {
		fatal(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
		fatal(t, reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Name: "Skolen"}, ""))
		fatal(t, reg.AddLocation(ctx, register.Location{ID: c + "-gaard", Controller: c, Name: "Gården"}, ""))
		fatal(t, reg.AddCamera(ctx, register.Camera{ID: c + "-1", Controller: c, Location: c + "-skole", Name: "Indgang", BasisID: "2d", Engine: "optager-1"}, ""))
		_, err := s.portal.Issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: c, Engine: "optager-1", By: "p-1"}, Camera: c + "-1", Stream: "main", Hours: enginetest.Always(),
			RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014", ValidFrom: s.clk.Now(), ValidTo: s.clk.Now().AddDate(1, 0, 0), Text: "Optagetilladelse"})
		fatal(t, err)
	}
	s.clk.Advance(past)
	for _, p := range []struct {
		login, controller string
		roles             []access.Role
		at                string
	}{
		{"koordinator", "lindeby", []access.Role{access.Coordinator}, ""},
		{"udpeget", "lindeby", []access.Role{access.Operator}, "lindeby-skole"},
		{"udpeget-andetsteds", "lindeby", []access.Role{access.Operator}, "lindeby-gaard"},
		{"dpo", "lindeby", []access.Role{access.DPO}, ""},
		{"it", "lindeby", []access.Role{access.IT}, ""},
		{"it-og-udpeget", "lindeby", []access.Role{access.IT, access.Operator}, ""},
		{"leder", "lindeby", []access.Role{access.Manager}, ""},
		{"ansoeger", "lindeby", []access.Role{access.Applicant}, ""},
		{"godkender", "lindeby", []access.Role{access.Approver}, ""},
		{"fremmed", "kadence", []access.Role{access.Coordinator, access.Operator, access.DPO}, "kadence-skole"},
		{"uden-rolle", "lindeby", nil, ""},
	} {
		var roles []string
		for _, r := range p.roles {
			roles = append(roles, string(r))
		}
		person, err := people.Create(ctx, identity.NewAccount{Login: p.login, Name: "Navn " + p.login, Controller: p.controller, Roles: roles, Password: password}, "")
		fatal(t, err)
		s.people[p.login] = person
		if p.at != "" {
			_, err := s.rights.InForce(ctx, p.controller, person.ID, p.at)
			fatal(t, err)
		}
		s.logIn(p.login)
	}
}

func (s *site) logIn(login string) {
	s.t.Helper()
	w := s.do("", "POST", "/log-ind", url.Values{"navn": {login}, "adgangskode": {password}})
	for _, c := range w.Result().Cookies() {
		if c.Name == identity.CookieName(s.portal.TLS()) {
			s.cookies[login] = c
		}
	}
	if w.Code != http.StatusSeeOther || s.cookies[login] == nil {
		s.t.Fatalf("%s is not logged in: %d", login, w.Code)
	}
}

// do asks as a browser would; who is a login, or empty.
func (s *site) do(who, method, path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, testHost+path, strings.NewReader(form.Encode()))
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "da")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c := s.cookies[who]; c != nil {
		r.AddCookie(c)
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	before := s.ledgerSize()
	s.portal.Handler().ServeHTTP(w, r)
	if p, known := s.people[who]; known && method == http.MethodPost && (w.Code == http.StatusOK || w.Code == http.StatusSeeOther) {
		s.isInTheLog(p, method+" "+path, before)
	}
	return w
}

func (s *site) ledgerSize() (n int64) {
	s.t.Helper()
	fatal(s.t, s.portal.DB.Read(s.t.Context(), func(tx *db.Tx) (err error) {
		n, err = db.One[int64](s.t.Context(), tx, `SELECT COALESCE(MAX(idx), -1) + 1 FROM ledger_entry`)
		return err
	}))
	return n
}

// isInTheLog holds of everything that anybody does in these tests: what it
// entered in the ledger, the log of who did what has under their name.
func (s *site) isInTheLog(p identity.Person, what string, before int64) {
	s.t.Helper()
	if s.ledgerSize() == before {
		return
	}
	fatal(s.t, s.portal.DB.Read(s.t.Context(), func(tx *db.Tx) error {
		n, err := db.One[int64](s.t.Context(), tx, `SELECT COUNT(*) FROM access_use WHERE idx >= ? AND person = ? AND controller = ?`, before, p.ID, p.Controller)
		if err == nil && n == 0 {
			s.t.Errorf("%s by %s is in the ledger, and not in the log of who did what", what, p.Login)
		}
		return err
	}))
}

// incident is one that names the hours from 10 to 12 of the entrance of a
// controller's school, where crime is established.
func (s *site) incident(login string) incident.Incident {
	s.t.Helper()
	ctx, room, p := s.t.Context(), s.portal.incidents, s.people[login]
	who := incident.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
	i, err := room.Begin(ctx, p.Controller+"-skole", incident.Account{What: "Rude knust ved indgangen", From: today(10, 0), To: today(12, 0)}, who)
	fatal(s.t, err)
	_, err = room.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet"}, who)
	fatal(s.t, err)
	i, err = room.Name(ctx, i.ID, incident.Wish{Need: "Rude knust: politiet skal vide hvornår", Cameras: []string{p.Controller + "-1"}, From: today(10, 0), To: today(12, 0)}, who)
	fatal(s.t, err)
	return i
}

// today is a time of the day that is today in these tests, in Denmark.
func today(hour, minute int) time.Time {
	return time.Date(2026, 11, 21, hour, minute, 0, 0, page.Zone())
}

// hour is the form that opens the hour from 10.
func hour() url.Values {
	return url.Values{"kamera": {"lindeby-1"}, "dato": {"2026-11-21"}, "fra": {"10.00"}, "til": {"11.00"}}
}

// viewOf opens an hour of an incident as somebody, and returns the viewing's
// address.
func (s *site) viewOf(who string, i incident.Incident) string {
	s.t.Helper()
	w := s.do(who, "POST", "/haendelser/"+i.ID+"/se", hour())
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("the footage is not opened: %d %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// view opens footage as the designated person and returns the viewing's address.
func (s *site) view() string {
	s.t.Helper()
	return s.viewOf("udpeget", s.incident("udpeget"))
}

// endRight ends a designated person's right to look, as the place's manager does.
func (s *site) endRight(login string) {
	s.t.Helper()
	ctx, p := s.t.Context(), s.people[login]
	held, err := s.rights.Rights(ctx, p.ID)
	fatal(s.t, err)
	for _, h := range held {
		by, err := s.rights.Manager(ctx, p.Controller, h.Location, p.ID)
		fatal(s.t, err)
		fatal(s.t, s.rights.End(ctx, p.Controller, h.Form, "Er flyttet til et andet sted", by))
	}
}

// deliver brings all that is signed to the engine, and waits for its answer.
func (s *site) deliver() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() { s.portal.Issuer.Run(ctx); close(done) }()
	enginetest.Until(s.t, "the engine has all that is signed", func() bool {
		left, err := s.portal.Issuer.Records(ctx, issuer.Filter{States: []string{issuer.Waiting}})
		return err == nil && len(left) == 0
	})
	cancel()
	<-done
}

func (s *site) entries(kind string) int {
	s.t.Helper()
	all, err := s.ledger.Find(s.t.Context(), ledger.Filter{Kinds: []string{kind}})
	fatal(s.t, err)
	return len(all)
}
