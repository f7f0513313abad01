package standing_test

import (
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/guideline"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/letter"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/standing"
	"vidne.dk/vidne/lawdata"
)

// office is the bench with the rooms of the controller's own papers.
type office struct {
	*bench
	papers *document.Room
	dpo    identity.Person
}

func setOffice(t *testing.T, d *db.DB) *office {
	t.Helper()
	ctx, b := t.Context(), set(t, d)
	o := &office{bench: b}
	l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	people := b.rights.People
	o.papers, err = document.Open(ctx, document.Config{DB: d, Ledger: l, Clock: b.clk, Dir: t.TempDir()})
	must(t, err)
	b.Notices, err = notice.Open(ctx, notice.Config{DB: d, Ledger: l, Clock: b.clk, Register: b.Register, Issuer: b.Issuer, Law: book, People: people,
		Live: func(context.Context, string) (string, error) { return casework.LiveNever, nil }})
	must(t, err)
	b.Guideline, err = guideline.Open(ctx, guideline.Config{DB: d, Ledger: l, Clock: b.clk, Register: b.Register, People: people, Documents: o.papers, Law: book})
	must(t, err)
	b.Letters, err = letter.Open(ctx, letter.Config{DB: d, Ledger: l, Clock: b.clk, Register: b.Register, People: people, Documents: o.papers})
	must(t, err)
	b.Breaches, err = breach.Open(ctx, breach.Config{DB: d, Ledger: l, Clock: b.clk, Issuer: b.Issuer, Register: b.Register, People: people, EngineID: "engine-1", Reports: b.Notices})
	must(t, err)
	b.Room = standing.New(b.Config)
	o.dpo, err = people.Create(ctx, identity.NewAccount{Login: "mette", Name: "Mette", Controller: "lindeby", Roles: []string{"dpo"}, Password: "lindeby-kigger-ikke-live"}, "")
	must(t, err)
	return o
}

func (o *office) file(kind string) string {
	o.t.Helper()
	d, err := o.papers.Add(o.t.Context(), document.New{Controller: "lindeby", Kind: kind, Name: kind + ".txt", By: o.dpo.ID}, strings.NewReader("Tekst"))
	must(o.t, err)
	return d.ID
}

// The guideline stands at every location: none is broken, one that is reviewed is
// due, and one that nobody reviewed in time is broken (H 11).
func TestTheGuidelineIsFoundAtEveryLocation(t *testing.T) {
	req.Shows(t, "GOV-1", "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, o := t.Context(), setOffice(t, d)
		if f := o.wants("bibliotek", standing.Broken, "guideline.none"); f.Href != "/retningslinje" || f.Area != standing.Guideline {
			t.Errorf("none: %+v", f)
		}
		who := guideline.Who{Controller: "lindeby", Person: o.dpo.ID, Name: "Mette"}
		_, err := o.Guideline.Publish(ctx, guideline.New{Title: "Retningslinje", Note: "Den første", Document: o.file(guideline.Kind), Decided: start.Add(-day), DecidedBy: "Direktionen"}, who)
		must(t, err)
		well := o.wants("skole", standing.InOrder, "guideline.well")
		if d := well.At.Sub(start); d < 360*day || d > 366*day {
			t.Errorf("reviewed again in %s", d)
		}
		x, err := o.Guideline.Begin(ctx, guideline.Start{Cause: guideline.Other, Reason: "Noget mangler i den", Due: start.Add(20 * day), People: []string{o.dpo.ID}}, who)
		must(t, err)
		if f := o.wants("skole", standing.Due, "guideline.open"); f.Name != x.Number || !strings.HasSuffix(f.Href, x.ID) || !f.At.Equal(x.Due) {
			t.Errorf("reviewed: %+v", f)
		}
		o.clk.Advance(21 * day)
		o.wants("skole", standing.Broken, "guideline.late")
	})
}

// A letter is due at the locations that it is about and broken when its day has
// passed; a breach is broken while its hours run, and due until it is closed.
func TestLettersAndBreachesAreFoundWhereTheyAre(t *testing.T) {
	req.Shows(t, "GOV-3", "GOV-2", "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, o := t.Context(), setOffice(t, d)
		o.wants("skole", standing.InOrder, "letters.well")
		o.wants("skole", standing.InOrder, "breach.well")
		l, err := o.Letters.Receive(ctx, letter.Intake{From: letter.Datatilsynet, Dated: start.Add(-day), Received: start, Subject: "Tv-overvågning", Asks: "Hvad optages?", Due: start.Add(10 * day),
			Locations: []string{"skole"}, Document: o.file("letter"), Answerer: o.dpo.ID}, letter.Who{Controller: "lindeby", Person: o.dpo.ID, Name: "Mette"})
		must(t, err)
		if f := o.wants("skole", standing.Due, "letters.waits"); f.Name != l.Number || f.Href != "/breve/"+l.ID || !f.At.Equal(l.Due) {
			t.Errorf("it waits: %+v", f)
		}
		o.wants("bibliotek", standing.InOrder, "letters.well")

		who := breach.Who{Controller: "lindeby", Person: o.dpo.ID, Name: "Mette"}
		b, err := o.Breaches.Report(ctx, breach.Call{Kind: breach.Astray, Finder: breach.Other, Location: "bibliotek", Words: "En film blev sendt til den forkerte."}, who)
		must(t, err)
		if f := o.wants("bibliotek", standing.Broken, "breach.counting"); !f.At.Equal(b.Known.Add(72*time.Hour)) || f.Href != "/brud/"+b.ID || f.Name != b.Number {
			t.Errorf("its hours run: %+v", f)
		}
		o.wants("skole", standing.InOrder, "breach.well")
		o.clk.Advance(73 * time.Hour)
		o.wants("bibliotek", standing.Broken, "breach.late")
		_, err = o.Breaches.Judge(ctx, b.ID, breach.Judgement{Breach: true, Risk: breach.Unlikely, Words: "Filmen blev slettet uset."}, who)
		must(t, err)
		o.wants("bibliotek", standing.Due, "breach.open")

		o.clk.Advance(8 * day)
		o.wants("skole", standing.Broken, "letters.late")
		_, err = o.Letters.Reply(ctx, l.ID, letter.Answer{Sent: o.clk.Now(), How: "Digital Post", Document: o.file("answer")}, letter.Who{Controller: "lindeby", Person: o.dpo.ID, Name: "Mette"})
		must(t, err)
		o.wants("skole", standing.InOrder, "letters.well")
	})
}

// What runs without a sign is broken, and says where one is put up; another
// controller's is not looked at.
func TestASignThatIsLackingIsBroken(t *testing.T) {
	req.Shows(t, "INFO-1", "GOV-6")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, o := t.Context(), setOffice(t, d)
		must(t, o.Notices.Tick(ctx))
		due, err := o.Notices.Due(ctx, "lindeby")
		must(t, err)
		lacking := 0
		for _, x := range due {
			if x.Kind == notice.DueHang && x.Location == "skole" {
				lacking++
			}
		}
		if lacking == 0 {
			t.Fatalf("no sign is lacking: %+v", due)
		}
		if f := o.wants("skole", standing.Broken, "signs.hang"); f.Href != "/steder/skole/skilte" || f.Area != standing.Signs {
			t.Errorf("%+v", f)
		}
		if all := o.of(); len(all) != 2 || all["skole"].Worst().State != standing.Broken {
			t.Errorf("%d places", len(all))
		}
	})
}
