package portal

import (
	"net/http"
	"strings"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// searchPage is what the box in the header found: cases, places, cameras,
// suppliers, journal numbers. It never searches for faces or people in
// pictures: there is nothing here that could.
type searchPage struct {
	page.Shell
	Field  fds.Field
	Button fds.Button
	Parts  []page.Hits
	Empty  string
	Found  string // how many
}

func (p *Portal) search(v *visit) error {
	text := strings.TrimSpace(v.R.URL.Query().Get("q"))
	var parts []page.Hits
	if text != "" {
		for _, a := range p.areas {
			f, ok := a.(page.Finder)
			if !ok {
				continue
			}
			found, err := f.Find(v.Visit, text)
			if err != nil {
				return err
			}
			parts = append(parts, found...)
		}
	}
	return v.Show(http.StatusOK, v.searchPage(text, parts))
}

func (v *visit) searchPage(text string, parts []page.Hits) *searchPage {
	pg := &searchPage{Shell: v.NewShell("search", v.T("search.title")), Button: fds.Button{Kind: "primary", Text: v.T("search.button")}}
	pg.Field = v.Field(fds.Field{ID: "q", Name: "q", Type: "search", Value: text, MaxLength: 100}, "search.field")
	n := 0
	for _, h := range parts {
		if len(h.Hits) > 0 {
			n += len(h.Hits)
			pg.Parts = append(pg.Parts, h)
		}
	}
	switch {
	case text == "":
		pg.Empty = v.T("search.empty")
	case n == 0:
		pg.Empty = v.T("search.none", text)
	default:
		pg.Found = v.N("search.found", int64(n), text)
	}
	return pg
}
