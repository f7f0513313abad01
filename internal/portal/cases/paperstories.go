package cases

import (
	"net/url"

	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) samplePaper(look dossier.View, writes bool) page.Page {
	text := url.Values{}
	for _, s := range paperSections() {
		text.Set(s, v.drafted(look, s, "Lindeby Skole"))
	}
	return v.paperPage(look, text, v.paperForm().Fill(text), writes)
}

func (v *visit) sampleLetter(look dossier.View) page.Page {
	return v.letterPage(decision{look: look, app: look.Application, places: "Lindeby Skole"})
}
