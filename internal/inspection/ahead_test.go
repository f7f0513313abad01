package inspection_test

import (
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/agenda"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/safeguards"
)

// What an inspection would find stands in the year's wheel, so that it is seen
// to: a key to the storage that must be reviewed or taken back, and a permission
// to share that runs out.
func TestTheYearsWheelHasWhatAnInspectionWouldFind(t *testing.T) {
	req.Shows(t, "ID-6", "EVID-9")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := both(t, d)
		wheel := agenda.Of(agenda.Rooms{Clock: b.clk, Register: b.Register, Issuer: b.Issuer, Rights: b.rights.Room, Sharing: b.Sharing})
		for _, controller := range []string{"kadence", "pumpen"} {
			items, err := wheel.Due(t.Context(), controller, b.clk.Now(), b.clk.Now().AddDate(1, 0, 0))
			must(t, err)
			had := map[string]time.Time{}
			for _, i := range items {
				had[i.Key] = i.At
			}
			if at, ok := had["storage.review"]; !ok || !at.After(b.clk.Now()) {
				t.Errorf("%s: a key to the storage is to be reviewed: %v", controller, had)
			}
			over, gone := had["storage.ends"]
			lapsed, shares := had["sharing"]
			if mine := controller == "pumpen"; gone != mine || shares != mine || mine && (over.After(b.clk.Now()) || lapsed.After(b.clk.Now())) {
				t.Errorf("%s: what has run out and nobody saw to: %v", controller, had)
			}
		}
	})
}

// Footage that has lain too long is named, and then nothing says that none has;
// what the law has somebody for is missing when there is nobody.
func TestNothingIsSaidToBeInOrderBesideWhatIsNot(t *testing.T) {
	req.Shows(t, "GOV-3", "KEEP-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := both(t, d)
		b.engine["kadence"] = inspection.Engine{Engine: safeguards.Engine{Cameras: 2, Encrypted: 2}, Oldest: func(string) time.Time { return b.clk.Now().Add(-40 * day) }}
		a := b.answers("kadence", "")
		if got := gaps(a)[4]; !slices.Contains(got, "oldest") {
			t.Errorf("footage of forty days: %v", got)
		}
		for _, s := range a.Answers[3].Says {
			if s.Key == "late.none" {
				t.Error("nothing is said to be late beside what is")
			}
		}
		for controller, wanted := range map[string]bool{"by": true, "forening": false} {
			kind := register.Business
			if wanted {
				kind = register.Municipality
			}
			must(t, b.Register.AddController(t.Context(), register.Controller{ID: controller, Name: controller, Kind: kind, Contact: "Torvet 1"}, ""))
			if got := gaps(b.answers(controller, ""))[1]; slices.Contains(got, "dpo") != wanted {
				t.Errorf("%s without a data protection officer: %v", kind, got)
			}
		}
	})
}
