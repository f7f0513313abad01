package engine

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestAMaskGoesOnCoveringWhatWasRecordedUnderIt(t *testing.T) {
	req.Shows(t, "VIEW-4")
	at := func(minutes int) time.Time {
		return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
	}
	area := func(n int) [][]permit.Point {
		return [][]permit.Point{{{X: n, Y: n}, {X: n + 9, Y: n}, {X: n, Y: n + 9}}}
	}
	var b maskBook
	b.add(&permit.Mask{Camera: "cam", Areas: area(1)}, at(10))
	b.add(&permit.Mask{Camera: "cam", Areas: area(2)}, at(20))
	for name, x := range map[string]struct {
		from, to int
		want     []int
	}{
		"before any, the mask of now": {0, 5, []int{2}},
		"under the first":             {11, 12, []int{1, 2}},
		"across both":                 {15, 25, []int{1, 2}},
		"under the second":            {21, 30, []int{2}},
	} {
		check(t, name, b.areas("cam", at(x.from), at(x.to)), x.want)
	}
	b.add(&permit.Mask{Camera: "cam"}, at(30))
	check(t, "taken away, before any", b.areas("cam", at(0), at(5)), nil)
	check(t, "taken away, under the first", b.areas("cam", at(11), at(12)), []int{1})
	check(t, "taken away, under the second and after", b.areas("cam", at(25), at(40)), []int{2})
	check(t, "taken away, after", b.areas("cam", at(31), at(40)), nil)
	check(t, "another camera", b.areas("other", at(0), at(40)), nil)
}

// A mask that cannot be read any more covers everything, until the next.
func TestAMaskThatCannotBeReadShowsNothing(t *testing.T) {
	req.Shows(t, "VIEW-4")
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	body := []byte(`{"camera":"cam","areas":[["of a later version"]]}`)
	signed := (&permit.Signed{Kind: permit.KindMask, Body: body, Key: "0123456789abcdef", Sig: make([]byte, 64)}).Encode()
	var b maskBook
	b.unreadable(signed, at)
	if got := b.areas("cam", at.Add(-time.Hour), at); len(got) != 1 || len(got[0]) != 4 {
		t.Errorf("of the camera shows: %v", got)
	}
	if got := b.areas("other", at.Add(-time.Hour), at); len(got) != 0 {
		t.Errorf("of another is covered: %v", got)
	}
	b.add(&permit.Mask{Camera: "cam"}, at.Add(time.Hour))
	if got := b.areas("cam", at.Add(time.Minute), at.Add(2*time.Hour)); len(got) != 1 {
		t.Errorf("of what was recorded under it shows: %v", got)
	}
	if got := b.areas("cam", at.Add(2*time.Hour), at.Add(3*time.Hour)); len(got) != 0 {
		t.Errorf("of what came after it is covered: %v", got)
	}
	b.unreadable([]byte("torn"), at)
	if got := b.areas("other", at, at.Add(time.Hour)); len(got) != 1 {
		t.Errorf("a mask of nobody knows what lets this be seen: %v", got)
	}
}

func check(t *testing.T, name string, got [][]permit.Point, want []int) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range got {
		ok = ok && got[i][0].X == want[i]
	}
	if !ok {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}
