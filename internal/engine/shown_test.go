package engine_test

import (
	"bytes"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

func TestH265IsShownAsH264AtItsOwnTime(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3")
	s, from, to := past(t, 10*time.Second, map[string]string{"cam": testcam.SmallHE})
	q := query("cam", from, to)
	plain, err := s.Frames(q, s.Pass(s.Ticket(from, to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	q.H264 = true
	made, err := s.Frames(q, s.Pass(s.Ticket(from, to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	stored, shown := pictureTimes(t, plain), pictureTimes(t, made)
	if len(stored) < 60 || len(shown) < len(stored)-1 || len(shown) > len(stored) {
		t.Fatalf("%d pictures stored, %d shown", len(stored), len(shown))
	}
	for i := range shown {
		if d := shown[i].Sub(stored[i]).Abs(); d > 5*time.Millisecond {
			t.Fatalf("picture %d is shown %s off its time", i, d)
		}
	}
	for _, f := range made {
		if f.Kind == engineapi.FrameInit && (!strings.HasPrefix(f.Codec, "avc1.") || !f.Transcoded) {
			t.Errorf("init %+v", f.FragmentHeader)
		}
	}
}

// pictureTimes is the absolute time of each picture, as a player reckons it.
func pictureTimes(t *testing.T, frames []*engineapi.Frame) []time.Time {
	t.Helper()
	var out []time.Time
	var base time.Time
	scale := time.Duration(90000)
	for _, f := range frames {
		switch f.Kind {
		case engineapi.FrameInit:
			base = f.Base
			tracks, err := media.ParseInit(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			scale = time.Duration(tracks[0].Timescale)
		case engineapi.FrameFragment:
			if err := media.ParseFragment(f.Data, func(s media.Sample) {
				out = append(out, base.Add(time.Duration(s.PTS)*time.Second/scale))
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

func TestAMaskedCameraIsShownPaintedOrNotAtAll(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-4")
	s, from, to := past(t, 6*time.Second, map[string]string{"cam": testcam.Small})
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "cam", Serial: s.Serial, Areas: [][]permit.Point{{{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 0, Y: 10000}}}})
	q := query("cam", from, to)
	if _, err := s.Frames(q, s.Pass(s.Ticket(from, to, "cam"))); fault.Key(err) != "mask.transcode" {
		t.Fatalf("the original of a masked camera: %v", err)
	}
	q.H264 = true
	frames, err := s.Frames(q, s.Pass(s.Ticket(from, to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	var film bytes.Buffer
	for _, f := range frames {
		film.Write(f.Data)
	}
	black := func(what, path, crop string) {
		out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf", crop+"scale=32:18,format=gray", "-f", "rawvideo", "-").Output()
		if err != nil || len(out) < 32*18*20 {
			t.Fatalf("%s: %v, %d bytes", what, err, len(out))
		}
		for _, v := range out {
			if v > 24 {
				t.Fatalf("%s: a point of brightness %d under the mask", what, v)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "painted.mp4")
	if err := os.WriteFile(path, film.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	black("viewing", path, "")
	black("viewing copy", s.Copy("cam", from, to), "crop=iw:ih*0.9:0:0,") // the clock is beneath
	asked := engineapi.ExportQuery{Camera: "cam", From: from, To: to}
	if _, err := s.Client.Original(t.Context(), asked, s.Pass(s.Order(from, to, "cam")), io.Discard, io.Discard); fault.Key(err) != "mask.original" {
		t.Errorf("the original of a masked camera: %v", err)
	}
	b, err := s.Client.Still(t.Context(), engineapi.StillQuery{Camera: "cam", At: to.Add(-2 * time.Second)}, s.Pass(s.Ticket(from, to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "still.jpg")
	if err := os.WriteFile(path, bytes.Repeat(b, 30), 0o600); err != nil {
		t.Fatal(err)
	}
	if img, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
		t.Error(err)
	} else if r, _, _, _ := img.At(100, 100).RGBA(); r>>8 > 24 {
		t.Errorf("the still shows %d under the mask", r>>8)
	}
	// A mask lift opens the original of one export, and of nothing else.
	lift := &permit.MaskLift{Head: s.Head(), Camera: "cam", From: from, To: to, Person: "p-7", Approver: "p-8", Purpose: "Politiet", Expires: s.Now().Add(time.Hour)}
	order := s.Order(from, to, "cam")
	order.MaskLift = lift.ID
	if _, err := s.Client.Original(t.Context(), asked, s.Pass(order), io.Discard, io.Discard); fault.Key(err) != "mask.lift" {
		t.Errorf("a lift that was not handed in: %v", err)
	}
	s.Say(lift)
	var lifted bytes.Buffer
	if _, err := s.Client.Original(t.Context(), asked, s.Pass(order), &lifted, io.Discard); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "lifted.mp4")
	if err := os.WriteFile(path, lifted.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := len(numbers(t, path)); n < 60 {
		t.Errorf("%d readable pictures under a lift", n)
	}
	// What was recorded before the mask is covered by it while it stands, and
	// not after.
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "cam", Serial: s.Serial, Areas: [][]permit.Point{}})
	if _, err := s.Frames(query("cam", from, to), s.Pass(s.Ticket(from, to, "cam"))); err != nil {
		t.Errorf("footage from before the mask, after its end: %v", err)
	}
}
