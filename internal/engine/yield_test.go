package engine

import (
	"testing"

	"vidne.dk/vidne/internal/req"
)

func TestTheLeastImportantGiveWayFirst(t *testing.T) {
	req.Shows(t, "REC-5")
	all := map[string]int{"door": -5, "hall": 0, "stairs": 0, "shed": 40}
	var before map[string]bool
	for _, step := range []struct {
		left float64
		give []string
	}{
		{50, nil}, {1, nil}, {0.67, nil},
		{0.66, []string{"shed"}}, {0.34, []string{"shed"}},
		{0.33, []string{"shed", "hall", "stairs"}}, {0, []string{"shed", "hall", "stairs"}},
		{0.34, []string{"shed", "hall", "stairs"}}, // half a step more is wanted before they come back
		{0.51, []string{"shed"}}, {0.67, []string{"shed"}}, {0.84, nil},
	} {
		got := givesWay(all, before, step.left)
		for _, c := range step.give {
			if !got[c] {
				t.Errorf("with %.2f left %s does not give way", step.left, c)
			}
		}
		if len(got) != len(step.give) {
			t.Errorf("with %.2f left these give way: %v", step.left, got)
		}
		before = got
	}
	same := map[string]int{"a": 7, "b": 7}
	if got := givesWay(same, nil, 0); len(got) > 0 {
		t.Errorf("of equals these give way: %v", got)
	}
}
