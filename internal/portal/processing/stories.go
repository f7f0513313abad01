package processing

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/processing"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	of := func(r processing.Record) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return (&visit{v, p}).recordPage(r) }
	}
	now := sample.Moment()
	empty := processing.Record{Form: processing.Form, Made: now, Controller: "Lindeby Kommune", ControllerKind: "municipality", Measures: processing.Measures{ReviewEvery: oversight.Week}}
	full := empty
	full.Contact, full.DPO = "Rådhuset, Torvet 1, 7400 Lindeby, post@lindeby.example", "Lars Bundgaard, dpo@lindeby.example"
	full.Measures = processing.Measures{MayLook: 4, AtStorage: 2, ReviewEvery: oversight.Week, LastReview: now.AddDate(0, 0, -3), Locations: 2}
	full.Activities = []processing.Activity{{Purpose: "crime", BasisID: "2d", Basis: "tv-overvågningsloven § 2 d, stk. 1", Class: permit.ClassCrime, Says: []string{"Hærværk om natten ved indgangene"},
		Places: []processing.Place{{ID: "biblioteket", Name: "Lindeby Bibliotek", Address: "Torvet 3, 7400 Lindeby", Kinds: []string{"own-entrance"}, Cases: []string{"2026-021"}, Cameras: 1},
			{ID: "lindeby-skole", Name: "Lindeby Skole", Address: "Skolevej 4, 7400 Lindeby", Kinds: []string{"own-entrance", "schoolyard"}, Cases: []string{"2026-014", "2026-017"}, Cameras: 3}},
		Workplaces: true, Cameras: 4, Recipients: []string{"consent", "law", "police"}, ShortestHours: 7 * 24, LongestHours: 14 * 24, Holds: []string{"crime", "dispute"}, Since: now.AddDate(0, -8, 0), Until: now.AddDate(2, 4, 0)}}
	full.Processors = []processing.Processor{{Name: "Nordsikring A/S", CVR: "12345678", What: []string{"Årligt eftersyn, udskiftning af defekte kameraer inden for to arbejdsdage"}}}
	return []page.Story{
		{Name: "fortegnelse", Who: access.DPO, Path: path, Make: of(full)},
		{Name: "fortegnelse-tom", Who: access.Coordinator, Path: path, Make: of(empty)},
	}
}
