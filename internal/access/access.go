// Package access says what a person may do, and why: small pure rules over
// roles and designations, without a database, a clock or a request.
//
// What it promises: everything is refused that no rule allows; a refusal names
// its reason, a key into the text catalogue, so that it can be told and
// logged; the answer depends on nothing but its arguments.
//
// What it refuses whoever asks: a controller's things to another controller's
// people, footage to whoever holds the role of IT (H 4.1, D 3.5.2: the one who
// runs the platform never sees its pictures, designated or not), and footage
// without a stated purpose and reference (H 5.3).
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
)

// Roles lists all roles, in the order in which they are shown.
func Roles() []Role {
	return []Role{Coordinator, Operator, DPO, IT, Applicant, Manager, Approver}
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
	// SeeRules is the law's rules as the platform holds them.
	SeeRules Act = "see-rules"
	// EditRules is entering local rules: orders, committees' decisions, texts.
	EditRules Act = "edit-rules"
	// SeeMail is what was sent to whom, and whether it arrived.
	SeeMail Act = "see-mail"
)

// Acts lists all acts.
func Acts() []Act {
	return []Act{Public, Own, SeeCameras, View, Stop, Restart, SeeHealth, SeeDeletions, SeeLog,
		SeeCases, OpenCase, WorkCase, SeeRegister, EditRegister, SeeRules, EditRules, SeeMail}
}

// Person is who asks. The zero Person is nobody, who may only what is Public.
type Person struct {
	ID         string
	Controller string
	Roles      []Role
	// Locations are those that the person is designated for.
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

// Object is what is asked for. Fields that an act does not need stay empty.
type Object struct {
	Controller string
	Location   string
	Camera     string
	// Purpose and Reference are why: an incident's or a police journal number.
	Purpose   string
	Reference string
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
	WhyPurpose     = "access.purpose"     // no purpose or reference stated
	WhyUndeclared  = "access.undeclared"  // no rule allows it
)

func yes() Verdict          { return Verdict{OK: true} }
func no(why string) Verdict { return Verdict{Why: why} }

// May says whether person may do act on object, and if not, why.
func May(p Person, act Act, o Object) Verdict {
	if act == Public {
		return yes()
	}
	if p.ID == "" {
		return no(WhyLogin)
	}
	if o.Controller != "" && o.Controller != p.Controller {
		return no(WhyController)
	}
	switch act {
	case Own:
		return yes()
	case View:
		return mayView(p, o)
	case SeeCameras:
		return roleOrDesignated(p, o, Coordinator, DPO, IT)
	case Stop:
		return roleOrDesignated(p, o, Coordinator, DPO, IT)
	case Restart:
		return roles(p, Coordinator, DPO)
	case SeeHealth:
		return roles(p, Coordinator, DPO, IT)
	case SeeDeletions, SeeLog:
		return roles(p, Coordinator, DPO)
	case SeeCases, WorkCase:
		return roles(p, Coordinator, DPO, IT, Approver, Manager, Applicant)
	case OpenCase:
		return roles(p, Applicant, Manager, Coordinator)
	case SeeRegister:
		return roleOrDesignated(p, o, Coordinator, DPO, IT, Manager, Applicant, Approver)
	case EditRegister:
		return roles(p, Coordinator, IT)
	case SeeRules:
		return yes()
	case EditRules:
		return roles(p, Coordinator, IT, DPO)
	case SeeMail:
		return roles(p, IT, Coordinator)
	}
	return no(WhyUndeclared)
}

// mayView: only whoever is designated for the location, for a stated purpose
// (H 5.3, D 3.5.2). An object without a location asks whether the person may
// view anything at all.
func mayView(p Person, o Object) Verdict {
	switch {
	case p.Is(IT):
		return no(WhyIT)
	case !p.Is(Operator):
		return no(WhyRole)
	case o.Location == "":
		if len(p.Locations) == 0 {
			return no(WhyDesignation)
		}
		return yes()
	case !p.DesignatedFor(o.Location):
		return no(WhyDesignation)
	case o.Purpose == "" || o.Reference == "":
		return no(WhyPurpose)
	}
	return yes()
}

func roles(p Person, allowed ...Role) Verdict {
	for _, r := range allowed {
		if p.Is(r) {
			return yes()
		}
	}
	return no(WhyRole)
}

// roleOrDesignated allows the roles everywhere, and operators at the locations
// that they are designated for.
func roleOrDesignated(p Person, o Object, allowed ...Role) Verdict {
	if v := roles(p, allowed...); v.OK {
		return v
	}
	if !p.Is(Operator) {
		return no(WhyRole)
	}
	if o.Location == "" || p.DesignatedFor(o.Location) {
		return yes()
	}
	return no(WhyDesignation)
}
