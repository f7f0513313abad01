// Package scene draws the moving pictures that demonstration cameras show:
// places where a municipality has cameras, with people and a car passing.
//
// Each picture carries a machine-readable strip with its number in the clip
// and the clip's own time in figures, so that a test can say which picture it
// was shown. Nobody real is in them. For tests and demonstrations only.
package scene

import "math"

// colour in 8-bit studio-range Y'CbCr, as cameras have it (BT.709).
type colour struct{ y, u, v uint8 }

// rgb turns 0xRRGGBB into a colour.
func rgb(c uint32) colour {
	r, g, b := float64(c>>16&255), float64(c>>8&255), float64(c&255)
	return colour{
		uint8(16 + 0.1826*r + 0.6142*g + 0.0620*b + .5),
		uint8(128 - 0.1006*r - 0.3386*g + 0.4392*b + .5),
		uint8(128 + 0.4392*r - 0.3989*g - 0.0403*b + .5),
	}
}

// dim darkens (f below 1) or lightens a colour.
func (c colour) dim(f float64) colour {
	y := 16 + (float64(c.y)-16)*f
	return colour{uint8(max(16, min(235, y))), c.u, c.v}
}

// Canvas is one 4:2:0 picture. Drawing uses a grid of 1920 by 1080, whatever
// the picture's own size.
type Canvas struct {
	W, H int
	// Pix is the Y, Cb and Cr planes after each other, as ffmpeg's yuv420p.
	Pix  []byte
	unit float64
}

// NewCanvas makes a black picture. w and h are even.
func NewCanvas(w, h int) *Canvas {
	return &Canvas{W: w, H: h, Pix: make([]byte, w*h*3/2), unit: float64(w) / 1920}
}

func (c *Canvas) planes() (y, u, v []byte) {
	n := c.W * c.H
	return c.Pix[:n], c.Pix[n : n+n/4], c.Pix[n+n/4:]
}

// fill sets the pixels of a bounding box (in the grid) where inside says so.
func (c *Canvas) fill(x0, y0, x1, y1 float64, col colour, inside func(x, y float64) bool) {
	yp, up, vp := c.planes()
	ax, ay := max(0, int(x0*c.unit)), max(0, int(y0*c.unit))
	bx, by := min(c.W, int(math.Ceil(x1*c.unit))), min(c.H, int(math.Ceil(y1*c.unit)))
	for j := ay; j < by; j++ {
		gy := (float64(j) + .5) / c.unit
		for i := ax; i < bx; i++ {
			if inside != nil && !inside((float64(i)+.5)/c.unit, gy) {
				continue
			}
			yp[j*c.W+i] = col.y
			if i&1 == 0 && j&1 == 0 {
				k := j/2*(c.W/2) + i/2
				up[k], vp[k] = col.u, col.v
			}
		}
	}
}

func (c *Canvas) rect(x, y, w, h float64, col colour) { c.fill(x, y, x+w, y+h, col, nil) }

func (c *Canvas) ellipse(cx, cy, rx, ry float64, col colour) {
	c.fill(cx-rx, cy-ry, cx+rx, cy+ry, col, func(x, y float64) bool {
		dx, dy := (x-cx)/rx, (y-cy)/ry
		return dx*dx+dy*dy <= 1
	})
}

// limb is a line with round ends.
func (c *Canvas) limb(x0, y0, x1, y1, r float64, col colour) {
	dx, dy := x1-x0, y1-y0
	l := dx*dx + dy*dy
	c.fill(min(x0, x1)-r, min(y0, y1)-r, max(x0, x1)+r, max(y0, y1)+r, col, func(x, y float64) bool {
		t := 0.0
		if l > 0 {
			t = max(0, min(1, ((x-x0)*dx+(y-y0)*dy)/l))
		}
		ex, ey := x-x0-t*dx, y-y0-t*dy
		return ex*ex+ey*ey <= r*r
	})
}

// shape is a convex polygon given clockwise, as x, y, x, y...
func (c *Canvas) shape(col colour, p ...float64) {
	x0, y0, x1, y1 := p[0], p[1], p[0], p[1]
	for i := 0; i < len(p); i += 2 {
		x0, x1 = min(x0, p[i]), max(x1, p[i])
		y0, y1 = min(y0, p[i+1]), max(y1, p[i+1])
	}
	c.fill(x0, y0, x1, y1, col, func(x, y float64) bool {
		for i := 0; i < len(p); i += 2 {
			j := (i + 2) % len(p)
			if (p[j]-p[i])*(y-p[i+1])-(p[j+1]-p[i+1])*(x-p[i]) < 0 {
				return false
			}
		}
		return true
	})
}

// gradient fills a rectangle from one colour at the top to another below.
func (c *Canvas) gradient(x, y, w, h float64, a, b colour) {
	const steps = 48
	for i := range steps {
		t := float64(i) / (steps - 1)
		mix := func(p, q uint8) uint8 { return uint8(float64(p)*(1-t) + float64(q)*t) }
		c.rect(x, y+h*float64(i)/steps, w, h/steps+1, colour{mix(a.y, b.y), mix(a.u, b.u), mix(a.v, b.v)})
	}
}

// noise adds what a sensor adds, the same for the same seed.
func (c *Canvas) noise(seed uint32, tile []int8) {
	yp, _, _ := c.planes()
	for j := range c.H {
		seed = seed*1664525 + 1013904223
		at := int(seed>>8) % (len(tile) - c.W)
		row, grain := yp[j*c.W:(j+1)*c.W], tile[at:at+c.W]
		for i := range row {
			row[i] = uint8(int(row[i]) + int(grain[i]))
		}
	}
}

// grain makes a tile of noise of about this strength.
func grain(strength int) []int8 {
	tile := make([]int8, 1<<16)
	s := uint32(1)
	for i := range tile {
		sum := 0
		for range 3 {
			s = s*1664525 + 1013904223
			sum += int(s>>16)%(2*strength+1) - strength
		}
		tile[i] = int8(sum / 3)
	}
	return tile
}
