package portal

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/request"
)

// requestWork finds the requests of registered persons that wait for whoever can
// answer them.
func (p *Portal) requestWork(v *visit) ([]request.Request, error) {
	if !v.May(access.EditRequest, access.Object{}) {
		return nil, nil
	}
	return p.requests.Undone(v.Ctx, v.Person.Controller)
}

// requestTasks are the tasks of the front page that come of requests: each as
// what is to be done next, the more pressing the less time there is.
func (v *visit) requestTasks(all []request.Request) (tasks []task) {
	const soon = 7 * 24 * time.Hour
	for _, q := range all {
		key, rank, tone := "home.request."+string(q.State()), 4, fds.Info
		switch {
		case q.Late(v.Now):
			key, rank, tone = "home.request.late", 1, fds.Error
		case q.Due().Sub(v.Now) < soon, q.Keeps(v.Now) && q.HoldUntil.Sub(v.Now) < soon:
			rank, tone = 2, fds.Warning
		}
		text := v.T("home.request.text", q.Number, v.Date(q.Due()))
		if q.Keeps(v.Now) && q.HoldUntil.Before(q.Due()) {
			text = v.T("home.request.going.text", q.Number, v.Date(q.Due()), v.Date(q.HoldUntil))
		}
		tasks = append(tasks, task{Icon: "person", Tone: tone, Title: v.T(key, q.Number), Text: text,
			Link: fds.Link{Href: "/anmodninger/" + q.ID, Text: v.T("home.request.link", q.Number)}, rank: rank})
	}
	return tasks
}
