package fence

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/req"
)

func TestAMaskCoversItsAreaAndLittleMore(t *testing.T) {
	req.Shows(t, "VIEW-4")
	m := NewMask([][]Point{{{2500, 2500}, {7500, 2500}, {7500, 7500}, {2500, 7500}}})
	for _, p := range []Point{{2500, 2500}, {7499, 7499}, {5000, 5000}, {2500, 7499}} {
		if !m.Covers(p) {
			t.Errorf("%v shows", p)
		}
	}
	for _, p := range []Point{{2300, 5000}, {7700, 5000}, {5000, 2200}, {5000, 7800}, {0, 0}, {9999, 9999}} {
		if m.Covers(p) {
			t.Errorf("%v is covered without need", p)
		}
	}
	if len(m.boxes) != 1 {
		t.Errorf("a rectangle is drawn as %d boxes", len(m.boxes))
	}
	if !NewMask(nil).Empty() {
		t.Error("no areas cover something")
	}
}

func TestEveryPointOfAnAreaIsCovered(t *testing.T) {
	req.Shows(t, "VIEW-4")
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.IntRange(-2000, 12_000)
		area := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Point {
			return Point{coordinate.Draw(t, "x"), coordinate.Draw(t, "y")}
		}), 3, 12).Draw(t, "area")
		m := NewMask([][]Point{area})
		// A point of a triangle of the fan lies in the hull; the corners and the
		// edges' points surely lie in the area.
		i := rapid.IntRange(0, len(area)-1).Draw(t, "edge")
		part := rapid.IntRange(0, 1000).Draw(t, "part")
		a, b := area[i], area[(i+1)%len(area)]
		// In thousandths, so that nothing is rounded before its cell is known.
		x, y := a.X*1000+(b.X-a.X)*part, a.Y*1000+(b.Y-a.Y)*part
		if x < 0 || y < 0 || x >= 10_000_000 || y >= 10_000_000 {
			return
		}
		cx, cy := x*cellsWide/10_000_000, y*cellsHigh/10_000_000
		if !m.Covers(Point{(2*cx + 1) * 5000 / cellsWide, (2*cy + 1) * 5000 / cellsHigh}) {
			t.Fatalf("cell %d,%d on the edge of %v shows", cx, cy, area)
		}
		if len(m.boxes) > maxBoxes {
			t.Fatalf("%d boxes", len(m.boxes))
		}
	})
}

func TestTheFinestMaskFitsAnArgument(t *testing.T) {
	var areas [][]Point
	for y := 0; y < 10_000; y += 250 {
		for x := 0; x < 10_000; x += 250 {
			areas = append(areas, []Point{{x, y}, {x + 1, y}, {x, y + 1}})
		}
	}
	m := NewMask(areas)
	if n := len(strings.Join(m.filters(), ",")); n > 100_000 {
		t.Errorf("%d bytes of filters", n)
	}
	for _, a := range areas {
		if !m.Covers(a[0]) {
			t.Fatalf("%v shows", a[0])
		}
	}
}
