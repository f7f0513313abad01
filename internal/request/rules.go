package request

import (
	"maps"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
)

// Ground is why something can be refused.
type Ground struct {
	ID, Cite string
	Of       []Right // none: of all
}

// Grounds lists why something can be refused. That cameras or their blind angles
// would be seen is none: each refusal is of these minutes, for a concrete reason
// (Datatilsynet 2023-31-0053).
func Grounds() []Ground {
	return []Ground{
		{ID: "others", Cite: "databeskyttelsesforordningen artikel 15, stk. 4", Of: []Right{Access}},
		{ID: "private", Cite: "databeskyttelseslovens § 22, stk. 1", Of: []Right{Access}},
		{ID: "public", Cite: "databeskyttelseslovens § 22, stk. 2", Of: []Right{Access}},
		{ID: "police-only", Cite: "tv-overvågningslovens § 2, stk. 4", Of: []Right{Access}},
		{ID: "accurate", Cite: "databeskyttelsesforordningen artikel 16", Of: []Right{Rectify}},
		{ID: "needed", Cite: "databeskyttelsesforordningen artikel 17, stk. 1 og 3", Of: []Right{Erase}},
		{ID: "no-ground", Cite: "databeskyttelsesforordningen artikel 18, stk. 1", Of: []Right{Restrict}},
		{ID: "compelling", Cite: "databeskyttelsesforordningen artikel 21, stk. 1", Of: []Right{Object}},
		{ID: "identity", Cite: "databeskyttelsesforordningen artikel 11, stk. 2, og 12, stk. 6"},
		{ID: "excessive", Cite: "databeskyttelsesforordningen artikel 12, stk. 5"},
	}
}

// GroundsOf are those of a right.
func GroundsOf(r Right) []Ground {
	return slices.DeleteFunc(Grounds(), func(g Ground) bool { return len(g.Of) > 0 && !slices.Contains(g.Of, r) })
}

// Cite is the clause of a ground.
func Cite(ground string) string {
	i := slices.IndexFunc(Grounds(), func(g Ground) bool { return g.ID == ground })
	if i < 0 {
		return ""
	}
	return Grounds()[i].Cite
}

// Outcomes are what can come of a request for a right.
func Outcomes(r Right) []Outcome {
	if r == Access {
		return []Outcome{Given, Shown, Nothing, Refused}
	}
	return []Outcome{Met, Nothing, Refused}
}

func bad(key string) error { return fault.New(fault.Invalid, key, "request: %s", key) }

// texts refuses what is too short, too long, or holds a civil registration
// number: fault.Invalid with the key of the text, or request.cpr.
func texts(list map[string]text) error {
	for _, key := range slices.Sorted(maps.Keys(list)) {
		t := list[key]
		err := incident.CheckText(t.s, t.shortest, t.longest)
		if fault.Key(err) == "text.cpr" {
			return bad("request.cpr")
		}
		if err != nil {
			return bad(key)
		}
	}
	return nil
}

type text struct {
	s                 string
	shortest, longest int
}

func tidy(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

func (in Intake) tidy() Intake {
	for _, s := range []*string{&in.Name, &in.Contact, &in.Looks, &in.Words} {
		*s = tidy(*s)
	}
	if in.Lang != "en" {
		in.Lang = "da"
	}
	in.Received, in.From, in.To = micro(in.Received), micro(in.From), micro(in.To)
	in.Cameras = slices.Compact(slices.Sorted(slices.Values(in.Cameras)))
	return in
}

func micro(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// check says what an intake lacks: fault.Invalid request.right, .how, .received,
// .location, .interval, .long, .name, .contact, .looks, .words, .cpr.
func (in Intake) check(now time.Time) error {
	switch {
	case !slices.Contains(Rights(), in.Right):
		return bad("request.right")
	case !slices.Contains(Ways(), in.How):
		return bad("request.how")
	case in.Received.IsZero() || in.Received.After(now):
		return bad("request.received")
	case in.Location == "":
		return bad("request.location")
	case !in.From.Before(in.To) || in.From.After(now):
		return bad("request.interval")
	case in.To.Sub(in.From) > LongestSpan:
		return bad("request.long")
	}
	return texts(map[string]text{"request.name": {in.Name, 2, incident.LongLine}, "request.contact": {in.Contact, 3, incident.LongLine},
		"request.looks": {in.Looks, 0, incident.Longest}, "request.words": {in.Words, 0, incident.Longest}})
}

// check says what a part lacks: fault.Invalid request.camera, .interval,
// .outcome, .ground, .reason, .cpr.
func (p Part) check(q Request) error {
	switch {
	case !slices.Contains(q.Cameras, p.Camera):
		return bad("request.camera")
	case !p.From.Before(p.To) || p.From.Before(q.From) || p.To.After(q.To):
		return bad("request.interval")
	case !slices.Contains(Outcomes(q.Right), p.Outcome):
		return bad("request.outcome")
	case p.Outcome == Refused && !slices.ContainsFunc(GroundsOf(q.Right), func(g Ground) bool { return g.ID == p.Ground }):
		return bad("request.ground")
	}
	shortest := 0
	if p.Outcome == Refused { // always a concrete assessment
		shortest = 3 * incident.Shortest
	}
	return texts(map[string]text{"request.reason": {p.Words, shortest, incident.Longest}})
}
