package viewing

import (
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := p.visit(v)
			w.incident = sampleIncident(v.Now)
			return f(w)
		}
	}
	look := func(change func([]sight), q url.Values, fail ...string) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page {
			sights := v.sampleSights()
			change(sights)
			pg := v.lookPage(sights, q)
			for _, name := range fail {
				pg.Form.Fail(name, v.T("look."+name+".missing"))
			}
			return pg
		})
	}
	refused := func(key string) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page { return v.notShownPage(fault.New(fault.Denied, key, "sample")) })
	}
	return []page.Story{
		{Name: "afspilning", Who: access.Operator, Path: "/afspilning", Make: pose(func(v *visit) page.Page {
			return v.frontPage(register.Camera{}, []incident.Incident{v.incident}, sample.Locations(), v.sampleRecent())
		})},
		{Name: "afspilning-kamera", Who: access.Operator, Path: "/afspilning?kamera=skole-indgang", Make: pose(func(v *visit) page.Page {
			return v.frontPage(sample.Camera(), []incident.Incident{v.incident}, sample.Locations(), nil)
		})},
		{Name: "afspilning-ingen", Who: access.Operator, Path: "/afspilning", Make: pose(func(v *visit) page.Page { return v.frontPage(register.Camera{}, nil, nil, nil) })},
		{Name: "afspilning-slut", Who: access.Operator, Path: "/afspilning/x", Make: pose(func(v *visit) page.Page {
			v.sampleViewing()
			v.viewing.Ended = 1
			return v.roomPage(nil)
		})},
		{Name: "stillbillede", Who: access.Operator, Path: "/afspilning/x/stillbillede", Make: pose(func(v *visit) page.Page {
			v.sampleViewing()
			return v.stillPage(v.cameras[0], v.incident.From.Add(17*time.Minute), "/static/sample.jpg")
		})},
		{Name: "se-optagelser", Who: access.Operator, Path: "/haendelser/h1/se", Make: look(func([]sight) {}, nil)},
		{Name: "se-optagelser-tryghed", Who: access.Operator, Path: "/haendelser/h1/se", Code: http.StatusUnprocessableEntity, Make: look(func(s []sight) {
			s[0].each, s[1].why = true, fault.New(fault.Denied, "look.recorded", "sample")
		}, nil, "grund", "erklaering")},
		{Name: "se-optagelser-formodet", Who: access.Operator, Path: "/haendelser/h1/se", Code: http.StatusForbidden, Make: refused("look.presumed")},
		{Name: "se-optagelser-samtykke", Who: access.Operator, Path: "/haendelser/h1/se", Code: http.StatusForbidden, Make: refused("look.consent")},
	}
}

func sampleIncident(now time.Time) incident.Incident {
	from := now.Add(-38 * time.Hour).Truncate(time.Hour)
	return incident.Incident{ID: "h1", Number: "H-2026-031", Controller: "lindeby", Location: "lindeby-skole",
		Account:    incident.Account{What: "Rude knust i hovedindgangen natten til fredag", Spot: "Hovedindgangen", From: from, To: from.Add(2 * time.Hour)},
		Assessment: incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Pedellen fandt ruden knust og en sten på gulvet"},
		Need:       "Vi skal kunne sige politiet, hvornår ruden blev knust, og hvor mange der var til stede.",
		Scopes:     []incident.Scope{{Version: 1, Cameras: []string{"kamera-01", "kamera-04"}, From: from, To: from.Add(2 * time.Hour), Named: now.Add(-time.Hour), Name: "Jonas Lund"}},
		Opened:     now.Add(-2 * time.Hour), Person: "p-2", Name: "Jonas Lund"}
}

func (v *visit) sampleSights() (out []sight) {
	for _, c := range sample.Cameras(4) {
		if c.Location == "lindeby-skole" {
			out = append(out, sight{camera: c, ground: access.GroundCrime})
		}
	}
	return out
}

func (v *visit) sampleRecent() []recentRow {
	return []recentRow{
		{viewing{ID: "1", Purpose: v.incident.Need, Reference: v.incident.Number}, "Hovedindgang, Idrætshallens gang", "Lindeby Skole", v.Now.Add(-time.Hour), true},
		{viewing{ID: "2", Purpose: "Dieseltyveri fra tankanlægget, anmeldt samme dag", Reference: "H-2026-028"}, "Porten", "Materielgården", v.Now.Add(-49 * time.Hour), false},
	}
}

// sampleViewing is one of one camera.
func (v *visit) sampleViewing() {
	c := sample.Camera()
	v.cameras = []register.Camera{c}
	v.viewing = viewing{ID: "x", Incident: "h1", Reference: v.incident.Number, Purpose: v.incident.Need, Cameras: register.List{c.ID}}
	v.grant.From, v.grant.To = v.incident.Scope().From, v.incident.Scope().To
}
