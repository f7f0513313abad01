package plan_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

type pt = plan.Point

func rect(x, y, w, h float64) []pt { return []pt{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}} }

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > by {
		t.Errorf("%s: %g, want %g", what, got, want)
	}
}

// yard is 100 by 50 m at a tenth of a metre per px, with one camera in its middle.
func yard() plan.Drawing {
	return plan.Drawing{Title: "Gård", Width: 1000, Height: 500, MetresPerPixel: 0.1,
		Areas: []plan.Area{
			{ID: "grund", Name: "Matr.nr. 7a", Use: plan.Ground, Corners: rect(10, 10, 980, 480)},
			{ID: "gaard", Name: "Skolegården", Use: plan.Watched, Kind: "schoolyard", Corners: rect(300, 50, 400, 400)},
		},
		Cameras: []plan.Placed{{Camera: "gaard-1", Name: "Gård mod øst", At: pt{500, 250}, Direction: 90, Angle: 90, Range: 15, Height: 3}},
	}
}

func TestViewsHaveTheSizeOfTheirSector(t *testing.T) {
	d := yard()
	for _, angle := range []float64{1, 33, 90, 180, 270, 360} {
		d.Cameras[0].Angle = angle
		c := d.Cone(d.Cameras[0])
		want := math.Pi * 150 * 150 * angle / 360
		near(t, "size", c.Size(), want, want*1e-9)
		near(t, "outline", plan.Size(c.Polygon()), want, want*0.01)
	}
}

func TestTheViewPointsWhereTheCameraLooks(t *testing.T) {
	d := yard()
	for _, tc := range []struct {
		direction float64
		seen      pt
	}{{0, pt{500, 150}}, {90, pt{600, 250}}, {180, pt{500, 350}}, {270, pt{400, 250}}} {
		d.Cameras[0].Direction = tc.direction
		outline := d.Cone(d.Cameras[0]).Polygon()
		if !plan.Inside(tc.seen, outline) {
			t.Errorf("looking %g°, %v is not seen", tc.direction, tc.seen)
		}
		if behind := (pt{1000 - tc.seen.X, 500 - tc.seen.Y}); plan.Inside(behind, outline) {
			t.Errorf("looking %g°, %v behind is seen", tc.direction, behind)
		}
	}
}

func TestSharesOfAHalfCircle(t *testing.T) {
	d := yard()
	d.Cameras[0].Angle = 360
	c := d.Cone(d.Cameras[0])
	right := rect(500, 0, 500, 500)
	near(t, "right half", c.Share(right), 0.5, 0.001)
	near(t, "both halves", c.Share(right, rect(0, 0, 500, 500)), 1, 1e-9)
	near(t, "the same twice", c.Share(right, right), 0.5, 0.001)
	near(t, "far away", c.Share(rect(0, 0, 100, 100)), 0, 0)
	near(t, "all of it", c.Share(rect(0, 0, 1000, 500)), 1, 1e-9)
	near(t, "nothing", c.Share(), 0, 0)
	hole := append(rect(400, 150, 200, 200), rect(0, 0, 1, 1)...)
	if got := c.Share(hole); got <= 0 || got >= 1 {
		t.Errorf("a border that crosses itself: %g", got)
	}
}

func TestNobodySeesThroughWalls(t *testing.T) {
	d := yard()
	room := rect(400, 200, 200, 100)
	d.Areas = []plan.Area{{ID: "stue", Use: plan.Watched, Kind: "public-room", Walled: true, Corners: room}}
	d.Cameras[0].Angle, d.Cameras[0].Range = 360, 40
	c := d.Cone(d.Cameras[0])
	near(t, "a room seen from within", c.Size(), 200*100, 60)
	near(t, "its outline", plan.Size(c.Polygon()), 200*100, 60)
	near(t, "all within", c.Share(room), 1, 1e-9)
	// From outside nobody sees in.
	d.Cameras[0].At = pt{300, 250}
	near(t, "from outside", d.Cone(d.Cameras[0]).Share(room), 0, 0)
}

func TestACameraOnTheWallLooksToOneSide(t *testing.T) {
	d := yard()
	room := rect(400, 200, 200, 100)
	d.Areas = []plan.Area{{ID: "stue", Use: plan.Watched, Walled: true, Corners: room}}
	for _, at := range []pt{{400, 200}, {400, 250}, {600, 300}, {500, 200}} {
		c := plan.Placed{Camera: "k", At: at, Angle: 360, Range: 40, Direction: math.Mod(math.Atan2(500-at.X, at.Y-250)*180/math.Pi+360, 360)}
		v := d.Cone(c)
		near(t, "inward", v.Share(room), 1, 1e-9)
		near(t, "inward size", v.Size(), 200*100, 200)
		c.Direction = plan.Turn(c.Direction + 180)
		near(t, "outward", d.Cone(c).Share(room), 0, 1e-9)
	}
}

func TestRoomsWithCornersHideWhatLiesBehindThem(t *testing.T) {
	// An L: from its lower end nobody sees the far part of the other arm.
	l := []pt{{100, 100}, {400, 100}, {400, 200}, {200, 200}, {200, 400}, {100, 400}}
	d := plan.Drawing{Width: 500, Height: 500, MetresPerPixel: 0.1, Areas: []plan.Area{{ID: "l", Use: plan.Watched, Walled: true, Corners: l}}}
	v := d.Cone(plan.Placed{Camera: "k", At: pt{150, 390}, Angle: 360, Range: 60})
	outline := v.Polygon()
	for p, seen := range map[pt]bool{{150, 150}: true, {210, 150}: true, {390, 190}: false, {300, 150}: false, {300, 300}: false} {
		if plan.Inside(p, outline) != seen {
			t.Errorf("%v: seen %v, want %v", p, !seen, seen)
		}
	}
}

// star is a random polygon around a point that does not cross itself.
func star(r *rand.Rand, n int) []pt {
	x, y := 100+r.Float64()*800, 50+r.Float64()*400
	var out []pt
	for i := range n {
		a := (float64(i) + r.Float64()*0.9) / float64(n) * 2 * math.Pi
		far := 20 + r.Float64()*200
		out = append(out, pt{x + far*math.Cos(a), y + far*math.Sin(a)})
	}
	return out
}

func TestSharesAgreeWithCountingPoints(t *testing.T) {
	req.Shows(t, "CASE-15")
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		d := plan.Drawing{Width: 1000, Height: 500, MetresPerPixel: 0.1}
		c := plan.Placed{Camera: "k", At: pt{r.Float64() * 1000, r.Float64() * 500}, Direction: r.Float64() * 360, Angle: 20 + r.Float64()*340, Range: 5 + r.Float64()*20}
		if r.IntN(2) == 0 {
			d.Areas = []plan.Area{{ID: "v", Walled: true, Use: plan.Watched, Corners: star(r, 3+r.IntN(8))}}
		}
		areas := [][]pt{star(r, 3+r.IntN(8)), star(r, 3+r.IntN(8))}
		v := d.Cone(c)
		outline := v.Polygon()
		var in, all float64
		for range 20000 {
			p := pt{c.At.X + (r.Float64()*2-1)*v.Reach, c.At.Y + (r.Float64()*2-1)*v.Reach}
			if !plan.Inside(p, outline) {
				continue
			}
			all++
			if plan.Inside(p, areas[0]) || plan.Inside(p, areas[1]) {
				in++
			}
		}
		if all < 500 {
			continue // hardly a view
		}
		near(t, "share", v.Share(areas...), in/all, 0.03+1.5/math.Sqrt(all))
		near(t, "size", v.Size(), plan.Size(outline), v.Size()*0.02+20)
	}
}

func TestFiguresDoNotDependOnWhereTheDrawingLies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		area := star(r, 3+r.IntN(9))
		c := plan.Cone{At: pt{r.Float64() * 1000, r.Float64() * 500}, Direction: r.Float64() * 360, Angle: 1 + r.Float64()*359, Reach: 10 + r.Float64()*300}
		want := c.Share(area)
		turn, by, dx, dy := r.Float64()*360, 0.2+r.Float64()*3, r.Float64()*900, r.Float64()*900
		sin, cos := math.Sincos(turn * math.Pi / 180)
		to := func(p pt) pt { return pt{(p.X*cos-p.Y*sin)*by + dx, (p.X*sin+p.Y*cos)*by + dy} }
		var moved []pt
		for _, p := range area {
			moved = append(moved, to(p))
		}
		near(t, "turned, moved and scaled", plan.Cone{At: to(c.At), Direction: plan.Turn(c.Direction + turn), Angle: c.Angle, Reach: c.Reach * by}.Share(moved), want, 1e-6)
		if more := c.Share(area, star(r, 5)); more < want-1e-9 {
			t.Fatalf("more areas, less covered: %g after %g", more, want)
		}
	}
}

func TestTurns(t *testing.T) {
	for _, tc := range [][3]float64{{350, 10, 20}, {10, 350, -20}, {0, 180, 180}, {180, 0, 180}, {90, 90, 0}} {
		near(t, "turn", plan.Between(tc[0], tc[1]), tc[2], 1e-9)
	}
	for _, v := range []float64{-720, -1e-20, 359.999, 360, 1e6} {
		if got := plan.Turn(v); got < 0 || got >= 360 {
			t.Errorf("Turn(%g) = %g", v, got)
		}
	}
}

func TestBordersThatCrossThemselves(t *testing.T) {
	if plan.CrossesItself(rect(0, 0, 10, 10)) || plan.CrossesItself([]pt{{0, 0}, {10, 0}, {5, 5}}) {
		t.Error("a plain border is taken to cross itself")
	}
	if !plan.CrossesItself([]pt{{0, 0}, {10, 10}, {10, 0}, {0, 10}}) {
		t.Error("a bow tie is taken to be plain")
	}
}
