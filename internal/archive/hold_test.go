package archive

import (
	"bytes"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestAHoldKeepsWhatItCoversAndNothingElse(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newKit(t, d)
		for _, camera := range []string{"cam-1", "cam-2"} {
			k.at(max2(k.clk.Now(), start))
			c := k.cam(rulesFor(camera, 14*day))
			c.record(5 * time.Minute)
			c.cut()
		}
		k.settle()
		from := start.Add(110 * time.Second)
		h, err := k.hold(permit.HoldCrime, from, from.Add(time.Minute), start.Add(200*day), "cam-1")
		if err != nil {
			t.Fatal(err)
		}
		list, err := k.a.Holds(k.ctx())
		if err != nil || len(list) != 1 || list[0].Segments != 2 || list[0].Bytes == 0 {
			t.Fatalf("holds %+v, %v", list, err)
		}
		_, before := k.mustRead("cam-1", from, from.Add(time.Minute))
		k.at(start.Add(15 * day))
		s := k.sweep()
		if s.Erased != 2 || len(k.filesOf("cam-1", segment.Closed)) != 2 || len(k.filesOf("cam-2", segment.Closed)) != 0 {
			t.Fatalf("%+v", s)
		}
		if n := len(k.filesOf("cam-1", segment.Held)); n != 2 {
			t.Fatalf("%d .held files", n)
		}
		if _, err := k.keys.Lookup(keys.PeriodAt("cam-1", start, permit.ClassCrime)); fault.Key(err) != "key.erased" {
			t.Errorf("the period key stays: %v", err)
		}
		k.reopen()
		_, after := k.mustRead("cam-1", from, from.Add(time.Minute))
		if len(after) == 0 || len(after) != len(before) {
			t.Fatalf("%d pictures of %d are readable under the hold", len(after), len(before))
		}
		for i := range after {
			if !bytes.Equal(before[i], after[i]) {
				t.Fatal("the pictures changed")
			}
		}
		runs, err := k.a.Runs(k.ctx(), []string{"cam-1", "cam-2"}, start, start.Add(time.Hour))
		if err != nil || len(runs) != 1 || !runs[0].Held {
			t.Errorf("runs %+v, %v", runs, err)
		}
		if _, late, err := k.a.Watch(k.ctx()); late != 0 || err != nil {
			t.Errorf("held footage counts as late: %d, %v", late, err)
		}
		in, err := k.a.Tallies(k.ctx(), start, k.clk.Now())
		if err != nil || len(in) != 2 || in[0].Held != 1 || in[1].Held != 0 || len(in[0].Holds) != 1 || in[0].Freed != 0 {
			t.Fatalf("in figures %+v, %v", in, err)
		}
		if g := in[0].Holds[0]; g.Hold != list[0].Hold.ID || g.Hours != 1 || g.Bytes == 0 || !g.Until.Equal(list[0].Until) || !g.Due.After(start.Add(14*day)) {
			t.Errorf("kept by %+v, and the hold is %+v", g, list[0])
		}
		if late, err := k.a.Late(k.ctx(), start, k.clk.Now()); err != nil || len(late) != 2 || late[0].State != "done" || late[1].State != "done" {
			t.Errorf("what nothing held was deleted late, and what is held is not: %+v, %v", late, err)
		}
		k.sound()

		k.release(h)
		if frags, _ := k.mustRead("cam-1", from, from.Add(time.Minute)); len(frags) != 0 {
			t.Error("released footage past its time is read")
		}
		if s := k.sweep(); s.Condemned != 2 || s.Unlinked != 2 {
			t.Errorf("after the release: %+v", s)
		}
		if len(k.dirFiles("cam-1")) != 0 || len(k.keys.Holds()) != 0 {
			t.Errorf("left: %v, hold keys %v", k.dirFiles("cam-1"), k.keys.Holds())
		}
		if a, b := len(k.kinds("hold.set")), len(k.kinds("hold.ended")); a != 1 || b != 1 {
			t.Errorf("%d set, %d ended in the ledger", a, b)
		}
		done, err := k.a.Deletions(k.ctx(), start, k.clk.Now())
		if err != nil || len(done) != 2 || done[0].Rule != "release" {
			t.Errorf("deletions %+v, %v", done, err)
		}
		if in, err := k.a.Tallies(k.ctx(), start, k.clk.Now().Add(time.Second)); err != nil || len(in) != 2 || in[0].Freed != 1 || in[0].Held != 0 || in[0].Late != 0 || len(in[0].Holds) != 0 || in[0].Worst != 0 {
			t.Errorf("released, in figures: %+v, %v", in, err)
		}
		k.sound()
	})
}

func max2(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestTheLegalClassBoundsAHold(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	k := sqlite(t)
	rules := rulesFor("cam-1", 30*day)
	rules.Class = permit.ClassSafety
	c := k.cam(rules)
	c.record(time.Minute)
	c.cut()
	k.settle()
	until := start.Add(200 * day)
	if _, err := k.hold(permit.HoldCrime, start, start.Add(time.Minute), until, "cam-1"); fault.Key(err) != "hold.class" {
		t.Errorf("safety footage kept for its thirty days already: %v", err)
	}
	rules.Retention, rules.Camera = 14*day, "cam-2"
	c = k.cam(rules)
	from := k.clk.Now()
	c.record(20 * time.Second)
	c.cut()
	k.settle()
	if _, err := k.hold(permit.HoldCrime, from, from.Add(time.Minute), until, "cam-2"); err != nil {
		t.Fatalf("to the limit of its class: %v", err)
	}
	k.at(from.Add(30*day - 12*time.Hour - time.Second))
	k.sweep()
	if _, got := k.mustRead("cam-2", from, from.Add(time.Minute)); len(got) == 0 {
		t.Error("gone before the limit")
	}
	k.at(from.Add(30*day - 12*time.Hour))
	if frags, _ := k.mustRead("cam-2", from, from.Add(10*time.Second)); len(frags) != 0 {
		t.Error("read past the limit")
	}
	k.at(from.Add(30*day - 12*time.Hour + time.Minute))
	k.sweep()
	if left := k.dirFiles("cam-2"); len(left) != 0 {
		t.Errorf("left past the limit: %v", left)
	}
}

func TestADisputeEndsAtTheLimitUnlessTheNoticeIsRecorded(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4", "KEEP-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) { disputed(t, d, permit.HoldDispute, false) })
	dbtest.Each(t, func(t *testing.T, d *db.DB) { disputed(t, d, permit.HoldDispute, true) })
}

// A request of a registered person keeps footage from its approved period to the
// law's limit, and no notice lets it go on.
func TestARequestKeepsNothingPastTheLawsLimit(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4", "GOV-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) { disputed(t, d, permit.HoldRequest, false) })
}

func disputed(t *testing.T, d *db.DB, reason permit.HoldReason, told bool) {
	t.Helper()
	k := newKit(t, d)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	h, err := k.hold(reason, start, start.Add(time.Minute), start.Add(permit.LongestDispute), "cam-1")
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t)
	k.at(start.Add(20 * day))
	k.sweep()
	if told {
		now := k.clk.Now()
		n := &permit.Notice{Head: s.head(now), Hold: h.ID, Given: now.Add(-time.Hour), Until: start.Add(90 * day)}
		if err := k.a.Notice(k.ctx(), s.sign(n), n); err != nil {
			t.Fatal(err)
		}
		if err := k.a.Notice(k.ctx(), s.sign(n), n); err != nil {
			t.Errorf("told twice: %v", err)
		}
		k.reopen()
	}
	k.at(start.Add(30*day - 11*time.Hour))
	swept := k.sweep()
	_, got := k.mustRead("cam-1", start, start.Add(time.Minute))
	if told && len(got) != len(c.sent) {
		t.Errorf("the notice is on record, %d pictures kept", len(got))
	}
	if !told && (len(k.dirFiles("cam-1")) != 0 || swept.Ended != 1) {
		t.Errorf("no notice: %+v, %v", swept, k.dirFiles("cam-1"))
	}
	k.at(start.Add(91 * day))
	k.sweep()
	if left := k.dirFiles("cam-1"); len(left) != 0 {
		t.Errorf("left after the end: %v", left)
	}
}

func TestANoticeThatComesTooLateIsRefused(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-5")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", 14*day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	h, err := k.hold(permit.HoldDispute, start, start.Add(time.Minute), start.Add(permit.LongestDispute), "cam-1")
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t)
	n := &permit.Notice{Head: s.head(start.Add(day)), Hold: h.ID, Given: start.Add(30*day + time.Second), Until: start.Add(90 * day)}
	if err := k.a.Notice(k.ctx(), &permit.Signed{}, n); fault.Key(err) != "hold.notice-late" {
		t.Errorf("told after day 30: %v", err)
	}
	n.Hold = permit.NewID()
	if err := k.a.Notice(k.ctx(), &permit.Signed{}, n); !fault.Is(err, fault.NotFound) {
		t.Errorf("of no hold: %v", err)
	}
}

func TestAHoldOnWhatIsBeingRecorded(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	if _, err := k.hold(permit.HoldCrime, start.Add(5*time.Second), start.Add(2*time.Minute), start.Add(90*day), "cam-1"); err != nil {
		t.Fatal(err)
	}
	c.record(5 * time.Minute)
	c.cut()
	k.settle()
	k.at(start.Add(2 * day))
	k.sweep()
	if n := len(k.filesOf("cam-1", segment.Closed)); n != 3 {
		t.Errorf("%d segments kept, the hold overlaps three", n)
	}
	_, got := k.mustRead("cam-1", start, start.Add(2*time.Minute))
	same(t, got[:240], c.sent[:240])
}

func TestAHoldThatComesTooLateSaysSo(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	until := start.Add(90 * day)
	if _, err := k.hold(permit.HoldCrime, start.Add(-2*day), start.Add(-day), until, "cam-1"); fault.Key(err) != "hold.nothing" {
		t.Errorf("where nothing was recorded: %v", err)
	}
	// Due and not yet condemned: the hold comes first and wins.
	k.at(start.Add(day + time.Minute))
	h, err := k.hold(permit.HoldCrime, start, start.Add(time.Minute), until, "cam-1")
	if err != nil {
		t.Fatalf("before the sweep: %v", err)
	}
	if s := k.sweep(); s.Condemned != 0 {
		t.Errorf("%+v", s)
	}
	k.release(h)
	k.sweep()
	if _, err := k.hold(permit.HoldCrime, start, start.Add(time.Minute), until, "cam-1"); fault.Key(err) != "hold.deleted" {
		t.Errorf("after the sweep: %v", err)
	}
	if _, err := k.hold(permit.HoldCrime, start, start.Add(time.Minute), k.clk.Now().Add(time.Microsecond), "cam-1"); err == nil {
		t.Error("a hold over deleted footage that ends at once")
	}
}

func TestTwoHoldsOnTheSameFootage(t *testing.T) {
	t.Parallel()
	req.Shows(t, "KEEP-4")
	k := sqlite(t)
	c := k.cam(rulesFor("cam-1", day))
	c.record(10 * time.Second)
	c.cut()
	k.settle()
	first, err := k.hold(permit.HoldCrime, start, start.Add(time.Minute), start.Add(90*day), "cam-1")
	if err != nil {
		t.Fatal(err)
	}
	k.at(start.Add(2 * day))
	k.sweep() // the period key goes
	second, err := k.hold(permit.HoldSharing, start, start.Add(time.Minute), start.Add(50*day), "cam-1")
	if err != nil {
		t.Fatalf("on footage that lives by the first hold's key: %v", err)
	}
	k.release(first)
	k.sweep()
	if held := k.keys.Holds(); len(held) != 1 || held[0] != second.ID {
		t.Errorf("hold keys %v", held)
	}
	_, got := k.mustRead("cam-1", start, start.Add(time.Minute))
	same(t, got, c.sent)
	k.at(start.Add(51 * day))
	k.sweep()
	if left := k.dirFiles("cam-1"); len(left) != 0 || len(k.keys.Holds()) != 0 {
		t.Errorf("left: %v, %v", left, k.keys.Holds())
	}
}
