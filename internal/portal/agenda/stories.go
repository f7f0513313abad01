package agenda

import (
	"time"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/agenda"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(all func(time.Time) []room.Item) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := &visit{v, p}
			return w.agendaPage(w.rows(all(v.Now), sample.Locations()))
		}
	}
	return []page.Story{
		{Name: "aarshjul", Who: access.Coordinator, Path: path, Make: pose(sampleItems)},
		{Name: "aarshjul-filter", Who: access.DPO, Path: path + "?omraade=letters", Make: pose(sampleItems)},
		{Name: "aarshjul-tomt", Who: access.Manager, Path: path, Make: pose(func(time.Time) []room.Item { return nil })},
	}
}

func sampleItems(now time.Time) []room.Item {
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	at := sample.Locations()
	return []room.Item{
		{ID: "1", Area: room.Polcam, Location: at[0].ID, At: day(-3), Key: "polcam.change", Href: "/steder/" + at[0].ID + "#polcam"},
		{ID: "2", Area: room.Breach, At: now.Add(41 * time.Hour), Key: "breach", Name: "BR-2026-002", Href: "/brud/x"},
		{ID: "3", Area: room.Letters, At: day(9), Key: "letter", Name: "T-2026-001", Href: "/breve/x"},
		{ID: "4", Area: room.Guideline, At: day(12), Key: "guideline.open", Name: "R-2026-001", Href: "/retningslinje/gennemgang/x"},
		{ID: "5", Area: room.Requests, Location: at[1].ID, At: day(20), Key: "request", Name: "A-2026-014", Href: "/anmodninger/x"},
		{ID: "6", Area: room.Review, Location: at[0].ID, At: day(6), Key: "review.items", Count: 4, Href: "/tilsyn/stikproeve"},
		{ID: "7", Area: room.Signs, Location: at[1].ID, At: day(40), Key: "sign.confirm", Href: "/steder/x/skilte"},
		{ID: "8", Area: room.Access, Location: at[0].ID, At: day(75), Key: "right.confirm", Name: "Jonas Lund", Href: "/rettigheder/x"},
		{ID: "9", Area: room.Permits, Location: at[2].ID, At: day(130), Key: "permits", Count: 3, Href: "/sager?sted=x"},
		{ID: "10", Area: room.Police, At: day(200), Key: "police.ends", Name: "4200-10211-00045-26", Href: "/politi/x"},
		{ID: "11", Area: room.Suppliers, At: day(290), Key: "agreement", Name: "Årligt eftersyn", Href: "/leverandoerer/x"},
	}
}
