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
		p := Point{a.X + (b.X-a.X)*part/1000, a.Y + (b.Y-a.Y)*part/1000}
		if p.X < 0 || p.Y < 0 || p.X > 9999 || p.Y > 9999 {
			return
		}
		if !m.Covers(p) {
			t.Fatalf("%v on the edge of %v shows", p, area)
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
