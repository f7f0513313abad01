package safeguards

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
	}
	d := example(sample.Moment())
	old := d
	old.Parts = d.Parts[1:]
	version := room.Version{Version: document.Version{Controller: "lindeby-kommune", Kind: room.Kind, Version: 2, Title: "Sikkerhedsbeskrivelse", Note: "Nyt om kameraernes eget net", Document: "dok-1", Added: sample.Moment().AddDate(0, -2, 0)}, Name: "Søren Krogh", Says: d}
	behind := version
	behind.Says = old
	form := "/del/" + string(room.Network)
	return []page.Story{
		{Name: "sikkerhed", Who: access.Coordinator, Path: path, Make: pose(func(v *visit) page.Page { return v.descriptionPage(d, []room.Version{version}) })},
		{Name: "sikkerhed-foraeldet", Who: access.IT, Path: path, Make: pose(func(v *visit) page.Page { return v.descriptionPage(d, []room.Version{behind}) })},
		{Name: "sikkerhed-ingen", Who: access.Manager, Path: path, Make: pose(func(v *visit) page.Page { return v.descriptionPage(d, nil) })},
		{Name: "sikkerhed-del", Who: access.IT, Path: path + form, Make: pose(func(v *visit) page.Page {
			return v.partPage(room.Network, v.partForm().Fill(url.Values{"ord": {"Kameraerne sidder på deres eget net. Der er ingen adgang udefra."}}))
		})},
		{Name: "sikkerhed-udgiv", Who: access.Coordinator, Path: path + "/udgiv", Make: pose(func(v *visit) page.Page { return v.issuePage(v.issueFields(), d) })},
		{Name: "sikkerhed-udgave", Who: access.DPO, Path: path + "/udgave/2", Make: pose(func(v *visit) page.Page { return v.versionPage(version) })},
	}
}

// example is a description with every part in it.
func example(now time.Time) room.Description {
	d := room.Description{Made: now, Controller: "Lindeby Kommune"}
	add := func(part room.Part, words string, lacks []room.Statement, says ...room.Statement) {
		x := room.Paragraph{Part: part, Says: says, Lacks: lacks}
		if words != "" {
			x.Decided = room.Text{Part: part, Words: words, Name: "Søren Krogh", At: now.AddDate(0, -2, 0)}
		}
		d.Parts = append(d.Parts, x)
	}
	one := func(key string) room.Statement { return room.Statement{Key: key} }
	lack := func(key string) []room.Statement { return []room.Statement{{Key: key, Count: 1}} }
	add(room.Responsible, "It-chefen svarer for platformen. Vagten træffes på 99 99 99 99.", nil, room.Statement{Key: "responsible.controller", Name: "Lindeby Kommune"}, room.Statement{Key: "responsible.contact", Name: "Rådhuset, Torvet 1"}, room.Statement{Key: "responsible.dpo", Name: "dpo@lindeby.example"})
	add(room.People, "", lack("people.storage.late"), room.Statement{Key: "people.look", Count: 4}, one("people.form"), room.Statement{Key: "people.storage", Count: 2})
	add(room.Codes, "", nil, one("codes.personal"), one("codes.password"), one("codes.directory"), one("codes.cover"))
	add(room.Storage, "Serveren står i et aflåst serverrum i kælderen.", nil, one("storage.sealed"), one("storage.keys"), one("storage.export"))
	add(room.Network, "", lack("network.decided"), one("network.tls"), one("network.inside"), room.Statement{Key: "network.cameras.plain", Count: 3})
	add(room.Instruction, "Nye brugere får en times oplæring.", nil, room.Statement{Key: "instruction.version", Count: 3, At: now.AddDate(0, -5, 0)}, one("instruction.first"))
	add(room.Deletion, "", nil, one("deletion.routine"), room.Statement{Key: "deletion.longest", Count: 14})
	add(room.Log, "", nil, one("log.uses"), one("log.proof"), room.Statement{Key: "log.keeps", Count: 24})
	add(room.Review, "", lack("review.late"), one("review.every.week"), one("review.lot"))
	add(room.Backup, "Databasen kopieres hver nat til et andet rum.", nil, one("backup.footage"))
	add(room.Suppliers, "", nil, room.Statement{Key: "suppliers.firms", Name: "Nordsikring A/S"})
	return d
}
