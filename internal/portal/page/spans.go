package page

import (
	"regexp"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

var span = regexp.MustCompile(`^(\d{1,2})(?:[.:](\d{2}))?\s*(?:-|–|—|til|to)\s*(\d{1,2})(?:[.:](\d{2}))?$`)

// ReadSpans reads a day's windows as people write them: "8-16", "08.00 til
// 16.00, 18-21". Nothing, "lukket" and "closed" are none.
func ReadSpans(text string) (permit.Spans, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || text == "lukket" || text == "closed" {
		return nil, nil
	}
	var out permit.Spans
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		m := span.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, fault.New(fault.Invalid, "hours.form", "window %q", part)
		}
		s := permit.Span{From: hhmm(m[1], m[2]), To: hhmm(m[3], m[4])}
		if s.From > "23:59" || s.To > "24:00" || s.From[3:] > "59" || s.To[3:] > "59" {
			return nil, fault.New(fault.Invalid, "hours.form", "window %q", part)
		}
		out = append(out, s)
	}
	return out, nil
}

func hhmm(h, m string) string {
	if len(h) == 1 {
		h = "0" + h
	}
	if m == "" {
		m = "00"
	}
	return h + ":" + m
}
