package incidents

import (
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
)

// mayLook says whether the whole of what an incident names of a camera may be
// looked at; what is stated at each look is not missing yet.
func mayLook(rules law.Rules, i incident.Incident, f incident.Footage) error {
	s := i.Scope()
	l := incident.Look{Cameras: []string{f.Camera}, From: s.From, To: s.To}
	if grounds := f.Grounds(); len(grounds) > 0 {
		l.Ground = grounds[0]
	}
	if incident.EachTime(l.Ground) {
		l.Statement = strings.Repeat("x", incident.Shortest)
	}
	return i.MayLook(rules, f, l)
}

// needsConsent reports whether a camera's footage is looked at on the consent
// of those who are seen.
func needsConsent(n named) bool {
	return slices.Contains(n.footage.Grounds(), access.GroundPurpose) || slices.Contains(n.footage.Grounds(), access.GroundConsent)
}
