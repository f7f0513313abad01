package reminder_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/reminder"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/web"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	herning = "herning"
	title   = "Hærværk begået af naboens søn Kevin"
	base    = "https://vidne.example.dk"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nowhere is the engine of a house whose engine does not answer.
type nowhere struct{}

func (nowhere) Permit(context.Context, string) (engineapi.InForce, error) {
	return engineapi.InForce{}, fault.New(fault.Unavailable, "engine.away", "away")
}

type bench struct {
	*reminder.Room
	t      *testing.T
	clk    *clock.Fake
	cfg    reminder.Config
	reg    *register.Register
	mails  *notifytest.Server
	player *dossiertest.Player
	people map[string]identity.Person
}

func set(t *testing.T, d *db.DB, post bool) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(start), mails: notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true }), people: map[string]identity.Person{}}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	l, err := ledger.Open(ctx, d, "portal", key, b.clk)
	must(t, err)
	signer, err := permit.NewSigner(key)
	must(t, err)
	is, err := issuer.Open(ctx, d, l, signer, b.clk, func(context.Context, string, []byte) error {
		return fault.New(fault.Unavailable, "engine.away", "away")
	})
	must(t, err)
	b.reg, err = register.Open(ctx, d, l, b.clk)
	must(t, err)
	rooms, err := dossiertest.Open(t.Context(), t.TempDir(), d, l, b.clk, is, b.reg, nowhere{}, "engine-1")
	if err != nil {
		t.Fatal(err)
	}
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: l, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	words, err := page.ReadCatalogue(web.Text())
	must(t, err)
	out := notify.Config{}
	if post {
		out.Mail = &notify.Mail{Host: "127.0.0.1", Port: b.mails.Port(), From: "vidne@example.dk", Plain: true}
	}
	n, err := notify.Open(ctx, d, b.clk, out)
	must(t, err)
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); n.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	b.cfg = reminder.Config{DB: d, Ledger: l, Clock: b.clk, Cases: rooms.Cases, People: people, Notify: n, BaseURL: base,
		Words: func(lang, key string, args ...any) string { return words.Text(page.LangOf(lang), key, args...) }}
	b.Room, err = reminder.Open(ctx, b.cfg)
	must(t, err)
	b.cast(people)
	must(t, b.Tick(ctx))
	return b
}

// cast enters a municipality, its people and who holds what.
func (b *bench) cast(people *identity.Directory) {
	ctx, r := b.t.Context(), b.reg
	must(b.t, r.AddController(ctx, register.Controller{ID: herning, Name: "Herning Kommune", Kind: register.Municipality}, "test"))
	must(b.t, r.AddAdministration(ctx, register.Administration{ID: "boern", Controller: herning, Name: "Børn og Unge"}, "test"))
	must(b.t, r.AddLocation(ctx, register.Location{ID: "skole", Controller: herning, Administration: "boern", Name: "Hemmelighedens Skole", Address: "Skolevej 1", Cadastre: "1a"}, "test"))
	must(b.t, r.AddCamera(ctx, register.Camera{ID: "skole-1", Controller: herning, Location: "skole", Name: "Hemmelig Indgang", Engine: "engine-1"}, "test"))
	b.player = &dossiertest.Player{Room: b.cfg.Cases, Register: r, Clock: b.clk, Controller: herning, Cast: map[string]dossier.Who{}, Pass: b.clk.Advance}
	for _, p := range []struct{ login, body, lang, email string }{
		{"hanne", "applicant", "da", "hanne@example.dk"}, {"it", "it", "da", "it@example.dk"}, {"risk", "risk", "da", "risk@example.dk"},
		{"risk-deputy", "risk", "en", "deputy@example.dk"}, {"dpo", "dpo", "en", "dpo@example.dk"}, {"buildings", "buildings", "da", ""},
	} {
		a, err := people.Create(ctx, identity.NewAccount{Login: p.login, Name: "Navn " + p.login, Controller: herning, Language: p.lang, Email: p.email, Password: "en lang sætning om ænder"}, "")
		must(b.t, err)
		b.people[p.login] = a
		who := dossier.Who{Person: a.ID, Name: a.Name}
		if p.login != "risk-deputy" {
			b.player.Cast[p.body] = who
		}
		if p.body != "applicant" {
			must(b.t, r.Hold(ctx, register.Holder{ID: "h-" + p.login, Controller: herning, Body: p.body, Person: a.ID, Name: a.Name, Deputy: strings.HasSuffix(p.login, "deputy"), By: "test"}))
		}
	}
}

// begin opens a case and writes its application.
func (b *bench) begin() string {
	b.t.Helper()
	ctx, who := b.t.Context(), b.player.Cast["applicant"]
	c, err := b.Cases.Begin(ctx, dossier.New{Controller: herning, Title: title, Locations: []string{"skole"}}, who)
	must(b.t, err)
	_, p, err := b.Cases.Get(ctx, herning, c.ID)
	must(b.t, err)
	given := map[string]string{"purpose.kind": "crime", "incidents": "ja", "tried": "ja", "necessity": "Fire indbrud og gentaget hærværk på et år; stedet er et kendt mål.",
		"purpose.text": "Forebygge og opklare hærværk og indbrud på stedet uden for åbningstiden."}
	_, err = b.Cases.SaveDraft(ctx, herning, c.ID, dossier.Edit{Base: 1, Answers: dossiertest.Answers(p, given, b.clk.Now())}, who)
	must(b.t, err)
	return c.ID
}

// tick ticks and gives the mails that came of it, by receiver.
func (b *bench) tick() map[string]notifytest.Mail {
	b.t.Helper()
	must(b.t, b.Tick(b.t.Context()))
	for limit := time.Now().Add(20 * time.Second); ; {
		_, waiting, err := b.Notify.Late(b.t.Context())
		must(b.t, err)
		if waiting == 0 {
			break
		}
		if time.Now().After(limit) {
			b.t.Fatalf("%d mails wait", waiting)
		}
		<-time.After(2 * time.Millisecond)
	}
	got := map[string]notifytest.Mail{}
	for _, m := range b.mails.Drain() {
		to := strings.Trim(strings.TrimPrefix(m.To, "TO:"), "<>")
		if _, twice := got[to]; twice {
			b.t.Errorf("two mails of one case at once to %s", to)
		}
		m.Text = strings.ReplaceAll(m.Text, "\r\n", "\n")
		got[to] = m
	}
	return got
}

func to(got map[string]notifytest.Mail) (out []string) {
	for k := range got {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (b *bench) want(what string, got map[string]notifytest.Mail, receivers ...string) {
	b.t.Helper()
	if !slices.Equal(to(got), receivers) {
		b.t.Errorf("%s: mails to %v, not %v", what, to(got), receivers)
	}
}

func (b *bench) due(id, step string) time.Time {
	b.t.Helper()
	c, _, err := b.Cases.Get(b.t.Context(), herning, id)
	must(b.t, err)
	if c.Steps[step].Status != casework.StepOpen || c.Steps[step].Due.IsZero() {
		b.t.Fatalf("%s is %+v", step, c.Steps[step])
	}
	return c.Steps[step].Due
}

func (b *bench) to(at time.Time) { b.clk.Advance(at.Sub(b.clk.Now())) }

func TestWhoIsToldAndWhoNext(t *testing.T) {
	req.Shows(t, "CASE-19")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d, true)
		ctx := t.Context()
		id := b.begin()
		b.want("opened", b.tick())
		must(t, b.player.Until(ctx, id, "ground"))
		got := b.tick()
		// Hand-over was done at once: nobody is told of what is done already.
		b.want("the coordinator's turn", got, "deputy@example.dk", "risk@example.dk")
		if m := got["risk@example.dk"]; m.Subject != "Sag "+id+": det er din tur" || !strings.Contains(m.Text, base+"/sager/"+id+"\n") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		if m := got["deputy@example.dk"]; m.Subject != "Case "+id+": it is your turn" || !strings.Contains(m.Text, "Log in and read more") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		b.want("again", b.tick())

		// After a restart it is known who was told.
		var err error
		b.Room, err = reminder.Open(ctx, b.cfg)
		must(t, err)
		b.want("after a restart", b.tick())

		due := b.due(id, "ground")
		b.to(due.Add(-time.Hour))
		b.want("near", b.tick(), "deputy@example.dk", "risk@example.dk")
		b.clk.Advance(time.Minute)
		b.want("near again", b.tick())
		b.to(due.AddDate(0, 0, 40))
		got = b.tick()
		b.want("late and passed on", got, "deputy@example.dk", "it@example.dk", "risk@example.dk")
		if m := got["it@example.dk"]; !strings.Contains(m.Subject, "gået i stå") || !strings.Contains(m.Text, "Risikostyringskoordinator") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		if m := got["risk@example.dk"]; !strings.Contains(m.Subject, "fristen er overskredet") || strings.Count(m.Text, "\n- ") != 1 {
			t.Errorf("of several reminders the newest says it:\n%s\n%s", m.Subject, m.Text)
		}
		b.clk.Advance(24 * time.Hour)
		b.want("once only", b.tick())

		must(t, b.player.Act(ctx, id, casework.Act{Kind: casework.ActRefuse, Step: "ground", Remarks: "Kevin er flyttet."}))
		got = b.tick()
		if m := got["hanne@example.dk"]; !strings.Contains(m.Text, "afslået") || strings.Contains(m.Text, "Kevin") {
			t.Errorf("the applicant is told: %q", m.Text)
		}
		if _, ok := got["risk@example.dk"]; ok {
			t.Error("told of what they did themselves")
		}
	})
}

// What a mail holds could lie on any screen in the open.
func TestNoMailSaysWhatOrWhomItIsAbout(t *testing.T) {
	req.Shows(t, "CASE-19")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), true)
	id := b.begin()
	var all []notifytest.Mail
	collect := func() {
		for _, m := range b.tick() {
			all = append(all, m)
		}
	}
	must(t, b.player.Until(t.Context(), id, "ground"))
	collect()
	b.player.Say = map[string]string{"ground": "Kevin igen. Der er grundlag."}
	must(t, b.player.Step(t.Context(), id, "ground"))
	collect()
	must(t, b.Tick(t.Context())) // what became of the mails is noted while the outbox still knows
	b.clk.Advance(100 * 24 * time.Hour)
	collect()
	if len(all) < 4 {
		t.Fatalf("only %d mails", len(all))
	}
	secrets := []string{title, "Kevin", "Hemmelig", "Skolevej", "skole-1", "hærværk", "Hærværk"}
	for _, p := range b.people {
		secrets = append(secrets, p.Name, p.ID)
	}
	for _, m := range all {
		for _, s := range secrets {
			if strings.Contains(m.Subject+m.Text, s) {
				t.Errorf("a mail says %q:\n%s\n%s", s, m.Subject, m.Text)
			}
		}
	}
	log, err := b.Log(t.Context(), herning, start)
	must(t, err)
	if len(log) < len(all) {
		t.Errorf("%d lines for %d mails", len(log), len(all))
	}
	for _, l := range log {
		if s := fmt.Sprint(l); strings.Contains(s, "@") || strings.Contains(s, "Kevin") {
			t.Errorf("the log keeps %s", s)
		}
	}
	must(t, b.Tick(t.Context()))
	if log, err = b.Log(t.Context(), herning, start); err != nil || log[len(log)-1].State != reminder.StateSent || log[len(log)-1].Done.IsZero() {
		t.Errorf("%+v (%v)", log[len(log)-1], err)
	}
	if other, err := b.Log(t.Context(), "kadence", start); err != nil || len(other) > 0 {
		t.Errorf("another controller sees %d lines (%v)", len(other), err)
	}
}

func TestNobodyToTellIsOnRecordAndTriedAgain(t *testing.T) {
	req.Shows(t, "CASE-19")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), true)
	ctx := t.Context()
	must(t, b.reg.EndHold(ctx, herning, "h-risk-deputy", "test"))
	must(t, b.reg.EndHold(ctx, herning, "h-risk", "test"))
	id := b.begin()
	must(t, b.player.Until(ctx, id, "ground"))
	b.want("nobody holds the body", b.tick())
	log, err := b.Log(ctx, herning, start)
	must(t, err)
	if len(log) != 1 || log[0].State != reminder.StateNobody || log[0].Person != "" || log[0].Body != "risk" {
		t.Fatalf("%+v", log)
	}
	b.to(b.due(id, "ground").AddDate(0, 0, 40))
	b.want("late, and nobody holds it", b.tick(), "it@example.dk")
	must(t, b.reg.Hold(ctx, register.Holder{ID: "h-new", Controller: herning, Body: "risk", Person: "p-new", Name: "Ny", Email: "ny@example.dk", By: "test"}))
	b.want("somebody holds it now", b.tick(), "ny@example.dk")
	b.want("once", b.tick())
}

func TestAMailThatIsRefusedIsShownAsGivenUp(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), true)
	b.mails.Answer(func(verb, _ string) string {
		if verb == "RCPT" {
			return "550 nobody here"
		}
		return ""
	})
	id := b.begin()
	must(t, b.player.Until(t.Context(), id, "ground"))
	b.want("refused", b.tick())
	must(t, b.Tick(t.Context()))
	log, err := b.Log(t.Context(), herning, start)
	must(t, err)
	if len(log) != 2 || log[0].State != reminder.StateGivenUp || log[0].Why == "" {
		t.Fatalf("%+v", log)
	}
}

func TestWithoutAMailServerItIsSaid(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), false)
	id := b.begin()
	must(t, b.player.Until(t.Context(), id, "ground"))
	b.want("no server", b.tick())
	log, err := b.Log(t.Context(), herning, start)
	must(t, err)
	if len(log) != 2 || log[0].State != reminder.StateOff {
		t.Fatalf("%+v", log)
	}
}
