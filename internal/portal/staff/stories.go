package staff

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
	room "vidne.dk/vidne/internal/staff"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	with := *p
	if with.Documents == nil {
		with.Documents = &document.Room{} // a file is asked for, and none is kept
	}
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			return f(&visit{v, &with, found{place: sample.Location(), member: sampleMembers(v.Now)[0]}})
		}
	}
	here := path + "/" + sample.Location().ID
	story := func(name, at string, f func(*visit) page.Page) page.Story {
		return page.Story{Name: name, Who: access.Coordinator, Path: at, Make: pose(f)}
	}
	place := func(name string, make func(*visit) row) page.Story {
		return story("personale-sted-"+name, here, func(v *visit) page.Page {
			pg := v.placePage(make(v), true)
			pg.Happened = &page.Happened{Words: v.Words}
			return pg
		})
	}
	failed := func(pg *page.FormPage) page.Page {
		pg.Form.Check()
		return pg
	}
	return []page.Story{
		story("personale", path, func(v *visit) page.Page { return v.listPage(sampleRows(v)) }),
		story("personale-ingen", path, func(v *visit) page.Page { return v.listPage(nil) }),
		place("mangler", func(v *visit) row { return sampleRow(v.Now) }),
		place("tom", func(v *visit) row {
			r := sampleRow(v.Now)
			r.Members = nil
			return newRow(r.Roll)
		}),
		place("ingen-ansatte", func(v *visit) row {
			r := sampleRow(v.Now)
			r.Members, r.Nobody = nil, &room.Nobody{At: v.Now.Add(-50 * 24 * time.Hour), SaidBy: "Birthe Dam", Why: "Cykelparkeringen er ubemandet. Gartneren kommer en gang om året."}
			return newRow(r.Roll)
		}),
		place("intet", func(*visit) row { return row{} }),
		story("personale-underretning", here+"/underretning", func(v *visit) page.Page { return v.noticePage(sampleNotice(v.Now)) }),
		story("personale-ny", here+"/ny", func(v *visit) page.Page { return v.addPage(nil) }),
		story("personale-ny-fejl", here+"/ny", func(v *visit) page.Page { return failed(v.addPage(url.Values{"navn": {""}})) }),
		story("personale-ret", "/medarbejdere/m1", func(v *visit) page.Page { return v.editPage(nil) }),
		story("personale-af", "/medarbejdere/m1/af", func(v *visit) page.Page { return v.leavePage() }),
		story("personale-ingen-arbejder", here+"/ingen", func(v *visit) page.Page { return v.nobodyPage(nil) }),
		story("personale-hent", here+"/hent", func(v *visit) page.Page { return v.takePage(nil) }),
		story("personale-kvitteringer", here+"/kvitteringer", func(v *visit) page.Page { return v.writePage(sampleRow(v.Now), nil) }),
		story("papirer", papers, func(v *visit) page.Page {
			return v.handlersPage(sampleHandlers(v.Now), map[string]string{sample.Location().ID: sample.Location().Name})
		}),
		story("papirer-ingen", papers, func(v *visit) page.Page { return v.handlersPage(nil, nil) }),
		story("papirer-mine", papers+"/mine", func(v *visit) page.Page { return v.minePage(sampleHandlers(v.Now)[0]) }),
		story("papirer-mine-ingen", papers+"/mine", func(v *visit) page.Page { return v.minePage(room.Handler{}) }),
		story("kvittering", room.LinkPath+"x", func(v *visit) page.Page {
			return v.receiptPage(room.Linked{Member: room.Member{Name: "Anders Møller", Lang: string(v.Lang)}, Notice: sampleNotice(v.Now)})
		}),
		story("kvittering-givet", room.LinkPath+"x", func(v *visit) page.Page {
			return v.receiptPage(room.Linked{Member: room.Member{Name: "Nordrent ApS", Kind: room.Firm, Lang: string(v.Lang)}, Notice: sampleNotice(v.Now), Receipt: &room.Receipt{At: v.Now.Add(-time.Hour)}})
		}),
	}
}

const sampleDay = 24 * time.Hour

func sampleNotice(now time.Time) room.Notice {
	c, l := sample.Controller(), sample.Location()
	night := permit.Spans{{From: "16:00", To: "07:00"}}
	return room.Notice{Controller: c.ID, Location: l.ID, Version: 2, Made: now.Add(-12 * sampleDay), Content: room.Content{Name: l.Name, Address: l.Address, Who: c.Name, Contact: c.Contact, DPO: "dpo@lindeby.dk",
		Public: true, Council: true, Live: "extraordinary", Cases: []string{"2026-014"},
		Reasons: []room.Reason{{Purpose: "At forebygge og opklare gentaget hærværk og indbrud ved skolens indgange uden for skoletiden.", Tried: "Bedre lys, låse og en aftenvagt i et år.", Necessity: "Hærværket er fortsat: 14 anmeldelser på et år."}},
		Areas: []room.Area{{Name: "Nordre indgang", Kind: "crime", Basis: "tv-overvågningsloven § 2 d, stk. 1", Hours: permit.Hours{Week: [7]permit.Spans{night, night, night, night, night, night, night}}, Closed: true, Days: 14, Cameras: 2},
			{Name: "Cykelskuret", Kind: "crime", Basis: "tv-overvågningsloven § 2 d, stk. 1", Hours: permit.Hours{Week: [7]permit.Spans{night, night, night, night, night, night, night}}, Days: 14, Cameras: 1}}}}
}

func sampleMembers(now time.Time) []room.Member {
	on := func(id, name, mail string, kind room.Kind, since time.Duration) room.Member {
		return room.Member{ID: id, Kind: kind, Name: name, Mail: mail, Lang: "da", Since: now.Add(since), Added: now.Add(-40 * sampleDay)}
	}
	all := []room.Member{on("m1", "Anders Møller", "anders@lindeby.dk", room.Employee, -900*sampleDay), on("m2", "Bodil Friis", "", room.Employee, -400*sampleDay), on("m3", "Carl Emil Bech", "carl@lindeby.dk", room.Substitute, 3*sampleDay),
		on("m4", "Nordrent ApS", "drift@nordrent.dk", room.Firm, -200*sampleDay), on("m5", "Ditte Holm", "ditte@lindeby.dk", room.Employee, -700*sampleDay)}
	all[0].Receipts = []room.Receipt{{Version: 2, Told: now.Add(-11 * sampleDay), At: now.Add(-10 * sampleDay), How: room.ByLink}}
	all[1].Receipts = []room.Receipt{{Version: 2, Told: now.Add(-9 * sampleDay), At: now.Add(-9 * sampleDay), How: room.ByList, NotedBy: "Birthe Dam", Document: "d1"}}
	all[4].SentVersion, all[4].Sent = 2, now.Add(-11*sampleDay)
	return all
}

func sampleRow(now time.Time) row {
	n := sampleNotice(now)
	return newRow(room.Roll{Controller: n.Controller, Location: n.Location, Name: n.Name, Notice: &n, Members: sampleMembers(now)})
}

func sampleRows(v *visit) (out []row) {
	for i, l := range sample.Locations() {
		r := sampleRow(v.Now).Roll
		r.Location, r.Name = l.ID, l.Name
		switch i % 4 {
		case 1:
			r.Members = r.Members[:2]
		case 2:
			r.Members = nil
		case 3:
			r.Notice = nil
		}
		out = append(out, newRow(r))
	}
	return out
}

func sampleHandlers(now time.Time) []room.Handler {
	papers := []room.Paper{{Kind: room.SecurityDescription, Title: "Sikkerhedsbeskrivelse", Version: 3, InForce: now.Add(-5 * sampleDay), Due: now.Add(9 * sampleDay)},
		{Kind: room.Guideline, Title: "Retningslinje for videoovervågning", Version: 2, InForce: now.Add(-90 * sampleDay), Due: now.Add(-76 * sampleDay), Read: now.Add(-80 * sampleDay)}}
	other := []room.Paper{papers[0], papers[1]}
	other[1].Read = time.Time{}
	at := []string{sample.Location().ID}
	return []room.Handler{{Person: "p1", Name: "Jonas Lund", Locations: at, Since: now.Add(-100 * sampleDay), Papers: papers}, {Person: "p2", Name: "Birthe Dam", Locations: at, Since: now.Add(-100 * sampleDay), Papers: other}}
}
