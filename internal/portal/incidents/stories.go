package incidents

import (
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/viewing"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	pose := func(state string, f func(*visit) page.Page) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page {
			w := p.visit(v)
			w.incident, w.location = sampleIncident(v.Now, state), sample.Location()
			return f(w)
		}
	}
	one := func(name, state string, who access.Role) page.Story {
		return page.Story{Name: name, Who: who, Path: path + "/h1", Make: pose(state, func(v *visit) page.Page { return v.incidentPage(v.sampleFacts(state)) })}
	}
	form := func(name, at, state string, f func(*visit) *page.FormPage, fail ...string) page.Story {
		s := page.Story{Name: name, Who: access.Operator, Path: path + at}
		if len(fail) > 0 {
			s.Code = http.StatusUnprocessableEntity
		}
		s.Make = pose(state, func(v *visit) page.Page {
			pg := f(v)
			for i := 0; i+1 < len(fail); i += 2 {
				pg.Form.Fail(fail[i], v.T(fail[i+1]))
			}
			return pg
		})
		return s
	}
	blocked := func(name, at, key, why string) page.Story {
		return page.Story{Name: name, Who: access.Operator, Path: path + at, Code: http.StatusConflict, Make: pose(stateReady, func(v *visit) page.Page {
			return v.blockedPage(key, fault.New(fault.Denied, why, "sample"))
		})}
	}
	list := func(n int) func(*page.Visit) page.Page {
		return pose(stateReady, func(v *visit) page.Page { return v.listPage(v.sampleRows(n)) })
	}
	return []page.Story{
		{Name: "haendelser", Who: access.Operator, Path: path, Make: list(7)},
		{Name: "haendelser-tom", Who: access.Operator, Path: path, Make: list(0)},
		{Name: "haendelser-filter-tom", Who: access.DPO, Path: path + "?q=findes+ikke", Make: list(4)},
		form("haendelse-ny", "/ny", stateUnsaid, func(v *visit) *page.FormPage { return v.beginPage(sample.Locations(), "") }),
		form("haendelse-ny-fejl", "/ny", stateUnsaid, func(v *visit) *page.FormPage { return v.beginPage(sample.Locations(), "") }, "sted", "happening.sted.missing", "hvad", "fault.text.cpr", "til", "fault.incident.future"),
		form("haendelse-ret", "/h1/beskrivelse", stateReady, (*visit).describePage),
		form("haendelse-kriminalitet", "/h1/kriminalitet", stateUnsaid, (*visit).assessPage),
		form("haendelse-kriminalitet-fejl", "/h1/kriminalitet", stateUnsaid, (*visit).assessPage, "strafbart", "assess.strafbart.missing", "hvoraf", "fault.text.short"),
		form("haendelse-behov", "/h1/behov", stateUnnamed, func(v *visit) *page.FormPage { return v.needPage(sampleCandidates()) }),
		form("haendelse-behov-ingen", "/h1/behov", stateUnnamed, func(v *visit) *page.FormPage { return v.needPage(nil) }),
		form("haendelse-behov-fejl", "/h1/behov", stateUnnamed, func(v *visit) *page.FormPage { return v.needPage(sampleCandidates()) }, "behov", "fault.text.short", "kamera", "need.kamera.missing", "fra", "fault.scope.beyond"),
		form("haendelse-udvid", "/h1/udvid", stateReady, func(v *visit) *page.FormPage { return v.widenPage(sampleCandidates()) }),
		form("haendelse-samtykke", "/h1/samtykke", stateReady, func(v *visit) *page.FormPage { return v.consentPage("") }),
		form("haendelse-samtykke-givet", "/h1/samtykke/x", stateReady, func(v *visit) *page.FormPage { return v.consentPage("Ida Holm, 7. b") }),
		form("haendelse-andre", "/h1/andre", stateReady, (*visit).othersPage),
		form("haendelse-sikring", "/h1/sikring", stateReady, (*visit).securePage),
		form("haendelse-mindreaarige", "/h1/mindreaarige", stateReady, (*visit).minorsPage),
		form("haendelse-mindreaarige-fejl", "/h1/mindreaarige", stateReady, (*visit).minorsPage, "set", "stepminors.set.missing", "kl", "incident.time.bad"),
		form("haendelse-samtale", "/h1/samtale", stateSteps, (*visit).talkPage),
		form("haendelse-samraad", "/h1/samraad", stateSteps, (*visit).consultPage),
		form("haendelse-overdragelse", "/h1/overdragelse", stateSteps, (*visit).handPage),
		form("haendelse-overdragelse-fejl", "/h1/overdragelse", stateSteps, (*visit).handPage, "til", "stephand.til.missing", "medie", "stephand.medie.missing"),
		form("haendelse-ingen-straffesag", "/h1/ingen-straffesag", stateReady, (*visit).noCasePage),
		blocked("haendelse-overdrages-ikke", "/h1/overdragelse", "steps.handover", "steps.guardians"), blocked("haendelse-lukkes-ikke", "/h1/luk", "steps.close", "steps.police"),
		one("haendelse-trin", stateSteps, access.Manager), one("haendelse-overdraget", stateHanded, access.DPO), one("haendelse-ingen-sag", stateNoCase, access.Operator),
		{Name: "haendelse-luk", Who: access.Operator, Path: path + "/h1/luk", Make: pose(stateReady, func(v *visit) page.Page { return v.closePage() })},
		one("haendelse-begyndt", stateUnsaid, access.Operator), one("haendelse-formodet", statePresumed, access.Operator), one("haendelse-unavngivet", stateUnnamed, access.Operator),
		one("haendelse", stateReady, access.Operator), one("haendelse-dpo", stateReady, access.DPO), one("haendelse-samtykker", "consent", access.Operator), one("haendelse-lukket", stateClosed, access.Operator),
	}
}

func sampleIncident(now time.Time, state string) incident.Incident {
	from := now.Add(-38 * time.Hour).Truncate(time.Hour)
	i := incident.Incident{ID: "h1", Number: "H-2026-031", Controller: "lindeby", Location: "lindeby-skole",
		Account: incident.Account{What: "Rude knust i hovedindgangen natten til fredag", Spot: "Hovedindgangen mod skolegården", From: from, To: from.Add(2 * time.Hour), Others: "Håndbold i hallen til kl. 21.30"},
		Opened:  now.Add(-2 * time.Hour), Person: "p-2", Name: "Jonas Lund"}
	if state == stateUnsaid {
		return i
	}
	i.Assessment = incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Pedellen fandt ruden knust og en sten på gulvet", Police: "4600-70121-00417-26"}
	if state == statePresumed {
		i.Assessment = incident.Assessment{Crime: incident.CrimePresumed, Rests: "En dør stod åben, og ingen ved hvorfor"}
		return i
	}
	if state == stateUnnamed {
		return i
	}
	i.Need = "Vi skal kunne sige politiet, hvornår ruden blev knust, og hvor mange der var til stede."
	i.Scopes = []incident.Scope{{Version: 1, Cameras: []string{"kamera-01"}, From: from, To: from.Add(2 * time.Hour), Named: now.Add(-time.Hour), Name: "Jonas Lund"},
		{Version: 2, Cameras: []string{"kamera-01", "kamera-04"}, From: from.Add(-30 * time.Minute), To: from.Add(2 * time.Hour), Reason: "De løb om mod porten og kom tilbage; vi skal se, hvor de kom fra.", Named: now.Add(-40 * time.Minute), Name: "Birthe Kjær"}}
	sampleSteps(&i, state, now)
	switch state {
	case "consent":
		i.Crime = incident.CrimeNone
		i.Consents = []incident.Consent{{ID: "c1", Registered: "Ida Holm, 7. b", Given: now.AddDate(0, 0, -1), Kept: "Elevmappen", Entered: now}, {ID: "c2", Registered: "Bo Vang, 7. b", Entered: now},
			{ID: "c3", Registered: "Eva Lind, lærer", Given: now.AddDate(0, 0, -1), Kept: "Personalemappen", Withdrawn: now.Add(-time.Hour), Entered: now}}
	case stateClosed:
		i.Closed, i.Closer, i.Outcome = now.Add(-10*time.Minute), "Birthe Kjær", "Anmeldt til politiet. Optagelserne er set, og skolens forsikring er orienteret."
	}
	return i
}

// The states that only the samples tell apart.
const (
	stateSteps  = "steps"   // guardians told; the talk and the consultation are missing
	stateHanded = "handed"  // the police have it
	stateNoCase = "no-case" // it is on record that it is none
)

// sampleSteps takes the steps of a state.
func sampleSteps(i *incident.Incident, state string, now time.Time) {
	done := func(ago time.Duration, words string) incident.Done {
		return incident.Done{At: now.Add(-ago), Name: "Birthe Kjær", Words: words}
	}
	s := &i.Steps
	s.Assessed = done(110*time.Minute, "")
	switch state {
	case stateSteps, stateHanded, stateNoCase, stateClosed:
		s.Others = incident.Asked{Done: done(100*time.Minute, "De gik kl. 21.30, og da var ruden hel."), Who: "Håndboldklubben"}
	}
	switch state {
	case stateSteps, stateHanded:
		s.Minors = incident.Minors{Done: done(60*time.Minute, ""), Seen: true, Told: done(50*time.Minute, "Skolelederen ringede til begge forældre.")}
	case stateNoCase, stateClosed:
		s.NoCase = done(30*time.Minute, "Pedellen havde selv knust ruden, da porten blev lukket.")
	}
	if state == stateHanded {
		s.Nothing = incident.Done{}
		s.Minors.Talk = done(20*time.Minute, "Forældre og elev var til samtale hos skolelederen.")
		s.Consulted = incident.Consultation{Done: done(40*time.Minute, "Enige om at overdrage til politiet."), With: "Forvaltningschefen i Børn og Unge", On: now}
		s.Handed = incident.Handover{Done: done(15*time.Minute, ""), Police: i.Police, To: "Vagthavende, Herning", Medium: "Krypteret usb-nøgle nr. 14", On: now}
	}
}

func sampleCandidates() (out []candidate) {
	for n, c := range sample.Cameras(7) {
		if c.Location == "lindeby-skole" {
			out = append(out, candidate{c, n == 0, true})
		}
	}
	return out
}

func (v *visit) sampleFacts(state string) (f facts) {
	for n, c := range sampleCandidates()[:min(2, len(v.incident.Scope().Cameras))] {
		x := named{Camera: c.Camera, footage: incident.Footage{Camera: c.ID, Location: c.Location, Basis: "2d", Classes: []permit.Class{permit.ClassCrime}}, deleted: v.Now.Add(time.Duration(30+n*100) * time.Hour)}
		if state == "consent" {
			x.footage.Classes, x.why = []permit.Class{permit.ClassOther}, fault.New(fault.Denied, "look.consent", "sample")
		}
		if state == stateClosed {
			x.why = fault.New(fault.Denied, "look.closed", "sample")
		}
		f.cameras = append(f.cameras, x)
	}
	if state != stateUnsaid && state != statePresumed && state != stateUnnamed && state != "consent" {
		g := grant.Grant{ID: "g1", Name: "Jonas Lund", Ground: access.GroundCrime, Given: v.Now.Add(-30 * time.Minute), Expires: v.Now.Add(3 * time.Hour)}
		old := grant.Grant{ID: "g2", Name: "Birthe Kjær", Ground: access.GroundSafety, Statement: "Utryghed efter uro ved busholdepladsen", Given: v.Now.Add(-5 * time.Hour), Expires: v.Now.Add(-time.Hour)}
		if state == stateClosed {
			g.Ended, g.Why = v.incident.Closed, grant.EndIncident
		}
		f.grants = []grant.Grant{g, old}
		f.looked = []viewing.Looked{{Cameras: []string{"kamera-01"}, Name: "Jonas Lund", Since: v.incident.From, Until: v.incident.To, Opened: v.Now.Add(-29 * time.Minute)}}
	}
	return f
}

func (v *visit) sampleRows(n int) []row {
	var all []incident.Incident
	for i := range n {
		x := sampleIncident(v.Now, states()[i%len(states())])
		x.ID = string(rune('a' + i))
		x.Number = "H-2026-0" + string(rune('3'+i/10)) + string(rune('1'+i))
		x.What = []string{"Rude knust i hovedindgangen natten til fredag", "Diesel tappet af lastbilen i gården", "Cykel stjålet fra skuret, låsen klippet"}[i%3]
		l := sample.Locations()[i%3]
		x.Location, x.Opened = l.ID, v.Now.Add(-time.Duration(i*31)*time.Hour)
		all = append(all, x)
	}
	return v.rows(all, sample.Locations())
}
