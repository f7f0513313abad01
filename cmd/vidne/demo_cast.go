package main

import (
	"fmt"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/testcam"
)

// Controllers of the demonstration. Neither exists.
const (
	lindeby = "lindeby-kommune"
	kadence = "kadence-fitness"
)

// demoPassword opens every account of the demonstration, which answers on
// loopback alone.
const demoPassword = "lindeby-kigger-ikke-live"

var demoControllers = []register.Controller{
	{ID: lindeby, Name: "Lindeby Kommune", Kind: register.Municipality, Contact: "Rådhuset, Torvet 1, 9999 Lindeby", DPO: "dpo@lindeby.example"},
	{ID: kadence, Name: "Kadence Fitness ApS", Kind: register.Business, Contact: "Havnegade 12, 9999 Lindeby", DPO: "persondata@kadence.example"},
}

var demoAdministrations = []register.Administration{
	{ID: "boern-og-unge", Controller: lindeby, Name: "Børn og Unge"},
	{ID: "teknik-og-miljoe", Controller: lindeby, Name: "Teknik og Miljø"},
}

var demoLocations = []register.Location{
	{ID: "lindeby-skole", Controller: lindeby, Administration: "boern-og-unge", Name: "Lindeby Skole", Address: "Skolevej 4, 9999 Lindeby", Cadastre: "12ab, Lindeby By", Manager: "Birthe Kjær", ManagerContact: "birthe.kjaer@lindeby.example", Position: register.Position{Lat: 56.1392, Lon: 8.9731}},
	{ID: "materielgaarden", Controller: lindeby, Administration: "teknik-og-miljoe", Name: "Materielgården", Address: "Industrivej 22, 9999 Lindeby", Cadastre: "7c, Lindeby Markjorder", Manager: "Poul Erik Bach", ManagerContact: "peb@lindeby.example", Position: register.Position{Lat: 56.1287, Lon: 8.9978}},
	{ID: "biblioteket", Controller: lindeby, Administration: "boern-og-unge", Name: "Lindeby Bibliotek", Address: "Torvet 3, 9999 Lindeby", Cadastre: "1f, Lindeby By", Manager: "Sanne Winther", ManagerContact: "sanne.winther@lindeby.example", Position: register.Position{Lat: 56.1363, Lon: 8.9752}},
	{ID: "kadence-havnen", Controller: kadence, Name: "Kadence Havnen", Address: "Havnegade 12, 9999 Lindeby", Manager: "Amira Nielsen", ManagerContact: "amira@kadence.example", Position: register.Position{Lat: 56.1331, Lon: 8.966}},
}

// member is a person of the demonstration.
type member struct {
	identity.NewAccount
	at     []string // locations whose footage the person has the right to look at
	bodies []string // of the cases' process that the person acts for
}

func (m member) acts(bodies ...string) member {
	m.bodies = bodies
	return m
}

func demoPeople() []member {
	m := func(login, name, controller string, role access.Role, at ...string) member {
		return member{identity.NewAccount{Login: login, Name: name, Controller: controller, Roles: []string{string(role)}, Language: "da", Password: demoPassword}, at, nil}
	}
	return append([]member{
		m("karen", "Karen Holm", lindeby, access.Coordinator).acts("committee"),
		m("jonas", "Jonas Lund", lindeby, access.Operator, "lindeby-skole", "materielgaarden"),
		m("mette", "Mette Dahl", lindeby, access.DPO).acts("dpo"),
		m("soeren", "Søren Krogh", lindeby, access.IT).acts("it"),
		m("hanne", "Hanne Juul", lindeby, access.Applicant),
		m("birthe", "Birthe Kjær", lindeby, access.Manager).acts("manager"),
		m("rikke", "Rikke Vad", lindeby, access.Approver).acts("risk"),
		m("erik", "Erik Dam", lindeby, access.Approver).acts("buildings"),
		m("lone", "Lone Friis", lindeby, access.Approver).acts("administration"),
		m("torben", "Torben Skov", lindeby, access.Approver).acts("director"),
		m("amira", "Amira Nielsen", kadence, access.Operator, "kadence-havnen"),
		m("lars", "Lars Thomsen", kadence, access.Coordinator).acts("protection"),
		m("peter", "Peter Holst", kadence, access.IT).acts("it"),
		m("sofie", "Sofie Brandt", kadence, access.Manager).acts("manager"),
		m("nadia", "Nadia Berg", kadence, access.Approver).acts("owner"),
		m("jeppe", "Jeppe Lund", kadence, access.Applicant),
	}, demoFactors()...)
}

// extra is one camera of the demonstration: what the register says, what the
// pretended camera does, and what it may.
type extra struct {
	register.Camera
	scene   string
	options testcam.Options // Clip, Clock and Listen are filled in
	// password is what the engine is told; the camera's own is in options.
	user, password string
	// in is the case under which it records, by the key of [demoCases]; empty
	// for none.
	in string
	// hours from now on.
	hours  func(now time.Time) permit.Hours
	seeded bool // records in the days before
}

func demoCameras() []extra {
	cam := func(id, controller, location, name, place, mounting, direction, purpose, basis string) register.Camera {
		kind, basisID := "own-entrance", "2d"
		if controller == kadence {
			kind, basisID = "members-room", "gdpr-6-1-f"
		}
		return register.Camera{
			PlaceKind: kind, PurposeKind: "crime", BasisID: basisID, ID: id, Controller: controller, Location: location, Name: name, Make: "Vidne", Model: "prøvekamera", Place: place,
			Mounting: mounting, Direction: direction, Purpose: purpose, Basis: basis,
		}
	}
	const crime = "Forebygge og opklare hærværk og indbrud"
	const own = "tv-overvågningsloven § 2 d, stk. 1"
	const indoors = "databeskyttelsesforordningen art. 6, stk. 1, litra f"
	digest := testcam.Options{Login: testcam.LoginDigest, User: "vidne", Password: "kamera-1", ClockOffset: 840 * time.Millisecond}
	return []extra{
		{Camera: cam("skole-indgang", lindeby, "lindeby-skole", "Hovedindgang", "indgang", "Over hoveddøren, 3,2 m", "Mod skolegården", crime, own),
			scene: testcam.School, options: digest, user: "vidne", password: "kamera-1", in: "skolen", hours: around(-6, 10), seeded: true},
		{Camera: cam("skole-hal", lindeby, "lindeby-skole", "Idrætshallens gang", "gang", "Loft, 2,8 m", "Mod redskabsrummet", crime, own),
			scene: testcam.Hall, options: testcam.Options{Sound: testcam.SoundAAC}, in: "skolen", hours: around(-6, 10), seeded: true},
		{Camera: cam("skole-cykler", lindeby, "lindeby-skole", "Cykelskuret", "facade", "Gavl, 3 m", "Mod cykelskuret", crime, own),
			scene: testcam.Small, options: testcam.Options{}, in: "skolen", hours: around(3, 9), seeded: true},
		{Camera: cam("skole-gaard", lindeby, "lindeby-skole", "Skolegården", "facade", "Gavl mod syd, 3,4 m", "Mod boldbanen", crime, own),
			scene: testcam.Small, options: testcam.Options{}, in: "skolen", hours: around(-6, 10), seeded: true},
		{Camera: cam("gaard-port", lindeby, "materielgaarden", "Porten", "indkørsel", "Mast, 4 m", "Mod porten", crime, own),
			scene: testcam.Parking, options: testcam.Options{UDP: testcam.UDPToo, ClockOffset: -2300 * time.Millisecond}, in: "gaarden", hours: allDay, seeded: true},
		{Camera: cam("gaard-vaerksted", lindeby, "materielgaarden", "Værkstedet", "facade", "Over port 3", "Mod tankanlægget", crime, own),
			scene: testcam.Small, options: testcam.Options{Login: testcam.LoginDigest, User: "vidne", Password: "skiftet-af-leverandøren"}, user: "vidne", password: "kamera-5", in: "gaarden", hours: allDay},
		{Camera: cam("bibliotek-foyer", lindeby, "biblioteket", "Foyeren", "indgang", "Loft, 3 m", "Mod automaterne", crime, own),
			scene: testcam.Small, options: testcam.Options{}},
		{Camera: cam("fitness-sal", kadence, "kadence-havnen", "Træningssalen", "lokale med adgang for medlemmer", "Hjørne, 2,9 m", "Mod maskinerne", "Opklare tyveri og hærværk", indoors),
			scene: testcam.Gym, options: testcam.Options{Login: testcam.LoginBasic, User: "vidne", Password: "kamera-7"}, user: "vidne", password: "kamera-7", in: "havnen", hours: allDay, seeded: true},
		{Camera: cam("fitness-reception", kadence, "kadence-havnen", "Receptionen", "indgang", "Bag skranken", "Mod indgangen", "Opklare tyveri og hærværk", indoors),
			scene: testcam.Small, options: testcam.Options{}, in: "havnen", hours: allDay},
	}
}

// demoStopped is the camera that is stopped when the demonstration opens.
const demoStopped = "fitness-reception"

func allDay(time.Time) permit.Hours {
	h := noHours()
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return h
}

func noHours() permit.Hours { return permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}} }

// around makes daily hours that begin and end so many whole hours from now, so
// that the demonstration shows the same at any time of the day.
func around(from, to int) func(time.Time) permit.Hours {
	return func(now time.Time) permit.Hours {
		local := inDenmark(now)
		clock := func(h int) string { return fmt.Sprintf("%02d:00", ((local.Hour()+h)%24+24)%24) }
		h := noHours()
		for i := range h.Week {
			h.Week[i] = permit.Spans{{From: clock(from), To: clock(to)}}
			if h.Week[i][0].To == "00:00" {
				h.Week[i][0].To = "24:00"
			}
		}
		return h
	}
}

func inDenmark(t time.Time) time.Time {
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return t // the zone is embedded with the permits' hours
	}
	return t.In(zone)
}
