package watch

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	health := func(n int, how func([]register.Camera) state.Now) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			f := healthFacts{cameras: sample.Cameras(n), entries: 4711}
			for _, c := range f.cameras {
				f.keys = append(f.keys, c.Key())
			}
			f.engine = how(f.cameras)
			f.worst = f.engine.Worst(f.keys)
			return v.healthPage(f)
		})
	}
	deletions := func(n int, late bool) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			cams := sample.Cameras(n)
			f := deletionFacts{engine: state.Well(cams), list: sample.Deletions(cams, v.Now, late), names: map[string]register.Camera{}}
			for _, c := range cams {
				f.keys, f.names[c.ID] = append(f.keys, c.Key()), c
			}
			if n > 0 {
				f.held = append(f.held, sample.Held(cams[0].ID, v.Now))
			}
			return v.deletionsPage(f, v.shownDeletions(f))
		})
	}
	ledgers := func(rows func(*visit) []page.HistoryRow) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page {
			pg := v.ledgerPage(rows(v), logRows)
			pg.Portal = ledgerInfo{Name: "portal", Key: "vidne/portal+2a8b11c0+AZEqoBo1Yc0Lh7gM6oXb4sF2l8sVQJ1e2xq0b9uZ7k3D", Size: v.N("health.entries", 4711)}
			pg.Engine = ledgerInfo{Name: "optager-1", Key: "vidne/optager-1+9c01ffe2+AXo0Qm1s8xg1k5tQb0y4T2vKd3Jc7uF9aZ6hW5rE2pLm", Size: v.N("health.entries", 48213)}
			return pg
		})
	}
	return append(p.logStories(), []page.Story{
		{Name: "drift", Who: access.IT, Path: "/drift", Make: health(9, state.Ill)},
		{Name: "drift-rolig", Who: access.Coordinator, Path: "/drift", Make: health(9, func(c []register.Camera) state.Now {
			e := state.Well(c)
			e.OldestFrame = e.OldestFrame.Add(time.Hour)
			return e
		})},
		{Name: "drift-mange-fejl", Who: access.IT, Path: "/drift", Make: health(3*mostCameras, func(c []register.Camera) state.Now {
			e := state.Ill(c)
			for i := range e.Cameras {
				e.Cameras[i].Recorded = e.Cameras[i].Expected / 2
			}
			return e
		})},
		{Name: "drift-optager-vaek", Who: access.IT, Path: "/drift", Make: health(3, func([]register.Camera) state.Now { return state.Now{Away: true} })},
		{Name: "sletninger", Who: access.DPO, Path: "/tilsyn/sletninger", Make: deletions(3, false)},
		{Name: "sletninger-slettet", Who: access.DPO, Path: "/tilsyn/sletninger?vis=done", Make: deletions(3, false)},
		{Name: "sletninger-forsinket", Who: access.DPO, Path: "/tilsyn/sletninger?vis=late", Make: deletions(3, true)},
		{Name: "sletninger-mange-kameraer", Who: access.DPO, Path: "/tilsyn/sletninger?kamera=indgang", Make: deletions(fewChoices+1, false)},
		{Name: "sletninger-tom", Who: access.DPO, Path: "/tilsyn/sletninger", Make: deletions(0, false)},
		{Name: "hele-loggen", Who: access.DPO, Path: "/tilsyn/log/alt", Make: ledgers(func(v *visit) []page.HistoryRow { return v.SampleHistory() })},
		{Name: "hele-loggen-tom", Who: access.DPO, Path: "/tilsyn/log/alt?tekst=findes+ikke", Make: ledgers(func(*visit) []page.HistoryRow { return nil })},
	}...)
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(p.visit(v)) }
}
