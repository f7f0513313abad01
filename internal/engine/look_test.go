package engine

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/req"
)

func painted(f func(i int) byte) fence.Grey {
	g := make(fence.Grey, fence.GreyWidth*fence.GreyHeight)
	for i := range g {
		g[i] = f(i)
	}
	return g
}

func TestVerdictsOnPictures(t *testing.T) {
	req.Shows(t, "REC-6")
	scene := func(shift int) fence.Grey { return painted(func(i int) byte { return byte((i*37 + shift*11) % 200) }) }
	for name, x := range map[string]struct {
		pictures []fence.Grey
		want     string
	}{
		"moving":                   {[]fence.Grey{scene(0), scene(1), scene(2), scene(3)}, "ok"},
		"once the same":            {[]fence.Grey{scene(0), scene(0)}, "ok"},
		"three times the same":     {[]fence.Grey{scene(0), scene(0), scene(0)}, "frozen"},
		"the same, and then not":   {[]fence.Grey{scene(0), scene(0), scene(0), scene(5)}, "ok"},
		"night":                    {[]fence.Grey{painted(func(i int) byte { return byte(i % 9) })}, "dark"},
		"a hand before the lens":   {[]fence.Grey{painted(func(i int) byte { return 90 + byte(i%4) })}, "covered"},
		"fog, with something seen": {[]fence.Grey{painted(func(i int) byte { return 120 + byte(i%40) })}, "ok"},
	} {
		var p pictures
		for i, g := range x.pictures {
			p.look(g, time.Unix(int64(i)*600, 0))
		}
		if p.verdict != x.want {
			t.Errorf("%s: %q, want %q", name, p.verdict, x.want)
		}
	}
}

func TestABrokenTaskComesBackAsABool(t *testing.T) {
	var log sink
	e := &Engine{log: log.logger()}
	u := &unit{e: e, camera: "cam"}
	if u.safely(t.Context(), nil) {
		t.Error("a call of nothing came back whole")
	}
	if guarded(e.log, "task", func() { panic("planted") }) {
		t.Error("a panic came back whole")
	}
	if log.n != 2 {
		t.Errorf("%d breaks are in the log", log.n)
	}
}
