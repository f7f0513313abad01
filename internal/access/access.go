// Package access says what a person may do, and why: policies as text, in
// policies/*.cedar, over roles and designations, without a database, a clock
// or a request.
//
// What it promises: everything is refused that no rule allows; a refusal names
// its reason, a key into the text catalogue, so that it can be told and
// logged; the answer depends on nothing but its arguments.
//
// What it refuses whoever asks: a controller's things to another controller's
// people, footage to whoever holds the role of IT (H 4.1, D 3.5.2: the one who
// runs the platform never sees its pictures, designated or not), footage
// without a stated ground and purpose (H 5.3), and what is one's own to approve.
// What forbids outweighs what lets, whatever is added later; a policy that
// cannot be read or evaluated is a refusal.
package access

// Role (rolle) is what a person is in one controller.
type Role string

// The roles. A person may hold more than one.
const (
	// Coordinator (risikostyringskoordinator, sikkerhedskoordinator) answers for
	// the cameras, stops them and lets them go on.
	Coordinator Role = "coordinator"
	// Operator (udpeget person) is designated for locations and instructed.
	Operator Role = "operator"
	// DPO (databeskyttelsesrådgiver) oversees: logs, deletions, everything but
	// the pictures.
	DPO Role = "dpo"
	// IT runs the platform and never sees footage.
	IT Role = "it"
	// Applicant (ansøger) asks for surveillance on behalf of a place.
	Applicant Role = "applicant"
	// Manager (leder af et sted) answers for a place that is surveilled.
	Manager Role = "manager"
	// Approver (deltager i godkendelse) holds a body of an approval: buildings,
	// director, secretary of a committee.
	Approver Role = "approver"
	// BreakGlass (nødkonto) is an account under seal that can repair and stop
	// when nobody else can get in. It never sees footage.
	BreakGlass Role = "break-glass"
)

// Roles lists all roles, in the order in which they are shown.
func Roles() []Role {
	return []Role{Coordinator, Operator, DPO, IT, Applicant, Manager, Approver, BreakGlass}
}

// Act is something that a person can ask to do.
type Act string

// The acts. A route names one of them, or Public or Own.
const (
	// Public is open to whoever comes: the login page, the look.
	Public Act = "public"
	// Own is what concerns nobody but the person: front page, sessions.
	Own Act = "own"
	// SeeCameras is the list of places and cameras, their state and why.
	SeeCameras Act = "see-cameras"
	// View is opening recorded footage of named cameras in a named interval.
	View Act = "view"
	// Stop ends recording and all use of a camera's footage.
	Stop Act = "stop"
	// Restart undoes a stop.
	Restart Act = "restart"
	// SeeHealth is the state of the system (drift).
	SeeHealth Act = "see-health"
	// SeeDeletions is what was deleted and what will be.
	SeeDeletions Act = "see-deletions"
	// SeeLog is reading the ledger and taking extracts of it.
	SeeLog Act = "see-log"
	// SeeCases is the list of cases and what is in them.
	SeeCases Act = "see-cases"
	// OpenCase is beginning an application.
	OpenCase Act = "open-case"
	// WorkCase is writing in a case and deciding steps of it. Which steps, the
	// case's process says, by the body that the person holds.
	WorkCase Act = "work-case"
	// SeeRegister is places, cameras, suppliers and who answers for what.
	SeeRegister Act = "see-register"
	// EditRegister is changing them.
	EditRegister Act = "edit-register"
	// KeepSigns is hanging signs, looking after them and going through the public
	// page of a place (H 6: its management, or whom it designates).
	KeepSigns Act = "keep-signs"
	// SeeStaff is who works where they are recorded, and who has been told (H 8):
	// of a place that one answers for, or for oversight.
	SeeStaff Act = "see-staff"
	// EditStaff is keeping those rolls, handing the notice out and writing
	// receipts down.
	EditStaff Act = "edit-staff"
	// SeeRules is the law's rules as the platform holds them.
	SeeRules Act = "see-rules"
	// EditRules is entering local rules: orders, committees' decisions, texts.
	EditRules Act = "edit-rules"
	// SeeMail is what was sent to whom, and whether it arrived.
	SeeMail Act = "see-mail"
	// SeeIncidents is the list of incidents and what is in them, footage apart.
	SeeIncidents Act = "see-incidents"
	// EditIncident is recording an incident, widening and closing it.
	EditIncident Act = "edit-incident"
	// ApproveHold is the second person's answer to an evidence lock (bevislås).
	ApproveHold Act = "approve-hold"
	// Disclose is asking that footage is handed on, taking the package out with
	// its passphrase, and writing down who received it.
	Disclose Act = "disclose"
	// ApproveDisclosure is the second person's answer to that.
	ApproveDisclosure Act = "approve-disclosure"
	// SeeRequests is what registered persons ask for, and what became of it.
	SeeRequests Act = "see-requests"
	// ReceiveRequest is writing down that somebody asks.
	ReceiveRequest Act = "receive-request"
	// EditRequest is settling who asks, assessing, and answering.
	EditRequest Act = "edit-request"
	// EditGuideline is keeping the controller's guideline and running its reviews
	// (H 11: IT).
	EditGuideline Act = "edit-guideline"
	// SeeLetters is what authorities have written, and what they were answered.
	SeeLetters Act = "see-letters"
	// EditLetter is writing letters down, answering and closing them.
	EditLetter Act = "edit-letter"
	// ReportBreach is saying that something went wrong, and for whoever answers
	// for a place, stopping its cameras by that (H 5.3).
	ReportBreach Act = "report-breach"
	// SeeBreaches is what was reported, and what became of it.
	SeeBreaches Act = "see-breaches"
	// EditBreach is telling the data protection officer, writing down what
	// Datatilsynet is told, and that it was sent.
	EditBreach Act = "edit-breach"
	// DecideBreach is whether it is notified, whether those it is about are told,
	// and whether a camera goes on.
	DecideBreach Act = "decide-breach"
	// SeeSharing is what a business shares of its footage, and in which closed
	// systems (L § 4 c stk. 2).
	SeeSharing Act = "see-sharing"
	// AskSharing is asking for something to be shared.
	AskSharing Act = "ask-sharing"
	// AssessSharing is the assessor's answer. Who is one, the system says.
	AssessSharing Act = "assess-sharing"
	// RunSharing is setting up a closed system: who assesses and who is on its
	// list.
	RunSharing Act = "run-sharing"
	// SeeShared is seeing what is shared with oneself. What that is, the list
	// says.
	SeeShared Act = "see-shared"
	// AskLive is asking to see a camera as it is now (H 4.1: for extraordinary
	// reasons only).
	AskLive Act = "ask-live"
	// ApproveLive is the second person's answer to that.
	ApproveLive Act = "approve-live"
	// SeeAuthorisations is who has access by which form (H 5.2). A person's own
	// forms need no more than Own.
	SeeAuthorisations Act = "see-authorisations"
	// AskAuthorisation is asking for rights for oneself or another (H 5.1).
	AskAuthorisation Act = "ask-authorisation"
	// ApproveAuthorisation is approving, refusing, confirming and ending forms.
	// For which locations, the register says, by who holds the body.
	ApproveAuthorisation Act = "approve-authorisation"
	// CarryOutAuthorisation is giving the rights that a form approves (H 4.1: IT).
	CarryOutAuthorisation Act = "carry-out-authorisation"
	// ReviewLog is drawing samples of the log and reviewing them (H 5.3).
	ReviewLog Act = "review-log"
	// SeeStorage is who can get at the storage itself (H 5.1).
	SeeStorage Act = "see-storage"
	// EditStorage is keeping that list.
	EditStorage Act = "edit-storage"
	// ManageAccounts is how people log in: whether a second factor is demanded,
	// and taking a lost one off an account, which takes two.
	ManageAccounts Act = "manage-accounts"
)

// Acts lists all acts.
func Acts() []Act {
	return []Act{Public, Own, SeeCameras, View, Stop, Restart, SeeHealth, SeeDeletions, SeeLog,
		SeeCases, OpenCase, WorkCase, SeeRegister, EditRegister, KeepSigns, SeeStaff, EditStaff, SeeRules, EditRules, SeeMail,
		SeeIncidents, EditIncident, ApproveHold, Disclose, ApproveDisclosure, SeeRequests, ReceiveRequest, EditRequest, EditGuideline, SeeLetters, EditLetter, ReportBreach, SeeBreaches, EditBreach, DecideBreach, SeeSharing, AskSharing, AssessSharing, RunSharing, SeeShared, AskLive, ApproveLive, SeeAuthorisations, AskAuthorisation,
		ApproveAuthorisation, CarryOutAuthorisation, ReviewLog, SeeStorage, EditStorage, ManageAccounts}
}

// Person is who asks. The zero Person is nobody, who may only what is Public.
type Person struct {
	ID         string
	Controller string
	Roles      []Role
	// Locations are those that the person is designated for: an authorisation
	// form is in force, the instruction is confirmed (H 5.1, 5.3).
	Locations []string
}

// Is reports whether the person holds the role.
func (p Person) Is(r Role) bool {
	for _, o := range p.Roles {
		if o == r {
			return true
		}
	}
	return false
}

// DesignatedFor reports whether the person is designated for the location.
func (p Person) DesignatedFor(location string) bool {
	for _, l := range p.Locations {
		if l == location && l != "" {
			return true
		}
	}
	return false
}

// Ground is what footage is looked at for.
type Ground string

// The grounds. Each needs its purpose; crime needs the incident too.
const (
	// GroundNone is none stated.
	GroundNone Ground = ""
	// GroundCrime is an incident with established crime that makes looking
	// necessary (H 5.3).
	GroundCrime Ground = "crime"
	// GroundPurpose is the other purpose that was approved for the camera.
	GroundPurpose Ground = "purpose"
	// GroundSafety is the safety of persons (tv-overvågningsloven §§ 2 a, 2 c).
	GroundSafety Ground = "safety"
	// GroundConsent is the express consent of those in the picture.
	GroundConsent Ground = "consent"
)

// Grounds lists the grounds that can be stated.
func Grounds() []Ground { return []Ground{GroundCrime, GroundPurpose, GroundSafety, GroundConsent} }

// Object is what is asked for. Fields that an act does not need stay empty.
type Object struct {
	Controller string
	Location   string
	Camera     string
	// Ground, Purpose and Reference are why: the kind of reason, the reason in
	// words, and an incident's or a police journal number.
	Ground    Ground
	Purpose   string
	Reference string
	// Parties are who asked for it and whom it is for: nobody approves or carries
	// out their own.
	Parties []string
}

// Verdict is the answer. Why is the reason of a refusal, a key into the text
// catalogue; it is empty when OK.
type Verdict struct {
	OK  bool
	Why string
}

// Reasons of refusals.
const (
	WhyLogin       = "access.login"       // nobody is logged in
	WhyController  = "access.controller"  // another controller's
	WhyRole        = "access.role"        // needs another role
	WhyIT          = "access.it"          // IT never sees footage
	WhyDesignation = "access.designation" // not designated for the location
	WhyGround      = "access.ground"      // no ground to look at footage
	WhyPurpose     = "access.purpose"     // no purpose or reference stated
	WhyOwn         = "access.own"         // nobody approves or carries out their own
	WhyUndeclared  = "access.undeclared"  // no rule allows it
)

func yes() Verdict          { return Verdict{OK: true} }
func no(why string) Verdict { return Verdict{Why: why} }
