package notify

import (
	"context"
	"strings"

	"vidne.dk/vidne/internal/db"
)

// Letters write mails to people in their own language, from the program's words.
// A mail holds the number of a thing and a link, and never whom, what or which
// place it is about: who may read more does so where the link leads. Nil writes
// nothing.
type Letters struct {
	Out *Notifier
	// Words finds a text in a language ("da", "en") and puts args into it.
	Words func(lang, key string, args ...any) string
	// BaseURL is how the portal is reached from outside.
	BaseURL string
}

// Letter is one thing to tell.
type Letter struct {
	// ID names it; each reader's mail is the ID and theirs, and is sent once.
	ID string
	// Kind and Thread are as in [Message].
	Kind, Thread string
	// Room and Say find its words: <Room>.mail.<Say>, <Room>.mail.<Say>.subject,
	// and of the whole room .hello, .link and .foot.
	Room, Say string
	// Args go into the text and the subject: a number, a day.
	Args []any
	// Path is where in the portal the link leads.
	Path string
	// Data is for machines, beside the link.
	Data map[string]string
	// Private is as in [Message].
	Private bool
}

// Reader is somebody who can be written to: who, at which address, in which
// language. An empty address is nobody's.
type Reader interface {
	Mailbox() (id, address, lang string)
}

// Tell queues a letter to each reader who has an address, in the transaction of
// what it is about. Webhooks get it even where nobody has.
func Tell[R Reader](ctx context.Context, tx *db.Tx, l *Letters, x Letter, to ...R) error {
	if l == nil {
		return nil
	}
	sent := false
	for _, r := range to {
		id, address, lang := r.Mailbox()
		if address == "" {
			continue
		}
		if err := l.queue(ctx, tx, x, "-"+id, lang, address); err != nil {
			return err
		}
		sent = true
	}
	if sent {
		return nil
	}
	return l.queue(ctx, tx, x, "", "da")
}

func (l *Letters) queue(ctx context.Context, tx *db.Tx, x Letter, whose, lang string, to ...string) error {
	if lang != "en" {
		lang = "da"
	}
	t := func(key string, args ...any) string { return l.Words(lang, x.Room+".mail."+key, args...) }
	link := strings.TrimRight(l.BaseURL, "/") + x.Path
	data := map[string]string{"link": link}
	for k, v := range x.Data {
		data[k] = v
	}
	return l.Out.Queue(ctx, tx, Message{ID: x.ID + whose, Kind: x.Kind, Thread: x.Thread, To: to, Subject: t(x.Say+".subject", x.Args...),
		Text: t("hello") + "\n\n" + t(x.Say, x.Args...) + "\n\n" + t("link") + "\n" + link + "\n\n" + t("foot") + "\n", Data: data, Private: x.Private})
}

// Wake has the outbox looked at now: see [Notifier.Wake].
func (l *Letters) Wake() {
	if l != nil {
		l.Out.Wake()
	}
}
