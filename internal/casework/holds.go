package casework

// Holds (bevislåse) is what a process says of footage that is kept past its
// time in a dispute.
type Holds struct {
	// Copy says when the person of a dispute is given a copy: CopyAlways, as
	// Herning's guideline has it (H 5.2), or CopyRequest, as the law has it (L §
	// 4 c stk. 5).
	Copy string
	Cite string
}

// The values of [Holds.Copy].
const (
	CopyAlways  = "always"
	CopyRequest = "request"
)

func (c *checker) holds() {
	c.oneOf(at("holds", "copy"), c.p.Holds.Copy, CopyAlways, CopyRequest)
	if c.p.Holds.Cite == "" {
		c.fail(at("holds", "cite"), "it is missing")
	}
}
