package disclosure_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

// The kit's cameras, and one that the police alone get footage of.
var (
	classes = map[string]permit.Class{"a": permit.ClassCrime, "b": permit.ClassSafety, "trussel": permit.ClassCrime}
	bases   = map[string]string{"a": "2d", "b": "2c", "trussel": "2-4"}
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clip is footage of a clip; what an engine would know of it is little.
type clip struct {
	*evidencetest.Source
	known  *evidence.Order
	orders disclosure.Orders
	begun  func(ctx context.Context, camera string) // nil: nothing
}

func (c *clip) Facts(ctx context.Context, o *evidence.Order) error {
	for i := range o.Originals {
		a := &o.Originals[i]
		if _, err := c.orders(ctx, a.Camera.ID, a.From, a.To); err != nil {
			return err
		}
		a.Mask = "none"
		for _, k := range c.known.Originals {
			if k.Camera.ID == a.Camera.ID {
				a.Segments, a.Stretch = k.Segments, k.Stretch
			}
		}
		if c.begun != nil {
			c.begun(ctx, a.Camera.ID)
		}
	}
	o.Logs = append(o.Logs, c.known.Logs...)
	return ctx.Err()
}

// bench is the room with what it stands on, and people around a school.
type bench struct {
	*disclosure.Room
	t      *testing.T
	kit    *evidencetest.Kit
	clk    *clock.Fake
	db     *db.DB
	log    *ledger.Log
	said   bytes.Buffer // what is logged
	issuer *issuer.Issuer
	of     *incident.Room
	locks  *hold.Room
	papers *document.Room
	people map[string]identity.Person
	src    *clip
	config disclosure.Config
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	kit := evidencetest.New(t)
	b := &bench{t: t, kit: kit, clk: kit.Clock, db: d, people: map[string]identity.Person{}, src: &clip{Source: kit.Source, known: kit.Order}}
	b.clk.SetWall(evidencetest.Start.Add(-day))
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	signer, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	b.issuer, err = issuer.Open(ctx, d, b.log, signer, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.log, Clock: b.clk})
	must(t, err)
	b.of, err = incident.Open(ctx, incident.Config{DB: d, Ledger: b.log, Clock: b.clk, Grants: grants, Register: reg, Issuer: b.issuer, Law: book})
	must(t, err)
	b.papers, err = document.Open(ctx, document.Config{DB: d, Ledger: b.log, Clock: b.clk, Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	must(t, reg.AddController(ctx, register.Controller{ID: "lindeby", Name: "Lindeby Kommune", Kind: register.Municipality}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: "lindeby", Name: "Skolen", Address: "Skolevej 1"}, ""))
	for id, class := range classes {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: "lindeby", Location: "skole", Name: "Kamera " + id, BasisID: bases[id], Basis: "§ " + bases[id], Engine: "engine-1"}, ""))
		h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
		for i := range h.Week {
			h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
		}
		p := &permit.Permit{Head: permit.Head{Controller: "lindeby", Engine: "engine-1", By: "p"}, Camera: id, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: class,
			Basis: "x", Case: "2026-001", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "x"}
		if class != permit.ClassCrime {
			p.LongestHoldHours = 720
		}
		_, err := b.issuer.Issue(ctx, nil, p)
		must(t, err)
	}
	for login, role := range map[string]string{"jonas": "operator", "birthe": "manager", "karen": "coordinator", "poul": "manager"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: "lindeby", Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
		b.people[login] = p
	}
	must(t, reg.Hold(ctx, register.Holder{ID: "h-1", Controller: "lindeby", Body: "manager", Location: "skole", Person: b.people["birthe"].ID, Name: "Birthe"}))
	b.locks, err = hold.Open(ctx, hold.Config{DB: d, Ledger: b.log, Clock: b.clk, Incidents: b.of, Issuer: b.issuer, Register: reg, People: people, Law: book, Engine: "engine-1",
		Process: func(context.Context, string) (casework.Holds, error) {
			return casework.Holds{Copy: casework.CopyAlways}, nil
		}})
	must(t, err)
	b.config = disclosure.Config{DB: d, Ledger: b.log, Clock: b.clk, Incidents: b.of, Holds: b.locks, Issuer: b.issuer, Register: reg, People: people, Law: book, Documents: b.papers,
		Engine: "engine-1", Log: slog.New(slog.NewTextHandler(&b.said, nil)), Packages: disclosure.Packages{
			Maker: kit.Maker, Sender: kit.Order.Controller, Keep: 30 * day, Software: "vidne test",
			Source: func(o disclosure.Orders) disclosure.Source { b.src.orders = o; return b.src },
			Words:  func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}}
	b.open()
	b.clk.Advance(day + 2*time.Hour)
	return b
}

// open opens the room, as a program that starts does.
func (b *bench) open() {
	b.t.Helper()
	var err error
	b.Room, err = disclosure.Open(b.t.Context(), b.config)
	must(b.t, err)
}

func (b *bench) who(login string) disclosure.Who {
	p := b.people[login]
	return disclosure.Who{Controller: p.Controller, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
}

// incident is one with crime established, that names all cameras; ready says
// that everything is in order for the police.
func (b *bench) incident(ready bool) incident.Incident {
	b.t.Helper()
	ctx, who := b.t.Context(), incident.Who(b.who("jonas"))
	from, to := evidencetest.Start, evidencetest.Start.Add(10*time.Minute)
	i, err := b.of.Begin(ctx, "skole", incident.Account{What: "Rude knust ved indgangen", From: from, To: to}, who)
	must(b.t, err)
	_, err = b.of.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet"}, who)
	must(b.t, err)
	i, err = b.of.Name(ctx, i.ID, incident.Wish{Need: "Politiet skal vide hvornår", Cameras: []string{"a", "b", "trussel"}, From: from, To: to}, who)
	must(b.t, err)
	if ready {
		_, err = b.of.SayMinors(ctx, i.ID, false, time.Time{}, "", who)
		must(b.t, err)
		i, err = b.of.Consult(ctx, i.ID, incident.Consultation{Done: incident.Done{Words: "Vi er enige om det"}, With: "Skolelederen", On: b.clk.Now()}, who)
		must(b.t, err)
	}
	return i
}

// draft is one to the police.
func (b *bench) draft(i incident.Incident) disclosure.Draft {
	return disclosure.Draft{Kind: disclosure.ToPolice, Incident: i.ID, Cameras: []string{"a"}, From: evidencetest.Start, To: evidencetest.Start.Add(5 * time.Minute),
		Journal: "4100-70121-00417-26", Recipient: disclosure.Recipient{Name: "pa. Ørsted", Authority: "Midt- og Vestjyllands Politi", Phone: "114"}, Words: "Ruden bliver knust i de minutter"}
}

// paper is a document that is kept already.
func (b *bench) paper() string {
	b.t.Helper()
	d, err := b.papers.Add(b.t.Context(), document.New{Controller: "lindeby", Kind: "disclosure", Name: "samtykke.txt", By: "p"}, strings.NewReader("Jeg siger ja.\n"))
	must(b.t, err)
	return d.ID
}

// approved is one that waits for its package.
func (b *bench) approved(x disclosure.Draft) disclosure.Disclosure {
	b.t.Helper()
	d, err := b.Open(b.t.Context(), x, b.who("jonas"))
	must(b.t, err)
	d, err = b.Decide(b.t.Context(), d.ID, true, "", d.Seal(), b.who("birthe"))
	must(b.t, err)
	return d
}

// next makes the next package.
func (b *bench) next(id string) disclosure.Disclosure {
	b.t.Helper()
	made, err := b.Next(b.t.Context())
	must(b.t, err)
	if !made {
		b.t.Fatal("nothing waits")
	}
	return b.get(id)
}

func (b *bench) get(id string) disclosure.Disclosure {
	b.t.Helper()
	d, err := b.Get(b.t.Context(), "lindeby", id)
	must(b.t, err)
	return d
}

func (b *bench) is(d disclosure.Disclosure, want disclosure.State) {
	b.t.Helper()
	if s := d.State(b.clk.Now()); s != want {
		b.t.Errorf("%s is %s, not %s: %+v", d.Number, s, want, d.Job)
	}
}

func (b *bench) refused(key string, err error) {
	b.t.Helper()
	if err == nil && key != "" || err != nil && fault.Key(err) != key {
		b.t.Errorf("%v, not %s", err, key)
	}
}

func (b *bench) entries(kind string) (out []map[string]any) {
	b.t.Helper()
	all, err := b.log.Find(b.t.Context(), ledger.Filter{Kinds: []string{kind}})
	must(b.t, err)
	for _, e := range all {
		var m map[string]any
		must(b.t, json.Unmarshal(e.Body, &m))
		out = append(out, m)
	}
	return out
}

// packages are the folders that are there.
func (b *bench) packages() (out []string) {
	b.t.Helper()
	list, err := os.ReadDir(b.kit.Maker.Dir)
	must(b.t, err)
	for _, e := range list {
		out = append(out, e.Name())
	}
	slices.Sort(out)
	return out
}

func (b *bench) receipt() disclosure.Receipt {
	return disclosure.Receipt{Medium: "usb", Serial: "SN 4711", To: "pa. Ørsted", Badge: "1234", On: b.clk.Now(), Way: "phone", WayTo: "114", WayBy: "Jonas"}
}

func envelopeOf(d disclosure.Disclosure) string { return "BEVIS-" + d.Package().ID + ".zip" }

func (b *bench) path(d disclosure.Disclosure) string {
	return filepath.Join(b.kit.Maker.Dir, d.Package().ID, envelopeOf(d))
}
