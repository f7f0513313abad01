package export

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/testcam"
)

func TestHolesAreWherePicturesAreMissing(t *testing.T) {
	gap := 7 * time.Second
	pieces, _ := footage(t, testcam.Tiny, 12, 4, map[int]time.Duration{9: gap})
	holes, r, err := Holes(context.Background(), &source{pieces, io.EOF})
	if err != nil || r.Pictures == 0 {
		t.Fatal(r, err)
	}
	step := time.Second / 15
	near := func(a, b time.Duration) bool { return (a - b).Abs() < step }
	if before := r.Gaps[0].From.Sub(r.From); len(holes) != 1 || !near(holes[0].From, before-step/2) || !near(holes[0].To, before+gap) {
		t.Errorf("holes %v, the gap is %v after %v", holes, gap, r.Gaps[0].From.Sub(r.From))
	}
	// A group that was dropped inside a segment leaves no gap between segments.
	pieces, _ = footage(t, testcam.Tiny, 12, 12, nil)
	lost := pieces[5].End.Sub(pieces[5].Start)
	holes, _, err = Holes(context.Background(), &source{slices.Delete(pieces, 5, 6), io.EOF})
	if err != nil || len(holes) != 1 || !near(holes[0].To-holes[0].From, lost+step) {
		t.Errorf("a group of %v was dropped: %v, %v", lost, holes, err)
	}
}

func TestAStepThatIsUsualIsNoHole(t *testing.T) {
	at := func(ms ...int) (out []time.Duration) {
		for _, m := range ms {
			out = append(out, time.Duration(m)*time.Millisecond)
		}
		return out
	}
	for name, c := range map[string]struct {
		at   []time.Duration
		want []Hole
	}{
		"nothing":                 {nil, nil},
		"one picture":             {at(0), nil},
		"one picture a second":    {at(0, 1000, 2000, 3000, 4000), nil},
		"two lost of 15 a second": {at(0, 67, 133, 333, 400, 467), nil},
		"four lost":               {at(0, 67, 133, 467, 533, 600), []Hole{{133 * time.Millisecond, 467 * time.Millisecond}}},
	} {
		if got := between(c.at); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
