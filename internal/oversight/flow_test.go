package oversight_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/req"
)

// wants says that an error has a key.
func wants(t *testing.T, what string, err error, key string) {
	t.Helper()
	if fault.Key(err) != key {
		t.Errorf("%s: %v, not %s", what, err, key)
	}
}

const said = "Alarmen gik, og pedellen ringede til mig."

// mailed are the mails that came, by receiver and subject.
func (b *bench) mailed() map[string]notifytest.Mail {
	b.t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; {
		_, waiting, err := b.cfg.Mail.Out.Late(b.t.Context())
		must(b.t, err)
		if waiting == 0 {
			break
		}
		if time.Now().After(limit) {
			b.t.Fatalf("%d mails wait", waiting)
		}
		<-time.After(2 * time.Millisecond)
	}
	got := map[string]notifytest.Mail{}
	for _, m := range b.mails.Drain() {
		got[strings.Trim(strings.TrimPrefix(m.To, "TO:"), "<>")+" "+m.Subject] = m
	}
	return got
}

// reviewer is the login of an item's reviewer.
func (b *bench) reviewer(i oversight.Item) string {
	b.t.Helper()
	for login, p := range b.people {
		if p.ID == i.Reviewer {
			return login
		}
	}
	b.t.Fatalf("item %s has no reviewer", i.Number)
	return ""
}

// The whole way of an item, and what each step refuses.
func TestFromTheDrawToWhatWasDone(t *testing.T) {
	req.Shows(t, "LOG-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := set(t, d), t.Context()
		index := b.looks("jonas", "herning-1", "") // no case
		b.closed()
		b.mailed()
		items, err := b.Items(ctx, herning, start)
		must(t, err)
		i, ok := ofIndex(items, index)
		if !ok || i.Stratum != oversight.Alarm || i.Rules != "no-matter" || i.State(b.clk.Now()) != oversight.New {
			t.Fatalf("%+v", items)
		}
		by := b.reviewer(i)
		if by != "karen" && by != "ulla" {
			t.Fatalf("%s reviews", by)
		}
		other := map[string]string{"karen": "ulla", "ulla": "karen"}[by]
		_, err = b.Judge(ctx, i.ID, oversight.Justified, said, b.who("jonas"))
		wants(t, "one's own", err, "review.own")
		_, err = b.Judge(ctx, i.ID, oversight.Justified, said, b.who("amira"))
		wants(t, "another controller's", err, "review.unknown")

		_, err = b.Judge(ctx, i.ID, oversight.Unjustified, said, b.who(by))
		wants(t, "unjustified without a question", err, "review.unasked")
		_, err = b.Answer(ctx, i.ID, said, b.who("jonas"))
		wants(t, "an answer without a question", err, "review.answered")
		_, err = b.Ask(ctx, i.ID, "Hv?", b.who(by))
		wants(t, "no question", err, "review.question")
		i, err = b.Ask(ctx, i.ID, "Hvorfor var det nødvendigt?", b.who(by))
		must(t, err)
		if got := i.AnswerDue.Sub(i.Asked); got < 6*24*time.Hour || got > 9*24*time.Hour {
			t.Errorf("five working days are %s", got)
		}
		b.tick()
		mails := b.mailed()
		m, ok := mails["jonas@example.dk Svar på stikprøve "+i.Number]
		if !ok || !strings.Contains(m.Text, "https://vidne.example.dk/min-side/stikproeve/"+i.ID) || strings.Contains(m.Text, "Jonas") || strings.Contains(m.Text, "kolen") {
			t.Errorf("the mail to the user: %v", mails)
		}
		_, err = b.Ask(ctx, i.ID, "Hvorfor var det nødvendigt?", b.who(by))
		wants(t, "asked twice", err, "review.asked")
		_, err = b.Judge(ctx, i.ID, oversight.Unjustified, said, b.who(by))
		wants(t, "before the answer", err, "review.unasked")
		_, err = b.Answer(ctx, i.ID, said, b.who("hanne"))
		wants(t, "another's answer", err, "review.person")
		_, err = b.Answer(ctx, i.ID, said, b.who("jonas"))
		must(t, err)
		i, err = b.Judge(ctx, i.ID, oversight.Unclear, "Vagtens bog siger noget andet.", b.who(by))
		must(t, err)
		b.tick()
		if _, ok := b.mailed()["mette@example.dk Stikprøve "+i.Number+" er uafklaret"]; !ok {
			t.Error("the data protection officer is not told that it is unclear")
		}
		_, err = b.Judge(ctx, i.ID, oversight.Justified, said, b.who(by))
		wants(t, "the same again", err, "review.same")
		_, err = b.Judge(ctx, i.ID, oversight.Unclear, said, b.who(other))
		wants(t, "unclear again", err, "review.unclear")
		i, err = b.Judge(ctx, i.ID, oversight.Unjustified, "Der var ingen hændelse.", b.who("mette"))
		must(t, err)
		b.tick()
		mails = b.mailed()
		for _, to := range []string{"birthe", "mette"} {
			if _, ok := mails[to+"@example.dk Stikprøve "+i.Number+" skal følges op"]; !ok {
				t.Errorf("%s is not told: %v", to, mails)
			}
		}
		_, err = b.Follow(ctx, i.ID, "En samtale med medarbejderen.", b.who("jonas"))
		wants(t, "one's own follow-up", err, "review.own")
		i, err = b.Follow(ctx, i.ID, "En samtale med medarbejderen, og retten er taget fra.", b.who("birthe"))
		must(t, err)
		_, err = b.Follow(ctx, i.ID, "En gang til, for en sikkerheds skyld.", b.who("birthe"))
		wants(t, "twice", err, "review.followed")
		if i.State(b.clk.Now()) != oversight.Done {
			t.Errorf("%+v", i)
		}
		s, err := b.Statistics(ctx, herning, start, b.clk.Now().Add(time.Hour))
		must(t, err)
		if s.All.Unjustified != 1 || s.Rules["no-matter"].Unjustified != 1 || s.Units["herning-boern"].Unjustified != 1 || s.Shows() != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// Nobody gets their own uses to review, nor those that they approved or had
// done, nor under another account; whoever is late is passed by.
func TestNobodyReviewsTheirOwn(t *testing.T) {
	req.Shows(t, "LOG-3")
	b, ctx := set(t, dbtest.Open(t, dbtest.SQLite(t))), t.Context()
	for n := range 30 {
		b.clk.Advance(time.Minute)
		b.does([]string{"karen", "ulla", "mette", "jonas"}[n%4], "account.changed", map[string]any{"by": b.people[[]string{"karen", "ulla", "mette", "jonas"}[n%4]].ID, "person": b.people["hanne"].ID, "approver": b.people[[]string{"ulla", "mette", "karen", "karen"}[n%4]].ID})
	}
	_, items := b.closed()
	reviewed := map[string]int{}
	for _, i := range items {
		if i.Kind == "" || i.Stratum != oversight.Grave {
			continue
		}
		by := b.reviewer(i)
		reviewed[by]++
		if i.Reviewer == i.Person {
			t.Errorf("%s reviews their own", by)
		}
		approver := map[string]string{"karen": "ulla", "ulla": "mette", "mette": "karen", "jonas": "karen"}
		for login, p := range b.people {
			if p.ID == i.Person && approver[login] == by {
				t.Errorf("%s reviews what they approved", by)
			}
		}
		if by == "mette" && i.MayReview(b.people["karen"].ID, "Karen Holm") {
			t.Error("the data protection officer reviews what a coordinator could")
		}
		if i.MayReview("another account", " "+strings.ToUpper(i.Name)) {
			t.Errorf("%s could review under another account", i.Name)
		}
	}
	if len(reviewed) < 3 {
		t.Errorf("%v review thirty items", reviewed)
	}
	// Nobody decides: they are late, passed on once, and counted so.
	b.clk.Advance(30 * 24 * time.Hour)
	b.tick()
	b.tick()
	s, err := b.Statistics(ctx, herning, start, b.clk.Now())
	must(t, err)
	if s.Strata[oversight.Grave].Late < 30 {
		t.Errorf("%+v", s.Strata[oversight.Grave])
	}
	entries, err := b.log.Entries(ctx, 0, 10_000)
	must(t, err)
	escalated := 0
	for _, e := range entries {
		if e.Kind == "review.escalated" {
			escalated++
		}
	}
	if escalated != s.All.Late {
		t.Errorf("%d are late and %d are passed on", s.All.Late, escalated)
	}
	for key := range b.mailed() {
		if strings.HasPrefix(key, "mette") && strings.Contains(key, "forsinket") {
			return
		}
	}
	t.Error("the data protection officer is told of none that is late")
}

// What was planted turns up, is no different to the reviewer before it is
// decided, and is told apart after; what the draw missed is said.
func TestPlantedUsesTryTheReview(t *testing.T) {
	req.Shows(t, "LOG-3")
	b, ctx := set(t, dbtest.Open(t, dbtest.SQLite(t))), t.Context()
	now := b.clk.Now()
	plant := func(person, mark string, at time.Time) oversight.Plant {
		t.Helper()
		p, err := b.Plant(ctx, oversight.Plant{Person: b.people[person].ID, Since: at, Until: at.Add(2 * time.Hour), Mark: mark, What: "Ser optagelser uden sag en aften."}, b.who("mette"))
		must(t, err)
		return p
	}
	_, err := b.Plant(ctx, oversight.Plant{Person: b.people["jonas"].ID, Since: now.Add(-time.Hour), Until: now.Add(time.Hour), What: "Set før det blev plantet."}, b.who("mette"))
	wants(t, "planted after it was made", err, "plant.time")
	found, undone := plant("jonas", "herning-1", now), plant("hanne", "herning-2", now)
	b.clk.Advance(time.Minute)
	index := b.looks("jonas", "herning-1", "")
	b.clk.Advance(40 * time.Minute)
	for range 400 {
		b.does("ulla", "data.read", map[string]any{"path": "/sager"})
	}
	entries, err := b.log.Entries(ctx, 0, 10_000)
	must(t, err)
	for _, e := range entries {
		if strings.Contains(string(e.Body), "uden sag") {
			t.Errorf("the ledger says what is planted: %s", e.Body)
		}
	}
	_, items := b.closed()
	i, ok := ofIndex(items, index)
	if !ok {
		t.Fatal("the planted use is not drawn")
	}
	before, err := b.Statistics(ctx, herning, start, b.clk.Now().Add(time.Hour))
	must(t, err)
	if before.All.Drawn != len(items) {
		t.Errorf("before it is decided %d of %d are counted", before.All.Drawn, len(items))
	}
	if i.MayReview(b.people["mette"].ID, "Mette Bro") {
		t.Error("whoever planted it may review it")
	}
	by := b.reviewer(i)
	_, err = b.Ask(ctx, i.ID, "Hvorfor var det nødvendigt?", b.who(by))
	must(t, err)
	_, err = b.Answer(ctx, i.ID, said, b.who("jonas"))
	must(t, err)
	_, err = b.Judge(ctx, i.ID, oversight.Unjustified, "Der er ingen hændelse.", b.who(by))
	must(t, err)
	after, err := b.Statistics(ctx, herning, start, b.clk.Now().Add(time.Hour))
	must(t, err)
	if after.All.Drawn != len(items)-1 || after.Plants[oversight.Seen] != 1 || after.All.Unjustified != 0 {
		t.Errorf("%+v", after)
	}
	b.closed()
	all, err := b.Plants(ctx, herning, b.people["mette"].ID)
	must(t, err)
	states := map[string]oversight.PlantState{}
	for _, p := range all {
		states[p.ID] = p.State
	}
	if states[found.ID] != oversight.Seen || states[undone.ID] != oversight.Undone {
		t.Errorf("%v", states)
	}
	if others, err := b.Plants(ctx, herning, b.people["karen"].ID); err != nil || len(others) > 0 {
		t.Errorf("a reviewer sees %v (%v)", others, err)
	}
}

// After twelve months nothing is left but figures, and they are the same.
func TestAfterAYearOnlyFiguresAreLeft(t *testing.T) {
	req.Shows(t, "LOG-3")
	b, ctx := set(t, dbtest.Open(t, dbtest.SQLite(t))), t.Context()
	for range 12 {
		b.clk.Advance(time.Minute)
		b.looks("jonas", "herning-1", "")
	}
	_, items := b.closed()
	for n, i := range items {
		if n > 0 { // one is left undecided
			_, err := b.Judge(ctx, i.ID, oversight.Justified, "Det var nødvendigt, jf. vagtens bog.", b.who(b.reviewer(i)))
			must(t, err)
		}
	}
	before, err := b.Statistics(ctx, herning, start, b.clk.Now().Add(time.Hour))
	must(t, err)
	b.clk.Advance(366 * 24 * time.Hour)
	b.tick()
	after, err := b.Statistics(ctx, herning, start, start.AddDate(0, 0, 20))
	must(t, err)
	if after.All.Drawn != before.All.Drawn || after.All.Justified != before.All.Justified || fmt.Sprint(after.Rules["no-matter"].Justified) != fmt.Sprint(before.Rules["no-matter"].Justified) {
		t.Errorf("%+v\n%+v", before.All, after.All)
	}
	left, err := b.Of(ctx, herning, items[0].Period)
	must(t, err)
	named := 0
	for _, i := range left {
		if i.Person+i.Name+i.Reason+i.Reviewer+i.Decider+i.Place != "" || i.Index != 0 {
			named++
		}
	}
	if named != 1 || len(left) != len(items) {
		t.Errorf("%d of %d say whom they are of, and one is undecided", named, len(left))
	}
}
