package law

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// Change (lovændring) is what became of one rule.
type Change struct {
	Rule   string
	Cite   string
	Title  Text
	Kind   ChangeKind
	Since  time.Time // day of effect; of a rule that was taken out of the book, zero
	Bases  []string  // those through which it acts, before or after
	Before Text      // what it said; empty for a new one
	After  Text      // what it says; empty for one that ended
}

// ChangeKind is what happened to a rule.
type ChangeKind string

// The kinds of change.
const (
	RuleBegins  ChangeKind = "begins"
	RuleEnds    ChangeKind = "ends"
	RuleChanges ChangeKind = "changes"
)

// Changes are the rules that differ from one book to the next, at the time at
// which the new one is taken into use.
func Changes(old, next *Book, at time.Time) []Change {
	return compare(old.At(at), next.At(at), at)
}

// Coming are the rules that change within a book after one time and until
// another, both of which are judged at their moment.
func (b *Book) Coming(after, until time.Time) []Change {
	return compare(b.At(after), b.At(until), time.Time{})
}

func compare(old, next Rules, at time.Time) []Change {
	ids := map[string]bool{}
	for _, x := range slices.Concat(old.All(), next.All()) {
		ids[x.ID] = true
	}
	before, after := old.ActsThrough(), next.ActsThrough()
	var list []Change
	for _, id := range sorted(ids) {
		a, had := old.Rule(id)
		b, has := next.Rule(id)
		if had && has && same(old, next, id) {
			continue
		}
		c := Change{Rule: id, Cite: b.Cite, Title: b.Title, Kind: RuleChanges, Since: b.From, Bases: slices.Compact(slices.Sorted(slices.Values(slices.Concat(before[id], after[id])))), Before: a.Says, After: b.Says}
		switch {
		case !had:
			c.Kind = RuleBegins
		case !has:
			c.Kind, c.Cite, c.Title, c.Since = RuleEnds, a.Cite, a.Title, a.To
		}
		if !at.IsZero() && c.Since.Before(at) {
			c.Since = at
		}
		list = append(list, c)
	}
	return list
}

// same compares a rule with everything that it carries, a basis's conditions
// and terms among it.
func same(old, next Rules, id string) bool {
	a, isBasis := old.Basis(id)
	b, still := next.Basis(id)
	if isBasis || still {
		return isBasis == still && reflect.DeepEqual(a, b)
	}
	x, _ := old.Rule(id)
	y, _ := next.Rule(id)
	return reflect.DeepEqual(x, y)
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
