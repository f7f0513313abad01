package permit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// words is what Explain needs of a language.
type words struct {
	days            [7]string
	months          [12]string
	every           string
	allDay, nextDay string
	none            string
	and             string
	except          string
	zone            string
	point           string // between hours and minutes
	capital         bool   // names of days are capital anywhere
}

func wordsOf(lang string) *words {
	if lang == "en" {
		return &words{
			days: [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
			months: [12]string{"January", "February", "March", "April", "May", "June",
				"July", "August", "September", "October", "November", "December"},
			every: "Every day", allDay: "all day", nextDay: " the next day", none: "no recording",
			and: " and ", except: "Except", zone: "Times are of the zone %s.", point: ":", capital: true,
		}
	}
	return &words{
		days: [7]string{"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"},
		months: [12]string{"januar", "februar", "marts", "april", "maj", "juni",
			"juli", "august", "september", "oktober", "november", "december"},
		every: "Alle dage", allDay: "hele døgnet", nextDay: " næste dag", none: "ingen optagelse",
		and: " og ", except: "Undtagen", zone: "Tiderne er i zonen %s.", point: ".",
	}
}

// Explain says the hours in plain words, in Danish ("da", and whatever is not
// known) or English ("en"): "Mandag-fredag 16.00-07.00 næste dag.
// Lørdag-søndag hele døgnet." Days that look alike and follow each other are
// named together.
func (h Hours) Explain(lang string) string {
	w := wordsOf(lang)
	var out []string
	for i := 0; i < 7; {
		j := i
		for j+1 < 7 && slices.Equal(h.Week[i], h.Week[j+1]) {
			j++
		}
		var name string
		switch {
		case i == 0 && j == 6:
			name = w.every
		case i == j:
			name = w.days[i]
		case j == i+1:
			name = w.days[i] + w.and + w.days[j]
		default:
			name = w.days[i] + "-" + w.days[j]
		}
		if len(h.Week[i]) > 0 || i == 0 && j == 6 && len(h.Dates) > 0 {
			out = append(out, upper(name)+" "+w.spans(h.Week[i])+".")
		}
		i = j + 1
	}
	if len(out) == 0 {
		out = append(out, upper(w.none)+".")
	}
	var dates []string
	for _, d := range h.Dates {
		dates = append(dates, w.date(d)+": "+w.spans(d.Spans))
	}
	if len(dates) > 0 {
		out = append(out, w.except+" "+strings.Join(dates, "; ")+".")
	}
	if h.Zone != "Europe/Copenhagen" {
		out = append(out, fmt.Sprintf(w.zone, h.Zone))
	}
	return strings.Join(out, " ")
}

func (w *words) spans(s Spans) string {
	if len(s) == 0 {
		return w.none
	}
	var out []string
	for _, x := range s {
		if x.From == "00:00" && x.To == "24:00" {
			out = append(out, w.allDay)
			continue
		}
		text := strings.ReplaceAll(x.From+"-"+x.To, ":", w.point)
		if x.To <= x.From {
			text += w.nextDay
		}
		out = append(out, text)
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + w.and + out[len(out)-1]
}

func (w *words) date(d Date) string {
	t, err := time.Parse(time.DateOnly, d.Date)
	if err != nil {
		return d.Date
	}
	text := w.day(t)
	if d.Name != "" {
		text += " (" + d.Name + ")"
	}
	return text
}

func (w *words) day(t time.Time) string {
	if w.capital {
		return fmt.Sprintf("%d %s %d", t.Day(), w.months[t.Month()-1], t.Year())
	}
	return fmt.Sprintf("%d. %s %d", t.Day(), w.months[t.Month()-1], t.Year())
}

// upper makes the first letter a capital one.
func upper(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
