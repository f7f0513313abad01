package plan_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

func change(t *testing.T, wanted plan.Drawing) plan.Change {
	t.Helper()
	list := plan.Compare(yard(), wanted)
	if len(list) != 1 {
		t.Fatalf("%d changes, want one: %+v", len(list), list)
	}
	return list[0]
}

func TestChangesWithinTheApproval(t *testing.T) {
	req.Shows(t, "CASE-15")
	for name, tc := range map[string]struct {
		change func(*plan.Drawing)
		kind   plan.ChangeKind
		inside bool
	}{
		"nothing":            {func(*plan.Drawing) {}, plan.Unchanged, true},
		"moved within":       {func(d *plan.Drawing) { d.Cameras[0].At.X -= 50 }, plan.Moved, true},
		"moved out":          {func(d *plan.Drawing) { d.Cameras[0].At.X += 120 }, plan.Moved, false},
		"turned within":      {func(d *plan.Drawing) { d.Cameras[0].Direction = 180 }, plan.Turned, true},
		"turned at the edge": {func(d *plan.Drawing) { d.Cameras[0].At.Y, d.Cameras[0].Direction = 445, 180 }, plan.Moved, false},
		"widened within":     {func(d *plan.Drawing) { d.Cameras[0].Angle = 140 }, plan.Widened, true},
		"longer, beyond":     {func(d *plan.Drawing) { d.Cameras[0].Range = 30 }, plan.Widened, false},
		"narrowed":           {func(d *plan.Drawing) { d.Cameras[0].Angle = 45 }, plan.Narrowed, true},
		"raised":             {func(d *plan.Drawing) { d.Cameras[0].Height = 5 }, plan.Narrowed, true},
		"taken down":         {func(d *plan.Drawing) { d.Cameras = nil }, plan.Removed, true},
		"another picture":    {func(d *plan.Drawing) { d.Picture = "doc-2" }, plan.Moved, false},
		"another scale":      {func(d *plan.Drawing) { d.MetresPerPixel = 0.05 }, plan.Moved, false},
		"a bigger area drawn": {func(d *plan.Drawing) {
			d.Areas[1].Corners = rect(100, 20, 800, 450)
			d.Cameras[0].At.X += 120
		}, plan.Moved, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := yard()
			tc.change(&d)
			c := change(t, d)
			if c.Kind != tc.kind || c.Inside != tc.inside {
				t.Errorf("%s, inside %v; want %s, %v: %+v", c.Kind, c.Inside, tc.kind, tc.inside, c)
			}
			if !c.Inside && c.Outside == 0 {
				t.Error("not inside, and yet nothing outside")
			}
		})
	}
}

func TestFiguresOfAChange(t *testing.T) {
	d := yard()
	c := &d.Cameras[0]
	c.At, c.Direction, c.Angle, c.Range, c.Height = pt{530, 290}, 60, 100, 12, 3.5
	got := change(t, d)
	near(t, "moved", got.Moved, 5, 1e-9) // 30 and 40 px of 0.1 m
	near(t, "turned", got.Turned, -30, 1e-9)
	near(t, "widened", got.Widened, 10, 1e-9)
	near(t, "lengthened", got.Lengthened, -3, 1e-9)
	near(t, "raised", got.Raised, 0.5, 1e-9)
	if got.Area != "gaard" || !slices.Equal(got.Places, []string{"schoolyard"}) || got.Unsure {
		t.Errorf("area %q, places %v, unsure %v", got.Area, got.Places, got.Unsure)
	}
}

func TestAddedCamerasAreHeldAgainstTheApprovedAreas(t *testing.T) {
	req.Shows(t, "CASE-15")
	d := yard()
	in := plan.Placed{Camera: "gaard-2", Name: "Gård mod vest", At: pt{450, 250}, Direction: 270, Angle: 60, Range: 10}
	out := in
	out.Camera, out.At = "gaard-3", pt{350, 250}
	d.Cameras = append(d.Cameras, in, out)
	list := plan.Compare(yard(), d)
	if len(list) != 3 || list[1].Kind != plan.Added || !list[1].Inside || list[2].Inside {
		t.Fatalf("%+v", list)
	}
	if list[2].Outside < 0.4 || list[2].Outside > 0.99 {
		t.Errorf("%g of its view outside", list[2].Outside)
	}
	approved := yard()
	approved.Areas = append(approved.Areas, plan.Area{ID: "nabo", Name: "Naboens have", Use: plan.Avoided, Corners: rect(360, 200, 60, 60)})
	if c := plan.Compare(approved, d)[1]; c.Inside || c.Outside != 0 {
		t.Errorf("a view into a neighbour's garden: %+v", c)
	}
	approved.Areas = nil
	if c := plan.Compare(approved, d)[1]; c.Inside {
		t.Error("inside, where nothing is described")
	}
}

func TestWhatWasApprovedOutsideStays(t *testing.T) {
	approved := yard()
	approved.Cameras[0].At = pt{650, 250} // sees somewhat beyond
	wanted := yard()
	wanted.Cameras[0] = approved.Cameras[0]
	wanted.Cameras[0].Angle = 60
	if c := plan.Compare(approved, wanted)[0]; c.Kind != plan.Narrowed || !c.Inside {
		t.Errorf("less of what was approved: %+v", c)
	}
	wanted.Cameras[0].Angle, wanted.Cameras[0].Range = 90, 20
	if c := plan.Compare(approved, wanted)[0]; c.Inside {
		t.Errorf("more of what lies outside: %+v", c)
	}
}

func TestTakingAMaskAwayIsNoSmallChange(t *testing.T) {
	approved := yard()
	approved.Cameras[0].Masks = [][]plan.Spot{{{0, 0}, {5000, 0}, {5000, 5000}, {0, 5000}}}
	wanted := yard()
	c := plan.Compare(approved, wanted)[0]
	near(t, "unmasked", c.Unmasked, 0.25, 0.001)
	if c.Kind != plan.Widened || c.Inside {
		t.Errorf("a mask taken away: %+v", c)
	}
	if c := plan.Compare(wanted, approved)[0]; c.Kind != plan.Narrowed || !c.Inside {
		t.Errorf("a mask added: %+v", c)
	}
}

func TestAreasThatAreDrawnAnew(t *testing.T) {
	wanted := yard()
	wanted.Areas[1].Corners = rect(300, 50, 800-300, 400)
	wanted.Areas = append(wanted.Areas, plan.Area{ID: "skur", Use: plan.Watched, Kind: "cycle-parking", Corners: rect(320, 60, 50, 50)})
	list := plan.CompareAreas(yard(), wanted)
	if len(list) != 3 || list[0].Kind != plan.Unchanged || list[1].Kind != plan.Redrawn || list[2].Kind != plan.Added {
		t.Fatalf("%+v", list)
	}
	near(t, "new part", list[1].Beyond, 0.2, 0.02)
	near(t, "within the old", list[2].Beyond, 0, 0)
	wanted = yard()
	wanted.Areas = wanted.Areas[1:]
	wanted.Areas[0].Kind = "road"
	if list = plan.CompareAreas(yard(), wanted); list[0].Kind != plan.Removed || list[1].Kind != plan.Recast {
		t.Errorf("%+v", list)
	}
}

// A change and its way back have the same figures, and none is judged inside
// that sees more than a little outside.
func TestPropertiesOfChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		a, b := yard(), yard()
		for _, d := range []*plan.Drawing{&a, &b} {
			c := &d.Cameras[0]
			c.At, c.Direction, c.Angle, c.Range = pt{r.Float64() * 1000, r.Float64() * 500}, r.Float64()*359, 1+r.Float64()*358, 0.5+r.Float64()*30
		}
		there, back := plan.Compare(a, b)[0], plan.Compare(b, a)[0]
		near(t, "moved", there.Moved, back.Moved, 1e-9)
		near(t, "turned", math.Abs(there.Turned), math.Abs(back.Turned), 1e-9)
		if there.Inside && there.Kind != plan.Unchanged {
			described := append([][]pt{a.Areas[1].Corners}, a.Cone(a.Cameras[0]).Polygon())
			if out := 1 - b.Cone(b.Cameras[0]).Share(described...); out > plan.Tolerance+1e-9 {
				t.Fatalf("judged inside with %g outside", out)
			}
		}
		if same := plan.Compare(a, a)[0]; same.Kind != plan.Unchanged || !same.Inside {
			t.Fatalf("compared with itself: %+v", same)
		}
	}
}

func TestANewPictureKeepsThePlaces(t *testing.T) {
	d := plan.Lay(yard(), "doc-1", 2000, 250, 0.02)
	if err := d.Valid(); err != nil || d.MetresPerPixel != 0.02 || d.Picture != "doc-1" {
		t.Errorf("%+v: %v", d, err)
	}
	if at := d.Cameras[0].At; at != (pt{1000, 125}) {
		t.Errorf("the camera lies at %v", at)
	}
	if yard().Areas[0].Corners[0] == d.Areas[0].Corners[0] {
		t.Error("the areas did not move")
	}
}
