package anonymise

import "math"

// What the networks are given and what they answer. Both are cut at their
// heads, so that they take pictures of any size that 32 divides and tell of any
// number of people; what becomes of the heads' numbers is here.

const (
	// nanoBins is over how many distances NanoDet spreads each side of a box.
	nanoBins = 11
	// nanoClasses is how many kinds of things it knows; the first is a person.
	nanoClasses = 80
	// sameOne is how much two detections of one person overlap.
	sameOne = 0.6
)

// nanoStrides are pixels a number of each of NanoDet's three heads.
var nanoStrides = [3]int{8, 16, 32}

// Planes writes the picture as the networks take it: three planes of 32 bit
// numbers. nano asks for NanoDet's order and scale, MoveNet's are RGB of 0 to
// 255.
func (s *Small) Planes(out []float32, nano bool) {
	n := s.W * s.H
	for y := range s.H {
		for x := range s.W {
			i, c := y*s.W+x, n+y/2*(s.W/2)+x/2
			r, g, b := colour(s.Pix[i], s.Pix[c], s.Pix[c+n/4])
			if nano {
				out[i], out[n+i], out[2*n+i] = (b-103.53)/57.375, (g-116.28)/57.12, (r-123.675)/58.395
			} else {
				out[i], out[n+i], out[2*n+i] = r, g, b
			}
		}
	}
}

// colour is BT.601, narrow range, as the small pictures are made.
func colour(y, u, v byte) (r, g, b float32) {
	l, cb, cr := 1.164*(float32(y)-16), float32(u)-128, float32(v)-128
	in := func(x float32) float32 { return min(max(x, 0), 255) }
	return in(l + 1.596*cr), in(l - .392*cb - .813*cr), in(l + 2.017*cb)
}

// MoveNet reads its three heads of w × h numbers: how much each place is the
// middle of somebody, height and width of their box, and how far off the
// middle is.
func MoveNet(heat, size, off []float32, w, h int, least float64) []Detection {
	var out []Detection
	n := w * h
	for i, p := range heat[:n] {
		if float64(p) < least || !peak(heat, i, w, h) {
			continue
		}
		bh, bw := float64(size[i]), float64(size[n+i])
		cx, cy := float64(i%w)+float64(off[n+i]), float64(i/w)+float64(off[i])
		out = append(out, Detection{(cx - bw/2) / float64(w), (cy - bh/2) / float64(h), bw / float64(w), bh / float64(h), float64(p)})
	}
	return Suppress(sound(out), sameOne)
}

// peak reports whether no neighbour is higher.
func peak(heat []float32, i, w, h int) bool {
	x, y := i%w, i/w
	for ny := max(0, y-1); ny <= min(h-1, y+1); ny++ {
		for nx := max(0, x-1); nx <= min(w-1, x+1); nx++ {
			if heat[ny*w+nx] > heat[i] {
				return false
			}
		}
	}
	return true
}

// NanoDet reads its three heads, of strides 8, 16 and 32, for a picture of w ×
// h pixels: of each place how much it is each kind of thing, and how far the
// four sides of its box are, spread over eleven distances each.
func NanoDet(heads [3][]float32, w, h int, least float64) []Detection {
	var out []Detection
	floor := float32(math.Log(least / (1 - least)))
	for l, stride := range nanoStrides {
		d, lw := heads[l], w/stride
		n := lw * (h / stride)
		for i := range n {
			if d[i] < floor {
				continue
			}
			var side [4]float64
			for q := range side {
				var sum, mean float64
				for j := range nanoBins {
					v := math.Exp(float64(d[(nanoClasses+q*nanoBins+j)*n+i]))
					sum += v
					mean += v * float64(j)
				}
				side[q] = mean / sum * float64(stride)
			}
			cx, cy := (float64(i%lw)+.5)*float64(stride), (float64(i/lw)+.5)*float64(stride)
			out = append(out, Detection{
				(cx - side[0]) / float64(w), (cy - side[1]) / float64(h), (side[0] + side[2]) / float64(w), (side[1] + side[3]) / float64(h),
				1 / (1 + math.Exp(-float64(d[i]))),
			})
		}
	}
	return Suppress(sound(out), sameOne)
}

// sound leaves out boxes that are no numbers or have no size.
func sound(ds []Detection) []Detection {
	var out []Detection
	for _, d := range ds {
		if d.W > 0 && d.H > 0 && d.W < 2 && d.H < 2 && d.X > -1 && d.Y > -1 && d.X < 2 && d.Y < 2 {
			out = append(out, d)
		}
	}
	return out
}
