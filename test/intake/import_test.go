// Package intake_test takes cameras in through the portal's half into a real
// engine: from a spreadsheet and from the network, and shows that nothing of it
// lets a camera record.
package intake_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/sheet"
	"vidne.dk/vidne/internal/testcam"
)

const controller = "lindeby"

// house is the portal's half without its screens, and an engine.
type house struct {
	t        *testing.T
	db       *db.DB
	ledger   *ledger.Log
	register *register.Register
	issuer   *issuer.Issuer
	engine   *engineapi.Client
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newHouse(t *testing.T) *house {
	ctx, clk := t.Context(), clock.System()
	h := &house{t: t, db: dbtest.Open(t, dbtest.SQLite(t))}
	signer := enginetest.Signer(t, 1)
	h.engine, _ = enginetest.Start(t, enginetest.Config(t, signer, clk.Now().Add(-24*time.Hour), clk))
	h.ledger = must[*ledger.Log](t)(ledger.Open(ctx, h.db, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk))
	h.issuer = must[*issuer.Issuer](t)(issuer.Open(ctx, h.db, h.ledger, signer, clk, func(ctx context.Context, _ string, signed []byte) error {
		_, err := h.engine.Statement(ctx, signed)
		return err
	}, issuer.Log(enginetest.Log())))
	h.register = must[*register.Register](t)(register.Open(ctx, h.db, h.ledger, clk))
	run, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.issuer.Run(run)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	h.ok(h.register.AddController(ctx, register.Controller{ID: controller, Name: "Lindeby Kommune", Kind: register.Municipality}, "p-1"))
	h.ok(h.register.AddLocation(ctx, register.Location{ID: "skole", Controller: controller, Name: "Lindeby Skole", Address: "Skolevej 4"}, "p-1"))
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func head(by string) permit.Head {
	return permit.Head{Controller: controller, Engine: enginetest.EngineID, By: by}
}

func TestCamerasOfASpreadsheetRecordNothing(t *testing.T) {
	req.Shows(t, "SITE-6", "CASE-12")
	h, ctx := newHouse(t), t.Context()
	cam := (&enginetest.Site{T: t, Clock: clock.System()}).Camera(testcam.Tiny)
	var file bytes.Buffer
	h.ok(sheet.Table{Head: []string{"Navn", "Sted", "Fabrikat", "URL"}, Rows: [][]sheet.Cell{
		sheet.Texts("Hovedindgang", "Lindeby Skole", "Vidne", cam.URL()),
		sheet.Texts("Gården", "Lindeby Skole", "Vidne", "rtsp://root:hemmelig@127.0.0.1/"),
	}}.XLSX(&file))
	rows := must[[][]string](t)(sheet.Read(&file))
	im := register.Import{Controller: controller, Engine: enginetest.EngineID}
	draft := must[register.Draft](t)(h.register.CheckImport(ctx, im, rows))
	if draft.Taken != 1 || draft.Refused != 1 {
		t.Fatalf("%+v", draft)
	}
	// The addresses go to the engine in the transaction that takes them in.
	_, err := h.register.TakeIn(ctx, im, rows, draft.Token, "p-1", func(tx *db.Tx, c register.Camera, address string) error {
		_, err := h.issuer.Issue(ctx, tx, &permit.Camera{Head: head("p-1"), Camera: c.ID, Name: c.Name, Place: "Lindeby Skole", URL: address, Transport: permit.TransportTCP, Sealed: []byte{}})
		return err
	})
	h.ok(err)
	h.issuer.Wake()
	const id = "skole-hovedindgang"
	state := func() engineapi.CameraStatus {
		for _, c := range must[engineapi.Status](t)(h.engine.Status(ctx)).Cameras {
			if c.Camera == id {
				return c
			}
		}
		return engineapi.CameraStatus{}
	}
	enginetest.Until(t, "the engine knows the camera, and that it has no permit", func() bool { return state().State == engineapi.StateNoPermit })
	in := must[engineapi.InForce](t)(h.engine.Permit(ctx, id))
	if in.Permit != nil || in.Covers || in.Cause != engineapi.CauseNoPermit {
		t.Errorf("a permit in the engine's book: %+v", in)
	}
	recorded := func() int64 {
		now := time.Now()
		return must[engineapi.Coverage](t)(h.engine.Coverage(ctx, id, now.Add(-time.Hour), now.Add(time.Minute))).Recorded
	}
	if n := recorded(); n != 0 || len(cam.Requests()) != 0 {
		t.Errorf("%d seconds recorded, and the camera was asked %v", n, cam.Requests())
	}
	// The same camera records as soon as a permit is let out, so that it was the
	// permit that was missing.
	now := time.Now()
	must[*permit.Signed](t)(h.issuer.Issue(ctx, nil, &permit.Permit{Head: head("p-1"), Camera: id, Stream: engine.Stream, Hours: enginetest.Always(), RetentionHours: 24, Class: permit.ClassCrime,
		Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014", ValidFrom: now.Add(-time.Hour), ValidTo: now.AddDate(0, 1, 0), Text: "Optagetilladelse"}))
	h.issuer.Wake()
	enginetest.Until(t, "it records", func() bool { return state().State == engineapi.StateRecording })
}

func TestWhatAProbeFindsIsKeptWithTheCamera(t *testing.T) {
	req.Shows(t, "CASE-7")
	h, ctx := newHouse(t), t.Context()
	cam := (&enginetest.Site{T: t, Clock: clock.System()}).Camera(testcam.Small)
	h.ok(h.register.AddCamera(ctx, register.Camera{ID: "ny", Controller: controller, Location: "skole", Name: "Ny"}, "p-1"))
	// The portal signs the probe, the engine carries it out.
	signed := must[*permit.Signed](t)(h.issuer.Ticket(ctx, nil, &permit.Probe{Head: head("p-1"), Camera: "ny", URL: cam.URL(), Transport: permit.TransportTCP, Sealed: []byte{}, Expires: time.Now().Add(time.Minute)}))
	found := must[engineapi.Probed](t)(h.engine.Probe(ctx, signed.Encode()))
	h.ok(h.register.KeepEvidence(ctx, register.Evidence{Camera: "ny", Controller: controller, Statement: "probe", Found: register.Found{Probed: found}, By: "p-1"}))
	kept := must[[]register.Evidence](t)(h.register.EvidenceOf(ctx, controller, "ny"))
	if len(kept) != 1 || kept[0].Found.Codec != "H.264" || kept[0].Found.Width != 640 || kept[0].Found.FPS == 0 {
		t.Errorf("%+v", kept)
	}
	if kept[0].Found.ONVIF != nil || kept[0].Found.ONVIFCause == "" {
		t.Errorf("a camera without ONVIF: %+v", kept[0].Found)
	}
}
