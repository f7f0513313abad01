package portal

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/permit"
)

// lockWork is what evidence locks want of a person.
type lockWork struct {
	answer   []hold.Hold // wait for the person's answer
	longer   []hold.Hold // are asked to last longer, and wait for it
	untold   []hold.Hold // disputes whose person is not told
	review   []hold.Hold // to be reviewed by now
	copies   []hold.Hold // a copy is to be given, always
	rejected []hold.Hold // the engine would not have it
}

// lockWork finds what waits for the person: the owner's own, and of the places
// that they answer for what the owner forgot.
func (p *Portal) lockWork(v *visit) (w lockWork, err error) {
	if !v.May(access.SeeIncidents, access.Object{}) {
		return w, nil
	}
	all, err := p.holds.Open(v.Ctx, v.Person.Controller)
	if err != nil || len(all) == 0 {
		return w, err
	}
	process, err := p.holds.Process(v.Ctx, v.Person.Controller)
	if err != nil {
		return w, err
	}
	who := hold.Who{Controller: v.Person.Controller, Person: v.Person.ID, Name: v.Session.Person.Name}
	for _, h := range all {
		at := access.Object{Controller: h.Controller, Location: h.Location, Parties: []string{h.Person}}
		own := h.Person == v.Person.ID
		answers := false
		if !own && v.May(access.ApproveHold, at) {
			switch no := p.holds.Answers(v.Ctx, h, who); {
			case no == nil:
				answers = true
			case !fault.Is(no, fault.Denied):
				return w, no
			}
		}
		if h.Waits(v.Now) && v.May(access.ApproveHold, at) && p.holds.Lengthens(v.Ctx, h, who) == nil {
			w.longer = append(w.longer, h)
		}
		over := own || answers || v.Person.Is(access.DPO)
		switch state := h.State(v.Now); {
		case state == hold.Asked && answers:
			w.answer = append(w.answer, h)
		case state == hold.Rejected && over:
			w.rejected = append(w.rejected, h)
		case state != hold.Standing || !over:
		case !h.TellBy().IsZero() && (own || h.TellBy().Sub(v.Now) < 10*24*time.Hour):
			w.untold = append(w.untold, h)
		case !v.Now.Before(h.ReviewDue()) && (own || !v.Now.Before(h.ReviewDue().Add(hold.ReviewGrace))):
			w.review = append(w.review, h)
		case own && h.Reason == permit.HoldDispute && h.Copied.IsZero() && process.Copy == casework.CopyAlways:
			w.copies = append(w.copies, h)
		}
	}
	return w, nil
}

// lockTasks are the tasks of the front page that come of evidence locks.
func (v *visit) lockTasks(w lockWork) (tasks []task) {
	add := func(rank int, icon string, h hold.Hold, to, key string, when time.Time) {
		args := []any{h.Name, h.Number, v.Date(when)}
		tasks = append(tasks, task{Icon: icon, Tone: fds.Warning, Title: v.T("home.lock."+key, args...), Text: v.T("home.lock."+key+".text", args...),
			Link: fds.Link{Href: "/bevislaase/" + h.ID + to, Text: v.T("home.lock.link", h.Number)}, rank: rank})
	}
	for _, h := range w.answer {
		add(2, "lock", h, "/svar", "answer", h.Until)
	}
	for _, h := range w.longer {
		asked := h
		asked.Name = h.Longer.Name
		add(3, "lock", asked, "/laengere/svar", "longer", h.Ends())
	}
	for _, h := range w.rejected {
		add(1, "warning", h, "", "rejected", h.Decided)
	}
	for _, h := range w.untold {
		add(3, "warning", h, "/underretning", "tell", h.TellBy())
	}
	for _, h := range w.review {
		add(5, "lock", h, "/gennemgang", "review", h.ReviewDue())
	}
	for _, h := range w.copies {
		add(7, "lock", h, "/kopi", "copy", h.Until)
	}
	return tasks
}

// sampleLocks is for the storybook.
func sampleLocks(now time.Time) lockWork {
	h := hold.Hold{ID: "l1", Number: "L-2026-007", Name: "Jonas Lund", Terms: hold.Terms{Reason: permit.HoldDispute, From: now.Add(-25 * 24 * time.Hour), Review: now.Add(-24 * time.Hour), Until: now.Add(4 * 24 * time.Hour)}}
	return lockWork{answer: []hold.Hold{h}, untold: []hold.Hold{h}}
}
