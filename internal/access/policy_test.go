package access

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/req"
)

// reference is the rules once more, written as plain code and by another hand
// than the policies: a table of who may what.
func reference(p Person, act Act, o Object) Verdict {
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
		return roleOrDesignated(p, o, Coordinator, DPO, IT, BreakGlass)
	case Stop:
		return roleOrDesignated(p, o, Coordinator, DPO, IT, BreakGlass)
	case Restart:
		return roles(p, Coordinator, DPO)
	case SeeHealth:
		return roles(p, Coordinator, DPO, IT, BreakGlass)
	case SeeDeletions, SeeLog:
		return roles(p, Coordinator, DPO)
	case SeeCases, WorkCase:
		return roles(p, Coordinator, DPO, IT, Approver, Manager, Applicant)
	case OpenCase:
		return roles(p, Applicant, Manager, Coordinator)
	case SeeRegister:
		return roleOrDesignated(p, o, Coordinator, DPO, IT, Manager, Applicant, Approver, BreakGlass)
	case EditRegister:
		return roles(p, Coordinator, IT)
	case KeepSigns:
		return roleOrDesignated(p, o, Coordinator, Manager)
	case SeeStaff:
		return roles(p, Coordinator, DPO, Manager)
	case EditStaff:
		return roles(p, Coordinator, Manager)
	case SeeRules:
		return yes()
	case EditRules:
		return roles(p, Coordinator, IT, DPO)
	case SeeMail:
		return roles(p, IT, Coordinator)
	case SeeIncidents:
		return roleOrDesignated(p, o, Coordinator, DPO, Manager)
	case EditIncident:
		return roleOrDesignated(p, o, Coordinator, Manager)
	case Disclose:
		return mayLook(p, o)
	case ApproveHold, ApproveDisclosure:
		return another(p, o, roles(p, Coordinator, Manager))
	case SeeRequests, ReceiveRequest:
		return roles(p, Coordinator, DPO, Manager)
	case EditRequest:
		return roles(p, Coordinator, Manager)
	case EditGuideline:
		return roles(p, Coordinator, IT)
	case SeeLetters, EditLetter:
		return roles(p, Coordinator, DPO)
	case ReportBreach:
		return roles(p, Roles()...)
	case SeeBreaches, EditBreach:
		return roles(p, Coordinator, DPO, IT)
	case DecideBreach:
		return roles(p, Coordinator, DPO)
	case SeeSharing:
		return roleOrDesignated(p, o, Coordinator, DPO, Manager)
	case AskSharing:
		return roleOrDesignated(p, o, Coordinator, Manager)
	case RunSharing:
		return roles(p, Coordinator)
	case AssessSharing, SeeShared:
		return mayShared(p, act, o)
	case AskLive:
		return mayLook(p, o)
	case ApproveLive:
		return mayApproveLive(p, o)
	case SeeAuthorisations:
		return roles(p, Coordinator, DPO, IT, Manager, Approver)
	case AskAuthorisation:
		return roles(p, Coordinator, Manager, Approver, Applicant, Operator)
	case ApproveAuthorisation:
		return another(p, o, roles(p, Coordinator, Manager, Approver))
	case CarryOutAuthorisation:
		return another(p, o, roles(p, IT))
	case ReviewLog:
		return roles(p, Coordinator, DPO)
	case SeeStorage:
		return roles(p, Coordinator, DPO, IT, Approver)
	case EditStorage, ManageAccounts:
		return roles(p, Coordinator, IT)
	}
	return no(WhyUndeclared)
}

// mayView: only whoever is designated for the location, on a stated ground and
// for a stated purpose (H 5.3, D 3.5.2). An object without a location asks
// whether the person may view anything at all.
func mayView(p Person, o Object) Verdict {
	if v := mayLook(p, o); !v.OK || o.Location == "" {
		return v
	}
	switch {
	case !slices.Contains(Grounds(), o.Ground):
		return no(WhyGround)
	case o.Purpose == "", o.Ground == GroundCrime && o.Reference == "":
		return no(WhyPurpose)
	}
	return yes()
}

// mayLook: whoever is designated for the location, and never IT.
func mayLook(p Person, o Object) Verdict {
	switch {
	case p.Is(IT), p.Is(BreakGlass):
		return no(WhyIT)
	case !p.Is(Operator):
		return no(WhyRole)
	case o.Location == "" && len(p.Locations) == 0, o.Location != "" && !p.DesignatedFor(o.Location):
		return no(WhyDesignation)
	}
	return yes()
}

// mayApproveLive: another than who asks, and never IT (H 4.1).
func mayApproveLive(p Person, o Object) Verdict {
	if p.Is(IT) || p.Is(BreakGlass) {
		return no(WhyIT)
	}
	return another(p, o, roles(p, Coordinator, Manager))
}

// mayShared: never IT, and who asked does not assess (L § 4 c stk. 2 nr. 4).
func mayShared(p Person, act Act, o Object) Verdict {
	if p.Is(IT) || p.Is(BreakGlass) {
		return no(WhyIT)
	}
	v := roles(p, Coordinator, Manager, Operator)
	if act == AssessSharing {
		return another(p, o, v)
	}
	return v
}

// another is a refusal when it is the person's own.
func another(p Person, o Object, v Verdict) Verdict {
	if slices.Contains(o.Parties, p.ID) {
		return no(WhyOwn)
	}
	return v
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

// every goes through each role alone and each two together, each act, each
// kind of designation and each kind of object.
func every(f func(p Person, a Act, o Object)) {
	sets := [][]Role{nil}
	for i, r := range Roles() {
		sets = append(sets, []Role{r})
		for _, s := range Roles()[i+1:] {
			sets = append(sets, []Role{r, s})
		}
	}
	each(sets, []string{"", "p"}, append(Acts(), "delete-everything"), f)
}

// each goes through these sets of roles, ids and acts, each with each kind of
// designation and object.
func each(sets [][]Role, ids []string, acts []Act, f func(p Person, a Act, o Object)) {
	for _, id := range ids {
		for _, rs := range sets {
			for _, at := range [][]string{nil, {"here"}, {"there"}} {
				p := Person{ID: id, Controller: "c", Roles: rs, Locations: at}
				for _, a := range acts {
					for _, of := range []string{"", "c", "d"} {
						for _, l := range []string{"", "here"} {
							for _, parties := range [][]string{nil, {"p", "q"}} {
								f(p, a, Object{Controller: of, Location: l, Parties: parties})
								for _, g := range []Ground{GroundCrime, GroundSafety, "whim"} {
									f(p, a, Object{Controller: of, Location: l, Parties: parties, Ground: g, Purpose: "why"})
									f(p, a, Object{Controller: of, Location: l, Parties: parties, Ground: g, Purpose: "why", Reference: "H-1"})
								}
							}
						}
					}
				}
			}
		}
	}
}

func TestThePoliciesSayWhatTheTableSays(t *testing.T) {
	req.Shows(t, "ID-3", "VIEW-1")
	n, wrong := 0, 0
	every(func(p Person, a Act, o Object) {
		n++
		if got, want := May(p, a, o), reference(p, a, o); got != want && wrong < 20 {
			wrong++
			t.Errorf("%+v, %s, %+v: %+v, and the table says %+v", p, a, o, got, want)
		}
	})
	if n < 100_000 {
		t.Errorf("only %d were tried", n)
	}
}

func TestAnyPoliciesSayWhatTheTableSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"", "a", "b"})
		p := Person{ID: word.Draw(t, "id"), Controller: word.Draw(t, "controller"), Roles: rapid.SliceOf(rapid.SampledFrom(append(Roles(), "king"))).Draw(t, "roles"),
			Locations: rapid.SliceOf(rapid.SampledFrom([]string{"a", "b"})).Draw(t, "locations")}
		o := Object{Controller: word.Draw(t, "of"), Location: word.Draw(t, "location"), Camera: word.Draw(t, "camera"), Ground: Ground(word.Draw(t, "ground")), Purpose: word.Draw(t, "purpose"),
			Reference: word.Draw(t, "reference"), Parties: rapid.SliceOf(rapid.SampledFrom([]string{"a", "b"})).Draw(t, "parties")}
		if rapid.Bool().Draw(t, "lawful") {
			o.Ground = rapid.SampledFrom(Grounds()).Draw(t, "a ground")
		}
		a := rapid.SampledFrom(Acts()).Draw(t, "act")
		if got, want := May(p, a, o), reference(p, a, o); got != want {
			t.Fatalf("%+v, and the table says %+v", got, want)
		}
	})
}

// What is wrong with a policy is found when it is read, and a policy that lets
// more than the table does is found by the comparison.
func TestPlantedPoliciesAreFound(t *testing.T) {
	req.Shows(t, "ID-3")
	good, err := policies.ReadFile("policies/schema.cedarschema")
	if err != nil {
		t.Fatal(err)
	}
	with := func(text string) (*book, error) {
		files := fstest.MapFS{"schema.cedarschema": {Data: good}}
		entries, err := policies.ReadDir("policies")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := policies.ReadFile("policies/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = &fstest.MapFile{Data: data}
		}
		files["9-planted.cedar"] = &fstest.MapFile{Data: []byte(text)}
		return readBook(files)
	}
	if _, err := with(""); err != nil {
		t.Fatal(err)
	}
	const above = "// Plantet.\n// Planted.\n"
	for name, text := range map[string]string{
		"no Cedar":                 "tillad alle",
		"no id":                    above + `permit (principal, action == Action::"view", resource);`,
		"an id twice":              above + `@id("look") permit (principal, action == Action::"view", resource);`,
		"an act that is not":       above + `@id("x") permit (principal, action == Action::"fly", resource);`,
		"a role that is not":       above + `@id("x") permit (principal in Role::"king", action == Action::"view", resource);`,
		"an attribute that is not": above + `@id("x") permit (principal, action == Action::"view", resource) when { resource.colour == "red" };`,
		"a wrong type":             above + `@id("x") permit (principal, action == Action::"view", resource) when { resource.location == 7 };`,
		"no reason":                above + `@id("x") forbid (principal, action == Action::"view", resource);`,
		"no words":                 `@id("x") permit (principal, action == Action::"view", resource);`,
	} {
		if _, err := with(text); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
	var alone [][]Role
	for _, r := range Roles() {
		alone = append(alone, []Role{r})
	}
	differs := func(b *book) (n int) {
		each(alone, []string{"p"}, Acts(), func(p Person, a Act, o Object) {
			if n == 0 {
				if got, _ := b.decide(p, a, o); got != reference(p, a, o) {
					n++
				}
			}
		})
		return n
	}
	for name, text := range map[string]string{
		"the coordinator looks":   `permit (principal in Role::"coordinator", action == Action::"restart", resource);`,
		"everybody restarts":      `permit (principal, action == Action::"restart", resource);`,
		"IT reads the log":        `permit (principal in Role::"it", action == Action::"see-log", resource);`,
		"another place's cameras": `permit (principal in Role::"operator", action == Action::"see-cameras", resource);`,
		"a manager carries out":   `permit (principal in Role::"manager", action == Action::"carry-out-authorisation", resource);`,
	} {
		b, err := with(above + "@id(\"planted\") " + text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "the coordinator looks" { // it does already: nothing to find
			if differs(b) != 0 {
				t.Errorf("%s: found, though nothing is different", name)
			}
			continue
		}
		if differs(b) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	// What forbids outweighs what lets: a policy that lets everybody everything
	// opens no footage to IT, to another controller, or without a ground.
	b, err := with(above + `@id("planted") permit (principal, action, resource);`)
	if err != nil {
		t.Fatal(err)
	}
	each(append(alone, []Role{IT, Operator}, []Role{Operator, BreakGlass}), []string{"p"}, []Act{View, AskLive}, func(p Person, a Act, o Object) {
		if got, _ := b.decide(p, a, o); got.OK && !reference(p, a, o).OK {
			t.Fatalf("%+v may %s of %+v", p, a, o)
		}
	})
}

func TestAnAnswerNamesItsPolicies(t *testing.T) {
	req.Shows(t, "ID-3")
	for _, c := range []struct {
		who  Person
		act  Act
		what Object
		ids  []string
	}{
		{person(Operator), View, school, []string{"look"}},
		{person(IT, Operator), View, school, []string{"it-never-looks"}},
		{person(Coordinator), View, school, []string{"chosen"}},
		{Person{ID: "p", Controller: "herning", Roles: []Role{Operator}}, SeeCameras, school, []string{"own-place"}},
	} {
		e := Explain(c.who, c.act, c.what)
		var ids []string
		for _, p := range e.Policies {
			ids = append(ids, p.ID)
			if p.Danish == "" || p.English == "" || p.Text == "" {
				t.Errorf("%s has no words", p.ID)
			}
		}
		if e.Verdict != May(c.who, c.act, c.what) || !slices.Equal(ids, c.ids) {
			t.Errorf("%+v: %v, want %v", e.Verdict, ids, c.ids)
		}
	}
}

func BenchmarkMay(b *testing.B) {
	p := person(Operator, Applicant)
	p.Locations = append(p.Locations, "gaard", "bibliotek", "hal", "raadhus", "museum")
	for _, c := range []struct {
		name string
		act  Act
	}{{"look", View}, {"see cameras", SeeCameras}, {"refused", SeeLog}} {
		b.Run(c.name, func(b *testing.B) {
			took := make([]time.Duration, 0, 1<<16)
			for b.Loop() {
				begun := time.Now()
				May(p, c.act, school)
				took = append(took, time.Since(begun))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "µs-median")
		})
	}
}
