package engine_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/testcam/scene"
)

// The size that pictures are compared in.
const seenWidth, seenHeight = 640, 360

// seen are the pictures of a film by the number that stands in them.
func seen(t *testing.T, film []byte) map[int][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "seen.mp4")
	if err := os.WriteFile(path, film, 0o600); err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf", "scale=640:360", "-vsync", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-")
	cmd.Stderr = &complaint
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, complaint.String())
	}
	out := map[int][]byte{}
	for i := 0; i+seenWidth*seenHeight <= len(raw); i += seenWidth * seenHeight {
		one := raw[i : i+seenWidth*seenHeight]
		if n, ok := scene.Number(one, seenWidth, seenHeight, seenWidth); ok {
			out[n] = one
		}
	}
	return out
}

// unlike counts the points of two pictures that differ, in the lower fifth,
// where the name is drawn, and in the rest.
func unlike(a, b []byte) (below, above int) {
	for i := range a {
		if d := int(a[i]) - int(b[i]); d > 60 || d < -60 {
			if i/seenWidth > seenHeight*8/10 {
				below++
			} else {
				above++
			}
		}
	}
	return below, above
}

// follow reads a live picture for a while: the film, how far behind each piece
// was when it came, and why it ended.
func follow(t *testing.T, s *enginetest.Site, l *permit.Live, until func(engineapi.FragmentHeader) bool) (film []byte, behind []time.Duration, end engineapi.Cause) {
	t.Helper()
	now := s.Now()
	body, err := s.Client.Fragments(t.Context(), engineapi.FragmentQuery{Camera: l.Cameras[0], From: now.Add(-time.Second), To: now.Add(time.Hour), H264: true}, s.Pass(l))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	r := engineapi.NewFrameReader(body)
	for {
		f, err := r.Next()
		if err != nil {
			return film, behind, end
		}
		switch f.Kind {
		case engineapi.FrameInit:
			if f.Text != "Anna Berg" || !f.Transcoded {
				t.Errorf("init %+v", f.FragmentHeader)
			}
			if film == nil {
				film = append(film, f.Data...)
			}
		case engineapi.FrameFragment:
			film = append(film, f.Data...)
			behind = append(behind, s.Now().Sub(f.End))
		case engineapi.FrameEnd:
			end = f.Cause
		}
		if until(f.FragmentHeader) {
			return film, behind, end
		}
	}
}

// What is seen live carries the name of whoever looks in the picture itself,
// is what happened a moment ago, and is covered where the camera is masked.
func TestWhatIsSeenLiveIsNamedAndFreshAndMasked(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-2", "VIEW-4")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(1)
	cam := s.Install("cam", testcam.Small)
	s.Recorded("cam", 3*time.Second)
	from := s.Now()
	film, behind, _ := follow(t, s, s.Live("cam"), func(f engineapi.FragmentHeader) bool { return f.End.Sub(from) > 8*time.Second })
	to := s.Now()
	if len(behind) < 12 {
		t.Fatalf("%d pieces came", len(behind))
	}
	settled := slices.Clone(behind[len(behind)/2:])
	slices.Sort(settled)
	t.Logf("behind: at first %s, then %s in the middle and %s at most", behind[0], settled[len(settled)/2], settled[len(settled)-1])
	if m := settled[len(settled)/2]; m > 2*time.Second {
		t.Errorf("the live picture is %s late", m)
	}

	// A masked part stays masked.
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "cam", Serial: s.Serial, Areas: [][]permit.Point{{{X: 0, Y: 3000}, {X: 5000, Y: 3000}, {X: 5000, Y: 7000}, {X: 0, Y: 7000}}}})
	since := s.Now()
	masked, _, _ := follow(t, s, s.Live("cam"), func(f engineapi.FragmentHeader) bool { return f.End.Sub(since) > 3*time.Second })
	pictures := seen(t, masked)
	if len(pictures) < 10 {
		t.Fatalf("%d pictures under the mask", len(pictures))
	}
	for n, p := range pictures {
		for y := seenHeight * 35 / 100; y < seenHeight*65/100; y++ {
			for x := 10; x < seenWidth*45/100; x++ {
				if p[y*seenWidth+x] > 40 {
					t.Fatalf("picture %d shows %d under the mask", n, p[y*seenWidth+x])
				}
			}
		}
	}
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "cam", Serial: s.Serial, Areas: [][]permit.Point{}})
	halt()
	cam.Close()

	// Beside the same pictures as they are stored, which are old enough by now.
	s.Fake.Advance(2*permit.LiveAge + 30*time.Second)
	frames, err := s.Frames(query("cam", from.Add(-time.Second), to), s.Pass(s.Ticket(from.Add(-time.Second), to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	var stored []byte
	for _, f := range frames {
		if f.Kind == engineapi.FrameFragment || f.Kind == engineapi.FrameInit && stored == nil {
			stored = append(stored, f.Data...)
		}
	}
	named, bare := seen(t, film), seen(t, stored)
	compared := 0
	for n, p := range named {
		other, ok := bare[n]
		if !ok {
			continue
		}
		compared++
		if below, above := unlike(p, other); below < 800 || above > 200 {
			t.Fatalf("picture %d: %d points below and %d above differ from what is stored", n, below, above)
		}
	}
	if compared < 40 {
		t.Errorf("%d pictures compared, of %d live and %d stored", compared, len(named), len(bare))
	}
}

// The minutes end to the second, whatever is still to come, and without a live
// statement nothing younger than five minutes is there.
func TestLiveEndsToTheSecond(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-2")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(1)
	defer halt()
	s.Install("cam", testcam.Small)
	s.Recorded("cam", 2*time.Second)
	l := s.Live("cam")
	l.Expires = s.Now().Add(4 * time.Second)
	var last time.Time
	_, _, end := follow(t, s, l, func(f engineapi.FragmentHeader) bool {
		if f.Kind == engineapi.FrameFragment {
			last = f.End
		}
		return false
	})
	if late := s.Now().Sub(l.Expires); end != "ticket.expired" || late > time.Second || late < 0 {
		t.Errorf("ended as %q, %s after the minutes", end, late)
	}
	if last.After(l.Expires.Add(time.Second)) {
		t.Errorf("pictures up to %s, %s after the end", last, last.Sub(l.Expires))
	}
	// One person alone, in an emergency, for ten minutes at most.
	alone := s.Live("cam")
	alone.Approver, alone.Expires = "", s.Now().Add(permit.LongestAlone-2*time.Minute)
	film, _, _ := follow(t, s, alone, func(f engineapi.FragmentHeader) bool { return f.Kind == engineapi.FrameFragment })
	if len(film) == 0 {
		t.Error("nothing is shown to whoever looks alone")
	}
}
