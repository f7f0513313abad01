// Package processes is the processes of cases as files, one version of one
// process each; internal/casework reads and checks them, docs/ref/process.md
// says how they are written. A version that a case has begun under is never
// changed: a new one stands beside it. It promises nothing but the files.
package processes

import (
	"embed"
	"io/fs"
)

//go:embed *.toml
var files embed.FS

// Files are the *.toml of this folder.
func Files() fs.FS { return files }
