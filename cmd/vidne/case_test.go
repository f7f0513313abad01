package main

import (
	"log/slog"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// TestADecisionIsObeyedWithinTwoSeconds: both halves as `vidne serve` runs
// them, a camera over RTSP. Until the case lets its permit out the engine
// records nothing; two seconds after, it obeys it; two seconds after the case
// is closed, no more.
func TestADecisionIsObeyedWithinTwoSeconds(t *testing.T) {
	req.Shows(t, "CASE-12", "CASE-17", "REC-1")
	ctx := t.Context()
	clip, err := testcam.Open(testcam.Tiny)
	if err != nil {
		t.Fatal(err)
	}
	camera, err := testcam.Start(testcam.Options{Clip: clip})
	if err != nil {
		t.Fatal(err)
	}
	defer camera.Close()
	var cfg config
	cfg.Engine.Networks, cfg.Engine.Listen, cfg.Portal.Listen = []string{"127.0.0.0/8"}, "127.0.0.1:0", "127.0.0.1:0"
	cfg.defaults(t.TempDir())
	h, err := openHouse(ctx, cfg, clock.System(), func() bool { return true }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	o := h.office
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(o.register.AddController(ctx, register.Controller{ID: kadence, Name: "Kadence", Kind: register.Business, PolcamDays: 14}, "test"))
	must(o.register.AddLocation(ctx, register.Location{ID: "havnen", Controller: kadence, Name: "Havnen"}, "test"))
	must(o.register.AddCamera(ctx, register.Camera{ID: "sal", Controller: kadence, Location: "havnen", Name: "Salen", Mounting: "Hjørne, 3 m", Purpose: "Opklare tyveri og hærværk uden for åbningstiden", Engine: o.cfg.EngineID}, "test"))
	_, err = o.issuer.Issue(ctx, nil, &permit.Camera{Head: o.head(kadence), Camera: "sal", Name: "Salen", URL: camera.URL(), Transport: permit.TransportAuto})
	must(err)
	id, p, err := playUntil(ctx, o, kadence, "sal", "record")
	must(err)
	obeys(t, o, "sal", func(f engineapi.InForce) bool { return !f.Covers }, 20*time.Second)

	must(p.Step(ctx, id, "record"))
	obeys(t, o, "sal", func(f engineapi.InForce) bool { return f.Covers && f.Permit != nil && f.Permit.Case == id }, 2*time.Second)
	records(t, o, "sal")

	_, _, err = o.cases.Act(ctx, kadence, id, casework.Act{Kind: casework.ActClose, Remarks: "Slut"}, p.Cast["owner"])
	must(err)
	obeys(t, o, "sal", func(f engineapi.InForce) bool { return !f.Covers }, 2*time.Second)
	if all, err := o.cases.Deviations(ctx); err != nil || len(all) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// obeys asks the engine until something is so, at most for so long.
func obeys(t *testing.T, o *office, camera string, so func(engineapi.InForce) bool, most time.Duration) {
	t.Helper()
	var last engineapi.InForce
	for end := o.clock.Mono() + most; ; {
		f, err := o.client.Permit(t.Context(), camera)
		if err == nil && so(f) {
			return
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		if last = f; o.clock.Mono() > end {
			t.Fatalf("not so after %s: %+v", most, last)
		}
		if err := clock.Sleep(t.Context(), o.clock, 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

// records waits until the engine has pictures of a camera.
func records(t *testing.T, o *office, camera string) {
	t.Helper()
	for end := o.clock.Mono() + 30*time.Second; ; {
		s, err := o.client.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Cameras {
			if c.Camera == camera && c.State == engineapi.StateRecording {
				return
			}
		}
		if o.clock.Mono() > end {
			t.Fatalf("%s does not record: %+v", camera, s.Cameras)
		}
		if err := clock.Sleep(t.Context(), o.clock, 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}
