package masking_test

import (
	"bytes"
	"context"
	"image/png"
	"io"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/masking"
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

// With a real engine: a mask that comes into force is proven by a picture; the
// original is nobody's until two have lifted the mask, for the police's copy
// alone, and nobody's again when the lift has ended.
func TestWithTheEngine(t *testing.T) {
	req.Shows(t, "VIEW-4")
	s := enginetest.New(t, start)
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)), s.Fake, s.Signer, enginetest.Controller, enginetest.EngineID, s.Client, func(ctx context.Context, _ string, signed []byte) error {
		_, err := s.Client.Statement(ctx, signed)
		return err
	})
	ctx := t.Context()
	s.Connect("indgang", s.Camera(testcam.Small))
	head := permit.Head{Controller: enginetest.Controller, Engine: enginetest.EngineID, By: "p"}
	_, err := b.issuer.Issue(ctx, nil, &permit.Mask{Head: head, Camera: "indgang", Areas: left()})
	must(t, err)
	must(t, b.Tick(ctx)) // nothing has come to the engine yet
	masked := func() masking.Masked {
		all, err := b.Masked(ctx, enginetest.Controller)
		must(t, err)
		if len(all) != 1 || all[0].Camera != "indgang" {
			t.Fatalf("masked are %+v", all)
		}
		return all[0]
	}
	if m := masked(); m.Sent || !m.Proof.At.IsZero() {
		t.Errorf("not sent yet: %+v", m)
	}
	_, err = b.issuer.Issue(ctx, nil, &permit.Permit{Head: head, Camera: "indgang", Stream: "main", Hours: enginetest.Always(), RetentionHours: 24 * 14, Class: permit.ClassCrime, Basis: "2d", Case: "2026-001",
		ValidFrom: s.Now(), ValidTo: s.Now().AddDate(1, 0, 0), Text: "x"})
	must(t, err)
	b.deliver(s)
	halt := s.Run(2)
	s.Recorded("indgang", 8*time.Second)
	must(t, b.Tick(ctx))
	p := masked().Proof
	if !p.Covered || p.Bright > 40 || len(p.SHA256) != 64 || p.Statement == "" {
		t.Errorf("the proof: %+v", p)
	}
	small, err := p.PNG()
	must(t, err)
	img, err := png.Decode(bytes.NewReader(small))
	must(t, err)
	if img.Bounds().Dx() != 64 || img.Bounds().Dy() != 36 {
		t.Errorf("what is kept is %v", img.Bounds())
	}
	taken := len(s.Ledger("still.opened"))
	must(t, b.Tick(ctx))
	if n := len(s.Ledger("still.opened")); taken != 1 || n != 1 {
		t.Errorf("%d pictures were taken, then %d", taken, n)
	}
	halt()
	s.Fake.Advance(time.Hour)

	i := b.incident(start, start.Add(30*time.Second), "indgang")
	l, err := b.Ask(ctx, i.ID, masking.Terms{Cameras: []string{"indgang"}, From: start, To: start.Add(30 * time.Second), Journal: "4100-70121-00417-26", Words: "Gerningsmanden løber ind bag hækken"}, b.who("jonas"))
	must(t, err)
	l, err = b.Decide(ctx, l.ID, true, "", l.Seal(), b.who("birthe"))
	must(t, err)
	b.deliver(s)
	id, err := b.Opening(ctx, enginetest.Controller, i.ID, "indgang", l.From, l.To)
	must(t, err)
	original := func(lift permit.ID, from, to time.Time) error {
		o := s.Order(from, to, "indgang")
		o.MaskLift = lift
		_, err := s.Client.Original(ctx, engineapi.ExportQuery{Camera: "indgang", From: from, To: to}, s.Pass(o), io.Discard, io.Discard)
		return err
	}
	must(t, original(id, l.From, l.To))
	key(t, "without a lift", "mask.original", original("", l.From, l.To))
	key(t, "by a lift of nobody's", "mask.lift", original(permit.NewID(), l.From, l.To))
	key(t, "beyond its minutes", "mask.lift", original(id, l.From, l.To.Add(time.Second)))
	// Looking stays covered while the lift lasts.
	_, err = s.Frames(engineapi.FragmentQuery{Camera: "indgang", From: l.From, To: l.To}, s.Pass(s.Ticket(l.From, l.To, "indgang")))
	key(t, "used to look", "mask.transcode", err)
	s.Fake.Advance(masking.Life)
	key(t, "after its end", "ticket.expired", original(id, l.From, l.To))
}
