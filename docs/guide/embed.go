// Package guide holds the guides (vejledninger), so that help is inside the
// product: Danish, Markdown, with pictures that the tests take (test/e2e).
package guide

import (
	"embed"
	"encoding/json"
	"io/fs"
	"path"
)

//go:embed *.md billeder
var files embed.FS

// PicturesIn is the folder of the pictures, as the guides name it.
const PicturesIn = "billeder/"

// Files are the guides, by their names in this folder.
func Files() fs.FS { return files }

// Picture (billede) is a screen, or part of one, that guides show.
type Picture struct {
	File   string `json:"file"`            // its name in the folder
	Story  string `json:"story,omitempty"` // the story that it is taken of; empty: a browser's story with footage takes it
	Part   string `json:"part,omitempty"`  // the CSS selector of what is shown; empty: the page's own part
	Window int    `json:"window"`          // how wide the window is, in pixels
	Tall   int    `json:"tall,omitempty"`  // where the picture is cut off, in pixels from its top; 0: nowhere
	// What the page was when the picture was taken.
	Heading string `json:"heading"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
}

// Pictures are all pictures, as billeder.json lists them.
func Pictures() (out []Picture, err error) {
	data, err := files.ReadFile(path.Join(PicturesIn, "billeder.json"))
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(data, &out)
}
