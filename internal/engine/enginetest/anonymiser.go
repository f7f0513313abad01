package enginetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Anonymiser builds vidne-anonymise where the fence's user can start it, and
// gives its path: without a detector, so that what moves is all that it finds,
// on every machine alike.
func Anonymiser(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "vidne-anonymise")
	cmd := exec.Command("go", "build", "-o", path, "vidne.dk/vidne/cmd/vidne-anonymise")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}
