package casework

// Live (direkte visning) is what a process says of seeing cameras as they are
// now (H 4.1: not without extraordinary reasons), and of the single picture by
// which the angle of a camera is checked.
type Live struct {
	// Allow is LiveNever, LiveExtraordinary (two persons, each time) or
	// LiveEmergency (as well alone, in danger to life).
	Allow string
	// Minutes are suggested, and Longest can be asked for.
	Minutes, Longest int
	// Reasons is the closed list of what is extraordinary.
	Reasons []LiveReason
	// Checks is the closed list of what a camera's angle is checked for, and
	// ChecksADay how often a person may, of a camera; 0 is never.
	Checks     []LiveReason
	ChecksADay int
	// Hint is what whoever asks is told, with its source.
	Hint Text
	Cite string
}

// LiveReason is one of a closed list.
type LiveReason struct {
	ID   string
	Name Text
	// Alone is danger to life: under LiveEmergency one person may begin.
	Alone bool
}

// The values of [Live.Allow].
const (
	LiveNever         = "never"
	LiveExtraordinary = "extraordinary"
	LiveEmergency     = "emergency"
)

// LongestLive bounds what a process may let be asked for, in minutes.
const LongestLive = 60

// Allowed reports whether anybody may ask.
func (l Live) Allowed() bool { return l.Allow == LiveExtraordinary || l.Allow == LiveEmergency }

// Reason is one of the list of reasons.
func (l Live) Reason(id string) (LiveReason, bool) { return reasonOf(l.Reasons, id) }

// Check is one of the list of what an angle is checked for.
func (l Live) Check(id string) (LiveReason, bool) { return reasonOf(l.Checks, id) }

func reasonOf(list []LiveReason, id string) (LiveReason, bool) {
	for _, r := range list {
		if r.ID == id {
			return r, true
		}
	}
	return LiveReason{}, false
}

func (c *checker) live() {
	l, o := &c.p.Live, at("live")
	c.oneOf(below(o, "allow"), l.Allow, LiveNever, LiveExtraordinary, LiveEmergency)
	c.reasons(below(o, "reasons"), l.Reasons)
	c.reasons(below(o, "checks"), l.Checks)
	alone := false
	for i, r := range l.Reasons {
		alone = alone || r.Alone
		if r.Alone && l.Allow != LiveEmergency {
			c.fail(below(o, "reasons", i, "alone"), "nobody looks alone here")
		}
	}
	for i, r := range l.Checks {
		if r.Alone {
			c.fail(below(o, "checks", i, "alone"), "a check of an angle is no emergency")
		}
	}
	switch {
	case !l.Allowed() && len(l.Reasons)+l.Minutes+l.Longest > 0:
		c.fail(below(o, "reasons"), "live view is never allowed")
	case !l.Allowed():
	case len(l.Reasons) == 0:
		c.fail(below(o, "reasons"), "no reason is extraordinary")
	case l.Allow == LiveEmergency && !alone:
		c.fail(below(o, "reasons"), "no reason is an emergency")
	case l.Longest < 1 || l.Longest > LongestLive:
		c.fail(below(o, "longest"), "1 to %d minutes", LongestLive)
	case l.Minutes < 1 || l.Minutes > l.Longest:
		c.fail(below(o, "minutes"), "1 to %d minutes", l.Longest)
	}
	if l.Allowed() {
		c.text(below(o, "hint"), l.Hint)
	}
	if l.ChecksADay < 0 || l.ChecksADay > 20 || (l.ChecksADay > 0) != (len(l.Checks) > 0) {
		c.fail(below(o, "checks_a_day"), "0 to 20, and reasons for as many")
	}
}

func (c *checker) reasons(o []any, list []LiveReason) {
	c.ids = map[string]bool{}
	for i, r := range list {
		c.id(below(o, i), r.ID)
		c.text(below(o, i, "name"), r.Name)
	}
}
