// Package anonymise makes the copy of a recording in which nobody but one
// person can be recognised: who is where, which parts of each picture are
// painted over, and whether the finished file really is.
//
// It promises that whatever is not decided is covered: a fragment that nobody
// confirmed, a place where another comes near, a picture that could not be
// judged. What covers always wins over what is kept, and what is covered is
// one colour in whole blocks of the video's own, so that no pixel of a person
// reaches the encoder. Everything here is arithmetic on numbers and on raw
// pictures in memory.
//
// It refuses to decode anything, to open a file or a network, and to guess:
// footage whose picture changes its size, or that holds too little to know the
// empty scene from the people in it, is an error that says so. What decodes,
// and the network that finds people, run in programs of their own behind
// internal/fence.
package anonymise

import (
	"encoding/json"
	"slices"

	"vidne.dk/vidne/internal/fault"
)

const (
	// Version is the version of findings that this package writes and reads.
	Version = 1
	// Whole is a picture's width and height: places are in ten-thousandths.
	Whole = 10_000
	// Clock is how many ticks a second the times of pictures have.
	Clock = 90_000
	// MaxFrames bounds one copy: two hours at fifteen pictures a second.
	MaxFrames = 2 * 3600 * 15
	// MaxPieces bounds the pieces of one copy.
	MaxPieces = 1000
	maxKeys   = 2_000_000
	maxSide   = 8192
)

// Point is a place in the picture in ten-thousandths of its width and height.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// Box is a part of the picture in ten-thousandths of its width and height. It
// may reach outside it.
type Box struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Key is where a person is in one picture. Between two keys of a fragment the
// box moves evenly.
type Key struct {
	Frame int `json:"frame"` // counted over the whole footage, 0 the first
	Box
	// Score is how sure the detector was, in percent; 0 where a person set it.
	Score int `json:"score,omitempty"`
	// Held says that nobody was seen here: the person may be here, before or
	// after being seen. It covers, and shows nobody.
	Held bool `json:"held,omitempty"`
}

// Verdict is what becomes of a fragment.
type Verdict string

// All but Kept and Nobody cover.
const (
	Unconfirmed Verdict = ""        // nobody has said anything: covered
	Covered     Verdict = "covered" // somebody has said that it is another person
	Kept        Verdict = "kept"    // somebody has confirmed that it is the person to keep
	Nobody      Verdict = "nobody"  // somebody has said that no person is there: not covered
)

// Fragment is one person for as long as there was no doubt that it was the
// same: it ends where two come near each other.
type Fragment struct {
	ID      string  `json:"id"`
	Hand    bool    `json:"hand,omitempty"` // drawn by a person
	Keys    []Key   `json:"keys"`           // by frame, at least one
	Verdict Verdict `json:"verdict,omitempty"`
}

// From and To are its first and last picture.
func (f *Fragment) From() int { return f.Keys[0].Frame }

// To is its last picture.
func (f *Fragment) To() int { return f.Keys[len(f.Keys)-1].Frame }

// At is where the person is in a picture from From to To; ok is false outside.
func (f *Fragment) At(frame int) (b Box, ok bool) {
	if frame < f.From() || frame > f.To() {
		return Box{}, false
	}
	i, exact := slices.BinarySearchFunc(f.Keys, frame, func(k Key, n int) int { return k.Frame - n })
	if exact {
		return f.Keys[i].Box, true
	}
	a, c := f.Keys[i-1], f.Keys[i]
	return between(a.Box, c.Box, frame-a.Frame, c.Frame-a.Frame), true
}

// between is the box that is part/whole of the way from a to b.
func between(a, b Box, part, whole int) Box {
	along := func(from, to int) int { return from + (to-from)*part/whole }
	return Box{along(a.X, b.X), along(a.Y, b.Y), along(a.W, b.W), along(a.H, b.H)}
}

// Blind is a stretch of pictures that are covered whole, because nothing in
// them can be trusted.
type Blind struct {
	From int    `json:"from"`
	To   int    `json:"to"` // the last picture
	Why  string `json:"why"`
}

// Reasons of [Blind.Why].
const (
	BlindMoved = "moved" // most of the picture differs from the empty scene: the camera moved or the light changed
)

// Chunk is a piece of the footage that is worked on by itself.
type Chunk struct {
	// Start is when decode time zero of the piece is, in ticks of [Clock] after
	// the first piece's.
	Start int64 `json:"start"`
	// Times are when its pictures are shown, in ticks of [Clock] in the piece's
	// own time, rising.
	Times []int64 `json:"times"`
}

// Findings are what was found in the footage. They are made once, by machine,
// and never changed: people's work is in [Correction].
type Findings struct {
	Version int `json:"version"`
	Width   int `json:"width"` // of the picture, in pixels
	Height  int `json:"height"`
	// Rate is pictures a second, on average.
	Rate   float64 `json:"rate"`
	Chunks []Chunk `json:"chunks"`
	// Fragments are all unconfirmed.
	Fragments []Fragment `json:"fragments"`
	// Moved is what differs from the empty scene, a picture of cells for each
	// picture of the footage, packed; see [Findings.Movement].
	Moved []byte  `json:"moved,omitempty"`
	Blind []Blind `json:"blind,omitempty"`
	// Furniture are places where the detector sees somebody in the empty scene.
	Furniture []Box `json:"furniture,omitempty"`
	// Reduced says that no detector was there: only what moves was found, and
	// whoever stands still was not.
	Reduced bool `json:"reduced,omitempty"`
	// Thorough says that both detectors looked.
	Thorough bool `json:"thorough,omitempty"`
	// Parameters and Models (SHA-256 by name) say how it was found.
	Parameters map[string]string `json:"parameters,omitempty"`
	Models     map[string]string `json:"models,omitempty"`
}

// Frames is how many pictures the footage has.
func (f *Findings) Frames() int {
	n := 0
	for _, c := range f.Chunks {
		n += len(c.Times)
	}
	return n
}

// Second is when a picture is shown, in seconds after the footage began.
func (f *Findings) Second(frame int) float64 {
	for _, c := range f.Chunks {
		if frame < len(c.Times) {
			return float64(c.Start+c.Times[frame]) / Clock
		}
		frame -= len(c.Times)
	}
	return 0
}

// Check says whether findings that come from outside can be worked with.
func (f *Findings) Check() error {
	bad := func(what string, args ...any) error {
		return fault.New(fault.Corrupt, "anonymise.findings", what, args...)
	}
	frames := f.Frames()
	switch {
	case f.Version != Version:
		return bad("version %d, not %d", f.Version, Version)
	case f.Width < 16 || f.Height < 16 || f.Width > maxSide || f.Height > maxSide || f.Width%2+f.Height%2 != 0:
		return bad("a picture of %d × %d", f.Width, f.Height)
	case !(f.Rate >= 0.1 && f.Rate <= 240):
		return bad("%v pictures a second", f.Rate)
	case frames == 0 || frames > MaxFrames || len(f.Chunks) > MaxPieces:
		return bad("%d pictures in %d pieces", frames, len(f.Chunks))
	}
	for i, c := range f.Chunks {
		if len(c.Times) == 0 || !rising(c.Times) || i > 0 && c.Start <= f.Chunks[i-1].Start {
			return bad("times of piece %d", i)
		}
	}
	if err := checkFragments(f.Fragments, frames); err != nil {
		return err
	}
	for _, b := range f.Blind {
		if b.From < 0 || b.To < b.From || b.To >= frames {
			return bad("blind from %d to %d", b.From, b.To)
		}
	}
	_, err := f.Movement()
	return err
}

func rising(times []int64) bool {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	return true
}

func checkFragments(all []Fragment, frames int) error {
	seen, keys := map[string]bool{}, 0
	for _, f := range all {
		keys += len(f.Keys)
		if f.ID == "" || seen[f.ID] || len(f.Keys) == 0 || keys > maxKeys {
			return fault.New(fault.Corrupt, "anonymise.findings", "fragment %q with %d keys", f.ID, len(f.Keys))
		}
		seen[f.ID] = true
		last := -1
		for _, k := range f.Keys {
			if k.Frame <= last || k.Frame >= frames || !k.Box.sane() {
				return fault.New(fault.Corrupt, "anonymise.findings", "fragment %q, picture %d", f.ID, k.Frame)
			}
			last = k.Frame
		}
	}
	return nil
}

// sane reports whether a box has a size and lies near the picture.
func (b Box) sane() bool {
	return b.W > 0 && b.H > 0 && b.W <= 2*Whole && b.H <= 2*Whole && b.X >= -2*Whole && b.Y >= -2*Whole && b.X <= 2*Whole && b.Y <= 2*Whole
}

// Project is a copy in the making: what was found, what may never be seen, and
// what people corrected.
type Project struct {
	Findings *Findings `json:"findings"`
	// Areas are the camera's masks (VIEW-4): covered in every picture, whoever
	// is in them. No correction reaches them.
	Areas       [][]Point    `json:"areas,omitempty"`
	Corrections []Correction `json:"corrections,omitempty"`
}

// Read reads a project and checks it.
func Read(b []byte) (*Project, error) {
	var p Project
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fault.As(fault.Corrupt, "anonymise.project", err)
	}
	if p.Findings == nil {
		return nil, fault.New(fault.Corrupt, "anonymise.project", "no findings")
	}
	if err := p.Findings.Check(); err != nil {
		return nil, err
	}
	_, err := p.Fragments()
	return &p, err
}
