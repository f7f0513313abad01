package reminder

import (
	"context"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
)

// tiding is one message of a case before it is known who gets it.
type tiding struct {
	key    string
	kind   string // "turn", "soon", "late", "escalate", "ending", "news"
	event  string // of "news": the text's key
	step   string
	due    time.Time
	bodies []string
	// by is who did it: nobody is told what they did themselves.
	by string
	// quiet ones count as told and are not sent: a newer one says the same.
	quiet bool
}

// open is one case with what is to be told of it.
type open struct {
	casework.Case
	process *casework.Process
	list    []tiding
}

// tidings gathers what is to be told, case by case, in the order of coming up.
type tidings struct {
	room  *Room
	cases []*open
	by    map[[2]string]*open
}

func newTidings(r *Room) *tidings { return &tidings{room: r, by: map[[2]string]*open{}} }

func (t *tidings) of(c casework.Case, p *casework.Process) *open {
	key := [2]string{c.Controller, c.ID}
	o := t.by[key]
	if o == nil {
		o = &open{Case: c, process: p}
		t.by[key] = o
		t.cases = append(t.cases, o)
	}
	return o
}

// happened gathers what the journals say from one moment to before another.
func (t *tidings) happened(ctx context.Context, from, to time.Time) error {
	all, err := t.room.Cases.Happened(ctx, from, to.Add(time.Microsecond))
	if err != nil {
		return err
	}
	for _, e := range all {
		c, p, err := t.room.Cases.Get(ctx, e.Controller, e.Case)
		if err != nil {
			return err
		}
		if d, ok := tell(c, p, e); ok {
			o := t.of(c, p)
			o.list = append(o.list, d)
		}
	}
	return nil
}

// tell says what an entry of the journal is to whom, if to anybody.
func tell(c casework.Case, p *casework.Process, e dossier.Entry) (tiding, bool) {
	d := tiding{key: "event/" + strconv.FormatInt(e.Seq, 10), kind: "news", event: string(e.Kind), step: e.Step, by: e.Person}
	switch e.Kind {
	case casework.StepOpened:
		s, ok := p.Step(e.Step)
		if !ok || c.Steps[e.Step].Status != casework.StepOpen || c.Status != casework.Open && c.Status != casework.Established {
			return d, false // it is done already, or nobody's turn any more
		}
		d.kind, d.event, d.bodies, d.due = "turn", "", []string{s.Body}, c.Steps[e.Step].Due
	case casework.StepReturned, casework.StepApproved, casework.ConditionSet, casework.ConditionLapsed, casework.StepLetGo, casework.Remarked:
		d.bodies = applicants(p)
	case casework.CaseDecided, casework.CaseAdjusted, casework.CaseEstablished:
		d.bodies = union(applicants(p), p.Policy.Adjust)
	case casework.CaseRefused, casework.CaseWithdrawn, casework.CaseClosed, casework.CaseExpired, casework.CaseReplaced, dossier.EventShut, dossier.EventRemoved:
		d.bodies = concerned(p)
	case dossier.EventWarning:
		if len(p.Policy.Warn) > 0 {
			return d, false // the process has days of its own: see casework.RemindEnding
		}
		ends, err := time.Parse(time.RFC3339, e.Data["ends"])
		if err != nil {
			return d, false
		}
		d.kind, d.event, d.due, d.bodies = "ending", "", ends, concerned(p)
	default:
		return d, false
	}
	return d, true
}

// applicants are the bodies that stand for the case itself.
func applicants(p *casework.Process) (out []string) {
	for i := range p.Bodies {
		if p.Bodies[i].Scope == casework.ScopeCase {
			out = append(out, p.Bodies[i].ID)
		}
	}
	return out
}

// concerned are the bodies that live with what becomes of the case.
func concerned(p *casework.Process) []string {
	return union(applicants(p), p.Policy.Adjust, p.Policy.Close, p.Policy.Withdraw)
}

func union(lists ...[]string) (out []string) {
	for _, l := range lists {
		for _, x := range l {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// due gathers the machine's reminders. Of several about one step, after days
// in which nothing could be told, the newest says it.
func (t *tidings) due(ctx context.Context) error {
	return t.room.Cases.Reminders(ctx, func(x dossier.Reminding) error {
		type about struct {
			passed bool // passed on to another body
			step   string
		}
		newest := map[about]casework.Reminder{}
		of := func(d casework.Reminder) about { return about{d.Kind == casework.RemindEscalate, d.Step} }
		for _, d := range x.Due {
			if was, ok := newest[of(d)]; !ok || d.At.After(was.At) {
				newest[of(d)] = d
			}
		}
		o := t.of(x.Case, x.Process)
		for _, d := range x.Due {
			o.list = append(o.list, tiding{key: d.Key, kind: string(d.Kind), step: d.Step, due: d.Due, bodies: d.Bodies, quiet: newest[of(d)].Key != d.Key})
		}
		return nil
	})
}
