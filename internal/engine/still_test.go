package engine_test

import (
	"bytes"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

func TestAStillIsOnePictureAndLogged(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-6", "LOG-1")
	s := enginetest.New(t, time.Time{})
	cam := s.Camera(testcam.Small)
	s.Connect("cam", cam)
	order := s.Pass(s.Still("cam"))
	b, err := s.Client.Still(t.Context(), engineapi.StillQuery{Camera: "cam"}, order)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds().Dx() != 640 {
		t.Fatalf("the picture: %v", err)
	}
	// Who it was given to stands in it: white letters in a dark box below.
	white := 0
	for y := 320; y < 358; y++ {
		for x := 12; x < 300; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); min(r, g, b)>>8 > 225 {
				white++
			}
		}
	}
	if white < 400 {
		t.Errorf("%d points of letters are in the picture", white)
	}
	if _, err := s.Client.Still(t.Context(), engineapi.StillQuery{Camera: "cam"}, order); fault.Key(err) != "statement.replay" {
		t.Errorf("a second picture on one order: %v", err)
	}
	if len(s.Ledger("still.opened")) != 1 || len(s.Ledger("still.refused")) != 1 {
		t.Error("the ledger does not tell of both tries")
	}
	// Nothing of it is kept.
	if n := s.Seconds("cam"); n != 0 {
		t.Errorf("%v seconds are kept", n)
	}
	s.Say(&permit.Stop{Head: s.Head(), Cameras: []string{"cam"}, Reason: "Ikke godkendt"})
	if _, err := s.Client.Still(t.Context(), engineapi.StillQuery{Camera: "cam"}, s.Pass(s.Still("cam"))); fault.Key(err) != "permit.stopped" {
		t.Errorf("a still of a stopped camera: %v", err)
	}
}

func TestAProbeKeepsParametersAndNoPicture(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-7")
	s := enginetest.New(t, time.Time{})
	cam := s.Camera(testcam.Small, func(o *testcam.Options) { o.ClockOffset = 90 * time.Second })
	probe := &permit.Probe{Head: s.Head(), Camera: "new", URL: cam.URL(), Transport: permit.TransportAuto, Sealed: []byte{}, Expires: s.Now().Add(time.Minute)}
	got, err := s.Client.Probe(t.Context(), s.Sign(probe))
	if err != nil {
		t.Fatal(err)
	}
	if got.Codec != "H.264" || got.Width != 640 || got.Height != 360 || got.Encrypted || got.Transport != "tcp" {
		t.Errorf("%+v", got)
	}
	if off := time.Duration(got.ClockMS)*time.Millisecond - 90*time.Second; off.Abs() > 2*time.Second {
		t.Errorf("its clock is off by %d ms", got.ClockMS)
	}
	if _, err := s.Client.Probe(t.Context(), s.Sign(probe)); fault.Key(err) != "statement.replay" {
		t.Errorf("a second probe: %v", err)
	}
	if len(s.Ledger("probe.done")) != 1 {
		t.Error("the probe is not in the ledger")
	}
}

func TestPicturesAreCheckedAndFiguresTold(t *testing.T) {
	t.Parallel()
	req.Shows(t, "REC-6", "OPS-4")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	s.Run(6)
	cam := s.Camera(testcam.Small, func(o *testcam.Options) { o.ClockOffset = -7 * time.Second })
	s.Connect("cam", cam)
	s.Allow("cam")
	var c engineapi.CameraStatus
	s.Until("a verdict on the picture", func() bool { c = s.Of("cam"); return c.Picture.Verdict != "" && c.ClockKnown && c.BitRate > 0 })
	if c.Picture.Verdict != "ok" {
		t.Errorf("the moving picture is %q", c.Picture.Verdict)
	}
	if c.Codec != "H.264" || c.Width != 640 || c.BitRate < 100_000 || c.BitRate > 2_000_000 || c.LastFrame.IsZero() {
		t.Errorf("%+v", c)
	}
	if off := c.ClockMS + 7000; off > 1500 || off < -1500 {
		t.Errorf("the camera's clock is told %d ms off, it is 7 s behind", c.ClockMS)
	}
	s.Until("a series of its clock", func() bool {
		series, err := s.Client.Clock(t.Context(), "cam", s.Born, s.Now())
		return err == nil && len(series) > 0
	})
	m, err := s.Client.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`vidne_camera_state{camera="cam",cause="",state="recording"} 1`, `vidne_camera_picture{camera="cam",verdict="ok"} 1`,
		"vidne_deletion_late_segments 0", "vidne_database_up 1", `vidne_alarms{grave="true"} 0`,
	} {
		if !strings.Contains(string(m), want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	if strings.Contains(string(m), "Heimdal Skole") {
		t.Error("a name in the metrics")
	}
}
