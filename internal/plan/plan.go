// Package plan holds drawings: where cameras hang, what they see, and which
// areas they are described for.
//
// What it promises: one frame for everything on a drawing (pixels of its
// picture, one scale in metres); the same figures for whoever asks, on paper,
// on the screen and when a change is judged (CASE-15, H 10.2); a view that
// stops at walls; SVG that stands under the strictest content policy, with
// words for whoever cannot see it.
//
// What it refuses: a drawing with numbers that are none, ids twice, fields
// that it does not know, and to compare drawings that do not share a frame:
// those a person must judge.
package plan

// Drawing (tegning) is a plan or map with cameras and areas (H 2.3 B, SITE-3).
type Drawing struct {
	Title   string `json:"title"`
	Picture string `json:"picture"` // document behind it; empty: plain paper
	Width   int    `json:"width"`   // of the picture, px
	Height  int    `json:"height"`  // of the picture, px
	// MetresPerPixel is the scale; 0: nobody has set it, and the drawing is
	// taken to be [AssumedWidth] wide until then.
	MetresPerPixel float64  `json:"metres_per_pixel"`
	North          float64  `json:"north"`    // degrees clockwise from the picture's up, 0 to below 360
	Cadastre       string   `json:"cadastre"` // matrikel, as text
	Areas          []Area   `json:"areas"`
	Cameras        []Placed `json:"cameras"`
}

// Point is a place on the drawing in px from its upper left corner, x to the
// right and y down.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Use says what an area is on the drawing for.
type Use string

// The uses of an area.
const (
	// Watched is described as surveilled: cameras may see it.
	Watched Use = "watched"
	// Ground is the property (matrikel); what lies outside it is another's.
	Ground Use = "ground"
	// Avoided is what no camera may see: a neighbour's, a road, a window.
	Avoided Use = "avoided"
)

// Area (område) is a polygon on the drawing. Where its border crosses itself,
// what lies inside is counted by the even-odd rule, and [Drawing.Check] says so.
type Area struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Use     Use     `json:"use"`
	Kind    string  `json:"kind"`   // kind of place, law's id; may be empty for Ground
	Walled  bool    `json:"walled"` // no camera sees through its border
	Corners []Point `json:"corners"`
}

// Placed is a camera on the drawing with what it sees.
type Placed struct {
	Camera    string   `json:"camera"` // id in the register
	Name      string   `json:"name"`
	At        Point    `json:"at"`
	Direction float64  `json:"direction"` // of the middle of its view: degrees clockwise from up, 0 to below 360
	Angle     float64  `json:"angle"`     // of view across, 1 to 360 degrees
	Range     float64  `json:"range"`     // metres in which a person can be made out
	Height    float64  `json:"height"`    // of mounting, metres above the floor; 0: not said
	Masks     [][]Spot `json:"masks"`     // areas of its picture that nobody may see
}

// Spot is a place in a camera's picture: 0 to [Grid] across and down, as in
// a mask that the engine obeys.
type Spot struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// Limits of a drawing.
const (
	Grid       = 10_000 // a camera's picture is Grid by Grid
	MaxSide    = 20_000 // px
	MaxCameras = 200
	MaxAreas   = 100
	MaxCorners = 1000 // of all areas together
	MaxMasks   = 64   // of one camera, as permit.MaxAreas
	MaxSpots   = 64   // of one mask, as permit.MaxPoints
	MaxRange   = 500  // metres
	MaxHeight  = 100  // metres
	MaxLine    = 200  // bytes of a name
	MaxBytes   = 1 << 20
	// MinScale and MaxScale bound metres per px.
	MinScale, MaxScale = 0.0005, 10
)

// AssumedWidth is how wide, in metres, a drawing without a scale is taken to be.
const AssumedWidth = 50.0

// Tolerance is the share of a view that counts as none: lines drawn by hand
// do not meet. Above it a view reaches outside.
const Tolerance = 0.02

// Scale is the drawing's metres per px: what was set, else what is assumed.
func (d Drawing) Scale() float64 {
	if d.MetresPerPixel > 0 || d.Width <= 0 {
		return d.MetresPerPixel
	}
	return AssumedWidth / float64(d.Width)
}

// Camera finds a placed camera by id.
func (d Drawing) Camera(id string) (Placed, bool) {
	for _, c := range d.Cameras {
		if c.Camera == id {
			return c, true
		}
	}
	return Placed{}, false
}

// Area finds an area by id.
func (d Drawing) Area(id string) (Area, bool) {
	for _, a := range d.Areas {
		if a.ID == id {
			return a, true
		}
	}
	return Area{}, false
}

// used lists the borders of the areas of a use.
func (d Drawing) used(u Use) [][]Point {
	var out [][]Point
	for _, a := range d.Areas {
		if a.Use == u {
			out = append(out, a.Corners)
		}
	}
	return out
}

// walls lists the borders that nobody sees through.
func (d Drawing) walls() [][]Point {
	var out [][]Point
	for _, a := range d.Areas {
		if a.Walled {
			out = append(out, a.Corners)
		}
	}
	return out
}

// Lay lays another picture beneath a drawing, of a size in px and a scale in
// metres per px (0: not known). What is drawn keeps its place in parts of the
// picture.
func Lay(d Drawing, picture string, width, height int, scale float64) Drawing {
	if d.Width < 1 || d.Height < 1 {
		d.Width, d.Height = width, height
	}
	to := func(p Point) Point {
		return Point{min(p.X/float64(d.Width)*float64(width), float64(width)), min(p.Y/float64(d.Height)*float64(height), float64(height))}
	}
	out := d
	out.Picture, out.Width, out.Height, out.MetresPerPixel = picture, width, height, scale
	out.Areas, out.Cameras = nil, nil
	for _, a := range d.Areas {
		corners := make([]Point, len(a.Corners))
		for i, p := range a.Corners {
			corners[i] = to(p)
		}
		a.Corners = corners
		out.Areas = append(out.Areas, a)
	}
	for _, c := range d.Cameras {
		c.At = to(c.At)
		out.Cameras = append(out.Cameras, c)
	}
	return out
}
