package casework

import (
	"strconv"
	"time"
)

// run is one act on its way through a case that is nobody else's.
type run struct {
	p      *Process
	c      Case
	f      Facts
	who    Actor
	now    time.Time
	events []Event
}

func (r *run) say(kind EventKind, step, remarks string, data ...string) {
	e := Event{Kind: kind, Step: step, At: r.now, Person: r.who.Person, Name: r.who.Name, Remarks: remarks}
	if s, ok := r.p.Step(step); ok {
		e.Body = s.Body
	}
	for i := 0; i+1 < len(data); i += 2 {
		if e.Data == nil {
			e.Data = map[string]string{}
		}
		e.Data[data[i]] = data[i+1]
	}
	r.events = append(r.events, e)
}

func (r *run) revision() []string { return []string{"revision", strconv.Itoa(r.c.Revision)} }

// passed reports whether what waits for a step waits no longer. A step that
// is not needed lets through what those before it let through.
func (p *Process) passed(c Case, f Facts, step string) bool {
	s, ok := p.Step(step)
	if !ok {
		return false
	}
	switch c.Steps[step].Status {
	case StepOmitted:
		return s.Omittable && (!s.Keeps || p.ready(c, f, s))
	case StepDone:
		// What keeps stays done while what comes before it is done anew, and
		// lets nobody past that.
		return !s.Keeps || p.ready(c, f, s)
	case StepRefused:
		return false
	}
	return !s.When.Holds(f.Answers) && p.ready(c, f, s)
}

// ready reports whether all before a step is passed.
func (p *Process) ready(c Case, f Facts, s *Step) bool {
	for _, id := range s.After {
		if !p.passed(c, f, id) {
			return false
		}
	}
	return true
}

// settle gives each step that nobody has done the status that follows from
// the others.
func (r *run) settle() {
	for i := range r.p.Steps {
		s := &r.p.Steps[i]
		was := r.c.Steps[s.ID]
		is := was
		switch {
		case was.Status == StepDone || was.Status == StepOmitted || was.Status == StepRefused:
			continue
		case !s.When.Holds(r.f.Answers):
			is.Status = StepNeedless
		case r.p.ready(r.c, r.f, s):
			is.Status = StepOpen
		default:
			is.Status = StepWaiting
		}
		if is.Status == was.Status {
			continue
		}
		is.Since, is.Due, is.Late = r.now, time.Time{}, false
		if is.Status == StepOpen {
			if s.Days > 0 {
				is.Due = later(r.now, r.p.earliest(r.c, s)).In(zone()).AddDate(0, 0, s.Days).UTC()
			}
			r.say(StepOpened, s.ID, "")
		}
		r.c.Steps[s.ID] = is
	}
}

// reset opens a step again, and what was done or approved behind it no longer
// stands. Who did it, when and on which revision stays to be read.
func (r *run) reset(step string) {
	open := r.c.Steps[step]
	open.Status, open.Since, open.Due, open.Late = StepWaiting, r.now, time.Time{}, false
	r.c.Steps[step] = open
	for _, id := range r.p.after(step) {
		s, _ := r.p.Step(id)
		st := r.c.Steps[id]
		done := st.Status == StepDone || st.Status == StepOmitted
		if done && s.Keeps || st.Status == StepNeedless || st.Status == StepWaiting {
			continue
		}
		st.Status, st.Since, st.Due, st.Late = StepWaiting, r.now, time.Time{}, false
		r.c.Steps[id] = st
		if done {
			r.say(StepReset, id, "")
		}
	}
	var kept []Condition
	for _, x := range r.c.Conditions {
		if st := r.c.Steps[x.Step].Status; st == StepDone {
			kept = append(kept, x)
			continue
		}
		r.say(ConditionLapsed, x.Step, x.Text, "condition", x.ID)
	}
	r.c.Conditions = kept
}

// end ends the case; what was let out is taken back.
func (r *run) end(s Status, e EventKind, step, reason string, data ...string) {
	r.c.Status, r.c.Ended, r.c.Reason = s, r.now, reason
	r.say(e, step, reason, data...)
	if r.c.Permitted > 0 && e != CaseReplaced {
		r.say(PermitRevoke, step, reason)
	}
}

// earliest is when a step may be done at the earliest because of its wait, by
// what is done; zero: at any time, or not known yet.
func (p *Process) earliest(c Case, s *Step) time.Time {
	if s.Wait == nil {
		return time.Time{}
	}
	st := c.Steps[s.Wait.Since]
	if st.Status != StepDone {
		return time.Time{}
	}
	from := st.Since
	if d, ok := parseDay(st.Answers[s.Wait.Field].Text); ok && s.Wait.Field != "" && d.Before(from) {
		from = later(d, c.Opened)
	}
	return from.In(zone()).AddDate(0, 0, s.Wait.Days).UTC()
}

// over reports whether a case has ended, or would have if somebody had looked.
func (p *Process) over(c Case, f Facts, now time.Time) bool {
	switch c.Status {
	case Open, Established:
		return expired(c, f, now)
	}
	return true
}

func expired(c Case, f Facts, now time.Time) bool {
	if c.Approved == 0 {
		return false
	}
	end := sooner(c.ValidTo, f.Licence)
	return !end.IsZero() && !now.Before(end)
}
