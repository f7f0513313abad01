package casework_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// story is one case told by name: who does what, and it must go well.
type story struct {
	t   *testing.T
	p   *casework.Process
	c   casework.Case
	f   casework.Facts
	now time.Time
	log []casework.Event
}

func tell(t *testing.T, id string) *story {
	s := &story{t: t, p: newest(t, id), now: start}
	s.f = casework.Facts{Answers: casework.Answers{}, Annexes: map[string]int{}, Cameras: []string{"a"}, Probed: []string{"a"}, Stilled: []string{"a"},
		Documents: map[string]int{"guideline": 3, "installation-concept": 7}}
	c, events, err := s.p.Open(casework.Opening{ID: "2026-014", Number: "SD-1", Controller: id, Locations: []string{"aulum-skole"}, Title: "Aulum Skole"}, s.f, s.who("applicant"), s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.c, s.log = c, events
	return s
}

func (s *story) who(body string) casework.Actor {
	return casework.Actor{Person: body, Name: body, Bodies: []string{body}}
}

func (s *story) act(kind casework.ActKind, step string) casework.Act {
	g := play{p: s.p, c: s.c, now: s.now, rnd: begin(s.p, s.p, real, 1).rnd}
	a := g.fill(casework.Act{Kind: kind, Step: step})
	a.ValidTo = time.Time{}
	for _, f := range stepOf(s.p, step).Needs.Fields {
		if f.Kind == casework.FieldDate && a.Answers != nil {
			a.Answers[f.ID] = answer(f, s.now)
		}
	}
	return a
}

func (s *story) do(kind casework.ActKind, step string) *story {
	s.t.Helper()
	return s.doAct(s.act(kind, step))
}

func (s *story) doAct(a casework.Act) *story {
	s.t.Helper()
	c, events, err := s.p.Do(s.c, s.f, a, s.who(stepOf(s.p, a.Step).Body), s.now)
	if err != nil {
		s.t.Fatalf("%s at %s: %v", a.Kind, a.Step, err)
	}
	s.c, s.log = c, append(s.log, events...)
	return s
}

// no wants an act to be refused with a key.
func (s *story) no(key string, a casework.Act, who casework.Actor) *story {
	s.t.Helper()
	was := snapshot(s.c)
	c, events, err := s.p.Do(s.c, s.f, a, who, s.now)
	if fault.Key(err) != key || len(events) > 0 || snapshot(c) != was {
		s.t.Errorf("%s at %s: %v with %d events; want %s", a.Kind, a.Step, err, len(events), key)
	}
	var r *casework.Refusal
	if err != nil && (!errors.As(err, &r) || len(r.Why) == 0 || r.Why[0].Text.DA == "" || r.Why[0].Text.EN == "") {
		s.t.Errorf("%s at %s: no words: %v", a.Kind, a.Step, err)
	}
	return s
}

func (s *story) happened(kind casework.EventKind) int {
	n := 0
	for _, e := range s.log {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (s *story) days(n int) *story { s.now = s.now.AddDate(0, 0, n); return s }

// applied is Herning's case up to the approvals.
func applied(t *testing.T) *story {
	s := tell(t, "herning")
	s.do(casework.ActSend, "inquiry").do(casework.ActComplete, "handover").do(casework.ActApprove, "ground").do(casework.ActSend, "application").
		do(casework.ActComplete, "supplier").do(casework.ActComplete, "it-remarks").do(casework.ActComplete, "dpo-remarks").
		do(casework.ActComplete, "buildings").do(casework.ActComplete, "technical")
	return s
}

var approvals = []string{"approve-risk", "approve-dpo", "approve-it", "approve-administration", "approve-director"}

func approved(t *testing.T) *story {
	s := applied(t)
	for _, a := range approvals {
		s.do(casework.ActApprove, a)
	}
	return s
}

// TestHerningFromEnquiryToOperation runs H 2.1 to 2.5 in order, with who holds
// the ball at each point.
func TestHerningFromEnquiryToOperation(t *testing.T) {
	req.Shows(t, "CASE-1", "CASE-2", "CASE-3", "CASE-4", "CASE-5", "CASE-6", "CASE-7", "CASE-11", "CASE-12", "CASE-13", "CASE-14")
	s := tell(t, "herning")
	ball := func(want ...string) {
		t.Helper()
		var got []string
		for _, turn := range s.p.Ball(s.c, s.now) {
			got = append(got, turn.Body+"/"+turn.Step)
			if turn.Since.IsZero() {
				t.Errorf("%s: since when?", turn.Step)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("ball: %v, want %v", got, want)
		}
	}
	ball("applicant/inquiry")
	s.do(casework.ActSend, "inquiry")
	ball("it/handover")
	s.do(casework.ActComplete, "handover")
	ball("risk/ground")
	s.do(casework.ActApprove, "ground")
	ball("applicant/application")
	if x := s.c.Steps["ground"]; x.Answers["ground-remarks"].Empty() || x.Answers["pool"].Empty() {
		t.Error("the coordinator's remarks are not in view")
	}
	s.do(casework.ActSend, "application").do(casework.ActComplete, "supplier")
	if x := s.c.Steps["supplier"]; x.Answers["price"].Empty() || x.Documents["guideline"] != 3 || x.Documents["installation-concept"] != 7 || len(x.Confirmed) != 2 {
		t.Errorf("the supplier was given which version: %+v", x)
	}
	ball("it/it-remarks")
	s.do(casework.ActComplete, "it-remarks")
	ball("dpo/dpo-remarks", "buildings/buildings", "it/technical")
	s.do(casework.ActComplete, "dpo-remarks").do(casework.ActComplete, "buildings")
	a := s.act(casework.ActComplete, "technical")
	s.f.Probed = nil
	s.no("case.probe", a, s.who("it"))
	s.f.Probed = []string{"a"}
	s.doAct(a)
	ball("risk/approve-risk", "dpo/approve-dpo", "it/approve-it")
	s.no("case.before", s.act(casework.ActComplete, "coordinate"), s.who("it"))
	s.do(casework.ActApprove, "approve-risk").do(casework.ActApprove, "approve-dpo").do(casework.ActApprove, "approve-it")
	ball("administration/approve-administration")
	s.do(casework.ActApprove, "approve-administration").do(casework.ActApprove, "approve-director")
	ball("it/gather")
	s.do(casework.ActComplete, "gather")
	if s.c.Approved != 2 || s.happened(casework.CaseDecided) != 1 || s.c.Documents["guideline"] != 3 {
		t.Errorf("%+v", s.c)
	}
	s.do(casework.ActComplete, "coordinate")
	ball("manager/talk-management", "manager/talk-staff", "manager/talk-board", "manager/talk-citizens", "manager/med", "manager/staff-notice", "manager/signs")
	for _, x := range []string{"talk-management", "talk-staff", "talk-board", "med", "staff-notice", "signs"} {
		s.do(casework.ActComplete, x)
	}
	s.do(casework.ActOmit, "talk-citizens").days(42)
	s.do(casework.ActComplete, "install").do(casework.ActComplete, "service")
	if s.happened(casework.PermitDue) > 0 {
		t.Error("permits before the recording pattern was set")
	}
	s.do(casework.ActComplete, "pattern")
	if s.happened(casework.PermitDue) != 1 || s.c.Permitted != 2 {
		t.Error("no permits")
	}
	s.do(casework.ActComplete, "training").do(casework.ActComplete, "polcam")
	s.f.Stilled = nil
	s.no("case.still", s.act(casework.ActComplete, "follow-up"), s.who("applicant"))
	s.f.Stilled = []string{"a"}
	s.do(casework.ActComplete, "follow-up").do(casework.ActComplete, "operation")
	if s.c.Status != casework.Established || len(s.p.Ball(s.c, s.now)) > 0 {
		t.Errorf("%s", s.c.Status)
	}
}

// TestNoGroundEndsTheCase (H 2.1 B-C).
func TestNoGroundEndsTheCase(t *testing.T) {
	req.Shows(t, "CASE-2", "CASE-12")
	s := tell(t, "herning").do(casework.ActSend, "inquiry").do(casework.ActComplete, "handover")
	a := s.act(casework.ActRefuse, "ground")
	a.Remarks = ""
	s.no("case.reason", a, s.who("risk"))
	a.Remarks = "Et enkelt tyveri er ikke nok."
	s.doAct(a)
	if s.c.Status != casework.Refused || s.c.Reason != a.Remarks || s.c.Ended.IsZero() {
		t.Errorf("%+v", s.c)
	}
	s.no("case.ended", s.act(casework.ActSend, "application"), s.who("applicant"))
}

// TestSixWeeks: installation waits for the staff notice and for MED, whoever
// asks (H 8, LAW-13).
func TestSixWeeks(t *testing.T) {
	req.Shows(t, "INFO-3", "INFO-4", "LAW-13", "CASE-13")
	s := approved(t).do(casework.ActComplete, "gather").do(casework.ActComplete, "coordinate")
	everything := casework.Actor{Person: "chef"}
	for _, b := range s.p.Bodies {
		everything.Bodies = append(everything.Bodies, b.ID)
	}
	for _, x := range []string{"talk-management", "talk-staff", "talk-board", "talk-citizens"} {
		s.do(casework.ActOmit, x)
	}
	s.do(casework.ActComplete, "signs").do(casework.ActComplete, "med")
	for _, x := range []string{"med", "staff-notice", "install"} {
		s.no("case.act", casework.Act{Kind: casework.ActOmit, Step: x, Remarks: "haster"}, everything)
	}
	s.no("case.before", s.act(casework.ActComplete, "install"), everything)
	future := s.act(casework.ActComplete, "staff-notice")
	future.Answers["sent"] = casework.Answer{Text: s.now.AddDate(0, 0, 2).Format(time.DateOnly)}
	s.no("case.future", future, everything)
	// A notice from long before the case tells nothing of it.
	early := s.act(casework.ActComplete, "staff-notice")
	early.Answers["sent"] = casework.Answer{Text: "2025-06-01"}
	s.doAct(early)
	for range 41 {
		s.no("case.wait", s.act(casework.ActComplete, "install"), everything)
		s.days(1)
	}
	offers := s.p.May(s.c, s.f, s.who("it"), s.now)
	i := slices.IndexFunc(offers, func(o casework.Offer) bool { return o.Step == "install" && o.Kind == casework.ActComplete })
	if i < 0 || offers[i].OK || offers[i].Until.IsZero() || !offers[i].Until.Equal(s.p.Ball(s.c, s.now)[0].Earliest) {
		t.Errorf("the earliest start is not told: %+v", offers)
	}
	s.now = offers[i].Until
	s.do(casework.ActComplete, "install")
}

// TestSendingBackMakesAllApproveAnew (H 2.4): what was approved of an older
// revision stands no longer, work that keeps does, and whoever approves must
// have read the new one.
func TestSendingBackMakesAllApproveAnew(t *testing.T) {
	req.Shows(t, "CASE-11", "CASE-16")
	s := applied(t).do(casework.ActApprove, "approve-risk").do(casework.ActApprove, "approve-dpo")
	read := s.act(casework.ActApprove, "approve-it")
	s.do(casework.ActReturn, "approve-it")
	if s.c.Steps["application"].Status != casework.StepOpen || s.c.Steps["approve-risk"].Status != casework.StepWaiting || s.c.Steps["approve-risk"].Revision != 2 {
		t.Errorf("%+v", s.c.Steps)
	}
	s.do(casework.ActSend, "application")
	if s.c.Steps["supplier"].Status != casework.StepDone {
		t.Error("the supplier must be chosen anew")
	}
	s.do(casework.ActComplete, "it-remarks").do(casework.ActComplete, "dpo-remarks").do(casework.ActComplete, "buildings").do(casework.ActComplete, "technical")
	s.no("case.revision", read, s.who("it"))
	s.do(casework.ActApprove, "approve-it")
	s.no("case.before", s.act(casework.ActApprove, "approve-administration"), s.who("administration"))
	s.do(casework.ActReopen, "application")
	if s.c.Steps["approve-it"].Status != casework.StepWaiting {
		t.Error("taken back, and an approval stands")
	}
}

// TestConditionsBlock: an approval with conditions holds the step back that it
// names until whoever set them says that they are met.
func TestConditionsBlock(t *testing.T) {
	req.Shows(t, "CASE-11")
	s := applied(t)
	a := s.act(casework.ActCondition, "approve-dpo")
	a.Conditions = []casework.Condition{{Text: "Slør naboens have", Blocks: "coordinate"}}
	wrong := a
	wrong.Conditions = []casework.Condition{{Text: "For sent", Blocks: "inquiry"}}
	s.no("case.blocks", wrong, s.who("dpo"))
	s.doAct(a)
	for _, x := range approvals {
		if x != "approve-dpo" {
			s.do(casework.ActApprove, x)
		}
	}
	s.do(casework.ActComplete, "gather")
	s.no("case.condition", s.act(casework.ActComplete, "coordinate"), s.who("it"))
	id := s.c.Conditions[0].ID
	meet := casework.Act{Kind: casework.ActMeet, Condition: id, Remarks: "Set på stillbillede"}
	s.no("case.body", meet, s.who("it"))
	s.no("case.body", meet, s.who("applicant"))
	c, _, err := s.p.Do(s.c, s.f, meet, s.who("dpo"), s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.c = c
	s.do(casework.ActComplete, "coordinate")
}

// TestSpecialCasesGoToTheCommittee (H 2.4 (5)), with the applicant's paper.
func TestSpecialCasesGoToTheCommittee(t *testing.T) {
	req.Shows(t, "CASE-11")
	s := tell(t, "herning")
	s.f.Answers["special-case"] = casework.Answer{Text: "yes"}
	s.do(casework.ActSend, "inquiry").do(casework.ActComplete, "handover").do(casework.ActApprove, "ground").do(casework.ActSend, "application").
		do(casework.ActComplete, "supplier").do(casework.ActComplete, "it-remarks").do(casework.ActComplete, "dpo-remarks").
		do(casework.ActComplete, "buildings").do(casework.ActComplete, "technical")
	for _, a := range approvals {
		s.do(casework.ActApprove, a)
	}
	s.no("case.before", s.act(casework.ActComplete, "gather"), s.who("it"))
	s.no("case.annex", s.act(casework.ActComplete, "paper"), s.who("applicant"))
	s.f.Annexes["case-paper"] = 1
	s.do(casework.ActComplete, "paper").do(casework.ActApprove, "approve-committee").do(casework.ActComplete, "gather")
	if s.c.Approved == 0 {
		t.Error("not decided")
	}
}

// TestEndsAndChanges: withdrawal, closing, expiry, adjustment, replacement.
func TestEndsAndChanges(t *testing.T) {
	req.Shows(t, "CASE-15", "CASE-16", "CASE-17", "LAW-4")
	permitted := func() *story {
		s := approved(t).do(casework.ActComplete, "gather").do(casework.ActComplete, "coordinate")
		for _, x := range []string{"talk-management", "talk-staff", "talk-board", "talk-citizens", "med", "staff-notice", "signs"} {
			s.do(casework.ActComplete, x)
		}
		return s.days(43).do(casework.ActComplete, "install").do(casework.ActOmit, "service").do(casework.ActComplete, "pattern")
	}
	end := func(s *story, a casework.Act, who casework.Actor, want casework.Status) {
		t.Helper()
		c, events, err := s.p.Do(s.c, s.f, a, who, s.now)
		if err != nil || c.Status != want || !slices.ContainsFunc(events, func(e casework.Event) bool { return e.Kind == casework.PermitRevoke }) {
			t.Errorf("%s: %s %v %v", a.Kind, c.Status, events, err)
		}
		if s.c.Status != casework.Open {
			t.Error("the case given is changed")
		}
	}
	s := permitted()
	end(s, casework.Act{Kind: casework.ActWithdraw, Remarks: "Ulovlig"}, s.who("it"), casework.Withdrawn)
	end(s, casework.Act{Kind: casework.ActClose, Remarks: "Skolen lukker"}, s.who("manager"), casework.Closed)
	s.no("case.body", casework.Act{Kind: casework.ActWithdraw, Remarks: "x"}, s.who("applicant"))
	// Adjustment within the approval: new permits under the same decision.
	adjust := casework.Act{Kind: casework.ActAdjust, Remarks: "Hærværket begynder tidligere", Differences: []casework.Difference{{Field: "hours.outdoor", Inside: true}}}
	out := adjust
	out.Differences = append(out.Differences, casework.Difference{Field: "camera.basis", Why: casework.Text{DA: "En anden hjemmel.", EN: "Another basis."}})
	s.no("case.outside", out, s.who("it"))
	s.no("case.body", adjust, s.who("dpo"))
	c, events, err := s.p.Do(s.c, s.f, adjust, s.who("it"), s.now)
	if err != nil || c.Revision != 3 || c.Approved != 2 || c.Permitted != 3 || len(events) != 2 {
		t.Errorf("%+v %v %v", c, events, err)
	}
	s.f.Blocked = []casework.Missing{{Key: "case.blocked", Text: casework.Text{DA: "Udskudt", EN: "Postponed"}, Refuses: true}}
	s.no("case.blocked", adjust, s.who("it"))
	s.f.Blocked = nil
	// A camera that the change adds records at once, so it is tested first.
	cameras := s.f.Cameras
	s.f.Cameras = append(slices.Clone(cameras), "one-more")
	s.no("case.probe", adjust, s.who("it"))
	s.f.Cameras = cameras
	// The police's permit ends, and so does the case, once.
	s.f.Licence = s.now.AddDate(1, 0, 0)
	if c, events := s.p.Tick(s.c, s.f, s.f.Licence.Add(-time.Second)); c.Status != casework.Open || s.count(events, casework.PermitRevoke) > 0 {
		t.Error("ended early")
	}
	c, events = s.p.Tick(s.c, s.f, s.f.Licence)
	if c.Status != casework.Expired || s.count(events, casework.PermitRevoke) != 1 {
		t.Errorf("%s %v", c.Status, events)
	}
	if _, again := s.p.Tick(c, s.f, s.f.Licence.AddDate(1, 0, 0)); len(again) > 0 {
		t.Error("it ended twice")
	}
	late := *s
	late.now = s.f.Licence
	late.no("case.ended", late.act(casework.ActComplete, "training"), late.who("it"))
	// Another case takes its place.
	c, events = s.p.Replace(s.c, "2027-003", s.who("it"), s.now)
	if c.Status != casework.Closed || s.count(events, casework.CaseReplaced) != 1 || s.count(events, casework.PermitRevoke) > 0 {
		t.Errorf("%s %v", c.Status, events)
	}
}

func (s *story) count(events []casework.Event, kind casework.EventKind) int {
	return (&story{log: events}).happened(kind)
}

// TestRemindersAreData: who is told of what when, and who next (CASE-19).
func TestRemindersAreData(t *testing.T) {
	req.Shows(t, "CASE-19", "CASE-17")
	s := tell(t, "herning").do(casework.ActSend, "inquiry").do(casework.ActComplete, "handover") // risk: 10 days, 3 before, 1 and 5 after
	at := func(day int) (got []string) {
		for _, r := range s.p.Due(s.c, s.f, s.now.AddDate(0, 0, day)) {
			got = append(got, string(r.Kind)+" "+strings.Join(r.Bodies, "+"))
			if r.Key == "" || r.At.After(s.now.AddDate(0, 0, day)) {
				t.Errorf("%+v", r)
			}
		}
		return got
	}
	for _, c := range []struct {
		day  int
		want []string
	}{
		{6, nil}, {7, []string{"soon risk"}}, {10, []string{"soon risk"}}, {11, []string{"soon risk", "late risk"}},
		{15, []string{"soon risk", "late risk", "late risk", "escalate it"}},
	} {
		if got := at(c.day); !slices.Equal(got, c.want) {
			t.Errorf("day %d: %v, want %v", c.day, got, c.want)
		}
	}
	c, events := s.p.Tick(s.c, s.f, s.now.AddDate(0, 0, 10))
	if s.count(events, casework.StepLate) != 1 {
		t.Errorf("not said to be late: %v", events)
	}
	if _, events = s.p.Tick(c, s.f, s.now.AddDate(0, 0, 11)); len(events) > 0 {
		t.Errorf("said twice: %v", events)
	}
	s = approved(t)
	a := s.act(casework.ActComplete, "gather")
	s.doAct(a)
	ending := 0
	for _, r := range s.p.Due(s.c, s.f, s.c.ValidTo.AddDate(0, 0, -8)) {
		if r.Kind == casework.RemindEnding {
			ending++
		}
	}
	if ending != 3 { // 180, 90 and 30 days ahead
		t.Errorf("warned %d times", ending)
	}
}
