package casework

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// randomHours are some windows a day on a grid of hours, a few dates that
// differ, and often windows over midnight.
func randomHours(r *rand.Rand, windows int) permit.Hours {
	h := permit.Hours{Zone: "Europe/Copenhagen"}
	spans := func() permit.Spans {
		var out permit.Spans
		from := r.IntN(10)
		for range windows {
			to := from + 1 + r.IntN(14)
			if from > 23 {
				break
			}
			out = append(out, permit.Span{From: clockText(from * 60), To: clockText(to % 24 * 60)})
			if to >= 24 {
				if to == 24 {
					out[len(out)-1].To = "24:00"
				}
				break
			}
			from = to + r.IntN(6)
		}
		return out
	}
	for d := range 7 {
		if r.IntN(5) > 0 {
			h.Week[d] = spans()
		}
	}
	for day := range 9 {
		if r.IntN(4) == 0 {
			h.Dates = append(h.Dates, permit.Date{Date: fmt.Sprintf("2026-06-%02d", 10+day), Spans: spans()})
		}
	}
	return h
}

// TestCoversIsWhatTheRecorderDoes holds the comparison of hours against the
// schedule that the engine records by, hour by hour over four weeks.
func TestCoversIsWhatTheRecorderDoes(t *testing.T) {
	req.Shows(t, "CASE-15")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	inside, outside := 0, 0
	for range 1500 {
		frame, wanted := randomHours(r, 3), randomHours(r, 1)
		switch r.IntN(3) {
		case 0: // a part of the frame
			wanted = frame
			wanted.Week[r.IntN(7)] = nil
		case 1: // nearly all of the time
			for d := range 7 {
				frame.Week[d] = permit.Spans{{From: "00:00", To: "24:00"}}
			}
		}
		a, err := frame.Compile()
		if err != nil {
			continue
		}
		b, err := wanted.Compile()
		if err != nil {
			continue
		}
		want := true
		for at := time.Date(2026, 6, 1, 0, 30, 0, 0, time.UTC); at.Month() == time.June; at = at.Add(time.Hour) {
			if b.Covers(at) && !a.Covers(at) {
				want = false
				break
			}
		}
		if got := (Pattern{Hours: frame}).covers(Pattern{Hours: wanted}); got != want {
			t.Fatalf("covers %v, the recorder says %v\nframe  %+v\nwanted %+v", got, want, frame, wanted)
		}
		if want {
			inside++
		} else {
			outside++
		}
	}
	if inside < 100 || outside < 100 {
		t.Errorf("%d inside, %d outside: too few to show anything", inside, outside)
	}
}
