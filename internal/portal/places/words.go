package places

import (
	"regexp"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
)

// wall is a time of day, "08:00", as the language writes it.
func (v *visit) wall(hhmm string) string {
	if v.Lang == page.English {
		return hhmm
	}
	return strings.ReplaceAll(hhmm, ":", ".")
}

// degrees is a coordinate with as many decimals as a metre has.
func (v *visit) degrees(f float64) string {
	s := strconv.FormatFloat(f, 'f', 5, 64)
	if v.Lang == page.English {
		return s
	}
	return strings.Replace(s, ".", ",", 1)
}

// typedSpans is a day's windows as a form shows them: "08.00-16.00, 18.00-21.00".
func (v *visit) typedSpans(all permit.Spans) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, v.wall(s.From)+"-"+v.wall(s.To))
	}
	return strings.Join(parts, ", ")
}

// typedDates are the days that differ, one a line: "24-12-2026 lukket Juleaften".
func (v *visit) typedDates(all []permit.Date) string {
	var lines []string
	for _, d := range all {
		hours := v.typedSpans(d.Spans)
		if hours == "" {
			hours = v.T("place.form.closed")
		}
		lines = append(lines, strings.TrimSpace(d.Date[8:10]+"-"+d.Date[5:7]+"-"+d.Date[:4]+" "+hours+" "+d.Name))
	}
	return strings.Join(lines, "\n")
}

var dateLine = regexp.MustCompile(`^(\d{1,2})[-./](\d{1,2})[-./](\d{4})\s+(?i:(lukket|closed)|([\d.:\s,;–—-]*\d))(?:[\s,]+(.*))?$`)

// readDates reads days that differ, one a line; bad is the first line that
// cannot be read.
func readDates(text string) (out []permit.Date, bad string) {
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		m := dateLine.FindStringSubmatch(line)
		if m == nil {
			return nil, line
		}
		date := m[3] + "-" + two(m[2]) + "-" + two(m[1])
		spans, err := page.ReadSpans(m[5])
		if _, derr := page.LocalDate(date); err != nil || derr != nil {
			return nil, line
		}
		out = append(out, permit.Date{Date: date, Spans: spans, Name: strings.TrimSpace(m[6])})
	}
	return out, ""
}

func two(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// number reads a decimal as people write it here and elsewhere.
func number(text string) (float64, error) {
	f, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil {
		return 0, fault.As(fault.Invalid, "number.form", err)
	}
	return f, nil
}

// hundredths is a number with two decimals and the language's point.
func (v *visit) hundredths(f float64) string {
	s := strconv.FormatFloat(f, 'f', 2, 64)
	if v.Lang == page.English {
		return s
	}
	return strings.Replace(s, ".", ",", 1)
}
