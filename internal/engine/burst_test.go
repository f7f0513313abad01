package engine_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// What a network held back arrives all at once. None of it is left out of what
// is played and handed on, and a copy of it is of those very pictures.
func TestWhatArrivesAtOnceIsGivenOutWhole(t *testing.T) {
	t.Parallel()
	req.Shows(t, "VIEW-3", "EVID-8", "REC-6")
	s := enginetest.New(t, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), anonymising(t))
	cam := s.Camera(testcam.Tiny)
	s.Connect("cam", cam)
	s.Allow("cam")
	var owed time.Duration
	halt := enginetest.Pace(t, 12, 100*time.Millisecond, func(d time.Duration) {
		if owed += d; owed >= 2500*time.Millisecond {
			s.Step = max(s.Step, owed)
			s.Fake.Advance(owed)
			owed = 0
		}
	})
	from := s.Now()
	s.Recorded("cam", 100*time.Second)
	to := s.Now()
	cam.Close()
	s.State("cam", engineapi.StateLost) // closed: a copy is of nothing less
	halt()
	s.Fake.Advance(7 * time.Minute)
	from, to = from.Truncate(time.Second), to.Truncate(time.Second)

	frames, err := s.Frames(query("cam", from, to), s.Pass(s.Ticket(from, to, "cam")))
	if err != nil {
		t.Fatal(err)
	}
	var next int64
	var track *media.Track
	segment, pictures, together := "", 0, 0
	var start time.Time
	for _, f := range frames {
		switch f.Kind {
		case engineapi.FrameInit:
			tracks, err := media.ParseInit(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			track = &tracks[0]
		case engineapi.FrameFragment:
			if f.Start.Equal(start) {
				together++
			}
			if f.Segment != segment {
				segment, next = f.Segment, -1
			}
			start = f.Start
			err := media.ParseFragment(f.Data, func(x media.Sample) {
				if x.Track != track.ID {
					return
				}
				pictures++
				if next >= 0 && x.DTS > next+int64(track.Timescale)/30 {
					t.Errorf("%s: between %d and %d pictures are left out", f.Segment, next, x.DTS)
				}
				next = x.DTS + int64(track.Timescale)/15
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if together < 10 || pictures < 1000 {
		t.Fatalf("%d pictures, %d fragments arrived with another", pictures, together)
	}

	pass := s.Pass(s.Order(from, to, "cam"))
	if _, err := s.Client.Anonymise(t.Context(), "copy-1", query("cam", from, to), false, pass); err != nil {
		t.Fatal(err)
	}
	c := until(t, s, "copy-1", engineapi.AnonymisedEditing)
	if c.Frames < pictures-60 || c.Frames > pictures { // until the first key frame of the first segment nothing can be decoded
		t.Errorf("the copy is of %d pictures, %d were played", c.Frames, pictures)
	}
	for first := 100; first < c.Frames; first += 211 {
		if got := pictures1(t, s, pass, first); got != 1 {
			t.Errorf("picture %d: %d", first, got)
		}
	}
}

func pictures1(t *testing.T, s *enginetest.Site, p engineapi.Pass, first int) int {
	t.Helper()
	return pictures(t, s, p, engineapi.PicturesQuery{First: first, Count: 1, Width: 160})
}
