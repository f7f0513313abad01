package scene

// The strip lies in the top rows: 28 cells of 1/40 of the width each, 1/45 of
// the height, white for one and black for zero: four for finding it (1 0 1
// 0), sixteen for the picture's number in the clip, eight for checking.
const (
	stripCells = 28
	stripPart  = 40
	stripRows  = 45
)

func stripBits(n int) uint32 {
	v := uint32(n) & 0xffff
	return 0xa<<24 | v<<8 | uint32(uint8(v>>8)^uint8(v)^0x5a)
}

// strip draws picture number n.
func (c *Canvas) strip(n int) {
	bits := stripBits(n)
	white, black := colour{220, 128, 128}, colour{24, 128, 128}
	w, h := 1920.0/stripPart, 1080.0/stripRows
	c.rect(0, 0, w*(stripCells+1), h*1.25, black)
	for i := range stripCells {
		if bits>>(stripCells-1-i)&1 == 1 {
			c.rect(float64(i)*w, 0, w, h, white)
		}
	}
}

// Number reads the strip of a decoded picture of any size from its luma
// plane. It reports false if the picture carries no readable strip.
func Number(luma []byte, width, height, stride int) (int, bool) {
	if width < 160 || height < 90 || len(luma) < stride*(height-1)+width {
		return 0, false
	}
	var bits uint32
	for i := range stripCells {
		// The middle of the cell, away from what the encoder smears.
		x0 := (4*i + 1) * width / (4 * stripPart)
		x1 := max(x0+1, (4*i+3)*width/(4*stripPart))
		y0 := height / (4 * stripRows)
		y1 := max(y0+1, 3*height/(4*stripRows))
		sum, count := 0, 0
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				sum += int(luma[y*stride+x])
				count++
			}
		}
		bits <<= 1
		if sum/count > 122 {
			bits |= 1
		}
	}
	n := int(bits >> 8 & 0xffff)
	return n, bits == stripBits(n)
}
