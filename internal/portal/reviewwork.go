package portal

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/oversight"
)

// reviewWork is what the log's review wants of a person.
type reviewWork struct {
	answer []oversight.Item // the person was asked
	items  []oversight.Item // to be reviewed by the person
	second []oversight.Item // unclear, and for somebody else than the first
	raised []oversight.Item // the person answers for what was found unjustified
	late   int64            // of all that the person may review
}

// reviewWork finds what waits for the person.
func (p *Portal) reviewWork(v *visit) (w reviewWork, err error) {
	controller, person := v.Person.Controller, v.Person.ID
	mine, err := p.review.Mine(v.Ctx, controller, person)
	if err != nil {
		return w, err
	}
	for _, i := range mine {
		if s := i.State(v.Now); s == oversight.Asked || s == oversight.Silent {
			w.answer = append(w.answer, i)
		}
	}
	if v.May(access.ReviewLog, access.Object{}) {
		all, err := p.review.Undone(v.Ctx, controller)
		if err != nil {
			return w, err
		}
		for _, i := range all {
			w.sort(i, v)
		}
	}
	raised, err := p.review.Raised(v.Ctx, controller)
	for _, i := range raised {
		leads, err := p.review.Leads(v.Ctx, i)
		if err != nil {
			return w, err
		}
		if slices.Contains(leads, person) {
			w.raised = append(w.raised, i)
		}
	}
	return w, err
}

// sort puts an item where it belongs.
func (w *reviewWork) sort(i oversight.Item, v *visit) {
	if !i.MayReview(v.Person.ID, v.Session.Person.Name) {
		return
	}
	if i.Late(v.Now) {
		w.late++
	}
	switch i.State(v.Now) {
	case oversight.New, oversight.Silent, oversight.Answered:
		if i.Reviewer == v.Person.ID {
			w.items = append(w.items, i)
		}
	case oversight.Second:
		if i.Decider != v.Person.ID {
			w.second = append(w.second, i)
		}
	case oversight.Asked, oversight.Raised, oversight.Done:
	}
}

// reviewTasks are the tasks of the front page that come of the log's review.
func (v *visit) reviewTasks(w reviewWork) (tasks []task) {
	const path = "/tilsyn/stikproeve"
	add := func(rank int, icon string, tone fds.Tone, title, text, href, link string) {
		tasks = append(tasks, task{Icon: icon, Tone: tone, Title: title, Text: text, Link: fds.Link{Href: href, Text: link}, rank: rank})
	}
	for _, i := range w.answer {
		add(17, "person", fds.Warning, v.T("home.review.answer", i.Number), v.T("home.review.answer.text", v.Date(i.AnswerDue.Add(-time.Second))), "/min-side/stikproeve/"+i.ID, v.T("home.review.answer.link"))
	}
	for _, i := range w.raised {
		add(16, "warning", fds.Warning, v.T("home.review.raised", i.Number), v.T("home.review.raised.text"), path+"/opslag/"+i.ID+"/opfoelgning", v.T("home.review.raised.link"))
	}
	if w.late > 0 {
		add(23, "warning", fds.Warning, v.N("home.review.late", w.late), "", path+"?tilstand=late", v.T("home.review.link"))
	}
	if len(w.items) > 0 {
		first := slices.MinFunc(w.items, func(a, b oversight.Item) int { return a.Due.Compare(b.Due) })
		add(32, "person", fds.Info, v.N("home.review.items", int64(len(w.items))), v.T("home.review.items.text", v.Date(first.Due.Add(-time.Second))), path+"?tilstand=mine", v.T("home.review.link"))
	}
	for _, i := range w.second {
		add(33, "person", fds.Info, v.T("home.review.second", i.Number), v.T("home.review.second.text"), path+"/opslag/"+i.ID, v.T("home.review.link"))
	}
	return tasks
}
