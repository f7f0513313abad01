package casework_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 1, 12, 8, 0, 0, 0, time.UTC)

// everyProcess is the three that the properties are held against.
func everyProcess(t testing.TB) []*casework.Process {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "fjordby.toml"))
	if err != nil {
		t.Fatal(err)
	}
	fjordby, err := casework.Parse("fjordby.toml", data)
	if err != nil {
		t.Fatal(err)
	}
	return append(shipped(t).All(), fjordby)
}

// machine is [casework.Process.Do], or a variant with a planted fault.
type machine func(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error)

func real(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	return p.Do(c, f, a, who, now)
}

// play is one case with random people.
type play struct {
	p, truth *casework.Process // what runs, and what should
	do       machine
	rnd      *rand.Rand
	people   []casework.Actor
	c        casework.Case
	f        casework.Facts
	now      time.Time
	o        *oracle
	seen     map[string]bool
	bold     bool // tries what is not in order, and meets no condition
}

func begin(p, truth *casework.Process, do machine, seed uint64) *play {
	g := &play{p: p, truth: truth, do: do, rnd: rand.New(rand.NewPCG(seed, 1)), now: start, seen: map[string]bool{}}
	for i := range 6 {
		who := casework.Actor{Person: fmt.Sprintf("p%d", i), Name: fmt.Sprintf("P %d", i)}
		for _, b := range p.Bodies {
			if g.rnd.IntN(3) == 0 {
				who.Bodies = append(who.Bodies, b.ID)
			}
		}
		g.people = append(g.people, who)
	}
	for _, b := range p.Bodies { // and one of each who is nothing else
		g.people = append(g.people, casework.Actor{Person: "only-" + b.ID, Name: b.ID, Bodies: []string{b.ID}})
	}
	applicant := g.people[g.rnd.IntN(len(g.people))]
	g.answers()
	g.c, _, _ = p.Open(casework.Opening{ID: "2026-001", Controller: "k"}, g.f, applicant, g.now)
	g.o = watch(truth, applicant.Person, g.now)
	return g
}

// answers makes up new ones for all that a When asks.
func (g *play) answers() {
	a := casework.Answers{}
	for _, s := range g.truth.Steps {
		if s.When != nil {
			a[s.When.Field] = casework.Answer{Text: []string{"yes", "no"}[g.rnd.IntN(2)]}
		}
	}
	g.f.Answers = a
}

// world makes up the rest of the facts; good leaves nothing to be desired.
func (g *play) world(good bool) casework.Facts {
	f := casework.Facts{Answers: g.f.Answers, Cameras: []string{"a", "b"}, Probed: []string{"a", "b"}, Stilled: []string{"a", "b"},
		Annexes: map[string]int{}, Documents: map[string]int{"guideline": 1 + g.rnd.IntN(3)}, Licence: g.f.Licence}
	for _, k := range g.p.Annexes {
		f.Annexes[k.ID] = 1
	}
	if good {
		return f
	}
	switch g.rnd.IntN(12) {
	case 0:
		task := g.p.Tasks[g.rnd.IntN(len(g.p.Tasks))].ID
		f.Missing = map[string][]casework.Missing{task: {{Key: "law.x", Refuses: true}}}
	case 1:
		f.Blocked = []casework.Missing{{Key: "case.blocked", Refuses: true}}
	case 2:
		f.Probed = f.Probed[:1]
	case 3:
		f.Stilled = nil
	case 4:
		f.Annexes = nil
	}
	return f
}

// fill gives an act what it must say.
func (g *play) fill(a casework.Act) casework.Act {
	s := stepOf(g.p, a.Step)
	a.Remarks, a.Evidence, a.Revision = "fordi", []string{"doc"}, g.c.Revision
	if a.Kind == casework.ActComplete || a.Kind == casework.ActApprove || a.Kind == casework.ActCondition {
		a.Answers = casework.Answers{}
		for _, f := range s.Needs.Fields {
			a.Answers[f.ID] = answer(f, g.now.AddDate(0, 0, -g.rnd.IntN(4)))
		}
		for _, x := range s.Needs.Confirm {
			a.Confirmed = append(a.Confirmed, x.ID)
		}
	}
	if a.Kind == casework.ActCondition {
		a.Conditions = []casework.Condition{{Text: "sæt et skilt mere op"}}
		if later := g.p.Steps[g.rnd.IntN(len(g.p.Steps))].ID; ahead(g.p, later)[a.Step] && g.rnd.IntN(2) == 0 {
			a.Conditions[0].Blocks = later
		}
	}
	if a.Kind == casework.ActApprove && g.rnd.IntN(20) == 0 {
		a.ValidTo = g.now.AddDate(0, 3, 0)
	}
	if a.Kind == casework.ActAdjust {
		a.Differences = []casework.Difference{{Field: "hours.x", Inside: g.rnd.IntN(4) > 0, Why: casework.Text{DA: "Derfor.", EN: "Therefore."}}}
	}
	return a
}

// answer is a good one.
func answer(f casework.Field, day time.Time) casework.Answer {
	zone, _ := time.LoadLocation("Europe/Copenhagen")
	switch f.Kind {
	case casework.FieldDate:
		return casework.Answer{Text: day.In(zone).Format(time.DateOnly)}
	case casework.FieldNumber:
		return casework.Answer{Text: strconv.Itoa(max(1, f.Min))}
	case casework.FieldYesNo:
		return casework.Answer{Text: "yes"}
	case casework.FieldChoice:
		return casework.Answer{Text: f.Choices[0].ID}
	case casework.FieldChoices:
		return casework.Answer{Many: []string{f.Choices[0].ID}}
	case casework.FieldRows, casework.FieldPeople:
		row := map[string]string{}
		for _, c := range f.RowColumns() {
			row[c.ID] = answer(c, day).Text
		}
		return casework.Answer{Rows: []map[string]string{row}}
	}
	return casework.Answer{Text: strings.Repeat("Sådan er det. ", 4)}
}

var kinds = []casework.ActKind{casework.ActSend, casework.ActComplete, casework.ActApprove, casework.ActCondition, casework.ActReturn, casework.ActRefuse,
	casework.ActOmit, casework.ActMeet, casework.ActRemark, casework.ActReopen, casework.ActWithdraw, casework.ActClose, casework.ActAdjust}

// random does one thing that somebody might try.
func (g *play) random() {
	who := g.people[g.rnd.IntN(len(g.people))]
	f := g.world(false)
	var a casework.Act
	if offers := g.p.May(g.c, f, who, g.now); len(offers) > 0 && g.rnd.IntN(5) > 0 {
		o := offers[g.rnd.IntN(len(offers))]
		if (o.Kind == casework.ActRefuse || o.Kind == casework.ActWithdraw || o.Kind == casework.ActClose) && g.rnd.IntN(6) > 0 {
			return // or nothing would ever come far
		}
		a = casework.Act{Kind: o.Kind, Step: o.Step, Condition: o.Condition}
	} else {
		a = casework.Act{Kind: kinds[g.rnd.IntN(len(kinds))], Step: g.p.Steps[g.rnd.IntN(len(g.p.Steps))].ID}
		if n := len(g.c.Conditions); n > 0 {
			a.Condition = g.c.Conditions[g.rnd.IntN(n)].ID
		}
	}
	if a.Kind == casework.ActSend {
		was := g.f.Answers
		g.answers()
		f.Answers = g.f.Answers
		if !g.try(g.fill(a), f, who) {
			g.f.Answers = was
		}
		return
	}
	a = g.fill(a)
	if g.rnd.IntN(15) == 0 {
		a.Revision--
	}
	if g.rnd.IntN(15) == 0 {
		a.Remarks, a.Evidence, a.Confirmed = "", nil, nil
	}
	g.try(a, f, who)
}

func (g *play) try(a casework.Act, f casework.Facts, who casework.Actor) bool {
	before := g.c
	c, events, err := g.do(g.p, g.c, f, a, who, g.now)
	if err != nil {
		g.told(err)
		return false
	}
	g.c = c
	g.o.saw(before, c, f, a, who, events, g.now)
	g.note()
	return true
}

// told wants a reason in both languages for every no.
func (g *play) told(err error) {
	var r *casework.Refusal
	if !errors.As(err, &r) || len(r.Why) == 0 {
		g.o.say("refused without a reason: %v", err)
		return
	}
	for _, m := range r.Why {
		made := m.Key == "law.x" || m.Key == "case.blocked" // by these plays
		if !m.Refuses || !made && (m.Text.DA == "" || m.Text.EN == "" || strings.Contains(m.Text.DA+m.Text.EN, "%!")) {
			g.o.say("no words for %+v", m)
		}
	}
}

func (g *play) note() {
	g.seen["case "+string(g.c.Status)] = true
	for id, s := range g.c.Steps {
		g.seen["step "+id+" "+string(s.Status)] = true
	}
}

func (g *play) wait(days int) {
	g.now = g.now.Add(time.Duration(days)*24*time.Hour + time.Duration(g.rnd.IntN(24))*time.Hour)
	c, events := g.p.Tick(g.c, g.f, g.now)
	g.c = c
	for _, e := range events {
		if e.Kind == casework.CaseExpired {
			g.o.ended = true
		}
	}
	g.note()
}

func snapshot(c casework.Case) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// finish lets willing people bring a case to operation. It reports whether the
// case came there or to another end.
func (g *play) finish() bool {
	for _, b := range g.p.Bodies { // somebody steps in where all others wrote in the application
		g.people = append(g.people, casework.Actor{Person: "fresh-" + b.ID, Name: b.ID, Bodies: []string{b.ID}})
	}
	for range 40 * len(g.p.Steps) {
		if g.c.Status != casework.Open {
			return true
		}
		if !g.advance() {
			g.wait(21)
		}
	}
	return false
}

// advance does the first thing that leads on. The bold try it in a world that
// may not be good.
func (g *play) advance() bool {
	f := g.world(!g.bold || g.rnd.IntN(2) == 0)
	for _, x := range g.c.Conditions {
		if x.Met.IsZero() && !g.bold && g.anybody(casework.Act{Kind: casework.ActMeet, Condition: x.ID}, f, stepOf(g.p, x.Step).Body) {
			return true
		}
	}
	for _, turn := range g.p.Ball(g.c, g.now) {
		kind := map[casework.StepKind]casework.ActKind{casework.StepApply: casework.ActSend, casework.StepWork: casework.ActComplete, casework.StepDecision: casework.ActApprove}[stepOf(g.p, turn.Step).Kind]
		if g.anybody(casework.Act{Kind: kind, Step: turn.Step}, f, turn.Body) {
			return true
		}
	}
	return false
}

// anybody lets those of a body try an act, one after the other.
func (g *play) anybody(a casework.Act, f casework.Facts, body string) bool {
	scope := g.p.Bodies[slices.IndexFunc(g.p.Bodies, func(b casework.Body) bool { return b.ID == body })].Scope
	for _, i := range g.rnd.Perm(len(g.people)) {
		who := g.people[i]
		if !slices.Contains(who.Bodies, body) && (scope != casework.ScopeCase || who.Person != g.c.Applicant) {
			continue
		}
		full := g.fill(a)
		full.ValidTo = time.Time{}
		if g.try(full, f, who) {
			return true
		}
	}
	return false
}

func plays(t *testing.T, each int, run func(p *casework.Process, seed uint64)) {
	first := uint64(time.Now().UnixNano())
	if s := os.Getenv("CASEWORK_SEED"); s != "" {
		first, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("CASEWORK_SEED=%d", first)
	for _, p := range everyProcess(t) {
		for i := range each {
			run(p, first+uint64(i))
			if t.Failed() {
				t.Fatalf("process %s, seed %d", p.ID, first+uint64(i))
			}
		}
	}
}

// TestNothingIsRecordedUnapproved: whatever whoever tries, permits go out
// only behind every approval of the revision in force, nobody approves their
// own, no end is passed, and no case is trapped.
func TestNothingIsRecordedUnapproved(t *testing.T) {
	req.Shows(t, "CASE-1", "CASE-2", "CASE-11", "CASE-12", "CASE-17", "CASE-20", "LAW-13", "ID-3")
	n := 1500
	if testing.Short() {
		n = 300
	}
	permits := map[string]int{}
	plays(t, n, func(p *casework.Process, seed uint64) {
		g := begin(p, p, real, seed)
		g.walk(30 + g.rnd.IntN(120))
		if !g.finish() {
			t.Errorf("trapped: %s", snapshot(g.c))
		}
		if g.c.Permitted > 0 {
			permits[p.ID]++
		}
		for _, w := range g.o.wrong {
			t.Error(w)
		}
	})
	for id, m := range permits {
		t.Logf("%s: %d of %d cases came to permits", id, m, n)
		if m < n/20 {
			t.Error("the plays do not come far enough to show anything")
		}
	}
}

// walk lets people try n things, helped along now and then, while time passes.
func (g *play) walk(n int) {
	for range n {
		if g.rnd.IntN(3) == 0 {
			g.advance()
		}
		g.random()
		switch g.rnd.IntN(12) {
		case 0:
			g.wait(g.rnd.IntN(8))
		case 1:
			g.wait(45)
		}
		if g.rnd.IntN(60) == 0 {
			g.f.Licence = g.now.AddDate(0, 0, g.rnd.IntN(400))
		}
	}
}

// TestEveryStateIsReached: nothing in a process is dead. The plays are the same
// each time.
func TestEveryStateIsReached(t *testing.T) {
	req.Shows(t, "CASE-1", "CASE-20")
	for _, p := range everyProcess(t) {
		seen, plays := map[string]bool{}, uint64(0)
		missing := reachable(p)
		for ; len(missing) > 0 && plays < 6000; plays++ {
			g := begin(p, p, real, plays)
			g.walk(90)
			g.finish()
			for s := range g.seen {
				seen[s] = true
			}
			missing = slices.DeleteFunc(missing, func(s string) bool { return seen[s] })
		}
		t.Logf("%s: all after %d plays", p.ID, plays)
		for _, s := range missing {
			t.Errorf("%s: never came to %q", p.ID, s)
		}
	}
}

// reachable lists every state that a process speaks of.
func reachable(p *casework.Process) []string {
	var out []string
	for _, s := range []casework.Status{casework.Open, casework.Established, casework.Refused, casework.Withdrawn, casework.Expired, casework.Closed} {
		out = append(out, "case "+string(s))
	}
	for _, s := range p.Steps {
		of := []casework.StepStatus{casework.StepOpen, casework.StepDone}
		if s.When != nil {
			of = append(of, casework.StepNeedless)
		}
		if s.Omittable {
			of = append(of, casework.StepOmitted)
		}
		if slices.Contains(s.May, casework.ActRefuse) {
			of = append(of, casework.StepRefused)
		}
		if len(s.After) > 0 {
			of = append(of, casework.StepWaiting)
		}
		for _, x := range of {
			out = append(out, "step "+s.ID+" "+string(x))
		}
	}
	return out
}

// without is a process in which nothing asks for one step.
func without(p *casework.Process, id string) *casework.Process {
	q := *p
	q.Steps = nil
	gone := stepOf(p, id)
	for _, s := range p.Steps {
		if s.ID == id {
			continue
		}
		if i := slices.Index(s.After, id); i >= 0 {
			s.After = append(slices.Delete(slices.Clone(s.After), i, i+1), gone.After...)
		}
		if s.Wait != nil && s.Wait.Since == id {
			s.Wait = nil
		}
		q.Steps = append(q.Steps, s)
	}
	return &q
}

// TestPlantedFaultsAreCaught shows that the properties above can fail: each
// variant of the machine has one fault, and the same plays must find it.
func TestPlantedFaultsAreCaught(t *testing.T) {
	req.Shows(t, "CASE-12")
	type fault struct {
		name string
		p    *casework.Process
		do   machine
	}
	for _, p := range everyProcess(t) {
		var faults []fault
		for _, s := range p.Steps {
			if s.Effect == casework.EffectNone && (s.Approval || ahead(p, effect(p, casework.EffectPermit).ID)[s.ID] && s.Kind == casework.StepWork && !s.Omittable) {
				faults = append(faults, fault{"no " + s.ID, without(p, s.ID), real})
			}
		}
		faults = append(faults,
			fault{"one may approve one's own", p, ownApproval},
			fault{"an end is no end", p, endless},
			fault{"conditions are taken as met", p, unconditional},
			fault{"approvals of an older revision stand", p, sticky},
			fault{"refusals of the law are passed", p, lawless},
		)
		if slices.ContainsFunc(p.Steps, func(s casework.Step) bool { return s.Wait != nil }) {
			faults = append(faults, fault{"six weeks are over at once", p, hasty})
		}
		for _, x := range faults {
			caught := ""
			for seed := uint64(1); seed < 400 && caught == ""; seed++ {
				g := begin(x.p, p, x.do, seed)
				g.bold = true
				g.walk(60)
				g.finish()
				if len(g.o.wrong) > 0 {
					caught = g.o.wrong[0]
				}
			}
			if caught == "" {
				t.Errorf("%s: %q was not caught", p.ID, x.name)
			} else {
				t.Logf("%s: %s: %s", p.ID, x.name, caught)
			}
		}
	}
}

func ownApproval(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	if stepOf(p, a.Step).Kind != casework.StepDecision {
		return p.Do(c, f, a, who, now)
	}
	applicant, writers := c.Applicant, c.Writers
	c.Applicant, c.Writers = "nobody", nil
	d, e, err := p.Do(c, f, a, who, now)
	d.Applicant, d.Writers = applicant, writers
	return d, e, err
}

func endless(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	if c.Status != casework.Open && c.Status != casework.Established {
		c.Status = casework.Open
	}
	return p.Do(c, f, a, who, now)
}

func unconditional(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	if a.Kind == casework.ActComplete {
		c.Conditions = slices.Clone(c.Conditions)
		for i := range c.Conditions {
			c.Conditions[i].Met = now
		}
	}
	return p.Do(c, f, a, who, now)
}

func sticky(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	d, e, err := p.Do(c, f, a, who, now)
	if err == nil && a.Kind == casework.ActSend {
		for _, s := range p.Steps {
			if x := d.Steps[s.ID]; s.Approval && s.Effect == casework.EffectNone && x.Revision > 0 {
				x.Status, x.Revision = casework.StepDone, d.Revision
				d.Steps[s.ID] = x
			}
		}
	}
	return d, e, err
}

func lawless(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	f.Missing, f.Blocked = nil, nil
	return p.Do(c, f, a, who, now)
}

func hasty(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
	if stepOf(p, a.Step).Wait != nil {
		return p.Do(c, f, a, who, now.AddDate(0, 0, 42))
	}
	return p.Do(c, f, a, who, now)
}

// TestDoIsPure: the same arguments, the same answer, and what is returned can
// be changed without changing what was given.
func TestDoIsPure(t *testing.T) {
	plays(t, 60, func(p *casework.Process, seed uint64) {
		g := begin(p, p, func(p *casework.Process, c casework.Case, f casework.Facts, a casework.Act, who casework.Actor, now time.Time) (casework.Case, []casework.Event, error) {
			was := snapshot(c)
			one, events, err := p.Do(c, f, a, who, now)
			if err == nil {
				spoil(&one)
			}
			if snapshot(c) != was {
				t.Errorf("%s: the result shares something with the case given", a.Kind)
			}
			two, again, err2 := p.Do(c, f, a, who, now)
			if (err == nil) != (err2 == nil) || !reflect.DeepEqual(events, again) {
				t.Errorf("%s: two answers to one question", a.Kind)
			}
			return two, again, err2
		}, seed)
		for range 80 {
			g.random()
		}
	})
}

func spoil(c *casework.Case) {
	for id, s := range c.Steps {
		s.Remarks = "spoilt"
		for k := range s.Answers {
			s.Answers[k] = casework.Answer{Text: "spoilt"}
		}
		for i := range s.Confirmed {
			s.Confirmed[i] = "spoilt"
		}
		c.Steps[id] = s
	}
	for i := range c.Conditions {
		c.Conditions[i].Text = "spoilt"
	}
	for i := range c.Writers {
		c.Writers[i] = "spoilt"
	}
	for k := range c.Documents {
		c.Documents[k] = -1
	}
}
