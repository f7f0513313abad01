package oversight

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// Stratum is why a use was drawn.
type Stratum string

// The strata. A use that is in several stands in the first.
const (
	Grave   Stratum = "grave"   // of a kind that is always reviewed
	Alarm   Stratum = "alarm"   // a rule hit it
	Random  Stratum = "random"  // by lot
	Quarter Stratum = "quarter" // by lot, so that each active user is seen once a quarter
)

// Strata lists them.
func Strata() []Stratum { return []Stratum{Grave, Alarm, Random, Quarter} }

// The classes of use that lots are drawn of, each by itself: there are a
// hundred pages read for each look at footage.
const (
	ClassLook = "look"
	ClassData = "data"
)

// Every is how long a period is.
type Every string

// The lengths.
const (
	Week  Every = "week"
	Month Every = "month"
)

// Sizes says how many are drawn by lot, of each unit in each period.
type Sizes struct {
	// PerMille is the share of misuse that the sample shall show at least once
	// with a probability of 95 %; 0: by Least, Percent and Cap.
	PerMille int `json:"per_mille"`
	Least    int `json:"least"`
	Percent  int `json:"percent"`
	Cap      int `json:"cap"` // a month, of both classes together
}

// ToSee is how many must be drawn to see at least one misuse with a
// probability of 95 %, where so many of a thousand uses are misuse:
// n = ln 0.05 / ln(1 - p).
func ToSee(perMille int) int {
	return int(math.Ceil(math.Log(0.05) / math.Log(1-float64(perMille)/1000)))
}

// of is how many are drawn of a unit's looks and readings.
func (s Sizes) of(every Every, looks, data int) (ofLooks, ofData int) {
	if s.PerMille > 0 {
		n := ToSee(s.PerMille)
		return min(n, looks), min(n, data)
	}
	limit := s.Cap
	if every == Week {
		limit = (s.Cap*7 + 29) / 30
	}
	want := func(n int) int { return min(n, max(s.Least, (n*s.Percent+99)/100)) }
	ofLooks = min(limit, want(looks))
	return ofLooks, min(limit-ofLooks, want(data))
}

// Candidate is a use that a lot can fall on.
type Candidate struct {
	Index               int64 // of its entry in the ledger
	Person, Unit, Class string
}

// Pick is a use that was drawn.
type Pick struct {
	Candidate
	Stratum Stratum
	Rules   []string // that hit it, or what makes it grave
}

// Seed is what the lots come from: the SHA-256 of a checkpoint of the ledger,
// as signed, and the secret. The checkpoint is younger than the period, and the
// secret was committed to before the period closed: neither whoever keeps the
// secret nor whoever signs the checkpoint can choose it alone.
func Seed(checkpoint, secret []byte) [sha256.Size]byte {
	return sha256.Sum256(append(slices.Clone(checkpoint), secret...))
}

// Ticket is the lot of a use: SHA-256 of the seed and the index, eight bytes,
// the greatest first. The lowest are drawn.
func Ticket(seed [sha256.Size]byte, index int64) [sha256.Size]byte {
	var b [sha256.Size + 8]byte
	copy(b[:], seed[:])
	binary.BigEndian.PutUint64(b[sha256.Size:], uint64(index)) // #nosec G115 -- never negative
	return sha256.Sum256(b[:])
}

// lots sorts candidates by their tickets.
func lots(seed [sha256.Size]byte, all []Candidate) []Candidate {
	type lot struct {
		ticket [sha256.Size]byte
		c      Candidate
	}
	list := make([]lot, len(all))
	for i, c := range all {
		list[i] = lot{Ticket(seed, c.Index), c}
	}
	slices.SortFunc(list, func(a, b lot) int {
		return cmp.Or(bytes.Compare(a.ticket[:], b.ticket[:]), cmp.Compare(a.c.Index, b.c.Index))
	})
	out := make([]Candidate, len(all))
	for i, l := range list {
		out[i] = l.c
	}
	return out
}

// Pool is what is drawn from.
type Pool struct {
	Every Every
	Sizes Sizes
	// Must are the grave ones and the alarms: all of them are taken.
	Must []Pick
	// Rest is what the lots fall on. What is among Must is left out.
	Rest []Candidate
	// Owed are looks and readings of this quarter by those of whom none has been
	// drawn in it, where this is its last period: each of them gets one, but
	// whoever gets one anyway.
	Owed []Candidate
}

// Draw draws. It depends on nothing but its arguments, and the order of what is
// in the pool does not matter. Picks come by index.
func Draw(seed [sha256.Size]byte, p Pool) []Pick {
	out := slices.Clone(p.Must)
	taken, seen := map[int64]bool{}, map[string]bool{}
	for _, m := range out {
		taken[m.Index] = true
		seen[m.Person] = seen[m.Person] || m.Class != ""
	}
	take := func(c Candidate, s Stratum) {
		taken[c.Index], seen[c.Person] = true, true
		out = append(out, Pick{Candidate: c, Stratum: s})
	}
	units := map[string]map[string][]Candidate{} // by unit and class
	for _, c := range p.Rest {
		if taken[c.Index] {
			continue
		}
		if units[c.Unit] == nil {
			units[c.Unit] = map[string][]Candidate{}
		}
		units[c.Unit][c.Class] = append(units[c.Unit][c.Class], c)
	}
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		looks, data := units[unit][ClassLook], units[unit][ClassData]
		n, m := p.Sizes.of(p.Every, len(looks), len(data))
		for _, c := range lots(seed, looks)[:n] {
			take(c, Random)
		}
		for _, c := range lots(seed, data)[:m] {
			take(c, Random)
		}
	}
	for _, c := range lots(seed, p.Owed) {
		if !seen[c.Person] && !taken[c.Index] {
			take(c, Quarter)
		}
	}
	slices.SortFunc(out, func(a, b Pick) int { return cmp.Compare(a.Index, b.Index) })
	return out
}
