package engine_test

import (
	"io"
	"runtime"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// As many cameras are shown as the machine has room for, whole and by their key
// frames; one more is told so, and whoever leaves makes room at once.
func TestWhoeverLeavesMakesRoomForAnother(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	defer s.Run(1)()
	s.Install("cam", testcam.Tiny)
	s.Recorded("cam", 3*time.Second)
	look := func() (io.ReadCloser, error) {
		now := s.Now()
		body, err := s.Client.Fragments(t.Context(), engineapi.FragmentQuery{Camera: "cam", From: now.Add(-time.Second), To: now.Add(time.Hour), H264: true}, s.Pass(s.Live("cam")))
		if err != nil {
			return nil, err
		}
		if _, err := engineapi.NewFrameReader(body).Next(); err != nil {
			_ = body.Close()
			return nil, err
		}
		return body, nil
	}
	var open []io.Closer
	for range (2 + 8) * max(2, runtime.NumCPU()) {
		body, err := look()
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, body)
	}
	if _, err := look(); fault.Key(err) != "ffmpeg.busy" {
		t.Errorf("one too many: %v", err)
	}
	for _, b := range open {
		_ = b.Close() // whoever looked has gone
	}
	s.Until("there is room again", func() bool {
		body, err := look()
		if err != nil {
			return false
		}
		_ = body.Close() // seen
		return true
	})
}

// A picture that must be made anew is there within a second of asking, in the
// middle of an hour as at its beginning.
func TestATranscodedPictureComesSoon(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3", "VIEW-4")
	s, from, to := past(t, 20*time.Second, map[string]string{"cam": testcam.SmallHE})
	mask(s, "cam", left())
	var worst time.Duration
	for at := from; at.Before(to.Add(-4 * time.Second)); at = at.Add(3 * time.Second) {
		began := time.Now()
		body, err := s.Client.Fragments(t.Context(), engineapi.FragmentQuery{Camera: "cam", From: at, To: to, H264: true, Lines: 540}, s.Pass(s.Ticket(at, to, "cam")))
		if err != nil {
			t.Fatal(err)
		}
		r := engineapi.NewFrameReader(body)
		for {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind == engineapi.FrameFragment {
				break
			}
		}
		worst = max(worst, time.Since(began))
		_ = body.Close() // the first is all that is waited for
	}
	t.Logf("the slowest first fragment came after %s", worst)
	if worst > 5*time.Second { // a second when it has the machine to itself
		t.Errorf("the first fragment came after %s", worst)
	}
}
