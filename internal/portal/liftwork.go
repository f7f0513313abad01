package portal

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/masking"
)

// liftWork finds the mask lifts that wait for the person's answer.
func (p *Portal) liftWork(v *visit) (out []masking.Lift, err error) {
	if !v.May(access.SeeIncidents, access.Object{}) {
		return nil, nil
	}
	all, err := p.masking.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	who := masking.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name}
	for _, l := range all {
		if l.State(v.Now) != masking.Asked || !v.May(access.ApproveDisclosure, access.Object{Controller: l.Controller, Location: l.Location, Parties: []string{l.Person}}) {
			continue
		}
		switch no := p.masking.Answers(v.Ctx, l, who); {
		case no == nil:
			out = append(out, l)
		case !fault.Is(no, fault.Denied):
			return nil, no
		}
	}
	return out, nil
}

// liftTasks are the tasks of the front page that come of mask lifts.
func (v *visit) liftTasks(lifts []masking.Lift) (tasks []task) {
	for _, l := range lifts {
		tasks = append(tasks, task{Icon: "lock", Tone: fds.Warning, Title: v.T("home.lift.answer", l.Name), Text: v.T("home.lift.answer.text", l.Number),
			Link: fds.Link{Href: "/maskeloeft/" + l.ID + "/svar", Text: v.T("home.lift.link", l.Number)}, rank: 2})
	}
	return tasks
}
