package anonymise

// touches reports whether a polygon, closed by itself, covers some of a
// rectangle; where it crosses itself all of it counts.
func touches(area []Point, left, top, right, bottom int) bool {
	mx, my := left+right, top+bottom // twice the middle
	winding := 0
	for i, a := range area {
		b := area[(i+1)%len(area)]
		if crosses(a, b, left, top, right, bottom) {
			return true
		}
		side := (b.X-a.X)*(my-2*a.Y) - (mx-2*a.X)*(b.Y-a.Y)
		switch {
		case 2*a.Y <= my && 2*b.Y > my && side > 0:
			winding++
		case 2*a.Y > my && 2*b.Y <= my && side < 0:
			winding--
		}
	}
	return winding != 0
}

// crosses reports whether a line piece touches a rectangle: neither lies
// beside the other, along the axes or across the line.
func crosses(a, b Point, left, top, right, bottom int) bool {
	if max(a.X, b.X) < left || min(a.X, b.X) > right || max(a.Y, b.Y) < top || min(a.Y, b.Y) > bottom {
		return false
	}
	above, below := false, false
	for _, c := range [4]Point{{left, top}, {right, top}, {left, bottom}, {right, bottom}} {
		side := (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X)
		above, below = above || side >= 0, below || side <= 0
	}
	return above && below
}
