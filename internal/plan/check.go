package plan

// Finding is one thing on a drawing that is wrong or must be explained. Its
// key is a text key: "plan.finding." and this.
type Finding struct {
	Key    string  `json:"key"`
	Camera string  `json:"camera,omitempty"`
	Area   string  `json:"area,omitempty"`
	Share  float64 `json:"share,omitempty"` // of the camera's view, 0 to 1
	// Grave must be mended before the drawing is sent; the rest must be
	// explained or mended.
	Grave bool `json:"grave"`
}

// The findings.
const (
	NoScale    = "scale"     // nobody set the scale: no length on it can be trusted
	NoCameras  = "cameras"   // nothing is drawn
	NoAreas    = "areas"     // no area is described as surveilled
	Crossed    = "crossed"   // an area's border crosses itself
	NoKind     = "kind"      // a watched area without its kind of place
	NoName     = "name"      // an area without a name
	NoArea     = "noarea"    // a camera that sees no described area
	Beyond     = "beyond"    // part of a view lies outside what is described
	BeyondLand = "ground"    // part of a view lies outside the property and what is described
	Intrudes   = "avoided"   // a view reaches into what must not be seen
	Blind      = "blind"     // a camera that sees nothing: it looks into a wall
	Adrift     = "elsewhere" // a camera that hangs outside the property
)

// Check lists what is wrong or must be explained on a drawing, cameras in
// their order. A drawing without findings is one that can be sent.
func (d Drawing) Check() []Finding {
	var out []Finding
	add := func(f Finding) { out = append(out, f) }
	if d.MetresPerPixel == 0 {
		add(Finding{Key: NoScale, Grave: true})
	}
	if len(d.Cameras) == 0 {
		add(Finding{Key: NoCameras, Grave: true})
	}
	watched, ground := d.used(Watched), d.used(Ground)
	if len(watched) == 0 {
		add(Finding{Key: NoAreas, Grave: true})
	}
	for _, a := range d.Areas {
		if crossed(a.Corners) {
			add(Finding{Key: Crossed, Area: a.ID, Grave: true})
		}
		if a.Name == "" {
			add(Finding{Key: NoName, Area: a.ID, Grave: true})
		}
		if a.Use == Watched && a.Kind == "" {
			add(Finding{Key: NoKind, Area: a.ID, Grave: true})
		}
	}
	for _, c := range d.Cameras {
		out = append(out, d.checkCamera(c, watched, ground)...)
	}
	return out
}

func (d Drawing) checkCamera(c Placed, watched, ground [][]Point) []Finding {
	v := d.Cone(c)
	if v.Size() < 1 {
		return []Finding{{Key: Blind, Camera: c.Camera, Grave: true}}
	}
	var out []Finding
	if len(watched) > 0 {
		switch in := v.Share(watched...); {
		case in < Tolerance:
			out = append(out, Finding{Key: NoArea, Camera: c.Camera, Share: 1, Grave: true})
		case 1-in > Tolerance:
			out = append(out, Finding{Key: Beyond, Camera: c.Camera, Share: 1 - in})
		}
	}
	if len(ground) > 0 {
		if off := 1 - v.Share(append(ground[:len(ground):len(ground)], watched...)...); off > Tolerance {
			out = append(out, Finding{Key: BeyondLand, Camera: c.Camera, Share: off})
		}
		if !insideAny(c.At, ground) {
			out = append(out, Finding{Key: Adrift, Camera: c.Camera})
		}
	}
	for _, a := range d.Areas {
		if a.Use != Avoided {
			continue
		}
		if in := v.Share(a.Corners); in > 0 {
			out = append(out, Finding{Key: Intrudes, Camera: c.Camera, Area: a.ID, Share: in})
		}
	}
	return out
}

func insideAny(p Point, polygons [][]Point) bool {
	for _, x := range polygons {
		if inside(p, x) {
			return true
		}
	}
	return false
}

// Seen is how much of one camera's view lies in each area that it touches.
func (d Drawing) Seen(c Placed) []Finding {
	var out []Finding
	v := d.Cone(c)
	for _, a := range d.Areas {
		if in := v.Share(a.Corners); in > 0 {
			out = append(out, Finding{Key: string(a.Use), Camera: c.Camera, Area: a.ID, Share: in})
		}
	}
	return out
}
