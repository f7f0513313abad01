package engine_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/testcam/scene"
)

// frames reads a fragment stream to its end.
func (s *site) frames(q engineapi.FragmentQuery, p engineapi.Pass) ([]*engineapi.Frame, error) {
	s.t.Helper()
	body, err := s.client.Fragments(s.t.Context(), q, p)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var out []*engineapi.Frame
	r := engineapi.NewFrameReader(body)
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
}

// file takes an interval out as one MP4, in a file.
func (s *site) file(name string, from, to time.Time) string {
	s.t.Helper()
	body, err := s.client.Export(s.t.Context(), engineapi.ExportQuery{Camera: name, From: from, To: to}, s.pass(s.order(from, to, name)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.t.TempDir(), "export.mp4")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// ledgerKinds counts the ledger's entries by kind.
func (s *site) ledger(kinds ...string) []engineapi.LedgerEntry {
	s.t.Helper()
	e, err := s.client.LedgerFind(s.t.Context(), engineapi.LedgerFilter{From: s.born, To: s.now().Add(time.Hour), Kinds: kinds, Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

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
