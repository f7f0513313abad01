package plan

import (
	"math"
	"slices"
)

// Cone is what a camera sees on the ground: a sector around it, cut where a
// wall stands. Lengths are px.
type Cone struct {
	At        Point
	Direction float64 // of its middle, degrees clockwise from up
	Angle     float64 // across, 1 to 360 degrees
	Reach     float64 // px
	walls     [][]Point
}

// Cone is what a camera sees on the drawing.
func (d Drawing) Cone(c Placed) Cone {
	reach := 0.0
	if s := d.Scale(); s > 0 {
		reach = c.Range / s
	}
	return Cone{At: c.At, Direction: c.Direction, Angle: c.Angle, Reach: reach, walls: d.walls()}
}

// grain is the step between the rays that a view is measured with, degrees.
// Figures are exact along a ray and within about grain across.
const grain = 0.5

// hair is a length in px that counts as none.
const hair = 1e-6

// toward is the unit vector of a direction in degrees clockwise from up.
func toward(deg float64) Point {
	s, c := math.Sincos(deg * math.Pi / 180)
	return Point{s, -c}
}

// crossings are the distances, sorted, at which the ray from o towards u
// crosses the border of a polygon. How many there are tells, by the even-odd
// rule, whether the ray begins inside.
func crossings(o, u Point, polygon []Point) []float64 {
	var out []float64
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		// Sides of the ray that the edge's ends lie on. An end on the ray
		// belongs to one side, so that a corner is crossed once or twice, as
		// it should.
		sa := u.X*(a.Y-o.Y) - u.Y*(a.X-o.X)
		sb := u.X*(b.Y-o.Y) - u.Y*(b.X-o.X)
		if (sa >= 0) == (sb >= 0) {
			continue
		}
		part := sa / (sa - sb)
		if t := (a.X+part*(b.X-a.X)-o.X)*u.X + (a.Y+part*(b.Y-a.Y)-o.Y)*u.Y; t > hair {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// inside reports whether p lies in the polygon.
func inside(p Point, polygon []Point) bool {
	return len(crossings(p, toward(90), polygon))%2 == 1
}

// sight is how far the camera sees in a direction: to its range, or the first
// wall. A camera that hangs on a wall is on the side that its middle looks to.
func (c Cone) sight(deg float64) float64 {
	far := c.Reach
	for _, w := range c.walls {
		ts := crossings(c.At, toward(deg), w)
		if len(ts)%2 != len(crossings(c.At, toward(c.Direction), w))%2 {
			return 0
		}
		if len(ts) > 0 {
			far = min(far, ts[0])
		}
	}
	return far
}

// Polygon is the view's outline in px, clockwise, beginning with the camera
// (not for a full circle).
func (c Cone) Polygon() []Point {
	step := 3.0
	if len(c.walls) > 0 {
		step = 1
	}
	n := max(int(math.Ceil(c.Angle/step)), 2)
	var turns []float64 // from the first edge of the view
	for i := range n + 1 {
		turns = append(turns, c.Angle*float64(i)/float64(n))
	}
	// Views bend where a wall has a corner: look on both sides of it.
	for _, w := range c.walls {
		for _, p := range w {
			at := math.Atan2(p.X-c.At.X, c.At.Y-p.Y) * 180 / math.Pi
			turn := Turn(at - (c.Direction - c.Angle/2))
			for _, t := range []float64{turn - 0.01, turn + 0.01} {
				if t > 0 && t < c.Angle {
					turns = append(turns, t)
				}
			}
		}
	}
	slices.Sort(turns)
	var out []Point
	if c.Angle < 360 {
		out = append(out, c.At)
	} else {
		turns = turns[:len(turns)-1] // a circle ends where it began
	}
	for _, t := range turns {
		deg := c.Direction - c.Angle/2 + t
		u, far := toward(deg), c.sight(deg)
		out = append(out, Point{c.At.X + far*u.X, c.At.Y + far*u.Y})
	}
	return out
}

// Share is how much of the view, 0 to 1, lies within the polygons taken
// together. Nothing seen is a share of 0.
func (c Cone) Share(polygons ...[]Point) float64 {
	n := max(int(math.Ceil(c.Angle/grain)), 8)
	var all, covered float64
	for i := range n {
		deg := c.Direction - c.Angle/2 + c.Angle*(float64(i)+0.5)/float64(n)
		far := c.sight(deg)
		all += far * far
		covered += ring(c.At, toward(deg), far, polygons)
	}
	if all <= hair {
		return 0
	}
	return min(covered/all, 1)
}

// Size is the area of the view in square px.
func (c Cone) Size() float64 {
	n := max(int(math.Ceil(c.Angle/grain)), 8)
	var sum float64
	for i := range n {
		far := c.sight(c.Direction - c.Angle/2 + c.Angle*(float64(i)+0.5)/float64(n))
		sum += far * far
	}
	return sum / 2 * c.Angle / float64(n) * math.Pi / 180
}

// ring adds up r2²-r1² over the stretches of a ray that lie in any polygon:
// twice their area for each radian.
func ring(o, u Point, far float64, polygons [][]Point) float64 {
	type span struct{ from, to float64 }
	var spans []span
	for _, p := range polygons {
		ts := crossings(o, u, p)
		from := 0.0
		in := len(ts)%2 == 1
		for _, t := range ts {
			if in {
				spans = append(spans, span{from, t})
			}
			from, in = t, !in
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		switch {
		case a.from < b.from:
			return -1
		case a.from > b.from:
			return 1
		}
		return 0
	})
	var sum, done float64
	for _, s := range spans {
		from, to := max(s.from, done), min(s.to, far)
		if to > from {
			sum += to*to - from*from
			done = to
		}
	}
	return sum
}

// Size is the area within a border that does not cross itself, in the square
// of its unit.
func Size(polygon []Point) float64 {
	var sum float64
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		sum += a.X*b.Y - b.X*a.Y
	}
	return math.Abs(sum) / 2
}

// Turn is a direction in degrees brought to 0 to below 360.
func Turn(deg float64) float64 {
	deg = math.Mod(deg, 360)
	if deg < 0 {
		deg += 360
	}
	if deg >= 360 { // of a tiny negative
		return 0
	}
	return deg
}

// Between is the turn from one direction to another, clockwise, above -180 to
// 180 degrees.
func Between(from, to float64) float64 {
	t := Turn(to - from)
	if t > 180 {
		t -= 360
	}
	return t
}

// crossed reports whether a border crosses itself.
func crossed(polygon []Point) bool {
	n := len(polygon)
	for i := range n {
		a, b := polygon[i], polygon[(i+1)%n]
		for j := i + 2; j < n; j++ {
			if i == 0 && j == n-1 {
				continue // neighbours
			}
			c, d := polygon[j], polygon[(j+1)%n]
			if side(a, b, c)*side(a, b, d) < 0 && side(c, d, a)*side(c, d, b) < 0 {
				return true
			}
		}
	}
	return false
}

func side(a, b, p Point) float64 { return (b.X-a.X)*(p.Y-a.Y) - (b.Y-a.Y)*(p.X-a.X) }
