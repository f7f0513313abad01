package anonymise

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// findings are of a film of 640 × 360 with so many pictures and these people.
func findings(frames int, people ...Fragment) *Findings {
	f := &Findings{Version: Version, Width: 640, Height: 360, Rate: 15, Fragments: people, Chunks: []Chunk{{}}}
	for n := range frames {
		f.Chunks[0].Times = append(f.Chunks[0].Times, int64(n)*6000)
	}
	return f
}

// standing is a fragment that does not move.
func standing(id string, from, to int, b Box) Fragment {
	f := Fragment{ID: id, Keys: []Key{{Frame: from, Box: b, Score: 80}}}
	if to > from {
		f.Keys = append(f.Keys, Key{Frame: to, Box: b, Score: 80})
	}
	return f
}

func paint(t *testing.T, p *Project) *Painter {
	t.Helper()
	w, err := p.Painter()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// covers reports whether a place is covered.
func covers(w *Painter, frame, x, y int) bool {
	g := w.Grid
	return g.Has(w.Cells(frame), x*g.Width/Whole/g.Cell, y*g.Height/Whole/g.Cell)
}

func TestWhoeverIsNotConfirmedIsCovered(t *testing.T) {
	req.Shows(t, "EVID-8")
	b := Box{4000, 4000, 600, 2000}
	p := &Project{Findings: findings(100, standing("p1", 20, 60, b))}
	for verdict, want := range map[Verdict]bool{Unconfirmed: true, Covered: true, Kept: false, Nobody: false} {
		p.Corrections = []Correction{{Act: Judge, Fragment: "p1", Verdict: verdict}}
		if got := covers(paint(t, p), 40, 4300, 5000); got != want {
			t.Errorf("verdict %q: covered %v", verdict, got)
		}
	}
	p.Corrections = nil
	w := paint(t, p)
	for frame, want := range map[int]bool{19: false, 20: true, 60: true, 61: false, -1: true, 100: true} {
		if got := covers(w, frame, 4300, 5000); got != want {
			t.Errorf("picture %d: covered %v", frame, got)
		}
	}
}

func TestAnotherAlwaysWinsOverTheOneWhoIsKept(t *testing.T) {
	req.Shows(t, "EVID-8")
	kept, other := Box{4000, 4000, 600, 2000}, Box{4500, 4000, 600, 2000}
	f := findings(50, standing("p1", 0, 49, kept), standing("p2", 10, 30, other))
	all := make([]Cells, 50)
	for i := range all {
		all[i] = f.Grid().None()
		f.Grid().fill(all[i], Box{0, 0, Whole, Whole}, true) // everything moves
	}
	f.SetMovement(all, make([]bool, 50))
	p := &Project{Findings: f, Corrections: []Correction{{Act: Judge, Fragment: "p1", Verdict: Kept}}}
	w := paint(t, p)
	if covers(w, 5, 4550, 5000) || !covers(w, 20, 4550, 5000) || covers(w, 35, 4550, 5000) {
		t.Error("the other does not win where both are")
	}
	if !covers(w, 5, 8000, 5000) {
		t.Error("what moves elsewhere is shown")
	}
	p.Areas = [][]Point{{{4000, 4000}, {4300, 4000}, {4300, 6000}}}
	if !covers(paint(t, p), 5, 4290, 4500) {
		t.Error("a mask of the camera's gives way")
	}
	f.Blind = []Blind{{3, 6, BlindMoved}}
	if w = paint(t, p); !covers(w, 5, 4550, 5000) || covers(w, 7, 4550, 5000) {
		t.Error("a picture that cannot be trusted is shown")
	}
}

func TestAKeptPersonIsShownOnlyWhereSomebodySawThem(t *testing.T) {
	b := Box{4000, 4000, 600, 2000}
	f := standing("p1", 20, 40, b)
	f.Keys = append([]Key{{Frame: 10, Box: b, Held: true}}, append(f.Keys, Key{Frame: 50, Box: b, Held: true})...)
	found := findings(60, f)
	moved := make([]Cells, 60)
	for i := range moved {
		moved[i] = found.Grid().None()
		found.Grid().fill(moved[i], b, true)
	}
	found.SetMovement(moved, make([]bool, 60))
	p := &Project{Findings: found, Corrections: []Correction{{Act: Judge, Fragment: "p1", Verdict: Kept}}}
	w := paint(t, p)
	for frame, want := range map[int]bool{15: true, 20: false, 40: false, 45: true, 55: true} {
		if got := covers(w, frame, 4300, 5000); got != want {
			t.Errorf("picture %d: covered %v", frame, got)
		}
	}
	if !w.Shows(30, b.Detection()) || w.Shows(15, b.Detection()) {
		t.Error("it is not known who is shown")
	}
}

func TestCorrections(t *testing.T) {
	req.Shows(t, "EVID-8")
	a, b := Box{1000, 1000, 500, 1500}, Box{3000, 1000, 500, 1500}
	moving := Fragment{ID: "p1", Keys: []Key{{Frame: 10, Box: a, Score: 80}, {Frame: 30, Box: b, Score: 70}}}
	later := standing("p2", 40, 50, b)
	box := Box{7000, 2000, 400, 1000}
	tests := map[string]struct {
		do   []Correction
		want map[string][2]int // first and last picture by fragment
	}{
		"nothing":     {nil, map[string][2]int{"p1": {10, 30}, "p2": {40, 50}}},
		"draw":        {[]Correction{{Act: Draw, Fragment: "h1", Frame: 5, To: 8, Box: &box}}, map[string][2]int{"p1": {10, 30}, "p2": {40, 50}, "h1": {5, 8}}},
		"one picture": {[]Correction{{Act: Draw, Fragment: "h1", Frame: 5, To: 5, Box: &box}}, map[string][2]int{"p1": {10, 30}, "p2": {40, 50}, "h1": {5, 5}}},
		"lengthen":    {[]Correction{{Act: Move, Fragment: "p1", Frame: 35, Box: &box}}, map[string][2]int{"p1": {10, 35}, "p2": {40, 50}}},
		"shorten":     {[]Correction{{Act: Clear, Fragment: "p1", Frame: 30}}, map[string][2]int{"p1": {10, 10}, "p2": {40, 50}}},
		"split":       {[]Correction{{Act: Split, Fragment: "p1", Frame: 20}}, map[string][2]int{"p1": {10, 19}, "p1/20": {20, 30}, "p2": {40, 50}}},
		"split twice": {[]Correction{{Act: Split, Fragment: "p1", Frame: 20}, {Act: Split, Fragment: "p1/20", Frame: 30}}, map[string][2]int{"p1": {10, 19}, "p1/20": {20, 29}, "p1/20/30": {30, 30}, "p2": {40, 50}}},
		"join":        {[]Correction{{Act: Join, Fragment: "p1", With: "p2"}}, map[string][2]int{"p1": {10, 50}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &Project{Findings: findings(60, moving, later), Corrections: test.do}
			all, err := p.Fragments()
			if err != nil || len(all) != len(test.want) {
				t.Fatalf("%+v, %v", all, err)
			}
			for _, f := range all {
				if test.want[f.ID] != [2]int{f.From(), f.To()} {
					t.Errorf("%s goes from %d to %d", f.ID, f.From(), f.To())
				}
			}
			// What is saved is the same work.
			j, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Read(j); err != nil || len(again.Corrections) != len(test.do) {
				t.Errorf("%+v, %v", again, err)
			}
		})
	}
	if len(moving.Keys) != 2 || moving.Keys[1].Frame != 30 {
		t.Error("the findings were changed")
	}
}

func TestASplitUncoversNothingAndAJoinKeepsNobodyNew(t *testing.T) {
	f := Fragment{ID: "p1", Keys: []Key{{Frame: 0, Box: Box{100, 100, 400, 1200}}, {Frame: 59, Box: Box{8000, 5000, 500, 1500}}}}
	whole := paint(t, &Project{Findings: findings(60, f)})
	cut := &Project{Findings: findings(60, f), Corrections: []Correction{{Act: Split, Fragment: "p1", Frame: 31}}}
	w := paint(t, cut)
	for n := range 60 {
		// A box between two keys is rounded to a ten-thousandth.
		a, b := w.Cells(n), whole.Cells(n)
		if d := a.Count() - b.Count(); d > 12 || d < -12 { // a row of cells
			t.Errorf("picture %d: %d cells, %d", n, a.Count(), b.Count())
		}
	}
	cut.Corrections = append(cut.Corrections, Correction{Act: Judge, Fragment: "p1", Verdict: Kept}, Correction{Act: Join, Fragment: "p1", With: "p1/31"})
	all, err := cut.Fragments()
	if err != nil || len(all) != 1 || all[0].Verdict != Unconfirmed {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestCorrectionsThatCannotBe(t *testing.T) {
	b := &Box{1000, 1000, 500, 1500}
	f := standing("p1", 10, 20, *b)
	for name, c := range map[string]Correction{
		"no such act":            {Act: "erase", Fragment: "p1"},
		"no such fragment":       {Act: Judge, Fragment: "p9", Verdict: Kept},
		"no such verdict":        {Act: Judge, Fragment: "p1", Verdict: "shown"},
		"no such picture":        {Act: Move, Fragment: "p1", Frame: 60, Box: b},
		"before the first":       {Act: Move, Fragment: "p1", Frame: -1, Box: b},
		"no box":                 {Act: Move, Fragment: "p1", Frame: 5},
		"a box without size":     {Act: Move, Fragment: "p1", Frame: 5, Box: &Box{W: 0, H: 10}},
		"drawn backwards":        {Act: Draw, Fragment: "h1", Frame: 9, To: 8, Box: b},
		"drawn over another":     {Act: Draw, Fragment: "p1", Frame: 8, To: 9, Box: b},
		"split where it begins":  {Act: Split, Fragment: "p1", Frame: 10},
		"split after it":         {Act: Split, Fragment: "p1", Frame: 21},
		"clear what is not":      {Act: Clear, Fragment: "p1", Frame: 15},
		"join with itself":       {Act: Join, Fragment: "p1", With: "p1"},
		"join with nobody":       {Act: Join, Fragment: "p1", With: "p9"},
		"join with one at once":  {Act: Join, Fragment: "p1", With: "p2"},
		"join with an older one": {Act: Join, Fragment: "p3", With: "p1"},
	} {
		p := &Project{Findings: findings(60, f, standing("p2", 20, 30, *b), standing("p3", 40, 50, *b)), Corrections: []Correction{c}}
		if _, err := p.Fragments(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMovementIsPackedWithoutLoss(t *testing.T) {
	f := findings(40)
	r := rand.New(rand.NewPCG(1, 2))
	moved, much := make([]Cells, 40), make([]bool, 40)
	for i := range moved {
		moved[i] = f.Grid().None()
		for range 30 {
			f.Grid().set(moved[i], r.IntN(f.Grid().W), r.IntN(f.Grid().H), true)
		}
		much[i] = i == 3 || i == 4 || i == 9
	}
	f.SetMovement(moved, much)
	got, err := f.Movement()
	if err != nil || !slices.EqualFunc(got, moved, slices.Equal) {
		t.Errorf("%v", err)
	}
	if want := []Blind{{3, 4, BlindMoved}, {9, 9, BlindMoved}}; !slices.Equal(f.Blind, want) {
		t.Errorf("blind %v", f.Blind)
	}
	f.Moved = f.Moved[:len(f.Moved)/2]
	if err := f.Check(); !fault.Is(err, fault.Corrupt) {
		t.Errorf("%v", err)
	}
}

func FuzzProject(f *testing.F) {
	good, err := json.Marshal(&Project{Findings: findings(5, standing("p1", 1, 3, Box{1, 2, 300, 400})), Corrections: []Correction{{Act: Split, Fragment: "p1", Frame: 2}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"findings":{"version":1,"width":64,"height":64,"rate":1,"chunks":[{"times":[0]}],"moved":"AAAA"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Read(b)
		if err != nil {
			return
		}
		w, err := p.Painter()
		if err != nil {
			t.Fatalf("it was read and cannot be painted: %v", err)
		}
		for n := range min(w.Frames(), 50) {
			w.Cells(n)
		}
	})
}
