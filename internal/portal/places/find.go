package places

import (
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Find looks in the register: places, cameras, suppliers, and what the police
// have said, by its journal number too.
func (p *Screens) Find(pv *page.Visit, text string) ([]page.Hits, error) {
	v := p.visit(pv)
	if !v.May(access.SeeRegister, access.Object{}) {
		return nil, nil
	}
	q := "?" + url.Values{"q": {text}}.Encode()
	places := page.Hits{Key: "search.places", All: "/steder" + q}
	found, _, err := p.Register.FindLocations(v.Ctx, register.LocationQuery{Controller: v.Person.Controller, Text: text, Locations: v.Sees(), Shut: true, Page: register.Page{Limit: page.MostHits}})
	if err != nil {
		return nil, err
	}
	for _, l := range found {
		places.Hits = append(places.Hits, page.Hit{Href: "/steder/" + l.ID, Text: l.Name, Quiet: l.Address})
	}
	cameras := page.Hits{Key: "search.cameras", All: "/kameraer" + q}
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Text: text, Locations: v.Sees(), Limit: page.MostHits})
	if err != nil {
		return nil, err
	}
	for _, c := range cams {
		cameras.Hits = append(cameras.Hits, page.Hit{Href: "/kameraer/" + c.ID, Text: c.Name, Quiet: c.Where})
	}
	suppliers := page.Hits{Key: "search.suppliers", All: "/leverandoerer" + q}
	firms, _, err := p.Register.FindSuppliers(v.Ctx, register.SupplierQuery{Controller: v.Person.Controller, Text: text, Page: register.Page{Limit: page.MostHits}})
	if err != nil {
		return nil, err
	}
	for _, s := range firms {
		suppliers.Hits = append(suppliers.Hits, page.Hit{Href: "/leverandoerer/" + s.ID, Text: s.Name, Quiet: s.CVR})
	}
	police := page.Hits{Key: "search.police", All: "/politi" + q}
	orders, err := p.Register.Orders(v.Ctx, v.Person.Controller)
	if err != nil {
		return nil, err
	}
	for _, o := range v.orderListing().Found(text, orders, page.MostHits) {
		police.Hits = append(police.Hits, page.Hit{Href: "/politi/" + o.ID, Text: strings.TrimSpace(v.T("police.kind."+o.Kind) + " " + o.Reference), Quiet: v.Date(o.Dated)})
	}
	return []page.Hits{places, cameras, suppliers, police}, nil
}
