package hold

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

var day0 = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Whatever is asked, answered, told, reviewed and released in whatever order and
// time: no lock stands without another person's yes to just its terms, for a
// reason that the law has for each camera's footage, within what the incident
// names; none in a dispute outlives the limit without a notice given before day
// 30; and none of another class than § 4 c's outlives its thirty days.
func TestNoLockStandsAgainstTheLaw(t *testing.T) {
	req.Shows(t, "KEEP-4", "KEEP-5")
	book, err := law.Read(lawdata.Files())
	if err != nil {
		t.Fatal(err)
	}
	basis := map[permit.Class]string{permit.ClassCrime: "2d", permit.ClassSafety: "2c", permit.ClassOther: "gdpr-6-1-e"}
	people := []Who{{Person: "jonas", Name: "Jonas Lund"}, {Person: "jl", Name: "jonas  lund"}, {Person: "birthe", Name: "Birthe Kjær"}}
	stood := map[string]int{}
	history := func(t *rapid.T) {
		clock := day0.Add(time.Duration(rapid.IntRange(2, 32*24).Draw(t, "hours")) * time.Hour)
		i := incident.Incident{ID: "i", Number: "H", Location: "l", Opened: day0, Assessment: incident.Assessment{Crime: rapid.SampledFrom(incident.Crimes()).Draw(t, "crime")},
			Scopes: []incident.Scope{{Version: 1, Cameras: []string{"a", "b"}, From: day0, To: day0.Add(time.Hour)}}}
		class := rapid.SampledFrom([]permit.Class{permit.ClassCrime, permit.ClassCrime, permit.ClassCrime, permit.ClassCrime, permit.ClassSafety, permit.ClassOther})
		footage := map[string]incident.Footage{}
		for _, c := range []string{"a", "b", "c"} {
			k := class.Draw(t, "class")
			footage[c] = incident.Footage{Camera: c, Location: "l", Basis: basis[k], Classes: []permit.Class{k}}
		}
		ahead := func(name string) time.Time {
			return clock.Add(time.Duration(rapid.SampledFrom([]int{-1, 1, 5, 10, 10, 20, 25, 29, 30, 40, 89, 91, 400, 900}).Draw(t, name)) * 24 * time.Hour)
		}
		cameras := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a", "b", "a", "b", "a", "b", "c"}), 1, 3).Draw(t, "cameras")
		start := day0.Add(time.Duration(rapid.SampledFrom([]int{-10, 0, 0, 0, 0, 0, 10}).Draw(t, "start")) * time.Minute)
		terms := Terms{Cameras: cameras, From: start, To: start.Add(time.Duration(rapid.SampledFrom([]int{0, 10, 30, 30, 50, 50}).Draw(t, "long")) * time.Minute),
			Reason:    rapid.SampledFrom([]permit.HoldReason{"crime", "dispute", "crime", "dispute", "sharing", "curious"}).Draw(t, "reason"),
			Reference: rapid.SampledFrom([]string{"4100-70121-00417-26", "4100-70121-00417-26", ""}).Draw(t, "reference"), Whom: rapid.SampledFrom([]string{"Ida", "Ida", ""}).Draw(t, "whom"),
			Words: rapid.SampledFrom([]string{"Ruden blev knust her", "Ruden blev knust her", "Ruden blev knust her", ""}).Draw(t, "words"), Ground: rapid.SampledFrom([]string{"", law.GroundSafety}).Draw(t, "ground"), Review: ahead("review"), Until: ahead("until")}.tidy()
		if terms.check(i, clock) != nil {
			return
		}
		var seen []incident.Footage
		for _, c := range terms.Cameras {
			seen = append(seen, footage[c])
		}
		if law.Refused(terms.Refusals(book.At(clock), "municipality", seen)) {
			return
		}
		h := Hold{ID: "h", Terms: terms, Person: people[0].Person, Name: people[0].Name, Asked: clock}
		var given time.Time
		for range rapid.IntRange(4, 14).Draw(t, "acts") {
			who := rapid.SampledFrom(append(people, people[2], people[2], people[2])).Draw(t, "who")
			var err error
			was := h
			switch rapid.SampledFrom([]string{"decide", "decide", "tell", "review", "release", "wait"}).Draw(t, "act") {
			case "decide":
				seal := h.Seal()
				if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
					other := h
					other.Cameras = append([]string{}, "z")
					seal = other.Seal()
				}
				h, err = h.decide(who, rapid.Bool().Draw(t, "yes"), "Det er for meget", seal, clock)
				if err == nil && (who.Person != "birthe" || seal != was.Seal()) {
					t.Fatalf("%s said yes to %s", who.Person, seal)
				}
			case "tell":
				at := clock.Add(-time.Duration(rapid.IntRange(-1, 200).Draw(t, "ago")) * time.Hour)
				if h, err = h.tell(who, Notice{Given: at, How: "Ringet op og skrevet til", Until: ahead("goes on")}, clock); err == nil {
					given = at
				}
			case "review":
				h, err = h.review(who, "Sagen verserer endnu", ahead("next"), clock)
			case "release":
				h, err = h.release(who, "Sagen er forligt", clock)
			case "wait":
				clock = clock.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "wait")) * time.Hour)
			}
			if err != nil && fmt.Sprint(h) != fmt.Sprint(was) {
				t.Fatalf("%v changed it", err)
			}
			if h.State(clock) != Standing {
				continue
			}
			stood[string(h.Reason)]++
			limit := h.From.Add(permit.LongestRetention)
			switch {
			case h.Decider != "birthe" || h.Decided.IsZero():
				t.Fatal("it stands without a second person")
			case h.Reason == "sharing" || h.Reason == "curious":
				t.Fatalf("a municipality holds for %s", h.Reason)
			case h.Reason == permit.HoldCrime && i.Crime == incident.CrimeNone:
				t.Fatal("it holds for a crime that is none")
			case h.Reason == permit.HoldDispute && !clock.Before(limit) && (given.IsZero() || !given.Before(limit)):
				t.Fatalf("a dispute holds at %s without a notice in time", clock)
			case h.ReviewDue().Sub(clock) > permit.LongestReview:
				t.Fatal("it is not reviewed for longer than the law of the house")
			}
			for _, f := range seen {
				if f.Classes[0] != permit.ClassCrime && !clock.Before(limit) {
					t.Fatalf("%s footage is held past day 30", f.Classes[0])
				}
				if s := i.Scope(); !s.Covers(f.Camera, h.From, h.To) {
					t.Fatalf("%s is outside what the incident names", f.Camera)
				}
			}
		}
	}
	for range 30 { // most of what is asked is refused at once
		rapid.Check(t, history)
	}
	if stood["crime"] == 0 || stood["dispute"] == 0 {
		t.Errorf("too few locks ever stood: %v", stood)
	}
	t.Logf("stood: %v", stood)
}

func TestWhoHearsOfAForgottenLock(t *testing.T) {
	h := Hold{Terms: Terms{Reason: permit.HoldDispute, From: day0, Until: day0.Add(Limit), Review: day0.Add(40 * 24 * time.Hour)}, Approved: true, Decided: day0.Add(21 * 24 * time.Hour)}
	var seen []string
	for d := range 60 {
		if s, ok := h.due(day0.Add(time.Duration(d) * 24 * time.Hour)); ok {
			seen = append(seen, fmt.Sprint(d, " ", s.kind))
			h.Reminded = s.id
		}
	}
	if got, want := fmt.Sprint(seen), "[25 hold.notice 28 hold.notice 30 hold.gone]"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	h = Hold{Terms: Terms{Reason: permit.HoldCrime, From: day0, Until: day0.Add(200 * 24 * time.Hour), Review: day0.Add(40 * 24 * time.Hour)}, Approved: true, Decided: day0}
	seen = nil
	for d := range 120 {
		now := day0.Add(time.Duration(d) * 24 * time.Hour)
		if s, ok := h.due(now); ok {
			seen = append(seen, fmt.Sprint(d, " ", s.kind))
			h.Reminded = s.id
		}
		if d == 50 {
			var err error
			if h, err = h.review(Who{Name: "J"}, "Sagen verserer endnu", now.Add(30*24*time.Hour), now); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := fmt.Sprint(seen), "[40 hold.review 47 hold.forgotten 80 hold.review 87 hold.forgotten]"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	h.EngineWhy = "hold.deleted"
	if s, ok := h.due(day0.Add(time.Hour)); !ok || s.kind != tellRejected {
		t.Errorf("the engine's refusal is not told: %+v", s)
	}
	if fault.Key(h.in(Standing, day0.Add(time.Hour))) != "hold.state.rejected" {
		t.Error("a refused lock stands")
	}
}
