// Assets builds what the browser is given: it bundles the pages' TypeScript
// and CSS with esbuild, copies the part of Det Fælles Designsystem (dkfds)
// that the pages use, and what of PDF.js draws a page of a PDF, all into
// web/dist, from where it is embedded.
//
// The convention: web/shell/shell.{ts,css} serve every page, and a screen has
// its own web/pages/<screen>/page.{ts,css}; these are the entry points. What
// they import from elsewhere under web/ is bundled into them. web/pages/x/page.ts
// becomes web/dist/pages/x.js, web/shell/shell.css becomes web/dist/shell.css,
// served below /static/.
// web/opener becomes one file, web/dist/opener.html, that needs no other.
// With -tests, web/**/*.test.ts are bundled for Node's own test runner instead.
//
// It promises that web/dist holds nothing else (but the committed .gitkeep),
// that a file whose content is unchanged is not written again, and that
// web/dist/manifest.json names each file with the first 16 hex digits of its
// SHA-256, so that a server can say how long it may be kept. It never reaches
// the network: node_modules is filled by scripts/setup.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	tests := flag.Bool("tests", false, "bundle the TypeScript tests into .cache/webtest instead")
	flag.Parse()
	if err := run(*root, *tests); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(root string, tests bool) error {
	if tests {
		files, err := bundleTests(root)
		if err != nil {
			return err
		}
		return write(filepath.Join(root, ".cache", "webtest"), files)
	}
	files, err := bundlePages(root)
	if err != nil {
		return err
	}
	design, err := designSystem(filepath.Join(root, "node_modules", "dkfds"))
	if err != nil {
		return err
	}
	for name, data := range design {
		files["dkfds/"+name] = data
	}
	pdf, err := pdfReader(filepath.Join(root, "node_modules", "pdfjs-dist"))
	if err != nil {
		return err
	}
	for name, data := range pdf {
		files["pdfjs/"+name] = data
	}
	page, err := opener(root)
	if err != nil {
		return err
	}
	if page != nil {
		files["opener.html"] = page
	}
	files["manifest.json"] = manifest(files)
	return write(filepath.Join(root, "web", "dist"), files)
}
