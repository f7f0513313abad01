package signs

import (
	"net/url"
	"testing"

	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

// Where a sign hangs is a point of the picture as it is shown, or two numbers;
// what a browser says of a picture chosen with a key is neither.
func TestWhereOnThePlan(t *testing.T) {
	req.Shows(t, "INFO-1")
	d := plan.Drawing{Width: 1600, Height: 1000} // shown 640 by 400
	for _, c := range []struct {
		in   url.Values
		x, y int
		ok   bool
	}{
		{url.Values{"sted.x": {"320"}, "sted.y": {"100"}}, 5000, 2500, true},
		{url.Values{"sted.x": {"640"}, "sted.y": {"400"}}, 10_000, 10_000, true},
		{url.Values{"sted.x": {"9999"}, "sted.y": {"-4"}}, 10_000, 0, true},
		{url.Values{"sted.x": {"0"}, "sted.y": {"0"}}, 0, 0, false},
		{url.Values{"sted.x": {"her"}, "sted.y": {"1"}}, 0, 0, false},
		{url.Values{"fra-venstre": {"12,5"}, "fra-oven": {" 50 % "}}, 1250, 5000, true},
		{url.Values{"fra-venstre": {"0"}, "fra-oven": {"100"}}, 0, 10_000, true},
		{url.Values{"fra-venstre": {"101"}, "fra-oven": {"50"}}, 0, 0, false},
		{url.Values{"fra-venstre": {"NaN"}, "fra-oven": {"50"}}, 0, 0, false},
		{url.Values{}, 0, 0, false},
	} {
		x, y, ok := chosen(c.in, d)
		if ok != c.ok || ok && (x != c.x || y != c.y) {
			t.Errorf("%v: %d %d %v, want %d %d %v", c.in, x, y, ok, c.x, c.y, c.ok)
		}
	}
}
