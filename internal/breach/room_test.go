package breach_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room with what it stands on: a school with two cameras and its
// manager, and a yard that nobody manages.
type bench struct {
	*breach.Room
	t       *testing.T
	d       *db.DB
	clk     *clock.Fake
	log     *ledger.Log
	issuer  *issuer.Issuer
	notify  *notify.Notifier
	people  map[string]identity.Person
	reports []notice.Report
	away    bool
	unshare []string // what others must not see any more: cameras, since, why
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, d: d, clk: clock.NewFake(start), people: map[string]identity.Person{}}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	key, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	b.issuer, err = issuer.Open(ctx, d, b.log, key, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	mails := notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.notify, err = notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: mails.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	for login, role := range map[string]string{"karen": "coordinator", "mette": "dpo", "soren": "it", "kirsten": "manager", "jonas": "operator"} {
		b.people[login], err = people.Create(ctx, identity.NewAccount{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Controller: "lindeby", Roles: []string{role}, Email: login + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
	}
	for _, c := range []string{"lindeby", "kadence"} {
		must(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
	}
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: "lindeby", Name: "Skolen", ManagerPerson: b.people["kirsten"].ID}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "gaard", Controller: "lindeby", Name: "Gården"}, ""))
	for id, l := range map[string]string{"indgang": "skole", "gang": "skole", "port": "gaard"} {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: "lindeby", Location: l, Name: id, BasisID: "2d", Engine: "engine-1"}, ""))
	}
	b.Room, err = breach.Open(ctx, breach.Config{DB: d, Ledger: b.log, Clock: b.clk, Issuer: b.issuer, Register: reg, People: people, Engine: b, EngineID: "engine-1", Reports: b,
		Withdraw: func(_ context.Context, tx *db.Tx, cameras []string, since time.Time, why string, who breach.Who) error {
			b.unshare = append(b.unshare, fmt.Sprintf("%v %v %s %s %v", cameras, since.IsZero(), why, who.Name, tx != nil))
			return nil
		},
		Mail: &notify.Letters{Out: b.notify, BaseURL: "https://vidne.example.dk", Words: func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}})
	must(t, err)
	return b
}

// Permit is what the recorder says: it stopped what it was told to stop and not
// to let go on.
func (b *bench) Permit(ctx context.Context, camera string) (in engineapi.InForce, err error) {
	if b.away {
		return in, fault.New(fault.Unavailable, "engine.away", "away")
	}
	all, err := b.issuer.Records(ctx, issuer.Filter{Camera: camera, Kinds: []permit.Kind{permit.KindStop, permit.KindRestart}})
	if err != nil || len(all) == 0 || all[0].Kind == permit.KindRestart {
		return in, err
	}
	in.Stop = all[0].ID
	return in, nil
}

func (b *bench) Reports(_ context.Context, controller, _ string) (out []notice.Report, _ error) {
	for _, x := range b.reports {
		if x.Controller == controller {
			out = append(out, x)
		}
	}
	return out, nil
}

func (b *bench) who(login string) breach.Who {
	p := b.people[login]
	return breach.Who{Controller: "lindeby", Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
}

func (b *bench) refused(err error, kind fault.Kind, key string) {
	b.t.Helper()
	if !fault.Is(err, kind) || fault.Key(err) != key {
		b.t.Errorf("%v, wanted %s", err, key)
	}
}

func (b *bench) stops() int {
	b.t.Helper()
	all, err := b.issuer.Records(b.t.Context(), issuer.Filter{Controller: "lindeby", Kinds: []permit.Kind{permit.KindStop}})
	must(b.t, err)
	return len(all)
}

// mails are the kinds of what waits to be sent, with how many of each.
func (b *bench) mails() map[string]int {
	b.t.Helper()
	out := map[string]int{}
	must(b.t, b.d.Read(b.t.Context(), func(tx *db.Tx) error {
		ids, err := db.All[string](b.t.Context(), tx, `SELECT kind FROM notify_outbox`)
		for _, k := range ids {
			out[k]++
		}
		return err
	}))
	return out
}

func (b *bench) ticket(camera string, from, to time.Time) error {
	_, err := b.issuer.Ticket(b.t.Context(), nil, &permit.Ticket{Head: permit.Head{Controller: "lindeby", Engine: "engine-1", By: "p"}, Person: "p", Purpose: "x", Cameras: []string{camera},
		From: from, To: to, Expires: b.clk.Now().Add(time.Hour)})
	return err
}

func (b *bench) restart(stop permit.ID) error {
	_, err := b.issuer.Issue(b.t.Context(), nil, &permit.Restart{Head: permit.Head{Controller: "lindeby", Engine: "engine-1", By: "p"}, Stop: stop, Reason: "x"})
	return err
}

const words = "Kameraet er drejet mod naboens have."

// The call of a camera's owner stops the camera, tells IT and the data
// protection officer at once, and is no breach before somebody says so; the
// camera goes on only on a decision.
func TestTheOwnersCallStopsTheCamera(t *testing.T) {
	req.Shows(t, "GOV-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), set(t, d)
		for login, want := range map[string]bool{"kirsten": true, "karen": false} {
			if owns, err := b.Owns(ctx, "lindeby", "skole", b.people[login].ID); err != nil || owns != want {
				t.Errorf("%s owns: %v %v", login, owns, err)
			}
		}
		x, err := b.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Owner, Location: "skole", Cameras: []string{"indgang"}, Words: words, Stop: true}, b.who("kirsten"))
		must(t, err)
		if x.Number != "B-2026-001" || x.State() != breach.Called || x.Halt == "" || !x.Stopped.Equal(start) || !x.Held() || b.stops() != 1 {
			t.Errorf("%+v", x)
		}
		told := map[string]string{}
		for _, c := range x.Contacts {
			told[c.Whom] = c.Words
		}
		if told[breach.DPO] != "Mette" || !strings.Contains(told[breach.IT], "Soren") || x.Spoken() || b.mails()["breach.call"] != 3 {
			t.Errorf("told %v, mails %v", told, b.mails())
		}
		if want := []string{"[indgang] true B-2026-001 Kirsten true", "[indgang] true B-2026-001 Kirsten true"}; !slices.Equal(b.unshare, want) {
			t.Errorf("taken back from others: %q", b.unshare) // barred, and stopped
		}
		b.refused(b.restart(x.Halt), fault.Conflict, "breach.restart")
		b.refused(b.ticket("indgang", start.Add(-time.Hour), start), fault.Denied, "breach.barred")
		must(t, b.ticket("gang", start.Add(-time.Hour), start))
		if c, err := b.Holding(ctx, "lindeby", "indgang"); err != nil || c.ID != x.ID {
			t.Errorf("holding %v %v", c.Number, err)
		}

		// IT speaks with the data protection officer, who decides.
		b.clk.Advance(time.Hour)
		if _, err := b.Tell(ctx, x.ID, breach.Contact{How: "phone", At: b.clk.Now().Add(time.Minute)}, b.who("soren")); fault.Key(err) != "breach.told" {
			t.Errorf("told tomorrow: %v", err)
		}
		x, err = b.Tell(ctx, x.ID, breach.Contact{How: "phone", At: b.clk.Now()}, b.who("soren"))
		must(t, err)
		if !x.Spoken() {
			t.Error("IT has not told the data protection officer")
		}
		_, err = b.Restart(ctx, x.ID, breach.Restart{Allow: true, On: "Sag 2026-014", Words: "Vinklen er rettet."}, b.who("mette"))
		b.refused(err, fault.Conflict, "breach.unjudged")
		_, err = b.Close(ctx, x.ID, "Vinklen er rettet.", b.who("mette"))
		b.refused(err, fault.Conflict, "breach.undone")
		x, err = b.Judge(ctx, x.ID, breach.Judgement{Breach: true, Risk: breach.Unlikely, Words: "Haven var tom, og ingen har set det."}, b.who("mette"))
		must(t, err)
		if x.State() != breach.Spared || x.Counting() {
			t.Errorf("state %s", x.State())
		}
		_, err = b.Sent(ctx, x.ID, breach.Sent{Sent: b.clk.Now(), Reference: "x1"}, b.who("mette"))
		b.refused(err, fault.Conflict, "breach.needless")
		_, err = b.Restart(ctx, x.ID, breach.Restart{Allow: true, Words: "Vinklen er rettet."}, b.who("mette"))
		b.refused(err, fault.Invalid, "breach.on")
		b.refused(b.restart(x.Halt), fault.Conflict, "breach.restart")
		x, err = b.Restart(ctx, x.ID, breach.Restart{Allow: true, On: "Sag 2026-014", Words: "Vinklen er rettet."}, b.who("mette"))
		must(t, err)
		must(t, b.restart(x.Halt))
		b.clk.Advance(time.Hour)

		// What was recorded before the stop is opened for nobody, what comes after is.
		b.refused(b.ticket("indgang", start.Add(-time.Hour), start.Add(time.Minute)), fault.Denied, "breach.barred")
		must(t, b.ticket("indgang", start, start.Add(time.Hour)))
		if barred, err := b.Barred(ctx, "indgang", start.Add(-2*time.Hour), start.Add(-time.Hour)); err != nil || !barred {
			t.Errorf("barred %v %v", barred, err)
		}
		x, err = b.Close(ctx, x.ID, "Vinklen kontrolleres nu hver måned.", b.who("mette"))
		must(t, err)
		if open, err := b.Open(ctx, "lindeby"); err != nil || len(open) != 0 || x.State() != breach.Over {
			t.Errorf("%v %v", open, err)
		}
		_, err = b.Tell(ctx, x.ID, breach.Contact{How: "phone", At: b.clk.Now()}, b.who("soren"))
		b.refused(err, fault.Conflict, "breach.over")
		kinds := map[string]int{}
		all, err := b.log.Find(ctx, ledger.Filter{Text: x.ID, Limit: 100})
		must(t, err)
		for _, e := range all {
			kinds[e.Kind]++
		}
		for _, k := range []string{"breach.opened", "breach.stopped", "breach.contacted", "breach.judged", "breach.restart", "breach.closed", "breach.denied"} {
			if kinds[k] == 0 {
				t.Errorf("no entry %s among %v", k, kinds)
			}
		}
	})
}

// What another found is a breach from the first: its 72 hours run from when it
// was known, are told of, and a notification after them says why it is late.
func TestWhatAnotherFoundIsABreachAtOnce(t *testing.T) {
	req.Shows(t, "GOV-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), set(t, d)
		known := start.Add(-6 * time.Hour)
		x, err := b.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Other, Location: "skole", Known: known, Words: words}, b.who("jonas"))
		must(t, err)
		if x.State() != breach.Running || !x.Limit().Equal(known.Add(72*time.Hour)) || !slices.Equal(x.Cameras, []string{"gang", "indgang"}) || x.Held() || b.stops() != 0 || b.mails()["breach.opened"] != 3 {
			t.Errorf("%+v %v", x, b.mails())
		}
		b.away = true // a recorder that does not answer is told to stop all the same
		x, err = b.Stop(ctx, x.ID, b.who("soren"))
		must(t, err)
		if !x.Held() || b.stops() != 1 {
			t.Errorf("not stopped: %+v", x)
		}
		_, err = b.Stop(ctx, x.ID, b.who("soren"))
		b.refused(err, fault.Conflict, "breach.stopped")

		for _, at := range []struct {
			after time.Duration
			told  int
		}{{17 * time.Hour, 0}, {time.Hour, 3}, {time.Hour, 3}, {23 * time.Hour, 6}, {12 * time.Hour, 9}} {
			b.clk.Advance(at.after)
			must(t, b.Tick(ctx))
			must(t, b.Tick(ctx))
			if n := b.mails()["breach.clock"]; n != at.told {
				t.Errorf("%s after it was known %d are told, not %d", b.clk.Now().Sub(known), n, at.told)
			}
		}
		_, err = b.Sent(ctx, x.ID, breach.Sent{Sent: b.clk.Now(), Reference: "VIRK-1"}, b.who("mette"))
		b.refused(err, fault.Conflict, "breach.unjudged")
		_, err = b.Judge(ctx, x.ID, breach.Judgement{Breach: true, Risk: "large", Words: "Naboens have er privat."}, b.who("mette"))
		b.refused(err, fault.Invalid, "breach.risk")
		x, err = b.Judge(ctx, x.ID, breach.Judgement{Breach: true, Risk: breach.High, Words: "Naboens børn leger i haven."}, b.who("mette"))
		must(t, err)
		b.clk.Advance(13 * time.Hour)
		must(t, b.Tick(ctx))
		if !x.Late(b.clk.Now()) || b.mails()["breach.late"] != 3 {
			t.Errorf("late %v, mails %v", x.Late(b.clk.Now()), b.mails())
		}
		_, err = b.Sent(ctx, x.ID, breach.Sent{Sent: b.clk.Now(), Reference: "VIRK-1"}, b.who("mette"))
		b.refused(err, fault.Invalid, "breach.delay")
		x, err = b.Fill(ctx, x.ID, breach.Form{Nature: words, Aspects: []string{"confidentiality"}, People: []string{"children"}, Data: []string{"pictures"}}, b.who("mette"))
		must(t, err)
		x, err = b.Sent(ctx, x.ID, breach.Sent{Sent: b.clk.Now(), Reference: "VIRK-1", Delay: "Skolen var lukket, og ingen kunne sige, hvad kameraet så.", Text: "x"}, b.who("mette"))
		must(t, err)
		if x.State() != breach.Notified || x.Counting() || !slices.Contains(x.Sent[0].Missing, "consequences") || !slices.Contains(x.Undone(), "rest") {
			t.Errorf("%+v", x)
		}
		_, err = b.Judge(ctx, x.ID, breach.Judgement{Breach: false, Words: "Det var alligevel ikke noget."}, b.who("mette"))
		b.refused(err, fault.Conflict, "breach.sent")
		_, err = b.Telling(ctx, x.ID, breach.Telling{Words: "Vi mener ikke, at det er nødvendigt."}, b.who("mette"))
		b.refused(err, fault.Invalid, "breach.exception")
		x, err = b.Telling(ctx, x.ID, breach.Telling{Tell: true, Words: "Risikoen er høj.", Text: "Vores kamera har filmet jeres have fra mandag til onsdag.", How: "Brev"}, b.who("mette"))
		must(t, err)
		if !slices.Contains(x.Undone(), "told") {
			t.Error("nobody has been told, and it can be closed")
		}
		// A civil registration number is taken nowhere.
		_, err = b.Fill(ctx, x.ID, breach.Form{Nature: "Det var 010203-1234."}, b.who("mette"))
		b.refused(err, fault.Invalid, "breach.cpr")
		// Lawful after all: nothing is barred.
		y, err := b.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Public, Location: "gaard", Words: words, Source: breach.FromReport, SourceID: "r1"}, b.who("karen"))
		must(t, err)
		b.refused(b.ticket("port", start, start.Add(time.Hour)), fault.Denied, "breach.barred")
		y, err = b.Judge(ctx, y.ID, breach.Judgement{Words: "Kameraet ser det, der er godkendt, og ikke mere."}, b.who("mette"))
		must(t, err)
		must(t, b.ticket("port", start, start.Add(time.Hour)))
		if y.State() != breach.None {
			t.Errorf("state %s", y.State())
		}
	})
}

// Another kind of breach begins without a place; what is refused says why; and
// nobody reaches another controller's.
func TestOtherBreachesAndRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), set(t, d)
		for key, in := range map[string]breach.Call{
			"breach.kind":      {Kind: "x", Finder: breach.Other, Words: words},
			"breach.finder":    {Kind: breach.Lost, Words: words},
			"breach.known":     {Kind: breach.Lost, Finder: breach.Other, Known: start.Add(time.Hour), Words: words},
			"breach.since":     {Kind: breach.Lost, Finder: breach.Other, Since: start, Known: start.Add(-time.Hour), Words: words},
			"breach.words":     {Kind: breach.Lost, Finder: breach.Other, Words: "x"},
			"breach.cpr":       {Kind: breach.Lost, Finder: breach.Other, Words: "Nøglen var til 010203-1234."},
			"breach.location":  {Kind: breach.Unlawful, Finder: breach.Other, Words: words},
			"breach.camera":    {Kind: breach.Unlawful, Finder: breach.Other, Location: "skole", Cameras: []string{"port"}, Words: words},
			"breach.no-camera": {Kind: breach.Lost, Finder: breach.Other, Words: words, Stop: true},
		} {
			_, err := b.Report(ctx, in, b.who("karen"))
			b.refused(err, fault.Invalid, key)
		}
		if _, err := b.Report(ctx, breach.Call{Kind: breach.Unlawful, Finder: breach.Other, Location: "skole", Words: words}, breach.Who{Controller: "kadence", Person: "p"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another's place: %v", err)
		}
		x, err := b.Report(ctx, breach.Call{Kind: breach.Lost, Finder: breach.Other, Words: "USB-nøglen til politiet er væk.", Source: breach.FromDisclosure, SourceID: "u1"}, b.who("karen"))
		must(t, err)
		if len(x.Cameras) > 0 || x.Source != breach.FromDisclosure {
			t.Errorf("%+v", x)
		}
		_, err = b.Stop(ctx, x.ID, b.who("karen"))
		b.refused(err, fault.Invalid, "breach.no-camera")
		if _, err := b.Get(ctx, "kadence", x.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's: %v", err)
		}
		_, err = b.Judge(ctx, x.ID, breach.Judgement{Breach: true, Risk: breach.Unlikely, Words: "Nøglen er krypteret, og koden var ikke med."}, breach.Who{Controller: "kadence", Person: "p"})
		b.refused(err, fault.NotFound, "breach.unknown")

		b.reports = []notice.Report{{ID: "r1", Controller: "lindeby", What: notice.WrongCamera}, {ID: "r2", Controller: "lindeby", What: notice.Torn}}
		must(t, b.Tick(ctx))
		must(t, b.Tick(ctx))
		if n := b.mails()["breach.public"]; n != 2 {
			t.Errorf("IT is told %d times of what a passer-by reports", n)
		}

		_, err = b.Tell(ctx, x.ID, breach.Contact{How: "meeting", At: b.clk.Now()}, b.who("karen"))
		must(t, err)
		_, err = b.Judge(ctx, x.ID, breach.Judgement{Breach: true, Risk: breach.Unlikely, Words: "Nøglen er krypteret, og koden var ikke med."}, b.who("mette"))
		must(t, err)
		_, err = b.Close(ctx, x.ID, "Nøgler afleveres nu kun med kvittering.", b.who("mette"))
		must(t, err)
		b.reports = nil
		b.clk.Advance(breach.KeepFor)
		must(t, b.Tick(ctx))
		if all, err := b.List(ctx, "lindeby"); err != nil || len(all) != 1 {
			t.Errorf("too soon deleted: %v %v", all, err)
		}
		b.clk.Advance(time.Second)
		must(t, b.Tick(ctx))
		if all, err := b.List(ctx, "lindeby"); err != nil || len(all) != 0 {
			t.Errorf("not deleted: %v %v", all, err)
		}
	})
}
