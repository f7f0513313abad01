package notice_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// dues are the kinds of what a controller must see to by now.
func (b *bench) dues(controller string) (out []string) {
	b.t.Helper()
	all, err := b.Due(b.t.Context(), controller)
	must(b.t, err)
	for _, d := range all {
		if d.Late(b.clk.Now()) {
			out = append(out, strings.TrimSuffix(d.Kind+" "+d.Words, " "))
		}
	}
	slices.Sort(out)
	return out
}

// sent lets the outbox empty itself while the test goes on.
func (b *bench) sent() (flush func()) {
	run, stop := context.WithCancel(b.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.out.Run(run) }()
	b.t.Cleanup(func() { stop(); <-done })
	return func() {
		b.t.Helper()
		for limit := time.Now().Add(20 * time.Second); ; <-time.After(2 * time.Millisecond) {
			_, waiting, err := b.out.Late(b.t.Context())
			must(b.t, err)
			if waiting == 0 {
				return
			}
			if time.Now().After(limit) {
				b.t.Fatalf("%d mails wait", waiting)
			}
		}
	}
}

// What a place that records lacks is due until it is there: signs, and where
// members and customers come a poster or words in their papers. What a sign says
// that the permit does not is due until a new one hangs.
func TestWhatIsDueAtAPlace(t *testing.T) {
	req.Shows(t, "INFO-1", "INFO-2", "INFO-5")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		b.hang("lindeby-1", "kadence-1")
		b.tick()
		if got := b.dues("kadence"); got != nil {
			t.Errorf("where nothing is recorded: %q", got)
		}
		given := b.permit("kadence-1", 14)
		b.permit("lindeby-1", 14)
		b.tick()
		if got, want := b.dues("kadence"), []string{"hang before", "hang entrance", "tell"}; !slices.Equal(got, want) {
			t.Errorf("without signs: %q, want %q", got, want)
		}
		if got, want := b.dues("lindeby"), []string{"hang before", "hang entrance"}; !slices.Equal(got, want) {
			t.Errorf("an authority without signs: %q, want %q", got, want)
		}
		who := notice.Who{Controller: "kadence", Person: "p-1", Name: "Amira"}
		for _, wrong := range []notice.Sign{{Place: notice.AtEntrance, Format: notice.Text}, {Place: notice.Papers, Format: "a4"}, {Place: notice.Website, Format: notice.Poster}} {
			wrong.Location, wrong.Words = "kadence-skole", "Her"
			if _, err := b.Hang(ctx, wrong, who); fault.Key(err) != "sign.format" {
				t.Errorf("%s at %s: %v", wrong.Format, wrong.Place, err)
			}
		}
		var signs []notice.Sign
		for _, s := range []notice.Sign{{Place: notice.AtEntrance, Format: "a4", Words: "Døren"}, {Place: notice.Before, Format: notice.Poster, Words: "Opslagstavlen"}, {Place: notice.Papers, Format: notice.Text, Words: "Indmeldelsen"}} {
			s.Location = "kadence-skole"
			s, err := b.Hang(ctx, s, who)
			must(t, err)
			signs = append(signs, s)
		}
		if got := b.dues("kadence"); got != nil {
			t.Errorf("with signs and words: %q", got)
		}

		// A wider permit: what hangs says too little.
		b.clk.Advance(time.Hour)
		next := *given
		next.ID, next.RetentionHours, next.Replaces = "", 30*24, given.ID
		_, err := b.c.Issuer.Issue(ctx, nil, &next)
		must(t, err)
		b.tick()
		if got, want := b.dues("kadence"), []string{"stale Døren", "stale Indmeldelsen", "stale Opslagstavlen"}; !slices.Equal(got, want) {
			t.Errorf("after a wider permit: %q, want %q", got, want)
		}
		for _, s := range signs {
			_, err := b.Check(ctx, s.ID, notice.Fine, "", "", who)
			must(t, err)
		}
		if got := b.dues("kadence"); len(got) != 3 {
			t.Errorf("one that hangs well says something else none the less: %q", got)
		}
		for _, s := range signs[1:] {
			_, err := b.Check(ctx, s.ID, notice.Renewed, "", "", who)
			must(t, err)
		}
		_, err = b.Check(ctx, signs[0].ID, notice.Torn, "Revet ned", "", who)
		must(t, err)
		must(t, b.Report(ctx, b.of("kadence").Code, notice.Report{What: notice.Torn, Where: "Ved døren"}))
		if got, want := b.dues("kadence"), []string{"mend Døren", "report Ved døren", "stale Døren"}; !slices.Equal(got, want) {
			t.Errorf("one is torn: %q, want %q", got, want)
		}
		b.clk.Advance(notice.CheckEvery)
		if got, want := b.dues("kadence"), []string{"check Indmeldelsen", "check Opslagstavlen", "confirm", "mend Døren", "report Ved døren", "stale Døren"}; !slices.Equal(got, want) {
			t.Errorf("a quarter later: %q, want %q", got, want)
		}
		must(t, b.Confirm(ctx, "kadence-skole", b.of("kadence").Version, who))
		if got := b.dues("kadence"); slices.Contains(got, "confirm") {
			t.Errorf("after it was gone through: %q", got)
		}
	})
}

// Who answers for a place is told seven days before something falls due, on the
// day and seven days after, each once, what comes at once in one letter, and
// also after the program was away; when it is late the coordinators are told too.
func TestWhoAnswersForAPlaceIsTold(t *testing.T) {
	req.Shows(t, "INFO-1", "INFO-2")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		for _, a := range []identity.NewAccount{{Login: "birthe", Name: "Birthe Kjær", Email: "birthe@lindeby.dk", Roles: []string{"manager"}}, {Login: "karen", Name: "Karen Holm", Email: "karen@lindeby.dk", Roles: []string{"coordinator"}},
			{Login: "mette", Name: "Mette Dahl", Email: "mette@lindeby.dk", Roles: []string{"dpo"}}} {
			a.Controller, a.Language, a.Password = "lindeby", "da", "lindeby-kigger-ikke-live"
			p, err := b.people.Create(ctx, a, "test")
			must(t, err)
			if a.Login == "birthe" {
				must(t, b.c.Register.Hold(ctx, register.Holder{ID: "h", Controller: "lindeby", Body: "manager", Location: "lindeby-skole", Person: p.ID, Name: p.Name}))
			}
		}
		b.hang("lindeby-1")
		b.tick()
		who := notice.Who{Controller: "lindeby", Person: "p-1", Name: "Jonas Lund"}
		for _, place := range []string{notice.AtEntrance, notice.Before} {
			_, err := b.Hang(ctx, notice.Sign{Location: "lindeby-skole", Place: place, Words: "Ved døren", Format: "a4"}, who)
			must(t, err)
		}
		flush := b.sent()
		told := func() (out []string) {
			t.Helper()
			b.tick()
			b.tick()
			flush()
			for _, m := range b.mails.Drain() {
				name, _, _ := strings.Cut(strings.TrimPrefix(m.To, "TO:<"), "@")
				out = append(out, name+" "+strings.TrimPrefix(m.Subject, "da signs.mail."))
				if strings.Contains(m.Text, "Skolen") || strings.Contains(m.Text, "Ved døren") || !strings.Contains(m.Text, "https://vidne.example/steder/lindeby-skole/skilte") {
					t.Errorf("the letter says %q", m.Text)
				}
			}
			slices.Sort(out)
			return out
		}
		for _, step := range []struct {
			days int
			want []string
		}{{83, nil}, {1, []string{"birthe soon.subject"}}, {6, nil}, {1, []string{"birthe due.subject"}}, {6, nil}, {1, []string{"birthe late.subject", "karen late.subject"}}, {30, nil}} {
			b.clk.Advance(time.Duration(step.days) * day)
			if got := told(); !slices.Equal(got, step.want) {
				t.Errorf("after %d days more: %q, want %q", step.days, got, step.want)
			}
		}
		must(t, b.Report(ctx, b.of("lindeby").Code, notice.Report{What: notice.Torn, Where: "Ved døren"}))
		if got := told(); !slices.Equal(got, []string{"birthe due.subject"}) {
			t.Errorf("of a report: %q", got)
		}
		if found, err := b.log.Find(ctx, ledger.Filter{Kinds: []string{"sign.reminded"}}); err != nil || len(found) != 4 {
			t.Errorf("%d entries, %v", len(found), err)
		}
	})
}

// A sign is placed on a drawing in parts of it, and nowhere beside it.
func TestASignIsPlacedOnADrawing(t *testing.T) {
	req.Shows(t, "INFO-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, b := t.Context(), open(t, d)
		who := notice.Who{Controller: "lindeby", Person: "p-1", Name: "Jonas Lund"}
		s, err := b.Hang(ctx, notice.Sign{Location: "lindeby-skole", Place: notice.Inside, Words: "Gangen", Format: "a3"}, who)
		must(t, err)
		for _, wrong := range []notice.Spot{{}, {Case: "1", X: 1, Y: 1}, {Case: "1", Drawing: "1", X: -1}, {Case: "1", Drawing: "1", Y: 10_001}} {
			if _, err := b.Place(ctx, s.ID, wrong, who); fault.Key(err) != "sign.spot" {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		at := notice.Spot{Case: "2026-1", Drawing: "1", X: 2500, Y: 10_000}
		_, err = b.Place(ctx, s.ID, at, who)
		must(t, err)
		if got, err := b.Sign(ctx, "lindeby", s.ID); err != nil || got.Spot != at {
			t.Errorf("%+v %v", got.Spot, err)
		}
		if _, err := b.Place(ctx, s.ID, at, notice.Who{Controller: "kadence"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's: %v", err)
		}
	})
}
