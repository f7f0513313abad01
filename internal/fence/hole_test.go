package fence

import (
	"bytes"
	"image"
	"io"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/req"
)

// The picture that a player leaves standing over a hole says that nothing is
// there, as do those after it for a while; no other does, and the picture
// itself is not covered.
func TestACopySaysWherePicturesAreMissing(t *testing.T) {
	req.Shows(t, "EVID-5")
	f := working(t)
	in := h264(t, `color=c=gray:s=640x360:r=15,select='not(between(t\,1.01\,3.99))'`, 12)
	begin := time.Date(2026, 11, 3, 13, 0, 0, 0, time.UTC)
	copied := func(holes ...Hole) []byte {
		t.Helper()
		var out bytes.Buffer
		if _, err := f.Copy(t.Context(), io.NopCloser(bytes.NewReader(in)), &out, CopyOptions{Camera: say("Indgang"), Begin: begin, End: begin.Add(time.Minute), Zone: copenhagen(t), Holes: holes}); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	film := copied(Hole{time.Second, 4 * time.Second}, Hole{11 * time.Second, 11300 * time.Millisecond})
	before, last, after, later, again := frameAt(t, film, "0.9"), frameAt(t, film, "1"), frameAt(t, film, "4.5"), frameAt(t, film, "9.5"), frameAt(t, film, "11.1")
	size := before.Bounds().Size()
	if size.Y < 420 || size.Y > 460 {
		t.Errorf("with room for two lines it is %v", size)
	}
	for name, c := range map[string]struct {
		at   image.Image
		says bool
	}{"the last before": {last, true}, "half a second after": {after, true}, "five seconds after": {later, false}, "the second hole": {again, true}} {
		above, line := 0, 0
		for y := range size.Y * 91 / 100 { // below that is the clock
			for x := range size.X {
				if d := luma(c.at, x, y) - luma(before, x, y); d > 60 || d < -60 {
					if y < 360 {
						above++
					} else {
						line++
					}
				}
			}
		}
		if above > 0 || c.says != (line > 300) || !c.says && line > 0 {
			t.Errorf("%s: %d points in the picture and %d of the line beneath differ", name, above, line)
		}
	}
	if size := frameAt(t, copied(), "0.9").Bounds().Size(); size.Y > 410 {
		t.Errorf("without holes it is %v", size)
	}
}

func TestAHoleIsNamedByTheClockOfTheCopy(t *testing.T) {
	begin := time.Date(2026, 11, 3, 22, 59, 50, 0, time.UTC)
	o := CopyOptions{Begin: begin, End: begin.Add(time.Minute), Zone: copenhagen(t)}
	for want, h := range map[string]Hole{
		"23.59.51,0-23.59.51,4 ingen":        {time.Second, 1400 * time.Millisecond},
		"23.59.55,0-04.11. 00.00.20,0 ingen": {5 * time.Second, 30 * time.Second},
	} {
		if got := o.missing(h); !strings.HasPrefix(got, want) {
			t.Errorf("%q is not %q", got, want)
		}
	}
}
