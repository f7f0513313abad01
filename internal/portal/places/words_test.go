package places

import (
	"testing"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

func TestHoursAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]string{"": "", "lukket": "", "8-16": "08:00-16:00", "08.30 til 16": "08:30-16:00", "7–12, 13:15-17": "07:00-12:00 13:15-17:00", "18-24": "18:00-24:00"} {
		got, err := page.ReadSpans(in)
		text := ""
		for i, s := range got {
			if i > 0 {
				text += " "
			}
			text += s.From + "-" + s.To
		}
		if err != nil || text != want {
			t.Errorf("%q is %q (%v), want %q", in, text, err, want)
		}
	}
	for _, in := range []string{"x", "8", "8-", "25-26", "8.70-9", "8-16 9-17"} {
		if got, err := page.ReadSpans(in); err == nil {
			t.Errorf("%q is %v", in, got)
		}
	}
}

func TestDaysThatDifferAsPeopleWriteThem(t *testing.T) {
	got, bad := readDates("24-12-2026 lukket Juleaften\n\n 1.1.2027 10-14 Nytårsdag \n05/06/2027 9.00-12.00, 13-14")
	if bad != "" || len(got) != 3 || got[0].Date != "2026-12-24" || got[0].Name != "Juleaften" || got[1].Date != "2027-01-01" || got[1].Name != "Nytårsdag" || len(got[2].Spans) != 2 {
		t.Errorf("%+v, %q", got, bad)
	}
	for _, in := range []string{"juleaften", "24-12-2026", "31-02-2026 lukket", "24-12-26 lukket"} {
		if got, bad := readDates(in); bad != in {
			t.Errorf("%q is %+v", in, got)
		}
	}
}

// Whatever is typed is refused or becomes hours that the register takes.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"8-16", "lukket", "07.30-16.00, 18-21", "24-12-2026 lukket Jul", "1.1.2027 10-14 x\n2.1.2027 lukket", "22-02"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if spans, err := page.ReadSpans(text); err == nil {
			for _, s := range spans {
				if len(s.From) != 5 || len(s.To) != 5 || s.From > "23:59" || s.To > "24:00" {
					t.Errorf("%q is %v", text, s)
				}
			}
		}
		dates, bad := readDates(text)
		if bad != "" {
			return
		}
		for _, d := range dates {
			if len(d.Date) != 10 {
				t.Errorf("%q is %+v", text, d)
			}
		}
		_ = register.OpeningHours{Hours: permit.Hours{Zone: "Europe/Copenhagen", Dates: dates}}.IsZero()
		if list, bad := networks(text); bad == "" {
			for _, n := range list {
				if n == "" {
					t.Errorf("%q is an empty network", text)
				}
			}
		}
	})
}
