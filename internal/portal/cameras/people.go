package cameras

import (
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// peopleList is who may look, with the words that the list needs.
type peopleList struct {
	page.Words
	Rows []accessRow
}

// accessRow is one person who may look at a location's footage.
type accessRow struct{ Name, Since, Until, Instructed string }

func (v *visit) accessRows(people []register.Designation) peopleList {
	var rows []accessRow
	for _, d := range people {
		until := v.T("access.until.ended")
		if !d.Until.IsZero() {
			until = v.T("access.until.date", v.Date(d.Until))
		}
		rows = append(rows, accessRow{d.Name, v.Date(d.Since), until, v.Date(d.Instructed)})
	}
	return peopleList{v.Words, rows}
}
