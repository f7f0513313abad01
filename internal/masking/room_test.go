package masking_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
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
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

var (
	start   = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)
	cameras = []string{"indgang", "hal", "torv"}
)

// bench is the room with what it stands on, and people around a school.
type bench struct {
	*masking.Room
	t      *testing.T
	clk    *clock.Fake
	log    *ledger.Log
	issuer *issuer.Issuer
	of     *incident.Room
	mails  *notifytest.Server
	notify *notify.Notifier
	people map[string]identity.Person
	first  time.Time // of the footage
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// set makes a bench whose statements are for an engine and go by deliver.
func set(t *testing.T, d *db.DB, clk *clock.Fake, key permit.Signer, controller, engine string, client masking.Engine, deliver issuer.Deliver) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clk, people: map[string]identity.Person{}}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
	must(t, err)
	b.issuer, err = issuer.Open(ctx, d, b.log, key, clk, deliver)
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.log, Clock: clk})
	must(t, err)
	b.of, err = incident.Open(ctx, incident.Config{DB: d, Ledger: b.log, Clock: clk, Grants: grants, Register: reg, Issuer: b.issuer, Law: book})
	must(t, err)
	b.mails = notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.notify, err = notify.Open(ctx, d, clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: b.mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: controller, Name: controller, Kind: register.Municipality}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: controller, Name: "Skolen"}, ""))
	for _, id := range cameras {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: controller, Location: "skole", Name: id, Engine: engine}, ""))
	}
	for login, role := range map[string]string{"jonas": "operator", "birthe": "manager", "karen": "coordinator", "mette": "dpo", "poul": "manager"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: controller, Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
		b.people[login] = p
	}
	must(t, reg.Hold(ctx, register.Holder{ID: "h-1", Controller: controller, Body: "manager", Location: "skole", Person: b.people["birthe"].ID, Name: "Birthe"}))
	b.Room, err = masking.Open(ctx, masking.Config{DB: d, Ledger: b.log, Clock: clk, Incidents: b.of, Issuer: b.issuer, Register: reg, People: people, Engine: client, EngineID: engine,
		Mail: &notify.Letters{Out: b.notify, BaseURL: "https://vidne.example.dk",
			Words: func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}})
	must(t, err)
	return b
}

// paper is a bench whose engine is a heap of letters, with footage of a night.
func paper(t *testing.T, d *db.DB) *bench {
	t.Helper()
	signer, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	b := set(t, d, clock.NewFake(start.Add(-day)), signer, "lindeby", "engine-1", nil, func(context.Context, string, []byte) error { return nil })
	for _, id := range []string{"indgang", "hal"} {
		_, err := b.issuer.Issue(t.Context(), nil, &permit.Mask{Head: permit.Head{Controller: "lindeby", Engine: "engine-1", By: "p"}, Camera: id, Areas: left()})
		must(t, err)
	}
	b.clk.Advance(day)
	b.first = start.Add(-2 * time.Hour)
	return b
}

func (b *bench) who(login string) masking.Who {
	p := b.people[login]
	return masking.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
}

// incident is one that names all cameras in two hours from the first footage.
func (b *bench) incident(from, to time.Time, of ...string) incident.Incident {
	b.t.Helper()
	ctx, who := b.t.Context(), incident.Who(b.who("jonas"))
	i, err := b.of.Begin(ctx, "skole", incident.Account{What: "Rude knust ved indgangen", From: from, To: to}, who)
	must(b.t, err)
	_, err = b.of.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet"}, who)
	must(b.t, err)
	i, err = b.of.Name(ctx, i.ID, incident.Wish{Need: "Politiet skal vide hvornår", Cameras: of, From: from, To: to}, who)
	must(b.t, err)
	return i
}

// left is the left half of a picture.
func left() [][]permit.Point {
	return [][]permit.Point{{{X: 0, Y: 0}, {X: 5000, Y: 0}, {X: 5000, Y: 10000}, {X: 0, Y: 10000}}}
}

func (b *bench) terms() masking.Terms {
	return masking.Terms{Cameras: []string{"indgang"}, From: b.first.Add(10 * time.Minute), To: b.first.Add(20 * time.Minute), Journal: "4100-70121-00417-26", Words: "Gerningsmanden løber ind bag hækken"}
}

// post waits until so many mails have come.
func (b *bench) post(n int) []notifytest.Mail {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.notify.Run(ctx) }()
	for range n {
		select {
		case <-b.mails.Seen:
		case <-time.After(30 * time.Second):
			b.t.Fatalf("%d mails came, not %d", len(b.mails.Taken()), n)
		}
	}
	cancel()
	<-done
	return b.mails.Taken()
}

func key(t *testing.T, what, want string, err error) {
	t.Helper()
	if fault.Key(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestALiftTakesTwoAndEndsByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		req.Shows(t, "VIEW-4")
		b := paper(t, d)
		ctx := t.Context()
		i := b.incident(b.first, b.first.Add(time.Hour), "indgang", "torv")
		for what, x := range map[string]struct {
			key    string
			change func(*masking.Terms)
		}{
			"no camera":              {"masklift.cameras", func(x *masking.Terms) { x.Cameras = nil }},
			"a camera without mask":  {"masklift.unmasked", func(x *masking.Terms) { x.Cameras = []string{"torv"} }},
			"one it does not name":   {"masklift.beyond", func(x *masking.Terms) { x.Cameras = []string{"hal"} }},
			"minutes not named":      {"masklift.beyond", func(x *masking.Terms) { x.From = x.From.Add(-time.Hour) }},
			"no minutes":             {"masklift.interval", func(x *masking.Terms) { x.To = x.From }},
			"without journal number": {"masklift.journal", func(x *masking.Terms) { x.Journal = " " }},
			"without a reason":       {"masklift.words", func(x *masking.Terms) { x.Words = "ja" }},
		} {
			terms := b.terms()
			x.change(&terms)
			_, err := b.Ask(ctx, i.ID, terms, b.who("jonas"))
			key(t, what, x.key, err)
		}
		stranger := b.who("jonas")
		stranger.Controller = "nabo"
		_, err := b.Ask(ctx, i.ID, b.terms(), stranger)
		key(t, "another controller asks", "incident.unknown", err)

		l, err := b.Ask(ctx, i.ID, b.terms(), b.who("jonas"))
		must(t, err)
		opening := func(camera string, from, to time.Time) permit.ID {
			id, err := b.Opening(ctx, "lindeby", i.ID, camera, from, to)
			must(t, err)
			return id
		}
		if opening("indgang", l.From, l.To) != "" {
			t.Error("it opens before the second person's yes")
		}
		_, err = b.Decide(ctx, l.ID, true, "", l.Seal(), b.who("jonas"))
		key(t, "one's own", "masklift.own", err)
		_, err = b.Decide(ctx, l.ID, true, "", l.Seal(), b.who("mette"))
		key(t, "who does not answer for the place", "masklift.answerer", err)
		_, err = b.Decide(ctx, l.ID, true, "", "another", b.who("birthe"))
		key(t, "something else than was read", "masklift.changed", err)
		_, err = b.Decide(ctx, l.ID, false, "nej", l.Seal(), b.who("birthe"))
		key(t, "a no without a reason", "masklift.answer", err)
		other := b.who("birthe")
		other.Controller = "nabo"
		_, err = b.Decide(ctx, l.ID, true, "", l.Seal(), other)
		key(t, "another controller answers", "masklift.unknown", err)

		l, err = b.Decide(ctx, l.ID, true, "", l.Seal(), b.who("birthe"))
		must(t, err)
		rec, err := b.issuer.Get(ctx, l.Statements["indgang"])
		must(t, err)
		st, err := rec.Statement()
		must(t, err)
		if m := st.(*permit.MaskLift); m.Person != l.Person || m.Approver != b.people["birthe"].ID || !m.From.Equal(l.From) || !m.Expires.Equal(l.Expires) || m.Camera != "indgang" {
			t.Errorf("signed %+v", m)
		}
		if opening("indgang", l.From, l.To) != l.Statements["indgang"] || opening("torv", l.From, l.To) != "" || opening("indgang", l.From.Add(-time.Second), l.To) != "" {
			t.Error("it opens something else than was asked")
		}
		_, err = b.Decide(ctx, l.ID, true, "", l.Seal(), b.who("birthe"))
		key(t, "twice", "masklift.state.lifted", err)
		told := map[string]bool{}
		for kind, want := range map[string]int{"masklift.asked": 1, "masklift.approved": 1, "masklift.denied": 4, "mask-lift.issued": 1} {
			all, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{kind}, Limit: 100})
			must(t, err)
			if len(all) != want {
				t.Errorf("%d entries %s, want %d", len(all), kind, want)
			}
		}
		for _, m := range b.post(5) {
			told[strings.Trim(m.To, "TO:<>")] = true
			if strings.Contains(m.Text, "hækken") || strings.Contains(m.Text, "00417") {
				t.Errorf("a mail tells what it is about: %s", m.Text)
			}
		}
		if !told["mette@example.dk"] || !told["birthe@example.dk"] || !told["jonas@example.dk"] {
			t.Errorf("told are %v", told)
		}
		b.clk.Advance(masking.Life)
		if l.State(b.clk.Now()) != masking.Over || opening("indgang", l.From, l.To) != "" {
			t.Error("it does not end by itself")
		}
	})
}
