package casework

import (
	"fmt"
	"strings"
	"time"

	"vidne.dk/vidne/internal/permit"
)

// Term (vilkår for optagelse) is what one camera is permitted: the permit to
// be, in the words of the decision.
type Term struct {
	Camera           string
	Hours            permit.Hours
	Sound            bool
	RetentionHours   int
	LongestHoldHours int // 0: no fixed end
	Class            permit.Class
	Basis            string
	Case             string
	ValidFrom        time.Time
	ValidTo          time.Time
	Text             Text // plain words
}

// Grounds is what terms rest on beside the application.
type Grounds struct {
	Rulings map[string]Ruling // by camera, from [Rulings]
	// Calendar is the opening hours of each location by date: a date without
	// windows is a closing day.
	Calendar map[string][]permit.Date
	Licence  time.Time // as [Facts.Licence]
	From     time.Time // when the permits begin
}

// Terms are those of every camera that is to record under the approved
// application, and why a camera that wants to record gets none. A camera whose
// basis allows no recording never gets any (L § 2 stk. 1 nr. 4).
func (p *Process) Terms(c Case, a Application, g Grounds) ([]Term, []Missing) {
	var out []Term
	var why []Missing
	if c.Approved == 0 || c.Status != Open && c.Status != Established {
		return nil, []Missing{say("case.undecided")}
	}
	days := p.RetentionDays(a)
	for _, w := range a.Cameras {
		if !w.Recording {
			continue
		}
		no := func(key string) {
			m := sayOf(key, Text{w.Name, w.Name})
			m.Camera = w.Camera
			why = append(why, m)
		}
		r, ok := g.Rulings[w.Camera]
		if !ok {
			no("terms.basis")
			continue
		}
		if !r.Records {
			no("terms.record")
			continue
		}
		t := Term{Camera: w.Camera, Sound: w.Sound, Class: r.Class, LongestHoldHours: r.LongestHoldHours, Basis: r.Basis.DA, Case: c.ID, ValidFrom: g.From}
		h, ok := find(a.Hours, func(h *Pattern) bool { return h.ID == w.Pattern })
		if !ok || h.Hours.Check() != nil {
			no("camera.hours")
			continue
		}
		t.Hours = h.calendar(g.Calendar[w.Location], g.From)
		longest := longestHours
		if r.LongestDays > 0 {
			longest = min(longest, r.LongestDays*24)
		}
		if days < 1 || days*24 > longest {
			no("terms.retention")
			continue
		}
		t.RetentionHours = days * 24
		end := g.From.In(zone()).AddDate(LongestYears, 0, 0).UTC()
		for _, x := range []time.Time{c.ValidTo, r.Until, g.Licence} {
			end = sooner(end, x)
		}
		if t.ValidTo = end; !g.From.Before(end) {
			no("terms.ended")
			continue
		}
		t.Text = Text{t.words("da", w, c), t.words("en", w, c)}
		out = append(out, t)
	}
	return out, why
}

// words say a term so that everybody can read it.
func (t Term) words(lang string, w Wanted, c Case) string {
	p := permit.Permit{Camera: w.Camera, Stream: "main", Hours: t.Hours, Sound: t.Sound, RetentionHours: t.RetentionHours,
		LongestHoldHours: t.LongestHoldHours, Class: t.Class, Basis: t.Basis, Case: t.Case, ValidFrom: t.ValidFrom, ValidTo: t.ValidTo}
	p.Controller = c.Controller
	lines := p.Explain(lang)
	format := "Kameraet “%s”: %s"
	if lang == "en" {
		format = "The camera “%s”: %s"
	}
	return fmt.Sprintf(format, w.Name, w.Purpose) + "\n" + strings.Join(lines, "\n")
}

// calendar is a pattern's hours with the closing days of a location worked in,
// where the pattern follows them: on a date that differs it records whenever
// the location is shut. What the pattern says of a date itself stands.
func (p Pattern) calendar(dates []permit.Date, from time.Time) permit.Hours {
	h := p.clone().Hours
	if !p.Closed {
		return h
	}
	today := from.In(zone()).AddDate(0, 0, -1).Format(time.DateOnly)
	for _, d := range dates {
		if _, own := find(h.Dates, func(x *permit.Date) bool { return x.Date == d.Date }); own || d.Date < today {
			continue
		}
		h.Dates = append(h.Dates, permit.Date{Date: d.Date, Name: d.Name, Spans: shut(d.Spans)})
	}
	sortDates(h.Dates)
	return h
}

// Outside is the hours at which a place is not open (H 4.3).
func Outside(open permit.Hours) permit.Hours {
	out := permit.Hours{Zone: open.Zone}
	for i, s := range open.Week {
		// What runs over from the day before is open too.
		out.Week[i] = gaps(occupied(open.Week[(i+6)%7], s))
	}
	for _, d := range open.Dates {
		out.Dates = append(out.Dates, permit.Date{Date: d.Date, Name: d.Name, Spans: shut(d.Spans)})
	}
	sortDates(out.Dates)
	return out
}

// shut is a date's windows turned round.
func shut(open permit.Spans) permit.Spans { return gaps(occupied(nil, open)) }

// gaps are the windows of a day in which nothing is.
func gaps(m minutes) permit.Spans {
	var out permit.Spans
	for i := 0; i < dayMinutes; i++ {
		if m[i] {
			continue
		}
		from := i
		for i < dayMinutes && !m[i] {
			i++
		}
		out = append(out, permit.Span{From: clockText(from), To: clockText(i)})
	}
	return out
}

func clockText(n int) string { return fmt.Sprintf("%02d:%02d", n/60, n%60) }
