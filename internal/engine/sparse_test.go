package engine_test

import (
	"io"
	"runtime"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// More than the machine can make all pictures of are shown by their key frames,
// under their mask, and say so; once there is room again, whole.
func TestWhatThereIsNoRoomForIsShownByItsKeyFrames(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3", "VIEW-4")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	halt := s.Run(1)
	defer halt()
	s.Install("cam", testcam.Tiny)
	s.Recorded("cam", 3*time.Second)
	s.Serial++
	s.Say(&permit.Mask{Head: s.Head(), Camera: "cam", Serial: s.Serial, Areas: [][]permit.Point{{{X: 0, Y: 0}, {X: 5000, Y: 0}, {X: 5000, Y: 10000}, {X: 0, Y: 10000}}}})
	watch := func() (*engineapi.FrameReader, *engineapi.Frame, io.Closer) {
		t.Helper()
		now := s.Now()
		body, err := s.Client.Fragments(t.Context(), engineapi.FragmentQuery{Camera: "cam", From: now.Add(-time.Second), To: now.Add(time.Hour), H264: true}, s.Pass(s.Live("cam")))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = body.Close() })
		r := engineapi.NewFrameReader(body)
		for {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind == engineapi.FrameInit {
				return r, f, body
			}
		}
	}
	var others []io.Closer
	for range 2 * max(2, runtime.NumCPU()) {
		_, init, body := watch()
		if init.Sparse {
			t.Fatal("there is room, and pictures are left out")
		}
		others = append(others, body)
	}
	r, init, body := watch()
	if !init.Sparse || !init.Masked {
		t.Errorf("without room: %+v", init.FragmentHeader)
	}
	var last time.Time
	for range 3 {
		f, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		pictures := 0
		if err := media.ParseFragment(f.Data, func(m media.Sample) { pictures++ }); err != nil {
			t.Fatal(err)
		}
		if f.Kind != engineapi.FrameFragment || !f.Key || !f.Masked || pictures != 1 {
			t.Errorf("%d pictures in %+v", pictures, f.FragmentHeader)
		}
		if !last.IsZero() && f.Start.Sub(last).Abs() > 10*time.Millisecond {
			t.Errorf("a picture stands until %s, the next begins %s", last, f.Start)
		}
		last = f.End
	}
	_ = body.Close()
	for _, o := range others {
		_ = o.Close()
	}
	enginetest.Until(t, "there is room again", func() bool {
		_, init, body := watch()
		_ = body.Close()
		return !init.Sparse
	})
}
