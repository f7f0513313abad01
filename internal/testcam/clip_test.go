package testcam

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/testcam/scene"
)

// TestShownIsWhatThePictureShows decodes the clip with B-frames by ffmpeg and
// reads the strips: the order that Load computed must be the one shown.
func TestShownIsWhatThePictureShows(t *testing.T) {
	for _, name := range []string{Reorder, SmallHE, Tiny} {
		c, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		dir, err := Dir()
		if err != nil {
			t.Fatal(err)
		}
		var path string
		for _, s := range specs() {
			if s.name == name {
				path = s.path(dir)
			}
		}
		raw := filepath.Join(t.TempDir(), "raw")
		if out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", raw).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		b, err := os.ReadFile(raw)
		if err != nil {
			t.Fatal(err)
		}
		size := c.Width * c.Height
		if len(b) != size*len(c.Frames) {
			t.Fatalf("%s: %d pictures decoded, %d in the clip", name, len(b)/size, len(c.Frames))
		}
		for i := range c.Frames {
			if n, ok := scene.Number(b[i*size:(i+1)*size], c.Width, c.Height, c.Width); !ok || n != i {
				t.Fatalf("%s: picture %d shows %d, %v", name, i, n, ok)
			}
		}
		seen := map[int]bool{}
		moved := false
		for i, f := range c.Frames {
			seen[f.Shown] = true
			moved = moved || f.Shown != i
			if f.Shown-i > c.Reorder+3 || i-f.Shown > c.Reorder {
				t.Fatalf("%s: picture %d is shown as %d with reorder %d", name, i, f.Shown, c.Reorder)
			}
		}
		if len(seen) != len(c.Frames) || moved != (name == Reorder) {
			t.Errorf("%s: %d distinct places of %d, moved %v", name, len(seen), len(c.Frames), moved)
		}
		if name == Reorder {
			same(t, path, c)
		}
	}
}

// same compares with the order that ffprobe finds.
func same(t *testing.T, path string, c *Clip) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "frame=coded_picture_number", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for shown, line := range strings.Fields(string(out)) {
		coded, err := strconv.Atoi(strings.Trim(line, ","))
		if err != nil {
			t.Fatal(err)
		}
		if c.Frames[coded].Shown != shown {
			t.Fatalf("coded %d is shown as %d, not %d", coded, shown, c.Frames[coded].Shown)
		}
	}
}
