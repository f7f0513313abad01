package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/register"
)

// pastDays is how long before the first recorded evening the demonstration's
// first case was opened: long enough for the six weeks of H 8.
const pastDays = 150

// demoCase is one case of the demonstration: who applies for what, and how far
// it has come.
type demoCase struct {
	key        string
	controller string
	location   string
	title      string
	number     string // the service desk's
	cameras    []string
	after      int           // days after the first, when it is opened
	until      string        // step that is open when it is left; "" for all done
	then       *casework.Act // what is done at that step
	ends       int           // days from then until its approval ends; 0: five years
	replaces   string
	again      bool          // goes on with the case of that key
	masks      [][]plan.Spot // of its first camera's picture, on a drawing
}

// demoCases are in the order in which they are opened. One at least stands at
// every kind of step, at both controllers.
func demoCases() []demoCase {
	refuse := func(step, why string) *casework.Act {
		return &casework.Act{Kind: casework.ActRefuse, Step: step, Remarks: why}
	}
	back := func(step, why string) *casework.Act {
		return &casework.Act{Kind: casework.ActReturn, Step: step, Remarks: why}
	}
	on := func(step, why, condition string) *casework.Act {
		return &casework.Act{Kind: casework.ActCondition, Step: step, Remarks: why, Conditions: []casework.Condition{{Text: condition}}}
	}
	return []demoCase{
		{key: "skolen", controller: lindeby, location: "lindeby-skole", title: "Lindeby Skole: indgang, hal og gård", number: "SD-20114", cameras: []string{"skole-indgang", "skole-hal", "skole-cykler", "skole-gaard"}, until: "install"},
		{key: "biblioteket", controller: lindeby, location: "biblioteket", title: "Lindeby Bibliotek: foyeren", number: "SD-20131", cameras: []string{"bibliotek-foyer"}, ends: 60, until: "install"},
		{key: "gaarden", controller: lindeby, location: "materielgaarden", title: "Materielgården: porten", number: "SD-20152", cameras: []string{"gaard-port"}, until: "install",
			masks: [][]plan.Spot{{{X: 0, Y: 1450}, {X: 7600, Y: 1450}, {X: 7600, Y: 3700}, {X: 0, Y: 4250}}}},
		// Six weeks after staff was told (H 8).
		{key: "skolen", controller: lindeby, after: 50, again: true},
		{key: "biblioteket", controller: lindeby, after: 50, again: true},
		{key: "gaarden", controller: lindeby, after: 50, again: true, until: "follow-up"},
		{key: "torvet", controller: lindeby, location: "biblioteket", title: "Torvet: affald ved bænkene", number: "SD-20170", cameras: []string{"bibliotek-cykler"}, after: 60, until: "ground",
			then: refuse("ground", "Der er ikke grundlag for videoovervågning: affald og uro løses med flere spande og en gårdmand. Risikopuljen kan søges til bedre lys.")},
		{key: "havnen", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: træningssalen", cameras: []string{"fitness-sal"}, after: 62},
		{key: "solen", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: prøve i receptionen", cameras: []string{"fitness-skranke"}, after: 63, ends: 40},
		{key: "cykler", controller: lindeby, location: "biblioteket", title: "Lindeby Bibliotek: cykelparkeringen", number: "SD-20201", cameras: []string{"bibliotek-cykler"}, after: 100, until: "med"},
		{key: "vaerksted", controller: lindeby, location: "materielgaarden", title: "Materielgården: dæklageret", number: "SD-20233", cameras: []string{"gaard-lager"}, after: 110, until: "approve-risk",
			then: on("approve-risk", "Godkendt, når hegnet er sat i stand.", "Hegnet mod Industrivej er sat i stand, før kameraet sættes op.")},
		{key: "hegn", controller: lindeby, location: "materielgaarden", title: "Materielgården: hegnet mod øst", number: "SD-20240", cameras: []string{"gaard-lager"}, after: 118, until: "dpo-remarks",
			then: back("dpo-remarks", "Beskriv, hvordan naboens indkørsel holdes ude af billedet, og hvorfor belysning ikke er nok.")},
		{key: "udvidelse", controller: lindeby, location: "lindeby-skole", title: "Lindeby Skole: også parkeringen", number: "SD-20251", after: 125, until: "ground", replaces: "skolen"},
		{key: "pavillon", controller: lindeby, location: "lindeby-skole", title: "Lindeby Skole: pavillonerne", number: "SD-20266", cameras: []string{"skole-pavillon"}, after: 132, until: "ground"},
		{key: "depot", controller: lindeby, location: "materielgaarden", title: "Materielgården: saltdepotet", cameras: []string{"gaard-lager"}, after: 136, until: "inquiry"},
		{key: "omklaedning", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: gangen ved omklædningen", cameras: []string{"fitness-gang"}, after: 126, until: "approve-protection",
			then: refuse("approve-protection", "Gangen fører kun til omklædningen. Medlemmerne kan ikke undgå at blive filmet på vej til og fra bad.")},
		{key: "parkering", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: vareindleveringen", cameras: []string{"fitness-lager"}, after: 128, until: "staff-notice"},
		{key: "boks", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: skabene", cameras: []string{"fitness-gang"}, after: 130, until: "approve-protection",
			then: on("approve-protection", "Godkendt, hvis kameraet ser skabene og ikke bænkene.", "Billedet er maskeret over bænkene.")},
		{key: "cafe", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: caféhjørnet", cameras: []string{"fitness-skranke"}, after: 133, until: "approve-protection",
			then: back("approve-protection", "Fortæl, hvad I ellers har prøvet mod tyveri fra automaten.")},
		{key: "bredere", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: også om dagen", after: 135, until: "technical", replaces: "havnen"},
		{key: "udkast", controller: kadence, location: "kadence-havnen", title: "Kadence Havnen: holdsalen", cameras: []string{"fitness-lager"}, after: 137, until: "application"},
	}
}

// demoPlanned are cameras that are applied for and not there yet.
func demoPlanned() []register.Camera {
	cam := func(id, controller, location, name, place, direction string) register.Camera {
		return register.Camera{ID: id, Controller: controller, Location: location, Name: name, PlaceKind: place, PurposeKind: "crime", Mounting: "Ikke sat op", Direction: direction,
			Purpose: "Forebygge og opklare hærværk og indbrud"}
	}
	return []register.Camera{
		cam("bibliotek-cykler", lindeby, "biblioteket", "Cykelparkeringen", "own-entrance", "Mod cykelstativerne"),
		cam("gaard-lager", lindeby, "materielgaarden", "Lageret", "own-entrance", "Mod dæklageret"),
		cam("skole-pavillon", lindeby, "lindeby-skole", "Pavillonerne", "own-entrance", "Mod indgangene"),
		cam("fitness-gang", kadence, "kadence-havnen", "Gangen", "members-room", "Mod skabene"),
		cam("fitness-lager", kadence, "kadence-havnen", "Vareindleveringen", "members-room", "Mod døren"),
		cam("fitness-skranke", kadence, "kadence-havnen", "Skranken", "members-room", "Mod automaten"),
	}
}

// past lets the months before the first recorded evening go by: people and
// places are entered, and every case is played to where it stands, each act by
// somebody else. No engine is there yet; it hears of it all when it opens.
func (d *demo) past(ctx context.Context, first time.Time) (err error) {
	clk := clock.NewFake(first.AddDate(0, 0, -pastDays))
	o, err := openOffice(ctx, d.config().Portal, clk, d.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.populate(ctx, demoCameras()); err != nil {
		return err
	}
	for _, c := range demoPlanned() {
		c.Engine, c.Area = o.cfg.EngineID, demoArea(register.Location{ID: c.Location}).ID
		if err := o.register.AddCamera(ctx, c, "vidne demo"); err != nil {
			return err
		}
	}
	if err := o.demoRolls(ctx, clk.Now()); err != nil {
		return err
	}
	p := &past{office: o, clk: clk, begin: clk.Now(), ids: map[string]string{}}
	if err := p.play(ctx, evenings(first)); err != nil {
		return err
	}
	// The rest of the time goes by, with what it ends.
	for clk.Now().Before(first.Add(-time.Hour)) {
		clk.Advance(min(24*time.Hour, first.Add(-time.Hour).Sub(clk.Now())))
		if err := o.cases.Tick(ctx); err != nil {
			return err
		}
	}
	return nil
}

// past is the demonstration's months before.
type past struct {
	*office
	clk   *clock.Fake
	begin time.Time
	ids   map[string]string // of cases, by their key
	cast  map[string]*dossiertest.Player
}

func (p *past) play(ctx context.Context, hours permit.Hours) error {
	var err error
	if p.cast, err = p.players(ctx); err != nil {
		return err
	}
	all := demoCases()
	slices.SortStableFunc(all, func(a, b demoCase) int { return a.after - b.after })
	for _, c := range all {
		if at := p.begin.AddDate(0, 0, c.after); p.clk.Now().Before(at) {
			p.clk.Advance(at.Sub(p.clk.Now()))
			if err := p.cases.Tick(ctx); err != nil {
				return err
			}
		}
		if err := p.one(ctx, c, hours); err != nil {
			return fmt.Errorf("%s: %w", c.key, err)
		}
	}
	return nil
}

// noted takes note of what the engine would not have: it came to the house
// later than the cases did, and what had ended by then it refuses.
func (o *office) noted(ctx context.Context) error {
	all, err := o.issuer.Records(ctx, issuer.Filter{Unnoted: true})
	for _, r := range all {
		if err == nil && r.Why == permit.WhyExpired {
			err = o.issuer.Note(ctx, nil, r.ID, "vidne demo")
		}
	}
	return err
}

// players find who acts for each body.
func (o *office) players(ctx context.Context) (map[string]*dossiertest.Player, error) {
	out := map[string]*dossiertest.Player{}
	for _, c := range demoControllers {
		p := &dossiertest.Player{Room: o.cases, Register: o.register, Clock: o.clock, Controller: c.ID, Cast: map[string]dossier.Who{}}
		if fake, ok := o.clock.(*clock.Fake); ok {
			p.Pass = fake.Advance
		}
		held, err := o.register.Holders(ctx, c.ID, "", "", "")
		if err != nil {
			return nil, err
		}
		for _, h := range held {
			p.Cast[h.Body] = dossier.Who{Person: h.Person, Name: h.Name}
		}
		login := "hanne"
		if c.ID == kadence {
			login = "jeppe"
		}
		who, err := o.person(ctx, c.ID, login)
		if err != nil {
			return nil, err
		}
		p.Cast["applicant"] = dossier.Who{Person: who.ID, Name: who.Name}
		out[c.ID] = p
	}
	return out, nil
}

// one opens one case and plays it to where it stands.
func (p *past) one(ctx context.Context, d demoCase, hours permit.Hours) error {
	player := p.cast[d.controller]
	if d.again {
		return player.Until(ctx, p.ids[d.key], d.until)
	}
	who := player.Cast["applicant"]
	c, err := p.cases.Begin(ctx, dossier.New{Controller: d.controller, Title: d.title, Number: d.number, Locations: []string{d.location}, Replaces: p.ids[d.replaces]}, who)
	if err != nil {
		return err
	}
	p.ids[d.key] = c.ID
	draft, err := p.cases.Draft(ctx, d.controller, c.ID)
	if err != nil {
		return err
	}
	process, err := p.cases.Process(c.Process, c.Version)
	if err != nil {
		return err
	}
	e := dossier.Edit{Base: draft.Version, Answers: dossiertest.Answers(process, demoAnswers(d.controller), p.clk.Now())}
	if d.replaces == "" {
		cameras, patterns, err := p.applied(ctx, d, hours)
		if err != nil {
			return err
		}
		frame := casework.Pattern{ID: "ramme", Name: "Ydre ramme", Hours: allDay(p.clk.Now())}
		e.Cameras, e.Hours, e.Frame = &cameras, &patterns, &frame
	}
	if d.until == "inquiry" || d.until == "application" && d.controller == kadence {
		for id := range e.Answers { // a draft: half of it is there
			if len(id)%2 == 0 {
				delete(e.Answers, id)
			}
		}
	}
	if _, err := p.cases.SaveDraft(ctx, d.controller, c.ID, e, who); err != nil {
		return err
	}
	if err := p.draw(ctx, d, c.ID); err != nil {
		return err
	}
	if d.ends > 0 {
		if err := p.ending(ctx, player, c.ID, process, d.ends); err != nil {
			return err
		}
	}
	if err := player.Until(ctx, c.ID, d.until); err != nil {
		return err
	}
	if d.then == nil {
		return nil
	}
	return player.Act(ctx, c.ID, *d.then)
}

// draw puts the cameras of a place on a drawing, the first with what nobody may
// see of its picture: the neighbour's house and garden.
func (p *past) draw(ctx context.Context, d demoCase, id string) error {
	if len(d.masks) == 0 {
		return nil
	}
	x := plan.Drawing{Title: d.title, Width: 1600, Height: 1000, MetresPerPixel: 0.02, Cameras: []plan.Placed{},
		Areas: []plan.Area{{ID: "egen", Name: "Porten og pladsen", Use: plan.Watched, Kind: "own-entrance", Corners: []plan.Point{{X: 200, Y: 300}, {X: 1400, Y: 300}, {X: 1400, Y: 900}, {X: 200, Y: 900}}}}}
	for _, c := range demoCameras() {
		if c.in != d.key {
			continue
		}
		placed := plan.Placed{Camera: c.ID, Name: c.Name, At: plan.Point{X: 550 + 500*float64(len(x.Cameras)), Y: 320}, Direction: 180, Angle: 70, Range: 10, Height: 4, Masks: [][]plan.Spot{}}
		if c.ID == d.cameras[0] {
			placed.Masks = d.masks
		}
		x.Cameras = append(x.Cameras, placed)
	}
	who := p.cast[d.controller].Cast["applicant"]
	_, err := p.cases.Drawings.Create(ctx, d.controller, id, x, drawing.Who{Person: who.Person, Name: who.Name})
	return err
}

// ending plays to the last approval and gives it for some days only.
func (p *past) ending(ctx context.Context, player *dossiertest.Player, id string, process *casework.Process, days int) error {
	last := ""
	for i := range process.Steps {
		if s := &process.Steps[i]; s.Approval && s.When == nil {
			last = s.ID
		}
	}
	if err := player.Until(ctx, id, last); err != nil {
		return err
	}
	return player.Act(ctx, id, casework.Act{Kind: casework.ActApprove, Step: last, Remarks: "Godkendt for en prøveperiode.", ValidTo: p.clk.Now().AddDate(0, 0, days)})
}

// applied is the cameras of an application, each with its hours.
func (p *past) applied(ctx context.Context, d demoCase, hours permit.Hours) (cameras []casework.Wanted, patterns []casework.Pattern, err error) {
	for _, id := range d.cameras {
		c, err := p.register.Camera(ctx, d.controller, id)
		if err != nil {
			return nil, nil, err
		}
		l, err := p.register.Location(ctx, d.controller, d.location)
		if err != nil {
			return nil, nil, err
		}
		cameras = append(cameras, demoWanted(p.rules.At(p.clk.Now()), c.Controller, c, l))
		patterns = append(patterns, casework.Pattern{ID: id, Name: c.Name, Hours: hours})
	}
	return cameras, patterns, nil
}

// demoArea is the one area of a location that its applications describe.
func demoArea(l register.Location) register.Area {
	a := register.Area{ID: l.ID + "-egne", Controller: l.Controller, Location: l.ID, Name: "Egne indgange og facader", PlaceKind: "own-entrance",
		Description: "Arealet lige ved stedets egne indgange og facader"}
	if l.Controller == kadence {
		a.Name, a.PlaceKind, a.Description = "Lokaler for medlemmer", "members-room", "Træningssal, reception og gange, ikke omklædning"
	}
	return a
}

// demoWanted is a camera as it is applied for.
func demoWanted(rules law.Rules, controller string, c register.Camera, l register.Location) casework.Wanted {
	kind, basis := "municipality", "2d"
	if controller == kadence {
		kind, basis = "business", "gdpr-6-1-f"
	}
	w := casework.Wanted{Camera: c.ID, Name: c.Name, Location: c.Location, Cadastre: l.Cadastre, Area: c.Area, Place: c.PlaceKind, Purpose: c.Purpose, PurposeKind: c.PurposeKind, Basis: basis,
		Pattern: c.ID, Recording: true, Functionality: "Dag og nat, uden billedanalyse", Quality: "Som kameraet leverer, mindst 10 billeder i sekundet",
		Storage: "Krypteret i den centrale optager", Mounting: c.Mounting, Direction: c.Direction}
	all, _ := rules.Candidates(law.Situation{Controller: kind, Place: c.PlaceKind, Purpose: c.PurposeKind, Recording: true})
	for _, x := range all {
		if x.Basis.ID == basis {
			for _, y := range x.Conditions {
				w.Affirmed = append(w.Affirmed, y.ID)
			}
		}
	}
	return w
}

// demoAnswers are what the applications say where it matters.
func demoAnswers(controller string) map[string]string {
	a := map[string]string{
		"purpose.text": "At forebygge og opklare indbrud og hærværk uden for åbningstiden.", "purpose.kind": "crime",
		"necessity":       "Der har været fire indbrud og gentaget hærværk på et år, og lys, alarm og vagtrunder har ikke hjulpet.",
		"risk.identified": "Indbrud gennem døre og vinduer i stueetagen og hærværk mod facaden.",
		"risk.described":  "Det sker om aftenen og i weekender, når stedet er lukket, oftest fra den side, der ikke kan ses fra vejen.",
		"risk.business":   "Skaderne koster omkring 180.000 kr. om året og lukker lokaler i dagevis.",
		"risk.privacy":    "Personer, der færdes lovligt, kan blive filmet. Kameraerne ser kun egne indgange, og der optages kun uden for åbningstiden.",
		"risk.strategy":   "Bedre låse, lys med sensor og faste vagtrunder fortsætter sammen med overvågningen.",
		"incidents":       "ja", "tried": "ja", "contact-person": "ja", "hours.open": "no", "retention.days": "14",
		"retention.reason": "Skader opdages ofte først efter en weekend eller en ferie.",
		"retention.longer": "Skader opdages ofte først efter en weekend eller en ferie.",
		"screening.reason": "Omfanget er lille, stedet er lukket i tidsrummet, og ingen af kriterierne er opfyldt.",
	}
	if controller == kadence {
		a["retention.days"] = "3"
		a["purpose.text"] = "At opklare tyveri og hærværk i lokalerne."
	}
	return a
}
