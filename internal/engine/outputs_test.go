package engine_test

import (
	"bytes"
	"os/exec"
	"strconv"
	"testing"

	"vidne.dk/vidne/internal/testcam/scene"
)

// numbers decodes a film and reads from each picture which one it is.
func numbers(t *testing.T, path string) []int {
	t.Helper()
	const w, h = 640, 360
	cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf", "scale="+strconv.Itoa(w)+":"+strconv.Itoa(h), "-vsync", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, complaint.String())
	}
	var out []int
	for i := 0; i+w*h <= len(raw); i += w * h {
		n, ok := scene.Number(raw[i:i+w*h], w, h, w)
		if !ok {
			t.Fatalf("picture %d carries no number", len(out))
		}
		out = append(out, n)
	}
	return out
}
