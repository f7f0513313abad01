package disclosure_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// From the yes to the police's receipt: the package opens with the passphrase,
// which was shown once and stands nowhere.
func TestFromTheYesToTheReceipt(t *testing.T) {
	req.Shows(t, "EVID-5", "EVID-6", "EVID-11")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		i := b.incident(true)
		x := b.draft(i)
		x.Cameras, x.Viewing = []string{"a", "b"}, true
		got := b.next(b.approved(x).ID)
		b.is(got, disclosure.Ready)
		if n := len(b.entries("export.issued")); n != 2 {
			t.Errorf("%d export orders, one for each camera is wanted", n)
		}
		_, err := b.HandOver(ctx, got.ID, b.receipt(), b.who("jonas"))
		b.refused("disclosure.not-shown", err)
		phrase, err := b.Show(ctx, got.ID, b.who("jonas"))
		must(t, err)
		_, err = b.Show(ctx, got.ID, b.who("jonas"))
		b.refused("disclosure.shown", err)

		c, err := b.Fetch(ctx, got.ID, envelopeOf(got), b.who("jonas"))
		must(t, err)
		if n := len(b.entries("disclosure.fetched")); n != 1 {
			t.Errorf("%d entries before the first byte", n)
		}
		zip := filepath.Join(t.TempDir(), "pakke.zip")
		f, err := os.Create(zip)
		must(t, err)
		_, err = io.Copy(f, c)
		must(t, errors.Join(err, f.Close(), c.Close()))
		dir := t.TempDir()
		out, err := exec.Command("7zz", "x", "-p"+phrase.Reveal(), "-o"+dir, zip).CombinedOutput()
		if err != nil {
			t.Fatalf("7-Zip: %s", out)
		}
		rows, err := os.ReadFile(filepath.Join(dir, "3-PAPIRER", "haendelser.csv"))
		must(t, err)
		for _, want := range []string{"custody.incident.opened", "custody.disclosure.approved", "Birthe", "portal"} {
			if !strings.Contains(string(rows), want) {
				t.Errorf("the chain of custody has no %s:\n%s", want, rows)
			}
		}
		if logs, err := filepath.Glob(filepath.Join(dir, "4-KONTROL", "log", "*")); err != nil || len(logs) == 0 {
			t.Errorf("no proof of the chain of custody: %v", err)
		}

		b.clk.Advance(time.Hour)
		for key, change := range map[string]func(*disclosure.Receipt){
			"disclosure.medium": func(x *disclosure.Receipt) { x.Medium = "" },
			"disclosure.to":     func(x *disclosure.Receipt) { x.To = "" },
			"disclosure.on":     func(x *disclosure.Receipt) { x.On = b.clk.Now().Add(time.Hour) },
			"disclosure.way":    func(x *disclosure.Receipt) { x.Way = "with the key" },
			"disclosure.way-to": func(x *disclosure.Receipt) { x.WayTo = "" },
			"disclosure.way-by": func(x *disclosure.Receipt) { x.WayBy = "" },
		} {
			r := b.receipt()
			change(&r)
			_, err := b.HandOver(ctx, got.ID, r, b.who("jonas"))
			b.refused(key, err)
		}
		got, err = b.HandOver(ctx, got.ID, b.receipt(), b.who("jonas"))
		must(t, err)
		b.is(got, disclosure.HandedOut)
		i, err = b.of.Get(ctx, "lindeby", i.ID)
		must(t, err)
		if h := i.Steps.Handed; !h.Is() || h.Police != got.Journal || h.To != "pa. Ørsted" || !strings.Contains(h.Medium, "SN 4711") {
			t.Errorf("the incident's last step: %+v", h)
		}
		must(t, i.MayClose())
		got, err = b.Sign(ctx, got.ID, b.paper(), b.who("jonas"))
		must(t, err)
		_, err = b.Sign(ctx, got.ID, b.paper(), b.who("jonas"))
		b.refused("disclosure.signed", err)

		// A second export of the same: both on record, the first's step as it was.
		b.clk.Advance(time.Hour)
		second := b.next(b.approved(x).ID)
		_, err = b.Show(ctx, second.ID, b.who("jonas"))
		must(t, err)
		r := b.receipt()
		r.To = "pa. Holm"
		_, err = b.HandOver(ctx, second.ID, r, b.who("jonas"))
		must(t, err)
		all, err := b.OfIncident(ctx, "lindeby", i.ID)
		must(t, err)
		if again, err := b.of.Get(ctx, "lindeby", i.ID); err != nil || again.Steps.Handed.To != "pa. Ørsted" || len(all) != 2 {
			t.Errorf("%d on record, %+v, %v", len(all), again.Steps.Handed, err)
		}

		b.tellsNowhere(phrase.Reveal(), second)
	})
}

// tellsNowhere looks for the passphrase wherever something is kept.
func (b *bench) tellsNowhere(phrase string, d disclosure.Disclosure) {
	b.t.Helper()
	var bodies []string
	must(b.t, b.db.Read(b.t.Context(), func(tx *db.Tx) (err error) {
		bodies, err = db.All[string](b.t.Context(), tx, `SELECT body FROM disclosures`)
		return err
	}))
	size, err := b.log.Size(b.t.Context())
	must(b.t, err)
	all, err := b.log.Entries(b.t.Context(), 0, int(size))
	must(b.t, err)
	for _, e := range all {
		bodies = append(bodies, string(e.Body))
	}
	bodies = append(bodies, b.said.String())
	if len(bodies) < 10 {
		b.t.Fatalf("only %d places are looked at", len(bodies))
	}
	for _, s := range bodies {
		if strings.Contains(s, phrase) || strings.Contains(s, strings.ReplaceAll(phrase, "-", "")) {
			b.t.Errorf("the passphrase stands in %s", s)
		}
	}
	if _, err := os.Stat(b.path(d)); err != nil {
		b.t.Error(err)
	}
}

func TestACrashLeavesNothingAsIfWhole(t *testing.T) {
	req.Shows(t, "EVID-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		i := b.incident(true)
		ctx, crash := context.WithCancel(t.Context())
		got := b.approved(b.draft(i))
		b.src.begun = func(context.Context, string) { crash() }
		if _, err := b.Next(ctx); err == nil {
			t.Fatal("it went on")
		}
		b.is(b.get(got.ID), disclosure.Making)
		must(t, os.MkdirAll(filepath.Join(b.kit.Maker.Dir, "U-2026-001-HALF.unfinished"), 0o700)) // what a power cut leaves
		must(t, os.MkdirAll(filepath.Join(b.kit.Maker.Dir, "U-2026-001-WHOLE"), 0o700))           // whole, and not kept

		b.src.begun = nil
		b.run(func() { b.is(b.get(got.ID), disclosure.Ready) })
		got = b.get(got.ID)
		if all := b.packages(); len(all) != 1 || all[0] != got.Package().ID {
			t.Errorf("there are %v", all)
		}
		// Nobody was shown its passphrase, and it died with the run.
		first := got.Package().ID
		b.run(func() { b.is(b.get(got.ID), disclosure.Ready) })
		got = b.get(got.ID)
		if all := b.packages(); len(all) != 1 || all[0] != got.Package().ID || got.Package().ID == first || got.Packages[0].GoneWhy != disclosure.WhyLost {
			t.Errorf("there are %v of %+v", all, got.Packages)
		}
		if !b.MayShow(got) {
			t.Error("nobody can open it")
		}
	})
}

// run runs a new room until its queue is empty.
func (b *bench) run(then func()) {
	b.t.Helper()
	b.open()
	ctx, stop := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	must(b.t, b.clk.Waiters(ctx, 1)) // it waits for more
	stop()
	<-done
	then()
}

func TestWhatGoesWrongIsSaidAndCanBeTriedAgain(t *testing.T) {
	req.Shows(t, "EVID-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		i := b.incident(true)
		b.kit.Source.Break = fault.New(fault.NotFound, "footage.deleted", "the footage is deleted while it is exported")
		got := b.next(b.approved(b.draft(i)).ID)
		b.is(got, disclosure.Failed)
		if all := b.packages(); got.Job.Why != "footage.deleted" || len(all) != 0 {
			t.Errorf("%+v, %v", got.Job, all)
		}
		b.kit.Source.Break = nil
		_, err := b.Again(ctx, got.ID, "Kodeordet er væk", b.who("jonas"))
		must(t, err)
		got = b.next(got.ID)
		b.is(got, disclosure.Ready)
		// A lost passphrase is a new package, and both stand on record.
		_, err = b.Show(ctx, got.ID, b.who("jonas"))
		must(t, err)
		_, err = b.Again(ctx, got.ID, "Kodeordet er væk", b.who("jonas"))
		must(t, err)
		got = b.next(got.ID)
		if len(got.Packages) != 2 || got.Packages[0].Gone.IsZero() || !b.MayShow(got) || len(b.packages()) != 1 {
			t.Errorf("%+v", got.Packages)
		}
		// A package that grows too big is none.
		b.config.Packages.Largest = 1000
		b.open()
		big := b.next(b.approved(b.draft(i)).ID)
		b.is(big, disclosure.Failed)
		if big.Job.Why != "disclosure.size" || len(b.packages()) != 1 {
			t.Errorf("%+v", big.Job)
		}
		_, err = b.Fetch(ctx, big.ID, "x", b.who("jonas"))
		b.refused("disclosure.state.failed", err)
		_, err = b.Fetch(ctx, got.ID, "../../portal.db", b.who("jonas"))
		b.refused("disclosure.file", err)
	})
}

func TestWhatIsCancelledIsNotMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		i := b.incident(true)
		got := b.approved(b.draft(i))
		b.src.begun = func(of context.Context, camera string) {
			if p, ok := b.Progress(got.ID); !ok || p.Bytes != 0 {
				t.Errorf("%s: %+v %v", camera, p, ok)
			}
			_, err := b.Cancel(ctx, got.ID, "Politiet trak anmodningen tilbage", b.who("jonas"))
			must(t, err)
			<-of.Done()
		}
		got = b.next(got.ID)
		b.is(got, disclosure.Cancelled)
		if all := b.packages(); len(all) != 0 {
			t.Errorf("there are %v", all)
		}
		_, err := b.Again(ctx, got.ID, "Kodeordet er væk", b.who("jonas"))
		b.refused("disclosure.state.cancelled", err)
	})
}

// Our own copy dies with the footage that it is of, or with the lock on it, and
// at the latest by its own date; what was handed over stays on record.
func TestOurCopyDiesWithItsSource(t *testing.T) {
	req.Shows(t, "KEEP-6", "EVID-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		i := b.incident(true)
		footage := evidencetest.Start.Add(14 * day)
		plain := b.next(b.approved(b.draft(i)).ID)
		if !plain.Package().Until.Equal(footage) {
			t.Errorf("it is kept until %s, the footage until %s", plain.Package().Until, footage)
		}
		h, err := b.locks.Ask(ctx, i.ID, hold.Terms{Cameras: []string{"a"}, From: evidencetest.Start, To: evidencetest.Start.Add(5 * time.Minute), Reason: permit.HoldCrime,
			Reference: "4100-70121-00417-26", Words: "Ruden bliver knust i de minutter", Review: b.clk.Now().Add(30 * day), Until: b.clk.Now().Add(90 * day)}, hold.Who(b.who("jonas")))
		must(t, err)
		_, err = b.locks.Decide(ctx, h.ID, true, "", h.Seal(), hold.Who(b.who("birthe")))
		must(t, err)
		locked := b.next(b.approved(b.draft(i)).ID)
		if want := b.clk.Now().Add(30 * day); !locked.Package().Until.Equal(want) {
			t.Errorf("the locked one is kept until %s, not %s", locked.Package().Until, want)
		}
		_, err = b.Show(ctx, locked.ID, b.who("jonas"))
		must(t, err)
		_, err = b.HandOver(ctx, locked.ID, b.receipt(), b.who("jonas"))
		must(t, err)

		must(t, b.Tick(ctx))
		b.is(b.get(plain.ID), disclosure.Ready)
		b.clk.Advance(footage.Sub(b.clk.Now()))
		must(t, b.Tick(ctx))
		plain = b.get(plain.ID)
		b.is(plain, disclosure.Gone)
		if all := b.packages(); plain.Package().GoneWhy != disclosure.WhyAge || len(all) != 1 || all[0] != locked.Package().ID {
			t.Errorf("%+v, %v", plain.Package(), all)
		}
		_, err = b.Fetch(ctx, plain.ID, envelopeOf(plain), b.who("jonas"))
		b.refused("disclosure.state.gone", err)
		_, err = b.Again(ctx, plain.ID, "Kodeordet er væk", b.who("jonas")) // the lock keeps the footage: it can be made anew
		must(t, err)
		again := b.next(plain.ID)
		b.is(again, disclosure.Ready)

		// The lock is released: both go, and the record stays.
		_, err = b.locks.Release(ctx, h.ID, "Politiet har fået det, de skal bruge", hold.Who(b.who("jonas")))
		must(t, err)
		must(t, b.Tick(ctx))
		locked = b.get(locked.ID)
		b.is(locked, disclosure.HandedOut)
		if locked.Package().GoneWhy != disclosure.WhySource || locked.Receipt == nil || len(b.packages()) != 0 {
			t.Errorf("%+v, %v", locked.Package(), b.packages())
		}
		if n := len(b.entries("disclosure.deleted")); n != 3 {
			t.Errorf("%d deletions in the ledger", n)
		}
		_, err = b.Fetch(ctx, locked.ID, envelopeOf(locked), b.who("jonas"))
		b.refused("disclosure.gone", err)
		_, err = b.Again(ctx, again.ID, "Kodeordet er væk", b.who("jonas"))
		must(t, err)
		if past := b.next(again.ID); past.Job.Why != "disclosure.past" {
			t.Errorf("made of footage that is past its time: %+v", past.Job)
		}
	})
}

// Two packages of the same footage, made at once, are two: each with its own
// name, passphrase, receipt and end.
func TestTwoPackagesOfTheSameFootage(t *testing.T) {
	req.Shows(t, "EVID-5")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	i := b.incident(true)
	one, two := b.approved(b.draft(i)), b.approved(b.draft(i))
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if made, err := b.Next(ctx); err != nil || !made {
				t.Errorf("made %v, %v", made, err)
			}
		})
	}
	both.Wait()
	one, two = b.get(one.ID), b.get(two.ID)
	b.is(one, disclosure.Ready)
	b.is(two, disclosure.Ready)
	if one.Package().ID == two.Package().ID || len(b.packages()) != 2 {
		t.Fatalf("packages %s and %s, there are %v", one.Package().ID, two.Package().ID, b.packages())
	}
	first, err := b.Show(ctx, one.ID, b.who("jonas"))
	must(t, err)
	second, err := b.Show(ctx, two.ID, b.who("jonas"))
	must(t, err)
	for d, phrases := range map[string][2]string{b.path(one): {first.Reveal(), second.Reveal()}, b.path(two): {second.Reveal(), first.Reveal()}} {
		if out, err := exec.Command("7zz", "t", "-p"+phrases[0], d).CombinedOutput(); err != nil {
			t.Errorf("its own passphrase: %s", out)
		}
		if exec.Command("7zz", "t", "-p"+phrases[1], d).Run() == nil {
			t.Error("the other's passphrase opens it")
		}
	}
	_, err = b.HandOver(ctx, one.ID, b.receipt(), b.who("jonas"))
	must(t, err)
	if two = b.get(two.ID); two.Receipt != nil {
		t.Errorf("the receipt of one is that of both: %+v", two.Receipt)
	}
	_, err = b.Again(ctx, two.ID, "Kodeordet er væk", b.who("jonas"))
	must(t, err)
	if _, err := os.Stat(b.path(one)); err != nil {
		t.Errorf("what was handed over went with the other: %v", err)
	}
}

// A disk that is full leaves no half package.
func TestAFullDiskLeavesNothing(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.kit.Maker.FS = full{b.kit.Maker.FS}
	got := b.next(b.approved(b.draft(b.incident(true))).ID)
	b.is(got, disclosure.Failed)
	if all := b.packages(); got.Job.Why != durable.KeyFull || len(all) != 0 {
		t.Errorf("%+v, %v", got.Job, all)
	}
}

// full is a disk on which no file grows.
type full struct{ durable.FS }

func (f full) OpenFile(name string, flag int, perm os.FileMode) (durable.File, error) {
	x, err := f.FS.OpenFile(name, flag, perm)
	return fullFile{x}, err
}

type fullFile struct{ durable.File }

func (fullFile) Write([]byte) (int, error) {
	return 0, fault.New(fault.Exhausted, durable.KeyFull, "no space left on device")
}
