package request_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

var start = time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room with what it stands on: a school whose two cameras recorded
// the day before, and one that did not.
type bench struct {
	*request.Room
	t      *testing.T
	d      *db.DB
	clk    *clock.Fake
	log    *ledger.Log
	issuer *issuer.Issuer
	notify *notify.Notifier
	people map[string]identity.Person
	heard  chan struct{} // a refusal of the engine
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, d: d, clk: clock.NewFake(start.Add(-2 * day)), people: map[string]identity.Person{}, heard: make(chan struct{}, 1)}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	key, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	b.issuer, err = issuer.Open(ctx, d, b.log, key, b.clk, b.engine, issuer.OnRefused(func(issuer.Record) { b.heard <- struct{}{} }))
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.log, Clock: b.clk})
	must(t, err)
	incidents, err := incident.Open(ctx, incident.Config{DB: d, Ledger: b.log, Clock: b.clk, Grants: grants, Register: reg, Issuer: b.issuer, Law: book})
	must(t, err)
	mails := notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.notify, err = notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: "lindeby", Name: "Lindeby", Kind: register.Municipality}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: "lindeby", Name: "Skolen"}, ""))
	for _, id := range []string{"indgang", "gaard", "ny"} {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: "lindeby", Location: "skole", Name: id, BasisID: "2d", Engine: "engine-1"}, ""))
	}
	for login, role := range map[string]string{"karen": "coordinator", "mette": "dpo"} {
		b.people[login], err = people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: "lindeby", Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
	}
	for _, id := range []string{"indgang", "gaard"} {
		h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
		for i := range h.Week {
			h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
		}
		_, err := b.issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: "lindeby", Engine: "engine-1", By: "p"}, Camera: id, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: permit.ClassCrime,
			Basis: "x", Case: "2026-001", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "x"})
		must(t, err)
	}
	b.clk.Advance(2 * day)
	b.Room, err = request.Open(ctx, request.Config{DB: d, Ledger: b.log, Clock: b.clk, Incidents: incidents, Issuer: b.issuer, Register: reg, People: people, Engine: "engine-1",
		Mail: &notify.Letters{Out: b.notify, BaseURL: "https://vidne.example.dk", Words: func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}})
	must(t, err)
	return b
}

// engine takes every statement but one that keeps footage: it has none.
func (b *bench) engine(_ context.Context, _ string, signed []byte) error {
	s, err := permit.DecodeSigned(signed)
	if err != nil {
		return err
	}
	st, err := s.Read()
	if err == nil && st.Kind() == permit.KindHold {
		err = fault.New(fault.Refused, "hold.nothing", "nothing was recorded there")
	}
	return err
}

func (b *bench) who(login string) request.Who {
	p := b.people[login]
	return request.Who{Controller: "lindeby", Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
}

func intake() request.Intake {
	return request.Intake{Right: request.Access, Received: start, How: "mail", Name: "Ida Holm", Contact: "ida@example.dk", Location: "skole",
		From: start.Add(-26 * time.Hour), To: start.Add(-25 * time.Hour), Looks: "Rød jakke og en barnevogn", Words: "Jeg vil gerne have de optagelser, jeg er på."}
}

func text() request.Letter {
	return request.Letter{Lang: "da", Title: "Svar", Text: "Du har bedt om indsigt. Her er det, vi fandt, og hvorfor noget mangler.", Guidance: "Du kan klage til Datatilsynet.", How: "Digital Post"}
}

func (b *bench) refused(err error, kind fault.Kind, key string) {
	b.t.Helper()
	if !fault.Is(err, kind) || fault.Key(err) != key {
		b.t.Errorf("%v, wanted %s", err, key)
	}
}

// statement is the newest of a kind that was signed.
func (b *bench) statement(k permit.Kind) permit.Statement {
	b.t.Helper()
	all, err := b.issuer.Records(b.t.Context(), issuer.Filter{Controller: "lindeby", Kinds: []permit.Kind{k}})
	must(b.t, err)
	if len(all) == 0 {
		b.t.Fatalf("no %s was signed", k)
	}
	s, err := all[0].Statement()
	must(b.t, err)
	return s
}

// From the mail to the answer: what is named is kept at once and no longer than
// the law lets, each camera is assessed, and what was kept is let go.
func TestARequestFromReceiptToAnswer(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-5", "KEEP-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		q, err := b.Receive(ctx, intake(), b.who("karen"))
		must(t, err)
		if q.Number != "A-2026-001" || q.State() != request.New || !slices.Equal(q.Cameras, []string{"gaard", "indgang"}) {
			t.Fatalf("%+v", q)
		}
		h, _ := b.statement(permit.KindHold).(*permit.Hold)
		if h == nil || h.ID != q.Hold || h.Reason != permit.HoldRequest || !h.Until.Equal(q.From.Add(permit.LongestDispute)) || h.Second != "" || !q.Keeps(start) {
			t.Fatalf("%+v of %+v", h, q)
		}
		part := request.Part{Camera: "indgang", From: q.From, To: q.To, Outcome: request.Given}
		_, err = b.Assess(ctx, q.ID, part, b.who("karen"))
		b.refused(err, fault.Conflict, "request.unidentified")
		_, err = b.Identify(ctx, q.ID, "guess", "", b.who("karen"))
		b.refused(err, fault.Invalid, "request.check")
		_, err = b.Identify(ctx, q.ID, "shown", "Kørekort 010203-1234", b.who("karen"))
		b.refused(err, fault.Invalid, "request.cpr")
		_, err = b.Identify(ctx, q.ID, "digital", "Skrev med Digital Post", b.who("karen"))
		must(t, err)
		_, err = b.Answer(ctx, q.ID, text(), b.who("karen"))
		b.refused(err, fault.Conflict, "request.unassessed")
		_, err = b.Assess(ctx, q.ID, part, b.who("karen"))
		must(t, err)
		q, err = b.Assess(ctx, q.ID, request.Part{Camera: "gaard", From: q.From, To: q.To, Outcome: request.Nothing}, b.who("karen"))
		must(t, err)
		if q.State() != request.Assessed || !q.Gives() || q.Refuses() {
			t.Fatalf("%s: %+v", q.State(), q.Parts)
		}
		bare := text()
		bare.Guidance = ""
		_, err = b.Answer(ctx, q.ID, bare, b.who("karen"))
		b.refused(err, fault.Invalid, "request.guidance")
		q, err = b.Answer(ctx, q.ID, text(), b.who("karen"))
		must(t, err)
		if r, _ := b.statement(permit.KindRelease).(*permit.Release); r == nil || r.Hold != q.Hold || q.Keeps(b.clk.Now()) {
			t.Errorf("not let go: %+v", q)
		}
		_, err = b.Withdraw(ctx, q.ID, "Fortrudt af personen", b.who("karen"))
		b.refused(err, fault.Conflict, "request.over")
		_, err = b.Get(ctx, "kadence", q.ID)
		b.refused(err, fault.NotFound, "request.unknown")

		// Who asked stands nowhere in the ledger.
		all, err := b.log.Entries(ctx, 0, 1000)
		must(t, err)
		for _, e := range all {
			if strings.Contains(string(e.Body), "Ida") || strings.Contains(string(e.Body), "barnevogn") {
				t.Errorf("%s holds who asked: %s", e.Kind, e.Body)
			}
		}
	})
}

// What the engine will not keep is not said to be kept, in the list as little as
// on the page.
func TestNothingIsSaidToBeKeptThatTheEngineDoesNotHave(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		q, err := b.Receive(ctx, intake(), b.who("karen"))
		must(t, err)
		go func() {
			defer close(done)
			b.issuer.Run(ctx)
		}()
		<-b.heard
		stop()
		<-done
		one, err := b.Get(t.Context(), "lindeby", q.ID)
		must(t, err)
		all, err := b.List(t.Context(), "lindeby")
		must(t, err)
		if len(all) != 1 || all[0].EngineWhy != "hold.nothing" || all[0].Keeps(start) || one.EngineWhy != "hold.nothing" || one.Keeps(start) {
			t.Errorf("%+v of %+v", one, all)
		}
	})
}

// A refusal has a ground of the right, a concrete reason, and leaves what it is
// about where a complaint can find it, until the law's limit.
func TestARefusalHasItsReasonAndStaysComplainable(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-5")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	in := intake()
	in.Cameras = []string{"indgang"}
	q, err := b.Receive(ctx, in, b.who("karen"))
	must(t, err)
	_, err = b.Identify(ctx, q.ID, "no-doubt", "", b.who("karen"))
	must(t, err)
	for key, change := range map[string]func(*request.Part){
		"request.ground":   func(p *request.Part) { p.Ground = "compelling" },
		"request.reason":   func(p *request.Part) { p.Words = "Nej" },
		"request.camera":   func(p *request.Part) { p.Camera = "gaard" },
		"request.interval": func(p *request.Part) { p.To = p.To.Add(time.Hour) },
		"request.outcome":  func(p *request.Part) { p.Outcome = request.Met },
	} {
		p := request.Part{Camera: "indgang", From: q.From, To: q.To, Outcome: request.Refused, Ground: "public", Words: "På netop de minutter ses, hvor vagten gemmer nøglen."}
		change(&p)
		_, err := b.Assess(ctx, q.ID, p, b.who("karen"))
		b.refused(err, fault.Invalid, key)
	}
	_, err = b.Assess(ctx, q.ID, request.Part{Camera: "indgang", From: q.From, To: q.To, Outcome: request.Refused, Ground: "public", Words: "På netop de minutter ses, hvor vagten gemmer nøglen."}, b.who("karen"))
	must(t, err)
	q, err = b.Answer(ctx, q.ID, text(), b.who("karen"))
	must(t, err)
	if !q.Keeps(b.clk.Now()) || q.Keeps(q.From.Add(permit.LongestDispute)) {
		t.Errorf("after the refusal: %+v", q)
	}
}

// What is refused at the door, and what is too old to be kept.
func TestWhatARequestMustSay(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-5")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	for key, change := range map[string]func(*request.Intake){
		"request.right":    func(in *request.Intake) { in.Right = "deletion" },
		"request.how":      func(in *request.Intake) { in.How = "pigeon" },
		"request.received": func(in *request.Intake) { in.Received = start.Add(time.Hour) },
		"request.interval": func(in *request.Intake) { in.To = in.From },
		"request.long":     func(in *request.Intake) { in.From = in.To.Add(-request.LongestSpan - 1*time.Second) },
		"request.name":     func(in *request.Intake) { in.Name = " " },
		"request.contact":  func(in *request.Intake) { in.Contact = "" },
		"request.cpr":      func(in *request.Intake) { in.Words = "Mit nummer er 010203-1234" },
		"request.camera":   func(in *request.Intake) { in.Cameras = []string{"ny"} },
	} {
		in := intake()
		change(&in)
		_, err := b.Receive(ctx, in, b.who("karen"))
		b.refused(err, fault.Invalid, key)
	}
	in := intake()
	in.From, in.To = start.Add(-60*day), start.Add(-60*day+time.Hour)
	q, err := b.Receive(ctx, in, request.Who{Controller: "lindeby"})
	must(t, err)
	if q.Hold != "" || len(q.Cameras) != 0 {
		t.Errorf("sixty days old: %+v", q)
	}
}

// The month ends with its last day, two more are had by a notice within the
// first, and those who can answer are told before it is too late.
func TestTheClockOfARequest(t *testing.T) {
	t.Parallel()
	req.Shows(t, "GOV-5")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	in := intake()
	in.How = request.PublicPage
	q, err := b.Receive(ctx, in, request.Who{Controller: "lindeby", Name: "Ida"})
	must(t, err)
	if got := q.Due().Format("2006-01-02 15:04"); got != "2026-02-28 23:59" {
		t.Errorf("received on 31 January, due %s", got)
	}
	other, err := b.Receive(ctx, intake(), b.who("karen"))
	must(t, err)
	b.clk.Advance(20 * day)
	q, err = b.Extend(ctx, q.ID, text(), b.who("karen"))
	must(t, err)
	if got := q.Due().Format("2006-01-02"); got != "2026-04-30" {
		t.Errorf("extended to %s", got)
	}
	_, err = b.Extend(ctx, q.ID, text(), b.who("karen"))
	b.refused(err, fault.Conflict, "request.extended")
	for range 2 {
		must(t, b.Tick(ctx))
	}
	b.clk.Advance(9*day + 3*time.Hour)
	must(t, b.Tick(ctx))
	_, err = b.Extend(ctx, other.ID, text(), b.who("karen"))
	b.refused(err, fault.Conflict, "request.extend-late")
	records, err := b.notify.Records(ctx, 100)
	must(t, err)
	var all string
	for _, m := range records {
		all += m.Message + " " + m.Subject + "\n"
	}
	for _, want := range []string{"request-received-" + q.ID + "-" + b.people["mette"].ID, "due-2026-02-14-" + other.ID, "late-2026-02-28-" + other.ID, "request-going-"} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody was told %s", want)
		}
	}
	if strings.Contains(all, "Ida") {
		t.Error("a mail names who asks")
	}
	// Five years after it was closed, nothing says who asked.
	_, err = b.Withdraw(ctx, q.ID, "Fortrudt af personen", b.who("karen"))
	must(t, err)
	b.clk.Advance(request.KeepFor + day)
	must(t, b.Tick(ctx))
	_, err = b.Get(ctx, "lindeby", q.ID)
	b.refused(err, fault.NotFound, "request.unknown")
	if _, err = b.Get(ctx, "lindeby", other.ID); err != nil {
		t.Errorf("one that is open: %v", err)
	}
}
