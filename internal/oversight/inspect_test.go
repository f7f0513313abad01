package oversight_test

import (
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/req"
)

// An inspector's words draw the same uses each time, other words draw others,
// and nothing that was written after they were said is among them.
func TestAnInspectorsWordsDraw(t *testing.T) {
	req.Shows(t, "LOG-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := set(t, d), t.Context()
		for range 60 {
			b.clk.Advance(time.Minute)
			b.looks("jonas", "herning-1", "H-1")
			b.looks("amira", "kadence-1", "H-1")
		}
		b.does("soeren", "access.refused", map[string]any{"act": "view", "why": "access.it"})
		wish := oversight.Sample{Inspector: "Datatilsynet", Words: "  Grøn   cykel ", Kinds: accesslog.Words(accesslog.Footage), N: 10, Since: start, Until: b.clk.Now().Add(time.Hour)}
		for change, key := range map[string]func(*oversight.Sample){
			"sample.words":     func(s *oversight.Sample) { s.Words = "cykel" },
			"sample.n":         func(s *oversight.Sample) { s.N = 201 },
			"sample.span":      func(s *oversight.Sample) { s.Until = s.Since },
			"sample.inspector": func(s *oversight.Sample) { s.Inspector = " " },
			"sample.kinds":     func(s *oversight.Sample) { s.Kinds = "faces" },
		} {
			bad := wish
			key(&bad)
			_, err := b.Inspect(ctx, bad, b.who("mette"))
			wants(t, change, err, change)
		}
		first, err := b.Inspect(ctx, wish, b.who("mette"))
		must(t, err)
		if first.Uses != 60 || len(first.Indexes()) != 10 || first.Number != "T1" {
			t.Fatalf("%+v", first)
		}
		b.looks("jonas", "herning-1", "H-1")
		wish.Words = "grøn CYKEL"
		same, of, err := b.Redraw(ctx, first)
		must(t, err)
		if of != 60 || !slices.Equal(same, first.Indexes()) {
			t.Errorf("drawn again: %v of %d, not %v", same, of, first.Indexes())
		}
		wish.Words = "blå cykel"
		other, err := b.Inspect(ctx, wish, b.who("mette"))
		must(t, err)
		if slices.Equal(other.Indexes(), first.Indexes()) {
			t.Error("other words draw the same")
		}
		s, uses, err := b.Sample(ctx, herning, first.ID)
		must(t, err)
		if s.Words != "Grøn cykel" || len(uses) != 10 || uses[0].Person != b.people["jonas"].ID {
			t.Errorf("%+v of %d uses", s, len(uses))
		}
		_, _, err = b.Sample(ctx, kadence, first.ID)
		wants(t, "another controller's", err, "review.unknown")
		wants(t, "no conclusion", b.Conclude(ctx, first.ID, "Fint", b.who("mette")), "sample.conclusion")
		must(t, b.Conclude(ctx, first.ID, "Ingen bemærkninger til de ti.", b.who("mette")))
		wants(t, "twice", b.Conclude(ctx, first.ID, "Ingen bemærkninger til de ti.", b.who("mette")), "sample.concluded")

		counts, err := b.Counts(ctx, herning, start.Add(-time.Hour), b.clk.Now().Add(time.Hour))
		must(t, err)
		looks, refused := 0, 0
		for _, c := range counts {
			switch {
			case c.Refused:
				refused += int(c.Uses)
			case c.Kind == accesslog.Footage && c.Person == b.people["jonas"].ID:
				looks += int(c.Uses)
			}
		}
		if looks != 61 || refused != 1 {
			t.Errorf("%d looks and %d refused are counted", looks, refused)
		}
	})
}

// What a controller decides counts from the next draw, and is itself reviewed;
// what the house does not allow is refused.
func TestWhatAControllerDecides(t *testing.T) {
	req.Shows(t, "LOG-3")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, ctx := set(t, d), t.Context()
		reason := "Vi vil kunne se fem procent."
		for key, change := range map[string]func(*oversight.Settings){
			"review.settings.every": func(s *oversight.Settings) { s.Every = "year" }, "review.settings.share": func(s *oversight.Settings) { s.PerMille = 900 },
			"review.settings.least": func(s *oversight.Settings) { s.Least = 0 }, "review.settings.cap": func(s *oversight.Settings) { s.Cap = 5 }, "review.settings.percent": func(s *oversight.Settings) { s.Percent = 0 },
			"review.settings.answer": func(s *oversight.Settings) { s.AnswerDays = 0 }, "review.settings.review": func(s *oversight.Settings) { s.ReviewDays = s.AnswerDays },
			"review.settings.hours": func(s *oversight.Settings) { s.Begins = 19 }, "review.settings.off": func(s *oversight.Settings) { s.Off = []string{"grave"} },
			"review.settings.limit": func(s *oversight.Settings) { s.Limits = map[string]int{"burst": 0} },
		} {
			s := oversight.Usual()
			change(&s)
			wants(t, key, b.Decide(ctx, s, reason, b.who("mette")), key)
		}
		s := oversight.Usual()
		s.Off, s.PerMille = []string{"no-matter", "hours"}, 50
		wants(t, "without a reason", b.Decide(ctx, s, " ", b.who("mette")), "review.reason")
		must(t, b.Decide(ctx, s, reason, b.who("mette")))
		must(t, b.AddTie(ctx, oversight.Tie{Person: b.people["hanne"].ID, Place: "herning-gaard", Sort: "home"}, b.who("mette")))
		wants(t, "another's place", b.AddTie(ctx, oversight.Tie{Person: b.people["hanne"].ID, Place: "kadence-gaard", Sort: "home"}, b.who("mette")), "location.unknown")
		at := b.looks("hanne", "herning-2", "")
		_, items := b.closed()
		i, ok := ofIndex(items, at)
		if !ok || i.Rules != "tie" {
			t.Errorf("the look from home is drawn by %q", i.Rules)
		}
		changed := slices.IndexFunc(items, func(i oversight.Item) bool { return i.Entry == "review.settings" })
		if changed < 0 || items[changed].Stratum != oversight.Grave || items[changed].Reviewer == b.people["mette"].ID {
			t.Error("the change of the rules is not reviewed by another")
		}
		ties, err := b.Ties(ctx, herning)
		must(t, err)
		must(t, b.RemoveTie(ctx, ties[0].ID, b.who("mette")))
		wants(t, "twice", b.RemoveTie(ctx, ties[0].ID, b.who("mette")), "review.unknown")
	})
}
