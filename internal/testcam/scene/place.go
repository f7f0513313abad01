package scene

import (
	"fmt"
	"math"
)

// Place is one scene: a still background and what moves in front of it. The
// motion repeats after the clip's length, so that a clip can be looped.
type Place struct {
	Name  string // shown on the picture
	W, H  int
	FPS   int
	Count int // pictures in the clip
	Noise int // strength of the sensor's noise

	still func(*Canvas)
	move  func(c *Canvas, turn float64) // turn runs from 0 to 1 through the clip
}

// Draw calls out with each picture's yuv420p bytes, valid during the call.
func (p Place) Draw(out func([]byte) error) error {
	back, c := NewCanvas(p.W, p.H), NewCanvas(p.W, p.H)
	p.still(back)
	tile := grain(max(p.Noise, 1))
	for n := range p.Count {
		copy(c.Pix, back.Pix)
		p.move(c, float64(n)/float64(p.Count))
		ms := n * 1000 / p.FPS
		c.label(fmt.Sprintf("billede %02d:%02d.%03d", ms/60000, ms/1000%60, ms%1000), 40, 1000, 6)
		c.label(p.Name, 1880-float64(len([]rune(p.Name)))*36, 1000, 6)
		if p.Noise > 0 {
			c.noise(uint32(n)*2654435761+7, tile)
		}
		c.strip(n)
		if err := out(c.Pix); err != nil {
			return err
		}
	}
	return nil
}

// across is where somebody is who crosses from a to b the given whole number
// of times in a clip, starting at offset (0 to 1).
func across(turn, times, offset, a, b float64) float64 {
	_, f := math.Modf(turn*times + offset)
	return a + (b-a)*f
}

func crowd() []person {
	skin := []colour{rgb(0xe3b596), rgb(0xc48a66), rgb(0x8a5a3c), rgb(0xf0c8a8)}
	hair := []colour{rgb(0x4a3524), rgb(0xc8a45a), rgb(0x1c1c1c), rgb(0x8a8a88)}
	shirts := []uint32{0xb03030, 0x2c5a9c, 0xd8a020, 0x386b3c, 0x70408c, 0xd8d4cc, 0x28323c, 0xd06a2c}
	pants := []uint32{0x29323f, 0x4a4038, 0x1c1c22, 0x5c6a7c}
	var all []person
	for i, s := range shirts {
		all = append(all, person{rgb(s), rgb(pants[i%4]), hair[(i*3)%4], skin[(i*5)%4], i%3 == 0})
	}
	return all
}

// School is the entrance of a school, with people on the pavement and a car.
func School(w, h, fps, count int) Place {
	all := crowd()
	return Place{Name: "Skolen, hovedindgang", W: w, H: h, FPS: fps, Count: count, Noise: 5,
		still: func(c *Canvas) {
			c.gradient(0, 0, 1920, 330, rgb(0x9cc0dc), rgb(0xdce8ee))
			c.gradient(0, 330, 1920, 270, rgb(0x8fae84), rgb(0x6f9a5c))
			c.tree(120, 640, 420)
			c.tree(1810, 640, 460)
			c.rect(230, 150, 1460, 450, rgb(0x9c5a42))
			for y := 160.0; y < 600; y += 18 {
				c.rect(230, y, 1460, 3, rgb(0x8a4c38))
			}
			c.rect(215, 130, 1490, 26, rgb(0x4c4c50))
			for i := range 9 {
				for j := range 2 {
					x, y := 270+float64(i)*158, 190+float64(j)*180
					if i == 4 && j == 1 {
						continue
					}
					c.rect(x, y, 112, 126, rgb(0xe4e4de))
					c.rect(x+7, y+7, 45, 112, rgb(0x52708a))
					c.rect(x+60, y+7, 45, 112, rgb(0x5c7c96))
				}
			}
			c.rect(850, 350, 220, 250, rgb(0x3a4248))
			c.rect(862, 372, 94, 228, rgb(0x8cb0c4))
			c.rect(964, 372, 94, 228, rgb(0x84a8bc))
			c.rect(950, 480, 4, 40, rgb(0x202020))
			c.rect(966, 480, 4, 40, rgb(0x202020))
			c.rect(810, 330, 300, 22, rgb(0x2c3034))
			c.label("SKOLE", 870, 290, 6)
			c.gradient(0, 600, 1920, 230, rgb(0xb8b4ac), rgb(0xa29e96))
			for i := range 13 {
				x := float64(i) * 160
				c.shape(rgb(0x949088), x, 600, x+3, 600, x*1.3-288+6, 830, x*1.3-288, 830)
			}
			c.rect(0, 828, 1920, 16, rgb(0xd0ccc4))
			c.gradient(0, 844, 1920, 236, rgb(0x5c5e62), rgb(0x48494c))
			for i := range 9 {
				c.rect(float64(i)*240+30, 960, 120, 10, rgb(0xd8d8d0))
			}
			for i, col := range []uint32{0x2c5a9c, 0xb03030, 0x303030, 0x386b3c} {
				c.bike(1300+float64(i)*95, 660, 1.9, rgb(col))
			}
		},
		move: func(c *Canvas, t float64) {
			all[0].walk(c, across(t, 1, .1, -80, 2000), 655, 190, t*34, 1)
			all[1].walk(c, across(t, 1, .75, 2000, -80), 690, 215, t*34, -1)
			// one comes out of the door and towards the camera
			f := across(t, 1, .4, 0, 1)
			all[5].walk(c, 960+f*120, 605+f*220, 165+f*120, t*40, 0)
			all[2].walk(c, across(t, 1, .55, -80, 2000), 760, 265, t*32, 1)
			all[3].walk(c, across(t, 1, .6, -80, 2000), 775, 270, t*32+.5, 1)
			all[6].walk(c, across(t, 2, .2, 2000, -80), 815, 300, t*60, -1)
			c.car(across(t, 2, .3, -400, 2320), 965, 470, 1, rgb(0x2a4c7c))
			c.car(across(t, 1, .85, 2320, -400), 1065, 560, -1, rgb(0xb8bcc0))
		}}
}

// Gym is a fitness room with people training.
func Gym(w, h, fps, count int) Place {
	all := crowd()
	return Place{Name: "Fitnessrum", W: w, H: h, FPS: fps, Count: count, Noise: 3,
		still: func(c *Canvas) {
			c.gradient(0, 0, 1920, 620, rgb(0xc8c6c0), rgb(0xdedcd4))
			for i := range 5 {
				x := 90 + float64(i)*360
				c.rect(x, 120, 270, 300, rgb(0x9ab4c4))
				c.rect(x+12, 132, 118, 276, rgb(0xc4dcea))
				c.rect(x+142, 132, 116, 276, rgb(0xb8d4e4))
			}
			c.gradient(0, 620, 1920, 460, rgb(0x8c6f50), rgb(0x6c543c))
			for i := range 25 {
				x := float64(i) * 80
				c.shape(rgb(0x7a6046), x, 620, x+2, 620, (x-960)*1.9+964, 1080, (x-960)*1.9+960, 1080)
			}
			for i := range 3 {
				x := 240 + float64(i)*420
				c.shape(rgb(0x34383c), x-110, 760, x+100, 760, x+120, 800, x-130, 800)
				c.limb(x+92, 770, x+70, 520, 9, rgb(0x505458))
				c.rect(x+30, 505, 70, 30, rgb(0x202428))
			}
			c.rect(1500, 560, 330, 14, rgb(0x404448))
			c.limb(1520, 560, 1520, 850, 9, rgb(0x404448))
			c.limb(1810, 560, 1810, 850, 9, rgb(0x404448))
			for i := range 5 {
				x := 1530 + float64(i)*62
				c.limb(x, 640, x+34, 640, 5, rgb(0x303030))
				c.ellipse(x, 640, 13, 17, rgb(0x282828))
				c.ellipse(x+36, 640, 13, 17, rgb(0x282828))
			}
		},
		move: func(c *Canvas, t float64) {
			all[4].walk(c, 230+8*math.Sin(t*20*math.Pi), 768, 300, t*78, 1)
			all[7].walk(c, 1070+8*math.Sin(t*26*math.Pi), 768, 300, t*90, 1)
			// someone lifts a bar
			lift := .5 - .5*math.Cos(t*2*math.Pi*6)
			p := all[1]
			p.walk(c, 1640, 900, 340, 0, 0)
			y := 760 - lift*170
			c.limb(1640-40, 640, 1640-70, y, 11, p.skin)
			c.limb(1640+40, 640, 1640+70, y, 11, p.skin)
			c.limb(1640-150, y, 1640+150, y, 6, rgb(0xa0a4a8))
			c.ellipse(1640-150, y, 16, 46, rgb(0x202224))
			c.ellipse(1640+150, y, 16, 46, rgb(0x202224))
			all[2].walk(c, across(t, 1, .1, -120, 2040), 960, 410, t*30, 1)
			all[5].walk(c, across(t, 1, .65, 2040, -120), 1000, 440, t*28, -1)
		}}
}

// Parking is a car park behind a town hall.
func Parking(w, h, fps, count int) Place {
	all := crowd()
	return Place{Name: "Parkering, bagside", W: w, H: h, FPS: fps, Count: count, Noise: 2,
		still: func(c *Canvas) {
			c.gradient(0, 0, 1920, 260, rgb(0xb4c4d0), rgb(0xe0e4e4))
			c.rect(0, 180, 1920, 230, rgb(0xc4b49c))
			for i := range 12 {
				c.rect(40+float64(i)*160, 220, 90, 110, rgb(0x54687a))
			}
			c.rect(0, 160, 1920, 24, rgb(0x6c6860))
			c.rect(0, 400, 1920, 60, rgb(0x5c7c48))
			c.gradient(0, 460, 1920, 620, rgb(0x76787a), rgb(0x585a5c))
			for i := range 9 {
				x := 60 + float64(i)*225
				c.shape(rgb(0xd4d4cc), x, 470, x+7, 470, x-30, 620, x-40, 620)
			}
			for i, col := range []uint32{0x8c2020, 0xd8d8d4, 0x303840, 0x2c5a4c, 0xa0a4a8} {
				c.car(180+float64(i)*395-float64(i%2)*20, 590, 210, 1, rgb(col))
			}
			c.limb(1500, 470, 1500, 150, 7, rgb(0x404040))
			c.limb(1500, 150, 1570, 140, 7, rgb(0x404040))
			for i := range 7 {
				c.shape(rgb(0xd0d0c8), float64(i)*330-60, 800, float64(i)*330+90, 800, float64(i)*330+80, 814, float64(i)*330-70, 814)
			}
		},
		move: func(c *Canvas, t float64) {
			all[6].walk(c, across(t, 1, .3, -60, 1980), 655, 175, t*40, 1)
			c.car(across(t, 1, .5, 2400, -480), 790, 400, -1, rgb(0xb08420))
			all[0].walk(c, across(t, 1, .8, 2000, -80), 850, 270, t*34, -1)
			all[3].walk(c, across(t, 1, .05, -80, 2000), 900, 300, t*34, 1)
			c.car(across(t, 1, .1, -600, 2520), 1010, 560, 1, rgb(0x38586c))
		}}
}

// Hall is a corridor with lockers.
func Hall(w, h, fps, count int) Place {
	all := crowd()
	return Place{Name: "Gang, stuen", W: w, H: h, FPS: fps, Count: count, Noise: 3,
		still: func(c *Canvas) {
			c.gradient(0, 0, 1920, 1080, rgb(0xe0ded4), rgb(0xb8b4a8))
			c.shape(rgb(0xf0eee8), 0, 30, 1920, 30, 1180, 380, 740, 380)
			c.shape(rgb(0x9aa4a0), 740, 640, 1180, 640, 1920, 1080, 0, 1080)
			c.shape(rgb(0xc8c0b0), 0, 30, 740, 380, 740, 640, 0, 1080)
			c.shape(rgb(0xd4ccbc), 1180, 380, 1920, 30, 1920, 1080, 1180, 640)
			c.rect(740, 380, 440, 260, rgb(0xa8b8c0))
			c.rect(880, 430, 160, 210, rgb(0x5c4a38))
			for i := range 7 {
				f := math.Pow(.72, float64(i))
				x0, x1 := 740-740*f, 740-740*f*.78
				y := func(x, a, b float64) float64 { return a + (b-a)*x/740 }
				col := []uint32{0x2c5a8c, 0x3a6c9c}[i%2]
				c.shape(rgb(col), x0, y(x0, 330, 450), x1, y(x1, 330, 450), x1, y(x1, 980, 615), x0, y(x0, 980, 615))
				c.shape(rgb(0xb89868), 1920-x1, y(x1, 250, 430), 1920-x0, y(x0, 250, 430), 1920-x0, y(x0, 1040, 630), 1920-x1, y(x1, 1040, 630))
			}
			for i := range 4 {
				f := math.Pow(.6, float64(i))
				c.shape(rgb(0xfcfcf4), 960-260*f, 380-330*f, 960+260*f, 380-330*f, 960+220*f, 380-290*f, 960-220*f, 380-290*f)
			}
		},
		move: func(c *Canvas, t float64) {
			come := func(p person, offset, drift, steps float64) {
				f := across(t, 1, offset, 0, 1)
				f *= f
				p.walk(c, 960+drift*(60+f*420), 645+f*400, 150+f*620, t*steps, 0)
			}
			come(all[1], .1, -.5, 30)
			come(all[7], .75, .6, 34)
			away := 1 - across(t, 1, .45, 0, 1)
			away *= away
			all[4].walk(c, 960-.9*(40+away*400), 645+away*380, 150+away*560, t*36, 0)
			all[2].walk(c, across(t, 1, .2, 760, 1160), 650, 155, t*18, 1)
		}}
}
