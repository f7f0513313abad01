package incident_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// The legal class of the footage decides which grounds there are.
func TestAnotherPurposeNeedsEverybodysConsent(t *testing.T) {
	req.Shows(t, "CASE-18", "VIEW-1")
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i := b.ready("hal", "indgang")
		try := func(want, what string) {
			t.Helper()
			_, err := b.Look(ctx, i.ID, look("hal", access.GroundPurpose), jonas)
			if want == "" {
				must(t, err)
				return
			}
			b.refused(err, want, what)
		}
		_, err := b.Look(ctx, i.ID, look("hal", access.GroundCrime), jonas)
		b.refused(err, "look.ground", "established crime opens nothing that was approved for another purpose")
		try("look.consent", "nobody is listed")
		given := incident.Consent{Registered: "Ida Holm", Given: start.Add(-time.Hour), Kept: "Elevmappen"}
		_, err = b.AddConsent(ctx, i.ID, incident.Consent{Registered: "Ida Holm", Given: start.Add(-time.Hour)}, jonas)
		b.refused(err, "consent.kept", "a consent that lies nowhere")
		_, err = b.AddConsent(ctx, i.ID, given, jonas)
		must(t, err)
		try("", "everybody consented")
		given.Registered, given.Given, given.Kept = "Bo Vang", time.Time{}, ""
		i, err = b.AddConsent(ctx, i.ID, given, jonas)
		must(t, err)
		try("look.consent", "one was asked and has not answered")
		if all, err := b.Grants.Of(ctx, "lindeby", i.ID); err != nil || all[0].InForce(start) {
			t.Errorf("somebody was found who has not consented, and the grant stands: %+v, %v", all, err)
		}
		_, err = b.GiveConsent(ctx, i.ID, i.Consents[1].ID, start.Add(-time.Minute), "Elevmappen", jonas)
		must(t, err)
		try("", "all have")
		_, err = b.Withdraw(ctx, i.ID, i.Consents[0].ID, birthe)
		must(t, err)
		try("look.consent", "one took it back")
		all, err := b.Grants.Of(ctx, "lindeby", i.ID)
		must(t, err)
		if all[0].InForce(start) || all[0].Why != grant.EndGround {
			t.Errorf("the grant outlives the consent: %+v", all[0])
		}
		_, err = b.GiveConsent(ctx, i.ID, i.Consents[0].ID, start, "Elevmappen", jonas)
		b.refused(err, "consent.done", "a consent that was taken back")
		// The names of those who are seen are on the incident and not in the log.
		entries, err := b.log.Find(ctx, ledger.Filter{Text: "Ida Holm"})
		must(t, err)
		if len(entries) != 0 {
			t.Errorf("the log names them: %s", entries[0].Body)
		}
	})
}

func TestSafetyIsStatedEachTime(t *testing.T) {
	req.Shows(t, "LAW-14", "VIEW-1")
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i := b.ready("torv")
		l := look("torv", access.GroundCrime)
		_, err := b.Look(ctx, i.ID, l, jonas)
		b.refused(err, "look.ground", "crime")
		l.Ground = access.GroundSafety
		_, err = b.Look(ctx, i.ID, l, jonas)
		b.refused(err, "look.statement", "nothing stated")
		l.Statement = "Uro ved bænkene i nat"
		g, err := b.Look(ctx, i.ID, l, jonas)
		must(t, err)
		if g.Statement != l.Statement || !g.From.Equal(l.From) || !g.To.Equal(l.To) || len(g.Cameras) != 1 {
			t.Errorf("the grant is for more than was stated: %+v", g)
		}
		again, err := b.Look(ctx, i.ID, l, jonas)
		must(t, err)
		if again.ID == g.ID {
			t.Error("a statement served twice")
		}
		l.Ground = access.GroundConsent
		_, err = b.Look(ctx, i.ID, l, jonas)
		b.refused(err, "look.consent", "consent that is not on record")
	})
}

func TestFootageWithoutAPermitOrABasisIsNotSeen(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		i := b.ready("uden", "ukendt", "indgang")
		_, err := b.Look(ctx, i.ID, look("uden", access.GroundCrime), jonas)
		b.refused(err, "look.recorded", "no permit")
		_, err = b.Look(ctx, i.ID, look("ukendt", access.GroundCrime), jonas)
		b.refused(err, "look.basis", "no basis in the register")
		g, err := b.Look(ctx, i.ID, look("indgang", access.GroundCrime), jonas)
		must(t, err)
		if !slices.Equal(g.Cameras, []string{"indgang"}) {
			t.Errorf("the grant is for %v", g.Cameras)
		}
	})
}

// A permit of another class that takes over changes the grounds from then on.
func TestTheClassIsThatOfTheTime(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		r, err := b.issuer.Standing(ctx, "port", "main")
		must(t, err)
		b.permit("port", permit.ClassOther, r.ID) // from start on
		f, err := b.Footage(ctx, "lindeby", "port", start.Add(-time.Hour), start)
		must(t, err)
		if !slices.Equal(f.Classes, []permit.Class{permit.ClassCrime}) {
			t.Errorf("before: %v", f.Classes)
		}
		f, err = b.Footage(ctx, "lindeby", "port", start.Add(-time.Hour), start.Add(time.Hour))
		must(t, err)
		if len(f.Classes) != 2 || len(f.Grounds()) != 0 {
			t.Errorf("across: %v, grounds %v", f.Classes, f.Grounds())
		}
		f, err = b.Footage(ctx, "lindeby", "port", start.Add(time.Minute), start.Add(time.Hour))
		must(t, err)
		if !slices.Equal(f.Grounds(), []access.Ground{access.GroundPurpose}) {
			t.Errorf("after: %v", f.Classes)
		}
	})
}

// Random acts, by three people, with a ledger that fails now and then. However
// they follow: a use that a grant allows is one that an independent account of
// what was done allows; what failed changed nothing; and no entry is missing.
func TestRandomActsOpenNothing(t *testing.T) {
	req.Shows(t, "VIEW-1", "LOG-1")
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 7))
		b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
		ctx := t.Context()
		people := []incident.Who{jonas, birthe, amira}
		cameras := []string{"indgang", "port", "torv", "uden", "gaard"}
		// What the account below knows, of the incidents by id.
		type known struct {
			crime, closed bool
			cameras       []string
			from, to      time.Time
		}
		told := map[string]*known{}
		var ids []string
		pick := func() string {
			if len(ids) == 0 {
				return "none"
			}
			return ids[rng.IntN(len(ids))]
		}
		done := 0
		for range 90 {
			who, id := people[rng.IntN(3)], pick()
			b.book.fails = rng.IntN(6) == 0
			var err error
			k := told[id]
			switch rng.IntN(8) {
			case 0:
				var i incident.Incident
				if i, err = b.Begin(ctx, who.Controller+"-skole", account(), who); err == nil {
					ids, told[i.ID] = append(ids, i.ID), &known{}
				}
			case 1, 2:
				a := established()
				a.Crime = incident.Crimes()[rng.IntN(3)]
				if _, err = b.Assess(ctx, id, a, who); err == nil {
					k.crime = a.Crime == incident.CrimeEstablished
				}
			case 3, 4:
				w := wish(cameras[rng.IntN(5)], cameras[rng.IntN(3)])
				if _, err = b.Name(ctx, id, w, who); err == nil {
					k.cameras, k.from, k.to = w.Cameras, w.From, w.To
				}
			case 5:
				if k != nil {
					more := append([]string{cameras[rng.IntN(5)]}, k.cameras...)
					from := k.from.Add(-time.Duration(rng.IntN(3)) * time.Hour)
					if _, err = b.Widen(ctx, id, more, from, k.to, "De løb om til porten", who); err == nil {
						k.cameras, k.from = more, from
					}
				}
			case 6:
				if rng.IntN(3) == 0 {
					if _, err = b.SayNoCase(ctx, id, "Ruden var knust i forvejen", who); err != nil {
						break
					}
					if _, err = b.Close(ctx, id, "Det er slut nu", who); err == nil {
						k.closed = true
					}
				}
			case 7:
				b.clk.Advance(time.Duration(rng.IntN(90)) * time.Minute)
			}
			failed := b.book.fails
			if err == nil {
				done++
			}
			// Everybody tries everything.
			for _, id := range ids {
				k, who := told[id], people[rng.IntN(3)]
				l := look(cameras[rng.IntN(5)], access.Grounds()[rng.IntN(4)])
				l.From, l.Statement = l.From.Add(-time.Duration(rng.IntN(3))*time.Hour), "Uro ved bænkene"
				g, err := b.Look(ctx, id, l, who)
				if err != nil {
					continue
				}
				may := !k.closed && who.Controller == "lindeby" && slices.Contains(k.cameras, l.Cameras[0]) && !l.From.Before(k.from) && !l.To.After(k.to)
				switch l.Ground {
				case access.GroundCrime:
					may = may && k.crime && (l.Cameras[0] == "indgang" || l.Cameras[0] == "port")
				case access.GroundSafety:
					may = may && l.Cameras[0] == "torv"
				default:
					may = false
				}
				if !may {
					t.Fatalf("seed %d: %s looks at %+v of %+v under %+v", seed, who.Name, l, k, g)
				}
				if failed && g.Given.Equal(b.clk.Now()) && b.count("grant.given") == 0 {
					t.Fatalf("seed %d: a grant without an entry", seed)
				}
			}
			b.book.fails = false
			given := 0
			for _, id := range ids {
				all, err := b.Grants.Of(ctx, "lindeby", id)
				must(t, err)
				given += len(all)
				for _, g := range all {
					if k := told[id]; g.InForce(b.clk.Now()) && (k.closed || g.Ground == access.GroundCrime && !k.crime) {
						t.Fatalf("seed %d: %+v stands, and of the incident is known %+v", seed, g, k)
					}
				}
			}
			if n := b.count("grant.given"); n != given {
				t.Fatalf("seed %d: %d grants and %d entries", seed, given, n)
			}
		}
		if n := b.count("incident.opened"); n != len(ids) || done < 20 {
			t.Fatalf("seed %d: %d incidents, %d entries, %d acts done", seed, len(ids), n, done)
		}
	}
}
