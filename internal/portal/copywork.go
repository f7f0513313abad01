package portal

import (
	"slices"

	"vidne.dk/vidne/internal/access"
	copies "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/request"
)

// copyWork is what anonymised copies want of a person.
type copyWork struct {
	answer []copies.Copy     // wait for the person's answer
	edit   []copies.Copy     // their own: whom to keep
	give   []copies.Copy     // their own: finished
	failed []copies.Copy     // their own
	begin  []request.Request // somebody is to have one, and nobody has begun it
}

// copyWork finds what waits for the person.
func (p *Portal) copyWork(v *visit) (w copyWork, err error) {
	if !v.May(access.SeeIncidents, access.Object{}) {
		return w, nil
	}
	all, err := p.copies.Open(v.Ctx, v.Person.Controller)
	if err != nil {
		return w, err
	}
	who := copies.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name}
	for _, c := range all {
		own := c.Person == v.Person.ID
		switch state := c.State(); {
		case state == copies.Asked && !own:
			at := access.Object{Controller: c.Controller, Location: c.Location, Parties: []string{c.Person, c.Given.Person}}
			if v.May(access.ApproveDisclosure, at) && p.copies.Answers(v.Ctx, c, who) == nil {
				w.answer = append(w.answer, c)
			}
		case !own:
		case state == copies.Editing:
			w.edit = append(w.edit, c)
		case state == copies.Made:
			w.give = append(w.give, c)
		case state == copies.Failed:
			w.failed = append(w.failed, c)
		}
	}
	w.begin, err = p.copiesToBegin(v, all)
	return w, err
}

// copiesToBegin are the requests for access that are met by a copy which nobody
// has begun, where the person may make it: who assesses a request seldom may.
func (p *Portal) copiesToBegin(v *visit, begun []copies.Copy) (out []request.Request, err error) {
	all, err := p.requests.Undone(v.Ctx, v.Person.Controller)
	for _, q := range all {
		has := slices.ContainsFunc(begun, func(c copies.Copy) bool { return c.Source.ID == q.ID })
		if !has && q.Right == request.Access && q.Gives() && !q.Identity.At.IsZero() && v.May(access.Disclose, access.Object{Controller: q.Controller, Location: q.Location}) {
			out = append(out, q)
		}
	}
	return out, err
}

// copyTasks are the tasks of the front page that come of anonymised copies.
func (v *visit) copyTasks(w copyWork) (tasks []task) {
	add := func(rank int, icon string, all []copies.Copy, to, key string) {
		for _, c := range all {
			name := c.Name
			if c.Given != nil {
				name = c.Given.Name
			}
			tasks = append(tasks, task{Icon: icon, Tone: fds.Warning, Title: v.T("home.copy."+key, c.Number), Text: v.T("home.copy."+key+".text", c.Number, name),
				Link: fds.Link{Href: "/kopier/" + c.ID + to, Text: v.T("home.copy.link", c.Number)}, rank: rank})
		}
	}
	add(2, "lock", w.answer, "/svar", "answer")
	add(3, "warning", w.failed, "", "failed")
	add(4, "lock", w.edit, "/rediger", "edit")
	add(4, "lock", w.give, "", "give")
	for _, q := range w.begin {
		tasks = append(tasks, task{Icon: "lock", Tone: fds.Warning, Title: v.T("home.copy.begin", q.Number), Text: v.T("home.copy.begin.text", q.Number, v.Date(q.Due())),
			Link: fds.Link{Href: "/ny-kopi/anmodning/" + q.ID, Text: v.T("home.copy.begin.link")}, rank: 4})
	}
	return tasks
}
