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
		alike(t, func(login string) {
			if _, _, err := w.LogIn(t.Context(), login, "et forkert gæt", "", from("192.0.2.1")); fault.Key(err) != "login.wrong" {
				t.Fatal(err)
			}
		})
	})
}

// How long it takes to ask for a code does not tell it either.
func TestForgottenCannotBeToldFromTime(t *testing.T) {
	req.Shows(t, "ID-4")
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	eachSealed(t, func(t *testing.T, w world) {
		w.postbox()
		w.limits.PairFree, w.limits.AccountFree, w.limits.AddressFree = 1e6, 1e6, 1e6
		w.mailed(t, "ida")
		alike(t, func(login string) {
			if err := w.Forgot(t.Context(), login, from("192.0.2.1")); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// alike holds that try takes as long for ida, who is there, as for ada, who is
// not.
func alike(t *testing.T, try func(login string)) {
	t.Helper()
	const pairs = 500
	took := func(login string) time.Duration {
		began := time.Now()
		try(login)
		return time.Since(began)
	}
	for range 20 {
		try("ida")
		try("ada")
	}
	var differences, all []float64
	for i := range pairs {
		var known, unknown time.Duration
		if i%2 == 0 {
			known, unknown = took("ida"), took("ada")
		} else {
			unknown, known = took("ada"), took("ida")
		}
		differences = append(differences, float64(known-unknown))
		all = append(all, float64(known), float64(unknown))
	}
	slices.Sort(differences)
	slices.Sort(all)
	half := 2.576 * math.Sqrt(pairs) / 2 // of the ranks
	lo, hi := differences[int(pairs/2-half)], differences[int(math.Ceil(pairs/2+half))]
	middle, typical := differences[pairs/2], all[len(all)/2]
	t.Logf("it takes %v; known less unknown %v, 99 %% within %v to %v", time.Duration(typical), time.Duration(middle), time.Duration(lo), time.Duration(hi))
	// A millisecond or a fifth of what it takes, whichever is less, is what we
	// would have to be sure of to be told apart.
	bound := min(float64(time.Millisecond), typical/5)
	if lo > bound || hi < -bound {
		t.Errorf("known and unknown names differ by %v to %v", time.Duration(lo), time.Duration(hi))
	}
	if math.Abs(middle) > float64(time.Millisecond) {
		t.Errorf("the median difference is %v", time.Duration(middle))
	}
}
