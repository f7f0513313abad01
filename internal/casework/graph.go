package casework

import "slices"

// Step finds a step.
func (p *Process) Step(id string) (*Step, bool) {
	return find(p.Steps, func(s *Step) bool { return s.ID == id })
}

// Body finds a body.
func (p *Process) Body(id string) (*Body, bool) {
	return find(p.Bodies, func(b *Body) bool { return b.ID == id })
}

// Task finds a task.
func (p *Process) Task(id string) (*Task, bool) {
	return find(p.Tasks, func(t *Task) bool { return t.ID == id })
}

// Protected reports whether one of the approvals is that of a body which
// answers for data protection, so that nothing is approved without its word.
func (p *Process) Protected() bool {
	for _, s := range p.Steps {
		if b, ok := p.Body(s.Body); ok && b.Protects && s.Approval && s.When == nil {
			return true
		}
	}
	return false
}

// Annex finds a kind of annex.
func (p *Process) Annex(id string) (*AnnexKind, bool) {
	return find(p.Annexes, func(a *AnnexKind) bool { return a.ID == id })
}

// Field finds a field of the application.
func (p *Process) Field(id string) (*Field, bool) {
	for i := range p.Tasks {
		if f, ok := find(p.Tasks[i].Fields, func(f *Field) bool { return f.ID == id }); ok {
			return f, true
		}
	}
	return nil, false
}

// Meaning finds the field of the application whose answer means something
// that is computed with, one of [Meanings].
func (p *Process) Meaning(means string) (*Field, bool) {
	for i := range p.Tasks {
		if f, ok := find(p.Tasks[i].Fields, func(f *Field) bool { return f.Means == means }); ok {
			return f, true
		}
	}
	return nil, false
}

// Effect finds the step with an effect.
func (p *Process) Effect(e Effect) (*Step, bool) {
	return find(p.Steps, func(s *Step) bool { return s.Effect == e })
}

func find[T any](all []T, is func(*T) bool) (*T, bool) {
	for i := range all {
		if is(&all[i]) {
			return &all[i], true
		}
	}
	return nil, false
}

// behind reports whether a step comes after another, however indirectly.
func (p *Process) behind(step, before string) bool {
	return slices.Contains(p.before(step), before)
}

// before lists all steps that come before one, nearest first.
func (p *Process) before(step string) []string {
	var out []string
	s, ok := p.Step(step)
	if !ok {
		return nil
	}
	queue := slices.Clone(s.After)
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if slices.Contains(out, id) {
			continue
		}
		out = append(out, id)
		if s, ok := p.Step(id); ok {
			queue = append(queue, s.After...)
		}
	}
	return out
}

// after lists all steps that come after one, in the order of the process.
func (p *Process) after(step string) []string {
	var out []string
	for i := range p.Steps {
		if p.behind(p.Steps[i].ID, step) {
			out = append(out, p.Steps[i].ID)
		}
	}
	return out
}

// establishing reports whether a step lies between decision and permits, the
// permits included: what [Facts.Blocked] stops.
func (p *Process) establishing(step string) bool {
	permit, ok := p.Effect(EffectPermit)
	decide, yes := p.Effect(EffectDecide)
	return ok && yes && p.behind(step, decide.ID) && (step == permit.ID || p.behind(permit.ID, step))
}

// Holds reports whether a condition on an answer holds; nil always does.
func (w *When) Holds(a Answers) bool {
	if w == nil {
		return true
	}
	x := a[w.Field]
	for _, is := range w.Is {
		if x.Text == is || slices.Contains(x.Many, is) {
			return true
		}
	}
	return false
}
