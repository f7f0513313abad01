// Package lawdata is the rules of video surveillance as files: acts, legal
// bases with their conditions, kinds of place, limits, and what the checks
// say. internal/law reads and checks them; docs/ref/law.md says how they are
// written. It promises nothing but the files.
package lawdata

import (
	"embed"
	"io/fs"
)

//go:embed *.toml
var files embed.FS

// Files are the *.toml of this folder.
func Files() fs.FS { return files }
