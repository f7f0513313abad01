package casework_test

import (
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/req"
)

func newest(t testing.TB, id string) *casework.Process {
	t.Helper()
	p, ok := shipped(t).Process(id, 1)
	if !ok {
		t.Fatalf("no process %s", id)
	}
	return p
}

const zone = "Europe/Copenhagen"

func span(from, to string) permit.Spans { return permit.Spans{{From: from, To: to}} }

// evenings is Monday to Friday, from a time to seven, and all of the weekend
// (H 4.3).
func evenings(from string) permit.Hours {
	h := permit.Hours{Zone: zone}
	for d := range 5 {
		h.Week[d] = span(from, "07:00")
	}
	h.Week[5], h.Week[6] = span("00:00", "24:00"), span("00:00", "24:00")
	return h
}

// school is an approved application: two cameras at a school, hours 16-7
// within a frame of 14-7.
func school() (casework.Application, plan.Drawing) {
	camera := func(id, area string) casework.Wanted {
		return casework.Wanted{Camera: id, Name: "Kamera " + id, Location: "aulum-skole", Cadastre: "12a Aulum", Area: area, Place: "adjoining-ground",
			Purpose: "Hærværk ved indgangene", PurposeKind: "crime", Basis: "2d", Affirmed: []string{"necessary"}, Pattern: "outdoor", Recording: true,
			Functionality: "Fast kamera", Quality: "1080p", Storage: "Centralt datacenter", Mounting: "På gavlen", Direction: "Mod øst"}
	}
	a := casework.Application{
		Answers: casework.Answers{
			"purpose": {Text: "At opklare gentaget hærværk"}, "retention": {Text: "14"}, "handling": {Text: "Ses kun efter konstateret kriminalitet"},
			"contact-person": {Rows: []map[string]string{{"name": "Anna", "role": "Leder", "contact": "96 00 00 00"}}}, "special-case": {Text: "no"},
		},
		Cameras:  []casework.Wanted{camera("a", "yard"), camera("b", "entrance")},
		Hours:    []casework.Pattern{{ID: "outdoor", Name: "Ude", Hours: evenings("16:00")}},
		Frame:    casework.Pattern{ID: "frame", Name: "Ydre ramme", Hours: evenings("14:00"), Closed: true},
		Drawings: []casework.DrawingUsed{{Drawing: "d", Version: 1}},
		Annexes:  []casework.Annex{{Kind: "local-guideline", Document: "doc-1", Name: "Retningslinje"}},
	}
	d := plan.Drawing{Title: "Skolen", Width: 1000, Height: 1000, MetresPerPixel: 0.1,
		Areas: []plan.Area{{ID: "yard", Name: "Skolegården", Use: plan.Watched, Kind: "schoolyard", Corners: []plan.Point{{X: 100, Y: 100}, {X: 900, Y: 100}, {X: 900, Y: 900}, {X: 100, Y: 900}}}},
		Cameras: []plan.Placed{
			{Camera: "a", Name: "A", At: plan.Point{X: 300, Y: 500}, Direction: 90, Angle: 60, Range: 20},
			{Camera: "b", Name: "B", At: plan.Point{X: 500, Y: 500}, Direction: 90, Angle: 60, Range: 20},
		}}
	return a, d
}

func copyDrawing(d plan.Drawing) plan.Drawing {
	d.Areas, d.Cameras = slices.Clone(d.Areas), slices.Clone(d.Cameras)
	return d
}

// TestChangesWithinTheApproval holds the comparison against every example
// that H 10.1 and 10.2 give, and against what they say of everything else.
func TestChangesWithinTheApproval(t *testing.T) {
	req.Shows(t, "CASE-15")
	p := newest(t, "herning")
	third := func(a *casework.Application, d *plan.Drawing, change func(*casework.Wanted)) {
		w := a.Cameras[0]
		w.Camera, w.Name = "c", "Kamera c"
		change(&w)
		a.Cameras = append(a.Cameras, w)
		a.Drawings[0].Version = 2
		d.Cameras = append(d.Cameras, plan.Placed{Camera: "c", Name: "C", At: plan.Point{X: 400, Y: 300}, Direction: 180, Angle: 60, Range: 15})
	}
	tests := []struct {
		name   string
		change func(*casework.Application, *plan.Drawing)
		inside bool
		field  string // of a difference that must be there
	}{
		{"H 10.1: the recording time is widened, since the reason covers a longer span", func(a *casework.Application, _ *plan.Drawing) { a.Hours[0].Hours = evenings("15:00") }, true, "hours.outdoor"},
		{"widened to the frame itself", func(a *casework.Application, _ *plan.Drawing) { a.Hours[0].Hours = evenings("14:00") }, true, "hours.outdoor"},
		{"widened beyond the frame", func(a *casework.Application, _ *plan.Drawing) { a.Hours[0].Hours = evenings("13:00") }, false, "hours.outdoor"},
		{"shortened", func(a *casework.Application, _ *plan.Drawing) { a.Hours[0].Hours = evenings("20:00") }, true, "hours.outdoor"},
		{"one minute past the frame in the morning", func(a *casework.Application, _ *plan.Drawing) {
			a.Hours[0].Hours.Week[2] = span("16:00", "07:01")
		}, false, "hours.outdoor"},
		{"a date in the middle of the day", func(a *casework.Application, _ *plan.Drawing) {
			a.Hours[0].Hours.Dates = []permit.Date{{Date: "2026-10-14", Spans: span("08:00", "12:00")}}
		}, false, "hours.outdoor"},
		{"all day on closing days, as the frame has it", func(a *casework.Application, _ *plan.Drawing) { a.Hours[0].Closed = true }, true, "hours.outdoor"},
		{"the frame itself is widened", func(a *casework.Application, _ *plan.Drawing) { a.Frame.Hours = evenings("12:00") }, false, "hours.frame"},
		{"a pattern more within the frame", func(a *casework.Application, _ *plan.Drawing) {
			a.Hours = append(a.Hours, casework.Pattern{ID: "night", Name: "Nat", Hours: evenings("22:00")})
			a.Cameras[0].Pattern = "night"
		}, true, "camera.pattern"},
		{"H 10.2: a camera is moved to another place, since the reason has moved", func(a *casework.Application, d *plan.Drawing) {
			a.Drawings[0].Version = 2
			a.Cameras[0].Mounting = "På skuret"
			d.Cameras[0].At = plan.Point{X: 300, Y: 700}
		}, true, "drawing.d"},
		{"H 10.2: a camera is turned another way", func(a *casework.Application, d *plan.Drawing) {
			a.Drawings[0].Version = 2
			a.Cameras[0].Direction = "Mod nord"
			d.Cameras[0].Direction = 0
		}, true, "drawing.d"},
		{"moved to see beyond the described area", func(a *casework.Application, d *plan.Drawing) {
			a.Drawings[0].Version = 2
			d.Cameras[0].At = plan.Point{X: 850, Y: 500}
		}, false, "drawing.d"},
		{"moved to another described area", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Area = "entrance" }, true, "camera.area"},
		{"moved to an area not described", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Area = "roof" }, false, "camera.area"},
		{"moved to another property (matrikel)", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Cadastre = "7c Aulum" }, false, "camera.location"},
		{"H 10.2: more cameras, since the reason has spread", func(a *casework.Application, d *plan.Drawing) { third(a, d, func(*casework.Wanted) {}) }, true, "camera"},
		{"more cameras in an area not described", func(a *casework.Application, d *plan.Drawing) {
			third(a, d, func(w *casework.Wanted) { w.Area = "roof" })
		}, false, "camera"},
		{"more cameras on another property", func(a *casework.Application, d *plan.Drawing) {
			third(a, d, func(w *casework.Wanted) { w.Cadastre = "7c Aulum" })
		}, false, "camera"},
		{"more cameras on another basis", func(a *casework.Application, d *plan.Drawing) {
			third(a, d, func(w *casework.Wanted) { w.Basis = "2c" })
		}, false, "camera.basis"},
		{"more cameras for another purpose", func(a *casework.Application, d *plan.Drawing) {
			third(a, d, func(w *casework.Wanted) { w.Purpose = "Tælle besøgende" })
		}, false, "camera.purpose"},
		{"more cameras, drawn nowhere", func(a *casework.Application, _ *plan.Drawing) {
			w := a.Cameras[0]
			w.Camera = "c"
			a.Cameras = append(a.Cameras, w)
		}, false, "drawing"},
		{"H 10.2: fewer cameras", func(a *casework.Application, d *plan.Drawing) {
			a.Cameras, a.Drawings[0].Version, d.Cameras = a.Cameras[:1], 2, d.Cameras[:1]
		}, true, "camera"},
		{"another basis", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Basis = "2c" }, false, "camera.basis"},
		{"another purpose of a camera", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Purpose = "Tælle besøgende" }, false, "camera.purpose"},
		{"another kind of purpose", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].PurposeKind = "other" }, false, "camera.purpose_kind"},
		{"another kind of place", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Place = "public-room" }, false, "camera.place"},
		{"sound", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Sound = true }, false, "camera.sound"},
		{"no longer recording", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Recording = false }, true, "camera.recording"},
		{"H 5.3: the handling is departed from", func(a *casework.Application, _ *plan.Drawing) {
			a.Answers["handling"] = casework.Answer{Text: "Ses hver morgen"}
		}, false, "handling"},
		{"footage kept longer", func(a *casework.Application, _ *plan.Drawing) { a.Answers["retention"] = casework.Answer{Text: "30"} }, false, "retention"},
		{"footage kept shorter is another handling too", func(a *casework.Application, _ *plan.Drawing) { a.Answers["retention"] = casework.Answer{Text: "7"} }, false, "retention"},
		{"stored otherwise", func(a *casework.Application, _ *plan.Drawing) { a.Cameras[0].Storage = "I kameraet" }, false, "camera.storage"},
		{"another contact person", func(a *casework.Application, _ *plan.Drawing) {
			a.Answers["contact-person"] = casework.Answer{Rows: []map[string]string{{"name": "Bo", "role": "Leder", "contact": "96 00 00 01"}}}
		}, true, "contact-person"},
		{"one more annex", func(a *casework.Application, _ *plan.Drawing) {
			a.Annexes = append(a.Annexes, casework.Annex{Kind: "other", Document: "doc-2", Name: "Foto"})
		}, true, "annex.other"},
		{"an annex is gone", func(a *casework.Application, _ *plan.Drawing) { a.Annexes = nil }, false, "annex.local-guideline"},
		{"the area on the drawing is made larger", func(a *casework.Application, d *plan.Drawing) {
			a.Drawings[0].Version = 2
			d.Areas[0].Corners = []plan.Point{{X: 0, Y: 0}, {X: 999, Y: 0}, {X: 999, Y: 999}, {X: 0, Y: 999}}
		}, false, "drawing.d"},
		{"another drawing altogether", func(a *casework.Application, _ *plan.Drawing) {
			a.Drawings = append(a.Drawings, casework.DrawingUsed{Drawing: "x", Version: 1})
		}, false, "drawing.x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			approved, was := school()
			wanted, is := approved.Clone(), copyDrawing(was)
			test.change(&wanted, &is)
			got := p.Compare(approved, wanted, map[string]plan.Drawing{"d": was}, map[string]plan.Drawing{"d": is})
			if casework.Inside(got) != test.inside {
				t.Errorf("inside: %v", got)
			}
			if !slices.ContainsFunc(got, func(d casework.Difference) bool { return d.Field == test.field && d.Inside == test.inside }) {
				t.Errorf("no difference at %s: %v", test.field, got)
			}
			for _, d := range got {
				if d.Why.DA == "" || d.Why.EN == "" || d.Cite == "" {
					t.Errorf("no reason: %+v", d)
				}
			}
			if test.inside {
				return
			}
			renewed := p.Renew(wanted, got)
			if renewed.Answers["renewal"].Text == "" || renewed.Answers["purpose"].Text != wanted.Answers["purpose"].Text {
				t.Errorf("not filled in: %v", renewed.Answers)
			}
		})
	}
	a, d := school()
	if got := p.Compare(a, a.Clone(), map[string]plan.Drawing{"d": d}, map[string]plan.Drawing{"d": d}); len(got) > 0 {
		t.Errorf("nothing changed: %v", got)
	}
}

// TestWideningIsTheProcesss: what Herning lets within the approval another
// may not.
func TestWideningIsTheProcesss(t *testing.T) {
	req.Shows(t, "CASE-15", "CASE-20")
	a, _ := school()
	a.Drawings = nil
	b := a.Clone()
	b.Hours[0].Hours = evenings("15:00")
	for _, p := range everyProcess(t) {
		if got := casework.Inside(p.Compare(a, b, nil, nil)); got != (p.Policy.Widen == casework.WidenFrame) {
			t.Errorf("%s (%s): %v", p.ID, p.Policy.Widen, got)
		}
	}
}

func TestRenewTakesNoTestimonyOver(t *testing.T) {
	req.Shows(t, "CASE-15")
	p := newest(t, "herning")
	a, d := school()
	drawn := map[string]plan.Drawing{"d": d}
	a.Annexes = append(a.Annexes, casework.Annex{Kind: "police", Document: "doc-9", Name: "Politidirektøren"})
	b := a.Clone()
	b.Cameras[0].Basis = "2c"
	got := p.Renew(b, p.Compare(a, b, drawn, drawn))
	if slices.ContainsFunc(got.Annexes, func(x casework.Annex) bool { return x.Kind == "police" }) || len(got.Annexes) != 1 {
		t.Errorf("annexes %v", got.Annexes)
	}
	if got.Cameras[0].Affirmed != nil || got.Cameras[1].Affirmed == nil {
		t.Error("what is affirmed of another basis must be affirmed anew, and nothing else")
	}
	if !strings.Contains(got.Answers["renewal"].Text, "hjemmel") {
		t.Errorf("why: %q", got.Answers["renewal"].Text)
	}
	if len(b.Annexes) != 2 || b.Cameras[0].Affirmed == nil {
		t.Error("what was given is changed")
	}
}
