package access

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/req"
)

var school = Object{Controller: "herning", Location: "aulum-skole", Camera: "aulum-1", Ground: GroundCrime, Purpose: "Hærværk på cykler", Reference: "4600-12345-26"}

func person(roles ...Role) Person {
	return Person{ID: "p", Controller: "herning", Roles: roles, Locations: []string{"aulum-skole"}}
}

func TestWhoMayWhat(t *testing.T) {
	req.Shows(t, "ID-3", "VIEW-1")
	with := func(p Person, f func(*Person)) Person { f(&p); return p }
	elsewhere := with(person(Operator), func(p *Person) { p.Locations = []string{"herning-bibliotek"} })
	foreign := with(person(Coordinator, Operator), func(p *Person) { p.Controller = "fitness" })
	noReason, noGround, safety, ours := school, school, school, school
	noReason.Reference = ""
	noGround.Ground = GroundNone
	safety.Ground, safety.Reference = GroundSafety, ""
	ours.Parties = []string{"p"}
	for _, c := range []struct {
		name string
		who  Person
		act  Act
		what Object
		why  string
	}{
		{"nobody sees the login page", Person{}, Public, Object{}, ""},
		{"nobody sees no camera", Person{}, SeeCameras, school, WhyLogin},
		{"the designated views", person(Operator), View, school, ""},
		{"not without a reference", person(Operator), View, noReason, WhyPurpose},
		{"nor without a ground", person(Operator), View, noGround, WhyGround},
		{"the safety of persons has no incident", person(Operator), View, safety, ""},
		{"the designated asks for live view", person(Operator), AskLive, school, ""},
		{"IT does not, designated or not", person(IT, Operator), AskLive, school, WhyIT},
		{"the manager approves it", person(Manager), ApproveLive, school, ""},
		{"not their own", person(Manager), ApproveLive, ours, WhyOwn},
		{"nor does IT that is a manager", person(IT, Manager), ApproveLive, school, WhyIT},
		{"whoever holds a body approves a form", person(Approver), ApproveAuthorisation, school, ""},
		{"not their own", person(Approver), ApproveAuthorisation, ours, WhyOwn},
		{"IT carries a form out", person(IT), CarryOutAuthorisation, school, ""},
		{"not their own", person(IT), CarryOutAuthorisation, ours, WhyOwn},
		{"a manager does not", person(Manager), CarryOutAuthorisation, school, WhyRole},
		{"IT sees no incidents", person(IT), SeeIncidents, school, WhyRole},
		{"IT reviews no log", person(IT), ReviewLog, Object{}, WhyRole},
		{"not another place's", elsewhere, View, school, WhyDesignation},
		{"the coordinator does not view by that role", person(Coordinator), View, school, WhyRole},
		{"nor the DPO", person(DPO), View, school, WhyRole},
		{"IT never views, designated or not", person(IT, Operator, Coordinator), View, school, WhyIT},
		{"another controller's coordinator sees nothing", foreign, SeeCameras, school, WhyController},
		{"nor views", foreign, View, school, WhyController},
		{"the designated stops their own place", person(Operator), Stop, school, ""},
		{"not another's", elsewhere, Stop, school, WhyDesignation},
		{"IT stops", person(IT), Stop, school, ""},
		{"IT does not restart", person(IT), Restart, school, WhyRole},
		{"nor does an operator", person(Operator), Restart, school, WhyRole},
		{"the coordinator restarts", person(Coordinator), Restart, school, ""},
		{"IT sees no log of look-ups", person(IT), SeeLog, Object{}, WhyRole},
		{"the DPO does", person(DPO), SeeLog, Object{}, ""},
		{"IT edits the register", person(IT), EditRegister, school, ""},
		{"the DPO does not", person(DPO), EditRegister, school, WhyRole},
		{"nor a manager", person(Manager), EditRegister, school, WhyRole},
		{"another controller's coordinator does not", foreign, EditRegister, school, WhyController},
		{"a manager sees the register", person(Manager), SeeRegister, school, ""},
		{"and not the state of cameras", person(Manager), SeeCameras, school, WhyRole},
		{"the designated see the register of their own place", person(Operator), SeeRegister, school, ""},
		{"not of another's", elsewhere, SeeRegister, school, WhyDesignation},
		{"whoever applies opens a case", person(Applicant), OpenCase, Object{}, ""},
		{"whoever approves does not", person(Approver), OpenCase, Object{}, WhyRole},
		{"nor the DPO, who advises on it", person(DPO), OpenCase, Object{}, WhyRole},
		{"whoever approves works on it", person(Approver), WorkCase, Object{}, ""},
		{"an operator alone does not", person(Operator), WorkCase, Object{}, WhyRole},
		{"nor sees it", person(Operator), SeeCases, Object{}, WhyRole},
		{"an operator who is a manager does", person(Operator, Manager), WorkCase, Object{}, ""},
		{"whoever is logged in sees the rules", person(), SeeRules, Object{}, ""},
		{"nobody sees no rules", Person{}, SeeRules, Object{}, WhyLogin},
		{"the DPO edits them", person(DPO), EditRules, Object{}, ""},
		{"a manager does not", person(Manager), EditRules, Object{}, WhyRole},
		{"IT sees what was sent", person(IT), SeeMail, Object{}, ""},
		{"the DPO does not", person(DPO), SeeMail, Object{}, WhyRole},
		{"an applicant views no footage", person(Applicant, Manager, Approver), View, school, WhyRole},
		{"an act that nobody wrote a rule for", person(Coordinator), Act("delete-everything"), Object{}, WhyUndeclared},
	} {
		got := May(c.who, c.act, c.what)
		if got.Why != c.why || got.OK != (c.why == "") {
			t.Errorf("%s: %+v, want %q", c.name, got, c.why)
		}
	}
}

// What must hold whatever the person and the object.
func TestNoRuleOpensFootageBeyondItsBounds(t *testing.T) {
	req.Shows(t, "ID-3", "VIEW-1")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"", "a", "b"})
		p := Person{
			ID: word.Draw(t, "id"), Controller: word.Draw(t, "controller"),
			Roles:     rapid.SliceOf(rapid.SampledFrom(Roles())).Draw(t, "roles"),
			Locations: rapid.SliceOf(word).Draw(t, "locations"),
		}
		o := Object{Controller: word.Draw(t, "of"), Location: word.Draw(t, "location"), Purpose: word.Draw(t, "purpose"), Reference: word.Draw(t, "reference"),
			Ground: rapid.SampledFrom(append(Grounds(), GroundNone)).Draw(t, "ground"), Parties: rapid.SliceOf(word).Draw(t, "parties")}
		act := rapid.SampledFrom(Acts()).Draw(t, "act")
		v := May(p, act, o)
		if v.OK != (v.Why == "") {
			t.Fatalf("a verdict of %+v", v)
		}
		if act != Public && v.OK && (p.ID == "" || o.Controller != "" && o.Controller != p.Controller) {
			t.Fatalf("%+v may %s of %+v", p, act, o)
		}
		if act == View && v.OK && (p.Is(IT) || !p.Is(Operator)) {
			t.Fatalf("%+v views", p)
		}
		if (act == ApproveLive || act == ApproveHold || act == ApproveAuthorisation || act == CarryOutAuthorisation) && v.OK && slices.Contains(o.Parties, p.ID) {
			t.Fatalf("%+v may %s of their own %+v", p, act, o)
		}
		if (act == EditRegister || act == OpenCase || act == SeeMail) && v.OK && !slices.ContainsFunc(p.Roles, func(r Role) bool { return r != Operator && r != DPO && r != Approver }) {
			t.Fatalf("%+v may %s", p, act)
		}
		if act == View && v.OK && o.Location != "" && (!p.DesignatedFor(o.Location) || o.Ground == GroundNone || o.Purpose == "") {
			t.Fatalf("%+v views %+v", p, o)
		}
	})
}
