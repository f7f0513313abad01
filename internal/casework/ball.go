package casework

import (
	"fmt"
	"time"
)

// Turn is one step that waits for somebody.
type Turn struct {
	Step     string    `json:"step"`
	Body     string    `json:"body"`
	Since    time.Time `json:"since"`
	Due      time.Time `json:"due,omitzero"`
	Earliest time.Time `json:"earliest,omitzero"` // it may not be done before
	Late     bool      `json:"late"`
}

// Ball says which steps are open: who holds the ball, since when, and until
// when. A case that has ended waits for nobody.
func (p *Process) Ball(c Case, now time.Time) []Turn {
	if c.Status != Open && c.Status != Established {
		return nil
	}
	var out []Turn
	for i := range p.Steps {
		s := &p.Steps[i]
		st := c.Steps[s.ID]
		if st.Status != StepOpen {
			continue
		}
		out = append(out, Turn{Step: s.ID, Body: s.Body, Since: st.Since, Due: st.Due, Earliest: p.earliest(c, s),
			Late: !st.Due.IsZero() && !now.Before(st.Due)})
	}
	return out
}

// Tick lets time do what nobody did: a case whose approval or police permit has
// ended expires, one whose places are all shut closes (CASE-17), and a step that is late is said to be, once. The
// facts are those of every act: without the answers, steps would be judged as
// if nothing had been answered.
func (p *Process) Tick(c Case, f Facts, now time.Time) (Case, []Event) {
	r := &run{p: p, c: c.clone(), f: f, now: now}
	if c.Status != Open && c.Status != Established {
		return r.c, nil
	}
	if expired(c, f, now) {
		r.end(Expired, CaseExpired, "", "")
		return r.c, r.events
	}
	if f.Shut != "" {
		r.end(Closed, CaseClosed, "", f.Shut)
		return r.c, r.events
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		st := r.c.Steps[s.ID]
		if st.Status == StepOpen && !st.Late && !st.Due.IsZero() && !now.Before(st.Due) {
			st.Late = true
			r.c.Steps[s.ID] = st
			r.say(StepLate, s.ID, "")
		}
	}
	r.settle()
	return r.c, r.events
}

// ReminderKind says what is reminded of.
type ReminderKind string

// The kinds of reminder.
const (
	RemindSoon     ReminderKind = "soon"     // a step is due soon
	RemindLate     ReminderKind = "late"     // a step is late
	RemindEscalate ReminderKind = "escalate" // the body above is told that it is
	RemindEnding   ReminderKind = "ending"   // the approval runs out
)

// Reminder is one message that is due: who is told of what. Whoever sends it
// keeps its Key, so that it is sent once.
type Reminder struct {
	Key    string       `json:"key"` // the same for the same message of the same case
	Kind   ReminderKind `json:"kind"`
	Step   string       `json:"step"`   // empty for RemindEnding
	Bodies []string     `json:"bodies"` // who is told
	At     time.Time    `json:"at"`     // when it became due
	Due    time.Time    `json:"due"`    // what is reminded of: the step's, or the end of the approval
}

// Due lists the reminders whose time has come by now (CASE-19). They stay in
// the list while what they remind of stays undone.
func (p *Process) Due(c Case, f Facts, now time.Time) []Reminder {
	if p.over(c, f, now) {
		return nil
	}
	var out []Reminder
	add := func(r Reminder) {
		if !now.Before(r.At) && len(r.Bodies) > 0 {
			r.Key = fmt.Sprintf("%s/%s/%d/%d", r.Kind, r.Step, r.Due.Unix(), r.At.Unix())
			out = append(out, r)
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		st := c.Steps[s.ID]
		if st.Status != StepOpen || st.Due.IsZero() {
			continue
		}
		last := st.Due
		for _, days := range s.Remind {
			at, kind := st.Due.AddDate(0, 0, -days), RemindSoon
			if days <= 0 {
				kind, last = RemindLate, later(last, at)
			}
			if !at.Before(st.Since) {
				add(Reminder{Kind: kind, Step: s.ID, Bodies: []string{s.Body}, At: at, Due: st.Due})
			}
		}
		if b, ok := p.Body(s.Body); ok && b.Escalate != "" {
			add(Reminder{Kind: RemindEscalate, Step: s.ID, Bodies: []string{b.Escalate}, At: last, Due: st.Due})
		}
	}
	if end := sooner(c.ValidTo, f.Licence); c.Approved > 0 && !end.IsZero() {
		bodies := append([]string{p.caseBody()}, p.Policy.Adjust...)
		for _, days := range p.Policy.Warn {
			if at := end.AddDate(0, 0, -days); !at.Before(c.Decided) {
				add(Reminder{Kind: RemindEnding, Bodies: unique(bodies), At: at, Due: end})
			}
		}
	}
	return out
}

func unique(all []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, x := range all {
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}

// Offer is one act that somebody may do, or may not and why.
type Offer struct {
	Kind      ActKind   `json:"kind"`
	Step      string    `json:"step,omitempty"`
	Condition string    `json:"condition,omitempty"` // of ActMeet
	OK        bool      `json:"ok"`
	Why       []Missing `json:"why,omitempty"`  // of a no
	Until     time.Time `json:"until,omitzero"` // when time alone makes it a yes
}

// May lists what somebody can do in a case now: the acts of every step whose
// body they are, and what concerns the case as a whole. Those that are refused
// are listed with all that stands against them, those that others do are not.
// The application's tasks, a step's fields and the reasons that an act must
// give are not asked here: they come with the act.
func (p *Process) May(c Case, f Facts, who Actor, now time.Time) []Offer {
	var out []Offer
	add := func(kind ActKind, step, condition string, why []Missing) {
		o := Offer{Kind: kind, Step: step, Condition: condition, OK: len(why) == 0, Why: why}
		for _, m := range why {
			if m.Until.IsZero() {
				o.Until = time.Time{}
				break
			}
			o.Until = later(o.Until, m.Until)
		}
		out = append(out, o)
	}
	if !p.takesPart(c, who) {
		return nil
	}
	add(ActRemark, "", "", p.hinders(c, f, ActRemark, "", who, now))
	if p.over(c, f, now) {
		return out
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		st := c.Steps[s.ID].Status
		if !p.holds(c, s.Body, who) || st == StepNeedless || st == StepOmitted || st == StepDone && s.Kind != StepApply {
			continue
		}
		for _, kind := range s.acts() {
			if (kind == ActReopen) != (st == StepDone) {
				continue
			}
			add(kind, s.ID, "", p.hindersStep(c, f, kind, s, who, now))
		}
	}
	for _, x := range c.Conditions {
		s, _ := p.Step(x.Step)
		if x.Met.IsZero() && p.holds(c, s.Body, who) {
			add(ActMeet, x.Step, x.ID, p.hindersMeet(c, s, who))
		}
	}
	for _, k := range []ActKind{ActWithdraw, ActClose, ActAdjust} {
		why := p.hinders(c, f, k, "", who, now)
		if len(why) == 0 || why[0].Key != "case.body" && why[0].Key != "case.undecided" {
			add(k, "", "", why)
		}
	}
	return out
}

// acts lists the acts that a step takes.
func (s *Step) acts() []ActKind {
	var out []ActKind
	for _, k := range []ActKind{ActSend, ActReopen, ActComplete, ActApprove, ActCondition, ActReturn, ActRefuse, ActOmit} {
		if s.takes(k) {
			out = append(out, k)
		}
	}
	return out
}
