package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
)

// TestDemonstrationMayLook: every incident of the demonstration comes as far as
// its looks, its bookmarks and its steps under the permits that the
// demonstration's own cases gave. What an engine has to answer, packages, is
// left out, and so is the time it takes to record.
func TestDemonstrationMayLook(t *testing.T) {
	ctx := t.Context()
	d := &demo{cmd: &demoCmd{Listen: "127.0.0.1:0"}, dir: filepath.Join(t.TempDir(), "demo"), log: slog.New(slog.DiscardHandler)}
	now := time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)
	first := inDenmark(now).Truncate(time.Hour).AddDate(0, 0, -seedDays).UTC()
	if err := d.past(ctx, first); err != nil {
		t.Fatal(err)
	}
	o, err := openOffice(ctx, d.config().Portal, clock.NewFake(now), d.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.close(); err != nil {
			t.Error(err)
		}
	}()
	looked := 0
	for _, x := range demoIncidents() {
		of := lindeby
		if x.location == "kadence-havnen" {
			of = kadence
		}
		p, err := o.person(ctx, of, x.login)
		if err != nil {
			t.Fatal(err)
		}
		x.discloses = nil
		if x.looks {
			looked++
		}
		from := now.AddDate(0, 0, -x.days)
		if err := x.record(ctx, o, from, from.Add(seedSpan), incident.Who{Controller: of, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}); err != nil {
			t.Errorf("%s: %v (%s)", x.what, err, fault.Key(err))
		}
	}
	if looked == 0 {
		t.Error("no incident of the demonstration is looked at")
	}
}

// TestTheDemonstrationStarts: what README's first command shows is built from
// nothing by the real recorder, under the real clock, and opened with everything
// in it.
func TestTheDemonstrationStarts(t *testing.T) {
	ctx := t.Context()
	d := &demo{cmd: &demoCmd{Listen: "127.0.0.1:0"}, dir: filepath.Join(t.TempDir(), "demo"), log: slog.New(slog.DiscardHandler)}
	if err := d.build(ctx); err != nil {
		t.Fatal(err)
	}
	clk := clock.System()
	cams, err := startCameras(demoCameras(), clk)
	if err != nil {
		t.Fatal(err)
	}
	defer stopCameras(cams)
	h, err := openHouse(ctx, d.config(), clk, func() bool { return true }, d.log)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.office.openToday(ctx, cams, clk.Now().Truncate(time.Microsecond)); err != nil {
		t.Error(err)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}
