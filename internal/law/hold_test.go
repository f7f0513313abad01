package law_test

import (
	"testing"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/req"
)

func TestOnlyTheReasonsOfTheLawKeepFootage(t *testing.T) {
	req.Shows(t, "KEEP-4")
	b := book(t)
	for _, c := range []struct {
		basis, class, controller, reason string
		rule                             string // that refuses; empty: it may be kept
	}{
		{"2d", law.ClassCrime, "municipality", law.HoldCrime, ""},
		{"2d", law.ClassCrime, "municipality", law.HoldDispute, ""},
		{"2d", law.ClassCrime, "municipality", law.HoldSharing, "4c-5"},
		{"2d", law.ClassCrime, "municipality", "curious", "4c-5"},
		{"2-1-1", law.ClassCrime, "business", law.HoldSharing, ""},
		{"2-4", law.ClassCrime, "business", law.HoldCrime, ""},
		{"2-4", law.ClassCrime, "business", law.HoldDispute, "2-4"},
		{"2c", law.ClassSafety, "municipality", law.HoldCrime, "4d-3"},
		{"2a", law.ClassSafety, "municipality", law.HoldDispute, "4d-3"},
		{"gdpr-6-1-e", law.ClassOther, "municipality", law.HoldDispute, "gdpr-5"},
		{"gdpr-6-1-e", law.ClassCrime, "municipality", law.HoldDispute, ""},
		// What it was recorded under counts, not what the camera is for today.
		{"2d", law.ClassSafety, "municipality", law.HoldCrime, "4d-3"},
	} {
		found := b.At(now).MayHold(c.basis, c.class, c.controller, c.reason)
		rule := ""
		if law.Refused(found) {
			rule = found[0].Rule
			if found[0].Cite == "" || found[0].Do.DA == "" || found[0].Text.EN == "" {
				t.Errorf("%+v: %+v says too little", c, found[0])
			}
		}
		if rule != c.rule {
			t.Errorf("%+v: refused by %q", c, rule)
		}
	}
	if found := b.At(now).MayHold("none", law.ClassCrime, "municipality", law.HoldCrime); !law.Refused(found) || found[0].ID != "basis.unknown" {
		t.Errorf("a basis that is not there: %+v", found)
	}
}
