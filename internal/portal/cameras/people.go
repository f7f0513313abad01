package cameras

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
)

// peopleList is who may look, with the words that the list needs.
type peopleList struct {
	page.Words
	Rows []accessRow
	Why  fds.Link // the page that says why somebody may or may not
}

// accessRow is one person who may look at a location's footage, by which form
// (H 5.2).
type accessRow struct{ Name, Since, Until, Read, Form, Href, Deputy string }

func (v *visit) accessRows(people []authorisation.Held, camera string) peopleList {
	list := peopleList{Words: v.Words, Why: fds.Link{Href: "/rettigheder/hvorfor?kamera=" + camera, Text: v.T("access.why")}}
	opens := v.May(access.SeeAuthorisations, access.Object{})
	for _, h := range people {
		r := accessRow{Name: h.Name, Since: v.Date(h.Since), Until: v.T("access.until.date", v.Date(h.Until)), Read: v.Date(h.Read), Form: v.T("access.form", h.Number)}
		if h.Lapses {
			r.Until = v.T("access.until.confirmed", v.Date(h.Until))
		}
		if h.DeputyName != "" {
			r.Deputy = v.T("access.deputy", h.DeputyName)
		}
		if opens || h.Person == v.Person.ID {
			r.Href = "/rettigheder/" + h.Form
		}
		list.Rows = append(list.Rows, r)
	}
	return list
}
