package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheUnitsOfTheGuide holds the guide's units to what systemd itself thinks
// of them, and the guide to explaining each of their lines.
func TestTheUnitsOfTheGuide(t *testing.T) {
	guide := filepath.Join("..", "..", "docs", "guide")
	explained, err := os.ReadFile(filepath.Join(guide, "drift-sikkerhed.md"))
	if err != nil {
		t.Fatal(err)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not here: what it thinks of the units is not asked")
	}
	for _, name := range []string{"vidne-engine.service", "vidne-portal.service"} {
		file := filepath.Join(guide, name)
		unit, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, service, _ := strings.Cut(string(unit), "[Service]\n")
		service, _, _ = strings.Cut(service, "[Install]")
		n := 0
		for line := range strings.Lines(service) {
			key, _, ok := strings.Cut(line, "=")
			if !ok || key == "ExecStart" {
				continue
			}
			n++
			if !strings.Contains(string(explained), "`"+key+"`") && !strings.Contains(string(explained), "`"+key+"=") {
				t.Errorf("the guide does not say why %s has %s", name, key)
			}
		}
		if n < 30 {
			t.Errorf("%s has only %d lines", name, n)
		}
		if analyze == "" {
			continue
		}
		out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "--threshold=20", file).CombinedOutput()
		if err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			t.Errorf("%s: %v: %s", name, err, lines[len(lines)-1])
		}
	}
}
