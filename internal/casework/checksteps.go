package casework

import "slices"

// steps checks each step by itself.
func (c *checker) steps() {
	steps := map[string]bool{}
	all := map[string]bool{}
	for i := range c.p.Steps {
		all[c.p.Steps[i].ID] = true
	}
	for i := range c.p.Steps {
		s := &c.p.Steps[i]
		path := at("steps", i)
		c.ids = steps
		c.id(path, s.ID)
		c.text(below(path, "title"), s.Title)
		c.body(below(path, "body"), s.Body)
		if !slices.ContainsFunc(c.p.Phases, func(p Phase) bool { return p.ID == s.Phase }) {
			c.fail(below(path, "phase"), "there is no phase %q", s.Phase)
		}
		c.oneOf(below(path, "kind"), string(s.Kind), string(StepApply), string(StepWork), string(StepDecision))
		c.oneOf(below(path, "effect"), string(s.Effect), string(EffectNone), string(EffectDecide), string(EffectPermit), string(EffectMount), string(EffectBegin))
		for j, id := range s.After {
			if !all[id] {
				c.fail(below(path, "after", j), "there is no step %q", id)
			}
		}
		c.when(path, s.When, c.fields)
		c.acts(path, s, all)
		c.needs(path, s)
		if s.Wait != nil {
			c.wait(path, s, all)
		}
		if s.Days < 0 || s.Days == 0 && len(s.Remind) > 0 {
			c.fail(below(path, "days"), "reminders count from a number of days")
		}
	}
}

// acts checks who may do what.
func (c *checker) acts(path []any, s *Step, all map[string]bool) {
	b, _ := c.p.Body(s.Body)
	applicant := b != nil && b.Scope == ScopeCase
	may := []string{string(ActReturn)}
	switch s.Kind {
	case StepDecision:
		may = append(may, string(ActApprove), string(ActCondition), string(ActRefuse))
		if !slices.Contains(s.May, ActApprove) {
			c.fail(below(path, "may"), "a decision can approve")
		}
		if applicant {
			c.fail(below(path, "body"), "the applicant does not decide (H 2.4, ID-3)")
		}
	case StepApply:
		may = nil
		if !applicant {
			c.fail(below(path, "body"), "the applicant applies")
		}
	}
	for i, k := range s.May {
		if !slices.Contains(may, string(k)) {
			c.fail(below(path, "may", i), "a step of kind %s has no act %q", s.Kind, k)
		}
	}
	if slices.Contains(s.May, ActReturn) != (s.ReturnTo != "") {
		c.fail(below(path, "return_to"), "who can send back says where to, and nobody else does")
	}
	if s.ReturnTo != "" && !all[s.ReturnTo] {
		c.fail(below(path, "return_to"), "there is no step %q", s.ReturnTo)
	}
	if s.Approval && s.Kind != StepDecision {
		c.fail(below(path, "approval"), "an approval is a decision")
	}
	if s.Keeps && s.Kind != StepWork {
		c.fail(below(path, "keeps"), "only work keeps: what was decided or sent is of one revision")
	}
	if s.Omittable && (s.Kind != StepWork || s.Effect != EffectNone || s.Wait != nil) {
		c.fail(below(path, "omittable"), "an application, a decision, a wait or an effect is never let go")
	}
	if s.When != nil && (s.Kind == StepApply || s.Effect != EffectNone || s.Wait != nil) {
		c.fail(below(path, "when"), "an application, a wait or an effect is never needless")
	}
}

// needs checks what must be there before a step is done.
func (c *checker) needs(path []any, s *Step) {
	path = below(path, "needs")
	for i, id := range s.Needs.Tasks {
		if _, ok := c.p.Task(id); !ok {
			c.fail(below(path, "tasks", i), "there is no task %q", id)
		}
	}
	for i, id := range s.Needs.Annexes {
		if _, ok := c.p.Annex(id); !ok {
			c.fail(below(path, "annexes", i), "there is no kind of annex %q", id)
		}
	}
	if s.Kind == StepApply && len(s.Needs.Tasks) == 0 {
		c.fail(below(path, "tasks"), "an application asks for something")
	}
	own := map[string]*Field{}
	for i := range s.Needs.Fields {
		own[s.Needs.Fields[i].ID] = &s.Needs.Fields[i]
	}
	c.ids = map[string]bool{}
	for i := range s.Needs.Fields {
		f := &s.Needs.Fields[i]
		c.field(below(path, "fields", i), f, own)
		if f.Means != "" && f.Means != MeansDone {
			c.fail(below(path, "fields", i, "means"), "a field of a step means %q or nothing", MeansDone)
		}
	}
	c.ids = map[string]bool{}
	for i, x := range s.Needs.Confirm {
		c.id(below(path, "confirm", i), x.ID)
		c.text(below(path, "confirm", i, "text"), x.Text)
	}
}

func (c *checker) wait(path []any, s *Step, all map[string]bool) {
	path = below(path, "wait")
	if !all[s.Wait.Since] {
		c.fail(below(path, "since"), "there is no step %q", s.Wait.Since)
		return
	}
	since, _ := c.p.Step(s.Wait.Since)
	if since.Omittable || since.When != nil {
		c.fail(below(path, "since"), "%q can be passed over, so nothing can be counted from it", since.ID)
	}
	if s.Wait.Days < 1 {
		c.fail(below(path, "days"), "at least one day")
	}
	if s.Wait.Field == "" {
		return
	}
	f, ok := find(since.Needs.Fields, func(f *Field) bool { return f.ID == s.Wait.Field })
	if !ok || f.Kind != FieldDate || f.Means != MeansDone || f.Optional || f.When != nil {
		c.fail(below(path, "field"), "%q is no date of %q that is always asked and means %q", s.Wait.Field, since.ID, MeansDone)
	}
}

// graph checks how the steps hang together. Every step and reference is good.
func (c *checker) graph() {
	p := c.p
	for i := range p.Steps {
		s := &p.Steps[i]
		if p.behind(s.ID, s.ID) {
			c.fail(at("steps", i, "after"), "%q waits for itself, in a circle: it can never open", s.ID)
		}
	}
	if len(c.wrong) > 0 {
		return
	}
	one := map[Effect]int{}
	for i := range p.Steps {
		if e := p.Steps[i].Effect; e != EffectNone {
			one[e]++
			if one[e] > 1 {
				c.fail(at("steps", i, "effect"), "the effect %q is there twice", e)
			}
		}
	}
	for _, e := range []Effect{EffectDecide, EffectPermit, EffectBegin} {
		if one[e] == 0 {
			c.fail(at("steps"), "no step has the effect %q", e)
		}
	}
	if len(c.wrong) > 0 {
		return
	}
	decide, _ := p.Effect(EffectDecide)
	permit, _ := p.Effect(EffectPermit)
	begin, _ := p.Effect(EffectBegin)
	approvals, asked := 0, map[string]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		path := at("steps", i)
		if s.Approval {
			approvals++
			if s.ID != decide.ID && !p.behind(decide.ID, s.ID) {
				c.fail(path, "the decision %q does not wait for the approval %q", decide.ID, s.ID)
			}
			if !p.behind(permit.ID, s.ID) {
				c.fail(path, "the permits of %q do not wait for the approval %q", permit.ID, s.ID)
			}
		}
		if s.ID != begin.ID && !p.behind(begin.ID, s.ID) && !p.behind(s.ID, begin.ID) {
			c.fail(path, "nothing waits for %q: it leads to no end", s.ID)
		}
		if s.Kind == StepApply {
			for _, id := range s.Needs.Tasks {
				asked[id] = true
			}
			c.apply(path, s, decide)
		}
		c.leads(path, s, decide)
	}
	if approvals == 0 {
		c.fail(at("steps"), "no step is an approval")
	}
	if !p.behind(permit.ID, decide.ID) {
		c.fail(at("steps"), "the permits of %q do not wait for the decision %q", permit.ID, decide.ID)
	}
	if !p.behind(begin.ID, permit.ID) {
		c.fail(at("steps"), "operation %q does not wait for the permits of %q", begin.ID, permit.ID)
	}
	for i := range p.Tasks {
		if !asked[p.Tasks[i].ID] {
			c.fail(at("tasks", i), "no application asks for the task %q", p.Tasks[i].ID)
		}
	}
	if len(asked) == 0 {
		c.fail(at("steps"), "nobody applies")
	}
}

// apply wants each approval, and the decision, behind each application: one
// that comes before could never stand for what is sent later.
func (c *checker) apply(path []any, s, decide *Step) {
	for i := range c.p.Steps {
		if a := &c.p.Steps[i]; a.Approval && !c.p.behind(a.ID, s.ID) {
			c.fail(path, "the approval %q does not wait for %q, so it can never stand for what is sent there", a.ID, s.ID)
		}
	}
	if !c.p.behind(decide.ID, s.ID) {
		c.fail(path, "the decision does not wait for %q", s.ID)
	}
}

// leads checks where a step looks back to.
func (c *checker) leads(path []any, s, decide *Step) {
	p := c.p
	if s.ReturnTo != "" {
		if !p.behind(s.ID, s.ReturnTo) {
			c.fail(below(path, "return_to"), "%q does not come before %q", s.ReturnTo, s.ID)
		}
		if p.behind(s.ID, decide.ID) && !p.behind(s.ReturnTo, decide.ID) {
			c.fail(below(path, "return_to"), "after the decision nothing goes back to before it")
		}
	}
	if slices.Contains(s.May, ActRefuse) && p.behind(s.ID, decide.ID) {
		c.fail(below(path, "may"), "what was decided is withdrawn or closed, not refused")
	}
	if s.Wait != nil && !p.behind(s.ID, s.Wait.Since) {
		c.fail(below(path, "wait", "since"), "%q does not come before %q", s.Wait.Since, s.ID)
	}
	permit, _ := p.Effect(EffectPermit)
	if s.Wait != nil && s.ID != permit.ID && !p.behind(permit.ID, s.ID) {
		c.fail(below(path, "wait"), "the permits do not wait for %q", s.ID)
	}
}
