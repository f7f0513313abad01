package rules

import (
	"slices"
	"testing"
)

func TestRulesStandAsInTheAct(t *testing.T) {
	want := []string{
		"tv-overvågningsloven § 1, stk. 1", "tv-overvågningsloven § 2, stk. 1, nr. 1", "tv-overvågningsloven § 2, stk. 1, nr. 5, jf. stk. 6",
		"tv-overvågningsloven § 2, stk. 2", "tv-overvågningsloven § 2, stk. 10", "tv-overvågningsloven § 2 a", "tv-overvågningsloven §§ 2 a, 2 c og 2 d",
		"tv-overvågningsloven § 2 c, stk. 1", "tv-overvågningsloven § 2 d", "tv-overvågningsloven § 10",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int {
		if paragraph(a) < paragraph(b) {
			return -1
		}
		return 1
	})
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
