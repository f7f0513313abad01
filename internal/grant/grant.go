// Package grant holds the permissions to look (gennemsynstilladelser): that one
// person may look at the recordings of named cameras in a named interval, for
// one incident, on one ground, for some hours.
//
// What it promises: [Grant.Allows] depends on nothing but its arguments; a
// grant is one person's and nobody else's, ends by itself after [Life], and
// once it has ended never comes back; giving and ending one are entries of the
// ledger in the same transaction.
//
// What it refuses: to be made wider. Who needs more gets another grant, and
// whether they do, internal/incident says.
package grant

import (
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
)

// Life is how long a grant can be used. A night's work is done in it, and
// nobody has a right left over in the morning.
const Life = 4 * time.Hour

// Grant (gennemsynstilladelse) is one person's right to look.
type Grant struct {
	ID         string
	Controller string
	Location   string
	Incident   string // id
	Number     string // the incident's, for people and for the ticket
	Person     string
	Name       string // of the person, as it was when it was given
	Ground     access.Ground
	Purpose    string // why looking is necessary, in the words of whoever stated it
	// Statement is what was said this time, where the law asks for it each time
	// (§ 4 d stk. 1); else empty.
	Statement string
	Cameras   []string
	From, To  time.Time
	Given     time.Time
	Expires   time.Time
	Ended     time.Time // zero: it was not ended before it expires
	Why       string    // it ended: one of the End constants
}

// Why a grant ended before its time.
const (
	EndOwn      = "own"      // the person was done
	EndStopped  = "stopped"  // somebody who answers for the cameras took it back
	EndIncident = "incident" // the incident was closed
	EndGround   = "ground"   // what it rested on is no more: no crime, no consent
	EndLogout   = "logout"   // the person logged out
)

// Use is what somebody asks to see, and when they ask.
type Use struct {
	Controller, Person, Camera string
	From, To                   time.Time
	Now                        time.Time
}

// Allows says whether a grant covers a use. The error is fault.Denied:
// grant.person, grant.ended, grant.expired, grant.camera, grant.interval.
func (g Grant) Allows(u Use) error {
	switch {
	case g.Person == "" || u.Person != g.Person || u.Controller != g.Controller:
		return denied("grant.person", "grant %s is not %s's", g.ID, u.Person)
	case !g.Ended.IsZero():
		return denied("grant.ended", "grant %s ended: %s", g.ID, g.Why)
	case !u.Now.Before(g.Expires) || u.Now.Before(g.Given.Add(-maxSkew)):
		return denied("grant.expired", "grant %s ran to %s", g.ID, g.Expires)
	case !slices.Contains(g.Cameras, u.Camera):
		return denied("grant.camera", "grant %s does not name %s", g.ID, u.Camera)
	case !u.From.Before(u.To) || u.From.Before(g.From) || u.To.After(g.To):
		return denied("grant.interval", "grant %s is for %s to %s, asked %s to %s", g.ID, g.From, g.To, u.From, u.To)
	}
	return nil
}

// maxSkew is how far back a clock may be set before a grant of the future is
// refused.
const maxSkew = time.Minute

// InForce reports whether it can be used at all.
func (g Grant) InForce(now time.Time) bool { return g.Ended.IsZero() && now.Before(g.Expires) }

// check refuses a grant that says too little: fault.Invalid "grant.incomplete".
func (g Grant) check() error {
	missing := func(what string) error {
		return fault.New(fault.Invalid, "grant.incomplete", "a grant without %s", what)
	}
	switch {
	case g.Controller == "" || g.Location == "":
		return missing("controller or location")
	case g.Incident == "" || g.Number == "":
		return missing("an incident")
	case g.Person == "" || g.Name == "":
		return missing("a person")
	case !slices.Contains(access.Grounds(), g.Ground):
		return missing("a ground that there is")
	case strings.TrimSpace(g.Purpose) == "":
		return missing("a stated need")
	case (g.Ground == access.GroundSafety || g.Ground == access.GroundConsent) && strings.TrimSpace(g.Statement) == "":
		return missing("what was stated this time")
	case len(g.Cameras) == 0 || slices.Contains(g.Cameras, ""):
		return missing("cameras")
	case !g.From.Before(g.To):
		return missing("an interval")
	}
	return nil
}

func denied(key, format string, args ...any) error {
	return fault.New(fault.Denied, key, format, args...)
}
