package portal

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
)

// disclosureWork is what disclosures want of a person.
type disclosureWork struct {
	answer []disclosure.Disclosure // wait for the person's answer
	hand   []disclosure.Disclosure // the person's own packages, to be handed over
	failed []disclosure.Disclosure // the person's own, that were not made
}

// disclosureWork finds what waits for the person.
func (p *Portal) disclosureWork(v *visit) (w disclosureWork, err error) {
	if !v.May(access.SeeIncidents, access.Object{}) {
		return w, nil
	}
	all, err := p.disclosures.List(v.Ctx, v.Person.Controller)
	if err != nil {
		return w, err
	}
	who := disclosure.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name}
	for _, d := range all {
		own := d.Person == v.Person.ID
		switch state := d.State(v.Now); {
		case state == disclosure.Asked && !own:
			if !v.May(access.ApproveDisclosure, access.Object{Controller: d.Controller, Location: d.Location, Parties: []string{d.Person}}) {
				continue
			}
			switch no := p.disclosures.Answers(v.Ctx, d, who); {
			case no == nil:
				w.answer = append(w.answer, d)
			case !fault.Is(no, fault.Denied):
				return w, no
			}
		case state == disclosure.Ready && own:
			w.hand = append(w.hand, d)
		case state == disclosure.Failed && own:
			w.failed = append(w.failed, d)
		}
	}
	return w, nil
}

// disclosureTasks are the tasks of the front page that come of disclosures.
func (v *visit) disclosureTasks(w disclosureWork) (tasks []task) {
	add := func(rank int, icon string, d disclosure.Disclosure, to, key string, when time.Time) {
		args := []any{d.Name, d.Number, v.Date(when)}
		tasks = append(tasks, task{Icon: icon, Tone: fds.Warning, Title: v.T("home.disclosure."+key, args...), Text: v.T("home.disclosure."+key+".text", args...),
			Link: fds.Link{Href: "/udleveringer/" + d.ID + to, Text: v.T("home.disclosure.link", d.Number)}, rank: rank})
	}
	for _, d := range w.answer {
		add(2, "folder-open", d, "/svar", "answer", d.Asked)
	}
	for _, d := range w.hand {
		add(2, "folder-open", d, "", "hand", d.Package().Until)
	}
	for _, d := range w.failed {
		add(1, "warning", d, "", "failed", d.Job.Since)
	}
	return tasks
}

// sampleDisclosures is for the storybook.
func sampleDisclosures(now time.Time) disclosureWork {
	d := disclosure.Disclosure{ID: "u1", Number: "U-2026-007", Name: "Jonas Lund", Packages: []disclosure.Package{{Until: now.Add(9 * 24 * time.Hour)}}}
	return disclosureWork{hand: []disclosure.Disclosure{d}}
}
