package page

import "testing"

// The scale of a chart ends at what people count in, and can be quartered.
func TestTheScaleOfAChart(t *testing.T) {
	for most, top := range map[int]int{0: 4, 4: 4, 5: 8, 13: 20, 399: 400, 401: 800, 1700: 3200} {
		if got := scale(most); got != top || got%4 != 0 {
			t.Errorf("the scale to %d ends at %d", most, got)
		}
	}
}
