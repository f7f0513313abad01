package anonymise

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Detection is somebody whom a detector saw, in shares of the picture.
type Detection struct {
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	W     float64 `json:"w"`
	H     float64 `json:"h"`
	Score float64 `json:"s"` // 0 to 1
}

// How tracks are made. They were chosen on one clip (see the decision) and
// stand in the findings' parameters.
const (
	sure      = 0.40 // begins a track
	unsure    = 0.20 // continues one, and no more
	least     = 0.10 // of affinity, to be the same
	near      = 0.25 // of affinity: two that are so near may be mistaken for each other
	gapTime   = 2.0  // seconds that somebody may be unseen and still be the same
	doubtTime = 0.7  // seconds unseen after which it may be another
	holdTime  = 0.8  // seconds that somebody is covered before and after
	holdGrow  = 0.30 // how much the box has grown then, each side
	alone     = 0.55 // of a detection that was seen once and counts
)

// Parameters are how findings are made, for their record.
func Parameters(step, width, height int) map[string]string {
	return map[string]string{
		"step": strconv.Itoa(step), "size": fmt.Sprintf("%dx%d", width, height),
		"track":    fmt.Sprintf("sure %v unsure %v least %v gap %v s hold %v s grow %v alone %v", sure, unsure, least, gapTime, holdTime, holdGrow, alone),
		"fragment": fmt.Sprintf("near %v doubt %v s", near, doubtTime),
		"scene":    fmt.Sprintf("samples %d least %d noise %d blob %d spread %d much %v", Samples, leastDiff, noiseTimes, smallestBlob, spread, tooMuch),
		"cover":    fmt.Sprintf("%d %% x %d %%, show %d %% x %d %%", coverWide, coverHigh, showWide, showHigh),
	}
}

// Unsure is the lowest score of a detection that is worth telling.
const Unsure = unsure

// seen is a detection in its picture, and where it belongs.
type seen struct {
	Detection
	frame int
	doubt bool // another is near, or it was long unseen: it may be another from here on
}

// track is what is taken for one person.
type track struct {
	at     []seen
	vx, vy float64 // of the foot point, shares a picture
}

func (t *track) last() seen { return t.at[len(t.at)-1] }

// foresee is where the person should be in a picture.
func (t *track) foresee(frame int) Detection {
	d, dt := t.last().Detection, float64(frame-t.last().frame)
	d.X += t.vx * dt
	d.Y += t.vy * dt
	return d
}

func (t *track) add(s seen) {
	l, dt := t.last(), float64(s.frame-t.last().frame)
	t.vx = .7*t.vx + .3*(s.X+s.W/2-l.X-l.W/2)/dt
	t.vy = .7*t.vy + .3*(s.Y+s.H-l.Y-l.H)/dt
	t.at = append(t.at, s)
}

// Overlap is the intersection of two over their union.
func (d Detection) Overlap(o Detection) float64 {
	w := min(d.X+d.W, o.X+o.W) - max(d.X, o.X)
	h := min(d.Y+d.H, o.Y+o.H) - max(d.Y, o.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (d.W*d.H + o.W*o.H - w*h)
}

// affinity is how well two may be the same person: their overlap, and how near
// their feet are, so that rare looks still link. aspect is the picture's width
// over its height.
func affinity(a, b Detection, aspect float64) float64 {
	if r := a.H / b.H; r < .55 || r > 1.8 {
		return 0
	}
	d := math.Hypot((a.X+a.W/2-b.X-b.W/2)*aspect, a.Y+a.H-b.Y-b.H)
	return a.Overlap(b) + .5*max(0, 1-d/(.7*max(a.H, b.H)))
}

// Suppress leaves of detections that overlap much the surest.
func Suppress(ds []Detection, most float64) []Detection {
	slices.SortFunc(ds, func(a, b Detection) int { return cmp.Compare(b.Score, a.Score) })
	var out []Detection
	for _, d := range ds {
		if !slices.ContainsFunc(out, func(o Detection) bool { return o.Overlap(d) > most }) {
			out = append(out, d)
		}
	}
	return out
}

// linker follows people through the pictures that were looked at.
type linker struct {
	rate, aspect float64
	open, done   []*track
}

// Fragments links detections, by picture, of footage with so many pictures.
func Fragments(looked map[int][]Detection, frames int, rate, aspect float64) []Fragment {
	l := linker{rate: rate, aspect: aspect}
	order := make([]int, 0, len(looked))
	for f := range looked {
		order = append(order, f)
	}
	slices.Sort(order)
	for _, f := range order {
		l.step(f, looked[f])
	}
	var out []Fragment
	for _, t := range append(l.done, l.open...) {
		if len(t.at) < 2 && t.at[0].Score < alone {
			continue
		}
		out = append(out, t.fragments(frames, rate)...)
	}
	slices.SortStableFunc(out, func(a, b Fragment) int { return a.From() - b.From() })
	for i := range out {
		out[i].ID = "p" + strconv.Itoa(i+1)
	}
	return out
}

// step takes what was seen in one picture: the sure first, then the unsure for
// those that nobody sure continued.
func (l *linker) step(frame int, ds []Detection) {
	taken := make([]bool, len(ds))
	went := map[*track]bool{}
	l.match(frame, ds, taken, went, func(d Detection) bool { return d.Score >= sure })
	l.match(frame, ds, taken, went, func(d Detection) bool { return d.Score < sure && d.Score >= unsure })
	l.doubt(frame, ds, went)
	var open []*track
	for _, t := range l.open {
		if float64(frame-t.last().frame) > gapTime*l.rate {
			l.done = append(l.done, t)
		} else {
			open = append(open, t)
		}
	}
	for i, d := range ds {
		if !taken[i] && d.Score >= sure {
			open = append(open, &track{at: []seen{{Detection: d, frame: frame}}})
		}
	}
	l.open = open
}

func (l *linker) match(frame int, ds []Detection, taken []bool, went map[*track]bool, wanted func(Detection) bool) {
	type pair struct {
		t    *track
		i    int
		like float64
	}
	var pairs []pair
	for _, t := range l.open {
		if went[t] {
			continue
		}
		p := t.foresee(frame)
		for i, d := range ds {
			if !taken[i] && wanted(d) {
				if a := affinity(p, d, l.aspect); a > least {
					pairs = append(pairs, pair{t, i, a})
				}
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.like, a.like) })
	for _, p := range pairs {
		if went[p.t] || taken[p.i] {
			continue
		}
		went[p.t], taken[p.i] = true, true
		s := seen{Detection: ds[p.i], frame: frame}
		s.doubt = float64(frame-p.t.last().frame) > doubtTime*l.rate
		p.t.add(s)
	}
}

// doubt marks those who are so near another that they may have been mistaken.
func (l *linker) doubt(frame int, ds []Detection, went map[*track]bool) {
	for t := range went {
		own := &t.at[len(t.at)-1]
		for _, d := range ds {
			if d != own.Detection && affinity(own.Detection, d, l.aspect) > near {
				own.doubt = true
			}
		}
		for _, o := range l.open {
			if o != t && !went[o] && affinity(own.Detection, o.foresee(frame), l.aspect) > near {
				own.doubt = true
			}
		}
	}
}

// fragments cuts a track where it is in doubt from where it is not, and holds
// its ends. Each begins with the last key of the one before, so that nothing
// is uncovered between them.
func (t *track) fragments(frames int, rate float64) []Fragment {
	var out []Fragment
	var keys []Key
	for i, s := range t.at {
		k := Key{Frame: s.frame, Box: s.Box(), Score: int(math.Round(s.Score * 100))}
		if i > 0 && s.doubt != t.at[i-1].doubt {
			out = append(out, Fragment{Keys: keys})
			keys = []Key{keys[len(keys)-1]}
		}
		keys = append(keys, k)
	}
	out = append(out, Fragment{Keys: keys})
	hold := int(math.Ceil(holdTime * rate))
	first, last := t.at[0], t.last()
	if n := min(hold, first.frame); n > 0 {
		vx, vy := t.firstPace()
		k := held(first, -n, vx, vy, hold)
		out[0].Keys = slices.Insert(out[0].Keys, 0, k)
	}
	if n := min(hold, frames-1-last.frame); n > 0 {
		end := &out[len(out)-1]
		end.Keys = append(end.Keys, held(last, n, t.vx, t.vy, hold))
	}
	return out
}

// firstPace is how fast the person moved at first.
func (t *track) firstPace() (vx, vy float64) {
	a, b := t.at[0], t.at[min(len(t.at)-1, 2)]
	if a.frame == b.frame {
		return 0, 0
	}
	dt := float64(b.frame - a.frame)
	return (b.X + b.W/2 - a.X - a.W/2) / dt, (b.Y + b.H - a.Y - a.H) / dt
}

// held is where a person may be some pictures before or after being seen.
func held(s seen, pictures int, vx, vy float64, hold int) Key {
	d := s.Detection
	d.X += vx * float64(pictures)
	d.Y += vy * float64(pictures)
	g := holdGrow * math.Abs(float64(pictures)) / float64(hold)
	d.X, d.Y, d.W, d.H = d.X-g*d.W, d.Y-g*d.H, d.W*(1+2*g), d.H*(1+2*g)
	return Key{Frame: s.frame + pictures, Box: d.Box(), Held: true}
}

// Box is the detection in ten-thousandths, kept within what a box may be.
func (d Detection) Box() Box {
	in := func(v, low, high float64) int { return int(math.Round(min(max(v*Whole, low), high))) }
	return Box{in(d.X, -Whole, 2*Whole), in(d.Y, -Whole, 2*Whole), in(d.W, 1, 2*Whole), in(d.H, 1, 2*Whole)}
}

// Detection is the box in shares of the picture.
func (b Box) Detection() Detection {
	return Detection{X: float64(b.X) / Whole, Y: float64(b.Y) / Whole, W: float64(b.W) / Whole, H: float64(b.H) / Whole}
}
