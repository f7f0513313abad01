package inspection

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
	}
	well, ill := example(), example()
	well.Location, well.Place, well.Locations = "kadence-havnen", "Kadence Havnen, Havnegade 12", 1
	for i := range well.Answers {
		well.Answers[i].Gaps = nil
	}
	one := path + "/sted/" + well.Location
	every := func(string) bool { return true }
	return []page.Story{
		{Name: "tilsyn", Who: access.Coordinator, Path: front, Make: pose(func(v *visit) page.Page {
			return v.frontPage(map[string]mark{"safeguards": {fds.Success, v.T("papers.version", "2", v.Date(sample.Moment()))}, "letters": {fds.Warning, v.N("papers.letters.wait", 1)}, "guideline": {fds.Warning, v.T("papers.guideline.none")}}, every)
		})},
		{Name: "tilsyn-svar", Who: access.DPO, Path: path, Make: pose(func(v *visit) page.Page { return v.answersPage(ill) })},
		{Name: "tilsyn-svar-sted", Who: access.Coordinator, Path: one, Make: pose(func(v *visit) page.Page { return v.answersPage(well) })},
		{Name: "tilsyn-udlever", Who: access.Coordinator, Path: path + "/udlever", Make: pose(func(v *visit) page.Page {
			return v.handedPage(v.handed().Fill(map[string][]string{"modtager": {"Datatilsynet"}}), path)
		})},
	}
}

// example is answers with some of everything.
func example() room.Answers {
	now := sample.Moment()
	a := room.Answers{Form: room.Form, Made: now, ControllerID: "kadence-fitness", Controller: "Kadence Fitness ApS", Contact: "Havnegade 12, 9999 Lindeby", DPO: "persondata@kadence.example", Locations: 2, Cameras: 2}
	permit := []room.Proof{{What: "case", Name: "2026-003", Href: "/sager/2026-003"}, {What: "permit", Name: "p-0001", Href: "/kameraer/fitness-sal", Entry: 214}}
	says := [room.Questions][]string{{"cameras"}, {"cameras", "places", "changing.none", "street.none"}, {"always", "obeyed"}, {"kept", "deleted", "sound.none", "late.none", "locks.none"},
		{"ground.police", "handed.none", "shared.none"}, {"signs", "pages"}, {"staff", "members", "faces"}, {"written", "told", "roll"}, {"told", "languages"}, {"people", "rule", "storage"},
		{"portal", "recorder", "tls", "addresses"}, {"safeguards.codes.personal", "safeguards.storage.sealed", "description", "reviewed"}}
	cannot := [room.Questions]string{"cameras", "picture", "", "", "taken", "", "who", "oral", "read", "keys", "network", ""}
	gaps := [room.Questions]room.Gap{5: {Key: "hang.entrance", Location: "kadence-havnen", Place: "Kadence Havnen", At: now, Href: "/steder/kadence-havnen/skilte"}, 7: {Key: "notice", Location: "kadence-havnen", Place: "Kadence Havnen", Name: "Mads Bo", At: now, Href: "/personale/kadence-havnen"},
		11: {Key: "safeguards", Name: "backup.decided", Href: "/tilsyn/sikkerhed#backup"}}
	for i := range says {
		x := room.Answer{Number: i + 1, Gaps: []room.Gap{}}
		for _, key := range says[i] {
			x.Says = append(x.Says, room.Statement{Statement: safeguards.Statement{Key: key, Count: 2, Name: "Kadence", At: now.AddDate(0, -1, 0)}})
		}
		if i < 4 {
			x.Says[0].Proof = permit
		}
		if cannot[i] != "" {
			x.Cannot = []string{cannot[i]}
		}
		if gaps[i].Key != "" {
			x.Gaps = append(x.Gaps, gaps[i])
		}
		a.Answers = append(a.Answers, x)
	}
	a.Answers[1].Tables = []room.Table{{Key: "places", Columns: []string{"place", "address", "cameras", "kinds", "cases"}, Rows: [][]room.Cell{{{Text: "Kadence Havnen", Href: "/steder/kadence-havnen"}, {Text: "Havnegade 12"}, {Count: 2}, {Key: "kinds", Text: "members-room own-entrance"}, {Text: "2026-003"}}}}}
	a.Answers[3].Tables = []room.Table{{Key: "retention", Columns: []string{"retention", "cameras"}, Rows: [][]room.Cell{{{Key: "days", Count: 14}, {Count: 2}}}}}
	return a
}
