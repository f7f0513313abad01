package staff_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/staff"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

var (
	start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	boss  = staff.Who{Controller: "lindeby", Person: "p-1", Name: "Birthe Dam"}
	other = staff.Who{Controller: "kadence", Person: "p-2", Name: "Fremmed"}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room with what it stands on, and one camera that records.
type bench struct {
	*staff.Room
	c     staff.Config
	t     *testing.T
	db    *db.DB
	clk   *clock.Fake
	log   *ledger.Log
	docs  *document.Room
	first *permit.Permit
}

func open(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx, b := t.Context(), &bench{t: t, db: d, clk: clock.NewFake(start)}
	var err error
	b.log, err = ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	signer, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	must(t, err)
	is, err := issuer.Open(ctx, d, b.log, signer, b.clk, func(context.Context, string, []byte) error { return nil })
	must(t, err)
	reg, err := register.Open(ctx, d, b.log, b.clk)
	must(t, err)
	book, err := law.Read(lawdata.Files())
	must(t, err)
	b.docs, err = document.Open(ctx, document.Config{DB: d, Ledger: b.log, Clock: b.clk, Dir: t.TempDir()})
	must(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}, Key: [32]byte{1}})
	must(t, err)
	out, err := notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "mail.invalid", Port: 587, From: "vidne@lindeby.dk"}})
	must(t, err)
	b.c = staff.Config{DB: d, Ledger: b.log, Clock: b.clk, Register: reg, Issuer: is, People: people, Law: book, Papers: b.docs,
		Live: func(context.Context, string) (string, error) { return "never", nil },
		Mail: &notify.Letters{Out: out, BaseURL: "https://vidne.test", Words: func(lang, key string, args ...any) string { return fmt.Sprint(lang, " ", key, " ", args) }}}
	for _, c := range []string{"lindeby", "kadence"} {
		must(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: map[string]string{"lindeby": register.Municipality, "kadence": register.Business}[c]}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Name: "Skolen"}, ""))
		must(t, reg.AddCamera(ctx, register.Camera{ID: c + "-1", Controller: c, Location: c + "-skole", Name: "Indgang", Place: "Indgangen", PurposeKind: "crime", Engine: "e"}, ""))
	}
	_, err = people.Create(ctx, identity.NewAccount{Login: "karen", Name: "Karen", Controller: "lindeby", Roles: []string{"coordinator"}, Email: "karen@lindeby.dk", Password: "en lang sætning om ænder"}, "")
	must(t, err)
	b.Room, err = staff.Open(ctx, b.c)
	must(t, err)
	b.first = b.permit("lindeby-1", 14)
	b.tick()
	return b
}

func (b *bench) permit(camera string, days int) *permit.Permit {
	b.t.Helper()
	night := permit.Spans{{From: "16:00", To: "07:00"}}
	p := &permit.Permit{Head: permit.Head{Controller: strings.TrimSuffix(camera, "-1"), Engine: "e", By: "p"}, Camera: camera, Stream: "main", Hours: permit.Hours{Zone: "Europe/Copenhagen", Week: [7]permit.Spans{night, night, night, night, night, night, night}, Dates: []permit.Date{}},
		RetentionHours: days * 24, Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "Optagetilladelse"}
	if b.first != nil && camera == b.first.Camera {
		p.Replaces = b.first.ID
	}
	_, err := b.c.Issuer.Issue(b.t.Context(), nil, p)
	must(b.t, err)
	return p
}

func (b *bench) tick() {
	b.t.Helper()
	must(b.t, b.Tick(b.t.Context()))
}

func (b *bench) roll() staff.Roll {
	b.t.Helper()
	r, err := b.Of(b.t.Context(), "lindeby", "lindeby-skole")
	must(b.t, err)
	return r
}

func (b *bench) add(name, mail string, kind staff.Kind, since time.Time) staff.Member {
	b.t.Helper()
	m, err := b.Add(b.t.Context(), "lindeby-skole", staff.Line{Kind: kind, Name: name, Mail: mail, Since: since}, boss)
	must(b.t, err)
	return m
}

// mails are those that wait, of a kind: addresses and texts.
func (b *bench) mails(kind string) (to, texts []string) {
	b.t.Helper()
	type row struct{ Target, Body string }
	var rows []row
	must(b.t, b.db.Read(b.t.Context(), func(tx *db.Tx) (err error) {
		rows, err = db.All[row](b.t.Context(), tx, `SELECT target, body FROM notify_outbox WHERE kind = ? ORDER BY seq`, kind)
		return err
	}))
	for _, r := range rows {
		to, texts = append(to, r.Target), append(texts, r.Body)
	}
	return to, texts
}

func (b *bench) entries(kind string) int {
	b.t.Helper()
	all, err := b.log.Find(b.t.Context(), ledger.Filter{Kinds: []string{kind}})
	must(b.t, err)
	return len(all)
}

var code = regexp.MustCompile(`/kvittering/([A-Z2-7]{26})`)

// A member confirms by a link that is theirs alone, in the version that stands;
// when what is permitted changes, a new version is due and the old receipt does
// not count.
func TestAReceiptIsOfOneVersion(t *testing.T) {
	req.Shows(t, "INFO-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		if l := b.roll().Lacks(); len(l) != 1 || l[0].What != staff.LackRoll {
			t.Fatalf("an empty roll lacks %+v", l)
		}
		m := b.add("Anders Møller", "anders@lindeby.dk", staff.Employee, start.AddDate(-3, 0, 0))
		b.add("Bodil Friis", "", staff.Employee, start.AddDate(-3, 0, 0))
		if n, err := b.Send(ctx, "lindeby-skole", boss); err != nil || n != 1 {
			t.Fatalf("sent to %d, %v", n, err)
		}
		to, texts := b.mails("staff.notice")
		found := code.FindStringSubmatch(strings.Join(texts, ""))
		if len(to) != 1 || to[0] != "anders@lindeby.dk" || found == nil || strings.Contains(texts[0], "Skolen") {
			t.Fatalf("mailed %v %v", to, texts)
		}
		b.clk.Advance(2 * day)
		l, err := b.ByCode(ctx, found[1])
		must(t, err)
		if l.Member.ID != m.ID || l.Receipt != nil || l.Notice.Version != 1 || !l.Notice.Council || l.Notice.Days() != 14 {
			t.Errorf("the link opens %+v", l)
		}
		if _, err := b.ByCode(ctx, strings.Repeat("A", 26)); fault.Key(err) != "staff.code" {
			t.Errorf("a code that is none: %v", err)
		}
		if err := b.Acknowledge(ctx, found[1], 2, ""); fault.Key(err) != "staff.version" {
			t.Errorf("of a version that there is not: %v", err)
		}
		must(t, b.Acknowledge(ctx, found[1], 1, "192.0.2.7"))
		must(t, b.Acknowledge(ctx, found[1], 1, "192.0.2.7"))
		r := b.roll()
		x, has := r.Receipt(r.Members[0])
		if !has || x.How != staff.ByLink || !x.Told.Equal(start) || !x.At.Equal(start.Add(2*day)) || !r.Began().Equal(start) {
			t.Errorf("receipt %+v", x)
		}
		if all, have := r.Count(); all != 2 || have != 1 || len(r.Lacks()) != 1 || !r.Told(b.clk.Now()).IsZero() {
			t.Errorf("%d of %d, lacks %+v", have, all, r.Lacks())
		}
		if n := b.entries("staff.received"); n != 1 {
			t.Errorf("%d entries of one receipt", n)
		}
		found2, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"staff."}})
		must(t, err)
		for _, e := range found2 {
			if strings.Contains(string(e.Body), "Anders") || strings.Contains(string(e.Body), "anders@") {
				t.Errorf("the ledger names a member: %s", e.Body)
			}
		}

		b.permit("lindeby-1", 30)
		b.tick()
		r = b.roll()
		if _, has := r.Receipt(r.Members[0]); has || r.Notice.Version != 2 || r.Notice.Days() != 30 || len(r.Lacks()) != 2 || len(r.Members[0].Receipts) != 1 {
			t.Errorf("after the permit changed: %+v", r)
		}
		b.tick()
		if b.roll().Notice.Version != 2 {
			t.Error("a version without a change")
		}
		if l, err = b.ByCode(ctx, found[1]); err != nil || l.Receipt != nil || l.Notice.Version != 2 {
			t.Errorf("the old link: %+v %v", l, err)
		}
		must(t, b.Leave(ctx, m.ID, boss))
		if _, err := b.ByCode(ctx, found[1]); fault.Key(err) != "staff.code" {
			t.Errorf("the link of one who has left: %v", err)
		}
		gone, err := b.Member(ctx, "lindeby", m.ID)
		must(t, err)
		if gone.Mail != "" || gone.LeftAt.IsZero() || len(gone.Receipts) != 1 {
			t.Errorf("who has left: %+v", gone)
		}
		b.clk.Advance(staff.KeepFor + day)
		b.tick()
		if _, err := b.Member(ctx, "lindeby", m.ID); fault.Key(err) != "staff.member" {
			t.Errorf("after five years: %v", err)
		}
	})
}

// What is written down has a day, a way and something that it rests on; a firm
// states, people do not; another's roll is not there.
func TestReceiptsAreWrittenDown(t *testing.T) {
	req.Shows(t, "INFO-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		one, firm := b.add("Anders Møller", "", staff.Employee, start.AddDate(-3, 0, 0)), b.add("Nordrent ApS", "", staff.Firm, start.AddDate(-1, 0, 0))
		b.clk.Advance(day)
		now := b.clk.Now()
		for _, c := range []struct {
			n   staff.Note
			who staff.Who
			key string
		}{
			{staff.Note{Version: 1, Told: now, How: staff.InPerson, Words: "Givet i dag"}, boss, "staff.members"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: "fax", Words: "Givet i dag"}, boss, "staff.how"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: staff.ByLink, Words: "Givet i dag"}, boss, "staff.how"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: staff.ByList}, boss, "staff.list"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: staff.InPerson}, boss, "staff.words"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now.Add(day), How: staff.InPerson, Words: "Givet i dag"}, boss, "staff.told"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now.Add(-5 * day), How: staff.InPerson, Words: "Givet i dag"}, boss, "staff.told"},
			{staff.Note{Members: []string{one.ID}, Version: 2, Told: now, How: staff.InPerson, Words: "Givet i dag"}, boss, "staff.version"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: staff.ByStatement, Words: "Givet i dag"}, boss, "staff.statement"},
			{staff.Note{Members: []string{firm.ID}, Version: 1, Told: now, How: staff.InPerson, Words: "Givet i dag"}, boss, "staff.statement"},
			{staff.Note{Members: []string{"x"}, Version: 1, Told: now, How: staff.InPerson, Words: "Givet i dag"}, boss, "staff.member"},
			{staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: staff.InPerson, Words: "Givet i dag"}, other, "staff.version"},
		} {
			if err := b.Write(ctx, "lindeby-skole", c.n, c.who); fault.Key(err) != c.key {
				t.Errorf("%+v: %v, want %s", c.n, err, c.key)
			}
		}
		must(t, b.Write(ctx, "lindeby-skole", staff.Note{Members: []string{one.ID}, Version: 1, Told: now, How: staff.ByList, Document: "d-1"}, boss))
		if l := b.roll().Lacks(); len(l) != 1 || l[0].Member != firm.ID {
			t.Errorf("lacks %+v", l)
		}
		must(t, b.Write(ctx, "lindeby-skole", staff.Note{Members: []string{firm.ID}, Version: 1, Told: now, How: staff.ByStatement, Words: "Firmaet skriver, at alle seks er underrettet."}, boss))
		if r := b.roll(); len(r.Lacks()) != 0 || !r.Told(b.clk.Now()).Equal(now) {
			t.Errorf("told %s", r.Told(b.clk.Now()))
		}
		if _, err := b.Add(ctx, "lindeby-skole", staff.Line{Kind: staff.Employee, Name: "Fremmed", Since: start}, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("on another's roll: %v", err)
		}
		if err := b.Leave(ctx, one.ID, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's member: %v", err)
		}
		if err := b.SayNobody(ctx, "lindeby-skole", "Her er der ingen.", boss); fault.Key(err) != "staff.somebody" {
			t.Errorf("nobody, of a roll with people: %v", err)
		}
		for key, l := range map[string]staff.Line{
			"staff.kind":  {Kind: "ghost", Name: "Et navn", Since: start},
			"staff.name":  {Kind: staff.Employee, Name: " ", Since: start},
			"staff.mail":  {Kind: staff.Employee, Name: "Et navn", Mail: "a@b\r\nBcc: c@d", Since: start},
			"staff.since": {Kind: staff.Employee, Name: "Et navn"},
			"staff.twice": {Kind: staff.Employee, Name: "anders møller", Since: start},
		} {
			if _, err := b.Add(ctx, "lindeby-skole", l, boss); fault.Key(err) != key {
				t.Errorf("%+v: %v, want %s", l, err, key)
			}
		}
	})
}

// Whoever begins later has the notice before they do; what is lacking is told by
// its day, to them and to those who answer for the place.
func TestWhatIsLackingIsTold(t *testing.T) {
	req.Shows(t, "INFO-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		b.add("Anders Møller", "anders@lindeby.dk", staff.Employee, start.AddDate(-3, 0, 0))
		begins := start.AddDate(0, 0, 20)
		b.tick()
		if to, _ := b.mails("staff.notice"); len(to) != 0 {
			t.Error("a notice went out before anybody handed it out")
		}
		_, err := b.Send(ctx, "lindeby-skole", boss)
		must(t, err)
		b.add("Carl Emil Bech", "carl@lindeby.dk", staff.Employee, begins)
		b.tick()
		if to, _ := b.mails("staff.notice"); len(to) != 2 || to[1] != "carl@lindeby.dk" {
			t.Errorf("who comes later is written to: %v", to)
		}
		lacks, err := b.Lacking(ctx, "lindeby", nil)
		must(t, err)
		if len(lacks) != 2 || lacks[0].Name != "Anders Møller" || !lacks[1].Due.Before(begins) || lacks[1].Overdue(b.clk.Now()) {
			t.Fatalf("lacking %+v", lacks)
		}
		if l, err := b.Lacking(ctx, "lindeby", []string{}); err != nil || len(l) != 0 {
			t.Errorf("nowhere %+v %v", l, err)
		}
		if l, err := b.Lacking(ctx, "kadence", nil); err != nil || len(l) != 0 {
			t.Errorf("another's %+v %v", l, err)
		}
		for range 24 {
			b.clk.Advance(day)
			b.tick()
			b.tick()
		}
		// Anders: seven days before, the day before, on it, seven days after; Carl
		// the same of the day on which he begins, of which the last is to come.
		if to, _ := b.mails("staff.reminder"); len(to) != 7 {
			t.Errorf("reminded %v", to)
		}
		to, _ := b.mails("staff.lacking")
		late, _ := b.mails("staff.late")
		if len(to) != 3 || to[0] != "karen@lindeby.dk" || len(late) != 1 {
			t.Errorf("told of what is lacking: %v, of what is late: %v", to, late)
		}
	})
}

// A list is taken in whole: who is new comes on the roll, who is known is
// corrected, and of the whole roll who is not in it leaves.
func TestAListIsTakenIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		b.add("Anders Møller", "anders@lindeby.dk", staff.Employee, start.AddDate(-3, 0, 0))
		b.add("Går Af", "", staff.Employee, start.AddDate(-3, 0, 0))
		lines := func() []staff.Line {
			return []staff.Line{{Kind: staff.Substitute, Name: "Anders Møller", Mail: "ANDERS@lindeby.dk", Since: start}, {Kind: staff.Employee, Name: "Ny Kollega", Since: start}}
		}
		if _, err := b.Import(ctx, "lindeby-skole", append(lines(), staff.Line{Kind: "x"}), true, boss); fault.Key(err) != "staff.kind" || len(b.roll().Members) != 2 {
			t.Errorf("with a wrong line: %v", err)
		}
		got, err := b.Import(ctx, "lindeby-skole", lines(), true, boss)
		must(t, err)
		if got != (staff.Imported{Added: 1, Changed: 1, Left: 1}) || len(b.roll().Members) != 2 {
			t.Errorf("%+v: %+v", got, b.roll().Members)
		}
		if got, err = b.Import(ctx, "lindeby-skole", lines(), false, boss); err != nil || got != (staff.Imported{}) {
			t.Errorf("the same again: %+v %v", got, err)
		}
	})
}
