package incident_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

var start = time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)

// bench is the room with what it stands on: two controllers, a school with four
// cameras of different classes, and a yard.
type bench struct {
	*incident.Room
	t      *testing.T
	clk    *clock.Fake
	db     *db.DB
	log    *ledger.Log
	book   *faulty
	issuer *issuer.Issuer
}

// faulty is a ledger that fails when it is told to.
type faulty struct {
	*ledger.Log
	fails bool
}

func (f *faulty) Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error) {
	if f.fails {
		return 0, errors.New("the ledger is full")
	}
	return f.Log.Append(ctx, tx, at, kind, body)
}

var (
	jonas  = incident.Who{Controller: "lindeby", Person: "jonas", Name: "Jonas Lund", Address: "192.0.2.1"}
	birthe = incident.Who{Controller: "lindeby", Person: "birthe", Name: "Birthe Kjær", Address: "192.0.2.2"}
	amira  = incident.Who{Controller: "kadence", Person: "amira", Name: "Amira Nielsen", Address: "192.0.2.3"}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, clk: clock.NewFake(start), db: d}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", key, b.clk)
	must(t, err)
	b.book = &faulty{Log: b.log}
	signer, err := permit.NewSigner(key)
	must(t, err)
	b.issuer, err = issuer.Open(ctx, d, b.log, signer, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.book, Clock: b.clk})
	must(t, err)
	b.Room, err = incident.Open(ctx, incident.Config{DB: d, Ledger: b.book, Clock: b.clk, Grants: grants, Register: reg, Issuer: b.issuer, Law: book})
	must(t, err)
	for _, c := range []string{"lindeby", "kadence"} {
		must(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Name: "Skolen"}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-gaard", Controller: c, Name: "Gården"}, ""))
	}
	for id, basis := range map[string]string{"indgang": "2d", "port": "2d", "hal": "gdpr-6-1-e", "torv": "2c", "uden": "2d", "ukendt": ""} {
		must(t, reg.AddCamera(ctx, register.Camera{ID: id, Controller: "lindeby", Location: "lindeby-skole", Name: id, BasisID: basis, Engine: "e"}, ""))
	}
	must(t, reg.AddCamera(ctx, register.Camera{ID: "gaard", Controller: "lindeby", Location: "lindeby-gaard", Name: "gaard", BasisID: "2d", Engine: "e"}, ""))
	b.clk.Advance(-48 * time.Hour)
	for id, class := range map[string]permit.Class{"indgang": permit.ClassCrime, "port": permit.ClassCrime, "hal": permit.ClassOther, "torv": permit.ClassSafety, "ukendt": permit.ClassCrime, "gaard": permit.ClassCrime} {
		b.permit(id, class, "")
	}
	b.clk.Advance(48 * time.Hour)
	return b
}

// permit lets a camera record from now on.
func (b *bench) permit(camera string, class permit.Class, replaces permit.ID) permit.ID {
	b.t.Helper()
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	p := &permit.Permit{Head: permit.Head{Controller: "lindeby", Engine: "e", By: "p"}, Camera: camera, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: class, Replaces: replaces,
		Basis: "x", Case: "2026-001", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "x"}
	if class != permit.ClassCrime {
		p.LongestHoldHours = 720
	}
	_, err := b.issuer.Issue(b.t.Context(), nil, p)
	must(b.t, err)
	return p.ID
}

func account() incident.Account {
	return incident.Account{What: "Rude knust i hovedindgangen", From: start.Add(-4 * time.Hour), To: start.Add(-2 * time.Hour)}
}

func established() incident.Assessment {
	return incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet", Police: "4600-70121-00417-26"}
}

// ready is an incident with established crime, that names cameras.
func (b *bench) ready(cameras ...string) incident.Incident {
	b.t.Helper()
	ctx := b.t.Context()
	i, err := b.Begin(ctx, "lindeby-skole", account(), jonas)
	must(b.t, err)
	_, err = b.Assess(ctx, i.ID, established(), jonas)
	must(b.t, err)
	i, err = b.Name(ctx, i.ID, wish(cameras...), jonas)
	must(b.t, err)
	return i
}

func wish(cameras ...string) incident.Wish {
	return incident.Wish{Need: "Politiet skal vide hvornår", Cameras: cameras, From: start.Add(-4 * time.Hour), To: start.Add(-2 * time.Hour)}
}

func look(camera string, ground access.Ground) incident.Look {
	return incident.Look{Cameras: []string{camera}, From: start.Add(-3 * time.Hour), To: start.Add(-150 * time.Minute), Ground: ground}
}

func (b *bench) refused(err error, key, what string) {
	b.t.Helper()
	if fault.Key(err) != key {
		b.t.Errorf("%s: %v, want %s", what, err, key)
	}
}

func (b *bench) count(kind string) int {
	b.t.Helper()
	all, err := b.log.Find(b.t.Context(), ledger.Filter{Kinds: []string{kind}})
	must(b.t, err)
	return len(all)
}

func each(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, set(t, d)) })
}

func TestNothingIsSeenBeforeCrimeIsEstablishedAndTheNeedStated(t *testing.T) {
	req.Shows(t, "EVID-1", "VIEW-1", "LOG-1")
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i, err := b.Begin(ctx, "lindeby-skole", account(), jonas)
		must(t, err)
		if i.Number != "H-2026-001" {
			t.Errorf("number %s", i.Number)
		}
		try := func(want, what string) {
			t.Helper()
			g, err := b.Look(ctx, i.ID, look("indgang", access.GroundCrime), jonas)
			if want == "" && (err != nil || g.Person != "jonas" || g.Number != i.Number || g.Ground != access.GroundCrime) {
				t.Errorf("%s: %+v, %v", what, g, err)
			}
			if want != "" {
				b.refused(err, want, what)
			}
		}
		try("look.need", "only described")
		_, err = b.Name(ctx, i.ID, wish("indgang", "port"), jonas)
		must(t, err)
		try("look.unsaid", "nobody said what it is")
		_, err = b.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimePresumed, Rests: "En dør stod åben"}, jonas)
		must(t, err)
		try("look.presumed", "presumed")
		_, err = b.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeNone, Rests: "En dør stod åben"}, jonas)
		must(t, err)
		try("look.none", "no crime")
		_, err = b.Assess(ctx, i.ID, established(), jonas)
		must(t, err)
		try("", "established")
		if b.count("grant.given") != 1 {
			t.Errorf("%d grants", b.count("grant.given"))
		}
		try("", "again, under the same grant")
		if b.count("grant.given") != 1 {
			t.Errorf("%d grants after looking twice", b.count("grant.given"))
		}
		// Two people may look at the same incident, each under their own.
		g, err := b.Look(ctx, i.ID, look("port", access.GroundCrime), birthe)
		must(t, err)
		if g.Person != "birthe" || b.count("grant.given") != 2 {
			t.Errorf("%+v", g)
		}
		_, err = b.Look(ctx, i.ID, look("indgang", access.GroundCrime), amira)
		b.refused(err, "incident.unknown", "another controller")
		wider := look("indgang", access.GroundCrime)
		wider.To = start.Add(-time.Hour)
		_, err = b.Look(ctx, i.ID, wider, jonas)
		b.refused(err, "look.interval", "more time than it names")
		_, err = b.Look(ctx, i.ID, look("uden", access.GroundCrime), jonas)
		b.refused(err, "look.camera", "a camera that it does not name")
		_, err = b.Look(ctx, i.ID, look("indgang", access.GroundSafety), jonas)
		b.refused(err, "look.ground", "a ground that the footage does not have")
		// What it rests on goes: the grants go with it.
		_, err = b.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimePresumed, Rests: "Det var vist stormen"}, birthe)
		must(t, err)
		all, err := b.Grants.Of(ctx, "lindeby", i.ID)
		must(t, err)
		for _, g := range all {
			if g.InForce(b.clk.Now()) || g.Why != grant.EndGround {
				t.Errorf("%+v still stands", g)
			}
		}
	})
}

func TestWidenedForAReasonAndNeverNarrowed(t *testing.T) {
	req.Shows(t, "VIEW-1", "LOG-1")
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i := b.ready("indgang")
		s := i.Scope()
		for name, c := range map[string]struct {
			cameras  []string
			from, to time.Time
			reason   string
			key      string
		}{
			"no reason":        {[]string{"indgang", "port"}, s.From, s.To, "kort", "text.short"},
			"the same":         {[]string{"indgang"}, s.From, s.To, "De løb om til porten", "scope.same"},
			"a camera less":    {[]string{"port"}, s.From, s.To, "De løb om til porten", "scope.narrower"},
			"less time":        {[]string{"indgang", "port"}, s.From.Add(time.Minute), s.To, "De løb om til porten", "scope.narrower"},
			"another place's":  {[]string{"indgang", "gaard"}, s.From, s.To, "De løb om til gården", "scope.camera"},
			"another's":        {[]string{"indgang", "kadence-1"}, s.From, s.To, "De løb om til porten", "scope.camera"},
			"what is to come":  {[]string{"indgang"}, s.From, start.Add(time.Hour), "De kommer vist igen", "incident.future"},
			"more than a week": {[]string{"indgang"}, s.From.AddDate(0, 0, -8), s.To, "De har været her før", "scope.long"},
			"what is deleted":  {[]string{"indgang"}, s.From.AddDate(0, 0, -40), s.To, "De har været her før", "scope.long"},
		} {
			_, err := b.Widen(ctx, i.ID, c.cameras, c.from, c.to, c.reason, jonas)
			b.refused(err, c.key, name)
		}
		if b.count("incident.widened") != 0 {
			t.Error("something was widened")
		}
		g, err := b.Look(ctx, i.ID, look("indgang", access.GroundCrime), jonas)
		must(t, err)
		i, err = b.Widen(ctx, i.ID, []string{"port", "indgang"}, s.From.Add(-2*time.Hour), s.To, "De løb om til porten", birthe)
		must(t, err)
		if got := i.Scope(); got.Version != 2 || strings.Join(got.Cameras, " ") != "indgang port" || got.Name != "Birthe Kjær" || b.count("incident.widened") != 1 {
			t.Errorf("%+v", got)
		}
		// The grant from before is as it was; looking at more gives another.
		if err := g.Allows(grant.Use{Controller: "lindeby", Person: "jonas", Camera: "port", From: s.From, To: s.To, Now: start}); fault.Key(err) != "grant.camera" {
			t.Errorf("the old grant grew: %v", err)
		}
		wide, err := b.Look(ctx, i.ID, look("port", access.GroundCrime), jonas)
		must(t, err)
		if wide.ID == g.ID || !wide.From.Equal(s.From.Add(-2*time.Hour)) || strings.Join(wide.Cameras, " ") != "indgang port" {
			t.Errorf("%+v", wide)
		}
	})
}

func TestTheFirstScopeKeepsToThePresumedTime(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i, err := b.Begin(ctx, "lindeby-skole", account(), jonas)
		must(t, err)
		far := wish("indgang")
		far.From = far.From.Add(-61 * time.Minute)
		_, err = b.Name(ctx, i.ID, far, jonas)
		b.refused(err, "scope.beyond", "more than an hour before")
		none := wish()
		_, err = b.Name(ctx, i.ID, none, jonas)
		b.refused(err, "scope.cameras", "no camera")
		_, err = b.Widen(ctx, i.ID, []string{"indgang"}, far.From, far.To, "Fordi vi ikke ved bedre", jonas)
		b.refused(err, "scope.none", "widened before it is named")
		_, err = b.Name(ctx, i.ID, wish("indgang"), jonas)
		must(t, err)
		_, err = b.Name(ctx, i.ID, wish("port"), jonas)
		b.refused(err, "scope.named", "named twice")
	})
}

func TestTextsThatAreNotTaken(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for text, key := range map[string]string{"kort": "text.short", strings.Repeat("x", 501): "text.long", "Rude knust\x1b[2J af nogen": "text.signs", "Rude knust af \u202enogen": "text.signs",
			"Rude knust af 010190-1234": "text.cpr", "Rude knust af 0101901234": "text.cpr"} {
			a := account()
			a.What = text
			_, err := b.Begin(t.Context(), "lindeby-skole", a, jonas)
			b.refused(err, key, text)
		}
		a := account()
		a.What = "Rude knust, sag 4600-70121-00417-26, telefon 99 99 99 01"
		_, err := b.Begin(t.Context(), "lindeby-skole", a, jonas)
		must(t, err)
		a.To = start.Add(time.Minute)
		_, err = b.Begin(t.Context(), "lindeby-skole", a, jonas)
		b.refused(err, "incident.future", "a time to come")
		_, err = b.Begin(t.Context(), "kadence-skole", account(), jonas)
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("another's place: %v", err)
		}
	})
}
