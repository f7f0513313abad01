package casework_test

import (
	"fmt"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
)

// oracle follows a case from the outside, by the acts that were accepted
// alone, and says when something was let out that should not have been. It
// shares no code with the machine: it has a graph and a memory of its own.
type oracle struct {
	p         *casework.Process
	writers   map[string]bool
	revision  int
	approved  int // the revision at the decision
	approvals map[string]int
	done      map[string]time.Time // from when a step counts as done, for those whose word is kept
	at        map[string]time.Time // when it was entered
	let       map[string]bool      // omitted
	conds     map[string]cond
	opened    time.Time
	ended     bool
	wrong     []string
}

type cond struct {
	step, blocks string
	met          bool
}

func watch(p *casework.Process, applicant string, opened time.Time) *oracle {
	return &oracle{p: p, writers: map[string]bool{applicant: true}, approvals: map[string]int{}, done: map[string]time.Time{},
		at: map[string]time.Time{}, let: map[string]bool{}, conds: map[string]cond{}, opened: opened}
}

func (o *oracle) say(format string, args ...any) {
	o.wrong = append(o.wrong, fmt.Sprintf(format, args...))
}

func stepOf(p *casework.Process, id string) casework.Step {
	for _, s := range p.Steps {
		if s.ID == id {
			return s
		}
	}
	return casework.Step{}
}

// ahead lists what comes before a step, by walking the file's own arrows.
func ahead(p *casework.Process, id string) map[string]bool {
	out := map[string]bool{}
	var walk func(string)
	walk = func(id string) {
		for _, a := range stepOf(p, id).After {
			if !out[a] {
				out[a] = true
				walk(a)
			}
		}
	}
	walk(id)
	return out
}

func effect(p *casework.Process, e casework.Effect) casework.Step {
	i := slices.IndexFunc(p.Steps, func(s casework.Step) bool { return s.Effect == e })
	return p.Steps[i]
}

func holds(w *casework.When, a casework.Answers) bool {
	return w == nil || slices.Contains(w.Is, a[w.Field].Text) || slices.ContainsFunc(a[w.Field].Many, func(x string) bool { return slices.Contains(w.Is, x) })
}

// saw takes in one accepted act with the case and events that it led to.
func (o *oracle) saw(before, after casework.Case, f casework.Facts, a casework.Act, who casework.Actor, events []casework.Event, now time.Time) {
	if o.ended && a.Kind != casework.ActRemark {
		o.say("%s was accepted after the end", a.Kind)
	}
	s := stepOf(o.p, a.Step)
	switch a.Kind {
	case casework.ActSend:
		o.revision++
		o.writers[who.Person] = true
		o.fresh(a.Step)
		o.mark(s, a, now)
	case casework.ActReopen:
		o.fresh(a.Step)
	case casework.ActReturn:
		o.fresh(s.ReturnTo)
	case casework.ActApprove, casework.ActCondition, casework.ActRefuse:
		if o.writers[who.Person] {
			o.say("%s did %s at %s on their own application", who.Person, a.Kind, a.Step)
		}
		if a.Kind != casework.ActRefuse {
			o.approvals[a.Step] = o.revision
			o.mark(s, a, now)
		}
		for _, x := range after.Conditions {
			if _, known := o.conds[x.ID]; !known {
				o.conds[x.ID] = cond{step: a.Step, blocks: x.Blocks}
			}
		}
	case casework.ActComplete:
		o.mark(s, a, now)
	case casework.ActOmit:
		o.let[a.Step] = true
		if !s.Omittable {
			o.say("%s was let go", a.Step)
		}
	case casework.ActMeet:
		x := o.conds[a.Condition]
		x.met = true
		o.conds[a.Condition] = x
	case casework.ActAdjust:
		o.revision++
		for _, s := range o.p.Steps {
			if s.Needs.Probe && before.Permitted > 0 && len(f.Probed) < len(f.Cameras) {
				o.say("a change lets a camera record that was never tested")
			}
		}
	}
	for _, e := range events {
		switch e.Kind {
		case casework.CaseDecided:
			o.approved = o.revision
		case casework.PermitDue:
			o.permit(f, a, now)
		case casework.CaseRefused, casework.CaseWithdrawn, casework.CaseClosed, casework.CaseExpired, casework.CaseReplaced:
			o.ended = true
		}
	}
	if a.Kind == casework.ActRefuse || a.Kind == casework.ActWithdraw || a.Kind == casework.ActClose {
		o.ended = true
	}
	if before.Revision > after.Revision {
		o.say("the revision went back")
	}
}

// mark notes that a step was done, and from when that counts.
func (o *oracle) mark(s casework.Step, a casework.Act, now time.Time) {
	o.at[s.ID], o.done[s.ID] = now, now
	for _, x := range o.p.Steps {
		if x.Wait == nil || x.Wait.Since != s.ID || x.Wait.Field == "" {
			continue
		}
		zone, _ := time.LoadLocation("Europe/Copenhagen")
		d, err := time.ParseInLocation(time.DateOnly, a.Answers[x.Wait.Field].Text, zone)
		if err != nil {
			o.say("%s was done without its date", s.ID)
			continue
		}
		if d.Before(o.opened) {
			d = o.opened
		}
		o.done[s.ID] = d
		if d.After(now) {
			o.done[s.ID] = now
		}
	}
	if s.Wait != nil && (a.Kind == casework.ActComplete) {
		from, ok := o.done[s.Wait.Since]
		// Summer time may take an hour off a wait that is counted in days.
		if !ok || now.Sub(from) < time.Duration(s.Wait.Days)*24*time.Hour-time.Hour {
			o.say("%s was done %s after %s, not %d days", s.ID, now.Sub(from), s.Wait.Since, s.Wait.Days)
		}
	}
}

// fresh forgets what was done behind a step that is open again.
func (o *oracle) fresh(step string) {
	delete(o.at, step)
	for _, s := range o.p.Steps {
		if !ahead(o.p, s.ID)[step] {
			continue
		}
		delete(o.approvals, s.ID)
		delete(o.let, s.ID)
		if !s.Keeps {
			delete(o.at, s.ID)
			delete(o.done, s.ID)
		}
		for id, x := range o.conds {
			if x.step == s.ID {
				delete(o.conds, id)
			}
		}
	}
}

// permit is asked when permits go out.
func (o *oracle) permit(f casework.Facts, a casework.Act, now time.Time) {
	out := effect(o.p, casework.EffectPermit)
	way := ahead(o.p, out.ID)
	way[out.ID] = true
	if o.ended {
		o.say("permits after the end")
	}
	if o.approved == 0 {
		o.say("permits without a decision")
	}
	for _, s := range o.p.Steps {
		needed := holds(s.When, f.Answers)
		if s.Approval && needed {
			if rev, ok := o.approvals[s.ID]; !ok || rev != o.approved {
				o.say("permits for revision %d without the approval %s (of %d)", o.approved, s.ID, rev)
			}
		}
		if way[s.ID] && needed && a.Kind != casework.ActAdjust {
			if _, ok := o.at[s.ID]; !ok && !o.let[s.ID] {
				o.say("permits without %s", s.ID)
			}
		}
	}
	for id, x := range o.conds {
		if way[x.blocks] && !x.met && a.Kind != casework.ActAdjust {
			o.say("permits before the condition %s is met", id)
		}
	}
	for task, list := range f.Missing {
		for _, m := range list {
			if m.Refuses {
				o.say("permits although %s refuses in %s", m.Key, task)
			}
		}
	}
	if len(f.Blocked) > 0 {
		o.say("permits although blocked")
	}
	if !f.Licence.IsZero() && !now.Before(f.Licence) {
		o.say("permits after the police's permit")
	}
}
