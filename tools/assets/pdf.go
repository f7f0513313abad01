package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// pdfFiles are the parts of PDF.js (pdfjs-dist) that draw one page of a PDF in
// the browser, by their name below web/dist/pdfjs. WebAssembly would need a
// weaker content policy, so the decoders written in plain script go along
// instead.
func pdfFiles() map[string]string {
	return map[string]string{
		"LICENSE":                     "LICENSE",
		"pdf.mjs":                     "build/pdf.min.mjs",
		"pdf.worker.mjs":              "build/pdf.worker.min.mjs",
		"jbig2_nowasm_fallback.js":    "wasm/jbig2_nowasm_fallback.js",
		"openjpeg_nowasm_fallback.js": "wasm/openjpeg_nowasm_fallback.js",
		"LICENSE_JBIG2":               "wasm/LICENSE_JBIG2",
		"LICENSE_OPENJPEG":            "wasm/LICENSE_OPENJPEG",
		"LICENSE_PDFJS_JBIG2":         "wasm/LICENSE_PDFJS_JBIG2",
		"LICENSE_PDFJS_OPENJPEG":      "wasm/LICENSE_PDFJS_OPENJPEG",
	}
}

var moduleMap = regexp.MustCompile(`\n?//# sourceMappingURL=\S*\s*$`)

// pdfReader reads them from the package. Keys are paths below pdfjs/.
func pdfReader(pkg string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, from := range pdfFiles() {
		data, err := os.ReadFile(filepath.Join(pkg, filepath.FromSlash(from)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w; run scripts/setup first", err)
		}
		if err != nil {
			return nil, err
		}
		out[name] = moduleMap.ReplaceAll(data, nil) // the map is not shipped
	}
	return out, nil
}
