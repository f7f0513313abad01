package page

import (
	"testing"
	"time"

	"vidne.dk/vidne/web"
)

func wordsIn(t *testing.T, l Lang) Words {
	t.Helper()
	c, err := ReadCatalogue(web.Text())
	if err != nil {
		t.Fatal(err)
	}
	return c.In(l)
}

func TestTimesAsPeopleReadThem(t *testing.T) {
	da, en := wordsIn(t, Danish), wordsIn(t, English)
	at := time.Date(2026, 11, 21, 13, 2, 3, 0, time.UTC)
	summer := time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{da.DateTime(at), "21. november 2026 kl. 14.02"},
		{en.DateTime(at), "21 November 2026 at 14:02"},
		{da.DateTimeSeconds(at), "21. november 2026 kl. 14.02.03"},
		{da.DateTime(summer), "2. juli 2026 kl. 00.30"},
		{da.DateTime(time.Time{}), "–"},
		{da.When(at, at.Add(time.Hour)), "i dag kl. 14.02"},
		{da.When(at, at.Add(24*time.Hour)), "i går kl. 14.02"},
		{da.When(at, at.Add(-24*time.Hour)), "i morgen kl. 14.02"},
		{en.When(at, at.AddDate(0, 0, 9)), "21 November 2026 at 14:02"},
		{da.Number(1234567), "1.234.567"},
		{en.Number(-1234), "-1,234"},
		{da.Bytes(1_234_000_000), "1,2 GB"},
		{da.Span(90 * time.Second), "1 minut 30 sekunder"},
		{da.Span(25 * time.Hour), "25 timer"},
		{da.Span(14 * 24 * time.Hour), "14 døgn"},
		{en.Span(-time.Second), "1 second"},
		{da.Percent(999, 1000), "99,9 %"},
		{da.Percent(9999, 10000), "99,9 %"},
		{da.Percent(10, 10), "100 %"},
		{da.Percent(0, 0), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestTimesAsPeopleTypeThem(t *testing.T) {
	for in, want := range map[string]string{"14.02": "13:02:00", "14:02:09": "13:02:09", "1402": "13:02:00", "9": "08:00:00", "9.05": "08:05:00", " 14.02 ": "13:02:00"} {
		got, err := LocalTime("2026-11-21", in)
		if err != nil || got.Format("15:04:05") != want {
			t.Errorf("%q is %s (%v), want %s", in, got.Format("15:04:05"), err, want)
		}
	}
	for _, in := range []string{"", "25.00", "12.60", "x", "14.2.3.4"} {
		if got, err := LocalTime("2026-11-21", in); err == nil {
			t.Errorf("%q is %s", in, got)
		}
	}
}

func TestEntriesInWords(t *testing.T) {
	v := &Visit{Words: wordsIn(t, Danish), Now: time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)}
	for body, want := range map[string]string{
		`{"name":"Ida","camera":"k","reason":"Ja {name}"}`: "Ida stoppede k: Ja –",
		`{"name":"Ida"}`: "Ida stoppede –: –",
		`not json`:       "– stoppede –: –",
	} {
		if got := v.EntryWords("camera.stopped", []byte(body)); got != want {
			t.Errorf("%s is %q, want %q", body, got, want)
		}
	}
}
