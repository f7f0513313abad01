package agenda

import (
	"fmt"
	"math"
	"time"
)

// sector is a month in the drawing of the year: the fuller, the darker.
type sector struct {
	Path         string // of the outline, in the drawing's own units
	X, Y, NumY   string // of the month's name and number
	Name, Number string
	Class        string
}

// Measures of the wheel: half its side, and the radii of the ring.
const (
	wheelMiddle            = 200
	wheelInner, wheelOuter = 90, 195
)

// wheel draws the year from a month on, clockwise from the top.
func (v *visit) wheel(from time.Time, counts [12]int) []sector {
	most := 1
	for _, n := range counts {
		most = max(most, n)
	}
	at := func(turn float64, radius float64) (x, y float64) {
		a := turn*2*math.Pi - math.Pi/2
		return wheelMiddle + radius*math.Cos(a), wheelMiddle + radius*math.Sin(a)
	}
	point := func(turn, radius float64) string {
		x, y := at(turn, radius)
		return fmt.Sprintf("%.1f %.1f", x, y)
	}
	var out []sector
	for i, n := range counts {
		a, b := float64(i)/12, float64(i+1)/12
		x, y := at((a+b)/2, (wheelInner+wheelOuter)/2)
		s := sector{Path: fmt.Sprintf("M%s A%d %d 0 0 1 %s L%s A%d %d 0 0 0 %s Z", point(a, wheelOuter), wheelOuter, wheelOuter, point(b, wheelOuter), point(b, wheelInner), wheelInner, wheelInner, point(a, wheelInner)),
			X: fmt.Sprintf("%.1f", x), Y: fmt.Sprintf("%.1f", y-4), NumY: fmt.Sprintf("%.1f", y+20), Name: v.T("agenda.short." + from.AddDate(0, i, 0).Format("01")), Number: v.Number(int64(n)), Class: "v-wheel-0"}
		if n > 0 {
			s.Class = fmt.Sprintf("v-wheel-%d", 1+3*(n-1)/most)
		}
		out = append(out, s)
	}
	return out
}
