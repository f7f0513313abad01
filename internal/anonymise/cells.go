package anonymise

import (
	"bytes"
	"compress/flate"
	"io"
	"math/bits"

	"vidne.dk/vidne/internal/fault"
)

// A picture is covered in cells: square blocks of pixels that lie as the
// encoder's own do, so that no block holds both a person and the fill.
const (
	smallestCell = 8
	mostCells    = 160 // in a row
)

// Grid is how a picture is divided.
type Grid struct {
	Width, Height int // of the picture, in pixels
	Cell          int // side of a cell, in pixels; a power of two
	W, H          int // in cells; the last of a row or column may reach outside
}

// NewGrid divides a picture of so many pixels.
func NewGrid(width, height int) Grid {
	cell := smallestCell
	for (max(width, height)+cell-1)/cell > mostCells {
		cell *= 2
	}
	return Grid{width, height, cell, (width + cell - 1) / cell, (height + cell - 1) / cell}
}

// Grid is how these pictures are divided.
func (f *Findings) Grid() Grid { return NewGrid(f.Width, f.Height) }

// Cells are those of a picture's cells that something is true of, one bit a
// cell, row by row, the lowest bit of a byte first.
type Cells []byte

// None is a picture without any.
func (g Grid) None() Cells { return make(Cells, (g.W*g.H+7)/8) }

// Has reports whether the cell in column x of row y is one.
func (g Grid) Has(c Cells, x, y int) bool {
	i := y*g.W + x
	return c[i>>3]>>(i&7)&1 == 1
}

// set makes the cell one, or none.
func (g Grid) set(c Cells, x, y int, on bool) {
	i := y*g.W + x
	if on {
		c[i>>3] |= 1 << (i & 7)
	} else {
		c[i>>3] &^= 1 << (i & 7)
	}
}

// Count is how many there are.
func (c Cells) Count() int {
	n := 0
	for _, b := range c {
		n += bits.OnesCount8(b)
	}
	return n
}

// fill makes every cell that the box touches one, or none. A box outside the
// picture touches none.
func (g Grid) fill(c Cells, b Box, on bool) {
	g.touched(b, func(x, y int) { g.set(c, x, y, on) })
}

// touched calls f with each cell that the box touches.
func (g Grid) touched(b Box, f func(x, y int)) {
	left, right := span(b.X, b.W, g.Width, g.Cell, g.W)
	top, bottom := span(b.Y, b.H, g.Height, g.Cell, g.H)
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			f(x, y)
		}
	}
}

// span is which cells a stretch touches: from, and to without.
func span(at, long, pixels, cell, cells int) (from, to int) {
	per := Whole * cell // of ten-thousandths times pixels, one cell
	from = max(0, at) * pixels / per
	end := min(Whole, at+long)
	if end <= 0 || at >= Whole {
		return 0, 0
	}
	return from, min(cells, (end*pixels+per-1)/per)
}

// pack writes pictures of cells: each as the difference to the one before it,
// deflated.
func pack(all []Cells) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	var last, diff Cells
	for _, c := range all {
		if last == nil {
			last, diff = make(Cells, len(c)), make(Cells, len(c))
		}
		for i := range c {
			diff[i] = c[i] ^ last[i]
		}
		_, _ = w.Write(diff) // a buffer takes everything
		last = c
	}
	_ = w.Close()
	return out.Bytes()
}

// Movement unpacks what differs from the empty scene, a picture of cells for
// each picture of the footage; nil where none was made.
func (f *Findings) Movement() ([]Cells, error) {
	if len(f.Moved) == 0 {
		return nil, nil //nolint:nilnil // no movement is a finding too
	}
	return f.Grid().unpack(f.Moved, f.Frames())
}

// unpack is pack's inverse for exactly n pictures.
func (g Grid) unpack(b []byte, n int) ([]Cells, error) {
	size := len(g.None())
	if int64(n)*int64(size) > 1<<28 {
		return nil, fault.New(fault.Corrupt, "anonymise.movement", "%d pictures", n)
	}
	r := flate.NewReader(bytes.NewReader(b))
	flat := make([]byte, 0, min(n*size, 64<<20))
	buf := bytes.NewBuffer(flat)
	if m, err := io.Copy(buf, io.LimitReader(r, int64(n*size)+1)); err != nil || m != int64(n*size) {
		return nil, fault.New(fault.Corrupt, "anonymise.movement", "%d bytes for %d pictures: %v", m, n, err)
	}
	flat = buf.Bytes()
	out := make([]Cells, n)
	for i := range out {
		out[i] = flat[i*size : (i+1)*size]
		for k := range out[i] {
			if i > 0 {
				out[i][k] ^= out[i-1][k]
			}
		}
	}
	return out, nil
}
