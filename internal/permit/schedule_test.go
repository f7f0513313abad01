package permit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// genHours draws hours that pass their check, on coarse minutes so that windows
// often meet, touch midnight and fall into the hours of clock changes.
func genHours(t *rapid.T, dates []string) permit.Hours {
	h := permit.Hours{Zone: rapid.SampledFrom([]string{
		"Europe/Copenhagen", "Europe/Copenhagen", "Atlantic/Faroe", "America/Nuuk", "UTC", "Australia/Lord_Howe",
	}).Draw(t, "zone")}
	spans := func(name string) permit.Spans {
		n := rapid.IntRange(0, 3).Draw(t, name)
		marks := rapid.SliceOfNDistinct(rapid.IntRange(0, 48), 2*n, 2*n, rapid.ID[int]).Draw(t, name+" marks")
		slices.Sort(marks)
		var out permit.Spans
		for i := range n {
			from, to := marks[2*i], marks[2*i+1]
			if i > 0 && rapid.Bool().Draw(t, "meets") {
				from = marks[2*i-1]
			}
			if i == n-1 && rapid.Bool().Draw(t, "over midnight") {
				to = rapid.IntRange(1, max(1, from)).Draw(t, "until")
			}
			if from == 48 || to == 0 {
				continue
			}
			out = append(out, permit.Span{From: hhmm(from * 30), To: hhmm(to * 30)})
		}
		return out
	}
	if rapid.Bool().Draw(t, "all the same") {
		s := spans("day")
		for i := range h.Week {
			h.Week[i] = s
		}
	} else {
		for i := range h.Week {
			h.Week[i] = spans("day")
		}
	}
	for _, d := range dates {
		if rapid.IntRange(0, 3).Draw(t, "special") == 0 {
			h.Dates = append(h.Dates, permit.Date{Date: d, Spans: spans("date")})
		}
	}
	return h
}

func hhmm(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// naive answers for one moment straight from the definition: is there a
// window, beginning on this date or one of the two before, that t lies in? A
// wall time is looked up by trying each second of the day in UTC.
type naive struct {
	h     permit.Hours
	zone  *time.Location
	cache map[string][]time.Time
}

// readings lists the moments at which the zone's clocks show a wall time.
func (n *naive) readings(day time.Time, minute int) []time.Time {
	wall := day.Add(time.Duration(minute) * time.Minute)
	key := wall.Format(time.RFC3339)
	if r, ok := n.cache[key]; ok {
		return r
	}
	var out []time.Time
	for m := -15 * 60; m <= 15*60; m += 15 { // all offsets are of quarters
		t := wall.Add(time.Duration(m) * time.Minute)
		if t.In(n.zone).Format("2006-01-02 15:04") == wall.Format("2006-01-02 15:04") {
			out = append(out, t)
		}
	}
	if len(out) == 0 { // skipped: the first moment whose wall time is later
		for m := -15 * 60; m <= 15*60; m++ {
			t := wall.Add(time.Duration(m) * time.Minute)
			if t.In(n.zone).Format("2006-01-02 15:04") > wall.Format("2006-01-02 15:04") {
				out = append(out, t)
				break
			}
		}
	}
	n.cache[key] = out
	return out
}

func (n *naive) windows(from, to time.Time) [][2]int {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(n.zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	var out [][2]int // wall minutes since 1970
	for d := day(from).AddDate(0, 0, -3); !d.After(day(to).AddDate(0, 0, 1)); d = d.AddDate(0, 0, 1) {
		spans := n.h.Week[(int(d.Weekday())+6)%7]
		for _, x := range n.h.Dates {
			if x.Date == d.Format(time.DateOnly) {
				spans = x.Spans
			}
		}
		for _, s := range spans {
			var a, b, c, e int
			_, _ = fmt.Sscanf(s.From, "%d:%d", &a, &b) // genHours writes them
			_, _ = fmt.Sscanf(s.To, "%d:%d", &c, &e)
			w := [2]int{int(d.Unix()/60) + a*60 + b, int(d.Unix()/60) + c*60 + e}
			if w[1] <= w[0] {
				w[1] += 1440
			}
			if k := len(out); k > 0 && w[0] <= out[k-1][1] {
				out[k-1][1] = max(out[k-1][1], w[1])
			} else {
				out = append(out, w)
			}
		}
	}
	return out
}

// TestHoursAgreeEachMinute holds Covers, Intervals and Next against a naive
// reading of the definition, at each minute of days that hold clock changes,
// year ends and leap days.
func TestHoursAgreeEachMinute(t *testing.T) {
	req.Shows(t, "REC-2")
	starts := []string{"2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z", "2027-03-26T00:00:00Z", "2027-10-29T00:00:00Z",
		"2026-12-30T00:00:00Z", "2028-02-27T00:00:00Z", "2026-06-04T00:00:00Z", "2027-04-02T00:00:00Z"}
	rapid.Check(t, func(t *rapid.T) {
		from, err := time.Parse(time.RFC3339, rapid.SampledFrom(starts).Draw(t, "start"))
		if err != nil {
			t.Fatal(err)
		}
		to := from.Add(4 * 24 * time.Hour)
		var dates []string
		for i := range 5 {
			dates = append(dates, from.AddDate(0, 0, i).Format(time.DateOnly))
		}
		h := genHours(t, dates)
		s, err := h.Compile()
		if err != nil {
			if fault.Key(err) != "permit.hours" {
				t.Fatal(err)
			}
			t.Skip("no window at all")
		}
		zone, err := time.LoadLocation(h.Zone)
		if err != nil {
			t.Fatal(err)
		}
		n := &naive{h, zone, map[string][]time.Time{}}
		var want [][2]time.Time
		for _, w := range n.windows(from, to) {
			a := n.readings(time.Unix(0, 0).UTC(), w[0])
			b := n.readings(time.Unix(0, 0).UTC(), w[1])
			want = append(want, [2]time.Time{a[len(a)-1], b[0]})
		}
		in := s.Intervals(from, to)
		for i := 1; i < len(in); i++ {
			if !in[i-1].To.Before(in[i].From) {
				t.Fatalf("intervals %v and %v meet", in[i-1], in[i])
			}
		}
		fresh, err := h.Compile() // its cache is walked forward only
		if err != nil {
			t.Fatal(err)
		}
		next, changes := fresh.Next(from)
		last := fresh.Covers(from)
		for x := from; x.Before(to); x = x.Add(time.Minute) {
			covered := slices.ContainsFunc(want, func(w [2]time.Time) bool { return !x.Before(w[0]) && x.Before(w[1]) })
			if got := fresh.Covers(x); got != covered {
				t.Fatalf("%v (%v): Covers says %v, the definition %v\n%+v", x, x.In(zone), got, covered, h)
			}
			if got := slices.ContainsFunc(in, func(i permit.Interval) bool { return !x.Before(i.From) && x.Before(i.To) }); got != covered {
				t.Fatalf("%v: Intervals say %v, Covers %v\n%+v", x, got, covered, h)
			}
			if covered != last {
				if !changes || !next.Equal(x) {
					t.Fatalf("%v: changed, Next said %v %v\n%+v", x, next, changes, h)
				}
				next, changes = fresh.Next(x)
				last = covered
			}
		}
		if changes && next.Before(to) {
			t.Fatalf("Next said %v, and nothing changed\n%+v", next, h)
		}
		// In any order the answers are the same.
		for range 50 {
			x := from.Add(time.Duration(rapid.IntRange(0, 4*1440-1).Draw(t, "minute")) * time.Minute)
			if s.Covers(x) != fresh.Covers(x) {
				t.Fatalf("%v: depends on what was asked before", x)
			}
		}
	})
}

func TestHoursNextFarAway(t *testing.T) {
	h := always()
	if _, ok := h.Next(at(t, "2026-06-01 12:00")); ok {
		t.Error("always changes")
	}
	// Always, but for one day in ten years.
	h.Dates = []permit.Date{{Date: "2036-06-05"}}
	next, ok := h.Next(at(t, "2026-06-01 12:00"))
	if !ok || !next.Equal(at(t, "2036-06-05 00:00")) {
		t.Errorf("next %v %v", next, ok)
	}
	if next, ok = h.Next(next); !ok || !next.Equal(at(t, "2036-06-06 00:00")) {
		t.Errorf("and then %v %v", next, ok)
	}
	if _, ok = h.Next(next); ok {
		t.Error("and then again")
	}
	// A summer without windows, then the week again.
	var summer permit.Hours
	summer.Zone = "Europe/Copenhagen"
	summer.Week[0] = permit.Spans{{From: "08:00", To: "09:00"}}
	for d := at(t, "2026-06-01 12:00"); d.Before(at(t, "2026-09-15 00:00")); d = d.AddDate(0, 0, 1) {
		summer.Dates = append(summer.Dates, permit.Date{Date: d.Format(time.DateOnly)})
	}
	if next, ok = summer.Next(at(t, "2026-06-01 07:00")); !ok || !next.Equal(at(t, "2026-09-21 08:00")) {
		t.Errorf("after the summer: %v %v", next, ok)
	}
	// Only in the hour that a Sunday in March loses.
	var lost permit.Hours
	lost.Zone = "Europe/Copenhagen"
	lost.Week[6] = permit.Spans{{From: "02:15", To: "02:45"}}
	if next, ok = lost.Next(at(t, "2026-03-28 12:00")); !ok || !next.Equal(at(t, "2026-04-05 02:15")) {
		t.Errorf("after the lost hour: %v %v", next, ok)
	}
}

func TestHoursRefused(t *testing.T) {
	week := func(s ...permit.Span) permit.Hours {
		h := permit.Hours{Zone: "Europe/Copenhagen"}
		h.Week[2] = s
		return h
	}
	dates := func(d ...permit.Date) permit.Hours {
		h := nights()
		h.Dates = d
		return h
	}
	for name, h := range map[string]permit.Hours{
		"zero":           {},
		"no zone":        {Week: nights().Week},
		"unknown zone":   {Zone: "Europe/Herning", Week: nights().Week},
		"local zone":     {Zone: "Local", Week: nights().Week},
		"zone by path":   {Zone: "../../etc/passwd", Week: nights().Week},
		"no window":      week(),
		"24:00 begin":    week(permit.Span{From: "24:00", To: "24:00"}),
		"00:00 end":      week(permit.Span{From: "10:00", To: "00:00"}),
		"24:30":          week(permit.Span{From: "10:00", To: "24:30"}),
		"one digit":      week(permit.Span{From: "9:00", To: "10:00"}),
		"dots":           week(permit.Span{From: "09.00", To: "10.00"}),
		"minute 60":      week(permit.Span{From: "09:60", To: "10:00"}),
		"sign":           week(permit.Span{From: "+9:00", To: "10:00"}),
		"overlap":        week(permit.Span{From: "09:00", To: "11:00"}, permit.Span{From: "10:59", To: "12:00"}),
		"out of order":   week(permit.Span{From: "12:00", To: "13:00"}, permit.Span{From: "09:00", To: "10:00"}),
		"after midnight": week(permit.Span{From: "16:00", To: "07:00"}, permit.Span{From: "20:00", To: "21:00"}),
		"date twice":     dates(permit.Date{Date: "2026-12-24"}, permit.Date{Date: "2026-12-24"}),
		"date order":     dates(permit.Date{Date: "2026-12-25"}, permit.Date{Date: "2026-12-24"}),
		"no such date":   dates(permit.Date{Date: "2026-02-29"}),
		"date form":      dates(permit.Date{Date: "2026-2-9"}),
		"date name":      dates(permit.Date{Date: "2026-12-24", Name: "Jule\naften"}),
	} {
		if err := h.Check(); !fault.Is(err, fault.Refused) || fault.Key(err) != "permit.hours" {
			t.Errorf("%s: %v", name, err)
		}
		if h.Covers(at(t, "2026-12-24 18:00")) {
			t.Errorf("%s: refused hours cover something", name)
		}
	}
}

func TestHoursExplained(t *testing.T) {
	h := nights()
	h.Dates = []permit.Date{{Date: "2026-12-24", Name: "Juleaften", Spans: permit.Spans{{From: "00:00", To: "24:00"}}}, {Date: "2027-06-05"}}
	split := permit.Hours{Zone: "America/Nuuk"}
	split.Week[0] = permit.Spans{{From: "00:00", To: "07:00"}, {From: "16:00", To: "24:00"}}
	split.Week[1] = split.Week[0]
	for _, c := range []struct {
		h        permit.Hours
		lang, to string
	}{
		{h, "da", "Mandag-fredag 16.00-07.00 næste dag. Lørdag og søndag hele døgnet. Undtagen 24. december 2026 (Juleaften): hele døgnet; 5. juni 2027: ingen optagelse."},
		{h, "en", "Monday-Friday 16:00-07:00 the next day. Saturday and Sunday all day. Except 24 December 2026 (Juleaften): all day; 5 June 2027: no recording."},
		{always(), "da", "Alle dage hele døgnet."},
		{split, "da", "Mandag og tirsdag 00.00-07.00 og 16.00-24.00. Tiderne er i zonen America/Nuuk."},
		{permit.Hours{Zone: "Europe/Copenhagen"}, "da", "Ingen optagelse."},
	} {
		if got := c.h.Explain(c.lang); got != c.to {
			t.Errorf("got  %s\nwant %s", got, c.to)
		}
	}
}

// Asked for each frame of hundreds of cameras: nothing is allocated, and
// BenchmarkCovers measures well under the 200 ns that it may take.
func TestCoversAllocatesNothing(t *testing.T) {
	s, err := nights().Compile()
	if err != nil {
		t.Fatal(err)
	}
	now := at(t, "2026-06-01 16:00")
	b := new(permit.Book)
	apply(t, b, now, allowed("cam-1", now))
	if n := testing.AllocsPerRun(1000, func() { s.Covers(now); b.Covers("cam-1", "main", now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCovers(b *testing.B) {
	s, err := nights().Compile()
	if err != nil {
		b.Fatal(err)
	}
	t := at(b, "2026-06-01 16:00")
	b.ReportAllocs()
	for b.Loop() {
		t = t.Add(66 * time.Microsecond)
		s.Covers(t)
	}
}

// A book of four hundred cameras after years of stops and renewals.
func BenchmarkBookCovers(b *testing.B) {
	now := at(b, "2026-06-01 16:00")
	book := new(permit.Book)
	for i := range 400 {
		p := allowed(fmt.Sprintf("cam-%d", i), now)
		p.Hours = nights()
		apply(b, book, now, p)
	}
	for i := range 1000 {
		s := &permit.Stop{Head: head(now), Cameras: []string{fmt.Sprintf("cam-%d", i%400)}}
		apply(b, book, now, s, &permit.Restart{Head: head(now), Stop: s.ID})
	}
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(66 * time.Microsecond)
		book.Covers("cam-7", "main", now)
	}
}
