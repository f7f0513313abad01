package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Files of dkfds that are taken as they are. The neutral theme only: the
// others belong to borger.dk and virk.dk.
func designFiles() []string {
	return []string{
		"LICENSE.md", // must be passed on with the files: MIT, OFL 1.1 (IBM Plex Sans), Apache-2.0 (icons)
		"css/dkfds.min.css",
		"js/dkfds.min.js",
		"img/all-svg-icons.svg",
		// Whole faces for the documents that are made as PDF.
		"fonts/IBMPlexSans/complete/ttf/IBMPlexSans-Regular.ttf",
		"fonts/IBMPlexSans/complete/ttf/IBMPlexSans-Bold.ttf",
	}
}

var cssURL = regexp.MustCompile(`url\(["']?([^"')]+?)["']?\)`)

// designSystem reads the subset of dkfds that a page needs: the files above and
// what their style sheet refers to, of the fonts only woff2, which every
// browser that can play the recordings reads. Keys are paths below dkfds/.
func designSystem(pkg string) (map[string][]byte, error) {
	dist := filepath.Join(pkg, "dist")
	files := map[string][]byte{}
	for _, name := range designFiles() {
		data, err := os.ReadFile(filepath.Join(dist, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w; run scripts/setup first", err)
		}
		if err != nil {
			return nil, err
		}
		if ext := path.Ext(name); ext == ".css" || ext == ".js" {
			data = withoutSourceMap(data) // the map is not shipped
		}
		if name == "css/dkfds.min.css" {
			data = onlyWoff2(data)
		}
		files[name] = data
	}
	for _, ref := range references(files["css/dkfds.min.css"]) {
		name := path.Join("css", ref)
		data, err := os.ReadFile(filepath.Join(dist, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		files[name] = data
	}
	return files, nil
}

// references lists the pictures and woff2 fonts that a style sheet names by
// relative address.
func references(css []byte) []string {
	var refs []string
	seen := map[string]bool{}
	for _, m := range cssURL.FindAllSubmatch(css, -1) {
		ref := string(m[1])
		if strings.HasPrefix(ref, "data:") || seen[ref] {
			continue
		}
		seen[ref] = true
		switch path.Ext(ref) {
		case ".svg", ".woff2":
			refs = append(refs, ref)
		}
	}
	return refs
}

var (
	fontSources = regexp.MustCompile(`src:url\([^;}]*`)
	fontSource  = regexp.MustCompile(`url\([^)]*\.woff2\)\s*format\("woff2"\)`)
)

// onlyWoff2 leaves of each face's sources the one that is shipped: a browser
// takes the first that it reads, and would ask for the others.
func onlyWoff2(css []byte) []byte {
	return fontSources.ReplaceAllFunc(css, func(src []byte) []byte {
		if found := fontSource.Find(src); found != nil {
			return append([]byte("src:"), found...)
		}
		return src
	})
}

var sourceMap = regexp.MustCompile(`\s*(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$`)

func withoutSourceMap(data []byte) []byte {
	return append(sourceMap.ReplaceAll(data, nil), '\n')
}
