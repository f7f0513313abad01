// Package assessment shows impact assessments (konsekvensanalyser, GDPR art.
// 35) as the cases have them, and gives them away as files for the
// controller's own register.
//
// What it promises: the page and every file say the same; what the case does
// not say is named, at the top and where it belongs.
//
// What it refuses: to let anybody write in it. What is missing is written in
// the case.
package assessment

import (
	"encoding/json"
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/assessment"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

const path = "/tilsyn/konsekvensanalyse"

// Screens are the pages of the assessments.
type Screens struct {
	*page.Site
	Room  *assessment.Room
	Cases *dossier.Room
	Law   *law.Book
}

type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	if p.Cases == nil {
		return nil // without cases there is nothing to gather
	}
	at := func(pattern string, object func(*page.Visit) (access.Object, error), handle func(*visit) error) page.Route {
		return page.Route{Pattern: "GET " + path + pattern, Act: access.SeeCases, Object: object, Handle: p.on(handle), Menu: page.Oversight}
	}
	file := func(r page.Route) page.Route { r.Dear = page.Export; return r }
	return []page.Route{
		at("", nil, p.list),
		at("/sted/{location}", p.ofLocation, p.show),
		file(at("/sted/{location}/fil/{form}", p.ofLocation, p.file)),
		at("/formaal/{formaal}", p.ofPurpose, p.show),
		file(at("/formaal/{formaal}/fil/{form}", p.ofPurpose, p.file)),
	}
}

func (p *Screens) ofLocation(v *page.Visit) (access.Object, error) {
	return p.of(v, assessment.Scope{Location: v.R.PathValue("location")})
}

func (p *Screens) ofPurpose(v *page.Visit) (access.Object, error) {
	return p.of(v, assessment.Scope{Purpose: v.R.PathValue("formaal")})
}

// of gathers the assessment of a scope of the person's own controller.
func (p *Screens) of(v *page.Visit, s assessment.Scope) (access.Object, error) {
	a, err := p.Room.Of(v.Ctx, v.Person.Controller, s)
	v.Keep(a)
	return access.Object{Controller: v.Person.Controller}, err
}

func (p *Screens) show(v *visit) error {
	return v.Show(http.StatusOK, v.assessmentPage(page.Found[assessment.Assessment](v.Visit)))
}

// file sends an assessment as PDF, DOCX, HTML, XLSX, CSV or JSON.
func (p *Screens) file(v *visit) error {
	a := page.Found[assessment.Assessment](v.Visit)
	name := v.T("assessment.file") + "-" + v.Person.Controller + "-" + a.Scope.Location + a.Scope.Purpose
	switch form := v.R.PathValue("form"); form {
	case "json":
		out, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		return v.File(name+".json", "application/json", append(out, '\n'))
	case "xlsx", "csv":
		return v.Sheet(name+"."+form, v.table(a))
	default:
		return v.SendPaper(name, form, v.paper(a))
	}
}

// place is a location of the list, with its cases and cameras.
type place struct {
	register.Location
	cases   []string
	cameras int
}

func (p *Screens) list(v *visit) error {
	locations, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	cases := map[string][]string{}
	for offset := 0; ; offset += 500 {
		rows, total, err := p.Cases.List(v.Ctx, dossier.Query{Controller: v.Person.Controller, Status: []casework.Status{casework.Open, casework.Established}, Sort: "id", Limit: 500, Offset: offset})
		if err != nil {
			return err
		}
		for _, r := range rows {
			for _, l := range r.Locations {
				if r.Revision > 0 {
					cases[l] = append(cases[l], r.ID)
				}
			}
		}
		if offset+500 >= total {
			break
		}
	}
	cameras, err := p.Register.Keys(v.Ctx, register.Query{Controller: v.Person.Controller})
	if err != nil {
		return err
	}
	many := map[string]int{}
	for _, k := range cameras {
		many[k.Location]++
	}
	var all []place
	for _, l := range locations {
		if len(cases[l.ID]) > 0 || many[l.ID] > 0 {
			all = append(all, place{l, cases[l.ID], many[l.ID]})
		}
	}
	return v.Show(http.StatusOK, v.listPage(all))
}
