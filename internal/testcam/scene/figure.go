package scene

import "math"

// person is somebody who walks. Every size follows from how far away the feet
// are, so that the picture has depth.
type person struct {
	shirt, trousers, hair, skin colour
	bag                         bool
}

// walk draws p with the feet at x, y, tall grid units high. phase is in
// steps; dir is -1 to the left, 1 to the right, 0 towards the camera.
func (p person) walk(c *Canvas, x, y, tall, phase float64, dir float64) {
	u := tall / 100
	s := math.Sin(phase * math.Pi)
	bob := math.Abs(math.Cos(phase*math.Pi)) * 1.5 * u
	c.ellipse(x+4*u, y, 17*u, 3.5*u, colour{58, 128, 128}) // shadow
	hipY, neckY := y-47*u-bob, y-80*u-bob
	reach := 14 * u * s
	if dir == 0 {
		reach = 3 * u * s
	}
	leg := func(foot, lift float64, col colour) {
		kneeX, kneeY := x+foot*0.55+dir*3*u, (hipY+y)/2-lift
		c.limb(x, hipY, kneeX, kneeY, 5*u, col)
		c.limb(kneeX, kneeY, x+foot, y-3*u-lift, 4.2*u, col)
		c.ellipse(x+foot+dir*3*u, y-2*u-lift, 6*u, 2.8*u, colour{40, 128, 128})
	}
	arm := func(swing float64, col colour) {
		handX, handY := x+swing, hipY+1*u
		c.limb(x, neckY+5*u, x+swing*0.4-dir*2*u, (neckY+hipY)/2+2*u, 3.6*u, col)
		c.limb(x+swing*0.4-dir*2*u, (neckY+hipY)/2+2*u, handX, handY, 3.2*u, col)
		c.ellipse(handX, handY, 3*u, 3*u, p.skin)
	}
	side := 0.0
	if dir == 0 {
		side = 9 * u
	}
	arm(reach+side, p.shirt.dim(.75))
	leg(-reach-side*.4, max(0, -s)*3*u, p.trousers.dim(.8))
	leg(reach+side*.4, max(0, s)*3*u, p.trousers)
	c.limb(x, neckY+6*u, x, hipY-2*u, 10*u, p.shirt)
	c.limb(x, neckY+4*u, x, hipY-8*u, 11.5*u, p.shirt)
	if p.bag {
		c.limb(x-dir*10*u, neckY+10*u, x-dir*10*u, hipY-8*u, 6*u, rgb(0x5a3a20))
	}
	arm(-reach-side, p.shirt.dim(.9))
	c.limb(x, neckY, x, neckY+4*u, 3.5*u, p.skin.dim(.85))
	c.ellipse(x+dir*1.5*u, neckY-8*u, 7*u, 8.5*u, p.skin)
	c.ellipse(x-dir*1*u, neckY-11*u, 7.6*u, 6.5*u, p.hair)
}

// car draws a car with its wheels on y, long grid units long.
func (c *Canvas) car(x, y, long, dir float64, paint colour) {
	u := long / 100
	if dir == 0 {
		dir = 1
	}
	fx := func(v float64) float64 { return x + v*u*dir }
	poly := func(col colour, p ...float64) {
		if dir < 0 { // keep it clockwise
			q := make([]float64, 0, len(p))
			for i := len(p) - 2; i >= 0; i -= 2 {
				q = append(q, p[i], p[i+1])
			}
			p = q
		}
		q := make([]float64, len(p))
		for i := 0; i < len(p); i += 2 {
			q[i], q[i+1] = fx(p[i]), y+p[i+1]*u
		}
		c.shape(col, q...)
	}
	c.ellipse(x, y, 54*u, 5*u, colour{52, 128, 128})
	poly(paint, -50, -20, -44, -25, 24, -25, 46, -21, 51, -14, 48, -6, -47, -6)
	poly(paint.dim(.9), -44, -24, -36, -38, 6, -38, 26, -24)
	poly(colour{70, 134, 122}, -39, -25, -33, -36, -15, -36, -15, -25)
	poly(colour{76, 134, 122}, -12, -25, -12, -36, 4, -36, 20, -25)
	for _, w := range [2]float64{-30, 31} {
		c.ellipse(fx(w), y-6*u, 9*u, 9*u, colour{28, 128, 128})
		c.ellipse(fx(w), y-6*u, 4.5*u, 4.5*u, colour{140, 128, 128})
	}
	c.ellipse(fx(48), y-17*u, 2.5*u, 2.5*u, colour{230, 118, 132})
	c.rect(min(fx(-50), fx(-48)), y-20*u, 2*u, 5*u, rgb(0xc01818))
}

// tree draws a tree with its foot at x, y.
func (c *Canvas) tree(x, y, tall float64) {
	c.limb(x, y, x, y-tall*.6, tall*.035, rgb(0x5b4632))
	for i, p := range [...][3]float64{{0, .75, .24}, {-.16, .62, .19}, {.17, .64, .18}, {-.08, .88, .16}, {.1, .9, .14}} {
		col := rgb(0x3f6b33).dim(.85 + .08*float64(i))
		c.ellipse(x+p[0]*tall, y-p[1]*tall, p[2]*tall, p[2]*tall*.9, col)
	}
}

// bike draws a parked bicycle.
func (c *Canvas) bike(x, y, u float64, col colour) {
	ring := func(cx float64) {
		c.fill(cx-10*u, y-20*u, cx+10*u, y, colour{36, 128, 128}, func(px, py float64) bool {
			d := math.Hypot(px-cx, py-(y-10*u))
			return d < 10*u && d > 8.4*u
		})
	}
	ring(x - 15*u)
	ring(x + 15*u)
	for _, l := range [...][4]float64{{-15, -10, -4, -26}, {-4, -26, 10, -24}, {10, -24, 15, -10}, {-4, -26, 1, -10}, {-15, -10, 1, -10}, {1, -10, 10, -24}, {10, -24, 9, -31}, {9, -31, 15, -31}, {-6, -29, 0, -29}} {
		c.limb(x+l[0]*u, y+l[1]*u, x+l[2]*u, y+l[3]*u, 1.1*u, col)
	}
}
