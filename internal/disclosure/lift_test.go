package disclosure_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// The order for the police's package names the mask lift that lasts when it is
// made, for the camera that it is of and no other.
func TestThePolicesPackageHasTheLiftThatLasts(t *testing.T) {
	req.Shows(t, "VIEW-4")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	lift := permit.NewID()
	i := b.incident(true)
	b.config.Lift = func(_ context.Context, controller, incident, camera string, from, to time.Time) (permit.ID, error) {
		if controller != i.Controller || incident != i.ID || !from.Before(to) {
			t.Errorf("asked for %s of %s, %s to %s", incident, controller, from, to)
		}
		if camera == "a" {
			return lift, nil
		}
		return "", nil
	}
	b.open()
	x := b.draft(i)
	x.Cameras = []string{"a", "b"}
	b.is(b.next(b.approved(x).ID), disclosure.Ready)
	with := 0
	for _, e := range b.entries("export.issued") {
		if strings.Contains(fmt.Sprint(e), string(lift)) {
			with++
		}
	}
	if with != 1 {
		t.Errorf("%d orders name the lift, one is wanted", with)
	}
}
