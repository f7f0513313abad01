package anonymise

import (
	"math"
	"slices"
)

// Flaw is a cell of the finished file that should be the fill and is not.
type Flaw struct {
	Frame int `json:"frame"`
	X     int `json:"x"` // the cell's column and row
	Y     int `json:"y"`
	Off   int `json:"off"` // how far its worst pixel is from the fill, 0 to 255
}

// Sighting is somebody whom the detector sees in the finished file, outside
// what is covered and kept.
type Sighting struct {
	Frame int `json:"frame"`
	Box   Box `json:"box"`
	Score int `json:"score"` // percent
	// Times is in how many of the pictures that were looked at somebody is seen
	// in that place; Frame is where the detector is surest.
	Times int `json:"times"`
}

// Report is what the check of a finished file found.
type Report struct {
	Frames   int `json:"frames"`   // pictures in the file
	Expected int `json:"expected"` // pictures in the footage
	Cells    int `json:"cells"`    // covered cells that were looked at
	Flawed   int `json:"flawed"`   // of them those that are not the fill
	// Flaws are the first of those, at most [MaxFlaws].
	Flaws []Flaw `json:"flaws,omitempty"`
	// Late are pictures whose time in the file is another than in the footage.
	Late int `json:"late,omitempty"`
	// Shown is the share of all pictures that is not covered.
	Shown float64 `json:"shown"`
	// Seen are those for a person to look at: nobody has said that they may be
	// shown. None of them need be a person.
	Seen []Sighting `json:"seen,omitempty"`
	// Blind says that no detector looked.
	Blind bool `json:"blind,omitempty"`
	// SHA256 is of the file that was checked, in hex.
	SHA256 string `json:"sha256"`
}

// MaxFlaws is how many flaws are listed.
const MaxFlaws = 100

// Sound reports whether the file is what the project says: as many pictures,
// at their times, and everything covered that should be.
func (r *Report) Sound() bool {
	return r.Frames == r.Expected && r.Frames > 0 && r.Flawed == 0 && r.Late == 0 && r.SHA256 != ""
}

// seenAgain is how sure the detector must be that somebody is left.
const seenAgain = 0.3

// Judge holds the file's times against the footage's, and what the detector saw
// in some of its pictures against what is covered, kept, or seen in the empty
// scene as well.
func (r *Report) Judge(f *Findings, w *Painter, times []int64, looked map[int][]Detection) {
	r.Expected = w.Frames()
	at := 0
	for _, c := range f.Chunks {
		for _, t := range c.Times {
			if at < len(times) && apart(int(times[at]-(t+c.Start-f.Chunks[0].Start))) > 1 {
				r.Late++
			}
			at++
		}
	}
	frames := make([]int, 0, len(looked))
	for n := range looked {
		frames = append(frames, n)
	}
	slices.Sort(frames)
	for _, n := range frames {
		if n < 0 || n >= w.Frames() {
			continue
		}
		covered := w.Cells(n)
		for _, d := range looked[n] {
			if d.Score < seenAgain || w.share(covered, d) > .5 || w.Shows(n, d) || slices.ContainsFunc(f.Furniture, func(b Box) bool { return b.Detection().Overlap(d) > .5 }) {
				continue
			}
			r.saw(Sighting{n, d.Box(), int(math.Round(d.Score * 100)), 1})
		}
	}
}

// saw adds somebody to those of the same place.
func (r *Report) saw(s Sighting) {
	for i := range r.Seen {
		if o := &r.Seen[i]; o.Box.Detection().Overlap(s.Box.Detection()) > .4 {
			s.Times = o.Times + 1
			if s.Score <= o.Score {
				s.Frame, s.Box, s.Score = o.Frame, o.Box, o.Score
			}
			*o = s
			return
		}
	}
	r.Seen = append(r.Seen, s)
}

// share is how much of a detection's cells is covered.
func (w *Painter) share(covered Cells, d Detection) float64 {
	all, on := 0, 0
	w.Grid.touched(d.Box(), func(x, y int) {
		all++
		if w.Grid.Has(covered, x, y) {
			on++
		}
	})
	return float64(on) / float64(max(1, all))
}
