package cases

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
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

// word says a value of a camera as people read it: the law's ids have names.
func (v *visit) word(field, value string) string {
	rules, lang := v.s.Law.At(v.Now), string(v.Lang)
	named := func(list []law.Kind) string {
		for _, k := range list {
			if k.ID == value {
				return k.Name.In(lang)
			}
		}
		return value
	}
	switch field {
	case "camera.purpose_kind":
		return v.Or("wanted.slags."+value, value)
	case "camera.basis":
		if b, ok := rules.Basis(value); ok {
			return b.Cite
		}
	case "camera.place":
		if p, ok := rules.Place(value); ok {
			return p.Name.In(lang)
		}
	case "camera.activity":
		return named(rules.Activities())
	case "camera.affirmed":
		return v.affirmed(rules, value)
	case "camera.sound", "camera.recording":
		return v.Or("change."+value, value)
	}
	return value
}

// affirmed are the conditions of a list of ids, in words.
func (v *visit) affirmed(rules law.Rules, ids string) string {
	var out []string
	for _, id := range strings.FieldsFunc(ids, func(r rune) bool { return r == ',' || r == ' ' }) {
		text := id
		for _, b := range rules.Bases() {
			for _, c := range b.Conditions {
				if c.ID == id {
					text = c.Text.In(string(v.Lang))
				}
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

// chosen are choices of which one is on.
func chosen(list []fds.Choice, value string) []fds.Choice {
	list = slices.Clone(list)
	for i := range list {
		list[i].On = list[i].Value == value
	}
	return list
}
