package oversight_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/req"
)

// pool makes a period of many uses, from a number.
func pool(seed uint64) oversight.Pool {
	r := rand.New(rand.NewPCG(seed, 7)) // #nosec G404 -- of a test
	p := oversight.Pool{Every: oversight.Week, Sizes: oversight.Sizes{Least: 1 + r.IntN(12), Percent: 1 + r.IntN(20), Cap: 20 + r.IntN(60)}}
	if r.IntN(3) == 0 {
		p.Every = oversight.Month
	}
	if r.IntN(4) == 0 {
		p.Sizes.PerMille = 10 + r.IntN(100)
	}
	people, units := 1+r.IntN(12), 1+r.IntN(4)
	for i := range int64(r.IntN(900)) {
		c := oversight.Candidate{Index: 100 + i*3, Person: fmt.Sprint("p", r.IntN(people)), Unit: fmt.Sprint("u", r.IntN(units)), Class: oversight.ClassData}
		if r.IntN(4) == 0 {
			c.Class = oversight.ClassLook
		}
		switch r.IntN(30) {
		case 0:
			p.Must = append(p.Must, oversight.Pick{Candidate: c, Stratum: oversight.Grave, Rules: []string{"rights"}})
		case 1:
			p.Must = append(p.Must, oversight.Pick{Candidate: c, Stratum: oversight.Alarm, Rules: []string{"hours"}})
		}
		p.Rest = append(p.Rest, c)
	}
	if r.IntN(2) == 0 {
		p.Owed = slices.Clone(p.Rest)
	}
	return p
}

// Whatever the period: all of the must strata are there and once, nothing is
// drawn that is not in the pool, sizes hold unit by unit, everybody who is owed
// one has one, and neither the order of the pool nor a second draw matters.
func TestADrawIsCompleteAndCanBeRepeated(t *testing.T) {
	req.Shows(t, "LOG-3")
	for n := range uint64(300) {
		p := pool(n)
		seed := oversight.Seed([]byte("checkpoint"), []byte{byte(n), byte(n >> 8)})
		picks := oversight.Draw(seed, p)
		by := map[int64]oversight.Pick{}
		for _, k := range picks {
			if _, twice := by[k.Index]; twice {
				t.Fatalf("%d: entry %d is drawn twice", n, k.Index)
			}
			by[k.Index] = k
		}
		rest, of := map[int64]bool{}, map[string][2]int{}
		for _, c := range p.Rest {
			rest[c.Index] = true
		}
		for _, m := range p.Must {
			if by[m.Index].Stratum != m.Stratum {
				t.Fatalf("%d: entry %d must be drawn and is %+v", n, m.Index, by[m.Index])
			}
			delete(rest, m.Index)
		}
		seen := map[string]bool{}
		drawn := map[string][2]int{}
		for _, k := range picks {
			seen[k.Person] = true
			if k.Stratum != oversight.Random {
				continue
			}
			if !rest[k.Index] {
				t.Fatalf("%d: entry %d is not in the pool", n, k.Index)
			}
			x := drawn[k.Unit]
			x[class(k.Class)]++
			drawn[k.Unit] = x
		}
		for _, c := range p.Rest {
			if rest[c.Index] {
				x := of[c.Unit]
				x[class(c.Class)]++
				of[c.Unit] = x
			}
		}
		for unit, have := range of {
			looks, data := sizes(p, have[0], have[1])
			if drawn[unit] != [2]int{looks, data} {
				t.Fatalf("%d: of %v in %s %v are drawn, and %d and %d should be (%+v)", n, have, unit, drawn[unit], looks, data, p.Sizes)
			}
		}
		for _, c := range p.Owed {
			if !seen[c.Person] {
				t.Fatalf("%d: nothing of %s is drawn", n, c.Person)
			}
		}
		r := rand.New(rand.NewPCG(n, 1)) // #nosec G404 -- of a test
		for _, list := range [][]oversight.Candidate{p.Rest, p.Owed} {
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		r.Shuffle(len(p.Must), func(i, j int) { p.Must[i], p.Must[j] = p.Must[j], p.Must[i] })
		if again := oversight.Draw(seed, p); fmt.Sprint(again) != fmt.Sprint(picks) {
			t.Fatalf("%d: drawn again it is another list", n)
		}
	}
}

func class(c string) int {
	if c == oversight.ClassLook {
		return 0
	}
	return 1
}

// sizes says in its own words how many are drawn.
func sizes(p oversight.Pool, looks, data int) (int, int) {
	if p.Sizes.PerMille > 0 {
		n := int(math.Ceil(math.Log(.05) / math.Log(1-float64(p.Sizes.PerMille)/1000)))
		return min(n, looks), min(n, data)
	}
	most := float64(p.Sizes.Cap)
	if p.Every == oversight.Week {
		most = math.Ceil(most * 7 / 30)
	}
	part := func(n int) float64 {
		return math.Min(float64(n), math.Max(float64(p.Sizes.Least), math.Ceil(float64(n*p.Sizes.Percent)/100)))
	}
	a := math.Min(most, part(looks))
	return int(a), int(math.Min(most-a, part(data)))
}

// The figures that the law review's source gives: shares of 10, 5, 2 and 1 per
// cent.
func TestHowManyShowAShare(t *testing.T) {
	for perMille, want := range map[int]int{100: 29, 50: 59, 20: 149, 10: 299} {
		if n := oversight.ToSee(perMille); n != want {
			t.Errorf("%d per mille: %d, not %d", perMille, n, want)
		}
	}
}

// Without both the checkpoint and the secret a use is as likely to be drawn as
// another: over many secrets each is drawn about as often, and a change of one
// bit of either draws others.
func TestNobodyForeseesADraw(t *testing.T) {
	req.Shows(t, "LOG-3")
	p := oversight.Pool{Every: oversight.Week, Sizes: oversight.Sizes{Least: 10, Percent: 5, Cap: 60}}
	for i := range int64(100) {
		p.Rest = append(p.Rest, oversight.Candidate{Index: i, Person: "p", Class: oversight.ClassLook})
	}
	const rounds = 4000
	n := map[int64]int{}
	same := 0
	var last string
	for i := range rounds {
		secret := sha256.Sum256([]byte(fmt.Sprint(i)))
		var now []int64
		for _, k := range oversight.Draw(oversight.Seed([]byte("vidne/portal"), secret[:]), p) {
			n[k.Index]++
			now = append(now, k.Index)
		}
		if s := fmt.Sprint(now); s == last {
			same++
		} else {
			last = s
		}
	}
	if same > 0 {
		t.Errorf("%d times two secrets drew the same ten of a hundred", same)
	}
	// 400 times each, with a spread of 19: five of that is no chance.
	for i := range int64(100) {
		if n[i] < 305 || n[i] > 495 {
			t.Errorf("use %d is drawn %d times of %d, and 400 would be even", i, n[i], rounds)
		}
	}
	a, b := oversight.Seed([]byte("note A"), []byte("secret")), oversight.Seed([]byte("note B"), []byte("secret"))
	if a == b || a == oversight.Seed([]byte("note A"), []byte("secreT")) {
		t.Error("the seed does not hang on both")
	}
}
