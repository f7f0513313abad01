package notice_test

import (
	"testing"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// A page says that footage may be kept past its time where the law lets it be
// (L § 4 c stk. 5), and not of a street that is watched for safety, where it
// never may (L § 4 d stk. 3).
func TestNoPageSaysThatMoreIsKeptThanMayBe(t *testing.T) {
	req.Shows(t, "INFO-2", "KEEP-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		b.hang("lindeby-1", "lindeby-2")
		p := b.permit("lindeby-1", 14)
		b.tick()
		if q := b.of("lindeby"); !q.Longer() {
			t.Errorf("what may be locked is not said to be: %+v", q.Areas)
		}
		last := p.ID
		for _, class := range []permit.Class{permit.ClassSafety, permit.ClassOther} {
			q := *p
			q.Head = permit.Head{Controller: "lindeby", Engine: "e", By: "p"}
			q.Class, q.Basis, q.Replaces, q.LongestHoldHours = class, "tv-overvågningsloven § 2 c, stk. 1", last, 720
			_, err := b.c.Issuer.Issue(t.Context(), nil, &q)
			must(t, err)
			last = q.ID
			b.tick()
			if q := b.of("lindeby"); q.Longer() || len(q.Areas) != 1 || q.Areas[0].Class != class {
				t.Errorf("footage that may never be kept longer is said to be: %+v", q.Areas)
			}
		}
	})
}
