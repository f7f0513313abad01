package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

// Zone is the wall time of every place that the portal shows.
func Zone() *time.Location { return clock.Denmark() }

func months(l Lang) []string {
	if l == English {
		return []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	}
	return []string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}
}

// Weekdays are the names of the days, Monday first.
func (w Words) Weekdays() []string {
	if w.Lang == English {
		return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	}
	return []string{"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"}
}

// Date is "21. november 2026"; the zero time is a dash.
func (w Words) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(Zone())
	if w.Lang == English {
		return fmt.Sprintf("%d %s %d", t.Day(), months(w.Lang)[t.Month()-1], t.Year())
	}
	return fmt.Sprintf("%d. %s %d", t.Day(), months(w.Lang)[t.Month()-1], t.Year())
}

// Clock is "14.02" in Danish and "14:02" in English.
func (w Words) Clock(t time.Time) string { return w.clock(t, "15:04") }

// ClockSeconds is Clock with seconds.
func (w Words) ClockSeconds(t time.Time) string { return w.clock(t, "15:04:05") }

func (w Words) clock(t time.Time, layout string) string {
	s := t.In(Zone()).Format(layout)
	if w.Lang == Danish {
		s = strings.ReplaceAll(s, ":", ".")
	}
	return s
}

// At is "kl. 14.02" in Danish and "at 14:02" in English.
func (w Words) At(t time.Time) string {
	if w.Lang == English {
		return "at " + w.Clock(t)
	}
	return "kl. " + w.Clock(t)
}

// DateTime is "21. november 2026 kl. 14.02"; the zero time is a dash.
func (w Words) DateTime(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return w.Date(t) + " " + w.At(t)
}

// DateTimeSeconds is DateTime to the second.
func (w Words) DateTimeSeconds(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	if w.Lang == English {
		return w.Date(t) + " at " + w.ClockSeconds(t)
	}
	return w.Date(t) + " kl. " + w.ClockSeconds(t)
}

// When is DateTime, shorter when it is today or yesterday by now.
func (w Words) When(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	type date struct {
		year  int
		month time.Month
		day   int
	}
	day := func(t time.Time) (d date) {
		d.year, d.month, d.day = t.In(Zone()).Date()
		return d
	}
	switch day(t) {
	case day(now):
		return w.T("when.today", w.At(t))
	case day(now.AddDate(0, 0, -1)):
		return w.T("when.yesterday", w.At(t))
	case day(now.AddDate(0, 0, 1)):
		return w.T("when.tomorrow", w.At(t))
	}
	return w.DateTime(t)
}

// ISO is the time for machines.
func (w Words) ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Span is how long, in the two largest units: "2 timer 10 min.".
func (w Words) Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	two := func(a int64, aw string, b int64, bw string) string {
		s := w.N("span."+aw, a)
		if b > 0 {
			s += " " + w.N("span."+bw, b)
		}
		return s
	}
	sec := int64(d.Round(time.Second) / time.Second)
	switch {
	case sec < 60:
		return w.N("span.second", sec)
	case sec < 3600:
		return two(sec/60, "minute", sec%60, "second")
	case sec < 48*3600:
		return two(sec/3600, "hour", sec%3600/60, "minute")
	default:
		return two(sec/86400, "day", sec%86400/3600, "hour")
	}
}

// Number is 1.234.567 in Danish and 1,234,567 in English.
func (w Words) Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	sep := "."
	if w.Lang == English {
		sep = ","
	}
	var out []string
	for len(s) > 3 {
		out = append([]string{s[len(s)-3:]}, out...)
		s = s[:len(s)-3]
	}
	s = strings.Join(append([]string{s}, out...), sep)
	if neg {
		return "-" + s
	}
	return s
}

// Decimal is a number with one decimal and the language's point.
func (w Words) Decimal(f float64) string {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	if w.Lang == Danish {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Bytes is a size: "1,2 GB".
func (w Words) Bytes(n int64) string {
	f := float64(n)
	for _, u := range []string{"B", "kB", "MB", "GB", "TB"} {
		if f < 1000 || u == "TB" {
			if u == "B" {
				return w.Number(n) + " B"
			}
			return w.Decimal(f) + " " + u
		}
		f /= 1000
	}
	return ""
}

// Percent is part of whole, never 100 while something is missing.
func (w Words) Percent(part, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	tenths := part * 1000 / whole
	if part >= whole {
		return "100 %"
	}
	return w.Decimal(float64(min(tenths, 999))/10) + " %"
}

// LocalTime reads a date and a time of day as the wall of the places has it.
// People write 14.02, 14:02, 1402 and 14, with or without seconds.
func LocalTime(date, clock string) (time.Time, error) {
	clock = strings.NewReplacer(".", ":", " ", "").Replace(strings.TrimSpace(clock))
	switch len(clock) {
	case 1, 2:
		clock = strings.Repeat("0", 2-len(clock)) + clock + ":00"
	case 4:
		if !strings.Contains(clock, ":") {
			clock = clock[:2] + ":" + clock[2:]
		}
	}
	if strings.IndexByte(clock, ':') == 1 {
		clock = "0" + clock
	}
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05", date+"T"+clock, Zone())
	if err != nil {
		return t, fault.As(fault.Invalid, "time.form", err)
	}
	return t.UTC(), nil
}

var danish = strings.NewReplacer("æ", "zza", "ø", "zzb", "å", "zzc")

// Fold makes names compare as people sort them: case does not count, and æ, ø
// and å come last.
func Fold(s string) string {
	return danish.Replace(strings.ToLower(s))
}

// LocalDate reads a date as a date field sends it, 2026-11-21, as the wall of
// the places has it: the first moment of the day.
func LocalDate(date string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(date), Zone())
	if err != nil {
		return t, fault.As(fault.Invalid, "time.form", err)
	}
	return t.UTC(), nil
}

// FormDate is a time as a date field shows it; the zero time is empty.
func FormDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(Zone()).Format(time.DateOnly)
}
