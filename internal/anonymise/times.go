package anonymise

import (
	"bytes"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Times reads the list of pictures that ffmpeg's framecrc writes beside them,
// as it comes: what size they have, and when each is shown.
type Times struct {
	Width, Height int
	// Each is called with how many there are so far; may be nil.
	Each func(pictures int)

	all  []int64
	size int
	line []byte
	err  error
}

// maxLine bounds one line of the list.
const maxLine = 4096

// Write takes the next bytes of the list.
func (t *Times) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0 && t.err == nil; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			t.line = append(t.line, rest...)
			if len(t.line) > maxLine {
				t.err = fault.New(fault.Corrupt, "anonymise.times", "a line of %d bytes", len(t.line))
			}
			break
		}
		t.line = append(t.line, rest[:i]...)
		t.err = t.take(string(t.line))
		t.line, rest = t.line[:0], rest[i+1:]
	}
	return len(b), t.err
}

// All are the times of all pictures.
func (t *Times) All() ([]int64, error) {
	switch {
	case t.err != nil:
		return nil, t.err
	case len(t.line) > 0 || len(t.all) == 0 || t.Width < 16 || t.Height < 16 || t.Width > maxSide || t.Height > maxSide || t.Width%2+t.Height%2 != 0:
		return nil, fault.New(fault.Corrupt, "anonymise.times", "%d pictures of %d × %d", len(t.all), t.Width, t.Height)
	case !rising(t.all):
		return nil, fault.New(fault.Corrupt, "anonymise.times", "times that do not rise")
	}
	return t.all, nil
}

// take reads one line.
func (t *Times) take(line string) error {
	bad := fault.New(fault.Corrupt, "anonymise.times", "line %.60q", line)
	if head, ok := strings.CutPrefix(line, "#"); ok {
		name, value, _ := strings.Cut(head, ": ")
		switch name {
		case "tb 0":
			if value != "1/90000" {
				return bad
			}
		case "dimensions 0":
			w, h, _ := strings.Cut(value, "x")
			var e1, e2 error
			t.Width, e1 = strconv.Atoi(w)
			t.Height, e2 = strconv.Atoi(h)
			if e1 != nil || e2 != nil {
				return bad
			}
		}
		return nil
	}
	f := strings.Split(line, ",")
	if len(f) < 6 {
		return bad
	}
	at, err := strconv.ParseInt(strings.TrimSpace(f[2]), 10, 64)
	size, err2 := strconv.Atoi(strings.TrimSpace(f[4]))
	if err != nil || err2 != nil || at < 0 || at > 1<<50 || len(t.all) >= MaxFrames {
		return bad
	}
	if t.size != 0 && size != t.size {
		return fault.New(fault.Conflict, "anonymise.changed", "the picture changes its size at picture %d", len(t.all))
	}
	t.size = size
	t.all = append(t.all, at)
	if t.Each != nil {
		t.Each(len(t.all))
	}
	return nil
}

// Rate is how many pictures a second there are, on average; 15 where there is
// but one.
func Rate(times []int64) float64 {
	if len(times) < 2 {
		return 15
	}
	return min(max(float64(len(times)-1)*Clock/float64(times[len(times)-1]-times[0]), .1), 240)
}
