package portal

import (
	"vidne.dk/vidne/internal/access"
	copies "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/fds"
)

// copyWork is what anonymised copies want of a person.
type copyWork struct {
	answer []copies.Copy // wait for the person's answer
	edit   []copies.Copy // their own: whom to keep
	give   []copies.Copy // their own: finished
	failed []copies.Copy // their own
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
	return w, nil
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
	return tasks
}
