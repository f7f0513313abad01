package permit

import (
	"iter"
	"math"
	"sync/atomic"
	"time"
	_ "time/tzdata" // hours must not depend on what the machine has installed

	"vidne.dk/vidne/internal/fault"
)

// Bounds of a permit's hours.
const (
	MaxSpans = 24  // windows that begin on one day
	MaxDates = 800 // dates that differ: two years of them
)

// Schedule is [Hours] made ready to be asked for each frame. It is safe for
// concurrent use.
type Schedule struct {
	zone  *time.Location
	week  [7][]minutes
	dates map[int][]minutes // by day number
	days  []int             // the keys of dates, ascending
	last  atomic.Pointer[stretch]
}

// minutes is a window in wall minutes of the day on which it begins; to may
// reach into the next day.
type minutes struct{ from, to int }

// stretch is a time without change: From included, To not.
type stretch struct {
	from, to int64 // Unix nanoseconds
	covers   bool
}

// never is the end of a stretch without one.
const never = math.MaxInt64

// Compile makes the schedule, with the errors of [Hours.Check].
func (h Hours) Compile() (*Schedule, error) {
	if h.Zone == "" || h.Zone == "Local" || len(h.Zone) > MaxName {
		return nil, refused("permit.hours", "zone %.60q", h.Zone)
	}
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return nil, fault.As(fault.Refused, "permit.hours", err)
	}
	s := &Schedule{zone: zone, dates: map[int][]minutes{}}
	windows := 0
	for i, spans := range h.Week {
		if s.week[i], err = spans.minutes(); err != nil {
			return nil, err
		}
		windows += len(spans)
	}
	if len(h.Dates) > MaxDates {
		return nil, refused("permit.hours", "%d dates, more than %d", len(h.Dates), MaxDates)
	}
	for i, d := range h.Dates {
		t, err := time.Parse(time.DateOnly, d.Date)
		if err != nil || !isTime(t) || t.Format(time.DateOnly) != d.Date {
			return nil, refused("permit.hours", "date %.20q", d.Date)
		}
		if !isLine(d.Name, MaxLine) {
			return nil, refused("permit.hours", "the name of %s is too long or holds control characters", d.Date)
		}
		n := dayOf(t)
		if i > 0 && n <= s.days[i-1] {
			return nil, refused("permit.hours", "date %s out of order", d.Date)
		}
		if s.dates[n], err = d.Spans.minutes(); err != nil {
			return nil, err
		}
		s.days = append(s.days, n)
		windows += len(d.Spans)
	}
	if windows == 0 {
		return nil, refused("permit.hours", "no window at all")
	}
	return s, nil
}

func (spans Spans) minutes() ([]minutes, error) {
	if len(spans) > MaxSpans {
		return nil, refused("permit.hours", "%d windows on one day, more than %d", len(spans), MaxSpans)
	}
	var out []minutes
	end := 0
	for i, s := range spans {
		from, ok1 := clock(s.From)
		to, ok2 := clock(s.To)
		if !ok1 || !ok2 || from > 23*60+59 || to < 1 {
			return nil, refused("permit.hours", "window %.10q-%.10q", s.From, s.To)
		}
		if to <= from {
			to += 24 * 60
		}
		if i > 0 && from < end {
			return nil, refused("permit.hours", "window %s-%s overlaps the one before", s.From, s.To)
		}
		end = to
		out = append(out, minutes{from, to})
	}
	return out, nil
}

// clock reads "HH:MM", 00:00 to 24:00, in minutes.
func clock(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	n := h*60 + m
	return n, m < 60 && n <= 24*60
}

// Check refuses a zone that is not known, times that are not, windows that
// overlap on one day, dates out of order, and hours without any window. The
// key is permit.hours.
func (h Hours) Check() error {
	_, err := h.Compile()
	return err
}

// Covers says whether the hours cover the moment t. It compiles the hours each
// time; what asks for each frame keeps a [Schedule]. Hours that do not pass
// [Hours.Check] cover nothing.
func (h Hours) Covers(t time.Time) bool {
	s, err := h.Compile()
	return err == nil && s.Covers(t)
}

// Next is [Schedule.Next] for hours not compiled.
func (h Hours) Next(t time.Time) (time.Time, bool) {
	s, err := h.Compile()
	if err != nil {
		return time.Time{}, false
	}
	return s.Next(t)
}

// Intervals is [Schedule.Intervals] for hours not compiled.
func (h Hours) Intervals(from, to time.Time) []Interval {
	s, err := h.Compile()
	if err != nil {
		return nil
	}
	return s.Intervals(from, to)
}

// Covers says whether a window covers the moment t: from its first moment,
// not at its last. Asking for times that do not go back costs a few
// nanoseconds; only at a change is anything computed.
func (s *Schedule) Covers(t time.Time) bool { return s.at(t).covers }

// Next is the moment after t at which the answer of Covers changes, or false
// if it never does. Windows that join, at midnight or elsewhere, are no change.
func (s *Schedule) Next(t time.Time) (time.Time, bool) {
	st := s.at(t)
	if st.to == never {
		return time.Time{}, false
	}
	return time.Unix(0, st.to).UTC(), true
}

// Intervals lists what is covered between from and to, in order, joined and
// cut to the two.
func (s *Schedule) Intervals(from, to time.Time) []Interval {
	var out []Interval
	for t := from; t.Before(to); {
		st := s.at(t)
		end := to
		if st.to != never && time.Unix(0, st.to).Before(to) {
			end = time.Unix(0, st.to)
		}
		if st.covers {
			out = append(out, Interval{t.UTC(), end.UTC()})
		}
		t = end
	}
	return out
}

func (s *Schedule) at(t time.Time) *stretch {
	n := t.UnixNano()
	if st := s.last.Load(); st != nil && n >= st.from && n < st.to {
		return st
	}
	st := s.find(t)
	s.last.Store(st)
	return st
}

// find computes the stretch around t.
func (s *Schedule) find(t time.Time) *stretch {
	n := t.UnixNano()
	day := dayOf(t.In(s.zone))
	// Each weekday comes five times in forty days, and at most one of them is
	// emptied by a change of clock: what has not changed by then never does.
	end := day + 40
	if k := len(s.days); k > 0 {
		end = max(end, s.days[k-1]+40)
	}
	st := &stretch{from: n, to: never}
	for a, b := range s.windows(day-2, end) {
		switch {
		case b <= n:
			st.from = b
			continue
		case a <= n:
			st.from, st.to, st.covers = a, b, true
		default:
			st.to = a
		}
		break
	}
	return st
}

// windows yields, in order and joined, the windows that begin on the days from
// one to another, as Unix nanoseconds. One that still runs on the last day
// ends never.
//
// Windows are first joined in wall time and only then turned into instants:
// so a night that passes 02.30 in two windows that meet there stays whole when
// 02.30 comes twice, and all of every day has no change at all. Those that a
// change to summer time brings together are joined as instants.
func (s *Schedule) windows(from, to int) iter.Seq2[int64, int64] {
	return func(yield func(int64, int64) bool) {
		var wall *minutes // in minutes since day 0
		var a, b int64    // instants, not yet yielded when a < b
		flush := func(x, y int64) bool {
			if x >= y { // emptied by a change of clock
				return true
			}
			if a < b && x <= b {
				b = max(b, y)
				return true
			}
			if a < b && !yield(a, b) {
				return false
			}
			a, b = x, y
			return true
		}
		for d := from; d < to; d++ {
			for _, w := range s.on(d) {
				w = minutes{d*1440 + w.from, d*1440 + w.to}
				if wall != nil && w.from <= wall.to {
					wall.to = max(wall.to, w.to)
					continue
				}
				if wall != nil && !flush(s.instant(wall.from, true), s.instant(wall.to, false)) {
					return
				}
				wall = &w
			}
		}
		if wall != nil {
			end := int64(never)
			if wall.to < (to-1)*1440 {
				end = s.instant(wall.to, false)
			}
			if !flush(s.instant(wall.from, true), end) {
				return
			}
		}
		if a < b {
			yield(a, b)
		}
	}
}

// on is the windows that begin on a day.
func (s *Schedule) on(day int) []minutes {
	if w, ok := s.dates[day]; ok {
		return w
	}
	return s.week[((day+3)%7+7)%7] // day 0, 1 January 1970, was a Thursday
}

// dayOf numbers the date that t shows, in its own zone: 0 is 1 January 1970.
func dayOf(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// instant turns a wall time, in minutes since day 0, into Unix nanoseconds. A
// wall time that does not exist is the instant of the change; one that comes
// twice is its second reading for a begin and its first for an end.
func (s *Schedule) instant(wall int, begin bool) int64 {
	w := int64(wall) * 60
	// Walk the zone's periods near w; offsets are less than 26 hours.
	t := time.Unix(w-26*3600, 0).In(s.zone)
	found, gap := int64(math.MinInt64), int64(math.MinInt64)
	for {
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		c := w - int64(offset)
		if (start.IsZero() || c >= start.Unix()) && (end.IsZero() || c < end.Unix()) {
			if begin || found == math.MinInt64 {
				found = c
			}
		}
		if end.IsZero() || end.Unix() > w+26*3600 {
			break
		}
		if _, after := end.Zone(); end.Unix()+int64(offset) <= w && w < end.Unix()+int64(after) {
			gap = end.Unix()
		}
		t = end
	}
	if found == math.MinInt64 {
		found = gap
	}
	return found * int64(time.Second)
}
