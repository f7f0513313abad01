package disclosure

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
)

// tidy puts what was typed in order, and empties what the kind does not need.
func (d Draft) tidy() Draft {
	for _, s := range []*string{&d.Journal, &d.Law, &d.Consenter, &d.Words, &d.Recipient.Name, &d.Recipient.Station, &d.Recipient.Authority, &d.Recipient.Phone} {
		*s = strings.TrimSpace(strings.ReplaceAll(*s, "\r\n", "\n"))
	}
	d.Cameras = slices.Compact(slices.Sorted(slices.Values(d.Cameras)))
	d.From, d.To = d.From.UTC().Truncate(time.Microsecond), d.To.UTC().Truncate(time.Microsecond)
	rule, _ := d.Kind.Rule()
	if !rule.Journal {
		d.Journal = ""
	}
	if !rule.Document {
		d.Document, d.Read = "", false
	}
	if !rule.Copy {
		d.Copy = ""
	}
	if d.Kind != ByLaw {
		d.Law = ""
	}
	if d.Kind != ByConsent {
		d.Consenter = ""
	}
	if d.Kind != ToPolice { // a lifted mask is for the police only
		d.Lifts = nil
	}
	return d
}

// check says what a draft lacks: fault.Invalid disclosure.kind, .cameras,
// .interval, .long, .beyond, .copy, .journal, .recipient, .law, .consenter,
// .document, .read, .words.
func (d Draft) check(i incident.Incident, now time.Time) error {
	bad := func(key string) error { return fault.New(fault.Invalid, key, "disclosure: %s", key) }
	rule, ok := d.Kind.Rule()
	scope := i.Scope()
	line := func(s string) bool { return incident.CheckText(s, 2, incident.LongLine) == nil }
	switch {
	case !ok:
		return bad("disclosure.kind")
	case rule.Copy && d.Copy == "":
		return bad("disclosure.copy")
	case len(d.Cameras) == 0 || len(d.Cameras) > mostCameras:
		return bad("disclosure.cameras")
	case !d.From.Before(d.To) || d.To.After(now):
		return bad("disclosure.interval")
	case d.To.Sub(d.From) > Longest:
		return bad("disclosure.long")
	case i.ID != "" && slices.ContainsFunc(d.Cameras, func(c string) bool { return !scope.Covers(c, d.From, d.To) }):
		return bad("disclosure.beyond")
	case rule.Journal && !line(d.Journal):
		return bad("disclosure.journal")
	case !line(d.Recipient.Name):
		return bad("disclosure.recipient")
	case d.Kind == ByLaw && !line(d.Law):
		return bad("disclosure.law-name")
	case d.Kind == ByConsent && !line(d.Consenter):
		return bad("disclosure.consenter")
	case rule.Document && d.Document == "":
		return bad("disclosure.document")
	case rule.Document && !d.Read:
		return bad("disclosure.read")
	case incident.CheckText(d.Words, incident.Shortest, incident.Longest) != nil:
		return bad("disclosure.words")
	}
	for _, s := range []string{d.Recipient.Station, d.Recipient.Authority, d.Recipient.Phone} {
		if incident.CheckText(s, 0, incident.LongLine) != nil {
			return bad("disclosure.recipient")
		}
	}
	return nil
}

// mostCameras is what one package holds.
const mostCameras = 99

// Recorded is what the law needs to know of a camera's footage: the legal bases
// and classes that it was recorded under.
type Recorded struct {
	Camera  string
	Bases   []string // ids of internal/law
	Classes []permit.Class
}

// Against is what the law has against handing footage on as a kind: nothing, or
// what refuses and what can be done instead, camera by camera. Where a camera
// was moved from one basis to another, each that the footage was recorded under
// must allow it.
func (k Kind) Against(rules law.Rules, controller string, footage []Recorded) (out []law.Finding) {
	rule, _ := k.Rule()
	for _, f := range footage {
		for _, b := range f.Bases {
			for _, x := range rules.MayDisclose(b, law.Situation{Controller: controller}, rule.Ground) {
				x.Camera = f.Camera
				out = append(out, x)
			}
		}
	}
	return out
}

// Cites are the clauses that a kind rests on for footage of some classes: that
// under §§ 2 a and 2 c by § 4 d stk. 2 too.
func (k Kind) Cites(classes ...permit.Class) string {
	rule, _ := k.Rule()
	if slices.Contains(classes, permit.ClassSafety) && strings.HasPrefix(rule.Cite, "tv-") {
		return rule.Cite + ", og § 4 d, stk. 2"
	}
	return rule.Cite
}

// inOrder says whether an incident lets footage out of the house as a kind:
// fault.Denied, as [incident.Incident.MayHandOver] does, and
// disclosure.no-crime where there is none to solve.
func (k Kind) inOrder(i incident.Incident) error {
	if k != ToPolice {
		return i.InOrder()
	}
	if i.Crime == incident.CrimeNone {
		return fault.New(fault.Denied, "disclosure.no-crime", "incident %s", i.Number)
	}
	return i.MayHandOver()
}
