package attack

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/reminder"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/staff"
	"vidne.dk/vidne/web"
)

// start is a Saturday afternoon in Denmark.
var start = time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)

const (
	password = "en lang sætning om ænder"
	past     = 6 * time.Hour // the cameras have had their permits so long
	// reviewed is how long before that the log's review began.
	reviewed = 40 * 24 * time.Hour
	base     = "http://localhost:8443"
	home     = "lindeby" // the controller that attacks come from
	foreign  = "kadence" // the one whose things are wanted
	// secret stands in every name and text of the foreign controller's.
	secret = "UVEDKOMMENDE"
)

// owned are the ids of one controller's things, by the wildcard of a route that
// they stand for.
type owned map[string]string

// site is a portal with a real engine, without cameras, and two controllers
// that have one thing of each sort.
type site struct {
	t        *testing.T
	db       *db.DB
	dir      string // where the portal keeps files
	portal   *portal.Portal
	engine   *engineapi.Client
	clk      *clock.Fake
	ledger   *ledger.Log
	register *register.Register
	accounts *identity.Directory
	rooms    dossiertest.Rooms
	rights   authorisationtest.Rig
	reminder *reminder.Room
	log      *logged
	routes   []page.Route
	mux      *http.ServeMux
	door     http.Handler // the portal behind its outermost door
	people   map[string]identity.Person
	cookies  map[string]*http.Cookie
	things   map[string]owned
	staffed  int // how many accounts there are at home
}

// logged keeps what the portal logs.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func key(name string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(sum[:])
}

func newSite(t *testing.T) *site {
	t.Helper()
	ctx := t.Context()
	s := &site{t: t, dir: t.TempDir(), clk: clock.NewFake(start.Add(-past - reviewed)), log: &logged{}, people: map[string]identity.Person{}, cookies: map[string]*http.Cookie{}, things: map[string]owned{}}
	signer, err := permit.NewSigner(key("issuer"))
	fatal(t, err)
	cfg := enginetest.Config(t, signer, start.Add(-past-time.Hour), s.clk)
	cfg.ID = "optager-1"
	s.engine, _ = enginetest.Start(t, cfg)
	s.db, err = db.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "portal.db"))
	fatal(t, err)
	t.Cleanup(func() { fatal(t, s.db.Close()) })
	s.ledger, err = ledger.Open(ctx, s.db, "portal", key("ledger"), s.clk)
	fatal(t, err)
	is, err := issuer.Open(ctx, s.db, s.ledger, signer, s.clk, func(ctx context.Context, _ string, signed []byte) error {
		_, err := s.engine.Statement(ctx, signed)
		return err
	}, issuer.Log(enginetest.Log()))
	fatal(t, err)
	s.accounts, err = identity.Open(ctx, identity.Config{DB: s.db, Ledger: s.ledger, Clock: s.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}, Key: [32]byte{1}, BaseURL: base})
	fatal(t, err)
	s.register, err = register.Open(ctx, s.db, s.ledger, s.clk)
	fatal(t, err)
	s.rooms, err = dossiertest.Open(ctx, s.dir, s.db, s.ledger, s.clk, is, s.register, s.engine, "optager-1")
	fatal(t, err)
	s.rights, err = authorisationtest.Open(ctx, s.db, s.ledger, s.clk, s.register, s.accounts, s.rooms.Cases)
	fatal(t, err)
	s.tellers()
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.portal, err = portal.New(ctx, portal.Config{Cases: s.rooms.Cases, Documents: s.rooms.Documents, Law: s.rooms.Law, Reminders: s.reminder, Config: page.Config{DB: s.db, Ledger: s.ledger, Issuer: is, Engine: s.engine,
		EngineID: "optager-1", People: s.accounts, Register: s.register, Rights: s.rights.Room, Clock: s.clk, Log: log, BaseURL: base}})
	fatal(t, err)
	d, err := edge.NewDoor(edge.Config{BaseURL: base, MaxBody: page.UploadSize, Clock: s.clk, Log: log})
	fatal(t, err)
	s.door = d.Handler(s.portal.Handler())
	s.deliver()
	s.mux, s.routes = http.NewServeMux(), s.portal.Routes()
	for _, r := range s.routes {
		s.mux.Handle(r.Pattern, http.NotFoundHandler())
	}
	s.cast()
	return s
}

// deliver brings to the engine what is signed, until the test ends.
func (s *site) deliver() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.portal.Issuer.Run(ctx) }()
	s.t.Cleanup(func() { cancel(); <-done })
}

// tellers opens the outbox and who writes mails into it; nothing is sent.
func (s *site) tellers() {
	t, ctx := s.t, s.t.Context()
	out, err := notify.Open(ctx, s.db, s.clk, notify.Config{Mail: &notify.Mail{Host: "mail.vidne.test", Port: 25, From: "vidne@vidne.test", Plain: true}})
	fatal(t, err)
	words, err := page.ReadCatalogue(web.Text())
	fatal(t, err)
	s.reminder, err = reminder.Open(ctx, reminder.Config{DB: s.db, Ledger: s.ledger, Clock: s.clk, Cases: s.rooms.Cases, People: s.accounts, Notify: out, BaseURL: base,
		Words: func(lang, key string, args ...any) string { return words.Text(page.LangOf(lang), key, args...) }})
	fatal(t, err)
}

// cast is two controllers with their things, and a person of each sort at home.
func (s *site) cast() {
	t, ctx := s.t, s.t.Context()
	for _, c := range []string{home, foreign} {
		fatal(t, s.register.AddController(ctx, register.Controller{ID: c, Name: s.said(c, c), Kind: register.Municipality}, ""))
		s.things[c] = owned{}
	}
	s.review()
	for _, c := range []string{home, foreign} {
		for _, l := range []string{"-skole", "-gaard"} {
			fatal(t, s.register.AddLocation(ctx, register.Location{ID: c + l, Controller: c, Name: s.said(c, "Sted"+l)}, ""))
		}
		fatal(t, s.register.AddCamera(ctx, register.Camera{ID: c + "-1", Controller: c, Location: c + "-skole", Name: s.said(c, "Indgang"), BasisID: "2d", Engine: "optager-1"}, ""))
		_, err := s.portal.Issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: c, Engine: "optager-1", By: "p-1"}, Camera: c + "-1", Stream: "main", Hours: enginetest.Always(),
			RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014", ValidFrom: s.clk.Now(), ValidTo: s.clk.Now().AddDate(1, 0, 0), Text: "Optagetilladelse"})
		fatal(t, err)
	}
	s.foundShops()
	s.clk.Advance(past)
	for _, p := range []struct {
		login, controller string
		roles             []access.Role
		at                string
	}{
		{"koordinator", home, []access.Role{access.Coordinator}, ""},
		{"udpeget", home, []access.Role{access.Operator}, "-skole"},
		{"kollega", home, []access.Role{access.Operator}, "-skole"},
		{"dpo", home, []access.Role{access.DPO}, ""},
		{"it", home, []access.Role{access.IT}, ""},
		{"it-og-udpeget", home, []access.Role{access.IT, access.Operator}, ""},
		{"noedkonto", home, []access.Role{access.BreakGlass}, ""},
		{"leder", home, []access.Role{access.Manager}, ""},
		{"ansoeger", home, []access.Role{access.Applicant}, ""},
		{"godkender", home, []access.Role{access.Approver}, ""},
		{"alt", home, []access.Role{access.Coordinator, access.Operator, access.DPO, access.Manager, access.Applicant, access.Approver}, "-skole"},
		{"it-og-alt", home, access.Roles(), ""},
		{"uden-rolle", home, nil, ""},
		{"fremmed", foreign, []access.Role{access.Coordinator, access.Operator, access.DPO, access.Manager, access.Applicant, access.Approver}, "-skole"},
	} {
		var roles []string
		for _, r := range p.roles {
			roles = append(roles, string(r))
		}
		person, err := s.accounts.Create(ctx, identity.NewAccount{Login: p.login, Name: s.said(p.controller, "Navn "+p.login), Controller: p.controller, Roles: roles, Password: password, Email: p.login + "@vidne.test"}, "")
		fatal(t, err)
		s.people[p.login] = person
		if p.at != "" {
			_, err := s.rights.InForce(ctx, p.controller, person.ID, p.controller+p.at)
			fatal(t, err)
		}
		s.logIn(p.login)
	}
	maps.Copy(s.things[home], s.furnish(home, "alt", "uden-rolle"))
	maps.Copy(s.things[foreign], s.furnish(foreign, "fremmed", "fremmed"))
	s.share(s.things[foreign])
	s.logIn("nabo")
	all, err := s.accounts.People(ctx, home)
	fatal(t, err)
	s.staffed = len(all)
}

// review has somebody at each controller look without a case, and draws of the
// period once it is over.
func (s *site) review() {
	t, ctx, room := s.t, s.t.Context(), s.portal.Review()
	fatal(t, room.Tick(ctx))
	for c, o := range s.things {
		fatal(t, s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := s.ledger.Append(ctx, tx, s.clk.Now(), "view.opened", map[string]any{"controller": c, "person": c + "-tidligere", "name": s.said(c, "Tidligere ansat"), "address": "192.0.2.1",
				"camera": c + "-1", "location": c + "-skole", "purpose": s.said(c, "Bare for at se")})
			return err
		}))
		all, err := room.Periods(ctx, c)
		fatal(t, err)
		o["{periode}"] = all[0].ID
		s.clk.Advance(max(0, all[0].Ends.Sub(s.clk.Now())+9*time.Hour))
	}
	fatal(t, room.Tick(ctx))
	for c, o := range s.things {
		drawn, err := room.Of(ctx, c, o["{periode}"])
		fatal(t, err)
		if len(drawn) == 0 {
			t.Fatalf("nothing is drawn of what was done at %s", c)
		}
		o["{post}"] = drawn[0].ID
	}
	s.clk.Advance(start.Add(-past).Sub(s.clk.Now()))
}

// said is a text of a controller's.
func (s *site) said(controller, text string) string {
	if controller == foreign {
		return text + " " + secret
	}
	return text
}

// furnish gives a controller one thing of each sort; login holds every role
// there, and asks for a right for receiver.
func (s *site) furnish(c, login, receiver string) owned {
	t, ctx, r, me := s.t, s.t.Context(), s.register, s.people[login]
	t.Helper()
	fatal(t, r.AddSupplier(ctx, register.Supplier{ID: c + "-firma", Controller: c, Name: s.said(c, "Nordsikring A/S"), CVR: "12345678"}, ""))
	fatal(t, r.AddAgreement(ctx, register.ServiceAgreement{ID: c + "-aftale", Controller: c, Supplier: c + "-firma", What: s.said(c, "Eftersyn"), Starts: start, Locations: register.List{c + "-skole"}}, ""))
	fatal(t, r.GivePaper(ctx, register.SupplierPaper{Supplier: c + "-firma", Controller: c, Kind: register.PaperGuideline, Version: 3, Given: start}))
	fatal(t, r.AddOrder(ctx, register.PoliceOrder{ID: c + "-paalaeg", Controller: c, Kind: register.OrderQuality, District: s.said(c, "Midt- og Vestjylland"), Reference: "4600-1", Dated: start,
		Says: s.said(c, "Ansigter skal kunne ses."), Demands: register.Demands{Width: 1920, Height: 1080, KeepHours: 336}}, ""))
	fatal(t, r.AddArea(ctx, register.Area{ID: c + "-nord", Controller: c, Location: c + "-skole", Name: s.said(c, "Nordre indgang"), PlaceKind: "own-entrance"}, ""))
	fatal(t, r.AddAdministration(ctx, register.Administration{ID: c + "-boern", Controller: c, Name: s.said(c, "Børn og Unge")}, ""))
	fatal(t, r.Hold(ctx, register.Holder{ID: c + "-rolle", Controller: c, Body: "dpo", Person: me.ID, Name: me.Name}))
	o := owned{"{supplier}": c + "-firma", "{agreement}": c + "-aftale", "{order}": c + "-paalaeg", "{area}": c + "-nord", "{administration}": c + "-boern", "{holder}": c + "-rolle",
		"{location}": c + "-skole", "{camera}": c + "-1", "{kamera}": c + "-1", "{konto}": me.ID}
	s.openCase(c, me, o)
	s.handOn(c, me, o)
	s.openIncident(c, login, o)
	asked, err := s.portal.Live().Ask(ctx, live.Wish{Location: c + "-skole", Cameras: []string{c + "-1"}, Reason: "danger", Words: s.said(c, "En mand truer folk i gården med en kniv."), Minutes: 5},
		live.Who{Controller: c, Person: me.ID, Name: me.Name, Address: "192.0.2.1"})
	fatal(t, err)
	o["{direkte}"] = asked.ID
	now := s.clk.Now()
	f, err := s.rights.Ask(ctx, authorisation.New{Controller: c, Person: s.people[receiver].ID, Role: authorisation.Look, Locations: []string{c + "-gaard"},
		From: now, Until: now.AddDate(1, 0, 0), Reason: s.said(c, "Overtager efter pedellen.")}, authorisation.Who{Person: me.ID})
	fatal(t, err)
	a, err := s.rights.AskStorage(ctx, authorisation.Access{Controller: c, Name: s.said(c, "Carl Toft"), Place: "Datacenter", Need: s.said(c, "Efterser køleanlægget.")}, authorisation.Who{Person: me.ID})
	fatal(t, err)
	o["{skema}"], o["{adgang}"] = f.ID, a.ID
	s.openReview(c, me, o)
	s.hangSign(c, me, o)
	s.enrol(c, me, o)
	s.keepOffice(c, me, o)
	feed, err := s.accounts.MakeFeed(ctx, me.ID)
	fatal(t, err)
	o["{fil}"] = feed + ".ics"
	fatal(t, s.portal.SaveDraft(ctx, me.ID, "/steder/nyt", url.Values{"navn": {s.said(c, "Kladde")}}.Encode()))
	// Somebody has lost their second factor, and asks to be let in again.
	lost, err := s.accounts.Create(ctx, identity.NewAccount{Login: c + "-mistet", Name: s.said(c, "Mistet"), Controller: c, Roles: []string{string(access.Applicant)}, Password: password}, "")
	fatal(t, err)
	fatal(t, s.accounts.GiveCode(ctx, lost.ID, []byte("12345678901234567890"), ""))
	o["{anmodning}"], err = s.accounts.AskReset(ctx, lost.ID, me.ID, s.said(c, "telefonen er faldet i havnen"))
	fatal(t, err)
	o["konto-mistet"] = lost.ID
	own, err := s.accounts.Sessions(ctx, me.ID)
	fatal(t, err)
	o["session"] = own[0].ID
	entries, err := s.ledger.Find(ctx, ledger.Filter{Kinds: []string{"incident.opened"}})
	fatal(t, err)
	for _, e := range entries {
		if strings.Contains(string(e.Body), `"`+c+`"`) {
			o["{nr}"] = fmt.Sprint(e.Index)
		}
	}
	return o
}

// openCase opens a case with an annex, and a drawing on a picture.
func (s *site) openCase(c string, me identity.Person, o owned) {
	t, ctx := s.t, s.t.Context()
	who := dossier.Who{Person: me.ID, Name: me.Name}
	if c == foreign { // cases are numbered by controller: what is wanted has a number that nothing at home has
		for range 8 {
			_, err := s.rooms.Cases.Begin(ctx, dossier.New{Controller: c, Title: s.said(c, "En anden sag"), Locations: []string{c + "-skole"}}, who)
			fatal(t, err)
		}
	}
	k, err := s.rooms.Cases.Begin(ctx, dossier.New{Controller: c, Title: s.said(c, "Hærværk ved skolen"), Locations: []string{c + "-skole"}}, who)
	fatal(t, err)
	_, p, err := s.rooms.Cases.Get(ctx, c, k.ID)
	fatal(t, err)
	a, err := s.rooms.Cases.Attach(ctx, c, k.ID, dossier.File{Kind: p.Annexes[0].ID, Name: s.said(c, "bilag") + ".pdf", Body: strings.NewReader(dossiertest.PDF)}, who)
	fatal(t, err)
	by := drawing.Who{Person: me.ID, Name: me.Name}
	pic, err := s.rooms.Drawings.AddPicture(ctx, c, k.ID, "kort.png", bytes.NewReader(picture(t)), 0, s.said(c, "Eget kort"), by)
	fatal(t, err)
	var d drawing.Kept
	for range map[string]int{home: 1, foreign: 2}[c] { // and the second drawing there
		d, err = s.rooms.Drawings.Create(ctx, c, k.ID, plan.Drawing{Title: s.said(c, "Grundplan"), Picture: pic.Document, Width: pic.Width, Height: pic.Height, Areas: []plan.Area{}, Cameras: []plan.Placed{}}, by)
		fatal(t, err)
	}
	o["{sag}"], o["{dokument}"], o["{billede}"], o["{tegning}"] = k.ID, a.Document, pic.Document, d.ID
	o["{opgave}"], o["{trin}"] = p.Tasks[0].ID, "apply"
}

// openReview gives the review of the log somebody who lives at the place, and an
// inspector's sample.
func (s *site) openReview(c string, me identity.Person, o owned) {
	t, ctx, room := s.t, s.t.Context(), s.portal.Review()
	who := oversight.Who{Controller: c, Person: me.ID, Name: me.Name, Address: "192.0.2.1"}
	fatal(t, room.AddTie(ctx, oversight.Tie{Person: me.ID, Place: c + "-gaard", Sort: oversight.TieSorts()[0]}, who))
	ties, err := room.Ties(ctx, c)
	fatal(t, err)
	drawn, err := room.Inspect(ctx, oversight.Sample{Inspector: s.said(c, "Datatilsynet 2026-1"), Words: s.said(c, "syv hvide svaner ved søen"), N: 1, Since: s.clk.Now().Add(-time.Hour), Until: s.clk.Now()}, who)
	fatal(t, err)
	o["{tilknytning}"], o["{proeve}"] = ties[0].ID, drawn.ID
}

// hangSign hangs a sign, and lets a passer-by report one.
func (s *site) hangSign(c string, me identity.Person, o owned) {
	t, ctx, room := s.t, s.t.Context(), s.portal.Notices()
	fatal(t, room.Tick(ctx))
	sign, err := room.Hang(ctx, notice.Sign{Location: c + "-skole", Place: notice.AtEntrance, Words: s.said(c, "Ved døren"), Format: "a4"}, notice.Who{Controller: c, Person: me.ID, Name: me.Name})
	fatal(t, err)
	public, ok := room.Of(c, c+"-skole")
	if !ok {
		t.Fatalf("%s has no public page", c)
	}
	fatal(t, room.Report(ctx, public.Code, notice.Report{What: notice.Torn, Where: s.said(c, "Ved døren")}))
	reports, err := room.Reports(ctx, c, "")
	fatal(t, err)
	o["{skilt}"], o["{melding}"] = sign.ID, reports[0].ID
}

// enrol puts somebody on the roll of a place.
func (s *site) enrol(c string, me identity.Person, o owned) {
	t, ctx := s.t, s.t.Context()
	m, err := s.portal.Staff().Add(ctx, c+"-skole", staff.Line{Kind: staff.Employee, Name: s.said(c, "Anders Møller"), Since: start}, staff.Who{Controller: c, Person: me.ID, Name: me.Name})
	fatal(t, err)
	o["{medarbejder}"] = m.ID
}

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	fatal(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 640, 480))))
	return b.Bytes()
}

// openIncident is one where crime is established and footage was opened, with a
// registered person who was asked.
func (s *site) openIncident(c, login string, o owned) {
	t, ctx, room, p := s.t, s.t.Context(), s.portal.Incidents(), s.people[login]
	who := incident.Who{Controller: c, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
	i, err := room.Begin(ctx, c+"-skole", incident.Account{What: s.said(c, "Rude knust ved indgangen"), From: today(10, 0), To: today(12, 0)}, who)
	fatal(t, err)
	_, err = room.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: s.said(c, "Glasset ligger på gulvet")}, who)
	fatal(t, err)
	_, err = room.Name(ctx, i.ID, incident.Wish{Need: s.said(c, "Politiet skal vide hvornår"), Cameras: []string{c + "-1"}, From: today(10, 0), To: today(12, 0)}, who)
	fatal(t, err)
	i, err = room.AddConsent(ctx, i.ID, incident.Consent{Registered: s.said(c, "En der går forbi")}, who)
	fatal(t, err)
	w := s.do(login, "POST", "/haendelser/"+i.ID+"/se", hour(c))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("the footage is not opened: %d %s", w.Code, w.Body)
	}
	grants, err := room.Grants.Of(ctx, c, i.ID)
	fatal(t, err)
	locked, err := s.portal.Holds().Ask(ctx, i.ID, hold.Terms{Cameras: []string{c + "-1"}, From: today(10, 5), To: today(10, 15), Reason: permit.HoldCrime, Reference: s.said(c, "4100-70121-00417-26"),
		Words: s.said(c, "Ruden blev knust i de minutter"), Review: s.clk.Now().AddDate(0, 0, 30), Until: s.clk.Now().AddDate(0, 0, 60)}, hold.Who{Controller: c, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	fatal(t, err)
	o["{bevislaas}"] = locked.ID
	of := s.insight(c, request.Who{Controller: c, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	// It stands although there is nothing to make it of here.
	made, _ := s.portal.Copies().Begin(ctx, anonymised.OfRequest, of, anonymised.Draft{Camera: c + "-1", From: today(10, 5), To: today(10, 15), For: s.said(c, "En der går forbi"), Words: s.said(c, "Faldet ses her")},
		anonymised.Who{Controller: c, Person: p.ID, Name: p.Name, Address: "192.0.2.1"})
	mark, err := room.Mark(ctx, i.ID, incident.Bookmark{Cameras: []string{c + "-1"}, From: today(10, 7), To: today(10, 8), Words: s.said(c, "Her knuses ruden")}, who)
	fatal(t, err)
	o["{kopi}"], o["{fra}"], o["{bogmaerke}"] = made.ID, of, mark.ID
	o["{haendelse}"], o["{samtykke}"], o["{tilladelse}"], o["{viewing}"] = i.ID, i.Consents[0].ID, grants[0].ID, strings.TrimPrefix(w.Header().Get("Location"), "/afspilning/")
}

// today is a time of the day that is today in these tests, in Denmark.
func today(hour, minute int) time.Time {
	return time.Date(2026, 11, 21, hour, minute, 0, 0, page.Zone())
}

// hour is the form that opens the hour from 10.
func hour(c string) url.Values {
	return url.Values{"kamera": {c + "-1"}, "dato": {"2026-11-21"}, "fra": {"10.00"}, "til": {"11.00"}}
}

// logIn logs somebody in anew.
func (s *site) logIn(login string) {
	s.t.Helper()
	delete(s.cookies, login)
	w := s.do("", "POST", "/log-ind", url.Values{"navn": {login}, "adgangskode": {password}})
	if s.cookies[login] = cookie(w); w.Code != http.StatusSeeOther || s.cookies[login] == nil {
		s.t.Fatalf("%s is not logged in: %d %s", login, w.Code, w.Body)
	}
}

// cookie is the session's that an answer sets; nil when it sets none.
func cookie(w *httptest.ResponseRecorder) *http.Cookie {
	for _, c := range w.Result().Cookies() {
		if c.Name == identity.CookieName(false) && c.Value != "" {
			return c
		}
	}
	return nil
}

// request is one of a browser's; who is a login, or empty.
func (s *site) request(who, method, target string, form url.Values) *http.Request {
	r := httptest.NewRequestWithContext(s.t.Context(), method, base+"/", strings.NewReader(form.Encode()))
	u, err := url.Parse(base + target)
	fatal(s.t, err)
	r.URL, r.RequestURI = u, u.RequestURI()
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "da")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c := s.cookies[who]; c != nil {
		r.AddCookie(c)
	}
	return r
}

// do asks as a browser would. What lasts as long as a page is open is left
// after a moment.
func (s *site) do(who, method, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	r := s.request(who, method, target, form)
	if e := path.Base(r.URL.Path); e == "tilstand" || e == "stop" || e == "genstart" || e == "stop-og-meld" || e == "meld" || strings.HasPrefix(r.URL.Path, "/brudmeldinger/") { // all but the first wait for what no camera answers
		ctx, cancel := context.WithTimeout(r.Context(), 200*time.Millisecond)
		defer cancel()
		r = r.WithContext(ctx)
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.portal.Handler().ServeHTTP(w, r)
	return w
}

// knock asks at the outermost door.
func (s *site) knock(who, method, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	r := s.request(who, method, target, form)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, r)
	return w
}

// fill puts ids into a route's pattern and returns its method and address.
func fill(pattern string, ids owned) (method, at string) {
	method, at, _ = strings.Cut(pattern, " ")
	at = strings.ReplaceAll(at, "{$}", "")
	for strings.Contains(at, "{") {
		from, rest, _ := strings.Cut(at, "{")
		name, rest, _ := strings.Cut(rest, "}")
		id := ids["{"+name+"}"]
		if id == "" {
			id = map[string]string{"hvordan": "luk", "kilde": "anmodning", "slags": "search", "lang": "en", "tidsrum": "nyt", "regel": "tvol-2d", "udbyder": "ad", "vilkaar": "x"}[name]
		}
		if id == "" {
			id = "1"
		}
		at = from + url.PathEscape(id) + rest
	}
	return method, at
}

// entries counts the ledger's entries of a kind.
func (s *site) entries(kind string) int {
	s.t.Helper()
	all, err := s.ledger.Find(s.t.Context(), ledger.Filter{Kinds: []string{kind}})
	fatal(s.t, err)
	return len(all)
}
