// Package law holds the rules of video surveillance as dated data with
// citations, and the checks on them.
//
// What it promises: every answer names the provision that it rests on, and
// depends on nothing but its arguments and the [Book]; the rules of a day are
// the rules that were in force on that day ([Book.At]), so a case decided under
// last year's rule reads under last year's rule; what has not been verified
// in the source is marked, and of two readings the stricter one is in force.
//
// What it refuses whoever asks: a basis for a place that has none, and any
// dispensation (H 3, LAW-13). How grave a finding is stands in the code and
// never in data, what a process adds can only add, and no argument of any
// function here takes a refusal away.
//
// Sources: L is tv-overvågningsloven, H Herning Kommune's guideline, D
// Datatilsynet's decision 2007-631-0021.
package law

import "strings"

// Text is words in both languages of the interface. Neither is empty: [Read]
// refuses that.
type Text struct {
	DA string `toml:"da" json:"da"`
	EN string `toml:"en" json:"en"`
}

// In is the text in a language ("da", "en"); Danish for any other.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.DA
}

func (t Text) empty() bool { return strings.TrimSpace(t.DA) == "" && strings.TrimSpace(t.EN) == "" }

func (t Text) whole() bool { return strings.TrimSpace(t.DA) != "" && strings.TrimSpace(t.EN) != "" }

// fill puts values in for {names}.
func (t Text) fill(args []string) Text {
	if len(args) == 0 {
		return t
	}
	r := strings.NewReplacer(args...)
	return Text{DA: r.Replace(t.DA), EN: r.Replace(t.EN)}
}

// Severity says what a finding does.
type Severity string

// The severities.
const (
	Refuse Severity = "refuse" // it cannot go on so; nothing and nobody passes it
	Warn   Severity = "warn"   // whoever decides must look at it
	Note   Severity = "note"   // good to know
)

// Finding (bemærkning) is one thing that the rules have to say of a situation
// or an application.
type Finding struct {
	ID       string   `json:"id"`   // which finding: "retention.none"
	Rule     string   `json:"rule"` // id of the rule that it rests on
	Cite     string   `json:"cite"` // "tv-overvågningsloven § 4 c, stk. 4"
	Severity Severity `json:"severity"`
	Field    string   `json:"field,omitempty"`  // of [Application], dotted: "retention.days"
	Camera   string   `json:"camera,omitempty"` // where it is about one
	Basis    string   `json:"basis,omitempty"`  // where it is about one
	Text     Text     `json:"text"`             // what is so
	Do       Text     `json:"do"`               // what to do about it
}

// Refused reports whether something in the findings refuses.
func Refused(list []Finding) bool {
	for _, f := range list {
		if f.Severity == Refuse {
			return true
		}
	}
	return false
}

// What footage may be used or handed on for.
const (
	GroundConsent  = "consent"  // the registered person's express consent
	GroundSafety   = "safety"   // to promote the safety of those in the area (§ 4 d stk. 1 nr. 2)
	GroundLaw      = "law"      // it follows from a statute
	GroundPolice   = "police"   // to the police, to solve crime
	GroundBusiness = "business" // within the business, or to others, under § 4 c stk. 2
)

// Kinds of purpose.
const (
	PurposeCrime  = "crime"
	PurposeSafety = "safety"
	PurposeOther  = "other"
)

// Legal classes of footage; the words are permit.Class's.
const (
	ClassCrime  = "crime"  // § 4 c
	ClassSafety = "safety" // § 4 d
	ClassOther  = "other"
)

// classByPurpose is a basis whose footage is § 4 c's where the purpose is
// crime, and else neither § 4 c's nor § 4 d's.
const classByPurpose = "purpose"

// Licences: what somebody outside must have said before a basis can be used.
const (
	LicencePermit     = "permit"     // a police permit (§ 2 stk. 2-4)
	LicenceDiscussion = "discussion" // a discussion with the police director (§§ 2 a, 2 c)
	LicenceOrder      = "order"      // an order of the police (§ 2 d stk. 2)
	LicenceDecree     = "decree"     // the minister's temporary rules (§ 2 stk. 6, § 2 c stk. 3)
)
