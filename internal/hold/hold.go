// Package hold keeps the evidence locks (bevislåse): which cameras and minutes
// of an incident are kept past their time, for which of the law's reasons, by
// whose word and whose second word, until when, and how it ended (H 5.2, L § 4 c
// stk. 5).
//
// What it promises: the engine gets its signed statement in the transaction of
// the second person's yes to exactly what was asked; a lock in a dispute ends by
// itself at the limit, unless it is on record that the person was told before
// day 30; a lock asks to be reviewed at its date, and whoever forgets it is not
// the only one who hears of it; each act, and each refusal, is an entry of the
// ledger in its own transaction.
//
// What it refuses whoever asks: another reason than the law's three, read from
// the legal class that the footage was recorded under; footage under §§ 2 a and
// 2 c, or against anything but crime, past its thirty days; a yes to one's own
// lock; and cameras or minutes that the incident does not name.
package hold

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
)

// The limits. The law has none but day 30; these are the house's.
const (
	// AnswerWithin is how long a lock that was asked for waits for the second
	// person.
	AnswerWithin = 7 * 24 * time.Hour
	// Longest is how far ahead a lock can end; who needs it longer asks anew.
	Longest = 2 * 366 * 24 * time.Hour
	// ReviewGrace is how long after its date a review is the owner's own matter.
	ReviewGrace = 7 * 24 * time.Hour
	// Limit is how long after its first minute a lock in a dispute ends, and one
	// of footage whose class has no exception.
	Limit = permit.LongestDispute
)

// State says how far a lock has come.
type State string

// The states. Lapsed and Ended come by themselves.
const (
	Asked    State = "asked"
	Declined State = "declined"
	Lapsed   State = "lapsed" // nobody answered
	Standing State = "standing"
	Rejected State = "rejected" // the engine would not have it
	Ended    State = "ended"    // its time ran out
	Released State = "released"
)

// States lists them, those first that want something of somebody.
func States() []State {
	return []State{Asked, Standing, Rejected, Ended, Released, Declined, Lapsed}
}

// Hold (bevislås) is one of them.
type Hold struct {
	ID, Controller, Number, Location string
	Incident, IncidentNumber         string
	Terms
	Person, Name string // who asked: the owner
	Asked        time.Time

	Decided              time.Time // zero: not yet
	Approved             bool
	Decider, DeciderName string
	Answer               string
	Statement            permit.ID // what the engine obeys; empty until approved

	// Of a dispute: that the person was told, and given a copy.
	Told          time.Time
	ToldHow       string
	ToldBy        string
	Extended      time.Time // to when the notice lets it go on
	Copied        time.Time
	CopyHow       string
	Reviews       []Review
	Longer        *Longer   // a lengthening that was asked for and not answered
	Changes       []Change  // what it was before
	Former        permit.ID // let go when the engine has Statement
	Released      time.Time
	Releaser      string
	ReleaserName  string
	ReleaseReason string
	Reminded      string // the last that was told of it: see remind.go
	EngineWhy     string `json:"-"` // key of the engine's refusal
	EngineHas     bool   `json:"-"` // the engine has accepted it
}

// Terms (vilkår) is what is asked for, and said yes to.
type Terms struct {
	Cameras   []string
	From, To  time.Time
	Reason    permit.HoldReason
	Reference string    // the police's journal number, the dispute, the permission
	Reported  time.Time // of a crime: when it was reported; zero: see Reference
	Whom      string    // of a dispute: whom it is with
	Words     string    // why just this is necessary
	// Ground is law.GroundSafety or law.GroundConsent, stated for footage under
	// §§ 2 a and 2 c (§ 4 d stk. 1).
	Ground string
	Review time.Time // when it is asked whether it is still necessary
	Until  time.Time // when it ends by itself
}

// Review (gennemgang) is a word on whether a lock is still necessary.
type Review struct {
	At    time.Time
	Name  string
	Words string
	Next  time.Time
}

// State is how far it has come by now.
func (h Hold) State(now time.Time) State {
	switch {
	case !h.Released.IsZero():
		return Released
	case h.Approved && h.EngineWhy != "":
		return Rejected
	case h.Approved && !now.Before(h.Ends()):
		return Ended
	case h.Approved:
		return Standing
	case !h.Decided.IsZero():
		return Declined
	case !now.Before(h.Asked.Add(AnswerWithin)) || !now.Before(h.Until):
		return Lapsed
	}
	return Asked
}

// Ends is when it ends by itself.
func (h Hold) Ends() time.Time {
	if !h.Extended.IsZero() {
		return h.Extended
	}
	return h.Until
}

// Stopped is when it did not hold any more; zero: it does, or never did.
func (h Hold) Stopped(now time.Time) time.Time {
	switch h.State(now) {
	case Released:
		return h.Released
	case Ended:
		return h.Ends()
	}
	return time.Time{}
}

// TellBy is until when the person of a dispute can be told; zero: there is none,
// or they were.
func (h Hold) TellBy() time.Time {
	if h.Reason != permit.HoldDispute || !h.Told.IsZero() {
		return time.Time{}
	}
	return h.From.Add(Limit)
}

// ReviewDue is when it must be asked next whether it is still necessary.
func (h Hold) ReviewDue() time.Time {
	if n := len(h.Reviews); n > 0 {
		return h.Reviews[n-1].Next
	}
	return h.Review
}

// Seal is what the second person has read: a lock that differs in anything has
// another.
func (h Hold) Seal() string {
	b, err := json.Marshal([]any{h.ID, h.Controller, h.Location, h.Incident, h.Terms, h.Person, h.Asked.UnixMicro()})
	if err != nil {
		panic(err) // strings and times
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// tidy puts what was typed in order.
func (t Terms) tidy() Terms {
	t.Reference, t.Whom, t.Words = strings.TrimSpace(t.Reference), strings.TrimSpace(t.Whom), strings.TrimSpace(t.Words)
	t.Cameras = slices.Compact(slices.Sorted(slices.Values(t.Cameras)))
	for _, at := range []*time.Time{&t.From, &t.To, &t.Reported, &t.Review, &t.Until} {
		if !at.IsZero() {
			*at = at.UTC().Truncate(time.Microsecond)
		}
	}
	if t.Reason == permit.HoldDispute { // it ends at the limit, whatever was wished
		t.Until = t.From.Add(Limit)
	}
	if t.Reason != permit.HoldDispute {
		t.Whom = ""
	}
	if t.Reason != permit.HoldCrime {
		t.Reported = time.Time{}
	}
	return t
}

// check says what the terms lack: fault.Invalid hold.reason, hold.cameras,
// hold.interval, hold.beyond, hold.reference, hold.reported, hold.whom,
// hold.words, hold.review, hold.until, hold.late.
func (t Terms) check(i incident.Incident, now time.Time) error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "evidence lock: %s", key) }
	scope := i.Scope()
	reasons := []permit.HoldReason{permit.HoldCrime, permit.HoldDispute, permit.HoldSharing}
	switch {
	case !slices.Contains(reasons, t.Reason):
		return bad("hold.reason")
	case t.Reason == permit.HoldCrime && i.Crime == incident.CrimeNone:
		return bad("hold.no-crime")
	case len(t.Cameras) == 0:
		return bad("hold.cameras")
	case !t.From.Before(t.To) || t.To.After(now):
		return bad("hold.interval")
	case slices.ContainsFunc(t.Cameras, func(c string) bool { return !scope.Covers(c, t.From, t.To) }):
		return bad("hold.beyond")
	case t.Reason == permit.HoldCrime && t.Reference == "" && t.Reported.IsZero(), t.Reason != permit.HoldCrime && t.Reference == "":
		return bad("hold.reference")
	case t.Reported.After(now):
		return bad("hold.reported")
	case t.Reason == permit.HoldDispute && t.Whom == "":
		return bad("hold.whom")
	case !now.Before(t.Review) || t.Review.Sub(now) > permit.LongestReview:
		return bad("hold.review")
	case t.Reason == permit.HoldDispute && !now.Before(t.Until):
		return bad("hold.late")
	case !now.Before(t.Until) || t.Until.Sub(now) > Longest:
		return bad("hold.until")
	}
	for text, longest := range map[string]int{t.Reference: incident.LongLine, t.Whom: incident.LongLine} {
		if err := incident.CheckText(text, 0, longest); err != nil {
			return bad("hold.reference")
		}
	}
	if err := incident.CheckText(t.Words, incident.Shortest, incident.Longest); err != nil {
		return bad("hold.words")
	}
	return nil
}

// Refusals are what the law has against keeping the footage of some cameras on
// these terms: nothing, or what refuses and what can be done instead. kind is
// the controller's.
func (t Terms) Refusals(rules law.Rules, kind string, footage []incident.Footage) (out []law.Finding) {
	limit := t.From.Add(Limit)
	for _, f := range footage {
		for _, c := range f.Classes {
			found := rules.MayHold(f.Basis, string(c), kind, string(t.Reason))
			// Within its thirty days, footage of every class can be secured until
			// it is handed over to the police.
			if c != permit.ClassCrime && t.Reason == permit.HoldCrime && !t.Until.After(limit) && !slices.ContainsFunc(found, func(f law.Finding) bool { return f.ID == "basis.unknown" }) {
				found = nil
				if c == permit.ClassSafety {
					found = rules.MayProcess(f.Basis, law.Reason{Ground: t.Ground, Statement: t.Words})
				}
			}
			for _, x := range found {
				x.Camera = f.Camera
				out = append(out, x)
			}
		}
	}
	return out
}

// reference is what the signed statement refers to.
func (t Terms) reference() string {
	if t.Reference != "" {
		return t.Reference
	}
	return "Anmeldt " + t.Reported.Format(time.DateOnly)
}

func denied(key string, h Hold) error {
	return fault.New(fault.Denied, key, "evidence lock %s", h.Number)
}

// same reports whether whoever acts is who asked: see [second.Asked.Same].
func (h Hold) same(by Who) bool { return h.asked().Same(by.Person, by.Name) }

// in refuses what needs another state: fault.Conflict hold.state.<state>.
func (h Hold) in(want State, now time.Time) error {
	if s := h.State(now); s != want {
		return fault.New(fault.Conflict, "hold.state."+string(s), "evidence lock %s", h.Number)
	}
	return nil
}

// decide answers a lock that was asked for: seal is of what was read.
func (h Hold) decide(by Who, yes bool, answer, seal string, now time.Time) (Hold, error) {
	answer = strings.TrimSpace(answer)
	if err := h.in(Asked, now); err != nil {
		return h, err
	}
	switch {
	case h.same(by):
		return h, denied("hold.own", h)
	case seal != h.Seal():
		return h, fault.New(fault.Conflict, "hold.changed", "evidence lock %s is not what was read", h.Number)
	case yes && !now.Before(h.Review):
		return h, fault.New(fault.Conflict, "hold.review-past", "evidence lock %s", h.Number)
	case !yes && utf8.RuneCountInString(answer) < incident.Shortest, incident.CheckText(answer, 0, incident.Longest) != nil:
		return h, fault.New(fault.Invalid, "hold.answer", "evidence lock %s is declined without a reason", h.Number)
	}
	h.Decided, h.Approved, h.Decider, h.DeciderName, h.Answer = now, yes, by.Person, by.Name, answer
	return h, nil
}

// tell records that the person of a dispute was told at a time, and to when the
// lock is needed: fault.Invalid hold.given, hold.given-late, hold.how,
// hold.until.
func (h Hold) tell(by Who, n Notice, now time.Time) (Hold, error) {
	if err := h.in(Standing, now); err != nil {
		return h, err
	}
	switch {
	case h.Reason != permit.HoldDispute || !h.Told.IsZero():
		return h, fault.New(fault.Conflict, "hold.told", "evidence lock %s", h.Number)
	case n.Given.IsZero() || n.Given.After(now) || n.Given.Before(h.From):
		return h, fault.New(fault.Invalid, "hold.given", "given %s", n.Given)
	case !n.Given.Before(h.From.Add(permit.LongestRetention)):
		return h, fault.New(fault.Invalid, "hold.given-late", "given %s", n.Given)
	case incident.CheckText(n.How, incident.Shortest, incident.Longest) != nil:
		return h, fault.New(fault.Invalid, "hold.how", "how was the person told")
	case !n.Until.After(h.Until) || n.Until.Sub(now) > Longest:
		return h, fault.New(fault.Invalid, "hold.until", "until %s", n.Until)
	}
	h.Told, h.ToldHow, h.ToldBy, h.Extended = n.Given, n.How, by.Name, n.Until
	return h, nil
}

// copied records that the person was given a copy.
func (h Hold) copied(at time.Time, how string, now time.Time) (Hold, error) {
	switch {
	case !h.Approved || h.Reason != permit.HoldDispute || !h.Copied.IsZero():
		return h, fault.New(fault.Conflict, "hold.copied", "evidence lock %s", h.Number)
	case at.IsZero() || at.After(now) || at.Before(h.From):
		return h, fault.New(fault.Invalid, "hold.given", "given %s", at)
	case incident.CheckText(how, incident.Shortest, incident.Longest) != nil:
		return h, fault.New(fault.Invalid, "hold.how", "how was it handed over")
	}
	h.Copied, h.CopyHow = at, how
	return h, nil
}

// review records that it is still necessary, and when that is asked next.
func (h Hold) review(by Who, words string, next, now time.Time) (Hold, error) {
	if err := h.in(Standing, now); err != nil {
		return h, err
	}
	words = strings.TrimSpace(words)
	switch {
	case incident.CheckText(words, incident.Shortest, incident.Longest) != nil:
		return h, fault.New(fault.Invalid, "hold.words", "why is it necessary still")
	case !now.Before(next) || next.Sub(now) > permit.LongestReview:
		return h, fault.New(fault.Invalid, "hold.review", "next %s", next)
	}
	h.Reviews = append(slices.Clone(h.Reviews), Review{At: now, Name: by.Name, Words: words, Next: next})
	return h, nil
}

// release ends it, for a reason.
func (h Hold) release(by Who, reason string, now time.Time) (Hold, error) {
	if err := h.in(Standing, now); err != nil {
		return h, err
	}
	reason = strings.TrimSpace(reason)
	if err := incident.CheckText(reason, incident.Shortest, 2*incident.Longest); err != nil {
		return h, fault.New(fault.Invalid, "hold.words", "why is it released")
	}
	h.Released, h.Releaser, h.ReleaserName, h.ReleaseReason = now, by.Person, by.Name, reason
	return h, nil
}

// Notice (underretning) is that the person of a dispute was told.
type Notice struct {
	Given time.Time
	How   string
	Until time.Time // to when the dispute is expected to need the footage
}
