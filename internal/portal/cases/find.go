package cases

import (
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/portal/page"
)

// Find looks for cases by number, title, applicant and place.
func (p *Screens) Find(v *page.Visit, text string) ([]page.Hits, error) {
	if p.Cases == nil || !v.May(access.SeeCases, access.Object{}) {
		return nil, nil
	}
	rows, _, err := p.Cases.List(v.Ctx, dossier.Query{Controller: v.Person.Controller, Text: text, Limit: page.MostHits})
	if err != nil {
		return nil, err
	}
	h := page.Hits{Key: "search.cases", All: listPath + "?" + url.Values{"q": {text}}.Encode()}
	for _, r := range rows {
		h.Hits = append(h.Hits, page.Hit{Href: listPath + "/" + r.ID, Text: strings.TrimSpace(r.ID + " " + r.Title), Quiet: strings.TrimSpace(r.Number + " " + r.ApplicantName)})
	}
	return []page.Hits{h}, nil
}
