package casework

import (
	"slices"
	"strings"
)

// AnnexPolice is the kind of annex that the police director's approval is.
const AnnexPolice = "police"

// purposeSafety is law.PurposeSafety, for the cameras of H 3.2.
const purposeSafety = "safety"

// beyond lists what the process itself demands beside form and law: a special
// reason to keep longer than is normal (H 5.2), and the police director's
// approval at some kinds of place (H 3.2). It adds to what the law demands and
// takes nothing away.
func (p *Process) beyond(a Application) map[string][]Missing {
	out := map[string][]Missing{}
	if f, ok := p.Meaning(MeansRetention); ok && p.RetentionDays(a) > p.Policy.RetentionNormal {
		why, asked := p.Meaning("retention.special")
		m := say("policy.retention", p.Policy.RetentionNormal)
		if asked {
			m = say("policy.special", p.Policy.RetentionNormal)
			f = why
		}
		if !asked || strings.TrimSpace(a.Answers[why.ID].Text) == "" {
			m.Field, m.Cite = f.ID, f.Cite
			task, _ := p.taskOf(f.Means)
			out[task] = append(out[task], m)
		}
	}
	k, ok := p.Annex(AnnexPolice)
	if !ok || slices.ContainsFunc(a.Annexes, func(x Annex) bool { return x.Kind == AnnexPolice }) {
		return out
	}
	for _, w := range a.Cameras {
		if w.PurposeKind != purposeSafety || !slices.Contains(p.Policy.PoliceApproval, w.Place) {
			continue
		}
		task := p.annexTask()
		m := sayOf("policy.police", Text{w.Name, w.Name})
		m.Camera, m.Field, m.Cite = w.Camera, AnnexPolice, k.Cite
		out[task] = append(out[task], m)
	}
	return out
}

// annexTask is where annexes are attached.
func (p *Process) annexTask() string {
	if t, ok := find(p.Tasks, func(t *Task) bool { return t.Kind == TaskAnnexes }); ok {
		return t.ID
	}
	return p.Tasks[0].ID
}
