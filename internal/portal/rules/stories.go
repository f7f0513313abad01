package rules

import (
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data; the rules are the real ones.
func (p *Screens) Stories() []page.Story {
	list := func(n int) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page { return v.listPage(v.listing(), v.rows(based(n))) })
	}
	rule := func(id string, n int) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			x, _ := v.rules().Rule(id)
			return posed(v.rulePage(x, based(n)))
		})
	}
	changes := func(n int) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page { return posed(v.changesPage(based(n))) })
	}
	find := p.pose(func(v *visit) page.Page { return v.findPage() })
	answer := func(s law.Situation) string { return Address(s) }
	return []page.Story{
		{Name: "regler", Who: access.Coordinator, Path: "/regler", Make: list(9)},
		{Name: "regler-soegt", Who: access.DPO, Path: "/regler?efterproevet=nej&slags=hjemmel", Make: list(0)},
		{Name: "regler-tom", Who: access.Applicant, Path: "/regler?q=findes+ikke", Make: list(3)},
		{Name: "regel", Who: access.Coordinator, Path: "/regler/2d", Make: rule("2d", 9)},
		{Name: "regel-mange-kameraer", Who: access.Coordinator, Path: "/regler/2d?side=2", Make: rule("2d", 5*camerasPerPage)},
		{Name: "regel-uden-kameraer", Who: access.Applicant, Path: "/regler/2a", Make: rule("2a", 0)},
		{Name: "regel-pligt", Who: access.DPO, Path: "/regler/4c-4", Make: rule("4c-4", 3)},
		{Name: "regler-aendringer", Who: access.DPO, Path: "/regler/aendringer", Make: changes(9)},
		{Name: "hjemmel-hvem", Who: access.Applicant, Path: "/regler/find", Make: find},
		{Name: "hjemmel-sted-fejl", Who: access.Applicant, Path: "/regler/find?hvem=municipality&land=denmark&fra=sted", Make: find},
		{Name: "hjemmel-virksomhed", Who: access.Applicant, Path: "/regler/find?hvem=business&land=denmark&sted=own-facade", Make: find},
		{Name: "hjemmel-optagelse", Who: access.Applicant, Path: "/regler/find?hvem=municipality&land=denmark&sted=schoolyard&formaal=crime", Make: find},
		{Name: "hjemmel-svar", Who: access.Applicant, Path: answer(law.Situation{Controller: "municipality", Territory: "denmark", Place: "adjoining-ground", Purpose: "crime", Recording: true}), Make: find},
		{Name: "hjemmel-svar-tryghed", Who: access.DPO, Path: answer(law.Situation{Controller: "municipality", Territory: "denmark", Place: "road", Purpose: "safety", Recording: true}), Make: find},
		{Name: "hjemmel-afvist", Who: access.Applicant, Path: answer(law.Situation{Controller: "business", Territory: "denmark", Place: "road", Purpose: "other", Recording: true}), Make: find},
		{Name: "hjemmel-forbudt", Who: access.Applicant, Path: answer(law.Situation{Controller: "business", Territory: "denmark", Place: "changing-room", Purpose: "crime", Recording: true}), Make: find},
	}
}

// based are the sample's cameras, each on a basis.
func based(n int) cameras {
	all := sample.Cameras(n)
	c := cameras{on: map[string]int{}}
	for i := range all {
		all[i].BasisID = []string{"2d", "2d", "gdpr-6-1-e", "2a"}[i%4]
		c.on[all[i].BasisID]++
	}
	c.read = func(bases []string, from, n int) (list []register.Camera, _ error) {
		for _, x := range all {
			if slices.Contains(bases, x.BasisID) {
				list = append(list, x)
			}
		}
		return list[min(from, len(list)):min(from+n, len(list))], nil
	}
	return c
}

// posed is a page made of samples, which cannot fail to be read.
func posed(pg *page.Record, _ error) page.Page { return pg }

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(p.visit(v)) }
}
