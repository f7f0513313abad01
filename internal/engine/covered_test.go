package engine_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
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

// left is the left half of a picture.
func left() [][]permit.Point {
	return [][]permit.Point{{{X: 0, Y: 0}, {X: 5000, Y: 0}, {X: 5000, Y: 10000}, {X: 0, Y: 10000}}}
}

// mask covers areas of a camera's picture from now on.
func mask(s *enginetest.Site, name string, areas [][]permit.Point) {
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: name, Serial: s.Serial, Areas: areas})
}

// halves decodes a film or a picture, and gives how bright the left and the
// right half of its upper three quarters are at the brightest and on average.
func halves(t *testing.T, what string, film []byte) (pictures, brightest, right int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film")
	if err := os.WriteFile(path, film, 0o600); err != nil {
		t.Fatal(err)
	}
	const w, h = 64, 36
	var complaint bytes.Buffer
	cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf", "scale=64:36:flags=area,format=gray", "-vsync", "passthrough", "-f", "rawvideo", "-")
	cmd.Stderr = &complaint
	raw, err := cmd.Output()
	if err != nil || len(raw) < w*h {
		t.Fatalf("%s: %v, %d bytes of %d: %s", what, err, len(raw), len(film), complaint.String())
	}
	sum := 0
	for i, v := range raw {
		x, y := i%w, i/w%h
		if y >= h*3/4 {
			continue // names and times are drawn below
		}
		if x < w/2-1 {
			brightest = max(brightest, int(v))
		} else if x > w/2 {
			sum += int(v)
		}
	}
	pictures = len(raw) / (w * h)
	return pictures, brightest, sum / (pictures * (w/2 - 1) * h * 3 / 4)
}

// film is the pictures of a stream as one file.
func film(frames []*engineapi.Frame) []byte {
	var b bytes.Buffer
	for _, f := range frames {
		b.Write(f.Data)
	}
	return b.Bytes()
}

// Every route of the engine that gives out pictures is walked with a camera
// of which one half is masked.
func TestNoRouteShowsWhatIsMasked(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-4")
	s, from, to := past(t, 6*time.Second, map[string]string{"cam": testcam.Small})
	mask(s, "cam", left())
	ctx := t.Context()
	ticket, order := s.Pass(s.Ticket(from, to, "cam")), s.Order(from, to, "cam")
	seen := func(what string, b []byte, least int) {
		t.Helper()
		n, brightest, right := halves(t, what, b)
		if n < least || brightest > 24 || right < 40 {
			t.Errorf("%s: %d pictures, %d at the brightest under the mask, %d beside it", what, n, brightest, right)
		}
	}
	refused := func(what, key string, err error) {
		t.Helper()
		if fault.Key(err) != key {
			t.Errorf("%s: %v", what, err)
		}
	}
	none := func(string) {} // gives out facts and no pictures
	walk := map[string]func(string){
		"GET /v1/cameras/{camera}/fragments": func(what string) {
			_, err := s.Frames(query("cam", from, to), ticket)
			refused(what+" as stored", "mask.transcode", err)
			for _, q := range []engineapi.FragmentQuery{{H264: true}, {H264: true, Keys: true}, {H264: true, Lines: 180}} {
				q.Camera, q.From, q.To = "cam", from, to
				frames, err := s.Frames(q, ticket)
				if err != nil {
					t.Fatal(err)
				}
				seen(what, film(frames), 2)
			}
		},
		"GET /v1/cameras/{camera}/still": func(what string) {
			b, err := s.Client.Still(ctx, engineapi.StillQuery{Camera: "cam", At: to.Add(-2 * time.Second)}, ticket)
			if err != nil {
				t.Fatal(err)
			}
			seen(what+" of then", b, 1)
			stop := s.Run(1)
			defer stop()
			s.Connect("cam", s.Camera(testcam.Small))
			if b, err = s.Client.Still(ctx, engineapi.StillQuery{Camera: "cam"}, s.Pass(s.Still("cam"))); err != nil {
				t.Fatal(err)
			}
			seen(what+" of now", b, 1)
		},
		"GET /v1/export": func(what string) {
			q := engineapi.ExportQuery{Camera: "cam", From: from, To: to, Zone: "Europe/Copenhagen"}
			_, err := s.Client.Original(ctx, q, s.Pass(order), io.Discard, io.Discard)
			refused(what+" of the original", "mask.original", err)
			var b bytes.Buffer
			if _, err := s.Client.ViewingCopy(ctx, q, s.Pass(order), &b); err != nil {
				t.Fatal(err)
			}
			seen(what, b.Bytes(), 30)
		},
		"GET /v1/cameras/{camera}/motion": func(what string) {
			mask(s, "cam", [][]permit.Point{{{X: 0, Y: 0}, {X: 10000, Y: 0}, {X: 10000, Y: 10000}, {X: 0, Y: 10000}}})
			stop := s.Run(1)
			defer stop()
			if m := looked(t, s, from, to, ticket); len(m.Marks) > 0 {
				t.Errorf("%s: marks of what nobody may see: %+v", what, m.Marks)
			}
			mask(s, "cam", left())
		},
		"GET /v1/export/facts": none,
		"GET /v1/export/log":   none,
	}
	for _, r := range engineapi.Routes() {
		if !r.Media || strings.Contains(r.Pattern, "/anonymised") { // whose pictures come by the same mask
			continue
		}
		look, ok := walk[r.Pattern]
		if !ok {
			t.Errorf("%s gives out pictures, and nobody looks whether they are masked", r.Pattern)
			continue
		}
		look(r.Pattern)
	}
}

// A camera is replaced by one of another size: the cover stays where it was.
func TestTheCoverStaysWhenThePictureChangesItsSize(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-4")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(6)
	mask := func() { mask(s, "cam", left()) }
	from := s.Now()
	first := s.Install("cam", testcam.Small)
	mask()
	s.Recorded("cam", 4*time.Second)
	first.Close()
	s.Connect("cam", s.Camera(testcam.Tiny))
	s.Recorded("cam", 10*time.Second)
	to := s.Now()
	halt()
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	q := query("cam", from, to)
	q.H264 = true
	frames, err := s.Frames(q, s.Pass(s.Ticket(from, to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	widths := map[int]bool{}
	var part []byte
	end := func() {
		if len(part) == 0 {
			return
		}
		if _, brightest, right := halves(t, "a part", part); brightest > 24 || right < 40 {
			t.Errorf("%d at the brightest under the mask, %d beside it", brightest, right)
		}
	}
	for _, f := range frames {
		if f.Kind == engineapi.FrameInit {
			end()
			part = nil
			widths[f.Width] = true
		}
		part = append(part, f.Data...)
	}
	end()
	if !widths[640] || !widths[320] {
		t.Errorf("shown in widths %v", widths)
	}
}

// Whoever sees a picture when a mask comes does not go on seeing it.
func TestANewMaskEndsWhatFlowsWithoutIt(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-4")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	defer s.Run(1)()
	s.Install("cam", testcam.Small)
	s.Recorded("cam", 3*time.Second)
	said := false
	_, _, end := follow(t, s, s.Live("cam"), func(f engineapi.FragmentHeader) bool {
		if f.Kind == engineapi.FrameFragment && !said {
			said = true
			mask(s, "cam", left())
		}
		return f.Kind == engineapi.FrameEnd
	})
	if end != "mask.changed" {
		t.Errorf("ended by %q", end)
	}
}
