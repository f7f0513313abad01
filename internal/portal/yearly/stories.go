package yearly

import (
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
	"vidne.dk/vidne/internal/yearly"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	of := func(make func() yearly.Report) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return (&visit{v, p}).reportPage(make()) }
	}
	away := func() yearly.Report {
		r := sampled()
		r.EngineAway = true
		for i, g := range r.Groups {
			if g.ID == "deletions" {
				r.Groups[i].Lines = []yearly.Line{{ID: "due", N: yearly.Unknown, Before: 61_320}, {ID: "done", N: yearly.Unknown, Before: 61_320}, {ID: "late", N: yearly.Unknown}}
			}
		}
		return r
	}
	return []page.Story{
		{Name: "aarsberetning", Who: access.Coordinator, Path: path, Make: of(sampled)},
		{Name: "aarsberetning-offentlig", Who: access.DPO, Path: path, Make: of(func() yearly.Report { return sampled().ForPublic() })},
		{Name: "aarsberetning-optager-vaek", Who: access.Coordinator, Path: path, Make: of(away)},
		{Name: "aarsberetning-intet", Who: access.Coordinator, Path: path, Make: of(func() yearly.Report {
			return yearly.Report{Span: yearly.Span{Year: 2026, Quarter: 4}, Controller: "Lindeby Kommune", Made: sample.Moment()}
		})},
	}
}

func sampled() yearly.Report {
	zone := page.Zone()
	r := yearly.Report{Span: yearly.Span{Year: 2025}, Made: sample.Moment(), Over: true, Controller: "Lindeby Kommune", From: time.Date(2025, 1, 1, 0, 0, 0, 0, zone), To: time.Date(2026, 1, 1, 0, 0, 0, 0, zone),
		BeforeFrom: time.Date(2024, 1, 1, 0, 0, 0, 0, zone), BeforeTo: time.Date(2025, 1, 1, 0, 0, 0, 0, zone)}
	group := func(id string, lines ...yearly.Line) { r.Groups = append(r.Groups, yearly.Group{ID: id, Lines: lines}) }
	line := func(id string, n, before yearly.Count) yearly.Line { return yearly.Line{ID: id, N: n, Before: before} }
	group("cameras", line("places", 4, 3), line("up", 11, 7), line("permitted", 10, 7), line("added", 5, 2), line("removed", 1, 0), line("hours", 41_870, 27_410))
	group("looks", line("views", 64, 71), line("stills", 6, 2), line("copies", 3, 0))
	group("live", line("begun", 5, 9), line("alone", 1, 0))
	group("refused", line("footage", 12, 7), line("still", 0, 0), line("live", 3, 4), line("evidence", 1, 0), line("rights", 9, 5))
	group("incidents", line("opened", 23, 26), line("established", 14, 17), line("presumed", 6, 5), line("none", 2, 4), line("unsaid", 1, 0))
	group("disclosures", line("police", 8, 11), line("consent", 0, 0), line("law", 1, 0), line("dispute", 0, 1), line("registered", 3, 1), line("declined", 2, 3))
	group("locks", line("made", 6, 4), line("released", 5, 4))
	group("requests", line("access", 5, 3), line("rectify", 0, 0), line("erase", 1, 0), line("restrict", 0, 0), line("object", 0, 0), line("late", 0, 1))
	group("deletions", line("due", 41_212, 27_380), line("done", 41_212, 27_380), line("late", 0, 4))
	group("review", line("drawn", 48, 51), line("justified", 46, 49), line("unjustified", 1, 0), line("unclear", 1, 2), line("open", 0, 0))
	group("stops", line("stopped", 2, 0), line("restarted", 2, 0))
	place := func(id, name string, counts ...yearly.Count) {
		p := yearly.Place{ID: id, Name: name}
		copy(p.Counts[:], counts)
		r.Places = append(r.Places, p)
	}
	place("biblioteket", "Lindeby Bibliotek", 2, 7_610, 9, 0, 3, 4, 3)
	place("lindeby-skole", "Lindeby Skole", 4, 15_200, 38, 4, 15, 12, 6)
	place("materielgaarden", "Materielgården", 3, 11_400, 16, 0, 6, 6, 3)
	place("idraetshallen", "Idrætshallen", 2, 7_660, 1, 1, 1, 1, 0)
	for m, n := range []int64{4, 6, 3, 5, 7, 4, 1, 5, 8, 9, 7, 5} {
		r.Months = append(r.Months, yearly.Month{From: time.Date(2025, time.Month(m+1), 1, 0, 0, 0, 0, zone), Views: n, Incidents: n / 3})
	}
	return r
}
