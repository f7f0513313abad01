package rights

import (
	"net/http"
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// whyPage says why a person may do something with a camera, or not.
type whyPage struct {
	page.Shell
	Lead   string
	Fields []fds.Field
	Button fds.Button
	Answer *answer
}

// answer is what the policies say, in words.
type answer struct {
	Alert    fds.Alert
	Forms    *page.Grid // the forms that it rests on
	Heading  string
	NoForm   string // what it means that there is none
	Do       string
	DoLinks  []fds.Link
	Policies []policyText
}

type policyText struct{ Words, File, Text string }

// asked is what the page was asked.
type asked struct {
	people  []identity.Person
	cameras []register.Camera
	who     identity.Person
	person  access.Person
	act     access.Act
	camera  register.Camera
	forms   []authorisation.Standing
}

// explained are the acts that the page explains: all that take a right.
func explained() []access.Act {
	return slices.DeleteFunc(access.Acts(), func(a access.Act) bool { return a == access.Public || a == access.Own })
}

func (p *Screens) why(v *visit) error {
	a, err := p.asked(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.whyPage(a))
}

func (p *Screens) asked(v *visit) (a asked, err error) {
	q, mine := v.R.URL.Query(), v.Person.ID
	if _, err := v.locations(); err != nil {
		return a, err
	}
	if a.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Locations: v.Sees()}); err != nil {
		return a, err
	}
	a.who = v.Session.Person
	if v.May(access.SeeAuthorisations, access.Object{}) {
		all, err := p.People.People(v.Ctx, v.Person.Controller)
		if err != nil {
			return a, err
		}
		a.people = slices.DeleteFunc(all, func(p identity.Person) bool { return p.Closed })
		for _, x := range a.people {
			if x.ID == q.Get("person") {
				a.who = x
			}
		}
	}
	if a.act = access.Act(q.Get("handling")); !slices.Contains(explained(), a.act) {
		a.act = access.View
	}
	for _, c := range a.cameras {
		if c.ID == q.Get("kamera") {
			a.camera = c
		}
	}
	// Whoever was refused at a camera may ask about it, listed for them or not.
	if id := q.Get("kamera"); id != "" && a.camera.ID == "" {
		if a.camera, err = p.Register.Camera(v.Ctx, v.Person.Controller, id); err != nil {
			return a, err
		}
		a.cameras = append(a.cameras, a.camera)
	}
	if a.person, err = p.PersonOf(v.Ctx, a.who); err != nil {
		return a, err
	}
	if a.who.ID != mine || a.camera.ID != "" {
		a.forms, err = p.Rights.List(v.Ctx, authorisation.Query{Controller: v.Person.Controller, Person: a.who.ID, Location: a.camera.Location})
	} else {
		a.forms, err = p.Rights.List(v.Ctx, authorisation.Query{Controller: v.Person.Controller, Person: mine})
	}
	return a, err
}

func (v *visit) whyPage(a asked) *whyPage {
	pg := &whyPage{Shell: v.NewShell("why", v.T("why.title"), v.crumbs()...), Lead: v.T("why.lead"), Button: fds.Button{Kind: "primary", Text: v.T("why.button")}}
	if len(a.people) > 0 {
		f := v.Field(fds.Field{ID: "person", Name: "person", Type: "select"}, "why.person")
		for _, p := range a.people {
			f.Choices = append(f.Choices, fds.Choice{Value: p.ID, Text: p.Name, On: p.ID == a.who.ID})
		}
		pg.Fields = append(pg.Fields, f)
	}
	act := v.Field(fds.Field{ID: "handling", Name: "handling", Type: "select"}, "why.act")
	for _, x := range explained() {
		act.Choices = append(act.Choices, fds.Choice{Value: string(x), Text: v.T("act." + string(x)), On: x == a.act})
	}
	camera := v.Field(fds.Field{ID: "kamera", Name: "kamera", Type: "select", Choices: []fds.Choice{{Text: v.T("why.camera.none")}}}, "why.camera")
	for _, c := range a.cameras {
		camera.Choices = append(camera.Choices, fds.Choice{Value: c.ID, Text: c.Where + ": " + c.Name, On: c.ID == a.camera.ID})
	}
	pg.Fields = append(pg.Fields, act, camera)
	if len(v.R.URL.Query()) > 0 {
		pg.Answer = v.answered(a)
	}
	return pg
}

// answered asks the policies as the act would ask them. To look takes a ground
// too, which is stated when it is done: here one is taken to be there.
func (v *visit) answered(a asked) *answer {
	o := access.Object{Controller: a.who.Controller, Location: a.camera.Location, Camera: a.camera.ID}
	if a.act == access.View {
		o.Ground, o.Purpose, o.Reference = access.GroundCrime, "stated", "stated"
	}
	e := access.Explain(a.person, a.act, o)
	where := v.T("why.anywhere")
	if a.camera.ID != "" {
		where = v.T("why.at", a.camera.Name, a.camera.Where)
	}
	out := &answer{Heading: v.T("why.rests", a.who.Name)}
	key := "why.no"
	out.Alert.Tone = fds.Warning
	if e.OK {
		key, out.Alert.Tone = "why.yes", fds.Success
	}
	out.Alert.Heading = v.T(key, a.who.Name, v.T("act.does."+string(a.act)), where)
	out.Alert.Text = v.T("why.reason." + reasonOf(e, a.act))
	looks := a.act == access.View || a.act == access.AskLive
	if looks {
		v.formsOf(out, a)
	}
	if !e.OK {
		out.Do = v.Or("why.do."+e.Why, v.T("why.do.other"))
		if (e.Why == access.WhyDesignation || e.Why == access.WhyRole && looks) && v.May(access.AskAuthorisation, access.Object{}) {
			to := path + "/ny?person=" + a.who.ID
			if a.camera.ID != "" {
				to += "&sted=" + a.camera.Location
			}
			out.DoLinks = append(out.DoLinks, fds.Link{Href: to, Text: v.T("rights.ask")})
		}
	}
	for _, p := range e.Policies {
		words := p.Danish
		if v.Lang == page.English {
			words = p.English
		}
		out.Policies = append(out.Policies, policyText{words, p.File, p.Text})
	}
	return out
}

// reasonOf is the key of the sentence that says why.
func reasonOf(e access.Explanation, act access.Act) string {
	switch {
	case !e.OK:
		return e.Why
	case act == access.View:
		return "look"
	}
	return "ok"
}

// formsOf says which forms of the person count for the camera's location, and
// how far each has come.
func (v *visit) formsOf(out *answer, a asked) {
	if len(a.forms) == 0 {
		out.NoForm = v.T("why.noform", a.who.Name)
		return
	}
	out.Forms = page.NewGrid(out.Heading, v.T("rights.column.number"), v.T("rights.column.places"), v.T("rights.column.state"), v.T("rights.column.until"), v.T("why.means"))
	for _, f := range a.forms {
		state := f.State
		for i, s := range f.LineStates() {
			if f.Lines[i].Location == a.camera.Location {
				state = s
			}
		}
		at, _ := ends(f)
		out.Forms.Add(page.Cell{Href: path + "/" + f.ID, Text: v.T("rights.number", f.Number)}, page.Cell{Text: v.at(f)}, page.Cell{Badge: v.badge(state)}, page.Cell{Text: v.last(at)}, page.Cell{Text: v.T("rights.one." + string(state))})
	}
}
