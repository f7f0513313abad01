package main

import (
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// holdMail tells people by the outbox what evidence locks want of them.
func (o *office) holdMail() (*hold.Mail, error) {
	words, err := page.ReadCatalogue(web.Text())
	if err != nil {
		return nil, err
	}
	return &hold.Mail{Notify: o.notify, BaseURL: o.cfg.BaseURL,
		Words: inLanguage(words)}, nil
}
