package portal

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/sharing"
)

// breachWork is what breaches want of a person.
type breachWork struct {
	open    []breach.Breach
	reports []notice.Report // of passers-by, that nobody has judged
}

func (p *Portal) breachWork(v *visit) (w breachWork, err error) {
	if !v.May(access.EditBreach, access.Object{}) {
		return w, nil
	}
	if w.open, err = p.breaches.Open(v.Ctx, v.Person.Controller); err != nil {
		return w, err
	}
	w.reports, err = p.breaches.Waiting(v.Ctx, v.Person.Controller)
	return w, err
}

// breachTasks are the tasks of the front page that come of breaches: a clock
// that runs stands before everything else.
func (v *visit) breachTasks(w breachWork) (tasks []task) {
	for _, b := range w.open {
		key, rank, tone, text := "home.breach."+string(b.State()), 3, fds.Info, v.T("home.breach.text.rest")
		switch {
		case b.Late(v.Now):
			key, rank, tone, text = "home.breach.late", 0, fds.Error, v.T("home.breach.text", v.DateTime(b.Limit()))
		case b.Counting():
			rank, tone, text = 0, fds.Warning, v.T("home.breach.text", v.DateTime(b.Limit()))
		}
		tasks = append(tasks, task{Icon: "error", Tone: tone, Title: v.T(key, b.Number), Text: text, Link: fds.Link{Href: "/brud/" + b.ID, Text: v.T("home.breach.link", b.Number)}, rank: rank})
	}
	for _, r := range w.reports {
		tasks = append(tasks, task{Icon: "error", Tone: fds.Warning, Title: v.T("home.breach.public"), Text: v.T("home.breach.text", v.DateTime(r.At.Add(breach.Limit72))),
			Link: fds.Link{Href: "/brudmeldinger/" + r.ID, Text: v.T("home.breach.public.link")}, rank: 1})
	}
	return tasks
}

// unshare takes back what others see of a breach's cameras.
func (p *Portal) unshare(ctx context.Context, tx *db.Tx, cameras []string, since time.Time, why string, who breach.Who) error {
	return p.sharing.Withdraw(ctx, tx, cameras, since, why, sharing.Who(who))
}
