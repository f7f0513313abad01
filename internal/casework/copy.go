package casework

import (
	"maps"
	"slices"
	"time"
)

// clone shares nothing with c.
func (c Case) clone() Case {
	c.Locations = slices.Clone(c.Locations)
	c.Writers = slices.Clone(c.Writers)
	c.Conditions = slices.Clone(c.Conditions)
	c.Documents = maps.Clone(c.Documents)
	steps := make(map[string]StepState, len(c.Steps))
	for id, s := range c.Steps {
		s.Answers = s.Answers.Clone()
		s.Confirmed = slices.Clone(s.Confirmed)
		s.Evidence = slices.Clone(s.Evidence)
		s.Documents = maps.Clone(s.Documents)
		steps[id] = s
	}
	c.Steps = steps
	return c
}

// Clone shares nothing with a.
func (a Answers) Clone() Answers {
	if a == nil {
		return nil
	}
	out := make(Answers, len(a))
	for id, x := range a {
		x.Many = slices.Clone(x.Many)
		x.Rows = slices.Clone(x.Rows)
		for i, r := range x.Rows {
			x.Rows[i] = maps.Clone(r)
		}
		out[id] = x
	}
	return out
}

// Clone shares nothing with a.
func (a Application) Clone() Application {
	a.Answers = a.Answers.Clone()
	a.Cameras = slices.Clone(a.Cameras)
	for i := range a.Cameras {
		a.Cameras[i].Affirmed = slices.Clone(a.Cameras[i].Affirmed)
		a.Cameras[i].Extra = maps.Clone(a.Cameras[i].Extra)
	}
	a.Hours = slices.Clone(a.Hours)
	for i := range a.Hours {
		a.Hours[i] = a.Hours[i].clone()
	}
	a.Frame = a.Frame.clone()
	a.Drawings = slices.Clone(a.Drawings)
	a.Annexes = slices.Clone(a.Annexes)
	return a
}

func (p Pattern) clone() Pattern {
	for i, s := range p.Hours.Week {
		p.Hours.Week[i] = slices.Clone(s)
	}
	p.Hours.Dates = slices.Clone(p.Hours.Dates)
	for i := range p.Hours.Dates {
		p.Hours.Dates[i].Spans = slices.Clone(p.Hours.Dates[i].Spans)
	}
	return p
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sooner is the earlier of two moments, zero being never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
