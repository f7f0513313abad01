package identity

import (
	"math"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// Whether a name is an account's cannot be told from how long a refusal takes.
// Names that are there and names that are not are tried by turns, so that what
// else the machine does falls on both alike; the tries are paired, and what is
// looked at is the median of the pairs' differences, with the interval that
// holds it with 99 per cent certainty (the sign test), against what a refusal
// takes.
func TestNamesCannotBeToldFromTime(t *testing.T) {
	req.Shows(t, "ID-4")
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	each(t, func(t *testing.T, w world) {
		w.limits.PairFree, w.limits.AccountFree, w.limits.AddressFree = 1e6, 1e6, 1e6 // what is measured is the work, not the wait
		w.work = Work{Time: 1, Memory: 1024, Threads: 1}
		w.decoy = w.work.hash("", make([]byte, saltSize))
		w.account(t, "ida")
		const pairs = 500
		refusal := func(login string) time.Duration {
			began := time.Now()
			_, _, err := w.LogIn(t.Context(), login, "et forkert gæt", "", from("192.0.2.1"))
			took := time.Since(began)
			if fault.Key(err) != "login.wrong" {
				t.Fatal(err)
			}
			return took
		}
		for range 20 {
			refusal("ida")
			refusal("ada")
		}
		var differences, all []float64
		for i := range pairs {
			var known, unknown time.Duration
			if i%2 == 0 {
				known, unknown = refusal("ida"), refusal("ada")
			} else {
				unknown, known = refusal("ada"), refusal("ida")
			}
			differences = append(differences, float64(known-unknown))
			all = append(all, float64(known), float64(unknown))
		}
		slices.Sort(differences)
		slices.Sort(all)
		half := 2.576 * math.Sqrt(pairs) / 2 // of the ranks
		lo, hi := differences[int(pairs/2-half)], differences[int(math.Ceil(pairs/2+half))]
		middle, typical := differences[pairs/2], all[len(all)/2]
		t.Logf("a refusal takes %v; known less unknown %v, 99 %% within %v to %v", time.Duration(typical), time.Duration(middle), time.Duration(lo), time.Duration(hi))
		// A millisecond or a fifth of a refusal, whichever is less, is what we
		// would have to be sure of to be told apart.
		bound := min(float64(time.Millisecond), typical/5)
		if lo > bound || hi < -bound {
			t.Errorf("known and unknown names differ by %v to %v", time.Duration(lo), time.Duration(hi))
		}
		if math.Abs(middle) > float64(time.Millisecond) {
			t.Errorf("the median difference is %v", time.Duration(middle))
		}
	})
}
