package viewing

import (
	"net/http"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// front leads to the incidents whose footage the person may look at, and shows
// what they looked at last.
func (p *Screens) front(v *visit) error {
	q := incident.Query{Controller: v.Person.Controller, Locations: append([]string{}, v.Person.Locations...), Open: true, Camera: v.R.URL.Query().Get("kamera")}
	open, err := p.Incidents.List(v.Ctx, q)
	if err != nil {
		return err
	}
	var camera register.Camera
	if q.Camera != "" {
		if camera, err = p.Register.Camera(v.Ctx, v.Person.Controller, q.Camera); err != nil {
			return err
		}
	}
	places, err := p.Register.Locations(v.Ctx, v.Person.Controller)
	if err != nil {
		return err
	}
	recent, err := p.recentViewings(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.frontPage(camera, open, places, recent))
}

func (v *visit) frontPage(camera register.Camera, open []incident.Incident, places []register.Location, recent []recentRow) *page.Record {
	names := map[string]string{}
	for _, l := range places {
		names[l.ID] = l.Name
	}
	pg := v.NewRecord(v.T("viewing.title"), v.T("viewing.lead"))
	pg.Tabs = v.Fronts(page.Incidents)
	first := "/haendelser/ny"
	s := page.Section{ID: "haendelser", Heading: v.T("viewing.incidents"), Empty: v.T("viewing.incidents.none")}
	if camera.ID != "" {
		first += "?sted=" + camera.Location
		s.Lead = v.T("viewing.incidents.camera", camera.Name, camera.Where)
		s.Empty = v.T("viewing.incidents.camera.none", camera.Name)
	}
	pg.Actions = []fds.Link{{Href: first, Text: v.T("incidents.new")}}
	if len(open) > 0 {
		s.Empty = ""
		s.Grid = page.NewGrid(v.T("viewing.incidents"), v.T("incidents.column.number"), v.T("incidents.column.what"), v.T("incidents.column.place"), v.T("incidents.column.time"))
		for _, i := range open {
			href := "/haendelser/" + i.ID
			if i.Scope().Version > 0 {
				href += "/se"
				if camera.ID != "" {
					href += "?kamera=" + camera.ID
				}
			}
			s.Grid.Add(page.Cell{Href: href, Text: i.Number}, page.Cell{Text: i.What}, page.Cell{Text: names[i.Location], Quiet: i.Spot}, page.Cell{Text: v.When(i.From, v.Now)})
		}
	}
	pg.Add(s)
	mine := page.Section{ID: "seneste", Heading: v.T("viewing.recent")}
	if len(recent) == 0 {
		mine.Empty = v.T("viewing.recent.none")
	} else {
		mine.Grid = page.NewGrid(v.T("viewing.recent"), v.T("looked.column.camera"), v.T("looked.column.why"), v.T("looked.column.when"))
		for _, r := range recent {
			c := page.Cell{Text: r.cameras, Quiet: r.where}
			if r.open {
				c.Href, c.Badge = "/afspilning/"+r.ID, &fds.Badge{Tone: fds.Info, Text: v.T("viewing.open")}
			}
			mine.Grid.Add(c, page.Cell{Text: r.Purpose, Quiet: r.Reference}, page.Cell{Text: v.When(r.began, v.Now)})
		}
	}
	pg.Add(mine)
	return pg
}

// recentRow is a viewing of the person's own.
type recentRow struct {
	viewing
	cameras, where string // names
	began          time.Time
	open           bool
}

func (p *Screens) recentViewings(v *visit) ([]recentRow, error) {
	var list []viewing
	open := map[string]bool{}
	if err := p.DB.Read(v.Ctx, func(tx *db.Tx) (err error) {
		if list, err = db.All[viewing](v.Ctx, tx, `SELECT * FROM viewings WHERE person = ? ORDER BY began DESC LIMIT 10`, v.Person.ID); err != nil {
			return err
		}
		ids, err := db.All[string](v.Ctx, tx, `SELECT DISTINCT v.id FROM viewings v JOIN periods p ON p.viewing = v.id WHERE v.person = ? AND v.ended = 0 AND p.expires > ?`, v.Person.ID, v.Now)
		for _, id := range ids {
			open[id] = true
		}
		return err
	}); err != nil {
		return nil, err
	}
	var rows []recentRow
	for _, w := range list {
		r := recentRow{viewing: w, began: db.Time(w.Began), open: open[w.ID]}
		names := make([]string, len(w.Cameras))
		for i, id := range w.Cameras {
			names[i] = id
			if c, err := p.Register.Camera(v.Ctx, w.Controller, id); err == nil {
				r.where, names[i] = c.Where, c.Name
			}
		}
		r.cameras = strings.Join(names, ", ")
		rows = append(rows, r)
	}
	return rows, nil
}
