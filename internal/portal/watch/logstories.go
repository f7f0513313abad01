package watch

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// logStories are the screens of the log of who looked.
func (p *Screens) logStories() []page.Story {
	log := func(f func(now time.Time) accesslog.Found, c choices) func(*page.Visit) page.Page {
		return p.pose(func(v *visit) page.Page { return v.logPage(c, f(v.Now), v.sampleWords()) })
	}
	none := func(time.Time) accesslog.Found { return accesslog.Found{} }
	few := choices{people: []accesslog.Person{{Person: "p-2", Name: "Jonas Lund"}, {Person: "p-3", Name: "Karen Holm"}}, cameras: sample.Cameras(3),
		places: []register.LocationFound{{Location: register.Location{ID: "lindeby-skole", Name: "Lindeby Skole"}}}}
	many := choices{manyPeople: true, manyCams: true, manyP: true}
	some := func(now time.Time) accesslog.Found {
		return accesslog.Found{Uses: sampleUses(now), Next: &accesslog.Place{At: now.Add(-48 * time.Hour).UnixMicro(), Index: 4690}}
	}
	short := func(now time.Time) accesslog.Found {
		return accesslog.Found{Short: true, Next: &accesslog.Place{At: now.Add(-900 * time.Hour).UnixMicro(), Index: 1200}}
	}
	return []page.Story{
		{Name: "log", Who: access.DPO, Path: "/tilsyn/log", Make: log(some, few)},
		{Name: "log-mange", Who: access.DPO, Path: "/tilsyn/log?hvem=Jonas&udfald=afvist", Make: log(some, many)},
		{Name: "log-tom", Who: access.DPO, Path: "/tilsyn/log?q=findes+ikke", Make: log(none, few)},
		{Name: "log-ikke-faerdig", Who: access.DPO, Path: "/tilsyn/log?slags=admin&hvem=p-2", Make: log(short, few)},
		{Name: "log-indfoersel", Who: access.DPO, Path: "/tilsyn/log/4711", Make: p.pose(func(v *visit) page.Page {
			return v.usePage(sampleUses(v.Now)[0], ledger.Entry{Index: 4711, Kind: "view.opened", Body: []byte(`{"person":"p-2","name":"Jonas Lund","purpose":"Rude knust i hovedindgangen."}`), Commit: make([]byte, 32)}, v.sampleWords())
		})},
		{Name: "mine-opslag", Who: access.Operator, Path: ownPath, Make: p.pose(func(v *visit) page.Page { return v.ownPage(some(v.Now), v.sampleWords()) })},
		{Name: "mine-opslag-tom", Who: access.Operator, Path: ownPath + "?slags=live", Make: p.pose(func(v *visit) page.Page { return v.ownPage(accesslog.Found{}, v.sampleWords()) })},
		{Name: "log-udlever", Who: access.DPO, Path: "/tilsyn/log/udlever", Make: p.pose(func(v *visit) page.Page {
			return v.handoverPage(v.newHandover().Fill(url.Values{"modtager": {"Datatilsynet"}, "fra": {"2026-10-21"}, "til": {"2026-11-21"}}))
		})},
		{Name: "log-udlever-fejl", Who: access.DPO, Path: "/tilsyn/log/udlever", Code: 422, Make: p.pose(func(v *visit) page.Page {
			return v.handoverPage(v.newHandover().Fill(url.Values{"modtager": {"Datatilsynet"}, "fra": {"2026-10-21"}}).Check())
		})},
		{Name: "log-indsigt", Who: access.DPO, Path: "/tilsyn/log/indsigt", Make: p.pose(func(v *visit) page.Page {
			return v.insightPage(v.newInsight().Fill(url.Values{"fra": {"2026-11-20"}, "til": {"2026-11-20"}, "fra-tid": {"14.00"}, "til-tid": {"15.00"}, "format": {"pdf"}}))
		})},
		{Name: "log-frister", Who: access.DPO, Path: "/tilsyn/log/frister", Make: p.pose(func(v *visit) page.Page { return v.keepsPage(sampleKeeps(v.Now)) })},
		{Name: "log-frist", Who: access.DPO, Path: "/tilsyn/log/frister/search", Make: p.pose(func(v *visit) page.Page {
			pg := v.newKeep(sampleKeeps(v.Now)[1])
			pg.Form.Fill(url.Values{"maaneder": {"24"}})
			return pg
		})},
	}
}

func (v *visit) sampleWords() page.UseWords {
	names := map[string]string{}
	for _, c := range sample.Cameras(9) {
		names[c.ID] = c.Where + ": " + c.Name
	}
	return v.SampleUseWords(func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		return id
	}, func(string) string { return "Lindeby Skole" })
}

func sampleUses(now time.Time) []accesslog.Use {
	camera := accesslog.Words(sample.Cameras(1)[0].ID)
	at := func(i int64, ago time.Duration, u accesslog.Use) accesslog.Use {
		u.Index, u.At, u.Controller, u.Address = i, now.Add(-ago), "lindeby", "192.0.2.17"
		return u
	}
	minutes := func(ago time.Duration) int64 { return now.Add(-ago).UnixMicro() }
	return []accesslog.Use{
		at(4711, 4*time.Minute, accesslog.Use{Kind: accesslog.Footage, Entry: "view.opened", Person: "p-2", Name: "Jonas Lund", Place: "lindeby-skole", Cameras: camera, Matter: "4600-12345-00001-26",
			Since: minutes(20 * time.Hour), Until: minutes(19*time.Hour + 30*time.Minute), Why: "Rude knust i hovedindgangen."}),
		at(4709, 12*time.Minute, accesslog.Use{Kind: accesslog.Rights, Entry: "access.refused", Person: "p-5", Name: "Søren Krogh", Refused: "access.it", What: "/afspilning"}),
		at(4708, 14*time.Minute, accesslog.Use{Kind: accesslog.Search, Entry: "data.searched", Person: "p-3", Name: "Karen Holm", Terms: "hærværk skole", What: "/soeg?q=hærværk+skole"}),
		at(4706, 40*time.Minute, accesslog.Use{Kind: accesslog.Read, Entry: "data.read", Person: "p-3", Name: "Karen Holm", Matter: "2026-014", What: "/sager/2026-014"}),
		at(4702, 26*time.Hour, accesslog.Use{Kind: accesslog.Rights, Entry: "designation.begun", Person: "p-3", Name: "Karen Holm", About: "Jonas Lund", Place: "lindeby-skole"}),
		at(4698, 27*time.Hour, accesslog.Use{Kind: accesslog.Login, Entry: "login.refused", Refused: "login.wrong"}),
		at(4691, 28*time.Hour, accesslog.Use{Kind: accesslog.Evidence, Entry: "hold.issued", Person: "p-3", Name: "Karen Holm", Cameras: camera + " kam-b kam-c kam-d kam-e", Why: "crime", Matter: "4600-12345-00001-26"}),
	}
}

func sampleKeeps(now time.Time) []accesslog.Keep {
	return []accesslog.Keep{
		{Kind: accesslog.Footage, Months: 60, Usual: 60, Da: "Fem år: så længe en overtrædelse kan forfølges.", En: "Five years: as long as a breach can be prosecuted."},
		{Kind: accesslog.Search, Months: 12, Usual: 24, Da: "To år.", En: "Two years.", Reason: "Vi gennemgår loggen hver måned; et år er nok.", By: "Mette Bro", At: now.AddDate(0, -2, 0)},
		{Kind: accesslog.Edit, Da: "Følger sagen.", En: "Follows the case."},
	}
}
