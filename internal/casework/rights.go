package casework

// Rights is what a process says about giving people access to footage by
// authorisation forms (autorisationsskemaer, H 5.1). Without it nobody can be
// given any.
type Rights struct {
	// Roles are those that a form can give.
	Roles []string
	// Approve says which bodies may approve and confirm for a location of
	// theirs (H 5.3: its management).
	Approve []string
	// Storage says which bodies may approve physical access to the storage (H 5.1).
	Storage []string
	// LongestDays bounds a form's period, DeputyDays that of a deputy.
	LongestDays, DeputyDays int
	// ConfirmMonths is how long a right stands before the management must
	// confirm it again, or it lapses.
	ConfirmMonths int
	// InstructionDays is how long people have to read a new instruction before
	// their rights rest.
	InstructionDays int
	// Warn is how many days before a right lapses or ends its people are told.
	Warn []int
	// OneHand lets the person who approves carry out too: a small business has
	// nobody else. Nobody approves or carries out their own, there either.
	OneHand bool
	// Hint is what who asks is told, with its source.
	Hint Text
	Cite string
}

// Given says whether the process has the part at all.
func (r Rights) Given() bool { return len(r.Roles) > 0 }

// neverByForm are roles that no form gives: whoever gives rights does not get
// the role that gives them this way.
const neverByForm = "it"

func (c *checker) rights() {
	r, o := &c.p.Rights, at("rights")
	if !r.Given() {
		if len(r.Approve)+len(r.Storage)+r.LongestDays > 0 {
			c.fail(below(o, "roles"), "no role can be given")
		}
		return
	}
	for i, x := range r.Roles {
		if x == neverByForm || !isID(x) {
			c.fail(below(o, "roles", i), "no form gives the role %q", x)
		}
	}
	for _, x := range []struct {
		name   string
		bodies []string
	}{{"approve", r.Approve}, {"storage", r.Storage}} {
		if len(x.bodies) == 0 {
			c.fail(below(o, x.name), "nobody may")
		}
		for i, b := range x.bodies {
			c.body(below(o, x.name, i), b)
			if body, ok := c.p.Body(b); ok && body.Scope == ScopeCase {
				c.fail(below(o, x.name, i), "whoever applies does not decide who looks")
			}
		}
	}
	for _, x := range []struct {
		name           string
		n, least, most int
	}{{"longest_days", r.LongestDays, 1, 1830}, {"deputy_days", r.DeputyDays, 1, r.LongestDays}, {"confirm_months", r.ConfirmMonths, 1, 6}, {"instruction_days", r.InstructionDays, 1, 60}} {
		if x.n < x.least || x.n > x.most {
			c.fail(below(o, x.name), "%d to %d", x.least, x.most)
		}
	}
	for i, d := range r.Warn {
		if d < 1 {
			c.fail(below(o, "warn", i), "days ahead are 1 or more")
		}
	}
	c.text(below(o, "hint"), r.Hint)
}
