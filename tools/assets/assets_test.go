package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, root, name, content string) {
	t.Helper()
	p := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, root, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// tree is a repository with two pages, the shell and a tiny design system.
func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	put(t, root, "web/dist/.gitkeep", "")
	put(t, root, "web/dist/pages/gone.js", "stale")
	put(t, root, "web/ts/model.ts", "export const answer: number = 42;")
	put(t, root, "web/shell/shell.ts", "document.title = 'Vidne';")
	put(t, root, "web/shell/shell.css", "body { background: url(/static/dkfds/img/x.svg) }")
	put(t, root, "web/pages/player/page.ts", "import { answer } from '../../ts/model';\nconsole.log(answer as number, 'æøå');")
	put(t, root, "web/ts/model.test.ts", "import test from 'node:test';\nimport { answer } from './model';\ntest('answer', () => { if (answer !== 42) throw 1 });")
	put(t, root, "node_modules/dkfds/dist/LICENSE.md", "MIT")
	for _, name := range pdfFiles() {
		put(t, root, "node_modules/pdfjs-dist/"+name, "export const pdf = 1;\n//# sourceMappingURL=pdf.mjs.map")
	}
	put(t, root, "node_modules/dkfds/dist/js/dkfds.min.js", "var DKFDS\n//# sourceMappingURL=dkfds.min.js.map")
	put(t, root, "node_modules/dkfds/dist/img/all-svg-icons.svg", "<svg/>")
	put(t, root, "node_modules/dkfds/dist/img/svg-icons/plus.svg", "<svg/>")
	put(t, root, "node_modules/dkfds/dist/img/svg-icons/unused.svg", "<svg/>")
	put(t, root, "node_modules/dkfds/dist/fonts/a.woff2", "font")
	for _, face := range []string{"Regular", "Bold", "Italic"} {
		put(t, root, "node_modules/dkfds/dist/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-"+face+".ttf", "font")
	}
	put(t, root, "node_modules/dkfds/dist/css/dkfds.min.css",
		"a{src:url(../fonts/a.woff) format(\"woff\"),url(../fonts/a.woff2) format(\"woff2\");x:y}b{background:url('../img/svg-icons/plus.svg')}c{background:url(data:image/svg+xml,x)}\n/*# sourceMappingURL=dkfds.min.css.map*/")
	return root
}

func TestPagesAreBundledAndTheDesignSystemCopied(t *testing.T) {
	root := tree(t)
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	var files []string
	if err := eachFile(filepath.Join(root, "web", "dist"), func(rel string) { files = append(files, rel) }); err != nil {
		t.Fatal(err)
	}
	want := ".gitkeep dkfds/LICENSE.md dkfds/css/dkfds.min.css dkfds/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-Bold.ttf dkfds/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-Regular.ttf dkfds/fonts/a.woff2 dkfds/img/all-svg-icons.svg dkfds/img/svg-icons/plus.svg dkfds/js/dkfds.min.js manifest.json pages/player.js pdfjs/LICENSE pdfjs/LICENSE_JBIG2 pdfjs/LICENSE_OPENJPEG pdfjs/LICENSE_PDFJS_JBIG2 pdfjs/LICENSE_PDFJS_OPENJPEG pdfjs/jbig2_nowasm_fallback.js pdfjs/openjpeg_nowasm_fallback.js pdfjs/pdf.mjs pdfjs/pdf.worker.mjs shell.css shell.js"
	if got := strings.Join(files, " "); got != want {
		t.Errorf("web/dist holds\n%s\nwant\n%s", got, want)
	}
	if js := get(t, root, "web/dist/pages/player.js"); !strings.Contains(js, "42") || !strings.Contains(js, "æøå") || strings.Contains(js, "import") {
		t.Errorf("the page is not bundled: %s", js)
	}
	if css := get(t, root, "web/dist/dkfds/css/dkfds.min.css"); strings.Contains(css, "sourceMappingURL") {
		t.Error("the style sheet still points to a map that is not shipped")
	} else if !strings.HasPrefix(css, `a{src:url(../fonts/a.woff2) format("woff2");x:y}`) {
		t.Errorf("a font that is not shipped is asked for: %s", css)
	}
	var sums map[string]string
	if err := json.Unmarshal([]byte(get(t, root, "web/dist/manifest.json")), &sums); err != nil {
		t.Fatal(err)
	}
	if len(sums["pages/player.js"]) != 16 || len(sums) != 20 {
		t.Errorf("manifest: %v", sums)
	}
}

func TestUnchangedFilesAreLeftAlone(t *testing.T) {
	root := tree(t)
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, "web", "dist", "pages", "player.js")
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("an unchanged file was written again")
	}
}

func TestTestsAreBundledForNode(t *testing.T) {
	root := tree(t)
	if err := run(root, true); err != nil {
		t.Fatal(err)
	}
	js := get(t, root, ".cache/webtest/ts/model.test.mjs")
	if !strings.Contains(js, "node:test") || !strings.Contains(js, "42") {
		t.Errorf("the test is not bundled: %s", js)
	}
}

func TestFaultsInAPageEndTheBuild(t *testing.T) {
	root := tree(t)
	put(t, root, "web/pages/player/page.ts", "import { missing } from '../../ts/nowhere';\nconsole.log(missing);")
	err := run(root, false)
	if err == nil || !strings.Contains(err.Error(), "web/pages/player/page.ts:1:") {
		t.Errorf("got %v", err)
	}
}

func TestMissingDesignSystemNamesTheWayOut(t *testing.T) {
	root := tree(t)
	if err := os.RemoveAll(filepath.Join(root, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := run(root, false); err == nil || !strings.Contains(err.Error(), "scripts/setup") {
		t.Errorf("got %v", err)
	}
}
