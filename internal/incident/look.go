package incident

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
)

// Footage is what the rules of looking need to know of a camera's recordings
// of an interval.
type Footage struct {
	Camera   string
	Location string
	Basis    string // id of the law's data, as the register has it
	// Classes are the legal classes of the permits that it was recorded under;
	// none: it was recorded under none.
	Classes []permit.Class
	// Cites are the legal bases that those permits name, as shown.
	Cites []string
}

// Look is what somebody asks to see: some cameras in one interval, on one
// ground.
type Look struct {
	Cameras  []string
	From, To time.Time
	Ground   access.Ground
	// Statement is what is said this time, on the grounds where the law asks for
	// it each time.
	Statement string
}

// Grounds are those that a legal class of footage has, in the order in which
// they are offered.
func Grounds(c permit.Class) []access.Ground {
	switch c {
	case permit.ClassCrime:
		return []access.Ground{access.GroundCrime}
	case permit.ClassOther:
		return []access.Ground{access.GroundPurpose}
	case permit.ClassSafety:
		return []access.Ground{access.GroundSafety, access.GroundConsent}
	}
	return nil
}

// Grounds are those that all the classes of the footage have.
func (f Footage) Grounds() []access.Ground {
	if len(f.Classes) == 0 {
		return nil
	}
	return slices.DeleteFunc(Grounds(f.Classes[0]), func(g access.Ground) bool {
		return slices.ContainsFunc(f.Classes, func(c permit.Class) bool { return !slices.Contains(Grounds(c), g) })
	})
}

// EachTime reports whether a ground is stated anew for every look.
func EachTime(g access.Ground) bool { return g == access.GroundSafety || g == access.GroundConsent }

// MayLook says whether an incident lets the footage of one of a look's cameras
// be looked at. Every answer but
// nil is fault.Denied and says what to do: look.closed, look.unnamed,
// look.camera, look.interval, look.need, look.recorded (under no permit),
// look.mixed (under several that do not have a ground in common), look.ground,
// look.unsaid, look.presumed, look.none, look.consent, look.statement,
// look.basis, look.law.
func (i Incident) MayLook(rules law.Rules, f Footage, l Look) error {
	switch s := i.Scope(); {
	case !i.Open():
		return i.denied("look.closed")
	case i.Need == "":
		return i.denied("look.need")
	case s.Version == 0:
		return i.denied("look.unnamed")
	case f.Location != i.Location || !slices.Contains(l.Cameras, f.Camera) || !slices.Contains(s.Cameras, f.Camera):
		return i.denied("look.camera")
	case !s.Covers(f.Camera, l.From, l.To):
		return i.denied("look.interval")
	case len(f.Classes) == 0:
		return i.denied("look.recorded")
	case len(f.Grounds()) == 0:
		return i.denied("look.mixed")
	case !slices.Contains(f.Grounds(), l.Ground):
		return i.denied("look.ground")
	}
	if err := i.carries(l.Ground); err != nil {
		return err
	}
	statement := i.Need
	if EachTime(l.Ground) {
		if statement = l.Statement; CheckText(tidy(statement), Shortest, Longest) != nil {
			return i.denied("look.statement")
		}
	}
	reason := map[access.Ground]string{access.GroundCrime: law.PurposeCrime, access.GroundPurpose: law.PurposeOther,
		access.GroundSafety: law.GroundSafety, access.GroundConsent: law.GroundConsent}[l.Ground]
	if found := rules.MayProcess(f.Basis, law.Reason{Ground: reason, Statement: statement}); law.Refused(found) {
		if found[0].ID == "basis.unknown" {
			return i.denied("look.basis")
		}
		return i.denied("look.law")
	}
	return nil
}

// carries says whether what is on record carries a ground.
func (i Incident) carries(g access.Ground) error {
	switch g {
	case access.GroundCrime:
		switch i.Crime {
		case CrimeEstablished:
			return nil
		case CrimePresumed:
			return i.denied("look.presumed")
		case CrimeNone:
			return i.denied("look.none")
		}
		return i.denied("look.unsaid")
	case access.GroundPurpose, access.GroundConsent:
		if !i.Consented() {
			return i.denied("look.consent")
		}
	}
	return nil
}

func (i Incident) denied(key string) error {
	return fault.New(fault.Denied, key, "incident %s", i.Number)
}
