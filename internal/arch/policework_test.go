package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/req"
)

// No interface, dependency, route, text or model for recognising people or
// searching for them is in the house.
func TestNoPoliceWork(t *testing.T) {
	req.Shows(t, "EVID-10")
	found, err := CheckPoliceWork(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	report(t, found)
}

func TestPoliceWorkIsFound(t *testing.T) {
	for name, text := range map[string]string{
		"go.mod":                              "require github.com/Kagami/go-face v0.1.0\n",
		"package.json":                        "{\"dependencies\": {\"face-api.js\": \"0.22.2\"}}\n",
		"scripts/debian-packages":             "libdlib-dev  demo  counts people\n",
		"internal/engine/a.go":                "package engine\n\nfunc FaceRecognition() {}\n",
		"internal/portal/search.go":           "package portal\n\nconst route = \"GET /kameraer/personsøgning\"\n",
		"internal/engine/plates.go":           "package engine\n\ntype NumberPlate struct{}\n",
		"internal/engine/b.go":                "package engine\n\nvar personEmbedding []float32\n",
		"web/ts/find.ts":                      "export function searchByFace(): void {}\n",
		"web/text/da/find.json":               "{\"find.title\": \"Personsøgning i optagelser\"}\n",
		"internal/portal/testdata/access.txt": "GET /afspilning/ansigtssøgning (view)\n",
		"web/models/people.onnx":              "\x08\x07",
		"processes/own.toml":                  "help = { da = \"Ansigtsgenkendelse slås til her\" }\n",
	} {
		root := t.TempDir()
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := CheckPoliceWork(root)
		if err != nil || len(found) != 1 || !strings.HasPrefix(found[0], name+":") {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}
