package hold_test

import (
	"context"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// deliver brings all that is signed to the engine, and waits for its answer.
func (b *bench) deliver(s *enginetest.Site) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() { b.issuer.Run(ctx); close(done) }()
	s.Until("the engine has all that is signed", func() bool {
		left, err := b.issuer.Records(ctx, issuer.Filter{States: []string{issuer.Waiting}})
		return err == nil && len(left) == 0
	})
	cancel()
	<-done
}

// With a real engine: what is locked outlives its time, a dispute's lock without
// a notice deletes at the limit, and what is released is gone within the hour.
func TestWithTheEngine(t *testing.T) {
	req.Shows(t, "KEEP-4", "KEEP-5")
	s := enginetest.New(t, start)
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), s.Fake, s.Signer, enginetest.Controller, enginetest.EngineID, func(ctx context.Context, _ string, signed []byte) error {
		_, err := s.Client.Statement(ctx, signed)
		return err
	})
	ctx := t.Context()
	of := []string{"gaard", "indgang"}
	const free = "hal" // nothing locks it
	for _, name := range append(of, free) {
		s.Connect(name, s.Camera(testcam.Tiny))
		// What is not locked is deleted after an hour.
		_, err := b.issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: enginetest.Controller, Engine: enginetest.EngineID, By: "p"}, Camera: name, Stream: "main", Hours: enginetest.Always(),
			RetentionHours: 1, Class: permit.ClassCrime, Basis: "2d", Case: "2026-001", ValidFrom: s.Now(), ValidTo: s.Now().AddDate(1, 0, 0), Text: "x"})
		must(t, err)
	}
	b.deliver(s)
	halt := s.Run(2)
	for _, name := range append(of, free) {
		s.Recorded(name, 10*time.Second)
	}
	halt()
	_, err := b.issuer.Issue(ctx, nil, &permit.Stop{Head: permit.Head{Controller: enginetest.Controller, Engine: enginetest.EngineID, By: "p"}, Reason: "Nok er optaget"})
	must(t, err)
	b.deliver(s)
	s.Fake.Advance(time.Minute)
	b.first = start

	i := b.incident(start, start.Add(30*time.Second), of...)
	lock := func(camera string, reason permit.HoldReason) hold.Hold {
		h, err := b.Ask(ctx, i.ID, hold.Terms{Cameras: []string{camera}, From: start, To: start.Add(30 * time.Second), Reason: reason, Reference: "26/1142", Whom: "Ida Holm",
			Words: "Trappen ses i de sekunder", Review: b.clk.Now().Add(60 * day), Until: b.clk.Now().Add(200 * day)}, b.who("jonas"))
		must(t, err)
		h, err = b.Decide(ctx, h.ID, true, "", h.Seal(), b.who("birthe"))
		must(t, err)
		return h
	}
	crime, dispute := lock("indgang", permit.HoldCrime), lock("gaard", permit.HoldDispute)
	b.deliver(s)
	kept := func(h hold.Hold) int {
		all, err := s.Client.Holds(ctx)
		must(t, err)
		for _, x := range all {
			if x.Hold == h.Statement {
				return x.Segments
			}
		}
		return 0
	}
	for _, h := range []*hold.Hold{&crime, &dispute} {
		*h, err = b.Get(ctx, h.Controller, h.ID)
		must(t, err)
		if !h.EngineHas {
			t.Fatalf("the engine has not taken %s: %s", h.Number, h.EngineWhy)
		}
		s.Until(h.Number+" keeps something", func() bool { s.Fake.Advance(time.Second); return kept(*h) > 0 })
	}
	// until lets a minute pass at a time while something is waited for.
	until := func(what string, ok func() bool) {
		t.Helper()
		s.Until(what, func() bool { s.Fake.Advance(time.Minute); return ok() })
	}
	seconds := func(name string) float64 { return s.Seconds(name) }
	s.Fake.Advance(29*day - s.Now().Sub(start))
	until("what nobody locked is deleted", func() bool { return seconds(free) == 0 && len(gone(t, s, free)) > 0 })
	for _, name := range of {
		if seconds(name) < 9 {
			t.Fatalf("%s: %.1f s are left of what is locked", name, seconds(name))
		}
	}
	s.Fake.Advance(12*time.Hour + time.Minute - s.Now().Sub(start.Add(29*day)))
	until("a dispute without a notice is deleted", func() bool { return seconds("gaard") == 0 && len(gone(t, s, "gaard")) > 0 })
	if over := s.Now().Sub(dispute.Until); over > time.Hour {
		t.Errorf("it went %s after the end", over)
	}
	s.Fake.Advance(10 * day)
	if seconds("indgang") < 9 {
		t.Fatalf("a crime's lock lost its footage: %.1f s", seconds("indgang"))
	}
	crime, err = b.Release(ctx, crime.ID, "Politiet har fået optagelserne", b.who("jonas"))
	must(t, err)
	b.deliver(s)
	until("what is released is deleted", func() bool { return seconds("indgang") == 0 && len(gone(t, s, "indgang")) > 0 })
	if over := s.Now().Sub(crime.Released); over > time.Hour {
		t.Errorf("it went %s after the release", over)
	}
}

// gone are the deletions of a camera that the engine tells of.
func gone(t *testing.T, s *enginetest.Site, camera string) (out []time.Time) {
	t.Helper()
	all, err := s.Client.Deletions(t.Context(), start, s.Now().Add(40*day))
	must(t, err)
	for _, d := range all {
		if d.Camera == camera && !d.Done.IsZero() {
			out = append(out, d.Done)
		}
	}
	return out
}
