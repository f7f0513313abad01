package account

import (
	"net/http"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// one is an account with what can be done for its owner.
func (p *Screens) one(v *visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	f, err := p.People.Factors(v.Ctx, who.ID)
	if err != nil {
		return err
	}
	open, err := p.People.Sessions(v.Ctx, who.ID)
	if err != nil {
		return err
	}
	pg := v.onePage(row{who, f}, len(open))
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

func (v *visit) onePage(r row, sessions int) *page.Record {
	pg := v.NewRecord(r.Name, v.T("oneaccount.lead", r.Login), v.oneCrumbs(r.Person)[:1]...)
	own := r.ID == v.Person.ID
	forgotten := page.Section{ID: "adgangskode", Heading: v.T("oneaccount.password"), Lead: v.T("oneaccount.password.lead")}
	switch {
	case own:
		forgotten.Lead = v.T("oneaccount.own")
		forgotten.Links = []fds.Link{{Href: securityPath, Text: v.T("security.title")}}
	case !r.Local:
		forgotten.Lead = v.T("oneaccount.password.elsewhere")
	case !v.Site.People.CanPost():
		forgotten.Lead = v.T("fault.renewal.unsent")
	case r.Email == "":
		forgotten.Lead = v.T("fault.renewal.nomail")
	default:
		forgotten.Links = []fds.Link{{Href: onePath(r.ID) + "/adgangskode", Text: v.T("oneaccount.password.send")}}
	}
	pg.Add(forgotten)
	factor := page.Section{ID: "trin", Heading: v.T("accounts.column.has"), Lead: v.has(r)}
	if r.Any() && !own {
		factor.Links = []fds.Link{{Href: onePath(r.ID) + "/nulstil", Text: v.T("oneaccount.reset")}}
	}
	pg.Add(factor)
	in := page.Section{ID: "logget-ind", Heading: v.T("oneaccount.sessions"), Lead: v.N("oneaccount.sessions.open", int64(sessions))}
	if sessions > 0 && !own {
		in.Grid = page.NewGrid(v.T("oneaccount.sessions"), v.T("accounts.column.name"), v.T("security.keys.act"))
		in.Grid.Add(page.Cell{Text: r.Name}, page.Cell{Form: &page.ActForm{Action: onePath(r.ID) + "/log-ud", Button: fds.Button{Kind: "secondary", Text: v.T("oneaccount.end")}}})
	}
	pg.Add(in)
	return pg
}

// ended ends what a person has open: they may have left a screen somewhere, or
// somebody else may be in.
func (p *Screens) ended(v *visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	open, err := p.People.Sessions(v.Ctx, who.ID)
	if err != nil {
		return err
	}
	if err := p.People.EndAll(v.Ctx, who.ID, v.Person.ID); err != nil {
		return err
	}
	for _, s := range open {
		p.Cut(s.ID)
	}
	return v.See(onePath(who.ID) + "?besked=alle-afsluttet")
}

func (v *visit) offerPage(who identity.Person) *page.Grave {
	return v.NewGrave("renewaloffer", v.oneCrumbs(who), who.Name)
}

func (p *Screens) offer(v *visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	return v.ShowGrave(v.offerPage(who))
}

func (p *Screens) offered(v *visit) error {
	who, err := p.person(v)
	if err != nil {
		return err
	}
	reason, done, err := v.Reason(v.offerPage(who))
	if done || err != nil {
		return err
	}
	if err := p.People.OfferRenewal(v.Ctx, who.ID, v.Person.ID, reason); err != nil {
		return err
	}
	return v.See(onePath(who.ID) + "?besked=kode-til-person")
}
