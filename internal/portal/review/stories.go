package review

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			return f(&visit{v, p, map[string]string{"boern": "Børn og Unge", "vej": "Vej og Park"}, map[string]string{"lindeby-skole": "Lindeby Skole"}})
		}
	}
	one := func(state oversight.State, who access.Role) page.Story {
		return page.Story{Name: "stikproeve-" + string(state), Who: who, Path: itemPath + "/k1", Make: pose(func(v *visit) page.Page {
			i := v.sampleItem(state)
			pg := v.itemPage(i, v.sampleUse(), v.sampleWords())
			pg.Happened = &page.Happened{Words: v.Words, Rows: v.SampleHistory()}
			return pg
		})}
	}
	form := func(name, at string, code int, f func(v *visit, i oversight.Item) *page.Form) page.Story {
		return page.Story{Name: "stikproeve-" + name, Who: access.Coordinator, Path: itemPath + "/k1/" + at, Code: code, Make: pose(func(v *visit) page.Page {
			i := v.sampleItem(oversight.Answered)
			return v.itemForm(i, f(v, i))
		})}
	}
	list := func(all func(v *visit) []oversight.Item) func(*page.Visit) page.Page {
		return pose(func(v *visit) page.Page {
			items := all(v)
			l, rows := v.listing(v.samplePeriods()).Show(v.Visit, items)
			return v.listPage(l, rows, items)
		})
	}
	stories := []page.Story{
		{Name: "stikproever", Who: access.DPO, Path: path, Make: list((*visit).sampleItems)},
		{Name: "stikproever-tom", Who: access.Coordinator, Path: path, Make: list(func(*visit) []oversight.Item { return nil })},
		one(oversight.New, access.Coordinator), one(oversight.Asked, access.Coordinator), one(oversight.Silent, access.Coordinator), one(oversight.Answered, access.Coordinator),
		one(oversight.Second, access.DPO), one(oversight.Raised, access.DPO), one(oversight.Done, access.DPO),
		form("spoerg", "spoerg", 0, func(v *visit, _ oversight.Item) *page.Form {
			return v.newAsk().Fill(url.Values{"spoergsmaal": {v.T("review.ask.suggest")}})
		}),
		form("afgoer", "afgoer", 0, func(v *visit, _ oversight.Item) *page.Form { return v.newJudge() }),
		form("afgoer-fejl", "afgoer", 422, func(v *visit, _ oversight.Item) *page.Form {
			return v.newJudge().Fill(url.Values{"grund": {"Se svaret."}}).Check()
		}),
		form("opfoelgning", "opfoelgning", 0, func(v *visit, _ oversight.Item) *page.Form { return v.newFollow() }),
		{Name: "stikproeve-mine", Who: access.Operator, Path: minePath, Make: pose(func(v *visit) page.Page {
			return v.minePage([]oversight.Item{v.sampleItem(oversight.Asked), v.sampleItem(oversight.Answered), v.sampleItem(oversight.Done)})
		})},
		{Name: "stikproeve-mine-ingen", Who: access.Operator, Path: minePath, Make: pose(func(v *visit) page.Page { return v.minePage(nil) })},
		{Name: "stikproeve-svar", Who: access.Operator, Path: minePath + "/k1", Make: pose(func(v *visit) page.Page {
			return v.answerPage(v.sampleItem(oversight.Asked), v.sampleUse(), v.sampleWords(), v.newAnswer())
		})},
		{Name: "stikproeve-svaret", Who: access.Operator, Path: minePath + "/k1", Make: pose(func(v *visit) page.Page {
			return v.answerPage(v.sampleItem(oversight.Done), v.sampleUse(), v.sampleWords(), v.newAnswer())
		})},
		{Name: "stikproeve-perioder", Who: access.DPO, Path: path + "/perioder", Make: pose(func(v *visit) page.Page { return v.periodsPage(v.samplePeriods()) })},
		{Name: "stikproeve-periode", Who: access.DPO, Path: path + "/perioder/p2", Make: pose(func(v *visit) page.Page { return v.periodPage(v.samplePeriods()[1]) })},
		{Name: "stikproeve-periode-aaben", Who: access.DPO, Path: path + "/perioder/p3", Make: pose(func(v *visit) page.Page { return v.periodPage(v.samplePeriods()[0]) })},
	}
	return append(stories, p.moreStories(pose)...)
}

// moreStories are those of the rules, the plants, the inspector and the figures.
func (p *Screens) moreStories(pose func(func(*visit) page.Page) func(*page.Visit) page.Page) []page.Story {
	choices := []fds.Choice{{Text: "Vælg"}, {Value: "lindeby-skole", Text: "Lindeby Skole"}}
	people := []identity.Person{{ID: "p-2", Login: "jonas", Name: "Jonas Lund"}}
	return []page.Story{
		{Name: "stikproeve-regler", Who: access.DPO, Path: path + "/regler", Make: pose(func(v *visit) page.Page { return v.rulesPage(oversight.Usual()) })},
		{Name: "stikproeve-regler-andel", Who: access.DPO, Path: path + "/regler", Make: pose(func(v *visit) page.Page {
			s := oversight.Usual()
			s.PerMille, s.Off = 50, []string{"colleague"}
			return v.rulesPage(s)
		})},
		{Name: "stikproeve-regler-ret", Who: access.DPO, Path: path + "/regler/ret", Make: pose(func(v *visit) page.Page {
			return v.settingsPage(v.newSettings().Fill(settingsValues(oversight.Usual())))
		})},
		{Name: "stikproeve-tilknytninger", Who: access.DPO, Path: path + "/tilknytninger", Make: pose(func(v *visit) page.Page {
			return v.tiesPage([]oversight.Tie{{ID: "t1", Person: "p-2", Place: "lindeby-skole", Sort: "home", ByName: "Mette Bro", At: v.Now.AddDate(0, -1, 0)}}, map[string]string{"p-2": "Jonas Lund"})
		})},
		{Name: "stikproeve-tilknytninger-tom", Who: access.DPO, Path: path + "/tilknytninger", Make: pose(func(v *visit) page.Page { return v.tiesPage(nil, nil) })},
		{Name: "stikproeve-tilknytning-ny", Who: access.DPO, Path: path + "/tilknytninger/ny", Make: pose(func(v *visit) page.Page { return v.tyingPage(v.newTie(people, choices)) })},
		{Name: "stikproeve-plantede", Who: access.DPO, Path: path + "/proever", Make: pose(func(v *visit) page.Page { return v.plantsPage(v.samplePlants()) })},
		{Name: "stikproeve-plantede-tom", Who: access.DPO, Path: path + "/proever", Make: pose(func(v *visit) page.Page { return v.plantsPage(nil) })},
		{Name: "stikproeve-plant", Who: access.DPO, Path: path + "/proever/ny", Make: pose(func(v *visit) page.Page { return v.plantingPage(v.newPlant(people)) })},
		{Name: "stikproeve-tilsynet", Who: access.DPO, Path: path + "/tilsynet", Make: pose(func(v *visit) page.Page { return v.samplesPage([]oversight.Sample{v.sampleSample()}) })},
		{Name: "stikproeve-tilsynet-tom", Who: access.DPO, Path: path + "/tilsynet", Make: pose(func(v *visit) page.Page { return v.samplesPage(nil) })},
		{Name: "stikproeve-tilsynet-ny", Who: access.DPO, Path: path + "/tilsynet/ny", Make: pose(func(v *visit) page.Page {
			return v.samplingPage(v.newSample().Fill(url.Values{"tilsyn": {"Datatilsynet"}, "slags": {"footage"}, "antal": {"20"}}))
		})},
		{Name: "stikproeve-tilsynets", Who: access.DPO, Path: path + "/tilsynet/t1", Make: pose(func(v *visit) page.Page {
			return v.samplePage(v.sampleSample(), []accesslog.Use{v.sampleUse()}, v.sampleWords(), 412, true)
		})},
		{Name: "stikproeve-tilsynets-konklusion", Who: access.DPO, Path: path + "/tilsynet/t1/konklusion", Make: pose(func(v *visit) page.Page { return v.concludePage(v.sampleSample(), v.newConclude()) })},
		{Name: "stikproeve-tal", Who: access.DPO, Path: path + "/tal", Make: pose(func(v *visit) page.Page {
			return v.figuresPage(v.sampleStatistics(), v.sampleCounts(), oversight.Usual())
		})},
		{Name: "stikproeve-tal-tom", Who: access.DPO, Path: path + "/tal", Make: pose(func(v *visit) page.Page { return v.figuresPage(oversight.Statistics{}, nil, oversight.Usual()) })},
		{Name: "stikproeve-aar", Who: access.DPO, Path: path + "/aar/2026", Make: pose(func(v *visit) page.Page {
			u := v.sampleUse()
			return v.reportPage(report{year: 2026, stats: v.sampleStatistics(), kinds: map[accesslog.Kind][2]int{accesslog.Footage: {212, 9}, accesslog.Read: {4302, 0}}, people: 31, taken: []accesslog.Use{u}})
		})},
	}
}

func (v *visit) sampleWords() page.UseWords {
	return v.SampleUseWords(func(string) string { return "Lindeby Skole: Hovedindgang" }, func(string) string { return "Lindeby Skole" })
}

func (v *visit) sampleUse() accesslog.Use {
	at := v.Now.AddDate(0, 0, -9)
	return accesslog.Use{Index: 4711, At: at, Controller: "lindeby", Kind: accesslog.Footage, Entry: "view.opened", Person: "p-9", Name: "Hanne Juul", Place: "lindeby-skole", Cameras: accesslog.Words(sample.Cameras(1)[0].ID),
		Matter: "H-2026-004", Since: at.Add(-20 * time.Hour).UnixMicro(), Until: at.Add(-19 * time.Hour).UnixMicro(), Why: "Rude knust i hovedindgangen.", Address: "192.0.2.17"}
}

// sampleItem is an item that has come as far as a state.
func (v *visit) sampleItem(state oversight.State) oversight.Item {
	u := v.sampleUse()
	ago := func(days int) time.Time { return v.Now.AddDate(0, 0, -days) }
	i := oversight.Item{ID: "k1", Controller: "lindeby", Period: "p2", Number: "K2-004", Index: u.Index, Stratum: oversight.Alarm, Rules: "hours again", Unit: "boern", Kind: u.Kind, Entry: u.Entry, Person: u.Person, Name: u.Name, At: u.At,
		Place: u.Place, Drawn: ago(8), Due: ago(-4), Reviewer: "p-4", ReviewerName: "Ulla Bak"}
	if state == oversight.New {
		return i
	}
	i.Asked, i.AnswerDue, i.Question = ago(7), ago(-2), "Hvorfor så du optagelserne uden for arbejdstid?"
	switch state {
	case oversight.Asked:
		return i
	case oversight.Silent:
		i.AnswerDue = ago(1)
		return i
	default:
		i.Answered, i.Answer = ago(6), "Pedellen ringede kl. 21, fordi alarmen gik. Jeg så optagelsen hjemmefra for at kunne sige politiet, om der stadig var nogen."
	}
	i.Decided, i.Decider, i.DeciderName = ago(5), "p-4", "Ulla Bak"
	switch state {
	case oversight.Second:
		i.Verdict, i.Reason = oversight.Unclear, "Alarmen står ikke i vagtens bog den aften."
	case oversight.Raised:
		i.Verdict, i.Reason = oversight.Unjustified, "Der var ingen hændelse, og svaret passer ikke med vagtens bog."
	case oversight.Done:
		i.Verdict, i.Reason = oversight.Justified, "Svaret passer med vagtens bog og hændelsen."
	case oversight.New, oversight.Asked, oversight.Silent, oversight.Answered:
		i.Decided, i.Decider, i.DeciderName = time.Time{}, "", ""
	}
	return i
}

func (v *visit) sampleItems() (out []oversight.Item) {
	for n, s := range oversight.States() {
		i := v.sampleItem(s)
		i.ID, i.Number = "k"+i.Number[1:], "K2-00"+string(rune('1'+n))
		if s == oversight.Silent {
			i.Due = v.Now.AddDate(0, 0, -1)
		}
		if s == oversight.Answered {
			i.Stratum, i.Rules = oversight.Random, ""
		}
		out = append(out, i)
	}
	return out
}

func (v *visit) samplePeriods() []oversight.Period {
	p := func(id string, n int64, days int) oversight.Period {
		at := v.Now.AddDate(0, 0, -days)
		return oversight.Period{ID: id, Number: n, Every: oversight.Week, Opened: at, Ends: at.AddDate(0, 0, 7), Commitment: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
	}
	open, drawn := p("p3", 3, 3), p("p2", 2, 10)
	drawn.Closed, drawn.Drawn, drawn.Secret, drawn.Seed = drawn.Ends, drawn.Ends, make([]byte, 32), "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
	drawn.Note, drawn.Counts = "vidne/portal\n4800\nx3vCUAtfSbxeAX0NRoRYWLLGJHfZnYNWiW6nlcnaZWg=\ntime 2026-11-16T00:00:02.000000Z\n\n— vidne/portal kZbPd5zCyXUlUVRWkmaZIHAqOLP6Yl9vO3mF3PLmJXqq2G6J0JwlAlq5xkvqKVcTfTZbC1Bq8xFXXhZ9UO1xTgBBQm5rPA==\n", `{"uses":412,"drawn":{"grave":6,"alarm":9,"random":21,"quarter":0}}`
	return []oversight.Period{open, drawn}
}

func (v *visit) samplePlants() (out []oversight.Plant) {
	for n, s := range []oversight.PlantState{oversight.Waiting, oversight.Caught, oversight.Seen, oversight.Passed, oversight.Missed, oversight.Undone} {
		at := v.Now.AddDate(0, 0, -7*n)
		out = append(out, oversight.Plant{ID: "x", Name: "Jonas Lund", Since: at, Until: at.Add(3 * time.Hour), Mark: "skole-indgang", What: "Åbner optagelser en aften uden sagsnummer.", State: s, Seal: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"})
	}
	return out
}

func (v *visit) sampleSample() oversight.Sample {
	return oversight.Sample{ID: "t1", Number: "T1", At: v.Now, ByName: "Mette Bro", Inspector: "Datatilsynet, j.nr. 2026-431-0117", Words: "grøn cykel tirsdag elleve", Kinds: "footage still", N: 20, Since: v.Now.AddDate(0, -1, 0), Until: v.Now, Uses: 412}
}

func (v *visit) sampleStatistics() oversight.Statistics {
	items := v.sampleItems()
	items = append(items, v.sampleItem(oversight.Done))
	items[len(items)-1].Stratum = oversight.Random
	return oversight.Count(items, v.samplePlants(), v.samplePeriods()[1:], v.Now.AddDate(-1, 0, 0), v.Now, v.Now)
}

func (v *visit) sampleCounts() (out []accesslog.Count) {
	hour := v.Now.Unix() / 3600
	for day := range int64(7 * (weeksShown - 1)) {
		for n, name := range []string{"Jonas Lund", "Hanne Juul", "Karen Holm"} {
			out = append(out, accesslog.Count{Person: name, Name: name, Kind: accesslog.Footage, Hour: hour - 24*day - int64(n), Uses: 1 + (day*int64(n+3))%4},
				accesslog.Count{Person: name, Name: name, Kind: accesslog.Read, Hour: hour - 24*day - 2*int64(n), Uses: 3 + day%5})
		}
	}
	return append(out, accesslog.Count{Person: "Hanne Juul", Name: "Hanne Juul", Kind: accesslog.Footage, Hour: hour - 24*8 + 9, Uses: 140}, accesslog.Count{Person: "x", Name: "Søren Krogh", Kind: accesslog.Footage, Refused: true, Hour: hour - 30, Uses: 6})
}
