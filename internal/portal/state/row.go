package state

import (
	"cmp"
	"slices"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// Row is a camera in a list, with its state.
type Row struct {
	ID, Name, Href  string
	Where, WhereRef string
	State           Shown
	Coverage        string
	CoverageShort   bool // less than it should be
	Clock           string
	Last            string
	Recorded        float64 // of what it should have, 0 to 1; 2 when it should not
}

// RowOf puts a camera in a row.
func RowOf(v *page.Visit, c register.Camera, e Now) Row {
	st, _ := e.Camera(c.ID)
	row := Row{ID: c.ID, Name: c.Name, Href: "/kameraer/" + c.ID, Where: c.Where, WhereRef: "/steder/" + c.Location, State: Of(v, c, e)}
	row.Coverage = CoverageWords(v.Words, st)
	row.Recorded = e.Standing(c.ID).Recorded
	row.CoverageShort = short(st)
	if text, odd := ClockWords(v.Words, st); odd {
		row.Clock = text
	}
	row.Last = v.When(st.LastFrame, v.Now)
	return row
}

// short reports whether a camera has recorded less than it should.
func short(st engineapi.CameraStatus) bool {
	return st.Expected > 0 && st.Recorded < st.Expected*995/1000
}

// Worst are the cameras that somebody should look at, for their state, for what
// they did not record or for their clock: those with the least of what they
// should have first.
func (e Now) Worst(keys []register.Key) (ids []string) {
	type rank struct {
		id       string
		recorded float64
	}
	var all []rank
	for _, k := range keys {
		st, _ := e.Camera(k.ID)
		if s := e.Standing(k.ID); s.Bad || short(st) || clockWrong(st) {
			all = append(all, rank{k.ID, s.Recorded})
		}
	}
	slices.SortFunc(all, func(a, b rank) int { return cmp.Or(cmp.Compare(a.recorded, b.recorded), cmp.Compare(a.id, b.id)) })
	for _, r := range all {
		ids = append(ids, r.id)
	}
	return ids
}

// Tell says above the page that the engine does not answer.
func (e Now) Tell(v *page.Visit, s *page.Shell) {
	if !e.Away {
		return
	}
	n := fds.Alert{Tone: fds.Error, Heading: v.T("engine.away"), Text: v.T("engine.away.never"), ID: "engine-away"}
	if !e.Heard.IsZero() {
		n.Text = v.T("engine.away.text", v.When(e.Heard, v.Now))
	}
	s.Notes = append(s.Notes, n)
}
