package standing

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
	room "vidne.dk/vidne/internal/standing"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
	}
	list := func(all []room.Place) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page {
			l, rows := v.listing([]register.Administration{{ID: "boern-og-unge", Name: "Børn og Unge"}}).Show(v.Visit, all)
			return v.listPage(l, rows, all, state.Well(sample.Cameras(9)))
		})
	}
	one := func(of room.Place) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page { return v.onePage(of, state.Well(sample.Cameras(9)), sample.Moment()) })
	}
	return []page.Story{
		{Name: "tilstand", Who: access.Coordinator, Path: "/tilstand", Make: list(samplePlaces())},
		{Name: "tilstand-tom", Who: access.Coordinator, Path: "/tilstand", Make: list(nil)},
		{Name: "tilstand-filter-tom", Who: access.DPO, Path: "/tilstand?tilstand=in-order&q=findes+ikke", Make: list(samplePlaces())},
		{Name: "tilstand-sted", Who: access.Coordinator, Path: "/tilstand/lindeby-skole", Make: one(samplePlaces()[0])},
		{Name: "tilstand-sted-i-orden", Who: access.Manager, Path: "/tilstand/biblioteket", Make: one(samplePlaces()[1])},
	}
}

func samplePlaces() []room.Place {
	now := sample.Moment()
	all := sample.Locations()
	well := []room.Finding{
		{Area: room.Cameras, Key: "cameras.well", Count: 3, Href: "/steder/biblioteket#kameraer"}, {Area: room.Permits, Key: "permits.well"}, {Area: room.Deletion, Key: "deletion.well"},
		{Area: room.Access, Key: "access.well", Count: 2}, {Area: room.Incidents, Key: "incidents.well"}, {Area: room.Locks, Key: "locks.well"}, {Area: room.Review, Key: "review.well"},
		{Area: room.Cases, Key: "cases.well"}, {Area: room.Police, Key: "police.well"}, {Area: room.Polcam, Key: "polcam.registered", At: now.AddDate(0, -3, 0)}, {Area: room.Suppliers, Key: "suppliers.well"}}
	ill := []room.Finding{
		{Area: room.Cameras, State: room.Broken, Key: "cameras.bad", Count: 1, Name: "Indgang nord", Href: "/kameraer/lindeby-skole-nord"},
		{Area: room.Permits, State: room.Due, Key: "permits.ending", Count: 3, At: now.AddDate(0, 2, 0), Href: "/sager?sted=lindeby-skole"},
		{Area: room.Deletion, Key: "deletion.well"},
		{Area: room.Access, Key: "access.well", Count: 2, Href: "/steder/lindeby-skole#adgang"},
		{Area: room.Access, State: room.Due, Key: "access.lapses", Name: "Mette Aagaard", At: now.AddDate(0, 0, 9), Href: "/rettigheder/f-1"},
		{Area: room.Incidents, State: room.Due, Key: "incidents.waits", Name: "H-2026-014", At: now.AddDate(0, 0, 16), Href: "/haendelser/h-1"},
		{Area: room.Locks, State: room.Broken, Key: "locks.forgotten", Name: "B-2026-003", At: now.AddDate(0, 0, -4), Href: "/bevislaase/b-1"},
		{Area: room.Review, Key: "review.well"}, {Area: room.Cases, Key: "cases.well"},
		{Area: room.Police, State: room.Due, Key: "police.unanswered", Name: "4200-10211-00045-26", At: now.AddDate(0, 0, -12), Href: "/politi/o-1"},
		{Area: room.Polcam, State: room.Broken, Key: "polcam.change-overdue", At: now.AddDate(0, 0, -2), Href: "/steder/lindeby-skole#polcam"},
		{Area: room.Suppliers, State: room.Due, Key: "suppliers.ends", Name: "Årligt eftersyn", At: now.AddDate(0, 0, 50), Href: "/leverandoerer/nordsikring"}}
	return []room.Place{
		{Location: all[0], State: room.Broken, Broken: 3, Due: 5, Next: now.AddDate(0, 0, -4), Findings: ill},
		{Location: all[1], Findings: well},
		{Location: all[2], State: room.Due, Due: 1, Next: now.Add(30 * time.Hour), Findings: append([]room.Finding{{Area: room.Polcam, State: room.Due, Key: "polcam.due", At: now.Add(30 * time.Hour), Href: "/steder/" + all[2].ID + "#polcam"}}, well[:9]...)},
	}
}
