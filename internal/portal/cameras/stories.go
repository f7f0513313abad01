package cameras

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story { return append(p.listStories(), p.cameraStories()...) }

func (p *Screens) listStories() []page.Story {
	list := func(n int, how func([]register.Camera) state.Now) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page { return v.sampleList(sample.Cameras(n), sample.Locations(), how) })
	}
	return []page.Story{
		{Name: "kameraer", Who: access.Coordinator, Path: "/kameraer", Make: list(9, state.Ill)},
		{Name: "kameraer-mange", Who: access.Coordinator, Path: "/kameraer?side=3", Make: list(212, state.Ill)},
		{Name: "kameraer-et", Who: access.Operator, Path: "/kameraer", Make: list(1, state.Well)},
		{Name: "kameraer-tom", Who: access.Operator, Path: "/kameraer", Make: list(0, state.Well)},
		{Name: "kameraer-filter-tom", Who: access.Coordinator, Path: "/kameraer?q=findes+ikke", Make: list(0, state.Well)},
		{Name: "kameraer-optager-vaek", Who: access.Coordinator, Path: "/kameraer", Make: list(3, func([]register.Camera) state.Now { return state.Away() })},
		{Name: "kameraer-lange-navne", Who: access.Coordinator, Path: "/kameraer", Make: p.pose(func(v *visit) page.Page {
			return v.sampleList([]register.Camera{sample.LongCamera()}, append(sample.Locations(), sample.LongLocation()), state.Ill)
		})},
	}
}

// sampleList is the list of these cameras.
func (v *visit) sampleList(cams []register.Camera, locations []register.Location, how func([]register.Camera) state.Now) page.Page {
	o := overview{engine: how(cams)}
	for _, l := range locations {
		o.locations = append(o.locations, register.Name{ID: l.ID, Name: l.Name})
	}
	var keys []register.Key
	for _, c := range cams {
		keys = append(keys, c.Key())
	}
	list, rows, _ := v.listing(o.locations).ShowFrom(v.Visit, func(a page.Ask) ([]state.Row, int, error) {
		chosen := o.choose(a, keys)
		var ids []string
		for _, k := range page.Cut(a, chosen) {
			ids = append(ids, k.ID)
		}
		return v.rows(ids, cams, o.engine), len(chosen), nil
	})
	return v.camerasPage(list, rows, &o)
}

func (p *Screens) cameraStories() []page.Story {
	with := func(change func(*cameraFacts)) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			c := sample.Camera()
			f := cameraFacts{camera: c, location: sample.Location(), engine: state.Well([]register.Camera{c}), inForce: sample.InForce(c.ID, v.Now), coverage: sample.Coverage(c.ID, v.Now),
				people: sample.Rights(v.Now), lookers: v.SampleLookers(), history: v.SampleHistory()}
			f.ours, f.oursSeen = f.inForce.Permit.ID, true
			change(&f)
			return v.cameraPage(f)
		})
	}
	set := func(f *cameraFacts, st engineapi.State, cause engineapi.Cause) {
		f.engine.Cameras[0].State, f.engine.Cameras[0].Cause = st, cause
	}
	return []page.Story{
		{Name: "kamera", Who: access.Operator, Path: "/kameraer/skole-indgang", Make: with(func(*cameraFacts) {})},
		{Name: "kamera-adgangskode", Who: access.Coordinator, Path: "/kameraer/skole-indgang", Make: with(func(f *cameraFacts) {
			set(f, engineapi.StateRefused, engineapi.CauseAuth)
			f.engine.Cameras[0].ClockMS = 94_000
		})},
		{Name: "kamera-stoppet", Who: access.Coordinator, Path: "/kameraer/skole-indgang?besked=stoppet", Make: with(func(f *cameraFacts) {
			set(f, engineapi.StateStopped, engineapi.CauseStopped)
			f.inForce.Stop = "aa"
		})},
		{Name: "kamera-uden-tilladelse", Who: access.DPO, Path: "/kameraer/skole-indgang", Make: with(func(f *cameraFacts) {
			set(f, engineapi.StateNoPermit, engineapi.CauseNoPermit)
			f.engine.Cameras[0] = engineapi.CameraStatus{Camera: f.camera.ID, State: engineapi.StateNoPermit, Cause: engineapi.CauseNoPermit}
			f.inForce, f.ours, f.coverage.Expected, f.coverage.Stretches = engineapi.InForce{}, "", 0, nil
			f.people, f.history = nil, nil
		})},
		{Name: "kamera-uenighed", Who: access.IT, Path: "/kameraer/skole-indgang", Make: with(func(f *cameraFacts) {
			f.ours = "77aa01c3e0b24d5688a1c0d2e4f60718"
			f.inForce.Permit.ValidTo = sample.Moment().Add(9 * 24 * time.Hour)
		})},
		{Name: "kamera-optager-vaek", Who: access.Operator, Path: "/kameraer/skole-indgang", Make: with(func(f *cameraFacts) {
			f.engine, f.inForce, f.coverage = state.Away(), engineapi.InForce{}, engineapi.Coverage{}
		})},
		{Name: "stop", Who: access.Coordinator, Path: "/kameraer/skole-indgang/stop", Make: p.pose(func(v *visit) page.Page { return v.grave("stop") })},
		{Name: "stop-fejl", Who: access.Coordinator, Path: "/kameraer/skole-indgang/stop", Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			pg := v.grave("stop")
			v.ShortReason(pg, "test")
			return pg
		})},
		{Name: "genstart", Who: access.Coordinator, Path: "/kameraer/skole-indgang/genstart", Make: p.pose(func(v *visit) page.Page { return v.grave("restart") })},
	}
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(p.visit(v)) }
}
