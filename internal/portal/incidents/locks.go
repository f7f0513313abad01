package incidents

import (
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/portal/page"
)

// holdPart is what of the incident is kept past its time.
func (v *visit) holdPart(all []hold.Hold, edit bool) page.Section {
	s := page.Section{ID: "bevislaase", Heading: v.T("incident.locks"), Lead: v.T("incident.locks.lead"), Empty: v.T("incident.locks.none")}
	if edit && v.incident.Scope().Version > 0 {
		s.Links = []fds.Link{{Href: v.here() + "/bevislaas", Text: v.T("incident.locks.new")}}
	}
	if len(all) == 0 {
		return s
	}
	s.Empty = ""
	s.Grid = page.NewGrid(v.T("incident.locks"), v.T("locks.column.number"), v.T("locks.column.reason"), v.T("locks.column.owner"), v.T("locks.column.until"), v.T("locks.column.state"))
	for _, h := range all {
		state := h.State(v.Now)
		b := fds.Badge{Text: v.T("lock.state." + string(state))}
		if state == hold.Asked {
			b.Tone = fds.Warning
		}
		s.Grid.Add(page.Cell{Text: h.Number, Href: "/bevislaase/" + h.ID}, page.Cell{Text: v.T("lock.reason." + string(h.Reason))}, page.Cell{Text: h.Name}, page.Cell{Text: v.When(h.Ends(), v.Now)}, page.Cell{Badge: &b})
	}
	return s
}
