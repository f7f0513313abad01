package anonymised

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is a room whose engine does not answer.
type bench struct {
	*Room
	t   *testing.T
	clk *clock.Fake
	who map[string]Who
	out *notify.Notifier
}

func newBench(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)), who: map[string]Who{}}
	log, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	key, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	pen, err := issuer.Open(ctx, d, log, key, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: "lindeby", Name: "Lindeby", Kind: register.Municipality}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: "lindeby", Name: "Skolen"}, ""))
	for login, role := range map[string]string{"jonas": "operator", "karen": "coordinator", "mette": "dpo"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: login, Controller: "lindeby", Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
		b.who[login] = Who{Controller: "lindeby", Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
	}
	mails := notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.out, err = notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	words := func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }
	b.Room, err = Open(ctx, Config{DB: d, Ledger: log, Clock: b.clk, Issuer: pen, Register: reg, People: people, Engine: engineapi.NewClient("http://127.0.0.1:1", "nobody is there", nil), EngineID: "engine-1",
		Mail: &notify.Letters{Out: b.out, BaseURL: "https://vidne.example.dk", Words: words}})
	must(t, err)
	return b
}

// given is a copy whose film of ten and a half seconds waits for its answer.
func (b *bench) given(id string) Copy {
	b.t.Helper()
	jonas := b.who["jonas"]
	c := Copy{ID: id, Controller: "lindeby", Number: id, Location: "skole", Draft: Draft{Camera: "cam"}, Person: jonas.Person, Name: jonas.Name, Asked: b.clk.Now(),
		Given: &Given{SHA256: "abc", Seconds: 10.5, At: b.clk.Now(), Person: jonas.Person, Name: jonas.Name}}
	body, err := json.Marshal(c)
	must(b.t, err)
	must(b.t, b.c.DB.Write(b.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(b.t.Context(), `INSERT INTO anonymised_copies (id, controller, number, source, asked, over, body) VALUES (?, ?, ?, ?, ?, 0, ?)`, c.ID, c.Controller, c.Number, "l1", c.Asked, string(body))
		return err
	}))
	return c
}

func TestAYesTakesEverySecondSeen(t *testing.T) {
	t.Parallel()
	req.Shows(t, "EVID-8")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		ctx, karen := t.Context(), b.who["karen"]
		c := b.given("k1")
		for who, key := range map[string]string{"jonas": "copy.own", "mette": "copy.answerer"} {
			if _, err := b.Decide(ctx, "k1", true, "", c.Seal(), b.who[who]); fault.Key(err) != key {
				t.Errorf("%s: %v", who, err)
			}
			if _, err := b.See(ctx, "k1", []int{0}, b.who[who]); fault.Key(err) != key {
				t.Errorf("%s sees: %v", who, err)
			}
		}
		s, err := b.Watch(ctx, c, karen)
		must(t, err)
		if s.Left() != 11 {
			t.Fatalf("%d seconds to see", s.Left())
		}
		all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1}
		// Nobody sees eleven seconds in no time.
		if s, err = b.See(ctx, "k1", all, karen); err != nil || s.Left() != 9 {
			t.Errorf("at once: %d left, %v", s.Left(), err)
		}
		b.clk.Advance(2 * time.Second)
		if s, err = b.See(ctx, "k1", all, karen); err != nil || s.Left() != 3 {
			t.Errorf("two seconds later: %d left, %v", s.Left(), err)
		}
		if _, err := b.Decide(ctx, "k1", true, "", c.Seal(), karen); fault.Key(err) != "copy.unseen" {
			t.Errorf("a yes with seconds unseen: %v", err)
		}
		b.clk.Advance(10 * time.Second)
		if s, err = b.See(ctx, "k1", all, karen); err != nil || s.Left() != 0 {
			t.Errorf("at last: %d left, %v", s.Left(), err)
		}
		// A yes is of a film that the engine has, and this one does not answer.
		if _, err := b.Decide(ctx, "k1", true, "", c.Seal(), karen); fault.Key(err) != "copy.changed" {
			t.Errorf("a yes to a film that is nowhere: %v", err)
		}
		if _, err := b.Decide(ctx, "k1", false, "nej", c.Seal(), karen); fault.Key(err) != "copy.answer" {
			t.Errorf("a no without a reason: %v", err)
		}
		if _, err := b.Decide(ctx, "k1", false, "Ved 0:07 ses en anden i døren.", "another", karen); fault.Key(err) != "copy.changed" {
			t.Errorf("a no to another film: %v", err)
		}
		done, err := b.Decide(ctx, "k1", false, "Ved 0:07 ses en anden i døren.", c.Seal(), karen)
		if err != nil || done.Given != nil || len(done.Answers) != 1 || done.State() == Approved {
			t.Errorf("a no: %+v, %v", done, err)
		}
		// Whoever asked hears of it, and whoever can answer was told by the film's
		// coming: never who put it forward.
		letter := "copy-answered-k1-abc-" + b.who["jonas"].Person
		told, err := b.out.About(ctx, letter)
		if err != nil || told[letter].Kind != tellAnswer {
			t.Errorf("nobody is told of the answer: %v, %v", told, err)
		}
		can, err := b.canAnswer(ctx, "k1", karen)
		if err != nil || len(can) != 0 {
			t.Errorf("who puts it forward can answer: %v, %v", can, err)
		}
		if can, err = b.canAnswer(ctx, "k1", b.who["jonas"]); err != nil || len(can) != 1 || can[0].ID != karen.Person {
			t.Errorf("told are %v, %v", can, err)
		}
		if _, err := (Copies{b.Room}).Copy(ctx, "lindeby", "k1"); fault.Key(err) != "copy.unapproved" {
			t.Errorf("handed over without a yes: %v", err)
		}
		if _, err := b.Get(ctx, "another", "k1"); fault.Key(err) != "copy.unknown" {
			t.Errorf("another controller's: %v", err)
		}
	})
}

func TestADraftIsOfItsSourceAlone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	s := Scope{Cameras: []string{"cam-1"}, From: at, To: at.Add(3 * time.Hour)}
	good := Draft{Camera: "cam-1", From: at, To: at.Add(time.Minute), For: "Ida Holm", Words: "Faldet på trappen ses her."}
	for key, change := range map[string]func(*Draft){
		"": func(*Draft) {}, "copy.camera": func(d *Draft) { d.Camera = "cam-2" }, "copy.interval": func(d *Draft) { d.To = d.From }, "copy.beyond": func(d *Draft) { d.From = at.Add(-time.Second) },
		"copy.long": func(d *Draft) { d.To = at.Add(61 * time.Minute) }, "copy.for": func(d *Draft) { d.For = "" }, "copy.looks": func(d *Draft) { d.Looks = "cpr 010190-1234" }, "copy.words": func(d *Draft) { d.Words = "kort" },
	} {
		d := good
		change(&d)
		if err := d.tidy().check(s, at.Add(5*time.Hour)); fault.Key(err) != key && (err != nil || key != "") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
