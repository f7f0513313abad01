package anonymise

import (
	"slices"

	"vidne.dk/vidne/internal/fault"
)

// Look is what was seen in one piece of the footage.
type Look struct {
	Frames  int                 `json:"frames"`
	Looked  map[int][]Detection `json:"looked,omitempty"` // by picture of the piece
	Samples []Sample            `json:"samples"`
	Models  map[string]string   `json:"models,omitempty"` // SHA-256 by name; none when no detector looked
}

// Check says whether a look that comes from another program can be worked
// with: small pictures are w × h.
func (l *Look) Check(w, h int) error {
	bad := func(what string, n int) error {
		return fault.New(fault.Corrupt, "anonymise.look", "%s: %d", what, n)
	}
	if l.Frames < 1 || l.Frames > MaxFrames {
		return bad("pictures", l.Frames)
	}
	for f, ds := range l.Looked {
		if f < 0 || f >= l.Frames || len(ds) > 10_000 || len(sound(ds)) != len(ds) {
			return bad("people in picture", f)
		}
	}
	for _, s := range l.Samples {
		if s.Frame < 0 || s.Frame >= l.Frames || len(s.Pix) != 3*w*h/4 {
			return bad("sample", s.Frame)
		}
	}
	return nil
}

// Collector takes samples of a piece whose length nobody knows: evenly spaced,
// at least so many as are wanted, at most twice as many.
type Collector struct {
	Want    int
	every   int
	offered int
	kept    []Sample
}

// Offer takes the next picture that was looked at. half is not copied.
func (c *Collector) Offer(frame int, half func() []byte, people []Detection) {
	c.every = max(1, c.every)
	if c.offered%c.every == 0 {
		c.kept = append(c.kept, Sample{frame, half(), people})
	}
	c.offered++
	if len(c.kept) < 2*max(1, c.Want) {
		return
	}
	rest := c.kept[:0]
	for i, s := range c.kept {
		if i%2 == 0 {
			rest = append(rest, s)
		}
	}
	clear(c.kept[len(rest):])
	c.kept, c.every = rest, 2*c.every
}

// Samples are those that were kept, by picture.
func (c *Collector) Samples() []Sample {
	slices.SortFunc(c.kept, func(a, b Sample) int { return a.Frame - b.Frame })
	return c.kept
}
