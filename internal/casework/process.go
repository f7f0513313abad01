// Package casework takes a case from application to decision, to change, to
// end, as one pure state machine over a process that is given as data.
//
// What it promises: the answer of [Process.Do] depends on nothing but its
// arguments; a case lets a permit out in one way only, through the step whose
// effect is [EffectPermit], when every approval stands for the revision that
// is in force, every blocking condition is met and every step before it is
// done; a running case keeps the version of the process that it began under;
// what the machine refuses it refuses with a key and a reason that can be told.
//
// What it refuses whoever asks: that somebody decides on what they applied for
// or wrote (H 2.4, ID-3), that a step is passed over which the process does
// not let go, and any dispensation (H 3, LAW-13).
package casework

import "time"

// Text is words in both languages of the interface. Danish is never empty.
type Text struct {
	DA string `toml:"da" json:"da"`
	EN string `toml:"en" json:"en"`
}

// In is the text in a language ("da", "en"); Danish where English is missing.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.DA
}

// Process (sagsgang) is one version of how a controller's cases run: who holds
// the ball, what each may do, what must be there before what (CASE-20).
type Process struct {
	ID      string    // "herning"
	Version int       // versions stand side by side; a case keeps its own
	Name    Text      //
	About   Text      // one paragraph for whoever chooses it
	For     []string  // kinds of controller, as in register.Controller
	InForce time.Time // new cases use it from here

	Phases    []Phase
	Bodies    []Body
	Tasks     []Task // of the application, in order
	Annexes   []AnnexKind
	Documents []DocumentKind
	Steps     []Step // in the order shown; After makes the graph
	Policy    Policy
	Rights    Rights
	Live      Live
	Holds     Holds
}

// Phase (fase) is a heading that steps stand under.
type Phase struct {
	ID   string
	Name Text
}

// Body (instans) is somebody who holds the ball, by what they are.
type Body struct {
	ID       string
	Name     Text
	Scope    Scope  // where a holder must hold it
	Escalate string // the body that is told when this one is late; may be empty
	// Protects says that it answers for data protection: its approval is the
	// word that sound needs.
	Protects bool
}

// Scope says how far a holder of a body reaches.
type Scope string

// The scopes.
const (
	ScopeController     Scope = "controller"
	ScopeAdministration Scope = "administration"
	ScopeLocation       Scope = "location"
	ScopeCase           Scope = "case" // the applicant of this case
)

// Task (opgave) is one page of the application: fields that belong together.
type Task struct {
	ID     string
	Title  Text
	Lead   Text
	Fields []Field
	// Element is the number in H 2.3 A (1-16) that it answers, 0 for none.
	Elements []int
	// Kind is "fields" (the default), or a page of its own.
	Kind string
	When *When
}

// The kinds of task.
const (
	TaskFields    = "fields"
	TaskCameras   = "cameras"   // the list of cameras (H 2.3 A 8-9, 4.2)
	TaskHours     = "hours"     // the patterns and their frame (H 4.3)
	TaskAnnexes   = "annexes"   // H 2.3 B
	TaskDrawings  = "drawings"  // H 2.3 B
	TaskScreening = "screening" // the questions of internal/law
)

// Field is one question.
type Field struct {
	ID       string
	Label    Text
	Help     Text
	Example  Text
	Cite     string // the law beside the field, "H 5.2; L § 4 c, stk. 4"
	Kind     FieldKind
	Choices  []Option
	Columns  []Field // of FieldRows
	Optional bool
	Min, Max int // numbers: bounds; texts: characters; rows: count. 0 is none
	When     *When
	// Means binds the answer to what is computed with, one of [Meanings]; empty
	// for what only people read.
	Means string
	// Free answers may be changed within an approval: names and addresses of
	// whom to ask, never what was decided on (H 10).
	Free bool
}

// FieldKind is how a question is answered.
type FieldKind string

// The kinds of field.
const (
	FieldLine    FieldKind = "line"
	FieldText    FieldKind = "text"
	FieldNumber  FieldKind = "number"
	FieldDate    FieldKind = "date"
	FieldYesNo   FieldKind = "yes-no"
	FieldChoice  FieldKind = "choice"
	FieldChoices FieldKind = "choices"
	FieldRows    FieldKind = "rows"   // a small table: incidents, alternatives, risks
	FieldPeople  FieldKind = "people" // rows of name, role, contact
)

// Option is one answer of a choice.
type Option struct {
	ID   string
	Text Text
	Help Text
}

// When shows or demands something only if a field has one of some values.
type When struct {
	Field string
	Is    []string
}

// AnnexKind (bilagstype) is a document that the application must or may have.
type AnnexKind struct {
	ID       string
	Title    Text
	Help     Text
	Cite     string
	Required bool
	When     *When
	Many     bool
	Anew     bool     // speaks of one application alone: not taken over by [Renew]
	Accept   []string // kinds of file: "pdf", "png", "jpeg", "docx", "xlsx", "odt", "txt"
}

// AnnexDrawing is the kind of annex that drawings of the system stand for.
const AnnexDrawing = "drawing"

// DocumentKind is a document of the controller that cases rest on, in versions:
// the guideline, the installation concept, templates (CASE-8).
type DocumentKind struct {
	ID    string
	Title Text
	Help  Text
}

// StepKind is what a body does at a step.
type StepKind string

// The kinds of step.
const (
	StepApply    StepKind = "apply"    // fill in and send the application
	StepWork     StepKind = "work"     // do something and say that it is done
	StepDecision StepKind = "decision" // decide
)

// Effect is what a step does beside being done.
type Effect string

// The effects.
const (
	EffectNone   Effect = ""
	EffectDecide Effect = "decide" // the last approval: the decision is made, with its terms
	EffectPermit Effect = "permit" // permits go out
	// EffectMount: the cameras are put up, on the step's own date, and by that taken
	// into use (§ 1 stk. 2).
	EffectMount Effect = "mount"
	EffectBegin Effect = "begin" // daily operation: the case is established
)

// Step (trin) is one thing that one body does. All steps are of one kind of
// machinery, from the first enquiry to the follow-up.
type Step struct {
	ID    string
	Title Text
	Help  Text
	Cite  string
	Phase string // heading that it stands under
	Body  string
	Kind  StepKind
	After []string // steps that must be done (or let go) first
	When  *When
	// Approval marks a decision that the permit needs (H 2.4).
	Approval bool
	// May lists the acts of a decision: approve, conditions, return, refuse.
	May []ActKind
	// ReturnTo is the step that a return gives the ball to.
	ReturnTo string
	Needs    Needs
	// Keeps says that what was done here stays done when the application is
	// sent anew. No decision keeps.
	Keeps bool
	// Omittable steps may be let go with a reason on record (H 8: talks).
	Omittable bool
	// Hears marks a step in which those who are filmed, or who speak for them, are
	// told or heard: their views belong in an impact assessment (GDPR art. 35(9)).
	Hears bool
	// Wait is a shortest time since another step was done (H 8: six weeks).
	Wait   *Wait
	Effect Effect
	// Days until it is late, 0 for never; reminders so many days before
	// (positive) and after (negative) that; with the last of them, or when it is
	// late if none comes after, the body's Escalate is told.
	Days   int
	Remind []int
}

// Needs is what must be there before a step can be done.
type Needs struct {
	Tasks    []string  // tasks of the application that must be complete
	Fields   []Field   // asked at the step itself
	Annexes  []string  // annexes that must be there
	Confirm  []Confirm // sentences to be affirmed one by one
	Evidence bool      // at least one document or remark as evidence
	Probe    bool      // technical evidence of each camera (CASE-7)
	Stills   bool      // a still picture of each camera (CASE-14)
	Staff    bool      // everybody who works at the places has been told (H 8, D 3.4)
}

// Confirm is a sentence that somebody affirms.
type Confirm struct {
	ID   string
	Text Text
}

// Wait is the shortest time between two steps.
type Wait struct {
	Since string // step
	// Field is the date asked for at that step from which is counted, if it was
	// done before it was entered; empty: the moment of entry. A date before the
	// case was opened counts from its opening.
	Field string
	Days  int
	Cite  string
}

// Policy is what a process says beside its steps.
type Policy struct {
	RetentionNormal int    // days; more needs a special reason (H 5.2: 14)
	DisputeCopy     string // "always" (H 5.2) or "request" (L § 4 c stk. 5)
	Polcam          string // "all" (H 9) or "law" (L § 2 e)
	PolcamDays      int
	// PoliceApproval lists place kinds near which the police director's positive
	// approval is demanded as an annex (H 3.2).
	PoliceApproval []string
	// Withdraw, Close and Adjust say which bodies may withdraw an approval,
	// close a case and change what lies within the approval (H 10).
	Withdraw, Close, Adjust []string
	// Widen says when longer hours lie within the approval: "frame", within the
	// outermost hours applied for; "never" (H 10.1).
	Widen string
	// ChangeCite is what the limits of a change rest on where the process is not
	// under H; empty: the clause of H.
	ChangeCite string
	// Warn is how many days before an approval ends its people are told.
	Warn []int
}
