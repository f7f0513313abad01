package rights

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{v, p, map[string]string{}}
			for _, l := range samplePlaces() {
				w.places[l.ID] = l.Name
			}
			return f(w)
		}
	}
	one := func(state authorisation.State, manages ...string) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page {
			for _, f := range v.sampleForms() {
				if f.State == state {
					pg := v.formPage(f, manages)
					pg.Happened = &page.Happened{Words: v.Words, Rows: v.SampleHistory()}
					return pg
				}
			}
			return v.formPage(v.sampleForms()[0], manages)
		})
	}
	why := func(f func(v *visit, a *asked)) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page {
			a := v.sampleAsked()
			f(v, &a)
			return v.whyPage(a)
		})
	}
	access1 := func(i int, answers bool) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page { return v.accessPage(v.sampleAccess()[i], answers) })
	}
	here := path + "/a1"
	return []page.Story{
		{Name: "rettigheder", Who: access.Coordinator, Path: path, Make: pose(func(v *visit) page.Page {
			return v.listPage(samplePlaces(), v.sampleForms(), []string{"lindeby-skole"}, true)
		})},
		{Name: "rettigheder-tom", Who: access.DPO, Path: path, Make: pose(func(v *visit) page.Page { return v.listPage(samplePlaces(), nil, nil, false) })},
		{Name: "rettigheder-mine", Who: access.Operator, Path: path + "/mine", Make: pose(func(v *visit) page.Page { return v.minePage(v.sampleForms()[:3], true) })},
		{Name: "rettigheder-mine-ingen", Who: access.Applicant, Path: path + "/mine", Make: pose(func(v *visit) page.Page { return v.minePage(nil, false) })},
		{Name: "rettigheder-skema", Who: access.Manager, Path: here, Make: one(authorisation.InForce)},
		{Name: "rettigheder-skema-venter", Who: access.Manager, Path: here, Make: one(authorisation.Asked, "lindeby-skole")},
		{Name: "rettigheder-skema-it", Who: access.IT, Path: here, Make: one(authorisation.Approved)},
		{Name: "rettigheder-skema-afsluttet", Who: access.DPO, Path: here, Make: one(authorisation.Ended)},
		{Name: "rettigheder-nyt", Who: access.Coordinator, Path: path + "/ny", Make: pose(func(v *visit) page.Page {
			a := v.sampleAsking()
			return v.askPage(a, v.askForm(a).Fill(url.Values{"fra": {"2026-11-21"}, "til": {"2027-11-20"}}))
		})},
		{Name: "rettigheder-nyt-fejl", Who: access.Coordinator, Path: path + "/ny", Code: 422, Make: pose(func(v *visit) page.Page {
			a := v.sampleAsking()
			return v.askPage(a, v.askForm(a).Fill(url.Values{"grund": {"fordi"}}).Check())
		})},
		{Name: "rettigheder-svar", Who: access.Manager, Path: here + "/svar/lindeby-skole", Make: pose(func(v *visit) page.Page {
			return v.answerFormPage(v.sampleForms()[0], "lindeby-skole", v.answerForm())
		})},
		{Name: "rettigheder-bekraeft", Who: access.Manager, Path: path + "/bekraeft", Make: pose(func(v *visit) page.Page {
			list := confirmable(v.sampleForms(), []string{"lindeby-skole"}, "p-9")
			return v.confirmFormPage(list, v.confirmForm(list))
		})},
		{Name: "rettigheder-bekraeft-intet", Who: access.Manager, Path: path + "/bekraeft", Make: pose(func(v *visit) page.Page { return v.confirmFormPage(nil, nil) })},
		{Name: "rettigheder-slut", Who: access.Coordinator, Path: here + "/slut", Make: pose(func(v *visit) page.Page { return v.endGrave(v.sampleForms()[0]) })},
		{Name: "rettigheder-instruks", Who: access.Operator, Path: path + "/instruks", Make: pose(func(v *visit) page.Page {
			return v.instructionPage(authorisation.Reading{Instruction: v.sampleInstruction(), Forms: v.sampleForms()[2:3]}, v.readForm())
		})},
		{Name: "rettigheder-instruks-ingen", Who: access.Operator, Path: path + "/instruks", Make: pose(func(v *visit) page.Page { return v.instructionPage(authorisation.Reading{}, v.readForm()) })},
		{Name: "rettigheder-instruks-ny", Who: access.Coordinator, Path: path + "/instruks/ny", Make: pose(func(v *visit) page.Page {
			in := v.sampleInstruction()
			return v.publishPage(14, v.publishForm().Fill(url.Values{"viewing": {in.Viewing}, "passing": {in.Passing}, "deletion": {in.Deletion}, "passwords": {in.Passwords}}))
		})},
		{Name: "hvorfor", Who: access.Coordinator, Path: path + "/hvorfor", Make: why(func(*visit, *asked) {})},
		{Name: "hvorfor-ja", Who: access.Coordinator, Path: path + "/hvorfor?kamera=skole-indgang", Make: why(func(v *visit, a *asked) {
			a.person.Roles, a.person.Locations = []access.Role{access.Operator}, []string{"lindeby-skole"}
			a.forms = v.sampleForms()[3:4]
		})},
		{Name: "hvorfor-nej", Who: access.Coordinator, Path: path + "/hvorfor?kamera=skole-indgang", Make: why(func(v *visit, a *asked) {
			a.person.Roles = []access.Role{access.Operator}
			a.forms = v.sampleForms()[4:6]
		})},
		{Name: "hvorfor-it", Who: access.IT, Path: path + "/hvorfor?kamera=skole-indgang", Make: why(func(_ *visit, a *asked) { a.person.Roles = []access.Role{access.IT} })},
		{Name: "lager", Who: access.IT, Path: storage, Make: pose(func(v *visit) page.Page { return v.storagePage(v.sampleAccess()) })},
		{Name: "lager-tom", Who: access.DPO, Path: storage, Make: pose(func(v *visit) page.Page { return v.storagePage(nil) })},
		{Name: "lager-adgang", Who: access.IT, Path: storage + "/s1", Make: access1(1, true)},
		{Name: "lager-venter", Who: access.IT, Path: storage + "/s3", Make: access1(2, true)},
		{Name: "lager-nyt", Who: access.IT, Path: storage + "/ny", Make: pose(func(v *visit) page.Page {
			return v.NewFormPage(v.accessForm(samplePeople()), v.storageCrumbs())
		})},
		{Name: "lager-svar", Who: access.IT, Path: storage + "/s3/svar", Make: pose(func(v *visit) page.Page {
			return v.answerAccessFormPage(v.sampleAccess()[2], v.answerAccessForm())
		})},
		{Name: "lager-slut", Who: access.IT, Path: storage + "/s1/slut", Make: pose(func(v *visit) page.Page { return v.endAccessGrave(v.sampleAccess()[0]) })},
	}
}

func samplePlaces() []register.Location {
	return []register.Location{{ID: "lindeby-skole", Name: "Lindeby Skole", Address: "Skolevej 4, 9999 Lindeby"}, {ID: "materielgaarden", Name: "Materielgården", Address: "Industrivej 22, 9999 Lindeby"}}
}

func samplePeople() []identity.Person {
	return []identity.Person{{ID: "p-2", Login: "jonas", Name: "Jonas Lund"}, {ID: "p-5", Login: "hanne", Name: "Hanne Juul"}, {ID: "p-6", Login: "soeren", Name: "Søren Krogh", Roles: []string{"it"}}}
}

func (v *visit) sampleAsking() asking {
	return asking{people: samplePeople(), places: samplePlaces(), terms: casework.Rights{Roles: []string{"operator"}, LongestDays: 730, DeputyDays: 90, Cite: "H 5.1, 5.3",
		Hint: casework.Text{DA: "Rettigheder til at se optagelser gives med et autorisationsskema: stedets ledelse godkender, it-afdelingen gennemfører, og instruktionen skal være læst.",
			EN: "Rights to see recordings are given by an authorisation form: the management of the place approves, IT carries out, and the instruction must be read."}}}
}

func (v *visit) sampleInstruction() authorisation.Instruction {
	in := authorisation.Instruction{Version: 2, PublishedAt: v.Now.AddDate(0, -1, 0), PublishedName: "Birthe Kjær"}
	in.Viewing, in.Passing = v.T("rights.publishing.suggest.viewing"), v.T("rights.publishing.suggest.passing")
	in.Deletion, in.Passwords = v.T("rights.publishing.suggest.deletion"), v.T("rights.publishing.suggest.passwords")
	return in
}

// sampleForms are forms on their way, each as far as it says.
func (v *visit) sampleForms() (out []authorisation.Standing) {
	for i, x := range []struct {
		name  string
		days  int // since it was asked for
		steps int // 0 asked, 1 approved, 2 carried out, 3 read
		ended bool
	}{{"Hanne Juul", 1, 0, false}, {"Erik Dam", 3, 1, false}, {"Lone Friis", 5, 2, false}, {"Jonas Lund", 90, 3, false}, {"Rikke Vad", 200, 3, false}, {"Poul Erik Bach", 400, 3, false}, {"Sanne Winther", 40, 3, true}, {"Torben Skov", 170, 3, false}} {
		at := v.Now.AddDate(0, 0, -x.days)
		f := authorisation.Form{ID: "a1", Number: int64(8 - i), Person: "p-3", Name: x.name, Role: authorisation.Look, Reason: "Varetager den daglige drift af kameraerne på stedet.",
			FromAt: at, UntilAt: at.AddDate(1, 0, 0), ConfirmMonths: 6, AskedBy: "p-4", AskedName: "Karen Holm", AskedAt: at}
		l := authorisation.Line{Form: f.ID, Location: "lindeby-skole"}
		step := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
		if x.steps >= 1 {
			l.Approved, l.DecidedName, l.DecidedAt, l.ConfirmedAt, l.ConfirmedName = true, "Birthe Kjær", step(1), step(1), "Birthe Kjær"
		}
		if x.steps >= 2 {
			f.DoneName, f.DoneAt = "Søren Krogh", step(2)
		}
		if x.steps >= 3 {
			f.ReadAt, f.Instruction = step(3), 2
		}
		if x.ended {
			f.EndedAt, f.EndedName, f.EndedWhy = v.Now.AddDate(0, 0, -2), "Birthe Kjær", "Er flyttet til en anden afdeling."
		}
		if i == 2 {
			f.DeputyName = "Jonas Lund"
		}
		f.Lines = []authorisation.Line{l}
		out = append(out, authorisation.Standing{Form: f, State: f.State(v.Now, 2), At: v.Now, Demanded: 2})
	}
	return out
}

func (v *visit) sampleAsked() asked {
	cams := sample.Cameras(3)
	who := samplePeople()[0]
	who.Controller = v.Person.Controller
	return asked{people: samplePeople(), cameras: cams, who: who, person: access.Person{ID: who.ID, Controller: who.Controller}, act: access.View,
		camera: register.Camera{ID: "skole-indgang", Location: "lindeby-skole", Name: "Hovedindgang", Where: "Lindeby Skole"}}
}

func (v *visit) sampleAccess() []authorisation.Access {
	day := func(n int) time.Time { return v.Now.AddDate(0, 0, n) }
	a := authorisation.Access{ID: "s1", Name: "Ida Mørk", Place: "Datacenter, rum 0.14", Need: "Drifter servere og diske og skifter defekte diske.", FromAt: day(-100), ReviewMonths: 6,
		AskedBy: "p-1", AskedName: "Karen Holm", AskedAt: day(-101), DecidedName: "Søren Krogh", DecidedAt: day(-100), Approved: true, Why: "Nødvendigt for driften.", ReviewedAt: day(-100)}
	b := a
	b.ID, b.Name, b.ReviewedAt, b.DecidedAt, b.FromAt = "s2", "Bo Vang", day(-200), day(-200), day(-200)
	c := authorisation.Access{ID: "s3", Name: "Carl Toft", Firm: "Nordisk Køl A/S", Place: "Datacenter, rum 0.14", Need: "Efterser køleanlægget to gange om året, altid fulgt af it.", FromAt: day(0), UntilAt: day(180), ReviewMonths: 6,
		AskedBy: "p-1", AskedName: "Karen Holm", AskedAt: day(-1)}
	return []authorisation.Access{a, b, c}
}
