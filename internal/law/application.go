package law

import "time"

// Application (ansøgning) is what the checks think on. Whoever keeps
// applications fills it in; [Finding.Field] names its parts, in lower case with
// dots, as docs/ref/law.md lists them.
type Application struct {
	Controller  string // kind
	Territory   string // "" is Denmark
	Purpose     Purpose
	Risk        Risk
	Incidents   []Incident
	Necessity   string // a clear necessity, where there are no incidents to show
	Tried       []Alternative
	Retention   Retention
	Hours       Hours
	Handling    string // how footage is handled
	Access      string // who has access
	Signs       string // how signs suffice
	Information string // how registered persons are told
	Sound       Sound
	Covert      bool
	Cameras     []Camera
	Discussions []Discussion
	Permits     []PolicePermit
	Orders      []Order
	Screening   Screening
}

// Purpose (formål) is what the surveillance is for.
type Purpose struct {
	Text string
	Kind string // crime, safety, other
}

// Risk (risiko) is H 2.3 A 2-5 and 7.
type Risk struct {
	Identified string // what can happen
	Described  string
	Business   string // assessed for the controller
	Privacy    string // assessed for those who are filmed
	Strategy   string
}

// Incident (tidligere hændelse) is one thing that happened.
type Incident struct {
	Date     time.Time
	What     string
	Reported bool // to the police
}

// Alternative is a less intrusive means that was tried or weighed.
type Alternative struct {
	What    string
	Outcome string
}

// Retention (opbevaring) is how long footage is kept. There is no default.
type Retention struct {
	Days    int
	Reason  string
	Longer  string // why more than three days
	Special string // why more than fourteen
}

// Hours (tidsrum) is when it records.
type Hours struct {
	Text string // in words
	// Open says that it records while the place is open to those who use it.
	Open   bool
	Reason string // for that
}

// Sound (lyd) is off unless the DPO says yes on a basis of its own.
type Sound struct {
	Reason   string
	Basis    string
	Approved bool // by the data protection officer
}

// Camera is one camera of an application.
type Camera struct {
	ID        string
	Place     string // kind
	Activity  string
	Purpose   Purpose
	Basis     string
	Affirmed  []string // ids of conditions
	Recording bool
	Sound     bool
	Consent   Consent
	Quality   Quality
}

// Consent (samtykke) to film a place that is not freely accessible.
type Consent struct {
	By        string // ConsentPerson or ConsentPlace; empty: none
	Statement string // who, how, where it is kept
}

// Who can consent (penal code § 264 a).
const (
	ConsentPerson = "person" // each person who is filmed
	ConsentPlace  = "place"  // whoever has the place at their disposal
)

// Quality is what a camera delivers; zero where it is not known.
type Quality struct {
	Width, Height int
	FPS           float64
}

// Discussion (drøftelse) with the police director.
type Discussion struct {
	Basis    string
	Date     time.Time
	District string
	Outcome  string // an Outcome constant
	Until    time.Time
}

// Outcomes of a discussion.
const (
	OutcomeNone      = "none" // no objection
	OutcomeRefused   = "refused"
	OutcomePostponed = "postponed"
)

// PolicePermit (politiets tilladelse) under § 2 stk. 2-4.
type PolicePermit struct {
	Basis    string
	Area     string
	Terms    string
	From, To time.Time
	Cameras  []string // ids; empty: all that rest on the basis
}

// Order (pålæg eller henstilling) of the police.
type Order struct {
	ID        string
	Kind      string // an Order constant
	Says      string
	Answer    string // given to a recommendation
	Cameras   []string
	Width     int // at least; zero: nothing said
	Height    int
	FPS       float64
	KeepHours int
	Withdrawn bool
}

// Kinds of order; the words are register.PoliceOrder's.
const (
	OrderRecommendation = "recommendation" // § 4 a
	OrderQuality        = "quality"        // § 4 b
	OrderEstablish      = "establish"      // § 2 d stk. 2
)

// Screening is the questions before an impact assessment (GDPR art. 35). Each
// is "yes", "no", or empty for not answered.
type Screening struct {
	Public     string // a publicly accessible area
	Large      string // on a large scale
	Vulnerable string // children, patients and others who cannot well object
	Staff      string // employees
	Technology string // analytics or other new technology
	Combined   string // joined with other systems
	Done       time.Time
	Reason     string // why none is needed, as the DPO has written it
}
