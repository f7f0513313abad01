package oversight_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
	"vidne.dk/vidne/internal/verify/command"
	"vidne.dk/vidne/web"
)

// start is a Thursday.
var start = time.Date(2026, 9, 10, 8, 0, 0, 0, time.UTC)

const (
	herning = "herning"
	kadence = "kadence"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room with a municipality and a firm, their people, and what they
// do, written into the ledger as the platform writes it.
type bench struct {
	*oversight.Room
	t      *testing.T
	clk    *clock.Fake
	db     *db.DB
	log    *ledger.Log
	uses   *accesslog.Log
	reg    *register.Register
	cfg    oversight.Config
	mails  *notifytest.Server
	people map[string]identity.Person
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(start), db: d, people: map[string]identity.Person{}, mails: notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", key, b.clk)
	must(t, err)
	b.uses, err = accesslog.Open(ctx, d, b.log, b.clk)
	must(t, err)
	signer, err := permit.NewSigner(key)
	must(t, err)
	is, err := issuer.Open(ctx, d, b.log, signer, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	b.reg, err = register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	rights, err := authorisation.Open(ctx, authorisation.Config{DB: d, Ledger: b.log, Clock: b.clk, Register: b.reg, People: people,
		Terms: func(context.Context, string) (casework.Rights, error) { return casework.Rights{}, nil }})
	must(t, err)
	words, err := page.ReadCatalogue(web.Text())
	must(t, err)
	n, err := notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: b.mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); n.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	b.cfg = oversight.Config{DB: d, Ledger: b.log, Uses: b.uses, Clock: b.clk, People: people, Register: b.reg, Rights: rights, Issuer: is,
		Mail: &notify.Letters{Out: n, BaseURL: "https://vidne.example.dk", Words: func(lang, key string, args ...any) string { return words.Text(page.LangOf(lang), key, args...) }}}
	b.Room, err = oversight.Open(ctx, b.cfg)
	must(t, err)
	b.cast(people)
	must(t, b.Tick(ctx)) // the first period opens
	return b
}

func (b *bench) cast(people *identity.Directory) {
	ctx := b.t.Context()
	for _, c := range []string{herning, kadence} {
		must(b.t, b.reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
		must(b.t, b.reg.AddAdministration(ctx, register.Administration{ID: c + "-boern", Controller: c, Name: "Børn"}, ""))
		must(b.t, b.reg.AddAdministration(ctx, register.Administration{ID: c + "-vej", Controller: c, Name: "Vej"}, ""))
		must(b.t, b.reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Administration: c + "-boern", Name: "Skolen"}, ""))
		must(b.t, b.reg.AddLocation(ctx, register.Location{ID: c + "-gaard", Controller: c, Administration: c + "-vej", Name: "Gården"}, ""))
		must(b.t, b.reg.AddCamera(ctx, register.Camera{ID: c + "-1", Controller: c, Location: c + "-skole", Name: "Indgang", BasisID: "2d", Engine: "e"}, ""))
		must(b.t, b.reg.AddCamera(ctx, register.Camera{ID: c + "-2", Controller: c, Location: c + "-gaard", Name: "Port", BasisID: "2d", Engine: "e"}, ""))
	}
	for _, p := range []struct{ login, name, controller, role string }{
		{"karen", "Karen Holm", herning, "coordinator"}, {"ulla", "Ulla Bak", herning, "coordinator"}, {"mette", "Mette Bro", herning, "dpo"}, {"soeren", "Søren Krogh", herning, "it"},
		{"jonas", "Jonas Lund", herning, "operator"}, {"hanne", "Hanne Juul", herning, "operator"}, {"birthe", "Birthe Kjær", herning, "manager"}, {"amira", "Amira Nielsen", kadence, "coordinator"},
	} {
		a, err := people.Create(ctx, identity.NewAccount{Login: p.login, Name: p.name, Controller: p.controller, Roles: []string{p.role}, Email: p.login + "@example.dk", Password: "en lang sætning om ænder"}, "")
		must(b.t, err)
		b.people[p.login] = a
	}
	must(b.t, b.reg.Hold(ctx, register.Holder{ID: "h1", Controller: herning, Body: "manager", Location: "herning-skole", Person: b.people["birthe"].ID, Name: "Birthe Kjær", By: "test"}))
}

func (b *bench) who(login string) oversight.Who {
	p := b.people[login]
	return oversight.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.7"}
}

// does writes what a person does into the ledger, now.
func (b *bench) does(login, kind string, more map[string]any) int64 {
	b.t.Helper()
	p := b.people[login]
	body := map[string]any{"controller": p.Controller, "person": p.ID, "name": p.Name, "address": "192.0.2.7"}
	for k, v := range more {
		body[k] = v
	}
	var index int64
	must(b.t, b.db.Write(b.t.Context(), func(tx *db.Tx) (err error) {
		index, err = b.log.Append(b.t.Context(), tx, b.clk.Now(), kind, body)
		return err
	}))
	return index
}

func (b *bench) looks(login, camera, matter string) int64 {
	return b.does(login, "view.opened", map[string]any{"camera": camera, "location": strings.TrimSuffix(strings.TrimSuffix(camera, "1"), "2") + map[bool]string{true: "skole", false: "gaard"}[strings.HasSuffix(camera, "1")],
		"purpose": "Rude knust", "reference": matter, "from": b.clk.Now().Add(-30 * time.Hour), "to": b.clk.Now().Add(-29 * time.Hour)})
}

func (b *bench) tick() {
	b.t.Helper()
	must(b.t, b.Tick(b.t.Context()))
}

// to goes on to a moment, and ticks.
func (b *bench) to(at time.Time) {
	b.t.Helper()
	b.clk.Advance(at.Sub(b.clk.Now()))
	b.tick()
}

// closed has the open period of herning closed and drawn of.
func (b *bench) closed() (oversight.Period, []oversight.Item) {
	b.t.Helper()
	ps, err := b.Periods(b.t.Context(), herning)
	must(b.t, err)
	open := ps[0]
	b.to(open.Ends)
	p, err := b.Period(b.t.Context(), herning, open.ID)
	must(b.t, err)
	items, err := b.Of(b.t.Context(), herning, open.ID)
	must(b.t, err)
	if p.Drawn.IsZero() {
		b.t.Fatal("nothing is drawn")
	}
	return p, items
}

// extract is the ledger as an outsider gets it.
func (b *bench) extract(show func(*ledger.Entry) bool) ([]byte, []verify.Key) {
	b.t.Helper()
	ctx := b.t.Context()
	_, err := b.log.Checkpoint(ctx)
	must(b.t, err)
	size, err := b.log.Size(ctx)
	must(b.t, err)
	var out bytes.Buffer
	must(b.t, b.log.ExtractSome(ctx, 0, size, &out, show))
	_, key := b.log.Public()
	k, err := verify.ParseKey(key)
	must(b.t, err)
	return out.Bytes(), []verify.Key{k}
}

func ofIndex(items []oversight.Item, index int64) (oversight.Item, bool) {
	for _, i := range items {
		if i.Index == index {
			return i, true
		}
	}
	return oversight.Item{}, false
}

// A period is drawn of after it closed, by what was committed before, and
// somebody who has nothing but the ledger and another program draws the same.
func TestAnOutsiderDrawsTheSame(t *testing.T) {
	req.Shows(t, "LOG-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ps, err := b.Periods(t.Context(), herning)
		must(t, err)
		if len(ps) != 1 || ps[0].Commitment == "" || ps[0].Secret != nil || ps[0].Ends != time.Date(2026, 9, 13, 22, 0, 0, 0, time.UTC) {
			t.Fatalf("the first period is %+v", ps)
		}
		for week := range 4 {
			for i := range 60 {
				b.clk.Advance(20 * time.Minute)
				b.looks([]string{"jonas", "hanne"}[i%2], []string{"herning-1", "herning-2"}[i%3%2], "H-2026-001")
				b.does("karen", "data.read", map[string]any{"path": fmt.Sprint("/sager/", i)})
				b.looks("amira", "kadence-1", "H-2026-002")
			}
			if week == 2 {
				b.does("birthe", "data.read", map[string]any{"path": "/haendelser"})
			}
			p, items := b.closed()
			f := p.Figures()
			if f.Uses < 100 || len(items) == 0 || p.Seed == "" || len(p.Secret) != 32 {
				t.Fatalf("week %d: %+v of %d items", week, f, len(items))
			}
		}
		for draws, show := range map[int]func(*ledger.Entry) bool{
			8: nil,
			4: func(e *ledger.Entry) bool { return strings.Contains(string(e.Body), `"controller":"herning"`) }, // as a controller's own people get it
		} {
			raw, keys := b.extract(show)
			report, err := verify.Draws(bytes.NewReader(raw), keys)
			must(t, err)
			var text strings.Builder
			must(t, report.Text(&text, verify.English))
			if !report.OK() || strings.Count(text.String(), "was drawn again") != draws {
				t.Fatalf("%d draws: %s", draws, text.String())
			}
			file := filepath.Join(t.TempDir(), "log.vidnelog")
			must(t, os.WriteFile(file, raw, 0o600))
			_, key := b.log.Public()
			var out, wrong strings.Builder
			if code := command.Main("vidne-verify", []string{"draw", "--key", key, file}, &out, &wrong); code != command.Good || !strings.Contains(out.String(), "er trukket igen") {
				t.Errorf("vidne-verify ends with %d: %s%s", code, out.String(), wrong.String())
			}
		}
		// The last week of September is the last of its quarter, and Birthe read
		// one page in it.
		ps, err = b.Periods(t.Context(), herning)
		must(t, err)
		seen := map[string]bool{}
		for _, p := range ps {
			items, err := b.Of(t.Context(), herning, p.ID)
			must(t, err)
			for _, i := range items {
				if p.Quarter == "2026-Q3" {
					seen[i.Name] = true
				}
			}
		}
		for _, name := range []string{"Jonas Lund", "Hanne Juul", "Karen Holm", "Birthe Kjær"} {
			if !seen[name] {
				t.Errorf("nothing of %s is drawn in the quarter", name)
			}
		}
	})
}
