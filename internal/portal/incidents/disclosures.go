package incidents

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// disclosurePart is what of the incident was handed on.
func (v *visit) disclosurePart(all []disclosure.Disclosure) page.Section {
	s := page.Section{ID: "udleveringer", Heading: v.T("incident.disclosures"), Lead: v.T("incident.disclosures.lead"), Empty: v.T("incident.disclosures.none")}
	if v.discloses() {
		s.Links = []fds.Link{{Href: v.here() + "/udlevering", Text: v.T("incident.disclosures.new")}}
	}
	if len(all) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("incident.disclosures"), v.T("disclosures.column.number"), v.T("disclosures.column.kind"), v.T("disclosures.column.to"), v.T("disclosures.column.asked"), v.T("disclosures.column.state"))
	for _, d := range all {
		b := fds.Badge{Text: v.T("disclosure.state." + string(d.State(v.Now)))}
		switch d.State(v.Now) {
		case disclosure.Asked, disclosure.Ready:
			b.Tone = fds.Warning
		case disclosure.HandedOut:
			b.Tone = fds.Success
		case disclosure.Failed, disclosure.Refused:
			b.Tone = fds.Error
		}
		s.Grid.Add(page.Cell{Text: d.Number, Href: "/udleveringer/" + d.ID}, page.Cell{Text: v.T("disclosure.kind." + string(d.Kind))}, page.Cell{Text: d.Recipient.Name},
			page.Cell{Text: v.DateTime(d.Asked)}, page.Cell{Badge: &b})
	}
	return s
}

// discloses reports whether the person can hand on footage of the incident.
func (v *visit) discloses() bool {
	return v.incident.Open() && v.incident.Scope().Version > 0 && v.May(access.Disclose, access.Object{Controller: v.incident.Controller, Location: v.incident.Location})
}
