package deletion_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/deletion"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/lawdata"
)

const owner = enginetest.Controller

var start = time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room on a real recorder.
type bench struct {
	*deletion.Room
	deletion.Config
	t    *testing.T
	site *enginetest.Site
	log  *ledger.Log
	mail *notify.Notifier
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx := t.Context()
	s := enginetest.New(t, start)
	b := &bench{t: t, site: s}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), s.Fake)
	must(t, err)
	is, err := issuer.Open(ctx, d, b.log, s.Signer, s.Fake, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, s.Fake)
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: s.Fake, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	grants, err := grant.Open(ctx, grant.Config{DB: d, Ledger: b.log, Clock: s.Fake})
	must(t, err)
	incidents, err := incident.Open(ctx, incident.Config{DB: d, Ledger: b.log, Clock: s.Fake, Grants: grants, Register: reg, Issuer: is, Law: book})
	must(t, err)
	holds, err := hold.Open(ctx, hold.Config{DB: d, Ledger: b.log, Clock: s.Fake, Incidents: incidents, Issuer: is, Register: reg, People: people, Law: book, Engine: enginetest.EngineID,
		Process: func(context.Context, string) (casework.Holds, error) {
			return casework.Holds{Copy: casework.CopyRequest}, nil
		}})
	must(t, err)
	post := notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.mail, err = notify.Open(ctx, d, s.Fake, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: post.Port(), From: "vidne@example.dk", Plain: true}})
	must(t, err)
	for _, c := range []string{owner, "kadence"} {
		must(t, reg.AddController(ctx, register.Controller{ID: c, Name: strings.ToUpper(c), Kind: register.Municipality}, ""))
	}
	must(t, reg.AddLocation(ctx, register.Location{ID: "skole", Controller: owner, Name: "Skolen"}, ""))
	must(t, reg.AddLocation(ctx, register.Location{ID: "center", Controller: "kadence", Name: "Centret"}, ""))
	for id, at := range map[string]string{"gaard": "skole", "hal": "skole", "indgang": "skole", "sal": "center"} {
		c := register.Camera{ID: id, Controller: owner, Location: at, Name: id, BasisID: "2d", Engine: enginetest.EngineID}
		if at == "center" {
			c.Controller = "kadence"
		}
		must(t, reg.AddCamera(ctx, c, ""))
	}
	for _, role := range []string{"coordinator", "dpo", "it", "operator"} {
		_, err := people.Create(ctx, identity.NewAccount{Login: role, Name: role, Controller: owner, Roles: []string{role}, Email: role + "@example.dk", Password: "lindeby-kigger-ikke-live"}, "")
		must(t, err)
	}
	b.Config = deletion.Config{DB: d, Ledger: b.log, Clock: s.Fake, Register: reg, People: people, Holds: holds, Engine: s.Client,
		Mail: &notify.Letters{Out: b.mail, BaseURL: "https://vidne.example.dk", Words: func(_, key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }}}
	b.open()
	return b
}

// open opens the room on the recorder that runs now.
func (b *bench) open() {
	b.t.Helper()
	var err error
	b.Engine = b.site.Client
	b.Room, err = deletion.Open(b.t.Context(), b.Config)
	must(b.t, err)
}

// record records some seconds, each camera to be deleted after so many hours.
func (b *bench) record(hours map[string]int) {
	b.t.Helper()
	for name, n := range hours {
		b.site.Connect(name, b.site.Camera(testcam.Tiny))
		b.site.Allow(name, func(p *permit.Permit) { p.RetentionHours, p.Class = n, permit.ClassCrime })
	}
	halt := b.site.Run(2)
	for name := range hours {
		b.site.Recorded(name, 5*time.Second)
	}
	halt()
	b.site.Say(&permit.Stop{Head: b.site.Head(), Reason: "Nok er optaget"})
	b.site.Fake.Advance(time.Minute)
}

// gone lets minutes pass until a camera has nothing left.
func (b *bench) gone(camera string) {
	b.t.Helper()
	b.site.Until(camera+" is deleted", func() bool {
		b.site.Fake.Advance(time.Minute)
		all, err := b.site.Client.Tallies(b.t.Context(), start.Add(-time.Hour), b.site.Now())
		must(b.t, err)
		for _, x := range all {
			if x.Camera == camera {
				return x.Done > 0 && x.Done == x.Due
			}
		}
		return false
	})
}

func (b *bench) told() (to []string) {
	b.t.Helper()
	all, err := b.mail.Records(b.t.Context(), 100)
	must(b.t, err)
	for _, m := range all {
		to = append(to, m.Kind+" "+m.Message)
	}
	return to
}

// A month of a real recorder: one camera's footage is deleted in time, one's is
// kept by a lock, and one's is late, for the recorder did not run; another
// controller's is not in it. Nothing is said while the recorder does not answer.
// The statement is made once, is told once, and stands.
func TestAMonthIsStatedFromWhatTheRecorderProves(t *testing.T) {
	req.Shows(t, "KEEP-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := set(t, d), t.Context()
		october := deletion.Month{Year: 2026, Month: time.October}
		b.record(map[string]int{"indgang": 1, "gaard": 1, "sal": 1, "hal": 24})
		h := &permit.Hold{Head: b.site.Head(), Cameras: []string{"gaard"}, From: start, To: start.Add(time.Minute), Reason: permit.HoldCrime, Reference: "4100-1", Owner: "p", Second: "q",
			Review: b.site.Now().Add(60 * 24 * time.Hour), Until: b.site.Now().Add(100 * 24 * time.Hour)}
		b.site.Say(h)
		b.gone("indgang")
		b.gone("sal")

		if months, err := b.Awaited(ctx, owner); err != nil || !slices.Equal(months, []deletion.Month{october}) {
			t.Fatalf("awaited %v, %v", months, err)
		}
		s, err := b.Make(ctx, owner, october)
		must(t, err)
		if s.Over() || s.Well() || s.Total.Due != 2 || s.Total.Done != 1 || s.Total.Kept != 1 || s.Total.Late != 0 || s.Total.Left != 0 || s.Total.Worst() > time.Hour || len(s.Late) != 0 {
			t.Fatalf("so far: %+v", s)
		}
		if len(s.Kept) != 1 || s.Kept[0].Camera != "gaard" || s.Kept[0].Hold != h.ID || s.Kept[0].Reason != string(permit.HoldCrime) || s.Kept[0].Hours != 1 {
			t.Errorf("kept: %+v", s.Kept)
		}

		// The recorder is away when the hall's footage is due.
		b.site.Fake.Advance(start.Add(23 * time.Hour).Sub(b.site.Now()))
		b.site.Stop()
		b.site.Fake.Advance(6 * time.Hour)
		b.site.Open()
		b.open()
		b.gone("hal")
		s, err = b.Make(ctx, owner, october)
		must(t, err)
		if s.Total.Late != 1 || s.Total.Left != 0 || s.Total.Worst() < 4*time.Hour || len(s.Late) != 1 || s.Late[0].Camera != "hal" || s.Late[0].Why != deletion.Down || s.Late[0].Done.IsZero() {
			t.Fatalf("after the recorder was away: %+v", s)
		}
		if len(s.Away) != 1 || s.AwayFor() < 5*time.Hour || s.AwayFor() > 8*time.Hour || s.Away[0].From.Before(start.Add(22*time.Hour)) {
			t.Errorf("away: %+v", s.Away)
		}

		b.site.Fake.Advance(october.Ready().Add(-time.Minute).Sub(b.site.Now()))
		must(t, b.Tick(ctx))
		if _, made, err := b.Get(ctx, owner, october); made || err != nil {
			t.Fatalf("stated before the month was over: %v", err)
		}
		b.site.Stop()
		b.site.Fake.Advance(2 * time.Minute)
		must(t, b.Tick(ctx))
		if _, err := b.Make(ctx, owner, october); !fault.Is(err, fault.Unavailable) {
			t.Errorf("stated without the recorder: %v", err)
		}
		if _, made, _ := b.Get(ctx, owner, october); made || len(b.told()) != 0 {
			t.Fatalf("a statement is made while the recorder does not answer: %v", b.told())
		}
		if months, err := b.Awaited(ctx, owner); err != nil || !slices.Equal(months, []deletion.Month{october, october.Add(1)}) {
			t.Errorf("awaited while it does not answer: %v, %v", months, err)
		}
		b.site.Open()
		b.open()
		for range 2 {
			must(t, b.Tick(ctx))
		}
		i, made, err := b.Get(ctx, owner, october)
		must(t, err)
		if !made || !i.Over() || i.Well() || i.Total.Due != 3 || i.Total.Done != 2 || i.Total.Kept != 1 || i.Total.Late != 1 || len(i.Cameras) != 3 || i.Cameras[0].Name != "gaard" || i.Controller != strings.ToUpper(owner) {
			t.Fatalf("stated: %v %+v", made, i.Statement)
		}
		if !strings.HasPrefix(i.Checkpoint, "vidne/") || i.Cameras[2].Proofs[0] == 0 {
			t.Errorf("without proof: %q %v", i.Checkpoint, i.Cameras[2].Proofs)
		}
		told := b.told()
		slices.Sort(told)
		if len(told) != 2 || !strings.HasPrefix(told[0], "deletion.look deletion-"+owner+"-2026-10") {
			t.Errorf("told: %q", told)
		}
		entries, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"deletions.stated"}, Text: `"` + owner + `"`})
		must(t, err)
		sum := sha256.Sum256(i.Body)
		if len(entries) != 1 || entries[0].Index != i.Entry || !bytes.Contains(entries[0].Body, []byte(hex.EncodeToString(sum[:]))) {
			t.Errorf("in the ledger: %+v", entries)
		}
		other, made, err := b.Get(ctx, "kadence", october)
		must(t, err)
		if !made || other.Total.Due != 1 || other.Total.Done != 1 || len(other.Cameras) != 1 || other.Total.Late != 0 || len(other.Away) == 0 || other.Well() {
			t.Errorf("the other controller's: %+v", other.Statement)
		}

		// What the lock kept is let go: the statement stands as it was.
		b.site.Say(&permit.Release{Head: b.site.Head(), Hold: h.ID, Reason: "Politiet har fået den"})
		b.gone("gaard")
		must(t, b.Tick(ctx))
		after, _, err := b.Get(ctx, owner, october)
		must(t, err)
		if !bytes.Equal(after.Body, i.Body) || len(b.told()) != 2 {
			t.Errorf("it changed, or was told again: %q", b.told())
		}
		november, err := b.Make(ctx, owner, october.Add(1))
		must(t, err)
		if november.Total.Freed != 1 || november.Total.Due != 0 || len(november.Kept) != 0 {
			t.Errorf("in the month after: %+v", november)
		}
	})
}

func TestMonths(t *testing.T) {
	m, err := deletion.ParseMonth("2026-12")
	must(t, err)
	if from, to := m.From().UTC(), m.To().UTC(); from != time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC) || to != time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC) {
		t.Errorf("December is %s to %s", from, to)
	}
	if m.Add(1).String() != "2027-01" || m.Add(-12).String() != "2025-12" || !m.Before(m.Add(1)) || m.Before(m) {
		t.Error("months are not counted")
	}
	if deletion.MonthOf(time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC)) != (deletion.Month{Year: 2026, Month: time.November}) {
		t.Error("a month begins at midnight in Denmark")
	}
	for _, bad := range []string{"", "2026", "2026-13", "1999-12", "2026-1", "../x"} {
		if _, err := deletion.ParseMonth(bad); fault.Key(err) != "deletion.month" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
