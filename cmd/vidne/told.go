package main

import (
	"context"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/portal/page"
)

// teller writes to people when something happens to how they log in: whoever
// did not do it themselves must hear of it. The mail names no device and no
// address. Kinds without words are told to nobody.
func (o *office) teller(words page.Catalogue) identity.Tell {
	return func(ctx context.Context, tx *db.Tx, p identity.Person, kind string, _ map[string]any) error {
		w := words.In(page.LangOf(p.Language))
		if p.Email == "" || !o.notify.Mails() || !w.Has("told."+kind) {
			return nil
		}
		return o.notify.Queue(ctx, tx, notify.Message{
			Kind: "account." + kind, To: []string{p.Email}, Subject: w.T("told.subject"),
			Text: w.T("told.hello", p.Name) + "\n\n" + w.T("told."+kind) + "\n\n" + w.T("told.foot") + "\n",
			Data: map[string]string{"kind": kind, "controller": p.Controller},
		})
	}
}

// inLanguage finds a text in the language that somebody reads.
func inLanguage(words page.Catalogue) func(lang, key string, args ...any) string {
	return func(lang, key string, args ...any) string { return words.Text(page.LangOf(lang), key, args...) }
}
