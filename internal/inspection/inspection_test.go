package inspection_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/authorisation/authorisationtest"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/safeguards"
	"vidne.dk/vidne/internal/sharing"
	"vidne.dk/vidne/internal/staff"
)

const day = 24 * time.Hour

var start = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room on everything that it asks, around two fitness centres: one
// that follows the rules and one that does not.
type bench struct {
	*inspection.Room
	inspection.Config
	t       *testing.T
	db      *db.DB
	clk     *clock.Fake
	rights  authorisationtest.Rig
	docs    *document.Room
	notices *notice.Room
	staff   *staff.Room
	people  map[string]identity.Person
	engine  map[string]inspection.Engine
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	b := &bench{t: t, db: d, clk: clock.NewFake(start), people: map[string]identity.Person{}, engine: map[string]inspection.Engine{}}
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	l, err := ledger.Open(ctx, d, "portal", key, b.clk)
	must(t, err)
	uses, err := accesslog.Open(ctx, d, l, b.clk)
	must(t, err)
	signer, err := permit.NewSigner(key)
	must(t, err)
	is, err := issuer.Open(ctx, d, l, signer, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, l, b.clk)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: l, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	cases, err := dossiertest.Open(ctx, t.TempDir(), d, l, b.clk, is, reg, nil, "engine-1")
	must(t, err)
	b.docs = cases.Documents
	b.rights, err = authorisationtest.Open(ctx, d, l, b.clk, reg, people, cases.Cases)
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: l, Clock: b.clk})
	must(t, err)
	incidents, err := incident.Open(ctx, incident.Config{DB: d, Ledger: l, Clock: b.clk, Grants: grants, Register: reg, Issuer: is, Law: cases.Law})
	must(t, err)
	holds, err := hold.Open(ctx, hold.Config{DB: d, Ledger: l, Clock: b.clk, Incidents: incidents, Issuer: is, Register: reg, People: people, Law: cases.Law, Engine: "engine-1",
		Process: func(context.Context, string) (casework.Holds, error) {
			return casework.Holds{Copy: casework.CopyRequest}, nil
		}})
	must(t, err)
	review, err := oversight.Open(ctx, oversight.Config{DB: d, Ledger: l, Uses: uses, Clock: b.clk, People: people, Register: reg, Rights: b.rights.Room, Issuer: is})
	must(t, err)
	hand, err := disclosure.Open(ctx, disclosure.Config{DB: d, Ledger: l, Clock: b.clk, Incidents: incidents, Holds: holds, Issuer: is, Register: reg, People: people, Law: cases.Law, Documents: b.docs, Engine: "engine-1"})
	must(t, err)
	share, err := sharing.Open(ctx, sharing.Config{DB: d, Ledger: l, Clock: b.clk, Incidents: incidents, Issuer: is, Register: reg, People: people, Law: cases.Law, Engine: "engine-1"})
	must(t, err)
	never := func(context.Context, string) (string, error) { return casework.LiveNever, nil }
	b.notices, err = notice.Open(ctx, notice.Config{DB: d, Ledger: l, Clock: b.clk, Register: reg, Issuer: is, Law: cases.Law, People: people, Live: never})
	must(t, err)
	b.staff, err = staff.Open(ctx, staff.Config{DB: d, Ledger: l, Clock: b.clk, Register: reg, Issuer: is, People: people, Law: cases.Law, Live: never, Rights: b.rights.Room, Papers: b.docs})
	must(t, err)
	guard, err := safeguards.Open(ctx, safeguards.Config{DB: d, Ledger: l, Clock: b.clk, Register: reg, Issuer: is, Rights: b.rights.Room, Review: review, Uses: uses, Documents: b.docs, Setup: safeguards.Setup{Encrypted: true}})
	must(t, err)
	b.Config = inspection.Config{Clock: b.clk, Register: reg, Issuer: is, Law: cases.Law, Rights: b.rights.Room, Review: review, Uses: uses, Holds: holds, Disclosures: hand, Sharing: share, Notices: b.notices,
		Safeguards: guard, Setup: safeguards.Setup{Encrypted: true}, BaseURL: "https://vidne.example", Staff: b.staff}
	b.Room = inspection.New(b.Config)
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); is.Run(run) }()
	t.Cleanup(func() { stop(); <-done })
	return b
}

// centre is a fitness centre with two cameras, of which all is in order.
func (b *bench) centre(id string, rolls, signs bool) {
	b.t.Helper()
	t, ctx := b.t, b.t.Context()
	place := id + "-havnen"
	must(t, b.Register.AddController(ctx, register.Controller{ID: id, Name: id, Kind: register.Business, Contact: "Havnegade 12", DPO: "post@" + id + ".example"}, ""))
	must(t, b.Register.AddLocation(ctx, register.Location{ID: place, Controller: id, Name: "Havnen i " + id, Address: "Havnegade 12"}, ""))
	b.camera(id, id+"-sal", "members-room")
	b.camera(id, id+"-reception", "members-room")
	for _, login := range []string{"amira", "nadia"} {
		p, err := b.rights.People.Create(ctx, identity.NewAccount{Login: login + "-" + id, Name: login + " " + id, Controller: id, Roles: []string{authorisation.Look}, Password: "en lang sætning om ænder"}, "")
		must(t, err)
		b.people[login+"-"+id] = p
	}
	_, err := b.rights.InForce(ctx, id, b.people["amira-"+id].ID, place)
	must(t, err)
	owner := b.people["nadia-"+id]
	must(t, b.Register.Hold(ctx, register.Holder{ID: "ejer-" + id, Controller: id, Body: "owner", Person: owner.ID, Name: owner.Name, Since: b.clk.Now().Add(-time.Hour), By: "p"}))
	b.storage(id, "Peter", time.Time{})
	for _, part := range safeguards.Demanded() {
		must(t, b.Safeguards.Decide(ctx, part, "Vi har besluttet det, der skal til.", safeguards.Who{Controller: id, Person: owner.ID, Name: owner.Name}))
	}
	must(t, b.notices.Tick(ctx))
	must(t, b.staff.Tick(ctx))
	who := notice.Who{Controller: id, Person: owner.ID, Name: owner.Name}
	for _, s := range []notice.Sign{{Place: notice.AtEntrance, Words: "Ved hoveddøren", Format: "a4"}, {Place: notice.Before, Words: "Ved døren til salen", Format: "a4"}, {Place: notice.Papers, Words: "I indmeldelsen", Format: notice.Text}} {
		if s.Location = place; signs || s.Format == notice.Text {
			s.Controller = id
			_, err := b.notices.Hang(ctx, s, who)
			must(t, err)
		}
	}
	if !rolls {
		return
	}
	m, err := b.staff.Add(ctx, place, staff.Line{Kind: staff.Employee, Name: "Mads Bo", Since: b.clk.Now().Add(-30 * day)}, staff.Who(who))
	must(t, err)
	must(t, b.staff.Write(ctx, place, staff.Note{Members: []string{m.ID}, Version: 1, Told: b.clk.Now(), How: staff.InPerson, Words: "Læst sammen"}, staff.Who(who)))
}

// camera adds one and has it permitted.
func (b *bench) camera(controller, id, kind string) {
	b.t.Helper()
	ctx := b.t.Context()
	must(b.t, b.Register.AddCamera(ctx, register.Camera{ID: id, Controller: controller, Location: controller + "-havnen", Name: id, BasisID: "gdpr-6-1-f", PurposeKind: "crime", Purpose: "Opklare tyveri", PlaceKind: kind, Engine: "engine-1"}, ""))
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "22:00", To: "06:00"}}
	}
	_, err := b.Issuer.Issue(ctx, nil, &permit.Permit{Head: permit.Head{Controller: controller, Engine: "engine-1", By: "p"}, Camera: id, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: permit.ClassCrime,
		Basis: "databeskyttelsesforordningen art. 6, stk. 1, litra f", Case: "2026-003", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(2, 0, 0), Text: "x"})
	must(b.t, err)
	b.Issuer.Wake()
	for r := (issuer.Record{}); r.State != issuer.Accepted; {
		r, err = b.Issuer.Standing(ctx, id, "main")
		must(b.t, err)
	}
}

// storage has somebody be able to get at the storage itself.
func (b *bench) storage(controller, name string, until time.Time) {
	b.t.Helper()
	ctx := b.t.Context()
	it, err := b.rights.IT(ctx, controller, "")
	must(b.t, err)
	owner := b.people["nadia-"+controller]
	a, err := b.rights.AskStorage(ctx, authorisation.Access{Controller: controller, Name: name, Place: "Serverskabet", Need: "Skifter diske og passer serveren", FromAt: b.clk.Now(), UntilAt: until}, it)
	must(b.t, err)
	must(b.t, b.rights.DecideStorage(ctx, controller, a.ID, true, "", authorisation.Who{Person: owner.ID, Name: owner.Name}))
}

// describe issues the security description and has it confirmed.
func (b *bench) describe(controller string) {
	b.t.Helper()
	ctx := b.t.Context()
	owner, amira := b.people["nadia-"+controller], b.people["amira-"+controller]
	d, err := b.Safeguards.Describe(ctx, controller, b.engine[controller].Engine)
	must(b.t, err)
	doc, err := b.docs.Add(ctx, document.New{Controller: controller, Kind: safeguards.Kind, Name: "sikkerhed.txt", By: owner.ID}, strings.NewReader("Sikkerhedsbeskrivelse"))
	must(b.t, err)
	v, err := b.Safeguards.Issue(ctx, d, d.Seal(), "Sikkerhedsbeskrivelse", "Den første", doc.ID, safeguards.Who{Controller: controller, Person: owner.ID, Name: owner.Name})
	must(b.t, err)
	must(b.t, b.staff.Confirm(ctx, staff.SecurityDescription, v.Version.Version, staff.Who{Controller: controller, Person: amira.ID, Name: amira.Name}))
}

// reviewed lets a week pass, of which a sample is drawn.
func (b *bench) reviewed() {
	b.t.Helper()
	for range 3 {
		must(b.t, b.Review.Tick(b.t.Context()))
		b.clk.Advance(7*day + time.Hour)
	}
	must(b.t, b.Review.Tick(b.t.Context()))
}

func (b *bench) answers(controller, location string) inspection.Answers {
	b.t.Helper()
	a, err := b.Answers(b.t.Context(), inspection.Query{Controller: controller, Location: location, Engine: b.engine[controller]})
	must(b.t, err)
	if len(a.Answers) != inspection.Questions {
		b.t.Fatalf("%d answers", len(a.Answers))
	}
	return a
}

// gaps are the keys of the gaps of each answer.
func gaps(a inspection.Answers) map[int][]string {
	out := map[int][]string{}
	for _, x := range a.Answers {
		for _, g := range x.Gaps {
			key := g.Key
			if key == "safeguards" {
				key += " " + g.Name
			}
			out[x.Number] = append(out[x.Number], key)
		}
		slices.Sort(out[x.Number])
	}
	return out
}

// both sets the two centres up: "kadence" follows the rules, "pumpen" breaks
// seven of them.
func both(t *testing.T, d *db.DB) *bench {
	b := set(t, d)
	ctx := t.Context()
	b.centre("kadence", true, true)
	b.centre("pumpen", false, false)                  // 6: no signs; 8: staff are not told
	b.camera("pumpen", "pumpen-gade", "road")         // 2: a camera on the street
	b.storage("pumpen", "Bo", b.clk.Now().Add(2*day)) // 10: a key that was not taken back
	owner := b.people["nadia-pumpen"]
	_, err := b.Sharing.Save(ctx, sharing.System{Name: "Nabodeling", Others: true, Owner: "Nadia", Assessors: []sharing.Assessor{{Person: owner.ID, Qualification: "Sikkerhedschef"}}, Members: []sharing.Member{{Person: b.people["amira-kadence"].ID}},
		Permission: sharing.Permission{Journal: "2026-32-0117", Issued: b.clk.Now().Add(-day), Expires: b.clk.Now().Add(5 * day), Terms: "Højst ti personer", Document: "dok"}}, sharing.Who{Controller: "pumpen", Person: owner.ID, Name: owner.Name}) // 5
	must(t, err)
	b.reviewed()
	b.engine["kadence"] = inspection.Engine{Engine: safeguards.Engine{Cameras: 2, Encrypted: 2}, Oldest: func(string) time.Time { return b.clk.Now().Add(-14 * day) }}
	b.engine["pumpen"] = inspection.Engine{Engine: safeguards.Engine{Cameras: 3, Encrypted: 3, Late: true}, Oldest: func(string) time.Time { return time.Time{} },
		Late: []engineapi.Deletion{{Camera: "pumpen-sal", Due: b.clk.Now().Add(-3 * day), Segments: 4}, {Camera: "kadence-sal", Due: b.clk.Now()}}} // 4
	b.describe("kadence") // 12: the other has none
	return b
}

func TestACentreThatFollowsTheRulesHasNoGap(t *testing.T) {
	req.Shows(t, "GOV-3", "GOV-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := both(t, d)
		for _, at := range []string{"", "kadence-havnen"} {
			a := b.answers("kadence", at)
			if got := gaps(a); a.Gaps() != 0 {
				t.Errorf("at %q: gaps %v", at, got)
			}
			if a.Cameras != 2 || a.Locations != 1 {
				t.Errorf("at %q: %d cameras, %d locations", at, a.Cameras, a.Locations)
			}
			for _, x := range a.Answers {
				if len(x.Says) == 0 {
					t.Errorf("at %q: nothing is said to question %d", at, x.Number)
				}
			}
			if n := len(a.Entries()); n < 3 {
				t.Errorf("at %q: %d entries of the ledger: not the permits and the sample", at, n)
			}
		}
	})
}

func TestEachOfSevenBrokenRulesIsNamedInItsAnswer(t *testing.T) {
	req.Shows(t, "GOV-3")
	want := map[int][]string{
		2: {"street"}, 4: {"late"}, 5: {"sharing"}, 6: {"hang.before", "hang.entrance"}, 8: {"roll"}, 10: {"storage.over"},
		12: {"description", "safeguards deletion.late", "safeguards people.storage.late"},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := both(t, d)
		for _, at := range []string{"", "pumpen-havnen"} {
			a := b.answers("pumpen", at)
			if got := gaps(a); !maps.EqualFunc(got, want, slices.Equal[[]string]) {
				t.Errorf("at %q:\n%v, wanted\n%v", at, got, want)
			}
			for _, x := range a.Answers {
				for _, g := range x.Gaps {
					if g.Href == "" || g.Location != "" && g.Place == "" {
						t.Errorf("question %d: %+v does not say where", x.Number, g)
					}
				}
			}
			late := a.Answers[3].Gaps[0]
			if late.Count != 4 || !late.At.Equal(b.clk.Now().Add(-3*day)) {
				t.Errorf("late: %+v, another's among them", late)
			}
		}
		if _, err := b.Answers(t.Context(), inspection.Query{Controller: "pumpen", Location: "kadence-havnen"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's location: %v", err)
		}
	})
}

func TestWhatIsNotKnownIsSaid(t *testing.T) {
	req.Shows(t, "GOV-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := both(t, d)
		b.engine["kadence"] = inspection.Engine{Engine: safeguards.Engine{Away: true}}
		a := b.answers("kadence", "")
		for _, n := range []int{3, 4} {
			if !slices.Contains(a.Answers[n-1].Cannot, "engine") {
				t.Errorf("the recorder is away, and answer %d does not say so: %v", n, a.Answers[n-1].Cannot)
			}
		}
		if got := fmt.Sprint(gaps(a)[12]); !strings.Contains(got, "deletion.unknown") {
			t.Errorf("12: %s", got)
		}
	})
}
