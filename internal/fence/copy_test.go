package fence

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
)

func copenhagen(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// frameAt decodes the picture at a second of a film.
func frameAt(t *testing.T, film []byte, second string) image.Image {
	t.Helper()
	name := filepath.Join(t.TempDir(), "f.mp4")
	if err := os.WriteFile(name, film, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := exec.Command("ffmpeg", "-v", "error", "-i", name, "-ss", second, "-frames:v", "1", "-q:v", "1", "-f", "mjpeg", "pipe:1").Output()
	if err != nil {
		t.Fatal(err)
	}
	p, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// unlike counts points that differ above a line and below it.
func unlike(a, b image.Image, line int) (above, below int) {
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			if d := luma(a, x, y) - luma(b, x, y); d > 60 || d < -60 {
				if y < line {
					above++
				} else {
					below++
				}
			}
		}
	}
	return above, below
}

func TestACopyHasItsTimeBeneathThePicture(t *testing.T) {
	f := working(t)
	in := h264(t, "color=c=gray:s=640x360:r=15", 4)
	begin := time.Date(2026, 11, 3, 13, 0, 0, 200e6, time.UTC)
	copied := func(camera string, begin time.Time) []byte {
		t.Helper()
		var out bytes.Buffer
		args, err := f.Copy(t.Context(), io.NopCloser(bytes.NewReader(in)), &out, CopyOptions{Camera: say(camera), Begin: begin, End: begin.Add(time.Minute), Zone: copenhagen(t)})
		if err != nil || strings.Contains(strings.Join(args, " "), camera) {
			t.Fatalf("%v, %v", args, err)
		}
		return out.Bytes()
	}
	film := copied("Indgang \"A\" æøå", begin)
	zero, later := frameAt(t, film, "0.3"), frameAt(t, film, "2.3")
	if size := zero.Bounds().Size(); size.X != 640 || size.Y <= 360 || size.Y > 410 {
		t.Fatalf("it is %v", size)
	}
	if above, below := unlike(zero, later, 360); above > 0 || below < 20 {
		t.Errorf("two seconds later %d points above and %d below differ", above, below)
	}
	// The same moment is the same text, whenever the film began.
	if above, below := unlike(later, frameAt(t, copied("Indgang \"A\" æøå", begin.Add(2*time.Second)), "0.3"), 360); above+below > 0 {
		t.Errorf("one moment, two clocks: %d, %d", above, below)
	}
	if _, below := unlike(zero, frameAt(t, copied("Bagdør", begin), "0.3"), 360); below < 100 {
		t.Errorf("another camera differs by %d points", below)
	}
	if _, err := f.Copy(t.Context(), io.NopCloser(bytes.NewReader(in)), io.Discard, CopyOptions{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestTheClockOfACopyWhenClocksArePutBack(t *testing.T) {
	z := copenhagen(t)
	back := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		begin, end time.Time
		want       string
	}{
		{back.Add(-time.Hour), back.Add(-time.Minute), "1792893600.000000\\:%d.%m.%Y %H.%M.%S} +02.00"},
		{back, back.Add(time.Hour), "1792893600.000000\\:%d.%m.%Y %H.%M.%S} +01.00"},
		{back.Add(-time.Hour), back.Add(time.Hour), "1792886400.000000\\:%d.%m.%Y %H.%M.%S} UTC"},
	} {
		if got := (CopyOptions{Begin: c.begin, End: c.end, Zone: z}).clock(); !strings.Contains(got, c.want) {
			t.Errorf("%s has no %s", got, c.want)
		}
	}
}
