package register_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// A camera is taken into use by the first picture that the engine records of it,
// at that moment, whenever the portal gets to ask.
func TestTheFirstPictureTakesACameraIntoUse(t *testing.T) {
	req.Shows(t, "SITE-4")
	s := enginetest.New(t, time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC))
	ctx, d := t.Context(), dbtest.Open(t, dbtest.SQLite(t))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), s.Fake)
	must(err)
	r, err := register.Open(ctx, d, l, s.Fake)
	must(err)
	must(r.AddController(ctx, register.Controller{ID: enginetest.Controller, Name: "Lindeby", Kind: register.Municipality, PolcamDays: 14}, ""))
	must(r.AddLocation(ctx, register.Location{ID: "skole", Controller: enginetest.Controller, Name: "Skolen", Address: "Skolevej 4"}, ""))
	for _, id := range []string{"indgang", "hal"} {
		must(r.AddCamera(ctx, register.Camera{ID: id, Controller: enginetest.Controller, Location: "skole", Name: id}, ""))
	}
	must(r.SetPolcam(ctx, register.Polcam{Location: "skole", Controller: enginetest.Controller, Duty: register.PolcamRequired, Contact: "Vagten", Phone: "99 99 99 99"}, ""))
	use := func(id string) register.Camera {
		t.Helper()
		must(r.TakeIntoUse(ctx, s.Client))
		c, err := r.Camera(ctx, enginetest.Controller, id)
		must(err)
		return c
	}
	if c := use("indgang"); !c.Commissioned.IsZero() {
		t.Errorf("without a permit it is in use: %+v", c.Commissioned)
	}
	before := s.Now()
	s.Install("indgang", testcam.Small)
	halt := s.Run(2)
	s.Recorded("indgang", 5*time.Second)
	halt()
	after := s.Now()
	s.Fake.Advance(2 * time.Hour)
	c := use("indgang")
	if c.Use != register.Recorded || c.Commissioned.Before(before) || c.Commissioned.After(after) {
		t.Errorf("it is in use since %s by %q, and recorded first between %s and %s", c.Commissioned, c.Use, before, after)
	}
	p, _, err := r.Polcam(ctx, enginetest.Controller, "skole")
	must(err)
	if !p.Due.Equal(c.Commissioned.AddDate(0, 0, 14)) {
		t.Errorf("due %s", p.Due)
	}
	if c := use("hal"); !c.Commissioned.IsZero() {
		t.Errorf("a camera that never recorded is in use since %s", c.Commissioned)
	}
	found, err := l.Find(ctx, ledger.Filter{Kinds: []string{"camera.commissioned"}})
	must(err)
	if len(found) != 1 {
		t.Errorf("%d entries", len(found))
	}
}
