package incidents

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// holdPart is what of the incident is kept past its time.
func (v *visit) holdPart(f facts, edit bool) page.Section {
	all := f.holds
	s := page.Section{ID: "bevislaase", Heading: v.T("incident.locks"), Lead: v.T("incident.locks.lead"), Empty: v.T("incident.locks.none")}
	if edit && v.incident.Scope().Version > 0 {
		s.Links = []fds.Link{{Href: v.here() + "/bevislaas", Text: v.T("incident.locks.new")}}
		if v.Controller.Kind == register.Business { // § 4 c stk. 2 names no authority
			s.Links = append(s.Links, fds.Link{Href: v.here() + "/deling", Text: v.T("incident.share")})
		}
	}
	if f.masked && v.incident.Open() && v.May(access.Disclose, access.Object{Controller: v.incident.Controller, Location: v.incident.Location}) {
		s.Links = append(s.Links, fds.Link{Href: v.here() + "/maskeloeft", Text: v.T("incident.lift.new")})
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

// anyMasked says whether the incident names a camera of which something is
// covered.
func (p *Screens) anyMasked(v *visit) (any bool, err error) {
	err = p.DB.Read(v.Ctx, func(tx *db.Tx) error {
		for _, id := range v.incident.Scope().Cameras {
			c, err := p.Register.CameraIn(v.Ctx, tx, v.incident.Controller, id)
			if err != nil {
				return err
			}
			m, err := p.Issuer.MaskIn(v.Ctx, tx, c.Engine, id)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			any = any || err == nil && len(m.Areas) > 0
		}
		return nil
	})
	return any, err
}
