package attack

import (
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
	"vidne.dk/vidne/internal/sharing"
)

// Authorities share nothing (§ 4 c stk. 2): what is shared is a business's, and
// seen by one of another business, where an attacker works too.
const (
	shop       = "butik"
	neighbours = "nabobutik"
)

// paper is a disclosure's document, of which no address has the wildcard alone.
const paper = "udleveringsbilag"

// handOn begins what takes footage out of the house: a mask lift, a disclosure
// with its paper, and a request of a registered person. It is of an incident of
// its own, the older one: the steps of the other stay to be done.
func (s *site) handOn(c string, me identity.Person, o owned) {
	t, ctx := s.t, s.t.Context()
	who := incident.Who{Controller: c, Person: me.ID, Name: me.Name, Address: "192.0.2.1"}
	i := s.known(c+"-skole", c+"-1", s.said(c, "Cykel taget ved skuret"), who)
	_, err := s.portal.Issuer.Issue(ctx, nil, &permit.Mask{Head: permit.Head{Controller: c, Engine: "optager-1", By: me.ID}, Camera: c + "-1",
		Areas: [][]permit.Point{{{X: 0, Y: 0}, {X: 5000, Y: 0}, {X: 5000, Y: 10000}, {X: 0, Y: 10000}}}})
	fatal(t, err)
	lift, err := s.portal.Masking().Ask(ctx, i.ID, masking.Terms{Cameras: []string{c + "-1"}, From: today(10, 5), To: today(10, 15), Journal: "4100-70121-00417-26",
		Words: s.said(c, "Han løber ind bag naboens hæk")}, masking.Who(who))
	fatal(t, err)
	consent, err := s.rooms.Documents.Add(ctx, document.New{Controller: c, Kind: disclosure.PaperKind, Name: s.said(c, "samtykke") + ".pdf", By: me.ID, Accept: []document.Type{document.PDF}}, strings.NewReader(dossiertest.PDF))
	fatal(t, err)
	d, err := s.portal.Disclosures().Open(ctx, disclosure.Draft{Kind: disclosure.ByConsent, Incident: i.ID, Cameras: []string{c + "-1"}, From: today(10, 5), To: today(10, 15),
		Recipient: disclosure.Recipient{Name: s.said(c, "Forsikringen")}, Consenter: s.said(c, "Cyklens ejer"), Document: consent.ID, Read: true, Words: s.said(c, "Cyklen blev taget i de minutter")}, disclosure.Who(who))
	fatal(t, err)
	if len(d.Against) > 0 {
		t.Fatalf("the law is against a disclosure by consent: %v", d.Against)
	}
	asked, err := s.portal.Requests().Receive(ctx, request.Intake{Right: request.Access, Received: s.clk.Now(), How: "mail", Name: s.said(c, "Ida Holm"), Contact: "ida@example.dk", Location: c + "-skole",
		From: today(10, 5), To: today(10, 15), Looks: s.said(c, "Rød jakke")}, request.Who(who))
	fatal(t, err)
	if c == foreign { // and a letter there; at home it is still to be written
		_, err = s.portal.Requests().Extend(ctx, asked.ID, request.Letter{Lang: "da", Title: s.said(c, "Det tager længere"), Text: s.said(c, "Vi skal se mange optagelser igennem, før du kan få svar."), How: "Digital Post"}, request.Who(who))
		fatal(t, err)
	}
	o["{loeft}"], o["{udlevering}"], o[paper], o["{begaering}"] = lift.ID, d.ID, consent.ID, asked.ID
	s.clk.Advance(time.Second)
}

// insight is the request of somebody whose identity is settled, of which a copy
// can be made.
func (s *site) insight(c string, who request.Who) string {
	t, ctx, room := s.t, s.t.Context(), s.portal.Requests()
	q, err := room.Receive(ctx, request.Intake{Right: request.Access, Received: s.clk.Now(), How: "mail", Name: s.said(c, "En der går forbi"), Contact: "forbi@example.dk", Location: c + "-skole",
		From: today(10, 5), To: today(10, 15), Looks: s.said(c, "Grøn hue"), Cameras: []string{c + "-1"}}, who)
	fatal(t, err)
	_, err = room.Identify(ctx, q.ID, "digital", s.said(c, "Skrev fra sin Digital Post"), who)
	fatal(t, err)
	return q.ID
}

// known is an incident of a crime from 10 to 12, with what it names, in which no
// minors are seen.
func (s *site) known(location, camera, what string, who incident.Who) incident.Incident {
	t, ctx, room := s.t, s.t.Context(), s.portal.Incidents()
	i, err := room.Begin(ctx, location, incident.Account{What: what, From: today(10, 0), To: today(12, 0)}, who)
	fatal(t, err)
	_, err = room.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: what}, who)
	fatal(t, err)
	_, err = room.Name(ctx, i.ID, incident.Wish{Need: what, Cameras: []string{camera}, From: today(10, 0), To: today(12, 0)}, who)
	fatal(t, err)
	i, err = room.SayMinors(ctx, i.ID, false, time.Time{}, "", who)
	fatal(t, err)
	return i
}

// foundShops are two businesses, of which one records at its till.
func (s *site) foundShops() {
	t, ctx, r := s.t, s.t.Context(), s.register
	fatal(t, r.AddController(ctx, register.Controller{ID: shop, Name: s.said(foreign, shop), Kind: register.Business}, ""))
	fatal(t, r.AddController(ctx, register.Controller{ID: neighbours, Name: neighbours, Kind: register.Business}, ""))
	fatal(t, r.AddLocation(ctx, register.Location{ID: shop + "-by", Controller: shop, Name: s.said(foreign, "Torvet")}, ""))
	fatal(t, r.AddCamera(ctx, register.Camera{ID: shop + "-kasse", Controller: shop, Location: shop + "-by", Name: s.said(foreign, "Kassen"), BasisID: "gdpr-6-1-f", Engine: "optager-1"}, ""))
	_, err := s.portal.Issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: shop, Engine: "optager-1", By: "p-1"}, Camera: shop + "-kasse", Stream: "main", Hours: enginetest.Always(),
		RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "databeskyttelsesforordningen artikel 6, stk. 1, litra f", Case: "2026-015", ValidFrom: s.clk.Now(), ValidTo: s.clk.Now().AddDate(1, 0, 0), Text: "Optagetilladelse"})
	fatal(t, err)
}

// share has the shop share with a neighbour, who looks; an attacker in the same
// house may do all that a role lets, and is not on the closed list.
func (s *site) share(o owned) {
	t, ctx, room := s.t, s.t.Context(), s.portal.Sharing()
	who := map[string]sharing.Who{}
	for login, c := range map[string]string{"butiksejer": shop, "sikkerhedschef": shop, "nabovagt": neighbours, "nabo": neighbours} {
		name := "Navn " + login
		if c == shop { // the neighbours may know their own
			name = s.said(foreign, name)
		}
		p, err := s.accounts.Create(ctx, identity.NewAccount{Login: login, Name: name, Controller: c, Password: password, Email: login + "@vidne.test",
			Roles: []string{string(access.Coordinator), string(access.Operator), string(access.DPO), string(access.Manager), string(access.Applicant), string(access.Approver)}}, "")
		fatal(t, err)
		s.people[login], who[login] = p, sharing.Who{Controller: c, Person: p.ID, Name: p.Name, Address: "192.0.2.1"}
	}
	now := s.clk.Now()
	system, err := room.Save(ctx, sharing.System{Name: s.said(foreign, "Torvets deling"), Others: true, Owner: s.said(foreign, "Sikkerhedschefen"),
		Assessors: []sharing.Assessor{{Person: who["sikkerhedschef"].Person, Qualification: s.said(foreign, "Tidligere politiassistent")}},
		Members:   []sharing.Member{{Person: who["nabovagt"].Person}},
		Permission: sharing.Permission{Journal: "2026-32-0117", Issued: now.Add(-24 * time.Hour), Expires: now.AddDate(0, 0, 14), Terms: s.said(foreign, "Højst ti personer, adgang i 14 dage"),
			Document: "tilladelse"}}, who["butiksejer"])
	fatal(t, err)
	i := s.known(shop+"-by", shop+"-kasse", s.said(foreign, "Tyveri fra kassen"), incident.Who(who["butiksejer"]))
	x, err := room.Ask(ctx, i.ID, sharing.Case{System: system.ID, Cameras: []string{shop + "-kasse"}, From: today(10, 5), To: today(10, 15), Offence: "theft", Presume: s.said(foreign, "Han bryder skuffen op og tager pengene"),
		Grave: s.said(foreign, "Der blev taget 14.000 kr."), Reported: today(11, 0), Journal: "4600-70121-00417-26", Reasons: s.said(foreign, "Samme mand er set ved naboen i ugen op til"), Until: now.AddDate(0, 0, 7)}, who["butiksejer"])
	fatal(t, err)
	x, err = room.Decide(ctx, x.ID, true, s.said(foreign, "Alle betingelser er opfyldt"), x.Seal(), who["sikkerhedschef"])
	fatal(t, err)
	look, err := room.Look(ctx, x.ID, who["nabovagt"])
	fatal(t, err)
	o["{delesystem}"], o["{deling}"], o["{kig}"] = system.ID, x.ID, look.ID
}
