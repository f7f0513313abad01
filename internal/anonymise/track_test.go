package anonymise

import (
	"testing"

	"vidne.dk/vidne/internal/req"
)

// stroll is somebody who walks from left to right, seen every fifth picture.
func stroll(from, to int, at func(frame int) Detection) map[int][]Detection {
	looked := map[int][]Detection{}
	for f := from; f <= to; f += 5 {
		looked[f] = append(looked[f], at(f))
	}
	return looked
}

func walker(x, pace, y float64) func(int) Detection {
	return func(f int) Detection { return Detection{x + pace*float64(f), y, .05, .2, .8} }
}

func together(a, b map[int][]Detection) map[int][]Detection {
	for f, ds := range b {
		a[f] = append(a[f], ds...)
	}
	return a
}

func TestSomebodyIsFollowedHeldAndFilledIn(t *testing.T) {
	req.Shows(t, "EVID-8")
	looked := stroll(30, 90, walker(.1, .005, .3))
	for _, unseen := range []int{45, 50} { // behind a sign
		delete(looked, unseen)
	}
	looked[60][0].Score = .25 // hardly seen
	all := Fragments(looked, 200, 15, 16./9)
	first, last := 200, 0
	for i, f := range all {
		first, last = min(first, f.From()), max(last, f.To())
		if i > 0 && f.From() > all[i-1].To() {
			t.Errorf("nobody is covered from %d to %d", all[i-1].To(), f.From())
		}
	}
	if first != 30-12 || last != 90+12 {
		t.Errorf("covered from %d to %d", first, last)
	}
	covered := false
	for _, f := range all {
		if b, ok := f.At(48); ok {
			d := walker(.1, .005, .3)(48)
			covered = b.Detection().Overlap(d) > .9
		}
	}
	if !covered {
		t.Error("nobody is covered where nobody was seen")
	}
}

func TestWhereTwoMeetAFragmentEnds(t *testing.T) {
	req.Shows(t, "EVID-8")
	looked := together(stroll(0, 150, walker(.1, .004, .3)), stroll(0, 150, walker(.7, -.004, .31)))
	all := Fragments(looked, 200, 15, 16./9)
	if len(all) < 6 {
		t.Fatalf("%d fragments: they met, and were not cut before and after", len(all))
	}
	for _, f := range all {
		if f.From() < 50 && f.To() > 100 {
			t.Errorf("%s goes through the meeting, from %d to %d", f.ID, f.From(), f.To())
		}
	}
	apart := Fragments(together(stroll(0, 150, walker(.1, .004, .1)), stroll(0, 150, walker(.7, -.004, .7))), 200, 15, 16./9)
	if len(apart) != 2 {
		t.Errorf("two who never meet are %d fragments", len(apart))
	}
}

func TestWhoIsHardlySeenOnceIsNobody(t *testing.T) {
	one := map[int][]Detection{10: {{.5, .5, .05, .2, .45}}}
	if all := Fragments(one, 50, 15, 1.5); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	one[10][0].Score = .9
	if all := Fragments(one, 50, 15, 1.5); len(all) != 1 || all[0].From() != 0 || all[0].To() != 22 {
		t.Errorf("%+v", all)
	}
}

// figureIn draws somebody into a small picture of restless ground.
func figureIn(s *Small, n int, x, y int) *Small {
	for i := range s.Pix[:s.W*s.H] {
		s.Pix[i] = byte(100 + (i*7+n*13)%5)
	}
	for i := s.W * s.H; i < len(s.Pix); i++ {
		s.Pix[i] = 128
	}
	if x < 0 {
		return s
	}
	for yy := y; yy < y+60; yy++ {
		for xx := x; xx < x+20; xx++ {
			s.Pix[yy*s.W+xx] = 200
		}
	}
	return s
}

func TestTheEmptySceneHasNobodyInIt(t *testing.T) {
	req.Shows(t, "EVID-8")
	var samples []Sample
	for n := range 31 { // somebody stands in one place all the time but at the end
		x := 100
		if n > 24 {
			x = -1
		}
		s := Sample{Frame: n, Pix: figureIn(NewSmall(320, 192), n, x, 60).Half()}
		if x >= 0 {
			s.People = []Detection{{100. / 320, 60. / 192, 20. / 320, 60. / 192, .8}}
		}
		samples = append(samples, s)
	}
	sc, err := NewScene(160, 96, samples)
	if err != nil || sc.Check() != nil {
		t.Fatal(err)
	}
	if v := sc.Pix[45*160+55]; v < 95 || v > 110 {
		t.Errorf("where somebody stood the scene is %d", v)
	}
	g := NewGrid(640, 384)
	w := NewWatcher(sc, g)
	cells, much := w.Look(figureIn(NewSmall(320, 192), 50, 220, 100))
	if much || !g.Has(cells, 220*2/g.Cell+1, 110*2/g.Cell) || g.Has(cells, 2, 2) || cells.Count() > 300 {
		t.Errorf("%d cells, %v", cells.Count(), much)
	}
	if cells, _ = w.Look(figureIn(NewSmall(320, 192), 51, -1, 0)); cells.Count() != 0 {
		t.Errorf("nobody is %d cells", cells.Count())
	}
	bright := figureIn(NewSmall(320, 192), 52, -1, 0)
	for i := range bright.Pix[:320*192] {
		bright.Pix[i] += 40
	}
	if cells, _ = w.Look(bright); cells.Count() != 0 {
		t.Errorf("a brighter day is %d cells", cells.Count())
	}
	for i := range bright.Pix[:320*192] {
		bright.Pix[i] = byte(i * 31)
	}
	if _, much = w.Look(bright); !much {
		t.Error("another scene is taken for people")
	}
	if _, err := NewScene(160, 96, samples[:5]); err == nil {
		t.Error("five pictures are enough to know a scene")
	}
}

func TestSizesToLookAt(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {768, 576}, {640, 360}, {1080, 1920}, {3840, 2160}, {2592, 1944}, {176, 144}, {8192, 16}} {
		w, h := WorkSize(size[0], size[1])
		if w%32+h%32 != 0 || w*h > workArea || w < 32 || h < 32 {
			t.Errorf("%v: %d × %d", size, w, h)
		}
		if r := float64(w) / float64(h) * float64(size[1]) / float64(size[0]); size[0] < 5000 && (r < .93 || r > 1.07) {
			t.Errorf("%v: %d × %d is of another shape", size, w, h)
		}
	}
	if w, h := WorkSize(1920, 1080); w != 768 || h != 448 {
		t.Errorf("%d × %d", w, h)
	}
}

func TestHeadsOfNetworks(t *testing.T) {
	const w, h = 24, 16
	heat, size, off := make([]float32, w*h), make([]float32, 2*w*h), make([]float32, 2*w*h)
	heat[5*w+6], heat[5*w+7] = .9, .7 // one person, not two
	size[5*w+6], size[w*h+5*w+6] = 8, 4
	off[5*w+6], off[w*h+5*w+6] = .5, .25
	got := MoveNet(heat, size, off, w, h, .2)
	if len(got) != 1 || got[0].X != 4.25/w || got[0].Y != 1.5/h || got[0].W != 4./w || got[0].H != 8./h {
		t.Errorf("%+v", got)
	}
	var heads [3][]float32
	for l, s := range nanoStrides {
		heads[l] = make([]float32, (nanoClasses+4*nanoBins)*(320/s)*(192/s))
		for i := range (320 / s) * (192 / s) {
			heads[l][i] = -10
		}
	}
	n := 20 * 12
	heads[1][3*20+4] = 3
	for q := range 4 {
		heads[1][(nanoClasses+q*nanoBins+2)*n+3*20+4] = 50 // two strides to each side
	}
	got = NanoDet(heads, 320, 192, .2)
	if len(got) != 1 || got[0].X*320 < 39 || got[0].X*320 > 41 || got[0].W*320 < 63 || got[0].W*320 > 65 || got[0].Score < .9 {
		t.Errorf("%+v", got)
	}
}
