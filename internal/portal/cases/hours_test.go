package cases

import (
	"testing"

	"vidne.dk/vidne/internal/req"
)

func TestHoursAsPeopleWriteThem(t *testing.T) {
	req.Shows(t, "REC-2")
	for in, want := range map[string]string{
		"": "", "lukket": "", "-": "", "hele døgnet": "hele døgnet", "Døgnet rundt": "hele døgnet", "16-07": "16.00-07.00", "kl. 16 til 07.30": "16.00-07.30",
		"16.30-24": "16.30-24.00", "16-00": "16.00-24.00", "00-06, 18:15 – 24": "00.00-06.00, 18.15-24.00",
	} {
		got, err := parseSpans(in)
		if err != nil || spansText(got) != want {
			t.Errorf("%q: %q, %v; want %q", in, spansText(got), err, want)
		}
	}
	for _, in := range []string{"fire til fem", "16", "16-", "8-8", "25-26", "16.5-7", "16.61-18", "16-07-08"} {
		if got, err := parseSpans(in); err == nil {
			t.Errorf("%q was read as %q", in, spansText(got))
		}
	}
}
