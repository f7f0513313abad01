// Package web holds what the browser and the templates are made of: per screen
// the template, style and script together (pages/<screen>/page.{tmpl,css,ts}),
// the shell that they share, the TypeScript that several use (ts/), the words
// in both languages (text/), and what tools/assets built of them (dist/).
//
// It promises nothing but the files; it decides nothing. A tree in which
// tools/assets has not run holds no built files, and [Built] says so.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed shell/*.tmpl pages/*/*.tmpl
var templates embed.FS

//go:embed shell/icon.svg
var icon []byte

//go:embed text/*/*.json
var text embed.FS

// Dist is what is served under /static: scripts, styles, the design system.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Icon is the picture in the browser's tab.
func Icon() []byte { return icon }

// Font is a face for documents: "Regular" or "Bold".
func Font(face string) ([]byte, error) {
	return fs.ReadFile(dist, "dist/dkfds/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-"+face+".ttf")
}

// Opener is the page that opens evidence packages, as one file.
func Opener() ([]byte, error) { return fs.ReadFile(dist, "dist/opener.html") }

// Built reports whether tools/assets has run.
func Built() bool {
	_, err := fs.Stat(dist, "dist/manifest.json")
	return err == nil
}

// Templates are shell/*.tmpl and pages/<screen>/*.tmpl.
func Templates() fs.FS { return templates }

// Text is text/<language>/*.json: key to words.
func Text() fs.FS { return text }
