package account

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"vidne.dk/vidne/internal/fault"
)

// Picture is a QR code as one path on a grid: it is drawn in the page itself,
// so that the secret in it goes nowhere else.
type Picture struct {
	Size int    // squares on a side, the quiet edge included
	Path string // the black squares, as SVG draws
}

// quiet is the empty edge that readers need (ISO/IEC 18004).
const quiet = 4

func picture(text string) (Picture, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return Picture{}, fault.As(fault.Internal, "", err)
	}
	var b strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			n := 0
			for x+n < c.Size && c.Black(x+n, y) {
				n++
			}
			if n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, n, n)
				x += n
			}
		}
	}
	return Picture{Size: c.Size + 2*quiet, Path: b.String()}, nil
}
