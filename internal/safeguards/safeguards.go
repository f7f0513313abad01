// Package safeguards writes the controller's security description
// (sikkerhedsbeskrivelse, D 3.5.1: skema om tv-overvågning) from its actual
// set-up.
//
// What it promises: each part says what is so, from what the rooms know and the
// recorder says; what the controller has decided, in its own words, with who
// and when; and what is missing. A version is fixed when it is issued, and a
// version that says something else than what is so now is found out.
//
// What it refuses: to say that something is in order because somebody wrote it,
// and to leave out what is missing.
package safeguards

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/document"
)

// Kind is the kind under which internal/document keeps the versions.
const Kind = "security-description"

// Part is one part of the description.
type Part string

// The parts, in the order of D 3.5 and then of what it does not name.
const (
	Responsible Part = "responsible" // D 3.5.1
	People      Part = "people"      // D 3.5.2
	Codes       Part = "codes"       // D 3.5.3
	Storage     Part = "storage"     // D 3.5.4
	Network     Part = "network"     // D 3.5.5
	Instruction Part = "instruction" // D 3.5.6
	Deletion    Part = "deletion"    // D 3.2
	Log         Part = "log"         // H 5.3
	Review      Part = "review"      // H 5.3
	Backup      Part = "backup"      // GDPR art. 32
	Suppliers   Part = "suppliers"   // GDPR art. 28
)

// Parts lists them in the order in which they are shown.
func Parts() []Part {
	return []Part{Responsible, People, Codes, Storage, Network, Instruction, Deletion, Log, Review, Backup, Suppliers}
}

// Demanded are the parts of which the platform cannot know enough: what the
// controller has decided must stand there.
func Demanded() []Part { return []Part{Responsible, Storage, Network, Instruction, Backup} }

// LongestText bounds what is decided of one part, in bytes.
const LongestText = 4000

// Statement is one thing that is so, or is missing, found in the facts.
type Statement struct {
	// Key names its words, below the part: "people.look".
	Key   string    `json:"key"`
	Count int64     `json:"count,omitempty"` // of what; 0: its words do not count
	Name  string    `json:"name,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

// Text is what the controller has decided of a part.
type Text struct {
	Part   Part      `json:"part"`
	Words  string    `json:"words"`
	Person string    `json:"person"`
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
}

// Paragraph is what is said of one part.
type Paragraph struct {
	Part    Part        `json:"part"`
	Says    []Statement `json:"says"`
	Decided Text        `json:"decided,omitzero"`
	Lacks   []Statement `json:"lacks"`
}

// Description (sikkerhedsbeskrivelse) is all of them.
type Description struct {
	Made       time.Time   `json:"made"`
	Controller string      `json:"controller"` // its name
	Parts      []Paragraph `json:"parts"`
}

// Lacks counts what is missing.
func (d Description) Lacks() (n int) {
	for _, p := range d.Parts {
		n += len(p.Lacks)
	}
	return n
}

// Differs lists the parts of which another description says something else. What
// was missing is no part of it: it comes and goes without anything having been
// decided.
func (d Description) Differs(other Description) (out []Part) {
	for _, part := range Parts() {
		a, b := d.of(part), other.of(part)
		if !slices.Equal(a.Says, b.Says) || a.Decided.Words != b.Decided.Words {
			out = append(out, part)
		}
	}
	return out
}

func (d Description) of(part Part) Paragraph {
	for _, p := range d.Parts {
		if p.Part == part {
			return p
		}
	}
	return Paragraph{}
}

// Version (udgave) is one that was issued: Says is fixed, and so is the file.
type Version struct {
	document.Version
	Name string // who issued it
	Says Description
}

// Setup is how the platform is set up, as whoever starts it knows.
type Setup struct {
	Encrypted  bool // browsers reach the portal by TLS
	SelfSigned bool // with a certificate that nobody has vouched for
	Directory  bool // people log in against Active Directory
	SingleSign bool // or at another place's log-in
}

// Engine is what the recorder says, as the caller heard it.
type Engine struct {
	Away      bool // it does not answer
	Cameras   int  // of the controller that it knows
	Encrypted int  // of which the wire is encrypted
	Late      bool // something of the controller's is past its time and readable
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }
