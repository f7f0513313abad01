package casework_test

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func decided() casework.Case {
	return casework.Case{ID: "2026-014", Controller: "herning", Process: "herning", Version: 1, Status: casework.Open, Revision: 2, Approved: 2, ValidTo: start.AddDate(5, 0, 0)}
}

func crime() casework.Ruling {
	return casework.Ruling{Records: true, Basis: casework.Text{DA: "tv-overvågningsloven § 2 d, stk. 1"}, Class: permit.ClassCrime, LongestDays: 30}
}

func grounds(r casework.Ruling) casework.Grounds {
	return casework.Grounds{Rulings: map[string]casework.Ruling{"a": r, "b": r}, From: start}
}

// TestTermsAreThoseOfTheApproval: what goes out is what was approved, in a
// form that the permit's own checks take.
func TestTermsAreThoseOfTheApproval(t *testing.T) {
	req.Shows(t, "CASE-12", "CASE-16")
	p := newest(t, "herning")
	a, _ := school()
	a.Cameras[1].Sound = true
	terms, why := p.Terms(decided(), a, grounds(crime()))
	if len(why) > 0 || len(terms) != 2 {
		t.Fatalf("%d terms, %v", len(terms), why)
	}
	one := terms[0]
	if one.Camera != "a" || one.RetentionHours != 14*24 || one.Sound || !terms[1].Sound || one.LongestHoldHours != 0 || one.Class != permit.ClassCrime ||
		one.Case != "2026-014" || one.Basis != "tv-overvågningsloven § 2 d, stk. 1" || !one.ValidFrom.Equal(start) || !one.ValidTo.Equal(decided().ValidTo) {
		t.Errorf("%+v", one)
	}
	out := permit.Permit{Head: permit.Head{V: 1, ID: permit.NewID(), Controller: "herning", Engine: "e", Issued: start, By: "p1"}, Camera: one.Camera, Stream: "main", Serial: 1,
		Hours: one.Hours, Sound: one.Sound, RetentionHours: one.RetentionHours, LongestHoldHours: one.LongestHoldHours, Class: one.Class, Basis: one.Basis,
		Case: one.Case, ValidFrom: one.ValidFrom, ValidTo: one.ValidTo, LeaseUntil: start.AddDate(0, 0, 7), Text: one.Text.DA}
	if err := out.Check(); err != nil {
		t.Errorf("the permit that it makes: %v", err)
	}
	for _, want := range []string{"Kamera a", "Hærværk ved indgangene", "14 døgn", "uden lyd", "2026-014", "§ 2 d"} {
		if !strings.Contains(one.Text.DA, want) {
			t.Errorf("%q is not in %q", want, one.Text.DA)
		}
	}
	if !strings.Contains(one.Text.EN, "14 days") {
		t.Errorf("English: %q", one.Text.EN)
	}
}

// TestTermsEndWithWhatTheyRestOn: a police permit of at most five years, an
// approval with an end, and the longest permit.
func TestTermsEndWithWhatTheyRestOn(t *testing.T) {
	req.Shows(t, "LAW-4", "CASE-17")
	p := newest(t, "herning")
	a, _ := school()
	licence := start.AddDate(2, 0, 0)
	for _, test := range []struct {
		name string
		set  func(*casework.Case, *casework.Grounds)
		want time.Time
	}{
		{"five years", func(c *casework.Case, _ *casework.Grounds) { c.ValidTo = start.AddDate(9, 0, 0) }, start.AddDate(5, 0, 0)},
		{"the approval's end", func(c *casework.Case, _ *casework.Grounds) { c.ValidTo = start.AddDate(1, 0, 0) }, start.AddDate(1, 0, 0)},
		{"the case's police permit", func(_ *casework.Case, g *casework.Grounds) { g.Licence = licence }, licence},
		{"the camera's police permit", func(_ *casework.Case, g *casework.Grounds) {
			r := crime()
			r.Until = licence
			g.Rulings["a"], g.Rulings["b"] = r, r
		}, licence},
	} {
		c, g := decided(), grounds(crime())
		test.set(&c, &g)
		terms, why := p.Terms(c, a, g)
		if len(why) > 0 || len(terms) != 2 || !terms[0].ValidTo.Equal(test.want) {
			t.Errorf("%s: %v, want %s; %v", test.name, terms, test.want, why)
		}
	}
	g := grounds(crime())
	g.Licence = start
	if terms, why := p.Terms(decided(), a, g); len(terms) > 0 || len(why) != 2 || why[0].Key != "terms.ended" {
		t.Errorf("a police permit that has ended: %v %v", terms, why)
	}
}

// TestCamerasThatGetNoTerms: no basis that records, no retention, none above
// the limit, none before the decision.
func TestCamerasThatGetNoTerms(t *testing.T) {
	req.Shows(t, "LAW-3", "CASE-12")
	p := newest(t, "herning")
	never := crime()
	never.Records = false
	for _, test := range []struct {
		name, key string
		set       func(*casework.Case, *casework.Application, *casework.Grounds)
	}{
		{"L § 2 stk. 1 nr. 4", "terms.record", func(_ *casework.Case, _ *casework.Application, g *casework.Grounds) { *g = grounds(never) }},
		{"no basis in force", "terms.basis", func(_ *casework.Case, _ *casework.Application, g *casework.Grounds) { g.Rulings = nil }},
		{"no retention", "terms.retention", func(_ *casework.Case, a *casework.Application, _ *casework.Grounds) { delete(a.Answers, "retention") }},
		{"31 days", "terms.retention", func(_ *casework.Case, a *casework.Application, _ *casework.Grounds) {
			a.Answers["retention"] = casework.Answer{Text: "31"}
		}},
		{"no hours", "camera.hours", func(_ *casework.Case, a *casework.Application, _ *casework.Grounds) { a.Hours = nil }},
		{"not decided", "case.undecided", func(c *casework.Case, _ *casework.Application, _ *casework.Grounds) { c.Approved = 0 }},
		{"withdrawn", "case.undecided", func(c *casework.Case, _ *casework.Application, _ *casework.Grounds) { c.Status = casework.Withdrawn }},
	} {
		a, _ := school()
		c, g := decided(), grounds(crime())
		test.set(&c, &a, &g)
		terms, why := p.Terms(c, a, g)
		if len(terms) > 0 || len(why) == 0 || why[0].Key != test.key || why[0].Text.DA == "" {
			t.Errorf("%s: %v %v", test.name, terms, why)
		}
	}
	a, _ := school()
	a.Cameras[0].Recording = false
	if terms, why := p.Terms(decided(), a, grounds(crime())); len(terms) != 1 || terms[0].Camera != "b" || len(why) > 0 {
		t.Errorf("a camera that is not to record: %v %v", terms, why)
	}
}

// TestClosingDays: a pattern that follows the location records on a closing day
// whenever the place is shut, and another does not.
func TestClosingDays(t *testing.T) {
	req.Shows(t, "REC-2")
	p := newest(t, "herning")
	a, _ := school()
	g := grounds(crime())
	g.Calendar = map[string][]permit.Date{"aulum-skole": {
		{Date: "2026-10-14", Name: "Efterårsferie"},
		{Date: "2026-12-23", Name: "Lille juleaften", Spans: span("08:00", "12:00")},
		{Date: "2020-12-24", Name: "Forbi"},
	}}
	wednesday := time.Date(2026, 10, 14, 10, 0, 0, 0, time.UTC) // 12.00 in Denmark
	half := time.Date(2026, 12, 23, 10, 0, 0, 0, time.UTC)      // 11.00
	for _, closed := range []bool{false, true} {
		a.Hours[0].Closed = closed
		terms, why := p.Terms(decided(), a, g)
		if len(why) > 0 {
			t.Fatal(why)
		}
		h := terms[0].Hours
		if h.Covers(wednesday) != closed {
			t.Errorf("closed %v: on a closing day %v", closed, h.Covers(wednesday))
		}
		if h.Covers(half) || h.Covers(half.Add(2*time.Hour)) != closed {
			t.Errorf("closed %v: on a half day %v %v", closed, h.Covers(half), h.Covers(half.Add(2*time.Hour)))
		}
		if closed && len(h.Dates) != 2 {
			t.Errorf("dates %v", h.Dates)
		}
	}
	if len(a.Hours[0].Hours.Dates) > 0 {
		t.Error("the application is changed")
	}
}

func TestOutsideOpeningHours(t *testing.T) {
	req.Shows(t, "REC-2")
	open := permit.Hours{Zone: zone, Dates: []permit.Date{{Date: "2026-12-24", Name: "Juleaften"}}}
	for d := range 5 {
		open.Week[d] = span("07:00", "16:00")
	}
	got := casework.Outside(open)
	if err := got.Check(); err != nil {
		t.Fatal(err)
	}
	want := permit.Spans{{From: "00:00", To: "07:00"}, {From: "16:00", To: "24:00"}}
	if len(got.Week[0]) != 2 || got.Week[0][0] != want[0] || got.Week[0][1] != want[1] || got.Week[6][0] != (permit.Span{From: "00:00", To: "24:00"}) {
		t.Errorf("%v", got.Week)
	}
	if len(got.Dates) != 1 || got.Dates[0].Spans[0] != (permit.Span{From: "00:00", To: "24:00"}) {
		t.Errorf("%v", got.Dates)
	}
}
