package paper

import (
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

//go:embed page.tmpl
var pageText string

// page is the whole document as a file of its own: it is kept in case systems,
// where no style sheet of ours is.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"cell":  cell,
	"kind":  kindOf,
	"data":  dataAddress,
	"lang":  func(p *Paper) string { return strings.SplitN(p.language(), "-", 2)[0] },
	"cells": func(t Table) []int { return make([]int, len(t.Columns)) },
}).Parse(pageText))

// HTML writes the paper as one accessible page without scripts that needs no
// other file.
func (p *Paper) HTML(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	return fault.As(fault.Unavailable, "paper.write", page.Execute(w, p))
}

func kindOf(b Block) string {
	switch b.(type) {
	case Heading:
		return "heading"
	case Paragraph:
		return "paragraph"
	case List:
		return "list"
	case Table:
		return "table"
	case Facts:
		return "facts"
	}
	return "picture"
}

// dataAddress carries a picture within the page.
func dataAddress(p Picture) template.URL {
	return template.URL("data:image/" + p.Type + ";base64," + base64.StdEncoding.EncodeToString(p.Data)) //nolint:gosec // the type is one of two and the rest is base64
}
