package hold_test

import (
	"context"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// A lock is made longer by another's yes and narrower by one's own word; the
// engine is never without one, lets the rest go within the hour, and a sweep in
// the moment of the change takes nothing that is locked.
func TestALockIsLengthenedAndNarrowedAtTheEngine(t *testing.T) {
	req.Shows(t, "KEEP-4")
	s := enginetest.New(t, start)
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), s.Fake, s.Signer, enginetest.Controller, enginetest.EngineID, func(ctx context.Context, _ string, signed []byte) error {
		_, err := s.Client.Statement(ctx, signed)
		return err
	})
	ctx := t.Context()
	for _, name := range []string{"indgang", "gaard"} {
		s.Connect(name, s.Camera(testcam.Tiny))
		_, err := b.issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: enginetest.Controller, Engine: enginetest.EngineID, By: "p"}, Camera: name, Stream: "main", Hours: enginetest.Always(),
			RetentionHours: 1, Class: permit.ClassCrime, Basis: "2d", Case: "2026-001", ValidFrom: s.Now(), ValidTo: s.Now().AddDate(1, 0, 0), Text: "x"})
		must(t, err)
	}
	b.deliver(s)
	halt := s.Run(2)
	s.Recorded("indgang", 10*time.Second)
	s.Recorded("gaard", 10*time.Second)
	halt()
	_, err := b.issuer.Issue(ctx, nil, &permit.Stop{Head: permit.Head{Controller: enginetest.Controller, Engine: enginetest.EngineID, By: "p"}, Reason: "Nok er optaget"})
	must(t, err)
	b.deliver(s)
	s.Fake.Advance(time.Minute)
	b.first = start
	i := b.incident(start, start.Add(30*time.Second), "indgang", "gaard")
	h, err := b.Ask(ctx, i.ID, hold.Terms{Cameras: []string{"indgang", "gaard"}, From: start, To: start.Add(30 * time.Second), Reason: permit.HoldCrime, Reference: "4100-70121-00417-26", Words: "Trappen ses i de sekunder",
		Review: b.clk.Now().Add(60 * day), Until: b.clk.Now().Add(3 * day)}, b.who("jonas"))
	must(t, err)
	h, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("birthe"))
	must(t, err)
	b.deliver(s)

	until := b.clk.Now().Add(200 * day)
	_, err = b.AskLonger(ctx, h.ID, b.clk.Now().Add(day), "Politiet er ikke færdige", b.who("jonas"))
	b.refused("hold.until", err)
	h, err = b.AskLonger(ctx, h.ID, until, "Politiet er ikke færdige", b.who("jonas"))
	must(t, err)
	for _, own := range []string{"jonas"} {
		_, err = b.DecideLonger(ctx, h.ID, true, "", h.Longer.Until, b.who(own))
		b.refused("hold.own", err)
	}
	_, err = b.DecideLonger(ctx, h.ID, false, "nej", h.Longer.Until, b.who("birthe"))
	b.refused("hold.answer", err)
	h, err = b.DecideLonger(ctx, h.ID, true, "", h.Longer.Until, b.who("birthe"))
	must(t, err)
	first := h.Former
	_, err = b.Narrow(ctx, h.ID, []string{"indgang"}, h.From, h.To, "Kun indgangen er nødvendig", b.who("jonas"))
	b.refused("hold.changing", err) // the engine has not both yet
	b.deliver(s)
	s.Fake.Advance(2 * time.Hour) // a sweep between the two
	must(t, b.Tick(ctx))
	b.deliver(s)
	for id, want := range map[permit.ID]bool{first: false, h.Statement: true} {
		if got := b.holds(s, id); got != want {
			t.Errorf("%s holds: %v", id, got)
		}
	}
	s.Fake.Advance(10 * day) // past the first end
	for _, name := range []string{"indgang", "gaard"} {
		if s.Seconds(name) < 9 {
			t.Fatalf("%s: %.1f s are left of what was lengthened", name, s.Seconds(name))
		}
	}
	_, err = b.Narrow(ctx, h.ID, []string{"hal"}, h.From, h.To, "Kun indgangen er nødvendig", b.who("jonas"))
	b.refused("hold.narrower", err)
	h, err = b.Narrow(ctx, h.ID, []string{"indgang"}, h.From, h.To, "Kun indgangen er nødvendig", b.who("jonas"))
	must(t, err)
	b.deliver(s)
	s.Fake.Advance(2 * time.Hour)
	must(t, b.Tick(ctx))
	b.deliver(s)
	s.Until("what is let go is deleted", func() bool { s.Fake.Advance(time.Minute); return s.Seconds("gaard") == 0 })
	if s.Seconds("indgang") < 9 {
		t.Fatalf("what is still locked: %.1f s", s.Seconds("indgang"))
	}
	h, err = b.Get(ctx, enginetest.Controller, h.ID)
	must(t, err)
	if h.State(b.clk.Now()) != hold.Standing || !h.Ends().Equal(until.Truncate(time.Microsecond)) || len(h.Changes) != 2 || h.Former != "" {
		t.Errorf("%s: %+v", h.State(b.clk.Now()), h.Changes)
	}
}

// holds reports whether the engine has a lock in force.
func (b *bench) holds(s *enginetest.Site, id permit.ID) bool {
	b.t.Helper()
	all, err := s.Client.Holds(b.t.Context())
	must(b.t, err)
	for _, h := range all {
		if h.Hold == id {
			return true
		}
	}
	return false
}

// A dispute is lengthened by another notice, once the person is told; and what
// the engine will not have leaves the lock as it was.
func TestALockStaysAsItWasWhenTheEngineWillNotHaveTheChange(t *testing.T) {
	req.Shows(t, "KEEP-4", "KEEP-5")
	b := paper(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	i := b.incident(b.first, b.first.Add(time.Hour), "indgang")
	terms := b.terms()
	terms.Reason, terms.Reference, terms.Whom, terms.Review = permit.HoldDispute, "Klage 26/1142", "Ida Holm", b.clk.Now().Add(80*day)
	h, err := b.Ask(ctx, i.ID, terms, b.who("jonas"))
	must(t, err)
	h, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("birthe"))
	must(t, err)
	_, err = b.AskLonger(ctx, h.ID, b.clk.Now().Add(100*day), "Klagen er ikke afgjort", b.who("jonas"))
	b.refused("hold.untold", err)
	h, err = b.Tell(ctx, h.ID, hold.Notice{Given: b.clk.Now(), How: "Brev med digital post", Until: h.Until.Add(10 * day)}, b.who("jonas"))
	must(t, err)
	longer := b.clk.Now().Add(100 * day)
	_, err = b.AskLonger(ctx, h.ID, longer, "Klagen er ikke afgjort", b.who("karen"))
	must(t, err)
	_, err = b.DecideLonger(ctx, h.ID, true, "", longer, b.who("jonas")) // the owner
	b.refused("hold.own", err)
	h, err = b.DecideLonger(ctx, h.ID, true, "", longer.Truncate(time.Microsecond), b.who("birthe"))
	must(t, err)
	if s := b.issued(permit.KindNotice); len(s) != 2 || !h.Ends().Equal(longer.Truncate(time.Microsecond)) || h.Former != "" {
		t.Fatalf("%d notices, ends %s", len(s), h.Ends())
	}
	_, err = b.DecideLonger(ctx, h.ID, true, "", longer, b.who("birthe"))
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("answered twice: %v", err)
	}
}
