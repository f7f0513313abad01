package fence

import (
	"cmp"
	"slices"
	"strconv"
)

// The picture is divided into cells, whatever its size; a mask covers whole
// cells, so that what lies on a mask's edge is covered and never shown.
const (
	cellsWide = 160
	cellsHigh = 90
	// maxBoxes bounds what is drawn for one mask; a finer mask is made coarser,
	// which covers more.
	maxBoxes = 300
)

// Point is a place in the picture in ten-thousandths of its width and height.
type Point struct{ X, Y int }

// Mask is the cells that nobody may see. The zero Mask covers nothing.
type Mask struct{ boxes []box }

// box is a rectangle of cells.
type box struct{ x, y, w, h int }

// NewMask covers every cell that one of the areas touches. An area is a
// polygon, closed by itself; where it crosses itself all of it is covered.
// Points outside the picture are allowed. An area of fewer than three points
// covers the cells that it touches.
func NewMask(areas [][]Point) Mask {
	var cells [cellsHigh][cellsWide]bool
	for _, area := range areas {
		cover(&cells, area)
	}
	m := Mask{merge(&cells)}
	for block := 2; len(m.boxes) > maxBoxes; block *= 2 {
		coarsen(&cells, block)
		m = Mask{merge(&cells)}
	}
	return m
}

// coarsen covers every block of cells that has a covered one.
func coarsen(cells *[cellsHigh][cellsWide]bool, block int) {
	for y := 0; y < cellsHigh; y += block {
		for x := 0; x < cellsWide; x += block {
			bottom, right := min(y+block, cellsHigh), min(x+block, cellsWide)
			hit := false
			for cy := y; cy < bottom; cy++ {
				for cx := x; cx < right; cx++ {
					hit = hit || cells[cy][cx]
				}
			}
			for cy := y; cy < bottom && hit; cy++ {
				for cx := x; cx < right; cx++ {
					cells[cy][cx] = true
				}
			}
		}
	}
}

// Empty reports whether nothing is covered.
func (m Mask) Empty() bool { return len(m.boxes) == 0 }

// Covers reports whether the cell at a point is covered, for tests and still
// pictures made elsewhere.
func (m Mask) Covers(p Point) bool {
	x, y := p.X*cellsWide/10_000, p.Y*cellsHigh/10_000
	for _, b := range m.boxes {
		if x >= b.x && x < b.x+b.w && y >= b.y && y < b.y+b.h {
			return true
		}
	}
	return false
}

// filters draws the mask by ffmpeg: constants and our own numbers.
func (m Mask) filters() []string {
	var f []string
	for _, b := range m.boxes {
		x, y := strconv.Itoa(b.x), strconv.Itoa(b.y)
		right, below := strconv.Itoa(b.x+b.w), strconv.Itoa(b.y+b.h)
		w, h := "/"+strconv.Itoa(cellsWide), "/"+strconv.Itoa(cellsHigh)
		f = append(f, "drawbox=x=floor(iw*"+x+w+"):y=floor(ih*"+y+h+
			"):w=ceil(iw*"+right+w+")-floor(iw*"+x+w+"):h=ceil(ih*"+below+h+")-floor(ih*"+y+h+"):color=black:t=fill")
	}
	return f
}

// cover marks the cells that a polygon touches. Cell (x, y) spans
// [x, x+1] × [y, y+1] after scaling.
func cover(cells *[cellsHigh][cellsWide]bool, area []Point) {
	n := len(area)
	xs, ys := make([]float64, n), make([]float64, n)
	for i, p := range area {
		xs[i], ys[i] = float64(p.X)*cellsWide/10_000, float64(p.Y)*cellsHigh/10_000
	}
	for y := range cellsHigh {
		for x := range cellsWide {
			fx, fy := float64(x), float64(y)
			hit := winding(xs, ys, fx+0.5, fy+0.5) != 0
			for i := 0; i < n && !hit; i++ {
				j := (i + 1) % n
				hit = crosses(xs[i], ys[i], xs[j], ys[j], fx, fy, fx+1, fy+1)
			}
			if hit {
				cells[y][x] = true
			}
		}
	}
}

// winding is how often the polygon goes round the point.
func winding(xs, ys []float64, x, y float64) int {
	w := 0
	for i := range xs {
		j := (i + 1) % len(xs)
		side := (xs[j]-xs[i])*(y-ys[i]) - (x-xs[i])*(ys[j]-ys[i])
		switch {
		case ys[i] <= y && ys[j] > y && side > 0:
			w++
		case ys[i] > y && ys[j] <= y && side < 0:
			w--
		}
	}
	return w
}

// crosses reports whether a line piece touches a rectangle (Liang and Barsky).
func crosses(x0, y0, x1, y1, left, top, right, bottom float64) bool {
	from, to := 0.0, 1.0
	dx, dy := x1-x0, y1-y0
	for _, e := range [4][2]float64{{-dx, x0 - left}, {dx, right - x0}, {-dy, y0 - top}, {dy, bottom - y0}} {
		p, q := e[0], e[1]
		switch {
		case p == 0 && q < 0:
			return false
		case p < 0:
			from = max(from, q/p)
		case p > 0:
			to = min(to, q/p)
		}
	}
	return from <= to
}

// merge makes few rectangles of the cells: runs in a row, joined with the same
// run of the row above.
func merge(cells *[cellsHigh][cellsWide]bool) []box {
	var done []box
	open := map[[2]int]*box{}
	for y := range cellsHigh {
		next := map[[2]int]*box{}
		for x := 0; x < cellsWide; x++ {
			if !cells[y][x] {
				continue
			}
			begin := x
			for x < cellsWide && cells[y][x] {
				x++
			}
			run := [2]int{begin, x - begin}
			if b := open[run]; b != nil {
				b.h++
				next[run] = b
				delete(open, run)
				continue
			}
			next[run] = &box{begin, y, x - begin, 1}
		}
		for _, b := range open {
			done = append(done, *b)
		}
		open = next
	}
	for _, b := range open {
		done = append(done, *b)
	}
	slices.SortFunc(done, func(a, b box) int { return cmp.Or(a.y-b.y, a.x-b.x) })
	return done
}
