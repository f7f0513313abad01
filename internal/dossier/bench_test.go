package dossier_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/lawdata"
	"vidne.dk/vidne/processes"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	herning = "herning"
	kadence = "kadence"
	day     = 24 * time.Hour
)

var hanne = dossier.Who{Person: "p-hanne", Name: "Hanne Holm"}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newBook() *permit.Book { return new(permit.Book) }

func signer(t testing.TB) permit.Signer {
	t.Helper()
	s, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	must(t, err)
	return s
}

// engine is the receiving end: the real keyring and book.
type engine struct {
	mu   sync.Mutex
	clk  clock.Clock
	ring *permit.Keyring
	book *permit.Book
	errs []error
	away bool
}

func (e *engine) deliver(_ context.Context, _ string, signed []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.away {
		return fault.New(fault.Unavailable, "engine.away", "away")
	}
	_, _, err := e.book.Receive(e.ring, signed, e.clk.Now())
	if err != nil {
		e.errs = append(e.errs, err)
	}
	return err
}

// Permit is what the book says of a camera, as the engine tells it.
func (e *engine) Permit(_ context.Context, camera string) (engineapi.InForce, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.away {
		return engineapi.InForce{}, fault.New(fault.Unavailable, "engine.away", "away")
	}
	v := e.book.Covers(camera, "main", e.clk.Now())
	return engineapi.InForce{Permit: v.Permit, Covers: v.OK}, nil
}

type bench struct {
	*dossier.Room
	t         testing.TB
	db        *db.DB
	clk       *clock.Fake
	ledger    *ledger.Log
	engine    *engine
	register  *register.Register
	documents *document.Room
	issuer    *issuer.Issuer
	herning   *dossiertest.Player
	kadence   *dossiertest.Player
}

func set(t testing.TB, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, db: d, clk: clock.NewFake(start)}
	var err error
	b.ledger, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	ring, err := permit.NewKeyring("engine-1", signer(t).Public(start))
	must(t, err)
	b.engine = &engine{clk: b.clk, ring: ring, book: new(permit.Book)}
	b.issuer, err = issuer.Open(ctx, d, b.ledger, signer(t), b.clk, b.engine.deliver)
	must(t, err)
	b.register, err = register.Open(ctx, d, b.ledger, b.clk)
	must(t, err)
	b.documents, err = document.Open(ctx, document.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Dir: t.TempDir()})
	must(t, err)
	drawings, err := drawing.Open(ctx, drawing.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Documents: b.documents})
	must(t, err)
	rules, err := law.Read(lawdata.Files())
	must(t, err)
	library, err := casework.Read(processes.Files())
	must(t, err)
	b.Room, err = dossier.Open(ctx, dossier.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Issuer: b.issuer, Register: b.register, Documents: b.documents,
		Drawings: drawings, Law: rules, Processes: library, Engine: b.engine, EngineID: "engine-1"})
	must(t, err)
	b.people()
	return b
}

// people enters two controllers with places, cameras and somebody for each
// body.
func (b *bench) people() {
	ctx, r := b.t.Context(), b.register
	must(b.t, r.AddController(ctx, register.Controller{ID: herning, Name: "Herning Kommune", Kind: register.Municipality, PolcamDays: 14}, "test"))
	must(b.t, r.AddController(ctx, register.Controller{ID: kadence, Name: "Kadence Fitness ApS", Kind: register.Business, PolcamDays: 14}, "test"))
	must(b.t, r.AddAdministration(ctx, register.Administration{ID: "boern", Controller: herning, Name: "Børn og Unge"}, "test"))
	must(b.t, r.AddAdministration(ctx, register.Administration{ID: "teknik", Controller: herning, Name: "Teknik"}, "test"))
	for _, l := range []register.Location{
		{ID: "skole", Controller: herning, Administration: "boern", Name: "Skolen", Address: "Skolevej 1", Cadastre: "1a"},
		{ID: "gaard", Controller: herning, Administration: "teknik", Name: "Materielgården", Address: "Industrivej 2", Cadastre: "2b"},
		{ID: "havnen", Controller: kadence, Name: "Kadence Havnen", Address: "Havnegade 12", Cadastre: "3c"},
	} {
		must(b.t, r.AddLocation(ctx, l, "test"))
	}
	for _, c := range [][3]string{{"skole-1", herning, "skole"}, {"skole-2", herning, "skole"}, {"skole-3", herning, "skole"}, {"gaard-1", herning, "gaard"}, {"sal-1", kadence, "havnen"}} {
		must(b.t, r.AddCamera(ctx, register.Camera{ID: c[0], Controller: c[1], Location: c[2], Name: c[0], Engine: "engine-1"}, "test"))
	}
	b.herning = b.cast(herning, []string{"it", "risk", "dpo", "buildings", "administration", "director", "committee", "manager"})
	b.herning.Cast["applicant"] = hanne
	for _, w := range []dossier.Who{ole, b.herning.Cast["dpo"]} { // colleagues who write with her
		must(b.t, r.Hold(ctx, register.Holder{ID: w.Person + "-writes", Controller: herning, Body: "applicant", Person: w.Person, Name: w.Name, By: "test"}))
	}
	b.kadence = b.cast(kadence, []string{"manager", "protection", "it", "owner"})
	b.kadence.Cast["applicant"] = dossier.Who{Person: "p-amira", Name: "Amira Nielsen"}
}

func (b *bench) cast(controller string, bodies []string) *dossiertest.Player {
	p := &dossiertest.Player{Room: b.Room, Register: b.register, Clock: b.clk, Controller: controller, Cast: map[string]dossier.Who{}, Pass: b.clk.Advance}
	for _, body := range bodies {
		w := dossier.Who{Person: "p-" + controller + "-" + body, Name: body}
		p.Cast[body] = w
		must(b.t, b.register.Hold(b.t.Context(), register.Holder{ID: controller + "-" + body, Controller: controller, Body: body, Person: w.Person, Name: w.Name, By: "test"}))
	}
	return p
}

// said is what an application must say for the law to have nothing against it.
func said() map[string]string {
	return map[string]string{
		"purpose.text": "Forebygge og opklare hærværk og indbrud på stedet uden for åbningstiden.", "purpose.kind": "crime",
		"necessity": "Der har været fire indbrud og gentaget hærværk på et år, og stedet er et kendt mål for organiserede tyve.",
		"incidents": "ja", "retention.days": "14", "retention.reason": "Skader opdages ofte først efter en ferieuge.",
		"retention.longer": "Skader opdages ofte først efter en ferieuge.", "screening.reason": "Omfanget er lille, og ingen af kriterierne er opfyldt.",
		"tried": "ja", "contact-person": "ja", "hours.open": "no",
	}
}

// wanted is one camera of an application.
func wanted(id, location, cadastre, place, basis string, rules law.Rules, kind, activity string) casework.Wanted {
	w := casework.Wanted{Camera: id, Name: id, Location: location, Cadastre: cadastre, Place: place, Purpose: "Forebygge og opklare hærværk og indbrud", PurposeKind: "crime",
		Basis: basis, Activity: activity, Pattern: "uden", Recording: true, Functionality: "Dag og nat", Quality: "1080p, 12 billeder i sekundet", Storage: "Central optager",
		Mounting: "Over døren, 3 m", Direction: "Mod indgangen"}
	all, _ := rules.Candidates(law.Situation{Controller: kind, Activity: activity, Place: place, Purpose: "crime", Recording: true})
	for _, c := range all {
		if c.Basis.ID != basis {
			continue
		}
		for _, x := range c.Conditions {
			w.Affirmed = append(w.Affirmed, x.ID)
		}
	}
	return w
}

// apply opens a case of Herning's and writes its application.
func (b *bench) apply(cameras ...string) string {
	b.t.Helper()
	w := b.Law.At(b.clk.Now())
	var list []casework.Wanted
	for _, c := range cameras {
		list = append(list, wanted(c, "skole", "1a", "own-entrance", "2d", w, "municipality", "school"))
	}
	return b.write(b.herning, hanne, "Skolen", list, "skole")
}

func (b *bench) fitness() string {
	b.t.Helper()
	w := wanted("sal-1", "havnen", "3c", "members-room", "gdpr-6-1-f", b.Law.At(b.clk.Now()), "business", "")
	return b.write(b.kadence, b.kadence.Cast["applicant"], "Havnen", []casework.Wanted{w}, "havnen")
}

func (b *bench) write(p *dossiertest.Player, who dossier.Who, title string, list []casework.Wanted, locations ...string) string {
	b.t.Helper()
	ctx := b.t.Context()
	c, err := b.Begin(ctx, dossier.New{Controller: p.Controller, Title: title, Locations: locations}, who)
	must(b.t, err)
	_, process, err := b.Get(ctx, p.Controller, c.ID)
	must(b.t, err)
	hours := []casework.Pattern{{ID: "uden", Name: "Uden for åbningstid", Hours: dossiertest.Hours("18:00", "06:00")}}
	frame := casework.Pattern{ID: "ramme", Name: "Ydre ramme", Hours: dossiertest.Hours("00:00", "24:00")}
	_, err = b.SaveDraft(ctx, p.Controller, c.ID, dossier.Edit{Base: 1, Answers: dossiertest.Answers(process, said(), b.clk.Now()), Cameras: &list, Hours: &hours, Frame: &frame}, who)
	must(b.t, err)
	return c.ID
}

// deliver lets the issuer send all that waits.
func (b *bench) deliver() {
	b.t.Helper()
	b.deliverUntil(func() bool { return true })
}

// deliverUntil goes on until something is so: leases, which nothing waits for.
func (b *bench) deliverUntil(so func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.issuer.Run(ctx)
	}()
	limit := time.Now().Add(20 * time.Second)
	for {
		left, err := b.issuer.Records(b.t.Context(), issuer.Filter{States: []string{issuer.Waiting}})
		if err != nil || len(left) == 0 && so() || time.Now().After(limit) {
			cancel()
			<-done
			must(b.t, err)
			if len(left) > 0 {
				b.t.Fatalf("%d statements were not delivered: %s", len(left), left[0].Detail)
			}
			return
		}
		<-time.After(5 * time.Millisecond)
	}
}

// may asks the engine's book whether a camera may record now, and at 22.00.
func (b *bench) may(camera string) bool {
	b.engine.mu.Lock()
	defer b.engine.mu.Unlock()
	now := b.clk.Now()
	tonight := time.Date(now.Year(), now.Month(), now.Day(), 20, 30, 0, 0, time.UTC)
	return b.engine.book.Covers(camera, "main", tonight).OK
}

// why is all that refuses an act.
func why(err error) (keys []string) {
	var r *casework.Refusal
	if errors.As(err, &r) {
		for _, m := range r.Why {
			keys = append(keys, m.Key)
		}
	}
	return keys
}
