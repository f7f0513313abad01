package main

import (
	"context"
	"time"

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

// poster sends codes for new passwords. The mail holds the code and no link: a
// mail that asks for a click is what others send.
func (o *office) poster(words page.Catalogue) identity.Post {
	return func(ctx context.Context, tx *db.Tx, p identity.Person, code string, self bool, ends time.Time) error {
		w, why := words.In(page.LangOf(p.Language)), "renewalmail.it"
		if self {
			why = "renewalmail.self"
		}
		return o.notify.Queue(ctx, tx, notify.Message{
			Kind: "account.password.code", To: []string{p.Email}, Private: true, Subject: w.T("renewalmail.subject"),
			Text: w.T("told.hello", p.Name) + "\n\n" + w.T("renewalmail.text", code, w.DateTime(ends)) + "\n\n" + w.T(why) + "\n",
		})
	}
}

// inLanguage finds a text in the language that somebody reads.
func inLanguage(words page.Catalogue) func(lang, key string, args ...any) string {
	return func(lang, key string, args ...any) string { return words.Text(page.LangOf(lang), key, args...) }
}
