// Package calendar writes deadlines as iCalendar (RFC 5545), for the calendar
// that people look at anyway.
//
// What it promises: lines are folded at 75 octets and never within a letter,
// texts are escaped, and an event keeps its id when it moves, so that a
// calendar moves it too. What it refuses: an event without an id or a title.
package calendar

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// Event is one deadline.
type Event struct {
	// ID is the same for the same deadline, whenever it is asked for.
	ID    string
	Title string
	Text  string
	URL   string
	// At is the day, in the zone that it carries; AllDay deadlines have no hour.
	At     time.Time
	AllDay bool
	// Changed is when the deadline was last set.
	Changed time.Time
	// Warn is how long before it the calendar reminds; 0 is never.
	Warn time.Duration
}

// Encode writes the events as one calendar named name.
func Encode(name string, made time.Time, events []Event) ([]byte, error) {
	var b strings.Builder
	line := func(parts ...string) { fold(&b, strings.Join(parts, "")) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//Vidne//Vidne//DA")
	line("CALSCALE:GREGORIAN")
	line("METHOD:PUBLISH")
	line("X-WR-CALNAME:", escape(name))
	for _, e := range events {
		if e.ID == "" || e.Title == "" || e.At.IsZero() {
			return nil, fault.New(fault.Invalid, "calendar.event", "an event without id, title or time: %+v", e)
		}
		line("BEGIN:VEVENT")
		line("UID:", escape(e.ID))
		line("DTSTAMP:", stamp(made))
		if !e.Changed.IsZero() {
			line("LAST-MODIFIED:", stamp(e.Changed))
		}
		if e.AllDay {
			line("DTSTART;VALUE=DATE:", e.At.Format("20060102"))
			line("DTEND;VALUE=DATE:", e.At.AddDate(0, 0, 1).Format("20060102"))
			line("TRANSP:TRANSPARENT")
		} else {
			line("DTSTART:", stamp(e.At))
		}
		line("SUMMARY:", escape(e.Title))
		if e.Text != "" {
			line("DESCRIPTION:", escape(e.Text))
		}
		if e.URL != "" {
			line("URL:", clean(e.URL))
		}
		if e.Warn > 0 {
			line("BEGIN:VALARM")
			line("ACTION:DISPLAY")
			line("DESCRIPTION:", escape(e.Title))
			line("TRIGGER:", before(e.Warn))
			line("END:VALARM")
		}
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return []byte(b.String()), nil
}

func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// before is a negative duration in whole minutes.
func before(d time.Duration) string {
	m := max(int(d/time.Minute), 1)
	var b strings.Builder
	b.WriteString("-P")
	if days := m / (24 * 60); days > 0 {
		b.WriteString(strconv.Itoa(days) + "D")
	}
	if rest := m % (24 * 60); rest > 0 {
		b.WriteString("T" + strconv.Itoa(rest) + "M")
	}
	return b.String()
}

// escape makes a TEXT value (RFC 5545, 3.3.11).
func escape(s string) string {
	return clean(strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(s))
}

// clean takes out what would end the line or is no letter.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// fold writes a content line in pieces of at most 75 octets (3.1).
func fold(b *strings.Builder, s string) {
	const most = 75
	room := most
	for len(s) > room {
		n := room
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		b.WriteString(s[:n] + "\r\n ")
		s, room = s[n:], most-1
	}
	b.WriteString(s + "\r\n")
}
