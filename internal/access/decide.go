package access

import (
	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// question is who asks of what, as Cedar reads it.
type question struct {
	b                   *book
	person, thing       types.Entity
	context             types.Record
	personUID, thingUID types.EntityUID
}

// Get implements [types.EntityGetter].
func (q *question) Get(uid types.EntityUID) (types.Entity, bool) {
	switch uid {
	case q.personUID:
		return q.person, true
	case q.thingUID:
		return q.thing, true
	}
	e, ok := q.b.actions[uid]
	return e, ok
}

func (q *question) request(a Act) cedar.Request {
	return cedar.Request{Principal: q.personUID, Action: uidOf(a), Resource: q.thingUID, Context: q.context}
}

func (b *book) question(p Person, o Object) question {
	q := question{b: b, personUID: types.NewEntityUID("Person", types.String(p.ID)), thingUID: types.NewEntityUID("Thing", "it")}
	roles := make([]types.EntityUID, 0, len(p.Roles))
	for _, r := range p.Roles {
		if uid, ok := b.roles[r]; ok {
			roles = append(roles, uid)
		}
	}
	q.person = types.Entity{UID: q.personUID, Parents: types.NewEntityUIDSet(roles...), Attributes: types.NewRecord(types.RecordMap{
		"id": types.String(p.ID), "controller": types.String(p.Controller), "locations": set(p.Locations)})}
	q.thing = types.Entity{UID: q.thingUID, Attributes: types.NewRecord(types.RecordMap{
		"controller": types.String(o.Controller), "location": types.String(o.Location), "parties": set(o.Parties)})}
	if o.Ground == "" && o.Purpose == "" && o.Reference == "" {
		q.context = noReason
		return q
	}
	q.context = types.NewRecord(types.RecordMap{"ground": types.String(o.Ground), "purpose": types.String(o.Purpose), "reference": types.String(o.Reference)})
	return q
}

// noReason and noNames are what most questions hold, made once.
//
//nolint:gochecknoglobals // never changed: Cedar's records and sets cannot be
var (
	noReason = types.NewRecord(types.RecordMap{"ground": types.String(""), "purpose": types.String(""), "reference": types.String("")})
	noNames  = types.NewSet()
)

func set(all []string) types.Set {
	if len(all) == 0 {
		return noNames
	}
	values := make([]types.Value, 0, len(all))
	for _, s := range all {
		if s != "" { // an empty name names nothing
			values = append(values, types.String(s))
		}
	}
	return types.NewSet(values...)
}

// May says whether person may do act on object, and if not, why.
func May(p Person, act Act, o Object) Verdict {
	v, _ := decide(p, act, o)
	return v
}

// Explanation is an answer with the policies that it rests on: those that let,
// those that forbid, or the one that would have let but for its conditions.
type Explanation struct {
	Verdict
	Policies []Policy
}

// Explain is [May] with its reasons.
func Explain(p Person, act Act, o Object) Explanation {
	v, found := decide(p, act, o)
	e := Explanation{Verdict: v}
	for _, x := range found {
		e.Policies = append(e.Policies, *x)
	}
	return e
}

// decide asks Cedar. A policy that cannot be evaluated counts as a refusal:
// Cedar itself would pass over it, a forbidding one too.
func decide(p Person, act Act, o Object) (Verdict, []*Policy) {
	b, err := read()
	if err != nil {
		return no(WhyUndeclared), nil
	}
	return b.decide(p, act, o)
}

func (b *book) decide(p Person, act Act, o Object) (Verdict, []*Policy) {
	rules, ok := b.of[act]
	if !ok {
		switch {
		case p.ID == "":
			return no(WhyLogin), nil
		case o.Controller != "" && o.Controller != p.Controller:
			return no(WhyController), nil
		}
		return no(WhyUndeclared), nil
	}
	q := b.question(p, o)
	decision, found := cedar.Authorize(rules, &q, q.request(act))
	if len(found.Errors) > 0 {
		return no(WhyUndeclared), nil
	}
	var reasons []*Policy
	for _, r := range found.Reasons {
		reasons = append(reasons, b.byID[string(r.PolicyID)])
	}
	switch {
	case decision == cedar.Allow:
		return yes(), reasons
	case len(reasons) > 0:
		return no(reasons[0].Why), reasons
	}
	for _, x := range rules {
		if x.otherwise != "" && b.matches(b.scopes[x.ID], p, act) {
			return no(x.otherwise), []*Policy{x}
		}
	}
	return no(WhyRole), rules
}
