package casework

import (
	"time"

	"vidne.dk/vidne/internal/permit"
)

// Status is where a case stands as a whole.
type Status string

// The statuses. Refused, Withdrawn, Expired and Closed are ends: nothing
// records under them.
const (
	Open        Status = "open"        // applied for, being handled or established
	Established Status = "established" // in daily operation
	Refused     Status = "refused"
	Withdrawn   Status = "withdrawn"
	Expired     Status = "expired"
	Closed      Status = "closed"
)

// Case (sag) is the state of the machine.
type Case struct {
	ID             string               `json:"id"`     // "2026-014", readable, of the controller
	Number         string               `json:"number"` // the service desk's, or the case system's
	Controller     string               `json:"controller"`
	Administration string               `json:"administration"`
	Locations      []string             `json:"locations"`
	Process        string               `json:"process"`
	Version        int                  `json:"version"` // of the process
	Title          string               `json:"title"`
	Applicant      string               `json:"applicant"` // person
	Writers        []string             `json:"writers"`   // all who wrote in what was sent
	Opened         time.Time            `json:"opened"`
	Status         Status               `json:"status"`
	Ended          time.Time            `json:"ended,omitzero"`
	Reason         string               `json:"reason"`    // of its end
	Revision       int                  `json:"revision"`  // of the application as last sent or adjusted; 0: never
	Approved       int                  `json:"approved"`  // the revision that was decided on; 0: none
	Permitted      int                  `json:"permitted"` // the revision that permits were let out for; 0: none
	Steps          map[string]StepState `json:"steps"`
	Conditions     []Condition          `json:"conditions"`
	Replaces       string               `json:"replaces"`            // the case that it changes (CASE-15)
	Decided        time.Time            `json:"decided,omitzero"`    // when the last approval came in
	ValidTo        time.Time            `json:"valid_to,omitzero"`   // end of the approval
	Documents      map[string]int       `json:"documents,omitempty"` // version in force of each document kind when decided
}

// StepStatus is where one step stands.
type StepStatus string

// The statuses of a step.
const (
	StepWaiting  StepStatus = "waiting"  // something before it is not done
	StepOpen     StepStatus = "open"     // its body holds the ball
	StepDone     StepStatus = "done"     // done, or approved
	StepOmitted  StepStatus = "omitted"  // let go, with its reason
	StepRefused  StepStatus = "refused"  // refused
	StepNeedless StepStatus = "needless" // its When does not hold
)

// StepState is one step of one case.
type StepState struct {
	Status    StepStatus `json:"status"`
	Since     time.Time  `json:"since,omitzero"` // of the status
	Due       time.Time  `json:"due,omitzero"`
	By        string     `json:"by,omitempty"`   // person
	Name      string     `json:"name,omitempty"` // of the person then
	Act       ActKind    `json:"act,omitempty"`  // the last
	Remarks   string     `json:"remarks,omitempty"`
	Revision  int        `json:"revision,omitempty"` // of the application that it was done on
	Answers   Answers    `json:"answers,omitempty"`  // to Needs.Fields
	Confirmed []string   `json:"confirmed,omitempty"`
	Evidence  []string   `json:"evidence,omitempty"` // documents
	// ValidTo is the end that an approval set; zero: none.
	ValidTo time.Time `json:"valid_to,omitzero"`
	// Documents in force when this was done (CASE-4, CASE-8).
	Documents map[string]int `json:"documents,omitempty"`
	Late      bool           `json:"late,omitempty"` // said to be late
}

// Condition (vilkår) is what somebody approved on. It blocks a step until it
// is met.
type Condition struct {
	ID     string    `json:"id"`
	Text   string    `json:"text"`
	Step   string    `json:"step"`   // of the approval
	Blocks string    `json:"blocks"` // the step that it blocks
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Met    time.Time `json:"met,omitzero"`
	MetBy  string    `json:"met_by,omitempty"`
	How    string    `json:"how,omitempty"`
}

// ActKind is what somebody does to a case.
type ActKind string

// The acts.
const (
	ActSend      ActKind = "send"       // the application, to whoever comes next
	ActComplete  ActKind = "complete"   // a step of work is done
	ActApprove   ActKind = "approve"    //
	ActCondition ActKind = "conditions" // approve with conditions
	ActReturn    ActKind = "return"     // send back
	ActRefuse    ActKind = "refuse"     // with reason: ends the case
	ActOmit      ActKind = "omit"       // let a step go that may be
	ActMeet      ActKind = "meet"       // a condition is met
	ActRemark    ActKind = "remark"     // say something; changes nothing
	ActReopen    ActKind = "reopen"     // the applicant takes the application back to mend it
	ActWithdraw  ActKind = "withdraw"   // the approval, or the application
	ActClose     ActKind = "close"      // the surveillance ends
	ActAdjust    ActKind = "adjust"     // a change within the approval (H 10)
)

// Act is one try to do something.
type Act struct {
	Kind       ActKind
	Step       string
	Remarks    string // reason, remark
	Conditions []Condition
	Condition  string // that is met
	Answers    Answers
	Confirmed  []string
	Evidence   []string
	ValidTo    time.Time // of an approval with an end
	// Revision that whoever approves has read; another than the one in force is
	// refused.
	Revision int
	// Differences are what an [ActAdjust] changes, from [Process.Compare].
	Differences []Difference
}

// Actor is who acts: what they hold for this case's places.
type Actor struct {
	Person string
	Name   string
	Bodies []string
}

// Facts are what the machine must know of the world to judge an act; the
// caller finds them out.
type Facts struct {
	// Missing lists, by task id, what the application lacks: what
	// [Process.Missing] finds and law's refusals.
	Missing map[string][]Missing
	Annexes map[string]int // how many there are of each kind
	// Answers of the application in the revision in force, for When; at a
	// sending those that are sent.
	Answers Answers
	// Probed and Stilled are the cameras with technical evidence, with a still.
	Cameras, Probed, Stilled []string
	// Documents in force: kind to version.
	Documents map[string]int
	// Untold says why those who work at the places have not been told, for the
	// steps that need it (H 8); Told is when the last of them was, zero while
	// that is not so.
	Untold []Missing
	Told   time.Time
	// Licence is the end of a police permit that the case rests on; zero: none.
	Licence time.Time
	// Blocked says why nothing may be established now whatever the steps say:
	// the police director refused or postponed (L § 2 c stk. 2), an order. It
	// stops what leads to permits after the decision, and adjustments.
	Blocked []Missing
	// Shut says why when every place of the case is shut for good: then there is
	// nothing left to surveil, and the case closes (CASE-17).
	Shut string
}

// Missing is one thing that is not there, in words, and where to mend it.
type Missing struct {
	Key                 string // "case.own", "field.missing": for texts and tests
	Task, Field, Camera string
	Step                string // that must be done, or that the condition is of
	Text                Text
	Cite                string
	Until               time.Time // when time alone mends it
	Refuses             bool      // false: a warning that does not stop
}

// Event is one thing that happened, for the journal.
type Event struct {
	Kind    EventKind         `json:"kind"`
	Step    string            `json:"step,omitempty"`
	Body    string            `json:"body,omitempty"`
	At      time.Time         `json:"at"`
	Person  string            `json:"person"`
	Name    string            `json:"name"`
	Remarks string            `json:"remarks,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

// EventKind says what happened.
type EventKind string

// The kinds of event.
const (
	CaseOpened      EventKind = "case.opened"
	ApplicationSent EventKind = "application.sent" // Data: revision
	Reopened        EventKind = "application.reopened"
	StepOpened      EventKind = "step.opened" // its body has the ball
	StepWasDone     EventKind = "step.done"
	StepApproved    EventKind = "step.approved" // Data: revision, conditions
	StepReturned    EventKind = "step.returned" // Data: to
	StepReset       EventKind = "step.reset"    // what was done or approved no longer stands
	StepLetGo       EventKind = "step.omitted"
	StepLate        EventKind = "step.late"
	ConditionSet    EventKind = "condition.set" // Data: condition, blocks
	ConditionMet    EventKind = "condition.met" // Data: condition
	ConditionLapsed EventKind = "condition.lapsed"
	Remarked        EventKind = "remark"
	CaseDecided     EventKind = "case.decided"  // Data: revision, valid_to
	CaseAdjusted    EventKind = "case.adjusted" // Data: revision
	PermitDue       EventKind = "permit.due"    // permits go out for this revision. Data: revision, replaces
	PermitRevoke    EventKind = "permit.revoke" // what is out is taken back
	CaseEstablished EventKind = "case.established"
	CaseRefused     EventKind = "case.refused"
	CaseWithdrawn   EventKind = "case.withdrawn"
	CaseClosed      EventKind = "case.closed"
	CaseExpired     EventKind = "case.expired"
	CaseReplaced    EventKind = "case.replaced" // by another. Data: by
)

// Answers are what was filled in, by field.
type Answers map[string]Answer

// Answer is one of a text, several choices, or rows.
type Answer struct {
	Text string              `json:"text,omitempty"`
	Many []string            `json:"many,omitempty"`
	Rows []map[string]string `json:"rows,omitempty"`
}

// Application (ansøgning) is one revision of what is applied for.
type Application struct {
	Answers Answers   `json:"answers"`
	Cameras []Wanted  `json:"cameras"`
	Hours   []Pattern `json:"hours"`
	// Frame is the outermost hours applied for, within which Hours may be
	// changed without a new application (H 10.1); without an ID there is none.
	Frame    Pattern       `json:"frame,omitzero"`
	Drawings []DrawingUsed `json:"drawings"`
	Annexes  []Annex       `json:"annexes"`
}

// Wanted is one camera as it is applied for.
type Wanted struct {
	Camera        string            `json:"camera"` // id in the register
	Name          string            `json:"name"`
	Location      string            `json:"location"`
	Cadastre      string            `json:"cadastre"` // of the location; what is one property (H 10.2)
	Area          string            `json:"area"`     // id in the register
	Place         string            `json:"place"`    // kind of place, law's id
	Purpose       string            `json:"purpose"`
	PurposeKind   string            `json:"purpose_kind"` // "crime", "safety", "other"
	Basis         string            `json:"basis"`        // law's id
	Activity      string            `json:"activity"`     // law's id
	Affirmed      []string          `json:"affirmed"`     // conditions of the basis
	Pattern       string            `json:"pattern"`      // id of its hours
	Sound         bool              `json:"sound"`
	Recording     bool              `json:"recording"`
	Functionality string            `json:"functionality"`
	Quality       string            `json:"quality"`
	Storage       string            `json:"storage"`
	Mounting      string            `json:"mounting"`
	Direction     string            `json:"direction"`
	Extra         map[string]string `json:"extra,omitempty"`
}

// Pattern is one set of hours that cameras follow, in words and as the
// recorder reads it.
type Pattern struct {
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Hours  permit.Hours `json:"hours"`
	Reason string       `json:"reason"` // for hours inside opening time
	// Closed adds the location's closing days, all day (H 4.3: outside its
	// normal opening hours).
	Closed bool `json:"closed"`
}

// DrawingUsed is a drawing in the version that the application has.
type DrawingUsed struct {
	Drawing string `json:"drawing"`
	Version int    `json:"version"`
}

// Annex (bilag) is a document attached under a kind.
type Annex struct {
	Kind     string    `json:"kind"`
	Document string    `json:"document"`
	Name     string    `json:"name"`
	Size     int64     `json:"size"`
	Added    time.Time `json:"added"`
	By       string    `json:"by"`
}
