package casework

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LongestYears is how long an approval without an end of its own lasts: as
// long as a permit can (L § 2 stk. 2-4, and the house for every other).
const LongestYears = 5

// Opening is what a case begins with.
type Opening struct {
	ID, Number, Controller, Administration, Title string
	Locations                                     []string
	Replaces                                      string // the case that it changes
}

// Open begins a case; who opens it applies (H 2.1 A).
func (p *Process) Open(o Opening, f Facts, who Actor, now time.Time) (Case, []Event, error) {
	if o.ID == "" || who.Person == "" || now.Before(p.InForce) {
		return Case{}, nil, refuse([]Missing{say("case.act")})
	}
	r := &run{p: p, f: f, who: who, now: now, c: Case{
		ID: o.ID, Number: o.Number, Controller: o.Controller, Administration: o.Administration, Locations: slices.Clone(o.Locations),
		Process: p.ID, Version: p.Version, Title: o.Title, Applicant: who.Person, Writers: []string{who.Person},
		Opened: now, Status: Open, Replaces: o.Replaces, Steps: map[string]StepState{},
	}}
	r.say(CaseOpened, "", "")
	r.settle()
	return r.c, r.events, nil
}

// Do does one act, or refuses it: then the error has a key and, in its chain,
// a [Refusal] with every reason, and the case is as it was. What it returns
// shares nothing with its arguments.
func (p *Process) Do(c Case, f Facts, a Act, who Actor, now time.Time) (Case, []Event, error) {
	if c.Process != p.ID || c.Version != p.Version {
		return c, nil, fmt.Errorf("case %s runs under %s %d, not %s %d", c.ID, c.Process, c.Version, p.ID, p.Version)
	}
	if why := p.hinders(c, f, a.Kind, a.Step, who, now); len(why) > 0 {
		return c, nil, refuse(why)
	}
	if why := p.lacks(c, f, a, who, now); len(why) > 0 {
		return c, nil, refuse(why)
	}
	r := &run{p: p, c: c.clone(), f: f, who: who, now: now}
	r.act(a)
	if r.c.Status == Open || r.c.Status == Established {
		r.settle()
	}
	return r.c, r.events, nil
}

// lacks says what an act itself does not say and must.
func (p *Process) lacks(c Case, f Facts, a Act, who Actor, now time.Time) []Missing {
	var why []Missing
	reason := false
	switch a.Kind {
	case ActRefuse, ActReturn, ActOmit, ActWithdraw, ActClose, ActRemark, ActMeet, ActAdjust:
		reason = true
	}
	if reason && strings.TrimSpace(a.Remarks) == "" {
		why = append(why, say("case.reason"))
	}
	switch a.Kind {
	case ActComplete, ActApprove, ActCondition, ActSend:
		s, _ := p.Step(a.Step)
		why = append(why, s.lacks(a, now)...)
		why = append(why, s.sooner(a, f)...)
	case ActMeet:
		x, ok := c.condition(a.Condition)
		if !ok || !x.Met.IsZero() {
			return []Missing{say("case.no-condition")}
		}
		s, _ := p.Step(x.Step)
		why = append(why, p.hindersMeet(c, s, who)...)
	case ActAdjust:
		if len(a.Differences) == 0 {
			why = append(why, say("case.no-change"))
		}
		for _, d := range a.Differences {
			if !d.Inside {
				m := sayOf("case.outside", d.Why)
				m.Field, m.Camera, m.Cite = d.Field, d.Camera, d.Cite
				why = append(why, m)
			}
		}
	}
	if a.Kind == ActApprove || a.Kind == ActCondition {
		if a.Revision != c.Revision {
			return []Missing{say("case.revision")}
		}
		if !a.ValidTo.IsZero() && !a.ValidTo.After(now) {
			why = append(why, say("case.valid-to"))
		}
	}
	if a.Kind == ActCondition {
		why = append(why, p.wrongConditions(c, a)...)
	}
	return why
}

func (s *Step) lacks(a Act, now time.Time) []Missing {
	var why []Missing
	for i := range s.Needs.Fields {
		fld := &s.Needs.Fields[i]
		if !fld.When.Holds(a.Answers) {
			continue
		}
		found := fld.check(a.Answers[fld.ID])
		if d, ok := parseDay(a.Answers[fld.ID].Text); ok && fld.Kind == FieldDate && fld.Means == MeansDone && d.After(now) {
			m := sayOf("case.future", fld.Label)
			m.Field = fld.ID
			found = append(found, m)
		}
		why = append(why, found...)
	}
	for id := range a.Answers {
		if _, ok := find(s.Needs.Fields, func(f *Field) bool { return f.ID == id }); !ok {
			m := say("field.unknown")
			m.Field = id
			why = append(why, m)
		}
	}
	for _, x := range s.Needs.Confirm {
		if !slices.Contains(a.Confirmed, x.ID) {
			m := sayOf("case.confirm", x.Text)
			m.Field = x.ID
			why = append(why, m)
		}
	}
	if s.Needs.Evidence && len(a.Evidence) == 0 && strings.TrimSpace(a.Remarks) == "" {
		why = append(why, say("case.evidence"))
	}
	return why
}

// DoneOn is the day on which a step was done, as it was said at the step, or the
// moment at which it was entered.
func (s *Step) DoneOn(st StepState) time.Time {
	for i := range s.Needs.Fields {
		if f := &s.Needs.Fields[i]; f.Means == MeansDone {
			if d, ok := parseDay(st.Answers[f.ID].Text); ok {
				return d.UTC()
			}
		}
	}
	return st.Since
}

// sooner refuses a day on which those who work there had not all been told: what
// is counted from it (H 8: six weeks) is counted from what is on record.
func (s *Step) sooner(a Act, f Facts) []Missing {
	if !s.Needs.Staff || f.Told.IsZero() {
		return nil
	}
	var why []Missing
	for i := range s.Needs.Fields {
		fld := &s.Needs.Fields[i]
		if d, ok := parseDay(a.Answers[fld.ID].Text); ok && fld.Means == MeansDone && d.AddDate(0, 0, 1).Before(f.Told) {
			told := dayText(f.Told)
			m := sayOf("case.told", fld.Label, told.DA)
			m.Text.EN, m.Field = sayOf("case.told", fld.Label, told.EN).Text.EN, fld.ID
			why = append(why, m)
		}
	}
	return why
}

// wrongConditions wants words, and a step that is still to come and leads on
// from the approval. Without a step it is the one that lets permits out.
func (p *Process) wrongConditions(c Case, a Act) []Missing {
	if len(a.Conditions) == 0 {
		return []Missing{say("case.conditions")}
	}
	for _, x := range a.Conditions {
		if strings.TrimSpace(x.Text) == "" {
			return []Missing{say("case.conditions")}
		}
		if x.Blocks == "" {
			continue
		}
		st := c.Steps[x.Blocks].Status
		if !p.behind(x.Blocks, a.Step) || st == StepDone || st == StepOmitted {
			return []Missing{say("case.blocks")}
		}
	}
	return nil
}

func (c Case) condition(id string) (Condition, bool) {
	for _, x := range c.Conditions {
		if x.ID == id {
			return x, true
		}
	}
	return Condition{}, false
}

// act does what was found in order.
func (r *run) act(a Act) {
	switch a.Kind {
	case ActRemark:
		r.say(Remarked, a.Step, a.Remarks)
	case ActReopen:
		r.say(Reopened, a.Step, a.Remarks)
		r.reset(a.Step)
	case ActMeet:
		for i := range r.c.Conditions {
			if x := &r.c.Conditions[i]; x.ID == a.Condition {
				x.Met, x.MetBy, x.How = r.now, r.who.Person, a.Remarks
				r.say(ConditionMet, x.Step, a.Remarks, "condition", x.ID)
			}
		}
	case ActWithdraw:
		r.end(Withdrawn, CaseWithdrawn, "", a.Remarks)
	case ActClose:
		r.end(Closed, CaseClosed, "", a.Remarks)
	case ActAdjust:
		r.c.Revision++
		r.say(CaseAdjusted, "", a.Remarks, r.revision()...)
		if r.c.Permitted > 0 {
			r.permit("")
		}
	default:
		r.step(a)
	}
}

// step does what is done at a step.
func (r *run) step(a Act) {
	s, _ := r.p.Step(a.Step)
	st := r.c.Steps[s.ID]
	st.By, st.Name, st.Act, st.Remarks = r.who.Person, r.who.Name, a.Kind, a.Remarks
	st.Status, st.Since, st.Due, st.Late = StepDone, r.now, time.Time{}, false
	if a.Kind == ActSend {
		r.c.Revision++
		if !slices.Contains(r.c.Writers, r.who.Person) {
			r.c.Writers = append(r.c.Writers, r.who.Person)
		}
	}
	st.Revision = r.c.Revision
	if a.Kind != ActOmit && a.Kind != ActReturn && a.Kind != ActRefuse {
		st.Answers, st.Confirmed, st.Evidence = a.Answers.Clone(), slices.Clone(a.Confirmed), slices.Clone(a.Evidence)
	}
	st.ValidTo, st.Documents = a.ValidTo, maps.Clone(r.f.Documents)
	switch a.Kind {
	case ActOmit:
		st.Status = StepOmitted
		r.c.Steps[s.ID] = st
		r.say(StepLetGo, s.ID, a.Remarks)
		return
	case ActReturn:
		r.c.Steps[s.ID] = st
		r.say(StepReturned, s.ID, a.Remarks, "to", s.ReturnTo)
		st.Status = StepWaiting
		r.c.Steps[s.ID] = st
		r.reset(s.ReturnTo)
		return
	case ActRefuse:
		st.Status = StepRefused
		r.c.Steps[s.ID] = st
		r.end(Refused, CaseRefused, s.ID, a.Remarks)
		return
	}
	r.c.Steps[s.ID] = st
	switch a.Kind {
	case ActSend:
		r.say(ApplicationSent, s.ID, a.Remarks, r.revision()...)
	case ActApprove, ActCondition:
		r.say(StepApproved, s.ID, a.Remarks, append(r.revision(), "conditions", strconv.Itoa(len(a.Conditions)))...)
		r.conditions(s, a)
	default:
		r.say(StepWasDone, s.ID, a.Remarks)
	}
	r.effect(s)
}

// conditions take the place of those that the same step set before.
func (r *run) conditions(s *Step, a Act) {
	if a.Kind != ActCondition {
		return
	}
	permit, _ := r.p.Effect(EffectPermit)
	for i, x := range a.Conditions {
		if x.Blocks == "" {
			x.Blocks = permit.ID
		}
		x = Condition{ID: fmt.Sprintf("%s-%d-%d", s.ID, r.c.Revision, i+1), Text: strings.TrimSpace(x.Text), Step: s.ID, Blocks: x.Blocks, By: r.who.Person, At: r.now}
		r.c.Conditions = append(r.c.Conditions, x)
		r.say(ConditionSet, s.ID, x.Text, "condition", x.ID, "blocks", x.Blocks)
	}
}

func (r *run) effect(s *Step) {
	switch s.Effect {
	case EffectDecide:
		r.c.Decided, r.c.Approved, r.c.Documents = r.now, r.c.Revision, maps.Clone(r.f.Documents)
		r.c.ValidTo = r.now.In(zone()).AddDate(LongestYears, 0, 0).UTC()
		for _, x := range r.c.Steps {
			if x.Status == StepDone {
				r.c.ValidTo = sooner(r.c.ValidTo, x.ValidTo)
			}
		}
		r.say(CaseDecided, s.ID, "", append(r.revision(), "valid_to", r.c.ValidTo.UTC().Format(time.RFC3339))...)
	case EffectPermit:
		r.permit(s.ID)
	case EffectBegin:
		r.c.Status = Established
		r.say(CaseEstablished, s.ID, "")
	}
}

func (r *run) permit(step string) {
	r.c.Permitted = r.c.Revision
	r.say(PermitDue, step, "", append(r.revision(), "replaces", r.c.Replaces)...)
}

// Replace ends a case whose place another has taken. Nothing is taken back
// here: the permits of the other replace those of this one, and what it does
// not go on with is taken back by whoever lets the new ones out.
func (p *Process) Replace(old Case, by string, who Actor, now time.Time) (Case, []Event) {
	if old.Status != Open && old.Status != Established {
		return old.clone(), nil
	}
	r := &run{p: p, c: old.clone(), who: who, now: now}
	r.end(Closed, CaseReplaced, "", "", "by", by)
	return r.c, r.events
}
