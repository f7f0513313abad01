package review

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
)

// What stands out is what is more than twice the usual, and not just a few.
func TestWhatIsUnusual(t *testing.T) {
	req.Shows(t, "LOG-3")
	for _, c := range []struct {
		n, usual int
		odd      bool
	}{{4, 0, false}, {5, 0, true}, {10, 5, false}, {11, 5, true}, {400, 200, false}} {
		if unusual(c.n, c.usual) != c.odd {
			t.Errorf("%d where %d is usual", c.n, c.usual)
		}
	}
	if m := median([]int{9, 0, 1, 100, 2}); m != 2 {
		t.Errorf("the median is %d", m)
	}
}

// A week begins on Monday in Denmark, in summer and winter, whatever the hour
// is elsewhere.
func TestAWeekBeginsOnMonday(t *testing.T) {
	zone := page.Zone()
	for at, want := range map[time.Time]time.Time{
		time.Date(2026, 10, 25, 22, 30, 0, 0, time.UTC): time.Date(2026, 10, 19, 0, 0, 0, 0, zone),
		time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC):  time.Date(2026, 10, 26, 0, 0, 0, 0, zone),
		time.Date(2026, 7, 5, 22, 0, 0, 0, time.UTC):    time.Date(2026, 7, 6, 0, 0, 0, 0, zone),
	} {
		if got := monday(at); !got.Equal(want) {
			t.Errorf("%s is in the week of %s, not %s", at, got, want)
		}
	}
}

// A hash is broken where it must be, and nothing of it is lost.
func TestWhatHasNoBlanksIsFolded(t *testing.T) {
	note := "vidne/portal\n4800\n" + strings.Repeat("x", 44) + "\n\n— vidne/portal " + strings.Repeat("é", 70) + "\n"
	lines := folded(note)
	if bare := func(s string) string { return strings.Join(strings.Fields(s), "") }; bare(strings.Join(lines, "")) != bare(note) {
		t.Errorf("folded it is %q", lines)
	}
	for _, l := range lines {
		if len([]rune(l)) > foldAt {
			t.Errorf("%q is %d signs", l, len([]rune(l)))
		}
	}
	if fmt.Sprint(folded("")) != "[]" {
		t.Errorf("%q", folded(""))
	}
}
