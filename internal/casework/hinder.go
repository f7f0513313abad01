package casework

import (
	"slices"
	"time"
)

// hinders says everything that stands against an act, whoever acts and
// whatever it holds. What the act itself must say is [Process.lacks].
func (p *Process) hinders(c Case, f Facts, kind ActKind, step string, who Actor, now time.Time) []Missing {
	if kind == ActRemark {
		if !p.takesPart(c, who) {
			return []Missing{sayOf("case.body", p.bodyName(p.caseBody()))}
		}
		return nil
	}
	if p.over(c, f, now) {
		return []Missing{say("case.ended")}
	}
	switch kind {
	case ActMeet:
		if !slices.ContainsFunc(c.Conditions, func(x Condition) bool { return x.Met.IsZero() }) {
			return []Missing{say("case.no-condition")}
		}
		return nil // who may is a matter of the condition
	case ActWithdraw:
		return p.hindersWithdraw(c, who)
	case ActClose:
		return append(p.hindersBodies(c, p.Policy.Close, who), p.undecided(c)...)
	case ActAdjust:
		why := append(p.hindersBodies(c, p.Policy.Adjust, who), p.undecided(c)...)
		why = append(why, p.lawful(f, nil)...)
		why = append(why, p.untested(c, f)...)
		return append(why, f.Blocked...)
	}
	s, ok := p.Step(step)
	if !ok {
		return []Missing{say("case.step")}
	}
	return p.hindersStep(c, f, kind, s, who, now)
}

func (p *Process) hindersStep(c Case, f Facts, kind ActKind, s *Step, who Actor, now time.Time) []Missing {
	if !s.takes(kind) {
		return []Missing{say("case.act")}
	}
	if !p.holds(c, s.Body, who) {
		return []Missing{sayOf("case.body", p.bodyName(s.Body))}
	}
	st := c.Steps[s.ID].Status
	if kind == ActReopen {
		switch {
		case c.Approved > 0:
			return []Missing{say("case.decided")}
		case st != StepDone:
			return []Missing{say("case.not-sent")}
		}
		return nil
	}
	if st != StepOpen {
		return p.waitsFor(c, f, s)
	}
	if kind == ActSend && c.Approved > 0 {
		return []Missing{say("case.decided")}
	}
	var why []Missing
	if s.Kind == StepDecision && (who.Person == c.Applicant || slices.Contains(c.Writers, who.Person)) {
		why = append(why, say("case.own"))
	}
	switch kind {
	case ActReturn, ActRefuse:
		return why
	}
	why = append(why, p.unmet(c, s)...)
	if p.establishing(s.ID) {
		why = append(why, f.Blocked...)
	}
	if kind == ActOmit {
		return why
	}
	why = append(why, p.early(c, s, now)...)
	why = append(why, p.needs(f, s)...)
	if s.Effect == EffectDecide || s.Effect == EffectPermit {
		why = append(why, p.unapproved(c, f, s)...)
	}
	return why
}

// takes reports whether an act is of the kind that a step takes.
func (s *Step) takes(kind ActKind) bool {
	switch kind {
	case ActSend, ActReopen:
		return s.Kind == StepApply
	case ActComplete:
		return s.Kind == StepWork
	case ActApprove, ActCondition, ActRefuse:
		return s.Kind == StepDecision && slices.Contains(s.May, kind)
	case ActReturn:
		return slices.Contains(s.May, kind)
	case ActOmit:
		return s.Omittable
	}
	return false
}

// waitsFor is what a step that is not open waits for.
func (p *Process) waitsFor(c Case, f Facts, s *Step) []Missing {
	var why []Missing
	for _, id := range s.After {
		if !p.passed(c, f, id) {
			if b, ok := p.Step(id); ok {
				m := sayOf("case.before", b.Title)
				m.Step = id
				why = append(why, m)
			}
		}
	}
	if len(why) == 0 || c.Steps[s.ID].Status != StepWaiting {
		return []Missing{say("case.done")}
	}
	return why
}

// unmet lists the conditions that stand before a step.
func (p *Process) unmet(c Case, s *Step) []Missing {
	var why []Missing
	before := append(p.before(s.ID), s.ID)
	for _, x := range c.Conditions {
		if x.Met.IsZero() && slices.Contains(before, x.Blocks) {
			m := say("case.condition", x.Text)
			m.Step = x.Step
			why = append(why, m)
		}
	}
	return why
}

// early says that a step's wait is not over.
func (p *Process) early(c Case, s *Step, now time.Time) []Missing {
	if s.Wait == nil {
		return nil
	}
	since, _ := p.Step(s.Wait.Since)
	at := p.earliest(c, s)
	m := sayOf("case.wait-first", since.Title, s.Wait.Days)
	if !at.IsZero() {
		if !now.Before(at) {
			return nil
		}
		d := dayText(at)
		m = sayOf("case.wait", since.Title, d.DA, s.Wait.Days)
		m.Text.EN = sayOf("case.wait", since.Title, d.EN, s.Wait.Days).Text.EN
		m.Until = at
	}
	m.Step, m.Cite = s.Wait.Since, s.Wait.Cite
	return []Missing{m}
}

// needs lists what the world must hold before a step can be done.
func (p *Process) needs(f Facts, s *Step) []Missing {
	var why []Missing
	tasks := s.Needs.Tasks
	if s.Approval || s.Effect == EffectDecide || s.Effect == EffectPermit {
		tasks = nil // all
	}
	if tasks != nil || s.Approval || s.Effect == EffectDecide || s.Effect == EffectPermit {
		why = append(why, p.lawful(f, tasks)...)
	}
	for _, id := range s.Needs.Annexes {
		k, ok := p.Annex(id)
		if ok && k.When.Holds(f.Answers) && f.Annexes[id] == 0 {
			m := sayOf("case.annex", k.Title)
			m.Cite = k.Cite
			why = append(why, m)
		}
	}
	if s.Needs.Staff {
		why = append(why, f.Untold...)
	}
	for _, n := range []struct {
		needed bool
		have   []string
		key    string
	}{{s.Needs.Probe, f.Probed, "case.probe"}, {s.Needs.Stills, f.Stilled, "case.still"}} {
		if !n.needed {
			continue
		}
		if len(f.Cameras) == 0 {
			why = append(why, say("case.cameras"))
		}
		for _, camera := range f.Cameras {
			if !slices.Contains(n.have, camera) {
				m := say(n.key)
				m.Camera = camera
				why = append(why, m)
			}
		}
	}
	return why
}

// untested lists the cameras that a change would let record at once without
// the technical evidence that the process wants of each (CASE-7). Before
// permits are out, the step that asks for it is still to come.
func (p *Process) untested(c Case, f Facts) []Missing {
	wanted := slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Needs.Probe })
	if c.Permitted == 0 || !wanted {
		return nil
	}
	return p.needs(f, &Step{Needs: Needs{Probe: true}})
}

// lawful lists what the application lacks in some tasks, nil for all of it.
func (p *Process) lawful(f Facts, tasks []string) []Missing {
	var why []Missing
	add := func(id string) {
		for _, m := range f.Missing[id] {
			if m.Refuses {
				m.Task = id
				why = append(why, m)
			}
		}
	}
	if tasks != nil {
		for _, id := range tasks {
			add(id)
		}
		return why
	}
	known := map[string]bool{}
	for i := range p.Tasks {
		known[p.Tasks[i].ID] = true
		add(p.Tasks[i].ID)
	}
	for id := range f.Missing {
		if !known[id] {
			add(id)
		}
	}
	return why
}

// unapproved lists the approvals that do not stand for the revision that is to
// be decided, or was (H 2.4). The step asked for may be one itself.
func (p *Process) unapproved(c Case, f Facts, s *Step) []Missing {
	of := c.Revision
	var why []Missing
	if s.Effect == EffectPermit {
		if of = c.Approved; of == 0 {
			why = append(why, say("case.undecided"))
		}
		for _, id := range p.before(s.ID) {
			if b, _ := p.Step(id); !p.passed(c, f, id) {
				m := sayOf("case.before", b.Title)
				m.Step = id
				why = append(why, m)
			}
		}
	}
	for i := range p.Steps {
		a := &p.Steps[i]
		if !a.Approval || a.ID == s.ID || !a.When.Holds(f.Answers) {
			continue
		}
		if st := c.Steps[a.ID]; st.Status != StepDone || st.Revision != of || of == 0 {
			m := sayOf("case.approval", a.Title)
			m.Step, m.Cite = a.ID, a.Cite
			why = append(why, m)
		}
	}
	return why
}

// hindersMeet lets those say that a condition is met who set it, and nobody of
// their own application.
func (p *Process) hindersMeet(c Case, s *Step, who Actor) []Missing {
	if !p.holds(c, s.Body, who) {
		return []Missing{sayOf("case.body", p.bodyName(s.Body))}
	}
	if who.Person == c.Applicant || slices.Contains(c.Writers, who.Person) {
		return []Missing{say("case.own")}
	}
	return nil
}

func (p *Process) undecided(c Case) []Missing {
	if c.Approved == 0 {
		return []Missing{say("case.undecided")}
	}
	return nil
}

func (p *Process) hindersWithdraw(c Case, who Actor) []Missing {
	bodies := p.Policy.Withdraw
	if c.Approved == 0 {
		bodies = append([]string{p.caseBody()}, bodies...)
	}
	return p.hindersBodies(c, bodies, who)
}

// hindersBodies wants one of some bodies.
func (p *Process) hindersBodies(c Case, bodies []string, who Actor) []Missing {
	for _, b := range bodies {
		if p.holds(c, b, who) {
			return nil
		}
	}
	name := Text{}
	if len(bodies) > 0 {
		name = p.bodyName(bodies[0])
	}
	return []Missing{sayOf("case.body", name)}
}

// holds reports whether somebody acts for a body in a case. The applicant
// does by having applied.
func (p *Process) holds(c Case, body string, who Actor) bool {
	if who.Person == "" {
		return false
	}
	if slices.Contains(who.Bodies, body) {
		return true
	}
	b, ok := p.Body(body)
	return ok && b.Scope == ScopeCase && who.Person == c.Applicant
}

func (p *Process) takesPart(c Case, who Actor) bool {
	for i := range p.Bodies {
		if p.holds(c, p.Bodies[i].ID, who) {
			return true
		}
	}
	return false
}

// caseBody is the body that the applicant is.
func (p *Process) caseBody() string {
	for _, b := range p.Bodies {
		if b.Scope == ScopeCase {
			return b.ID
		}
	}
	return ""
}

func (p *Process) bodyName(id string) Text {
	if b, ok := p.Body(id); ok {
		return b.Name
	}
	return Text{id, id}
}
