package main

import (
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/web"
)

// reviewMail tells people by the outbox what the log's review wants of them.
func (o *office) reviewMail() (*oversight.Mail, error) {
	words, err := page.ReadCatalogue(web.Text())
	if err != nil {
		return nil, err
	}
	return &oversight.Mail{Notify: o.notify, BaseURL: o.cfg.BaseURL,
		Words: inLanguage(words)}, nil
}
