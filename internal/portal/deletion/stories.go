package deletion

import (
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	of := func(make func() stated) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return (&visit{v, p}).onePage(make()) }
	}
	october := room.Month{Year: 2026, Month: time.October}
	list := func(v *page.Visit) page.Page {
		return (&visit{v, p}).listPage([]room.Issued{*sampled(true).issued, *sampled(false).issued}, []room.Month{october.Add(1)})
	}
	none := func(v *page.Visit) page.Page { return (&visit{v, p}).listPage(nil, nil) }
	path := room.Path(october.String())
	return []page.Story{
		{Name: "sletteopgoerelser", Who: access.DPO, Path: Path, Make: list},
		{Name: "sletteopgoerelser-tom", Who: access.DPO, Path: Path, Make: none},
		{Name: "sletteopgoerelse", Who: access.Coordinator, Path: path, Make: of(func() stated { return sampled(true) })},
		{Name: "sletteopgoerelse-for-sent", Who: access.DPO, Path: path, Make: of(func() stated { return sampled(false) })},
		{Name: "sletteopgoerelse-loebende", Who: access.Coordinator, Path: path, Make: of(func() stated {
			s := sampled(true)
			s.issued, s.Made = nil, s.To.Add(-time.Hour)
			return s
		})},
		{Name: "sletteopgoerelse-ukendt", Who: access.Coordinator, Path: path, Make: of(func() stated { return stated{month: october, away: true} })},
		{Name: "sletteopgoerelse-udlever", Who: access.DPO, Path: path + "/udlever", Make: func(v *page.Visit) page.Page {
			w := &visit{v, p}
			return w.handedPage(w.handed(), october)
		}},
	}
}

// sampled is a month in which all went well, or one in which it did not.
func sampled(well bool) stated {
	m := room.Month{Year: 2026, Month: time.October}
	cams := sample.Cameras(3)
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.October, day, hour, minute, 0, 0, page.Zone())
	}
	s := room.Statement{Form: room.Form, Controller: "Lindeby Kommune", ControllerID: "lindeby", Month: m.String(), From: m.From(), To: m.To(), Made: m.Ready().Add(time.Minute)}
	for i, c := range cams {
		sums := room.Sums{Due: 744 - int64(30*i), Done: 744 - int64(30*i), Files: 7440, Bytes: 41_000_000_000, First: at(1, 0, 7), Last: at(31, 23, 36), WorstS: 1_620 + int64(60*i)}
		if i == 1 {
			sums.Done, sums.Kept, sums.Freed = sums.Done-2, 2, 1
		}
		if i == 0 && !well {
			sums.Done, sums.Left, sums.Late, sums.WorstS = sums.Done-1, 1, 3, 19_320
		}
		s.Cameras = append(s.Cameras, room.Camera{ID: c.ID, Name: c.Name, Location: c.Location, Place: c.Where, Sums: sums, Proofs: [2]int64{41_120, 48_213}})
	}
	s.Sum()
	s.Kept = []room.Kept{{Camera: cams[1].ID, Name: cams[1].Name, Place: cams[1].Where, Lock: "b-1", Number: "B-2026-003", Reason: "crime", Hours: 2, Bytes: 212_000_000, Due: at(12, 21, 14), Until: at(12, 21, 14).AddDate(0, 3, 0)}}
	if !well {
		late := func(day, hour int, done time.Time, why room.Why) room.Late {
			return room.Late{Camera: cams[0].ID, Name: cams[0].Name, Place: cams[0].Where, From: at(day, hour, 0).AddDate(0, 0, -14), To: at(day, hour, 59).AddDate(0, 0, -14), Due: at(day, hour, 59), Done: done, Why: why}
		}
		s.Late = []room.Late{late(28, 9, time.Time{}, room.Stuck), late(17, 3, at(17, 9, 21), room.Down), late(17, 4, at(17, 9, 21), room.Down)}
		s.Away = []room.Span{{From: at(17, 3, 40), To: at(17, 9, 20)}}
	}
	return stated{Statement: s, month: m, issued: &room.Issued{Statement: s, Entry: 5_211}}
}
