package dossier_test

import (
	"testing"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/req"
)

// TestACaseFromEnquiryToOperation plays Herning's whole process with another
// person for each body: no frame before the permit step, and the engine's book
// is the judge.
func TestACaseFromEnquiryToOperation(t *testing.T) {
	req.Shows(t, "CASE-1", "CASE-2", "CASE-4", "CASE-5", "CASE-6", "CASE-7", "CASE-11", "CASE-12", "CASE-13", "CASE-14")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		id := b.apply("skole-1", "skole-2")
		must(t, b.herning.Until(ctx, id, "pattern"))
		b.deliver()
		if b.may("skole-1") {
			t.Fatal("a camera may record before its permit")
		}
		c, _, err := b.Get(ctx, herning, id)
		must(t, err)
		if c.Approved == 0 || c.Permitted != 0 {
			t.Fatalf("approved %d, permitted %d", c.Approved, c.Permitted)
		}
		must(t, b.herning.Step(ctx, id, "pattern"))
		b.deliver()
		if !b.may("skole-1") || !b.may("skole-2") || b.may("skole-3") {
			t.Fatal("the cameras of the case, and no others, may record")
		}
		must(t, b.herning.Until(ctx, id, ""))
		if c, _, err = b.Get(ctx, herning, id); err != nil || c.Status != casework.Established {
			t.Fatalf("%s, %v", c.Status, err)
		}
		if len(b.engine.errs) > 0 {
			t.Errorf("the engine refused: %v", b.engine.errs)
		}
	})
}

func TestABusinessFromNeedToOperation(t *testing.T) {
	req.Shows(t, "CASE-12", "CASE-20")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	id := b.fitness()
	must(t, b.kadence.Until(t.Context(), id, "record"))
	b.deliver()
	if b.may("sal-1") {
		t.Fatal("records before its permit")
	}
	must(t, b.kadence.Until(t.Context(), id, ""))
	b.deliver()
	if !b.may("sal-1") {
		t.Fatal("may not record")
	}
}
