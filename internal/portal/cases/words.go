package cases

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
)

// statusBadge is where a case stands, in words.
func (v *visit) statusBadge(c casework.Case) fds.Badge {
	key, tone := string(c.Status), fds.Plain
	switch c.Status {
	case casework.Open:
		tone = fds.Info
		switch {
		case c.Revision == 0:
			key, tone = "draft", fds.Plain
		case !c.Decided.IsZero():
			key = "establishing"
		}
	case casework.Established:
		tone = fds.Success
	case casework.Refused, casework.Withdrawn, casework.Expired:
		tone = fds.Warning
	}
	return fds.Badge{Tone: tone, Text: v.T("case.status." + key)}
}

// stepBadge is where a step stands, in words.
func (v *visit) stepBadge(s casework.StepState, late bool) fds.Badge {
	tone := fds.Plain
	key := string(s.Status)
	switch s.Status {
	case casework.StepOpen:
		tone = fds.Info
		if late {
			key, tone = "late", fds.Warning
		}
	case casework.StepDone:
		tone = fds.Success
		if s.Act == casework.ActApprove || s.Act == casework.ActCondition {
			key = string(s.Act)
		}
	case casework.StepRefused:
		tone = fds.Error
	}
	return fds.Badge{Tone: tone, Text: v.T("step.status." + key)}
}

// stepIcon stands beside the words.
func stepIcon(s casework.StepStatus) string {
	switch s {
	case casework.StepDone:
		return "success"
	case casework.StepOpen:
		return "hourglass"
	case casework.StepRefused:
		return "error"
	}
	return "more-horiz"
}

// body is the name of an instance.
func (v *visit) body(p *casework.Process, id string) string {
	if b, ok := p.Body(id); ok {
		return v.text(b.Name)
	}
	return id
}

// stepName is the title of a step.
func (v *visit) stepName(p *casework.Process, id string) string {
	if s, ok := p.Step(id); ok {
		return v.text(s.Title)
	}
	return id
}

// since says since when, or nothing.
func (v *visit) since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return v.T("case.since", v.When(t, v.Now))
}

// due says when it must be done.
func (v *visit) due(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Before(v.Now):
		return v.T("case.due.late", v.Date(t))
	}
	return v.T("case.due", v.Date(t))
}

// offered says whether a step is this person's to do: what others do is not
// offered at all.
func offered(look dossier.View, step string) bool {
	return slices.ContainsFunc(look.Offers, func(o casework.Offer) bool { return o.Step == step && o.Kind != casework.ActMeet })
}
