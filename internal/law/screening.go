package law

// Answers of a [Screening].
const (
	Yes = "yes"
	No  = "no"
)

// Assessment is what a screening leads to.
type Assessment struct {
	Open     bool // a question is not answered
	Required bool // an impact assessment must be made
	// Statute says that art. 35(3)(c) itself demands it, so that no reason of
	// the DPO's stands in its place.
	Statute bool
	Why     Finding
}

// Screen says whether an impact assessment is required (GDPR art. 35): always
// for systematic monitoring of a publicly accessible area on a large scale
// (art. 35(3)(c)); as a rule where two or more of the criteria of the guidance
// behind Datatilsynet's list meet, of which systematic monitoring is one.
func (r Rules) Screen(s Screening) Assessment {
	criteria := 1 // systematic monitoring, which surveillance is
	for _, x := range []string{s.Public, s.Large, s.Vulnerable, s.Staff, s.Technology, s.Combined} {
		if x != Yes && x != No {
			return Assessment{Open: true, Why: at(r.finding("screening.open", Refuse), "screening")}
		}
	}
	for _, x := range []string{s.Large, s.Vulnerable, s.Technology, s.Combined} {
		if x == Yes {
			criteria++
		}
	}
	if s.Staff == Yes && s.Vulnerable != Yes { // one criterion: those who cannot well object
		criteria++
	}
	switch {
	case s.Public == Yes && s.Large == Yes:
		return Assessment{Required: true, Statute: true, Why: at(r.finding("screening.statute", Note), "screening")}
	case criteria >= 2:
		return Assessment{Required: true, Why: at(r.finding("screening.criteria", Note), "screening")}
	default:
		return Assessment{Why: at(r.finding("screening.not", Note), "screening")}
	}
}

// checkScreening demands the assessment, or where the statute does not itself
// ask for it the DPO's written reason.
func (r Rules) checkScreening(a Application) []Finding {
	as := r.Screen(a.Screening)
	switch {
	case as.Open:
		return []Finding{as.Why}
	case as.Required && a.Screening.Done.IsZero() && (as.Statute || blank(a.Screening.Reason)):
		return []Finding{as.Why, at(r.finding("screening.missing", Refuse), "screening.done")}
	default:
		return []Finding{as.Why}
	}
}
