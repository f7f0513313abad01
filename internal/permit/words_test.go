package permit_test

import (
	"slices"
	"testing"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestPermitExplained(t *testing.T) {
	req.Shows(t, "REC-1")
	p := allowed("cam-1", at(t, "2026-06-01 12:00"))
	p.Hours = nights()
	want := []string{
		"Kamera cam-1 må optage billedstrømmen main, uden lyd.",
		"Tidsrum: Mandag-fredag 16.00-07.00 næste dag. Lørdag og søndag hele døgnet.",
		"Gælder fra 1. juni 2026 kl. 12.00 til 1. juni 2028 kl. 12.00.",
		"Optagelserne slettes efter 14 døgn.",
		"En bevislås har ingen fast slutdato (tv-overvågningsloven § 4 c, stk. 5).",
		"Hjemmel: tv-overvågningsloven § 2 d, stk. 1. Sag 2026-117. Dataansvarlig herning.",
	}
	if got := p.Explain("da"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	p.Class, p.LongestHoldHours, p.RetentionHours, p.Sound = permit.ClassSafety, 720, 25, true
	want = []string{
		"Camera cam-1 may record its main picture with sound.",
		"Hours: Monday-Friday 16:00-07:00 the next day. Saturday and Sunday all day.",
		"From 1 June 2026 12:00 until 1 June 2028 12:00.",
		"Recordings are deleted after 25 hours.",
		"No hold keeps them longer than 30 days.",
		"Basis: tv-overvågningsloven § 2 d, stk. 1. Case 2026-117. Controller herning.",
	}
	if got := p.Explain("en"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
