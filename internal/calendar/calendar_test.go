package calendar

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

var made = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// unfold joins the pieces of content lines.
func unfold(b []byte) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(b), "\r\n ", ""), "\r\n"), "\r\n")
}

func TestDeadlines(t *testing.T) {
	req.Shows(t, "CASE-19")
	b, err := Encode("Frister, Vidne", made, []Event{
		{ID: "2026-014/med@vidne", Title: "MED; drøftelse, § 7", Text: "Første linje\nAnden \\ linje", URL: "https://vidne.example/sager/2026-014",
			At: time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC), AllDay: true, Changed: made, Warn: 7 * 24 * time.Hour},
		{ID: "b", Title: strings.Repeat("å", 200), At: made, Warn: 90 * time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(string(b), "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) {
			t.Errorf("%d octets, or half a letter: %q", len(l), l)
		}
	}
	all := unfold(b)
	for _, want := range []string{
		"X-WR-CALNAME:Frister\\, Vidne", "UID:2026-014/med@vidne", "SUMMARY:MED\\; drøftelse\\, § 7", `DESCRIPTION:Første linje\nAnden \\ linje`,
		"DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261204", "TRIGGER:-P7D", "TRIGGER:-PT90M", "SUMMARY:" + strings.Repeat("å", 200), "DTSTART:20261122T080000Z",
	} {
		found := false
		for _, l := range all {
			found = found || l == want
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, strings.Join(all, "\n"))
		}
	}
}

func TestNothingEndsALine(t *testing.T) {
	b, err := Encode("x", made, []Event{{ID: "a\r\nATTENDEE:x", Title: "b\rc\x00\xff", URL: "https://x/\r\nX:y", At: made}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range unfold(b) {
		if strings.HasPrefix(l, "ATTENDEE") || strings.HasPrefix(l, "X:") || strings.ContainsAny(l, "\r\n\x00") || !utf8.ValidString(l) {
			t.Errorf("%q", l)
		}
	}
	for _, e := range []Event{{Title: "x", At: made}, {ID: "x", At: made}, {ID: "x", Title: "x"}} {
		if _, err := Encode("x", made, []Event{e}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}
