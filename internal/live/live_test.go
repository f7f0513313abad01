package live_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

const words = "En mand truer folk med kniv i gården, og politiet er på vej."

// bench is the room with what it stands on: a school with three cameras, a
// yard with one, and another controller.
type bench struct {
	*live.Room
	clk      *clock.Fake
	log      *ledger.Log
	fails    bool
	terms    casework.Live
	sent     [][]byte // statements that reached the engine
	mails    *notifytest.Server
	notify   *notify.Notifier
	people   map[string]identity.Person
	accounts *identity.Directory
}

// terms are those of a controller that opens the extraordinary and not the rest.
func terms() casework.Live {
	return casework.Live{Allow: casework.LiveExtraordinary, Minutes: 15, Longest: 60, ChecksADay: 2,
		Reasons: []casework.LiveReason{{ID: "danger", Alone: true}, {ID: "fire"}}, Checks: []casework.LiveReason{{ID: "technician"}}}
}

func (b *bench) Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error) {
	if b.fails {
		return 0, errors.New("the ledger is full")
	}
	return b.log.Append(ctx, tx, at, kind, body)
}

func must(t interface {
	Helper()
	Fatal(...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{clk: clock.NewFake(start), terms: terms(), people: map[string]identity.Person{}}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", key, b.clk)
	must(t, err)
	signer, err := permit.NewSigner(key)
	must(t, err)
	iss, err := issuer.Open(ctx, d, b.log, signer, b.clk, func(_ context.Context, _ string, signed []byte) error {
		b.sent = append(b.sent, signed)
		return nil
	})
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	b.mails = notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.notify, err = notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: b.mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	for _, c := range []string{"lindeby", "kadence"} {
		must(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Name: "Skolen"}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-gaard", Controller: c, Name: "Gården"}, ""))
		for i := range 3 {
			must(t, reg.AddCamera(ctx, register.Camera{ID: fmt.Sprintf("%s-%d", c, i), Controller: c, Location: c + "-skole", Name: "Kamera", Make: "Vidne", Model: "x", Place: "gang", Mounting: "Loft", Direction: "Nord", Purpose: "Hærværk", Basis: "§ 2 d", Engine: "engine-1"}, ""))
		}
		must(t, reg.AddCamera(ctx, register.Camera{ID: c + "-g", Controller: c, Location: c + "-gaard", Name: "Porten", Make: "Vidne", Model: "x", Place: "port", Mounting: "Mast", Direction: "Nord", Purpose: "Hærværk", Basis: "§ 2 d", Engine: "engine-1"}, ""))
	}
	for login, role := range map[string]string{"jonas": "operator", "birthe": "manager", "karen": "coordinator", "mette": "dpo", "soeren": "it", "poul": "manager"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: "lindeby", Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
		b.people[login] = p
	}
	b.accounts = people
	must(t, reg.Hold(ctx, register.Holder{ID: "h-1", Controller: "lindeby", Body: "manager", Location: "lindeby-skole", Person: b.people["birthe"].ID, Name: "Birthe"}))
	b.Room, err = live.Open(ctx, live.Config{DB: d, Ledger: b, Clock: b.clk, Issuer: iss, Register: reg, Engine: "engine-1",
		People: people, Terms: func(context.Context, string) (casework.Live, error) { return b.terms, nil },
		Mail: &notify.Letters{Out: b.notify, BaseURL: "https://vidne.example.dk",
			Words: func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}})
	must(t, err)
	return b
}

func (b *bench) who(login string) live.Who {
	p := b.people[login]
	return live.Who{Controller: "lindeby", Person: p.ID, Name: p.Name, Address: "192.0.2.1", Session: "s-" + login}
}

func wish() live.Wish {
	return live.Wish{Location: "lindeby-skole", Cameras: []string{"lindeby-1", "lindeby-0"}, Reason: "danger", Words: words, Minutes: 15}
}

func (b *bench) approved(t *testing.T) live.Request {
	t.Helper()
	q, err := b.Ask(t.Context(), wish(), b.who("jonas"))
	must(t, err)
	q, err = b.Decide(t.Context(), q.ID, true, "", q.Seal(), b.who("birthe"))
	must(t, err)
	return q
}

func TestLiveViewTakesTwo(t *testing.T) {
	req.Shows(t, "VIEW-2", "ID-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		q, err := b.Ask(ctx, wish(), b.who("jonas"))
		must(t, err)
		if q.Number != "D-2026-001" || q.State(b.clk.Now()) != live.Asked {
			t.Fatalf("%+v", q)
		}
		refused := func(key string, err error) {
			t.Helper()
			if fault.Key(err) != key {
				t.Errorf("%v, not %s", err, key)
			}
		}
		_, err = b.Begin(ctx, q.ID, b.who("jonas"))
		refused("live.state.asked", err)
		_, err = b.Decide(ctx, q.ID, true, "", q.Seal(), b.who("jonas"))
		refused("live.own", err)
		for _, login := range []string{"mette", "poul", "soeren"} { // of no say here
			_, err = b.Decide(ctx, q.ID, true, "", q.Seal(), b.who(login))
			refused("live.answerer", err)
		}
		_, err = b.End(ctx, q.ID, b.who("poul"))
		refused("live.answerer", err)
		twin := b.who("birthe")
		twin.Name = "  jonas "
		_, err = b.Decide(ctx, q.ID, true, "", q.Seal(), twin)
		refused("live.own", err)
		other := q
		other.Minutes = 60
		_, err = b.Decide(ctx, q.ID, true, "", other.Seal(), b.who("birthe"))
		refused("live.changed", err)
		_, err = b.Decide(ctx, q.ID, false, "Nej", q.Seal(), b.who("birthe"))
		refused("live.answer", err)
		stranger := live.Who{Controller: "kadence", Person: "amira", Name: "Amira"}
		_, err = b.Decide(ctx, q.ID, true, "", q.Seal(), stranger)
		refused("live.unknown", err)
		_, err = b.Get(ctx, "kadence", q.ID)
		refused("live.unknown", err)
		_, err = b.Decide(ctx, q.ID, true, "", q.Seal(), b.who("birthe"))
		must(t, err)
		_, err = b.Decide(ctx, q.ID, false, strings.Repeat("nej ", 9), q.Seal(), b.who("karen"))
		refused("live.answered", err)
		_, err = b.Begin(ctx, q.ID, b.who("birthe"))
		refused("live.person", err)
		q, err = b.Begin(ctx, q.ID, b.who("jonas"))
		must(t, err)
		_, err = b.Begin(ctx, q.ID, b.who("jonas"))
		refused("live.state.running", err)

		// The statement is for exactly that.
		signed, err := permit.DecodeSigned(q.Ticket)
		must(t, err)
		s, err := signed.Read()
		must(t, err)
		l, ok := s.(*permit.Live)
		if !ok || l.Person != b.people["jonas"].ID || l.Approver != b.people["birthe"].ID || l.Case != q.Number || !l.Expires.Equal(start.Add(15*time.Minute)) ||
			strings.Join(l.Cameras, " ") != "lindeby-0 lindeby-1" || l.Text != "Jonas" {
			t.Errorf("%+v", s)
		}
		b.clk.Advance(5 * time.Minute)
		q, err = b.End(ctx, q.ID, b.who("birthe"))
		must(t, err)
		if q.State(b.clk.Now()) != live.Over || !q.Stopped(b.clk.Now()).Equal(start.Add(5*time.Minute)) {
			t.Errorf("%+v", q)
		}
		all, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"live.asked", "live.approved", "live.begun", "live.ended"}})
		must(t, err)
		if len(all) != 4 {
			t.Errorf("%d entries", len(all))
		}
		for _, e := range all {
			var body map[string]any
			must(t, json.Unmarshal(e.Body, &body))
			for _, k := range []string{"controller", "number", "cameras", "person", "name", "address"} {
				if body[k] == nil {
					t.Errorf("%s says nothing of %s", e.Kind, k)
				}
			}
		}
	})
}

func TestWhoAnswersForThePlaceIsToldAtTheStart(t *testing.T) {
	req.Shows(t, "VIEW-2")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	q := b.approved(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.notify.Run(ctx) }()
	defer func() { stop(); <-done }()
	_, err := b.Begin(t.Context(), q.ID, b.who("jonas"))
	must(t, err)
	to := ""
	for range 5 { // two that somebody waits, one that it was answered, two that it begins
		select {
		case <-b.mails.Seen:
		case <-time.After(20 * time.Second):
			t.Fatal("no mail came")
		}
	}
	for _, m := range b.mails.Taken() {
		if strings.Contains(m.Subject, "begun") {
			to += m.To
		}
		for _, secret := range []string{"Jonas", "Skolen", "kniv", "lindeby-1"} {
			if strings.Contains(m.Subject+m.Text, secret) {
				t.Errorf("the mail says %q: %s", secret, m.Text)
			}
		}
	}
	if !strings.Contains(to, "birthe@") || !strings.Contains(to, "mette@") || strings.Contains(to, "jonas@") || strings.Contains(to, "soeren@") || strings.Contains(to, "poul@") {
		t.Errorf("mails to %s", to)
	}
}

func TestAYesIsUsedSoonAndEndsByItself(t *testing.T) {
	req.Shows(t, "VIEW-2")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	q, err := b.Ask(ctx, wish(), b.who("jonas"))
	must(t, err)
	b.clk.Advance(live.AnswerWithin)
	if _, err := b.Decide(ctx, q.ID, true, "", q.Seal(), b.who("birthe")); fault.Key(err) != "live.answered" {
		t.Errorf("answered too late: %v", err)
	}
	q = b.approved(t)
	b.clk.Advance(live.BeginWithin)
	if _, err := b.Begin(ctx, q.ID, b.who("jonas")); fault.Key(err) != "live.state.lapsed" {
		t.Errorf("begun too late: %v", err)
	}
	q = b.approved(t)
	q, err = b.Begin(ctx, q.ID, b.who("jonas"))
	must(t, err)
	b.clk.Advance(15*time.Minute - time.Second)
	if q.State(b.clk.Now()) != live.Running {
		t.Error("it ended early")
	}
	b.clk.Advance(time.Second)
	if q.State(b.clk.Now()) != live.Over {
		t.Error("it goes on")
	}
	// Without a note there is no next time; with it there is.
	b.clk.Advance(live.NoteWithin - time.Second)
	must(t, b.May(ctx, b.who("jonas")))
	b.clk.Advance(time.Second)
	if _, err := b.Ask(ctx, wish(), b.who("jonas")); fault.Key(err) != "live.owes" {
		t.Errorf("asked again without a note: %v", err)
	}
	must(t, b.May(ctx, b.who("birthe")))
	owed, err := b.Owed(ctx, "lindeby", b.people["jonas"].ID)
	must(t, err)
	if len(owed) != 1 || owed[0].ID != q.ID {
		t.Errorf("%+v", owed)
	}
	if _, err := b.Note(ctx, q.ID, "kort", b.who("jonas")); fault.Key(err) != "live.note.short" {
		t.Error(err)
	}
	if _, err := b.Note(ctx, q.ID, words, b.who("birthe")); fault.Key(err) != "live.person" {
		t.Error(err)
	}
	_, err = b.Note(ctx, q.ID, words, b.who("jonas"))
	must(t, err)
	_, err = b.Ask(ctx, wish(), b.who("jonas"))
	must(t, err)
}

func TestWhatCannotBeAsked(t *testing.T) {
	req.Shows(t, "VIEW-2")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	for key, f := range map[string]func(*live.Wish){
		"live.reason":    func(w *live.Wish) { w.Reason = "curious" },
		"live.words":     func(w *live.Wish) { w.Words = " tryghed                         " },
		"live.minutes":   func(w *live.Wish) { w.Minutes = live.Longest + 1 },
		"live.cameras":   func(w *live.Wish) { w.Cameras = []string{"lindeby-0", "lindeby-g"} },
		"camera.unknown": func(w *live.Wish) { w.Cameras = []string{"kadence-0"} },
	} {
		w := wish()
		f(&w)
		if _, err := b.Ask(t.Context(), w, b.who("jonas")); fault.Key(err) != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	b.terms = casework.Live{Allow: casework.LiveNever}
	if _, err := b.Ask(t.Context(), wish(), b.who("jonas")); fault.Key(err) != "live.forbidden" {
		t.Errorf("the process allows none: %v", err)
	}
}

func TestWhatIsNotLoggedDidNotHappen(t *testing.T) {
	req.Shows(t, "LOG-1")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	q := b.approved(t)
	b.fails = true
	if _, err := b.Begin(t.Context(), q.ID, b.who("jonas")); err == nil {
		t.Fatal("it began without an entry")
	}
	b.fails = false
	if q, _ = b.Get(t.Context(), "lindeby", q.ID); q.State(b.clk.Now()) != live.Approved || q.Ticket != nil {
		t.Errorf("%+v", q)
	}
}
