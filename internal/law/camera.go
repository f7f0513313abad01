package law

import (
	"slices"
	"strconv"
	"time"
)

// checkCamera is what the rules have to say of one camera.
func (r Rules) checkCamera(a Application, c Camera) []Finding {
	var list []Finding
	add := func(f Finding) {
		f.Camera, f.Field = c.ID, "camera."+f.Field
		if f.Basis == "" {
			f.Basis = c.Basis
		}
		list = append(list, f)
	}
	switch {
	case blank(c.Purpose.Text):
		add(at(r.finding("camera.purpose", Refuse), "purpose.text"))
	case vague(c.Purpose.Text):
		if b, ok := r.Basis(c.Basis); !ok || !b.has(PurposeSafety) {
			add(at(r.finding("purpose.safety", Refuse), "purpose.text"))
		}
	}
	s := Situation{
		Controller: a.Controller, Activity: c.Activity, Place: c.Place, Territory: a.Territory,
		Purpose: c.Purpose.Kind, Recording: c.Recording,
	}
	if p, ok := r.Place(c.Place); ok && p.Closed && p.Forbidden == "" {
		switch {
		case c.Consent.By != ConsentPerson && c.Consent.By != ConsentPlace:
			add(at(r.finding("consent.none", Refuse, named(p)...), "consent.by"))
		case blank(c.Consent.Statement):
			add(at(r.finding("consent.statement", Refuse), "consent.statement"))
		}
	}
	if c.Sound {
		for _, f := range r.checkSound(a.Sound, c) {
			add(f)
		}
	}
	candidates, refused := r.Candidates(s)
	chosen, ok := find(candidates, func(x Candidate) bool { return x.Basis.ID == c.Basis })
	if !ok {
		for _, f := range r.noBasis(c, candidates, refused) {
			add(f)
		}
		return list
	}
	for _, cond := range chosen.Conditions {
		if !slices.Contains(c.Affirmed, cond.ID) {
			id := "condition.open"
			if cond.Hard {
				id = "condition.hard"
			}
			f := at(r.finding(id, Refuse, "{condition.da}", cond.Text.DA, "{condition.en}", cond.Text.EN), "affirmed")
			f.Rule, f.Cite = chosen.Basis.ID, cond.Cite
			add(f)
		}
	}
	for _, f := range chosen.Notes {
		add(at(f, "basis"))
	}
	for _, f := range r.checkLicence(a, c, chosen.Basis) {
		add(f)
	}
	return list
}

// noBasis is why the basis that was chosen, or none, does not carry a camera.
func (r Rules) noBasis(c Camera, candidates []Candidate, refused []Finding) []Finding {
	var list []Finding
	for _, f := range refused { // what stops every basis
		if f.Severity == Refuse {
			list = append(list, f)
		}
	}
	if len(list) > 0 {
		return list
	}
	if c.Basis == "" {
		return []Finding{at(r.finding("basis.none", Refuse, "{n}", strconv.Itoa(len(candidates))), "basis")}
	}
	why, ok := find(refused, func(f Finding) bool { return f.Basis == c.Basis })
	if !ok {
		why = at(r.finding("basis.unknown", Refuse), "basis")
		if b, in := r.Basis(c.Basis); in {
			why = at(r.finding("basis.controller", Refuse), "basis")
			why.Rule, why.Cite = b.ID, b.Cite
		}
	}
	why.Severity = Refuse
	return []Finding{why}
}

// checkSound keeps sound off unless it has a basis of its own and the data
// protection officer's yes. § 4 d knows pictures only.
func (r Rules) checkSound(s Sound, c Camera) []Finding {
	if b, ok := r.Basis(c.Basis); ok && b.Class == ClassSafety {
		return []Finding{at(r.finding("sound.safety", Refuse), "sound")}
	}
	if blank(s.Reason) || blank(s.Basis) || !s.Approved {
		return []Finding{at(r.finding("sound", Refuse), "sound")}
	}
	return nil
}

// checkLicence is what somebody outside must have said.
func (r Rules) checkLicence(a Application, c Camera, b Basis) []Finding {
	one := func(id string, s Severity, field string, args ...string) []Finding {
		f := at(r.finding(id, s, args...), field)
		f.Rule, f.Cite = b.ID, b.Cite
		return []Finding{f}
	}
	switch b.Licence {
	case LicencePermit:
		p, ok := find(a.Permits, func(p PolicePermit) bool {
			return p.Basis == b.ID && (len(p.Cameras) == 0 || slices.Contains(p.Cameras, c.ID))
		})
		switch {
		case !ok:
			return one("permit.none", Refuse, "permit")
		case p.From.IsZero() || p.To.IsZero() || !p.From.Before(p.To) || blank(p.Area):
			return one("permit.form", Refuse, "permit")
		case p.To.After(p.From.AddDate(b.Years, 0, 0)):
			return one("permit.years", Refuse, "permit", "{years}", strconv.Itoa(b.Years))
		case !r.at.Before(p.To):
			return one("permit.over", Refuse, "permit", "{to}", p.To.Format(time.DateOnly))
		}
	case LicenceDiscussion:
		return r.checkDiscussion(a, b, one)
	case LicenceOrder:
		if !slices.ContainsFunc(a.Orders, func(o Order) bool { return o.Kind == OrderEstablish && !o.Withdrawn && o.covers(c.ID) }) {
			return one("order.none", Refuse, "order")
		}
	}
	return nil
}

// checkDiscussion takes the newest discussion about the basis.
func (r Rules) checkDiscussion(a Application, b Basis, one func(string, Severity, string, ...string) []Finding) []Finding {
	var last Discussion
	for _, d := range a.Discussions {
		if d.Basis == b.ID && !d.Date.After(r.at) && !d.Date.Before(last.Date) {
			last = d
		}
	}
	against := Warn
	if b.Veto {
		against = Refuse
	}
	switch {
	case last.Date.IsZero():
		return one("discussion.none", Refuse, "discussion")
	case blank(last.District) || !slices.Contains([]string{OutcomeNone, OutcomeRefused, OutcomePostponed}, last.Outcome):
		return one("discussion.form", Refuse, "discussion")
	case last.Outcome == OutcomeRefused:
		return one("discussion.refused", against, "discussion")
	case last.Outcome == OutcomePostponed && last.Until.IsZero():
		return one("discussion.form", Refuse, "discussion")
	case last.Outcome == OutcomePostponed && r.at.Before(last.Until):
		return one("discussion.postponed", against, "discussion", "{until}", last.Until.Format(time.DateOnly))
	}
	return nil
}
