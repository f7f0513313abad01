package notice_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

const day = 24 * time.Hour

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is the room with what it stands on.
type bench struct {
	*notice.Room
	c      notice.Config
	t      *testing.T
	clk    *clock.Fake
	log    *ledger.Log
	people *identity.Directory
	out    *notify.Notifier
	mails  *notifytest.Server
}

func open(t *testing.T, d *db.DB) *bench {
	t.Helper()
	ctx, b := t.Context(), &bench{t: t, clk: clock.NewFake(start)}
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
	b.people, err = identity.Open(ctx, identity.Config{DB: d, Ledger: b.log, Clock: b.clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	must(t, err)
	b.mails = notifytest.New(t, func(s *notifytest.Server) { s.NoTLS = true })
	b.out, err = notify.Open(ctx, d, b.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: b.mails.Port(), From: "vidne@lindeby.dk", Plain: true}})
	must(t, err)
	letters := &notify.Letters{Out: b.out, BaseURL: "https://vidne.example", Words: func(lang, key string, args ...any) string { return lang + " " + key }}
	b.c = notice.Config{DB: d, Ledger: b.log, Clock: b.clk, Register: reg, Issuer: is, Law: book, People: b.people, Mail: letters, Dir: filepath.Join(t.TempDir(), "notices"),
		Live: func(context.Context, string) (string, error) { return "extraordinary", nil }}
	for _, c := range []string{"lindeby", "kadence"} {
		kind := map[string]string{"lindeby": register.Municipality, "kadence": "business"}[c]
		must(t, reg.AddController(ctx, register.Controller{ID: c, Name: strings.ToUpper(c[:1]) + c[1:], Kind: kind, Contact: "post@" + c + ".dk", DPO: "dpo@" + c + ".dk"}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Name: "Skolen", Address: "Skolevej 1"}, ""))
		must(t, reg.AddLocation(ctx, register.Location{ID: c + "-tom", Controller: c, Name: "Uden kameraer"}, ""))
		for _, n := range []string{"-1", "-2"} {
			must(t, reg.AddCamera(ctx, register.Camera{ID: c + n, Controller: c, Location: c + "-skole", Name: "Indgang" + n, Place: "Indgang", PurposeKind: "crime", BasisID: "2d", Engine: "e"}, ""))
		}
	}
	b.Room, err = notice.Open(ctx, b.c)
	must(t, err)
	return b
}

// permit lets a camera record for so many days.
func (b *bench) permit(camera string, days int) *permit.Permit {
	b.t.Helper()
	p := &permit.Permit{Head: permit.Head{Controller: strings.TrimRight(camera, "-12"), Engine: "e", By: "p"}, Camera: camera, Stream: "main", Hours: permit.Hours{Zone: "Europe/Copenhagen",
		Week: [7]permit.Spans{{{From: "16:00", To: "07:00"}}, {{From: "16:00", To: "07:00"}}, {{From: "16:00", To: "07:00"}}, {{From: "16:00", To: "07:00"}}, {{From: "16:00", To: "07:00"}}, {{From: "00:00", To: "24:00"}}, {{From: "00:00", To: "24:00"}}}, Dates: []permit.Date{}},
		RetentionHours: days * 24, Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014", ValidFrom: b.clk.Now(), ValidTo: b.clk.Now().AddDate(1, 0, 0), Text: "Optagetilladelse"}
	_, err := b.c.Issuer.Issue(b.t.Context(), nil, p)
	must(b.t, err)
	return p
}

// hang takes cameras into use.
func (b *bench) hang(cameras ...string) {
	b.t.Helper()
	for _, c := range cameras {
		must(b.t, b.c.DB.Write(b.t.Context(), func(tx *db.Tx) error {
			return b.c.Register.Commission(b.t.Context(), tx, strings.TrimRight(c, "-12"), c, b.clk.Now(), register.Mounted, "p")
		}))
	}
}

func (b *bench) tick() {
	b.t.Helper()
	must(b.t, b.Tick(b.t.Context()))
}

func (b *bench) of(controller string) *notice.Page {
	b.t.Helper()
	p, ok := b.Of(controller, controller+"-skole")
	if !ok {
		b.t.Fatalf("%s has no page", controller)
	}
	return p
}

// A page says what the permits in force say, in a version that rises when that
// changes and at no other time, is an entry of the ledger, and outlives the
// program and its database.
func TestAPageFollowsThePermits(t *testing.T) {
	req.Shows(t, "INFO-2", "INFO-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		b.tick()
		if len(b.All()) != 0 {
			t.Error("cameras that are applied for are told of as if they hung there")
		}
		must(t, b.c.Register.KeepEvidence(ctx, register.Evidence{Camera: "lindeby-1", Controller: "lindeby", By: "p"}))
		b.tick()
		if len(b.All()) != 0 {
			t.Error("a camera whose picture was tested for its application is told of")
		}
		b.hang("lindeby-1", "lindeby-2", "kadence-1")
		b.tick()
		p := b.of("lindeby")
		if p.Records() || p.Cameras != 2 || p.Version != 1 || !p.Public || b.of("kadence").Public || b.of("kadence").Cameras != 1 {
			t.Errorf("before any permit: %+v", p)
		}
		if _, ok := b.Of("lindeby", "lindeby-tom"); ok || len(b.All()) != 2 {
			t.Error("a place without cameras has a page")
		}
		code := regexp.MustCompile(`^[2-9a-hjkmnp-z]{8}$`)
		if other := b.of("kadence"); !code.MatchString(p.Code) || other.Code[:4] == p.Code[:4] {
			t.Errorf("codes %s and %s", p.Code, other.Code)
		}
		given := b.permit("lindeby-1", 14)
		b.permit("lindeby-2", 14)
		b.tick()
		b.clk.Advance(time.Minute)
		b.tick()
		p = b.of("lindeby")
		if p.Version != 2 || len(p.Areas) != 1 || p.Areas[0].Cameras != 2 || p.Days() != 14 || p.Sound() || !slices.Equal(p.Kinds(), []string{"crime"}) || p.Live != "extraordinary" || !slices.Contains(p.Discloses, "police") {
			t.Errorf("with permits: %+v", p)
		}
		if p.Contact != "post@lindeby.dk" || p.DPO != "dpo@lindeby.dk" || p.Who != "Lindeby" || !slices.Equal(p.Bases(), []string{"tv-overvågningsloven § 2 d, stk. 1"}) {
			t.Errorf("who and why: %+v", p)
		}
		was := p.Code
		b.permit("kadence-1", 30)
		if _, err := b.c.Issuer.Issue(ctx, nil, &permit.Revocation{Head: permit.Head{Controller: "lindeby", Engine: "e", By: "p"}, Permit: given.ID, Reason: "nedlagt"}); err != nil {
			t.Fatal(err)
		}
		b.clk.Advance(time.Minute)
		b.tick()
		if p = b.of("lindeby"); p.Version != 3 || p.Areas[0].Cameras != 1 || p.Code != was || p.Cameras != 2 {
			t.Errorf("after one was revoked: %+v", p)
		}
		entries, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"public.published"}, Text: was})
		must(t, err)
		if len(entries) != 3 {
			t.Errorf("%d versions are entered", len(entries))
		}

		// The pages are there with a database that answers nothing.
		again, err := notice.Open(ctx, b.c)
		must(t, err)
		if q, ok := again.Page(was); !ok || q.Version != 3 {
			t.Error("what was published is gone with the program")
		}
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM notice_pages")
			return err
		}))
		must(t, again.Tick(ctx))
		if q, ok := again.Of("lindeby", "lindeby-skole"); !ok || q.Code != was || q.Version != 4 {
			t.Errorf("signs that hang lead nowhere when the database is lost: %+v", q)
		}
		must(t, d.Write(ctx, func(tx *db.Tx) error {
			_, err := b.c.Register.ShutLocation(ctx, tx, "lindeby", "lindeby-skole", b.clk.Now(), "solgt", "")
			return err
		}))
		must(t, again.Tick(ctx))
		if q, ok := again.Page(was); !ok || !q.Ended || q.Records() || q.Cameras != 0 {
			t.Errorf("of a place that is shut: %+v", q)
		}
	})
}

// A file that is not what was written is not shown.
func TestABrokenFileIsNotShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		b.hang("lindeby-1")
		b.tick()
		p := b.of("lindeby")
		must(t, os.WriteFile(filepath.Join(b.c.Dir, p.Code+".json"), []byte("{"), 0o600))
		if _, err := notice.Open(t.Context(), b.c); fault.Key(err) != "notice.file" {
			t.Errorf("a broken file: %v", err)
		}
	})
}

// A sign is due a quarter after it was last seen as it should be, at once when
// it was not, and not any more when it is taken down; what passers-by report
// waits until somebody says what was done; the page is confirmed in the version
// that was read.
func TestSignsAndReportsAreSeenTo(t *testing.T) {
	req.Shows(t, "INFO-1", "INFO-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		b.hang("lindeby-1")
		b.tick()
		who := notice.Who{Controller: "lindeby", Person: "p-1", Name: "Jonas Lund"}
		other := notice.Who{Controller: "kadence", Person: "p-2", Name: "Fremmed"}
		for _, c := range []struct {
			sign notice.Sign
			key  string
		}{
			{notice.Sign{Location: "lindeby-skole", Place: "roof", Words: "På taget", Format: "a4"}, "sign.place"},
			{notice.Sign{Location: "lindeby-skole", Place: notice.AtEntrance, Words: "På taget", Format: "a9"}, "sign.format"},
			{notice.Sign{Location: "lindeby-skole", Place: notice.AtEntrance, Words: " x ", Format: "a4"}, "sign.words"},
		} {
			if _, err := b.Hang(ctx, c.sign, who); fault.Key(err) != c.key {
				t.Errorf("%+v: %v, want %s", c.sign, err, c.key)
			}
		}
		if _, err := b.Hang(ctx, notice.Sign{Location: "lindeby-skole", Place: notice.AtEntrance, Words: "Ved døren", Format: "a4"}, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("at another's place: %v", err)
		}
		s, err := b.Hang(ctx, notice.Sign{Location: "lindeby-skole", Place: notice.AtEntrance, Words: "Ved døren", Format: "a4"}, who)
		must(t, err)
		if !s.Due().Equal(start.Add(notice.CheckEvery)) {
			t.Errorf("due %s", s.Due())
		}
		b.clk.Advance(10 * day)
		if _, err := b.Check(ctx, s.ID, notice.Torn, "", "", who); fault.Key(err) != "sign.said" {
			t.Errorf("torn without a word: %v", err)
		}
		s, err = b.Check(ctx, s.ID, notice.Torn, "Hjørnet er væk", "", who)
		must(t, err)
		if !s.Due().Equal(b.clk.Now()) {
			t.Errorf("a torn one is due %s", s.Due())
		}
		if _, err := b.Check(ctx, s.ID, notice.Fine, "", "", other); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's sign: %v", err)
		}
		s, err = b.Check(ctx, s.ID, notice.Fine, "", "", who)
		must(t, err)
		if !s.Due().Equal(b.clk.Now().Add(notice.CheckEvery)) || len(s.Checks) != 2 {
			t.Errorf("after it hangs again: %+v", s)
		}

		p := b.of("lindeby")
		for _, in := range []notice.Report{{What: "x", Where: "Her"}, {What: notice.Torn}, {What: notice.Torn, Where: "Her", Words: strings.Repeat("x", notice.LongWords+1)}} {
			if err := b.Report(ctx, p.Code, in); !fault.Is(err, fault.Invalid) {
				t.Errorf("%.40v: %v", in, err)
			}
		}
		if err := b.Report(ctx, "findesikke", notice.Report{What: notice.Torn, Where: "Her"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("of no page: %v", err)
		}
		must(t, b.Report(ctx, p.Code, notice.Report{What: notice.WrongCamera, Where: "Ved åen", Words: "Det filmer stien"}))
		open, err := b.Reports(ctx, "lindeby", "lindeby-skole")
		must(t, err)
		if len(open) != 1 || open[0].Where != "Ved åen" {
			t.Fatalf("reports %+v", open)
		}
		if err := b.Settle(ctx, open[0].ID, "Drejet", other); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's report: %v", err)
		}
		if err := b.Settle(ctx, open[0].ID, " ", who); fault.Key(err) != "report.outcome" {
			t.Errorf("without a word: %v", err)
		}
		must(t, b.Settle(ctx, open[0].ID, "Kameraet er drejet", who))
		if open, err = b.Reports(ctx, "lindeby", ""); err != nil || len(open) != 0 {
			t.Errorf("after it was settled: %v %v", open, err)
		}

		if err := b.Confirm(ctx, "lindeby-skole", p.Version+1, who); fault.Key(err) != "notice.version" {
			t.Errorf("a version that was not read: %v", err)
		}
		if err := b.Confirm(ctx, "lindeby-tom", 1, who); !fault.Is(err, fault.NotFound) {
			t.Errorf("no page: %v", err)
		}
		must(t, b.Confirm(ctx, "lindeby-skole", p.Version, who))
		if q := b.of("lindeby"); !q.Confirmed.Equal(b.clk.Now()) || q.By != "Jonas Lund" || q.Version != p.Version {
			t.Errorf("confirmed: %+v", q)
		}
		if _, err := b.Remove(ctx, s.ID, "Døren er muret til", who); err != nil {
			t.Error(err)
		}
		if _, err := b.Check(ctx, s.ID, notice.Fine, "", "", who); fault.Key(err) != "sign.removed" {
			t.Errorf("one that was taken down: %v", err)
		}
		if all, err := b.Signs(ctx, "lindeby", ""); err != nil || len(all) != 0 {
			t.Errorf("%v %v", all, err)
		}
		for kind, n := range map[string]int{"sign.hung": 1, "sign.checked": 2, "sign.removed": 1, "public.reported": 1, "public.settled": 1, "public.confirmed": 1} {
			if found, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{kind}}); err != nil || len(found) != n {
				t.Errorf("%d entries of %s, %v", len(found), kind, err)
			}
		}
	})
}

var holes = regexp.MustCompile(`\{[a-z0-9]+\}`)

// plurals are the forms that a language's numbers of days take (CLDR).
var plurals = map[string][]string{"pl": {"one", "few", "many", "other"}, "uk": {"one", "few", "many", "other"}, "ar": {"one", "two", "few", "many", "other"}}

// Every text is there in every language, with the same holes, and is its own:
// not the English one left standing.
func TestEveryTextInEveryLanguage(t *testing.T) {
	req.Shows(t, "INFO-2")
	texts := map[string]map[string]string{}
	for _, lang := range notice.Languages() {
		b, err := os.ReadFile("words/" + lang + ".json")
		must(t, err)
		m := map[string]string{}
		must(t, json.Unmarshal(b, &m))
		texts[lang] = m
	}
	alike := []string{"dir", "clock", "date", "kept.one", "kept.other", "report.send", "who.contact", "register.address", "map.number", "map.km", "map.metres"}
	for lang, m := range texts {
		for key, da := range texts["da"] {
			s, ok := m[key]
			if !ok || strings.TrimSpace(s) == "" {
				t.Errorf("%s has no %s", lang, key)
				continue
			}
			if a, b := holes.FindAllString(da, -1), holes.FindAllString(s, -1); !slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))) {
				t.Errorf("%s: %s has the holes %v, want %v", lang, key, b, a)
			}
			for _, from := range []string{"da", "en"} {
				if lang != from && s == texts[from][key] && len(s) > 4 && !slices.Contains(alike, key) {
					t.Errorf("%s: %s stands as in %s: %s", lang, key, from, s)
				}
			}
			if strings.Contains(s, "!") {
				t.Errorf("%s: %s shouts", lang, key)
			}
		}
		for key := range m {
			if _, ok := texts["da"][key]; !ok && !strings.HasPrefix(key, "kept.") {
				t.Errorf("%s has %s, and Danish has not", lang, key)
			}
		}
		forms := plurals[lang]
		if forms == nil {
			forms = []string{"one", "other"}
		}
		w := notice.In(lang)
		for _, f := range forms {
			if !w.Has("kept." + f) {
				t.Errorf("%s has no kept.%s", lang, f)
			}
		}
		for n := 1; n <= 30; n++ {
			if got := w.Days(n); strings.HasPrefix(got, "[") || strings.Contains(got, "{") {
				t.Errorf("%s: %d days are %s", lang, n, got)
			}
		}
		if len(strings.Split(w.T("days"), "|")) != 7 || len(strings.Split(w.T("months"), "|")) != 12 {
			t.Errorf("%s: days or months are missing", lang)
		}
	}
}

// Hours and numbers as each language says them.
func TestHoursInWords(t *testing.T) {
	night, all := permit.Spans{{From: "16:00", To: "07:00"}}, permit.Spans{{From: "00:00", To: "24:00"}}
	week := permit.Hours{Week: [7]permit.Spans{night, night, night, night, night, all, nil}, Dates: []permit.Date{{Date: "2026-12-24", Spans: all}}}
	always := permit.Hours{Week: [7]permit.Spans{all, all, all, all, all, all, all}}
	for lang, want := range map[string][]string{
		"da": {"Mandag – fredag: 16.00–07.00 (næste dag)", "Lørdag: hele døgnet", "Søndag: ingen optagelse", "Undtagen 24. december 2026: hele døgnet"},
		"en": {"Monday – Friday: 16:00–07:00 (next day)", "Saturday: all day", "Sunday: no recording", "Except 24 December 2026: all day"},
		"pl": {"Poniedziałek – piątek: 16:00–07:00 (następnego dnia)", "Sobota: całą dobę", "Niedziela: bez nagrywania", "Z wyjątkiem 24 grudnia 2026: całą dobę"},
	} {
		if got := notice.In(lang).Hours(week); !slices.Equal(got, want) {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if got := notice.In("da").Hours(always); !slices.Equal(got, []string{"Hele døgnet, alle dage"}) {
		t.Errorf("always: %q", got)
	}
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{{"da", 1, "1 dag"}, {"uk", 21, "21 день"}, {"uk", 14, "14 днів"}, {"uk", 3, "3 дні"}, {"pl", 1, "1 dniu"}, {"ar", 2, "يومين (2)"}, {"ar", 7, "7 أيام"}, {"ar", 30, "30 يومًا"}} {
		if got := notice.In(c.lang).Days(c.n); got != c.want {
			t.Errorf("%s: %d days are %q, want %q", c.lang, c.n, got, c.want)
		}
	}
	if notice.In("xx").Lang != "da" {
		t.Error("an unknown language is not Danish")
	}
}
