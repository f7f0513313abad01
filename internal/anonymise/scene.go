package anonymise

import (
	"io"
	"slices"

	"vidne.dk/vidne/internal/fault"
)

// Pictures are looked at small: the detectors' size, and half of it, in which
// the empty scene is known. A small picture is 4:2:0 planes without padding.
const (
	workArea = 768 * 448 // as many pixels as there is time for
	workUnit = 32        // what the networks divide by
)

// WorkSize is the size in which pictures of this size are looked at: nearly
// their shape, both sides a multiple of 32.
func WorkSize(width, height int) (w, h int) {
	best := -1.0
	for tw := workUnit; tw <= workArea/workUnit; tw += workUnit {
		th := max(1, (tw*height/width+workUnit/2)/workUnit) * workUnit
		if tw*th > workArea {
			break
		}
		if area := float64(tw * th); area > best {
			best, w, h = area, tw, th
		}
	}
	return w, h
}

// Small is one small picture.
type Small struct {
	W, H int
	Pix  []byte // W × H of Y, then a quarter of that of U and of V
}

// NewSmall makes room for one.
func NewSmall(w, h int) *Small { return &Small{w, h, make([]byte, w*h*3/2)} }

// Read reads the next picture; io.EOF when there is no further one, and
// fault.Corrupt when there is half of one.
func (s *Small) Read(r io.Reader) error {
	n, err := io.ReadFull(r, s.Pix)
	if err != nil && n > 0 {
		return fault.New(fault.Corrupt, "anonymise.frames", "%d bytes of a picture of %d", n, len(s.Pix))
	}
	return err
}

// Half is the picture at half its size, where colour and brightness lie pixel
// for pixel: w × h of Y, of U and of V.
func (s *Small) Half() []byte {
	w, h := s.W/2, s.H/2
	out := make([]byte, 3*w*h)
	for y := range h {
		a, b := s.Pix[2*y*s.W:(2*y+1)*s.W], s.Pix[(2*y+1)*s.W:(2*y+2)*s.W]
		row := out[y*w : (y+1)*w]
		for x := range row {
			row[x] = byte((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) / 4)
		}
	}
	copy(out[w*h:], s.Pix[s.W*s.H:])
	return out
}

// Sample is a picture that tells of the empty scene, at half size, and who is
// in it.
type Sample struct {
	Frame  int         `json:"frame"`
	Pix    []byte      `json:"pix"`
	People []Detection `json:"people,omitempty"`
}

// Scene is the empty scene and how restless each of its pixels is.
type Scene struct {
	W     int    `json:"w"`
	H     int    `json:"h"`
	Pix   []byte `json:"pix"`
	Least []byte `json:"least"` // a difference above this is somebody, in fours
}

const (
	// Samples is how many pictures the empty scene is made of.
	Samples = 61
	// FewestSamples is how many it needs: with fewer, whoever stands still
	// through half of them is the scene.
	FewestSamples = 15
	leastDiff     = 18 // of brightness and twice the colours
	noiseTimes    = 4
	smallestBlob  = 24
	spread        = 2 // pixels of the half size, around what moved
	// tooMuch is the share of a picture that cannot be people.
	tooMuch = 0.5
)

// NewScene makes the empty scene: of each pixel the median over the samples in
// which nobody stands there.
func NewScene(w, h int, samples []Sample) (*Scene, error) {
	if len(samples) < FewestSamples || len(samples) > 1000 || w < 16 || h < 16 || w > 2048 || h > 2048 {
		return nil, fault.New(fault.Invalid, "anonymise.samples", "%d samples of %d × %d", len(samples), w, h)
	}
	n := w * h
	empty := make([][]bool, len(samples))
	for k, s := range samples {
		if len(s.Pix) != 3*n {
			return nil, fault.New(fault.Corrupt, "anonymise.samples", "sample %d has %d bytes", k, len(s.Pix))
		}
		empty[k] = vacant(w, h, s.People)
	}
	sc := &Scene{w, h, make([]byte, 3*n), make([]byte, n)}
	values := make([]byte, 0, len(samples))
	diffs := make([]int, 0, len(samples))
	for i := range n {
		use := func(f func(k int)) {
			some := 0
			for k := range samples {
				if empty[k][i] {
					some++
				}
			}
			for k := range samples {
				if some < 3 || empty[k][i] {
					f(k)
				}
			}
		}
		for plane := range 3 {
			values = values[:0]
			use(func(k int) { values = append(values, samples[k].Pix[plane*n+i]) })
			slices.Sort(values)
			sc.Pix[plane*n+i] = values[len(values)/2]
		}
		diffs = diffs[:0]
		use(func(k int) { diffs = append(diffs, differ(samples[k].Pix, sc.Pix, n, i, 0)) })
		slices.Sort(diffs)
		sc.Least[i] = byte(min(255, max(leastDiff, noiseTimes*diffs[len(diffs)/2])/4))
	}
	return sc, nil
}

// vacant is where none of these stands, with some room around them.
func vacant(w, h int, people []Detection) []bool {
	out := make([]bool, w*h)
	for i := range out {
		out[i] = true
	}
	for _, d := range people {
		x0, y0 := int((d.X-.15*d.W)*float64(w)), int((d.Y-.1*d.H)*float64(h))
		x1, y1 := int((d.X+1.15*d.W)*float64(w))+1, int((d.Y+1.1*d.H)*float64(h))+1
		for y := max(0, y0); y < min(h, y1); y++ {
			for x := max(0, x0); x < min(w, x1); x++ {
				out[y*w+x] = false
			}
		}
	}
	return out
}

func differ(a, b []byte, n, i, shift int) int {
	return apart(int(a[i])-int(b[i])-shift) + 2*apart(int(a[n+i])-int(b[n+i])) + 2*apart(int(a[2*n+i])-int(b[2*n+i]))
}

func apart(d int) int { return max(d, -d) }

// Check says whether a scene that comes from outside is one.
func (sc *Scene) Check() error {
	if sc.W < 16 || sc.H < 16 || sc.W > 2048 || sc.H > 2048 || len(sc.Pix) != 3*sc.W*sc.H || len(sc.Least) != sc.W*sc.H {
		return fault.New(fault.Corrupt, "anonymise.scene", "a scene of %d × %d with %d bytes", sc.W, sc.H, len(sc.Pix))
	}
	return nil
}

// Small is the scene as a picture to look at.
func (sc *Scene) Small() *Small {
	s := NewSmall(2*sc.W, 2*sc.H)
	for y := range s.H {
		for x := range s.W {
			s.Pix[y*s.W+x] = sc.Pix[y/2*sc.W+x/2]
		}
	}
	copy(s.Pix[s.W*s.H:], sc.Pix[sc.W*sc.H:])
	return s
}
