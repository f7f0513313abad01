package portal

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/portal/live"
)

// liveWork is what live view wants of a person.
type liveWork struct {
	answer   []room.Request // wait for the person's answer
	approved []room.Request // the person's own, not begun
	owed     []room.Request // the person's own, without their note
	told     []room.Request // that the person was told of
	review   []room.Request // begun alone, and the person may review them
}

// toldFor is how long a live view that the person was told of is shown.
const toldFor = 24 * time.Hour

// liveWork finds what waits for the person.
func (p *Portal) liveWork(v *visit) (w liveWork, err error) {
	controller, person := v.Person.Controller, v.Person.ID
	r, who := p.live.Live, live.Who(v.Visit)
	if w.owed, err = r.Owed(v.Ctx, controller, person); err != nil {
		return w, err
	}
	if v.May(access.AskLive, access.Object{}) {
		if w.approved, err = r.Unused(v.Ctx, controller, person); err != nil {
			return w, err
		}
	}
	may := func(all []room.Request, err error, act access.Act, ask func(room.Request) error) (out []room.Request, _ error) {
		for _, q := range all {
			if !v.May(act, access.Object{Controller: controller, Location: q.Location, Parties: []string{q.Person}}) {
				continue
			}
			switch no := ask(q); {
			case no == nil:
				out = append(out, q)
			case !fault.Is(no, fault.Denied):
				return nil, no
			}
		}
		return out, err
	}
	waiting, err := r.Waiting(v.Ctx, controller)
	if w.answer, err = may(waiting, err, access.ApproveLive, func(q room.Request) error { return r.Answers(v.Ctx, q, who) }); err != nil {
		return w, err
	}
	late, err := r.Unreviewed(v.Ctx, controller)
	if w.review, err = may(late, err, access.SeeIncidents, func(q room.Request) error { return r.Reviews(v.Ctx, q, who) }); err != nil {
		return w, err
	}
	w.told, err = r.ToldOf(v.Ctx, controller, person, v.Now.Add(-toldFor))
	return w, err
}

// liveTasks are the tasks of the front page that come of live view.
func (v *visit) liveTasks(w liveWork) (tasks []task) {
	add := func(rank int, tone fds.Tone, icon string, q room.Request, to, title, text string) {
		tasks = append(tasks, task{Icon: icon, Tone: tone, Title: title, Text: text, Link: fds.Link{Href: "/direkte/" + q.ID + to, Text: v.T("home.live.link", q.Number)}, rank: rank})
	}
	for _, q := range w.answer {
		add(1, fds.Warning, "warning", q, "/svar", v.T("home.live.answer", q.Name), v.T("home.live.answer.text", q.Number, v.When(q.Asked.Add(room.AnswerWithin), v.Now)))
	}
	for _, q := range w.approved {
		add(2, fds.Info, "person", q, "/begynd", v.T("home.live.approved", q.Number), v.T("home.live.approved.text", v.Clock(q.Decided.Add(room.BeginWithin))))
	}
	for _, q := range w.owed {
		key, due := "home.live.owes.text", v.DateTime(q.NoteDue(v.Now))
		if q.Overdue(v.Now) {
			key = "home.live.late.text"
		}
		add(4, fds.Warning, "warning", q, "/note", v.T("home.live.owes", q.Number), v.T(key, due))
	}
	for _, q := range w.review {
		add(6, fds.Warning, "warning", q, "/kontrol", v.T("home.live.review", q.Number), v.T("home.live.review.text", v.DateTime(q.ReviewDue())))
	}
	for _, q := range w.told {
		rank, tone, key := 25, fds.Info, "home.live.told"
		if q.State(v.Now) == room.Running {
			rank, tone, key = 2, fds.Warning, "home.live.told.now"
		}
		add(rank, tone, "videocam", q, "", v.T(key, q.Name, q.Number), v.T("home.live.told.text"))
	}
	return tasks
}

// sampleLive is for the storybook.
func sampleLive(now time.Time) liveWork {
	q := room.Request{ID: "d1", Number: "D-2026-004", Name: "Jonas Lund", Asked: now.Add(-10 * time.Minute), Minutes: 15}
	on := q
	on.Number, on.Started, on.Ends = "D-2026-003", now.Add(-4*time.Minute), now.Add(11*time.Minute)
	over := q
	over.Number, over.Started, over.Ends = "D-2026-002", now.Add(-3*time.Hour), now.Add(-2*time.Hour)
	return liveWork{answer: []room.Request{q}, told: []room.Request{on}, owed: []room.Request{over}}
}
