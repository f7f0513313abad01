package oversight

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fault"
)

// Verdict is what a reviewer found.
type Verdict string

// The verdicts. Unclear goes to somebody else, Unjustified to the management
// and the data protection officer.
const (
	Justified   Verdict = "justified"
	Unjustified Verdict = "unjustified"
	Unclear     Verdict = "unclear"
)

// Verdicts lists them.
func Verdicts() []Verdict { return []Verdict{Justified, Unclear, Unjustified} }

// State says how far an item has come.
type State string

// The states, in the order in which an item passes them.
const (
	New      State = "new"      // waits for the reviewer
	Asked    State = "asked"    // waits for the user
	Silent   State = "silent"   // the user did not answer in time; waits for the reviewer
	Answered State = "answered" // waits for the reviewer
	Second   State = "second"   // unclear: waits for another reviewer
	Raised   State = "raised"   // unjustified: waits for the management
	Done     State = "done"
)

// States lists them.
func States() []State { return []State{New, Asked, Silent, Answered, Second, Raised, Done} }

// Item (stikprøve) is one use that is reviewed.
type Item struct {
	ID, Controller, Period, Number string
	Index                          int64 // of the use's entry in the ledger; 0 when it has aged
	Stratum                        Stratum
	Rules                          accesslog.Words // that hit it, and what makes it grave
	Unit                           string
	Kind                           accesslog.Kind
	Entry                          string
	Person, Name                   string // who did it
	At                             time.Time
	Place                          string
	Drawn, Due                     time.Time
	Reviewer, ReviewerName         string // empty: nobody may, or is there

	Asked, AnswerDue time.Time
	Question         string
	Answered         time.Time
	Answer           string

	Decided              time.Time
	Verdict              Verdict
	Reason               string
	Decider, DeciderName string
	Escalated            time.Time // it was late and passed on

	Followed     time.Time
	Outcome      string // what came of it
	FollowerName string

	Plant string // id of the plant that it is; told when it is decided
	Aged  bool   // only figures are left

	barred []string
}

// State is how far it has come by now.
func (i Item) State(now time.Time) State {
	switch {
	case i.Verdict == Justified || !i.Followed.IsZero():
		return Done
	case i.Verdict == Unjustified:
		return Raised
	case i.Verdict == Unclear:
		return Second
	case !i.Answered.IsZero():
		return Answered
	case i.Asked.IsZero():
		return New
	case late(i.AnswerDue, now):
		return Silent
	}
	return Asked
}

// Late reports whether it should have been decided by now.
func (i Item) Late(now time.Time) bool {
	s := i.State(now)
	return s != Done && s != Raised && late(i.Due, now)
}

// Overdue reports whether it was decided too late, or is late.
func (i Item) Overdue(now time.Time) bool {
	return i.Late(now) || !i.Decided.IsZero() && i.Decided.After(i.Due)
}

func late(due, now time.Time) bool { return !due.IsZero() && !now.Before(due) }

// MayReview reports whether somebody may review it at all: not whoever did it,
// approved it or had it done, nor under another account with the same name.
func (i Item) MayReview(person, name string) bool {
	return person != "" && !slices.Contains(i.barred, person) && !strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(i.Name))
}

func denied(key string, i Item) error { return fault.New(fault.Denied, key, "item %s", i.Number) }

func (i Item) mine(by Who) error {
	if !i.MayReview(by.Person, by.Name) {
		return denied("review.own", i)
	}
	return nil
}

// take makes somebody the reviewer.
func (i Item) take(by Who, now time.Time) (Item, error) {
	if err := i.mine(by); err != nil {
		return i, err
	}
	if s := i.State(now); s == Done || s == Raised {
		return i, denied("review.decided", i)
	}
	i.Reviewer, i.ReviewerName = by.Person, by.Name
	return i, nil
}

// ask asks the user why. After an answer it can be asked once more; what was
// said before stands in the ledger.
func (i Item) ask(by Who, question string, days int, now time.Time) (Item, error) {
	if err := i.mine(by); err != nil {
		return i, err
	}
	switch s := i.State(now); {
	case s != New && s != Answered:
		return i, denied("review.asked", i)
	case i.Person == "":
		return i, denied("review.nobody", i)
	case !long(question):
		return i, fault.New(fault.Invalid, "review.question", "item %s", i.Number)
	}
	i.Question, i.Asked, i.AnswerDue = strings.TrimSpace(question), now, afterWorkdays(now, days)
	i.Answer, i.Answered = "", time.Time{}
	if i.Due.Before(i.AnswerDue) {
		i.Due = i.AnswerDue // a question is no way to be late, and an answer takes its time
	}
	return i, nil
}

// reply is the user's answer. It can come late, until it is decided.
func (i Item) reply(by Who, answer string, now time.Time) (Item, error) {
	switch s := i.State(now); {
	case by.Person != i.Person:
		return i, denied("review.person", i)
	case s != Asked && s != Silent:
		return i, denied("review.answered", i)
	case !long(answer):
		return i, fault.New(fault.Invalid, "review.answer", "item %s", i.Number)
	}
	i.Answer, i.Answered = strings.TrimSpace(answer), now
	return i, nil
}

// decide is the verdict. Nothing is called unjustified before the user was asked
// and has answered, or has not in time; what was unclear is for somebody else to
// decide.
func (i Item) decide(by Who, v Verdict, reason string, now time.Time) (Item, error) {
	if err := i.mine(by); err != nil {
		return i, err
	}
	s := i.State(now)
	switch {
	case !slices.Contains(Verdicts(), v):
		return i, fault.New(fault.Invalid, "review.verdict", "verdict %q", v)
	case s == Done || s == Raised:
		return i, denied("review.decided", i)
	case s == Second && (by.Person == i.Decider || strings.EqualFold(by.Name, i.DeciderName)):
		return i, denied("review.same", i)
	case s == Second && v == Unclear:
		return i, denied("review.unclear", i)
	case v == Unjustified && i.Person != "" && i.Answered.IsZero() && (i.Asked.IsZero() || !late(i.AnswerDue, now)):
		return i, denied("review.unasked", i)
	case !long(reason):
		return i, fault.New(fault.Invalid, "review.reason", "item %s", i.Number)
	}
	i.Verdict, i.Reason, i.Decided, i.Decider, i.DeciderName = v, strings.TrimSpace(reason), now, by.Person, by.Name
	return i, nil
}

// follow is what the management, or the data protection officer, did about an
// unjustified use.
func (i Item) follow(by Who, outcome string, now time.Time) (Item, error) {
	switch {
	case by.Person == i.Person || strings.EqualFold(by.Name, i.Name):
		return i, denied("review.own", i)
	case i.State(now) != Raised:
		return i, denied("review.followed", i)
	case !long(outcome):
		return i, fault.New(fault.Invalid, "review.outcome", "item %s", i.Number)
	}
	i.Outcome, i.Followed, i.FollowerName = strings.TrimSpace(outcome), now, by.Name
	return i, nil
}
