package places

import (
	"net/url"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// The stories' things, all invented.

func sampleLocation() register.Location {
	l := sample.Location()
	l.Position, l.Activity, l.Version = register.Position{Lat: 56.13714, Lon: 8.97321}, "other", 3
	l.Opening.Zone = "Europe/Copenhagen"
	for i := range 5 {
		l.Opening.Week[i] = permit.Spans{{From: "07:30", To: "16:00"}}
	}
	l.Opening.Week[3] = permit.Spans{{From: "07:30", To: "16:00"}, {From: "18:00", To: "21:30"}}
	l.Opening.Dates = []permit.Date{{Date: "2026-12-24", Name: "Juleaften"}, {Date: "2027-02-15", Spans: permit.Spans{{From: "09:00", To: "12:00"}}, Name: "Vinterferie"}}
	return l
}

func sampleAreas() []register.Area {
	return []register.Area{
		{ID: "lindeby-skole-nord", Controller: "lindeby", Location: "lindeby-skole", Name: "Indgang nord", PlaceKind: "own-entrance", Description: "Hoveddøren og de to meter fliser foran", Version: 1},
		{ID: "lindeby-skole-gaard", Controller: "lindeby", Location: "lindeby-skole", Name: "Skolegården", PlaceKind: "schoolyard", Version: 1},
		{ID: "lindeby-skole-cykler", Controller: "lindeby", Location: "lindeby-skole", Name: "Cykelskuret", PlaceKind: "cycle-parking", Version: 1}}
}

func sampleCameras(n int) []register.Camera {
	cams := sample.Cameras(3 * n)
	var out []register.Camera
	for i := 0; i < len(cams); i += 3 { // those of the school
		c := cams[i]
		c.Area, c.PlaceKind, c.PurposeKind, c.BasisID, c.Version = "lindeby-skole-nord", "own-entrance", "crime", "2d", 2
		out = append(out, c)
	}
	return out
}

func sampleCamera() register.Camera {
	c := sample.Camera()
	c.Area, c.PlaceKind, c.PurposeKind, c.BasisID, c.HeightCM, c.ViewDegrees, c.Version = "lindeby-skole-nord", "own-entrance", "crime", "2d", 320, 92, 2
	c.View, c.Quality, c.Function, c.Supplier = "Døren og to meter til hver side", "1920 × 1080, 15 billeder i sekundet", "Fast kamera uden lyd", "nordsikring"
	return c
}

func sampleSuppliers() []register.Supplier {
	return []register.Supplier{
		{ID: "nordsikring", Controller: "lindeby", Name: "Nordsikring A/S", CVR: "12345678", Contact: "Ole Vind", Email: "service@nordsikring.example", Phone: "99 99 99 12", Version: 1},
		{ID: "el-hansen", Controller: "lindeby", Name: "El-Hansen & Søn", CVR: "87654321", Email: "post@elhansen.example", Version: 1},
		{ID: "gammel", Controller: "lindeby", Name: "Vestjysk Alarm", Ended: sample.Moment().AddDate(0, -8, 0), Version: 2}}
}

func sampleAgreements() []register.ServiceAgreement {
	now := sample.Moment()
	return []register.ServiceAgreement{
		{ID: "nordsikring-2026", Controller: "lindeby", Supplier: "nordsikring", Locations: register.List{"lindeby-skole", "biblioteket"}, What: "Årligt eftersyn, udskiftning af defekte kameraer inden for to arbejdsdage", Starts: now.AddDate(-1, 0, 0), Ends: now.AddDate(0, 1, 20), Version: 1},
		{ID: "nordsikring-2023", Controller: "lindeby", Supplier: "nordsikring", What: "Opsætning", Starts: now.AddDate(-3, 0, 0), Ends: now.AddDate(-1, 0, 0), Version: 1}}
}

func samplePapers() []register.SupplierPaper {
	now := sample.Moment()
	return []register.SupplierPaper{{Supplier: "nordsikring", Kind: register.PaperGuideline, Version: 3, Given: now.AddDate(0, 0, -12)},
		{Supplier: "nordsikring", Kind: register.PaperInstallation, Version: 2, Given: now.AddDate(0, -4, 0), Known: now.AddDate(0, -4, 3)}}
}

func sampleHolders() []register.Holder {
	now := sample.Moment()
	return []register.Holder{
		{ID: "h-1", Controller: "lindeby", Body: "director", Administration: "boern-og-unge", Person: "p-7", Name: "Mette Aagaard", Email: "mette.aagaard@lindeby.example", Since: now.AddDate(-2, 0, 0)},
		{ID: "h-2", Controller: "lindeby", Body: "dpo", Person: "p-4", Name: "Lars Bundgaard", Email: "dpo@lindeby.example", Since: now.AddDate(-1, 0, 0)},
		{ID: "h-3", Controller: "lindeby", Body: "risk", Person: "p-1", Name: "Karen Holm", Email: "karen.holm@lindeby.example", Since: now.AddDate(-1, -3, 0)},
		{ID: "h-4", Controller: "lindeby", Body: "risk", Person: "p-2", Name: "Jonas Lund", Since: now.AddDate(0, 0, -3), Until: now.AddDate(0, 0, 11), Deputy: true}}
}

func sampleOrders() []register.PoliceOrder {
	now := sample.Moment()
	return []register.PoliceOrder{
		{ID: "quality-2026", Controller: "lindeby", Kind: register.OrderQuality, District: "Midt- og Vestjyllands Politi", Reference: "4600-90110-00004-26", Dated: now.AddDate(0, 0, -20),
			Says: "Overvågningen ved cykelskuret skal kunne vise ansigter og gemmes i mindst 14 døgn.", Demands: register.Demands{Width: 1920, Height: 1080, FPS: 12, KeepHours: 14 * 24}, Locations: register.List{"lindeby-skole"}, Version: 1},
		{ID: "permit-2022", Controller: "lindeby", Kind: register.OrderPermit, Basis: "2-2", District: "Midt- og Vestjyllands Politi", Reference: "4600-90110-00017-22", Dated: now.AddDate(-4, -8, 0),
			Area: "Boligområdet Vestervang, stier og parkeringspladser", Terms: "Optagelserne må alene bruges til kriminalitetsbekæmpelse.", Starts: now.AddDate(-4, -8, 0), Ends: now.AddDate(0, 3, 0), Version: 1},
		{ID: "discussion-2026", Controller: "lindeby", Kind: register.OrderDiscussion, Basis: "2a", District: "Midt- og Vestjyllands Politi", Reference: "4600-90110-00009-26", Dated: now.AddDate(0, -2, 0),
			Participants: "Politidirektøren, borgmesteren, sikkerhedskoordinatoren", Says: "Tryghedskameraer på Torvet", Outcome: register.OutcomePostponed, Postponed: now.AddDate(0, 2, 0), Version: 1},
		{ID: "recommendation-2025", Controller: "lindeby", Kind: register.OrderRecommendation, District: "Midt- og Vestjyllands Politi", Reference: "4600-90110-00002-25", Dated: now.AddDate(-1, -1, 0),
			Says: "Det henstilles at overvåge stationsforpladsen i weekenderne.", Answer: "Kommunen følger henstillingen og har åbnet sag 2025-031.", Answered: now.AddDate(-1, 0, 0), AnsweredBy: "Karen Holm", Locations: register.List{"biblioteket"}, Version: 2},
		{ID: "takeover-2026", Controller: "lindeby", Kind: register.OrderTakeover, District: "Midt- og Vestjyllands Politi", Reference: "4600-70121-00611-26", Dated: now.AddDate(0, 0, -2),
			Participants: "Kriminalassistent Ida Kjær, tjenestenummer vist", Says: "Kendelse fra Retten i Herning af i går. Politiet overtager kameraet ved cykelskuret og optager på eget udstyr.", Starts: now.AddDate(0, 0, -2), Locations: register.List{"lindeby-skole"}, Version: 1}}
}

func samplePeople() []identity.Person {
	return []identity.Person{{ID: "p-1", Login: "karen", Name: "Karen Holm"}, {ID: "p-2", Login: "jonas", Name: "Jonas Lund"}, {ID: "p-4", Login: "lars", Name: "Lars Bundgaard"}}
}

func sampleAdministrations() []register.Administration {
	return []register.Administration{sample.Administration(), {ID: "by-land-og-kultur", Controller: "lindeby", Name: "By, Land og Kultur", Version: 1}}
}

func (v *visit) samplePlace(n int, e func([]register.Camera) state.Now) placeFacts {
	cams := sampleCameras(n)
	now := v.Now
	f := placeFacts{administration: "Børn og Unge", areas: sampleAreas(), cameras: cams, holders: sampleHolders(), people: sample.Rights(now), lookers: v.SampleLookers(), agreements: sampleAgreements()[:1],
		suppliers: map[string]string{"nordsikring": "Nordsikring A/S"}, orders: sampleOrders()[:1], happened: page.Happened{Words: v.Words, Rows: v.SampleHistory()}, engine: e(cams)}
	f.polcam = register.Polcam{Location: "lindeby-skole", Duty: register.PolcamRequired, Why: "tv-overvågningsloven § 2 e, stk. 1", Contact: "Karen Holm", Phone: "99 99 99 02", Email: "sikkerhed@lindeby.example",
		Commissioned: now.AddDate(0, -3, 0), Due: now.AddDate(0, -3, 14), Registered: now.AddDate(0, -3, 5)}
	f.changes = []register.PolcamChange{{ID: 1, Kind: register.PolcamMoved, What: "Hovedindgang", Due: now.AddDate(0, 0, 4)}}
	return f
}

func sampleDraft() register.Draft {
	c := sampleCamera()
	row := func(n int, name string, findings ...register.Finding) register.ImportRow {
		c := c
		c.Name = name
		return register.ImportRow{Number: n, Camera: c, Findings: findings}
	}
	return register.Draft{Token: "00", Taken: 3, Refused: 2,
		Columns: []register.Column{{Heading: "Navn", Is: "name"}, {Heading: "Sted", Is: "location"}, {Heading: "Type af sted", Is: "place_kind"}, {Heading: "Højde", Is: "height"}, {Heading: "Bemærkning"}},
		Rows: []register.ImportRow{row(2, "Hovedindgang"), row(3, "Cykelskuret"),
			row(4, "Gymnastiksalens omklædning", register.Finding{Key: "import.place-forbidden", Column: "place_kind", Value: "Omklædningsrum", Why: "databeskyttelsesforordningen art. 5", Grave: true}),
			row(5, "Porten", register.Finding{Key: "import.height", Column: "height", Value: "højt oppe"}),
			row(6, "Østre facade", register.Finding{Key: "import.location", Column: "location", Value: "Lindby Skole", Grave: true})}}
}

func sampleShort(v *visit) orderFacts {
	cams := sampleCameras(3)
	found := &register.Evidence{Found: register.Found{Probed: engineapi.Probed{Width: 1280, Height: 720, FPS: 15}}}
	d := sampleOrders()[0].Demands
	return orderFacts{locations: map[string]string{"lindeby-skole": "Lindeby Skole", "biblioteket": "Lindeby Bibliotek"}, cameras: cams,
		short: map[string][]register.Shortfall{cams[0].ID: nil, cams[1].ID: d.Against(found, 24*7), cams[2].ID: d.Against(nil, 24*30)}, happened: page.Happened{Words: v.Words, Rows: v.SampleHistory()[3:5]}}
}

// typed is a form as somebody filled it in, all fields missing but one.
func typed(name, value string) url.Values { return url.Values{name: {value}} }

func sampleFound() engineapi.Discovered {
	cams := sampleCameras(2)
	return engineapi.Discovered{Asked: 508, Left: []string{"10.0.0.0/8"}, Took: 6 * time.Second, Cameras: []engineapi.FoundCamera{
		{Host: "10.20.1.15", Name: "AXIS P3245-LV", Hardware: "P3245-LV", Location: "Aula", Cameras: []string{cams[0].ID}},
		{Host: "10.20.1.16", Name: "AXIS M3106", Hardware: "M3106", Location: ""}, {Host: "10.20.1.40"}}}
}

func sampleEvidence(v *visit) register.Evidence {
	return register.Evidence{Camera: v.camera.ID, At: v.Now.AddDate(0, 0, -2), Found: register.Found{Probed: engineapi.Probed{Codec: "H.264", Width: 1920, Height: 1080, FPS: 15, Encrypted: false, ClockKnown: true, ClockMS: 840,
		ONVIF: &engineapi.ONVIF{Manufacturer: "AXIS", Model: "P3245-LV", Firmware: "11.6.94", Serial: "B8A44F000001", Storage: "found",
			Streams: []engineapi.OfferedStream{{Name: "profile_1", Codec: "H264", Width: 1920, Height: 1080, FPS: 25}, {Name: "profile_2", Codec: "JPEG", Width: 640, Height: 360, FPS: 5}}}}}}
}
