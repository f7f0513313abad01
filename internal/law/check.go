package law

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Demand is what a process asks beside the law, such as a positive approval of
// the police director near cash machines (H 3.2). It can add findings and take
// none away.
type Demand func(Rules, Application) []Finding

// Check is everything that the rules have to say of an application, in the
// order in which it is filled in. Where [Refused] says yes, it cannot be
// approved by anybody (LAW-13).
func (r Rules) Check(a Application, also ...Demand) []Finding {
	list := r.checkPurpose(a)
	list = append(list, r.checkRisk(a)...)
	list = append(list, r.checkWeight(a)...)
	list = append(list, r.checkRetention(a)...)
	list = append(list, r.checkManner(a)...)
	if len(a.Cameras) == 0 {
		list = append(list, at(r.finding("cameras.none", Refuse), "cameras"))
	}
	for _, c := range a.Cameras {
		list = append(list, r.checkCamera(a, c)...)
	}
	list = append(list, r.CheckOrders(a.Orders, a.Cameras, a.Retention.Days)...)
	list = append(list, r.checkScreening(a)...)
	for _, d := range also {
		list = append(list, d(r, a)...)
	}
	return list
}

// need refuses where a text that must be there is blank.
func (r Rules) need(list *[]Finding, text, id, field string) {
	if blank(text) {
		*list = append(*list, at(r.finding(id, Refuse), field))
	}
}

func (r Rules) checkPurpose(a Application) []Finding {
	var list []Finding
	r.need(&list, a.Purpose.Text, "purpose.none", "purpose.text")
	switch a.Purpose.Kind {
	case PurposeCrime, PurposeSafety, PurposeOther:
	default:
		list = append(list, at(r.finding("purpose.kind", Refuse), "purpose.kind"))
	}
	if !blank(a.Purpose.Text) && vague(a.Purpose.Text) && !r.safetyBases(a) {
		list = append(list, at(r.finding("purpose.safety", Refuse), "purpose.text"))
	}
	return list
}

// safetyBases reports whether every camera rests on a basis for which safety
// is a purpose of its own.
func (r Rules) safetyBases(a Application) bool {
	for _, c := range a.Cameras {
		if b, ok := r.Basis(c.Basis); !ok || !b.has(PurposeSafety) {
			return false
		}
	}
	return len(a.Cameras) > 0
}

func (b Basis) has(purpose string) bool {
	for _, p := range b.Purposes {
		if p == purpose {
			return true
		}
	}
	return false
}

func (r Rules) checkRisk(a Application) []Finding {
	var list []Finding
	r.need(&list, a.Risk.Identified, "risk.identified", "risk.identified")
	r.need(&list, a.Risk.Described, "risk.described", "risk.described")
	r.need(&list, a.Risk.Privacy, "risk.privacy", "risk.privacy")
	if blank(a.Risk.Business) {
		list = append(list, at(r.finding("risk.business", Warn), "risk.business"))
	}
	if blank(a.Risk.Strategy) {
		list = append(list, at(r.finding("risk.strategy", Warn), "risk.strategy"))
	}
	return list
}

// oldIncidents is when incidents no longer show much of how things are.
const oldIncidents = 2 * 365 * 24 * time.Hour

// checkWeight is proportionality: weighty reasons, and less intrusive means
// sought (LAW-10).
func (r Rules) checkWeight(a Application) []Finding {
	var list []Finding
	days := map[string]bool{}
	fresh, reported := false, false
	for i, x := range a.Incidents {
		field := "incidents." + strconv.Itoa(i)
		switch {
		case x.Date.IsZero() || x.Date.After(r.at):
			list = append(list, at(r.finding("incidents.date", Refuse), field+".date"))
		case blank(x.What):
			list = append(list, at(r.finding("incidents.what", Refuse), field+".what"))
		default:
			days[x.Date.Format(time.DateOnly)+strings.ToLower(strings.TrimSpace(x.What))] = true
			fresh = fresh || r.at.Sub(x.Date) < oldIncidents
			reported = reported || x.Reported
		}
	}
	switch {
	case len(days) < 2 && blank(a.Necessity):
		list = append(list, at(r.finding("incidents.single", Refuse, "{n}", strconv.Itoa(len(days))), "incidents"))
	case len(days) < 2:
		list = append(list, at(r.finding("incidents.necessity", Warn), "necessity"))
	case !fresh:
		list = append(list, at(r.finding("incidents.old", Warn), "incidents"))
	}
	if len(days) >= 2 && !reported && a.Purpose.Kind == PurposeCrime {
		list = append(list, at(r.finding("incidents.reported", Warn), "incidents"))
	}
	tried := false
	for i, x := range a.Tried {
		if !blank(x.What) && blank(x.Outcome) {
			list = append(list, at(r.finding("tried.outcome", Refuse), "tried."+strconv.Itoa(i)+".outcome"))
		}
		tried = tried || !blank(x.What)
	}
	if !tried {
		list = append(list, at(r.finding("tried.none", Refuse), "tried"))
	}
	return list
}

// checkRetention demands a period and its reasons; none is preset.
func (r Rules) checkRetention(a Application) []Finding {
	var list []Finding
	most, longer, special := r.Days(limitRetention), r.Days(limitLonger), r.Days(limitSpecial)
	days := func(id string, n int) Finding {
		return at(r.finding(id, Refuse, "{days}", strconv.Itoa(n), "{asked}", strconv.Itoa(a.Retention.Days)), "retention.days")
	}
	switch {
	case !a.records():
		return nil
	case a.Retention.Days < 1:
		return []Finding{days("retention.none", most)}
	case a.Retention.Days > most:
		list = append(list, days("retention.most", most))
	}
	r.need(&list, a.Retention.Reason, "retention.reason", "retention.reason")
	if a.Retention.Days > longer && blank(a.Retention.Longer) {
		list = append(list, at(days("retention.longer", longer), "retention.longer"))
	}
	if a.Retention.Days > special && blank(a.Retention.Special) {
		list = append(list, at(days("retention.special", special), "retention.special"))
	}
	return list
}

func (a Application) records() bool {
	for _, c := range a.Cameras {
		if c.Recording {
			return true
		}
	}
	return len(a.Cameras) == 0
}

// checkManner is the least intrusive way: hours, handling, access, signs,
// information, sound, openness.
func (r Rules) checkManner(a Application) []Finding {
	var list []Finding
	r.need(&list, a.Hours.Text, "hours.none", "hours.text")
	if a.Hours.Open {
		r.need(&list, a.Hours.Reason, "hours.open", "hours.reason")
	}
	r.need(&list, a.Handling, "handling", "handling")
	r.need(&list, a.Access, "access", "access")
	r.need(&list, a.Signs, "signs", "signs")
	r.need(&list, a.Information, "information", "information")
	if a.Covert {
		list = append(list, at(r.finding("covert", Refuse), "covert"))
	}
	return list
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// loose are the words that say no more than that people should feel safe, and
// those that carry them.
var loose = map[string]bool{
	"tryghed": true, "trygheden": true, "tryg": true, "trygt": true, "trygge": true, "tryghedsskabende": true, "utryghed": true,
	"sikkerhed": true, "sikkerheden": true, "sikker": true, "safety": true, "security": true, "safe": true, "secure": true,
	"at": true, "skabe": true, "øge": true, "øget": true, "fremme": true, "mere": true, "for": true, "alle": true, "og": true, "af": true, "en": true,
	"to": true, "the": true, "and": true, "of": true, "more": true, "increase": true, "increased": true, "promote": true, "feel": true,
	"overvågning": true, "videoovervågning": true, "kameraer": true, "surveillance": true, "formålet": true, "formål": true, "er": true, "is": true, "purpose": true,
	"vil": true, "vi": true, "we": true, "want": true, "general": true, "generel": true, "almindelig": true, "med": true, "ved": true, "stedet": true, "os": true,
}

// vague reports whether a purpose says nothing but safety (EDPB 3/2019: too
// vague to be one).
func vague(s string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return !unicode.IsLetter(c) }) {
		if !loose[w] {
			return false
		}
	}
	return true
}
