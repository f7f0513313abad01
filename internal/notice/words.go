package notice

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/permit"
)

//go:embed words/*.json
var wordFiles embed.FS

// Languages are those of the public pages, as BCP 47 names them, Danish first.
func Languages() []string { return []string{"da", "en", "de", "uk", "ar", "pl", "tr"} }

// Words are the texts of one language.
type Words struct {
	Lang  string
	texts map[string]string
}

var read = sync.OnceValues(func() (map[string]*Words, error) {
	all := map[string]*Words{}
	for _, lang := range Languages() {
		b, err := wordFiles.ReadFile("words/" + lang + ".json")
		if err != nil {
			return nil, err
		}
		w := &Words{Lang: lang}
		if err := json.Unmarshal(b, &w.texts); err != nil {
			return nil, fmt.Errorf("words/%s: %w", lang, err)
		}
		all[lang] = w
	}
	return all, nil
})

// In is the words of a language, Danish for one that is not there.
func In(lang string) *Words {
	all, err := read()
	if err != nil {
		panic(err) // a test reads them all
	}
	if w, ok := all[lang]; ok {
		return w
	}
	return all["da"]
}

// T is a text with its arguments in place of {0}, {1}.
func (w *Words) T(key string, args ...any) string {
	s, ok := w.texts[key]
	if !ok {
		return "[" + key + "]"
	}
	for i, a := range args {
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
	}
	return s
}

// Has reports whether there is a text.
func (w *Words) Has(key string) bool { return w.texts[key] != "" }

// Days is a number of days until something is deleted, in the form that the
// number takes.
func (w *Words) Days(n int) string { return w.T("kept."+form(w.Lang, n), n) }

// form is the plural form of a whole number (CLDR) in the languages of the
// pages.
func form(lang string, n int) string {
	ten, hundred := n%10, n%100
	few := ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14)
	switch lang {
	case "pl":
		if n == 1 {
			return "one"
		}
		if few {
			return "few"
		}
		return "many"
	case "uk":
		switch {
		case ten == 1 && hundred != 11:
			return "one"
		case few:
			return "few"
		}
		return "many"
	case "ar":
		switch {
		case n == 1:
			return "one"
		case n == 2:
			return "two"
		case hundred >= 3 && hundred <= 10:
			return "few"
		case hundred >= 11:
			return "many"
		}
		return "other"
	}
	if n == 1 {
		return "one"
	}
	return "other"
}

// Date is a day in words, in Danish time.
func (w *Words) Date(t time.Time) string {
	t = t.In(clock.Denmark())
	return strings.NewReplacer("{day}", strconv.Itoa(t.Day()), "{month}", strings.Split(w.T("months"), "|")[t.Month()-1], "{year}", strconv.Itoa(t.Year())).Replace(w.T("date"))
}

// Hours says when is recorded, a line for each run of days that are alike.
func (w *Words) Hours(h permit.Hours) (out []string) {
	days := strings.Split(w.T("days"), "|")
	line := make([]string, 7)
	for i := range line {
		line[i] = w.spans(h.Week[i])
	}
	for i := 0; i < 7; {
		j := i
		for j+1 < 7 && line[j+1] == line[i] {
			j++
		}
		switch {
		case i == 0 && j == 6 && line[0] == w.T("hours.day"):
			out = append(out, w.T("hours.always"))
		case i == 0 && j == 6:
			out = append(out, w.T("hours.every")+": "+line[i])
		case i == j:
			out = append(out, upper(days[i])+": "+line[i])
		default:
			out = append(out, upper(days[i])+" – "+days[j]+": "+line[i])
		}
		i = j + 1
	}
	for _, d := range h.Dates {
		day := d.Date
		if t, err := time.ParseInLocation(time.DateOnly, d.Date, clock.Denmark()); err == nil {
			day = w.Date(t)
		}
		out = append(out, w.T("hours.except")+" "+day+": "+w.spans(d.Spans))
	}
	return out
}

func (w *Words) spans(s permit.Spans) string {
	if len(s) == 0 {
		return w.T("hours.none")
	}
	var out []string
	for _, x := range s {
		if x.From == "00:00" && x.To == "24:00" {
			out = append(out, w.T("hours.day"))
			continue
		}
		text := strings.ReplaceAll(x.From+"–"+x.To, ":", w.T("clock"))
		if x.To <= x.From {
			text += " (" + w.T("hours.next") + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func upper(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
