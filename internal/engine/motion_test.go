package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/req"
)

func TestMotionIsWhatChangesInAPartOfThePicture(t *testing.T) {
	req.Shows(t, "VIEW-3")
	begin := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return begin.Add(time.Duration(s) * time.Second) }
	// room is an empty room, as bright as light says, with somebody at x.
	room := func(light byte, x int) []byte {
		p := make([]byte, fence.SmallWidth*fence.SmallHeight)
		for i := range p {
			p[i] = light + byte(i%7)
		}
		for y := 40; x > 0 && y < 45; y++ {
			for dx := range 2 {
				p[y*fence.SmallWidth+x+dx] = 200
			}
		}
		return p
	}
	type picture struct {
		at, end int
		p       []byte
	}
	for name, x := range map[string]struct {
		all  []picture
		want []engineapi.MotionMark
	}{
		"nobody":            {[]picture{{0, 2, room(90, 0)}, {2, 4, room(90, 0)}, {4, 6, room(90, 0)}}, nil},
		"the light goes up": {[]picture{{0, 2, room(60, 0)}, {2, 4, room(120, 0)}}, nil},
		"somebody passes": {[]picture{{0, 2, room(90, 0)}, {2, 4, room(90, 30)}, {4, 6, room(90, 60)}, {6, 8, room(90, 0)}, {8, 10, room(90, 0)}},
			[]engineapi.MotionMark{{From: at(0), To: at(6), Share: 20.0 / 14400}}},
		"somebody stands still": {[]picture{{0, 2, room(90, 30)}, {2, 4, room(90, 30)}}, nil},
		"across a gap":          {[]picture{{0, 2, room(90, 0)}, {20, 22, room(90, 30)}}, nil},
	} {
		var small [][]byte
		var when, ends []time.Time
		for _, p := range x.all {
			small, when, ends = append(small, p.p), append(when, at(p.at)), append(ends, at(p.end))
		}
		if d := cmp.Diff(x.want, marks(small, when, ends)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestWhatIsLookedAtIsNotLookedAtAgain(t *testing.T) {
	begin := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	at := func(m int) time.Time { return begin.Add(time.Duration(m) * time.Minute) }
	span := func(from, to int) engineapi.Looked { return engineapi.Looked{From: at(from), To: at(to)} }
	k := &moved{looked: join([]engineapi.Looked{span(20, 30), span(0, 5), span(5, 10)}), failed: []engineapi.Looked{span(10, 12)}}
	if d := cmp.Diff([]engineapi.Looked{span(0, 10), span(20, 30)}, k.looked); d != "" {
		t.Error(d)
	}
	for _, x := range []struct{ from, to, begin, end int }{{0, 60, 12, 20}, {25, 60, 30, 60}, {13, 15, 13, 15}, {0, 11, 0, 0}, {21, 30, 0, 0}} {
		got, left := k.next(at(x.from), at(x.to))
		if left != (x.end > 0) || left && got != span(x.begin, x.end) {
			t.Errorf("from %d to %d: %v %v", x.from, x.to, got, left)
		}
	}
}
