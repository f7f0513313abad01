package live

import (
	"context"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
)

// Mail tells whoever answers for a place, and the data protection officer, at
// the moment when it begins to be seen live. A mail holds the number of the
// request and a link, and never whom or which place it is about.
type Mail struct {
	Notify   *notify.Notifier
	People   *identity.Directory
	Register *register.Register
	// Words finds a text in a language ("da", "en") and puts args into it.
	Words func(lang, key string, args ...any) string
	// BaseURL is how the portal is reached from outside.
	BaseURL string
}

// Bodies and roles that are told.
const (
	roleDPO     = "dpo"
	bodyManager = "manager"
)

// receivers are those who are told of a live view of a place: who manages it,
// and the data protection officers.
func (m *Mail) receivers(ctx context.Context, q Request) (out []identity.Person, err error) {
	if m == nil {
		return nil, nil
	}
	people, err := m.People.People(ctx, q.Controller)
	if err != nil {
		return nil, err
	}
	place, err := m.Register.Location(ctx, q.Controller, q.Location)
	if err != nil {
		return nil, err
	}
	holders, err := m.Register.Holders(ctx, q.Controller, bodyManager, "", "")
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		manages := p.ID == place.ManagerPerson || slices.ContainsFunc(holders, func(h register.Holder) bool { return h.Person == p.ID && h.Reaches(place) })
		if !p.Closed && p.Email != "" && p.ID != q.Person && (manages || slices.Contains(p.Roles, roleDPO)) {
			out = append(out, p)
		}
	}
	return out, nil
}

// begun queues the mails of a live view that begins, in its transaction.
func (m *Mail) begun(ctx context.Context, tx *db.Tx, q Request, to []identity.Person) error {
	for _, p := range to {
		lang := "da"
		if p.Language == "en" {
			lang = "en"
		}
		link := strings.TrimRight(m.BaseURL, "/") + "/direkte/" + q.ID
		t := func(key string, args ...any) string { return m.Words(lang, "live.mail."+key, args...) }
		if err := m.Notify.Queue(ctx, tx, notify.Message{ID: "live-" + q.ID + "-" + p.ID, Kind: "live.begun", Thread: q.Controller + "/live/" + q.ID,
			To: []string{p.Email}, Subject: t("begun.subject", q.Number),
			Text: t("hello") + "\n\n" + t("begun", q.Number, q.Minutes) + "\n\n" + t("link") + "\n" + link + "\n\n" + t("foot") + "\n",
			Data: map[string]string{"request": q.ID, "controller": q.Controller, "link": link}}); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mail) wake() {
	if m != nil {
		m.Notify.Wake()
	}
}
