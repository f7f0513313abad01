package plan

import (
	"math"
	"slices"
)

// ChangeKind is what happened to a camera or an area.
type ChangeKind string

// The kinds of change.
const (
	Added     ChangeKind = "added"
	Removed   ChangeKind = "removed"
	Moved     ChangeKind = "moved"
	Turned    ChangeKind = "turned"
	Widened   ChangeKind = "widened"  // sees more: angle, range, or less of its picture masked
	Narrowed  ChangeKind = "narrowed" // sees less, or hangs at another height
	Redrawn   ChangeKind = "redrawn"  // an area with another border
	Recast    ChangeKind = "recast"   // an area for another use or kind of place
	Unchanged ChangeKind = "unchanged"
)

// Change is what a wanted drawing makes of one camera of the approved one. A
// camera may be moved and turned and widened at once: Kind is the gravest, the
// figures tell all.
type Change struct {
	Camera string     `json:"camera"`
	Name   string     `json:"name"`
	Kind   ChangeKind `json:"kind"`

	Moved      float64 `json:"moved"`      // metres
	Turned     float64 `json:"turned"`     // degrees clockwise, above -180 to 180
	Widened    float64 `json:"widened"`    // degrees of the angle of view
	Lengthened float64 `json:"lengthened"` // metres of range
	Raised     float64 `json:"raised"`     // metres of height
	Unmasked   float64 `json:"unmasked"`   // share of its picture that was masked and is not, 0 to 1

	// Inside says that the wanted view stays within the areas that the approved
	// drawing describes as surveilled, or what this camera was approved to see,
	// and keeps out of those that no camera may see (H 10.2). It is true of
	// what is removed or unchanged.
	Inside  bool    `json:"inside"`
	Outside float64 `json:"outside"` // share of the wanted view outside, 0 to 1
	Area    string  `json:"area"`    // the approved area that most of the view lies in; empty: none
	// Places are the kinds of place among the approved areas in view.
	Places []string `json:"places"`
	// Unsure says that the drawings do not share a frame (another picture, size
	// or scale), so that a person must judge; Inside is false then.
	Unsure bool `json:"unsure"`
}

// Rounding: what is less is nothing.
const (
	leastMove = 0.02 // metres
	leastTurn = 0.2  // degrees
	leastMask = 0.002
)

// SameFrame reports whether points of the two drawings mean the same places.
func SameFrame(a, b Drawing) bool {
	return a.Picture == b.Picture && a.Width == b.Width && a.Height == b.Height &&
		math.Abs(a.MetresPerPixel-b.MetresPerPixel) <= 1e-9*a.MetresPerPixel
}

// Compare says what a wanted drawing makes of each camera of the approved one,
// in the approved order, then what is added. The areas are the approved
// drawing's: what the wanted one calls described is not yet so.
func Compare(approved, wanted Drawing) []Change {
	same := SameFrame(approved, wanted)
	var out []Change
	for _, a := range approved.Cameras {
		w, ok := wanted.Camera(a.Camera)
		if !ok {
			c := Change{Camera: a.Camera, Name: a.Name, Kind: Removed, Inside: true}
			c.Area, c.Places = approved.mostly(approved.Cone(a))
			out = append(out, c)
			continue
		}
		out = append(out, approved.change(a, w, same))
	}
	for _, w := range wanted.Cameras {
		if _, ok := approved.Camera(w.Camera); ok {
			continue
		}
		c := Change{Camera: w.Camera, Name: w.Name, Kind: Added, Outside: 1, Unsure: !same}
		if same {
			approved.judge(&c, approved.Cone(w), nil)
		}
		out = append(out, c)
	}
	return out
}

func (d Drawing) change(a, w Placed, same bool) Change {
	c := Change{Camera: w.Camera, Name: w.Name, Unmasked: unmasked(a.Masks, w.Masks),
		Widened: w.Angle - a.Angle, Lengthened: w.Range - a.Range, Raised: w.Height - a.Height}
	if a.Angle < 360 || w.Angle < 360 { // a full circle has no direction
		c.Turned = Between(a.Direction, w.Direction)
	}
	if !same {
		c.Kind, c.Unsure, c.Outside = Moved, true, 1
		return c
	}
	c.Moved = math.Hypot(w.At.X-a.At.X, w.At.Y-a.At.Y) * d.Scale()
	switch {
	case c.Moved >= leastMove:
		c.Kind = Moved
	case math.Abs(c.Turned) >= leastTurn:
		c.Kind = Turned
	case c.Widened >= leastTurn, c.Lengthened >= leastMove, c.Unmasked >= leastMask:
		c.Kind = Widened
	case c.Widened <= -leastTurn, c.Lengthened <= -leastMove, math.Abs(c.Raised) >= leastMove, unmasked(w.Masks, a.Masks) >= leastMask:
		c.Kind = Narrowed
	default:
		c.Kind, c.Inside = Unchanged, true
		c.Area, c.Places = d.mostly(d.Cone(a))
		return c
	}
	was := d.Cone(a)
	d.judge(&c, d.Cone(w), &was)
	return c
}

// judge says whether a view keeps to what is described; was is what the
// camera was approved to see, nil for a new one.
func (d Drawing) judge(c *Change, view Cone, was *Cone) {
	described := d.used(Watched)
	c.Area, c.Places = d.mostly(view)
	c.Inside = len(described) > 0 && c.Unmasked < leastMask
	if was != nil {
		described = append(described, was.Polygon())
	}
	if c.Outside = 1 - view.Share(described...); c.Outside <= Tolerance {
		c.Outside = 0
	}
	c.Inside = c.Inside && c.Outside == 0
	for _, x := range d.used(Avoided) {
		before := Tolerance / 4 // what nobody could draw better
		if was != nil {
			before = max(before, was.Share(x))
		}
		if view.Share(x) > before+hair {
			c.Inside = false
		}
	}
}

// mostly is the watched area that most of a view lies in, and the kinds of
// place of all that it reaches.
func (d Drawing) mostly(view Cone) (id string, places []string) {
	var most float64
	for _, a := range d.Areas {
		if a.Use != Watched {
			continue
		}
		in := view.Share(a.Corners)
		if in > most {
			most, id = in, a.ID
		}
		if in > Tolerance && a.Kind != "" && !slices.Contains(places, a.Kind) {
			places = append(places, a.Kind)
		}
	}
	return id, places
}

// unmasked is the share of the picture that was masked and is no longer.
func unmasked(was, is [][]Spot) float64 {
	if len(was) == 0 {
		return 0
	}
	const cells = 100
	a, b := borders(was), borders(is)
	n := 0
	for y := range cells {
		for x := range cells {
			p := Point{(float64(x) + 0.5) * Grid / cells, (float64(y) + 0.5) * Grid / cells}
			if insideAny(p, a) && !insideAny(p, b) {
				n++
			}
		}
	}
	return float64(n) / (cells * cells)
}

func borders(masks [][]Spot) [][]Point {
	var out [][]Point
	for _, m := range masks {
		var p []Point
		for _, s := range m {
			p = append(p, Point{float64(s.X), float64(s.Y)})
		}
		out = append(out, p)
	}
	return out
}

// AreaChange is what a wanted drawing makes of one area of the approved one.
type AreaChange struct {
	Area string `json:"area"`
	Name string `json:"name"`
	// Kind is Added, Removed, Recast, Redrawn or Unchanged.
	Kind ChangeKind `json:"kind"`
	// Beyond is the part of the wanted area, 0 to 1, that the approved drawing
	// does not describe for the same use.
	Beyond float64 `json:"beyond"`
	Unsure bool    `json:"unsure"` // the drawings do not share a frame
}

// CompareAreas says how the description of areas is changed, for which
// another decision is needed whatever the cameras do.
func CompareAreas(approved, wanted Drawing) []AreaChange {
	same := SameFrame(approved, wanted)
	var out []AreaChange
	for _, a := range approved.Areas {
		w, ok := wanted.Area(a.ID)
		c := AreaChange{Area: a.ID, Name: a.Name, Kind: Unchanged, Unsure: !same}
		switch {
		case !ok:
			c.Kind = Removed
		case a.Use != w.Use || a.Kind != w.Kind || a.Walled != w.Walled:
			c.Kind = Recast
		case !slices.Equal(a.Corners, w.Corners):
			c.Kind = Redrawn
		}
		if ok && same && c.Kind != Unchanged {
			c.Beyond = beyond(w.Corners, approved.used(w.Use))
		}
		out = append(out, c)
	}
	for _, w := range wanted.Areas {
		if _, ok := approved.Area(w.ID); !ok {
			c := AreaChange{Area: w.ID, Name: w.Name, Kind: Added, Unsure: !same, Beyond: 1}
			if same {
				c.Beyond = beyond(w.Corners, approved.used(w.Use))
			}
			out = append(out, c)
		}
	}
	return out
}

// beyond is the part of a polygon that lies outside others, by a grid of
// sample points over it.
func beyond(polygon []Point, others [][]Point) float64 {
	least, most := polygon[0], polygon[0]
	for _, p := range polygon {
		least, most = Point{min(least.X, p.X), min(least.Y, p.Y)}, Point{max(most.X, p.X), max(most.Y, p.Y)}
	}
	const cells = 60
	in, out := 0, 0
	for y := range cells {
		for x := range cells {
			p := Point{least.X + (float64(x)+0.5)*(most.X-least.X)/cells, least.Y + (float64(y)+0.5)*(most.Y-least.Y)/cells}
			if !inside(p, polygon) {
				continue
			}
			in++
			if !insideAny(p, others) {
				out++
			}
		}
	}
	if in == 0 {
		return 0
	}
	return float64(out) / float64(in)
}
