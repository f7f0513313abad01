package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// Decode reads a drawing from foreign bytes and checks it as
// [Drawing.Valid]. Errors are Invalid.
func Decode(b []byte) (Drawing, error) {
	if len(b) > MaxBytes {
		return Drawing{}, invalid("plan.size", "%d bytes, more than %d", len(b), MaxBytes)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var out Drawing
	if err := d.Decode(&out); err != nil {
		return Drawing{}, fault.As(fault.Invalid, "plan.json", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Drawing{}, invalid("plan.json", "more than one value")
	}
	if err := out.Valid(); err != nil {
		return Drawing{}, err
	}
	return out, nil
}

// Encode writes a drawing that [Drawing.Valid] accepts.
func Encode(d Drawing) ([]byte, error) {
	if err := d.Valid(); err != nil {
		return nil, err
	}
	// A list in the file is a list, also when it is empty: readers need not ask.
	if d.Areas == nil {
		d.Areas = []Area{}
	}
	cameras := make([]Placed, len(d.Cameras))
	copy(cameras, d.Cameras)
	for i := range cameras {
		if cameras[i].Masks == nil {
			cameras[i].Masks = [][]Spot{}
		}
	}
	d.Cameras = cameras
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	if len(b) > MaxBytes {
		return nil, invalid("plan.size", "%d bytes, more than %d", len(b), MaxBytes)
	}
	return b, nil
}

func invalid(key, format string, args ...any) error {
	return fault.New(fault.Invalid, key, format, args...)
}

// Valid says why a drawing cannot be kept: numbers that are none or out of
// bounds, ids that would not stand in an address or stand twice, texts with
// control characters. What is merely wrong on it is [Drawing.Check]'s.
func (d Drawing) Valid() error {
	switch {
	case !isLine(d.Title) || !isLine(d.Cadastre):
		return invalid("plan.text", "title or cadastre")
	case d.Picture != "" && !isRef(d.Picture):
		return invalid("plan.picture", "picture %.80q", d.Picture)
	case d.Width < 1 || d.Height < 1 || d.Width > MaxSide || d.Height > MaxSide:
		return invalid("plan.size", "%d by %d px", d.Width, d.Height)
	case d.MetresPerPixel != 0 && !within(d.MetresPerPixel, MinScale, MaxScale):
		return invalid("plan.scale", "%g metres per px", d.MetresPerPixel)
	case !isDegrees(d.North):
		return invalid("plan.north", "north %g", d.North)
	case len(d.Cameras) > MaxCameras:
		return invalid("plan.cameras", "%d cameras, more than %d", len(d.Cameras), MaxCameras)
	case len(d.Areas) > MaxAreas:
		return invalid("plan.areas", "%d areas, more than %d", len(d.Areas), MaxAreas)
	}
	corners, seen := 0, map[string]bool{}
	for _, a := range d.Areas {
		if seen[a.ID] {
			return invalid("plan.twice", "area %s twice", a.ID)
		}
		seen[a.ID] = true
		if corners += len(a.Corners); corners > MaxCorners {
			return invalid("plan.corners", "more than %d corners", MaxCorners)
		}
		if err := d.validArea(a); err != nil {
			return err
		}
	}
	seen = map[string]bool{}
	for _, c := range d.Cameras {
		if seen[c.Camera] {
			return invalid("plan.twice", "camera %s twice", c.Camera)
		}
		seen[c.Camera] = true
		if err := d.validCamera(c); err != nil {
			return err
		}
	}
	return nil
}

func (d Drawing) validArea(a Area) error {
	switch {
	case !isID(a.ID):
		return invalid("plan.id", "area %.80q", a.ID)
	case !isLine(a.Name):
		return invalid("plan.text", "name of area %s", a.ID)
	case a.Use != Watched && a.Use != Ground && a.Use != Avoided:
		return invalid("plan.use", "use %.40q of area %s", a.Use, a.ID)
	case a.Kind != "" && !isID(a.Kind):
		return invalid("plan.kind", "kind %.80q of area %s", a.Kind, a.ID)
	case len(a.Corners) < 3:
		return invalid("plan.corners", "%d corners of area %s, at least 3", len(a.Corners), a.ID)
	}
	for _, p := range a.Corners {
		if !d.holds(p) {
			return invalid("plan.outside", "a corner of area %s at %g, %g", a.ID, p.X, p.Y)
		}
	}
	return nil
}

func (d Drawing) validCamera(c Placed) error {
	switch {
	case !isID(c.Camera):
		return invalid("plan.id", "camera %.80q", c.Camera)
	case !isLine(c.Name):
		return invalid("plan.text", "name of camera %s", c.Camera)
	case !d.holds(c.At):
		return invalid("plan.outside", "camera %s at %g, %g", c.Camera, c.At.X, c.At.Y)
	case !isDegrees(c.Direction):
		return invalid("plan.direction", "direction %g of camera %s", c.Direction, c.Camera)
	case !within(c.Angle, 1, 360):
		return invalid("plan.angle", "angle %g of camera %s", c.Angle, c.Camera)
	case !within(c.Range, 0.1, MaxRange):
		return invalid("plan.range", "range %g m of camera %s", c.Range, c.Camera)
	case !within(c.Height, 0, MaxHeight):
		return invalid("plan.height", "height %g m of camera %s", c.Height, c.Camera)
	case len(c.Masks) > MaxMasks:
		return invalid("plan.masks", "%d masks of camera %s", len(c.Masks), c.Camera)
	}
	for _, m := range c.Masks {
		if len(m) < 3 || len(m) > MaxSpots {
			return invalid("plan.masks", "a mask of %d points on camera %s", len(m), c.Camera)
		}
		for _, s := range m {
			if s.X < 0 || s.Y < 0 || s.X > Grid || s.Y > Grid {
				return invalid("plan.masks", "a mask at %d, %d on camera %s", s.X, s.Y, c.Camera)
			}
		}
	}
	return nil
}

// holds reports whether p lies on the picture.
func (d Drawing) holds(p Point) bool {
	return within(p.X, 0, float64(d.Width)) && within(p.Y, 0, float64(d.Height))
}

// within is false for what is no number.
func within(v, least, most float64) bool { return v >= least && v <= most }

func isDegrees(v float64) bool { return v >= 0 && v < 360 && !math.IsNaN(v) }

// isID: small letters, digits and hyphens, 1 to 64, as ids of cameras are.
func isID(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// isRef: an id of a document, which may have capitals and underscores.
func isRef(s string) bool {
	if len(s) > 64 || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// isLine: one line for people, without what drives a terminal or turns the
// reading direction.
func isLine(s string) bool {
	if len(s) > MaxLine || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029 || r == 0xFEFF {
			return false
		}
	}
	return true
}
