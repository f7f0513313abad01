package authorisation_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

func TestWhoCanGetAtTheStorage(t *testing.T) {
	req.Shows(t, "ID-6")
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		want := authorisation.Access{Controller: of, Name: "Carl Toft", Firm: "Nordisk Køl A/S", Place: "Datacenter, rum 0.14", Need: "Efterser køleanlægget to gange om året."}
		for key, change := range map[string]func(*authorisation.Access){
			"storage.name":  func(a *authorisation.Access) { a.Name = " " },
			"storage.place": func(a *authorisation.Access) { a.Place = "" },
			"storage.need":  func(a *authorisation.Access) { a.Need = "service" },
			"storage.until": func(a *authorisation.Access) { a.UntilAt = start },
		} {
			bad := want
			change(&bad)
			_, err := w.AskStorage(ctx, bad, w.who("ulla"))
			w.refused(key, err, key)
		}
		a, err := w.AskStorage(ctx, want, w.who("ulla"))
		fatal(t, err)
		state := func() authorisation.State {
			t.Helper()
			got, err := w.StorageAccess(ctx, of, a.ID)
			fatal(t, err)
			return got.State(w.clk.Now())
		}
		if state() != authorisation.Asked {
			t.Error(state())
		}
		w.refused("by the asker", w.DecideStorage(ctx, of, a.ID, true, "", w.who("ulla")), "access.own")
		w.refused("by whoever does not answer for it", w.DecideStorage(ctx, of, a.ID, true, "", w.who("birthe")), "storage.body")
		fatal(t, w.DecideStorage(ctx, of, a.ID, true, "", w.who("soeren")))
		w.refused("twice", w.DecideStorage(ctx, of, a.ID, true, "", w.who("soeren")), "rights.over")
		w.clk.Advance(start.AddDate(0, 6, 0).Sub(start))
		if state() != authorisation.Overdue {
			t.Errorf("half a year later it is %s", state())
		}
		w.refused("reviewed by the coordinator", w.ReviewStorage(ctx, of, a.ID, w.who("karen")), "storage.body")
		fatal(t, w.ReviewStorage(ctx, of, a.ID, w.who("soeren")))
		if state() != authorisation.InForce {
			t.Errorf("reviewed it is %s", state())
		}
		w.refused("ended by whoever has no part in it", w.EndStorage(ctx, of, a.ID, "Nøglen er afleveret.", w.who("ida")), "storage.body")
		fatal(t, w.EndStorage(ctx, of, a.ID, "Nøglen er afleveret.", w.who("mette")))
		if state() != authorisation.Ended {
			t.Errorf("ended it is %s", state())
		}
		if _, err := w.StorageAccess(ctx, "kadence", a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller's: %v", err)
		}
		mine := want
		mine.Person, mine.UntilAt = w.id["soeren"], w.clk.Now().Add(time.Hour)
		mine, err = w.AskStorage(ctx, mine, w.who("ulla"))
		fatal(t, err)
		if mine.Name != "Navn soeren" {
			t.Errorf("named %s", mine.Name)
		}
		w.refused("their own", w.DecideStorage(ctx, of, mine.ID, true, "", w.who("soeren")), "access.own")
		w.clk.Advance(2 * time.Hour)
		w.refused("after its end", w.DecideStorage(ctx, of, mine.ID, false, "Det er for sent.", w.who("begge")), "storage.body")
		all, err := w.ledger.Find(ctx, ledger.Filter{Kinds: []string{"storage."}})
		fatal(t, err)
		if len(all) != 5 {
			t.Errorf("%d entries", len(all))
		}
	})
}
