package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/register"
)

// The data set: register and people through their rooms; one case of each
// stage is played through its room by hand, document by document and step by
// step, and the others are copies of its rows under other names, for playing
// 2,000 would take an hour. Their permits are issued by the issuer and
// delivered to the recorder.
const (
	townID       = "lindeby"
	townPassword = "en lang sætning om ænder"
	townPlaces   = 500
	townCameras  = 10 // of a place
	townPapers   = 50 // of a case
)

var (
	townStart = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	// townNow is after every wait that the processes demand.
	townNow = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)
)

func placeID(i int) string     { return fmt.Sprintf("sted-%03d", i) }
func cameraID(i, n int) string { return fmt.Sprintf("k-%03d-%d", i, n) }

type townPerson struct {
	login string
	roles []access.Role
	body  string
}

func townPeople() []townPerson {
	return []townPerson{
		{"koordinator", []access.Role{access.Coordinator}, ""},
		{"ansoeger", []access.Role{access.Applicant}, "applicant"},
		{"risiko", []access.Role{access.Approver}, "risk"},
		{"dpo", []access.Role{access.DPO}, "dpo"},
		{"it", []access.Role{access.IT}, "it"},
		{"leder", []access.Role{access.Manager}, "manager"},
	}
}

// stages are the steps at which open cases wait.
func stages() []string {
	return []string{"", "handover", "ground", "it-remarks", "approve-risk", "pattern"}
}

// stageTitle is a word that the cases of a stage have in their titles.
func stageTitle(step string) string {
	if step == "" {
		return "udkast"
	}
	return "afventer-" + step
}

// build makes the data set, unless it is there.
func (t *town) build(ctx context.Context) error {
	_, made, err := t.cases.List(ctx, dossier.Query{Controller: townID, Limit: 1})
	if err == nil && made >= *portalCases {
		if left := townNow.Sub(t.clk.Now()); left > 0 {
			t.clk.Advance(left)
		}
		return nil
	}
	begun := time.Now()
	say := func(what string) { fmt.Fprintf(os.Stderr, "%6.1f s %s\n", time.Since(begun).Seconds(), what) }
	player, err := t.populate(ctx)
	if err != nil {
		return err
	}
	say("places, cameras and people")
	models, err := t.play(ctx, player)
	if err != nil {
		return err
	}
	say("cases played")
	t.clk.Advance(townNow.Sub(t.clk.Now()))
	if err := t.copies(ctx, models); err != nil {
		return err
	}
	say("cases copied")
	return t.db.Write(ctx, func(tx *db.Tx) error { // as the server does by itself in time
		_, err := tx.Exec(ctx, "ANALYZE")
		return err
	})
}

// populate enters the register and the people.
func (t *town) populate(ctx context.Context) (*dossiertest.Player, error) {
	r := t.register
	if err := r.AddController(ctx, register.Controller{ID: townID, Name: "Lindeby Kommune", Kind: register.Municipality, PolcamDays: 14}, "bench"); err != nil {
		return nil, err
	}
	for i := range 5 {
		if err := r.AddAdministration(ctx, register.Administration{ID: fmt.Sprintf("forvaltning-%d", i), Controller: townID, Name: fmt.Sprintf("Forvaltning %d", i)}, "bench"); err != nil {
			return nil, err
		}
	}
	kinds := []string{"Hovedindgang", "Cykelskur", "Foyer", "Gang", "Varegård"}
	for i := range townPlaces {
		l := register.Location{ID: placeID(i), Controller: townID, Administration: fmt.Sprintf("forvaltning-%d", i%5), Name: fmt.Sprintf("Sted %d", i),
			Address: fmt.Sprintf("Skolevej %d, 9999 Lindeby", i), Cadastre: fmt.Sprintf("%da", i+1)}
		if err := r.AddLocation(ctx, l, "bench"); err != nil {
			return nil, err
		}
		err := t.db.Write(ctx, func(tx *db.Tx) error {
			for n := range townCameras {
				c := register.Camera{ID: cameraID(i, n), Controller: townID, Location: l.ID, Name: fmt.Sprintf("%s %d", kinds[n%len(kinds)], n),
					Make: []string{"Axis", "Bosch", "Hanwha"}[n%3], Model: fmt.Sprintf("M%d", n), BasisID: []string{"2d", "2d", "2d", "2-1-1"}[n%4], Engine: engineID}
				if err := r.AddCameraIn(ctx, tx, c, "bench"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, person := range townPeople() {
		var roles []string
		for _, r := range person.roles {
			roles = append(roles, string(r))
		}
		if _, err := t.people.Create(ctx, identity.NewAccount{Login: person.login, Name: "Navn " + person.login, Controller: townID, Roles: roles, Password: townPassword}, ""); err != nil {
			return nil, err
		}
	}
	p, err := t.player(ctx)
	if err != nil {
		return nil, err
	}
	for body, who := range p.Cast {
		if body == "applicant" {
			continue
		}
		if err := r.Hold(ctx, register.Holder{ID: "h-" + body, Controller: townID, Body: body, Person: who.Person, Name: who.Name, By: "bench"}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// player plays cases as the people who hold their bodies.
func (t *town) player(ctx context.Context) (*dossiertest.Player, error) {
	p := &dossiertest.Player{Room: t.cases, Register: t.register, Clock: t.clk, Controller: townID, Cast: map[string]dossier.Who{}, Pass: t.clk.Advance}
	people, err := t.people.People(ctx, townID)
	if err != nil {
		return nil, err
	}
	for _, person := range townPeople() {
		for _, x := range people {
			if person.body != "" && x.Login == person.login {
				p.Cast[person.body] = dossier.Who{Person: x.ID, Name: x.Name}
			}
		}
	}
	for _, body := range []string{"buildings", "administration", "director", "committee"} {
		p.Cast[body] = dossier.Who{Person: "p-" + body, Name: "Navn " + body}
	}
	return p, nil
}

// model is a case that others are copies of, at a place with these cameras.
type model struct {
	id    string
	place int
	first int // of its cameras
	count int
	title string
}

// play makes one case of each stage through the room.
func (t *town) play(ctx context.Context, p *dossiertest.Player) (out []model, err error) {
	at := 0
	one := func(title string, first, count int, on func(id string) error) error {
		m := model{place: at, first: first, count: count, title: title}
		at++
		var err error
		if m.id, err = t.apply(ctx, p, m); err != nil {
			return err
		}
		if on != nil {
			if err := on(m.id); err != nil {
				return fmt.Errorf("%s: %w", title, err)
			}
		}
		out = append(out, m)
		return nil
	}
	if err := one("i drift", 0, 4, func(id string) error { return p.Until(ctx, id, "") }); err != nil {
		return nil, err
	}
	if err := one("trukket tilbage", 8, 2, func(id string) error {
		if err := p.Until(ctx, id, "it-remarks"); err != nil {
			return err
		}
		_, _, err := t.cases.Act(ctx, townID, id, casework.Act{Kind: casework.ActWithdraw, Remarks: "Behovet er faldet bort, for skolen flytter."}, p.Cast["applicant"])
		return err
	}); err != nil {
		return nil, err
	}
	for _, step := range stages() {
		err := one(stageTitle(step), 8, 2, func(id string) error {
			if step == "" {
				return nil
			}
			return p.Until(ctx, id, step)
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// apply opens a case, writes its application and attaches its documents.
func (t *town) apply(ctx context.Context, p *dossiertest.Player, m model) (string, error) {
	who := p.Cast["applicant"]
	c, err := t.cases.Begin(ctx, dossier.New{Controller: townID, Administration: fmt.Sprintf("forvaltning-%d", m.place%5), Title: caseTitle(m, m.place), Locations: []string{placeID(m.place)}}, who)
	if err != nil {
		return "", err
	}
	_, process, err := t.cases.Get(ctx, townID, c.ID)
	if err != nil {
		return "", err
	}
	rules := t.book.At(t.clk.Now())
	var list []casework.Wanted
	for n := range m.count {
		id := cameraID(m.place, m.first+n)
		list = append(list, townWanted(id, m.place, rules))
		if err := t.register.KeepEvidence(ctx, register.Evidence{Camera: id, Controller: townID, Statement: "00000000000000000000000000000000", By: who.Person,
			Found: register.Found{Probed: engineapi.Probed{Codec: "H.264", Width: 1920, Height: 1080, FPS: 12}}}); err != nil {
			return "", err
		}
	}
	hours := []casework.Pattern{{ID: "uden", Name: "Uden for åbningstid", Hours: dossiertest.Hours("18:00", "06:00")}}
	frame := casework.Pattern{ID: "ramme", Name: "Ydre ramme", Hours: dossiertest.Hours("00:00", "24:00")}
	if _, err := t.cases.SaveDraft(ctx, townID, c.ID, dossier.Edit{Base: 1, Answers: dossiertest.Answers(process, townSaid(), t.clk.Now()), Cameras: &list, Hours: &hours, Frame: &frame}, who); err != nil {
		return "", err
	}
	for n := range townPapers {
		if _, err := t.cases.Attach(ctx, townID, c.ID, dossier.File{Kind: "other", Name: fmt.Sprintf("Bilag %d.pdf", n), Body: strings.NewReader(dossiertest.PDF)}, who); err != nil {
			return "", err
		}
	}
	return c.ID, nil
}

func caseTitle(m model, place int) string {
	return fmt.Sprintf("Overvågning af sted %d, %s", place, m.title)
}

// townSaid is what an application must say for the law to have nothing against it.
func townSaid() map[string]string {
	const reason = "Skader opdages ofte først efter en ferieuge."
	return map[string]string{
		"purpose.text": "Forebygge og opklare hærværk og indbrud på stedet uden for åbningstiden.", "purpose.kind": "crime",
		"necessity": "Der har været fire indbrud og gentaget hærværk på et år, og stedet er et kendt mål for organiserede tyve.",
		"incidents": "ja", "retention.days": "14", "retention.reason": reason, "retention.longer": reason,
		"screening.reason": "Omfanget er lille, og ingen af kriterierne er opfyldt.", "tried": "ja", "contact-person": "ja", "hours.open": "no",
	}
}

func townWanted(id string, place int, rules law.Rules) casework.Wanted {
	w := casework.Wanted{Camera: id, Name: id, Location: placeID(place), Cadastre: fmt.Sprintf("%da", place+1), Place: "own-entrance", Purpose: "Forebygge og opklare hærværk og indbrud",
		PurposeKind: "crime", Basis: "2d", Activity: "school", Pattern: "uden", Recording: true, Functionality: "Dag og nat", Quality: "1080p, 12 billeder i sekundet",
		Storage: "Central optager", Mounting: "Over døren, 3 m", Direction: "Mod indgangen"}
	all, _ := rules.Candidates(law.Situation{Controller: register.Municipality, Activity: w.Activity, Place: w.Place, Purpose: w.PurposeKind, Recording: true})
	for _, c := range all {
		if c.Basis.ID != w.Basis {
			continue
		}
		for _, x := range c.Conditions {
			w.Affirmed = append(w.Affirmed, x.ID)
		}
	}
	return w
}
