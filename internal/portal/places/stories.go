package places

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(p.visit(v)) }
}

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	all := append(p.listStories(), p.placeStories()...)
	all = append(all, p.supplierStories()...)
	return append(all, p.otherStories()...)
}

func (p *Screens) listStories() []page.Story {
	list := func(n int, how func([]register.Camera) state.Now, more ...register.Location) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(9)
			var found []register.LocationFound
			for i, l := range append(sample.Locations(), more...)[:min(n, 3+len(more))] {
				found = append(found, register.LocationFound{Location: l, Cameras: []int{3, 3, 3, 0}[min(i, 3)]})
			}
			for i := len(found); i < n; i++ {
				l := sample.Location()
				l.ID, l.Name = fmt.Sprintf("skole-%d", i), fmt.Sprintf("Lindeby Skole, afdeling %d", i)
				found = append(found, register.LocationFound{Location: l})
			}
			e := how(cams)
			var keys []register.Key
			for _, c := range cams {
				keys = append(keys, c.Key())
			}
			list, rows := v.placeListing(sampleAdministrations()).Show(v.Visit, v.placeRows(found, sampleAdministrations(), keys, e))
			return v.listPage(list, rows, e)
		})
	}
	shut := sample.LongLocation()
	shut.Shut = sample.Moment().AddDate(0, -1, 0)
	return []page.Story{
		{Name: "steder", Who: access.Coordinator, Path: "/steder", Make: list(4, state.Ill, shut)},
		{Name: "steder-mange", Who: access.Manager, Path: "/steder?side=2&sorter=address&retning=ned", Make: list(112, state.Well)},
		{Name: "steder-et", Who: access.Operator, Path: "/steder", Make: list(1, state.Well)},
		{Name: "steder-tom", Who: access.Coordinator, Path: "/steder", Make: list(0, state.Well)},
		{Name: "steder-filter-tom", Who: access.Coordinator, Path: "/steder?q=findes+ikke&forvaltning=boern-og-unge", Make: list(3, state.Well)},
	}
}

func (p *Screens) placeStories() []page.Story {
	empty := func(v *visit) placeFacts {
		return placeFacts{engine: state.Well(nil), happened: page.Happened{Words: v.Words}}
	}
	form := func(v *visit) *page.Form { return v.placeForm(sampleAdministrations()) }
	choices := cameraChoices{areas: sampleAreas(), suppliers: sampleSuppliers()[:2]}
	return []page.Story{
		{Name: "sted", Who: access.Coordinator, Path: "/steder/lindeby-skole", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.placePage(v.samplePlace(7, state.Ill))
		})},
		{Name: "polcam", Who: access.Coordinator, Path: polcamPath, Make: p.pose(func(v *visit) page.Page { return v.samplePolcams() })},
		{Name: "polcam-tom", Who: access.IT, Path: polcamPath, Make: p.pose(func(v *visit) page.Page { return v.polcamsPage(nil) })},
		{Name: "polcam-afgoer", Who: access.Coordinator, Path: "/steder/lindeby-skole/polcam", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.polcamForm(register.Polcam{}, []register.Camera{sample.Camera()})
		})},
		{Name: "polcam-registreret", Who: access.Coordinator, Path: "/steder/lindeby-skole/polcam/registreret", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.receiptForm(v.samplePlace(1, state.Well).polcam)
		})},
		{Name: "polcam-uvaesentlig", Who: access.Coordinator, Path: "/steder/lindeby-skole/polcam/aendringer/1", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.waiveForm(register.PolcamChange{ID: 1, Kind: register.PolcamMoved, What: "Hovedindgang"})
		})},
		{Name: "kamera-ibrugtaget", Who: access.IT, Path: "/kameraer/skole-indgang/ibrugtaget", Make: p.pose(func(v *visit) page.Page { return v.useStory() })},
		{Name: "sted-leder", Who: access.Manager, Path: "/steder/lindeby-skole?besked=gemt", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.placePage(v.samplePlace(1, state.Well))
		})},
		{Name: "sted-tomt", Who: access.Coordinator, Path: "/steder/sammenlagt", Make: p.pose(func(v *visit) page.Page {
			v.location = sample.LongLocation()
			return v.placePage(empty(v))
		})},
		{Name: "sted-lukket", Who: access.Coordinator, Path: "/steder/lindeby-skole", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			v.location.Shut, v.location.ShutReason = v.Now.AddDate(0, -1, 0), "Skolen er flyttet til Nygade 1."
			return v.placePage(empty(v))
		})},
		{Name: "sted-nyt", Who: access.Coordinator, Path: "/steder/nyt", Make: p.pose(func(v *visit) page.Page { return v.newPlacePage(form(v)) })},
		{Name: "sted-ret", Who: access.Coordinator, Path: "/steder/lindeby-skole/ret", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.editPlacePage(form(v).Fill(v.placeValues(v.location)), 3)
		})},
		{Name: "sted-ret-fejl", Who: access.Coordinator, Path: "/steder/lindeby-skole/ret", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			f := form(v).Fill(url.Values{"adresse": {"Skolevej 4"}, "mandag": {"fra morgen"}, "dage": {"jul: lukket"}, "bredde": {"nord"}}).Check()
			v.readPlace(f, v.location)
			return v.editPlacePage(f, 3)
		})},
		{Name: "omraade-nyt", Who: access.Coordinator, Path: "/steder/lindeby-skole/omraader/nyt", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.areaPage(v.areaForm(), register.Area{})
		})},
		{Name: "kamera-nyt", Who: access.Coordinator, Path: "/steder/lindeby-skole/kameraer/nyt", Make: p.pose(func(v *visit) page.Page {
			v.location = sampleLocation()
			return v.newCameraPage(v.cameraForm(choices))
		})},
		{Name: "kamera-ret", Who: access.IT, Path: "/kameraer/skole-indgang/ret", Make: p.pose(func(v *visit) page.Page {
			v.location, v.camera = sampleLocation(), sampleCamera()
			return v.editCameraPage(v.cameraForm(choices).Fill(cameraValues(v, v.camera)), 2)
		})},
		{Name: "kamera-ret-fejl", Who: access.IT, Path: "/kameraer/skole-indgang/ret", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			v.location, v.camera = sampleLocation(), sampleCamera()
			in := cameraValues(v, v.camera)
			in.Set("livsvigtig", "ja")
			in.Set("hoejde", "højt")
			f := v.cameraForm(choices).Fill(in).Check()
			v.readCamera(f, v.camera)
			f.Fail("retning", v.T("camera.form.bound"))
			return v.editCameraPage(f, 2)
		})},
	}
}

func (p *Screens) supplierStories() []page.Story {
	one := func(full bool) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			v.supplier = sampleSuppliers()[0]
			f := supplierFacts{locations: map[string]string{"lindeby-skole": "Lindeby Skole", "biblioteket": "Lindeby Bibliotek"}, happened: page.Happened{Words: v.Words}}
			if full {
				f.agreements, f.papers, f.happened.Rows = sampleAgreements(), samplePapers(), v.SampleHistory()[3:5]
			}
			return v.supplierPage(f)
		})
	}
	return []page.Story{
		{Name: "leverandoerer", Who: access.Coordinator, Path: "/leverandoerer", Make: p.pose(func(v *visit) page.Page {
			return v.suppliersPage(v.supplierListing(), supplierRows(sampleSuppliers(), sampleAgreements(), v.Now))
		})},
		{Name: "leverandoerer-tom", Who: access.DPO, Path: "/leverandoerer", Make: p.pose(func(v *visit) page.Page { return v.suppliersPage(v.supplierListing(), nil) })},
		{Name: "leverandoer", Who: access.IT, Path: "/leverandoerer/nordsikring", Make: one(true)},
		{Name: "leverandoer-ny-tom", Who: access.DPO, Path: "/leverandoerer/nordsikring", Make: one(false)},
		{Name: "leverandoer-ny", Who: access.Coordinator, Path: "/leverandoerer/ny", Make: p.pose(func(v *visit) page.Page {
			return v.supplierFormPage(v.supplierForm(), register.Supplier{})
		})},
		{Name: "leverandoer-ret-fejl", Who: access.Coordinator, Path: "/leverandoerer/nordsikring/ret", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			f := v.endedForm().Fill(typed("cvr", "1234")).Check()
			f.Fail("cvr", v.T("fault.supplier.cvr"))
			return v.supplierFormPage(f, sampleSuppliers()[0])
		})},
		{Name: "aftale-ny", Who: access.Coordinator, Path: "/leverandoerer/nordsikring/aftaler/ny", Make: p.pose(func(v *visit) page.Page {
			v.supplier = sampleSuppliers()[0]
			return v.agreementPage(v.agreementForm(sample.Locations()).Fill(typed("fra", page.FormDate(v.Now))), register.ServiceAgreement{})
		})},
		{Name: "materiale-nyt", Who: access.IT, Path: "/leverandoerer/nordsikring/materiale", Make: p.pose(func(v *visit) page.Page {
			v.supplier = sampleSuppliers()[0]
			return v.paperPage(v.paperForm().Fill(typed("givet", page.FormDate(v.Now))))
		})},
	}
}

func (p *Screens) otherStories() []page.Story {
	things := touchable{sample.Locations(), sampleCameras(3)}
	order := func(i int) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			v.order = sampleOrders()[i]
			return v.orderPage(sampleShort(v))
		})
	}
	enter := func(kind string) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page { return v.orderFormPage(v.orderForm(kind, things), kind) })
	}
	organisation := func(full bool) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			c := sample.Controller()
			c.PolcamDays, c.PolcamEvery = 14, true
			f := organisationFacts{controller: c, happened: page.Happened{Words: v.Words}}
			if full {
				f.administrations, f.holders = sampleAdministrations(), sampleHolders()
				for _, l := range sample.Locations() {
					f.locations = append(f.locations, register.LocationFound{Location: l})
				}
				f.happened.Rows = v.SampleHistory()[:2]
			}
			return v.organisationPage(f)
		})
	}
	choices := holdChoices{samplePeople(), sampleAdministrations(), sample.Locations()}
	return []page.Story{
		{Name: "politi", Who: access.Coordinator, Path: "/politi", Make: p.pose(func(v *visit) page.Page { return v.ordersPage(v.orderListing(), sampleOrders()) })},
		{Name: "politi-tom", Who: access.DPO, Path: "/politi", Make: p.pose(func(v *visit) page.Page { return v.ordersPage(v.orderListing(), nil) })},
		{Name: "politi-paalaeg", Who: access.Coordinator, Path: "/politi/quality-2026", Make: order(0)},
		{Name: "politi-tilladelse", Who: access.Coordinator, Path: "/politi/permit-2022", Make: order(1)},
		{Name: "politi-droeftelse", Who: access.DPO, Path: "/politi/discussion-2026", Make: order(2)},
		{Name: "politi-henstilling", Who: access.DPO, Path: "/politi/recommendation-2025", Make: order(3)},
		{Name: "politi-overtagelse", Who: access.Coordinator, Path: "/politi/takeover-2026", Make: order(4)},
		{Name: "politi-nyt-overtagelse", Who: access.Coordinator, Path: "/politi/nyt?slags=takeover", Make: enter(register.OrderTakeover)},
		{Name: "politi-nyt", Who: access.Coordinator, Path: "/politi/nyt", Make: p.pose(func(v *visit) page.Page { return v.kindsPage() })},
		{Name: "politi-nyt-paalaeg", Who: access.Coordinator, Path: "/politi/nyt?slags=quality", Make: enter(register.OrderQuality)},
		{Name: "politi-nyt-tilladelse", Who: access.Coordinator, Path: "/politi/nyt?slags=permit", Make: enter(register.OrderPermit)},
		{Name: "politi-nyt-droeftelse", Who: access.Coordinator, Path: "/politi/nyt?slags=discussion", Make: enter(register.OrderDiscussion)},
		{Name: "politi-svar", Who: access.Coordinator, Path: "/politi/quality-2026/svar", Make: p.pose(func(v *visit) page.Page {
			v.order = sampleOrders()[0]
			return v.answerPage(v.answerFields().Fill(url.Values{"dato": {page.FormDate(v.Now)}, "af": {"Jonas Lund"}}), 1)
		})},
		{Name: "organisation", Who: access.Coordinator, Path: "/organisation", Make: organisation(true)},
		{Name: "organisation-tom", Who: access.DPO, Path: "/organisation", Make: organisation(false)},
		{Name: "organisation-ret", Who: access.Coordinator, Path: "/organisation/ret", Make: p.pose(func(v *visit) page.Page {
			return v.controllerPage(v.controllerForm().Fill(url.Values{"navn": {"Lindeby Kommune"}, "slags": {"municipality"}, "dage": {"14"}, "aendringer": {"alle"}}), 1)
		})},
		{Name: "forvaltning-ny", Who: access.Coordinator, Path: "/organisation/forvaltninger/ny", Make: p.pose(func(v *visit) page.Page {
			return v.administrationPage(v.administrationForm(), register.Administration{})
		})},
		{Name: "rolle-ny", Who: access.Coordinator, Path: "/organisation/roller/ny", Make: p.pose(func(v *visit) page.Page { return v.holdPage(v.holdForm(choices)) })},
		{Name: "soeg-kameraer", Who: access.IT, Path: "/steder/soeg-kameraer", Make: p.pose(func(v *visit) page.Page { return v.networkPage(v.networkForm()) })},
		{Name: "soeg-kameraer-fundet", Who: access.IT, Path: "/steder/soeg-kameraer", Make: p.pose(func(v *visit) page.Page { return v.foundPage(sampleFound(), sampleCameras(2), sample.Locations()) })},
		{Name: "soeg-kameraer-intet", Who: access.IT, Path: "/steder/soeg-kameraer", Make: p.pose(func(v *visit) page.Page {
			return v.foundPage(engineapi.Discovered{Asked: 254, Took: 4 * time.Second}, nil, nil)
		})},
		{Name: "soeg-kameraer-tag-ind", Who: access.IT, Path: "/steder/soeg-kameraer/tag-ind", Make: p.pose(func(v *visit) page.Page {
			return v.enterPage(v.enterForm(sample.Locations()).Fill(url.Values{"navn": {"AXIS P3245-LV"}, "adresse": {"10.20.1.15"}}))
		})},
		{Name: "forbindelse", Who: access.IT, Path: "/kameraer/skole-indgang/forbindelse", Make: p.pose(func(v *visit) page.Page {
			f := v.connectionForm().Fill(url.Values{"adresse": {"rtsps://10.20.1.15/axis-media/media.amp"}, "transport": {"auto"}})
			return v.connectionPage(connectionFacts{form: f, configured: true, evidence: []register.Evidence{sampleEvidence(v)}})
		})},
		{Name: "forbindelse-ny-fejl", Who: access.IT, Path: "/kameraer/skole-indgang/forbindelse", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			f := v.connectionForm().Fill(url.Values{"adresse": {"http://10.20.1.15"}, "transport": {"auto"}, "bruger": {"vidne"}}).Check()
			f.Fail("adresse", v.T("connection.form.adresse.bad"))
			f.Fail("bruger", v.T("connection.form.bruger.both"))
			return v.connectionPage(connectionFacts{form: f})
		})},
		{Name: "indlaes", Who: access.IT, Path: "/steder/indlaes", Make: p.pose(func(v *visit) page.Page { return v.importFormPage() })},
		{Name: "indlaes-fejl", Who: access.IT, Path: "/steder/indlaes", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			pg := v.importFormPage()
			pg.Form.Fail("fil", v.T("fault.import.secrets"))
			return pg
		})},
		{Name: "indlaes-proeve", Who: access.IT, Path: "/steder/indlaes", Make: p.pose(func(v *visit) page.Page { return v.importPage("kameraer.xlsx", "[]", sampleDraft()) })},
	}
}

// samplePolcams is a place in each state that asks for something.
func (v *visit) samplePolcams() page.Page {
	one := v.samplePlace(1, state.Well).polcam
	late, done := one, one
	late.Registered, late.Due = time.Time{}, v.Now.AddDate(0, 0, -3)
	done.Duty, done.Registered = register.PolcamVoluntary, v.Now.AddDate(0, -2, 0)
	places := sample.Locations()
	return v.polcamsPage([]polcamRow{{place: places[0], polcam: late}, {place: places[1], polcam: done, changes: []register.PolcamChange{{ID: 1, Kind: register.PolcamMoved, What: "Port", Due: v.Now.AddDate(0, 0, 4)}}}, {place: places[2]}})
}
