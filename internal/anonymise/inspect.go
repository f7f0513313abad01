package anonymise

// The fill: a grey that depends on nothing.
const (
	FillY = 96
	FillC = 128 // both colours
)

const (
	// mean is how far from the fill the pixels of a cell may be on average, and
	// worst how far one of them: what the encoder rounds, and what it leaves of
	// the picture before, in which the cell was not covered.
	mean, worst = 8, 48
	// Block is the side of the blocks that H.264 encodes, in pixels.
	Block = 16
	// seam is how many pixels at a border with what is shown the decoder smooths.
	seam = 4
	// seamWorst is how far a pixel may be there.
	seamWorst = 128
)

// Inspector holds the pictures of a finished file against what should be
// covered.
type Inspector struct {
	Grid   Grid
	Report Report
	cells  int64 // of all pictures, covered or not
}

// PictureSize is how many bytes a picture of the grid has: 4:2:0 planes.
func (g Grid) PictureSize() int {
	return g.Width*g.Height + 2*((g.Width+1)/2)*((g.Height+1)/2)
}

// Inspect takes the next picture and what should be covered in it.
func (in *Inspector) Inspect(pix []byte, covered Cells) {
	g := in.Grid
	for y := range g.H {
		for x := range g.W {
			if !g.Has(covered, x, y) {
				continue
			}
			in.Report.Cells++
			if off := in.off(pix, covered, x, y); off > 0 {
				in.Report.Flawed++
				if len(in.Report.Flaws) < MaxFlaws {
					in.Report.Flaws = append(in.Report.Flaws, Flaw{in.Report.Frames, x, y, off})
				}
			}
		}
	}
	in.cells += int64(g.W * g.H)
	in.Report.Frames++
	in.Report.Shown = 1 - float64(in.Report.Cells)/float64(in.cells)
}

// off is how far a cell is from the fill, 0 when it is the fill.
func (in *Inspector) off(pix []byte, covered Cells, cx, cy int) int {
	g := in.Grid
	left, top := cx*g.Cell, cy*g.Cell
	right, bottom := min(left+g.Cell, g.Width), min(top+g.Cell, g.Height)
	shown := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < g.W && y < g.H && !g.Has(covered, x, y)
	}
	// Where a neighbour is shown, the decoder smooths the border.
	inner := [4]int{left, top, right, bottom}
	if shown(cx-1, cy) {
		inner[0] += seam
	}
	if shown(cx, cy-1) {
		inner[1] += seam
	}
	if shown(cx+1, cy) {
		inner[2] -= seam
	}
	if shown(cx, cy+1) {
		inner[3] -= seam
	}
	most := 0
	look := func(plane []byte, stride, fill, x0, y0, x1, y1 int) {
		sum, n := 0, 0
		for y := y0; y < y1; y++ {
			for _, v := range plane[y*stride+x0 : y*stride+max(x0, x1)] {
				d := apart(int(v) - fill)
				sum, n = sum+d, n+1
				if d > worst {
					most = max(most, d)
				}
			}
		}
		if n > 0 && sum > mean*n {
			most = max(most, sum/n)
		}
	}
	look(pix, g.Width, FillY, inner[0], inner[1], inner[2], inner[3])
	for y := top; y < bottom; y++ { // and all of it, where something bright or black lies open
		for _, v := range pix[y*g.Width+left : y*g.Width+right] {
			if d := apart(int(v) - FillY); d > seamWorst {
				most = max(most, d)
			}
		}
	}
	half, plane := (g.Width+1)/2, ((g.Width+1)/2)*((g.Height+1)/2)
	for p := range 2 {
		look(pix[g.Width*g.Height+p*plane:], half, FillC, (inner[0]+1)/2, (inner[1]+1)/2, inner[2]/2, inner[3]/2)
	}
	return most
}

// Shrink is a picture of the grid in the size in which it is looked at.
func (g Grid) Shrink(pix []byte) *Small {
	w, h := WorkSize(g.Width, g.Height)
	s := NewSmall(w, h)
	shrink(s.Pix, w, h, pix, g.Width, g.Height)
	hw, hh := (g.Width+1)/2, (g.Height+1)/2
	for p := range 2 {
		shrink(s.Pix[w*h+p*w*h/4:], w/2, h/2, pix[g.Width*g.Height+p*hw*hh:], hw, hh)
	}
	return s
}

// shrink averages one plane into another; a larger one repeats.
func shrink(out []byte, w, h int, in []byte, iw, ih int) {
	for y := range h {
		y0, y1 := y*ih/h, max(y*ih/h+1, (y+1)*ih/h)
		for x := range w {
			x0, x1 := x*iw/w, max(x*iw/w+1, (x+1)*iw/w)
			sum := 0
			for yy := y0; yy < y1; yy++ {
				for _, v := range in[yy*iw+x0 : yy*iw+x1] {
					sum += int(v)
				}
			}
			out[y*w+x] = byte(sum / ((y1 - y0) * (x1 - x0)))
		}
	}
}
