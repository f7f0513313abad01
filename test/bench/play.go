package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// playMost are the goals of what a browser shows, by the figure's name.
var playMost = map[string]float64{
	"clocks apart, 99 of 100, ms": 100,
	"seek, median, ms":            300,
	"seek, H.265, median, ms":     1000,
	"seek, masked, median, ms":    1000,
}

// measurePlaying plays four 1080p cameras in a real browser against both
// halves, and seeks in one, and in what must be made anew. The story that does it is the tests' own, so that
// what is measured is what is held.
func measurePlaying(ctx context.Context, s *sheet) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-tags", "figures", "-count=1", "-v", "-timeout", "30m", "-run", "^Test(Play|TranscodedSeek)Figures$", "./test/e2e")
	out, failed := cmd.CombinedOutput()
	found := 0
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		_, figure, ok := strings.Cut(sc.Text(), "figure ")
		name, value, two := strings.Cut(figure, ": ")
		v, err := strconv.ParseFloat(value, 64)
		if !ok || !two || err != nil {
			continue
		}
		found++
		if most, goal := playMost[name]; goal {
			s.most("playing: "+name, v, most, "ms")
		} else {
			s.note("playing: "+name, "%.0f", v)
		}
	}
	if found == 0 {
		return fmt.Errorf("nothing was measured: %w\n%s", failed, out)
	}
	return nil
}
