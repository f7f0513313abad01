package live

import (
	"context"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

// Mail tells whoever answers for a place, and the data protection officer, at
// the moment when it begins to be seen live; and whoever can answer, that
// somebody waits. A mail holds the number of the request and a link, and never
// whom or which place it is about.
type Mail struct {
	Notify *notify.Notifier
	// Words finds a text in a language ("da", "en") and puts args into it.
	Words func(lang, key string, args ...any) string
	// BaseURL is how the portal is reached from outside.
	BaseURL string
}

// What is told: the kinds of messages, by which webhooks choose.
const (
	tellAsked  = "live.asked"
	tellBegun  = "live.begun"
	tellAlone  = "live.alone"
	tellAnswer = "live.answered"
)

// tell queues one mail for each, in the transaction of what it is about; a
// webhook gets the message once, even where nobody has an address.
func (m *Mail) tell(ctx context.Context, tx *db.Tx, kind string, q Request, to []identity.Person) error {
	if m == nil {
		return nil
	}
	link := strings.TrimRight(m.BaseURL, "/") + "/direkte/" + q.ID
	name := strings.TrimPrefix(kind, "live.")
	message := func(id, lang string, to ...string) error {
		t := func(key string, args ...any) string { return m.Words(lang, "live.mail."+key, args...) }
		return m.Notify.Queue(ctx, tx, notify.Message{ID: "live-" + name + "-" + q.ID + id, Kind: kind, Thread: q.Controller + "/live/" + q.ID,
			To: to, Subject: t(name+".subject", q.Number),
			Text: t("hello") + "\n\n" + t(name, q.Number, q.Minutes) + "\n\n" + t("link") + "\n" + link + "\n\n" + t("foot") + "\n",
			Data: map[string]string{"request": q.ID, "controller": q.Controller, "link": link}})
	}
	sent := false
	for _, p := range to {
		if p.Email == "" {
			continue
		}
		lang := "da"
		if p.Language == "en" {
			lang = "en"
		}
		if err := message("-"+p.ID, lang, p.Email); err != nil {
			return err
		}
		sent = true
	}
	if sent {
		return nil
	}
	return message("", "da")
}

func (m *Mail) wake() {
	if m != nil {
		m.Notify.Wake()
	}
}
